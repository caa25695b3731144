#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/counter.h"

namespace vcp {

// Counts values in buckets that grow with the value: 64 per power of two, so a percentile is at
// most 1/64 too high; values above kMaxValue count as kMaxValue. Of fixed size, so that it fits in
// shared memory; one thread records, any may read.
class Histogram {
 public:
  static constexpr int kSubBucketBits = 6;
  static constexpr int kValueBits = 40;  // In nanoseconds: 18 minutes.
  static constexpr uint64_t kMaxValue = (uint64_t{1} << kValueBits) - 1;

  void Record(uint64_t value, uint64_t count = 1) {
    value = std::min(value, kMaxValue);
    buckets_[BucketOf(value)].Add(count);
    total_.Add(value * count);
  }

  // Adds what another one counted.
  void Merge(const Histogram& other);

  uint64_t Count() const;
  double Mean() const;

  // The value that `percent` of the recorded ones do not exceed, as the upper end of its bucket.
  // Percentile(0) is the smallest, Percentile(100) the largest; 0 when nothing was recorded.
  uint64_t Percentile(double percent) const;

 private:
  // Values below 2^kSubBucketBits have a bucket each. Above, a bucket holds the values that agree
  // in their highest kSubBucketBits + 1 bits.
  static constexpr size_t kSubBuckets = size_t{1} << kSubBucketBits;
  static constexpr size_t kBuckets = (kValueBits - kSubBucketBits + 1) * kSubBuckets;

  static constexpr size_t BucketOf(uint64_t value) {
    int shift = std::max(0, static_cast<int>(std::bit_width(value)) - kSubBucketBits - 1);
    return static_cast<size_t>(shift) * kSubBuckets + static_cast<size_t>(value >> shift);
  }
  static constexpr uint64_t HighestIn(size_t bucket) {
    size_t shift = bucket < 2 * kSubBuckets ? 0 : bucket / kSubBuckets - 1;
    return ((bucket - shift * kSubBuckets + 1) << shift) - 1;
  }

  std::array<Counter, kBuckets> buckets_;
  Counter total_;
};

}  // namespace vcp
