#include "base/histogram.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <type_traits>
#include <vector>

namespace vcp {
namespace {

// It lies in shared memory.
static_assert(std::is_trivially_copyable_v<Histogram>);
static_assert(sizeof(Histogram) < 20 * 1024);

TEST(Histogram, EmptyIsZero) {
  Histogram histogram;
  EXPECT_EQ(histogram.Count(), 0u);
  EXPECT_EQ(histogram.Percentile(50), 0u);
  EXPECT_EQ(histogram.Mean(), 0);
}

TEST(Histogram, SmallValuesAreExact) {
  Histogram histogram;
  for (uint64_t value = 0; value < 100; ++value) histogram.Record(value);
  EXPECT_EQ(histogram.Percentile(0), 0u);
  EXPECT_EQ(histogram.Percentile(50), 49u);
  EXPECT_EQ(histogram.Percentile(99), 98u);
  EXPECT_EQ(histogram.Percentile(100), 99u);
  EXPECT_EQ(histogram.Mean(), 49.5);
}

TEST(Histogram, WhatIsTooLargeCountsAsTheLargest) {
  Histogram histogram;
  histogram.Record(~uint64_t{0});
  EXPECT_EQ(histogram.Percentile(100), Histogram::kMaxValue);
}

TEST(Histogram, RecordsManyAtOnce) {
  Histogram histogram;
  histogram.Record(10, 99);
  histogram.Record(100, 1);
  EXPECT_EQ(histogram.Count(), 100u);
  EXPECT_EQ(histogram.Percentile(99), 10u);
  EXPECT_EQ(histogram.Percentile(99.9), 100u);
}

// Values over the whole range, as many small as large ones.
rc::Gen<std::vector<uint64_t>> AnyValues() {
  return rc::gen::nonEmpty(rc::gen::container<std::vector<uint64_t>>(rc::gen::map(
      rc::gen::pair(rc::gen::arbitrary<uint64_t>(),
                    rc::gen::inRange(64 - Histogram::kValueBits, 64)),
      [](const std::pair<uint64_t, int>& draw) { return draw.first >> draw.second; })));
}

void RecordAll(const std::vector<uint64_t>& values, Histogram* histogram) {
  for (uint64_t value : values) histogram->Record(value);
}

RC_GTEST_PROP(HistogramProperty, PercentilesAreThoseOfASortedVector, ()) {
  std::vector<uint64_t> values = *AnyValues();
  double percent = *rc::gen::inRange(0, 1001) / 10.0;
  auto histogram = std::make_unique<Histogram>();
  RecordAll(values, histogram.get());
  std::ranges::sort(values);

  double rank = std::ceil(percent / 100 * static_cast<double>(values.size()));
  uint64_t exact = values[static_cast<size_t>(std::max(rank, 1.0)) - 1];
  uint64_t reported = histogram->Percentile(percent);
  RC_ASSERT(reported >= exact);
  RC_ASSERT(reported - exact <= exact / 64);
}

RC_GTEST_PROP(HistogramProperty, MergingIsRecordingTogether, ()) {
  std::vector<uint64_t> left_values = *AnyValues();
  std::vector<uint64_t> right_values = *AnyValues();
  auto left = std::make_unique<Histogram>();
  auto right = std::make_unique<Histogram>();
  auto together = std::make_unique<Histogram>();
  RecordAll(left_values, left.get());
  RecordAll(right_values, right.get());
  RecordAll(left_values, together.get());
  RecordAll(right_values, together.get());
  left->Merge(*right);
  RC_ASSERT(left->Count() == together->Count());
  RC_ASSERT(left->Mean() == together->Mean());
  for (double percent : {0.0, 25.0, 50.0, 99.0, 100.0}) {
    RC_ASSERT(left->Percentile(percent) == together->Percentile(percent));
  }
}

}  // namespace
}  // namespace vcp
