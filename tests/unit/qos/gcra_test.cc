#include "qos/gcra.h"

#include <gtest/gtest.h>

#include <vector>

namespace vcp::qos {
namespace {

constexpr uint64_t kMs = 1'000'000;

// 1000 cells per second: one each millisecond.
AtmTraffic Cbr() { return {.conformance = ConformanceClass::kCbr1, .rates = {.peak = 1000}}; }

AtmTraffic Vbr(uint64_t burst) {
  return {.conformance = ConformanceClass::kRtVbr1,
          .rates = {.peak = 1000, .sustained = 100, .burst = burst}};
}

std::vector<Verdict> PoliceAll(DualGcra* gcra, std::initializer_list<uint64_t> times_ms,
                               uint32_t cells, bool clp = false) {
  std::vector<Verdict> verdicts;
  for (uint64_t time_ms : times_ms) verdicts.push_back(gcra->Police(time_ms * kMs, cells, clp));
  return verdicts;
}

constexpr Verdict kPass = Verdict::kConforming;
constexpr Verdict kDrop = Verdict::kDiscard;
constexpr Verdict kTag = Verdict::kTag;

TEST(Gcra, CellsAtTheirRateConform) {
  DualGcra gcra = PolicerOf(Cbr(), 1, 0);
  EXPECT_EQ(PoliceAll(&gcra, {10, 11, 12, 13}, 1), (std::vector{kPass, kPass, kPass, kPass}));
}

TEST(Gcra, ACellTooEarlyDoesNotAndLeavesNoTrace) {
  DualGcra gcra = PolicerOf(Cbr(), 1, 0);
  EXPECT_EQ(gcra.Police(10 * kMs, 1, false), kPass);
  EXPECT_EQ(gcra.Police(11 * kMs - 1, 1, false), kDrop);
  EXPECT_EQ(gcra.Police(11 * kMs, 1, false), kPass);
}

TEST(Gcra, ToleranceIsForDelayVariation) {
  DualGcra gcra = PolicerOf(Cbr(), 1, kMs / 2);
  EXPECT_EQ(gcra.Police(10 * kMs, 1, false), kPass);
  EXPECT_EQ(gcra.Police(10 * kMs + kMs / 2 - 1, 1, false), kDrop);
  EXPECT_EQ(gcra.Police(10 * kMs + kMs / 2, 1, false), kPass);
  // It is spent now.
  EXPECT_EQ(gcra.Police(11 * kMs + kMs / 2 - 1, 1, false), kDrop);
  EXPECT_EQ(gcra.Police(11 * kMs + kMs / 2, 1, false), kPass);
}

// Signaling 3.9: 192 cells at one instant are one SDU of 9180 octets, not 191 violations.
TEST(Gcra, AnSduIsOneEvent) {
  DualGcra gcra = PolicerOf(Cbr(), 192, 0);
  EXPECT_EQ(PoliceAll(&gcra, {0, 192, 384}, 192), (std::vector{kPass, kPass, kPass}));
  // Up to the rest of one largest SDU early, as its cells came early themselves.
  EXPECT_EQ(PoliceAll(&gcra, {384, 385, 385}, 192), (std::vector{kDrop, kPass, kDrop}));
}

TEST(Gcra, IdleTimeIsNotSaved) {
  DualGcra gcra = PolicerOf(Cbr(), 1, 0);
  EXPECT_EQ(PoliceAll(&gcra, {0, 1'000'000, 1'000'000}, 1), (std::vector{kPass, kPass, kDrop}));
}

TEST(Gcra, ABurstAtThePeakThenTheSustainedRate) {
  DualGcra gcra = PolicerOf(Vbr(3), 1, 0);
  EXPECT_EQ(PoliceAll(&gcra, {0, 1, 2, 3, 4}, 1), (std::vector{kPass, kPass, kPass, kDrop, kDrop}));
  // BT = 2 x (10 - 1) ms: the next cell is due at 30 - 18.
  EXPECT_EQ(PoliceAll(&gcra, {11, 12, 13, 22}, 1), (std::vector{kDrop, kPass, kDrop, kPass}));
}

TEST(Gcra, WhatEitherBucketRefusesFillsNone) {
  DualGcra gcra = PolicerOf(Vbr(2), 1, 0);
  EXPECT_EQ(PoliceAll(&gcra, {0, 1}, 1), (std::vector{kPass, kPass}));
  // Refused for its sustained rate again and again, which costs nothing of the peak.
  EXPECT_EQ(PoliceAll(&gcra, {2, 3, 4, 10, 11}, 1),
            (std::vector{kDrop, kDrop, kDrop, kDrop, kPass}));
}

TEST(Gcra, OnlyClp0CountsWhereTheClassSaysSo) {
  AtmTraffic traffic{.conformance = ConformanceClass::kRtVbr2,
                     .rates = {.peak = 1000, .sustained_clp0 = 100, .burst_clp0 = 1}};
  DualGcra gcra = PolicerOf(traffic, 1, 0);
  EXPECT_EQ(PoliceAll(&gcra, {0, 1, 2}, 1), (std::vector{kPass, kDrop, kDrop}));
  EXPECT_EQ(PoliceAll(&gcra, {3, 4, 4}, 1, /*clp=*/true), (std::vector{kPass, kPass, kDrop}));
  EXPECT_EQ(PoliceAll(&gcra, {9, 10}, 1), (std::vector{kDrop, kPass}));
}

TEST(Gcra, TaggingInsteadOfDiscarding) {
  AtmTraffic traffic{.conformance = ConformanceClass::kRtVbr3,
                     .rates = {.peak = 1000, .sustained_clp0 = 100, .burst_clp0 = 1},
                     .tagging = true};
  DualGcra gcra = PolicerOf(traffic, 1, 0);
  EXPECT_EQ(PoliceAll(&gcra, {0, 1, 1, 2, 10}, 1), (std::vector{kPass, kTag, kDrop, kTag, kPass}));
}

TEST(Gcra, Cbr3TagsAboveItsHighPriorityPeak) {
  AtmTraffic traffic{.conformance = ConformanceClass::kCbr3,
                     .rates = {.peak_clp0 = 500, .peak = 1000},
                     .tagging = true};
  DualGcra gcra = PolicerOf(traffic, 1, 0);
  EXPECT_EQ(PoliceAll(&gcra, {0, 1, 2, 2}, 1), (std::vector{kPass, kTag, kPass, kDrop}));
}

TEST(Gcra, Cbr2HasOneRateForEverything) {
  AtmTraffic traffic{.conformance = ConformanceClass::kCbr2, .rates = {.peak_clp0 = 1000}};
  DualGcra gcra = PolicerOf(traffic, 1, 0);
  EXPECT_EQ(gcra.Police(0, 1, false), kPass);
  EXPECT_EQ(gcra.Police(0, 1, true), kDrop);
  EXPECT_EQ(gcra.Police(kMs, 1, true), kPass);
}

TEST(Gcra, AChangedContractCountsWhatHasPassed) {
  DualGcra gcra = ShaperOf(Cbr(), 10, 0);
  EXPECT_EQ(gcra.Police(0, 10, false), kPass);
  EXPECT_EQ(gcra.WaitNs(2 * kMs), 8 * kMs);
  // Eight cells are left, which ten times the rate works off in as much less time.
  AtmTraffic faster = Cbr();
  faster.rates.peak = 10'000;
  gcra.ChangeTo(ShaperOf(faster, 10, 0), 2 * kMs);
  EXPECT_EQ(gcra.WaitNs(2 * kMs), 8 * kMs / 10);
  gcra.ChangeTo(ShaperOf(Cbr(), 10, kMs), 2 * kMs);
  EXPECT_EQ(gcra.WaitNs(2 * kMs), 7 * kMs);
}

TEST(Gcra, AContractThatIsTheFirstIsItself) {
  DualGcra gcra;
  gcra.ChangeTo(ShaperOf(Vbr(20), 10, kMs), 0);
  EXPECT_EQ(gcra, ShaperOf(Vbr(20), 10, kMs));
  EXPECT_NE(gcra, ShaperOf(Vbr(21), 10, kMs));
}

TEST(Gcra, NothingConformsToNoTraffic) {
  for (DualGcra gcra : {PolicerOf(AtmTraffic(), 1, 0), ShaperOf(AtmTraffic(), 1, 0), DualGcra()}) {
    EXPECT_EQ(gcra.Police(kMs, 1, false), kDrop);
    EXPECT_EQ(gcra.WaitNs(2 * kMs), kNever);
  }
}

TEST(Gcra, TellsHowLongToWait) {
  DualGcra gcra = ShaperOf(Cbr(), 32, 0);
  EXPECT_EQ(gcra.WaitNs(5), 0u);
  EXPECT_EQ(gcra.Police(5, 32, false), kPass);
  EXPECT_EQ(gcra.WaitNs(5), 32 * kMs);
  EXPECT_EQ(gcra.WaitNs(5 + 31 * kMs), kMs);
  EXPECT_EQ(gcra.Police(4 + 32 * kMs, 1, false), kDrop);
  EXPECT_EQ(gcra.WaitNs(4 + 32 * kMs), 1u);
  EXPECT_EQ(gcra.WaitNs(5 + 32 * kMs), 0u);
}

TEST(Gcra, AShaperSpacesWhatAPolicerWouldLetPassEarly) {
  DualGcra shaper = ShaperOf(Vbr(64), 32, 0);
  EXPECT_EQ(shaper.Police(0, 32, false), kPass);
  EXPECT_EQ(shaper.WaitNs(0), 32 * kMs);  // At the peak.
  EXPECT_EQ(shaper.Police(32 * kMs, 32, false), kPass);
  // The burst is over. Cells of a third SDU at the peak would be 64 x 9 ms ahead of the sustained
  // rate, and BT allows for 63 x 9, of which its last cell needs 31 x 9: it leaves when the first
  // two are down to 32 x 9, at 640 - 288.
  EXPECT_EQ(shaper.WaitNs(32 * kMs), (640 - 288 - 32) * kMs);
}

TEST(Gcra, TimeThatStepsBackStandsStill) {
  DualGcra gcra = PolicerOf(Cbr(), 1, 0);
  EXPECT_EQ(gcra.Police(10 * kMs, 1, false), kPass);
  EXPECT_EQ(gcra.Police(5 * kMs, 1, false), kDrop);
  EXPECT_EQ(gcra.Police(11 * kMs, 1, false), kPass);
}

TEST(Gcra, TheLargestNumbersDoNotOverflow) {
  AtmTraffic traffic{.conformance = ConformanceClass::kRtVbr1,
                     .rates = {.peak = kMaxCellsPerSecond,
                               .sustained = kMaxCellsPerSecond - 1,
                               .burst = kMaxStandardRate}};
  for (DualGcra gcra : {PolicerOf(traffic, 1366, kNever), ShaperOf(traffic, 1366, kNever)}) {
    EXPECT_EQ(gcra.Police(0, 1366, false), kPass);
    EXPECT_EQ(gcra.WaitNs(0), 0u);
    EXPECT_EQ(gcra.Police(kNever, 1366, false), kPass);
  }
  traffic.rates = {.peak = 1, .sustained = 1, .burst = kMaxStandardRate};
  DualGcra slow = PolicerOf(traffic, 1366, kNever);
  EXPECT_EQ(slow.Police(0, 1366, false), kPass);
  EXPECT_EQ(slow.Police(kNever, 1366, false), kPass);
}

}  // namespace
}  // namespace vcp::qos
