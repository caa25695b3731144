// Adapters and bindings pause, restart and reset (environment section 12).
#include <utility>

#include "base/check.h"
#include "circuit/state.h"

namespace vcp::circuit {

void Switchboard::State::Move(Adapter* adapter, AdapterState to) {
  VCP_CHECK(MayMove(adapter->state, to));
  adapter->state = to;
}

void Switchboard::State::Move(Binding* binding, BindingState to) {
  VCP_CHECK(MayMove(binding->state, to));
  binding->state = to;
}

Status Switchboard::State::FindPresent(AdapterHandle handle, Adapter** adapter) {
  *adapter = adapters.Find(handle);
  if (*adapter == nullptr) return Status::kInvalidHandle;
  return (*adapter)->removed ? Status::kNotAccepted : Status::kSuccess;
}

// --- pause --------------------------------------------------------------------------------------

Status Switchboard::PauseAdapter(AdapterHandle handle, Done done) {
  Adapter* adapter;
  const Status present = state_->FindPresent(handle, &adapter);
  if (present != Status::kSuccess) return present;
  if (adapter->state != AdapterState::kRunning) return Status::kInvalidState;
  adapter->paused = std::move(done);
  const Status status = state_->Pause(handle);
  if (status == Status::kPending) return status;
  state_->adapters.Find(handle)->paused = nullptr;
  state_->AdvanceRemoval(handle);
  return status;
}

// All bindings count as pausing before the first one is asked: none can be the last too early.
Status Switchboard::State::Pause(AdapterHandle handle) {
  Move(adapters.Find(handle), AdapterState::kPausing);
  std::vector<BindingHandle> asked;
  for (BindingHandle binding : BindingsOf(handle)) {
    Binding* running = bindings.Find(binding);
    if (running->state != BindingState::kRunning) continue;
    Move(running, BindingState::kPausing);
    ++adapters.Find(handle)->pausing_bindings;
    asked.push_back(binding);
  }
  for (BindingHandle handle_of_asked : asked) {
    Binding* binding = bindings.Find(handle_of_asked);
    if (binding == nullptr || binding->state != BindingState::kPausing) continue;
    if (binding->protocol->OnPause(handle_of_asked) == Status::kPending) continue;
    binding = bindings.Find(handle_of_asked);
    if (binding != nullptr && binding->state == BindingState::kPausing) EndBindingPause(binding);
  }
  // The last one may have completed inside, and the miniport, too.
  return StepPause(handle);
}

void Switchboard::State::EndBindingPause(Binding* binding) {
  Move(binding, BindingState::kPaused);
  --adapters.Find(binding->adapter)->pausing_bindings;
}

Status Switchboard::State::StepPause(AdapterHandle handle) {
  Adapter* adapter = adapters.Find(handle);
  if (adapter == nullptr || adapter->state != AdapterState::kPausing) return Status::kPending;
  if (adapter->pausing_bindings != 0 || adapter->owes_pause) return Status::kPending;
  adapter->owes_pause = true;
  if (adapter->miniport->OnPause() == Status::kPending) return Status::kPending;
  adapter = adapters.Find(handle);
  if (adapter == nullptr || !adapter->owes_pause) return Status::kPending;
  adapter->owes_pause = false;
  Move(adapter, AdapterState::kPaused);
  return Status::kSuccess;
}

void Switchboard::PauseBindingComplete(BindingHandle handle) {
  Binding* binding = state_->bindings.Find(handle);
  if (binding == nullptr || binding->state != BindingState::kPausing) return;
  const AdapterHandle adapter = binding->adapter;
  state_->EndBindingPause(binding);
  if (state_->StepPause(adapter) == Status::kSuccess) state_->FinishPause(adapter);
}

void Switchboard::MiniportPauseComplete(AdapterHandle handle) {
  Adapter* adapter = state_->adapters.Find(handle);
  if (adapter == nullptr || !adapter->owes_pause) return;
  adapter->owes_pause = false;
  State::Move(adapter, AdapterState::kPaused);
  state_->FinishPause(handle);
}

// Of a pause that was pending.
void Switchboard::State::FinishPause(AdapterHandle handle) {
  Adapter* adapter = adapters.Find(handle);
  const Done paused = std::exchange(adapter->paused, nullptr);
  if (adapter->halting) Halt(handle, HaltReason::kDeviceStopped);
  if (paused) paused(Status::kSuccess);
  AdvanceRemoval(handle);
}

// --- restart ------------------------------------------------------------------------------------

Status Switchboard::RestartAdapter(AdapterHandle handle, Done done) {
  Adapter* adapter;
  const Status present = state_->FindPresent(handle, &adapter);
  if (present != Status::kSuccess) return present;
  if (adapter->state != AdapterState::kPaused) return Status::kInvalidState;
  adapter->restarted = std::move(done);
  const Status status = state_->Restart(handle);
  if (status == Status::kPending) return status;
  adapter = state_->adapters.Find(handle);
  if (adapter != nullptr) adapter->restarted = nullptr;
  return status;
}

Status Switchboard::State::Restart(AdapterHandle handle) {
  Adapter* adapter = adapters.Find(handle);
  Move(adapter, AdapterState::kRestarting);
  const Status status = adapter->miniport->OnRestart();
  if (status == Status::kPending) return status;
  adapter = adapters.Find(handle);
  if (adapter == nullptr || adapter->state != AdapterState::kRestarting) return Status::kPending;
  EndRestart(handle, status);
  return status;
}

void Switchboard::State::EndRestart(AdapterHandle handle, Status status) {
  Adapter* adapter = adapters.Find(handle);
  const bool runs = status == Status::kSuccess;
  Move(adapter, runs ? AdapterState::kRunning : AdapterState::kPaused);  // C136
  if (runs) {
    for (BindingHandle binding : BindingsOf(handle)) RestartBinding(binding);
  }
  AdvanceRemoval(handle);
}

// It may have been unbound, or the adapter paused, by one that was told before.
void Switchboard::State::RestartBinding(BindingHandle handle) {
  Binding* binding = bindings.Find(handle);
  if (binding == nullptr || binding->state != BindingState::kPaused) return;
  if (adapters.Find(binding->adapter)->state != AdapterState::kRunning) return;
  Move(binding, BindingState::kRestarting);
  Move(binding, BindingState::kRunning);
  binding->protocol->OnRestart(handle);
}

void Switchboard::MiniportRestartComplete(Status status, AdapterHandle handle) {
  Adapter* adapter = state_->adapters.Find(handle);
  if (adapter == nullptr || adapter->state != AdapterState::kRestarting) return;
  if (status == Status::kPending) return;
  const Done restarted = std::exchange(adapter->restarted, nullptr);
  state_->EndRestart(handle, status);
  if (restarted) restarted(status);
}

// --- reset --------------------------------------------------------------------------------------

Status Switchboard::ResetAdapter(AdapterHandle handle, Done done) {
  Adapter* adapter;
  const Status present = state_->FindPresent(handle, &adapter);
  if (present != Status::kSuccess) return present;
  if (adapter->resetting) return Status::kResetInProgress;
  if (!ServesOids(adapter->state)) return Status::kInvalidState;
  if (adapter->halting) return Status::kClosing;
  adapter->resetting = true;
  adapter->owes_reset = true;
  adapter->reset = std::move(done);
  state_->Indicate(handle, {.code = StatusCode::kResetStart});
  adapter = state_->adapters.Find(handle);
  const Status status = adapter->miniport->OnReset();
  adapter = state_->adapters.Find(handle);
  if (status == Status::kPending || adapter == nullptr || !adapter->owes_reset) {
    return Status::kPending;
  }
  adapter->owes_reset = false;
  adapter->reset_status = status;
  if (State::IsResetOwed(*adapter)) return Status::kPending;
  adapter->reset = nullptr;
  state_->EndReset(handle);
  return status;
}

bool Switchboard::State::IsResetOwed(const Adapter& adapter) {
  return adapter.owes_reset || adapter.oids != 0;  // C139
}

// Who hears of the end may begin the next one.
void Switchboard::State::EndReset(AdapterHandle handle) {
  adapters.Find(handle)->resetting = false;
  Indicate(handle, {.code = StatusCode::kResetEnd});
  AdvanceRemoval(handle);
}

// Of a reset that was pending.
void Switchboard::State::FinishResetIfIdle(AdapterHandle handle) {
  Adapter* adapter = adapters.Find(handle);
  if (adapter == nullptr || !adapter->resetting || IsResetOwed(*adapter)) return;
  const Status status = adapter->reset_status;
  const Done reset = std::exchange(adapter->reset, nullptr);
  EndReset(handle);
  if (reset) reset(status);
}

void Switchboard::MiniportResetComplete(Status status, AdapterHandle handle) {
  Adapter* adapter = state_->adapters.Find(handle);
  if (adapter == nullptr || !adapter->owes_reset || status == Status::kPending) return;
  adapter->owes_reset = false;
  adapter->reset_status = status;
  state_->FinishResetIfIdle(handle);
}

// --- looking ------------------------------------------------------------------------------------

std::optional<AdapterRow> Switchboard::FindAdapterRow(AdapterHandle handle) const {
  const Adapter* adapter = state_->adapters.Find(handle);
  if (adapter == nullptr) return std::nullopt;
  return AdapterRow{.handle = handle,
                    .name = adapter->name,
                    .state = adapter->state,
                    .resetting = adapter->resetting,
                    .removed = adapter->removed,
                    .bindings = adapter->bindings,
                    .oids = adapter->oids};
}

std::optional<BindingState> Switchboard::FindBindingState(BindingHandle handle) const {
  const Binding* binding = state_->bindings.Find(handle);
  if (binding == nullptr) return std::nullopt;
  return binding->state;
}

}  // namespace vcp::circuit
