// The two sides of a UNI back to back: whole calls, messages that cross (S8), and long random walks
// after which both must agree.
#include <gtest/gtest.h>

#include <random>

#include "uni_pair.h"

namespace vcp::signaling {
namespace {

class Pair : public ::testing::TestWithParam<Role> {
 protected:
  bool by_user() const { return GetParam() == Role::kUser; }
  UniSide& caller() { return by_user() ? pair.user : pair.network; }
  UniSide& called() { return by_user() ? pair.network : pair.user; }
  SimpleManager& caller_manager() { return by_user() ? pair.user_manager : pair.network_manager; }
  SimpleManager& called_manager() { return by_user() ? pair.network_manager : pair.user_manager; }

  CallHandle MakeCall(bool multipoint = false) {
    const UniReply reply = caller_manager().Make(multipoint);
    EXPECT_EQ(reply.status, Status::kSuccess);
    pair.Settle();
    EXPECT_EQ(caller().link().StateOf(reply.call), UniState::kActive);
    EXPECT_TRUE(caller_manager().active.contains(reply.call.value()));
    return reply.call;
  }
  CallHandle OfCalled() { return CallHandle::FromValue(*called_manager().calls.begin()); }

  UniPair pair;
};

INSTANTIATE_TEST_SUITE_P(Callers, Pair, ::testing::Values(Role::kUser, Role::kNetwork));

TEST_P(Pair, ACallIsMadeAndReleasedByTheCaller) {
  const CallHandle call = MakeCall();
  pair.CheckAgreement();
  EXPECT_EQ(called_manager().heard[Told::kSetupComplete], 1);
  caller_manager().Release(call);
  pair.Settle();
  pair.CheckAgreement();
  EXPECT_EQ(pair.user.link().call_count(), 0u);
  EXPECT_EQ(caller().Counted(UniCounter::kUnexpected), 0u);
  EXPECT_EQ(called().Counted(UniCounter::kUnexpected), 0u);
}

TEST_P(Pair, ACallIsReleasedByTheCalledSide) {
  MakeCall();
  called_manager().Release(OfCalled());
  pair.Settle();
  pair.CheckAgreement();
  EXPECT_EQ(pair.user.link().call_count(), 0u);
}

TEST_P(Pair, ACallIsRefused) {
  called_manager().accepts = false;
  caller_manager().Make();
  pair.Settle();
  pair.CheckAgreement();
  EXPECT_EQ(caller_manager().heard[Told::kRelease], 1);
  EXPECT_EQ(called_manager().heard[Told::kReleaseConfirm], 1);
}

TEST_P(Pair, ConnectMayBeTheFirstResponse) {
  called_manager().proceeds = false;
  MakeCall();
  pair.CheckAgreement();
}

TEST_P(Pair, PartiesComeAndGo) {
  const CallHandle call = MakeCall(true);
  wire::Message elements;
  elements.called = testing::Aesa(9);
  std::vector<PartyId> parties;
  for (int i = 0; i < 20; ++i) {
    const UniReply added =
        caller().Ask({.kind = Ask::kAddParty, .call = call, .elements = &elements});
    ASSERT_EQ(added.status, Status::kSuccess);
    parties.push_back(added.party);
  }
  pair.Settle();
  for (PartyId party : parties) {
    EXPECT_EQ(caller().link().StateOf(call, party), PartyState::kActive);
    EXPECT_EQ(called().link().StateOf(OfCalled(), party), PartyState::kActive);
  }
  for (size_t i = 0; i < parties.size(); ++i) {
    UniSide& side = i % 2 == 0 ? caller() : called();
    const CallHandle of_side = i % 2 == 0 ? call : OfCalled();
    side.Ask({.kind = Ask::kDropParty,
              .call = of_side,
              .party = parties[i],
              .cause = side.link().LocalCause(31)});
  }
  pair.Settle();
  EXPECT_EQ(called().link().StateOf(OfCalled(), parties[0]), PartyState::kNull);
  EXPECT_EQ(caller().link().StateOf(call, parties[1]), PartyState::kNull);
  EXPECT_EQ(caller().link().StateOf(call, 0), PartyState::kActive);
  pair.CheckAgreement();

  called().Ask({.kind = Ask::kDropParty,
                .call = OfCalled(),
                .party = 0,
                .cause = called().link().LocalCause(31)});
  pair.Settle();
  EXPECT_EQ(pair.user.link().call_count(), 0u);  // It was the last one.
  pair.CheckAgreement();
}

TEST_P(Pair, TheTrafficOfACallChanges) {
  const CallHandle call = MakeCall();
  wire::Message traffic;
  traffic.traffic = testing::Rates(20000, 8000);
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(caller().Ask({.kind = Ask::kModify, .call = call, .elements = &traffic}).status,
              Status::kSuccess);
    pair.Settle();
  }
  EXPECT_EQ(called_manager().heard[Told::kConnectionAvailable], 3);
  pair.CheckAgreement();
}

TEST_P(Pair, ARestartEndsEverything) {
  for (int i = 0; i < 5; ++i) MakeCall();
  EXPECT_EQ(caller().Ask({.kind = Ask::kRestart}).status, Status::kSuccess);
  pair.Settle();
  EXPECT_EQ(caller_manager().heard[Told::kRestartAck], 1);
  EXPECT_EQ(pair.user.link().call_count(), 0u);
  pair.CheckAgreement();
}

TEST_P(Pair, ActiveCallsOutliveTheSaal) {
  MakeCall();
  caller_manager().Make();  // Not active before the SAAL goes.
  pair.Lose();
  pair.Advance(9 * kNsPerSecond);
  pair.Reestablish();
  pair.Settle();
  EXPECT_EQ(pair.user.link().call_count(), 1u);
  pair.CheckAgreement();
}

// S9: one side forgets everything; the other one learns it when they compare.
TEST_P(Pair, AfterASilentRestartThePeersCallsEnd) {
  const CallHandle call = MakeCall();
  MakeCall();
  called().link().Stop(called().now_ns());
  called().CarryOut();
  called().Down();
  called().link().Start(called().now_ns());
  caller().Down();
  pair.Reestablish();
  pair.Settle();
  EXPECT_EQ(caller().link().StateOf(call), UniState::kNull);
  EXPECT_EQ(pair.user.link().call_count(), 0u);
  pair.CheckAgreement();
}

// The outage takes an ADD PARTY ACKNOWLEDGE along: the caller gives that party up, and the called
// side learns it when they compare. Then a party that the called side dropped unheard.
TEST_P(Pair, AfterAnOutageTheSidesCompareParties) {
  const CallHandle call = MakeCall(true);
  wire::Message elements;
  elements.called = testing::Aesa(9);
  std::vector<PartyId> parties;
  for (int i = 0; i < 3; ++i) {
    parties.push_back(
        caller().Ask({.kind = Ask::kAddParty, .call = call, .elements = &elements}).party);
    if (i < 2) pair.Settle();
  }
  pair.DeliverFrom(caller());
  EXPECT_EQ(called().link().StateOf(OfCalled(), parties[2]), PartyState::kActive);
  pair.Lose();
  called().Ask({.kind = Ask::kDropParty,
                .call = OfCalled(),
                .party = parties[0],
                .cause = called().link().LocalCause(16)});
  pair.Advance(5 * kNsPerSecond);
  pair.Reestablish();
  pair.Settle();
  for (const PartyId gone : {parties[0], parties[2]}) {
    EXPECT_EQ(caller().link().StateOf(call, gone), PartyState::kNull);
    EXPECT_EQ(called().link().StateOf(OfCalled(), gone), PartyState::kNull);
  }
  EXPECT_EQ(caller().link().StateOf(call, parties[1]), PartyState::kActive);
  EXPECT_EQ(called().link().StateOf(OfCalled(), parties[1]), PartyState::kActive);
  pair.CheckAgreement();
}

// --- crossing (S8) -------------------------------------------------------------------------------

TEST_P(Pair, ReleaseCrossesRelease) {
  const CallHandle call = MakeCall();
  caller_manager().Release(call);
  called_manager().Release(OfCalled());
  pair.Settle();
  pair.CheckAgreement();
  EXPECT_EQ(pair.user.link().call_count(), 0u);
  EXPECT_EQ(caller_manager().heard[Told::kReleaseConfirm], 1);
  EXPECT_EQ(called_manager().heard[Told::kReleaseConfirm], 1);
}

TEST_P(Pair, ReleaseCrossesConnect) {
  const UniReply reply = caller_manager().Make();
  pair.DeliverFrom(caller());  // SETUP; the answers are on their way.
  ASSERT_FALSE(called().sent.empty());
  caller_manager().Release(reply.call);
  pair.Settle();
  pair.Advance(100 * kNsPerSecond);
  pair.CheckAgreement();
  EXPECT_EQ(pair.user.link().call_count(), 0u);
}

TEST_P(Pair, ReleaseCrossesEveryMessageOfAChange) {
  for (int delivered = 0; delivered < 4; ++delivered) {
    const CallHandle call = MakeCall();
    wire::Message traffic;
    traffic.traffic = testing::Rates(20000, 8000);
    caller().Ask({.kind = Ask::kModify, .call = call, .elements = &traffic});
    for (int i = 0; i < delivered; ++i) pair.DeliverFrom(i % 2 == 0 ? caller() : called());
    called_manager().Release(OfCalled());
    pair.Settle();
    pair.Advance(200 * kNsPerSecond);
    pair.CheckAgreement();
    EXPECT_EQ(pair.user.link().call_count(), 0u);
  }
}

TEST_P(Pair, RestartsCross) {
  MakeCall();
  pair.user.Ask({.kind = Ask::kRestart});
  pair.network.Ask({.kind = Ask::kRestart});
  pair.Settle();
  EXPECT_EQ(pair.user_manager.heard[Told::kRestartAck], 1);
  EXPECT_EQ(pair.network_manager.heard[Told::kRestartAck], 1);
  pair.CheckAgreement();
}

TEST_P(Pair, CallsCross) {
  pair.user_manager.Make();
  pair.network_manager.Make();
  pair.Settle();
  EXPECT_EQ(pair.user.link().call_count(), 2u);
  pair.CheckAgreement();
}

// W12: the user proposes what the network has just given to a call of its own. Whichever SETUP
// arrives first, the network's call gets it, and the user's ends with cause 35.
class Glare : public ::testing::TestWithParam<bool> {
 protected:
  UniPair pair;
};

INSTANTIATE_TEST_SUITE_P(Orders, Glare, ::testing::Bool());

TEST_P(Glare, TheNetworksCallGetsTheConnectionThatBothChose) {
  pair.network.connections.next_vci = 200;
  pair.network_manager.Make();
  wire::Message setup = SetupElements();
  setup.connection = testing::Connection(200);
  setup.called = testing::Aesa(9);  // Or it would look like a reflection.
  const UniReply proposed = pair.user_manager.Make(setup);
  ASSERT_EQ(proposed.status, Status::kSuccess);
  pair.DeliverFrom(GetParam() ? pair.user : pair.network);
  pair.Settle();
  EXPECT_EQ(pair.user.link().StateOf(proposed.call), UniState::kNull);
  EXPECT_EQ(pair.user_manager.last_cause, CauseValue::kConnectionUnavailable);
  EXPECT_EQ(pair.network_manager.active.size(), 1u);
  EXPECT_EQ(pair.user.connections.taken, std::set<uint32_t>{200});
  pair.CheckAgreement();
}

// A peer that is still there but has answered nothing for too long does not come back to life.
TEST_P(Pair, AnAnswerAfterT303FindsNoCall) {
  caller_manager().Make();
  const std::vector<uint8_t> setup = caller().sent.front();
  caller().sent.clear();
  caller().Advance(8 * kNsPerSecond);
  caller().sent.clear();  // The repetition and the end.
  called().Receive(setup);
  called().AdvanceTo(caller().now_ns());
  pair.Settle();
  EXPECT_EQ(pair.user.link().call_count(), 0u);
  pair.CheckAgreement();
}

// --- random walks --------------------------------------------------------------------------------

class Walk {
 public:
  explicit Walk(uint32_t seed) : random_(seed) {}

  void Step() {
    switch (Below(14)) {
      case 0:
      case 1:
      case 2:
        Manager().Make(Below(2) == 0);
        break;
      case 3:
      case 4:
        if (const CallHandle call = AnyCall()) Manager().Release(call);
        break;
      case 5:
        AskAbout(Ask::kStatusEnquiry);
        break;
      case 6:
        AskAbout(Ask::kModify);
        break;
      case 7:
        for (int i = 0; i < 3; ++i) AskAbout(Ask::kAddParty);
        break;
      case 8:
        AskAbout(Ask::kDropParty);
        break;
      case 9:
        pair_.Advance(Below(2) == 0 ? kNsPerMs : 5 * kNsPerSecond);
        break;
      case 10:
        if (Below(10) == 0) LoseAndRegain();
        break;
      case 11:
        if (Below(20) == 0) Side().Ask({.kind = Ask::kRestart});
        break;
      default:
        for (uint32_t i = Below(6); i > 0; --i)
          pair_.DeliverFrom(Below(2) == 0 ? pair_.user : pair_.network);
    }
    side_is_user_ = Below(2) == 0;
  }

  UniPair& pair() { return pair_; }

 private:
  uint32_t Below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
  UniSide& Side() { return side_is_user_ ? pair_.user : pair_.network; }
  SimpleManager& Manager() { return side_is_user_ ? pair_.user_manager : pair_.network_manager; }
  CallHandle AnyCall() {
    const std::set<uint32_t>& calls = Manager().calls;
    if (calls.empty()) return {};
    return CallHandle::FromValue(
        *std::next(calls.begin(), Below(static_cast<uint32_t>(calls.size()))));
  }
  // Whether it is allowed is for the link to say.
  void AskAbout(Ask kind) {
    wire::Message elements;
    if (kind == Ask::kModify) elements.traffic = testing::Rates(1, 2);
    if (kind == Ask::kAddParty) elements.called = testing::Aesa(3);
    Side().Ask({.kind = kind,
                .call = AnyCall(),
                .party = static_cast<PartyId>(Below(3)),
                .cause = Side().link().LocalCause(31),
                .elements = &elements});
  }
  void LoseAndRegain() {
    pair_.Lose();
    pair_.Advance(Below(2) == 0 ? kNsPerSecond : 15 * kNsPerSecond);
    pair_.Reestablish();
  }

  std::mt19937 random_;
  bool side_is_user_ = true;
  UniPair pair_;
};

TEST(Walks, EndInAgreement) {
  std::map<Told, int> heard;  // On all walks: they lead past everything.
  for (uint32_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    Walk walk(seed);
    for (int step = 0; step < 200; ++step) walk.Step();
    walk.pair().Advance(1000 * kNsPerSecond);  // Longer than any timer.
    walk.pair().CheckAgreement();
    for (SimpleManager* manager : {&walk.pair().user_manager, &walk.pair().network_manager}) {
      for (const auto& [kind, count] : manager->heard) heard[kind] += count;
    }
    if (::testing::Test::HasFailure()) return;
  }
  for (Told kind :
       {Told::kSetup, Told::kProceeding, Told::kConnect, Told::kSetupComplete, Told::kRelease,
        Told::kReleaseConfirm, Told::kAddParty, Told::kAddPartyAck, Told::kDropParty,
        Told::kDropPartyAck, Told::kModify, Told::kModifyAck, Told::kConnectionAvailable,
        Told::kStatus, Told::kRestart, Told::kRestartAck, Told::kLinkUp, Told::kLinkDown}) {
    EXPECT_GT(heard[kind], 20) << static_cast<int>(kind);
  }
}

}  // namespace
}  // namespace vcp::signaling
