// Every timer of a call, to the nanosecond: nothing before it is due, what it is for when it is.
#include <gtest/gtest.h>

#include "uni_scenes.h"

namespace vcp::signaling {
namespace {

class Timers : public ::testing::TestWithParam<Role> {
 protected:
  Timers() { side.Up(); }

  bool is_user() const { return GetParam() == Role::kUser; }
  // Nothing happens until one nanosecond before the timer is due; then it is.
  void Expire(uint64_t after_ns) {
    side.Advance(after_ns - 1);
    EXPECT_TRUE(Quiet(side));
    side.Advance(1);
  }
  ::testing::AssertionResult SentTimer(MessageType type, std::string_view digits) {
    const std::optional<wire::Message> message = side.TakeSent();
    if (!message || message->type != type || message->cause.empty()) {
      return ::testing::AssertionFailure() << (message ? ToString(*message) : "nothing sent");
    }
    const wire::Cause& cause = message->cause[0];
    const std::string_view found(reinterpret_cast<const char*>(cause.diagnostics.data()),
                                 cause.diagnostics.size());
    if (cause.value == 102 && found == digits) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << ToString(*message);
  }

  UniSide side{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Roles, Timers, ::testing::Values(Role::kUser, Role::kNetwork));

TEST_P(Timers, DefaultsAreThoseOfTheRole) {
  const UniTimerValues values = UniTimerValues::DefaultsOf(GetParam());
  EXPECT_EQ(values.t303_ns, 4 * kNsPerSecond);
  EXPECT_EQ(values.t308_ns, 30 * kNsPerSecond);
  EXPECT_EQ(values.t309_ns, 10 * kNsPerSecond);
  EXPECT_EQ(values.t310_ns, (is_user() ? 30 : 10) * kNsPerSecond);
  EXPECT_EQ(values.t399_ns, (is_user() ? 34 : 14) * kNsPerSecond);
  EXPECT_LT(values.t317_ns, values.t316_ns);
}

TEST_P(Timers, T303RepeatsTheSetupOnceAndGivesUp) {
  const wire::Message elements = SetupElements();
  const UniReply made = side.Ask({.kind = Ask::kSetup, .elements = &elements});
  const std::vector<uint8_t> setup = side.sent.front();
  side.sent.clear();
  Expire(4 * kNsPerSecond);
  ASSERT_EQ(side.sent.size(), 1u);
  EXPECT_EQ(side.sent.front(), setup);
  side.sent.clear();
  EXPECT_TRUE(side.told.empty());

  Expire(4 * kNsPerSecond);
  if (is_user()) {
    EXPECT_TRUE(SentTimer(MessageType::kReleaseComplete, "303"));
    EXPECT_TRUE(WasTold(side, Told::kRelease, 102));
  } else {
    EXPECT_TRUE(WasSent(side, MessageType::kReleaseComplete, 18));
    EXPECT_TRUE(WasTold(side, Told::kRelease, 18));
  }
  EXPECT_EQ(side.link().StateOf(made.call), UniState::kNull);
  EXPECT_EQ(side.connections.unconfirmed, is_user() ? 0 : 1);
  EXPECT_EQ(side.Counted(UniCounter::kTimeouts), 2u);
  EXPECT_EQ(side.link().NextDeadlineNs(), std::nullopt);
}

TEST_P(Timers, T303EndsWithAnyResponse) {
  for (Scene scene :
       {Scene::kProceedingReceived, Scene::kAlertingReceived, Scene::kConnectReceived}) {
    UniSide fresh(GetParam());
    fresh.Up();
    Play(fresh, scene);
    fresh.Advance(8 * kNsPerSecond);
    EXPECT_TRUE(Quiet(fresh));
  }
}

TEST_P(Timers, T310ClearsACallThatDoesNotProceed) {
  const MadeCall call = Play(side, Scene::kProceedingReceived);
  Expire((is_user() ? 30 : 10) * kNsPerSecond);
  if (is_user()) {
    EXPECT_TRUE(SentTimer(MessageType::kRelease, "310"));
  } else {
    EXPECT_TRUE(WasSent(side, MessageType::kRelease, 18));
  }
  EXPECT_TRUE(WasTold(side, Told::kRelease, is_user() ? 102 : 18));
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kReleaseRequest);
  // The end was told; the peer's answer is none of the call manager's business.
  side.Receive(NewMessage(MessageType::kReleaseComplete, call.reference));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().call_count(), 0u);
}

TEST_P(Timers, T301ClearsACallThatNobodyAnswers) {
  Play(side, Scene::kAlertingReceived);
  Expire(180 * kNsPerSecond);
  EXPECT_TRUE(WasSent(side, MessageType::kRelease, 19));
  EXPECT_TRUE(WasTold(side, Told::kRelease, 19));
}

TEST_P(Timers, T313WaitsForTheAcknowledgement) {
  const MadeCall call = Play(side, Scene::kConnectSent);
  Expire(4 * kNsPerSecond);
  if (is_user()) {
    EXPECT_TRUE(SentTimer(MessageType::kRelease, "313"));
    EXPECT_TRUE(WasTold(side, Told::kRelease, 102));
  } else {
    // On the network's side the call has been active since CONNECT left.
    EXPECT_TRUE(WasTold(side, Told::kSetupComplete));
    EXPECT_EQ(side.link().StateOf(call.handle), UniState::kActive);
    side.Receive(NewMessage(MessageType::kConnectAcknowledge, call.reference));
  }
  EXPECT_TRUE(Quiet(side));
}

TEST_P(Timers, T308RepeatsTheReleaseOnceAndForgetsTheCall) {
  const MadeCall call = Play(side, Scene::kActiveMade);
  side.Ask({.kind = Ask::kRelease, .call = call.handle, .cause = side.link().LocalCause(16)});
  const std::vector<uint8_t> release = side.sent.front();
  side.sent.clear();
  Expire(30 * kNsPerSecond);
  ASSERT_EQ(side.sent.size(), 1u);
  EXPECT_EQ(side.sent.front(), release);
  side.sent.clear();
  Expire(30 * kNsPerSecond);
  EXPECT_TRUE(WasTold(side, Told::kReleaseConfirm, 102));
  EXPECT_EQ(side.link().call_count(), 0u);
  EXPECT_EQ(side.connections.unconfirmed, 1);  // Its peer may still use the connection.
  EXPECT_TRUE(Quiet(side));
}

TEST_P(Timers, T322RepeatsTheEnquiryOnceAndClears) {
  const MadeCall call = Play(side, Scene::kActiveMade);
  EXPECT_EQ(side.Ask({.kind = Ask::kStatusEnquiry, .call = call.handle}).status, Status::kSuccess);
  EXPECT_TRUE(WasSent(side, MessageType::kStatusEnquiry));
  // One enquiry at a time.
  EXPECT_EQ(side.Ask({.kind = Ask::kStatusEnquiry, .call = call.handle}).status, Status::kSuccess);
  EXPECT_TRUE(Quiet(side));
  Expire(4 * kNsPerSecond);
  EXPECT_TRUE(WasSent(side, MessageType::kStatusEnquiry));
  Expire(4 * kNsPerSecond);
  EXPECT_TRUE(WasSent(side, MessageType::kRelease, 41));
  EXPECT_TRUE(WasTold(side, Told::kRelease, 41));
}

TEST_P(Timers, OnlyAnAnswerStopsT322) {
  const MadeCall call = Play(side, Scene::kActiveMade);
  side.Ask({.kind = Ask::kStatusEnquiry, .call = call.handle});
  side.sent.clear();
  side.Receive(testing::StatusMessage(call.reference, 10, 97));  // Not an answer.
  EXPECT_TRUE(WasTold(side, Told::kStatus, 97));
  Expire(4 * kNsPerSecond);
  EXPECT_TRUE(WasSent(side, MessageType::kStatusEnquiry));
  side.Receive(testing::StatusMessage(call.reference, 10, 30));
  EXPECT_TRUE(WasTold(side, Told::kStatus, 30));
  side.Advance(100 * kNsPerSecond);
  EXPECT_TRUE(Quiet(side));
}

TEST_P(Timers, AReleaseStopsEveryTimer) {
  for (Scene scene : kScenes) {
    UniSide fresh(GetParam());
    fresh.Up();
    const MadeCall call = Play(fresh, scene);
    fresh.Ask({.kind = Ask::kStatusEnquiry, .call = call.handle});
    fresh.sent.clear();
    fresh.Receive(testing::WithCause(MessageType::kRelease, call.reference, 16));
    EXPECT_EQ(fresh.link().NextDeadlineNs(), std::nullopt) << static_cast<int>(scene);
    fresh.Advance(1000 * kNsPerSecond);
    EXPECT_TRUE(fresh.sent.empty());
  }
}

// A storm of timers is carried out in pieces; the deadline stays in the past until it is done.
TEST_P(Timers, ManyTimersAtOnceAreRunInPieces) {
  const wire::Message setup = SetupElements();
  for (uint32_t i = 0; i < kMaxCallsPerTurn + 1; ++i) {
    ASSERT_EQ(side.Ask({.kind = Ask::kSetup, .elements = &setup}).status, Status::kSuccess);
  }
  side.sent.clear();
  const uint64_t due_ns = side.now_ns() + 4 * kNsPerSecond;
  EXPECT_EQ(side.link().NextDeadlineNs(), due_ns);
  side.link().OnTimer(due_ns);
  side.CarryOut();
  EXPECT_EQ(side.sent.size(), kMaxCallsPerTurn);
  EXPECT_EQ(side.link().NextDeadlineNs(), due_ns);
  side.link().OnTimer(due_ns);
  side.CarryOut();
  EXPECT_EQ(side.sent.size(), kMaxCallsPerTurn + 1);
  EXPECT_EQ(side.link().NextDeadlineNs(), due_ns + 4 * kNsPerSecond);
}

}  // namespace
}  // namespace vcp::signaling
