// The SAAL coming and going, and what the two sides tell each other of their states afterwards.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <set>
#include <vector>

#include "signaling/uni_status.h"
#include "uni_scenes.h"

namespace vcp::signaling {
namespace {

class Link : public ::testing::TestWithParam<Role> {
 protected:
  UniSide side{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Roles, Link, ::testing::Values(Role::kUser, Role::kNetwork));

TEST_P(Link, ComesUpAndGoesDown) {
  EXPECT_EQ(side.Ask({.kind = Ask::kRestart}).status, Status::kDisconnected);
  side.link().Start(side.now_ns());
  side.CarryOut();
  EXPECT_EQ(side.establish_requests, 1);
  const wire::Message setup = SetupElements();
  EXPECT_EQ(side.Ask({.kind = Ask::kSetup, .elements = &setup}).status, Status::kDisconnected);
  EXPECT_FALSE(side.link().is_up());
  side.Established();
  EXPECT_TRUE(WasTold(side, Told::kLinkUp));
  EXPECT_TRUE(side.link().is_up());

  side.link().Stop(side.now_ns());
  side.CarryOut();
  EXPECT_TRUE(WasTold(side, Told::kLinkDown));
  EXPECT_EQ(side.release_requests, 1);
  side.Down();  // AAL-RELEASE confirm
  EXPECT_EQ(side.establish_requests, 1);
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().NextDeadlineNs(), std::nullopt);
}

TEST_P(Link, ComesUpByThePeerToo) {
  side.link().Start(side.now_ns());
  side.Established();
  EXPECT_TRUE(WasTold(side, Told::kLinkUp));
}

TEST_P(Link, MessagesAreIgnoredWhileItIsDown) {
  wire::Message setup = SetupElements();
  setup.call = TheirReference();
  setup.connection = testing::Connection(200);
  side.Receive(setup);
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.Counted(UniCounter::kWhileDown), 1u);
}

// A SAAL that fails at once is not asked again in the same breath.
TEST_P(Link, IsTriedAgainNotMoreOftenThanEachSecond) {
  side.link().Start(side.now_ns());
  side.CarryOut();
  for (int i = 0; i < 5; ++i) side.Down();
  EXPECT_EQ(side.establish_requests, 1);
  side.Advance(kNsPerSecond - 1);
  EXPECT_EQ(side.establish_requests, 1);
  side.Advance(1);
  EXPECT_EQ(side.establish_requests, 2);
  side.Advance(5 * kNsPerSecond);
  side.Down();
  EXPECT_EQ(side.establish_requests, 3);
}

TEST_P(Link, StopsAndStartsAgain) {
  side.Up();
  Play(side, Scene::kActiveMade);
  side.link().Stop(side.now_ns());
  side.CarryOut();
  EXPECT_TRUE(WasTold(side, Told::kLinkDown));
  EXPECT_TRUE(WasTold(side, Told::kRelease, 27));
  EXPECT_EQ(side.link().call_count(), 0u);
  side.link().Start(side.now_ns());
  side.Down();  // The confirmation of the release; now it may come up again.
  EXPECT_EQ(side.establish_requests, 1);
  side.Established();
  EXPECT_TRUE(WasTold(side, Told::kLinkUp));
}

// Q.2931 5.6.10
TEST_P(Link, WithTheSaalGoCallsThatAreNotActive) {
  for (Scene scene : kScenes) {
    SCOPED_TRACE(static_cast<int>(scene));
    UniSide fresh(GetParam());
    fresh.Up();
    const MadeCall call = Play(fresh, scene);
    const bool is_active = IsActive(StateOf(scene, GetParam()));
    fresh.Down();
    EXPECT_TRUE(WasTold(fresh, Told::kLinkDown));
    if (is_active) {
      EXPECT_NE(fresh.link().StateOf(call.handle), UniState::kNull);
    } else {
      EXPECT_EQ(fresh.link().call_count(), 0u);
      EXPECT_TRUE(fresh.connections.taken.empty());
      if (scene == Scene::kReleaseSent) {
        EXPECT_TRUE(WasTold(fresh, Told::kReleaseConfirm, 41));
      } else if (scene != Scene::kReleaseReceived) {
        EXPECT_TRUE(WasTold(fresh, Told::kRelease, 41));
      }
    }
    EXPECT_TRUE(Quiet(fresh));
    EXPECT_EQ(fresh.establish_requests, 1);
  }
}

// The peer's T313 stands for a CONNECT ACKNOWLEDGE that cannot be sent, and nothing is owed any
// more when the link is back.
TEST_P(Link, ACallIsCompleteWhileTheLinkIsDownToo) {
  if (GetParam() == Role::kNetwork) return;  // N8 is not active, and ends with the SAAL.
  side.Up();
  const MadeCall call = Play(side, Scene::kConnectReceived);
  side.Down();
  EXPECT_EQ(side.Ask({.kind = Ask::kSetupComplete, .call = call.handle}).status, Status::kSuccess);
  side.Established();
  EXPECT_TRUE(WasSent(side, MessageType::kStatusEnquiry));
  side.Receive(testing::StatusMessage(call.reference, 10, 30));
  const wire::Message elements = [] {
    wire::Message message;
    message.traffic = testing::Rates(20000, 8000);
    return message;
  }();
  EXPECT_EQ(side.Ask({.kind = Ask::kModify, .call = call.handle, .elements = &elements}).status,
            Status::kSuccess);
}

// An enquiry that the outage left without an answer does not end the call before T309 would.
TEST_P(Link, EnquiriesEndWithTheLinkAndBeginAnewWithIt) {
  side.Up();
  const MadeCall call = Play(side, Scene::kActiveMade);
  side.Ask({.kind = Ask::kStatusEnquiry, .call = call.handle});
  side.Down();
  side.Advance(9 * kNsPerSecond);  // Longer than T322 twice.
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kActive);
  side.sent.clear();
  side.Established();
  EXPECT_TRUE(WasSent(side, MessageType::kStatusEnquiry));
}

TEST_P(Link, ActiveCallsWaitForT309) {
  side.Up();
  const MadeCall call = Play(side, Scene::kActiveMade);
  side.Down();
  EXPECT_TRUE(WasTold(side, Told::kLinkDown));
  side.Advance(10 * kNsPerSecond - 1);
  EXPECT_TRUE(Quiet(side));
  side.Advance(1);
  EXPECT_TRUE(WasTold(side, Told::kRelease, 27));
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kNull);
  EXPECT_EQ(side.connections.unconfirmed, 1);
  EXPECT_TRUE(Quiet(side));
}

TEST_P(Link, AnActiveCallMayBeReleasedWhileTheLinkIsDown) {
  side.Up();
  const MadeCall call = Play(side, Scene::kActiveMade);
  side.Down();
  side.told.clear();
  EXPECT_EQ(side.Ask({.kind = Ask::kStatusEnquiry, .call = call.handle}).status,
            Status::kDisconnected);
  EXPECT_EQ(
      side.Ask({.kind = Ask::kRelease, .call = call.handle, .cause = side.link().LocalCause(16)})
          .status,
      Status::kSuccess);
  EXPECT_TRUE(WasTold(side, Told::kReleaseConfirm, 16));
  EXPECT_EQ(side.link().call_count(), 0u);
  EXPECT_TRUE(Quiet(side));
}

TEST_P(Link, ActiveCallsAreComparedWhenItComesBack) {
  side.Up();
  const MadeCall kept = Play(side, Scene::kActiveMade);
  const MadeCall lost = OfferCall(side);
  side.Ask({.kind = Ask::kConnect, .call = lost.handle});
  side.Receive(NewMessage(MessageType::kConnectAcknowledge, lost.reference));
  side.sent.clear();
  side.Down();
  side.told.clear();
  side.Advance(10 * kNsPerSecond - 1);
  side.Established();
  EXPECT_TRUE(WasTold(side, Told::kLinkUp));
  EXPECT_TRUE(WasSent(side, MessageType::kStatusEnquiry));
  EXPECT_TRUE(WasSent(side, MessageType::kStatusEnquiry));
  side.Receive(testing::StatusMessage(kept.reference, 10, 30));
  EXPECT_TRUE(WasTold(side, Told::kStatus, 30));
  side.Receive(testing::StatusMessage(lost.reference, 0, 30));
  EXPECT_TRUE(WasTold(side, Told::kRelease, 41));
  EXPECT_EQ(side.link().call_count(), 1u);
  side.Advance(1000 * kNsPerSecond);  // T309 does not run any more.
  EXPECT_TRUE(Quiet(side));
}

// Q.2931 5.6.9: a SAAL that was only reset.
TEST_P(Link, AfterAResetActiveCallsAreComparedAndOthersGoOn) {
  side.Up();
  Play(side, Scene::kActiveMade);
  const MadeCall young = MakeCall(side);
  side.Established();
  EXPECT_TRUE(WasSent(side, MessageType::kStatusEnquiry));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().StateOf(young.handle), StateOf(Scene::kSetupSent, GetParam()));
}

TEST_P(Link, ManyCallsAreComparedAFewAtATime) {
  side.Up();
  std::deque<MadeCall> calls;
  for (uint32_t i = 0; i < 3 * kMaxStatusEnquiries; ++i) {
    calls.push_back(MakeActive(side, static_cast<uint16_t>(1000 + i)));
  }
  side.Established();
  EXPECT_EQ(side.sent.size(), kMaxStatusEnquiries);
  while (!calls.empty()) {
    ASSERT_FALSE(side.sent.empty());
    side.sent.pop_front();
    side.Receive(testing::StatusMessage(calls.front().reference, 10, 30));
    calls.pop_front();
    EXPECT_LE(side.sent.size(), kMaxStatusEnquiries);
  }
  EXPECT_TRUE(side.sent.empty());
  EXPECT_EQ(side.link().NextDeadlineNs(), std::nullopt);
}

// The audit begins again while its enquiries are out; what makes room for the next one is the end
// of a call, which is not to be asked any more.
TEST_P(Link, AnAuditAsksNoCallThatEnds) {
  for (const MessageType end :
       {MessageType::kReleaseComplete, MessageType::kRelease, MessageType::kStatus}) {
    UniSide fresh(GetParam());
    fresh.Up();
    std::vector<MadeCall> calls;
    for (uint32_t i = 0; i < kMaxStatusEnquiries; ++i) {
      calls.push_back(MakeActive(fresh, static_cast<uint16_t>(1000 + i)));
    }
    fresh.Established();
    fresh.Established();
    EXPECT_EQ(fresh.sent.size(), kMaxStatusEnquiries);
    fresh.sent.clear();
    if (end == MessageType::kStatus) {
      fresh.Receive(testing::StatusMessage(calls[0].reference, 0, 41));
    } else {
      fresh.Receive(testing::WithCause(end, calls[0].reference, 16));
    }
    EXPECT_TRUE(fresh.sent.empty());
    for (size_t i = 1; i < calls.size(); ++i) {
      fresh.Receive(testing::StatusMessage(calls[i].reference, 10, 30));
      fresh.Receive(testing::StatusMessage(calls[i].reference, 10, 30));
    }
    EXPECT_EQ(fresh.link().NextDeadlineNs(), std::nullopt);
    fresh.Advance(10 * kNsPerSecond);
  }
}

TEST_P(Link, AnAuditAsksNoCallThatIsReleased) {
  side.Up();
  std::vector<MadeCall> calls;
  for (uint32_t i = 0; i < kMaxStatusEnquiries; ++i) {
    calls.push_back(MakeActive(side, static_cast<uint16_t>(1000 + i)));
  }
  side.Established();
  side.Established();
  side.sent.clear();
  side.Ask({.kind = Ask::kRelease, .call = calls[0].handle, .cause = side.link().LocalCause(16)});
  EXPECT_TRUE(WasSent(side, MessageType::kRelease, 16));
  EXPECT_TRUE(Quiet(side));
}

TEST(ManyCalls, EndInPieces) {
  UniSide big(Role::kUser);
  big.Up();
  constexpr uint32_t kCalls = 2 * kMaxCallsPerTurn + 1;
  for (uint32_t i = 0; i < kCalls; ++i) {
    MakeActive(big, static_cast<uint16_t>(1000 + i));
  }
  big.Down();
  big.told.clear();
  uint64_t now_ns = big.now_ns() + 10 * kNsPerSecond;
  size_t most = 0;
  while (big.link().call_count() > 0) {
    big.link().OnTimer(now_ns);
    big.CarryOut();
    most = std::max(most, big.told.size());
    big.told.clear();
    now_ns = std::max(now_ns, big.link().NextDeadlineNs().value_or(now_ns));
  }
  EXPECT_EQ(most, kMaxCallsPerTurn);
}

// --- STATUS --------------------------------------------------------------------------------------

TEST_P(Link, AnEnquiryIsAnsweredInEveryState) {
  for (Scene scene : kScenes) {
    UniSide fresh(GetParam());
    fresh.Up();
    const MadeCall call = Play(fresh, scene);
    fresh.Receive(NewMessage(MessageType::kStatusEnquiry, call.reference));
    const std::optional<wire::Message> status = fresh.TakeSent();
    ASSERT_TRUE(status && status->call_state);
    EXPECT_EQ(status->call_state->state, static_cast<uint8_t>(StateOf(scene, GetParam())));
    EXPECT_EQ(status->cause[0].value, 30);
    EXPECT_TRUE(Quiet(fresh));
  }
}

// Q.2931 5.6.12: what the other side of a call may say of its state when ours is `ours`, without
// the two disagreeing. Numbers are the same on both sides of an interface: 1 to 4 are the caller's
// call before it is active, 6 to 9 the called one's. `unasked` goes beyond `asked` by what was true
// when the peer said so, and has changed by what came later. Beside these there are 0, which always
// ends the call, and our own 11 and 12, which nothing changes any more.
struct CompatibleRow {
  uint8_t ours;
  std::set<uint8_t> asked;    // in its answer to STATUS ENQUIRY
  std::set<uint8_t> unasked;  // in any other STATUS
};
const std::vector<CompatibleRow>& CompatibleRows() {
  static const std::vector<CompatibleRow> rows = {
      {1, {1, 3, 4, 10, 11, 12, 13, 14}, {1, 3, 4, 10, 11, 12, 13, 14}},
      {3, {1, 3, 4, 10, 11, 12, 13, 14}, {1, 3, 4, 10, 11, 12, 13, 14}},
      {4, {1, 3, 4, 10, 11, 12, 13, 14}, {1, 3, 4, 10, 11, 12, 13, 14}},
      {6, {6, 7, 8, 9, 10, 11, 12, 13, 14}, {6, 7, 8, 9, 10, 11, 12, 13, 14}},
      {7, {6, 7, 8, 9, 10, 11, 12, 13, 14}, {6, 7, 8, 9, 10, 11, 12, 13, 14}},
      {8, {6, 7, 8, 9, 10, 11, 12, 13, 14}, {6, 7, 8, 9, 10, 11, 12, 13, 14}},
      {9, {6, 7, 8, 9, 10, 11, 12, 13, 14}, {6, 7, 8, 9, 10, 11, 12, 13, 14}},
      // Its RELEASE came before its answer, or was lost.
      {10, {10, 13, 14}, {1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14}},
      {13, {10, 13, 14}, {1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14}},
      {14, {10, 13, 14}, {1, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14}},
  };
  return rows;
}

const CompatibleRow& CompatibleRowOf(UniState ours) {
  return *std::ranges::find(CompatibleRows(), static_cast<uint8_t>(ours), &CompatibleRow::ours);
}

constexpr int kReportableStates = 64;  // The element has six bits for it.

TEST(Compatible, IsWhatTheTableSays) {
  for (const CompatibleRow& row : CompatibleRows()) {
    for (uint8_t peer = 1; peer < kReportableStates; ++peer) {
      SCOPED_TRACE(::testing::Message() << "ours " << int{row.ours} << " peer " << int{peer});
      EXPECT_EQ(AreCompatible(static_cast<UniState>(row.ours), peer, true),
                row.asked.contains(peer));
      EXPECT_EQ(AreCompatible(static_cast<UniState>(row.ours), peer, false),
                row.unasked.contains(peer));
    }
  }
}

// S10: whatever a peer says of its state, the call goes on or ends, and which of it is settled.
TEST_P(Link, EveryStateThatAPeerMayReport) {
  for (Scene scene : kScenes) {
    for (int peer = 0; peer < kReportableStates; ++peer) {
      for (bool asked : {false, true}) {
        SCOPED_TRACE(::testing::Message() << "scene " << static_cast<int>(scene) << " peer " << peer
                                          << (asked ? " asked" : ""));
        UniSide fresh(GetParam());
        fresh.Up();
        const MadeCall call = Play(fresh, scene);
        const UniState before = fresh.link().StateOf(call.handle);
        if (asked) fresh.Ask({.kind = Ask::kStatusEnquiry, .call = call.handle});
        fresh.sent.clear();
        fresh.Receive(testing::StatusMessage(call.reference, static_cast<uint8_t>(peer), 30));
        const UniState after = fresh.link().StateOf(call.handle);
        const bool ends_anyway =
            before == UniState::kReleaseRequest || before == UniState::kReleaseIndication;
        bool disagree = false;
        if (peer != 0 && !ends_anyway) {
          const CompatibleRow& row = CompatibleRowOf(before);
          disagree = !(asked ? row.asked : row.unasked).contains(static_cast<uint8_t>(peer));
        }
        EXPECT_EQ(fresh.Counted(UniCounter::kIncompatibleStates), disagree ? 1u : 0u);
        if (disagree) {
          const std::optional<wire::Message> release = fresh.TakeSent();
          ASSERT_TRUE(release && release->type == MessageType::kRelease);
          EXPECT_EQ(release->cause[0].value, 101);
          ASSERT_EQ(release->cause[0].diagnostics.size(), 1u);
          EXPECT_EQ(release->cause[0].diagnostics[0], 0x7d);
        }
        if (peer == 0) {
          EXPECT_EQ(after, UniState::kNull);
        } else {
          EXPECT_EQ(after, disagree ? UniState::kReleaseRequest : before);
        }
      }
    }
  }
}

TEST_P(Link, AStatusThatTellsOfAnErrorIsCountedAndTold) {
  side.Up();
  const MadeCall call = Play(side, Scene::kActiveMade);
  side.Receive(testing::StatusMessage(call.reference, 10, 100));
  const std::optional<UniTold> told = side.TakeTold();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->what.kind, Told::kStatus);
  EXPECT_EQ(told->what.peer_state, UniState::kActive);
  EXPECT_EQ(told->what.cause.value, 100);
  EXPECT_EQ(side.Counted(UniCounter::kStatusReports), 1u);
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kActive);
}

// Two sides that do not understand each other's STATUS would do nothing else.
TEST_P(Link, AStatusIsNeverAnsweredByAStatus) {
  side.Up();
  const MadeCall call = Play(side, Scene::kActiveMade);
  side.Receive(NewMessage(MessageType::kStatus, call.reference));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.Counted(UniCounter::kMissingElements), 1u);
}

}  // namespace
}  // namespace vcp::signaling
