#include "wire/mac_address.h"

#include <charconv>
#include <cstdio>

namespace vcp::wire {

std::optional<MacAddress> ParseMacAddress(std::string_view text) {
  constexpr size_t kTextBytes = 6 * 3 - 1;
  if (text.size() != kTextBytes) return std::nullopt;

  MacAddress mac;
  const char* at = text.data();
  for (uint8_t& octet : mac) {
    if (at != text.data() && *at++ != ':') return std::nullopt;
    auto [end, error] = std::from_chars(at, at + 2, octet, 16);
    if (error != std::errc() || end != at + 2) return std::nullopt;
    at = end;
  }
  return mac;
}

std::string ToString(const MacAddress& mac) {
  char text[6 * 3];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
                mac[4], mac[5]);
  return text;
}

}  // namespace vcp::wire
