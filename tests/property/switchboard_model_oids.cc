// The model's queries: of the miniport by whoever is bound, and between the two ends of a family.
#include <rapidcheck.h>

#include <algorithm>

#include "base/limits.h"
#include "switchboard_model.h"

namespace vcp::circuit {

void SwitchboardModel::DoForOid(const Step& step) {
  if (step.act == Act::kAskOid) return AskOid(step);
  if (oids_.empty()) return;
  const size_t oid = oids_.size() - 1 - step.object % std::min<size_t>(oids_.size(), 4);
  if (step.act == Act::kCompleteOid) return Complete(step.act, oid, step.outcome);
  const bool pended = oids_[oid].alive;
  const Status status = board_.AbortOid(oids_[oid].handle);
  RC_ASSERT(status == (pended ? Status::kSuccess : Status::kInvalidHandle));
  RC_ASSERT(!oids_[oid].alive);
}

void SwitchboardModel::AskOid(const Step& step) {
  ModelOid oid{.asker = step.object % 3u};
  OidRoute route{.from = oid.asker == kManager ? manager_binding_ : bindings_[oid.asker]};
  if (step.other % 2 != 0 && !afs_.empty()) {
    oid.af = afs_.size() - 1 - step.other / 2 % std::min<size_t>(afs_.size(), 4);
    route.af = afs_[*oid.af].handle;
  }
  const Status allowed = MayAsk(oid);
  const size_t at = oids_.size();
  if (allowed == Status::kSuccess) oids_.push_back(oid);
  OidAnswer answer;
  const Status status = board_.RequestOid(route, at, {.oid = Oid::kSupportedList}, &answer);
  RC_ASSERT(status == (allowed == Status::kSuccess ? step_.answer : allowed));
  if (allowed != Status::kSuccess) return;
  if (status == Status::kPending) return Owe(Debt::kOid, at);
  EndOid(at);
}

// C102, C104, C139.
Status SwitchboardModel::MayAsk(const ModelOid& oid) const {
  const auto pending = std::ranges::count_if(
      oids_, [&oid](const ModelOid& other) { return other.alive && other.asker == oid.asker; });
  if (pending == kMaxOidsPerBinding) return Status::kResources;
  if (!oid.af) return resetting_ ? Status::kResetInProgress : Status::kSuccess;
  const ModelAf& af = afs_[*oid.af];
  if (!af.alive || (oid.asker != kManager && oid.asker != af.client)) return Status::kInvalidHandle;
  if (af.state == AfState::kOpening) return Status::kInvalidState;
  if (af.state != AfState::kOpen) return Status::kClosing;
  if (oid.asker == kManager) return Status::kSuccess;
  if (IsOpening(oid.asker)) return Status::kInvalidState;
  return resetting_ ? Status::kResetInProgress : Status::kSuccess;
}

// Whoever is asked.
Status SwitchboardModel::OnOid(OidHandle handle, bool is_right) {
  RC_ASSERT(is_right);
  oids_.back().handle = handle;
  return Answer(Act::kCompleteOid, oids_.size() - 1);
}

void SwitchboardModel::OnOidAborted(OidHandle handle) {
  const auto oid = std::ranges::find(oids_, handle, &ModelOid::handle);
  RC_ASSERT(oid != oids_.end() && oid->alive);
  oid->aborted = true;
}

// Whoever has asked. C107: one that is aborted ends so, and who was asked has heard.
void SwitchboardModel::OnOidComplete(size_t at, Status status) {
  RC_ASSERT(oids_[at].alive);
  if (!ending_) RC_ASSERT(oids_[at].aborted == (status == Status::kRequestAborted));
  Pay(Debt::kOid, at);
  EndOid(at);
}

void SwitchboardModel::EndOid(size_t at) {
  oids_[at].alive = false;
  EndResetIfIdle();
}

// A reset lasts as long as the miniport takes, and as what it was asked before (C139).
void SwitchboardModel::EndResetIfIdle() {
  const bool is_asked = std::ranges::any_of(
      oids_, [](const ModelOid& oid) { return oid.alive && !oid.af.has_value(); });
  if (!miniport_resets_ && !is_asked) resetting_ = false;
}

// Their ends went to the heir of a client that died.
void SwitchboardModel::ForgetOidsOf(size_t client) {
  for (size_t i = 0; i < oids_.size(); ++i) {
    if (!oids_[i].alive || oids_[i].asker != client) continue;
    owed_.erase({Debt::kOid, i});
    EndOid(i);
  }
}

size_t SwitchboardModel::CompareOids() {
  size_t alive = 0;
  for (size_t i = 0; i < oids_.size(); ++i) {
    const ModelOid& oid = oids_[i];
    ExpectOwed(Debt::kOid, i, oid.alive);
    alive += oid.alive ? 1 : 0;
    if (oid.alive && oid.af) RC_ASSERT(afs_[*oid.af].alive);
  }
  return alive;
}

void SwitchboardModel::CompleteOids() {
  for (const ModelOid& oid : std::vector<ModelOid>(oids_)) {
    board_.CompleteOid(oid.handle, Status::kSuccess, {});
  }
}

}  // namespace vcp::circuit
