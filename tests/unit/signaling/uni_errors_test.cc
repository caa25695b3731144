// Messages that are wrong (S6): Q.2931 5.6 and 5.7, rule by rule in their order.
#include <gtest/gtest.h>

#include "uni_raw.h"
#include "uni_scenes.h"

namespace vcp::signaling {
namespace {

class Errors : public ::testing::Test {
 protected:
  Errors() { side.Up(); }

  void ReceiveSetup(const Octets& elements, uint8_t instruction = 0x80) {
    side.Receive(RawMessage(MessageType::kSetup, TheirReference(), elements, instruction));
  }
  // In a call that was offered and alerts: NOTIFY with these elements.
  MadeCall ReceiveNotify(const Octets& elements, uint8_t instruction = 0x80) {
    const MadeCall call = Play(side, Scene::kAlertingSent);
    side.Receive(RawMessage(MessageType::kNotify, call.reference, elements, instruction));
    return call;
  }
  Octets Notification() { return RawElement(0x27, 0x80, {1}); }

  UniSide side{Role::kNetwork};
};

// --- 1. the header -------------------------------------------------------------------------------

TEST_F(Errors, MessagesWithAWrongHeaderAreIgnored) {
  const Octets good = RawMessage(MessageType::kSetup, TheirReference(), RawSetup());
  std::vector<Octets> bad;
  for (size_t size = 0; size < 9; ++size) bad.emplace_back(good.begin(), good.begin() + size);
  for (auto [at, value] : {std::pair{0, 0x08}, {0, 0xf0}, {1, 2}, {1, 4}, {1, 0x13}, {1, 0x83}}) {
    bad.push_back(good);
    bad.back()[at] = static_cast<uint8_t>(value);
  }
  bad.push_back(RawMessage(MessageType::kSetup, TheirReference(0x7fffff), RawSetup()));
  for (const Octets& message : bad) side.Receive(message);
  EXPECT_EQ(side.Counted(UniCounter::kBadHeader), bad.size());
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().call_count(), 0u);
}

TEST_F(Errors, AMessageLengthThatDisagreesIsNoReasonToIgnoreTheMessage) {
  Octets more = RawMessage(MessageType::kSetup, TheirReference(1), RawSetup()) + Octets{1, 2, 3};
  side.Receive(more);
  EXPECT_TRUE(WasTold(side, Told::kSetup));
  Octets less = RawMessage(MessageType::kSetup, TheirReference(2), RawSetup());
  less[8] = static_cast<uint8_t>(less[8] + 3);
  side.Receive(less);
  EXPECT_TRUE(WasTold(side, Told::kSetup));
  EXPECT_TRUE(Quiet(side));
}

// --- 2. the global call reference ----------------------------------------------------------------

TEST_F(Errors, TheGlobalCallReferenceIsForRestarts) {
  const wire::CallReference global;
  side.Receive(RawMessage(MessageType::kSetup, global, RawSetup()));
  std::optional<wire::Message> status = side.TakeSent();
  ASSERT_TRUE(status && status->call_state);
  EXPECT_EQ(status->type, MessageType::kStatus);
  EXPECT_EQ(status->cause[0].value, 81);
  EXPECT_EQ(status->call_state->state, 0);
  EXPECT_EQ(status->call, ToUs(global));

  // The acknowledgement of a restart comes to who asked for it, the restart from whom.
  const Octets all = RawElement(0x79, 0x80, {0x82});
  side.Receive(RawMessage(MessageType::kRestart, ToUs(global), all));
  EXPECT_TRUE(WasSent(side, MessageType::kStatus, 81));
  side.Receive(RawMessage(MessageType::kRestartAcknowledge, global, all));
  EXPECT_TRUE(WasSent(side, MessageType::kStatus, 81));
  EXPECT_EQ(side.Counted(UniCounter::kBadGlobal), 3u);

  side.Receive(RawMessage(MessageType::kStatus, global, RawCause(81)));
  EXPECT_TRUE(Quiet(side));
}

TEST_F(Errors, TheGlobalStateIsToldWithIt) {
  side.Ask({.kind = Ask::kRestart});
  EXPECT_TRUE(WasSent(side, MessageType::kRestart));
  side.Receive(RawMessage(MessageType::kRelease, {.to_allocator = true, .value = 0}, RawCause(16)));
  std::optional<wire::Message> status = side.TakeSent();
  ASSERT_TRUE(status && status->call_state);
  EXPECT_EQ(status->call_state->state, 0x3d);
  EXPECT_FALSE(status->call.to_allocator);

  side.Receive(RawMessage(MessageType::kRestart, {}, RawElement(0x79, 0x80, {0x82})));
  EXPECT_TRUE(WasTold(side, Told::kRestart));
  side.Receive(RawMessage(MessageType::kRelease, {}, RawCause(16)));
  status = side.TakeSent();
  ASSERT_TRUE(status && status->call_state);
  EXPECT_EQ(status->call_state->state, 0x3e);
  EXPECT_TRUE(status->call.to_allocator);
}

TEST_F(Errors, ARestartWithoutIndicatorIsReported) {
  side.Receive(RawMessage(MessageType::kRestart, {}, {}));
  EXPECT_TRUE(Reports(side, MessageType::kStatus, 96, {0x79}));
  side.Receive(RawMessage(MessageType::kRestart, {}, RawElement(0x79, 0x80, {0x80})));
  EXPECT_TRUE(Reports(side, MessageType::kStatus, 96, {0x5a}));
  side.Receive(RawMessage(MessageType::kRestart, {}, RawElement(0x79, 0x80, {0x85})));
  EXPECT_TRUE(Reports(side, MessageType::kStatus, 100, {0x79}));
  EXPECT_TRUE(Quiet(side));
}

// --- 3. a call that does not exist ---------------------------------------------------------------

TEST_F(Errors, MessagesForACallThatDoesNotExist) {
  const wire::CallReference ours{.to_allocator = true, .value = 77};
  side.Receive(RawMessage(MessageType::kSetup, ours, RawSetup()));
  side.Receive(RawMessage(MessageType::kReleaseComplete, ours, {}));
  side.Receive(testing::StatusMessage(ours, 0, 30));
  EXPECT_TRUE(Quiet(side));

  side.Receive(testing::StatusMessage(ours, 10, 30));
  EXPECT_TRUE(Reports(side, MessageType::kReleaseComplete, 101, {0x7d}));
  side.Receive(RawMessage(MessageType::kStatusEnquiry, ours, {}));
  const std::optional<wire::Message> status = side.TakeSent();
  ASSERT_TRUE(status && status->call_state);
  EXPECT_EQ(status->type, MessageType::kStatus);
  EXPECT_EQ(status->call_state->state, 0);
  EXPECT_EQ(status->cause[0].value, 30);
  EXPECT_EQ(status->call, ToUs(ours));
  EXPECT_TRUE(Quiet(side));
}

TEST_F(Errors, EveryOtherMessageForACallThatDoesNotExist) {
  for (int octet = 0; octet < 256; ++octet) {
    const auto type = static_cast<MessageType>(octet);
    if (type == MessageType::kSetup || type == MessageType::kReleaseComplete ||
        type == MessageType::kStatus || type == MessageType::kStatusEnquiry) {
      continue;
    }
    for (bool to_allocator : {false, true}) {
      const wire::CallReference call{.to_allocator = to_allocator, .value = 77};
      side.Receive(RawMessage(type, call, RawCause(16)));
      const std::optional<wire::Message> answer = side.TakeSent();
      ASSERT_TRUE(answer) << octet;
      EXPECT_EQ(answer->type, MessageType::kReleaseComplete);
      EXPECT_EQ(answer->cause[0].value, 81);
      EXPECT_EQ(answer->call, ToUs(call));
      EXPECT_TRUE(Quiet(side));
    }
  }
  EXPECT_EQ(side.link().call_count(), 0u);
}

TEST_F(Errors, ASetupForACallThatExistsIsIgnored) {
  const MadeCall call = OfferCall(side);
  for (int i = 0; i < 2; ++i) ReceiveSetup(RawSetup());
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.Counted(UniCounter::kRepeatedSetup), 2u);
  EXPECT_EQ(side.link().call_count(), 1u);
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kCallInitiated);
}

// Both sides number their calls alike.
TEST_F(Errors, TheFlagTellsWhoseCallItIs) {
  const MadeCall made = MakeCall(side);
  const MadeCall offered = OfferCall(side, false, made.reference.value);
  EXPECT_NE(made.handle, offered.handle);
  side.Receive(testing::WithCause(MessageType::kReleaseComplete, made.reference, 17));
  EXPECT_EQ(side.link().StateOf(made.handle), UniState::kNull);
  EXPECT_EQ(side.link().StateOf(offered.handle), UniState::kCallInitiated);
}

// --- 5a. mandatory elements that are missing -----------------------------------------------------

TEST_F(Errors, ASetupWithoutMandatoryElementsIsRefused) {
  ReceiveSetup(RawBearer());
  EXPECT_TRUE(Reports(side, MessageType::kReleaseComplete, 96, {0x59, 0x70, 0x5c}));
  // Whatever else is wrong, and whatever it asks for.
  ReceiveSetup(RawBearer() + RawTraffic() + RawQos() + Unknown(kReportMessage));
  EXPECT_TRUE(Reports(side, MessageType::kReleaseComplete, 96, {0x70}));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().call_count(), 0u);
  EXPECT_TRUE(side.connections.taken.empty());
  EXPECT_EQ(side.Counted(UniCounter::kMissingElements), 2u);
}

TEST_F(Errors, AReleaseWithoutCauseReleases) {
  const MadeCall call = Play(side, Scene::kActiveOffered);
  side.Receive(RawMessage(MessageType::kRelease, call.reference, {}));
  EXPECT_TRUE(WasTold(side, Told::kRelease, 31));
  side.Ask({.kind = Ask::kReleaseResponse, .call = call.handle});
  EXPECT_TRUE(Reports(side, MessageType::kReleaseComplete, 96, {0x08}));
}

TEST_F(Errors, AReleaseThatAsksToBeDiscardedReleases) {
  const MadeCall call = Play(side, Scene::kActiveOffered);
  side.Receive(RawMessage(MessageType::kRelease, call.reference,
                          RawCause(16) + Unknown(kDiscardMessage), 0x91));
  EXPECT_TRUE(WasTold(side, Told::kRelease, 16));
}

TEST_F(Errors, ABadElementOfAReleaseIsReportedInItsAnswer) {
  const MadeCall call = Play(side, Scene::kActiveOffered);
  side.Receive(
      RawMessage(MessageType::kRelease, call.reference, RawCause(16) + Unknown(kNoInstruction)));
  EXPECT_TRUE(side.sent.empty());
  side.Ask({.kind = Ask::kReleaseResponse, .call = call.handle});
  EXPECT_TRUE(Reports(side, MessageType::kReleaseComplete, 99, {0x2f}));
  EXPECT_TRUE(side.sent.empty());
}

TEST_F(Errors, AReleaseCompleteWithoutCauseEndsTheCallNormally) {
  const MadeCall call = Play(side, Scene::kActiveOffered);
  side.Receive(RawMessage(MessageType::kReleaseComplete, call.reference, Unknown(kReportMessage)));
  EXPECT_TRUE(WasTold(side, Told::kRelease, 31));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().call_count(), 0u);
}

TEST_F(Errors, OtherMessagesWithoutMandatoryElementsAreReported) {
  const MadeCall call = ReceiveNotify({});
  EXPECT_TRUE(Reports(side, MessageType::kStatus, 96, {0x27}));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kCallDelivered);
}

// The connection is missing in the first response only.
TEST(UserErrors, AFirstResponseWithoutConnectionIsReported) {
  for (MessageType type :
       {MessageType::kCallProceeding, MessageType::kAlerting, MessageType::kConnect}) {
    UniSide side(Role::kUser);
    side.Up();
    const MadeCall call = MakeCall(side);
    side.Receive(RawMessage(type, call.reference, {}));
    EXPECT_TRUE(Reports(side, MessageType::kStatus, 96, {0x5a}));
    EXPECT_TRUE(Quiet(side));
    EXPECT_EQ(side.link().StateOf(call.handle), UniState::kCallInitiated);
  }
}

TEST(UserErrors, ASetupToTheUserNamesTheConnection) {
  UniSide side(Role::kUser);
  side.Up();
  side.Receive(RawMessage(MessageType::kSetup, TheirReference(), RawSetup()));
  EXPECT_TRUE(Reports(side, MessageType::kReleaseComplete, 96, {0x5a}));
}

// --- 5b. to 5d. what elements ask for ------------------------------------------------------------

TEST_F(Errors, AnElementMayAskToClear) {
  const MadeCall call = ReceiveNotify(Notification() + Unknown(kClear));
  EXPECT_TRUE(Reports(side, MessageType::kRelease, 99, {0x2f}));
  EXPECT_TRUE(WasTold(side, Told::kRelease, 99));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kReleaseRequest);
}

TEST_F(Errors, ASetupThatAsksToClearIsRefused) {
  ReceiveSetup(RawSetup() + Unknown(kClear));
  EXPECT_TRUE(Reports(side, MessageType::kReleaseComplete, 99, {0x2f}));
  ReceiveSetup(RawSetup() + RawElement(0x62, kClear, {0x55}));
  EXPECT_TRUE(Reports(side, MessageType::kReleaseComplete, 100, {0x62}));
  EXPECT_EQ(side.link().call_count(), 0u);
  EXPECT_TRUE(Quiet(side));
}

TEST_F(Errors, AnElementMayAskToDiscardTheMessageAndReport) {
  ReceiveNotify(Notification() + Unknown(kReportMessage));
  EXPECT_TRUE(Reports(side, MessageType::kStatus, 99, {0x2f}));
  EXPECT_TRUE(Quiet(side));
  ReceiveSetup(RawSetup());  // A repeated one: the call exists.
  EXPECT_TRUE(Quiet(side));
}

TEST_F(Errors, ASetupThatAsksToBeDiscardedAndReportedMakesNoCall) {
  ReceiveSetup(RawSetup() + Unknown(kReportMessage));
  EXPECT_TRUE(Reports(side, MessageType::kStatus, 99, {0x2f}));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().call_count(), 0u);
}

TEST_F(Errors, AnElementMayAskToDiscardTheMessage) {
  ReceiveNotify(Notification() + Unknown(kDiscardMessage));
  EXPECT_TRUE(Quiet(side));
  side.Receive(
      RawMessage(MessageType::kSetup, TheirReference(9), RawSetup() + Unknown(kDiscardMessage)));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().call_count(), 1u);
}

TEST_F(Errors, ClearComesBeforeReportAndThatBeforeDiscard) {
  ReceiveNotify(Notification() + Unknown(kDiscardMessage, 0x2d) + Unknown(kReportMessage, 0x2e) +
                Unknown(kClear, 0x2f));
  EXPECT_TRUE(Reports(side, MessageType::kRelease, 99, {0x2f}));
}

TEST_F(Errors, ReportComesBeforeDiscard) {
  ReceiveNotify(Notification() + Unknown(kDiscardMessage, 0x2d) + Unknown(kReportMessage, 0x2e));
  EXPECT_TRUE(Reports(side, MessageType::kStatus, 99, {0x2e}));
  EXPECT_TRUE(Quiet(side));
}

TEST_F(Errors, AnUnknownElementComesBeforeABadOne) {
  ReceiveNotify(Notification() + RawElement(0x54, kClear, {7}) + Unknown(kClear));
  EXPECT_TRUE(Reports(side, MessageType::kRelease, 99, {0x2f}));
}

// --- 5e. mandatory elements that are bad ---------------------------------------------------------

TEST_F(Errors, ABadMandatoryElementIsAsIfItWereMissing) {
  ReceiveSetup(RawTraffic() + RawBearer() + RawQos() + RawElement(0x70, 0x80, {}));
  EXPECT_TRUE(Reports(side, MessageType::kReleaseComplete, 100, {0x70}));
  const MadeCall call = Play(side, Scene::kActiveOffered);
  side.Receive(RawMessage(MessageType::kModifyRequest, call.reference,
                          RawElement(0x59, 0x80, {0x01, 2, 3})));
  EXPECT_TRUE(Reports(side, MessageType::kStatus, 100, {0x59}));
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kActive);
}

// 5g: a mandatory element cannot be done without, so the message's own instruction counts.
TEST_F(Errors, ABadMandatoryElementThatMayBeDiscardedFallsBackToTheMessage) {
  const MadeCall call = Play(side, Scene::kActiveOffered);
  const Octets bad = RawElement(0x59, kDiscardElement, {0x01, 2, 3});
  auto receive = [&](uint8_t instruction) {
    side.Receive(RawMessage(MessageType::kModifyRequest, call.reference, bad, instruction));
  };
  receive(0x91);
  EXPECT_TRUE(Quiet(side));
  receive(0x92);
  EXPECT_TRUE(Reports(side, MessageType::kStatus, 100, {0x59}));
  receive(0x80);
  EXPECT_TRUE(Reports(side, MessageType::kStatus, 100, {0x59}));
  receive(0x90);
  EXPECT_TRUE(Reports(side, MessageType::kRelease, 100, {0x59}));
}

// --- 5f., 5g. elements that can be done without --------------------------------------------------

TEST_F(Errors, AnUnknownElementIsReportedAfterTheMessageWasProcessed) {
  for (uint8_t instruction : {kNoInstruction, kReportElement}) {
    UniSide fresh(Role::kNetwork);
    fresh.Up();
    fresh.Receive(
        RawMessage(MessageType::kSetup, TheirReference(), RawSetup() + Unknown(instruction)));
    EXPECT_TRUE(WasTold(fresh, Told::kSetup));
    const std::optional<wire::Message> status = fresh.TakeSent();
    ASSERT_TRUE(status && status->call_state);
    EXPECT_EQ(status->cause[0].value, 99);
    EXPECT_EQ(status->call_state->state, 1);  // The state after the message.
    EXPECT_TRUE(Quiet(fresh));
  }
}

TEST_F(Errors, ABadElementIsReportedAfterTheMessageWasProcessed) {
  ReceiveSetup(RawSetup() + RawElement(0x62, kNoInstruction, {0x55}));
  EXPECT_TRUE(WasTold(side, Told::kSetup));
  EXPECT_TRUE(Reports(side, MessageType::kStatus, 100, {0x62}));
  EXPECT_TRUE(Quiet(side));
}

TEST_F(Errors, ManyElementsAreReportedInOneStatus) {
  ReceiveSetup(RawSetup() + Unknown(kNoInstruction, 0x2d) + RawElement(0x62, 0x80, {0x55}) +
               Unknown(kReportElement, 0x2e));
  EXPECT_TRUE(WasTold(side, Told::kSetup));
  EXPECT_TRUE(Reports(side, MessageType::kStatus, 99, {0x2d, 0x2e}));
  EXPECT_TRUE(Quiet(side));
}

TEST_F(Errors, DiagnosticsEndWhereACauseDoes) {
  Octets elements = RawSetup();
  for (uint8_t id = 0xa0; id < 0xa0 + 40; ++id) elements = elements + Unknown(kNoInstruction, id);
  ReceiveSetup(elements);
  const std::optional<wire::Message> status = side.TakeSent();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->cause[0].diagnostics.size(), 28u);
}

TEST_F(Errors, AnElementMayAskToBeDiscardedSilently) {
  ReceiveSetup(RawSetup() + Unknown(kDiscardElement));
  EXPECT_TRUE(WasTold(side, Told::kSetup));
  EXPECT_TRUE(Quiet(side));
}

// --- 7., 8. -------------------------------------------------------------------------------------

TEST_F(Errors, OfRepeatedElementsTheFirstCounts) {
  ReceiveSetup(RawSetup() + RawElement(0x59, 0x80, {0x84, 0, 0, 99, 0x85, 0, 0, 99}));
  const std::optional<UniTold> told = side.TakeTold();
  ASSERT_TRUE(told && told->message && told->message->traffic);
  EXPECT_EQ(told->message->traffic->forward.peak, 10u);
  EXPECT_TRUE(Quiet(side));
}

TEST_F(Errors, TheOrderOfElementsDoesNotMatter) {
  ReceiveSetup(RawQos() + RawCalled() + RawBearer() + RawTraffic());
  EXPECT_TRUE(WasTold(side, Told::kSetup));
  EXPECT_TRUE(Quiet(side));
}

// What is between the two users is dropped, with a cause of its own.
TEST_F(Errors, BadAccessElementsAreDiscardedWithTheirOwnCause) {
  ReceiveSetup(RawSetup() + RawElement(0x58, 0x80, {0x09, 1}));
  const std::optional<UniTold> told = side.TakeTold();
  ASSERT_TRUE(told && told->what.kind == Told::kSetup);
  EXPECT_FALSE(told->message->aal);
  EXPECT_TRUE(Reports(side, MessageType::kStatus, 43, {0x58}));
  EXPECT_TRUE(Quiet(side));
}

}  // namespace
}  // namespace vcp::signaling
