#include "slices.h"

#include <algorithm>

namespace vcp::perf {

Slices::Slices(double ticks_per_ns, double seconds, uint64_t start_ticks)
    : ticks_per_ns_(ticks_per_ns), slice_start_ticks_(start_ticks) {
  const double slices = 2 * seconds * 1e9 / kSliceNs;
  per_second_.reserve(static_cast<size_t>(std::min(slices, kMaxSlices)) + 1);
}

void Slices::End(uint64_t now_ticks, uint64_t count) {
  const double ns = static_cast<double>(now_ticks - slice_start_ticks_) / ticks_per_ns_;
  if (per_second_.size() < per_second_.capacity()) {
    per_second_.push_back(static_cast<double>(count - count_before_) * 1e9 / ns);
  }
  slice_start_ticks_ = now_ticks;
  count_before_ = count;
}

double Slices::Median() const {
  if (per_second_.empty()) return 0;
  std::vector<double> sorted = per_second_;
  const auto middle = sorted.begin() + static_cast<ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

}  // namespace vcp::perf
