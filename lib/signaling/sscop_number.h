#pragma once

#include <cstdint>

#include "wire/sscop_pdu.h"

namespace vcp::signaling {

// Arithmetic modulo 2^24. Every window here is far smaller than half of that, so a number more than
// half the way round ahead of another one is behind it.

constexpr uint32_t AddToNumber(uint32_t number, uint32_t count) {
  return (number + count) & wire::kSscopNumberMask;
}

// How far `number` is ahead of `base`; negative when it is behind.
constexpr int32_t NumberOffset(uint32_t base, uint32_t number) {
  return static_cast<int32_t>((number - base) << 8) >> 8;
}

}  // namespace vcp::signaling
