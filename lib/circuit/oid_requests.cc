// OID requests on their way between drivers (environment section 9).
#include <utility>

#include "circuit/state.h"

namespace vcp::circuit {

// --- who may ask whom ---------------------------------------------------------------------------

Status Switchboard::State::CheckRoute(const OidRoute& route, AdapterHandle* adapter) {
  const Binding* from = bindings.Find(route.from);
  if (route.from && from == nullptr) return Status::kInvalidHandle;
  if (from != nullptr && !ServesOids(from->state)) return Status::kInvalidState;
  if (from != nullptr && from->oids == kMaxOidsPerBinding) return Status::kResources;
  if (route.af) return CheckAfRoute(route, adapter);
  if (from == nullptr) return Status::kInvalidHandle;
  if (route.party) return Status::kInvalidData;  // C102
  return CheckMiniportRoute(route, adapter);
}

Status Switchboard::State::CheckMiniportRoute(const OidRoute& route, AdapterHandle* handle) {
  *handle = bindings.Find(route.from)->adapter;
  const Adapter* adapter = adapters.Find(*handle);
  if (adapter->removed || !ServesOids(adapter->state)) return Status::kNotAccepted;
  if (adapter->resetting) return Status::kResetInProgress;
  if (!route.vc) return Status::kSuccess;
  const Vc* vc = FindUsable(route.vc);
  if (vc == nullptr || !ContextOf(*vc, route.from)) return Status::kInvalidHandle;
  return Status::kSuccess;
}

Status Switchboard::State::CheckAfRoute(const OidRoute& route, AdapterHandle* adapter) {
  const Af* af = afs.Find(route.af);
  if (af == nullptr) return Status::kInvalidHandle;
  if (route.from != af->client_binding && route.from != af->cm_binding) {
    return Status::kInvalidHandle;
  }
  if (af->state == AfState::kOpening) return Status::kInvalidState;
  if (af->state != AfState::kOpen) return Status::kClosing;
  if (IsFromClient(route) && IsOpeningAf(*af)) return Status::kInvalidState;  // C11
  *adapter = af->adapter;
  // What call managers tell their clients goes on: that signaling is down, that it is over.
  if (IsFromClient(route)) {
    if (adapters.Find(*adapter)->removed) return Status::kNotAccepted;        // C141
    if (adapters.Find(*adapter)->resetting) return Status::kResetInProgress;  // C139
  }
  const Vc* vc = route.vc ? FindUsable(route.vc) : nullptr;
  if (route.vc && vc == nullptr) return Status::kInvalidHandle;
  if (vc != nullptr && vc->af != route.af) return Status::kInvalidData;
  if (!route.party) return Status::kSuccess;
  const Party* party = parties.Find(route.party);
  if (party == nullptr) return Status::kInvalidHandle;
  const bool is_there = route.vc ? party->vc == route.vc : vcs.Find(party->vc)->af == route.af;
  return is_there ? Status::kSuccess : Status::kInvalidData;
}

bool Switchboard::State::IsFromClient(const OidRoute& route) {
  return afs.Find(route.af)->client_binding == route.from;
}

// --- asking -------------------------------------------------------------------------------------

Status Switchboard::RequestOid(const OidRoute& route, Context request,
                               const OidRequest& oid_request, OidAnswer* answer, OidHandle* oid) {
  OidHandle unnamed;
  if (oid == nullptr) oid = &unnamed;
  *oid = {};
  *answer = {};
  if (oid_request.bytes.size() > kMaxOidBytes) return Status::kInvalidLength;
  AdapterHandle adapter;
  const Status allowed = state_->CheckRoute(route, &adapter);
  if (allowed != Status::kSuccess) return allowed;
  const OidHandle handle = state_->oids.Insert(PendingOid{.route = route,
                                                          .adapter = adapter,
                                                          .asked = state_->AskedOf(route),
                                                          .request = request,
                                                          .deadline_ns = oid_request.deadline_ns});
  if (!handle) return Status::kResources;
  if (route.from) ++state_->bindings.Find(route.from)->oids;
  if (!route.af) ++state_->adapters.Find(adapter)->oids;
  *oid = handle;
  const Status status = state_->PutOid(handle, oid_request, answer);
  PendingOid* pending = state_->oids.Find(handle);
  if (pending == nullptr) return Status::kPending;  // It is complete already.
  if (status != Status::kPending) {
    *oid = {};
    state_->EndOid(handle);
    state_->AfterOid(adapter);
    return status;
  }
  pending->asking = false;
  if (route.af && state_->afs.Find(route.af) == nullptr) state_->AbortOid(handle);
  return status;
}

Status Switchboard::AskMiniport(AdapterHandle handle, VcHandle vc_handle,
                                const OidRequest& oid_request, OidAnswer* answer) {
  *answer = {};
  if (oid_request.bytes.size() > kMaxOidBytes) return Status::kInvalidLength;
  Adapter* adapter;
  const Status present = state_->FindPresent(handle, &adapter);
  if (present != Status::kSuccess) return present;
  if (!ServesOids(adapter->state)) return Status::kNotAccepted;
  if (adapter->resetting) return Status::kResetInProgress;
  const Vc* vc = vc_handle ? state_->FindUsable(vc_handle) : nullptr;
  if (vc_handle && (vc == nullptr || vc->adapter != handle)) return Status::kInvalidHandle;
  const OidHandle oid = state_->oids.Insert(PendingOid{
      .route = {.vc = vc_handle}, .adapter = handle, .asked = {}, .request = 0, .deadline_ns = 0});
  if (!oid) return Status::kResources;
  Miniport* miniport = adapter->miniport;
  ++adapter->oids;
  Status status = miniport->OnOidRequest(oid, vc_handle, oid_request, answer);
  const bool completed = state_->oids.Find(oid) == nullptr;  // And nobody heard the answer.
  if (!completed) state_->EndOid(oid);
  if (status == Status::kPending) {
    if (!completed) miniport->OnOidAborted(oid);
    status = Status::kRequestAborted;
  }
  state_->AfterOid(handle);
  return status;
}

Status Switchboard::State::PutOid(OidHandle handle, const OidRequest& request, OidAnswer* answer) {
  const OidRoute route = oids.Find(handle)->route;
  if (!route.af) {
    Adapter* adapter = adapters.Find(oids.Find(handle)->adapter);
    return adapter->miniport->OnOidRequest(handle, route.vc, request, answer);
  }
  if (request.oid == Oid::kAfClose && !IsFromClient(route)) return AskToClose(handle, route.af);
  return ProtocolOf(oids.Find(handle)->asked, oids.Find(handle)->adapter)
      ->OnOidRequest(handle, TargetOf(route), request, answer);
}

// The older way to ask for what NotifyCloseAddressFamily asks for (C19).
Status Switchboard::State::AskToClose(OidHandle handle, AfHandle af_handle) {
  Af* af = afs.Find(af_handle);
  if (!af->notify_pending) af->close_oid = handle;
  const Status status = NotifyClose(af_handle);
  af = afs.Find(af_handle);
  if (status != Status::kPending && af != nullptr && af->close_oid == handle) af->close_oid = {};
  return status;
}

OidTarget Switchboard::State::TargetOf(const OidRoute& route) {
  const Af* af = afs.Find(route.af);
  const bool to_manager = IsFromClient(route);
  OidTarget target{.af = to_manager ? af->cm_af : af->client_af};
  if (route.vc) {
    const Vc* vc = vcs.Find(route.vc);
    target.vc = to_manager ? vc->cm_vc : vc->client_vc;
  }
  if (route.party) {
    const Party* party = parties.Find(route.party);
    target.party = to_manager ? party->cm_party : party->client_party;
  }
  return target;
}

// The other side of the address family; null: its MCM, or the miniport.
BindingHandle Switchboard::State::AskedOf(const OidRoute& route) {
  const Af* af = afs.Find(route.af);
  if (af == nullptr) return {};
  return af->client_binding == route.from ? af->cm_binding : af->client_binding;
}

// Null once it is gone. Does not need the address family, which may have ended.
Protocol* Switchboard::State::ProtocolOf(BindingHandle handle, AdapterHandle on) {
  if (!handle) {
    const Adapter* adapter = adapters.Find(on);
    return adapter == nullptr ? nullptr : adapter->mcm;
  }
  const Binding* binding = bindings.Find(handle);
  return binding == nullptr ? nullptr : binding->protocol;
}

Protocol* Switchboard::State::AskerOf(const PendingOid& pending) {
  if (!pending.route.from && !pending.route.af) return nullptr;  // AskMiniport
  return ProtocolOf(pending.route.from, pending.adapter);
}

// --- answers ------------------------------------------------------------------------------------

void Switchboard::State::EndOid(OidHandle handle) {
  const PendingOid pending = *oids.Find(handle);
  oids.Erase(handle);
  if (Binding* binding = bindings.Find(pending.route.from); binding != nullptr) --binding->oids;
  if (pending.route.af) return;
  if (Adapter* adapter = adapters.Find(pending.adapter); adapter != nullptr) --adapter->oids;
}

// What may have waited for its end.
void Switchboard::State::AfterOid(AdapterHandle adapter) {
  FinishResetIfIdle(adapter);
  AdvanceRemoval(adapter);
}

void Switchboard::CompleteOid(OidHandle handle, Status status, const OidAnswer& answer) {
  const PendingOid* found = state_->oids.Find(handle);
  if (found == nullptr || status == Status::kPending) return;
  const PendingOid pending = *found;
  state_->EndOid(handle);
  if (Protocol* asker = state_->AskerOf(pending); asker != nullptr) {
    asker->OnOidRequestComplete(pending.request, status, answer);
  }
  state_->AfterOid(pending.adapter);
}

Status Switchboard::AbortOid(OidHandle handle) {
  if (state_->oids.Find(handle) == nullptr) return Status::kInvalidHandle;
  state_->AbortOid(handle);
  return Status::kSuccess;
}

void Switchboard::State::AbortOid(OidHandle handle) {
  const PendingOid pending = *oids.Find(handle);
  EndOid(handle);
  Adapter* adapter = adapters.Find(pending.adapter);
  if (pending.route.af) {
    Protocol* asked = ProtocolOf(pending.asked, pending.adapter);
    if (asked != nullptr) asked->OnOidAborted(handle);
  } else if (adapter != nullptr && adapter->state != AdapterState::kShutDown) {
    adapter->miniport->OnOidAborted(handle);
  }
  if (Protocol* asker = AskerOf(pending); asker != nullptr) {
    asker->OnOidRequestComplete(pending.request, Status::kRequestAborted, {});
  }
  AfterOid(pending.adapter);
}

// One whose handler is at work ends when that returns.
void Switchboard::State::AbortOids(const std::function<bool(const PendingOid&)>& matches) {
  std::vector<OidHandle> over;
  oids.ForEach([&](OidHandle handle, const PendingOid& pending) {
    if (!pending.asking && matches(pending)) over.push_back(handle);
  });
  for (OidHandle handle : over) {
    if (oids.Find(handle) != nullptr) AbortOid(handle);
  }
}

void Switchboard::AbortOverdueOids(uint64_t now_ns) {
  if (state_->oids.size() == 0) return;
  state_->AbortOids([now_ns](const PendingOid& pending) {
    return pending.deadline_ns != 0 && pending.deadline_ns <= now_ns;
  });
}

// --- what call managers tell --------------------------------------------------------------------

void Switchboard::State::TellOf(Switchboard* board, AfHandle handle, const OidRequest& set) {
  const Af* af = afs.Find(handle);
  if (af == nullptr || af->state != AfState::kOpen) return;
  OidAnswer answer;
  (void)board->RequestOid({.from = af->cm_binding, .af = handle}, 0, set, &answer);
}

void Switchboard::TellClients(BindingHandle call_manager, const OidRequest& set) {
  std::vector<AfHandle> open;
  state_->afs.ForEach([&](AfHandle handle, const Af& af) {
    if (af.cm_binding == call_manager) open.push_back(handle);
  });
  for (AfHandle af : open) state_->TellOf(this, af, set);
}

void Switchboard::McmTellClients(AdapterHandle adapter, const OidRequest& set) {
  std::vector<AfHandle> open;
  state_->afs.ForEach([&](AfHandle handle, const Af& af) {
    if (af.adapter == adapter && !af.cm_binding) open.push_back(handle);
  });
  for (AfHandle af : open) state_->TellOf(this, af, set);
}

}  // namespace vcp::circuit
