// The model's parties and changes of calls.
#include <rapidcheck.h>

#include "base/limits.h"
#include "switchboard_model.h"

namespace vcp::circuit {

bool SwitchboardModel::HasCall(size_t vc) const {
  return vcs_[vc].alive && vcs_[vc].call == CallState::kConnected && !vcs_[vc].remote_closed;
}

size_t SwitchboardModel::FirstParty(size_t vc) const {
  for (size_t i = 0; i < parties_.size(); ++i) {
    if (parties_[i].vc == vc && parties_[i].alive) return i;
  }
  return 0;
}

size_t SwitchboardModel::CountActive(size_t vc) const {
  size_t count = 0;
  for (const ModelParty& party : parties_) {
    count += party.vc == vc && party.alive && party.state == PartyState::kActive ? 1 : 0;
  }
  return count;
}

bool SwitchboardModel::HasLiveParty(size_t vc, size_t but) const {
  for (size_t i = 0; i < parties_.size(); ++i) {
    const ModelParty& party = parties_[i];
    if (i != but && party.vc == vc && party.alive && party.state == PartyState::kActive &&
        !party.remote_dropped) {
      return true;
    }
  }
  return false;
}

void SwitchboardModel::AddParty(size_t at) {
  const ModelVc& vc = vcs_[at];
  const bool allowed = HasCall(at) && vc.multipoint && !IsOpening(afs_[vc.af].client);
  const size_t party = parties_.size();
  if (allowed) parties_.push_back({.vc = at});
  CallParameters params;
  PartyHandle handle;
  const Status status = board_.AddParty(vc.handle, party, &params, &handle);
  RC_ASSERT(static_cast<bool>(handle) == (status == Status::kSuccess));
  if (!allowed) {
    RC_ASSERT(status != Status::kSuccess && status != Status::kPending);
    return;
  }
  RC_ASSERT(status == step_.answer);
  if (status == Status::kPending) return Owe(Debt::kAdd, party);
  EndAdding(party, status);
}

void SwitchboardModel::EndAdding(size_t at, Status status) {
  parties_[at].alive = status == Status::kSuccess;
  parties_[at].state = PartyState::kActive;
}

void SwitchboardModel::DropParty(size_t at) {
  ModelParty& party = parties_[at];
  const bool allowed = party.alive && party.state == PartyState::kActive &&
                       vcs_[party.vc].call != CallState::kClosing && HasLiveParty(party.vc, at) &&
                       !IsOpening(afs_[vcs_[party.vc].af].client);
  if (allowed) party.state = PartyState::kDropping;
  const Status status = board_.DropParty(party.handle, {});
  if (!allowed) {
    RC_ASSERT(status != Status::kSuccess && status != Status::kPending);
    return;
  }
  RC_ASSERT(status == step_.answer);
  if (status == Status::kPending) return Owe(Debt::kDrop, at);
  EndDropping(at, status);
}

void SwitchboardModel::EndDropping(size_t at, Status status) {
  parties_[at].alive = status != Status::kSuccess;
  parties_[at].state = PartyState::kActive;
}

void SwitchboardModel::DispatchIncomingDropParty(size_t at) {
  ModelParty& party = parties_[at];
  ModelVc& vc = vcs_[party.vc];
  const bool allowed = party.alive && party.state == PartyState::kActive && !party.remote_dropped &&
                       vc.call != CallState::kClosing && !vc.remote_closed;
  if (allowed && HasLiveParty(party.vc, at)) {
    party.remote_dropped = true;
  } else if (allowed) {  // C79
    vc.remote_closed = true;
    vc.must_delete = step_.outcome != Status::kSuccess;
  }
  const Status status = board_.DispatchIncomingDropParty(step_.outcome, party.handle, {});
  RC_ASSERT((status == Status::kSuccess) == allowed);
}

void SwitchboardModel::ModifyCallQoS(size_t at) {
  ModelVc& vc = vcs_[at];
  const bool offered = vc.alive && vc.call == CallState::kOffered && !vc.remote_closed;
  const bool allowed = (HasCall(at) || offered) && !vc.modifying &&
                       !IsOpening(afs_[vc.af].client) &&
                       (!offered || vc.offer_changes < kMaxChangesPerOffer);
  if (allowed) vc.modifying = true;
  if (allowed && offered) ++vc.offer_changes;
  CallParameters params;
  const Status status = board_.ModifyCallQoS(vc.handle, &params);
  if (!allowed) {
    RC_ASSERT(status != Status::kSuccess && status != Status::kPending);
    return;
  }
  if (step_.answer == Status::kPending) {
    RC_ASSERT(status == Status::kPending);
    return Owe(Debt::kModify, at);
  }
  const bool believed = offered || vc.state == VcState::kActive;
  const bool success = step_.answer == Status::kSuccess;
  RC_ASSERT(status == (success && !believed ? Status::kFailure : step_.answer));
  vc.modifying = false;
}

void SwitchboardModel::DispatchIncomingCallQoSChange(size_t at) {
  const ModelVc& vc = vcs_[at];
  const bool allowed = HasCall(at) && !vc.modifying && vc.state == VcState::kActive;
  const CallParameters params;
  const Status status = board_.DispatchIncomingCallQoSChange(vc.handle, params);
  RC_ASSERT((status == Status::kSuccess) == allowed);
}

void SwitchboardModel::CompareParty(size_t at) {
  const ModelParty& party = parties_[at];
  const bool made = !vcs_[party.vc].making;  // Otherwise its completion is the call's.
  ExpectOwed(Debt::kAdd, at, party.alive && party.state == PartyState::kAdding && made);
  ExpectOwed(Debt::kDrop, at, party.alive && party.state == PartyState::kDropping);
  bool found = false;
  for (const PartyRow& row : board_.PartiesOf(vcs_[party.vc].handle)) {
    if (row.handle != party.handle) continue;
    found = true;
    RC_ASSERT(row.state == party.state);
    RC_ASSERT(row.remote_dropped == party.remote_dropped);
  }
  RC_ASSERT(found == party.alive);
}

}  // namespace vcp::circuit
