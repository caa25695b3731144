// The model's roles: they check that the model expected them, and move it.
#include <rapidcheck.h>

#include "switchboard_model.h"

namespace vcp::circuit {

class SwitchboardModel::TheClient final : public Client {
 public:
  explicit TheClient(SwitchboardModel* model) : m(*model) {}

  void OnAfRegistered(BindingHandle, const AddressFamily&) override {}
  void OnStatus(BindingHandle, std::optional<Context>, const StatusIndication&) override {
    ++m.heard_;
  }
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
    if (m.ending_) return Status::kSuccess;  // its device is gone
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
  void OnMakeCallComplete(Status status, Context vc, PartyHandle party, const CallParameters&,
                          const Cause&) override {
    RC_ASSERT(m.vcs_[vc].making);
    RC_ASSERT(static_cast<bool>(party) == (m.vcs_[vc].multipoint && status == Status::kSuccess));
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
    if (status == Status::kSuccess) {
      m.EndCall(vc);
    } else {
      it.call = it.before;
    }
  }
  void OnIncomingCloseCall(Status, Context vc, std::span<const uint8_t>, const Cause&) override {
    RC_ASSERT(m.vcs_[vc].remote_closed);
  }
  void OnAddPartyComplete(Status status, Context party, PartyHandle handle, const CallParameters&,
                          const Cause&) override {
    ModelParty& it = m.parties_[party];
    RC_ASSERT(it.alive && it.state == PartyState::kAdding);
    RC_ASSERT(static_cast<bool>(handle) == (status == Status::kSuccess));
    m.Pay(Debt::kAdd, party);
    m.EndAdding(party, status);
  }
  void OnDropPartyComplete(Status status, Context party) override {
    ModelParty& it = m.parties_[party];
    RC_ASSERT(it.alive && it.state == PartyState::kDropping);
    m.Pay(Debt::kDrop, party);
    m.EndDropping(party, status);
  }
  void OnIncomingDropParty(Status, Context party, std::span<const uint8_t>, const Cause&) override {
    RC_ASSERT(m.parties_[party].alive && m.parties_[party].remote_dropped);
  }
  // Besides, each is told at first that there are addresses (C111).
  Status OnOidRequest(OidHandle oid, const OidTarget& target, const OidRequest& request,
                      OidAnswer*) override {
    if (request.oid == Oid::kAddressChange) return Status::kSuccess;
    return m.OnOid(oid, m.oids_.back().asker == kManager && m.oids_.back().af == target.af);
  }
  void OnOidAborted(OidHandle oid) override { m.OnOidAborted(oid); }
  void OnOidRequestComplete(Context oid, Status status, const OidAnswer&) override {
    m.OnOidComplete(oid, status);
  }
  void OnModifyCallQoSComplete(Status, Context vc, const CallParameters&, const Cause&) override {
    RC_ASSERT(m.vcs_[vc].modifying);
    m.Pay(Debt::kModify, vc);
    m.vcs_[vc].modifying = false;
  }
  void OnIncomingCallQoSChange(Context vc, const CallParameters&) override {
    RC_ASSERT(m.vcs_[vc].call == CallState::kConnected && !m.vcs_[vc].remote_closed);
  }

 private:
  SwitchboardModel& m;
};

class SwitchboardModel::TheManager final : public CallManager {
 public:
  explicit TheManager(SwitchboardModel* model) : m(*model) {}

  void OnStatus(BindingHandle, std::optional<Context>, const StatusIndication&) override {
    ++m.heard_;
  }

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
  Status OnMakeCall(Context vc, CallParameters*, PartyHandle party, Context* cm_party) override {
    RC_ASSERT(m.vcs_[vc].call == CallState::kMaking);
    RC_ASSERT(static_cast<bool>(party) == m.vcs_[vc].multipoint);
    if (party) {
      m.parties_.back().handle = party;
      *cm_party = m.parties_.size() - 1;
    }
    return m.Answer(Act::kMakeCallComplete, vc);
  }
  void OnIncomingCallComplete(Status status, Context vc, const CallParameters&,
                              const Cause&) override {
    m.Pay(Debt::kIncoming, vc);
    if (m.ending_) return;
    RC_ASSERT(m.vcs_[vc].call == CallState::kOffered);
    m.vcs_[vc].call = status == Status::kSuccess ? CallState::kAccepted : CallState::kNone;
  }
  Status OnCloseCall(Context vc, Context party, std::span<const uint8_t>, const Cause&) override {
    if (m.ending_) return Status::kPending;
    RC_ASSERT(m.vcs_[vc].call == CallState::kClosing);
    RC_ASSERT(m.CountActive(vc) <= 1);
    if (m.CountActive(vc) == 1) {
      RC_ASSERT(m.parties_[party].alive && m.parties_[party].vc == vc);
    }
    return m.Answer(Act::kCloseCallComplete, vc);
  }
  Status OnAddParty(Context vc, CallParameters*, PartyHandle party, Context* cm_party) override {
    RC_ASSERT(m.parties_.back().vc == vc);
    m.parties_.back().handle = party;
    *cm_party = m.parties_.size() - 1;
    return m.Answer(Act::kAddPartyComplete, m.parties_.size() - 1);
  }
  Status OnDropParty(Context party, std::span<const uint8_t>, const Cause&) override {
    if (m.ending_) return Status::kPending;
    RC_ASSERT(m.parties_[party].state == PartyState::kDropping);
    return m.Answer(Act::kDropPartyComplete, party);
  }
  Status OnOidRequest(OidHandle oid, const OidTarget& target, const OidRequest&,
                      OidAnswer*) override {
    return m.OnOid(oid, m.oids_.back().asker != kManager && m.oids_.back().af == target.af);
  }
  void OnOidAborted(OidHandle oid) override { m.OnOidAborted(oid); }
  void OnOidRequestComplete(Context oid, Status status, const OidAnswer&) override {
    m.OnOidComplete(oid, status);
  }
  Status OnModifyCallQoS(Context vc, CallParameters*) override {
    RC_ASSERT(m.vcs_[vc].modifying);
    return m.Answer(Act::kModifyCallQoSComplete, vc);
  }

 private:
  SwitchboardModel& m;
};

class SwitchboardModel::TheMiniport final : public Miniport {
 public:
  explicit TheMiniport(SwitchboardModel* model) : m(*model) {}

  Status OnPause() override { return m.OnPause(); }
  Status OnRestart() override { return m.OnRestart(); }
  Status OnReset() override { return m.OnReset(); }
  void OnSurpriseRemoval() override { ++m.surprises_; }
  void OnHalt(HaltReason reason) override {
    const auto expected =
        m.surprises_ != 0 ? HaltReason::kSurpriseRemoved : HaltReason::kDeviceStopped;
    RC_ASSERT(reason == expected);
    ++m.halts_;
  }

  // One that is refused leaves nothing there; one that pends is taken back (C35).
  Status OnCreateVc(VcHandle vc, Context* miniport_vc) override {
    *miniport_vc = m.vcs_.size() - 1;
    m.vcs_.back().handle = vc;
    if (m.step_.miniport == Status::kSuccess || m.step_.miniport == Status::kPending) {
      RC_ASSERT(m.miniport_vcs_.insert(*miniport_vc).second);
    }
    return m.step_.miniport;
  }
  // Whatever it says, the VC is gone.
  Status OnDeleteVc(Context vc) override {
    RC_ASSERT(m.miniport_vcs_.erase(vc) == 1);
    return m.step_.miniport;
  }
  Status OnOidRequest(OidHandle oid, VcHandle, const OidRequest&, OidAnswer*) override {
    return m.OnOid(oid, !m.oids_.back().af);
  }
  void OnOidAborted(OidHandle oid) override { m.OnOidAborted(oid); }
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

// --- for the model ------------------------------------------------------------------------------

std::unique_ptr<Client> SwitchboardModel::MakeClient() { return std::make_unique<TheClient>(this); }
std::unique_ptr<CallManager> SwitchboardModel::MakeManager() {
  return std::make_unique<TheManager>(this);
}
std::unique_ptr<Miniport> SwitchboardModel::MakeMiniport() {
  return std::make_unique<TheMiniport>(this);
}

}  // namespace vcp::circuit
