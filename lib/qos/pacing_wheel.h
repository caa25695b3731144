// What waits for its time, in order of the time: a hierarchy of wheels of 64 slots, each slot of
// one level as long as the whole level below it. An item lies at the lowest level at which its time
// and now differ, and comes down as its time draws nearer, at most once per level. To set and to
// cancel is O(1) and allocates nothing, since items are linked through a base of theirs; how much
// is looked at is up to who advances. Times are rounded up to kTickNs, never down. Single owner.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "base/check.h"

namespace vcp::qos {

// Base of what a wheel takes.
struct PacingTimer {
  static constexpr uint16_t kNotSet = 0xffff;

  bool is_set() const { return slot != kNotSet; }

  PacingTimer* next = nullptr;  // a ring per slot
  PacingTimer* previous = nullptr;
  uint64_t due_tick = 0;
  uint16_t slot = kNotSet;
};

template <typename Item>
class PacingWheel {
 public:
  static constexpr uint32_t kTickBits = 8;
  static constexpr uint64_t kTickNs = uint64_t{1} << kTickBits;
  static constexpr uint64_t kNothing = std::numeric_limits<uint64_t>::max();

  bool empty() const { return count_ == 0; }
  size_t size() const { return count_; }

  // `item`, which is not set, is due at `now_ns` + `wait_ns`.
  void Set(Item* item, uint64_t now_ns, uint64_t wait_ns) {
    PacingTimer* timer = item;
    VCP_CHECK(!timer->is_set());
    if (count_ == 0) MoveTo(now_ns >> kTickBits);
    const uint64_t due_ns = now_ns + std::min(wait_ns, kNothing - now_ns);
    timer->due_tick = (due_ns >> kTickBits) + ((due_ns & (kTickNs - 1)) != 0 ? 1 : 0);
    ++count_;
    Link(timer);
  }

  void Cancel(Item* item) {
    PacingTimer* timer = item;
    if (!timer->is_set()) return;
    --count_;
    Unlink(timer);
  }

  // Hands what is due to `on_due`, which may set and cancel items, its own too. Looks at `most`
  // items; what it does not come to is next in the next call. Returns how many it looked at.
  template <typename OnDue>
  size_t Advance(uint64_t now_ns, size_t most, OnDue&& on_due) {
    const uint64_t now = now_ns >> kTickBits;
    for (size_t looks = 0; looks < most; ++looks) {
      const Place first = First();
      if (first.start > now) {
        MoveTo(now);
        return looks;
      }
      MoveTo(first.start);
      PacingTimer* timer = slots_[first.slot];
      Unlink(timer);
      if (timer->due_tick > now) {
        Link(timer);
        continue;
      }
      --count_;
      on_due(static_cast<Item*>(timer));
    }
    return most;
  }

  // Any item, no longer set; null: there is none.
  Item* TakeAny() {
    if (count_ == 0) return nullptr;
    auto* item = static_cast<Item*>(slots_[First().slot]);
    Cancel(item);
    return item;
  }

  // When Advance should be called next: not after the first item is due. kNothing: there is none.
  uint64_t NextNs() const {
    if (count_ == 0) return kNothing;
    const uint64_t start = std::max(First().start, now_tick_);
    return start > kNothing >> kTickBits ? kNothing : start << kTickBits;
  }

 private:
  static constexpr uint32_t kLevelBits = 6;
  static constexpr uint32_t kSlotsPerLevel = 1u << kLevelBits;
  // As many as hold any tick.
  static constexpr uint32_t kLevels = (64 - kTickBits + kLevelBits - 1) / kLevelBits;

  struct Place {
    uint32_t slot;
    uint64_t start;  // of the times that lie there, in ticks
  };

  void MoveTo(uint64_t tick) { now_tick_ = std::max(now_tick_, tick); }

  // Where to look next: a slot above the lowest level that now_tick_ is in, whose items have yet to
  // come down; else the first slot that is not empty, since everything elsewhere is due later.
  Place First() const {
    Place first{0, kNothing};
    for (uint32_t level = 0; level < kLevels; ++level) {
      const uint32_t shift = level * kLevelBits;
      const uint32_t at = (now_tick_ >> shift) & (kSlotsPerLevel - 1);
      const uint64_t later = occupied_[level] >> at;
      if (later == 0) continue;
      if (level > 0 && (later & 1) != 0) return {level * kSlotsPerLevel + at, now_tick_};
      if (first.start != kNothing) continue;
      const uint32_t slot = at + static_cast<uint32_t>(std::countr_zero(later));
      const uint64_t before = now_tick_ >> shift >> kLevelBits << kLevelBits;
      first = {level * kSlotsPerLevel + slot, (before | slot) << shift};
    }
    return first;
  }

  void Link(PacingTimer* timer) {
    const uint64_t tick = std::max(timer->due_tick, now_tick_);
    const uint64_t differing = tick ^ now_tick_;
    const auto highest = static_cast<uint32_t>(std::bit_width(differing | 1)) - 1;
    const uint32_t level = highest / kLevelBits;
    const auto in_level =
        static_cast<uint32_t>((tick >> (level * kLevelBits)) & (kSlotsPerLevel - 1));
    timer->slot = static_cast<uint16_t>(level * kSlotsPerLevel + in_level);
    PacingTimer*& head = slots_[timer->slot];
    if (head == nullptr) {
      head = timer->next = timer->previous = timer;
      occupied_[level] |= uint64_t{1} << in_level;
      return;
    }
    timer->next = head;
    timer->previous = head->previous;
    timer->previous->next = head->previous = timer;
  }

  void Unlink(PacingTimer* timer) {
    PacingTimer*& head = slots_[timer->slot];
    if (timer->next == timer) {
      head = nullptr;
      occupied_[timer->slot / kSlotsPerLevel] &=
          ~(uint64_t{1} << (timer->slot & (kSlotsPerLevel - 1)));
    } else {
      if (head == timer) head = timer->next;
      timer->previous->next = timer->next;
      timer->next->previous = timer->previous;
    }
    timer->slot = PacingTimer::kNotSet;
  }

  uint64_t now_tick_ = 0;
  size_t count_ = 0;
  std::array<uint64_t, kLevels> occupied_{};  // by level, a bit per slot
  std::array<PacingTimer*, kLevels * kSlotsPerLevel> slots_{};
};

}  // namespace vcp::qos
