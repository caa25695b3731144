// Parties of point-to-multipoint calls, what the peer says: Q.2971. The side that sent SETUP adds
// parties, both sides drop them. A call whose last party goes is released (9.3).
#include "signaling/uni_party.h"

#include <algorithm>

#include "signaling/uni_procedures.h"
#include "signaling/uni_status.h"

namespace vcp::signaling {

using wire::MessageType;
using Kind = UniIndication::Kind;

// --- life of a party -----------------------------------------------------------------------------

UniParty& InsertParty(UniCall& call, PartyId id, PartyState state) {
  const auto at = std::ranges::lower_bound(*call.parties, id, {}, &UniParty::id);
  return *call.parties->insert(at, {.id = id, .state = state});
}

void EraseParty(UniCore& link, UniCall& call, UniParty& party) {
  link.timers.Cancel(&party.timer);
  call.parties->erase(call.parties->begin() + (&party - call.parties->data()));
}

bool HasOtherParties(const UniCall& call, const UniParty* party) {
  return std::ranges::any_of(
      *call.parties, [&](const UniParty& other) { return &other != party && other.counts(); });
}

void IndicateParty(UniCore& link, Kind kind, const UniCall& call, const UniParty& party,
                   const wire::Cause& cause, const wire::Message* message) {
  link.Indicate(
      {.kind = kind, .call = call.handle, .party = party.id, .cause = cause, .message = message});
}

void SendPartyCause(UniCore& link, MessageType type, const UniCall& call, PartyId party,
                    const wire::Cause& cause, const wire::Message* elements) {
  wire::Message message = elements != nullptr ? *elements : wire::Message{};
  message.type = type;
  message.call = link.ReferenceOf(call);
  message.cause = {cause};
  message.endpoint = call.EndpointOf(party);
  link.Send(message);
}

void StartDrop(UniCore& link, UniCall& call, UniParty& party, const wire::Cause& cause,
               const wire::Message* elements) {
  SendPartyCause(link, MessageType::kDropParty, call, party.id, cause, elements);
  link.timers.Cancel(&party.timer);
  party.state = PartyState::kDropInitiated;
  party.timer = link.Arm(UniTimer::kT398, call.handle, party.id);
}

void DropByLink(UniCore& link, UniCall& call, UniParty& party, const wire::Cause& cause) {
  if (!HasOtherParties(call, &party)) return link.ClearCall(call, cause);
  const bool was_offered =
      party.state == PartyState::kAddReceived || party.state == PartyState::kAlertingReceived;
  const bool was_active = party.state == PartyState::kActive;
  party.end_indicated = true;
  IndicateParty(link, was_offered || was_active ? Kind::kDropParty : Kind::kAddPartyReject, call,
                party, cause, nullptr);
  StartDrop(link, call, party, cause, nullptr);
}

void LoseParty(UniCore& link, UniCall& call, UniParty& party, const wire::Cause& cause,
               const wire::Message* message) {
  switch (party.state) {
    case PartyState::kAddInitiated:
    case PartyState::kAlertingDelivered:
      IndicateParty(link, Kind::kAddPartyReject, call, party, cause, message);
      break;
    case PartyState::kAddReceived:
    case PartyState::kAlertingReceived:
    case PartyState::kActive:
      IndicateParty(link, Kind::kDropParty, call, party, cause, message);
      break;
    case PartyState::kDropInitiated:
      if (!party.end_indicated) {
        IndicateParty(link, Kind::kDropPartyAck, call, party, cause, message);
      }
      break;
    case PartyState::kDropReceived:
    case PartyState::kNull:
      break;
  }
  EraseParty(link, call, party);
  if (!HasOtherParties(call, nullptr)) link.ClearCall(call, cause);
}

void ClearInactiveParties(UniCore& link, UniCall& call) {
  const CallHandle handle = call.handle;
  for (size_t i = call.parties->size(); i > 0; --i) {
    UniParty& party = (*call.parties)[i - 1];
    if (party.state == PartyState::kActive) continue;
    LoseParty(link, call, party, link.LocalCause(CauseValue::kTemporaryFailure), nullptr);
    if (link.calls.Find(handle) == nullptr) return;
  }
}

// --- messages ------------------------------------------------------------------------------------

namespace {

// `endpoint` as the peer wrote it. Without a cause where the peer has said one.
void AcknowledgeDrop(UniCore& link, const UniCall& call, wire::EndpointReference endpoint,
                     uint8_t cause = 0) {
  wire::Message answer = link.NewMessage(MessageType::kDropPartyAcknowledge, call);
  if (cause != 0) answer.cause = {link.LocalCause(cause)};
  endpoint.to_allocator = !endpoint.to_allocator;
  answer.endpoint = endpoint;
  link.Send(answer);
}

// Q.2971 9.5.3.2: a party that does not exist is dropped over there too, unless it is gone there
// already.
void OnMessage_InNull(UniCore& link, UniCall& call, const wire::Message& message) {
  link.Count(UniCounter::kUnknownParty);
  if (message.type == MessageType::kAddPartyReject ||
      message.type == MessageType::kDropPartyAcknowledge) {
    return;
  }
  AcknowledgeDrop(link, call, *message.endpoint, CauseValue::kInvalidEndpoint);
}

}  // namespace

void OnPartyMessage(UniCore& link, UniCall& call, const UniReceived& received) {
  const wire::Message& message = received.message;
  const bool is_for_us = message.endpoint->to_allocator == call.is_ours;
  UniParty* party = is_for_us ? call.FindParty(message.endpoint->value) : nullptr;
  if (message.type == MessageType::kAddParty && is_for_us) {
    if (party != nullptr) return link.Count(UniCounter::kRepeatedSetup);
    return OnAddParty_InNull(link, call, received);
  }
  if (party == nullptr) return OnMessage_InNull(link, call, message);
  const PartyProcedure procedure = FindPartyProcedure(message.type, party->state);
  if (procedure != nullptr) return procedure(link, call, *party, received);
  link.Count(UniCounter::kUnexpected);
  SendPartyStatus(link, call, party->id, CauseValue::kNotCompatibleWithState,
                  {static_cast<uint8_t>(message.type)});
}

// Q.2971 9.5.7.2: an ADD PARTY that cannot be used is answered as one that is refused.
void RejectParty(UniCore& link, UniCall& call, const wire::Message& message,
                 const UniVerdict& verdict) {
  const PartyId id = message.endpoint->value;
  if (call.FindParty(id) != nullptr) return link.Count(UniCounter::kRepeatedSetup);
  SendPartyCause(link, MessageType::kAddPartyReject, call, id,
                 link.LocalCause(verdict.cause, verdict.diagnostics), nullptr);
}

namespace {

// S1. False: it has been refused or dropped.
bool Admit(UniCore& link, const UniCall& call, PartyId id) {
  using Verdict = SetupAdmission::Verdict;
  const Verdict verdict = link.admission.DecideParty(link.now_ns);
  if (verdict == Verdict::kAdmit) return true;
  if (verdict == Verdict::kDrop) {
    link.Count(UniCounter::kDroppedSetup);
    return false;
  }
  link.Count(UniCounter::kRefusedSetup);
  SendPartyCause(link, MessageType::kAddPartyReject, call, id,
                 link.LocalCause(CauseValue::kCongestion), nullptr);
  return false;
}

}  // namespace

// Q.2971 9.2.2, 9.2.3.
void OnAddParty_InNull(UniCore& link, UniCall& call, const UniReceived& received) {
  const PartyId id = received.message.endpoint->value;
  if (!Admit(link, call, id)) return;
  const auto pending = std::ranges::count_if(*call.parties, [](const UniParty& party) {
    return party.state == PartyState::kAddReceived || party.state == PartyState::kAlertingReceived;
  });
  if (pending >= kMaxPendingParties || call.parties->size() >= kMaxPartiesPerCall) {
    link.Count(UniCounter::kRefusedSetup);
    const uint8_t cause = pending >= kMaxPendingParties ? CauseValue::kTooManyAddParties
                                                        : CauseValue::kResourceUnavailable;
    return SendPartyCause(link, MessageType::kAddPartyReject, call, id, link.LocalCause(cause),
                          nullptr);
  }
  const UniParty& party = InsertParty(call, id, PartyState::kAddReceived);
  IndicateParty(link, Kind::kAddParty, call, party, {}, &received.message);
}

// Q.2971 9.2.1.
void OnPartyAlerting_InAddInitiated(UniCore& link, UniCall& call, UniParty& party,
                                    const UniReceived& received) {
  link.timers.Cancel(&party.timer);
  party.state = PartyState::kAlertingDelivered;
  party.timer = link.Arm(UniTimer::kT397, call.handle, party.id);
  IndicateParty(link, Kind::kPartyAlerting, call, party, {}, &received.message);
}

// Q.2971 9.2.1.
void OnAddPartyAck_BeforeActive(UniCore& link, UniCall& call, UniParty& party,
                                const UniReceived& received) {
  link.timers.Cancel(&party.timer);
  party.state = PartyState::kActive;
  IndicateParty(link, Kind::kAddPartyAck, call, party, {}, &received.message);
}

// Q.2971 9.2.1.
void OnAddPartyReject_BeforeActive(UniCore& link, UniCall& call, UniParty& party,
                                   const UniReceived& received) {
  LoseParty(link, call, party, received.message.cause[0], &received.message);
}

// Q.2971 9.3.3. Answered at once: the peer's T398 does not wait for a client here. But the call
// manager is told first, so that the leaf is cut off when the root has the answer (C80). The call
// goes with its last party.
void OnDropParty_InAnyState(UniCore& link, UniCall& call, UniParty& party,
                            const UniReceived& received) {
  const wire::Cause cause = link.CauseOf(received.message, CauseValue::kNormal);
  if (!HasOtherParties(call, &party)) return link.ClearCall(call, cause);
  LoseParty(link, call, party, cause, &received.message);
  AcknowledgeDrop(link, call, *received.message.endpoint);
}

// Q.2971 9.3.5: both sides dropped the party at the same time.
void OnDropParty_InDropInitiated(UniCore& link, UniCall& call, UniParty& party,
                                 const UniReceived& received) {
  LoseParty(link, call, party, link.CauseOf(received.message, CauseValue::kNormal),
            &received.message);
}

// Q.2971 9.3.2: as the first message that drops the party. Which it is only the party's state says,
// so that its cause, which is mandatory then, is looked for here (9.5.7.1).
void OnDropPartyAck_InAnyState(UniCore& link, UniCall& call, UniParty& party,
                               const UniReceived& received) {
  if (received.message.cause.empty()) {
    return SendPartyStatus(link, call, party.id, CauseValue::kMandatoryElementMissing,
                           {wire::ElementId(wire::Element::kCause)});
  }
  LoseParty(link, call, party, link.CauseOf(received.message, CauseValue::kNormal),
            &received.message);
}

// Q.2971 9.3.3.
void OnDropPartyAck_InDropInitiated(UniCore& link, UniCall& call, UniParty& party,
                                    const UniReceived& received) {
  LoseParty(link, call, party, link.CauseOf(received.message, CauseValue::kNormal),
            &received.message);
}

// --- time ----------------------------------------------------------------------------------------

// Q.2971 9.2.1.
void OnT397(UniCore& link, UniCall& call, UniParty& party) {
  DropByLink(link, call, party, link.LocalCause(CauseValue::kNoAnswer));
}

// Q.2971 9.3.3: as if the answer had come, and so that the peer knows.
void OnT398(UniCore& link, UniCall& call, UniParty& party) {
  const wire::Cause cause = link.TimerCause(UniTimer::kT398);
  SendPartyCause(link, MessageType::kDropPartyAcknowledge, call, party.id, cause, nullptr);
  LoseParty(link, call, party, cause, nullptr);
}

// Q.2971 9.2.1.
void OnT399(UniCore& link, UniCall& call, UniParty& party) {
  DropByLink(link, call, party, link.TimerCause(UniTimer::kT399));
}

}  // namespace vcp::signaling
