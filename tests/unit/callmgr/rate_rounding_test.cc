// Rates that may become less, against room that a test says.
#include "callmgr/rate_rounding.h"

#include <gtest/gtest.h>

namespace vcp::callmgr {
namespace {

constexpr LinkCapacity kLink{.max_sdu_bytes = 1492, .cells_per_second = 1'000'000};

HasRoom UpTo(uint64_t peak, uint64_t minimum = 0) {
  return [=](const qos::AtmTraffic& traffic, uint32_t) {
    if (traffic.category() == qos::ServiceCategory::kUbr) {
      return traffic.rates.minimum.value_or(0) <= minimum;
    }
    return traffic.peak() <= peak;
  };
}

// SDUs of one cell each: as many cells as there are forties of bytes.
qos::FlowSpec Flow(qos::ServiceType service, uint64_t rate, uint64_t peak) {
  return {.token_rate_bytes_per_second = rate,
          .peak_bandwidth_bytes_per_second = peak,
          .service_type = service,
          .max_sdu_size_bytes = 40};
}

circuit::CallParameters Asking(const qos::FlowSpec& transmit, const qos::FlowSpec& receive) {
  circuit::CallParameters params;
  params.call_manager.emplace().transmit = transmit;
  params.call_manager->receive = receive;
  params.media.emplace().flags |= circuit::kRoundDownFlow;
  return params;
}

TEST(RoundDown, C038_EachDirectionBecomesWhatThereIsRoomFor) {
  using qos::ServiceType;
  const qos::FlowSpec flow = Flow(ServiceType::kGuaranteed, 4'000'000, 4'000'000);
  circuit::CallParameters params = Asking(flow, flow);
  CallTerms terms;
  ASSERT_TRUE(RoundDown(kLink, false, {UpTo(777), UpTo(200'000)}, &params, &terms));
  EXPECT_EQ(params.call_manager->transmit, Flow(ServiceType::kGuaranteed, 777 * 40, 777 * 40));
  EXPECT_EQ(params.call_manager->receive, flow);
  EXPECT_EQ(terms.contract.forward.peak(), 777u);
  EXPECT_EQ(terms.contract.backward.peak(), 100'000u);
}

TEST(RoundDown, C038_APeakBecomesLessBeforeARate) {
  using qos::ServiceType;
  qos::FlowSpec flow = Flow(ServiceType::kGuaranteed, 4'000, 4'000'000);
  flow.token_bucket_size_bytes = 400;
  circuit::CallParameters params = Asking(flow, flow);
  CallTerms terms;
  ASSERT_TRUE(RoundDown(kLink, false, {UpTo(777), UpTo(100'000)}, &params, &terms));
  EXPECT_EQ(params.call_manager->transmit.token_rate_bytes_per_second, 4'000u);
  EXPECT_EQ(params.call_manager->transmit.peak_bandwidth_bytes_per_second, 777u * 40);
}

TEST(RoundDown, C038_APeakThatControlledLoadLeavesOpenIsThePorts) {
  using qos::ServiceType;
  const qos::FlowSpec flow = Flow(ServiceType::kControlledLoad, 4'000, qos::kUnspecified);
  circuit::CallParameters params = Asking(flow, flow);
  CallTerms terms;
  ASSERT_TRUE(RoundDown(kLink, false, {UpTo(777), UpTo(1'000'000)}, &params, &terms));
  EXPECT_EQ(params.call_manager->transmit.token_rate_bytes_per_second, 4'000u);
  EXPECT_EQ(terms.contract.forward.peak(), 777u);
  EXPECT_EQ(terms.contract.backward.peak(), kLink.cells_per_second);
}

TEST(RoundDown, C038_OfBestEffortTheMinimum) {
  using qos::ServiceType;
  const qos::FlowSpec flow = Flow(ServiceType::kBestEffort, 4'000'000, 8'000'000);
  circuit::CallParameters params = Asking(flow, flow);
  CallTerms terms;
  ASSERT_TRUE(RoundDown(kLink, false, {UpTo(0, 777), UpTo(0, 100'000)}, &params, &terms));
  EXPECT_EQ(params.call_manager->transmit, Flow(ServiceType::kBestEffort, 777 * 40, 8'000'000));
  EXPECT_EQ(params.call_manager->receive, flow);
}

TEST(RoundDown, WhatMayNotBecomeLessDoesNot) {
  const qos::FlowSpec flow = Flow(qos::ServiceType::kGuaranteed, 4'000'000, 4'000'000);
  circuit::CallParameters params = Asking(flow, flow);
  CallTerms terms;
  EXPECT_FALSE(RoundDown(kLink, false, {UpTo(0), UpTo(100'000)}, &params, &terms));
  params = Asking(flow, flow);
  params.media->flags &= ~uint32_t{circuit::kRoundDownFlow};
  EXPECT_FALSE(RoundDown(kLink, false, {UpTo(777), UpTo(777)}, &params, &terms));
  params.media.reset();
  EXPECT_FALSE(RoundDown(kLink, false, {UpTo(777), UpTo(777)}, &params, &terms));
  EXPECT_EQ(params.call_manager->transmit, flow);
}

}  // namespace
}  // namespace vcp::callmgr
