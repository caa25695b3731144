// Calls between clients of one daemon, no wire and no signaling: an integrated miniport call
// manager on a port whose frames come back in. A call is two VCs, each transmitting on the label
// that the other receives; to change it is to change both. A multipoint call is its root's VC and
// one for each leaf, which share the label that the root transmits on. Control thread. Outlives its
// adapter and every answer it still waits for from the programmer.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "base/handle.h"
#include "base/limits.h"
#include "circuit/address_book.h"
#include "circuit/label_space.h"
#include "circuit/switchboard.h"
#include "dataplane/vc_programmer.h"
#include "miniport/port_miniport.h"
#include "miniport/vc_programs.h"

namespace vcp::miniport {

class LoopbackMcm final : public circuit::CallManager {
 public:
  LoopbackMcm(circuit::Switchboard* switchboard, dataplane::VcProgrammer* programmer,
              dataplane::PortIndex port, const port::PortInfo& info, const PortDoors& doors = {});

  // Its lower half.
  PortMiniport& miniport() { return miniport_; }

  // Registers the adapter, under the port's name, and its address family kQ2931.
  Status Start();
  // Gives the adapter back; kNotAccepted while clients are bound to it.
  Status Stop();

  Status OnOpenAf(circuit::AfHandle af, const circuit::AddressFamily& family,
                  circuit::Context* cm_af) override;
  Status OnCloseAf(circuit::Context cm_af) override;
  void OnNotifyCloseAfComplete(circuit::Context, Status) override {}
  // Addresses of the client's AF. What a miniport is asked, its lower half answers (C102).
  Status OnOidRequest(circuit::OidHandle oid, const circuit::OidTarget& target,
                      const circuit::OidRequest& request, circuit::OidAnswer* answer) override;
  // kInvalidData: the address, or the wildcard, is taken; or the SAP names a PVC.
  Status OnRegisterSap(circuit::Context cm_af, const circuit::Sap& sap, circuit::SapHandle handle,
                       circuit::Context* cm_sap) override;
  Status OnDeregisterSap(circuit::Context cm_sap) override;
  Status OnCreateVc(circuit::Context cm_af, circuit::VcHandle vc, circuit::Context* cm_vc) override;
  Status OnDeleteVc(circuit::Context cm_vc) override;
  void OnActivateVcComplete(Status, circuit::Context, const circuit::CallParameters&) override {}
  void OnDeactivateVcComplete(Status, circuit::Context) override {}
  // kNotSupported: a call that is only reserved, for here is nothing that others could take.
  // kNotFound: nobody takes calls at the called address. kNotAccepted: the callee went away before
  // it answered. Otherwise, when the callee refuses, its own status.
  Status OnMakeCall(circuit::Context cm_vc, circuit::CallParameters* params,
                    circuit::PartyHandle party, circuit::Context* cm_party) override;
  void OnIncomingCallComplete(Status status, circuit::Context cm_vc,
                              const circuit::CallParameters& params,
                              const circuit::Cause& cause) override;
  Status OnCloseCall(circuit::Context cm_vc, circuit::Context cm_party,
                     std::span<const uint8_t> close_data, const circuit::Cause& cause) override;
  // As for OnMakeCall. A leaf gets the call's traffic parameters (C74).
  Status OnAddParty(circuit::Context cm_vc, circuit::CallParameters* params,
                    circuit::PartyHandle party, circuit::Context* cm_party) override;
  Status OnDropParty(circuit::Context cm_party, std::span<const uint8_t> close_data,
                     const circuit::Cause& cause) override;
  // kNotSupported: the call is multipoint, or to be only reserved. kNotAccepted: the other side's
  // change is under way; asked from inside the news of it, that is refused too (C87). kInvalidData:
  // the port cannot carry that.
  Status OnModifyCallQoS(circuit::Context cm_vc, circuit::CallParameters* params) override;

 private:
  enum class Path : uint8_t { kDown, kRising, kUp, kFalling };
  enum class Answer : uint8_t { kNone, kOffered, kAccepted };

  // A client's ModifyCallQoS, until it has its answer.
  struct Change {
    circuit::CallParameters before;  // its side's
    Status status = Status::kSuccess;
    bool telling = false;    // the other side's client hears of it now
    bool refused = false;    // and changes the call itself, which will fail, too
    bool restoring = false;  // both paths go back to what they were
  };

  struct Party;
  using PartyKey = Handle<Party>;

  // One end of a call; lives as long as its VC.
  struct Side {
    circuit::VcHandle vc;
    circuit::DataEndpoint endpoint;
    bool is_callee = false;  // our VC, made for one call
    Path path = Path::kDown;
    bool ending = false;            // the path falls as soon as it may
    bool making = false;            // MakeCall waits for an answer
    bool closing = false;           // CloseCall waits for an answer
    bool in_call = false;           // connected, or a callee that was offered the call
    bool announced = false;         // the switchboard knows the VC as active
    Answer answer = Answer::kNone;  // a callee's
    Status make_status = Status::kSuccess;
    circuit::Cause make_cause;
    Handle<Side> peer;  // null once the two have nothing more to say to each other
    circuit::SapHandle sap;
    circuit::CallParameters params;
    std::optional<Change> change;  // of this side's client
    std::shared_ptr<const circuit::LabelLease> lease;
    bool is_root = false;           // of a multipoint call, which has no peer
    std::vector<PartyKey> parties;  // a root's
    PartyKey party;                 // a leaf's, which has no peer either; null like one
  };
  using SideHandle = Handle<Side>;
  // A leaf as its root's client knows it; until that one has let go of it.
  struct Party {
    SideHandle root;
    circuit::PartyHandle handle;
    SideHandle leaf = {};  // null once it has left
    bool connected = false;
  };
  struct Listener {
    circuit::SapHandle sap;
    circuit::AfHandle af;
  };
  struct ByContent {
    bool operator()(const Address& one, const Address& other) const {
      return std::tie(one.type, one.size_bytes, one.bytes) <
             std::tie(other.type, other.size_bytes, other.bytes);
    }
  };

  Side* Find(circuit::Context context) {
    return sides_.Find(SideHandle::FromValue(static_cast<uint32_t>(context)));
  }
  const Listener* FindListener(const Address& called) const;
  // The call as its other end sees it.
  static circuit::CallParameters Mirror(circuit::CallParameters params);
  static circuit::CallParameters MirrorFor(const Side& side, const circuit::CallParameters& params);
  static bool IsAsAsked(const circuit::CallParameters& asked, const circuit::CallParameters& given);

  // --- setting up -------------------------------------------------------------------------------
  // A side for whoever listens, with its VC; kPending when the caller was closed meanwhile.
  Status MakeCallee(const Listener& listener, SideHandle caller_handle, SideHandle* callee);
  void Forget(SideHandle callee);
  // kSuccess: both paths rise, to what these parameters are as `one` sees them.
  Status Raise(SideHandle one, SideHandle other, circuit::CallParameters params);
  void RaisePath(SideHandle handle, const dataplane::VcProgram& program);
  void OnPathRisen(SideHandle handle, Status status);
  // Both sides of a call are up: the switchboard is told.
  void Announce(SideHandle one, SideHandle other);
  void Offer(SideHandle callee);
  void TakeAnswer(SideHandle callee, Status status, const circuit::CallParameters& params,
                  const circuit::Cause& cause);
  void Connect(SideHandle callee);

  // --- changing (loopback_changes.cc) -----------------------------------------------------------
  // The side of a pair whose client changes the call, or null.
  SideHandle FindChanger(SideHandle handle);
  void OnChangeRisen(SideHandle changer);
  void TellOfChange(SideHandle changer);
  void RestoreChange(SideHandle changer);
  void FinishChange(SideHandle changer);

  // --- multipoint calls (loopback_parties.cc) ---------------------------------------------------
  Status MakeMultipointCall(SideHandle root, const Listener& listener,
                            circuit::CallParameters* params, circuit::PartyHandle party,
                            circuit::Context* cm_party);
  // Both paths rise, unless the root's is up; then the leaf is offered the call.
  Status AddLeaf(SideHandle root, const Listener& listener, const circuit::CallParameters& asked,
                 circuit::PartyHandle party, circuit::Context* cm_party);
  void ForgetParty(PartyKey key);
  void OnMultipointRisen(SideHandle handle, Status status);
  void OfferLeaf(SideHandle leaf);
  void ConnectLeaf(SideHandle leaf);
  // A leaf that is not connected yet will not be.
  void FailLeaf(SideHandle leaf, Status status, const circuit::Cause& cause);
  // What FailLeaf does for the root; the leaf is no part of the call any more.
  void TellOfFailure(PartyKey key, Status status, const circuit::CallParameters& params,
                     const circuit::Cause& cause);
  // Its client left.
  void OnLeafLeft(SideHandle leaf, std::span<const uint8_t> close_data,
                  const circuit::Cause& cause);
  void HangUpLeaves(SideHandle root, Status status, std::span<const uint8_t> close_data,
                    const circuit::Cause& cause);

  // --- ending -----------------------------------------------------------------------------------
  // Parts the two sides; the other one, or null.
  SideHandle Unlink(SideHandle handle);
  // Tells a side's client that the call is over, whatever state it is in.
  void HangUp(SideHandle handle, Status status, std::span<const uint8_t> close_data,
              const circuit::Cause& cause);
  void Break(SideHandle handle, Status status);
  // Brings a side's path down, then answers its client and deletes a callee's VC.
  void End(SideHandle handle);
  void LowerPath(SideHandle handle);
  void Finish(SideHandle handle);

  circuit::Switchboard* switchboard_;
  dataplane::VcProgrammer* programmer_;
  PortOfVcs port_;
  PortMiniport miniport_;  // for stand-alone call managers on the same port
  circuit::AdapterHandle adapter_;
  circuit::LabelSpace labels_;
  circuit::AddressBook address_book_;
  HandleTable<Side> sides_{kMaxVcs};
  HandleTable<Party> parties_{kMaxParties};
  std::map<Address, Listener, ByContent> listeners_;  // at no address: the wildcard
  std::unordered_map<circuit::SapHandle, Address> addresses_;
};

}  // namespace vcp::miniport
