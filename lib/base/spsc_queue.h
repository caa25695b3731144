#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>

#include "base/check.h"
#include "base/limits.h"

namespace vcp {

// A bounded queue between two threads of one process: one pushes, one pops. Neither waits. Each
// side keeps its own view of the other's position and looks again only when that view runs out.
template <typename T>
requires std::is_trivially_copyable_v<T>
class SpscQueue {
 public:
  explicit SpscQueue(size_t capacity)
      : slots_(std::make_unique<T[]>(capacity)), mask_(capacity - 1) {
    VCP_CHECK(std::has_single_bit(capacity));
  }

  // Pushes as many as fit, from the front; returns how many. Producer only.
  size_t Push(std::span<const T> items) {
    size_t tail = tail_.load(std::memory_order_relaxed);
    if (capacity() - (tail - cached_head_) < items.size()) {
      cached_head_ = head_.load(std::memory_order_acquire);
    }
    size_t count = std::min(items.size(), capacity() - (tail - cached_head_));
    for (size_t i = 0; i < count; ++i) slots_[(tail + i) & mask_] = items[i];
    tail_.store(tail + count, std::memory_order_release);
    return count;
  }

  // Pops up to items.size(); returns how many. Consumer only.
  size_t Pop(std::span<T> items) {
    size_t head = head_.load(std::memory_order_relaxed);
    if (cached_tail_ - head < items.size()) {
      cached_tail_ = tail_.load(std::memory_order_acquire);
    }
    size_t count = std::min(items.size(), cached_tail_ - head);
    for (size_t i = 0; i < count; ++i) items[i] = slots_[(head + i) & mask_];
    head_.store(head + count, std::memory_order_release);
    return count;
  }

  // Takes out every item that `unwanted` says yes to, which sees each once; the others keep their
  // order. Returns how many. Consumer only.
  template <typename Unwanted>
  size_t RemoveIf(Unwanted&& unwanted) {
    size_t head = head_.load(std::memory_order_relaxed);
    cached_tail_ = tail_.load(std::memory_order_acquire);
    size_t kept = cached_tail_;  // what is kept moves to the end, which is the consumer's till then
    for (size_t i = cached_tail_; i != head; --i) {
      T& item = slots_[(i - 1) & mask_];
      if (!unwanted(item)) slots_[--kept & mask_] = item;
    }
    head_.store(kept, std::memory_order_release);
    return kept - head;
  }

  [[nodiscard]] bool TryPush(const T& item) { return Push({&item, 1}) == 1; }
  [[nodiscard]] bool TryPop(T* item) { return Pop({item, 1}) == 1; }

  // A moment's view, from any thread.
  size_t size() const {
    size_t head = head_.load(std::memory_order_acquire);
    return tail_.load(std::memory_order_acquire) - head;
  }
  bool empty() const { return size() == 0; }
  size_t capacity() const { return mask_ + 1; }

 private:
  std::unique_ptr<T[]> slots_;
  size_t mask_;
  alignas(kCacheLineBytes) std::atomic<size_t> tail_ = 0;
  size_t cached_head_ = 0;  // The producer's.
  alignas(kCacheLineBytes) std::atomic<size_t> head_ = 0;
  size_t cached_tail_ = 0;  // The consumer's.
};

}  // namespace vcp
