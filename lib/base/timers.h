#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace vcp {

// Names an armed timer; the default value names none.
struct TimerId {
  uint64_t deadline_ns = 0;
  uint64_t sequence = 0;

  friend auto operator<=>(const TimerId&, const TimerId&) = default;
};

// Callbacks ordered by deadline, then by when they were armed. One thread. It reads no clock: its
// owner asks when the next deadline is, waits, and runs what is due. Callbacks may arm and cancel.
class TimerQueue {
 public:
  using Callback = std::function<void()>;

  TimerId Arm(uint64_t deadline_ns, Callback callback) {
    TimerId id{deadline_ns, ++last_sequence_};
    timers_.emplace(id, std::move(callback));
    return id;
  }

  // False when the timer already ran, was cancelled, or never was.
  bool Cancel(TimerId id) { return timers_.erase(id) != 0; }

  std::optional<uint64_t> NextDeadlineNs() const {
    if (timers_.empty()) return std::nullopt;
    return timers_.begin()->first.deadline_ns;
  }

  // Runs every timer with a deadline at or before now_ns, those that callbacks arm included.
  size_t RunDue(uint64_t now_ns) {
    size_t count = 0;
    while (!timers_.empty() && timers_.begin()->first.deadline_ns <= now_ns) {
      auto due = timers_.extract(timers_.begin());
      due.mapped()();
      ++count;
    }
    return count;
  }

  size_t size() const { return timers_.size(); }

 private:
  std::map<TimerId, Callback> timers_;
  uint64_t last_sequence_ = 0;
};

}  // namespace vcp
