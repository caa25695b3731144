#include "qos/admission.h"

#include <gtest/gtest.h>

#include <vector>

namespace vcp::qos {
namespace {

constexpr uint32_t kSdu = 1492;  // 32 cells, 1538 octets on the wire

AtmTraffic Cbr(uint64_t peak) {
  return {.conformance = ConformanceClass::kCbr1, .rates = {.peak = peak}};
}

AtmTraffic Vbr(ConformanceClass conformance, uint64_t peak, uint64_t sustained, uint64_t burst) {
  return {.conformance = conformance,
          .rates = {.peak = peak, .sustained = sustained, .burst = burst}};
}

AtmTraffic Ubr(uint64_t minimum) {
  return {.conformance = ConformanceClass::kUbr1, .rates = {.peak = 1 << 20, .minimum = minimum}};
}

// Cells are what is scarce: 1000 of them, 891 for real time, 940 in all.
AdmissionPolicy Cells() { return {.cells_per_second = 1000, .wire_bits_per_second = 1 << 30}; }

Admission Reserve(AdmissionControl* control, const AtmTraffic& traffic) {
  AdmissionHandle handle;
  return control->Reserve(traffic, kSdu, &handle);
}

uint64_t Counted(AdmissionControl* control, const AtmTraffic& traffic) {
  AdmissionHandle handle;
  EXPECT_EQ(control->Reserve(traffic, kSdu, &handle), Admission::kAdmitted);
  return control->Find(handle)->pending->share.cells_per_second;
}

TEST(Admission, LimitsAreSharesOfWhatControlLeaves) {
  AdmissionControl control(Cells());
  EXPECT_EQ(control.real_time_limit().cells_per_second, 891u);
  EXPECT_EQ(control.limit().cells_per_second, 940u);
  EXPECT_EQ(control.limit().wire_bits_per_second, ((1 << 30) * 99ull / 100) * 95 / 100);
}

TEST(Admission, ALinkCarriesItsBitsAsCells) {
  const AdmissionPolicy policy = PolicyOfLink(10'000'000'000);
  EXPECT_EQ(policy.cells_per_second, 26'041'666u);
  EXPECT_EQ(policy.wire_bits_per_second, 10'000'000'000u);
}

TEST(Admission, EachCategoryCountsInItsWay) {
  AdmissionPolicy policy = PolicyOfLink(1'000'000'000);
  policy.buffer_cells = 1000;
  AdmissionControl control(policy);
  EXPECT_EQ(Counted(&control, Cbr(100)), 100u);
  EXPECT_EQ(Counted(&control, {.conformance = ConformanceClass::kCbr3,
                               .rates = {.peak_clp0 = 60, .peak = 100}}),
            60u);
  EXPECT_EQ(Counted(&control, Vbr(ConformanceClass::kRtVbr1, 100, 10, 32)), 100u);
  EXPECT_EQ(Counted(&control, Vbr(ConformanceClass::kNrtVbr1, 100, 10, 32)), 28u);
  EXPECT_EQ(Counted(&control, Vbr(ConformanceClass::kNrtVbr1, 101, 10, 32)), 29u);  // Rounded up.
  EXPECT_EQ(Counted(&control, {.conformance = ConformanceClass::kNrtVbr5, .rates = {.peak = 100}}),
            100u);
  EXPECT_EQ(Counted(&control, Ubr(7)), 7u);
  EXPECT_EQ(Counted(&control, {.conformance = ConformanceClass::kUbr1, .rates = {.peak = 1 << 20}}),
            0u);
  EXPECT_EQ(Counted(&control,
                    {.conformance = ConformanceClass::kAbr, .rates = {.peak = 100, .minimum = 3}}),
            3u);
  EXPECT_EQ(Counted(&control, AtmTraffic()), 0u);
  EXPECT_EQ(control.reserved().cells_per_second, 100u + 60 + 100 + 28 + 29 + 100 + 7 + 3);
  EXPECT_EQ(control.real_time_reserved().cells_per_second, 100u + 60 + 100);
}

TEST(Admission, APortThatBecameFasterHasRoomForMore) {
  AdmissionControl control(Cells());
  EXPECT_EQ(Reserve(&control, Cbr(892)), Admission::kQosUnavailable);
  control.SetCapacity(10'000, uint64_t{1} << 40);
  EXPECT_EQ(control.policy().cells_per_second, 10'000u);
  EXPECT_EQ(control.real_time_limit().cells_per_second, 8910u);
  EXPECT_EQ(Reserve(&control, Cbr(892)), Admission::kAdmitted);
}

TEST(Admission, OnAPortThatBecameSlowerWhatStandsStays) {
  AdmissionControl control(Cells());
  AdmissionHandle standing;
  ASSERT_EQ(control.Reserve(Cbr(800), kSdu, &standing), Admission::kAdmitted);
  control.Commit(standing);
  control.SetCapacity(100, 1 << 30);
  EXPECT_EQ(control.reserved().cells_per_second, 800u);
  EXPECT_EQ(Reserve(&control, Cbr(1)), Admission::kCellRateUnavailable);
  EXPECT_EQ(Reserve(&control, AtmTraffic()), Admission::kAdmitted);  // takes nothing
  // It may become less, and then not more again.
  EXPECT_EQ(control.Change(standing, Cbr(801), kSdu), Admission::kCellRateUnavailable);
  ASSERT_EQ(control.Change(standing, Cbr(500), kSdu), Admission::kAdmitted);
  control.Commit(standing);
  EXPECT_EQ(control.Change(standing, Cbr(600), kSdu), Admission::kCellRateUnavailable);
  control.Release(standing);
  EXPECT_EQ(Reserve(&control, Cbr(50)), Admission::kAdmitted);
}

TEST(Admission, JudgingSaysWhatReservingWouldAndReservesNothing) {
  AdmissionControl control(Cells());
  AdmissionCount count;
  EXPECT_EQ(control.Judge(Cbr(800), kSdu, &count), Admission::kAdmitted);
  EXPECT_EQ(count.share.cells_per_second, 800u);
  EXPECT_EQ(control.reserved(), AdmissionShare());
  EXPECT_EQ(Reserve(&control, Cbr(800)), Admission::kAdmitted);
  for (const uint64_t peak : {92u, 141u}) {
    EXPECT_EQ(control.Judge(Cbr(peak), kSdu, &count), Reserve(&control, Cbr(peak)));
  }
  EXPECT_EQ(control.size(), 1u);
}

TEST(Admission, KIsConfigurable) {
  AdmissionPolicy policy = Cells();
  policy.rt_vbr_k_permille = 500;
  policy.nrt_vbr_k_permille = 0;
  policy.buffer_cells = 64;
  AdmissionControl control(policy);
  EXPECT_EQ(Counted(&control, Vbr(ConformanceClass::kRtVbr1, 100, 10, 32)), 55u);
  EXPECT_EQ(Counted(&control, Vbr(ConformanceClass::kNrtVbr1, 100, 10, 32)), 10u);
}

TEST(Admission, ABurstThatTheBufferDoesNotHoldCountsAtItsPeak) {
  AdmissionPolicy policy = Cells();
  policy.buffer_cells = 64;
  AdmissionControl control(policy);
  const AtmTraffic traffic = Vbr(ConformanceClass::kNrtVbr1, 100, 10, 33);
  AdmissionHandle first;
  AdmissionHandle second;
  ASSERT_EQ(control.Reserve(traffic, kSdu, &first), Admission::kAdmitted);
  ASSERT_EQ(control.Reserve(traffic, kSdu, &second), Admission::kAdmitted);
  EXPECT_EQ(control.Find(first)->pending->k_permille, 200u);
  EXPECT_EQ(control.Find(first)->pending->buffered_cells, 33u);
  EXPECT_EQ(control.Find(second)->pending->k_permille, 1000u);
  EXPECT_EQ(control.Find(second)->pending->buffered_cells, 0u);
  EXPECT_EQ(control.reserved().cells_per_second, 28u + 100);
  control.Release(first);
  EXPECT_EQ(control.buffered_cells(), 0u);
  EXPECT_EQ(Counted(&control, traffic), 28u);
}

TEST(Admission, WhatFitsIsAdmittedAndNothingMore) {
  AdmissionControl control(Cells());
  EXPECT_EQ(Reserve(&control, Cbr(800)), Admission::kAdmitted);
  EXPECT_EQ(Reserve(&control, Cbr(92)), Admission::kQosUnavailable);
  EXPECT_EQ(Reserve(&control, Cbr(91)), Admission::kAdmitted);
  EXPECT_EQ(Reserve(&control, Ubr(50)), Admission::kCellRateUnavailable);
  EXPECT_EQ(Reserve(&control, Ubr(49)), Admission::kAdmitted);
  EXPECT_EQ(Reserve(&control, Ubr(1)), Admission::kCellRateUnavailable);
  EXPECT_EQ(Reserve(&control, Cbr(1)), Admission::kCellRateUnavailable);
  EXPECT_EQ(Reserve(&control, Ubr(0)), Admission::kAdmitted);
}

TEST(Admission, TheWireCountsToo) {
  AdmissionPolicy policy = PolicyOfLink(1'000'000'000);
  AdmissionControl control(policy);
  AdmissionHandle handle;
  // 1000 frames a second.
  ASSERT_EQ(control.Reserve(Cbr(32'000), kSdu, &handle), Admission::kAdmitted);
  EXPECT_EQ(control.reserved().wire_bits_per_second, 1000u * (1492 + 46) * 8);
  control.Release(handle);
  // SDUs of one octet take a cell each, and a frame of 84 octets with its preamble and gap.
  ASSERT_EQ(control.Reserve(Cbr(1'000), 1, &handle), Admission::kAdmitted);
  EXPECT_EQ(control.reserved().wire_bits_per_second, 1000u * 84 * 8);
  control.Release(handle);
  // 1.5 million of them are enough cells for half the link, and more frames than it has room for.
  EXPECT_EQ(control.Reserve(Cbr(1'500'000), 1, &handle), Admission::kCellRateUnavailable);
  EXPECT_EQ(control.Reserve(Cbr(1'500'000), kSdu, &handle), Admission::kAdmitted);
}

TEST(Admission, OverbookingSellsMoreThanThereIs) {
  AdmissionPolicy policy = Cells();
  policy.overbooking_permille[static_cast<size_t>(ServiceCategory::kUbr)] = 3000;
  AdmissionControl control(policy);
  AdmissionHandle handle;
  ASSERT_EQ(control.Reserve(Ubr(100), kSdu, &handle), Admission::kAdmitted);
  EXPECT_EQ(control.reserved().cells_per_second, 34u);
  EXPECT_EQ(control.Find(handle)->pending->effective_cells_per_second, 100u);
  EXPECT_EQ(control.Find(handle)->pending->overbooking_permille, 3000u);
  EXPECT_EQ(Counted(&control, Cbr(100)), 100u);
}

TEST(Admission, AChangeTakesTheLargerUntilItIsDecided) {
  AdmissionControl control(Cells());
  AdmissionHandle handle;
  ASSERT_EQ(control.Reserve(Cbr(300), kSdu, &handle), Admission::kAdmitted);
  control.Commit(handle);
  ASSERT_EQ(control.Change(handle, Cbr(500), kSdu), Admission::kAdmitted);
  EXPECT_EQ(control.reserved().cells_per_second, 500u);
  control.RollBack(handle);
  EXPECT_EQ(control.reserved().cells_per_second, 300u);
  ASSERT_EQ(control.Change(handle, Cbr(100), kSdu), Admission::kAdmitted);
  EXPECT_EQ(control.reserved().cells_per_second, 300u);
  control.Commit(handle);
  EXPECT_EQ(control.reserved().cells_per_second, 100u);
  EXPECT_EQ(control.Find(handle)->committed->traffic, Cbr(100));
  ASSERT_EQ(control.Change(handle, Cbr(400), kSdu), Admission::kAdmitted);
  control.Release(handle);
  EXPECT_EQ(control.reserved(), AdmissionShare());
  EXPECT_EQ(control.size(), 0u);
}

TEST(Admission, AChangeThatDoesNotFitChangesNothing) {
  AdmissionControl control(Cells());
  AdmissionHandle handle;
  ASSERT_EQ(control.Reserve(Cbr(300), kSdu, &handle), Admission::kAdmitted);
  control.Commit(handle);
  ASSERT_EQ(Reserve(&control, Cbr(300)), Admission::kAdmitted);
  EXPECT_EQ(control.Change(handle, Cbr(592), kSdu), Admission::kQosUnavailable);
  EXPECT_EQ(control.Change(handle, Cbr(641), kSdu), Admission::kCellRateUnavailable);
  EXPECT_EQ(control.reserved().cells_per_second, 600u);
  EXPECT_FALSE(control.Find(handle)->pending);
  EXPECT_EQ(control.Change(handle, Cbr(591), kSdu), Admission::kAdmitted);
}

TEST(Admission, AVcThatIsNotMadeYetCountsWithWhatItAskedForLast) {
  AdmissionControl control(Cells());
  AdmissionHandle handle;
  ASSERT_EQ(control.Reserve(Cbr(300), kSdu, &handle), Admission::kAdmitted);
  ASSERT_EQ(control.Change(handle, Cbr(100), kSdu), Admission::kAdmitted);
  EXPECT_EQ(control.reserved().cells_per_second, 100u);
  EXPECT_FALSE(control.Find(handle)->committed);
  EXPECT_EQ(control.Change(handle, Cbr(951), kSdu), Admission::kCellRateUnavailable);
  control.Commit(handle);
  EXPECT_EQ(control.Find(handle)->committed->traffic, Cbr(100));
  EXPECT_EQ(control.reserved().cells_per_second, 100u);
}

TEST(Admission, AVcThatIsNotMadeLeavesNothing) {
  AdmissionControl control(Cells());
  AdmissionHandle handle;
  ASSERT_EQ(control.Reserve(Cbr(300), kSdu, &handle), Admission::kAdmitted);
  control.RollBack(handle);
  EXPECT_EQ(control.Find(handle), nullptr);
  EXPECT_EQ(control.reserved(), AdmissionShare());
}

TEST(Admission, S4_AbsurdNumbersAreRefused) {
  AdmissionPolicy policy;
  policy.cells_per_second = policy.wire_bits_per_second = uint64_t{1} << 62;
  AdmissionControl control(policy);
  const uint64_t all = ~uint64_t{0};
  EXPECT_EQ(Reserve(&control, Cbr(all)), Admission::kCellRateUnavailable);
  EXPECT_EQ(Reserve(&control, Cbr(kMaxCellsPerSecond + 1)), Admission::kCellRateUnavailable);
  EXPECT_EQ(Reserve(&control, Cbr(kMaxCellsPerSecond)), Admission::kAdmitted);
  EXPECT_EQ(Reserve(&control, Vbr(ConformanceClass::kRtVbr1, 10, all, 1)),
            Admission::kCellRateUnavailable);
  EXPECT_EQ(Reserve(&control, Vbr(ConformanceClass::kRtVbr1, 10, 11, 1)),
            Admission::kCellRateUnavailable);
  EXPECT_EQ(Reserve(&control, Vbr(ConformanceClass::kNrtVbr1, 10, 1, all)), Admission::kAdmitted);
  EXPECT_EQ(Reserve(&control, Ubr(all)), Admission::kCellRateUnavailable);
  EXPECT_EQ(Reserve(&control, {.conformance = ConformanceClass::kCbr3,
                               .rates = {.peak_clp0 = all, .peak = 1}}),
            Admission::kCellRateUnavailable);
  AdmissionControl nothing{AdmissionPolicy()};
  EXPECT_EQ(Reserve(&nothing, Cbr(1)), Admission::kCellRateUnavailable);
  EXPECT_EQ(Reserve(&nothing, Cbr(0)), Admission::kAdmitted);
}

TEST(Admission, RowsSayHowTheyWereCounted) {
  AdmissionControl control(Cells());
  ASSERT_EQ(Reserve(&control, Cbr(100)), Admission::kAdmitted);
  ASSERT_EQ(Reserve(&control, Vbr(ConformanceClass::kRtVbr1, 100, 10, 32)), Admission::kAdmitted);
  std::vector<uint64_t> counted;
  control.ForEach([&](AdmissionHandle, const AdmissionRow& row) {
    EXPECT_EQ(row.pending->sdu_bytes, kSdu);
    EXPECT_TRUE(row.pending->real_time);
    counted.push_back(row.pending->effective_cells_per_second);
  });
  EXPECT_EQ(counted, (std::vector<uint64_t>{100, 100}));
}

}  // namespace
}  // namespace vcp::qos
