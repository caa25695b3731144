#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vcp::wire {

using MacAddress = std::array<uint8_t, 6>;

// Where frames go before the peer's address is known: MPLS-TP's own group address (RFC 7213).
inline constexpr MacAddress kUnknownPeerMac = {0x01, 0x00, 0x5e, 0x90, 0x00, 0x00};

// Six groups of two hexadecimal digits, "02:00:5e:00:53:01".
std::optional<MacAddress> ParseMacAddress(std::string_view text);
std::string ToString(const MacAddress& mac);

}  // namespace vcp::wire
