// Calls: one at a time on a VC, made or taken, and closed from either side (environment section 4).
#include <utility>

#include "circuit/state.h"

namespace vcp::circuit {

void Switchboard::State::SetCall(Vc* vc, CallState call) {
  Af* af = afs.Find(vc->af);
  if (vc->call == CallState::kNone && call != CallState::kNone) ++af->calls;
  if (vc->call != CallState::kNone && call == CallState::kNone) --af->calls;
  vc->call = call;
}

// --- outgoing -----------------------------------------------------------------------------------

Status Switchboard::MakeCall(VcHandle handle, CallParameters* params) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (!vc->made_by_client) return Status::kNotAccepted;
  if (vc->call == CallState::kClosing) return Status::kClosing;
  if (vc->call != CallState::kNone || vc->state != VcState::kInactive || vc->must_delete ||
      state_->IsClientBusy(*vc)) {
    return Status::kInvalidState;
  }
  const Status valid = ValidateCall(*params);
  if (valid != Status::kSuccess) return valid;
  state_->SetCall(vc, CallState::kMaking);
  vc->making = true;
  vc->remote_closed = false;
  CallParameters wanted = *params;
  Context cm_party = 0;
  const Status status = vc->call_manager->OnMakeCall(vc->cm_vc, &wanted, {}, &cm_party);
  if (status == Status::kPending) return status;
  vc = state_->FindUsable(handle);
  if (vc == nullptr || !vc->making) return Status::kPending;
  const Status outcome = state_->EndMaking(vc, status, wanted);
  if (outcome == Status::kSuccess) *params = std::move(wanted);
  return outcome;
}

Status Switchboard::State::EndMaking(Vc* vc, Status status, const CallParameters& params) {
  if (status == Status::kSuccess && vc->state != VcState::kActive)
    status = Status::kFailure;  // C50
  vc->making = false;
  const bool success = status == Status::kSuccess;
  if (success) vc->params = params;
  const CallState next = success ? CallState::kConnected : CallState::kNone;
  if (vc->call == CallState::kClosing) {
    vc->call_before_close = next;
  } else {
    SetCall(vc, next);
  }
  return status;
}

void Switchboard::MakeCallComplete(Status status, VcHandle handle, const CallParameters& params) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr || !vc->making || status == Status::kPending) return;
  const Status outcome = state_->EndMaking(vc, status, params);
  state_->ClientOf(*vc)->OnMakeCallComplete(outcome, vc->client_vc, {}, params);
}

// --- incoming -----------------------------------------------------------------------------------

Status Switchboard::DispatchIncomingCall(SapHandle sap_handle, VcHandle handle,
                                         CallParameters* params) {
  const SapEntry* sap = state_->saps.Find(sap_handle);
  Vc* vc = state_->FindUsable(handle);
  if (sap == nullptr || vc == nullptr) return Status::kInvalidHandle;   // C57
  if (sap->state == SapState::kDeregistering) return Status::kClosing;  // C27
  if (vc->made_by_client || vc->af != sap->af) return Status::kNotAccepted;
  if (vc->call != CallState::kNone) return Status::kInvalidState;
  const Status bounds = ValidateBounds(*params);
  if (bounds != Status::kSuccess) return bounds;
  state_->SetCall(vc, CallState::kOffered);
  vc->remote_closed = false;
  CallParameters offered = *params;
  const Status status =
      state_->ClientOf(*vc)->OnIncomingCall(sap->client_sap, vc->client_vc, &offered);
  if (status == Status::kPending) return status;
  vc = state_->FindUsable(handle);
  if (vc == nullptr || vc->call != CallState::kOffered) return Status::kPending;
  const bool accepted = status == Status::kSuccess;
  state_->SetCall(vc, accepted ? CallState::kAccepted : CallState::kNone);
  if (accepted) *params = std::move(offered);
  return status;
}

void Switchboard::IncomingCallComplete(Status status, VcHandle handle,
                                       const CallParameters& params) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr || vc->call != CallState::kOffered || status == Status::kPending) return;
  if (status == Status::kSuccess && ValidateBounds(params) != Status::kSuccess) {
    status = Status::kInvalidLength;
  }
  const bool accepted = status == Status::kSuccess;
  state_->SetCall(vc, accepted ? CallState::kAccepted : CallState::kNone);
  vc->call_manager->OnIncomingCallComplete(status, vc->cm_vc, params);
}

Status Switchboard::DispatchCallConnected(VcHandle handle) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (vc->call == CallState::kClosing || vc->remote_closed) return Status::kClosing;
  if (vc->call != CallState::kAccepted || vc->state != VcState::kActive) {
    return Status::kInvalidState;
  }
  state_->SetCall(vc, CallState::kConnected);
  state_->ClientOf(*vc)->OnCallConnected(vc->client_vc);
  return Status::kSuccess;
}

// --- close --------------------------------------------------------------------------------------

Status Switchboard::CloseCall(VcHandle handle, std::span<const uint8_t> close_data) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (vc->call == CallState::kNone || state_->IsClientBusy(*vc)) return Status::kInvalidState;
  if (vc->call == CallState::kClosing) return Status::kClosing;
  if (vc->call == CallState::kOffered) {
    IncomingCallComplete(Status::kRequestAborted, handle, vc->params);
    return Status::kSuccess;
  }
  vc->call_before_close = vc->call;
  state_->SetCall(vc, CallState::kClosing);
  const Status status = vc->call_manager->OnCloseCall(vc->cm_vc, 0, close_data);
  if (status == Status::kPending) return status;
  return state_->EndClosing(handle, status);
}

// The outcome for the client; kPending when there is nothing left to tell it.
Status Switchboard::State::EndClosing(VcHandle handle, Status status) {
  Vc* vc = FindUsable(handle);
  if (vc == nullptr || vc->call != CallState::kClosing || status == Status::kPending) {
    return Status::kPending;
  }
  if (status == Status::kSuccess && vc->state != VcState::kInactive) {
    status = Status::kFailure;  // C66
  }
  if (status != Status::kSuccess) {
    SetCall(vc, vc->call_before_close);
    return status;
  }
  if (vc->making) {
    // Still kClosing, so that the client cannot delete the VC before its close completed.
    vc->making = false;
    const CallParameters none;
    ClientOf(*vc)->OnMakeCallComplete(Status::kRequestAborted, vc->client_vc, {}, none);
    if (vc->call != CallState::kClosing) return Status::kPending;
  }
  SetCall(vc, CallState::kNone);
  return status;
}

void Switchboard::CloseCallComplete(Status status, VcHandle handle) {
  const Status outcome = state_->EndClosing(handle, status);
  if (outcome == Status::kPending) return;
  const Vc* vc = state_->vcs.Find(handle);
  state_->ClientOf(*vc)->OnCloseCallComplete(outcome, vc->client_vc, 0);
}

Status Switchboard::DispatchIncomingCloseCall(Status close_status, VcHandle handle,
                                              std::span<const uint8_t> close_data) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (vc->call == CallState::kClosing || vc->remote_closed) return Status::kClosing;
  if (vc->call == CallState::kNone || vc->call == CallState::kMaking) return Status::kInvalidState;
  vc->remote_closed = true;
  vc->must_delete = vc->made_by_client && close_status != Status::kSuccess;
  state_->ClientOf(*vc)->OnIncomingCloseCall(close_status, vc->client_vc, close_data);
  return Status::kSuccess;
}

}  // namespace vcp::circuit
