// Other parameters for a call that is there: asked for by the client, or by the other side
// (environment section 6).
#include <utility>

#include "circuit/state.h"

namespace vcp::circuit {

namespace {

bool HasSameFlows(const CallParameters& one, const CallParameters& other) {
  if (!one.call_manager || !other.call_manager) return !one.call_manager && !other.call_manager;
  return one.call_manager->transmit == other.call_manager->transmit &&
         one.call_manager->receive == other.call_manager->receive;
}

}  // namespace

Status Switchboard::ModifyCallQoS(VcHandle handle, CallParameters* params) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (State::IsEnding(*vc)) return Status::kClosing;
  const bool offered = vc->call == CallState::kOffered;  // C88
  if ((!offered && vc->call != CallState::kConnected) || vc->modifying ||
      state_->IsClientBusy(*vc)) {
    return Status::kInvalidState;
  }
  const Status valid = ValidateCall(*params);
  if (valid != Status::kSuccess) return valid;
  if (offered && vc->offer_changes++ == kMaxChangesPerOffer) {  // C85
    vc->offer_changes = kMaxChangesPerOffer;
    return Status::kResources;
  }
  vc->modifying = true;
  CallParameters wanted = *params;
  const Status status = vc->call_manager->OnModifyCallQoS(vc->cm_vc, &wanted);
  if (status == Status::kPending) return status;
  vc = state_->FindUsable(handle);
  if (vc == nullptr || !vc->modifying) return Status::kPending;
  const Status outcome = State::EndModifying(vc, status, wanted);
  *params = vc->params;
  return outcome;
}

// What the VC has now is in its `params` then.
Status Switchboard::State::EndModifying(Vc* vc, Status status, const CallParameters& params) {
  if (status == Status::kSuccess && vc->call != CallState::kOffered &&
      vc->state != VcState::kActive) {
    status = Status::kFailure;  // C81: the miniport has not agreed.
  }
  vc->modifying = false;
  if (status == Status::kSuccess) vc->params = params;
  return status;
}

void Switchboard::ModifyCallQoSComplete(Status status, VcHandle handle,
                                        const CallParameters& params, const Cause& cause) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr || !vc->modifying || status == Status::kPending) return;
  const Status outcome = State::EndModifying(vc, status, params);
  const CallParameters now = vc->params;
  state_->ClientOf(*vc)->OnModifyCallQoSComplete(outcome, vc->client_vc, now, cause);
}

void Switchboard::State::AbortModifying(VcHandle handle) {
  Vc* vc = FindUsable(handle);
  if (vc == nullptr || !std::exchange(vc->modifying, false)) return;
  const CallParameters now = vc->params;
  ClientOf(*vc)->OnModifyCallQoSComplete(Status::kRequestAborted, vc->client_vc, now, {});
}

Status Switchboard::DispatchIncomingCallQoSChange(VcHandle handle, const CallParameters& params) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (State::IsEnding(*vc)) return Status::kClosing;
  if (vc->call != CallState::kConnected || vc->modifying) return Status::kInvalidState;
  if (vc->state != VcState::kActive || !HasSameFlows(params, vc->params)) {
    return Status::kInvalidState;  // C86
  }
  const Status bounds = ValidateBounds(params);
  if (bounds != Status::kSuccess) return bounds;
  const CallParameters now = params;
  vc->params = now;
  state_->ClientOf(*vc)->OnIncomingCallQoSChange(vc->client_vc, now);
  return Status::kSuccess;
}

}  // namespace vcp::circuit
