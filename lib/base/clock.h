#pragma once

#include <cstdint>

namespace vcp {

// Monotonic time, injected at the top. Real clocks live in the programs and the daemon; the
// simulator and the tests bring a virtual one.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual uint64_t NowNs() const = 0;
};

inline constexpr uint64_t kNsPerUs = 1'000;
inline constexpr uint64_t kNsPerMs = 1'000'000;
inline constexpr uint64_t kNsPerSecond = 1'000'000'000;

}  // namespace vcp
