// What the control plane needs to know of a port, whatever moves its frames.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace vcp::port {

struct PortInfo {
  std::string name;    // as configured, unique
  std::string driver;  // "net_memif", "loopback", ...
  std::array<uint8_t, 6> mac{};
  uint32_t mtu_bytes = 0;      // largest Ethernet payload
  uint32_t max_sdu_bytes = 0;  // mtu less label and control word
  bool link_up = false;
  bool tells_when_sent = false;       // it gives frames back when they have left, and soon
  uint64_t link_bits_per_second = 0;  // 0: the driver does not know
};

// What a port is taken for whose driver knows no speed, as those of kernel interfaces and cables
// between processes.
inline constexpr uint64_t kUnknownLinkBitsPerSecond = 10'000'000'000;

inline uint64_t LineBitsPerSecond(const PortInfo& info) {
  return info.link_bits_per_second != 0 ? info.link_bits_per_second : kUnknownLinkBitsPerSecond;
}

}  // namespace vcp::port
