// Ending calls: Q.2931 5.4.
#include "signaling/uni_procedures.h"
#include "signaling/uni_status.h"

namespace vcp::signaling {

using wire::MessageType;
using Kind = UniIndication::Kind;

// Q.2931 5.4.3, 5.4.4. The answer waits until the VC is down: then the peer may use its connection
// for another call. What was wrong with the RELEASE is said in it (5.6.7).
void OnRelease_InAnyState(UniCore& link, UniCall& call, const UniReceived& received) {
  link.Enter(call, UniState::kReleaseIndication);
  link.StopTimers(call);
  call.retained = {};
  if (received.verdict.cause != 0) {
    wire::Message answer = link.NewMessage(MessageType::kReleaseComplete, call);
    answer.cause = {link.LocalCause(received.verdict.cause, received.verdict.diagnostics)};
    link.Compose(answer, &call.retained);
  }
  link.IndicateEnd(call, link.CauseOf(received.message, CauseValue::kNormal), &received.message);
}

// Q.2931 5.4.5: both sides released the call at the same time.
void OnRelease_InReleaseRequest(UniCore& link, UniCall& call, const UniReceived& received) {
  link.EndCall(call, link.CauseOf(received.message, CauseValue::kNormal), /*peer_knows=*/true,
               &received.message);
}

// The peer's T308: the answer will come.
void OnRelease_InReleaseIndication(UniCore&, UniCall&, const UniReceived&) {}

// Q.2931 5.4.3, 5.4.4; 5.6.7.1: without a cause it is a normal one. A peer that refused a SETUP may
// take its repetition, which is on the way, for another call, though the call was released since.
void OnReleaseComplete_InAnyState(UniCore& link, UniCall& call, const UniReceived& received) {
  link.EndCall(call, link.CauseOf(received.message, CauseValue::kNormal),
               /*peer_knows=*/!call.repeated_unheard, &received.message);
}

// Q.2931 5.1.9 (N1), 5.2.5.3 (U6): refused before any other response.
UniReply RequestRelease_InSetupReceived(UniCore& link, UniCall& call, const UniRequest& request) {
  wire::Message answer = request.elements != nullptr ? *request.elements : wire::Message{};
  answer.type = MessageType::kReleaseComplete;
  answer.call = link.ReferenceOf(call);
  answer.cause = {request.cause};
  if (link.is_up() && !link.Send(answer)) return {Status::kInvalidLength};
  call.release_requested = true;
  link.EndCall(call, request.cause, /*peer_knows=*/link.is_up());
  return {};
}

// Q.2931 5.4.3 (U), 5.4.4 (N).
UniReply RequestRelease_InAnyState(UniCore& link, UniCall& call, const UniRequest& request) {
  call.release_requested = true;
  link.StartRelease(call, request.cause, request.elements);
  return {};
}

UniReply RequestRelease_InReleaseIndication(UniCore& link, UniCall& call, const UniRequest&) {
  if (call.retained.empty()) {
    link.SendEmpty(MessageType::kReleaseComplete, call);
  } else {
    link.Send(call.retained);
  }
  link.EndCall(call, {}, /*peer_knows=*/true);
  return {};
}

// Call control released the call by itself; the peer's answer is all that is missing.
UniReply RequestReleaseResponse_InReleaseRequest(UniCore&, UniCall&, const UniRequest&) {
  return {};
}

// Q.2931 5.4.3, 5.4.4.
void OnT308(UniCore& link, UniCall& call) {
  if (call.transmissions < kMaxTransmissions) {
    ++call.transmissions;
    call.timer = link.Arm(UniTimer::kT308, call.handle);
    return link.Send(call.retained);
  }
  link.EndCall(call, link.TimerCause(UniTimer::kT308), /*peer_knows=*/false);
}

}  // namespace vcp::signaling
