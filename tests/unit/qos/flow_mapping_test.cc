#include "qos/flow_mapping.h"

#include <gtest/gtest.h>

#include "qos/sdu_size.h"

namespace vcp::qos {
namespace {

constexpr FlowDefaults kPort{.max_sdu_bytes = 1492, .line_cells_per_second = 26'041'666};
// 1492 octets are 32 cells.
constexpr uint64_t kFrameRate = 1000;
constexpr uint64_t kRate = kFrameRate * 1492;
constexpr uint64_t kRateCells = kFrameRate * 32;

FlowSpec Reserved(ServiceType type) {
  return {.token_rate_bytes_per_second = kRate, .service_type = type};
}

TEST(FlowMapping, GuaranteedIsCbr) {
  const auto traffic = ToAtmTraffic(Reserved(ServiceType::kGuaranteed), kPort);
  ASSERT_TRUE(traffic);
  EXPECT_EQ(traffic->conformance, ConformanceClass::kCbr1);
  EXPECT_EQ(traffic->rates, (CellRates{.peak = kRateCells}));
}

TEST(FlowMapping, APartOfACellIsACell) {
  FlowSpec spec = Reserved(ServiceType::kGuaranteed);
  spec.token_rate_bytes_per_second = kRate + 1;
  EXPECT_EQ(ToAtmTraffic(spec, kPort)->peak(), kRateCells + 1);
  spec.token_rate_bytes_per_second = 1;
  EXPECT_EQ(ToAtmTraffic(spec, kPort)->peak(), 1u);
}

TEST(FlowMapping, GuaranteedWithABucketBelowItsPeakIsRealTimeVbr) {
  FlowSpec spec = Reserved(ServiceType::kGuaranteed);
  spec.peak_bandwidth_bytes_per_second = 2 * kRate;
  spec.token_bucket_size_bytes = 10 * 1492;
  const auto traffic = ToAtmTraffic(spec, kPort);
  ASSERT_TRUE(traffic);
  EXPECT_EQ(traffic->conformance, ConformanceClass::kRtVbr1);
  EXPECT_EQ(traffic->peak(), 2 * kRateCells);
  EXPECT_EQ(traffic->sustained(), kRateCells);
  // At twice the rate a bucket of 320 cells lasts for 639: it fills half as fast as it empties.
  EXPECT_EQ(traffic->burst(), 1u + 319 * 2);
  EXPECT_TRUE(HoldsSdu(*traffic, 1492));
}

TEST(FlowMapping, WithoutABucketThePeakIsReserved) {
  FlowSpec spec = Reserved(ServiceType::kGuaranteed);
  spec.peak_bandwidth_bytes_per_second = 2 * kRate;
  EXPECT_EQ(ToAtmTraffic(spec, kPort)->rates, (CellRates{.peak = 2 * kRateCells}));
  // And where no burst of 24 bits is long enough.
  spec.token_bucket_size_bytes = uint64_t{1} << 40;
  EXPECT_EQ(ToAtmTraffic(spec, kPort)->rates, (CellRates{.peak = 2 * kRateCells}));
}

TEST(FlowMapping, ControlledLoadIsVbr) {
  FlowSpec spec = Reserved(ServiceType::kControlledLoad);
  auto traffic = ToAtmTraffic(spec, kPort);
  ASSERT_TRUE(traffic);
  EXPECT_EQ(traffic->conformance, ConformanceClass::kNrtVbr1);
  EXPECT_EQ(traffic->peak(), kPort.line_cells_per_second);
  EXPECT_EQ(traffic->sustained(), kRateCells);
  EXPECT_GE(traffic->burst(), 32u);
  spec.peak_bandwidth_bytes_per_second = kRate;
  traffic = ToAtmTraffic(spec, kPort);
  EXPECT_EQ(traffic->rates, (CellRates{.peak = kRateCells, .sustained = kRateCells, .burst = 32}));
}

TEST(FlowMapping, BestEffortIsUbrWithAMinimumWhereItAsksForOne) {
  auto traffic = ToAtmTraffic(FlowSpec(), kPort);
  ASSERT_TRUE(traffic);
  EXPECT_EQ(traffic->conformance, ConformanceClass::kUbr1);
  EXPECT_EQ(traffic->rates, (CellRates{.peak = kPort.line_cells_per_second}));
  traffic = ToAtmTraffic(Reserved(ServiceType::kBestEffort), kPort);
  EXPECT_EQ(traffic->rates.minimum, kRateCells);
}

TEST(FlowMapping, NoTrafficIsZero) {
  const auto traffic = ToAtmTraffic({.service_type = ServiceType::kNoTraffic}, kPort);
  ASSERT_TRUE(traffic);
  EXPECT_TRUE(traffic->is_zero());
  EXPECT_EQ(ToFlowSpec(*traffic, 1492).service_type, ServiceType::kNoTraffic);
  EXPECT_TRUE(ToAtmTraffic({.service_type = ServiceType::kNoTraffic}, {}));
  EXPECT_FALSE(ToAtmTraffic(FlowSpec(), {}));  // Traffic, but SDUs of no size.
}

TEST(FlowMapping, SmallSdusCostMoreCells) {
  FlowSpec spec = Reserved(ServiceType::kGuaranteed);
  spec.token_rate_bytes_per_second = 4100;
  spec.minimum_policed_size_bytes = 1;
  EXPECT_EQ(ToAtmTraffic(spec, kPort)->peak(), 4100u);  // One octet, one cell.
  spec.minimum_policed_size_bytes = 40;
  EXPECT_EQ(ToAtmTraffic(spec, kPort)->peak(), 200u);  // 41 octets are two cells.
  spec.minimum_policed_size_bytes = 0;
  EXPECT_EQ(ToAtmTraffic(spec, kPort)->peak(), 4100u);
  spec.max_sdu_size_bytes = 40;
  spec.minimum_policed_size_bytes = 40;
  EXPECT_EQ(ToAtmTraffic(spec, kPort)->peak(), 103u);  // 4100 / 40, rounded up.
}

TEST(FlowMapping, S4_WhatNobodyCanKeepIsRefused) {
  FlowSpec spec = Reserved(ServiceType::kGuaranteed);
  for (uint64_t rate : {uint64_t{0}, kMaxCellsPerSecond * 48, kUnspecified - 1, kUnspecified}) {
    spec.token_rate_bytes_per_second = rate;
    EXPECT_FALSE(ToAtmTraffic(spec, kPort)) << rate;
  }
  spec = Reserved(ServiceType::kBestEffort);
  spec.token_rate_bytes_per_second = kUnspecified - 1;
  EXPECT_FALSE(ToAtmTraffic(spec, kPort));
  spec = Reserved(ServiceType::kControlledLoad);
  spec.peak_bandwidth_bytes_per_second = kUnspecified - 1;
  EXPECT_FALSE(ToAtmTraffic(spec, kPort));
}

TEST(FlowMapping, RatesBeyond24BitsArePossible) {
  FlowSpec spec = Reserved(ServiceType::kGuaranteed);
  spec.token_rate_bytes_per_second = 12'500'000'000;  // 100 Gbit/s
  const auto traffic = ToAtmTraffic(spec, kPort);
  ASSERT_TRUE(traffic);
  EXPECT_EQ(traffic->peak(), (12'500'000'000 * 32 + 1491) / 1492);
  EXPECT_GT(traffic->peak(), kMaxStandardRate);
}

TEST(FlowMapping, BothDirectionsHaveTheStrongerCategory) {
  const FlowSpec guaranteed = Reserved(ServiceType::kGuaranteed);
  const FlowSpec controlled = Reserved(ServiceType::kControlledLoad);
  const FlowSpec best_effort = Reserved(ServiceType::kBestEffort);
  FlowSpec bursty = guaranteed;
  bursty.peak_bandwidth_bytes_per_second = 2 * kRate;
  bursty.token_bucket_size_bytes = 10 * 1492;
  const FlowSpec nothing{.service_type = ServiceType::kNoTraffic};

  const auto join = [](const FlowSpec& one, const FlowSpec& other) {
    return ToAtmContract(one, other, kPort, kPort);
  };
  using enum ConformanceClass;
  const auto expect = [&](const FlowSpec& one, const FlowSpec& other, ConformanceClass expected) {
    const auto contract = join(one, other);
    ASSERT_TRUE(contract) << ToString(expected);
    EXPECT_EQ(contract->forward.conformance, expected);
    EXPECT_EQ(contract->backward.conformance, expected);
    EXPECT_EQ(Classify(BearerOf(*contract), DescriptorOf(*contract)), contract);
    const auto mirrored = join(other, one);
    ASSERT_TRUE(mirrored);
    EXPECT_EQ(mirrored->forward, contract->backward);
    EXPECT_EQ(mirrored->backward, contract->forward);
  };
  expect(guaranteed, guaranteed, kCbr1);
  expect(guaranteed, bursty, kRtVbr1);
  expect(guaranteed, controlled, kRtVbr1);
  expect(guaranteed, best_effort, kCbr1);
  expect(guaranteed, nothing, kCbr1);
  expect(bursty, controlled, kRtVbr1);
  expect(bursty, best_effort, kRtVbr1);
  expect(bursty, nothing, kRtVbr1);
  expect(controlled, best_effort, kNrtVbr1);
  expect(controlled, nothing, kNrtVbr1);
  expect(best_effort, FlowSpec(), kUbr1);
  expect(best_effort, nothing, kUbr1);

  EXPECT_FALSE(join(nothing, nothing));
  EXPECT_FALSE(join(guaranteed, FlowSpec()));  // How much should the other way reserve?
  EXPECT_TRUE(join(guaranteed, nothing)->backward.is_zero());
  // CBR is told to VBR as a rate that never rests.
  EXPECT_EQ(join(guaranteed, bursty)->forward.rates,
            (CellRates{.peak = kRateCells, .sustained = kRateCells, .burst = 32}));
}

TEST(FlowMapping, AVbrBurstHoldsTheLargestSdu) {
  AtmTraffic traffic{.conformance = ConformanceClass::kNrtVbr1,
                     .rates = {.peak = 1000, .sustained = 10, .burst = 32}};
  EXPECT_TRUE(HoldsSdu(traffic, 1492));
  traffic.rates.burst = 31;
  EXPECT_FALSE(HoldsSdu(traffic, 1492));
  EXPECT_TRUE(HoldsSdu({.conformance = ConformanceClass::kCbr1, .rates = {.peak = 1}}, 1492));
  EXPECT_TRUE(HoldsSdu(
      {.conformance = ConformanceClass::kNrtVbr1, .rates = {.peak = 0, .sustained = 0, .burst = 0}},
      1492));
}

TEST(FlowMapping, TheOtherEndIsToldWhatItMaySend) {
  FlowSpec spec = ToFlowSpec(*ToAtmTraffic(Reserved(ServiceType::kGuaranteed), kPort), 1492);
  EXPECT_EQ(spec.service_type, ServiceType::kGuaranteed);
  EXPECT_EQ(spec.token_rate_bytes_per_second, kRate);
  EXPECT_EQ(spec.peak_bandwidth_bytes_per_second, kRate);
  EXPECT_EQ(spec.token_bucket_size_bytes, 1492u);
  EXPECT_EQ(spec.max_sdu_size_bytes, 1492u);
  EXPECT_EQ(Validate(spec, true), Status::kSuccess);

  spec = ToFlowSpec(*ToAtmTraffic(FlowSpec(), kPort), 1492);
  EXPECT_EQ(spec.service_type, ServiceType::kBestEffort);
  EXPECT_EQ(spec.token_rate_bytes_per_second, kUnspecified);
  spec = ToFlowSpec({.conformance = ConformanceClass::kAbr, .rates = {.peak = 640, .minimum = 32}},
                    1492);
  EXPECT_EQ(spec.service_type, ServiceType::kBestEffort);
  EXPECT_EQ(spec.token_rate_bytes_per_second, 1492u);
  spec = ToFlowSpec({.conformance = ConformanceClass::kRtVbr5, .rates = {.peak = 32}}, 1492);
  EXPECT_EQ(spec.service_type, ServiceType::kGuaranteed);
  EXPECT_EQ(spec.token_rate_bytes_per_second, 1492u);
}

}  // namespace
}  // namespace vcp::qos
