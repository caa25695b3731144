#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace vcp::wire {

static_assert(std::endian::native == std::endian::little);

// One instruction each; the bytes need no alignment.
inline uint16_t LoadBe16(const uint8_t* bytes) {
  uint16_t value;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap16(value);
}
inline uint32_t LoadBe32(const uint8_t* bytes) {
  uint32_t value;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap32(value);
}
inline uint64_t LoadBe64(const uint8_t* bytes) {
  uint64_t value;
  std::memcpy(&value, bytes, sizeof value);
  return __builtin_bswap64(value);
}
inline void StoreBe16(uint16_t value, uint8_t* bytes) {
  value = __builtin_bswap16(value);
  std::memcpy(bytes, &value, sizeof value);
}
inline void StoreBe32(uint32_t value, uint8_t* bytes) {
  value = __builtin_bswap32(value);
  std::memcpy(bytes, &value, sizeof value);
}

}  // namespace vcp::wire
