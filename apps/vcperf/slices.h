// How fast messages came back in short slices of time. The median slice is what the machine does
// while nobody takes its time away; the mean holds all that happened. One thread, no allocation
// while measuring.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vcp::perf {

class Slices {
 public:
  // For a measurement of about `seconds` that begins at `start_ticks`; what comes after twice as
  // long, or after an hour and a half, is not kept.
  Slices(double ticks_per_ns, double seconds, uint64_t start_ticks);

  // To be called every now and then: `count` messages had come back at `now_ticks`.
  void Note(uint64_t now_ticks, uint64_t count) {
    if (now_ticks - slice_start_ticks_ >= kSliceNs * ticks_per_ns_) End(now_ticks, count);
  }

  // Per second; 0 before the first slice has ended.
  double Median() const;

 private:
  static constexpr double kSliceNs = 2e7;
  static constexpr double kMaxSlices = 1 << 18;  // 2 MiB

  void End(uint64_t now_ticks, uint64_t count);

  const double ticks_per_ns_;
  uint64_t slice_start_ticks_;
  uint64_t count_before_ = 0;
  std::vector<double> per_second_;
};

}  // namespace vcp::perf
