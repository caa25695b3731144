// Which slots of a payload area are held: receive slots by the client, send slots by sends. Slots
// are handed out in address order, so that the hardware prefetcher sees one stream; a slot that is
// held back is skipped, not waited for. One thread.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

namespace vcp::shm {

class SlotMap {
 public:
  explicit SlotMap(uint32_t count) : held_((count + 63) / 64), count_(count), free_(count) {
    // Places past the end count as held for ever.
    if (count % 64 != 0) held_.back() = ~uint64_t{0} << count % 64;
  }

  uint32_t size() const { return count_; }
  uint32_t free() const { return free_; }
  uint32_t held() const { return count_ - free_; }
  bool IsHeld(uint32_t slot) const {
    return slot < count_ && (held_[slot / 64] >> slot % 64 & 1) != 0;
  }

  // The next free slot in address order, now held.
  std::optional<uint32_t> Take() {
    if (free_ == 0) return std::nullopt;
    uint32_t word = cursor_ / 64;
    uint64_t candidates = ~held_[word] & ~uint64_t{0} << cursor_ % 64;
    while (candidates == 0) {
      word = word + 1 == held_.size() ? 0 : word + 1;
      candidates = ~held_[word];
    }
    const uint32_t slot = word * 64 + static_cast<uint32_t>(std::countr_zero(candidates));
    held_[word] |= uint64_t{1} << slot % 64;
    --free_;
    cursor_ = slot + 1 == count_ ? 0 : slot + 1;
    return slot;
  }

  // The next `count` free slots, or as many as there are, now held: calls visit(i, slot) for each.
  // Returns how many.
  template <typename Visit>
  size_t TakeEach(size_t count, Visit&& visit) {
    const auto wanted = static_cast<uint32_t>(count < free_ ? count : free_);
    uint32_t word = cursor_ / 64;
    uint64_t candidates = ~held_[word] & ~uint64_t{0} << cursor_ % 64;
    uint32_t slot = cursor_;
    for (uint32_t taken = 0; taken < wanted; ++taken) {
      while (candidates == 0) {
        word = word + 1 == held_.size() ? 0 : word + 1;
        candidates = ~held_[word];
      }
      const uint64_t lowest = candidates & (~candidates + 1);
      slot = word * 64 + static_cast<uint32_t>(std::countr_zero(candidates));
      held_[word] |= lowest;
      candidates ^= lowest;
      visit(size_t{taken}, slot);
    }
    if (wanted != 0) cursor_ = slot + 1 == count_ ? 0 : slot + 1;
    free_ -= wanted;
    return wanted;
  }

  // False when the client did not hold it (R12).
  bool Return(uint32_t slot) {
    if (!IsHeld(slot)) return false;
    held_[slot / 64] &= ~(uint64_t{1} << slot % 64);
    ++free_;
    return true;
  }

 private:
  std::vector<uint64_t> held_;
  uint32_t count_;
  uint32_t free_;
  uint32_t cursor_ = 0;
};

}  // namespace vcp::shm
