// Carries a link's signaling PDUs to its other end: in order, unaltered, or not at all. Loss is
// SSCOP's to mend. Control thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "base/limits.h"

namespace vcp::callmgr {

class SignalingCarrier {
 public:
  // The largest PDU is an SDU of kMaxSignalingBytes behind its trailer; the rest is there to tell
  // that one was too long.
  static constexpr size_t kMaxPduBytes = kMaxSignalingBytes + 256;
  using OnPdu = std::function<void(std::span<const uint8_t> pdu)>;

  virtual ~SignalingCarrier() = default;
  // What arrives goes there from now on; not from inside Send.
  virtual void SetReceiver(OnPdu on_pdu) = 0;
  // Sent, or dropped and counted when the carrier is full or its other end is away.
  virtual void Send(std::span<const uint8_t> pdu) = 0;
  // The other end's address, where the carrier knows one: frames of the link's VCs go there.
  virtual std::optional<std::array<uint8_t, 6>> PeerMac() const { return std::nullopt; }
  // Whether there is a connection: while there is, the other end stays who it is.
  virtual void SetConnected(bool) {}
  virtual void OnLinkDown() {}
};

}  // namespace vcp::callmgr
