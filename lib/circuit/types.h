// The environment's nouns as plain data: handles, address families, SAPs, call parameters.
// Values only; nothing here owns anything or belongs to a thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/handle.h"
#include "base/layer_information.h"
#include "base/status.h"
#include "qos/flow_spec.h"

namespace vcp::circuit {

using AdapterHandle = Handle<struct AdapterTag>;
using BindingHandle = Handle<struct BindingTag>;
using AfHandle = Handle<struct AfTag>;
using SapHandle = Handle<struct SapTag>;
using VcHandle = Handle<struct VcTag>;
using PartyHandle = Handle<struct PartyTag>;

// A role's own name for an object, handed back to it unmodified (environment 0.2).
using Context = uintptr_t;

// Names a signaling protocol between a client and its call manager (environment section 1).
enum class AddressFamilyType : uint32_t {
  kQ2931 = 1,    // calls by address, UNI semantics
  kPvc = 0x1000  // operator-configured circuits only
};

struct AddressFamily {
  AddressFamilyType type = AddressFamilyType::kQ2931;
  uint32_t major_version = 4;
  uint32_t minor_version = 0;
  friend bool operator==(const AddressFamily&, const AddressFamily&) = default;
};

// Opaque, bounded bytes between two roles that agree on `type` (C95, limits.h kMaxSpecificBytes).
struct SpecificParameters {
  uint32_t type = 0;
  std::vector<uint8_t> bytes;
  friend bool operator==(const SpecificParameters&, const SpecificParameters&) = default;
};

// Where a client takes calls. Content is between client and call manager (environment section 2).
struct Sap {
  Address address;          // exact, or Address::kNone as the wildcard
  std::string pvc_name;     // a PVC's endpoint instead of an address, when not empty
  LayerInformation layers;  // what it speaks; nothing takes anything
  SpecificParameters specific;
  friend bool operator==(const Sap&, const Sap&) = default;
};

// CO_CALL_PARAMETERS flags.
enum CallFlags : uint32_t {
  kPermanentVc = 0x1,
  kCallParametersChanged = 0x2,
  kQueryCallParameters = 0x4,
  kBroadcastVc = 0x8,
  kMultipointVc = 0x10,
};

// CO_MEDIA_PARAMETERS flags.
enum MediaFlags : uint32_t {
  kReceiveTimeIndication = 0x1,
  kUseTimeStamps = 0x2,
  kTransmitVc = 0x4,
  kReceiveVc = 0x8,
  kIndicateErroredPackets = 0x10,
  kIndicateEndOfTransmission = 0x20,
  kReserveResources = 0x40,
  kRoundDownFlow = 0x80,
  kRoundUpFlow = 0x100,
};
// What ports can do, or may ignore (kUseTimeStamps). Not every port can tell the end of a
// transmission: its miniport refuses.
inline constexpr uint32_t kSupportedMediaFlags =
    kReceiveTimeIndication | kUseTimeStamps | kTransmitVc | kReceiveVc | kIndicateErroredPackets |
    kIndicateEndOfTransmission | kReserveResources | kRoundDownFlow | kRoundUpFlow;
// What each end of a call says for itself: the other one does not hear of it.
inline constexpr uint32_t kOwnMediaFlags = kReceiveTimeIndication | kIndicateErroredPackets |
                                           kIndicateEndOfTransmission | kReserveResources;

struct CallManagerParameters {
  qos::FlowSpec transmit;  // as seen by the client that owns the parameters
  qos::FlowSpec receive;
  Address called;
  Address calling;
  // What the caller speaks, in the order of its preference; of the low layers the callee's answer
  // keeps the one that was agreed on.
  LayerInformation layers;
  SpecificParameters specific;
  friend bool operator==(const CallManagerParameters&, const CallManagerParameters&) = default;
};

// The labels of a VC on its port; the two directions are stored apart even where they are equal.
struct Labels {
  uint32_t transmit = 0;
  uint32_t receive = 0;
  friend bool operator==(const Labels&, const Labels&) = default;
};

struct MediaParameters {
  uint32_t flags = kTransmitVc | kReceiveVc;
  uint32_t receive_priority = 0;
  uint32_t receive_size_hint = 0;
  // The call manager fills these in, the miniport reads them. Without a peer's MAC frames go to
  // MPLS-TP's group address.
  std::optional<Labels> labels;
  std::optional<std::array<uint8_t, 6>> peer_mac;
  // What is sent keeps to this flow in place of the call's until the other side is ready for that.
  std::optional<qos::FlowSpec> held_to;
  std::string pvc_name;  // with kPermanentVc: use exactly that PVC (C99)
  SpecificParameters specific;
  friend bool operator==(const MediaParameters&, const MediaParameters&) = default;
};

struct CallParameters {
  uint32_t flags = 0;
  std::optional<CallManagerParameters> call_manager;
  std::optional<MediaParameters> media;
  friend bool operator==(const CallParameters&, const CallParameters&) = default;
};

// What is asked for is to be there, and carries nothing until it is asked for without this.
inline bool IsReserve(const CallParameters& params) {
  return params.media && (params.media->flags & kReserveResources) != 0;
}

// A call as it is, with what a change of it may ask for: flows, and how they are rounded.
CallParameters WithChange(CallParameters now, const CallParameters& asked);
// What a callee's answer says of its own end (kOwnMediaFlags, but to reserve is the caller's alone)
// goes into the call; whether that is something else than it was offered.
bool TakeOwnMediaFlags(const CallParameters& answer, CallParameters* call);

// Why a call or a party was refused or ended, in signaling's words (Q.850), beside the Status that
// the environment has for it. Nothing here depends on it; call managers and clients read it.
struct Cause {
  static constexpr size_t kMaxDiagnosticBytes = 28;

  uint8_t value = 0;  // 1 to 127; 0: none was given, and the rest is zero
  uint8_t location =
      0;  // of the one that gives it: 0 user, 1 local private network, ..., at most 15
  uint8_t diagnostic_bytes = 0;
  std::array<uint8_t, kMaxDiagnosticBytes> diagnostics = {};  // zero from diagnostic_bytes on
  friend bool operator==(const Cause&, const Cause&) = default;
};

// Where a VC's buffer lists come from and go to: a channel and the VC's name inside it. Opaque to
// circuit; set by the client that owns the VC, used by the miniport when it programs the data path.
struct DataEndpoint {
  uint32_t channel = ~uint32_t{0};
  uint32_t channel_vc = 0;
  // The daemon's own signaling: its lists go before all others that wait, and what it receives says
  // where it came from. No client's.
  bool is_signaling = false;
};

// kInvalidLength when something of variable size is longer than limits.h allows (C95);
// kInvalidData when layer information is not what its element can say.
[[nodiscard]] Status ValidateBounds(const Sap& sap);
[[nodiscard]] Status ValidateBounds(const CallParameters& params);
// kInvalidData when a field is out of its range.
[[nodiscard]] Status ValidateBounds(const Cause& cause);
// What may go along with the end of a call or a party.
[[nodiscard]] Status ValidateEnd(std::span<const uint8_t> close_data, const Cause& cause);
// What a client asks of a call or a party: bounds, flow specs (C90), and only what there is:
// kNotSupported for flags of anything else (C94).
[[nodiscard]] Status ValidateCall(const CallParameters& params);

}  // namespace vcp::circuit
