// The control thread's only waiting place: descriptors and timers. One thread, no locks; callbacks
// may watch, unwatch, arm and cancel as they like. Time comes from the clock it is given, so that
// tests turn the loop by hand under a clock of their own.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/clock.h"
#include "base/timers.h"
#include "base/unique_fd.h"

namespace vcp::daemon {

class SystemClock final : public Clock {
 public:
  uint64_t NowNs() const override;
};

class EventLoop {
 public:
  // Names a watched descriptor; never reused, so an event that was already fetched for a watch
  // that has ended reaches nobody.
  using WatchId = uint64_t;
  using OnReady = std::function<void(uint32_t events)>;  // EPOLLIN, EPOLLOUT, EPOLLHUP, ...
  using Work = std::function<void()>;

  explicit EventLoop(const Clock& clock);

  // The descriptor stays the caller's and is unwatched before it is closed. `events` may be 0:
  // hang-ups and errors are told all the same.
  WatchId Watch(int fd, uint32_t events, OnReady on_ready);
  void SetEvents(WatchId id, uint32_t events);
  void Unwatch(WatchId id);

  // With a delay of 0 it runs after the descriptors' callbacks of this turn: the place to destroy
  // what is now calling. See Deadline for timers that end with their owner.
  TimerId ArmIn(uint64_t delay_ns, Work work) {
    return timers_.Arm(NowNs() + delay_ns, std::move(work));
  }
  bool Cancel(TimerId id) { return timers_.Cancel(id); }

  uint64_t NowNs() const { return clock_.NowNs(); }
  // For what brings timers of its own and is told of the time: the loop runs them.
  const Clock* clock() const { return &clock_; }
  TimerQueue* timers() { return &timers_; }

  // One turn: waits at most `longest_wait_ms` (-1: until something happens), then runs what is due.
  void Turn(int longest_wait_ms);
  void Run();
  // Run returns after the turn in which this is called.
  void Stop() { stopped_ = true; }

 private:
  struct Watched {
    int fd;
    OnReady on_ready;
  };

  int WaitMs(int longest_wait_ms) const;

  const Clock& clock_;
  UniqueFd epoll_;
  TimerQueue timers_;
  std::unordered_map<WatchId, std::shared_ptr<Watched>> watches_;
  WatchId last_id_ = 0;
  bool stopped_ = false;
};

}  // namespace vcp::daemon
