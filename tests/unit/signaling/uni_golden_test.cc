// Whole calls of two independent implementations, of which one is replaced by ours: it must say
// what the other one said, octet for octet.
#include <gtest/gtest.h>

#include "../wire/golden_messages.h"
#include "uni_fixture.h"

namespace vcp::signaling {
namespace {

using Octets = std::vector<uint8_t>;

// The messages of one capture, in order.
std::deque<Octets> Capture(std::string_view name) {
  std::deque<Octets> messages;
  for (const wire::GoldenMessage& golden : wire::ReadGoldenMessages()) {
    if (golden.what.find(name) != std::string::npos) messages.push_back(golden.octets);
  }
  return messages;
}

class Golden : public ::testing::Test {
 protected:
  // The next captured message, to our side.
  void Receive(UniSide& side) {
    ASSERT_FALSE(capture.empty());
    side.Receive(capture.front());
    capture.pop_front();
  }
  // Our side says what the capture says next. ngatm asks for an instruction with its connection
  // identifier; it is not needed.
  void ExpectSame(UniSide& side) {
    ASSERT_FALSE(capture.empty());
    ASSERT_FALSE(side.sent.empty());
    Octets expected = capture.front();
    capture.pop_front();
    if (expected[5] == 0x02) expected[10] = 0x80;
    EXPECT_EQ(wire::ToHex(side.sent.front()), wire::ToHex(expected));
    side.sent.pop_front();
  }
  // Elements as they stand in the next captured message.
  wire::Message Elements() {
    wire::Message message;
    wire::ParseReport report;
    EXPECT_EQ(ParseMessage(capture.front(), &message, &report), wire::HeaderError::kNone);
    EXPECT_TRUE(report.clean());
    message.connection.reset();
    return message;
  }
  CallHandle TakeCall(UniSide& side, Told kind) {
    const std::optional<UniTold> told = side.TakeTold();
    EXPECT_TRUE(told && told->what.kind == kind);
    return told ? told->what.call : CallHandle{};
  }

  // SETUP to CONNECT ACKNOWLEDGE, as the network.
  CallHandle AnswerAsNetwork(UniSide& network) {
    Receive(network);
    const CallHandle call = TakeCall(network, Told::kSetup);
    network.Ask({.kind = Ask::kProceeding, .call = call});
    ExpectSame(network);
    const wire::Message connect = Elements();
    network.Ask({.kind = Ask::kConnect, .call = call, .elements = &connect});
    ExpectSame(network);
    Receive(network);
    EXPECT_EQ(TakeCall(network, Told::kSetupComplete), call);
    EXPECT_EQ(network.link().StateOf(call), UniState::kActive);
    return call;
  }
  // As the user.
  CallHandle CallAsUser(UniSide& user) {
    const wire::Message setup = Elements();
    const CallHandle call = user.Ask({.kind = Ask::kSetup, .elements = &setup}).call;
    ExpectSame(user);
    Receive(user);
    EXPECT_EQ(TakeCall(user, Told::kProceeding), call);
    Receive(user);
    EXPECT_EQ(TakeCall(user, Told::kConnect), call);
    user.Ask({.kind = Ask::kSetupComplete, .call = call});
    ExpectSame(user);
    return call;
  }
  wire::Cause UserCause(uint8_t value) {
    return {.location = wire::Location::kUser, .value = value};
  }

  std::deque<Octets> capture;
};

TEST_F(Golden, NetworkForPointToMultipoint) {
  capture = Capture("ngatm_p2mp");
  UniSide network(Role::kNetwork);
  network.connections.next_vci = 200;
  network.Up();
  const CallHandle first = AnswerAsNetwork(network);
  const CallHandle call = AnswerAsNetwork(network);
  Receive(network);  // ADD PARTY
  const std::optional<UniTold> told = network.TakeTold();
  ASSERT_TRUE(told && told->what.kind == Told::kAddParty);
  EXPECT_EQ(told->what.party, 1);
  network.Ask({.kind = Ask::kAddPartyAck, .call = call, .party = 1});
  ExpectSame(network);
  Receive(network);  // DROP PARTY
  EXPECT_EQ(TakeCall(network, Told::kDropParty), call);
  ExpectSame(network);
  Receive(network);  // RELEASE
  EXPECT_EQ(TakeCall(network, Told::kRelease), first);
  network.Ask({.kind = Ask::kReleaseResponse, .call = first});
  ExpectSame(network);
  EXPECT_TRUE(capture.empty());
  EXPECT_TRUE(Quiet(network));
}

TEST_F(Golden, UserForPointToMultipoint) {
  capture = Capture("ngatm_p2mp");
  UniSide user(Role::kUser);
  user.Up();
  const CallHandle first = CallAsUser(user);
  const CallHandle call = CallAsUser(user);
  const wire::Message party = Elements();
  const UniReply added = user.Ask({.kind = Ask::kAddParty, .call = call, .elements = &party});
  EXPECT_EQ(added.party, 1);
  ExpectSame(user);
  Receive(user);
  EXPECT_EQ(TakeCall(user, Told::kAddPartyAck), call);
  user.Ask({.kind = Ask::kDropParty, .call = call, .party = 1, .cause = UserCause(31)});
  ExpectSame(user);
  Receive(user);
  EXPECT_EQ(TakeCall(user, Told::kDropPartyAck), call);
  user.Ask({.kind = Ask::kRelease, .call = first, .cause = UserCause(16)});
  ExpectSame(user);
  Receive(user);
  EXPECT_EQ(TakeCall(user, Told::kReleaseConfirm), first);
  EXPECT_TRUE(capture.empty());
  EXPECT_TRUE(Quiet(user));
}

TEST_F(Golden, BothSidesOfStockCalls) {
  capture = Capture("ngatm_stock_atmsigd");
  UniSide network(Role::kNetwork);
  network.connections.next_vci = 200;
  network.Up();
  AnswerAsNetwork(network);
  AnswerAsNetwork(network);
  EXPECT_TRUE(capture.empty());
  EXPECT_TRUE(Quiet(network));

  capture = Capture("ngatm_stock_atmsigd");
  UniSide user(Role::kUser);
  user.Up();
  CallAsUser(user);
  CallAsUser(user);
  EXPECT_TRUE(capture.empty());
  EXPECT_TRUE(Quiet(user));
}

TEST_F(Golden, NetworkForAChangeOfTraffic) {
  capture = Capture("cbr_modify");
  UniSide network(Role::kNetwork);
  network.connections.vpci = 2;
  network.connections.next_vci = 100;
  network.Up();
  const CallHandle call = AnswerAsNetwork(network);
  Receive(network);  // MODIFY REQUEST
  EXPECT_EQ(TakeCall(network, Told::kModify), call);
  network.Ask({.kind = Ask::kModifyAck, .call = call, .confirm = true});
  ExpectSame(network);
  Receive(network);  // CONNECTION AVAILABLE
  EXPECT_EQ(TakeCall(network, Told::kConnectionAvailable), call);
  Receive(network);  // RELEASE
  EXPECT_EQ(TakeCall(network, Told::kRelease), call);
  network.Ask({.kind = Ask::kReleaseResponse, .call = call});
  ExpectSame(network);
  EXPECT_TRUE(capture.empty());
}

TEST_F(Golden, UserForAChangeOfTraffic) {
  capture = Capture("cbr_modify");
  UniSide user(Role::kUser);
  user.Up();
  const CallHandle call = CallAsUser(user);
  const wire::Message traffic = Elements();
  user.Ask({.kind = Ask::kModify, .call = call, .elements = &traffic});
  ExpectSame(user);
  Receive(user);
  EXPECT_EQ(TakeCall(user, Told::kModifyAck), call);
  user.Ask({.kind = Ask::kConnectionAvailable, .call = call});
  ExpectSame(user);
  user.Ask({.kind = Ask::kRelease, .call = call, .cause = UserCause(16)});
  ExpectSame(user);
  Receive(user);
  EXPECT_EQ(TakeCall(user, Told::kReleaseConfirm), call);
  EXPECT_TRUE(capture.empty());
}

}  // namespace
}  // namespace vcp::signaling
