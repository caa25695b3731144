// Parties of point-to-multipoint calls, what the call manager asks for: Q.2971.
#include "signaling/uni_party.h"
#include "signaling/uni_procedures.h"

namespace vcp::signaling {

using wire::MessageType;

namespace {

bool SendParty(UniCore& link, const UniCall& call, MessageType type, PartyId party,
               const wire::Message* elements) {
  wire::Message message = elements != nullptr ? *elements : wire::Message{};
  message.type = type;
  message.call = link.ReferenceOf(call);
  message.endpoint = call.EndpointOf(party);
  return link.Send(message);
}

// Not 0, which is the first party's, and not soon again.
PartyId ChooseParty(UniCall& call) {
  constexpr PartyId kLast = 0x7fff;
  do {
    call.last_party = call.last_party == kLast ? 1 : call.last_party + 1;
  } while (call.FindParty(call.last_party) != nullptr);
  return call.last_party;
}

bool IsOffered(const UniParty& party) {
  return party.state == PartyState::kAddReceived || party.state == PartyState::kAlertingReceived;
}

// Nobody is left to be called: the call goes with its last party.
UniReply ReleaseWithLastParty(UniCore& link, UniCall& call, const UniRequest& request) {
  call.release_requested = true;
  link.StartRelease(call, request.cause, request.elements);
  return {};
}

}  // namespace

// Q.2971 9.2.1 (root's side), 9.2.3 (leaf's side, on the network's side).
UniReply RequestAddParty(UniCore& link, UniCall& call, const UniRequest& request) {
  if (!call.is_ours || !call.is_multipoint()) return {Status::kInvalidState};
  if (request.elements == nullptr) return {Status::kInvalidData};
  if (call.parties->size() >= kMaxPartiesPerCall) return {Status::kResources};
  const PartyId id = ChooseParty(call);
  if (!SendParty(link, call, MessageType::kAddParty, id, request.elements)) {
    return {Status::kInvalidLength};
  }
  UniParty& party = InsertParty(call, id, PartyState::kAddInitiated);
  party.timer = link.Arm(UniTimer::kT399, call.handle, id);
  return {Status::kSuccess, call.handle, id};
}

// Q.2971 9.2.2.
UniReply RequestPartyAlerting(UniCore& link, UniCall& call, const UniRequest& request) {
  UniParty* party = call.FindParty(request.party);
  if (party == nullptr) return {Status::kInvalidHandle};
  if (party->state != PartyState::kAddReceived) return {Status::kInvalidState};
  if (!SendParty(link, call, MessageType::kPartyAlerting, party->id, request.elements)) {
    return {Status::kInvalidLength};
  }
  party->state = PartyState::kAlertingReceived;
  return {};
}

// Q.2971 9.2.2.
UniReply RequestAddPartyAck(UniCore& link, UniCall& call, const UniRequest& request) {
  UniParty* party = call.FindParty(request.party);
  if (party == nullptr) return {Status::kInvalidHandle};
  if (!IsOffered(*party)) return {Status::kInvalidState};
  if (!SendParty(link, call, MessageType::kAddPartyAcknowledge, party->id, request.elements)) {
    return {Status::kInvalidLength};
  }
  party->state = PartyState::kActive;
  return {};
}

// Q.2971 9.2.2.
UniReply RequestAddPartyReject(UniCore& link, UniCall& call, const UniRequest& request) {
  UniParty* party = call.FindParty(request.party);
  if (party == nullptr) return {Status::kInvalidHandle};
  if (!IsOffered(*party)) return {Status::kInvalidState};
  if (party->state == PartyState::kAlertingReceived) return RequestDropParty(link, call, request);
  if (!HasOtherParties(call, party)) return ReleaseWithLastParty(link, call, request);
  SendPartyCause(link, MessageType::kAddPartyReject, call, party->id, request.cause,
                 request.elements);
  EraseParty(link, call, *party);
  return {};
}

// Q.2971 9.3.3 (root's side), 9.3.4 (leaf's side).
UniReply RequestDropParty(UniCore& link, UniCall& call, const UniRequest& request) {
  UniParty* party = call.FindParty(request.party);
  if (party == nullptr) return {Status::kInvalidHandle};
  if (party->state == PartyState::kDropInitiated) return {Status::kInvalidState};
  if (!HasOtherParties(call, party)) return ReleaseWithLastParty(link, call, request);
  StartDrop(link, call, *party, request.cause, request.elements);
  return {};
}

}  // namespace vcp::signaling
