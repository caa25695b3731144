// Deadlines by the hundred thousand: arming and cancelling cost O(log n), touch no other memory
// than the heap's own and allocate only while it grows. (base/timers.h is for the few timers whose
// owner wants a callback.) One thread; reads no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"

namespace vcp::signaling {

// Names an armed timer of a TimerHeap. Its owner keeps it, and forgets it when the timer is due.
enum class TimerSlot : uint32_t { kNone = 0 };

template <typename Payload>
class TimerHeap {
 public:
  TimerSlot Arm(uint64_t deadline_ns, const Payload& payload) {
    const uint32_t slot = TakeSlot();
    slots_[slot].payload = payload;
    heap_.push_back({deadline_ns, ++last_sequence_, slot});
    SiftUp(heap_.size() - 1);
    return static_cast<TimerSlot>(slot + 1);
  }

  // Nothing happens when `*timer` is kNone; it is afterwards.
  void Cancel(TimerSlot* timer) {
    if (*timer == TimerSlot::kNone) return;
    const uint32_t slot = static_cast<uint32_t>(*timer) - 1;
    *timer = TimerSlot::kNone;
    VCP_CHECK(slot < slots_.size() && slots_[slot].position < heap_.size() &&
              heap_[slots_[slot].position].slot == slot);
    Remove(slots_[slot].position);
  }

  std::optional<uint64_t> NextDeadlineNs() const {
    if (heap_.empty()) return std::nullopt;
    return heap_.front().deadline_ns;
  }

  // Takes out the timer that is due first, the one armed first among equals.
  std::optional<Payload> PopDue(uint64_t now_ns) {
    if (heap_.empty() || heap_.front().deadline_ns > now_ns) return std::nullopt;
    const Payload payload = slots_[heap_.front().slot].payload;
    Remove(0);
    return payload;
  }

  size_t size() const { return heap_.size(); }

 private:
  static constexpr size_t kArity = 4;  // Half the depth of a binary heap, children in two lines.
  static constexpr uint32_t kNoSlot = ~uint32_t{0};

  struct Entry {
    uint64_t deadline_ns;
    uint64_t sequence;
    uint32_t slot;

    bool Before(const Entry& other) const {
      return std::pair(deadline_ns, sequence) < std::pair(other.deadline_ns, other.sequence);
    }
  };
  struct Slot {
    Payload payload;
    uint32_t position = kNoSlot;  // In the heap; in the free list: the next free slot.
  };

  uint32_t TakeSlot() {
    if (first_free_ == kNoSlot) {
      slots_.emplace_back();
      return static_cast<uint32_t>(slots_.size() - 1);
    }
    return std::exchange(first_free_, slots_[first_free_].position);
  }

  void Place(size_t position, const Entry& entry) {
    heap_[position] = entry;
    slots_[entry.slot].position = static_cast<uint32_t>(position);
  }

  void SiftUp(size_t position) {
    const Entry entry = heap_[position];
    while (position > 0) {
      const size_t parent = (position - 1) / kArity;
      if (!entry.Before(heap_[parent])) break;
      Place(position, heap_[parent]);
      position = parent;
    }
    Place(position, entry);
  }

  void SiftDown(size_t position) {
    const Entry entry = heap_[position];
    for (;;) {
      const size_t first = position * kArity + 1;
      if (first >= heap_.size()) break;
      const size_t end = first + kArity < heap_.size() ? first + kArity : heap_.size();
      size_t least = first;
      for (size_t child = first + 1; child < end; ++child) {
        if (heap_[child].Before(heap_[least])) least = child;
      }
      if (!heap_[least].Before(entry)) break;
      Place(position, heap_[least]);
      position = least;
    }
    Place(position, entry);
  }

  void Remove(size_t position) {
    const uint32_t slot = heap_[position].slot;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (position < heap_.size()) {
      heap_[position] = last;
      if (position > 0 && last.Before(heap_[(position - 1) / kArity])) {
        SiftUp(position);
      } else {
        SiftDown(position);
      }
    }
    slots_[slot].position = std::exchange(first_free_, slot);
  }

  std::vector<Entry> heap_;
  std::vector<Slot> slots_;
  uint32_t first_free_ = kNoSlot;
  uint64_t last_sequence_ = 0;
};

}  // namespace vcp::signaling
