#include "switchboard_model.h"

#include <rapidcheck.h>

#include <utility>

namespace vcp::circuit {

// --- the model ----------------------------------------------------------------------------------

SwitchboardModel::SwitchboardModel() : miniport_(MakeMiniport()), manager_(MakeManager()) {
  RC_ASSERT(board_.RegisterAdapter("wire", miniport_.get(), &adapter_) == Status::kSuccess);
  RC_ASSERT(board_.OpenBinding(manager_.get(), adapter_, &manager_binding_) == Status::kSuccess);
  RC_ASSERT(board_.RegisterAddressFamily(manager_binding_, {}) == Status::kSuccess);
  for (size_t i = 0; i < 2; ++i) {
    clients_[i] = MakeClient();
    RC_ASSERT(board_.OpenBinding(clients_[i].get(), adapter_, &bindings_[i]) == Status::kSuccess);
  }
}

Status SwitchboardModel::Answer(Act completion, size_t object) {
  if (step_.answer == Status::kPending && std::exchange(step_.inside, false)) {
    Complete(completion, object, step_.outcome);
  }
  return step_.answer;
}

bool SwitchboardModel::IsOpening(size_t client) const {
  for (const ModelAf& af : afs_) {
    if (af.alive && af.client == client && af.state == AfState::kOpening) return true;
  }
  return false;
}

bool SwitchboardModel::HasVcs(size_t af) const {
  for (const ModelVc& vc : vcs_) {
    if (vc.alive && vc.af == af) return true;
  }
  return false;
}

bool SwitchboardModel::Holds(size_t af) const {
  for (const ModelVc& vc : vcs_) {
    if (vc.alive && vc.af == af && (vc.by_client || vc.call != CallState::kNone)) return true;
  }
  for (const ModelSap& sap : saps_) {
    if (sap.alive && sap.af == af) return true;
  }
  return false;
}

void SwitchboardModel::OpenAf(size_t client) {
  const bool allowed = !IsOpening(client);
  const size_t af = afs_.size();
  if (allowed) afs_.push_back({.client = client});
  AfHandle handle;
  const Status status = board_.OpenAddressFamily(bindings_[client], {}, af, &handle);
  RC_ASSERT(status == (allowed ? step_.answer : Status::kInvalidState));
  if (!allowed) return;
  if (status == Status::kPending) return Owe(Debt::kOpenAf, af);
  afs_[af].alive = status == Status::kSuccess;
  afs_[af].state = AfState::kOpen;
}

void SwitchboardModel::CloseAf(size_t at) {
  ModelAf& af = afs_[at];
  const bool open = af.alive && af.state == AfState::kOpen;
  const bool allowed = open && !IsOpening(af.client) && !Holds(at);
  if (allowed) {
    af.state = AfState::kClosing;
    af.cm_closed = false;
  }
  const Status status = board_.CloseAddressFamily(af.handle);
  if (!allowed) {
    const bool opening = open && IsOpening(af.client);
    RC_ASSERT(status == (opening ? Status::kInvalidState : Status::kFailure));
    return;
  }
  if (step_.answer == Status::kPending) {
    RC_ASSERT(status == Status::kPending);
    return Owe(Debt::kCloseAf, at);
  }
  if (step_.answer != Status::kSuccess) {
    RC_ASSERT(status == step_.answer);
    af.state = AfState::kOpen;
    return;
  }
  af.cm_closed = true;
  RC_ASSERT(status == (HasVcs(at) ? Status::kPending : Status::kSuccess));
  if (status == Status::kPending) return Owe(Debt::kCloseAf, at);
  Closed(at);
}

void SwitchboardModel::Closed(size_t af) {
  afs_[af].state = AfState::kClosed;
  if (!afs_[af].notifying) afs_[af].alive = false;
}

void SwitchboardModel::NotifyCloseAf(size_t at) {
  ModelAf& af = afs_[at];
  const bool allowed = af.alive && af.state == AfState::kOpen && !af.notifying;
  if (allowed) af.notifying = true;
  const Status status = board_.NotifyCloseAddressFamily(af.handle);
  if (!allowed) {
    RC_ASSERT(status == Status::kInvalidHandle || status == Status::kInvalidState ||
              status == Status::kClosing);
    return;
  }
  RC_ASSERT(status == step_.answer);
  if (status == Status::kPending) return Owe(Debt::kNotify, at);
  af.notifying = false;
}

void SwitchboardModel::RegisterSap(size_t af) {
  const bool open = afs_[af].alive && afs_[af].state == AfState::kOpen;
  const bool allowed = open && !IsOpening(afs_[af].client);
  const size_t sap = saps_.size();
  if (allowed) saps_.push_back({.af = af});
  SapHandle handle;
  const Status status = board_.RegisterSap(afs_[af].handle, sap, {}, &handle);
  RC_ASSERT(static_cast<bool>(handle) == (status == Status::kSuccess));
  if (!allowed) {
    RC_ASSERT(status == Status::kInvalidHandle || status == Status::kInvalidState ||
              status == Status::kClosing);
    return;
  }
  RC_ASSERT(status == step_.answer);
  if (status == Status::kPending) return Owe(Debt::kRegister, sap);
  saps_[sap].alive = status == Status::kSuccess;
  saps_[sap].state = SapState::kRegistered;
}

void SwitchboardModel::DeregisterSap(size_t at) {
  ModelSap& sap = saps_[at];
  const bool allowed =
      sap.alive && sap.state == SapState::kRegistered && !IsOpening(afs_[sap.af].client);
  if (allowed) sap.state = SapState::kDeregistering;
  const Status status = board_.DeregisterSap(sap.handle);
  if (!allowed) {
    RC_ASSERT(status == Status::kFailure || status == Status::kInvalidState);
    return;
  }
  RC_ASSERT(status == step_.answer);
  if (status == Status::kPending) return Owe(Debt::kDeregister, at);
  sap.alive = status != Status::kSuccess;
  sap.state = SapState::kRegistered;
}

void SwitchboardModel::CreateVc(size_t af, bool by_client) {
  const bool open = afs_[af].alive && afs_[af].state == AfState::kOpen;
  const bool allowed = open && !(by_client && IsOpening(afs_[af].client));
  const size_t at = vcs_.size();
  if (allowed) vcs_.push_back({.af = af, .by_client = by_client});
  VcHandle handle;
  const Status status = by_client ? board_.CreateVc(afs_[af].handle, at, {}, &handle)
                                  : board_.CmCreateVc(afs_[af].handle, at, &handle);
  RC_ASSERT(static_cast<bool>(handle) == (status == Status::kSuccess));
  if (!allowed) {
    RC_ASSERT(status == Status::kFailure || status == Status::kInvalidState);
    return;
  }
  const Status said = step_.miniport != Status::kSuccess ? step_.miniport : step_.answer;  // C32
  RC_ASSERT(status == (said == Status::kPending ? Status::kFailure : said));               // C35
  vcs_[at].alive = status == Status::kSuccess;
}

void SwitchboardModel::DeleteVc(size_t at, bool by_client) {
  ModelVc& vc = vcs_[at];
  const bool allowed = vc.alive && vc.by_client == by_client && vc.state == VcState::kInactive &&
                       vc.call == CallState::kNone && !(by_client && IsOpening(afs_[vc.af].client));
  const Status status = by_client ? board_.DeleteVc(vc.handle) : board_.CmDeleteVc(vc.handle);
  if (!allowed) {
    RC_ASSERT(status != Status::kSuccess && status != Status::kPending);
    return;
  }
  RC_ASSERT(status == (step_.answer == Status::kPending ? Status::kFailure : step_.answer));
}

void SwitchboardModel::ActivateVc(size_t at) {
  ModelVc& vc = vcs_[at];
  const VcState old = vc.state;
  const bool allowed = vc.alive && (old == VcState::kInactive || old == VcState::kActive);
  if (allowed) vc.state = old == VcState::kActive ? VcState::kReactivating : VcState::kActivating;
  CallParameters params;
  const Status status = board_.ActivateVc(vc.handle, &params);
  if (!allowed) {
    RC_ASSERT(status != Status::kSuccess && status != Status::kPending);
    return;
  }
  RC_ASSERT(status == step_.answer);
  if (status == Status::kPending) return Owe(Debt::kActivate, at);
  vc.state = status == Status::kSuccess ? VcState::kActive : old;
}

void SwitchboardModel::DeactivateVc(size_t at) {
  ModelVc& vc = vcs_[at];
  const bool allowed = vc.alive && vc.state == VcState::kActive;
  if (allowed) vc.state = VcState::kDeactivating;
  const Status status = board_.DeactivateVc(vc.handle);
  if (!allowed) {
    RC_ASSERT(status != Status::kSuccess && status != Status::kPending);
    return;
  }
  RC_ASSERT(status == step_.answer);
  if (status == Status::kPending) return Owe(Debt::kDeactivate, at);
  vc.state = status == Status::kSuccess ? VcState::kInactive : VcState::kActive;
}

void SwitchboardModel::MakeCall(size_t at) {
  ModelVc& vc = vcs_[at];
  const bool allowed = vc.alive && vc.by_client && vc.call == CallState::kNone &&
                       vc.state == VcState::kInactive && !vc.must_delete &&
                       !IsOpening(afs_[vc.af].client);
  const bool multipoint = step_.other % 2 != 0;
  const size_t first = parties_.size();
  if (allowed) {
    vc.call = CallState::kMaking;
    vc.making = true;
    vc.multipoint = multipoint;
    vc.remote_closed = false;
    if (multipoint) parties_.push_back({.vc = at});
  }
  CallParameters params;
  PartyHandle party;
  const Status status = multipoint ? board_.MakeCall(vc.handle, &params, first, &party)
                                   : board_.MakeCall(vc.handle, &params);
  if (!allowed) {
    RC_ASSERT(status != Status::kSuccess && status != Status::kPending);
    return;
  }
  if (step_.answer == Status::kPending) {
    RC_ASSERT(status == Status::kPending);
    return Owe(Debt::kMake, at);
  }
  // The VC cannot have become active meanwhile, so success is not believed.
  RC_ASSERT(status == (step_.answer == Status::kSuccess ? Status::kFailure : step_.answer));
  EndMaking(at, status);
}

void SwitchboardModel::EndMaking(size_t at, Status status) {
  ModelVc& vc = vcs_[at];
  const bool success = status == Status::kSuccess;
  if (success) RC_ASSERT(vc.state == VcState::kActive);
  vc.making = false;
  for (ModelParty& party : parties_) {
    if (party.vc != at || !party.alive) continue;
    party.state = PartyState::kActive;
    party.alive = success;
  }
  const CallState next = success ? CallState::kConnected : CallState::kNone;
  (vc.call == CallState::kClosing ? vc.before : vc.call) = next;
}

void SwitchboardModel::DispatchIncomingCall(size_t sap, size_t at) {
  ModelVc& vc = vcs_[at];
  const bool allowed = saps_[sap].alive && saps_[sap].state != SapState::kDeregistering &&
                       vc.alive && !vc.by_client && vc.af == saps_[sap].af &&
                       vc.call == CallState::kNone;
  if (allowed) {
    vc.call = CallState::kOffered;
    vc.remote_closed = false;
    vc.offer_changes = 0;
  }
  CallParameters params;
  const Status status = board_.DispatchIncomingCall(saps_[sap].handle, vc.handle, &params);
  if (!allowed) {
    RC_ASSERT(status != Status::kSuccess && status != Status::kPending);
    return;
  }
  RC_ASSERT(status == step_.answer);
  if (status == Status::kPending) return Owe(Debt::kIncoming, at);
  vc.call = status == Status::kSuccess ? CallState::kAccepted : CallState::kNone;
}

void SwitchboardModel::DispatchCallConnected(size_t at) {
  ModelVc& vc = vcs_[at];
  const bool allowed = vc.alive && vc.call == CallState::kAccepted && !vc.remote_closed &&
                       vc.state == VcState::kActive;
  const Status status = board_.DispatchCallConnected(vc.handle);
  RC_ASSERT((status == Status::kSuccess) == allowed);
  RC_ASSERT(!allowed || vc.call == CallState::kConnected);
}

void SwitchboardModel::CloseCall(size_t at) {
  ModelVc& vc = vcs_[at];
  const bool allowed = vc.alive && vc.call != CallState::kNone && vc.call != CallState::kClosing &&
                       CountActive(at) <= 1 && !IsOpening(afs_[vc.af].client);
  const bool offered = vc.call == CallState::kOffered;
  if (allowed && !offered) {
    vc.before = vc.call;
    vc.call = CallState::kClosing;
  }
  const Status status = board_.CloseCall(vc.handle, {});
  if (!allowed) {
    RC_ASSERT(status != Status::kSuccess && status != Status::kPending);
    return;
  }
  if (offered) {
    RC_ASSERT(status == Status::kSuccess && vc.call == CallState::kNone);
    return;
  }
  if (step_.answer == Status::kPending) {
    RC_ASSERT(status == Status::kPending);
    return Owe(Debt::kClose, at);
  }
  const bool closed = step_.answer == Status::kSuccess && vc.state == VcState::kInactive;
  const Status refusal = step_.answer == Status::kSuccess ? Status::kFailure : step_.answer;
  RC_ASSERT(status == (closed ? Status::kSuccess : refusal));
  RC_ASSERT(!(closed && (vc.making || vc.modifying)));
  if (closed) {
    EndCall(at);
  } else {
    vc.call = vc.before;
  }
}

// What pends on it has been completed before.
void SwitchboardModel::EndCall(size_t at) {
  vcs_[at].call = CallState::kNone;
  for (ModelParty& party : parties_) {
    if (party.vc != at || !party.alive) continue;
    RC_ASSERT(party.state == PartyState::kActive);
    party.alive = false;
  }
}

void SwitchboardModel::DispatchIncomingCloseCall(size_t at) {
  ModelVc& vc = vcs_[at];
  const bool allowed = vc.alive && !vc.remote_closed &&
                       (vc.call == CallState::kOffered || vc.call == CallState::kAccepted ||
                        vc.call == CallState::kConnected);
  if (allowed) {
    vc.remote_closed = true;
    vc.must_delete = vc.by_client && step_.outcome != Status::kSuccess;
  }
  const Status status = board_.DispatchIncomingCloseCall(step_.outcome, vc.handle, {});
  RC_ASSERT((status == Status::kSuccess) == allowed);
}

void SwitchboardModel::Complete(Act act, size_t at, Status status) {
  const CallParameters params;
  switch (act) {
    case Act::kOpenAfComplete:
      return board_.OpenAfComplete(status, afs_[at].handle, at);
    case Act::kCloseAfComplete:
      return CloseAfComplete(at, status);
    case Act::kNotifyCloseAfComplete:
      return board_.NotifyCloseAfComplete(afs_[at].handle, status);
    case Act::kRegisterSapComplete:
      return board_.RegisterSapComplete(status, saps_[at].handle, at);
    case Act::kDeregisterSapComplete:
      return board_.DeregisterSapComplete(status, saps_[at].handle);
    case Act::kActivateVcComplete:
      return board_.MiniportActivateVcComplete(status, vcs_[at].handle, params);
    case Act::kDeactivateVcComplete:
      return board_.MiniportDeactivateVcComplete(status, vcs_[at].handle);
    case Act::kMakeCallComplete:
      return board_.MakeCallComplete(status, vcs_[at].handle, FirstParty(at), params);
    case Act::kIncomingCallComplete:
      return board_.IncomingCallComplete(status, vcs_[at].handle, params);
    case Act::kCloseCallComplete:
      return board_.CloseCallComplete(status, vcs_[at].handle);
    case Act::kModifyCallQoSComplete:
      return board_.ModifyCallQoSComplete(status, vcs_[at].handle, params);
    case Act::kAddPartyComplete:
      return board_.AddPartyComplete(status, parties_[at].handle, at, params);
    case Act::kDropPartyComplete:
      return board_.DropPartyComplete(status, parties_[at].handle);
    case Act::kPauseComplete:
      return EndPause();
    case Act::kRestartComplete:
      return EndRestart(status);
    case Act::kResetComplete:
      return EndReset();
    case Act::kCompleteOid:
      return board_.CompleteOid(oids_[at].handle, status, {});
    default:
      RC_FAIL("not a completion");
  }
}

void SwitchboardModel::CloseAfComplete(size_t at, Status status) {
  ModelAf& af = afs_[at];
  if (af.alive && af.state == AfState::kClosing && status == Status::kSuccess) af.cm_closed = true;
  board_.CloseAfComplete(status, af.handle);
}

}  // namespace vcp::circuit
