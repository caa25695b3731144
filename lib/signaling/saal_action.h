#pragma once

#include <cstdint>
#include <span>

#include "signaling/maa_error.h"

namespace vcp::signaling {

// What the SAAL wants done or tells. Bytes are good while the action is carried out.
struct SaalAction {
  enum class Kind : uint8_t {
    kSendPdu,              // to the carrier
    kEstablishIndication,  // by the peer; also after a recovery, which may have lost SDUs
    kEstablishConfirm,
    kReleaseIndication,  // by the peer, or by_sscop: it did not answer or broke the protocol
    kReleaseConfirm,
    kDataIndication,      // an SDU
    kUnitDataIndication,  // an SDU that was not assured
    kManagementDataIndication,
    kLayerManagementError,  // error, count
  };

  Kind kind = Kind::kSendPdu;
  bool by_sscop = false;
  MaaError error{};
  uint32_t count = 0;
  // A PDU, an SDU, or what the peer's user said to ours with the establishment or release.
  std::span<const uint8_t> bytes{};
};

}  // namespace vcp::signaling
