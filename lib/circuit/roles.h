// The four roles that meet in the switchboard (environment 0.1). Each `On...` handler is called by
// the switchboard, on the control thread. Where a handler may return Status::kPending, its comment
// names the switchboard call that finishes it; returning anything else finishes it at once and the
// completion is then *not* called (environment 0.2). Contexts given back are the role's own.
// References and pointers are good for the duration of the handler only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "circuit/life.h"
#include "circuit/oids.h"
#include "circuit/status_indications.h"
#include "circuit/types.h"

namespace vcp::circuit {

// What every bound driver (client or call manager) is told.
class Protocol {
 public:
  virtual ~Protocol() = default;
  // An address family can be opened on this binding. Void: an uninterested driver returns (C5, C6).
  virtual void OnAfRegistered(BindingHandle binding, const AddressFamily& family) = 0;

  // The adapter pauses: until OnRestart nothing is sent on the binding. Its objects stay, its OIDs
  // are served. kPending -> Switchboard::PauseBindingComplete, once its sends are completed and its
  // receives returned. Cannot fail: anything else counts as done (C135).
  virtual Status OnPause(BindingHandle) { return Status::kSuccess; }
  virtual void OnRestart(BindingHandle) {}
  // The adapter is gone and the binding with it, as soon as nothing is on it any more: the driver
  // ends what it has there. Its AFs' clients were asked to close them before (C141).
  virtual void OnUnbind(BindingHandle) {}

  // `vc` is the driver's name for the VC that it is about; nothing: the adapter as a whole. What is
  // indicated meanwhile comes after the handler has returned (C116).
  virtual void OnStatus(BindingHandle, std::optional<Context> /*vc*/, const StatusIndication&) {}

  // The other end of an AF asks. kPending -> Switchboard::CompleteOid. Requests are not serialized:
  // several may be under way (C104).
  virtual Status OnOidRequest(OidHandle, const OidTarget&, const OidRequest&, OidAnswer*) {
    return Status::kNotSupported;
  }
  // Nobody waits for the answer to this one any more.
  virtual void OnOidAborted(OidHandle) {}
  // Ends one's own request, whose name is `request`; kRequestAborted: aborted or overdue (C107).
  virtual void OnOidRequestComplete(Context /*request*/, Status, const OidAnswer&) {}
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

  // `party` is the first one's handle after a multipoint call succeeded, null otherwise. `cause` is
  // the call manager's word for a failure, here and below; its value is 0 when there is none.
  virtual void OnMakeCallComplete(Status status, Context client_vc, PartyHandle party,
                                  const CallParameters& params, const Cause& cause) = 0;
  // kPending -> Switchboard::IncomingCallComplete, which may also name the cause of a refusal. May
  // edit `params` (and set kCallParametersChanged).
  virtual Status OnIncomingCall(Context client_sap, Context client_vc, CallParameters* params) = 0;
  virtual void OnCallConnected(Context client_vc) = 0;
  // After kSuccess the call has no parties any more; `client_party` was the last one's, 0 without.
  virtual void OnCloseCallComplete(Status status, Context client_vc, Context client_party) = 0;
  // The client stops sending, drops all parties but one and closes the call.
  virtual void OnIncomingCloseCall(Status close_status, Context client_vc,
                                   std::span<const uint8_t> close_data, const Cause& cause) = 0;

  // `party` is null unless kSuccess, and `client_party` then free.
  virtual void OnAddPartyComplete(Status status, Context client_party, PartyHandle party,
                                  const CallParameters& params, const Cause& cause) = 0;
  // After kSuccess `client_party` is free; after anything else the party is as it was.
  virtual void OnDropPartyComplete(Status status, Context client_party) = 0;
  // One of several parties left (kSuccess), or the network lost it. The client drops it (C78).
  virtual void OnIncomingDropParty(Status drop_status, Context client_party,
                                   std::span<const uint8_t> close_data, const Cause& cause) = 0;

  // `params` are what the VC has now: the new ones, or after a failure the old ones (C82).
  virtual void OnModifyCallQoSComplete(Status status, Context client_vc,
                                       const CallParameters& params, const Cause& cause) = 0;
  // The other side changed the call and the miniport agreed. Returning accepts; CloseCall, or
  // ModifyCallQoS from inside, whatever it asks for, refuses (C86, C87). The change is then taken
  // back, and that ModifyCallQoS fails with what is true again.
  virtual void OnIncomingCallQoSChange(Context client_vc, const CallParameters& params) = 0;
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

  // kPending -> Switchboard::MakeCallComplete. SUCCESS only once the VC is active (C50). With a
  // `party` the call is multipoint and that is its first leaf, at the called address; the call
  // manager names it by *cm_party. kNotSupported where there is no multipoint (C73).
  virtual Status OnMakeCall(Context cm_vc, CallParameters* params, PartyHandle party,
                            Context* cm_party) = 0;
  // The client answered an offer that it had pended. `cause` goes with a refusal; its value is 0
  // when the client gave none, here and below.
  virtual void OnIncomingCallComplete(Status status, Context cm_vc, const CallParameters& params,
                                      const Cause& cause) = 0;
  // kPending -> Switchboard::CloseCallComplete. The VC is deactivated before SUCCESS (C66), and
  // every party is gone; `cm_party` is the last one's. Any other status leaves the call as it was;
  // without close data there is no reason for one, or a client that is gone could not be ended.
  // What still pends on the call (its making, parties, a change) may be completed first, or never.
  virtual Status OnCloseCall(Context cm_vc, Context cm_party, std::span<const uint8_t> close_data,
                             const Cause& cause) = 0;

  // kPending -> Switchboard::AddPartyComplete. The leaf is at the called address of `params`; what
  // becomes of other traffic parameters than the call's is the call manager's policy (C74). A
  // failure leaves the other parties alone (C75).
  virtual Status OnAddParty(Context cm_vc, CallParameters* params, PartyHandle party,
                            Context* cm_party) = 0;
  // kPending -> Switchboard::DropPartyComplete. Not the last party. Any other status than SUCCESS
  // leaves the party as it was; without close data there is no reason for one.
  virtual Status OnDropParty(Context cm_party, std::span<const uint8_t> close_data,
                             const Cause& cause) = 0;

  // kPending -> Switchboard::ModifyCallQoSComplete. The network first, then the miniport; when one
  // of them refuses, everything is put back before the failure is reported (C81, C82). The call is
  // connected, or still offered and `params` are what the client would take (C88). kNotSupported
  // where calls cannot change (C83).
  virtual Status OnModifyCallQoS(Context cm_vc, CallParameters* params) = 0;
};

// Owns an adapter: makes VCs able to carry data. An MCM brings a CallManager with it; for the VCs
// of that one the switchboard does not ask the miniport.
class Miniport {
 public:
  virtual ~Miniport() = default;

  // --- its life (life.h)
  // -------------------------------------------------------------------------- Never pends. On
  // failure there is no adapter. Afterwards it is Paused, and restarted at once.
  virtual Status OnInitialize(AdapterHandle) { return Status::kSuccess; }
  // From now on sends complete kPaused and nothing is received; OIDs are served. kPending ->
  // Switchboard::MiniportPauseComplete, once outstanding sends are completed and indicated receives
  // returned. Cannot fail: anything else counts as done (C134, C135).
  virtual Status OnPause() { return Status::kSuccess; }
  // Receives may start at once, sends when it is done. kPending ->
  // Switchboard::MiniportRestartComplete. A failure leaves it Paused (C136).
  virtual Status OnRestart() { return Status::kSuccess; }
  // VCs stay (C138). kPending -> Switchboard::MiniportResetComplete; before, it ends OIDs that pend
  // (C139). A pause may come meanwhile, and either may end first (C140).
  virtual Status OnReset() { return Status::kSuccess; }
  // The device is gone: sends and OIDs from now on are kNotAccepted, what pends ends. OnPause and
  // OnHalt follow.
  virtual void OnSurpriseRemoval() {}
  // The last word to a Paused adapter: no VCs, no OIDs, no sends (C137).
  virtual void OnHalt(HaltReason) {}
  // The last word, too, in any state and with VCs there: the device is stopped, nothing is freed.
  virtual void OnShutDown() {}

  // Of one VC, or, with null, of the adapter: counters are then the sum over all VCs (C103).
  // kPending -> Switchboard::CompleteOid.
  virtual Status OnOidRequest(OidHandle, VcHandle, const OidRequest&, OidAnswer*) {
    return Status::kNotSupported;
  }
  virtual void OnOidAborted(OidHandle) {}

  // --- VCs
  // ---------------------------------------------------------------------------------------- Never
  // pend.
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
