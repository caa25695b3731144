// The cheapest clock there is, and how long its ticks are.
#pragma once

#include <chrono>
#include <cstdint>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace vcp::perf {

class Ticks {
 public:
  static uint64_t Now() {
#if defined(__x86_64__)
    return __rdtsc();
#else
    return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
  }

  // Takes some milliseconds.
  static double PerNanosecond() {
    using Clock = std::chrono::steady_clock;
    const Clock::time_point start = Clock::now();
    const uint64_t start_ticks = Now();
    Clock::time_point now;
    do now = Clock::now();
    while (now - start < std::chrono::milliseconds(5));
    const uint64_t ticks = Now() - start_ticks;
    return static_cast<double>(ticks) /
           std::chrono::duration<double, std::nano>(now - start).count();
  }
};

}  // namespace vcp::perf
