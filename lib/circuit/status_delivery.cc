// Status indications on their way from a miniport to those above it (environment section 9).
#include <algorithm>
#include <utility>

#include "circuit/state.h"

namespace vcp::circuit {

Status Switchboard::IndicateStatus(AdapterHandle handle, VcHandle vc_handle,
                                   const StatusIndication& indication) {
  const Adapter* adapter = state_->adapters.Find(handle);
  if (adapter == nullptr) return Status::kInvalidHandle;  // C116
  if (adapter->state == AdapterState::kShutDown) return Status::kInvalidState;
  if (indication.bytes.size() > kMaxStatusBytes) return Status::kInvalidLength;
  const Vc* vc = vc_handle ? state_->FindUsable(vc_handle) : nullptr;
  if (vc_handle && (vc == nullptr || vc->adapter != handle)) return Status::kInvalidHandle;
  std::vector<BindingHandle> hearers;
  if (vc == nullptr) {
    hearers = state_->BindingsOf(handle);
  } else {
    if (vc->af) hearers.push_back(state_->afs.Find(vc->af)->client_binding);
    if (vc->cm_binding) hearers.push_back(vc->cm_binding);
  }
  if (indication.destination) {
    const auto found = std::find(hearers.begin(), hearers.end(), indication.destination);
    if (found == hearers.end()) return Status::kInvalidHandle;
    hearers = {indication.destination};
  }
  Status status = Status::kSuccess;
  for (BindingHandle hearer : hearers) {
    const Status delivered = state_->Deliver(hearer, vc_handle, indication);
    if (delivered != Status::kSuccess) status = delivered;
  }
  return status;
}

void Switchboard::State::Indicate(AdapterHandle adapter, const StatusIndication& indication) {
  for (BindingHandle binding : BindingsOf(adapter)) (void)Deliver(binding, {}, indication);
}

// A driver's own name for a VC that it shares.
std::optional<Context> Switchboard::State::ContextOf(const Vc& vc, BindingHandle binding) {
  if (vc.cm_binding == binding) return vc.cm_vc;
  if (vc.af && afs.Find(vc.af)->client_binding == binding) return vc.client_vc;
  return std::nullopt;
}

// Who is still busy with one gets the next when it has returned (C116).
Status Switchboard::State::Deliver(BindingHandle handle, VcHandle vc_handle,
                                   const StatusIndication& indication) {
  Binding* binding = bindings.Find(handle);
  if (binding == nullptr) return Status::kSuccess;  // Unbound by one that heard it before.
  if (binding->statuses.size() == kMaxQueuedStatuses) return Status::kResources;
  binding->statuses.push_back({vc_handle, indication});
  if (binding->in_status) return Status::kSuccess;
  binding->in_status = true;
  while (binding != nullptr && !binding->statuses.empty()) {
    const QueuedStatus next = std::move(binding->statuses.front());
    binding->statuses.pop_front();
    const Vc* vc = next.vc ? vcs.Find(next.vc) : nullptr;
    const std::optional<Context> context = vc == nullptr ? std::nullopt : ContextOf(*vc, handle);
    // The VC of a queued one may be gone.
    if (!next.vc || context) binding->protocol->OnStatus(handle, context, next.indication);
    binding = bindings.Find(handle);
  }
  if (binding != nullptr) binding->in_status = false;
  return Status::kSuccess;
}

}  // namespace vcp::circuit
