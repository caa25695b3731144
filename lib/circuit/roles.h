// The four roles that meet in the switchboard (environment 0.1). Each `On...` handler is called by
// the switchboard, on the control thread. Where a handler may return Status::kPending, its comment
// names the switchboard call that finishes it; returning anything else finishes it at once and the
// completion is then *not* called (environment 0.2). Contexts given back are the role's own.
// References and pointers are good for the duration of the handler only.
#pragma once

#include <cstdint>
#include <span>

#include "circuit/types.h"

namespace vcp::circuit {

// What every bound driver (client or call manager) is told.
class Protocol {
 public:
  virtual ~Protocol() = default;
  // An address family can be opened on this binding. Void: an uninterested driver returns (C5, C6).
  virtual void OnAfRegistered(BindingHandle binding, const AddressFamily& family) = 0;
};

// A connection-oriented client.
class Client : public Protocol {
 public:
  virtual void OnOpenAfComplete(Status status, Context client_af, AfHandle af) = 0;
  virtual void OnCloseAfComplete(Status status, Context client_af) = 0;
  // The call manager wants the AF closed. The client drops parties, closes calls, deregisters SAPs
  // and closes the AF, in that order (C16). kPending -> Switchboard::NotifyCloseAfComplete.
  virtual Status OnNotifyCloseAf(Context client_af) = 0;

  virtual void OnRegisterSapComplete(Status status, Context client_sap, const Sap& sap,
                                     SapHandle handle) = 0;
  virtual void OnDeregisterSapComplete(Status status, Context client_sap) = 0;

  // The call manager made a VC toward this client. Never pends (C35). Fills context and endpoint.
  virtual Status OnCreateVc(Context client_af, VcHandle vc, Context* client_vc,
                            DataEndpoint* endpoint) = 0;
  virtual Status OnDeleteVc(Context client_vc) = 0;

  virtual void OnMakeCallComplete(Status status, Context client_vc, PartyHandle party,
                                  const CallParameters& params) = 0;
  // kPending -> Switchboard::IncomingCallComplete. May edit `params` (and set
  // kCallParametersChanged).
  virtual Status OnIncomingCall(Context client_sap, Context client_vc, CallParameters* params) = 0;
  virtual void OnCallConnected(Context client_vc) = 0;
  virtual void OnCloseCallComplete(Status status, Context client_vc, Context client_party) = 0;
  virtual void OnIncomingCloseCall(Status close_status, Context client_vc,
                                   std::span<const uint8_t> close_data) = 0;
};

// A call manager: stand-alone (a protocol bound to an adapter) or the upper half of an MCM.
class CallManager : public Protocol {
 public:
  void OnAfRegistered(BindingHandle, const AddressFamily&) override {}

  // kPending -> Switchboard::OpenAfComplete.
  virtual Status OnOpenAf(AfHandle af, const AddressFamily& family, Context* cm_af) = 0;
  // kPending -> Switchboard::CloseAfComplete.
  virtual Status OnCloseAf(Context cm_af) = 0;
  // May come after OnCloseAf: cm_af stays good until then.
  virtual void OnNotifyCloseAfComplete(Context cm_af, Status status) = 0;

  // kPending -> Switchboard::RegisterSapComplete / DeregisterSapComplete.
  virtual Status OnRegisterSap(Context cm_af, const Sap& sap, SapHandle handle,
                               Context* cm_sap) = 0;
  virtual Status OnDeregisterSap(Context cm_sap) = 0;

  // A client made a VC. Never pends.
  virtual Status OnCreateVc(Context cm_af, VcHandle vc, Context* cm_vc) = 0;
  virtual Status OnDeleteVc(Context cm_vc) = 0;

  // Stand-alone call managers only: the miniport finished what ActivateVc / DeactivateVc began.
  virtual void OnActivateVcComplete(Status status, Context cm_vc, const CallParameters& params) = 0;
  virtual void OnDeactivateVcComplete(Status status, Context cm_vc) = 0;

  // kPending -> Switchboard::MakeCallComplete. SUCCESS only once the VC is active (C50).
  virtual Status OnMakeCall(Context cm_vc, CallParameters* params, PartyHandle party,
                            Context* cm_party) = 0;
  // The client answered an offer that it had pended.
  virtual void OnIncomingCallComplete(Status status, Context cm_vc,
                                      const CallParameters& params) = 0;
  // kPending -> Switchboard::CloseCallComplete. The VC is deactivated before SUCCESS (C66). Any
  // other status leaves the call as it was; without close data there is no reason for one, or a
  // client that is gone could not be ended. A MakeCall that still pends may be completed first, or
  // never.
  virtual Status OnCloseCall(Context cm_vc, Context cm_party,
                             std::span<const uint8_t> close_data) = 0;
};

// Owns an adapter: makes VCs able to carry data. An MCM brings a CallManager with it; for the VCs
// of that one the switchboard does not ask the miniport.
class Miniport {
 public:
  virtual ~Miniport() = default;
  // Never pend.
  virtual Status OnCreateVc(VcHandle vc, Context* miniport_vc) = 0;
  virtual Status OnDeleteVc(Context miniport_vc) = 0;
  // kPending -> Switchboard::MiniportActivateVcComplete. Called again on an active VC to change its
  // parameters; on failure the old ones stay live (C37).
  virtual Status OnActivateVc(Context miniport_vc, const DataEndpoint& endpoint,
                              CallParameters* params) = 0;
  // kPending -> Switchboard::MiniportDeactivateVcComplete, once sends are completed and indicated
  // receives are returned (C41).
  virtual Status OnDeactivateVc(Context miniport_vc) = 0;
};

}  // namespace vcp::circuit
