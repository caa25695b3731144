// VCs: made, activated, deactivated and deleted (environment section 3).
#include "circuit/state.h"

namespace vcp::circuit {

Vc* Switchboard::State::FindUsable(VcHandle handle) {
  Vc* vc = vcs.Find(handle);
  return vc == nullptr || vc->settling ? nullptr : vc;
}

Client* Switchboard::State::ClientOf(const Vc& vc) {
  return vc.af ? afs.Find(vc.af)->client : nullptr;
}

bool Switchboard::State::IsClientBusy(const Vc& vc) {
  return vc.af && IsOpeningAf(*afs.Find(vc.af));
}

// --- create -------------------------------------------------------------------------------------

VcHandle Switchboard::State::InsertVc(AfHandle af_handle, Af* af, bool made_by_client) {
  const Adapter* adapter = adapters.Find(af->adapter);
  const VcHandle handle = vcs.Insert(Vc{.adapter = af->adapter,
                                        .af = af_handle,
                                        .cm_binding = af->cm_binding,
                                        .call_manager = af->call_manager,
                                        .miniport = af->cm_binding ? adapter->miniport : nullptr,
                                        .made_by_client = made_by_client});
  if (!handle) return handle;
  ++af->vcs;
  if (made_by_client) ++af->client_vcs;
  return handle;
}

void Switchboard::State::EraseVc(VcHandle handle) {
  const Vc* vc = vcs.Find(handle);
  const AfHandle af_handle = vc->af;
  const AdapterHandle adapter = vc->adapter;
  if (Af* af = afs.Find(af_handle); af != nullptr) {
    --af->vcs;
    if (vc->made_by_client) --af->client_vcs;
  } else {
    --bindings.Find(vc->cm_binding)->users;
  }
  vcs.Erase(handle);
  if (af_handle) {
    FinishCloseIfIdle(af_handle);
  } else {
    AdvanceRemoval(adapter);
  }
}

// A create handler that pends has made the VC unusable: it is deleted there too (C35).
Status Switchboard::State::AskMiniport(VcHandle handle, Vc* vc) {
  if (vc->miniport == nullptr) return Status::kSuccess;
  const Status status = vc->miniport->OnCreateVc(handle, &vc->miniport_vc);
  if (status != Status::kPending) return status;
  DeleteInMiniport(*vc);
  return Status::kFailure;
}

Status Switchboard::State::AskCallManager(VcHandle handle, Vc* vc, const Af& af) {
  const Status status = vc->call_manager->OnCreateVc(af.cm_af, handle, &vc->cm_vc);
  if (status != Status::kPending) return status;
  (void)vc->call_manager->OnDeleteVc(vc->cm_vc);
  return Status::kFailure;
}

Status Switchboard::State::AskClient(VcHandle handle, Vc* vc, const Af& af) {
  const Status status = af.client->OnCreateVc(af.client_af, handle, &vc->client_vc, &vc->endpoint);
  if (status != Status::kPending) return status;
  (void)af.client->OnDeleteVc(vc->client_vc);
  return Status::kFailure;
}

// While a VC is settling nobody can delete it, so it and its AF stay where they are.
Status Switchboard::State::SettleVc(VcHandle handle, Ask ask) {
  Vc* vc = vcs.Find(handle);
  Status status = AskMiniport(handle, vc);
  if (status == Status::kSuccess && ask != nullptr) {
    status = (this->*ask)(handle, vc, *afs.Find(vc->af));
    if (status != Status::kSuccess) DeleteInMiniport(*vc);
  }
  if (status == Status::kSuccess) {
    vc->settling = false;
  } else {
    EraseVc(handle);
  }
  return status;
}

Status Switchboard::CreateVc(AfHandle af_handle, Context client_vc, const DataEndpoint& endpoint,
                             VcHandle* vc_handle) {
  if (*vc_handle) return Status::kInvalidData;  // C29
  Af* af = state_->afs.Find(af_handle);
  if (af == nullptr || af->state != AfState::kOpen) return Status::kFailure;  // C33
  if (state_->IsOpeningAf(*af)) return Status::kInvalidState;
  if (state_->IsOver(af->adapter)) return Status::kNotAccepted;
  if (af->client_vcs == kMaxVcsPerClient) return Status::kResources;
  const VcHandle handle = state_->InsertVc(af_handle, af, /*made_by_client=*/true);
  if (!handle) return Status::kResources;
  Vc* vc = state_->vcs.Find(handle);
  vc->client_vc = client_vc;
  vc->endpoint = endpoint;
  const Status status = state_->SettleVc(handle, &State::AskCallManager);
  if (status == Status::kSuccess) *vc_handle = handle;
  return status;
}

Status Switchboard::CmCreateVc(AfHandle af_handle, Context cm_vc, VcHandle* vc_handle) {
  if (*vc_handle) return Status::kInvalidData;
  Af* af = state_->afs.Find(af_handle);
  if (af == nullptr || af->state != AfState::kOpen) return Status::kFailure;
  if (state_->IsOver(af->adapter)) return Status::kNotAccepted;
  if (af->vcs - af->client_vcs == kMaxVcsPerClient) return Status::kResources;
  const VcHandle handle = state_->InsertVc(af_handle, af, /*made_by_client=*/false);
  if (!handle) return Status::kResources;
  state_->vcs.Find(handle)->cm_vc = cm_vc;
  const Status status = state_->SettleVc(handle, &State::AskClient);
  if (status == Status::kSuccess) *vc_handle = handle;
  return status;
}

Status Switchboard::CmCreateOwnVc(BindingHandle call_manager, Context cm_vc,
                                  const DataEndpoint& endpoint, VcHandle* vc_handle) {
  if (*vc_handle) return Status::kInvalidData;
  Binding* binding = state_->bindings.Find(call_manager);
  if (binding == nullptr || binding->call_manager == nullptr) return Status::kFailure;
  if (state_->IsOver(binding->adapter)) return Status::kNotAccepted;
  const VcHandle handle =
      state_->vcs.Insert(Vc{.adapter = binding->adapter,
                            .af = {},
                            .cm_binding = call_manager,
                            .call_manager = binding->call_manager,
                            .miniport = state_->adapters.Find(binding->adapter)->miniport,
                            .made_by_client = false,
                            .cm_vc = cm_vc,
                            .endpoint = endpoint});
  if (!handle) return Status::kResources;
  ++binding->users;
  const Status status = state_->SettleVc(handle, nullptr);
  if (status == Status::kSuccess) *vc_handle = handle;
  return status;
}

// --- delete -------------------------------------------------------------------------------------

Status Switchboard::DeleteVc(VcHandle handle) { return state_->DeleteVc(handle, true); }
Status Switchboard::CmDeleteVc(VcHandle handle) { return state_->DeleteVc(handle, false); }

Status Switchboard::State::AskPeerToDelete(const Vc& vc) {
  if (vc.made_by_client) return vc.call_manager->OnDeleteVc(vc.cm_vc);
  Client* client = ClientOf(vc);
  return client == nullptr ? Status::kSuccess : client->OnDeleteVc(vc.client_vc);
}

void Switchboard::State::DeleteInMiniport(const Vc& vc) {
  if (vc.miniport == nullptr || IsShutDown(vc.adapter)) return;
  (void)vc.miniport->OnDeleteVc(vc.miniport_vc);
}

Status Switchboard::State::DeleteVc(VcHandle handle, bool by_client) {
  Vc* vc = FindUsable(handle);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (vc->made_by_client != by_client) return Status::kNotAccepted;  // C45
  if (by_client && IsClientBusy(*vc)) return Status::kInvalidState;
  if (vc->state == VcState::kDeactivating) return Status::kClosing;  // C44
  if (vc->state != VcState::kInactive || vc->call != CallState::kNone) return Status::kNotAccepted;
  vc->settling = true;
  const Status status = AskPeerToDelete(*vc);
  if (status != Status::kSuccess) {
    vc->settling = false;
    return status == Status::kPending ? Status::kFailure : status;
  }
  DeleteInMiniport(*vc);
  EraseVc(handle);
  return Status::kSuccess;
}

// --- activate and deactivate --------------------------------------------------------------------

Status Switchboard::ActivateVc(VcHandle handle, CallParameters* params) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (vc->miniport == nullptr) return Status::kNotSupported;  // C129
  if (vc->state == VcState::kDeactivating) return Status::kClosing;
  if (vc->state != VcState::kInactive && vc->state != VcState::kActive) {
    return Status::kInvalidState;
  }
  if (state_->IsShutDown(vc->adapter)) return Status::kNotAccepted;
  const Status bounds = ValidateBounds(*params);
  if (bounds != Status::kSuccess) return bounds;
  const bool first = vc->state == VcState::kInactive;
  vc->state = first ? VcState::kActivating : VcState::kReactivating;
  CallParameters wanted = *params;
  const Status status = vc->miniport->OnActivateVc(vc->miniport_vc, vc->endpoint, &wanted);
  if (status == Status::kPending) return status;
  vc = state_->FindUsable(handle);
  if (vc == nullptr || !State::IsActivating(*vc)) return Status::kPending;
  State::EndActivating(vc, status, wanted);
  if (status == Status::kSuccess) *params = wanted;
  return status;
}

bool Switchboard::State::IsActivating(const Vc& vc) {
  return vc.state == VcState::kActivating || vc.state == VcState::kReactivating;
}

// A failed re-activation leaves the old parameters live (C37).
void Switchboard::State::EndActivating(Vc* vc, Status status, const CallParameters& params) {
  if (status == Status::kSuccess) {
    vc->params = params;
    vc->state = VcState::kActive;
  } else {
    vc->state = vc->state == VcState::kReactivating ? VcState::kActive : VcState::kInactive;
  }
}

void Switchboard::MiniportActivateVcComplete(Status status, VcHandle handle,
                                             const CallParameters& params) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr || vc->miniport == nullptr || !State::IsActivating(*vc)) return;
  if (status == Status::kPending) return;
  State::EndActivating(vc, status, params);
  vc->call_manager->OnActivateVcComplete(status, vc->cm_vc, params);
}

Status Switchboard::DeactivateVc(VcHandle handle) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (vc->miniport == nullptr) return Status::kNotSupported;
  if (vc->state == VcState::kInactive) return Status::kNotAccepted;
  if (vc->state == VcState::kDeactivating) return Status::kClosing;
  if (vc->state != VcState::kActive) return Status::kInvalidState;
  vc->state = VcState::kDeactivating;
  const Status status = state_->IsShutDown(vc->adapter)
                            ? Status::kSuccess
                            : vc->miniport->OnDeactivateVc(vc->miniport_vc);
  if (status == Status::kPending) return status;
  vc = state_->FindUsable(handle);
  if (vc == nullptr || vc->state != VcState::kDeactivating) return Status::kPending;
  State::EndDeactivating(vc, status);
  return status;
}

void Switchboard::State::EndDeactivating(Vc* vc, Status status) {
  if (status == Status::kSuccess) {
    vc->params = {};
    vc->state = VcState::kInactive;
  } else {
    vc->state = VcState::kActive;
  }
}

void Switchboard::MiniportDeactivateVcComplete(Status status, VcHandle handle) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr || vc->state != VcState::kDeactivating) return;
  if (status == Status::kPending) return;
  State::EndDeactivating(vc, status);
  vc->call_manager->OnDeactivateVcComplete(status, vc->cm_vc);
}

Status Switchboard::McmActivateVc(VcHandle handle, const CallParameters& params) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (vc->cm_binding) return Status::kNotSupported;
  const Status bounds = ValidateBounds(params);
  if (bounds != Status::kSuccess) return bounds;
  State::EndActivating(vc, Status::kSuccess, params);
  return Status::kSuccess;
}

Status Switchboard::McmDeactivateVc(VcHandle handle) {
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (vc->cm_binding) return Status::kNotSupported;
  if (vc->state == VcState::kInactive) return Status::kNotAccepted;  // C43
  State::EndDeactivating(vc, Status::kSuccess);
  return Status::kSuccess;
}

// --- names --------------------------------------------------------------------------------------

// Of VCs that live at a time no two have the same index.
Status Switchboard::AssignVcName(BindingHandle binding, VcHandle handle, std::string_view base,
                                 std::string* name) {
  name->clear();
  Vc* vc = state_->FindUsable(handle);
  if (vc == nullptr || state_->bindings.Find(binding) == nullptr) return Status::kInvalidHandle;
  if (!state_->ContextOf(*vc, binding)) return Status::kNotAccepted;
  if (vc->name.empty()) {
    const std::string made = std::string(base) + std::to_string(handle.index());
    if (base.empty() || made.size() >= kMaxNameBytes) return Status::kInvalidLength;
    vc->name = made;
  }
  *name = vc->name;
  return Status::kSuccess;
}

}  // namespace vcp::circuit
