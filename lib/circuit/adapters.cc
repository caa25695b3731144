// Adapters, the bindings on them, and what a client has altogether.
#include <algorithm>
#include <utility>

#include "circuit/state.h"

namespace vcp::circuit {

Status Switchboard::State::AddAdapter(std::string_view name, Miniport* miniport, CallManager* mcm,
                                      AdapterHandle* handle) {
  *handle = {};
  if (name.empty() || name.size() >= kMaxNameBytes) return Status::kInvalidData;
  bool taken = false;
  adapters.ForEach([&](AdapterHandle, const Adapter& other) { taken |= other.name == name; });
  if (taken) return Status::kInUse;
  const AdapterHandle made = adapters.Insert(Adapter{std::string(name), miniport, mcm});
  if (!made) return Status::kResources;
  Move(adapters.Find(made), AdapterState::kInitializing);
  const Status status = miniport->OnInitialize(made);
  if (status != Status::kSuccess) {
    Move(adapters.Find(made), AdapterState::kHalted);
    adapters.Erase(made);
    return status == Status::kPending ? Status::kFailure : status;
  }
  Move(adapters.Find(made), AdapterState::kPaused);
  *handle = made;
  (void)Restart(made);
  return Status::kSuccess;
}

Status Switchboard::RegisterAdapter(std::string_view name, Miniport* miniport,
                                    AdapterHandle* adapter) {
  return state_->AddAdapter(name, miniport, nullptr, adapter);
}

Status Switchboard::RegisterMcmAdapter(std::string_view name, Miniport* miniport,
                                       CallManager* call_manager, AdapterHandle* adapter) {
  return state_->AddAdapter(name, miniport, call_manager, adapter);
}

Status Switchboard::State::AddBinding(const Binding& binding, BindingHandle* handle) {
  *handle = {};
  Adapter* adapter;
  const Status present = FindPresent(binding.adapter, &adapter);
  if (present != Status::kSuccess) return present;
  if (!ServesOids(adapter->state) || adapter->halting) return Status::kNotAccepted;
  *handle = bindings.Insert(binding);
  if (!*handle) return Status::kResources;
  ++adapter->bindings;
  Move(bindings.Find(*handle), BindingState::kOpening);
  Move(bindings.Find(*handle), BindingState::kPaused);
  RestartBinding(*handle);
  // Those that come while we speak announce themselves.
  const std::vector<Registration> families = adapter->families;
  for (const Registration& known : families) {
    Binding* self = bindings.Find(*handle);
    if (self == nullptr) return Status::kClosing;  // Unbound from inside a handler.
    if (FindFamily(*adapters.Find(binding.adapter), known.family) == nullptr) continue;
    self->protocol->OnAfRegistered(*handle, known.family);
  }
  return bindings.Find(*handle) != nullptr ? Status::kSuccess : Status::kClosing;
}

Status Switchboard::OpenBinding(Client* client, AdapterHandle adapter, BindingHandle* binding) {
  return state_->AddBinding({adapter, client, client, nullptr}, binding);
}

Status Switchboard::OpenBinding(CallManager* call_manager, AdapterHandle adapter,
                                BindingHandle* binding) {
  return state_->AddBinding({adapter, call_manager, nullptr, call_manager}, binding);
}

Status Switchboard::CloseBinding(BindingHandle handle) {
  const Binding* binding = state_->bindings.Find(handle);
  if (binding == nullptr) return Status::kInvalidHandle;
  if (binding->users != 0) return Status::kNotAccepted;  // C18
  const AdapterHandle adapter = binding->adapter;
  if (!state_->EndBinding(handle)) return Status::kNotAccepted;
  if (state_->StepPause(adapter) == Status::kSuccess) state_->FinishPause(adapter);
  state_->AdvanceRemoval(adapter);
  return Status::kSuccess;
}

// False when who heard of an aborted request began something new.
bool Switchboard::State::EndBinding(BindingHandle handle) {
  if (bindings.Find(handle)->oids != 0) {
    AbortOids([handle](const PendingOid& oid) { return oid.route.from == handle; });
  }
  const Binding* binding = bindings.Find(handle);
  if (binding != nullptr && binding->users != 0) return false;
  if (binding != nullptr) EraseBinding(handle);
  return true;
}

// Whoever closes a binding has nothing on it any more: it pauses on the way.
void Switchboard::State::EraseBinding(BindingHandle handle) {
  Binding* binding = bindings.Find(handle);
  if (binding->state == BindingState::kRunning) {
    Move(binding, BindingState::kPausing);
    Move(binding, BindingState::kPaused);
  } else if (binding->state == BindingState::kPausing) {
    EndBindingPause(binding);
  }
  Move(binding, BindingState::kClosing);
  Move(binding, BindingState::kUnbound);
  Adapter* adapter = adapters.Find(binding->adapter);
  std::erase_if(adapter->families, [&](const Registration& r) { return r.binding == handle; });
  --adapter->bindings;
  bindings.Erase(handle);
}

std::vector<BindingHandle> Switchboard::State::BindingsOf(AdapterHandle adapter) {
  std::vector<BindingHandle> all;
  bindings.ForEach([&](BindingHandle handle, const Binding& binding) {
    if (binding.adapter == adapter) all.push_back(handle);
  });
  return all;
}

Belongings Switchboard::TakeOver(Client* client, Client* heir) {
  Belongings all;
  state_->bindings.ForEach([&](BindingHandle handle, Binding& binding) {
    if (binding.client != client) return;
    binding.client = heir;
    binding.protocol = heir;
    all.bindings.push_back(handle);
  });
  state_->afs.ForEach([&](AfHandle handle, Af& af) {
    if (af.client != client) return;
    af.client = heir;
    af.client_af = handle.value();
    all.afs.push_back(handle);
  });
  state_->saps.ForEach([&](SapHandle handle, SapEntry& entry) {
    if (state_->afs.Find(entry.af)->client != heir) return;
    entry.client_sap = handle.value();
    all.saps.push_back(handle);
  });
  state_->vcs.ForEach([&](VcHandle handle, Vc& vc) {
    if (state_->ClientOf(vc) != heir) return;
    vc.client_vc = handle.value();
    all.vcs.push_back(handle);
  });
  state_->parties.ForEach([&](PartyHandle handle, Party& party) {
    if (state_->ClientOf(*state_->vcs.Find(party.vc)) != heir) return;
    party.client_party = handle.value();
    all.parties.push_back(handle);
  });
  return all;
}

AdapterHandle Switchboard::FindAdapter(std::string_view name) const {
  AdapterHandle found;
  state_->adapters.ForEach([&](AdapterHandle handle, const Adapter& adapter) {
    if (adapter.name == name) found = handle;
  });
  return found;
}

std::string_view Switchboard::AdapterName(AdapterHandle handle) const {
  const Adapter* adapter = state_->adapters.Find(handle);
  return adapter == nullptr ? std::string_view() : std::string_view(adapter->name);
}

}  // namespace vcp::circuit
