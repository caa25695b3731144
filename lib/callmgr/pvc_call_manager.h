// The stand-alone call manager of permanent VCs on one adapter, under AddressFamilyType::kPvc.
// There is no signaling: a call made on a PVC is up when its VC is active, and a SAP that names a
// PVC (or a group of them) is offered a call on each as soon as it is registered, once per
// registration. QoS is the operator's, never negotiated (C101). Control thread; the switchboard and
// the list outlive it.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/handle.h"
#include "base/limits.h"
#include "callmgr/pvc_list.h"
#include "circuit/switchboard.h"

namespace vcp::callmgr {

class PvcCallManager final : public circuit::CallManager, public PvcWatcher {
 public:
  static constexpr circuit::AddressFamily kFamily{circuit::AddressFamilyType::kPvc};

  PvcCallManager(circuit::Switchboard* switchboard, PvcList* pvcs);
  ~PvcCallManager() override;

  // Binds to the adapter and registers the address family.
  Status Start(circuit::AdapterHandle adapter);
  // Unbinds; kNotAccepted while clients have the family open.
  Status Stop();

  Status OnOpenAf(circuit::AfHandle af, const circuit::AddressFamily& family,
                  circuit::Context* cm_af) override;
  Status OnCloseAf(circuit::Context) override { return Status::kSuccess; }
  void OnNotifyCloseAfComplete(circuit::Context, Status) override {}
  // PVCs of the adapter, added and deleted.
  Status OnOidRequest(circuit::OidHandle oid, const circuit::OidTarget& target,
                      const circuit::OidRequest& request, circuit::OidAnswer* answer) override;
  void OnUnbind(circuit::BindingHandle) override { (void)Stop(); }
  // kInvalidData: no PVC of that name here, an address, or another SAP takes the same PVCs.
  Status OnRegisterSap(circuit::Context cm_af, const circuit::Sap& sap, circuit::SapHandle handle,
                       circuit::Context* cm_sap) override;
  Status OnDeregisterSap(circuit::Context cm_sap) override;
  Status OnCreateVc(circuit::Context cm_af, circuit::VcHandle vc, circuit::Context* cm_vc) override;
  Status OnDeleteVc(circuit::Context cm_vc) override;
  void OnActivateVcComplete(Status status, circuit::Context cm_vc,
                            const circuit::CallParameters& params) override;
  void OnDeactivateVcComplete(Status status, circuit::Context cm_vc) override;
  // kFailure: no such PVC. kInUse: somebody has it. kClosed: deleted meanwhile.
  Status OnMakeCall(circuit::Context cm_vc, circuit::CallParameters* params,
                    circuit::PartyHandle party, circuit::Context* cm_party) override;
  void OnIncomingCallComplete(Status status, circuit::Context cm_vc,
                              const circuit::CallParameters& params,
                              const circuit::Cause& cause) override;
  Status OnCloseCall(circuit::Context cm_vc, circuit::Context cm_party,
                     std::span<const uint8_t> close_data, const circuit::Cause& cause) override;
  // A PVC has one other end, and the operator's QoS (C73, C83, C101).
  Status OnAddParty(circuit::Context, circuit::CallParameters*, circuit::PartyHandle,
                    circuit::Context*) override {
    return Status::kNotSupported;
  }
  Status OnDropParty(circuit::Context, std::span<const uint8_t>, const circuit::Cause&) override {
    return Status::kNotSupported;
  }
  Status OnModifyCallQoS(circuit::Context, circuit::CallParameters*) override {
    return Status::kNotSupported;
  }

  void OnPvcAdded(const Pvc& pvc) override;
  void OnPvcReleased(const Pvc& pvc) override;
  void OnPvcWithdrawn(const std::string& name) override;
  void OnPvcDeleted(const Pvc& pvc) override;

 private:
  enum class Path : uint8_t { kDown, kRising, kUp, kFalling };

  struct Vc {
    circuit::VcHandle handle = {};
    bool is_offer = false;  // our VC, made to offer one PVC to a SAP
    circuit::SapHandle sap = {};
    std::string pvc = {};  // held, unless empty
    Path path = Path::kDown;
    bool ending = false;    // the path falls as soon as it may
    bool making = false;    // MakeCall waits for an answer
    bool closing = false;   // CloseCall waits for an answer
    bool in_call = false;   // connected, or offered
    bool accepted = false;  // an offer, that its client wants other media flags for
    Status make_status = Status::kSuccess;
    circuit::CallParameters params = {};
  };
  using PvcVc = Handle<Vc>;
  struct Listener {
    circuit::SapHandle sap;
    circuit::AfHandle af;
    std::set<std::string> offered = {};  // since it was registered
  };

  static PvcVc ToHandle(circuit::Context context) {
    return PvcVc::FromValue(static_cast<uint32_t>(context));
  }
  Listener* FindListener(circuit::SapHandle sap);
  // Who takes the PVC of this name; null when nobody does.
  Listener* ListenerFor(std::string_view pvc);
  // Whether a SAP takes a PVC that `name` would take too.
  bool IsTaken(const std::string& name);

  void RaisePath(PvcVc handle);
  void OnPathRisen(PvcVc handle, Status status, const circuit::CallParameters& params);
  void OnAcceptedPathRisen(PvcVc handle, Status status, const circuit::CallParameters& params);
  void OfferTo(circuit::SapHandle sap, const std::string& pvc);
  void Offer(PvcVc handle);
  void TakeAnswer(PvcVc handle, Status status, const circuit::CallParameters& params);
  void End(PvcVc handle);
  void Finish(PvcVc handle);

  circuit::Switchboard* switchboard_;
  PvcList* pvcs_;
  circuit::BindingHandle binding_;
  std::string adapter_;
  HandleTable<Vc> vcs_{kMaxVcs};
  std::unordered_map<std::string, PvcVc> users_;            // who holds a PVC, by its name
  std::map<std::string, Listener, std::less<>> listeners_;  // by the name that the SAP gives
  std::unordered_map<circuit::SapHandle, std::string> names_;
};

}  // namespace vcp::callmgr
