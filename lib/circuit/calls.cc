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

// Closed from one side, or being closed from the other.
bool Switchboard::State::IsEnding(const Vc& vc) {
  return vc.call == CallState::kClosing || (vc.call != CallState::kNone && vc.remote_closed);
}

// --- outgoing -----------------------------------------------------------------------------------

Status Switchboard::MakeCall(VcHandle handle, CallParameters* params) {
  return state_->MakeCall(handle, params, std::nullopt, nullptr);
}

Status Switchboard::MakeCall(VcHandle handle, CallParameters* params, Context client_party,
                             PartyHandle* party) {
  *party = {};
  return state_->MakeCall(handle, params, client_party, party);
}

Status Switchboard::State::MakeCall(VcHandle handle, CallParameters* params,
                                    std::optional<Context> client_party,
                                    PartyHandle* party_handle) {
  Vc* vc = FindUsable(handle);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (!vc->made_by_client || IsOver(vc->adapter)) return Status::kNotAccepted;
  if (vc->call == CallState::kClosing) return Status::kClosing;
  if (vc->call != CallState::kNone || vc->state != VcState::kInactive || vc->must_delete ||
      IsClientBusy(*vc)) {
    return Status::kInvalidState;
  }
  const Status valid = ValidateCall(*params);
  if (valid != Status::kSuccess) return valid;
  if (!client_party && (params->flags & kMultipointVc) != 0) return Status::kNotSupported;
  CallParameters wanted = *params;
  PartyHandle party;
  if (client_party) {
    party = InsertParty(handle, vc, *client_party, *params);
    if (!party) return Status::kResources;
    wanted.flags |= kMultipointVc;
  }
  SetCall(vc, CallState::kMaking);
  vc->making = true;
  vc->multipoint = client_party.has_value();
  vc->remote_closed = false;
  Context cm_party = 0;
  const Status status = vc->call_manager->OnMakeCall(vc->cm_vc, &wanted, party, &cm_party);
  if (status == Status::kPending) return status;
  vc = FindUsable(handle);
  if (vc == nullptr || !vc->making) return Status::kPending;
  const Status outcome = EndMaking(vc, status, cm_party, wanted);
  if (outcome != Status::kSuccess) return outcome;
  *params = std::move(wanted);
  if (party_handle != nullptr) *party_handle = party;
  return outcome;
}

Status Switchboard::State::EndMaking(Vc* vc, Status status, Context cm_party,
                                     const CallParameters& params) {
  if (status == Status::kSuccess && vc->state != VcState::kActive)
    status = Status::kFailure;  // C50
  vc->making = false;
  const bool success = status == Status::kSuccess;
  if (success) {
    vc->params = params;
    ActivateFirstParty(*vc, cm_party);
  } else {
    EraseParties(vc);
  }
  const CallState next = success ? CallState::kConnected : CallState::kNone;
  if (vc->call == CallState::kClosing) {
    vc->call_before_close = next;
  } else {
    SetCall(vc, next);
  }
  return status;
}

void Switchboard::MakeCallComplete(Status status, VcHandle handle, const CallParameters& params,
                                   const Cause& cause) {
  MakeCallComplete(status, handle, Context{0}, params, cause);
}

void Switchboard::MakeCallComplete(Status status, VcHandle handle, Context cm_party,
                                   const CallParameters& params, const Cause& cause) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr || !vc->making || status == Status::kPending) return;
  const Status outcome = state_->EndMaking(vc, status, cm_party, params);
  const PartyHandle first = vc->parties.empty() ? PartyHandle() : vc->parties.front();
  state_->ClientOf(*vc)->OnMakeCallComplete(outcome, vc->client_vc, first, params, cause);
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
  vc->offer_changes = 0;
  CallParameters offered = *params;
  const Status status =
      state_->ClientOf(*vc)->OnIncomingCall(sap->client_sap, vc->client_vc, &offered);
  if (status == Status::kPending) return status;
  vc = state_->FindUsable(handle);
  if (vc == nullptr || vc->call != CallState::kOffered) return Status::kPending;
  const Status answer = state_->EndOffered(handle, status, offered);
  if (answer == Status::kSuccess) *params = std::move(offered);
  return answer;
}

// The client's answer as the call manager hears it.
Status Switchboard::State::EndOffered(VcHandle handle, Status status,
                                      const CallParameters& params) {
  if (status == Status::kSuccess) status = ValidateBounds(params);
  const bool accepted = status == Status::kSuccess;
  SetCall(vcs.Find(handle), accepted ? CallState::kAccepted : CallState::kNone);
  if (!accepted) AbortModifying(handle);
  return status;
}

void Switchboard::IncomingCallComplete(Status status, VcHandle handle, const CallParameters& params,
                                       const Cause& cause) {
  const Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr || vc->call != CallState::kOffered || status == Status::kPending) return;
  const Status answer = state_->EndOffered(handle, status, params);
  vc = state_->FindUsable(handle);
  if (vc == nullptr) return;
  const bool has_cause = answer != Status::kSuccess && ValidateBounds(cause) == Status::kSuccess;
  vc->call_manager->OnIncomingCallComplete(answer, vc->cm_vc, params, has_cause ? cause : Cause());
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

Status Switchboard::CloseCall(VcHandle handle, std::span<const uint8_t> close_data,
                              const Cause& cause) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (vc->call == CallState::kNone || state_->IsClientBusy(*vc)) return Status::kInvalidState;
  if (vc->call == CallState::kClosing) return Status::kClosing;
  const Status valid = ValidateEnd(close_data, cause);
  if (valid != Status::kSuccess) return valid;
  if (vc->call == CallState::kOffered) {
    const CallParameters offered = vc->params;  // The call manager may deactivate the VC inside.
    IncomingCallComplete(Status::kRequestAborted, handle, offered, cause);
    return Status::kSuccess;
  }
  if (state_->CountActive(*vc) > 1) return Status::kInvalidState;  // C64
  const Party* last = state_->FindActive(*vc);
  const Context cm_party = last == nullptr ? 0 : last->cm_party;
  vc->call_before_close = vc->call;
  state_->SetCall(vc, CallState::kClosing);
  const Status status = vc->call_manager->OnCloseCall(vc->cm_vc, cm_party, close_data, cause);
  if (status == Status::kPending) return status;
  Context client_party = 0;
  return state_->EndClosing(handle, status, &client_party);
}

Status Switchboard::State::EndClosing(VcHandle handle, Status status, Context* client_party) {
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
  // Still kClosing, so that the client cannot delete the VC before its close completed.
  AbortMaking(handle);
  AbortModifying(handle);
  AbortParties(handle);
  vc = FindUsable(handle);
  if (vc == nullptr || vc->call != CallState::kClosing) return Status::kPending;
  const Party* last = FindActive(*vc);
  *client_party = last == nullptr ? 0 : last->client_party;
  EraseParties(vc);
  SetCall(vc, CallState::kNone);
  return status;
}

void Switchboard::State::AbortMaking(VcHandle handle) {
  Vc* vc = FindUsable(handle);
  if (vc == nullptr || !vc->making) return;
  vc->making = false;
  EraseParties(vc);
  const CallParameters none;
  ClientOf(*vc)->OnMakeCallComplete(Status::kRequestAborted, vc->client_vc, {}, none, {});
}

void Switchboard::CloseCallComplete(Status status, VcHandle handle) {
  Context client_party = 0;
  const Status outcome = state_->EndClosing(handle, status, &client_party);
  if (outcome == Status::kPending) return;
  const Vc* vc = state_->vcs.Find(handle);
  state_->ClientOf(*vc)->OnCloseCallComplete(outcome, vc->client_vc, client_party);
}

Status Switchboard::DispatchIncomingCloseCall(Status close_status, VcHandle handle,
                                              std::span<const uint8_t> close_data,
                                              const Cause& cause) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (vc->call == CallState::kClosing || vc->remote_closed) return Status::kClosing;
  if (vc->call == CallState::kNone || vc->call == CallState::kMaking) return Status::kInvalidState;
  vc->remote_closed = true;
  vc->must_delete = vc->made_by_client && close_status != Status::kSuccess;
  state_->ClientOf(*vc)->OnIncomingCloseCall(close_status, vc->client_vc, close_data, cause);
  return Status::kSuccess;
}

}  // namespace vcp::circuit
