#include "wire/message.h"

#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <vector>

#include "golden_messages.h"
#include "wire/cause.h"

namespace vcp::wire {
namespace {

using Octets = std::vector<uint8_t>;

struct Parsed {
  HeaderError error;
  Message message;
  ParseReport report;
};

Parsed Parse(const Octets& octets) {
  Parsed parsed;
  parsed.error = ParseMessage(octets, &parsed.message, &parsed.report);
  return parsed;
}

// A message from the side that chose call reference 1, with these elements in hexadecimal.
Parsed ParseElements(MessageType type, const std::string& hex) {
  Octets elements = FromHex(hex);
  Octets octets = FromHex("09 03 000001");
  octets.push_back(static_cast<uint8_t>(type));
  octets.push_back(0x80);
  octets.push_back(static_cast<uint8_t>(elements.size() >> 8));
  octets.push_back(static_cast<uint8_t>(elements.size()));
  octets.insert(octets.end(), elements.begin(), elements.end());
  return Parse(octets);
}

std::string Emit(const Message& message) {
  std::array<uint8_t, kMaxSignalingBytes> out;
  size_t size = EmitMessage(message, out);
  return ToHex({out.begin(), out.begin() + size});
}

// Each error as "id kind", in order.
std::string Errors(const ParseReport& report) {
  std::string text;
  for (const ElementError& error : report.errors) {
    if (!text.empty()) text += ", ";
    text += ToHex({error.id}) + " " + std::string(ElementErrorName(error.kind));
    if (error.mandatory) text += " mandatory";
  }
  return text;
}

std::string ErrorsIn(const std::string& hex, MessageType type = MessageType::kSetup) {
  return Errors(ParseElements(type, hex).report);
}

Message RestartMessage(RestartIndicator::Class restart_class) {
  return {.type = MessageType::kRestart, .restart = RestartIndicator{restart_class}};
}

TEST(MessageHeader, WrongOnesAreIgnored) {
  EXPECT_EQ(Parse({}).error, HeaderError::kTooShort);
  EXPECT_EQ(Parse(FromHex("f0 03 000001 05 80 0000")).error, HeaderError::kOtherProtocol);
  EXPECT_EQ(Parse(FromHex("09 03 000001 05 80 00")).error, HeaderError::kTooShort);
  EXPECT_EQ(Parse(FromHex("09 02 0001 05 80 0000 00")).error, HeaderError::kBadCallReference);
  EXPECT_EQ(Parse(FromHex("09 13 000001 05 80 0000")).error, HeaderError::kBadCallReference);
  EXPECT_EQ(Parse(FromHex("09 03 000001 05 80 0000")).error, HeaderError::kNone);
}

TEST(MessageHeader, SaysCallTypeAndInstruction) {
  Parsed parsed = Parse(FromHex("09 03 fffffe fe 92 0000"));
  EXPECT_EQ(parsed.message.call, (CallReference{.to_allocator = true, .value = 0x7ffffe}));
  EXPECT_EQ(parsed.message.type, MessageType{0xfe});
  EXPECT_FALSE(IsKnown(parsed.message.type));
  EXPECT_EQ(parsed.message.action, MessageAction::kDiscardAndReport);

  EXPECT_EQ(Parse(FromHex("09 03 000001 05 82 0000")).message.action, MessageAction::kDefault);
  EXPECT_EQ(Parse(FromHex("09 03 000001 05 93 0000")).message.action, MessageAction::kDefault);
}

TEST(MessageHeader, LengthThatDisagreesIsReportedAndTheRestRead) {
  Parsed good = Parse(FromHex("09 03 000001 4d 80 0006 0880 0002 8090"));
  EXPECT_TRUE(good.report.clean());
  // More than there is, and octets after the message.
  Parsed less = Parse(FromHex("09 03 000001 4d 80 0010 0880 0002 8090"));
  EXPECT_TRUE(less.report.length_disagrees);
  EXPECT_EQ(less.message.cause, good.message.cause);
  Parsed more = Parse(FromHex("09 03 000001 4d 80 0006 0880 0002 8090 5480"));
  EXPECT_TRUE(more.report.length_disagrees);
  EXPECT_TRUE(more.report.errors.empty());
  EXPECT_EQ(more.message.cause, good.message.cause);
}

TEST(ElementErrors, UnrecognisedByNumberCodingCodesetAndMessage) {
  EXPECT_EQ(ErrorsIn("3380 0000"), "33 unrecognised");
  EXPECT_EQ(ErrorsIn("58a0 0001 05"), "58 unrecognised");
  EXPECT_EQ(ErrorsIn("6180 0001 85 5880 0001 05"), "58 unrecognised");
  EXPECT_EQ(ErrorsIn("5880 0001 05", MessageType::kRelease), "58 unrecognised");
  EXPECT_EQ(ErrorsIn("5880 0001 05", MessageType{0xfe}), "");
}

TEST(ElementErrors, Lengths) {
  EXPECT_EQ(ErrorsIn("5a80 0005 88 0000 0064"), "");
  EXPECT_EQ(ErrorsIn("5a80 0004 88 0000 00"), "5a bad length");
  EXPECT_EQ(ErrorsIn("5a80 0006 88 0000 0064 00"), "5a bad length");
  EXPECT_EQ(ErrorsIn("5a80 0005 88 0000 00"), "5a bad length") << "the message ends in it";
  EXPECT_EQ(ErrorsIn("5a80 00"), "5a bad length");
  EXPECT_EQ(ErrorsIn("5980 0003 84 0001"), "59 bad length");
  // What a traffic descriptor has room for is too long for the minimum of one.
  const std::string rates = "82000001 83000001 84000001 85000001";
  EXPECT_EQ(ErrorsIn("5980 0014" + rates + "92000001"), "");
  EXPECT_EQ(ErrorsIn("8180 0010" + rates), "");
  EXPECT_EQ(ErrorsIn("8180 0014" + rates + "92000001"), "81 bad length");
}

TEST(ElementErrors, Contents) {
  EXPECT_EQ(ErrorsIn("5a80 0005 08 0000 0064"), "5a bad content");
  EXPECT_EQ(ErrorsIn("5a80 0005 90 0000 0064"), "5a bad content");
  EXPECT_EQ(ErrorsIn("5a80 0005 8a 0000 0064"), "5a bad content");
  EXPECT_EQ(ErrorsIn("5980 0004 86 000001"), "59 bad content");
  EXPECT_EQ(ErrorsIn("5880 0001 04"), "58 bad content");
  EXPECT_EQ(ErrorsIn("5880 0003 05 85 00"), "58 bad content") << "AAL 1's in AAL 5";
  EXPECT_EQ(ErrorsIn("5e80 0002 90 82"), "5e bad content");
  EXPECT_EQ(ErrorsIn("5480 0003 01 0000"), "54 bad content");
  EXPECT_EQ(ErrorsIn("6280 0001 a2"), "62 bad content");
  EXPECT_EQ(ErrorsIn("5f80 0002 cc cc"), "5f bad content") << "a layer twice";
  EXPECT_EQ(ErrorsIn("5f80 0002 46 80"), "5f bad content") << "layer 2 in no mode";
  EXPECT_EQ(ErrorsIn("5f80 0003 46 20 80"), "5f bad content") << "a window of nothing";
  EXPECT_EQ(ErrorsIn("5f80 0002 66 e0"), "5f bad content") << "layer 3 in no mode";
  EXPECT_EQ(ErrorsIn("5f80 0004 66 20 07 80"), "5f bad content") << "a window of nothing";
  EXPECT_EQ(ErrorsIn("5d80 0001 84"), "5d bad content") << "no kind of high layer";
  EXPECT_EQ(ErrorsIn("5d80 0004 83 000001"), "5d bad content") << "a vendor's is 7 octets";
  EXPECT_EQ(ErrorsIn("5d80 0004 82 000001"), "5d bad content") << "a profile is 4 octets";
  EXPECT_EQ(ErrorsIn("7980 0001 83", MessageType::kRestart), "79 bad content");
  EXPECT_EQ(ErrorsIn("7fe0 0004 01 01 02 00"), "7f bad content") << "an identifier is cut off";
  EXPECT_EQ(ErrorsIn("59e0 0003 584342"), "59 bad content") << "another vendor's";
}

TEST(ElementErrors, OfRepeatedElementsTheFirstCount) {
  EXPECT_EQ(ErrorsIn("6280 0001 a1 6280 0001 a1"), "62 duplicate");
  EXPECT_EQ(ErrorsIn("6280 0001 a1 6280 0001 00"), "62 duplicate") << "whatever is in it";
  Parsed parsed =
      ParseElements(MessageType::kSetup, "5f80 0001 cc 5f80 0001 c2 5f80 0001 c6 5f80 0001 c7");
  EXPECT_EQ(Errors(parsed.report), "5f duplicate");
  ASSERT_EQ(parsed.message.low_layer.size(), 3u);
  EXPECT_EQ(parsed.message.low_layer[0].layer2->protocol, kLayer2Llc);
}

TEST(ElementErrors, OfRepeatedSubFieldsTheFirstCount) {
  Parsed parsed = ParseElements(MessageType::kSetup, "5980 0008 84000001 84000002");
  EXPECT_TRUE(parsed.report.clean());
  EXPECT_EQ(parsed.message.traffic->forward.peak, 1u);
}

TEST(ElementErrors, SayWhatTheElementAskedFor) {
  auto action = [](const std::string& octet) {
    Parsed parsed = ParseElements(MessageType::kSetup, "33" + octet + "0000");
    return parsed.report.errors[0].action;
  };
  EXPECT_EQ(action("90"), ElementAction::kClearCall);
  EXPECT_EQ(action("91"), ElementAction::kDiscardElement);
  EXPECT_EQ(action("92"), ElementAction::kDiscardElementAndReport);
  EXPECT_EQ(action("95"), ElementAction::kDiscardMessage);
  EXPECT_EQ(action("96"), ElementAction::kDiscardMessageAndReport);
  EXPECT_EQ(action("93"), ElementAction::kDefault) << "reserved";
  EXPECT_EQ(action("85"), ElementAction::kDefault) << "the flag is not set";
}

TEST(ElementErrors, TellTheUsersElementsFromTheNetworks) {
  EXPECT_TRUE(ParseElements(MessageType::kSetup, "5880 0001 04").report.errors[0].access);
  EXPECT_FALSE(ParseElements(MessageType::kSetup, "5e80 0001 90").report.errors[0].access);
}

TEST(ElementErrors, OneWrongElementDoesNotHideTheOthers) {
  Parsed parsed =
      ParseElements(MessageType::kSetup, "5880 0001 04 3380 0000 5c80 0002 0000 6280 0001 a1");
  EXPECT_EQ(Errors(parsed.report), "58 bad content, 33 unrecognised");
  EXPECT_FALSE(parsed.message.aal.has_value());
  EXPECT_TRUE(parsed.message.qos && parsed.message.sending_complete);
}

TEST(ElementErrors, OfTooManyThoseAreKeptThatAskForMost) {
  std::string hex;
  for (uint32_t i = 0; i < kMaxElementsPerMessage; ++i) hex += "33910000";  // discard it, no word
  Parsed full = ParseElements(MessageType::kSetup, hex);
  EXPECT_FALSE(full.report.too_many);
  EXPECT_EQ(full.report.errors.size(), kMaxElementsPerMessage);
  // What is good behind them is there; an element that clears the call takes another's place.
  Parsed parsed = ParseElements(MessageType::kSetup, hex + "62800001a1" + "34900000" + "33910000");
  EXPECT_TRUE(parsed.report.too_many);
  EXPECT_TRUE(parsed.message.sending_complete.has_value());
  EXPECT_EQ(parsed.report.errors.size(), kMaxElementsPerMessage);
  EXPECT_EQ(parsed.report.errors[0].id, 0x34);
  EXPECT_EQ(parsed.report.errors[0].action, ElementAction::kClearCall);
  EXPECT_EQ(parsed.report.errors[1].id, 0x33);
  CheckMandatory(parsed.message, {}, &parsed.report);
  EXPECT_EQ(parsed.report.errors.size(), kMaxElementsPerMessage + 4);
}

TEST(Shift, LockingHoldsUntilAHigherOne) {
  EXPECT_EQ(ErrorsIn("6080 0001 86 6280 0001 a1 6280 0001 a1"), "62 unrecognised, 62 unrecognised");
  EXPECT_EQ(ErrorsIn("6080 0001 86 6080 0001 85 6280 0001 a1"), "60 unrecognised, 62 unrecognised");
  EXPECT_EQ(ErrorsIn("6080 0001 86 6180 0001 80 6280 0001 a1"), "");
  EXPECT_EQ(ErrorsIn("6080 0001 86 6080 0001 86 6080 0001 87"), "") << "not lower";
  EXPECT_EQ(ErrorsIn("6080 0001 83"), "60 unrecognised");
}

TEST(Shift, NonLockingHoldsForOneElement) {
  EXPECT_EQ(ErrorsIn("6180 0001 87 6280 0001 a1 6280 0001 a1"), "62 unrecognised");
  EXPECT_EQ(ErrorsIn("6180 0001 84 6280 0001 a1"), "62 unrecognised");
  EXPECT_EQ(ErrorsIn("6180 0001 83 6280 0001 a1"), "61 unrecognised") << "reserved";
  EXPECT_EQ(ErrorsIn("6180 0002 8787"), "61 unrecognised");
}

struct MandatoryCase {
  const char* what;
  Message message;
  MandatoryContext context;
  const char* missing;
};

TEST(Mandatory, MissingElementsOfEachMessage) {
  Message multipoint{.type = MessageType::kSetup, .bearer = BearerCapability{.multipoint = true}};
  Message extended{.type = MessageType::kSetup, .extended_qos = ExtendedQos{}};
  const MandatoryCase cases[] = {
      {"SETUP", {.type = MessageType::kSetup}, {}, "59 5e 70 5c"},
      {"to user", {.type = MessageType::kSetup}, {.towards_user = true}, "59 5e 70 5a 5c"},
      {"extended QoS", extended, {}, "59 5e 70"},
      {"multipoint", multipoint, {}, "59 70 5c 54"},
      {"ALERTING", {.type = MessageType::kAlerting}, {}, ""},
      {"first ALERTING", {.type = MessageType::kAlerting}, {.connection_expected = true}, "5a"},
      {"of a party", {.type = MessageType::kAlerting}, {.party_call = true}, "54"},
      {"CALL PROCEEDING",
       {.type = MessageType::kCallProceeding},
       {.connection_expected = true},
       "5a"},
      {"of a party", {.type = MessageType::kCallProceeding}, {.party_call = true}, "54"},
      {"CONNECT", {.type = MessageType::kConnect}, {.connection_expected = true}, "5a"},
      {"of a party", {.type = MessageType::kConnect}, {.party_call = true}, "54"},
      {"CONNECT ACKNOWLEDGE", {.type = MessageType::kConnectAcknowledge}, {.party_call = true}, ""},
      {"RELEASE", {.type = MessageType::kRelease}, {}, "08"},
      {"RELEASE COMPLETE", {.type = MessageType::kReleaseComplete}, {}, ""},
      {"first", {.type = MessageType::kReleaseComplete}, {.first_clearing = true}, "08"},
      {"STATUS", {.type = MessageType::kStatus}, {}, "08 14"},
      {"STATUS ENQUIRY", {.type = MessageType::kStatusEnquiry}, {}, ""},
      {"NOTIFY", {.type = MessageType::kNotify}, {}, "27"},
      {"RESTART", {.type = MessageType::kRestart}, {}, "79"},
      {"of all", RestartMessage(RestartIndicator::Class::kAll), {}, ""},
      {"of a VPCI", RestartMessage(RestartIndicator::Class::kVpci), {}, "5a"},
      {"of a VC", RestartMessage(RestartIndicator::Class::kVc), {}, "5a"},
      {"RESTART ACKNOWLEDGE", {.type = MessageType::kRestartAcknowledge}, {}, "79"},
      {"ADD PARTY", {.type = MessageType::kAddParty}, {}, "70 54"},
      {"ADD PARTY ACKNOWLEDGE", {.type = MessageType::kAddPartyAcknowledge}, {}, "54"},
      {"ADD PARTY REJECT", {.type = MessageType::kAddPartyReject}, {}, "08 54"},
      {"PARTY ALERTING", {.type = MessageType::kPartyAlerting}, {}, "54"},
      {"DROP PARTY", {.type = MessageType::kDropParty}, {}, "08 54"},
      {"DROP PARTY ACKNOWLEDGE", {.type = MessageType::kDropPartyAcknowledge}, {}, "54"},
      {"first", {.type = MessageType::kDropPartyAcknowledge}, {.first_clearing = true}, "08 54"},
      {"MODIFY REQUEST", {.type = MessageType::kModifyRequest}, {}, "59"},
      {"MODIFY ACKNOWLEDGE", {.type = MessageType::kModifyAcknowledge}, {}, ""},
      {"MODIFY REJECT", {.type = MessageType::kModifyReject}, {}, "08"},
      {"CONNECTION AVAILABLE", {.type = MessageType::kConnectionAvailable}, {}, ""},
      {"unknown", {.type = MessageType{0xfe}}, {.towards_user = true}, ""},
  };
  for (const MandatoryCase& c : cases) {
    ParseReport report;
    CheckMandatory(c.message, c.context, &report);
    std::string missing;
    for (const ElementError& error : report.errors) {
      EXPECT_EQ(error.kind, ElementErrorKind::kMissing);
      EXPECT_TRUE(error.mandatory);
      missing += (missing.empty() ? "" : " ") + ToHex({error.id});
    }
    EXPECT_EQ(missing, c.missing) << MessageName(c.message.type) << ": " << c.what;
  }
}

TEST(Mandatory, AnElementWithAnErrorIsNotMissingButMandatory) {
  Parsed parsed = ParseElements(MessageType::kAddParty, "5880 0001 04 5480 0003 01 0000");
  CheckMandatory(parsed.message, {}, &parsed.report);
  EXPECT_EQ(Errors(parsed.report),
            "58 bad content, 54 bad content mandatory, 70 missing mandatory");
}

TEST(Mandatory, WideRatesDoNotStandInForTheTrafficDescriptor) {
  Parsed parsed = ParseElements(MessageType::kModifyRequest, "59e0 0003 584342");
  CheckMandatory(parsed.message, {}, &parsed.report);
  EXPECT_EQ(Errors(parsed.report), "59 bad content, 59 missing mandatory");
}

TEST(EmitMessage, NewMessagesHaveTheTablesOrder) {
  Message message{.type = MessageType::kCallProceeding, .call = {true, 2}};
  message.endpoint = EndpointReference{.to_allocator = true, .value = 0};
  message.connection = ConnectionIdentifier{.vci = 201};
  EXPECT_EQ(Emit(message),
            "09038000020280"
            "0010"
            "5a80000588000000c9"
            "54800003008000");
}

TEST(EmitMessage, WhatAReceivedMessageLostAndGotIsLeftOutAndAdded) {
  Parsed parsed = ParseElements(MessageType::kRelease, "7e80 0001 04 0896 0002 8090");
  parsed.message.user_user.reset();
  EXPECT_EQ(Emit(parsed.message),
            "0903000001"
            "4d80"
            "0006"
            "089600028090");
  EXPECT_TRUE(parsed.message.cause.Append({.value = CauseValue::kTimerExpired}));
  EXPECT_EQ(Emit(parsed.message),
            "0903000001"
            "4d80"
            "000c"
            "089600028090"
            "0880000280e6");
}

TEST(EmitMessage, AnElementBeyondItsMaximumIsRefused) {
  Message message{.type = MessageType::kSetup, .minimum_traffic = TrafficDescriptor{}};
  TrafficDescriptor& traffic = *message.minimum_traffic;
  traffic.forward = {.peak_clp0 = 1, .peak = 2};
  traffic.backward = traffic.forward;
  EXPECT_EQ(Emit(message).size(), 2 * (9 + 20));  // Four rates are what fits.
  traffic.best_effort = true;
  EXPECT_EQ(Emit(message), "");
}

TEST(EmitMessageDeathTest, MoreBitsThanAValueHasAreABrokenInvariant) {
  Message message{.type = MessageType::kSetup, .traffic = TrafficDescriptor{}};
  message.traffic->forward.peak = kMaxCellRate;
  EXPECT_NE(Emit(message), "");
  message.traffic->forward.peak = kMaxCellRate + 1;
  EXPECT_DEATH(Emit(message), "check failed");
  EXPECT_DEATH(Emit({.call = {.value = CallReference::kDummy + 1}}), "check failed");
}

TEST(Tables, EveryElementHasNumberAndNameOfItsOwn) {
  std::set<std::string_view> names;
  std::set<std::pair<uint8_t, bool>> numbers;
#define VCP_ELEMENT(constant, Type, member, id, codings, max_bytes, repeats, treatment, name) \
  EXPECT_TRUE(names.insert(ElementName(Element::constant)).second) << name;                   \
  EXPECT_TRUE(numbers.insert({ElementId(Element::constant), #codings[1] == 'N'}).second) << name;
#include "wire/elements.def"
  EXPECT_EQ(ElementId(Element::kMinimumTraffic), 0x81);
  EXPECT_EQ(ElementId(Element::kAlternativeTraffic), 0x82);
}

TEST(ToString, SaysWhatAMessageHolds) {
  Octets setup = ReadGoldenMessages()[0].octets;
  EXPECT_EQ(ToString(Parse(setup).message),
            "SETUP call 1; AAL 5 forward 8192 backward 8192 sscs 0; "
            "traffic forward pcr 10000 backward pcr 5000; bearer class 16 atc 5; "
            "called 47.0005.80.ffe100.0000.f215.1b57.0020480d0003.00; "
            "calling 47.0005.80.ffe100.0000.f215.1b57.0020480d0001.00; QoS forward 0 backward 0");
  Parsed release = Parse(FromHex("09 03 800001 4d 92 0009 0880 0005 80e6 333033"));
  EXPECT_EQ(ToString(release.message),
            "RELEASE call 1 of receiver, else discard message and report; "
            "cause 102 (recovery on timer expiry) location 0 333033");
  EXPECT_EQ(ToString(Parse(FromHex("09 03 000001 fe 80 0000")).message),
            "unknown message 254 call 1");
}

}  // namespace
}  // namespace vcp::wire
