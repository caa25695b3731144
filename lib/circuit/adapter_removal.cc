// How adapters end: halted in order, their device removed without a word, or with the machine
// (environment section 12).
#include <utility>

#include "circuit/state.h"

namespace vcp::circuit {

// --- halt ---------------------------------------------------------------------------------------

Status Switchboard::DeregisterAdapter(AdapterHandle handle) {
  Adapter* adapter;
  const Status present = state_->FindPresent(handle, &adapter);
  if (present != Status::kSuccess) return present;
  if (adapter->bindings != 0 || adapter->oids != 0) return Status::kNotAccepted;  // C137
  if (adapter->state == AdapterState::kShutDown) {
    state_->adapters.Erase(handle);
    return Status::kSuccess;
  }
  if (adapter->halting) return Status::kClosing;
  if (adapter->resetting) return Status::kResetInProgress;
  if (adapter->state == AdapterState::kRunning) {
    adapter->halting = true;
    if (state_->Pause(handle) == Status::kPending) return Status::kPending;
  } else if (adapter->state != AdapterState::kPaused) {
    return Status::kInvalidState;
  }
  state_->Halt(handle, HaltReason::kDeviceStopped);
  return Status::kSuccess;
}

// Nothing is told to anybody about it afterwards.
void Switchboard::State::Halt(AdapterHandle handle, HaltReason reason) {
  Adapter* adapter = adapters.Find(handle);
  Move(adapter, AdapterState::kHalted);
  adapter->miniport->OnHalt(reason);
  adapters.Erase(handle);
}

std::vector<VcHandle> Switchboard::State::OwedVcsOf(AdapterHandle adapter) {
  std::vector<VcHandle> owed;
  vcs.ForEach([&](VcHandle handle, const Vc& vc) {
    const bool is_owed = IsActivating(vc) || vc.state == VcState::kDeactivating;
    if (vc.adapter == adapter && vc.miniport != nullptr && is_owed) owed.push_back(handle);
  });
  return owed;
}

Status Switchboard::ShutDownAdapter(AdapterHandle handle) {
  Adapter* adapter = state_->adapters.Find(handle);
  if (adapter == nullptr) return Status::kInvalidHandle;
  if (!MayMove(adapter->state, AdapterState::kShutDown)) return Status::kInvalidState;
  State::Move(adapter, AdapterState::kShutDown);
  adapter->owes_pause = adapter->owes_reset = adapter->resetting = false;
  adapter->miniport->OnShutDown();
  state_->AbortOids([&](const PendingOid& oid) { return oid.adapter == handle && !oid.route.af; });
  for (VcHandle vc : state_->OwedVcsOf(handle)) {  // One of these two.
    MiniportActivateVcComplete(Status::kRequestAborted, vc, {});
    MiniportDeactivateVcComplete(Status::kSuccess, vc);
  }
  adapter = state_->adapters.Find(handle);
  if (adapter == nullptr) return Status::kSuccess;
  for (Done Adapter::*pending :
       {&Adapter::paused, &Adapter::restarted, &Adapter::reset, &Adapter::gone}) {
    adapter = state_->adapters.Find(handle);
    const Done done = adapter == nullptr ? nullptr : std::exchange(adapter->*pending, nullptr);
    if (done) done(Status::kRequestAborted);
  }
  return Status::kSuccess;
}

// --- surprise removal ---------------------------------------------------------------------------

Status Switchboard::RemoveAdapter(AdapterHandle handle, Done done) {
  Adapter* adapter;
  const Status present = state_->FindPresent(handle, &adapter);
  if (present != Status::kSuccess) return present;
  if (!ServesOids(adapter->state) || adapter->halting) return Status::kInvalidState;
  adapter->removed = true;
  adapter->gone = std::move(done);
  adapter->miniport->OnSurpriseRemoval();
  state_->AdvanceRemoval(handle);
  return Status::kPending;
}

void Switchboard::State::AdvanceRemoval(AdapterHandle handle) {
  Adapter* adapter = adapters.Find(handle);
  if (adapter == nullptr || !adapter->removed) return;
  adapter->remove_more = true;
  if (std::exchange(adapter->removing, true)) return;
  bool ended = false;
  while (!ended && std::exchange(adapter->remove_more, false)) ended = StepRemoval(handle);
  adapter->removing = false;
  if (!ended) return;
  const Done gone = std::exchange(adapter->gone, nullptr);
  Halt(handle, HaltReason::kSurpriseRemoved);
  if (gone) gone(Status::kSuccess);
}

// Clients are asked to close first: the ends of their calls give back what the pause waits for.
bool Switchboard::State::StepRemoval(AdapterHandle handle) {
  if (adapters.Find(handle)->state == AdapterState::kShutDown) return false;
  CloseAfsOf(handle);
  if (adapters.Find(handle)->state == AdapterState::kRunning) (void)Pause(handle);
  if (adapters.Find(handle)->state != AdapterState::kPaused) return false;
  if (!Unbind(handle, /*clients=*/true) || !Unbind(handle, /*clients=*/false)) return false;
  const Adapter* adapter = adapters.Find(handle);
  return adapter->oids == 0 && !adapter->resetting;
}

void Switchboard::State::CloseAfsOf(AdapterHandle handle) {
  std::vector<AfHandle> open;
  afs.ForEach([&](AfHandle af, const Af& entry) {
    const bool to_tell = entry.adapter == handle && !entry.told_to_close;
    if (to_tell && entry.state == AfState::kOpen && !entry.notify_pending) open.push_back(af);
  });
  for (AfHandle af : open) {
    Af* entry = afs.Find(af);
    if (entry == nullptr || entry->state != AfState::kOpen || entry->notify_pending) continue;
    entry->told_to_close = true;
    (void)NotifyClose(af);
  }
}

bool Switchboard::State::Unbind(AdapterHandle handle, bool clients) {
  bool Adapter::*told = clients ? &Adapter::clients_unbound : &Adapter::managers_unbound;
  const bool tell = !std::exchange(adapters.Find(handle)->*told, true);
  bool none_left = true;
  for (BindingHandle each : BindingsOf(handle)) {
    Binding* binding = bindings.Find(each);
    if (binding == nullptr || (binding->client != nullptr) != clients) continue;
    if (tell) binding->protocol->OnUnbind(each);
    binding = bindings.Find(each);
    if (binding == nullptr) continue;
    if (binding->users != 0 || !EndBinding(each)) none_left = false;
  }
  return none_left;
}

}  // namespace vcp::circuit
