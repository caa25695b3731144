// A fuzzer's octets, taken one after another; zeros after the last.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace vcp::testing {

class FuzzInput {
 public:
  explicit FuzzInput(std::span<const uint8_t> octets) : rest_(octets) {}

  bool done() const { return rest_.empty(); }
  uint8_t Take() {
    if (rest_.empty()) return 0;
    const uint8_t octet = rest_.front();
    rest_ = rest_.subspan(1);
    return octet;
  }
  // Fewer when there are no more.
  std::span<const uint8_t> TakeSpan(size_t size) {
    const std::span<const uint8_t> taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }

 private:
  std::span<const uint8_t> rest_;
};

}  // namespace vcp::testing
