// An SDU between a client's memory and a frame.
#pragma once

#include <rte_memcpy.h>

#include <cstdint>
#include <cstring>

namespace vcp::dataplane {

// Up to here an inlined copy beats the call; beyond, the C library knows the processor better.
inline constexpr uint32_t kInlineCopyBytes = 256;

[[gnu::always_inline]] inline void CopySdu(uint8_t* to, const uint8_t* from, uint32_t length) {
  if (length <= kInlineCopyBytes) {
    rte_memcpy(to, from, length);
  } else {
    std::memcpy(to, from, length);
  }
}

}  // namespace vcp::dataplane
