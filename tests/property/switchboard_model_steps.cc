// The model's steps, its comparison with the real thing, and the end of everything.
#include <rapidcheck.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "circuit/client_teardown.h"
#include "switchboard_model.h"

namespace vcp::circuit {

namespace {

// One of the last few that were made, so that steps meet on the same objects.
template <typename Object>
size_t Choose(const std::vector<Object>& all, uint8_t choice) {
  return all.size() - 1 - choice % std::min<size_t>(all.size(), 4);
}

// Of a step's sensible: that and what is above ask somebody, or answer.
constexpr uint8_t kFirstOid = 240;

}  // namespace

void SwitchboardModel::Do(const Step& wanted) {
  Step step = wanted;
  if (step.sensible >= kFirstOid) {
    constexpr Act kOids[] = {Act::kAskOid, Act::kAskOid, Act::kCompleteOid, Act::kAbortOid};
    step.act = kOids[step.sensible % std::size(kOids)];
    step.sensible = 0;
  }
  size_t vc = 0;
  const bool sensible = step.sensible != 0 && ChooseLiveVc(&step.object, &vc);
  if (sensible) {
    const std::vector<Act> acts = Sensible(vc);
    step.act = acts[step.sensible % acts.size()];
  } else if (step.sensible != 0) {  // There is no VC yet.
    constexpr Act kBefore[] = {Act::kOpenAf,   Act::kOpenAfComplete, Act::kRegisterSap,
                               Act::kCreateVc, Act::kCreateVc,       Act::kCmCreateVc};
    step.act = kBefore[step.sensible % std::size(kBefore)];
  }
  step_ = step;
  if (sensible && IsOpening(afs_[vcs_[vc].af].client)) {
    FinishOpening(afs_[vcs_[vc].af].client);
  } else if (step.act == Act::kOpenAf) {
    OpenAf(step.other % 2);
  } else if (step.act <= Act::kNotifyCloseAfComplete || step.act == Act::kRegisterSap ||
             step.act == Act::kCreateVc || step.act == Act::kCmCreateVc) {
    if (!afs_.empty()) DoForAf(step);
  } else if (step.act <= Act::kDeregisterSapComplete) {
    if (!saps_.empty()) DoForSap(step);
  } else if (step.act >= Act::kLoseLink) {
    if (step.other % 4 == 0) DoDisaster(step);  // else nothing else would grow old
  } else if (step.act >= Act::kAskOid) {
    DoForOid(step);
  } else if (step.act >= Act::kPauseAdapter) {
    DoForAdapter(step);
  } else if (step.act >= Act::kAddPartyComplete) {
    DoForParty(step, sensible ? PartiesOf(vc) : LastParties());
  } else if (!vcs_.empty()) {
    DoForVc(step);
  }
  Compare();
}

// One of the last four; `choice` is what chooses it among all.
bool SwitchboardModel::ChooseLiveVc(uint8_t* choice, size_t* vc) const {
  for (uint8_t i = 0; i < 4; ++i) {
    const uint8_t next = static_cast<uint8_t>((*choice + i) % 4);
    if (vcs_.empty() || !vcs_[Choose(vcs_, next)].alive) continue;
    *choice = next;
    *vc = Choose(vcs_, next);
    return true;
  }
  return false;
}

void SwitchboardModel::DoForAf(const Step& step) {
  const size_t af = Choose(afs_, step.object);
  switch (step.act) {
    case Act::kCloseAf:
      return CloseAf(af);
    case Act::kNotifyCloseAf:
      return NotifyCloseAf(af);
    case Act::kRegisterSap:
      return RegisterSap(af);
    case Act::kCreateVc:
      return CreateVc(af, true);
    case Act::kCmCreateVc:
      return CreateVc(af, false);
    default:
      return Complete(step.act, af, step.outcome);
  }
}

void SwitchboardModel::DoForSap(const Step& step) {
  const size_t sap = Choose(saps_, step.object);
  if (step.act == Act::kDeregisterSap) return DeregisterSap(sap);
  Complete(step.act, sap, step.outcome);
}

std::vector<size_t> SwitchboardModel::PartiesOf(size_t vc) const {
  std::vector<size_t> all;
  for (size_t i = 0; i < parties_.size(); ++i) {
    if (parties_[i].vc == vc && parties_[i].alive) all.push_back(i);
  }
  return all;
}

// Dead ones too.
std::vector<size_t> SwitchboardModel::LastParties() const {
  std::vector<size_t> all;
  for (size_t i = parties_.size(); i != 0 && all.size() < 4; --i) all.push_back(i - 1);
  return all;
}

void SwitchboardModel::DoForParty(const Step& step, const std::vector<size_t>& candidates) {
  if (candidates.empty()) return;
  const size_t party = candidates[step.other % candidates.size()];
  if (step.act == Act::kDropParty) return DropParty(party);
  if (step.act == Act::kDispatchIncomingDropParty) return DispatchIncomingDropParty(party);
  Complete(step.act, party, step.outcome);
}

// Its client may do nothing else before.
void SwitchboardModel::FinishOpening(size_t client) {
  for (size_t af = 0; af < afs_.size(); ++af) {
    if (afs_[af].alive && afs_[af].client == client && afs_[af].state == AfState::kOpening) {
      Complete(Act::kOpenAfComplete, af, step_.outcome);
    }
  }
}

std::vector<Act> SwitchboardModel::SensibleInCall(size_t at, Act path) const {
  const ModelVc& vc = vcs_[at];
  if (vc.remote_closed) return {path, Act::kCloseCall, Act::kCloseCall, Act::kDropParty};
  const Act change = vc.modifying ? Act::kModifyCallQoSComplete : Act::kModifyCallQoS;
  if (!vc.multipoint) {
    return {path, change, Act::kCloseCall, Act::kDispatchIncomingCloseCall,
            Act::kDispatchIncomingCallQoSChange};
  }
  if (CountActive(at) < 2) {
    return {Act::kAddParty,         Act::kAddParty, Act::kAddPartyComplete,
            Act::kAddPartyComplete, change,         Act::kCloseCall};
  }
  return {Act::kAddParty,          Act::kAddPartyComplete,
          Act::kDropParty,         Act::kDropParty,
          Act::kDropPartyComplete, Act::kDispatchIncomingDropParty,
          Act::kDropPartyComplete, Act::kDispatchIncomingDropParty,
          Act::kCloseCall,         change};
}

std::vector<Act> SwitchboardModel::Sensible(size_t at) const {
  const ModelVc& vc = vcs_[at];
  Act path = Act::kActivateVc;
  if (vc.state == VcState::kDeactivating) {
    path = Act::kDeactivateVcComplete;
  } else if (vc.state == VcState::kActivating || vc.state == VcState::kReactivating) {
    path = Act::kActivateVcComplete;
  }
  switch (vc.call) {
    case CallState::kNone:
      if (vc.state == VcState::kActive && vc.by_client) return {Act::kDeactivateVc};
      if (vc.by_client) return {path, Act::kMakeCall, Act::kMakeCall, Act::kMakeCall};
      return {path, Act::kDispatchIncomingCall};
    case CallState::kMaking:
      if (vc.state == VcState::kActive) {
        return {Act::kMakeCallComplete, Act::kMakeCallComplete, path, Act::kCloseCall};
      }
      return {path, path, path, Act::kMakeCallComplete, Act::kCloseCall};
    case CallState::kOffered:
      return {path, Act::kIncomingCallComplete, Act::kDispatchIncomingCloseCall,
              vc.modifying ? Act::kModifyCallQoSComplete : Act::kModifyCallQoS};
    case CallState::kAccepted:
      return {path, Act::kDispatchCallConnected, Act::kDispatchIncomingCloseCall};
    case CallState::kConnected:
      return SensibleInCall(at, path);
    case CallState::kClosing:
      return {path, Act::kDeactivateVc, Act::kCloseCallComplete};
  }
  return {path};
}

void SwitchboardModel::DoForVc(const Step& step) {
  const size_t vc = Choose(vcs_, step.object);
  switch (step.act) {
    case Act::kDeleteVc:
      return DeleteVc(vc, true);
    case Act::kCmDeleteVc:
      return DeleteVc(vc, false);
    case Act::kActivateVc:
      return ActivateVc(vc);
    case Act::kDeactivateVc:
      return DeactivateVc(vc);
    case Act::kMakeCall:
      return MakeCall(vc);
    case Act::kDispatchIncomingCall:
      if (!saps_.empty()) DispatchIncomingCall(Choose(saps_, step.other), vc);
      return;
    case Act::kDispatchCallConnected:
      return DispatchCallConnected(vc);
    case Act::kCloseCall:
      return CloseCall(vc);
    case Act::kDispatchIncomingCloseCall:
      return DispatchIncomingCloseCall(vc);
    case Act::kModifyCallQoS:
      return ModifyCallQoS(vc);
    case Act::kDispatchIncomingCallQoSChange:
      return DispatchIncomingCallQoSChange(vc);
    case Act::kAddParty:
      return AddParty(vc);
    default:
      return Complete(step.act, vc, step.outcome);
  }
}

void SwitchboardModel::ExpectOwed(Debt debt, size_t object, bool owed) {
  const auto found = owed_.find({debt, object});
  RC_ASSERT((found == owed_.end() ? 0 : found->second) == (owed ? 1 : 0));
}

void SwitchboardModel::Compare() {
  CompareAdapter();
  size_t alive = 1 + 3;  // The adapter and the bindings.
  for (size_t i = 0; i < afs_.size(); ++i) {
    CompareAf(i);
    alive += afs_[i].alive ? 1 : 0;
  }
  for (size_t i = 0; i < saps_.size(); ++i) {
    const ModelSap& sap = saps_[i];
    alive += sap.alive ? 1 : 0;
    ExpectOwed(Debt::kRegister, i, sap.alive && sap.state == SapState::kRegistering);
    ExpectOwed(Debt::kDeregister, i, sap.alive && sap.state == SapState::kDeregistering);
  }
  for (size_t i = 0; i < vcs_.size(); ++i) {
    CompareVc(i);
    alive += vcs_[i].alive ? 1 : 0;
  }
  for (size_t i = 0; i < parties_.size(); ++i) {
    CompareParty(i);
    alive += parties_[i].alive ? 1 : 0;
  }
  alive += CompareOids();
  RC_ASSERT(board_.LiveObjectCount() == alive);
  // It has those that there are, whoever refused others.
  for (size_t i = 0; i < vcs_.size(); ++i) RC_ASSERT(miniport_vcs_.contains(i) == vcs_[i].alive);
}

void SwitchboardModel::CompareAf(size_t at) {
  const ModelAf& af = afs_[at];
  const std::optional<AfRow> row = board_.FindAf(af.handle);
  RC_ASSERT(row.has_value() == af.alive);
  ExpectOwed(Debt::kOpenAf, at, af.alive && af.state == AfState::kOpening);
  ExpectOwed(Debt::kCloseAf, at, af.alive && af.state == AfState::kClosing);
  ExpectOwed(Debt::kNotify, at, af.notifying);
  if (!row) return;
  RC_ASSERT(row->state == af.state);
  RC_ASSERT(row->notify_pending == af.notifying);
  if (af.state == AfState::kClosing && af.cm_closed) RC_ASSERT(HasVcs(at));
}

void SwitchboardModel::CompareVc(size_t at) {
  const ModelVc& vc = vcs_[at];
  const std::optional<VcRow> row = board_.FindVc(vc.handle);
  RC_ASSERT(row.has_value() == vc.alive);
  const bool rising = vc.state == VcState::kActivating || vc.state == VcState::kReactivating;
  ExpectOwed(Debt::kActivate, at, rising);
  ExpectOwed(Debt::kDeactivate, at, vc.state == VcState::kDeactivating);
  ExpectOwed(Debt::kMake, at, vc.making);
  ExpectOwed(Debt::kIncoming, at, vc.call == CallState::kOffered);
  ExpectOwed(Debt::kClose, at, vc.call == CallState::kClosing);
  ExpectOwed(Debt::kModify, at, vc.modifying);
  if (!row) return;
  RC_ASSERT(row->state == vc.state);
  RC_ASSERT(row->call == vc.call);
  RC_ASSERT(row->made_by_client == vc.by_client);
  RC_ASSERT(row->remote_closed == (vc.call != CallState::kNone && vc.remote_closed));
  RC_ASSERT(row->multipoint == (vc.call != CallState::kNone && vc.multipoint));
}

// --- the end ------------------------------------------------------------------------------------

void SwitchboardModel::EndAll() {
  ending_ = true;
  step_ = {};
  CompleteOids();
  EndReset();
  EndPause();
  EndRestart(Status::kSuccess);
  CompareAdapter();
  FinishPaths(nullptr);
  TearDownClients();
  RC_ASSERT(board_.CloseBinding(manager_binding_) == Status::kSuccess);
  RC_ASSERT(board_.DeregisterAdapter(adapter_) == Status::kSuccess);
  RC_ASSERT(surprises_ == 0 && halts_ == 1);
  ExpectNothingOwed();
}

// C141. What pends at the miniport may still be answered; the rest ends by those who have it.
void SwitchboardModel::RemoveAll() {
  ending_ = true;
  step_ = {};
  bool gone = false;
  const auto done = [&gone](Status status) {
    RC_ASSERT(status == Status::kSuccess && !gone);
    gone = true;
  };
  RC_ASSERT(board_.RemoveAdapter(adapter_, done) == Status::kPending);
  RC_ASSERT(surprises_ == 1);
  RC_ASSERT(board_.RemoveAdapter(adapter_, done) != Status::kPending);
  for (const ModelAf& af : afs_) {
    VcHandle none;
    RC_ASSERT(board_.CmCreateVc(af.handle, 0, &none) != Status::kSuccess);
  }
  OidAnswer answer;
  RC_ASSERT(board_.RequestOid({.from = manager_binding_}, 0, {.oid = Oid::kSupportedList},
                              &answer) != Status::kPending);
  board_.MiniportResetComplete(Status::kSuccess, adapter_);
  board_.MiniportPauseComplete(adapter_);
  board_.MiniportRestartComplete(Status::kSuccess, adapter_);
  FinishPaths(nullptr);
  TearDownClients();
  RC_ASSERT(gone && halts_ == 1);
  ExpectNothingOwed();
}

void SwitchboardModel::TearDownClients() {
  int ended = 0;
  ClientTeardown one(&board_, clients_[0].get());
  ClientTeardown other(&board_, clients_[1].get());
  one.Start([&] { ++ended; });
  other.Start([&] { ++ended; });
  int rounds = 0;
  while (FinishAfsAndSaps(nullptr) || FinishVcs(nullptr)) RC_ASSERT(++rounds < 10000);
  RC_ASSERT(ended == 2);
}

// What was owed to the clients went to their heirs.
void SwitchboardModel::ExpectNothingOwed() const {
  RC_ASSERT(board_.LiveObjectCount() == 0U);
  RC_ASSERT(miniport_vcs_.empty());
  for (const auto& [debt, count] : owed_) {
    if (debt.first == Debt::kNotify || debt.first == Debt::kActivate ||
        debt.first == Debt::kDeactivate || debt.first == Debt::kIncoming) {
      RC_ASSERT(count == 0);
    }
  }
}

// A call manager does not leave a VC active without a call.
void SwitchboardModel::FinishPaths(const Client* survivor) {
  for (const VcRow& row : board_.Vcs()) {
    if (row.client == survivor) continue;
    board_.MiniportActivateVcComplete(Status::kSuccess, row.handle, {});
    board_.MiniportDeactivateVcComplete(Status::kSuccess, row.handle);
    if (row.call == CallState::kNone) (void)board_.DeactivateVc(row.handle);
  }
}

bool SwitchboardModel::FinishAfsAndSaps(const Client* survivor) {
  const size_t before = board_.LiveObjectCount();
  for (const SapRow& row : board_.Saps()) {
    if (row.client == survivor) continue;
    board_.RegisterSapComplete(Status::kFailure, row.handle, 0);
    board_.DeregisterSapComplete(Status::kSuccess, row.handle);
  }
  for (const AfRow& row : board_.Afs()) {
    if (row.client == survivor) continue;
    board_.OpenAfComplete(Status::kFailure, row.handle, 0);
    board_.CloseAfComplete(Status::kSuccess, row.handle);
  }
  return board_.LiveObjectCount() != before;
}

bool SwitchboardModel::FinishVcs(const Client* survivor) {
  bool moved = false;
  for (const VcRow& row : board_.Vcs()) {
    if (row.client == survivor) continue;
    if (row.state == VcState::kActive) {
      moved |= board_.DeactivateVc(row.handle) == Status::kSuccess;
    }
    if (row.call == CallState::kClosing) {
      board_.CloseCallComplete(Status::kSuccess, row.handle);
      moved = true;
    } else if (!row.made_by_client && row.call == CallState::kNone) {
      moved |= board_.CmDeleteVc(row.handle) == Status::kSuccess;
    }
  }
  return moved;
}

}  // namespace vcp::circuit
