// What a poll core does when a turn found nothing: spin, yield, sleep; and who wakes it.
#include <rte_pause.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <ctime>

#include "base/check.h"
#include "dataplane/poll_core.h"

namespace vcp::dataplane {
namespace {

// A turn without work takes about 0.1 us: spin for some 25 us, as long as a wake-up costs, then
// offer the core to whoever shares it, then sleep.
constexpr uint32_t kSpinTurns = 256;
constexpr uint32_t kYieldTurns = 16;
// While something has to be looked at: often after traffic, once a millisecond when all is quiet
// (about half a percent of a core).
constexpr int64_t kShortestSleepNs = 50'000;
constexpr int64_t kLongestSleepNs = 1'000'000;
// What a timespec holds without its seconds.
constexpr uint64_t kLongestPacedSleepNs = 999'999'999;

}  // namespace

void PollCore::OpenWaking() {
  command_fd_ = UniqueFd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  epoll_fd_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  VCP_CHECK(command_fd_ && epoll_fd_);
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = nullptr}};
  VCP_CHECK(epoll_ctl(epoll_fd_.get(), EPOLL_CTL_ADD, command_fd_.get(), &event) == 0);
}

// Edge-triggered: neither a flood of rings nor a dead client's end keeps the core awake.
void PollCore::WatchDoorbell(ChannelService* channel) {
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.ptr = channel}};
  const int fd = channel->channel().wake_fd();
  VCP_CHECK(epoll_ctl(epoll_fd_.get(), EPOLL_CTL_ADD, fd, &event) == 0);
}

void PollCore::UnwatchDoorbell(ChannelService* channel) {
  const int fd = channel->channel().wake_fd();
  VCP_CHECK(epoll_ctl(epoll_fd_.get(), EPOLL_CTL_DEL, fd, nullptr) == 0);
}

void PollCore::Wake() {
  const uint64_t one = 1;
  // Fails only when the counter is full, which means that the core is told.
  [[maybe_unused]] const ssize_t written = write(command_fd_.get(), &one, sizeof one);
}

void PollCore::WakeIfAsleep() {
  std::atomic_thread_fence(std::memory_order_seq_cst);  // as in Sleep, the other way round
  if (sleep_number_.load(std::memory_order_relaxed) != 0) Wake();
}

void PollCore::Post(const Report& report) {
  VCP_CHECK(reports.TryPush(report));
  posted_ = true;
}

void PollCore::RingForReports() {
  posted_ = false;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(report_fd_, &one, sizeof one);
}

void PollCore::Idle() {
  ++idle_turns_;
  if (idle_ == IdlePolicy::kSpin)
    return;  // a pause would be latency, and nobody is to have the core meanwhile
  if (idle_turns_ < kSpinTurns) {
    rte_pause();
  } else if (idle_turns_ < kSpinTurns + kYieldTurns) {
    sched_yield();
  } else {
    Sleep();
  }
}

void PollCore::Sleep() {
  for (ChannelService* channel : channels_) channel->channel().SetDaemonSleeps(true);
  last_sleep_number_ = last_sleep_number_ == ~uint32_t{0} ? 1 : last_sleep_number_ + 1;
  sleep_number_.store(last_sleep_number_, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (NothingWaits()) {
    sleeps_.Add();
    ++sleeps_in_a_row_;
    const int64_t sleep_ns = SleepNs(clock_.NowNs());
    const timespec timeout{.tv_sec = 0, .tv_nsec = sleep_ns};
    std::array<epoll_event, 16> events;
    const int count = epoll_pwait2(epoll_fd_.get(), events.data(), events.size(),
                                   sleep_ns == kSleepUntilWoken ? nullptr : &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
      auto* channel = static_cast<ChannelService*>(events[i].data.ptr);
      if (channel != nullptr) channel->channel().DrainWakes();
    }
    // Look at everything a few times before the next sleep, without the long spin when it was only
    // the timer that woke us.
    idle_turns_ = count > 0 ? 1 : kSpinTurns + kYieldTurns - 2;
  }
  sleep_number_.store(0, std::memory_order_relaxed);
  for (ChannelService* channel : channels_) channel->channel().SetDaemonSleeps(false);
}

bool PollCore::NothingWaits() const {
  if (!commands.empty()) return false;
  for (const ChannelService* channel : channels_) {
    // Without frames nothing is taken, whatever waits.
    if (channel->HasWork() && !said_short_) return false;
  }
  for (const FrameQueue* delivery : incoming_deliveries_) {
    if (!delivery->empty()) return false;
  }
  for (const TransmitPath* path : open_paths_) {
    if (path->is_remote() && path->CanHandOver()) return false;
    if (path->full()) continue;
    for (const auto& from : incoming_frames_[PortOf(path)].queues) {
      if (!from.queue->empty()) return false;
    }
  }
  return true;
}

int64_t PollCore::SleepNs(uint64_t now_ns) const {
  uint64_t due_ns = qos::PacingWheel<VcQueue>::kNothing;
  for (const TransmitPath* path : open_paths_) due_ns = std::min(due_ns, path->NextDueNs());
  const int64_t look_ns = LookAgainNs();
  if (due_ns == qos::PacingWheel<VcQueue>::kNothing) return look_ns;
  const uint64_t wait_ns = due_ns > now_ns ? due_ns - now_ns : 0;
  if (look_ns != kSleepUntilWoken) return std::min(look_ns, static_cast<int64_t>(wait_ns));
  return static_cast<int64_t>(std::min(wait_ns, kLongestPacedSleepNs));
}

int64_t PollCore::LookAgainNs() const {
  // No bell is rung by a port that has room again or gives frames back, a pool that has frames
  // again or a control thread that took its reports; a look now and then finds them.
  bool looks = polls_ports_ || said_short_ || !ending_.empty();
  for (const TransmitPath* path : open_paths_) {
    looks |= !path->is_remote() && path->up() && !path->idle();
    looks |= !path->sent.empty();
  }
  if (!looks) return kSleepUntilWoken;
  return std::min<int64_t>(kShortestSleepNs << std::min(sleeps_in_a_row_, 10u), kLongestSleepNs);
}

}  // namespace vcp::dataplane
