// The model's adapter: it pauses, restarts and resets under everything else, which stays.
#include <rapidcheck.h>

#include <utility>

#include "switchboard_model.h"

namespace vcp::circuit {

void SwitchboardModel::DoForAdapter(const Step& step) {
  switch (step.act) {
    case Act::kPauseAdapter:
      return PauseAdapter();
    case Act::kRestartAdapter:
      return RestartAdapter();
    case Act::kResetAdapter:
      return ResetAdapter();
    default:
      return Complete(step.act, 0, step.outcome);
  }
}

void SwitchboardModel::PauseAdapter() {
  const bool may = life_ == AdapterState::kRunning;
  const Status status = board_.PauseAdapter(adapter_, [this](Status paused) {
    RC_ASSERT(paused == Status::kSuccess);
    --pauses_owed_;
  });
  const Status wanted = step_.answer == Status::kPending ? Status::kPending : Status::kSuccess;
  RC_ASSERT(status == (may ? wanted : Status::kInvalidState));
  if (status == Status::kPending) ++pauses_owed_;
}

void SwitchboardModel::RestartAdapter() {
  const bool may = life_ == AdapterState::kPaused;
  const Status status = board_.RestartAdapter(adapter_, [this](Status) { --restarts_owed_; });
  RC_ASSERT(status == (may ? step_.answer : Status::kInvalidState));
  if (status == Status::kPending) ++restarts_owed_;
}

void SwitchboardModel::ResetAdapter() {
  const bool may = !resetting_;
  const Status status = board_.ResetAdapter(adapter_, [this](Status) { --resets_owed_; });
  // What it was asked before comes first.
  const Status wanted = resetting_ ? Status::kPending : step_.answer;
  RC_ASSERT(status == (may ? wanted : Status::kResetInProgress));
  if (status == Status::kPending) ++resets_owed_;
}

// --- the miniport -------------------------------------------------------------------------------

// C135: whatever it says but that it takes its time, it is done.
Status SwitchboardModel::OnPause() {
  if (ending_) return Status::kSuccess;
  RC_ASSERT(life_ == AdapterState::kRunning);
  life_ = AdapterState::kPausing;
  const Status status = Answer(Act::kPauseComplete, 0);
  if (status != Status::kPending) life_ = AdapterState::kPaused;
  return status;
}

Status SwitchboardModel::OnRestart() {
  RC_ASSERT(life_ == AdapterState::kPaused);
  life_ = AdapterState::kRestarting;
  const Status status = Answer(Act::kRestartComplete, 0);
  if (status == Status::kPending) return status;
  life_ = status == Status::kSuccess ? AdapterState::kRunning : AdapterState::kPaused;
  return status;
}

Status SwitchboardModel::OnReset() {
  RC_ASSERT(!resetting_);
  resetting_ = miniport_resets_ = true;
  const Status status = Answer(Act::kResetComplete, 0);
  if (status == Status::kPending) return status;
  miniport_resets_ = false;
  EndResetIfIdle();
  return status;
}

// --- what it pended, at its end -----------------------------------------------------------------

void SwitchboardModel::EndPause() {
  if (life_ == AdapterState::kPausing) life_ = AdapterState::kPaused;
  board_.MiniportPauseComplete(adapter_);
}

void SwitchboardModel::EndRestart(Status status) {
  if (life_ == AdapterState::kRestarting) {
    life_ = status == Status::kSuccess ? AdapterState::kRunning : AdapterState::kPaused;  // C136
  }
  board_.MiniportRestartComplete(status, adapter_);
}

void SwitchboardModel::EndReset() {
  if (std::exchange(miniport_resets_, false)) EndResetIfIdle();
  board_.MiniportResetComplete(Status::kSuccess, adapter_);
}

// Each that pends ends once, and whoever asked for it hears so once.
void SwitchboardModel::CompareAdapter() {
  const std::optional<AdapterRow> row = board_.FindAdapterRow(adapter_);
  RC_ASSERT(row.has_value());
  RC_ASSERT(row->state == life_);
  RC_ASSERT(row->resetting == resetting_);
  RC_ASSERT(pauses_owed_ == (life_ == AdapterState::kPausing ? 1 : 0));
  RC_ASSERT(restarts_owed_ == (life_ == AdapterState::kRestarting ? 1 : 0));
  RC_ASSERT(resets_owed_ == (resetting_ ? 1 : 0));
}

}  // namespace vcp::circuit
