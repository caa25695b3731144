// Address families: offered by call managers, opened and closed by clients (environment section 1).
#include <algorithm>
#include <vector>

#include "circuit/state.h"

namespace vcp::circuit {

namespace {

const OidRequest kAddressesChanged{.oid = Oid::kAddressChange, .access = OidAccess::kSet};

Registration* FindType(Adapter* adapter, AddressFamilyType type) {
  for (Registration& registration : adapter->families) {
    if (registration.family.type == type) return &registration;
  }
  return nullptr;
}

}  // namespace

// The minor version is between client and call manager.
const Registration* Switchboard::State::FindFamily(const Adapter& adapter,
                                                   const AddressFamily& family) {
  for (const Registration& known : adapter.families) {
    if (known.family.type == family.type && known.family.major_version == family.major_version) {
      return &known;
    }
  }
  return nullptr;
}

void Switchboard::State::Announce(AdapterHandle adapter, const AddressFamily& family,
                                  BindingHandle provider) {
  std::vector<BindingHandle> listeners;
  bindings.ForEach([&](BindingHandle handle, const Binding& binding) {
    if (binding.adapter == adapter && handle != provider) listeners.push_back(handle);
  });
  for (BindingHandle handle : listeners) {
    // A listener may unbind anyone, the provider included.
    const Adapter* still = adapters.Find(adapter);
    if (still == nullptr || FindFamily(*still, family) == nullptr) return;
    Binding* binding = bindings.Find(handle);
    if (binding != nullptr) binding->protocol->OnAfRegistered(handle, family);
  }
}

Status Switchboard::RegisterAddressFamily(BindingHandle call_manager, const AddressFamily& family) {
  Binding* binding = state_->bindings.Find(call_manager);
  if (binding == nullptr || binding->call_manager == nullptr) return Status::kFailure;  // C1
  Adapter* adapter = state_->adapters.Find(binding->adapter);
  if (FindType(adapter, family.type) != nullptr) return Status::kFailure;  // C2
  if (adapter->families.size() == kMaxAfsPerPort) return Status::kResources;
  adapter->families.push_back({family, binding->call_manager, call_manager});
  state_->Announce(binding->adapter, family, call_manager);
  return Status::kSuccess;
}

Status Switchboard::WithdrawAddressFamily(BindingHandle call_manager, const AddressFamily& family) {
  const Binding* binding = state_->bindings.Find(call_manager);
  if (binding == nullptr) return Status::kInvalidHandle;
  Adapter* adapter = state_->adapters.Find(binding->adapter);
  const size_t withdrawn = std::erase_if(adapter->families, [&](const Registration& known) {
    return known.binding == call_manager && known.family == family;
  });
  return withdrawn == 0 ? Status::kNotFound : Status::kSuccess;
}

std::vector<AddressFamily> Switchboard::FamiliesOf(AdapterHandle handle) const {
  std::vector<AddressFamily> families;
  const Adapter* adapter = state_->adapters.Find(handle);
  if (adapter == nullptr) return families;
  for (const Registration& known : adapter->families) families.push_back(known.family);
  return families;
}

Status Switchboard::McmRegisterAddressFamily(AdapterHandle handle, const AddressFamily& family) {
  Adapter* adapter = state_->adapters.Find(handle);
  if (adapter == nullptr || adapter->mcm == nullptr) return Status::kFailure;
  Registration* existing = FindType(adapter, family.type);
  if (existing != nullptr) {
    if (!existing->binding) return Status::kFailure;
    *existing = {family, adapter->mcm, {}};  // C4
  } else {
    if (adapter->families.size() == kMaxAfsPerPort) return Status::kResources;
    adapter->families.push_back({family, adapter->mcm, {}});
  }
  state_->Announce(handle, family, {});
  return Status::kSuccess;
}

bool Switchboard::State::IsOpening(const Binding& binding, AddressFamilyType family) {
  return std::find(binding.opening.begin(), binding.opening.end(), family) != binding.opening.end();
}

Status Switchboard::OpenAddressFamily(BindingHandle client, const AddressFamily& family,
                                      Context client_af, AfHandle* af_handle) {
  *af_handle = {};
  Binding* binding = state_->bindings.Find(client);
  if (binding == nullptr || binding->client == nullptr) return Status::kFailure;
  if (State::IsOpening(*binding, family.type)) return Status::kInvalidState;
  Adapter* adapter;
  const Status present = state_->FindPresent(binding->adapter, &adapter);
  if (present != Status::kSuccess) return present;
  if (state_->IsShutDown(binding->adapter)) return Status::kNotAccepted;
  const Registration* provider = State::FindFamily(*adapter, family);
  if (provider == nullptr) return Status::kFailure;  // C10
  CallManager* call_manager = provider->call_manager;
  const AfHandle handle = state_->afs.Insert(Af{.family = family,
                                                .adapter = binding->adapter,
                                                .client_binding = client,
                                                .cm_binding = provider->binding,
                                                .client = binding->client,
                                                .call_manager = call_manager,
                                                .client_af = client_af});
  if (!handle) return Status::kResources;
  ++binding->users;
  if (provider->binding) ++state_->bindings.Find(provider->binding)->users;
  binding->opening.push_back(family.type);

  Context cm_af = 0;
  const Status status = call_manager->OnOpenAf(handle, family, &cm_af);
  if (status == Status::kPending) return status;
  const Af* af = state_->afs.Find(handle);
  if (af == nullptr || af->state != AfState::kOpening) return Status::kPending;
  const AdapterHandle on = af->adapter;
  state_->EndOpening(handle, status, cm_af);
  if (status == Status::kSuccess) {
    *af_handle = handle;
    state_->TellOf(this, handle, kAddressesChanged);
  }
  state_->AdvanceRemoval(on);
  return status;
}

void Switchboard::State::EndOpening(AfHandle handle, Status status, Context cm_af) {
  Af* af = afs.Find(handle);
  std::erase(bindings.Find(af->client_binding)->opening, af->family.type);
  if (status == Status::kSuccess) {
    af->cm_af = cm_af;
    af->state = AfState::kOpen;
  } else {
    EraseAf(handle);
  }
}

void Switchboard::OpenAfComplete(Status status, AfHandle handle, Context cm_af) {
  const Af* af = state_->afs.Find(handle);
  if (af == nullptr || af->state != AfState::kOpening || status == Status::kPending) return;
  Client* client = af->client;
  const Context client_af = af->client_af;
  const AdapterHandle on = af->adapter;
  state_->EndOpening(handle, status, cm_af);
  client->OnOpenAfComplete(status, client_af, status == Status::kSuccess ? handle : AfHandle());
  state_->TellOf(this, handle, kAddressesChanged);
  state_->AdvanceRemoval(on);
}

void Switchboard::State::EraseAf(AfHandle handle) {
  const Af* af = afs.Find(handle);
  --bindings.Find(af->client_binding)->users;
  if (af->cm_binding) --bindings.Find(af->cm_binding)->users;
  afs.Erase(handle);
  if (oids.size() == 0) return;
  AbortOids([handle](const PendingOid& oid) { return oid.route.af == handle; });
}

Status Switchboard::CloseAddressFamily(AfHandle handle) {
  Af* af = state_->afs.Find(handle);
  if (af == nullptr || af->state != AfState::kOpen) return Status::kFailure;  // C13
  if (state_->IsOpeningAf(*af)) return Status::kInvalidState;
  if (af->saps != 0 || af->client_vcs != 0 || af->calls != 0) return Status::kFailure;  // C12
  af->state = AfState::kClosing;
  const Status status = af->call_manager->OnCloseAf(af->cm_af);
  if (status == Status::kPending) return status;
  af = state_->afs.Find(handle);
  if (af == nullptr || af->state != AfState::kClosing || af->cm_closed) return Status::kPending;
  if (status != Status::kSuccess) {
    af->state = AfState::kOpen;
    return status;
  }
  af->cm_closed = true;
  if (af->vcs != 0) return Status::kPending;
  af->state = AfState::kClosed;
  const AdapterHandle adapter = af->adapter;
  if (!af->notify_pending) state_->EraseAf(handle);
  state_->AdvanceRemoval(adapter);
  return Status::kSuccess;
}

void Switchboard::CloseAfComplete(Status status, AfHandle handle) {
  Af* af = state_->afs.Find(handle);
  if (af == nullptr || af->state != AfState::kClosing || af->cm_closed) return;
  if (status == Status::kPending) return;
  if (status != Status::kSuccess) {
    af->state = AfState::kOpen;
    af->client->OnCloseAfComplete(status, af->client_af);
    return;
  }
  af->cm_closed = true;
  state_->FinishCloseIfIdle(handle);
}

void Switchboard::State::FinishCloseIfIdle(AfHandle handle) {
  Af* af = afs.Find(handle);
  if (af->state != AfState::kClosing || !af->cm_closed || af->vcs != 0) return;
  Client* client = af->client;
  const Context client_af = af->client_af;
  const AdapterHandle adapter = af->adapter;
  af->state = AfState::kClosed;
  if (!af->notify_pending) EraseAf(handle);
  client->OnCloseAfComplete(Status::kSuccess, client_af);
  AdvanceRemoval(adapter);
}

Status Switchboard::NotifyCloseAddressFamily(AfHandle handle) {
  return state_->NotifyClose(handle);
}

Status Switchboard::State::NotifyClose(AfHandle handle) {
  Af* af = afs.Find(handle);
  if (af == nullptr) return Status::kInvalidHandle;
  if (af->state == AfState::kOpening || af->notify_pending) return Status::kInvalidState;
  if (af->state != AfState::kOpen) return Status::kClosing;
  // Keeps the handle alive for NotifyCloseAfComplete, past the close itself (C17).
  af->notify_pending = true;
  const Status status = af->client->OnNotifyCloseAf(af->client_af);
  if (status == Status::kPending) return status;
  af = afs.Find(handle);
  if (af == nullptr || !af->notify_pending) return Status::kPending;
  EndNotify(handle);
  return status;
}

void Switchboard::State::EndNotify(AfHandle handle) {
  Af* af = afs.Find(handle);
  af->notify_pending = false;
  af->close_oid = {};
  if (af->state == AfState::kClosed) EraseAf(handle);
}

void Switchboard::NotifyCloseAfComplete(AfHandle handle, Status status) {
  const Af* af = state_->afs.Find(handle);
  if (af == nullptr || !af->notify_pending || status == Status::kPending) return;
  CallManager* call_manager = af->call_manager;
  const Context cm_af = af->cm_af;
  const AdapterHandle adapter = af->adapter;
  const OidHandle oid = af->close_oid;
  if (oid) CompleteOid(oid, status, {});
  state_->EndNotify(handle);
  if (!oid) call_manager->OnNotifyCloseAfComplete(cm_af, status);
  state_->AdvanceRemoval(adapter);
}

}  // namespace vcp::circuit
