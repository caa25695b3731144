#include "callmgr/pvc_call_manager.h"

#include <utility>

#include "callmgr/pvc_oids.h"

namespace vcp::callmgr {

using circuit::CallParameters;
using circuit::Context;

PvcCallManager::PvcCallManager(circuit::Switchboard* switchboard, PvcList* pvcs)
    : switchboard_(switchboard), pvcs_(pvcs) {
  pvcs_->AddWatcher(this);
}

PvcCallManager::~PvcCallManager() { pvcs_->RemoveWatcher(this); }

Status PvcCallManager::Start(circuit::AdapterHandle adapter) {
  adapter_ = switchboard_->AdapterName(adapter);
  const Status status = switchboard_->OpenBinding(this, adapter, &binding_);
  if (status != Status::kSuccess) return status;
  return switchboard_->RegisterAddressFamily(binding_, kFamily);
}

Status PvcCallManager::Stop() { return switchboard_->CloseBinding(binding_); }

Status PvcCallManager::OnOpenAf(circuit::AfHandle af, const circuit::AddressFamily&,
                                Context* cm_af) {
  *cm_af = af.value();
  return Status::kSuccess;
}

Status PvcCallManager::OnOidRequest(circuit::OidHandle, const circuit::OidTarget&,
                                    const circuit::OidRequest& request, circuit::OidAnswer*) {
  if (IsAboutPvcs(request.oid)) return HandlePvcOid(adapter_, request, pvcs_);
  return circuit::FindOid(request.oid) == nullptr ? Status::kInvalidOid : Status::kNotSupported;
}

// --- calls made ---------------------------------------------------------------------------------

Status PvcCallManager::OnCreateVc(Context, circuit::VcHandle vc, Context* cm_vc) {
  const PvcVc handle = vcs_.Insert(Vc{vc});
  if (!handle) return Status::kResources;
  *cm_vc = handle.value();
  return Status::kSuccess;
}

Status PvcCallManager::OnDeleteVc(Context cm_vc) {
  vcs_.Erase(ToHandle(cm_vc));
  return Status::kSuccess;
}

Status PvcCallManager::OnMakeCall(Context cm_vc, CallParameters* params, circuit::PartyHandle party,
                                  Context*) {
  const PvcVc handle = ToHandle(cm_vc);
  Vc* vc = vcs_.Find(handle);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (party || circuit::IsReserve(*params)) return Status::kNotSupported;
  const Pvc* pvc = pvcs_->Match(adapter_, *params);
  if (pvc == nullptr) return Status::kFailure;  // C98
  const Status acquired = pvcs_->Acquire(pvc->name);
  if (acquired != Status::kSuccess) return acquired;
  Apply(*pvc, params);
  vc->pvc = pvc->name;
  users_[pvc->name] = handle;
  vc->params = *params;
  vc->making = true;
  RaisePath(handle);
  return Status::kPending;
}

void PvcCallManager::RaisePath(PvcVc handle) {
  Vc* vc = vcs_.Find(handle);
  vc->path = Path::kRising;
  CallParameters params = vc->params;
  const Status status = switchboard_->ActivateVc(vc->handle, &params);
  if (status != Status::kPending) OnPathRisen(handle, status, params);
}

void PvcCallManager::OnActivateVcComplete(Status status, Context cm_vc,
                                          const CallParameters& params) {
  OnPathRisen(ToHandle(cm_vc), status, params);
}

void PvcCallManager::OnPathRisen(PvcVc handle, Status status, const CallParameters& params) {
  Vc* vc = vcs_.Find(handle);
  if (vc->accepted) return OnAcceptedPathRisen(handle, status, params);
  const bool up = status == Status::kSuccess;
  vc->path = up ? Path::kUp : Path::kDown;
  if (up) {
    vc->params = params;
  } else if (!vc->ending) {
    vc->make_status = status;
  }
  if (!up || vc->ending) return End(handle);
  if (vc->is_offer) return Offer(handle);
  vc->making = false;
  vc->in_call = true;
  switchboard_->MakeCallComplete(Status::kSuccess, vc->handle, params);
}

// As the offer's client wants it for its own end; or as it was, which it will not have.
void PvcCallManager::OnAcceptedPathRisen(PvcVc handle, Status status,
                                         const CallParameters& params) {
  Vc* vc = vcs_.Find(handle);
  vc->accepted = false;
  vc->path = Path::kUp;
  if (status == Status::kSuccess) vc->params = params;
  if (vc->ending) return End(handle);
  if (status == Status::kSuccess) {
    (void)switchboard_->DispatchCallConnected(vc->handle);
  } else {
    (void)switchboard_->DispatchIncomingCloseCall(status, vc->handle, {});
  }
}

// --- calls offered ------------------------------------------------------------------------------

PvcCallManager::Listener* PvcCallManager::FindListener(circuit::SapHandle sap) {
  const auto found = names_.find(sap);
  return found == names_.end() ? nullptr : &listeners_.find(found->second)->second;
}

PvcCallManager::Listener* PvcCallManager::ListenerFor(std::string_view pvc) {
  auto found = listeners_.find(pvc);
  if (found == listeners_.end()) found = listeners_.find(GroupOf(pvc));
  return found == listeners_.end() ? nullptr : &found->second;
}

bool PvcCallManager::IsTaken(const std::string& name) {
  if (ListenerFor(name) != nullptr) return true;
  const std::string members = name + '/';
  for (auto at = listeners_.lower_bound(members); at != listeners_.end(); ++at) {
    if (!at->first.starts_with(members)) break;
    if (Covers(name, at->first)) return true;
  }
  return false;
}

Status PvcCallManager::OnRegisterSap(Context cm_af, const circuit::Sap& sap,
                                     circuit::SapHandle handle, Context* cm_sap) {
  if (sap.pvc_name.empty() || sap.address.type != AddressType::kNone) return Status::kInvalidData;
  if (IsTaken(sap.pvc_name)) return Status::kInvalidData;                           // C21
  if (pvcs_->Covered(adapter_, sap.pvc_name).empty()) return Status::kInvalidData;  // C22
  const auto af = circuit::AfHandle::FromValue(static_cast<uint32_t>(cm_af));
  const std::string name = sap.pvc_name;
  listeners_.emplace(name, Listener{handle, af});
  names_[handle] = name;
  *cm_sap = handle.value();
  // There is no later moment to offer from, so the registration completes here.
  switchboard_->RegisterSapComplete(Status::kSuccess, handle, handle.value());
  // It may deregister from inside, then and at each offer.
  for (const std::string& pvc : pvcs_->Covered(adapter_, name)) OfferTo(handle, pvc);
  return Status::kPending;
}

Status PvcCallManager::OnDeregisterSap(Context cm_sap) {
  const auto found = names_.find(circuit::SapHandle::FromValue(static_cast<uint32_t>(cm_sap)));
  if (found == names_.end()) return Status::kInvalidHandle;
  listeners_.erase(found->second);
  names_.erase(found);
  return Status::kSuccess;
}

void PvcCallManager::OfferTo(circuit::SapHandle sap, const std::string& name) {
  Listener* listener = FindListener(sap);
  if (listener == nullptr || listener->offered.contains(name)) return;
  if (pvcs_->Acquire(name) != Status::kSuccess) return;  // Offered when it is given back.
  listener->offered.insert(name);
  const PvcVc handle = vcs_.Insert(Vc{.is_offer = true, .sap = sap, .pvc = name});
  Status status = handle ? Status::kSuccess : Status::kResources;
  if (handle) {
    users_[name] = handle;
    Vc* vc = vcs_.Find(handle);
    const Pvc* pvc = pvcs_->Find(name);
    Apply(*pvc, &vc->params);
    vc->params.call_manager->called = pvc->destination;
    status = switchboard_->CmCreateVc(listener->af, handle.value(), &vc->handle);
  }
  if (status == Status::kSuccess) return RaisePath(handle);
  users_.erase(name);
  vcs_.Erase(handle);
  pvcs_->Release(name);
}

void PvcCallManager::Offer(PvcVc handle) {
  Vc* vc = vcs_.Find(handle);
  if (FindListener(vc->sap) == nullptr) return End(handle);
  vc->in_call = true;
  CallParameters params = vc->params;
  const Status status = switchboard_->DispatchIncomingCall(vc->sap, vc->handle, &params);
  if (status != Status::kPending) TakeAnswer(handle, status, params);
}

void PvcCallManager::OnIncomingCallComplete(Status status, Context cm_vc,
                                            const CallParameters& params, const circuit::Cause&) {
  if (vcs_.Find(ToHandle(cm_vc)) != nullptr) TakeAnswer(ToHandle(cm_vc), status, params);
}

void PvcCallManager::TakeAnswer(PvcVc handle, Status status, const CallParameters& params) {
  Vc* vc = vcs_.Find(handle);
  if (status != Status::kSuccess) {
    vc->in_call = false;
    return End(handle);
  }
  const bool changed = (params.flags & circuit::kCallParametersChanged) != 0 &&
                       params.call_manager != vc->params.call_manager;
  if (changed) {
    (void)switchboard_->DispatchIncomingCloseCall(Status::kNotAccepted, vc->handle, {});  // C61
    return;
  }
  if (circuit::TakeOwnMediaFlags(params, &vc->params)) {
    vc->accepted = true;
    return RaisePath(handle);
  }
  (void)switchboard_->DispatchCallConnected(vc->handle);
}

void PvcCallManager::OnPvcAdded(const Pvc& pvc) {
  if (pvc.adapter != adapter_) return;
  const Listener* listener = ListenerFor(pvc.name);
  if (listener != nullptr) OfferTo(listener->sap, pvc.name);
}

void PvcCallManager::OnPvcReleased(const Pvc& pvc) { OnPvcAdded(pvc); }

// One of the same name that comes later is another one.
void PvcCallManager::OnPvcDeleted(const Pvc& pvc) {
  Listener* listener = ListenerFor(pvc.name);
  if (listener != nullptr) listener->offered.erase(pvc.name);
}

// --- ending -------------------------------------------------------------------------------------

// Nor would anybody hear the cause; it is only a word.
Status PvcCallManager::OnCloseCall(Context cm_vc, Context, std::span<const uint8_t> close_data,
                                   const circuit::Cause&) {
  Vc* vc = vcs_.Find(ToHandle(cm_vc));
  if (vc == nullptr) return Status::kInvalidHandle;
  if (!close_data.empty()) return Status::kInvalidData;  // Nobody would hear it (C65).
  vc->closing = true;
  vc->in_call = false;
  vc->make_status = Status::kRequestAborted;
  End(ToHandle(cm_vc));
  return Status::kPending;
}

void PvcCallManager::OnPvcWithdrawn(const std::string& name) {
  const auto found = users_.find(name);
  if (found == users_.end()) return;  // Another adapter's.
  const PvcVc user = found->second;
  Vc* vc = vcs_.Find(user);
  if (vc->ending) return;
  if (vc->in_call) {
    (void)switchboard_->DispatchIncomingCloseCall(Status::kClosed, vc->handle, {});
  } else {
    vc->make_status = Status::kClosed;
    End(user);
  }
}

// Brings the path down, then answers the client and gives the PVC back.
void PvcCallManager::End(PvcVc handle) {
  Vc* vc = vcs_.Find(handle);
  vc->ending = true;
  if (vc->path == Path::kUp) {
    vc->path = Path::kFalling;
    const Status status = switchboard_->DeactivateVc(vc->handle);
    if (status == Status::kPending) return;
    vc->path = Path::kDown;
  }
  if (vc->path == Path::kDown) Finish(handle);
}

void PvcCallManager::OnDeactivateVcComplete(Status, Context cm_vc) {
  vcs_.Find(ToHandle(cm_vc))->path = Path::kDown;
  Finish(ToHandle(cm_vc));
}

void PvcCallManager::Finish(PvcVc handle) {
  Vc* vc = vcs_.Find(handle);
  const Vc ended = *vc;
  // The client's VC may make its next call, on the same PVC, from inside the completions.
  *vc = Vc{.handle = ended.handle, .is_offer = ended.is_offer};
  if (!ended.pvc.empty()) {
    users_.erase(ended.pvc);
    pvcs_->Release(ended.pvc);
  }
  if (ended.making) {
    switchboard_->MakeCallComplete(ended.make_status, ended.handle, ended.params);
  }
  if (ended.closing) switchboard_->CloseCallComplete(Status::kSuccess, ended.handle);
  if (!ended.is_offer) return;
  (void)switchboard_->CmDeleteVc(ended.handle);
  vcs_.Erase(handle);
}

}  // namespace vcp::callmgr
