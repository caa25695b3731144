// Waiting for something in another process that rings no bell: looking again until it is so.
#pragma once

#include <poll.h>

#include <chrono>

#include "limits.h"

namespace vcp::abuse {

// False when it never was.
template <typename Condition>
bool Eventually(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    poll(nullptr, 0, kLookAgainMs);
  }
  return true;
}

// True for a while after it was made.
class For {
 public:
  explicit For(std::chrono::nanoseconds duration)
      : end_(std::chrono::steady_clock::now() + duration) {}
  explicit operator bool() const { return std::chrono::steady_clock::now() < end_; }

 private:
  std::chrono::steady_clock::time_point end_;
};

}  // namespace vcp::abuse
