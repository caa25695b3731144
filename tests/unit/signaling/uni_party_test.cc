// Parties of point-to-multipoint calls, one side at a time: Q.2971.
#include <gtest/gtest.h>

#include "uni_party_fixture.h"
#include "uni_raw.h"

namespace vcp::signaling {
namespace {

INSTANTIATE_TEST_SUITE_P(Roles, Party, ::testing::Values(Role::kUser, Role::kNetwork));

// --- the side that adds --------------------------------------------------------------------------

TEST_P(Party, TheFirstOneIsAddedByTheSetup) {
  const wire::Message setup = SetupElements(true);
  const UniReply made = side_->Ask({.kind = Ask::kSetup, .elements = &setup});
  const std::optional<wire::Message> sent = side_->TakeSent();
  ASSERT_TRUE(sent && sent->endpoint);
  EXPECT_EQ(*sent->endpoint, wire::EndpointReference{});
  const MadeCall call{made.call, ToUs(sent->call)};
  EXPECT_EQ(StateOfParty(call, 0), PartyState::kAddInitiated);
  wire::Message alerting = Response(*side_, MessageType::kAlerting, call, true);
  side_->Receive(alerting);
  EXPECT_EQ(StateOfParty(call, 0), PartyState::kAlertingDelivered);
  side_->Receive(Response(*side_, MessageType::kConnect, call, true));
  EXPECT_EQ(StateOfParty(call, 0), PartyState::kActive);
}

TEST_P(Party, AResponseNamesItsParty) {
  const MadeCall call = MakeCall(*side_, true);
  wire::Message connect = Response(*side_, MessageType::kConnect, call, false);
  side_->Receive(connect);
  EXPECT_TRUE(Reports(*side_, MessageType::kStatus, 96, {0x54}));
  connect.endpoint = wire::EndpointReference{.to_allocator = true, .value = 7};
  side_->Receive(connect);
  EXPECT_TRUE(Reports(*side_, MessageType::kStatus, 100, {0x54}));
  connect.endpoint = wire::EndpointReference{.to_allocator = false, .value = 0};
  side_->Receive(connect);
  EXPECT_TRUE(Reports(*side_, MessageType::kStatus, 100, {0x54}));
  EXPECT_TRUE(Quiet(*side_));
  EXPECT_EQ(side_->link().StateOf(call.handle), StateOf(Scene::kSetupSent, GetParam()));
}

TEST_P(Party, AddedAlertsAndAnswers) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  const PartyId party = Add(call);
  EXPECT_NE(party, 0);
  EXPECT_EQ(side_->link().party_count(), 2u);
  EXPECT_EQ(StateOfParty(call, party), PartyState::kAddInitiated);
  side_->Receive(About(MessageType::kPartyAlerting, call, party));
  EXPECT_TRUE(ToldOf(Told::kPartyAlerting, party));
  EXPECT_EQ(StateOfParty(call, party), PartyState::kAlertingDelivered);
  side_->Receive(About(MessageType::kAddPartyAcknowledge, call, party));
  EXPECT_TRUE(ToldOf(Told::kAddPartyAck, party));
  EXPECT_EQ(StateOfParty(call, party), PartyState::kActive);
  EXPECT_EQ(side_->link().NextDeadlineNs(), std::nullopt);
  EXPECT_TRUE(Quiet(*side_));
}

TEST_P(Party, RejectedIsOver) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  const PartyId party = Add(call);
  side_->Receive(About(MessageType::kAddPartyReject, call, party, 17));
  EXPECT_TRUE(ToldOf(Told::kAddPartyReject, party, 17));
  EXPECT_EQ(StateOfParty(call, party), PartyState::kNull);
  EXPECT_EQ(AskOf(Ask::kDropParty, call, party).status, Status::kInvalidHandle);
  EXPECT_EQ(side_->link().StateOf(call.handle), UniState::kActive);
  EXPECT_EQ(side_->link().NextDeadlineNs(), std::nullopt);
  EXPECT_NE(Add(call), party);  // A reference is not soon used again.
}

TEST_P(Party, T399DropsAPartyThatDoesNotAnswer) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  const PartyId party = Add(call);
  side_->Advance(side_->config().timers.t399_ns - 1);
  EXPECT_TRUE(Quiet(*side_));
  side_->Advance(1);
  EXPECT_TRUE(ToldOf(Told::kAddPartyReject, party, 102));
  EXPECT_TRUE(SentOf(MessageType::kDropParty, party, 102));
  EXPECT_EQ(StateOfParty(call, party), PartyState::kDropInitiated);
  side_->Receive(About(MessageType::kDropPartyAcknowledge, call, party));
  EXPECT_TRUE(Quiet(*side_));  // Its end was told.
  EXPECT_EQ(StateOfParty(call, party), PartyState::kNull);
}

TEST_P(Party, T397DropsAPartyThatNobodyAnswers) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  const PartyId party = Add(call);
  side_->Receive(About(MessageType::kPartyAlerting, call, party));
  side_->told.clear();
  side_->Advance(180 * kNsPerSecond - 1);
  EXPECT_TRUE(Quiet(*side_));
  side_->Advance(1);
  EXPECT_TRUE(ToldOf(Told::kAddPartyReject, party, 19));
  EXPECT_TRUE(SentOf(MessageType::kDropParty, party, 19));
}

TEST_P(Party, DroppedAndAcknowledged) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  const PartyId party = Add(call);
  side_->Receive(About(MessageType::kAddPartyAcknowledge, call, party));
  side_->told.clear();
  EXPECT_EQ(AskOf(Ask::kDropParty, call, party).status, Status::kSuccess);
  EXPECT_TRUE(SentOf(MessageType::kDropParty, party, 31));
  EXPECT_EQ(AskOf(Ask::kDropParty, call, party).status, Status::kInvalidState);
  side_->Receive(About(MessageType::kDropPartyAcknowledge, call, party));
  EXPECT_TRUE(ToldOf(Told::kDropPartyAck, party, 31));
  EXPECT_EQ(StateOfParty(call, party), PartyState::kNull);
  EXPECT_EQ(side_->link().StateOf(call.handle), UniState::kActive);
  EXPECT_EQ(side_->link().NextDeadlineNs(), std::nullopt);
}

// Where it is the first message of the party's end it has to say why (Q.2971 9.5.7.1).
TEST_P(Party, AcknowledgedWithoutACauseBeforeItWasDropped) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  const PartyId party = Add(call);
  side_->Receive(About(MessageType::kAddPartyAcknowledge, call, party));
  side_->told.clear();
  side_->Receive(About(MessageType::kDropPartyAcknowledge, call, party));
  const std::optional<wire::Message> status = side_->TakeSent();
  ASSERT_TRUE(status && status->endpoint_state);
  EXPECT_EQ(status->type, MessageType::kStatus);
  EXPECT_EQ(status->cause[0].value, 96);
  ASSERT_EQ(status->cause[0].diagnostics.size(), 1u);
  EXPECT_EQ(status->cause[0].diagnostics[0], 0x08);
  EXPECT_TRUE(Quiet(*side_));
  EXPECT_EQ(StateOfParty(call, party), PartyState::kActive);
}

TEST_P(Party, T398StandsForTheAcknowledgement) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  const PartyId party = Add(call);
  AskOf(Ask::kDropParty, call, party);
  side_->sent.clear();
  side_->Advance(4 * kNsPerSecond - 1);
  EXPECT_TRUE(Quiet(*side_));
  side_->Advance(1);
  EXPECT_TRUE(ToldOf(Told::kDropPartyAck, party, 102));
  EXPECT_TRUE(SentOf(MessageType::kDropPartyAcknowledge, party, 102));
  EXPECT_EQ(StateOfParty(call, party), PartyState::kNull);
}

TEST_P(Party, BothSidesDropItAtOnce) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  const PartyId party = Add(call);
  AskOf(Ask::kDropParty, call, party);
  side_->sent.clear();
  side_->Receive(About(MessageType::kDropParty, call, party, 16));
  EXPECT_TRUE(ToldOf(Told::kDropPartyAck, party, 16));
  EXPECT_TRUE(Quiet(*side_));
  EXPECT_EQ(StateOfParty(call, party), PartyState::kNull);
}

TEST_P(Party, DroppedByThePeer) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  const PartyId party = Add(call);
  side_->Receive(About(MessageType::kAddPartyAcknowledge, call, party));
  side_->told.clear();
  side_->Receive(About(MessageType::kDropParty, call, party, 16));
  // The call manager has not been asked for anything.
  EXPECT_TRUE(ToldOf(Told::kDropParty, party, 16));
  const std::optional<wire::Message> ack = side_->TakeSent();
  ASSERT_TRUE(ack && ack->endpoint);
  EXPECT_EQ(ack->type, MessageType::kDropPartyAcknowledge);
  EXPECT_EQ(ack->endpoint->value, party);
  EXPECT_TRUE(ack->cause.empty());
  EXPECT_EQ(StateOfParty(call, party), PartyState::kNull);
  EXPECT_EQ(AskOf(Ask::kDropParty, call, party).status, Status::kInvalidHandle);
  EXPECT_TRUE(Quiet(*side_));
  side_->Receive(About(MessageType::kDropParty, call, party, 16));  // The answer was lost.
  EXPECT_TRUE(SentOf(MessageType::kDropPartyAcknowledge, party, 89));
  EXPECT_TRUE(Quiet(*side_));
}

TEST_P(Party, DroppedByThePeerInOneMessage) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  const PartyId party = Add(call);
  side_->Receive(About(MessageType::kAddPartyAcknowledge, call, party));
  side_->told.clear();
  side_->Receive(About(MessageType::kDropPartyAcknowledge, call, party, 89));
  EXPECT_TRUE(ToldOf(Told::kDropParty, party, 89));
  EXPECT_TRUE(Quiet(*side_));
  EXPECT_EQ(side_->link().StateOf(call.handle), UniState::kActive);
}

TEST_P(Party, TheCallGoesWithItsLastParty) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  EXPECT_EQ(AskOf(Ask::kDropParty, call, 0).status, Status::kSuccess);
  EXPECT_TRUE(WasSent(*side_, MessageType::kRelease, 31));
  EXPECT_EQ(side_->link().StateOf(call.handle), UniState::kReleaseRequest);
  side_->Receive(NewMessage(MessageType::kReleaseComplete, call.reference));
  EXPECT_TRUE(WasTold(*side_, Told::kReleaseConfirm, 31));
  EXPECT_TRUE(Quiet(*side_));
}

TEST_P(Party, TheCallGoesWithTheLastPartyThatThePeerDrops) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  side_->Receive(About(MessageType::kDropParty, call, 0, 16));
  EXPECT_TRUE(WasTold(*side_, Told::kRelease, 16));
  EXPECT_TRUE(WasSent(*side_, MessageType::kRelease, 16));
  EXPECT_TRUE(Quiet(*side_));
}

TEST_P(Party, PartiesOnTheirWayOutDoNotKeepTheCall) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  const PartyId party = Add(call);
  AskOf(Ask::kDropParty, call, party);
  EXPECT_TRUE(SentOf(MessageType::kDropParty, party, 31));
  AskOf(Ask::kDropParty, call, 0);
  EXPECT_TRUE(WasSent(*side_, MessageType::kRelease, 31));
  side_->Advance(10 * kNsPerSecond);  // T398 went with the party.
  EXPECT_TRUE(Quiet(*side_));
}

TEST_P(Party, WhenTheLastOneIsRejectedTheCallIsCleared) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  const PartyId party = Add(call);
  AskOf(Ask::kDropParty, call, 0);
  side_->sent.clear();
  side_->Receive(About(MessageType::kDropPartyAcknowledge, call, 0));
  side_->told.clear();
  side_->Receive(About(MessageType::kAddPartyReject, call, party, 17));
  EXPECT_TRUE(ToldOf(Told::kAddPartyReject, party, 17));
  EXPECT_TRUE(WasTold(*side_, Told::kRelease, 17));
  EXPECT_TRUE(WasSent(*side_, MessageType::kRelease, 17));
}

TEST_P(Party, NoMoreThanACallMayHave) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  for (uint32_t i = 1; i < kMaxPartiesPerCall; ++i) Add(call);
  const wire::Message elements = Elements();
  EXPECT_EQ(side_->Ask({.kind = Ask::kAddParty, .call = call.handle, .elements = &elements}).status,
            Status::kResources);
}

TEST_P(Party, OnlyWhoMadeTheCallAdds) {
  const MadeCall call = Play(*side_, Scene::kActiveOffered, true);
  const wire::Message elements = Elements();
  EXPECT_EQ(side_->Ask({.kind = Ask::kAddParty, .call = call.handle, .elements = &elements}).status,
            Status::kInvalidState);
  const MadeCall made = MakeCall(*side_, true);
  side_->Receive(Response(*side_, MessageType::kConnect, made, true));
  side_->Ask({.kind = Ask::kSetupComplete, .call = made.handle});
  side_->sent.clear();
  side_->told.clear();
  side_->Receive(About(MessageType::kAddParty, made, 5));
  EXPECT_TRUE(WasSent(*side_, MessageType::kStatus, 101));
  EXPECT_TRUE(Quiet(*side_));
}

// --- the side that is asked ----------------------------------------------------------------------

TEST_P(Party, OfferedAlertsAndIsAccepted) {
  const MadeCall call = Play(*side_, Scene::kActiveOffered, true);
  side_->Receive(About(MessageType::kAddParty, call, 12));
  EXPECT_TRUE(ToldOf(Told::kAddParty, 12));
  EXPECT_EQ(StateOfParty(call, 12), PartyState::kAddReceived);
  EXPECT_EQ(AskOf(Ask::kPartyAlerting, call, 12).status, Status::kSuccess);
  EXPECT_TRUE(SentOf(MessageType::kPartyAlerting, 12));
  EXPECT_EQ(StateOfParty(call, 12), PartyState::kAlertingReceived);
  EXPECT_EQ(AskOf(Ask::kPartyAlerting, call, 12).status, Status::kInvalidState);
  EXPECT_EQ(AskOf(Ask::kAddPartyAck, call, 12).status, Status::kSuccess);
  EXPECT_TRUE(SentOf(MessageType::kAddPartyAcknowledge, 12));
  EXPECT_EQ(StateOfParty(call, 12), PartyState::kActive);
  EXPECT_EQ(AskOf(Ask::kAddPartyAck, call, 12).status, Status::kInvalidState);
}

TEST_P(Party, OfferedAndRefused) {
  const MadeCall call = Play(*side_, Scene::kActiveOffered, true);
  side_->Receive(About(MessageType::kAddParty, call, 12));
  EXPECT_EQ(AskOf(Ask::kAddPartyReject, call, 12, 88).status, Status::kSuccess);
  EXPECT_TRUE(SentOf(MessageType::kAddPartyReject, 12, 88));
  EXPECT_EQ(StateOfParty(call, 12), PartyState::kNull);
  // One that alerts was not refused: it is dropped.
  side_->Receive(About(MessageType::kAddParty, call, 13));
  AskOf(Ask::kPartyAlerting, call, 13);
  side_->sent.clear();
  AskOf(Ask::kAddPartyReject, call, 13, 19);
  EXPECT_TRUE(SentOf(MessageType::kDropParty, 13, 19));
  EXPECT_EQ(StateOfParty(call, 13), PartyState::kDropInitiated);
}

TEST_P(Party, OfferedTwiceIsOfferedOnce) {
  const MadeCall call = Play(*side_, Scene::kActiveOffered, true);
  side_->Receive(About(MessageType::kAddParty, call, 12));
  side_->told.clear();
  side_->Receive(About(MessageType::kAddParty, call, 12));
  side_->Receive(About(MessageType::kAddParty, call, 0));
  EXPECT_TRUE(Quiet(*side_));
  EXPECT_EQ(side_->Counted(UniCounter::kRepeatedSetup), 2u);
}

// S1: set-ups they are, too.
TEST_P(Party, AStormOfThemIsRefusedAndThenDropped) {
  UniConfig config = UniConfig::DefaultsOf(GetParam());
  config.limits = {
      .setups_per_second = 10, .setup_burst = 3, .refusals_per_second = 10, .refusal_burst = 2};
  side_.emplace(config);
  side_->Up();
  const MadeCall call = Play(*side_, Scene::kActiveOffered, true);
  for (PartyId id = 1; id <= 9; ++id) side_->Receive(About(MessageType::kAddParty, call, id));
  EXPECT_TRUE(ToldOf(Told::kAddParty, 1));
  EXPECT_TRUE(ToldOf(Told::kAddParty, 2));
  EXPECT_TRUE(SentOf(MessageType::kAddPartyReject, 3, 42));
  EXPECT_TRUE(SentOf(MessageType::kAddPartyReject, 4, 42));
  EXPECT_TRUE(Quiet(*side_));
  EXPECT_EQ(side_->Counted(UniCounter::kRefusedSetup), 2u);
  EXPECT_EQ(side_->Counted(UniCounter::kDroppedSetup), 5u);
  EXPECT_EQ(StateOfParty(call, 3), PartyState::kNull);
}

TEST_P(Party, TooManyThatWaitAreRefused) {
  const MadeCall call = Play(*side_, Scene::kActiveOffered, true);
  for (uint32_t i = 1; i <= kMaxPendingParties; ++i) {
    side_->Receive(About(MessageType::kAddParty, call, static_cast<PartyId>(i)));
  }
  EXPECT_EQ(side_->told.size(), kMaxPendingParties);
  side_->told.clear();
  side_->Receive(About(MessageType::kAddParty, call, 5000));
  EXPECT_TRUE(SentOf(MessageType::kAddPartyReject, 5000, 32));
  EXPECT_TRUE(Quiet(*side_));
  AskOf(Ask::kAddPartyAck, call, 1);
  side_->sent.clear();
  side_->Receive(About(MessageType::kAddParty, call, 5000));
  EXPECT_TRUE(ToldOf(Told::kAddParty, 5000));
}

TEST_P(Party, MoreThanACallMayHaveAreRefused) {
  const MadeCall call = Play(*side_, Scene::kActiveOffered, true);
  for (uint32_t i = 1; i < kMaxPartiesPerCall; ++i) {
    side_->Receive(About(MessageType::kAddParty, call, static_cast<PartyId>(i)));
    AskOf(Ask::kAddPartyAck, call, static_cast<PartyId>(i));
  }
  side_->sent.clear();
  side_->told.clear();
  side_->Receive(About(MessageType::kAddParty, call, 5000));
  EXPECT_TRUE(SentOf(MessageType::kAddPartyReject, 5000, 47));
  EXPECT_TRUE(Quiet(*side_));
}

}  // namespace
}  // namespace vcp::signaling
