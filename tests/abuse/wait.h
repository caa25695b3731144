// Waiting for something in another process that rings no bell, by looking again until it is so; and
// doing something for as long as it takes.
#pragma once

#include <poll.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>

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

// Does something again and again, on a thread of its own, for as long as it lives.
class Meanwhile {
 public:
  explicit Meanwhile(std::function<void()> once)
      : once_(std::move(once)), thread_([this] {
          while (!stop_) once_();
        }) {}
  ~Meanwhile() {
    stop_ = true;
    thread_.join();
  }
  Meanwhile(const Meanwhile&) = delete;
  Meanwhile& operator=(const Meanwhile&) = delete;

 private:
  const std::function<void()> once_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace vcp::abuse
