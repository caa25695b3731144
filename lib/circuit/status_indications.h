// What a miniport or an MCM tells those above it without being asked (environment section 9).
// Values only.
#pragma once

#include <cstdint>
#include <vector>

#include "circuit/types.h"

namespace vcp::circuit {

// Numbers as in NDIS's public documentation; others travel unchanged.
enum class StatusCode : uint32_t {
  kResetStart = 0x40010004,  // the switchboard's own, as kResetEnd and kOperStatus
  kResetEnd = 0x40010005,
  kWanCoFragment = 0x40010015,
  kWanCoLinkParams = 0x40010016,
  kLinkState = 0x40010017,
  kNetworkChange = 0x40010018,
  kOperStatus = 0x40010023,
  kWanCoMtuLinkParams = 0x40010025,
};

struct StatusIndication {
  StatusCode code = StatusCode::kLinkState;
  // Not null: for this binding alone, about its request of that id.
  BindingHandle destination = {};
  uint32_t request_id = 0;
  std::vector<uint8_t> bytes = {};  // at most kMaxStatusBytes
  friend bool operator==(const StatusIndication&, const StatusIndication&) = default;
};

// What kLinkState says; 24 bytes, little-endian, in this order.
struct LinkState {
  static constexpr uint32_t kConnected = 1;
  static constexpr uint32_t kDisconnected = 2;
  static constexpr uint32_t kFullDuplex = 2;

  uint32_t connect_state = kDisconnected;
  uint32_t duplex_state = kFullDuplex;
  uint64_t transmit_bits_per_second = 0;
  uint64_t receive_bits_per_second = 0;
  friend bool operator==(const LinkState&, const LinkState&) = default;
};
StatusIndication MakeLinkStatus(const LinkState& link);
// False when the bytes are none.
bool ParseLinkStatus(const StatusIndication& indication, LinkState* link);

}  // namespace vcp::circuit
