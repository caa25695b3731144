#include "miniport/vc_programs.h"

#include <gtest/gtest.h>

namespace vcp::miniport {
namespace {

PortOfVcs Port() { return {.index = 3, .info = {.max_sdu_bytes = 1488}}; }

circuit::CallParameters Params() {
  circuit::CallParameters params;
  params.call_manager.emplace();
  params.media.emplace();
  params.media->labels = circuit::Labels{.transmit = 100, .receive = 200};
  return params;
}

constexpr circuit::DataEndpoint kEndpoint{.channel = 5, .channel_vc = 9};

Status Make(circuit::CallParameters* params, dataplane::VcProgram* program) {
  return MakeVcProgram(Port(), kEndpoint, params, program);
}

TEST(VcPrograms, SayWhatTheParametersSay) {
  circuit::CallParameters params = Params();
  dataplane::VcProgram program;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_EQ(program.channel, 5u);
  EXPECT_EQ(program.channel_vc, 9u);
  EXPECT_EQ(program.port, 3u);
  EXPECT_EQ(program.transmit_label, 100u);
  EXPECT_EQ(program.receive_label, 200u);
  EXPECT_TRUE(program.transmit);
  EXPECT_TRUE(program.receive);
  EXPECT_EQ(program.peer_mac, (dataplane::MacAddress{0x01, 0x00, 0x5e, 0x90, 0, 0}));
}

TEST(VcPrograms, WhatIsLeftOpenIsFilledIn) {
  circuit::CallParameters params = Params();
  dataplane::VcProgram program;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_EQ(program.max_sdu_bytes, 1488u);
  EXPECT_EQ(params.call_manager->transmit.max_sdu_size_bytes, 1488u);
  EXPECT_EQ(params.call_manager->receive.max_sdu_size_bytes, 1488u);
  params.call_manager.reset();
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_EQ(program.max_sdu_bytes, 1488u);
}

TEST(VcPrograms, C036_AnSduLargerThanThePortsIsRefused) {
  circuit::CallParameters params = Params();
  dataplane::VcProgram program;
  params.call_manager->transmit.max_sdu_size_bytes = 1489;
  EXPECT_EQ(Make(&params, &program), Status::kInvalidData);
  params.call_manager->transmit.max_sdu_size_bytes = 1488;
  EXPECT_EQ(Make(&params, &program), Status::kSuccess);
  params.call_manager->receive.max_sdu_size_bytes = 1489;
  EXPECT_EQ(Make(&params, &program), Status::kInvalidData);
}

TEST(VcPrograms, C038_RoundingDownReturnsTheActualSize) {
  circuit::CallParameters params = Params();
  dataplane::VcProgram program;
  params.call_manager->transmit.max_sdu_size_bytes = 9000;
  params.media->flags |= circuit::kRoundDownFlow;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_EQ(params.call_manager->transmit.max_sdu_size_bytes, 1488u);
}

TEST(VcPrograms, C038_RoundingDownReturnsTheActualRates) {
  circuit::CallParameters params = Params();
  dataplane::VcProgram program;
  qos::FlowSpec& flow = params.call_manager->transmit;
  flow.service_type = qos::ServiceType::kGuaranteed;
  flow.token_rate_bytes_per_second = flow.peak_bandwidth_bytes_per_second = 100'000'000'000;
  params.call_manager->receive = flow;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_EQ(flow.token_rate_bytes_per_second, 100'000'000'000u);
  params.media->flags |= circuit::kRoundDownFlow;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  for (const qos::FlowSpec& rounded :
       {params.call_manager->transmit, params.call_manager->receive}) {
    EXPECT_EQ(rounded.token_rate_bytes_per_second, LineBytesPerSecond(Port()));
    EXPECT_EQ(rounded.peak_bandwidth_bytes_per_second, LineBytesPerSecond(Port()));
  }
  flow.token_rate_bytes_per_second = 1'000;
  flow.peak_bandwidth_bytes_per_second = qos::kUnspecified;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_EQ(flow.token_rate_bytes_per_second, 1'000u);
  EXPECT_EQ(flow.peak_bandwidth_bytes_per_second, qos::kUnspecified);
}

TEST(VcPrograms, C093_FlagsMakeAVcOneWay) {
  circuit::CallParameters params = Params();
  dataplane::VcProgram program;
  params.call_manager->receive.max_sdu_size_bytes = 9000;  // Of no interest.
  params.media->flags = circuit::kTransmitVc;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_TRUE(program.transmit);
  EXPECT_FALSE(program.receive);
  params.media->flags = 0;
  EXPECT_EQ(Make(&params, &program), Status::kInvalidData);
}

TEST(VcPrograms, MissingMediaLabelsOrChannelIsRefused) {
  dataplane::VcProgram program;
  circuit::CallParameters params = Params();
  params.media->labels.reset();
  EXPECT_EQ(Make(&params, &program), Status::kInvalidData);
  params.media.reset();
  EXPECT_EQ(Make(&params, &program), Status::kInvalidData);
  params = Params();
  EXPECT_EQ(MakeVcProgram(Port(), {}, &params, &program), Status::kInvalidData);
}

TEST(VcPrograms, ReservedLabelsAreRefused) {
  dataplane::VcProgram program;
  for (uint32_t label : {0u, 15u, 1u << 20}) {
    circuit::CallParameters params = Params();
    params.media->labels->transmit = label;
    EXPECT_EQ(Make(&params, &program), Status::kInvalidData) << label;
    params = Params();
    params.media->labels->receive = label;
    EXPECT_EQ(Make(&params, &program), Status::kInvalidData) << label;
  }
}

// 1488 octets are 32 cells.
constexpr uint32_t kSduCells = 32;

TEST(VcPrograms, C091_WhatReservesIsPaced) {
  circuit::CallParameters params = Params();
  dataplane::VcProgram program;
  qos::FlowSpec& flow = params.call_manager->transmit;
  flow.service_type = qos::ServiceType::kGuaranteed;
  flow.token_rate_bytes_per_second = 1'488'000;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  ASSERT_TRUE(program.shaper);
  EXPECT_EQ(program.shaper->Police(0, kSduCells, false), qos::Verdict::kConforming);
  EXPECT_EQ(program.shaper->WaitNs(0), 1'000'000u - 250'000);
  flow.peak_bandwidth_bytes_per_second = 2 * 1'488'000;
  flow.token_bucket_size_bytes = 4 * 1488;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  ASSERT_TRUE(program.shaper);
  EXPECT_EQ(program.shaper->Police(0, kSduCells, false), qos::Verdict::kConforming);
  EXPECT_EQ(program.shaper->WaitNs(0), 500'000u - 250'000);
  flow.service_type = qos::ServiceType::kControlledLoad;
  flow.peak_bandwidth_bytes_per_second = qos::kUnspecified;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_TRUE(program.shaper);
}

TEST(VcPrograms, C091_BestEffortIsPacedAtAPeakThatItNames) {
  circuit::CallParameters params = Params();
  dataplane::VcProgram program;
  qos::FlowSpec& flow = params.call_manager->transmit;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_FALSE(program.shaper);
  flow.token_rate_bytes_per_second = 1000;  // a minimum
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_FALSE(program.shaper);
  flow.peak_bandwidth_bytes_per_second = 1'488'000;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  ASSERT_TRUE(program.shaper);
  EXPECT_EQ(program.shaper->Police(0, kSduCells, false), qos::Verdict::kConforming);
  EXPECT_EQ(program.shaper->WaitNs(0), 1'000'000u - 250'000);
  flow.peak_bandwidth_bytes_per_second = 10'000'000'000 / 8;  // more than the port's cells carry
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_FALSE(program.shaper);
  flow.token_rate_bytes_per_second = qos::kUnspecified;
  flow.peak_bandwidth_bytes_per_second = 0;
  EXPECT_EQ(Make(&params, &program), Status::kInvalidData);
}

TEST(VcPrograms, WhatIsHeldBackIsPacedAtWhatWasBefore) {
  circuit::CallParameters params = Params();
  dataplane::VcProgram before;
  params.call_manager->transmit = {.token_rate_bytes_per_second = 1'000'000,
                                   .peak_bandwidth_bytes_per_second = 1'000'000,
                                   .service_type = qos::ServiceType::kGuaranteed};
  ASSERT_EQ(Make(&params, &before), Status::kSuccess);
  params.media->held_to = params.call_manager->transmit;
  params.call_manager->transmit.token_rate_bytes_per_second = 2'000'000;
  params.call_manager->transmit.peak_bandwidth_bytes_per_second = 2'000'000;
  dataplane::VcProgram held;
  ASSERT_EQ(Make(&params, &held), Status::kSuccess);
  ASSERT_TRUE(held.shaper);
  EXPECT_EQ(held.shaper, before.shaper);
  params.media->held_to.reset();
  ASSERT_EQ(Make(&params, &held), Status::kSuccess);
  EXPECT_NE(held.shaper, before.shaper);
}

TEST(VcPrograms, C091_WhatIsNotSentIsNotPaced) {
  circuit::CallParameters params = Params();
  dataplane::VcProgram program;
  for (qos::FlowSpec* flow : {&params.call_manager->transmit, &params.call_manager->receive}) {
    flow->service_type = qos::ServiceType::kGuaranteed;
    flow->token_rate_bytes_per_second = 1'488'000;
  }
  params.media->flags = circuit::kReceiveVc;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_FALSE(program.shaper);
  params.media->flags = circuit::kTransmitVc;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_TRUE(program.shaper);
  circuit::DataEndpoint signaling = kEndpoint;
  signaling.is_signaling = true;
  ASSERT_EQ(MakeVcProgram(Port(), signaling, &params, &program), Status::kSuccess);
  EXPECT_FALSE(program.shaper);
}

TEST(VcPrograms, C092_EachDirectionHasItsLargestSdu) {
  circuit::CallParameters params = Params();
  dataplane::VcProgram program;
  params.call_manager->transmit.max_sdu_size_bytes = 100;
  params.call_manager->receive.max_sdu_size_bytes = 200;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_EQ(program.max_transmit_bytes, 100u);
  EXPECT_EQ(program.max_sdu_bytes, 200u);
}

TEST(VcPrograms, C036_WhatNoPortCanDoIsRefused) {
  circuit::CallParameters params = Params();
  dataplane::VcProgram program;
  params.media->flags |= circuit::kReceiveTimeIndication;
  EXPECT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_TRUE(program.stamps_receives);
  params.media->flags |= 0x200;
  EXPECT_EQ(Make(&params, &program), Status::kInvalidData);
}

TEST(VcPrograms, C094_WhoAsksForSdusWithErrorsGetsThem) {
  circuit::CallParameters params = Params();
  dataplane::VcProgram program;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_FALSE(program.indicates_errored);
  params.media->flags |= circuit::kIndicateErroredPackets;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_TRUE(program.indicates_errored);
}

TEST(VcPrograms, C036_TheEndOfATransmissionIsForPortsThatTell) {
  circuit::CallParameters params = Params();
  params.media->flags |= circuit::kIndicateEndOfTransmission;
  dataplane::VcProgram program;
  EXPECT_EQ(Make(&params, &program), Status::kNotSupported);
  PortOfVcs port = Port();
  port.info.tells_when_sent = true;
  ASSERT_EQ(MakeVcProgram(port, kEndpoint, &params, &program), Status::kSuccess);
  EXPECT_TRUE(program.confirms_sends);
}

TEST(VcPrograms, AReserveIsNoStart) {
  circuit::CallParameters params = Params();
  params.media->flags |= circuit::kReserveResources;
  dataplane::VcProgram program;
  ASSERT_EQ(Make(&params, &program), Status::kSuccess);
  EXPECT_TRUE(program.is_reserved);
}

}  // namespace
}  // namespace vcp::miniport
