#include "signaling/uni_status.h"

#include "signaling/uni_party.h"
#include "signaling/uni_procedures.h"

namespace vcp::signaling {

using wire::MessageType;
using Kind = UniIndication::Kind;

// --- telling -------------------------------------------------------------------------------------

void SendStatus(UniCore& link, wire::CallReference reference, uint8_t state, uint8_t cause,
                const Diagnostics& diagnostics) {
  wire::Message status;
  status.type = MessageType::kStatus;
  status.call = reference;
  status.cause = {link.LocalCause(cause, diagnostics)};
  status.call_state = wire::CallState{state};
  link.Send(status);
}

void SendStatus(UniCore& link, const UniCall& call, uint8_t cause, const Diagnostics& diagnostics) {
  SendStatus(link, link.ReferenceOf(call), static_cast<uint8_t>(call.state), cause, diagnostics);
}

void SendPartyStatus(UniCore& link, UniCall& call, PartyId party, uint8_t cause,
                     const Diagnostics& diagnostics) {
  const UniParty* found = call.FindParty(party);
  wire::Message status = link.NewMessage(MessageType::kStatus, call);
  status.cause = {link.LocalCause(cause, diagnostics)};
  status.call_state = wire::CallState{static_cast<uint8_t>(call.state)};
  status.endpoint = call.EndpointOf(party);
  status.endpoint_state = wire::EndpointState{
      static_cast<uint8_t>(found == nullptr ? PartyState::kNull : found->state)};
  link.Send(status);
}

// Q.2931 5.6.11, Q.2971 9.5.9.
void OnStatusEnquiry_InAnyState(UniCore& link, UniCall& call, const UniReceived& received) {
  if (!received.message.endpoint) {
    return SendStatus(link, call, CauseValue::kStatusEnquiryResponse);
  }
  SendPartyStatus(link, call, received.message.endpoint->value, CauseValue::kStatusEnquiryResponse);
}

// --- asking --------------------------------------------------------------------------------------

namespace {

void SendEnquiry(UniCore& link, const UniCall& call) {
  if (!call.enquires_party) return link.SendEmpty(MessageType::kStatusEnquiry, call);
  wire::Message enquiry = link.NewMessage(MessageType::kStatusEnquiry, call);
  enquiry.endpoint = call.EndpointOf(call.enquired_party);
  link.Send(enquiry);
}

void Enquire(UniCore& link, UniCall& call) {
  if (call.enquiries == 0) ++link.enquiries_outstanding;
  call.enquiries = 1;
  link.timers.Cancel(&call.enquiry_timer);
  call.enquiry_timer = link.Arm(UniTimer::kT322, call.handle);
  SendEnquiry(link, call);
}

// The active party after those that were asked for. False when there is none.
bool EnquireNextParty(UniCore& link, UniCall& call) {
  if (!call.audits_parties) return false;
  for (const UniParty& party : *call.parties) {
    const bool was_asked = call.enquires_party && party.id <= call.enquired_party;
    if (was_asked || party.state != PartyState::kActive) continue;
    call.enquires_party = true;
    call.enquired_party = party.id;
    Enquire(link, call);
    return true;
  }
  return false;
}

}  // namespace

// An enquiry that waits for its answer already is the same one.
UniReply RequestStatusEnquiry_InAnyState(UniCore& link, UniCall& call, const UniRequest&) {
  if (call.enquiry_timer == TimerSlot::kNone) Enquire(link, call);
  return {};
}

void StopEnquiry(UniCore& link, UniCall& call) {
  if (call.enquiries == 0) return;
  link.timers.Cancel(&call.enquiry_timer);
  call.enquiries = 0;
  call.audits_parties = call.enquires_party = false;
  --link.enquiries_outstanding;
  ContinueAudit(link);
}

// Q.2931 5.6.11.
void OnT322(UniCore& link, UniCall& call) {
  if (call.enquiries < kMaxTransmissions) {
    ++call.enquiries;
    call.enquiry_timer = link.Arm(UniTimer::kT322, call.handle);
    return SendEnquiry(link, call);
  }
  link.ClearCall(call, link.LocalCause(CauseValue::kTemporaryFailure));
}

void StartAudit(UniCore& link) {
  link.audit_index = 0;
  ContinueAudit(link);
}

void ContinueAudit(UniCore& link) {
  while (link.audit_index && link.enquiries_outstanding < kMaxStatusEnquiries) {
    UniCall* call = link.calls.FindFrom(*link.audit_index);
    if (call == nullptr) {
      link.audit_index.reset();
      return;
    }
    link.audit_index = call->handle.index() + 1;
    if (!IsActive(call->state) || call->enquiries != 0) continue;
    call->audits_parties = call->is_multipoint();
    Enquire(link, *call);
  }
}

// --- comparing -----------------------------------------------------------------------------------

bool AreCompatible(UniState ours, uint8_t peer, bool answers_enquiry) {
  auto is_calling = [](uint8_t state) { return state == 1 || state == 3 || state == 4; };
  auto is_called = [](uint8_t state) { return state >= 6 && state <= 9; };
  auto is_active = [](uint8_t state) { return IsActive(static_cast<UniState>(state)); };
  const auto own = static_cast<uint8_t>(ours);
  // Its RELEASE is on the way, or ours is. But it came before an answer, unless a reset of the SAAL
  // has lost it.
  if (peer == 11 || peer == 12) return !answers_enquiry || !is_active(own);
  if (is_active(own)) {
    return is_active(peer) || (!answers_enquiry && (is_calling(peer) || is_called(peer)));
  }
  if (is_calling(own)) return is_calling(peer) || is_active(peer);
  return is_called(peer) || is_active(peer);
}

namespace {

bool ReportsError(uint8_t cause) {
  return cause >= CauseValue::kMandatoryElementMissing &&
         cause <= CauseValue::kNotCompatibleWithState;
}

// Q.2971 9.5.9: what the peer says of one party. A party that it does not have any more is over;
// other disagreements are between the two ends of the party.
void TakePartyStatus(UniCore& link, UniCall& call, const UniReceived& received) {
  const wire::Message& message = received.message;
  const PartyId id = message.endpoint->value;
  UniParty* party = call.FindParty(id);
  if (party == nullptr || !message.endpoint_state || message.endpoint_state->state != 0) return;
  const bool says_why = message.cause[0].value != CauseValue::kStatusEnquiryResponse;
  LoseParty(link, call, *party,
            says_why ? message.cause[0] : link.LocalCause(CauseValue::kTemporaryFailure), &message);
}

}  // namespace

// Q.2931 5.6.12. A STATUS is never answered with another one.
void OnStatus_InAnyState(UniCore& link, UniCall& call, const UniReceived& received) {
  const wire::Message& message = received.message;
  const wire::Cause& cause = message.cause[0];
  const uint8_t peer = message.call_state->state;
  const bool answers = cause.value == CauseValue::kStatusEnquiryResponse && call.enquiries != 0;
  if (answers && !EnquireNextParty(link, call)) StopEnquiry(link, call);
  if (ReportsError(cause.value)) link.Count(UniCounter::kStatusReports);
  if (peer == 0) {
    const bool says_why = cause.value != CauseValue::kStatusEnquiryResponse;
    return link.EndCall(call, says_why ? cause : link.LocalCause(CauseValue::kTemporaryFailure),
                        /*peer_knows=*/true, &message);
  }
  if (call.state == UniState::kReleaseRequest || call.state == UniState::kReleaseIndication) return;
  if (!AreCompatible(call.state, peer, answers)) {
    link.Count(UniCounter::kIncompatibleStates);
    return link.ClearCall(call, link.LocalCause(CauseValue::kNotCompatibleWithState,
                                                {static_cast<uint8_t>(message.type)}));
  }
  link.Indicate({.kind = Kind::kStatus,
                 .call = call.handle,
                 .party = message.endpoint ? message.endpoint->value : PartyId{0},
                 .peer_state = static_cast<UniState>(peer),
                 .cause = cause,
                 .message = &message});
  if (message.endpoint && call.is_multipoint()) TakePartyStatus(link, call, received);
}

}  // namespace vcp::signaling
