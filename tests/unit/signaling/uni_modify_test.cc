// Changing the traffic of a call: Q.2963.1.
#include <gtest/gtest.h>

#include "uni_scenes.h"

namespace vcp::signaling {
namespace {

class Modify : public ::testing::TestWithParam<Role> {
 protected:
  Modify() { side.Up(); }

  wire::Message Traffic() {
    wire::Message elements;
    elements.traffic = testing::Rates(20000, 8000);
    return elements;
  }
  wire::Message ModifyRequest(const MadeCall& call) {
    wire::Message message = Traffic();
    message.type = MessageType::kModifyRequest;
    message.call = call.reference;
    return message;
  }
  wire::Message Acknowledge(const MadeCall& call, bool confirm) {
    wire::Message message = NewMessage(MessageType::kModifyAcknowledge, call.reference);
    if (confirm) message.report_type.emplace();
    return message;
  }

  UniSide side{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Roles, Modify, ::testing::Values(Role::kUser, Role::kNetwork));

TEST_P(Modify, AskedForAndAcknowledged) {
  const MadeCall call = Play(side, Scene::kActiveMade);
  const wire::Message elements = Traffic();
  EXPECT_EQ(side.Ask({.kind = Ask::kModify, .call = call.handle, .elements = &elements}).status,
            Status::kSuccess);
  const std::optional<wire::Message> sent = side.TakeSent();
  ASSERT_TRUE(sent && sent->traffic);
  EXPECT_EQ(sent->type, MessageType::kModifyRequest);
  EXPECT_EQ(sent->traffic->forward.peak, 20000u);
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kModifyRequest);

  side.Receive(Acknowledge(call, false));
  const std::optional<UniTold> told = side.TakeTold();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->what.kind, Told::kModifyAck);
  EXPECT_FALSE(told->what.confirm);
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kActive);
  EXPECT_EQ(side.Ask({.kind = Ask::kConnectionAvailable, .call = call.handle}).status,
            Status::kInvalidState);
  EXPECT_EQ(side.link().NextDeadlineNs(), std::nullopt);
}

TEST_P(Modify, AskedForAcknowledgedAndConfirmed) {
  const MadeCall call = Play(side, Scene::kModifySent);
  side.Receive(Acknowledge(call, true));
  const std::optional<UniTold> told = side.TakeTold();
  ASSERT_TRUE(told);
  EXPECT_TRUE(told->what.confirm);
  const wire::Message elements = Traffic();  // Not before the last one is in force.
  EXPECT_EQ(side.Ask({.kind = Ask::kModify, .call = call.handle, .elements = &elements}).status,
            Status::kInvalidState);
  EXPECT_EQ(side.Ask({.kind = Ask::kConnectionAvailable, .call = call.handle}).status,
            Status::kSuccess);
  EXPECT_TRUE(WasSent(side, MessageType::kConnectionAvailable));
  EXPECT_EQ(side.Ask({.kind = Ask::kModify, .call = call.handle, .elements = &elements}).status,
            Status::kSuccess);
}

// The peer's T361 stands for a CONNECTION AVAILABLE that cannot be sent.
TEST_P(Modify, ConfirmedWhileTheLinkIsDown) {
  const MadeCall call = Play(side, Scene::kModifySent);
  side.Receive(Acknowledge(call, true));
  side.Down();
  EXPECT_EQ(side.Ask({.kind = Ask::kConnectionAvailable, .call = call.handle}).status,
            Status::kSuccess);
  side.Established();
  const wire::Message elements = Traffic();
  EXPECT_EQ(side.Ask({.kind = Ask::kModify, .call = call.handle, .elements = &elements}).status,
            Status::kSuccess);
}

TEST_P(Modify, AskedForAndRejected) {
  const MadeCall call = Play(side, Scene::kModifySent);
  side.Receive(testing::WithCause(MessageType::kModifyReject, call.reference, 37));
  EXPECT_TRUE(WasTold(side, Told::kModifyReject, 37));
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kActive);
  EXPECT_EQ(side.link().NextDeadlineNs(), std::nullopt);
}

TEST_P(Modify, T360ReleasesTheCall) {
  const MadeCall call = Play(side, Scene::kModifySent);
  side.Advance(30 * kNsPerSecond - 1);
  EXPECT_TRUE(Quiet(side));
  side.Advance(1);
  EXPECT_TRUE(WasTold(side, Told::kRelease, 102));
  const std::optional<wire::Message> release = side.TakeSent();
  ASSERT_TRUE(release);
  EXPECT_EQ(release->cause[0].diagnostics, (BoundedBytes<28>{'3', '6', '0'}));
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kReleaseRequest);
}

TEST_P(Modify, OfferedAndAcknowledged) {
  const MadeCall call = Play(side, Scene::kActiveOffered);
  side.Receive(ModifyRequest(call));
  const std::optional<UniTold> told = side.TakeTold();
  ASSERT_TRUE(told && told->message && told->message->traffic);
  EXPECT_EQ(told->what.kind, Told::kModify);
  EXPECT_EQ(told->message->traffic->backward.peak, 8000u);
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kModifyReceived);
  EXPECT_EQ(side.Ask({.kind = Ask::kModifyAck, .call = call.handle}).status, Status::kSuccess);
  const std::optional<wire::Message> sent = side.TakeSent();
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->type, MessageType::kModifyAcknowledge);
  EXPECT_FALSE(sent->report_type);
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kActive);
  EXPECT_EQ(side.link().NextDeadlineNs(), std::nullopt);
  side.Receive(NewMessage(MessageType::kConnectionAvailable, call.reference));
  EXPECT_TRUE(WasSent(side, MessageType::kStatus, 101));
}

// A caller that asks for other rates is connected, whatever became of its CONNECT ACKNOWLEDGE.
TEST_P(Modify, OfferedBeforeTheCallerAcknowledged) {
  if (GetParam() == Role::kUser) return;  // U8 takes no MODIFY REQUEST.
  const MadeCall call = Play(side, Scene::kConnectSent);
  side.Receive(ModifyRequest(call));
  EXPECT_TRUE(WasTold(side, Told::kSetupComplete));
  EXPECT_TRUE(WasTold(side, Told::kModify));
  EXPECT_EQ(side.link().NextDeadlineNs(), std::nullopt);
}

TEST_P(Modify, OfferedAcknowledgedAndConfirmed) {
  const MadeCall call = Play(side, Scene::kModifyReceived);
  side.Ask({.kind = Ask::kModifyAck, .call = call.handle, .confirm = true});
  const std::optional<wire::Message> sent = side.TakeSent();
  ASSERT_TRUE(sent && sent->report_type);
  EXPECT_EQ(sent->report_type->type, wire::ReportType::Type::kModificationConfirmation);
  side.Receive(NewMessage(MessageType::kConnectionAvailable, call.reference));
  EXPECT_TRUE(WasTold(side, Told::kConnectionAvailable));
  EXPECT_EQ(side.link().NextDeadlineNs(), std::nullopt);
  EXPECT_TRUE(Quiet(side));
}

TEST_P(Modify, T361StandsForTheConfirmation) {
  const MadeCall call = Play(side, Scene::kModifyReceived);
  side.Ask({.kind = Ask::kModifyAck, .call = call.handle, .confirm = true});
  side.sent.clear();
  side.Advance(20 * kNsPerSecond - 1);
  EXPECT_TRUE(Quiet(side));
  side.Advance(1);
  EXPECT_TRUE(WasTold(side, Told::kConnectionAvailable));
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kActive);
}

TEST_P(Modify, TheNextRequestStandsForTheConfirmationToo) {
  const MadeCall call = Play(side, Scene::kModifyReceived);
  side.Ask({.kind = Ask::kModifyAck, .call = call.handle, .confirm = true});
  side.Receive(ModifyRequest(call));
  EXPECT_TRUE(WasTold(side, Told::kConnectionAvailable));
  EXPECT_TRUE(WasTold(side, Told::kModify));
  side.Advance(100 * kNsPerSecond);
  EXPECT_TRUE(side.told.empty());
}

TEST_P(Modify, OfferedAndRejected) {
  const MadeCall call = Play(side, Scene::kModifyReceived);
  side.Ask({.kind = Ask::kModifyReject, .call = call.handle, .cause = side.link().LocalCause(37)});
  EXPECT_TRUE(WasSent(side, MessageType::kModifyReject, 37));
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kActive);
}

TEST_P(Modify, OnlyByWhoMadeTheCall) {
  const wire::Message elements = Traffic();
  const MadeCall offered = Play(side, Scene::kActiveOffered);
  EXPECT_EQ(side.Ask({.kind = Ask::kModify, .call = offered.handle, .elements = &elements}).status,
            Status::kInvalidState);
  const MadeCall made = MakeActive(side, 300);
  side.Receive(ModifyRequest(made));
  EXPECT_TRUE(WasSent(side, MessageType::kStatus, 101));
  EXPECT_TRUE(Quiet(side));
}

TEST_P(Modify, NotOfPointToMultipointCalls) {
  const wire::Message elements = Traffic();
  const MadeCall made = Play(side, Scene::kActiveMade, /*multipoint=*/true);
  EXPECT_EQ(side.Ask({.kind = Ask::kModify, .call = made.handle, .elements = &elements}).status,
            Status::kInvalidState);
  UniSide other(GetParam());
  other.Up();
  const MadeCall offered = Play(other, Scene::kActiveOffered, /*multipoint=*/true);
  other.Receive(ModifyRequest(offered));
  EXPECT_TRUE(WasSent(other, MessageType::kStatus, 101));
}

TEST_P(Modify, WithoutATrafficDescriptorThereIsNothingToAskFor) {
  const MadeCall call = Play(side, Scene::kActiveMade);
  const wire::Message nothing;
  EXPECT_EQ(side.Ask({.kind = Ask::kModify, .call = call.handle, .elements = &nothing}).status,
            Status::kInvalidData);
  EXPECT_EQ(side.Ask({.kind = Ask::kModify, .call = call.handle}).status, Status::kInvalidData);
}

// A change under way does not outlive its call, whoever ends it.
TEST_P(Modify, ReleaseCrossesAChange) {
  for (Scene scene : {Scene::kModifySent, Scene::kModifyReceived}) {
    UniSide fresh(GetParam());
    fresh.Up();
    const MadeCall call = Play(fresh, scene);
    fresh.Receive(testing::WithCause(MessageType::kRelease, call.reference, 16));
    EXPECT_TRUE(WasTold(fresh, Told::kRelease, 16));
    EXPECT_EQ(fresh.link().NextDeadlineNs(), std::nullopt);
    EXPECT_EQ(fresh.Ask({.kind = Ask::kModifyAck, .call = call.handle}).status,
              Status::kInvalidState);
    fresh.Ask({.kind = Ask::kReleaseResponse, .call = call.handle});
    EXPECT_EQ(fresh.link().call_count(), 0u);
  }
}

TEST_P(Modify, ACallBeingChangedIsActiveWhenTheSaalGoes) {
  for (Scene scene : {Scene::kModifySent, Scene::kModifyReceived}) {
    UniSide fresh(GetParam());
    fresh.Up();
    const MadeCall call = Play(fresh, scene);
    fresh.Down();
    fresh.told.clear();
    fresh.Established();
    EXPECT_TRUE(WasTold(fresh, Told::kLinkUp));
    EXPECT_TRUE(WasSent(fresh, MessageType::kStatusEnquiry));
    fresh.Receive(testing::StatusMessage(call.reference, 10, 30));
    EXPECT_TRUE(WasTold(fresh, Told::kStatus, 30));
    EXPECT_EQ(fresh.link().StateOf(call.handle), StateOf(scene, GetParam()));
  }
}

}  // namespace
}  // namespace vcp::signaling
