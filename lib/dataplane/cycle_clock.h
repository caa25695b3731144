// The processor's time stamp counter as nanoseconds, without a division or a system call. Good for
// differences: where it starts is the processor's business.
#pragma once

#include <rte_cycles.h>

#include <cstdint>

namespace vcp::dataplane {

class CycleClock {
 public:
  explicit CycleClock(uint64_t cycles_per_second)
      : factor_((uint64_t{1'000'000'000} << kShift) / cycles_per_second) {}

  uint64_t NsOf(uint64_t cycles) const {
    return static_cast<uint64_t>(static_cast<unsigned __int128>(cycles) * factor_ >> kShift);
  }
  uint64_t NowNs() const { return NsOf(rte_rdtsc()); }

 private:
  static constexpr uint32_t kShift = 32;  // at a GHz and more the factor is exact to 2^-32

  const uint64_t factor_;
};

}  // namespace vcp::dataplane
