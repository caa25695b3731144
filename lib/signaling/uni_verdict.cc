#include "signaling/uni_verdict.h"

namespace vcp::signaling {

namespace {

using wire::ElementAction;
using wire::ElementError;
using wire::ElementErrorKind;
using wire::MessageAction;
using Action = UniVerdict::Action;

// What one error asks for, in the order in which it takes precedence.
enum class Demand : uint8_t {
  kMissing,
  kClear,
  kReportMessage,
  kDiscardMessage,
  kUnusable,
  kReport,
  kNothing,
};
constexpr Demand kDemandsByPrecedence[] = {
    Demand::kMissing,        Demand::kClear,    Demand::kReportMessage,
    Demand::kDiscardMessage, Demand::kUnusable, Demand::kReport,
};

Action ActionOf(Demand demand) {
  switch (demand) {
    case Demand::kMissing:
    case Demand::kUnusable:
      return Action::kUnusable;
    case Demand::kClear:
      return Action::kClear;
    case Demand::kReportMessage:
      return Action::kReport;
    case Demand::kDiscardMessage:
      return Action::kDiscard;
    case Demand::kReport:
    case Demand::kNothing:
      break;
  }
  return Action::kProcess;
}

// A mandatory element that may be discarded leaves nothing to process: the message's own
// instruction counts then.
Demand DemandOfMandatory(MessageAction action) {
  switch (action) {
    case MessageAction::kClearCall:
      return Demand::kClear;
    case MessageAction::kDiscard:
      return Demand::kDiscardMessage;
    case MessageAction::kDiscardAndReport:
      return Demand::kReportMessage;
    case MessageAction::kDefault:
      break;
  }
  return Demand::kUnusable;
}

Demand DemandOf(const wire::Message& message, const ElementError& error) {
  if (error.kind == ElementErrorKind::kDuplicate) return Demand::kNothing;
  if (error.kind == ElementErrorKind::kMissing) {
    // Q.2971 9.5.7.1: without an endpoint reference nobody can be told, so others come first.
    const bool last = message.type == wire::MessageType::kAddParty &&
                      error.element == wire::Element::kEndpointReference;
    return last ? Demand::kUnusable : Demand::kMissing;
  }
  switch (error.action) {
    case ElementAction::kClearCall:
      return Demand::kClear;
    case ElementAction::kDiscardMessageAndReport:
      return Demand::kReportMessage;
    case ElementAction::kDiscardMessage:
      return Demand::kDiscardMessage;
    case ElementAction::kDiscardElement:
      return error.mandatory ? DemandOfMandatory(message.action) : Demand::kNothing;
    case ElementAction::kDiscardElementAndReport:
      return error.mandatory ? DemandOfMandatory(message.action) : Demand::kReport;
    case ElementAction::kDefault:
      break;
  }
  return error.mandatory ? Demand::kUnusable : Demand::kReport;
}

uint8_t CauseOf(const ElementError& error, Demand demand) {
  if (error.kind == ElementErrorKind::kMissing) return CauseValue::kMandatoryElementMissing;
  if (error.kind == ElementErrorKind::kUnrecognised) return CauseValue::kUnknownElement;
  // The network has no say in what is between the two users.
  const bool is_users = error.access && demand == Demand::kReport;
  return is_users ? CauseValue::kAccessInformationDiscarded : CauseValue::kInvalidElement;
}

// Elements that are missing weigh more than unknown ones, those more than bad ones.
constexpr uint8_t kCausesByPrecedence[] = {CauseValue::kMandatoryElementMissing,
                                           CauseValue::kUnknownElement, CauseValue::kInvalidElement,
                                           CauseValue::kAccessInformationDiscarded};

}  // namespace

UniVerdict Judge(const wire::Message& message, const wire::ParseReport& report) {
  UniVerdict verdict;
  if (report.errors.empty()) return verdict;
  for (Demand demand : kDemandsByPrecedence) {
    for (uint8_t cause : kCausesByPrecedence) {
      for (const ElementError& error : report.errors) {
        if (DemandOf(message, error) != demand || CauseOf(error, demand) != cause) continue;
        verdict.action = ActionOf(demand);
        verdict.cause = cause;
        if (!verdict.diagnostics.Append(error.id)) break;
      }
      if (verdict.cause != 0) return verdict;
    }
  }
  return verdict;
}

}  // namespace vcp::signaling
