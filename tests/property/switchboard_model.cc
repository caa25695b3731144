#include "switchboard_model.h"

#include <rapidcheck.h>

#include <utility>

namespace vcp::circuit {

// --- the roles: they check that the model expected them, and move it ----------------------------

class SwitchboardModel::TheClient final : public Client {
 public:
  explicit TheClient(SwitchboardModel* model) : m(*model) {}

  void OnAfRegistered(BindingHandle, const AddressFamily&) override {}
  void OnOpenAfComplete(Status status, Context af, AfHandle handle) override {
    RC_ASSERT(m.afs_[af].state == AfState::kOpening);
    RC_ASSERT(static_cast<bool>(handle) == (status == Status::kSuccess));
    m.Pay(Debt::kOpenAf, af);
    m.afs_[af].alive = status == Status::kSuccess;
    m.afs_[af].state = AfState::kOpen;
  }
  void OnCloseAfComplete(Status status, Context af) override {
    RC_ASSERT(m.afs_[af].state == AfState::kClosing);
    m.Pay(Debt::kCloseAf, af);
    if (status != Status::kSuccess) {
      m.afs_[af].state = AfState::kOpen;
      return;
    }
    RC_ASSERT(m.afs_[af].cm_closed && !m.HasVcs(af));
    m.Closed(af);
  }
  Status OnNotifyCloseAf(Context af) override {
    RC_ASSERT(m.afs_[af].notifying);
    return m.Answer(Act::kNotifyCloseAfComplete, af);
  }
  void OnRegisterSapComplete(Status status, Context sap, const Sap&, SapHandle handle) override {
    RC_ASSERT(m.saps_[sap].state == SapState::kRegistering);
    RC_ASSERT(static_cast<bool>(handle) == (status == Status::kSuccess));
    m.Pay(Debt::kRegister, sap);
    m.saps_[sap].alive = status == Status::kSuccess;
    m.saps_[sap].state = SapState::kRegistered;
  }
  void OnDeregisterSapComplete(Status status, Context sap) override {
    RC_ASSERT(m.saps_[sap].state == SapState::kDeregistering);
    m.Pay(Debt::kDeregister, sap);
    m.saps_[sap].alive = status != Status::kSuccess;
    m.saps_[sap].state = SapState::kRegistered;
  }
  Status OnCreateVc(Context af, VcHandle, Context* vc, DataEndpoint*) override {
    RC_ASSERT(m.vcs_.back().af == af && !m.vcs_.back().by_client);
    *vc = m.vcs_.size() - 1;
    return m.step_.answer;
  }
  Status OnDeleteVc(Context vc) override {
    RC_ASSERT(!m.vcs_[vc].by_client);
    if (m.step_.answer == Status::kSuccess) m.vcs_[vc].alive = false;
    return m.step_.answer;
  }
  void OnMakeCallComplete(Status status, Context vc, PartyHandle, const CallParameters&) override {
    RC_ASSERT(m.vcs_[vc].making);
    m.Pay(Debt::kMake, vc);
    m.EndMaking(vc, status);
  }
  Status OnIncomingCall(Context sap, Context vc, CallParameters*) override {
    RC_ASSERT(m.vcs_[vc].call == CallState::kOffered);
    RC_ASSERT(m.saps_[sap].alive && m.saps_[sap].state != SapState::kDeregistering);
    return m.Answer(Act::kIncomingCallComplete, vc);
  }
  void OnCallConnected(Context vc) override {
    RC_ASSERT(m.vcs_[vc].call == CallState::kAccepted);
    m.vcs_[vc].call = CallState::kConnected;
  }
  void OnCloseCallComplete(Status status, Context vc, Context) override {
    ModelVc& it = m.vcs_[vc];
    RC_ASSERT(it.call == CallState::kClosing);
    m.Pay(Debt::kClose, vc);
    if (status == Status::kSuccess) {
      RC_ASSERT(it.state == VcState::kInactive && !it.making);
    }
    it.call = status == Status::kSuccess ? CallState::kNone : it.before;
  }
  void OnIncomingCloseCall(Status, Context vc, std::span<const uint8_t>) override {
    RC_ASSERT(m.vcs_[vc].remote_closed);
  }

 private:
  SwitchboardModel& m;
};

class SwitchboardModel::TheManager final : public CallManager {
 public:
  explicit TheManager(SwitchboardModel* model) : m(*model) {}

  Status OnOpenAf(AfHandle af, const AddressFamily&, Context* cm_af) override {
    *cm_af = m.afs_.size() - 1;
    m.afs_.back().handle = af;
    return m.Answer(Act::kOpenAfComplete, m.afs_.size() - 1);
  }
  Status OnCloseAf(Context af) override {
    if (m.ending_) return Status::kSuccess;
    RC_ASSERT(m.afs_[af].state == AfState::kClosing);
    return m.Answer(Act::kCloseAfComplete, af);
  }
  void OnNotifyCloseAfComplete(Context af, Status) override {
    if (!m.ending_) RC_ASSERT(m.afs_[af].notifying);
    m.Pay(Debt::kNotify, af);
    m.afs_[af].notifying = false;
    if (m.afs_[af].state == AfState::kClosed) m.afs_[af].alive = false;
  }
  Status OnRegisterSap(Context af, const Sap&, SapHandle sap, Context* cm_sap) override {
    RC_ASSERT(m.saps_.back().af == af);
    *cm_sap = m.saps_.size() - 1;
    m.saps_.back().handle = sap;
    return m.Answer(Act::kRegisterSapComplete, m.saps_.size() - 1);
  }
  Status OnDeregisterSap(Context sap) override {
    if (m.ending_) return Status::kSuccess;
    RC_ASSERT(m.saps_[sap].state == SapState::kDeregistering);
    return m.Answer(Act::kDeregisterSapComplete, sap);
  }
  Status OnCreateVc(Context af, VcHandle, Context* vc) override {
    RC_ASSERT(m.vcs_.back().af == af && m.vcs_.back().by_client);
    *vc = m.vcs_.size() - 1;
    return m.step_.answer;
  }
  Status OnDeleteVc(Context vc) override {
    if (m.ending_) return Status::kSuccess;
    RC_ASSERT(m.vcs_[vc].by_client);
    if (m.step_.answer == Status::kSuccess) m.vcs_[vc].alive = false;
    return m.step_.answer;
  }
  void OnActivateVcComplete(Status status, Context vc, const CallParameters&) override {
    m.Pay(Debt::kActivate, vc);
    ModelVc& it = m.vcs_[vc];
    if (m.ending_) return;
    RC_ASSERT(it.state == VcState::kActivating || it.state == VcState::kReactivating);
    const bool up = status == Status::kSuccess || it.state == VcState::kReactivating;
    it.state = up ? VcState::kActive : VcState::kInactive;
  }
  void OnDeactivateVcComplete(Status status, Context vc) override {
    m.Pay(Debt::kDeactivate, vc);
    if (m.ending_) return;
    RC_ASSERT(m.vcs_[vc].state == VcState::kDeactivating);
    m.vcs_[vc].state = status == Status::kSuccess ? VcState::kInactive : VcState::kActive;
  }
  Status OnMakeCall(Context vc, CallParameters*, PartyHandle, Context*) override {
    RC_ASSERT(m.vcs_[vc].call == CallState::kMaking);
    return m.Answer(Act::kMakeCallComplete, vc);
  }
  void OnIncomingCallComplete(Status status, Context vc, const CallParameters&) override {
    m.Pay(Debt::kIncoming, vc);
    if (m.ending_) return;
    RC_ASSERT(m.vcs_[vc].call == CallState::kOffered);
    m.vcs_[vc].call = status == Status::kSuccess ? CallState::kAccepted : CallState::kNone;
  }
  Status OnCloseCall(Context vc, Context, std::span<const uint8_t>) override {
    if (m.ending_) return Status::kPending;
    RC_ASSERT(m.vcs_[vc].call == CallState::kClosing);
    return m.Answer(Act::kCloseCallComplete, vc);
  }

 private:
  SwitchboardModel& m;
};

class SwitchboardModel::TheMiniport final : public Miniport {
 public:
  explicit TheMiniport(SwitchboardModel* model) : m(*model) {}

  Status OnCreateVc(VcHandle vc, Context* miniport_vc) override {
    *miniport_vc = m.vcs_.size() - 1;
    m.vcs_.back().handle = vc;
    return Status::kSuccess;
  }
  Status OnDeleteVc(Context) override { return Status::kSuccess; }
  Status OnActivateVc(Context vc, const DataEndpoint&, CallParameters*) override {
    return m.Answer(Act::kActivateVcComplete, vc);
  }
  Status OnDeactivateVc(Context vc) override {
    if (m.ending_) return Status::kSuccess;
    return m.Answer(Act::kDeactivateVcComplete, vc);
  }

 private:
  SwitchboardModel& m;
};

// --- the model ----------------------------------------------------------------------------------

SwitchboardModel::SwitchboardModel()
    : miniport_(std::make_unique<TheMiniport>(this)), manager_(std::make_unique<TheManager>(this)) {
  RC_ASSERT(board_.RegisterAdapter("wire", miniport_.get(), &adapter_) == Status::kSuccess);
  RC_ASSERT(board_.OpenBinding(manager_.get(), adapter_, &manager_binding_) == Status::kSuccess);
  RC_ASSERT(board_.RegisterAddressFamily(manager_binding_, {}) == Status::kSuccess);
  for (size_t i = 0; i < 2; ++i) {
    clients_[i] = std::make_unique<TheClient>(this);
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
  RC_ASSERT(status == (step_.answer == Status::kPending ? Status::kFailure : step_.answer));
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
  if (allowed) {
    vc.call = CallState::kMaking;
    vc.making = true;
    vc.remote_closed = false;
  }
  CallParameters params;
  const Status status = board_.MakeCall(vc.handle, &params);
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
                       !IsOpening(afs_[vc.af].client);
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
  RC_ASSERT(!(closed && vc.making));
  vc.call = closed ? CallState::kNone : vc.before;
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
      return board_.MakeCallComplete(status, vcs_[at].handle, params);
    case Act::kIncomingCallComplete:
      return board_.IncomingCallComplete(status, vcs_[at].handle, params);
    case Act::kCloseCallComplete:
      return board_.CloseCallComplete(status, vcs_[at].handle);
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
