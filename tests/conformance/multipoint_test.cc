// Group 5: point-to-multipoint calls, and what is sent on them.
#include <memory>
#include <string>
#include <vector>

#include "stage.h"

namespace vcp::conformance {
namespace {

// The caller is the root, each callee a leaf on a line of its own.
class Multipoint : public WithParties {
 protected:
  struct Leaf {
    std::unique_ptr<Player> app;
    vcp_vc vc = 0;
    vcp_party party = 0;
  };
  Multipoint() { leaves_.reserve(8); }
  void TearDown() override {
    leaves_.clear();
    WithParties::TearDown();
  }
  Leaf& Listen() {
    const auto line = static_cast<int>(leaves_.size());
    Leaf& leaf = leaves_.emplace_back();
    leaf.app = NewPlayer(Side::kCallee);
    leaf.app->RegisterSap(leaf.app->OpenAf(medium().port, medium().family), SapOn(line));
    if (line == 0) {
      MakeCaller();
      root_ = caller_->CreateVc(caller_af_);
      EXPECT_EQ(caller_->StartMultipointCall(root_, CallOn(line), 1, &leaf.party), VCP_PENDING);
    } else {
      EXPECT_EQ(caller_->StartAddParty(root_, CallOn(line), 1, &leaf.party), VCP_PENDING);
    }
    leaf.vc = leaf.app->Expect(VCP_EVENT_INCOMING_CALL).vc;
    return leaf;
  }
  // The first makes the call; each is offered it, takes it and has joined.
  Leaf& Join() {
    Leaf& leaf = Listen();
    EXPECT_EQ(leaf.app->AcceptCall(leaf.vc), VCP_SUCCESS);
    EXPECT_EQ(leaf.app->Expect(VCP_EVENT_CALL_CONNECTED).vc, leaf.vc);
    const vcp_event joined = caller_->Expect(
        leaves_.size() == 1 ? VCP_EVENT_MAKE_CALL_COMPLETE : VCP_EVENT_ADD_PARTY_COMPLETE,
        VCP_SUCCESS, 1);
    EXPECT_EQ(joined.vc, root_);
    EXPECT_EQ(joined.party, leaf.party);
    return leaf;
  }
  void Drop(const Leaf& leaf) {
    EXPECT_EQ(caller_->StartDropParty(leaf.party, 2), VCP_PENDING);
    EXPECT_EQ(leaf.app->Expect(VCP_EVENT_INCOMING_CLOSE_CALL).vc, leaf.vc);
    leaf.app->CloseCall(leaf.vc);
    EXPECT_EQ(leaf.app->Expect(VCP_EVENT_VC_DELETED).vc, leaf.vc);
    EXPECT_EQ(caller_->Expect(VCP_EVENT_DROP_PARTY_COMPLETE, VCP_SUCCESS, 2).party, leaf.party);
  }
  void Leave(const Leaf& leaf) {
    leaf.app->CloseCall(leaf.vc);
    EXPECT_EQ(leaf.app->Expect(VCP_EVENT_VC_DELETED).vc, leaf.vc);
  }
  // The root closes; the last leaf hears it.
  void End(const Leaf& last) {
    caller_->CloseCall(root_);
    EXPECT_EQ(last.app->Expect(VCP_EVENT_INCOMING_CLOSE_CALL).vc, last.vc);
    last.app->CloseCall(last.vc);
  }
  void ExpectHeard(const std::vector<Leaf*>& leaves, const std::string& bytes) {
    caller_->SendAndComplete(root_, bytes);
    for (const Leaf* leaf : leaves) {
      const Sdu sdu = leaf->app->Receive();
      EXPECT_EQ(sdu.vc, leaf->vc);
      EXPECT_EQ(sdu.bytes, bytes);
    }
    for (const Leaf& leaf : leaves_) EXPECT_FALSE(leaf.app->HasSdu());
  }

  vcp_vc root_ = 0;
  std::vector<Leaf> leaves_;
};

TEST_P(Multipoint, C080_OneSendReachesEveryLiveLeafAndNoDroppedOne) {
  Leaf& first = Join();
  ExpectHeard({&first}, "one");
  Leaf& second = Join();
  Leaf& third = Join();
  ExpectHeard({&first, &second, &third}, "two");
  Drop(second);
  ExpectHeard({&first, &third}, "three");
  Drop(first);  // who made it a call
  ExpectHeard({&third}, "four");
  for (const Leaf* leaf : {&first, &second}) {
    leaf->app->ExpectNothing();
    EXPECT_FALSE(leaf->app->HasSdu());
  }
  if (is_attached()) {
    EXPECT_EQ(static_cast<App&>(*caller_).Counters(root_).transmitted_sdus, 4u);
    EXPECT_EQ(static_cast<App&>(*third.app).Counters(third.vc).received_sdus, 3u);
  }
  End(third);
}

TEST_P(Multipoint, C071_C072_ACallWithoutAFirstPartyTakesNoOther) {
  MakeBoth();
  const Call call = Connect(0);
  vcp_party party = 0;
  EXPECT_EQ(caller_->StartAddParty(call.caller, CallOn(1), 1, &party), VCP_FAILURE);
  EXPECT_EQ(caller_->StartAddParty(4711, CallOn(1), 1, &party), VCP_FAILURE);
  caller_->ExpectNothing();
  StageTest::End(call);
}

TEST_P(Multipoint, C072_C075_APartyThatFailsLeavesTheOthersAlone) {
  Leaf& first = Join();
  vcp_party party = 0;
  const vcp_status started = caller_->StartAddParty(root_, CallOn(kLines), 7, &party);
  EXPECT_EQ(caller_->OutcomeOf(started, 7), VCP_NOT_FOUND);
  ExpectHeard({&first}, "as before");
  Leaf& refusing = Listen();
  EXPECT_EQ(refusing.app->AnswerCall(refusing.vc, VCP_NOT_ACCEPTED, nullptr), VCP_SUCCESS);
  EXPECT_EQ(caller_->Expect(VCP_EVENT_ADD_PARTY_COMPLETE, VCP_NOT_ACCEPTED, 1).vc, root_);
  EXPECT_EQ(refusing.app->Expect(VCP_EVENT_VC_DELETED).vc, refusing.vc);
  ExpectHeard({&first}, "still");
  End(first);
}

TEST_P(Multipoint, C076_ADroppedPartysHandleIsGone) {
  Leaf& first = Join();
  Leaf& second = Join();
  Drop(first);
  EXPECT_EQ(caller_->StartDropParty(first.party, 5), VCP_INVALID_HANDLE);
  End(second);
}

TEST_P(Multipoint, C064_C077_TheLastPartyIsClosedAndSeveralAreNot) {
  Leaf& first = Join();
  Leaf& second = Join();
  EXPECT_EQ(caller_->StartCloseCall(root_, 3), VCP_INVALID_STATE);
  Drop(first);
  EXPECT_EQ(caller_->OutcomeOf(caller_->StartDropParty(second.party, 4), 4), VCP_FAILURE);
  ExpectHeard({&second}, "alone");
  End(second);
}

TEST_P(Multipoint, C078_ALeafThatLeavesIsDropped) {
  Leaf& first = Join();
  Leaf& second = Join();
  Leave(first);
  const vcp_event left = caller_->Expect(VCP_EVENT_INCOMING_DROP_PARTY, VCP_SUCCESS);
  EXPECT_EQ(left.vc, root_);
  EXPECT_EQ(left.party, first.party);
  EXPECT_EQ(caller_->OutcomeOf(caller_->StartDropParty(first.party, 5), 5), VCP_SUCCESS);
  ExpectHeard({&second}, "on");
  End(second);
}

TEST_P(Multipoint, C079_TheLastLeafThatLeavesEndsTheCall) {
  Leaf& only = Join();
  Leave(only);
  EXPECT_EQ(caller_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_SUCCESS).vc, root_);
  caller_->CloseCall(root_);
  caller_->DeleteVc(root_);
}

TEST_P(Multipoint, C074_APartyGetsTheCallsParameters) {
  Leaf& first = Join();
  Leaf& second = leaves_.emplace_back();
  second.app = NewPlayer(Side::kCallee);
  second.app->RegisterSap(second.app->OpenAf(medium().port, medium().family), SapOn(1));
  vcp_call_params params = CallOn(1);
  params.transmit.max_sdu_size_bytes = 77;
  ASSERT_EQ(caller_->StartAddParty(root_, params, 1, &second.party), VCP_PENDING);
  second.vc = second.app->Expect(VCP_EVENT_INCOMING_CALL).vc;
  ASSERT_EQ(second.app->AcceptCall(second.vc), VCP_SUCCESS);
  second.app->Expect(VCP_EVENT_CALL_CONNECTED);
  const vcp_event joined = caller_->Expect(VCP_EVENT_ADD_PARTY_COMPLETE, VCP_SUCCESS, 1);
  EXPECT_EQ(joined.params.transmit.max_sdu_size_bytes, kPortSduBytes);
  ExpectHeard({&first, &second}, std::string(1000, 'x'));
  Drop(first);
  End(second);
}

INSTANTIATE_TEST_SUITE_P(, Multipoint,
                         ::testing::ValuesIn(ColumnsOf(kEverywhere, {kLoopback, kUni, kExternal})),
                         [](const auto& info) { return NameOf(info.param); });

TEST_P(OverPvc, C073_ThereIsNoMultipoint) {
  MakeBoth();
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  vcp_party party = 0;
  const vcp_status started = caller_->StartMultipointCall(vc, CallOn(0), 3, &party);
  EXPECT_EQ(caller_->OutcomeOf(started, 3), VCP_NOT_SUPPORTED);
  EXPECT_EQ(caller_->StartDropParty(party, 4), VCP_INVALID_HANDLE);
  callee_->ExpectNothing();
  caller_->DeleteVc(vc);
}

}  // namespace
}  // namespace vcp::conformance
