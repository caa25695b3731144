#include "base/histogram.h"

#include <cmath>

namespace vcp {

void Histogram::Merge(const Histogram& other) {
  static_assert(BucketOf(kMaxValue) == kBuckets - 1 && HighestIn(kBuckets - 1) == kMaxValue);
  for (size_t i = 0; i < kBuckets; ++i) buckets_[i].Add(other.buckets_[i].Read());
  total_.Add(other.total_.Read());
}

uint64_t Histogram::Count() const {
  uint64_t count = 0;
  for (const Counter& bucket : buckets_) count += bucket.Read();
  return count;
}

double Histogram::Mean() const {
  uint64_t count = Count();
  return count == 0 ? 0 : static_cast<double>(total_.Read()) / static_cast<double>(count);
}

uint64_t Histogram::Percentile(double percent) const {
  double share = std::clamp(percent, 0.0, 100.0) / 100;
  // A copy, because the recording thread may go on meanwhile.
  std::array<uint64_t, kBuckets> counts;
  uint64_t count = 0;
  for (size_t i = 0; i < kBuckets; ++i) count += counts[i] = buckets_[i].Read();
  if (count == 0) return 0;

  auto rank = static_cast<uint64_t>(std::ceil(share * static_cast<double>(count)));
  rank = std::clamp<uint64_t>(rank, 1, count);
  size_t bucket = 0;
  for (uint64_t seen = counts[0]; seen < rank; seen += counts[bucket]) ++bucket;
  return HighestIn(bucket);
}

}  // namespace vcp
