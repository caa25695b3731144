// Which procedure a message, or a request, has in which states. U is the user's side, N the
// network's; what is not here does not fit the state.
#include <array>

#include "signaling/uni_procedures.h"

namespace vcp::signaling {

namespace {

using wire::MessageType;

// A set of states of both sides: bits 0 to 14 the user's, 16 to 30 the network's.
constexpr uint32_t U(int state) { return 1u << state; }
constexpr uint32_t N(int state) { return 1u << (16 + state); }
constexpr uint32_t Both(int state) { return U(state) | N(state); }

constexpr uint32_t kModifying = Both(13) | Both(14);
constexpr uint32_t kBeforeActive =
    Both(1) | Both(3) | Both(4) | Both(6) | Both(7) | Both(8) | Both(9);
constexpr uint32_t kNotClearing = kBeforeActive | Both(10) | kModifying;
constexpr uint32_t kClearing = Both(11) | Both(12);
constexpr uint32_t kAnyState = kNotClearing | kClearing;
constexpr uint32_t kSetupReceived = U(6) | N(1);

constexpr bool Holds(uint32_t states, Role role, UniState state) {
  const int number = static_cast<int>(state);
  return (states & (role == Role::kUser ? U(number) : N(number))) != 0;
}

struct MessageRow {
  MessageType type;
  uint32_t states;
  MessageProcedure procedure;
};
constexpr MessageRow kMessages[] = {
    {MessageType::kCallProceeding, U(1) | N(6), OnCallProceeding_InSetupSent},
    {MessageType::kAlerting, U(1) | U(3) | N(6) | N(9), OnAlerting_BeforeAlerting},
    {MessageType::kConnect, U(1) | U(3) | U(4) | N(6) | N(7) | N(9), OnConnect_BeforeActive},
    {MessageType::kConnectAcknowledge, U(8), OnConnectAck_InConnectRequest},
    {MessageType::kConnectAcknowledge, N(10) | N(13) | N(14), OnConnectAck_InActive},
    {MessageType::kRelease, kNotClearing, OnRelease_InAnyState},
    {MessageType::kRelease, Both(11), OnRelease_InReleaseRequest},
    {MessageType::kRelease, Both(12), OnRelease_InReleaseIndication},
    {MessageType::kReleaseComplete, kAnyState, OnReleaseComplete_InAnyState},
    {MessageType::kNotify, kNotClearing, OnNotify_InAnyState},
    {MessageType::kStatus, kAnyState, OnStatus_InAnyState},
    {MessageType::kStatusEnquiry, kAnyState, OnStatusEnquiry_InAnyState},
    {MessageType::kModifyRequest, Both(10), OnModifyRequest_InActive},
    {MessageType::kModifyAcknowledge, Both(13), OnModifyAck_InModifyRequest},
    {MessageType::kModifyReject, Both(13), OnModifyReject_InModifyRequest},
    {MessageType::kConnectionAvailable, Both(10), OnConnectionAvailable_InActive},
};

// Q.2971: parties come and go while the call alerts or is active, on whatever side of it.
constexpr uint32_t kPartyStates = Both(4) | Both(7) | Both(8) | Both(10);

constexpr bool IsPartyMessage(MessageType type) {
  return type >= MessageType::kAddParty && type <= MessageType::kPartyAlerting;
}

// A set of party states.
constexpr uint32_t P(PartyState state) { return 1u << static_cast<int>(state); }
constexpr uint32_t kAdding = P(PartyState::kAddInitiated) | P(PartyState::kAlertingDelivered);
constexpr uint32_t kOffered = P(PartyState::kAddReceived) | P(PartyState::kAlertingReceived);
constexpr uint32_t kInCall = kAdding | kOffered | P(PartyState::kActive);

struct PartyRow {
  MessageType type;
  uint32_t states;
  PartyProcedure procedure;
};
constexpr PartyRow kPartyMessages[] = {
    {MessageType::kPartyAlerting, P(PartyState::kAddInitiated), OnPartyAlerting_InAddInitiated},
    {MessageType::kAddPartyAcknowledge, kAdding, OnAddPartyAck_BeforeActive},
    {MessageType::kAddPartyReject, kAdding, OnAddPartyReject_BeforeActive},
    {MessageType::kDropParty, kInCall, OnDropParty_InAnyState},
    {MessageType::kDropParty, P(PartyState::kDropInitiated), OnDropParty_InDropInitiated},
    {MessageType::kDropPartyAcknowledge, kInCall, OnDropPartyAck_InAnyState},
    {MessageType::kDropPartyAcknowledge, P(PartyState::kDropInitiated),
     OnDropPartyAck_InDropInitiated},
};

struct RequestRow {
  UniRequest::Kind kind;
  uint32_t states;
  RequestProcedure procedure;
};
constexpr RequestRow kRequests[] = {
    {UniRequest::Kind::kProceeding, kSetupReceived, RequestProceeding_InSetupReceived},
    {UniRequest::Kind::kAlerting, U(6) | U(9) | N(1) | N(3), RequestAlerting_BeforeAlerting},
    {UniRequest::Kind::kConnect, U(6) | U(9) | U(7) | N(1) | N(3) | N(4),
     RequestConnect_BeforeConnect},
    {UniRequest::Kind::kSetupComplete, U(10) | N(8), RequestSetupComplete_AfterConnect},
    {UniRequest::Kind::kRelease, kSetupReceived, RequestRelease_InSetupReceived},
    {UniRequest::Kind::kRelease, kNotClearing & ~kSetupReceived, RequestRelease_InAnyState},
    {UniRequest::Kind::kRelease, Both(12), RequestRelease_InReleaseIndication},
    {UniRequest::Kind::kReleaseResponse, Both(12), RequestRelease_InReleaseIndication},
    {UniRequest::Kind::kReleaseResponse, Both(11), RequestReleaseResponse_InReleaseRequest},
    {UniRequest::Kind::kAddParty, U(4) | N(7) | Both(10), RequestAddParty},
    {UniRequest::Kind::kPartyAlerting, kPartyStates, RequestPartyAlerting},
    {UniRequest::Kind::kAddPartyAck, Both(10), RequestAddPartyAck},
    {UniRequest::Kind::kAddPartyReject, kPartyStates, RequestAddPartyReject},
    {UniRequest::Kind::kDropParty, kPartyStates, RequestDropParty},
    {UniRequest::Kind::kModify, Both(10), RequestModify_InActive},
    {UniRequest::Kind::kModifyAck, Both(14), RequestModifyAck_InModifyReceived},
    {UniRequest::Kind::kModifyReject, Both(14), RequestModifyReject_InModifyReceived},
    {UniRequest::Kind::kConnectionAvailable, Both(10), RequestConnectionAvailable_InActive},
    {UniRequest::Kind::kNotify, kNotClearing, RequestNotify_InAnyState},
    {UniRequest::Kind::kStatusEnquiry, kNotClearing, RequestStatusEnquiry_InAnyState},
};

// What the state alone does not say.
bool Fits(const UniCall& call, MessageType type) {
  if (IsPartyMessage(type)) {
    return call.is_multipoint() && (type != MessageType::kAddParty || !call.is_ours);
  }
  switch (type) {
    case MessageType::kConnectAcknowledge:  // Answers a CONNECT that we sent.
      return !call.is_ours;
    case MessageType::kModifyRequest:
      return !call.is_ours && !call.is_multipoint();
    case MessageType::kConnectionAvailable:
      return call.awaits_availability;
    default:
      return true;
  }
}

}  // namespace

bool IsUsed(MessageType type) {
  if (IsPartyMessage(type)) return true;
  for (const MessageRow& row : kMessages) {
    if (row.type == type) return true;
  }
  return false;
}

MessageProcedure FindProcedure(Role role, MessageType type, const UniCall& call) {
  if (!Fits(call, type)) return nullptr;
  if (IsPartyMessage(type)) {
    return Holds(kPartyStates, role, call.state) ? OnPartyMessage : nullptr;
  }
  for (const MessageRow& row : kMessages) {
    if (row.type == type && Holds(row.states, role, call.state)) return row.procedure;
  }
  return nullptr;
}

PartyProcedure FindPartyProcedure(MessageType type, PartyState state) {
  for (const PartyRow& row : kPartyMessages) {
    if (row.type == type && (row.states & P(state)) != 0) return row.procedure;
  }
  return nullptr;
}

RequestProcedure FindProcedure(Role role, UniRequest::Kind kind, UniState state) {
  for (const RequestRow& row : kRequests) {
    if (row.kind == kind && Holds(row.states, role, state)) return row.procedure;
  }
  return nullptr;
}

}  // namespace vcp::signaling
