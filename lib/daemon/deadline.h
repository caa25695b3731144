#pragma once

#include <cstdint>
#include <utility>

#include "daemon/event_loop.h"

namespace vcp::daemon {

// A timer that ends with its owner.
class Deadline {
 public:
  explicit Deadline(EventLoop* loop) : loop_(loop) {}
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline() { Stop(); }

  // Instead of what was started before.
  void Start(uint64_t delay_ns, EventLoop::Work work) {
    Stop();
    timer_ = loop_->ArmIn(delay_ns, [this, work = std::move(work)] {
      timer_ = TimerId();
      work();
    });
  }
  bool IsRunning() const { return timer_ != TimerId(); }
  void Stop() { loop_->Cancel(std::exchange(timer_, TimerId())); }

 private:
  EventLoop* loop_;
  TimerId timer_;
};

}  // namespace vcp::daemon
