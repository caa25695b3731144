// What goes in and out of a UniLink: requests of the call manager, indications to it, actions for
// who owns the link. Values; spans and pointers in actions are good until they were carried out.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/status.h"
#include "signaling/uni_types.h"
#include "wire/message.h"

namespace vcp::signaling {

// Each names a call unless it says otherwise. kInvalidHandle: that call or party is over, and its
// end was indicated. kInvalidState: not now, or not by this side. kInvalidLength: the elements do
// not make a message. A refused request has changed nothing.
struct UniRequest {
  enum class Kind : uint8_t {
    // `elements` of the SETUP; answered with the new call. With an endpoint reference in them (its
    // value is not looked at) the call is point-to-multipoint and its first party is PartyId 0. The
    // user's side may propose a connection. kDisconnected: the link is down. kResources: too many
    // calls. kInUse: no such connection is free.
    kSetup,
    kProceeding,     // An offered call is on its way; the peer learns its connection.
    kAlerting,       // An offered call waits for a human.
    kConnect,        // Accepts an offered call.
    kSetupComplete,  // Answers the kConnect indication: the VC can carry data.
    // With `cause`. Refuses an offered call, ends any other; ends with the kReleaseConfirm
    // indication, perhaps at once. Answers a kRelease indication as kReleaseResponse does.
    kRelease,
    // Answers the kRelease indication: the VC carries nothing any more. Never fails.
    kReleaseResponse,
    // Point-to-multipoint, by the side that sent SETUP. `elements` of the ADD PARTY; answered with
    // the new party. kResources: too many parties.
    kAddParty,
    kPartyAlerting,   // With `party`, as all that follow here.
    kAddPartyAck,     // Accepts an offered party.
    kAddPartyReject,  // With `cause`. Refuses it; one that alerts already is dropped.
    // With `cause`. kInvalidHandle: the peer has dropped it, or it never was. Where no party
    // remains
    // the call is released instead.
    kDropParty,
    // Q.2963.1, by the side that sent SETUP. `elements` carry the new traffic descriptor, for which
    // resources are kept already.
    kModify,
    kModifyAck,            // With `confirm`: say when the new contract is in force over there.
    kModifyReject,         // With `cause`. The old contract stands.
    kConnectionAvailable,  // Answers a kModifyAck indication that asked for it.
    kNotify,               // `elements` carry a notification; of `party` in a call that has them.
    kStatusEnquiry,        // The answer is the kStatus indication, or the call is cleared.
    // No call. With `restart_class`, and `connection` unless it is kAll: calls there end on this
    // side, then the peer is told. kInUse: a restart is under way.
    kRestart,
    kRestartResponse,  // No call. Answers the kRestart indication: nothing is left there.
  };
  static constexpr size_t kKindCount = 20;

  Kind kind{};
  CallHandle call = {};
  PartyId party = 0;
  wire::Cause cause = {};
  // Null: none. Call reference, endpoint reference and connection identifier are the link's to fill
  // in, but for the connection proposed in kSetup.
  const wire::Message* elements = nullptr;
  bool confirm = false;
  wire::RestartIndicator::Class restart_class = wire::RestartIndicator::Class::kAll;
  ConnectionId connection = {};
};

struct UniReply {
  Status status = Status::kSuccess;
  CallHandle call = {};
  PartyId party = 0;
};

// What the peer asks for is named as the request by which its call manager did. Every call that was
// indicated or asked for ends with exactly one kRelease or, when the call manager asked for it,
// kReleaseConfirm; every party with one kAddPartyReject, kDropParty or kDropPartyAck, or its call.
struct UniIndication {
  enum class Kind : uint8_t {
    kSetup,       // `message` is the SETUP. `connection` is reserved.
    kProceeding,  // `connection` from the first of these on.
    kAlerting,
    kConnect,        // The peer accepted. Answered with kSetupComplete.
    kSetupComplete,  // The call that was accepted here is up on both sides.
    kRelease,        // The call ends, with `cause`. Answered with kReleaseResponse.
    kReleaseConfirm,
    kAddParty,
    kPartyAlerting,
    kAddPartyAck,
    kAddPartyReject,  // With `cause`.
    kDropParty,       // With `cause`. The peer has its answer.
    kDropPartyAck,
    kModify,
    kModifyAck,  // `confirm`: answered with kConnectionAvailable once the contract is in force.
    kModifyReject,
    kConnectionAvailable,  // The new contract is in force on both sides.
    kNotify,
    kStatus,  // `peer_state` and `cause`; 30 answers kStatusEnquiry.
    // No call. Calls there have ended. Answered with kRestartResponse.
    kRestart,
    kRestartAck,
    // The peer never answered or cannot do it, or (`by_peer`) we did not answer it in time.
    kRestartFailed,
    kLinkUp,
    kLinkDown,  // Calls that were not active end; the others wait for T309.
  };
  static constexpr size_t kKindCount = 24;

  Kind kind{};
  CallHandle call = {};
  PartyId party = 0;
  bool confirm = false;
  wire::RestartIndicator::Class restart_class{};
  bool by_peer = false;
  std::optional<ConnectionId> connection = {};
  UniState peer_state = UniState::kNull;
  wire::Cause cause = {};
  const wire::Message* message = nullptr;  // What the peer said; null when it was not the peer.
};

struct UniAction {
  enum class Kind : uint8_t {
    kEstablishRequest,  // AAL-ESTABLISH request
    kReleaseRequest,    // AAL-RELEASE request
    kDataRequest,       // AAL-DATA request with `data`
    kIndication,
  };
  Kind kind{};
  std::span<const uint8_t> data = {};
  UniIndication indication = {};
};

// Who keeps the labels of a link: called while a UniLink handles something, calls nothing back.
// Reserve and Free come in pairs. A label is free again when it has been freed *and* its VC is down
// *and* frames in flight have had their time; all but the first is the owner's to know.
class ConnectionSpace {
 public:
  virtual ~ConnectionSpace() = default;

  struct Wish {
    bool any_vpci = true;
    bool any_vci = true;
    ConnectionId connection = {};
  };
  // Nothing when the wish cannot be fulfilled. On the user's side a wish is always exact.
  virtual std::optional<ConnectionId> Reserve(const Wish& wish) = 0;
  // `peer_knows`: the peer has given the connection up too. Else a RESTART of it is in order.
  virtual void Free(ConnectionId connection, bool peer_knows) = 0;
};

}  // namespace vcp::signaling
