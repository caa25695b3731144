#pragma once

#include <atomic>
#include <bit>
#include <concepts>
#include <cstdint>
#include <type_traits>

namespace vcp {

template <size_t kBytes>
struct UnsignedOfSize;
template <>
struct UnsignedOfSize<1> : std::type_identity<uint8_t> {};
template <>
struct UnsignedOfSize<2> : std::type_identity<uint16_t> {};
template <>
struct UnsignedOfSize<4> : std::type_identity<uint32_t> {};
template <>
struct UnsignedOfSize<8> : std::type_identity<uint64_t> {};

// One word of memory that another process writes or reads. The reading side holds a const pointer
// to the region's layout and can only take a Snapshot: one read, by value, never a reference, so
// that what was checked is what is used. The writing side Stores and never reads back.
template <typename T>
requires std::is_trivially_copyable_v<T> &&(!std::same_as<T, bool>)class Untrusted {
 public:
  Untrusted() = default;
  Untrusted(const Untrusted&) = delete;
  Untrusted& operator=(const Untrusted&) = delete;

  T Snapshot(std::memory_order order = std::memory_order_relaxed) const {
    // atomic_ref takes no const object before C++26; load() does not write.
    return std::bit_cast<T>(std::atomic_ref<Word>(const_cast<Word&>(word_)).load(order));
  }

  void Store(T value, std::memory_order order = std::memory_order_relaxed) {
    std::atomic_ref<Word>(word_).store(std::bit_cast<Word>(value), order);
  }

 private:
  using Word = typename UnsignedOfSize<sizeof(T)>::type;

  alignas(sizeof(T)) Word word_;
};

}  // namespace vcp
