#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "base/check.h"

namespace vcp {

// At most N values in a row, inside the object.
template <typename T, size_t N>
class BoundedList {
 public:
  using value_type = T;
  static constexpr size_t kCapacity = N;

  BoundedList() = default;
  BoundedList(std::initializer_list<T> values) {
    VCP_CHECK(Assign({values.begin(), values.size()}));
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  bool full() const { return size_ == N; }

  const T* begin() const { return values_.data(); }
  const T* end() const { return values_.data() + size_; }
  T* begin() { return values_.data(); }
  T* end() { return values_.data() + size_; }
  const T* data() const { return values_.data(); }

  const T& operator[](size_t index) const {
    VCP_CHECK(index < size_);
    return values_[index];
  }
  T& operator[](size_t index) {
    VCP_CHECK(index < size_);
    return values_[index];
  }

  // False, and nothing has changed, when there is no room.
  [[nodiscard]] bool Append(const T& value) {
    if (full()) return false;
    values_[size_++] = value;
    return true;
  }
  // The same; the values may be the list's own.
  [[nodiscard]] bool Assign(std::span<const T> values) {
    if (values.size() > N) return false;
    auto rest = std::ranges::copy(values, values_.begin()).out;
    if (rest < end()) std::fill(rest, end(), T{});
    size_ = values.size();
    return true;
  }
  void clear() {
    std::ranges::fill(*this, T{});
    size_ = 0;
  }

  friend bool operator==(const BoundedList& a, const BoundedList& b) {
    return std::ranges::equal(a, b);
  }

 private:
  std::array<T, N> values_{};
  size_t size_ = 0;
};

template <size_t N>
using BoundedBytes = BoundedList<uint8_t, N>;

}  // namespace vcp
