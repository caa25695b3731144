// Messages about parties that are wrong, or do not fit: Q.2971 9.5; and their states.
#include <gtest/gtest.h>

#include "uni_party_fixture.h"
#include "uni_raw.h"

namespace vcp::signaling {
namespace {

class PartyErrors : public Party {};

INSTANTIATE_TEST_SUITE_P(Roles, PartyErrors, ::testing::Values(Role::kUser, Role::kNetwork));

// --- what is wrong (Q.2971 9.5) ------------------------------------------------------------------

TEST_P(PartyErrors, OneThatDoesNotExistIsDroppedOverThereToo) {
  for (Scene scene : {Scene::kActiveMade, Scene::kActiveOffered}) {
    UniSide fresh(GetParam());
    fresh.Up();
    const MadeCall call = Play(fresh, scene, true);
    for (MessageType type : {MessageType::kAddPartyAcknowledge, MessageType::kPartyAlerting,
                             MessageType::kDropParty}) {
      fresh.Receive(About(type, call, 999, type == MessageType::kDropParty ? 16 : 0));
      const std::optional<wire::Message> answer = fresh.TakeSent();
      ASSERT_TRUE(answer && answer->endpoint);
      EXPECT_EQ(answer->type, MessageType::kDropPartyAcknowledge);
      EXPECT_EQ(answer->cause[0].value, 89);
      EXPECT_EQ(answer->endpoint->value, 999);
      EXPECT_EQ(answer->endpoint->to_allocator, !call.reference.to_allocator);
    }
    fresh.Receive(About(MessageType::kAddPartyReject, call, 999, 17));
    fresh.Receive(About(MessageType::kDropPartyAcknowledge, call, 999, 16));
    EXPECT_TRUE(Quiet(fresh));
    EXPECT_EQ(fresh.Counted(UniCounter::kUnknownParty), 5u);
    EXPECT_EQ(fresh.link().StateOf(call.handle), UniState::kActive);
  }
}

TEST_P(PartyErrors, TheFlagTellsWhoChoseTheReference) {
  const MadeCall call = Play(*side_, Scene::kActiveOffered, true);
  wire::Message drop = About(MessageType::kDropParty, call, 0, 16);
  drop.endpoint->to_allocator = !drop.endpoint->to_allocator;
  side_->Receive(drop);
  EXPECT_TRUE(WasSent(*side_, MessageType::kDropPartyAcknowledge, 89));
  wire::Message add = About(MessageType::kAddParty, call, 7);
  add.endpoint->to_allocator = !add.endpoint->to_allocator;
  side_->Receive(add);
  EXPECT_TRUE(WasSent(*side_, MessageType::kDropPartyAcknowledge, 89));
  EXPECT_TRUE(Quiet(*side_));
}

TEST_P(PartyErrors, AnAddPartyThatCannotBeUsedIsRejected) {
  const MadeCall call = Play(*side_, Scene::kActiveOffered, true);
  auto receive = [&](const Octets& elements) {
    side_->Receive(RawMessage(MessageType::kAddParty, call.reference, elements));
  };
  const Octets endpoint = RawEndpoint(7, false);
  receive(endpoint);
  EXPECT_TRUE(Reports(*side_, MessageType::kAddPartyReject, 96, {0x70}));
  receive(RawElement(0x70, 0x80, {}) + endpoint);
  EXPECT_TRUE(Reports(*side_, MessageType::kAddPartyReject, 100, {0x70}));
  receive(RawCalled() + endpoint + Unknown(kClear));
  EXPECT_TRUE(Reports(*side_, MessageType::kAddPartyReject, 99, {0x2f}));
  receive(RawCalled() + endpoint + Unknown(kReportMessage));
  EXPECT_TRUE(Reports(*side_, MessageType::kStatus, 99, {0x2f}));
  receive(RawCalled() + endpoint + Unknown(kDiscardMessage));
  EXPECT_TRUE(Quiet(*side_));
  receive(RawEndpoint(0, false));  // A party that exists.
  EXPECT_TRUE(Quiet(*side_));
  EXPECT_EQ(StateOfParty(call, 7), PartyState::kNull);
  EXPECT_EQ(side_->link().StateOf(call.handle), UniState::kActive);
}

// Without an endpoint reference there is nobody to reject, so whatever else is asked for comes
// first.
TEST_P(PartyErrors, AnAddPartyWithoutEndpointReference) {
  const MadeCall call = Play(*side_, Scene::kActiveOffered, true);
  auto receive = [&](const Octets& elements) {
    side_->Receive(RawMessage(MessageType::kAddParty, call.reference, elements));
  };
  receive(RawCalled());
  EXPECT_TRUE(Reports(*side_, MessageType::kStatus, 96, {0x54}));
  receive(RawCalled() + Unknown(kReportMessage));
  EXPECT_TRUE(Reports(*side_, MessageType::kStatus, 99, {0x2f}));
  receive(RawCalled() + Unknown(kDiscardMessage));
  EXPECT_TRUE(Quiet(*side_));
  receive({});
  EXPECT_TRUE(Reports(*side_, MessageType::kStatus, 96, {0x70}));
  EXPECT_TRUE(Quiet(*side_));
}

TEST_P(PartyErrors, ABadElementThatCanBeDoneWithoutIsReportedOfTheParty) {
  const MadeCall call = Play(*side_, Scene::kActiveOffered, true);
  side_->Receive(RawMessage(MessageType::kAddParty, call.reference,
                            RawCalled() + RawEndpoint(7, false) + Unknown(kNoInstruction)));
  EXPECT_TRUE(ToldOf(Told::kAddParty, 7));
  const std::optional<wire::Message> status = side_->TakeSent();
  ASSERT_TRUE(status && status->endpoint && status->endpoint_state);
  EXPECT_EQ(status->cause[0].value, 99);
  EXPECT_EQ(status->endpoint->value, 7);
  EXPECT_EQ(status->endpoint_state->state, 6);
}

TEST_P(PartyErrors, AnElementThatAsksToClearDropsThePartyOnly) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  const PartyId party = Add(call);
  side_->Receive(RawMessage(MessageType::kPartyAlerting, call.reference,
                            RawEndpoint(party, true) + Unknown(kClear)));
  EXPECT_TRUE(ToldOf(Told::kAddPartyReject, party, 99));
  EXPECT_TRUE(SentOf(MessageType::kDropParty, party, 99));
  EXPECT_EQ(side_->link().StateOf(call.handle), UniState::kActive);
}

// --- STATUS --------------------------------------------------------------------------------------

TEST_P(PartyErrors, ItsStateIsToldWhenAsked) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  const PartyId party = Add(call);
  for (auto [asked, state] : {std::pair<PartyId, int>{0, 10}, {party, 1}, {999, 0}}) {
    side_->Receive(About(MessageType::kStatusEnquiry, call, asked));
    const std::optional<wire::Message> status = side_->TakeSent();
    ASSERT_TRUE(status && status->endpoint_state && status->endpoint);
    EXPECT_EQ(status->cause[0].value, 30);
    EXPECT_EQ(status->endpoint->value, asked);
    EXPECT_EQ(status->endpoint_state->state, state);
    EXPECT_EQ(status->call_state->state, 10);
  }
}

TEST_P(PartyErrors, OneThatThePeerDoesNotHaveIsOver) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  const PartyId party = Add(call);
  side_->Receive(About(MessageType::kAddPartyAcknowledge, call, party));
  side_->told.clear();
  wire::Message status = About(MessageType::kStatus, call, party, 97);
  status.call_state = wire::CallState{10};
  status.endpoint_state = wire::EndpointState{10};
  side_->Receive(status);
  EXPECT_TRUE(ToldOf(Told::kStatus, party, 97));
  EXPECT_EQ(StateOfParty(call, party), PartyState::kActive);
  status.endpoint_state = wire::EndpointState{0};
  side_->Receive(status);
  EXPECT_TRUE(ToldOf(Told::kStatus, party, 97));
  EXPECT_TRUE(ToldOf(Told::kDropParty, party, 97));
  EXPECT_EQ(StateOfParty(call, party), PartyState::kNull);
}

TEST_P(PartyErrors, WithTheSaalGoPartiesThatAreNotActive) {
  const MadeCall call = Play(*side_, Scene::kActiveMade, true);
  const PartyId active = Add(call);
  side_->Receive(About(MessageType::kAddPartyAcknowledge, call, active));
  const PartyId adding = Add(call);
  const PartyId dropping = Add(call);
  AskOf(Ask::kDropParty, call, dropping);
  side_->told.clear();
  side_->sent.clear();
  side_->Down();
  EXPECT_TRUE(WasTold(*side_, Told::kLinkDown));
  EXPECT_TRUE(ToldOf(Told::kDropPartyAck, dropping, 41));
  EXPECT_TRUE(ToldOf(Told::kAddPartyReject, adding, 41));
  EXPECT_TRUE(Quiet(*side_));
  EXPECT_EQ(StateOfParty(call, active), PartyState::kActive);
  EXPECT_EQ(StateOfParty(call, 0), PartyState::kActive);
  // While the link is down a party can still be dropped, the last one with the call.
  AskOf(Ask::kDropParty, call, active);
  AskOf(Ask::kDropParty, call, 0);
  EXPECT_TRUE(WasTold(*side_, Told::kReleaseConfirm, 31));
  EXPECT_EQ(side_->link().call_count(), 0u);
  side_->Advance(100 * kNsPerSecond);
  EXPECT_TRUE(Quiet(*side_));
}

// Every message about a party in every state that the party can have.
TEST_P(PartyErrors, EveryMessageInEveryState) {
  struct Case {
    PartyState state;
    bool made;
  };
  const Case cases[] = {{PartyState::kAddInitiated, true}, {PartyState::kAlertingDelivered, true},
                        {PartyState::kActive, true},       {PartyState::kDropInitiated, true},
                        {PartyState::kAddReceived, false}, {PartyState::kAlertingReceived, false},
                        {PartyState::kActive, false},      {PartyState::kDropInitiated, false}};
  for (const Case& c : cases) {
    for (int octet = 0x80; octet <= 0x85; ++octet) {
      SCOPED_TRACE(::testing::Message()
                   << static_cast<int>(c.state) << " made " << c.made << " " << octet);
      Begin();
      const MadeCall call = Play(*side_, c.made ? Scene::kActiveMade : Scene::kActiveOffered, true);
      const PartyId party = c.made ? Add(call) : PartyId{12};
      if (!c.made) side_->Receive(About(MessageType::kAddParty, call, party));
      if (c.state == PartyState::kAlertingDelivered) {
        side_->Receive(About(MessageType::kPartyAlerting, call, party));
      }
      if (c.state == PartyState::kActive && c.made) {
        side_->Receive(About(MessageType::kAddPartyAcknowledge, call, party));
      }
      if (c.state == PartyState::kAlertingReceived) AskOf(Ask::kPartyAlerting, call, party);
      if (c.state == PartyState::kActive && !c.made) AskOf(Ask::kAddPartyAck, call, party);
      if (c.state == PartyState::kDropInitiated) AskOf(Ask::kDropParty, call, party);
      ASSERT_EQ(StateOfParty(call, party), c.state);
      side_->sent.clear();
      side_->told.clear();

      const auto type = static_cast<MessageType>(octet);
      const bool is_adding =
          c.state == PartyState::kAddInitiated || c.state == PartyState::kAlertingDelivered;
      std::optional<PartyState> after;
      if (type == MessageType::kPartyAlerting && c.state == PartyState::kAddInitiated) {
        after = PartyState::kAlertingDelivered;
      } else if (type == MessageType::kAddPartyAcknowledge && is_adding) {
        after = PartyState::kActive;
      } else if (type == MessageType::kAddPartyReject && is_adding) {
        after = PartyState::kNull;
      } else if (type == MessageType::kDropParty || type == MessageType::kDropPartyAcknowledge) {
        after = PartyState::kNull;
      } else if (type == MessageType::kAddParty && !c.made) {
        after = c.state;
      }
      side_->Receive(About(type, call, party, 31));
      EXPECT_EQ(StateOfParty(call, party), after.value_or(c.state));
      EXPECT_EQ(side_->Counted(UniCounter::kUnexpected), after ? 0u : 1u);
      if (!after) {
        EXPECT_TRUE(WasSent(*side_, MessageType::kStatus, 101));
      }
      EXPECT_EQ(side_->link().StateOf(call.handle), UniState::kActive);
    }
  }
}

// And every message about a party in every state of a call that has them, or has none.
TEST_P(PartyErrors, EveryMessageInEveryStateOfTheCall) {
  for (Scene scene : kScenes) {
    if (scene == Scene::kModifySent || scene == Scene::kModifyReceived) continue;
    for (bool multipoint : {false, true}) {
      for (int octet = 0x80; octet <= 0x85; ++octet) {
        UniSide fresh(GetParam());
        fresh.Up();
        const MadeCall call = Play(fresh, scene, multipoint);
        const UniState before = fresh.link().StateOf(call.handle);
        fresh.Receive(About(static_cast<MessageType>(octet), call, 0, 31));
        const bool has_parties_now =
            multipoint &&
            (before == UniState::kCallDelivered || before == UniState::kCallReceived ||
             before == UniState::kConnectRequest || before == UniState::kActive);
        if (has_parties_now) continue;
        EXPECT_EQ(fresh.link().StateOf(call.handle), before);
        EXPECT_TRUE(WasSent(fresh, MessageType::kStatus, 101));
        EXPECT_TRUE(Quiet(fresh));
      }
    }
  }
}

}  // namespace
}  // namespace vcp::signaling
