#pragma once

#include <atomic>
#include <cstdint>

namespace vcp {

// Counts in one thread, may be read by any other, also through shared memory. No locked
// instruction: only the owner writes, so its add is a plain load, add and store.
class Counter {
 public:
  void Add(uint64_t count = 1) {
    std::atomic_ref<uint64_t>(value_).store(value_ + count, std::memory_order_relaxed);
  }

  uint64_t Read() const {
    // atomic_ref takes no const object before C++26; load() does not write.
    return std::atomic_ref<uint64_t>(const_cast<uint64_t&>(value_)).load(std::memory_order_relaxed);
  }

 private:
  uint64_t value_ = 0;
};

}  // namespace vcp
