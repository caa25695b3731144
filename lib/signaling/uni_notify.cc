// NOTIFY: Q.2931 5.9.
#include "signaling/uni_procedures.h"

namespace vcp::signaling {

void OnNotify_InAnyState(UniCore& link, UniCall& call, const UniReceived& received) {
  const wire::Message& message = received.message;
  const PartyId party = message.endpoint ? message.endpoint->value : 0;
  link.Indicate({.kind = UniIndication::Kind::kNotify,
                 .call = call.handle,
                 .party = party,
                 .message = &message});
}

UniReply RequestNotify_InAnyState(UniCore& link, UniCall& call, const UniRequest& request) {
  if (request.elements == nullptr || !request.elements->notification) {
    return {Status::kInvalidData};
  }
  if (call.is_multipoint() && call.FindParty(request.party) == nullptr) {
    return {Status::kInvalidHandle};
  }
  wire::Message message = *request.elements;
  message.type = wire::MessageType::kNotify;
  message.call = link.ReferenceOf(call);
  message.endpoint.reset();
  if (call.is_multipoint()) message.endpoint = call.EndpointOf(request.party);
  return {link.Send(message) ? Status::kSuccess : Status::kInvalidLength};
}

}  // namespace vcp::signaling
