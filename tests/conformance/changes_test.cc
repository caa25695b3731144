// Group 6: other rates for a call that is there, or offered.
#include "stage.h"

namespace vcp::conformance {
namespace {

class Changes : public ByAddress {
 protected:
  Call ConnectAt(uint64_t bytes_per_second) {
    MakeBoth();
    return Accept(MakeOffer(0, WithRate(CallOn(0), bytes_per_second)));
  }
  void ExpectData(const Call& call) {
    caller_->SendAndComplete(call.caller, "there");
    EXPECT_EQ(callee_->Receive().bytes, "there");
    callee_->SendAndComplete(call.callee, "back");
    EXPECT_EQ(caller_->Receive().bytes, "back");
  }
};

TEST_P(Changes, C081_C086_AChangeIsBothSides) {
  const Call call = ConnectAt(1'000'000);
  const vcp_status started = caller_->StartModify(call.caller, WithRate(CallOn(0), 2'000'000), 4);
  ASSERT_EQ(started, VCP_PENDING);
  const vcp_event changed = callee_->Expect(VCP_EVENT_INCOMING_CALL_QOS_CHANGE);
  EXPECT_EQ(changed.vc, call.callee);
  EXPECT_GE(changed.params.receive.token_rate_bytes_per_second, 2'000'000u);
  const vcp_event done = caller_->Expect(VCP_EVENT_MODIFY_CALL_QOS_COMPLETE, VCP_SUCCESS, 4);
  EXPECT_GE(done.params.transmit.token_rate_bytes_per_second, 2'000'000u);
  ExpectData(call);
  End(call);
}

TEST_P(Changes, C082_ARefusedChangeLeavesWhatWas) {
  const Call call = ConnectAt(1'000'000);
  // Signaling carries rates, others care for sizes.
  vcp_call_params params = WithRate(CallOn(0), 1'000'000);
  if (IsUni()) {
    params = WithRate(CallOn(0), 100'000'000'000);
  } else {
    params.transmit.max_sdu_size_bytes = kPortSduBytes + 1;
  }
  const vcp_status refusal = IsUni() ? VCP_RESOURCES : VCP_INVALID_DATA;
  const vcp_status started = caller_->StartModify(call.caller, params, 4);
  if (started == VCP_PENDING) {
    const vcp_event done = caller_->Expect(VCP_EVENT_MODIFY_CALL_QOS_COMPLETE, refusal, 4);
    EXPECT_GE(done.params.transmit.token_rate_bytes_per_second, 1'000'000u);
    EXPECT_LE(done.params.transmit.token_rate_bytes_per_second, 1'001'000u);
    EXPECT_LE(done.params.transmit.max_sdu_size_bytes, kPortSduBytes);
  } else {
    EXPECT_EQ(started, refusal);
  }
  callee_->ExpectNothing();
  ExpectData(call);
  End(call);
}

TEST_P(Changes, C087_ACalleeThatClosesRefuses) {
  const Call call = ConnectAt(1'000'000);
  ASSERT_EQ(caller_->StartModify(call.caller, WithRate(CallOn(0), 2'000'000), 4), VCP_PENDING);
  callee_->Expect(VCP_EVENT_INCOMING_CALL_QOS_CHANGE);
  callee_->CloseCall(call.callee);
  callee_->Expect(VCP_EVENT_VC_DELETED);
  // Whether the change came about first is a matter of time; it ends once.
  EXPECT_NE(caller_->OutcomeOf(VCP_PENDING, 4), VCP_PENDING);
  EXPECT_EQ(caller_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL).vc, call.caller);
  caller_->ExpectNothing();
  caller_->CloseCall(call.caller);
}

TEST_P(Changes, C085_C088_AnOfferIsChangedAFewTimes) {
  MakeBoth();
  const Offer offer = MakeOffer(0, WithRate(CallOn(0), 4'000'000));
  uint64_t rate = 4'000'000;
  for (int i = 0; i < 4; ++i) {
    rate /= 2;
    const vcp_status started = callee_->StartModify(offer.callee, WithRate(CallOn(0), rate), 5);
    EXPECT_EQ(callee_->OutcomeOf(started, 5), VCP_SUCCESS);
  }
  const vcp_status started = callee_->StartModify(offer.callee, WithRate(CallOn(0), rate), 5);
  EXPECT_NE(callee_->OutcomeOf(started, 5), VCP_SUCCESS);
  const Call call = Accept(offer);
  ExpectData(call);
  End(call);
}

TEST_P(Changes, C039_ManyActivationsEndAtOnce) {
  const Call call = ConnectAt(1'000'000);
  for (const uint64_t rate : {2'000'000, 3'000'000, 1'500'000}) {
    const vcp_status started = caller_->StartModify(call.caller, WithRate(CallOn(0), rate), 4);
    EXPECT_EQ(caller_->OutcomeOf(started, 4), VCP_SUCCESS);
    callee_->Expect(VCP_EVENT_INCOMING_CALL_QOS_CHANGE);
  }
  ExpectData(call);
  caller_->CloseCall(call.caller);
  caller_->DeleteVc(call.caller);  // which is inactive
  callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_SUCCESS);
  callee_->CloseCall(call.callee);
  callee_->Expect(VCP_EVENT_VC_DELETED);
  if (is_attached()) return;
  const bool is_one_host = medium().is_local;
  EXPECT_EQ(HostOf(Side::kCaller)->programmer.deactivations, is_one_host ? 2u : 1u);
}

// In the test's own process a port can be made to refuse.
class PortsThatRefuse : public Changes {
 protected:
  // The change fails, and both ends are as they were.
  void ExpectRefusal(Side side) {
    const Call call = ConnectAt(1'000'000);
    const circuit::CallParameters before = ParametersOf(side, call);
    HostOf(side)->programmer.refusals = 1;
    const vcp_status started = caller_->StartModify(call.caller, WithRate(CallOn(0), 2'000'000), 4);
    EXPECT_NE(caller_->OutcomeOf(started, 4), VCP_SUCCESS);
    EXPECT_EQ(HostOf(side)->programmer.refusals, 0u);
    EXPECT_EQ(ParametersOf(side, call), before);
    caller_->ExpectNothing();
    // The callee may have heard of both, a change of the caller's and its end.
    if (side == Side::kCaller && !medium().is_local) {
      while (callee_->HasEvent()) callee_->Expect(VCP_EVENT_INCOMING_CALL_QOS_CHANGE);
    }
    callee_->ExpectNothing();
    ExpectData(call);
    End(call);
  }
  circuit::CallParameters ParametersOf(Side side, const Call& call) {
    const vcp_vc vc = side == Side::kCaller ? call.caller : call.callee;
    const auto row = HostOf(side)->board.FindVc(circuit::VcHandle::FromValue(vc));
    EXPECT_EQ(row->state, circuit::VcState::kActive);
    return row->params;
  }
};

// By signaling, the other side counts on the change already, which ends the call.
TEST_P(PortsThatRefuse, C037_ARefusedActivationKeepsTheOldParameters) {
  if (!IsUni()) return ExpectRefusal(Side::kCaller);
  const Call call = ConnectAt(1'000'000);
  const circuit::CallParameters before = ParametersOf(Side::kCaller, call);
  HostOf(Side::kCaller)->programmer.refusals = 1;
  const vcp_status started = caller_->StartModify(call.caller, WithRate(CallOn(0), 2'000'000), 4);
  EXPECT_NE(caller_->OutcomeOf(started, 4), VCP_SUCCESS);
  EXPECT_EQ(ParametersOf(Side::kCaller, call), before);
  caller_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_FAILURE);
  caller_->CloseCall(call.caller);
  callee_->Expect(VCP_EVENT_INCOMING_CALL_QOS_CHANGE);
  callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL);
  callee_->CloseCall(call.callee);
}

TEST_P(PortsThatRefuse, C037_C082_C086_WhatTheCalleesPortRefusesTheCalleeNeverHears) {
  ExpectRefusal(Side::kCallee);
}

INSTANTIATE_TEST_SUITE_P(, PortsThatRefuse,
                         ::testing::ValuesIn(ColumnsOf({Where::kInProcess},
                                                       {kLoopback, kUni, kExternal})),
                         [](const auto& info) { return NameOf(info.param); });

TEST_P(OverPvc, C083_APvcsQualityIsTheOperators) {
  MakeBoth();
  const Call call = Connect(0);
  const vcp_status started = caller_->StartModify(call.caller, WithRate(CallOn(0), 1'000), 4);
  EXPECT_EQ(caller_->OutcomeOf(started, 4), VCP_NOT_SUPPORTED);
  caller_->SendAndComplete(call.caller, "as before");
  EXPECT_EQ(callee_->Receive().bytes, "as before");
  End(call);
}

INSTANTIATE_TEST_SUITE_P(, Changes,
                         ::testing::ValuesIn(ColumnsOf(kEverywhere, {kLoopback, kUni, kExternal})),
                         [](const auto& info) { return NameOf(info.param); });

}  // namespace
}  // namespace vcp::conformance
