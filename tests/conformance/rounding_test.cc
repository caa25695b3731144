// What becomes of rates and sizes that are no whole cells, or too much, and what clients are told
// of it.
#include "stage.h"

namespace vcp::conformance {
namespace {

// More than any port here has, in bytes per second.
constexpr uint64_t kTooMuch = 100'000'000'000;

class Rounding : public ByAddress {
 protected:
  // A call that is made and accepted; what its caller is told.
  vcp_call_params MakeAnyCall(const vcp_call_params& params, int line = 0) {
    const Offer offer = MakeOffer(line, params);
    offered_ = offer.event.params;
    call_ = {.line = line, .caller = offer.caller, .callee = offer.callee};
    EXPECT_EQ(callee_->AcceptCall(offer.callee), VCP_SUCCESS);
    EXPECT_EQ(callee_->Expect(VCP_EVENT_CALL_CONNECTED).vc, offer.callee);
    return caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS).params;
  }
  static bool IsMarked(const vcp_call_params& params) {
    return (params.flags & VCP_CALL_PARAMETERS_CHANGED) != 0;
  }
  static void ExpectRate(const vcp_flow_spec& flow, uint64_t bytes_per_second) {
    EXPECT_EQ(flow.token_rate_bytes_per_second, bytes_per_second);
    EXPECT_EQ(flow.peak_bandwidth_bytes_per_second, bytes_per_second);
  }

  Call call_;
  vcp_call_params offered_{};
};

TEST_P(Rounding, C038_C053_RatesThatFitAreReadAsTheyWereAskedFor) {
  MakeBoth();
  const vcp_call_params made = MakeAnyCall(WithRate(CallOn(0), 1'000'001));
  EXPECT_FALSE(IsMarked(made));
  EXPECT_FALSE(IsMarked(offered_));
  ExpectRate(made.transmit, 1'000'001);
  ExpectRate(made.receive, 1'000'001);
  EXPECT_GE(offered_.receive.token_rate_bytes_per_second, 1'000'001u);
  End(call_);
}

// Without leave they stay as they are, or there is no call.
TEST_P(Rounding, C038_C053_RatesThatAreTooMuchBecomeLessIfTheyMay) {
  MakeBoth();
  vcp_call_params params = WithRate(CallOn(0), kTooMuch);
  if (IsUni()) {
    const vcp_vc vc = caller_->CreateVc(caller_af_);
    EXPECT_EQ(caller_->TryCall(vc, params), VCP_RESOURCES);
    callee_->ExpectNothing();
    caller_->DeleteVc(vc);
  } else {
    const vcp_call_params made = MakeAnyCall(params);
    EXPECT_FALSE(IsMarked(made));
    ExpectRate(made.transmit, kTooMuch);
    ExpectRate(made.receive, kTooMuch);
    End(call_);
  }
  params = WithRate(CallOn(1), kTooMuch);
  params.media_flags |= VCP_MEDIA_ROUND_DOWN;
  const vcp_call_params made = MakeAnyCall(params, 1);
  EXPECT_TRUE(IsMarked(made));
  for (const vcp_flow_spec& flow :
       {made.transmit, made.receive, offered_.transmit, offered_.receive}) {
    EXPECT_GT(flow.token_rate_bytes_per_second, 0u);
    EXPECT_LT(flow.token_rate_bytes_per_second, kTooMuch);
  }
  End(call_);
}

TEST_P(Rounding, C038_C053_SizesThatAreTooMuchBecomeThePortsIfTheyMay) {
  MakeBoth();
  callee_->RegisterSap(callee_af_, SapOn(0));
  vcp_call_params params = CallOn(0);
  params.transmit.max_sdu_size_bytes = params.receive.max_sdu_size_bytes = kPortSduBytes + 1000;
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  EXPECT_EQ(caller_->TryCall(vc, params), VCP_INVALID_DATA);
  caller_->DeleteVc(vc);
  params.called = CallOn(1).called;
  params.media_flags |= VCP_MEDIA_ROUND_DOWN;
  const vcp_call_params made = MakeAnyCall(params, 1);
  EXPECT_TRUE(IsMarked(made));
  EXPECT_EQ(made.transmit.max_sdu_size_bytes, kPortSduBytes);
  EXPECT_EQ(made.receive.max_sdu_size_bytes, kPortSduBytes);
  End(call_);
}

INSTANTIATE_TEST_SUITE_P(, Rounding,
                         ::testing::ValuesIn(ColumnsOf(kEverywhere, {kLoopback, kUni, kExternal})),
                         [](const auto& info) { return NameOf(info.param); });

// Cells are signaling's alone.
TEST_P(OverUni, C038_C053_WhoLetsRatesBecomeMoreReadsTheCells) {
  MakeBoth();
  vcp_call_params params = WithRate(CallOn(0), 1'000'001);
  params.media_flags |= VCP_MEDIA_ROUND_UP;
  const Offer offer = MakeOffer(0, params);
  ASSERT_EQ(callee_->AcceptCall(offer.callee), VCP_SUCCESS);
  const vcp_call_params made = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS).params;
  EXPECT_NE(made.flags & VCP_CALL_PARAMETERS_CHANGED, 0u);
  EXPECT_GT(made.transmit.token_rate_bytes_per_second, 1'000'001u);
  EXPECT_EQ(made.transmit.token_rate_bytes_per_second,
            offer.event.params.receive.token_rate_bytes_per_second);
}

class RoundedChange : public Rounding {};

TEST_P(RoundedChange, C038_C084_AChangeThatIsTooMuchBecomesLessIfItMay) {
  MakeBoth();
  MakeAnyCall(WithRate(CallOn(0), 1'000'001));
  const auto change = [&](const vcp_call_params& params) {
    EXPECT_EQ(caller_->StartModify(call_.caller, params, 4), VCP_PENDING);
    callee_->Expect(VCP_EVENT_INCOMING_CALL_QOS_CHANGE);
    return caller_->Expect(VCP_EVENT_MODIFY_CALL_QOS_COMPLETE, VCP_SUCCESS, 4).params;
  };
  vcp_call_params changed = change(WithRate(CallOn(0), 2'000'003));
  EXPECT_FALSE(IsMarked(changed));
  ExpectRate(changed.transmit, 2'000'003);
  vcp_call_params params = WithRate(CallOn(0), kTooMuch);
  params.media_flags |= VCP_MEDIA_ROUND_DOWN;
  changed = change(params);
  EXPECT_TRUE(IsMarked(changed));
  EXPECT_GT(changed.transmit.token_rate_bytes_per_second, 2'000'003u);
  EXPECT_LT(changed.transmit.token_rate_bytes_per_second, kTooMuch);
  End(call_);
}

INSTANTIATE_TEST_SUITE_P(, RoundedChange,
                         ::testing::ValuesIn(ColumnsOf(kEverywhere, {kLoopback, kUni})),
                         [](const auto& info) { return NameOf(info.param); });

}  // namespace
}  // namespace vcp::conformance
