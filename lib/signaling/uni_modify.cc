// Changing the traffic of an active point-to-point call, in two phases: Q.2963.1. The side that
// sent SETUP asks, with its resources for the new contract kept already; the other one keeps its
// own and acknowledges; it may wait to send faster until the asking side has committed.
#include "signaling/uni_procedures.h"

namespace vcp::signaling {

using wire::MessageType;
using Kind = UniIndication::Kind;

namespace {

// The call manager's elements in a message of this type.
bool SendModify(UniCore& link, const UniCall& call, MessageType type, const UniRequest& request,
                bool asks_confirmation = false) {
  wire::Message message = request.elements != nullptr ? *request.elements : wire::Message{};
  message.type = type;
  message.call = link.ReferenceOf(call);
  message.report_type.reset();
  if (asks_confirmation) message.report_type.emplace();  // Modification confirmation.
  return link.Send(message);
}

// T361, or what stands for CONNECTION AVAILABLE.
void Commit(UniCore& link, UniCall& call, const wire::Message* message) {
  call.awaits_availability = false;
  link.timers.Cancel(&call.modify_timer);
  link.Indicate(Kind::kConnectionAvailable, call, message);
}

}  // namespace

// Q.2963.1 9.2. Only whom SETUP came from may ask, and only for a point-to-point call.
void OnModifyRequest_InActive(UniCore& link, UniCall& call, const UniReceived& received) {
  // The peer would not ask if the call, or the last change, were not in force over there.
  if (call.awaits_connect_ack) CompleteSetup(link, call);
  if (call.awaits_availability) Commit(link, call, nullptr);
  link.Enter(call, UniState::kModifyReceived);
  link.Indicate(Kind::kModify, call, &received.message);
}

// Q.2963.1 9.1.
void OnModifyAck_InModifyRequest(UniCore& link, UniCall& call, const UniReceived& received) {
  link.timers.Cancel(&call.modify_timer);
  link.Enter(call, UniState::kActive);
  const std::optional<wire::ReportType>& report = received.message.report_type;
  call.owes_availability =
      report && report->type == wire::ReportType::Type::kModificationConfirmation;
  link.Indicate({.kind = Kind::kModifyAck,
                 .call = call.handle,
                 .confirm = call.owes_availability,
                 .message = &received.message});
}

// Q.2963.1 9.1: the old contract stands.
void OnModifyReject_InModifyRequest(UniCore& link, UniCall& call, const UniReceived& received) {
  link.timers.Cancel(&call.modify_timer);
  link.Enter(call, UniState::kActive);
  link.Indicate({.kind = Kind::kModifyReject,
                 .call = call.handle,
                 .cause = received.message.cause[0],
                 .message = &received.message});
}

// Q.2963.1 9.2.
void OnConnectionAvailable_InActive(UniCore& link, UniCall& call, const UniReceived& received) {
  Commit(link, call, &received.message);
}

// Q.2963.1 9.1.
UniReply RequestModify_InActive(UniCore& link, UniCall& call, const UniRequest& request) {
  if (!call.is_ours || call.is_multipoint() || call.owes_availability || call.owes_connect_ack) {
    return {Status::kInvalidState};
  }
  if (request.elements == nullptr || !request.elements->traffic) return {Status::kInvalidData};
  if (!SendModify(link, call, MessageType::kModifyRequest, request)) {
    return {Status::kInvalidLength};
  }
  link.Enter(call, UniState::kModifyRequest);
  call.modify_timer = link.Arm(UniTimer::kT360, call.handle);
  return {};
}

// Q.2963.1 9.2.
UniReply RequestModifyAck_InModifyReceived(UniCore& link, UniCall& call,
                                           const UniRequest& request) {
  if (!SendModify(link, call, MessageType::kModifyAcknowledge, request, request.confirm)) {
    return {Status::kInvalidLength};
  }
  link.Enter(call, UniState::kActive);
  call.awaits_availability = request.confirm;
  if (request.confirm) call.modify_timer = link.Arm(UniTimer::kT361, call.handle);
  return {};
}

// Q.2963.1 9.2.
UniReply RequestModifyReject_InModifyReceived(UniCore& link, UniCall& call,
                                              const UniRequest& request) {
  link.SendCause(MessageType::kModifyReject, link.ReferenceOf(call), request.cause);
  link.Enter(call, UniState::kActive);
  return {};
}

// Q.2963.1 9.1.
UniReply RequestConnectionAvailable_InActive(UniCore& link, UniCall& call,
                                             const UniRequest& request) {
  if (!call.owes_availability) return {Status::kInvalidState};
  if (!SendModify(link, call, MessageType::kConnectionAvailable, request)) {
    return {Status::kInvalidLength};
  }
  call.owes_availability = false;
  return {};
}

// Q.2963.1 10: nobody knows which contract the other side keeps.
void OnT360(UniCore& link, UniCall& call) {
  link.ClearCall(call, link.TimerCause(UniTimer::kT360));
}

// Q.2963.1 10.
void OnT361(UniCore& link, UniCall& call) { Commit(link, call, nullptr); }

}  // namespace vcp::signaling
