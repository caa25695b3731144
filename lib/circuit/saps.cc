// SAPs: where clients take calls (environment section 2).
#include "circuit/state.h"

namespace vcp::circuit {

void Switchboard::State::EraseSap(SapHandle handle) {
  --afs.Find(saps.Find(handle)->af)->saps;
  saps.Erase(handle);
}

Status Switchboard::RegisterSap(AfHandle af_handle, Context client_sap, const Sap& sap,
                                SapHandle* sap_handle) {
  *sap_handle = {};
  Af* af = state_->afs.Find(af_handle);
  if (af == nullptr) return Status::kInvalidHandle;
  if (af->state != AfState::kOpen) return Status::kClosing;
  if (state_->IsOpeningAf(*af)) return Status::kInvalidState;
  if (state_->IsOver(af->adapter)) return Status::kNotAccepted;
  const Status bounds = ValidateBounds(sap);
  if (bounds != Status::kSuccess) return bounds;
  if (af->saps == kMaxSapsPerClient) return Status::kResources;
  const SapHandle handle = state_->saps.Insert(SapEntry{af_handle, client_sap, sap});
  if (!handle) return Status::kResources;
  ++af->saps;

  Context cm_sap = 0;
  const Status status = af->call_manager->OnRegisterSap(af->cm_af, sap, handle, &cm_sap);
  if (status == Status::kPending) return status;
  SapEntry* entry = state_->saps.Find(handle);
  if (entry == nullptr || entry->state != SapState::kRegistering) return Status::kPending;
  if (status == Status::kSuccess) {
    entry->cm_sap = cm_sap;
    entry->state = SapState::kRegistered;
    *sap_handle = handle;
  } else {
    state_->EraseSap(handle);
  }
  return status;
}

void Switchboard::RegisterSapComplete(Status status, SapHandle handle, Context cm_sap) {
  SapEntry* entry = state_->saps.Find(handle);
  if (entry == nullptr || entry->state != SapState::kRegistering) return;
  if (status == Status::kPending) return;
  Client* client = state_->afs.Find(entry->af)->client;
  const Context client_sap = entry->client_sap;
  const Sap sap = entry->sap;  // The client may deregister it before it returns.
  if (status == Status::kSuccess) {
    entry->cm_sap = cm_sap;
    entry->state = SapState::kRegistered;
  } else {
    state_->EraseSap(handle);
    handle = {};
  }
  client->OnRegisterSapComplete(status, client_sap, sap, handle);
}

Status Switchboard::DeregisterSap(SapHandle handle) {
  SapEntry* entry = state_->saps.Find(handle);
  if (entry == nullptr || entry->state == SapState::kDeregistering) return Status::kFailure;  // C25
  Af* af = state_->afs.Find(entry->af);
  if (entry->state == SapState::kRegistering || state_->IsOpeningAf(*af)) {
    return Status::kInvalidState;
  }
  entry->state = SapState::kDeregistering;
  const Status status = af->call_manager->OnDeregisterSap(entry->cm_sap);
  if (status == Status::kPending) return status;
  entry = state_->saps.Find(handle);
  if (entry == nullptr || entry->state != SapState::kDeregistering) return Status::kPending;
  if (status == Status::kSuccess) {
    state_->EraseSap(handle);
  } else {
    entry->state = SapState::kRegistered;
  }
  return status;
}

void Switchboard::DeregisterSapComplete(Status status, SapHandle handle) {
  SapEntry* entry = state_->saps.Find(handle);
  if (entry == nullptr || entry->state != SapState::kDeregistering) return;
  if (status == Status::kPending) return;
  Client* client = state_->afs.Find(entry->af)->client;
  const Context client_sap = entry->client_sap;
  if (status == Status::kSuccess) {
    state_->EraseSap(handle);
  } else {
    entry->state = SapState::kRegistered;
  }
  client->OnDeregisterSapComplete(status, client_sap);
}

}  // namespace vcp::circuit
