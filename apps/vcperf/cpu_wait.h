// How long the calling thread was ready to run while something else had its CPU: what no
// measurement of a program that spins should hold.
#pragma once

#include <cstdint>
#include <fstream>

namespace vcp::perf {

// So far, in nanoseconds; 0 where the kernel does not tell. Not to be called while measuring.
inline uint64_t CpuWaitNs() {
  std::ifstream statistics("/proc/thread-self/schedstat");
  uint64_t ran_ns = 0;
  uint64_t waited_ns = 0;
  statistics >> ran_ns >> waited_ns;
  return statistics ? waited_ns : 0;
}

}  // namespace vcp::perf
