// RESTART of a VC, a VPCI and everything: Q.2931 5.5.
#include <gtest/gtest.h>

#include "uni_raw.h"
#include "uni_scenes.h"

namespace vcp::signaling {
namespace {

using Class = wire::RestartIndicator::Class;

class Restart : public ::testing::TestWithParam<Role> {
 protected:
  Restart() { side.Up(); }

  wire::Message Message(MessageType type, Class restart_class, ConnectionId connection = {}) {
    wire::Message message =
        NewMessage(type, {.to_allocator = type == MessageType::kRestartAcknowledge, .value = 0});
    message.restart = wire::RestartIndicator{restart_class};
    if (restart_class != Class::kAll) {
      message.connection = testing::Connection(connection.vci, connection.vpci);
    }
    return message;
  }
  UniSide side{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Roles, Restart, ::testing::Values(Role::kUser, Role::kNetwork));

TEST_P(Restart, OfOneVcEndsItsCallOnly) {
  const MadeCall one = MakeActive(side, 200);
  const ConnectionId connection{0, static_cast<uint16_t>(*side.connections.taken.begin())};
  const MadeCall other = MakeActive(side, 201);
  side.Receive(Message(MessageType::kRestart, Class::kVc, connection));
  EXPECT_TRUE(WasTold(side, Told::kRelease, 41));
  EXPECT_EQ(side.link().StateOf(one.handle), UniState::kNull);
  EXPECT_EQ(side.link().StateOf(other.handle), UniState::kActive);
  const std::optional<UniTold> told = side.TakeTold();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->what.kind, Told::kRestart);
  EXPECT_EQ(told->what.restart_class, Class::kVc);
  EXPECT_EQ(told->what.connection, connection);
  EXPECT_TRUE(side.sent.empty());  // Not before nothing is left there.
  EXPECT_EQ(side.connections.unconfirmed, 0);

  EXPECT_EQ(side.Ask({.kind = Ask::kRestartResponse}).status, Status::kSuccess);
  const std::optional<wire::Message> ack = side.TakeSent();
  ASSERT_TRUE(ack && ack->connection);
  EXPECT_EQ(ack->type, MessageType::kRestartAcknowledge);
  EXPECT_TRUE(ack->call.to_allocator);
  EXPECT_EQ(ack->connection->vci, connection.vci);
  EXPECT_EQ(side.Ask({.kind = Ask::kRestartResponse}).status, Status::kInvalidState);
  EXPECT_EQ(side.link().NextDeadlineNs(), std::nullopt);
}

TEST_P(Restart, OfAVcWithoutACallIsAnsweredToo) {
  side.Receive(Message(MessageType::kRestart, Class::kVc, {3, 4000}));
  EXPECT_TRUE(WasTold(side, Told::kRestart));
  side.Ask({.kind = Ask::kRestartResponse});
  EXPECT_TRUE(WasSent(side, MessageType::kRestartAcknowledge));
}

TEST_P(Restart, OfAVpciThatIsNotOurs) {
  side.Receive(Message(MessageType::kRestart, Class::kVpci, {16, 4}));
  EXPECT_TRUE(Reports(side, MessageType::kStatus, 82, {0, 16, 0, 4}));
  EXPECT_TRUE(Quiet(side));
}

TEST_P(Restart, OfAVpciEndsItsCalls) {
  MakeActive(side, 200);
  MakeActive(side, 201);
  side.Receive(Message(MessageType::kRestart, Class::kVpci, {1, 0}));
  EXPECT_TRUE(WasTold(side, Told::kRestart));
  side.Ask({.kind = Ask::kRestartResponse});
  EXPECT_EQ(side.link().call_count(), 2u);
  side.Receive(Message(MessageType::kRestart, Class::kVpci, {0, 0}));
  EXPECT_EQ(side.link().call_count(), 0u);
  EXPECT_TRUE(WasTold(side, Told::kRelease, 41));
  EXPECT_TRUE(WasTold(side, Told::kRelease, 41));
  EXPECT_TRUE(WasTold(side, Told::kRestart));
}

TEST_P(Restart, OfAllEndsCallsInEveryState) {
  for (Scene scene : kScenes) {
    UniSide fresh(GetParam());
    fresh.Up();
    Play(fresh, scene);
    fresh.Receive(Message(MessageType::kRestart, Class::kAll));
    EXPECT_EQ(fresh.link().call_count(), 0u);
    EXPECT_TRUE(fresh.connections.taken.empty());
    if (scene == Scene::kReleaseSent) {
      EXPECT_TRUE(WasTold(fresh, Told::kReleaseConfirm, 41));
    } else if (scene != Scene::kReleaseReceived) {
      EXPECT_TRUE(WasTold(fresh, Told::kRelease, 41));
    }
    EXPECT_TRUE(WasTold(fresh, Told::kRestart));
    EXPECT_TRUE(Quiet(fresh));
  }
}

TEST_P(Restart, OfMoreCallsThanATurnTakes) {
  for (uint32_t i = 0; i <= kMaxCallsPerTurn; ++i) {
    MakeActive(side, static_cast<uint16_t>(1000 + i));
  }
  side.Receive(Message(MessageType::kRestart, Class::kAll));
  EXPECT_EQ(side.told.size(), kMaxCallsPerTurn);
  EXPECT_EQ(side.Ask({.kind = Ask::kRestartResponse}).status, Status::kInvalidState);
  side.Advance(1);
  ASSERT_EQ(side.told.size(), kMaxCallsPerTurn + 2);
  EXPECT_EQ(side.told.back().what.kind, Told::kRestart);
}

TEST_P(Restart, ARepeatedOneIsTheSameOne) {
  side.Receive(Message(MessageType::kRestart, Class::kAll));
  EXPECT_TRUE(WasTold(side, Told::kRestart));
  side.Receive(Message(MessageType::kRestart, Class::kAll));
  EXPECT_TRUE(Quiet(side));
  side.Receive(Message(MessageType::kRestart, Class::kVc, {0, 100}));
  EXPECT_TRUE(Reports(side, MessageType::kStatus, 101, {0x46}));
  side.Ask({.kind = Ask::kRestartResponse});
  EXPECT_TRUE(WasSent(side, MessageType::kRestartAcknowledge));
}

TEST_P(Restart, T317GivesUpOnACallManagerWithoutAnAnswer) {
  side.Receive(Message(MessageType::kRestart, Class::kAll));
  side.told.clear();
  side.Advance(90 * kNsPerSecond - 1);
  EXPECT_TRUE(Quiet(side));
  side.Advance(1);
  EXPECT_TRUE(WasTold(side, Told::kRestartFailed));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.Ask({.kind = Ask::kRestartResponse}).status, Status::kInvalidState);
}

TEST_P(Restart, ByUsEndsCallsHereFirst) {
  MakeActive(side, 200);
  EXPECT_EQ(side.Ask({.kind = Ask::kRestart}).status, Status::kSuccess);
  EXPECT_TRUE(WasTold(side, Told::kRelease, 41));
  EXPECT_EQ(side.link().call_count(), 0u);
  EXPECT_TRUE(WasSent(side, MessageType::kRestart));
  EXPECT_EQ(side.Ask({.kind = Ask::kRestart}).status, Status::kInUse);

  side.Receive(Message(MessageType::kRestartAcknowledge, Class::kVc, {0, 200}));
  EXPECT_TRUE(Reports(side, MessageType::kStatus, 101, {0x4e}));
  side.Receive(Message(MessageType::kRestartAcknowledge, Class::kAll));
  EXPECT_TRUE(WasTold(side, Told::kRestartAck));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().NextDeadlineNs(), std::nullopt);
  side.Receive(Message(MessageType::kRestartAcknowledge, Class::kAll));
  EXPECT_TRUE(WasSent(side, MessageType::kStatus, 101));
  EXPECT_EQ(side.Ask({.kind = Ask::kRestart}).status, Status::kSuccess);
}

TEST_P(Restart, ByUsOfOneVcSaysWhich) {
  EXPECT_EQ(
      side.Ask({.kind = Ask::kRestart, .restart_class = Class::kVc, .connection = {2, 300}}).status,
      Status::kSuccess);
  const std::optional<wire::Message> restart = side.TakeSent();
  ASSERT_TRUE(restart && restart->connection);
  EXPECT_EQ(restart->connection->vpci, 2);
  EXPECT_EQ(restart->connection->vci, 300);
  EXPECT_FALSE(restart->call.to_allocator);
  side.Receive(Message(MessageType::kRestartAcknowledge, Class::kVc, {2, 300}));
  EXPECT_TRUE(WasTold(side, Told::kRestartAck));
  EXPECT_EQ(side.Ask({.kind = Ask::kRestart, .restart_class = Class::kVc, .connection = {16, 300}})
                .status,
            Status::kInvalidData);
}

TEST_P(Restart, T316RepeatsOnceAndGivesUp) {
  side.Ask({.kind = Ask::kRestart});
  side.sent.clear();
  side.Advance(120 * kNsPerSecond - 1);
  EXPECT_TRUE(Quiet(side));
  side.Advance(1);
  EXPECT_TRUE(WasSent(side, MessageType::kRestart));
  side.Advance(120 * kNsPerSecond - 1);
  EXPECT_TRUE(Quiet(side));
  side.Advance(1);
  EXPECT_TRUE(WasTold(side, Told::kRestartFailed));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.Ask({.kind = Ask::kRestart}).status, Status::kSuccess);
}

// As atmsigd, which knows RESTART of everything alone.
TEST_P(Restart, APeerThatCannotDoItIsNotWaitedFor) {
  const auto status = [](uint8_t state, uint8_t cause) {
    wire::Message message = NewMessage(MessageType::kStatus, {.to_allocator = true, .value = 0});
    message.call_state = wire::CallState{state};
    message.cause = {wire::Cause{.value = cause}};
    return message;
  };
  side.Ask({.kind = Ask::kRestart, .restart_class = Class::kVc, .connection = {0, 300}});
  EXPECT_TRUE(WasSent(side, MessageType::kRestart));
  side.Receive(status(0, 30));     // Of a call long ago, perhaps.
  side.Receive(status(0x3e, 99));  // It restarts, without one of the elements.
  EXPECT_TRUE(Quiet(side));
  side.Receive(status(0, 100));
  EXPECT_TRUE(WasTold(side, Told::kRestartFailed));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().NextDeadlineNs(), std::nullopt);
  side.Receive(status(0, 100));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.Ask({.kind = Ask::kRestart}).status, Status::kSuccess);
}

// The peer ends them by the repetition, without a word about each.
TEST_P(Restart, T316EndsCallsThatWereMadeMeanwhile) {
  side.Ask({.kind = Ask::kRestart});
  const MadeCall call = [&] {
    side.sent.clear();
    return MakeActive(side, 200);
  }();
  side.Advance(120 * kNsPerSecond);
  EXPECT_TRUE(WasTold(side, Told::kRelease, 41));
  EXPECT_TRUE(WasSent(side, MessageType::kRestart));
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kNull);
}

TEST_P(Restart, AResetOfTheSaalRepeatsIt) {
  side.Ask({.kind = Ask::kRestart});
  EXPECT_TRUE(WasSent(side, MessageType::kRestart));
  side.Established();
  EXPECT_TRUE(WasSent(side, MessageType::kRestart));
  side.Receive(Message(MessageType::kRestartAcknowledge, Class::kAll));
  EXPECT_TRUE(WasTold(side, Told::kRestartAck));
  EXPECT_EQ(side.link().NextDeadlineNs(), std::nullopt);
}

// A network that gives the connection to another call has heard of its restart.
TEST_P(Restart, IsOverWhenTheConnectionIsGivenAnew) {
  if (GetParam() == Role::kNetwork) return;
  side.Ask({.kind = Ask::kRestart, .restart_class = Class::kVc, .connection = {0, 200}});
  side.sent.clear();
  const MadeCall call = MakeActive(side, 200);
  side.Established();
  EXPECT_TRUE(WasTold(side, Told::kRestartAck));
  EXPECT_TRUE(WasSent(side, MessageType::kStatusEnquiry));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kActive);
}

TEST_P(Restart, BothSidesMayRestartAtOnce) {
  side.Ask({.kind = Ask::kRestart});
  side.sent.clear();
  side.Receive(Message(MessageType::kRestart, Class::kAll));
  EXPECT_TRUE(WasTold(side, Told::kRestart));
  side.Ask({.kind = Ask::kRestartResponse});
  EXPECT_TRUE(WasSent(side, MessageType::kRestartAcknowledge));
  side.Receive(Message(MessageType::kRestartAcknowledge, Class::kAll));
  EXPECT_TRUE(WasTold(side, Told::kRestartAck));
}

// Two restarts whose calls take more than a turn each: neither is told or sent before its calls
// have ended.
TEST_P(Restart, OneInTheMiddleOfAnother) {
  for (uint32_t i = 0; i <= kMaxCallsPerTurn; ++i) {
    MakeActive(side, static_cast<uint16_t>(1000 + i));
  }
  side.Ask({.kind = Ask::kRestart});
  EXPECT_TRUE(side.sent.empty());
  side.told.clear();
  side.Receive(Message(MessageType::kRestart, Class::kVc, {0, 9999}));
  EXPECT_TRUE(WasTold(side, Told::kRelease, 41));  // The last call of ours.
  EXPECT_TRUE(WasTold(side, Told::kRestart));
  EXPECT_TRUE(WasSent(side, MessageType::kRestart));
  EXPECT_TRUE(Quiet(side));
}

TEST_P(Restart, NoneSurvivesTheSaal) {
  side.Ask({.kind = Ask::kRestart});
  side.Receive(Message(MessageType::kRestart, Class::kAll));
  side.sent.clear();
  side.told.clear();
  side.Down();
  EXPECT_TRUE(WasTold(side, Told::kLinkDown));
  EXPECT_TRUE(WasTold(side, Told::kRestartFailed));
  EXPECT_TRUE(WasTold(side, Told::kRestartFailed));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.Ask({.kind = Ask::kRestartResponse}).status, Status::kInvalidState);
  EXPECT_EQ(side.link().NextDeadlineNs(), std::nullopt);
}

}  // namespace
}  // namespace vcp::signaling
