#include <gtest/gtest.h>

#include "uni_fixture.h"

namespace vcp::signaling {
namespace {

class Setup : public ::testing::TestWithParam<Role> {
 protected:
  Setup() { side.Up(); }

  bool is_user() const { return GetParam() == Role::kUser; }
  UniState Choose(int user, int network) const {
    return static_cast<UniState>(is_user() ? user : network);
  }
  wire::Message Response(MessageType type, const MadeCall& call, bool first) {
    wire::Message message = NewMessage(type, call.reference);
    if (first && is_user()) message.connection = testing::Connection(200);
    return message;
  }

  UniSide side{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Roles, Setup, ::testing::Values(Role::kUser, Role::kNetwork));

TEST_P(Setup, ACallMadeGoesThroughEveryState) {
  const MadeCall call = MakeCall(side);
  EXPECT_EQ(side.link().StateOf(call.handle), Choose(1, 6));
  side.Receive(Response(MessageType::kCallProceeding, call, true));
  EXPECT_EQ(side.link().StateOf(call.handle), Choose(3, 9));
  std::optional<UniTold> told = side.TakeTold();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->what.kind, Told::kProceeding);
  ASSERT_TRUE(told->what.connection);
  EXPECT_EQ(told->what.connection->vci, is_user() ? 200 : 64);

  side.Receive(Response(MessageType::kAlerting, call, false));
  EXPECT_EQ(side.link().StateOf(call.handle), Choose(4, 7));
  EXPECT_TRUE(WasTold(side, Told::kAlerting));
  side.Receive(Response(MessageType::kConnect, call, false));
  EXPECT_EQ(side.link().StateOf(call.handle), Choose(10, 8));
  EXPECT_TRUE(WasTold(side, Told::kConnect));
  EXPECT_TRUE(Quiet(side));

  EXPECT_EQ(side.Ask({.kind = Ask::kSetupComplete, .call = call.handle}).status, Status::kSuccess);
  EXPECT_TRUE(WasSent(side, MessageType::kConnectAcknowledge));
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kActive);
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().NextDeadlineNs(), std::nullopt);  // A standing call has no timer.
  EXPECT_EQ(side.link().calls_in_setup(), 0u);
}

TEST_P(Setup, ACallOfferedGoesThroughEveryState) {
  const MadeCall call = OfferCall(side);
  EXPECT_EQ(side.link().StateOf(call.handle), Choose(6, 1));
  EXPECT_EQ(side.Ask({.kind = Ask::kProceeding, .call = call.handle}).status, Status::kSuccess);
  EXPECT_EQ(side.link().StateOf(call.handle), Choose(9, 3));
  std::optional<wire::Message> proceeding = side.TakeSent();
  ASSERT_TRUE(proceeding);
  EXPECT_EQ(proceeding->type, MessageType::kCallProceeding);
  EXPECT_EQ(proceeding->call, ToUs(call.reference));
  EXPECT_EQ(proceeding->connection.has_value(), !is_user());  // The network's choice.

  EXPECT_EQ(side.Ask({.kind = Ask::kAlerting, .call = call.handle}).status, Status::kSuccess);
  EXPECT_EQ(side.link().StateOf(call.handle), Choose(7, 4));
  std::optional<wire::Message> alerting = side.TakeSent();
  ASSERT_TRUE(alerting);
  EXPECT_EQ(alerting->type, MessageType::kAlerting);
  EXPECT_FALSE(alerting->connection);

  EXPECT_EQ(side.Ask({.kind = Ask::kConnect, .call = call.handle}).status, Status::kSuccess);
  EXPECT_EQ(side.link().StateOf(call.handle), Choose(8, 10));
  EXPECT_TRUE(WasSent(side, MessageType::kConnect));
  side.Receive(NewMessage(MessageType::kConnectAcknowledge, call.reference));
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kActive);
  EXPECT_TRUE(WasTold(side, Told::kSetupComplete));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().NextDeadlineNs(), std::nullopt);
}

TEST_P(Setup, ReleaseByTheCallManagerIsConfirmed) {
  const MadeCall call = MakeCall(side);
  side.Receive(Response(MessageType::kConnect, call, true));
  side.told.clear();
  EXPECT_EQ(
      side.Ask({.kind = Ask::kRelease, .call = call.handle, .cause = side.link().LocalCause(16)})
          .status,
      Status::kSuccess);
  const std::optional<wire::Message> release = side.TakeSent();
  ASSERT_TRUE(release);
  EXPECT_EQ(release->type, MessageType::kRelease);
  EXPECT_EQ(release->cause[0].location,
            is_user() ? wire::Location::kUser : wire::Location::kPrivateLocal);
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kReleaseRequest);
  EXPECT_EQ(side.connections.taken.size(), 1u);
  side.Receive(NewMessage(MessageType::kReleaseComplete, call.reference));
  EXPECT_TRUE(WasTold(side, Told::kReleaseConfirm, CauseValue::kNormal));
  EXPECT_EQ(side.link().call_count(), 0u);
  EXPECT_TRUE(side.connections.taken.empty());
  EXPECT_TRUE(Quiet(side));
}

TEST_P(Setup, ReleaseByThePeerIsAnsweredWhenTheVcIsDown) {
  const MadeCall call = OfferCall(side);
  side.Ask({.kind = Ask::kConnect, .call = call.handle});
  side.sent.clear();
  side.Receive(testing::WithCause(MessageType::kRelease, call.reference, 16));
  EXPECT_TRUE(WasTold(side, Told::kRelease, 16));
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kReleaseIndication);
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.connections.taken.size(), 1u);
  side.Ask({.kind = Ask::kReleaseResponse, .call = call.handle});
  EXPECT_TRUE(WasSent(side, MessageType::kReleaseComplete));
  EXPECT_EQ(side.link().call_count(), 0u);
  EXPECT_TRUE(side.connections.taken.empty());
  EXPECT_TRUE(Quiet(side));
}

TEST_P(Setup, RefusingBeforeAnyResponseTakesOneMessage) {
  const MadeCall call = OfferCall(side);
  side.Ask({.kind = Ask::kRelease, .call = call.handle, .cause = side.link().LocalCause(88)});
  EXPECT_TRUE(WasSent(side, MessageType::kReleaseComplete, 88));
  EXPECT_TRUE(WasTold(side, Told::kReleaseConfirm, 88));
  EXPECT_EQ(side.link().call_count(), 0u);
  EXPECT_TRUE(side.connections.taken.empty());
}

TEST_P(Setup, RefusingAfterAResponseIsARelease) {
  const MadeCall call = OfferCall(side);
  side.Ask({.kind = Ask::kProceeding, .call = call.handle});
  side.sent.clear();
  side.Ask({.kind = Ask::kRelease, .call = call.handle, .cause = side.link().LocalCause(21)});
  EXPECT_TRUE(WasSent(side, MessageType::kRelease, 21));
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kReleaseRequest);
}

TEST_P(Setup, ACallMadeMayBeRefusedByTheFirstResponse) {
  const MadeCall call = MakeCall(side);
  side.Receive(testing::WithCause(MessageType::kReleaseComplete, call.reference, 17));
  EXPECT_TRUE(WasTold(side, Told::kRelease, 17));
  EXPECT_EQ(side.link().call_count(), 0u);
  EXPECT_TRUE(side.connections.taken.empty());
  EXPECT_EQ(side.Ask({.kind = Ask::kReleaseResponse, .call = call.handle}).status,
            Status::kSuccess);
  EXPECT_TRUE(Quiet(side));
}

}  // namespace
}  // namespace vcp::signaling
