// How large an SDU may be, and what it costs: in cells, which contracts count, and in octets on the
// wire, which ports have. Signaling 3.6, 3.9.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace vcp::qos {

inline constexpr uint32_t kCellPayloadBytes = 48;
inline constexpr uint32_t kAal5TrailerBytes = 8;
inline constexpr uint32_t kMaxAal5SduBytes = 65535;

// Nobody has to agree to less than this (signaling 3.6), neither because of a small port nor
// because a callee lowers what it is offered; 576 is what every IP host takes.
inline constexpr uint32_t kMinNegotiatedSduBytes = 576;

// Cells of an AAL5 frame with one SDU.
constexpr uint64_t CellsOfSdu(uint64_t sdu_bytes) {
  return (sdu_bytes + kAal5TrailerBytes + kCellPayloadBytes - 1) / kCellPayloadBytes;
}

// Octet times that an SDU takes on Ethernet: header 14, label 4, control word 4, FCS 4, preamble
// and gap 20; frames have at least 64 octets.
constexpr uint64_t WireBytesOfSdu(uint64_t sdu_bytes) {
  return std::max<uint64_t>(14 + 4 + 4 + sdu_bytes + 4, 64) + 20;
}

// The largest SDU that a port's frames hold, behind `labels` labels and the control word; beyond
// what an MTU that small can carry, zero. `outer_bytes`: what else is in front, as IP and UDP.
constexpr uint32_t MaxSduOfMtu(uint32_t mtu_bytes, uint32_t labels = 1, uint32_t outer_bytes = 0) {
  const uint32_t in_front = 4 * labels + 4 + outer_bytes;
  return mtu_bytes > in_front ? mtu_bytes - in_front : 0;
}

// Whether the called side may lower an offer to so much.
constexpr bool IsUsableSdu(uint32_t offered, uint32_t agreed) {
  return agreed >= std::min(offered, kMinNegotiatedSduBytes);
}

// What the called side agrees to when `offered` octets are asked for and the port holds `limit`;
// it may only lower the offer. Nothing, for cause 78: so little that the caller cannot be meant to
// live with it. An offer of zero, for a direction without traffic, stays zero.
constexpr std::optional<uint32_t> NegotiateSdu(uint32_t offered, uint32_t limit) {
  const uint32_t agreed = std::min(offered, limit);
  return IsUsableSdu(offered, agreed) ? std::optional(agreed) : std::nullopt;
}

}  // namespace vcp::qos
