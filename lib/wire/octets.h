#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/check.h"

namespace vcp::wire {

// Reads big-endian values one after the other. Past the end every read gives 0 and `ok` turns false
// for good, so that one look at the end is enough.
class OctetReader {
 public:
  explicit OctetReader(std::span<const uint8_t> octets) : rest_(octets) {}

  bool ok() const { return ok_; }
  bool done() const { return rest_.empty(); }

  uint8_t Peek() const { return rest_.empty() ? 0 : rest_.front(); }
  uint64_t ReadBe(size_t size) {
    uint64_t value = 0;
    for (uint8_t octet : ReadSpan(size)) value = value << 8 | octet;
    return value;
  }
  uint8_t Read8() { return static_cast<uint8_t>(ReadBe(1)); }
  uint16_t Read16() { return static_cast<uint16_t>(ReadBe(2)); }
  uint32_t Read24() { return static_cast<uint32_t>(ReadBe(3)); }
  uint32_t Read32() { return static_cast<uint32_t>(ReadBe(4)); }
  uint64_t Read64() { return ReadBe(8); }

  std::span<const uint8_t> ReadSpan(size_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    std::span<const uint8_t> taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  std::span<const uint8_t> ReadRest() { return ReadSpan(rest_.size()); }

 private:
  std::span<const uint8_t> rest_;
  bool ok_ = true;
};

// Writes big-endian values one after the other. Once one does not fit nothing more is written and
// `ok` is false. A value with more bits than it is written with is a broken invariant.
class OctetWriter {
 public:
  explicit OctetWriter(std::span<uint8_t> out) : out_(out) {}

  bool ok() const { return ok_; }
  size_t size() const { return size_; }

  // What shall be written does not fit for a reason of the caller's.
  void Fail() { ok_ = false; }

  void WriteBe(uint64_t value, size_t size) {
    VCP_CHECK(size == sizeof value || value >> 8 * size == 0);
    if (!Reserve(size)) return;
    for (size_t i = size; i > 0; --i) out_[size_++] = static_cast<uint8_t>(value >> 8 * (i - 1));
  }
  void Write8(uint64_t value) { WriteBe(value, 1); }
  void Write16(uint64_t value) { WriteBe(value, 2); }
  void Write24(uint64_t value) { WriteBe(value, 3); }
  void Write32(uint64_t value) { WriteBe(value, 4); }
  void Write64(uint64_t value) { WriteBe(value, 8); }

  void WriteSpan(std::span<const uint8_t> octets) {
    if (Reserve(octets.size())) {
      std::ranges::copy(octets, out_.begin() + size_);
      size_ += octets.size();
    }
  }

 private:
  bool Reserve(size_t size) {
    ok_ = ok_ && size <= out_.size() - size_;
    return ok_;
  }

  std::span<uint8_t> out_;
  size_t size_ = 0;
  bool ok_ = true;
};

}  // namespace vcp::wire
