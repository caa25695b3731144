// Group 7, and the negotiation of group 4: what a call asks for, and what comes of it.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "stage.h"

namespace vcp::conformance {
namespace {

vcp_flow_spec FlowSpec(uint64_t base) {
  return {.token_rate_bytes_per_second = base + 1000,
          .token_bucket_size_bytes = base + 2000,
          .peak_bandwidth_bytes_per_second = base + 3000,
          .latency_us = base + 4,
          .delay_variation_us = base + 5,
          .max_sdu_size_bytes = base + 600,
          .minimum_policed_size_bytes = base + 7,
          .service_type = VCP_SERVICE_GUARANTEED,
          .reserved = 0};
}

// What a callee answers that wants to hear half as much.
vcp_call_params Halved(vcp_call_params params) {
  params.flags |= VCP_CALL_PARAMETERS_CHANGED;
  params.receive.token_rate_bytes_per_second /= 2;
  params.receive.peak_bandwidth_bytes_per_second /= 2;
  return params;
}

bool operator==(const vcp_flow_spec& one, const vcp_flow_spec& other) {
  return std::memcmp(&one, &other, sizeof one) == 0;
}

TEST_P(OverEach, C053_WhatNobodyChangedIsNotMarked) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  EXPECT_EQ(offer.event.params.flags & VCP_CALL_PARAMETERS_CHANGED, 0u);
  ASSERT_EQ(callee_->AcceptCall(offer.callee), VCP_SUCCESS);
  if (!medium().by_address) StartCall(0, 0);
  const vcp_event made = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS);
  EXPECT_EQ(made.params.flags & VCP_CALL_PARAMETERS_CHANGED, 0u);
}

TEST_P(OverEach, C090_RatesThatMakeNoSenseAreRefused) {
  MakeBoth();
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  vcp_call_params params = CallOn(0);
  params.transmit = FlowSpec(0);
  params.transmit.token_rate_bytes_per_second = 0;
  EXPECT_EQ(caller_->TryCall(vc, params), VCP_INVALID_DATA);
  params.transmit.token_rate_bytes_per_second = VCP_UNSPECIFIED;
  EXPECT_EQ(caller_->TryCall(vc, params), VCP_INVALID_DATA);
  params = CallOn(0);
  params.transmit.service_type = 9;
  EXPECT_EQ(caller_->TryCall(vc, params), VCP_INVALID_DATA);
  params = CallOn(0);
  params.receive.max_sdu_size_bytes = 0;
  EXPECT_EQ(caller_->TryCall(vc, params), VCP_INVALID_DATA);
  caller_->ExpectNothing();
  caller_->DeleteVc(vc);
}

TEST_P(OverEach, C095_SpecificParametersHaveABound) {
  MakeCaller();
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  vcp_call_params params = CallOn(0);
  params.specific_length = VCP_MAX_SPECIFIC_BYTES + 1;
  EXPECT_EQ(caller_->StartMakeCall(vc, params, 1), VCP_INVALID_LENGTH);
  params.specific_length = ~uint32_t{0};
  EXPECT_EQ(caller_->StartMakeCall(vc, params, 1), VCP_INVALID_LENGTH);
  params = CallOn(0);
  params.struct_size = 1;
  EXPECT_EQ(caller_->StartMakeCall(vc, params, 1), VCP_INVALID_LENGTH);
  caller_->ExpectNothing();
}

TEST_P(OverEach, C093_AVcMayBeOneWay) {
  MakeBoth();
  callee_->RegisterSap(callee_af_, SapOn(0));
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  vcp_call_params params = CallOn(0);
  params.media_flags = VCP_MEDIA_TRANSMIT_VC;
  ASSERT_EQ(caller_->StartMakeCall(vc, params, 1), VCP_PENDING);
  const vcp_event offer = callee_->Expect(VCP_EVENT_INCOMING_CALL);
  if (medium().by_address) {
    EXPECT_EQ(offer.params.media_flags, VCP_MEDIA_RECEIVE_VC);
  }
  ASSERT_EQ(callee_->AcceptCall(offer.vc), VCP_SUCCESS);
  callee_->Expect(VCP_EVENT_CALL_CONNECTED);
  caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  caller_->SendAndComplete(vc, "this way");
  EXPECT_EQ(callee_->Receive().bytes, "this way");
  // The other way nothing arrives, and the sender is not left without an answer.
  const vcp_status status = callee_->Send(offer.vc, "not that way");
  if (status == VCP_SUCCESS) {
    const vcp_completion completion = callee_->Completion();
    if (medium().by_address) {
      EXPECT_NE(completion.status, VCP_SUCCESS);
    }
  }
  caller_->SendAndComplete(vc, "this way again");
  EXPECT_EQ(callee_->Receive().bytes, "this way again");
  EXPECT_FALSE(caller_->HasSdu());
}

// Calls whose parameters stay as they are.
class WithoutChanges : public StageTest, public ::testing::WithParamInterface<Column> {
 protected:
  WithoutChanges() : StageTest(GetParam()) {}
};
class ReservingUni : public AttachedTest {
 protected:
  ReservingUni() : AttachedTest(kUni) {}
};

// A call of the caller's on a line, with these flags at its end besides both directions.
class MediaFlags : public AttachedOverEach {
 protected:
  Call ConnectWith(int line, uint32_t flags) {
    callee_->RegisterSap(callee_af_, SapOn(line));
    Call call{.line = line, .caller = caller_->CreateVc(caller_af_)};
    vcp_call_params params = CallOn(line);
    params.media_flags |= flags;
    EXPECT_EQ(caller_->StartMakeCall(call.caller, params, 1), VCP_PENDING);
    call.callee = callee_->Expect(VCP_EVENT_INCOMING_CALL).vc;
    EXPECT_EQ(callee_->AcceptCall(call.callee), VCP_SUCCESS);
    callee_->Expect(VCP_EVENT_CALL_CONNECTED);
    caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
    return call;
  }
};

// Not over the call manager outside, whose own program decides what it activates.
class CalleesMediaFlags : public AttachedOverEach {};

TEST_P(CalleesMediaFlags, C061_ACalleesOwnFlagsAreInItsAnswer) {
  MakeBoth();
  callee_->RegisterSap(callee_af_, SapOn(0));
  Call call{.line = 0, .caller = caller_->CreateVc(caller_af_)};
  EXPECT_EQ(caller_->StartMakeCall(call.caller, CallOn(0), 1), VCP_PENDING);
  const vcp_event offer = callee_->Expect(VCP_EVENT_INCOMING_CALL);
  call.callee = offer.vc;
  vcp_call_params answer = offer.params;
  answer.flags |= VCP_CALL_PARAMETERS_CHANGED;
  answer.media_flags |= VCP_MEDIA_RECEIVE_TIME;
  EXPECT_EQ(callee_->AnswerCall(call.callee, VCP_SUCCESS, &answer), VCP_SUCCESS);
  callee_->Expect(VCP_EVENT_CALL_CONNECTED);
  const vcp_event made = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  EXPECT_EQ(made.params.flags & VCP_CALL_PARAMETERS_CHANGED, 0u);
  EXPECT_EQ(made.params.media_flags & VCP_MEDIA_RECEIVE_TIME, 0u);
  caller_->SendAndComplete(call.caller, "there");
  const Sdu stamped = callee_->Receive();
  EXPECT_EQ(stamped.bytes, "there");
  EXPECT_NE(stamped.raw.time_us, 0u);
  callee_->SendAndComplete(call.callee, "and back");
  const Sdu plain = caller_->Receive();
  EXPECT_EQ(plain.bytes, "and back");
  EXPECT_EQ(plain.raw.time_us, 0u);
  End(call);
}

INSTANTIATE_TEST_SUITE_P(, CalleesMediaFlags, ::testing::Values(kLoopback, kUni, kPvc),
                         [](const auto& info) { return std::string(info.param.name); });

// Here it is one that is too long for the caller's slots.
TEST_P(MediaFlags, C094_AnSduWithErrorsComesOnlyToWhoAsksForIt) {
  constexpr uint32_t kSlotBytes = 200;
  caller_ = std::make_unique<App>(CallerDaemon(), 0, 0, kSlotBytes);
  caller_af_ = caller_->OpenAf(medium().port, medium().family);
  MakeCallee();
  const Call asks = ConnectWith(0, VCP_MEDIA_INDICATE_ERRORED);
  const Call does_not = ConnectWith(1, 0);
  const std::string large(1000, 'x');
  callee_->SendAndComplete(does_not.callee, large);
  callee_->SendAndComplete(asks.callee, large);
  const Sdu errored = caller_->Receive();
  EXPECT_EQ(errored.vc, asks.caller);
  EXPECT_EQ(errored.bytes, large.substr(0, kSlotBytes));
  EXPECT_EQ(errored.raw.flags, VCP_RECEIVED_ERRORED);
  for (const Call& call : {does_not, asks}) {
    callee_->SendAndComplete(call.callee, "whole");
    const Sdu whole = caller_->Receive();
    EXPECT_EQ(whole.vc, call.caller);
    EXPECT_EQ(whole.bytes, "whole");
    EXPECT_EQ(whole.raw.flags, 0u);
  }
  EXPECT_EQ(caller().Counters(does_not.caller).receive_drops, 1u);
  EXPECT_EQ(caller().Counters(asks.caller).receive_drops, 0u);
}

TEST_P(MediaFlags, C119_ASendMayCompleteWhenItHasLeft) {
  constexpr uint32_t kMacOptions = 0x00010113;
  constexpr uint8_t kEndOfTransmissionIndication = 0x10;
  MakeBoth();
  const vcp_oid_result options = caller_->Query(AtPort(medium().port), kMacOptions).oid;
  ASSERT_EQ(options.length, 4u);
  EXPECT_NE(options.data[0] & kEndOfTransmissionIndication, 0);
  const Call call = ConnectWith(0, VCP_MEDIA_END_OF_TRANSMISSION);
  for (int i = 0; i < 100; ++i) {
    caller_->SendAndComplete(call.caller, "there");
    EXPECT_EQ(callee_->Receive().bytes, "there");
    callee_->SendAndComplete(call.callee, "and back");
    EXPECT_EQ(caller_->Receive().bytes, "and back");
  }
}

INSTANTIATE_TEST_SUITE_P(, MediaFlags, ::testing::Values(kLoopback, kUni, kExternal, kPvc),
                         [](const auto& info) { return std::string(info.param.name); });

// A VC that is reserved is set up, carries nothing, and is started by a change of the call.
TEST_F(ReservingUni, C040_NothingIsSentOnWhatIsReserved) {
  MakeBoth();
  callee_->RegisterSap(callee_af_, SapOn(0));
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  vcp_call_params params = WithRate(CallOn(0), 1'000'000);
  params.media_flags |= VCP_MEDIA_RESERVE;
  ASSERT_EQ(caller_->StartMakeCall(vc, params, 1), VCP_PENDING);
  const vcp_vc callee = callee_->Expect(VCP_EVENT_INCOMING_CALL).vc;
  ASSERT_EQ(callee_->AcceptCall(callee), VCP_SUCCESS);
  callee_->Expect(VCP_EVENT_CALL_CONNECTED);
  caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  EXPECT_EQ(caller_->Send(vc, "too early"), VCP_SUCCESS);
  EXPECT_EQ(caller_->Completion().status, VCP_INVALID_STATE);
  callee_->SendAndComplete(callee, "too early, too");
  ASSERT_EQ(caller_->StartModify(vc, WithRate(CallOn(0), 2'000'000), 4), VCP_PENDING);
  callee_->Expect(VCP_EVENT_INCOMING_CALL_QOS_CHANGE);
  caller_->Expect(VCP_EVENT_MODIFY_CALL_QOS_COMPLETE, VCP_SUCCESS, 4);
  caller_->SendAndComplete(vc, "now");
  EXPECT_EQ(callee_->Receive().bytes, "now");
  callee_->SendAndComplete(callee, "now, too");
  EXPECT_EQ(caller_->Receive().bytes, "now, too");
  EXPECT_FALSE(caller_->HasSdu());
}

TEST_P(WithoutChanges, C040_WhatCannotBeChangedIsNotReserved) {
  MakeBoth();
  vcp_call_params params = CallOn(0);
  params.media_flags |= VCP_MEDIA_RESERVE;
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  EXPECT_EQ(caller_->TryCall(vc, params), VCP_NOT_SUPPORTED);
  caller_->DeleteVc(vc);
}

INSTANTIATE_TEST_SUITE_P(, WithoutChanges,
                         ::testing::ValuesIn(ColumnsOf(kEverywhere, {kLoopback, kPvc})),
                         [](const auto& info) { return NameOf(info.param); });

// --- by address ----------------------------------------------------------------------------------

TEST_P(Verbatim, C089_EveryFieldOfAFlowSpecArrivesPerDirection) {
  MakeBoth();
  callee_->RegisterSap(callee_af_, SapOn(0));
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  vcp_call_params params = CallOn(0);
  params.transmit = FlowSpec(0);
  params.receive = FlowSpec(100);
  ASSERT_EQ(vcp_address_parse("+4712345", &params.calling), VCP_SUCCESS);
  ASSERT_EQ(caller_->StartMakeCall(vc, params, 1), VCP_PENDING);
  const vcp_event offer = callee_->Expect(VCP_EVENT_INCOMING_CALL);
  EXPECT_TRUE(offer.params.transmit == params.receive);  // as the callee sees them
  EXPECT_TRUE(offer.params.receive == params.transmit);
  EXPECT_EQ(std::memcmp(&offer.params.calling, &params.calling, sizeof params.calling), 0);
  ASSERT_EQ(callee_->AcceptCall(offer.vc), VCP_SUCCESS);
  const vcp_event made = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  EXPECT_TRUE(made.params.transmit == params.transmit);
  EXPECT_TRUE(made.params.receive == params.receive);
}

TEST_P(Verbatim, C095_SpecificParametersArriveWhole) {
  MakeBoth();
  callee_->RegisterSap(callee_af_, SapOn(0));
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  vcp_call_params params = CallOn(0);
  params.specific_type = 77;
  params.specific_length = VCP_MAX_SPECIFIC_BYTES;
  for (uint32_t i = 0; i < VCP_MAX_SPECIFIC_BYTES; ++i) {
    params.specific[i] = static_cast<uint8_t>(i * 7);
  }
  ASSERT_EQ(caller_->StartMakeCall(vc, params, 1), VCP_PENDING);
  const vcp_event offer = callee_->Expect(VCP_EVENT_INCOMING_CALL);
  EXPECT_EQ(offer.params.specific_type, 77u);
  ASSERT_EQ(offer.params.specific_length, VCP_MAX_SPECIFIC_BYTES);
  EXPECT_EQ(std::memcmp(offer.params.specific, params.specific, VCP_MAX_SPECIFIC_BYTES), 0);
}

// Signaling carries rates in cells, and sizes: never less than was asked. The largest SDU and the
// service are exact; bounds on delay are refused.
TEST_P(OverUni, C089_RatesAndSizesArrivePerDirection) {
  MakeBoth();
  callee_->RegisterSap(callee_af_, SapOn(0));
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  vcp_call_params params = WithRate(CallOn(0), 1'000'000);
  params.receive = WithRate(CallOn(0), 300'000).receive;
  params.receive.max_sdu_size_bytes = 700;
  ASSERT_EQ(vcp_address_parse("+4712345", &params.calling), VCP_SUCCESS);
  ASSERT_EQ(caller_->StartMakeCall(vc, params, 1), VCP_PENDING);
  const vcp_event offer = callee_->Expect(VCP_EVENT_INCOMING_CALL);
  EXPECT_EQ(std::memcmp(&offer.params.calling, &params.calling, sizeof params.calling), 0);
  const auto expect_at_least = [](const vcp_flow_spec& asked, const vcp_flow_spec& got) {
    EXPECT_EQ(got.service_type, asked.service_type);
    EXPECT_EQ(got.max_sdu_size_bytes, asked.max_sdu_size_bytes);
    EXPECT_GE(got.token_rate_bytes_per_second, asked.token_rate_bytes_per_second);
    EXPECT_LE(got.token_rate_bytes_per_second, asked.token_rate_bytes_per_second * 21 / 20);
    EXPECT_GE(got.peak_bandwidth_bytes_per_second, asked.peak_bandwidth_bytes_per_second);
    EXPECT_LE(got.peak_bandwidth_bytes_per_second, asked.peak_bandwidth_bytes_per_second * 21 / 20);
  };
  expect_at_least(params.transmit, offer.params.receive);
  expect_at_least(params.receive, offer.params.transmit);
  ASSERT_EQ(callee_->AcceptCall(offer.vc), VCP_SUCCESS);
  const vcp_event made = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  expect_at_least(params.transmit, made.params.transmit);
  expect_at_least(params.receive, made.params.receive);
}

TEST_P(ByAddress, C053_WhatTheCalleeChangedIsMarked) {
  MakeBoth();
  const Offer offer = MakeOffer(0, WithRate(CallOn(0), 1'000'000));
  EXPECT_EQ(offer.event.params.flags & VCP_CALL_PARAMETERS_CHANGED, 0u);
  const vcp_call_params answer = Halved(offer.event.params);
  ASSERT_EQ(callee_->AnswerCall(offer.callee, VCP_SUCCESS, &answer), VCP_SUCCESS);
  callee_->Expect(VCP_EVENT_CALL_CONNECTED);
  const vcp_event made = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS);
  EXPECT_NE(made.params.flags & VCP_CALL_PARAMETERS_CHANGED, 0u);
  EXPECT_NEAR(made.params.transmit.token_rate_bytes_per_second, 500'000, 25'000);
  EXPECT_GE(made.params.receive.token_rate_bytes_per_second, 1'000'000u);
}

TEST_F(AttachedOverMcm, C053_WhatTheCalleeChangedHolds) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  vcp_call_params answer = offer.event.params;
  answer.flags |= VCP_CALL_PARAMETERS_CHANGED;
  answer.receive.max_sdu_size_bytes = 100;
  answer.transmit.latency_us = 12345;
  ASSERT_EQ(callee_->AnswerCall(offer.callee, VCP_SUCCESS, &answer), VCP_SUCCESS);
  callee_->Expect(VCP_EVENT_CALL_CONNECTED);
  const vcp_event made = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS);
  EXPECT_EQ(made.params.transmit.max_sdu_size_bytes, 100u);
  EXPECT_EQ(made.params.receive.latency_us, 12345u);
  EXPECT_EQ(caller_->Send(offer.caller, std::string(101, 'x')), VCP_INVALID_LENGTH);
  caller_->SendAndComplete(offer.caller, std::string(100, 'x'));
  EXPECT_EQ(callee_->Receive().bytes.size(), 100u);
}

TEST_P(ByAddress, C054_ChangesThatACallerDoesNotLikeEndTheCall) {
  MakeBoth();
  const Offer offer = MakeOffer(0, WithRate(CallOn(0), 1'000'000));
  const vcp_call_params answer = Halved(offer.event.params);
  ASSERT_EQ(callee_->AnswerCall(offer.callee, VCP_SUCCESS, &answer), VCP_SUCCESS);
  const vcp_event made = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS);
  EXPECT_NE(made.params.flags & VCP_CALL_PARAMETERS_CHANGED, 0u);
  caller_->CloseCall(offer.caller);
  caller_->DeleteVc(offer.caller);
  callee_->Expect(VCP_EVENT_CALL_CONNECTED);
  callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_SUCCESS);
  callee_->CloseCall(offer.callee);
}

TEST_P(ByAddress, C061_ChangesThatCannotBeEndTheCallAtBothEnds) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  vcp_call_params answer = offer.event.params;
  answer.flags |= VCP_CALL_PARAMETERS_CHANGED;
  answer.receive.max_sdu_size_bytes = 100'000;
  ASSERT_EQ(callee_->AnswerCall(offer.callee, VCP_SUCCESS, &answer), VCP_SUCCESS);
  const vcp_event closed = callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL);
  EXPECT_EQ(closed.vc, offer.callee);
  EXPECT_NE(closed.status, VCP_SUCCESS);
  callee_->CloseCall(offer.callee);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_VC_DELETED).vc, offer.callee);
  callee_->ExpectNothing();
  EXPECT_NE(caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE).status, VCP_SUCCESS);
  caller_->DeleteVc(offer.caller);
}

TEST_P(AttachedByAddress, C092_ACallsLargestSduHolds) {
  MakeBoth();
  callee_->RegisterSap(callee_af_, SapOn(0));
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  vcp_call_params params = CallOn(0);
  params.transmit.max_sdu_size_bytes = 200;
  params.receive.max_sdu_size_bytes = 300;
  ASSERT_EQ(caller_->StartMakeCall(vc, params, 1), VCP_PENDING);
  const vcp_vc callee = callee_->Expect(VCP_EVENT_INCOMING_CALL).vc;
  ASSERT_EQ(callee_->AcceptCall(callee), VCP_SUCCESS);
  callee_->Expect(VCP_EVENT_CALL_CONNECTED);
  caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  EXPECT_EQ(caller_->Send(vc, std::string(201, 'x')), VCP_INVALID_LENGTH);
  caller_->SendAndComplete(vc, std::string(200, 'x'));
  EXPECT_EQ(callee_->Send(callee, std::string(301, 'x')), VCP_INVALID_LENGTH);
  callee_->SendAndComplete(callee, std::string(300, 'x'));
}

// What is sent keeps to the rate, however late anything here happens: so many SDUs take so long at
// least. A PVC's rate is the operator's.
TEST_P(AttachedOverEach, C091_WhatIsSentKeepsToItsRate) {
  constexpr uint64_t kSdus = 8;
  constexpr std::chrono::nanoseconds kSdu = std::chrono::milliseconds(10);  // 1000 bytes
  constexpr uint64_t kBytesPerSecond = 100'000;
  MakeBoth();
  vcp_vc vc = 0;
  if (medium().by_address) {
    vc = Accept(MakeOffer(0, WithRate(CallOn(0), kBytesPerSecond))).caller;
  } else {
    vc = CallPaced("800kbit");
  }
  const auto began = std::chrono::steady_clock::now();
  for (uint64_t i = 0; i < kSdus; ++i) {
    ASSERT_EQ(caller_->Send(vc, std::string(1000, 'x'), i), VCP_SUCCESS);
  }
  for (uint64_t i = 0; i < kSdus; ++i) {
    const vcp_completion completion = caller_->Completion();
    EXPECT_EQ(completion.status, VCP_SUCCESS);
    EXPECT_EQ(completion.cookie, i);
    // Rates are rounded up to cells, and an SDU may leave a little early.
    const std::chrono::nanoseconds passed = std::chrono::steady_clock::now() - began;
    EXPECT_GE(passed + std::chrono::microseconds(300), i * kSdu * 99 / 100);
  }
  if (medium().by_address) {
    for (uint64_t i = 0; i < kSdus; ++i) EXPECT_EQ(callee_->Receive().bytes.size(), 1000u);
  } else {
    caller_->CloseCall(vc);
    DeletePaced();
  }
}

// --- on a PVC ------------------------------------------------------------------------------------

TEST_P(OverPvc, C061_APvcsParametersAreNotForChanging) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  vcp_call_params answer = offer.event.params;
  answer.flags |= VCP_CALL_PARAMETERS_CHANGED;
  answer.receive.max_sdu_size_bytes = 100;
  ASSERT_EQ(callee_->AnswerCall(offer.callee, VCP_SUCCESS, &answer), VCP_SUCCESS);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_NOT_ACCEPTED).vc, offer.callee);
  callee_->CloseCall(offer.callee);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_VC_DELETED).vc, offer.callee);
  callee_->ExpectNothing();
}

}  // namespace
}  // namespace vcp::conformance
