#include "daemon/event_loop.h"

#include <time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/check.h"

namespace vcp::daemon {

uint64_t SystemClock::NowNs() const {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * kNsPerSecond + static_cast<uint64_t>(now.tv_nsec);
}

EventLoop::EventLoop(const Clock& clock) : clock_(clock), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  VCP_CHECK_MSG(static_cast<bool>(epoll_), "no epoll descriptor");
}

EventLoop::WatchId EventLoop::Watch(int fd, uint32_t events, OnReady on_ready) {
  WatchId id = ++last_id_;
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  VCP_CHECK(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0);
  watches_[id] = std::make_shared<Watched>(Watched{fd, std::move(on_ready)});
  return id;
}

void EventLoop::SetEvents(WatchId id, uint32_t events) {
  auto found = watches_.find(id);
  VCP_CHECK(found != watches_.end());
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  VCP_CHECK(epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, found->second->fd, &event) == 0);
}

void EventLoop::Unwatch(WatchId id) {
  auto found = watches_.find(id);
  VCP_CHECK(found != watches_.end());
  VCP_CHECK(epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second->fd, nullptr) == 0);
  watches_.erase(found);
}

// Rounded up, so that a timer is due when the wait for it ends.
int EventLoop::WaitMs(int longest_wait_ms) const {
  if (stopped_) return 0;
  auto next_ns = timers_.NextDeadlineNs();
  if (!next_ns) return longest_wait_ms;
  uint64_t now_ns = clock_.NowNs();
  uint64_t wait_ns = *next_ns > now_ns ? *next_ns - now_ns : 0;
  uint64_t wait_ms = std::min<uint64_t>((wait_ns + kNsPerMs - 1) / kNsPerMs, 1'000'000);
  if (longest_wait_ms < 0) return static_cast<int>(wait_ms);
  return static_cast<int>(std::min<uint64_t>(wait_ms, static_cast<uint64_t>(longest_wait_ms)));
}

void EventLoop::Turn(int longest_wait_ms) {
  std::array<epoll_event, 64> ready;
  int count = epoll_wait(epoll_.get(), ready.data(), ready.size(), WaitMs(longest_wait_ms));
  VCP_CHECK(count >= 0 || errno == EINTR);
  for (int i = 0; i < count; ++i) {
    const WatchId id = ready[i].data.u64;  // by value: the kernel's structure is packed
    auto found = watches_.find(id);
    if (found == watches_.end()) continue;             // ended by an earlier callback of this turn
    std::shared_ptr<Watched> watched = found->second;  // outlives its own Unwatch
    watched->on_ready(ready[i].events);
  }
  timers_.RunDue(clock_.NowNs());
}

void EventLoop::Run() {
  stopped_ = false;
  while (!stopped_) Turn(-1);
}

}  // namespace vcp::daemon
