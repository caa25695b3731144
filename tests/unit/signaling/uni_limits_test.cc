// What a call is given and what is refused: connections, call references, numbers of calls, storms.
#include <gtest/gtest.h>

#include <set>

#include "signaling/setup_admission.h"
#include "signaling/uni_call.h"
#include "uni_raw.h"
#include "uni_scenes.h"

namespace vcp::signaling {
namespace {

using Preference = wire::ConnectionIdentifier::Preference;

wire::Message SetupOnto(uint16_t vpci, uint16_t vci, Preference preference, uint32_t reference) {
  wire::Message setup = SetupElements();
  setup.call = TheirReference(reference);
  setup.connection = testing::Connection(vci, vpci);
  setup.connection->preference = preference;
  return setup;
}

// --- connections (Q.2931 5.1.2, 5.2.3) -----------------------------------------------------------

TEST(Connections, TheNetworkChoosesOneThatTheUserLeftOpen) {
  UniSide side(Role::kNetwork);
  side.Up();
  wire::Message setup = SetupElements();
  setup.call = TheirReference();
  side.Receive(setup);
  const std::optional<UniTold> told = side.TakeTold();
  ASSERT_TRUE(told && told->what.connection);
  side.Ask({.kind = Ask::kConnect, .call = told->what.call});
  const std::optional<wire::Message> connect = side.TakeSent();
  ASSERT_TRUE(connect && connect->connection);
  EXPECT_EQ(connect->connection->vci, told->what.connection->vci);
  EXPECT_EQ(connect->connection->preference, Preference::kExclusive);
}

TEST(Connections, TheNetworkTakesWhatTheUserProposes) {
  UniSide side(Role::kNetwork);
  side.Up();
  side.Receive(SetupOnto(3, 500, Preference::kExclusive, 1));
  std::optional<UniTold> told = side.TakeTold();
  ASSERT_TRUE(told && told->what.connection);
  EXPECT_EQ(*told->what.connection, (ConnectionId{3, 500}));
  side.Ask({.kind = Ask::kConnect, .call = told->what.call});
  EXPECT_FALSE(side.TakeSent()->connection);  // It was the user's own.

  side.Receive(SetupOnto(4, 0, Preference::kAnyVci, 2));
  told = side.TakeTold();
  ASSERT_TRUE(told && told->what.connection);
  EXPECT_EQ(told->what.connection->vpci, 4);
  side.Ask({.kind = Ask::kProceeding, .call = told->what.call});
  const std::optional<wire::Message> proceeding = side.TakeSent();
  ASSERT_TRUE(proceeding && proceeding->connection);
  EXPECT_EQ(proceeding->connection->vpci, 4);
}

TEST(Connections, WhatCannotBeHadIsRefused) {
  for (Role role : {Role::kUser, Role::kNetwork}) {
    UniSide side(role);
    side.Up();
    side.Receive(SetupOnto(0, 500, Preference::kExclusive, 1));
    EXPECT_TRUE(WasTold(side, Told::kSetup));
    side.Receive(SetupOnto(0, 500, Preference::kExclusive, 2));  // In use.
    EXPECT_TRUE(WasSent(side, MessageType::kReleaseComplete, 35));
    side.Receive(SetupOnto(16, 500, Preference::kExclusive, 3));  // No label has such a VPCI.
    EXPECT_TRUE(WasSent(side, MessageType::kReleaseComplete, 35));
    side.Receive(SetupOnto(0, 63, Preference::kExclusive, 4));  // Signaling and management.
    EXPECT_TRUE(WasSent(side, MessageType::kReleaseComplete, 35));
    side.Receive(SetupOnto(0, 500, Preference::kNoVci, 5));  // A whole VP.
    EXPECT_TRUE(WasSent(side, MessageType::kReleaseComplete, 35));
    EXPECT_TRUE(Quiet(side));
    EXPECT_EQ(side.link().call_count(), 1u);
    EXPECT_EQ(side.connections.taken.size(), 1u);
  }
}

TEST(Connections, WhenNoneIsLeft) {
  UniSide side(Role::kNetwork);
  side.Up();
  side.connections.is_empty = true;
  wire::Message setup = SetupElements();
  setup.call = TheirReference();
  side.Receive(setup);
  EXPECT_TRUE(WasSent(side, MessageType::kReleaseComplete, 45));
  EXPECT_EQ(side.Ask({.kind = Ask::kSetup, .elements = &setup}).status, Status::kInUse);
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().call_count(), 0u);
}

TEST(Connections, TheNetworkTellsTheUserWhichOne) {
  UniSide side(Role::kNetwork);
  side.Up();
  const wire::Message elements = SetupElements();
  side.Ask({.kind = Ask::kSetup, .elements = &elements});
  const std::optional<wire::Message> setup = side.TakeSent();
  ASSERT_TRUE(setup && setup->connection);
  EXPECT_TRUE(side.connections.taken.contains(setup->connection->vci));
}

TEST(Connections, AUserMayProposeOne) {
  UniSide side(Role::kUser);
  side.Up();
  wire::Message elements = SetupElements();
  elements.connection = testing::Connection(700, 2);
  const UniReply reply = side.Ask({.kind = Ask::kSetup, .elements = &elements});
  const std::optional<wire::Message> setup = side.TakeSent();
  ASSERT_TRUE(setup && setup->connection);
  EXPECT_EQ(setup->connection->vci, 700);
  EXPECT_EQ(side.Ask({.kind = Ask::kSetup, .elements = &elements}).status, Status::kInUse);
  // The first response need not repeat it.
  side.Receive(NewMessage(MessageType::kConnect, ToUs(*side.link().ReferenceOf(reply.call))));
  EXPECT_TRUE(WasTold(side, Told::kConnect));
}

TEST(Connections, AResponseThatNamesAnImpossibleOneEndsTheCall) {
  for (auto [vpci, vci] : {std::pair<uint16_t, uint16_t>{16, 100}, {0, 21}, {0, 200}}) {
    UniSide side(Role::kUser);
    side.Up();
    MakeActive(side, 200);
    const MadeCall call = MakeCall(side);
    wire::Message proceeding = NewMessage(MessageType::kCallProceeding, call.reference);
    proceeding.connection = testing::Connection(vci, vpci);
    side.Receive(proceeding);
    EXPECT_TRUE(WasSent(side, MessageType::kRelease, 36));
    EXPECT_TRUE(WasTold(side, Told::kRelease, 36));
    EXPECT_TRUE(Quiet(side));
    EXPECT_EQ(side.connections.taken.size(), 1u);
  }
}

TEST(Connections, ACallCannotChangeItsConnection) {
  UniSide side(Role::kNetwork);
  side.Up();
  const MadeCall call = MakeCall(side);
  wire::Message proceeding = NewMessage(MessageType::kCallProceeding, call.reference);
  proceeding.connection = testing::Connection(9999);
  side.Receive(proceeding);
  EXPECT_TRUE(WasSent(side, MessageType::kRelease, 36));
  EXPECT_TRUE(WasTold(side, Told::kRelease, 36));
}

// The peer may take the repetition for another call, on the same connection.
TEST(Connections, ARefusalOfARepeatedSetupDoesNotFreeOne) {
  UniSide side(Role::kNetwork);
  side.Up();
  const MadeCall call = MakeCall(side);
  side.Advance(4 * kNsPerSecond);
  EXPECT_TRUE(WasSent(side, MessageType::kSetup));
  side.Receive(testing::WithCause(MessageType::kReleaseComplete, call.reference, 37));
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kNull);
  EXPECT_EQ(side.connections.unconfirmed, 1);
}

// Nor does it when the call is released meanwhile, unless the peer has said that it had the call.
TEST(Connections, ARefusalOfARepeatedSetupDoesNotFreeOneThatIsReleased) {
  for (const bool is_heard : {false, true}) {
    UniSide side(Role::kNetwork);
    side.Up();
    const MadeCall call = MakeCall(side);
    side.Advance(4 * kNsPerSecond);
    EXPECT_TRUE(WasSent(side, MessageType::kSetup));
    if (is_heard) side.Receive(NewMessage(MessageType::kCallProceeding, call.reference));
    side.Ask({.kind = Ask::kRelease, .call = call.handle, .cause = {.value = 16}});
    side.Receive(testing::WithCause(MessageType::kReleaseComplete, call.reference, 37));
    EXPECT_EQ(side.link().StateOf(call.handle), UniState::kNull);
    EXPECT_EQ(side.connections.unconfirmed, is_heard ? 0 : 1);
  }
}

// --- call references (S7) ------------------------------------------------------------------------

TEST(References, AreNeverReservedNorInUse) {
  UniCallTable calls(8, 1);
  std::set<uint32_t> live;
  for (int i = 0; i < 3; ++i) {
    const uint32_t reference = calls.ChooseReference();
    live.insert(reference);
    calls.Insert(true, reference);
  }
  // All the way round: 8388606 values, of which three are in use.
  uint32_t seen = 0, last = 0;
  for (uint32_t i = 0; i < wire::CallReference::kDummy - 1 - 3; ++i) {
    last = calls.ChooseReference();
    if (last == 0 || last >= wire::CallReference::kDummy || live.contains(last)) ++seen;
  }
  EXPECT_EQ(seen, 0u);
  EXPECT_EQ(last, wire::CallReference::kDummy - 1);
  EXPECT_EQ(calls.ChooseReference(), 4u);  // Over 1 to 3, which are live.
}

TEST(References, ThePeersDoNotCollideWithOurs) {
  UniSide side(Role::kNetwork);
  side.Up();
  for (uint32_t i = 1; i <= 10; ++i) {
    const MadeCall made = MakeCall(side);
    const MadeCall offered = OfferCall(side, false, made.reference.value);
    EXPECT_NE(made.handle, offered.handle);
  }
  EXPECT_EQ(side.link().call_count(), 20u);
}

// --- how many (S1, S2) ---------------------------------------------------------------------------

UniConfig Limited(uint32_t max_calls, uint32_t max_in_setup) {
  UniConfig config = UniConfig::DefaultsOf(Role::kNetwork);
  config.max_calls = max_calls;
  config.max_calls_in_setup = max_in_setup;
  return config;
}

TEST(Limits, ATableThatIsFullRefuses) {
  UniSide side(Limited(2, 100));
  side.Up();
  OfferCall(side, false, 1);
  MakeCall(side);
  side.Receive(RawMessage(MessageType::kSetup, TheirReference(2), RawSetup()));
  EXPECT_TRUE(WasSent(side, MessageType::kReleaseComplete, 47));
  const wire::Message setup = SetupElements();
  EXPECT_EQ(side.Ask({.kind = Ask::kSetup, .elements = &setup}).status, Status::kResources);
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.Counted(UniCounter::kRefusedSetup), 1u);
}

TEST(Limits, HalfOpenCallsAreBoundedAndExpire) {
  UniSide side(Limited(100, 2));
  side.Up();
  MakeCall(side);
  OfferCall(side, false, 1);
  side.Receive(RawMessage(MessageType::kSetup, TheirReference(2), RawSetup()));
  EXPECT_TRUE(WasSent(side, MessageType::kReleaseComplete, 42));
  const wire::Message setup = SetupElements();
  EXPECT_EQ(side.Ask({.kind = Ask::kSetup, .elements = &setup}).status, Status::kResources);
  side.Advance(8 * kNsPerSecond);  // T303, twice
  side.sent.clear();
  side.told.clear();
  EXPECT_EQ(side.link().calls_in_setup(), 1u);
  OfferCall(side, false, 2);
  EXPECT_EQ(side.link().calls_in_setup(), 2u);
}

// S2: of eight, two are kept for the other side's calls.
TEST(Limits, OurCallsLeaveRoomForThePeers) {
  UniSide side(Limited(100, 8));
  side.Up();
  for (int i = 0; i < 6; ++i) MakeCall(side);
  EXPECT_FALSE(side.link().takes_setups());
  const wire::Message setup = SetupElements();
  EXPECT_EQ(side.Ask({.kind = Ask::kSetup, .elements = &setup}).status, Status::kResources);
  OfferCall(side, false, 1);
  OfferCall(side, false, 2);
  side.Receive(RawMessage(MessageType::kSetup, TheirReference(3), RawSetup()));
  EXPECT_TRUE(WasSent(side, MessageType::kReleaseComplete, 42));
}

TEST(Limits, ThePeersCallsLeaveRoomForOurs) {
  UniSide side(Limited(100, 8));
  side.Up();
  for (uint32_t i = 1; i <= 6; ++i) OfferCall(side, false, i);
  side.Receive(RawMessage(MessageType::kSetup, TheirReference(7), RawSetup()));
  EXPECT_TRUE(WasSent(side, MessageType::kReleaseComplete, 42));
  EXPECT_TRUE(side.link().takes_setups());
  MakeCall(side);
  MakeCall(side);
  const wire::Message setup = SetupElements();
  EXPECT_EQ(side.Ask({.kind = Ask::kSetup, .elements = &setup}).status, Status::kResources);
}

TEST(Limits, ActiveCallsAreNotInSetup) {
  UniSide side(Limited(100, 1));
  side.Up();
  for (uint16_t i = 0; i < 10; ++i) MakeActive(side, i);
  EXPECT_EQ(side.link().calls_in_setup(), 0u);
  EXPECT_EQ(side.link().call_count(), 10u);
}

// S1
TEST(Limits, AStormIsRefusedCheaplyAndThenDropped) {
  UniConfig config = UniConfig::DefaultsOf(Role::kNetwork);
  config.limits = {
      .setups_per_second = 10, .setup_burst = 3, .refusals_per_second = 10, .refusal_burst = 2};
  UniSide side(config);
  side.Up();
  for (uint32_t i = 1; i <= 10; ++i) {
    side.Receive(RawMessage(MessageType::kSetup, TheirReference(i), RawSetup()));
  }
  EXPECT_EQ(side.told.size(), 3u);
  ASSERT_EQ(side.sent.size(), 2u);
  EXPECT_EQ(side.sent.front().size(), 15u);
  EXPECT_TRUE(WasSent(side, MessageType::kReleaseComplete, 42));
  EXPECT_TRUE(WasSent(side, MessageType::kReleaseComplete, 42));
  EXPECT_EQ(side.Counted(UniCounter::kRefusedSetup), 2u);
  EXPECT_EQ(side.Counted(UniCounter::kDroppedSetup), 5u);

  side.told.clear();
  side.Advance(100 * kNsPerMs);
  for (uint32_t i = 20; i < 22; ++i) {
    side.Receive(RawMessage(MessageType::kSetup, TheirReference(i), RawSetup()));
  }
  EXPECT_EQ(side.told.size(), 1u);
  EXPECT_TRUE(WasSent(side, MessageType::kReleaseComplete, 42));
}

TEST(Limits, ARateIsKeptOverALongTime) {
  RateLimit limit(1000, 10);
  uint32_t taken = 0;
  for (uint64_t now_ns = 0; now_ns < 10 * kNsPerSecond; now_ns += 100 * kNsPerUs) {
    taken += limit.Take(now_ns);
  }
  EXPECT_NEAR(taken, 10'010, 1);
}

// --- a looped link (W9) --------------------------------------------------------------------------

TEST(Reflection, OurOwnSetupIsNotACallOfThePeer) {
  for (Role role : {Role::kUser, Role::kNetwork}) {
    UniSide side(role);
    side.Up();
    const wire::Message setup = SetupElements();
    side.Ask({.kind = Ask::kSetup, .elements = &setup});
    const std::vector<uint8_t> sent = side.sent.front();
    side.sent.clear();
    side.Receive(sent);
    EXPECT_TRUE(Quiet(side));
    EXPECT_EQ(side.link().call_count(), 1u);
    EXPECT_EQ(side.Counted(UniCounter::kReflected), 1u);
  }
}

// --- elements that do not fit --------------------------------------------------------------------

TEST(TooLong, ARequestThatMakesNoMessageChangesNothing) {
  UniSide side(Role::kNetwork);
  side.Up();
  wire::Message setup = SetupElements();
  // More sub-fields than the element has room for.
  setup.traffic->forward = {1, 1, 1, 1, 1, 1, 1};
  setup.traffic->backward = {1, 1, 1, 1, 1, 1, 1};
  EXPECT_EQ(side.Ask({.kind = Ask::kSetup, .elements = &setup}).status, Status::kInvalidLength);
  EXPECT_TRUE(Quiet(side));
  EXPECT_EQ(side.link().call_count(), 0u);
  EXPECT_TRUE(side.connections.taken.empty());
  EXPECT_EQ(side.Counted(UniCounter::kTooLong), 1u);

  const MadeCall call = OfferCall(side);
  EXPECT_EQ(side.Ask({.kind = Ask::kConnect, .call = call.handle, .elements = &setup}).status,
            Status::kInvalidLength);
  EXPECT_EQ(side.link().StateOf(call.handle), UniState::kCallInitiated);
  EXPECT_EQ(side.Ask({.kind = Ask::kSetup}).status, Status::kInvalidData);
}

}  // namespace
}  // namespace vcp::signaling
