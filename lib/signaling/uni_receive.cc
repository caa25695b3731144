// What becomes of a message before its procedure: the error procedures of Q.2931 5.6 and 5.7 and
// Q.2971 9.5, in their order.
#include "signaling/uni_party.h"
#include "signaling/uni_procedures.h"
#include "signaling/uni_status.h"

namespace vcp::signaling {

using wire::CallReference;
using wire::MessageType;
using wire::MessageView;
using Action = UniVerdict::Action;

namespace {

using Octets = std::span<const uint8_t>;

CallReference ReplyTo(CallReference reference) {
  return {.to_allocator = !reference.to_allocator, .value = reference.value};
}

// --- the global call reference (5.6.3.2) ---------------------------------------------------------

void OnBadGlobal(UniCore& link, const MessageView& view) {
  link.Count(UniCounter::kBadGlobal);
  const UniRestart& restart = view.call().to_allocator ? link.our_restart : link.their_restart;
  SendStatus(link, ReplyTo(view.call()), static_cast<uint8_t>(restart.state),
             CauseValue::kInvalidCallReference);
}

void ReceiveGlobalStatus(UniCore& link, const MessageView& view, Octets octets) {
  link.Count(UniCounter::kStatusReports);
  UniVerdict verdict;
  const wire::Message& message = link.Parse(octets, {}, &verdict);
  if (view.call().to_allocator && message.call_state && !message.cause.empty()) {
    OnRestartStatus(link, {message, verdict});
  }
}

void ReceiveGlobal(UniCore& link, const MessageView& view, Octets octets) {
  if (view.type() == MessageType::kStatus) return ReceiveGlobalStatus(link, view, octets);
  const bool is_restart = view.type() == MessageType::kRestart && !view.call().to_allocator;
  const bool is_ack = view.type() == MessageType::kRestartAcknowledge && view.call().to_allocator;
  if (!is_restart && !is_ack) return OnBadGlobal(link, view);
  UniVerdict verdict;
  const wire::Message& message = link.Parse(octets, {}, &verdict);
  const UniRestart& restart = is_ack ? link.our_restart : link.their_restart;
  auto report = [&] {
    SendStatus(link, ReplyTo(view.call()), static_cast<uint8_t>(restart.state), verdict.cause,
               verdict.diagnostics);
  };
  if (verdict.action == Action::kDiscard) return;
  if (verdict.action != Action::kProcess) return report();
  if (is_restart) {
    OnRestart(link, {message, verdict});
  } else {
    OnRestartAck(link, {message, verdict});
  }
  if (verdict.cause != 0) report();
}

// --- a call that does not exist (5.6.3.2) --------------------------------------------------------

void OnStatus_InNull(UniCore& link, const MessageView& view, Octets octets) {
  UniVerdict verdict;
  const wire::Message& message = link.Parse(octets, {}, &verdict);
  if (!message.call_state || message.call_state->state == 0) return;
  link.SendCause(
      MessageType::kReleaseComplete, ReplyTo(view.call()),
      link.LocalCause(CauseValue::kNotCompatibleWithState, {static_cast<uint8_t>(view.type())}));
}

void ReceiveInNull(UniCore& link, const MessageView& view, Octets octets) {
  if (view.type() == MessageType::kSetup && !view.call().to_allocator) {
    return OnSetup_InNull(link, view, octets);
  }
  link.Count(UniCounter::kUnknownCall);
  switch (view.type()) {
    case MessageType::kSetup:
    case MessageType::kReleaseComplete:
      return;
    case MessageType::kStatus:
      return OnStatus_InNull(link, view, octets);
    case MessageType::kStatusEnquiry:
      return SendStatus(link, ReplyTo(view.call()), 0, CauseValue::kStatusEnquiryResponse);
    default:
      return link.SendRefusal(ReplyTo(view.call()), CauseValue::kInvalidCallReference);
  }
}

// --- a message that is not used, or not now (5.6.4, 5.7.1) ---------------------------------------

void OnUnfit(UniCore& link, UniCall& call, const MessageView& view, uint8_t cause) {
  const Diagnostics diagnostics{static_cast<uint8_t>(view.type())};
  switch (view.action()) {
    case wire::MessageAction::kDiscard:
      return;
    case wire::MessageAction::kClearCall:
      return link.ClearCall(call, link.LocalCause(cause, diagnostics));
    case wire::MessageAction::kDiscardAndReport:
    case wire::MessageAction::kDefault:
      return SendStatus(link, call, cause, diagnostics);
  }
}

// --- elements (5.6.5 to 5.6.8, 5.7.2; Q.2971 9.5.7) ----------------------------------------------

bool IsPartyMessage(MessageType type) {
  return type >= MessageType::kAddParty && type <= MessageType::kPartyAlerting;
}

// Whether a message is about a party that its call has; not asked for messages about parties.
bool HasGoodEndpoint(UniCall& call, const wire::Message& message) {
  switch (message.type) {
    case MessageType::kCallProceeding:
    case MessageType::kAlerting:
    case MessageType::kConnect:
      return !call.is_multipoint() || (message.endpoint->to_allocator == call.is_ours &&
                                       call.FindParty(message.endpoint->value) != nullptr);
    default:
      return true;
  }
}

wire::MandatoryContext ContextOf(const UniCore& link, const UniCall& call, MessageType type) {
  const bool is_party = type == MessageType::kDropPartyAcknowledge;
  return {.towards_user = link.is_user(),
          .connection_expected = call.is_ours && !call.has_connection,
          .party_call = call.is_multipoint(),
          .first_clearing = !is_party && call.state != UniState::kReleaseRequest};
}

void ReportFor(UniCore& link, UniCall& call, const wire::Message& message, uint8_t cause,
               const Diagnostics& diagnostics) {
  if (message.type == MessageType::kStatus) return;  // Or two sides could do this for ever.
  if (IsPartyMessage(message.type) && message.endpoint) {
    return SendPartyStatus(link, call, message.endpoint->value, cause, diagnostics);
  }
  SendStatus(link, call, cause, diagnostics);
}

// What is wrong with a message about a party ends the party, not the call.
void ClearFor(UniCore& link, UniCall& call, const wire::Message& message,
              const UniVerdict& verdict) {
  const wire::Cause cause = link.LocalCause(verdict.cause, verdict.diagnostics);
  if (!IsPartyMessage(message.type)) return link.ClearCall(call, cause);
  UniParty* party = message.endpoint ? call.FindParty(message.endpoint->value) : nullptr;
  if (party != nullptr && party->counts()) DropByLink(link, call, *party, cause);
}

// A message that cannot be processed.
void OnUnusable(UniCore& link, UniCall& call, const wire::Message& message,
                const UniVerdict& verdict) {
  if (verdict.action == Action::kDiscard) return;
  if (verdict.action == Action::kReport) {
    return ReportFor(link, call, message, verdict.cause, verdict.diagnostics);
  }
  if (message.type == MessageType::kAddParty && message.endpoint &&
      !message.endpoint->to_allocator) {
    return RejectParty(link, call, message, verdict);
  }
  if (verdict.action == Action::kClear) return ClearFor(link, call, message, verdict);
  ReportFor(link, call, message, verdict.cause, verdict.diagnostics);
}

bool AlwaysActs(MessageType type) {
  return type == MessageType::kRelease || type == MessageType::kReleaseComplete;
}

void Process(UniCore& link, UniCall& call, MessageProcedure procedure, const MessageView& view,
             Octets octets) {
  UniVerdict verdict;
  const wire::Message& message = link.Parse(octets, ContextOf(link, call, view.type()), &verdict);
  if (AlwaysActs(view.type())) return procedure(link, call, {message, verdict});
  if (verdict.action != Action::kProcess) return OnUnusable(link, call, message, verdict);
  if (!HasGoodEndpoint(call, message)) {
    link.Count(UniCounter::kUnknownParty);
    return SendStatus(link, call, CauseValue::kInvalidElement,
                      {wire::ElementId(wire::Element::kEndpointReference)});
  }
  const CallHandle handle = call.handle;
  procedure(link, call, {message, verdict});
  UniCall* after = link.calls.Find(handle);
  if (verdict.cause == 0 || after == nullptr) return;
  ReportFor(link, *after, message, verdict.cause, verdict.diagnostics);
}

}  // namespace

void ReceiveMessage(UniCore& link, Octets octets) {
  link.Count(UniCounter::kMessagesIn);
  if (!link.is_up()) return link.Count(UniCounter::kWhileDown);
  MessageView view;
  if (MessageView::Parse(octets, &view) != wire::HeaderError::kNone ||
      view.call().value == CallReference::kDummy) {
    return link.Count(UniCounter::kBadHeader);
  }
  if (view.call().value == CallReference::kGlobal) return ReceiveGlobal(link, view, octets);
  UniCall* call = link.calls.Find(view.call());
  if (call == nullptr) return ReceiveInNull(link, view, octets);
  if (view.type() == MessageType::kSetup) return link.Count(UniCounter::kRepeatedSetup);
  if (!IsUsed(view.type())) {
    link.Count(UniCounter::kUnknownType);
    return OnUnfit(link, *call, view, CauseValue::kUnknownMessageType);
  }
  const MessageProcedure procedure = FindProcedure(link.config.role, view.type(), *call);
  if (procedure == nullptr) {
    link.Count(UniCounter::kUnexpected);
    return OnUnfit(link, *call, view, CauseValue::kNotCompatibleWithState);
  }
  Process(link, *call, procedure, view, octets);
}

}  // namespace vcp::signaling
