// The mediator between drivers: owns every binding, address family, SAP, VC and call, checks state
// first, dispatches to the right role, and enforces who may do what next. One per daemon, control
// thread only, no I/O. Calls return kPending when a completion will follow (exactly once, possibly
// before the call returned) and anything else when it will not (environment 0.2). Roles may call in
// from their handlers. Statuses: kInvalidHandle, no such object (kFailure where the environment
// says so: open and close AF, deregister SAP, create VC, add party); kInvalidState, not now;
// kClosing, on its way out. A completion that nobody awaits is ignored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "circuit/roles.h"
#include "circuit/types.h"

namespace vcp::circuit {

enum class VcState : uint8_t { kInactive, kActivating, kActive, kReactivating, kDeactivating };
enum class CallState : uint8_t { kNone, kMaking, kOffered, kAccepted, kConnected, kClosing };

enum class AfState : uint8_t { kOpening, kOpen, kClosing, kClosed };  // kClosed: notify pends
enum class SapState : uint8_t { kRegistering, kRegistered, kDeregistering };
enum class PartyState : uint8_t { kAdding, kActive, kDropping };

// Everything that one client has; see Switchboard::TakeOver.
struct Belongings {
  std::vector<BindingHandle> bindings;
  std::vector<AfHandle> afs;
  std::vector<SapHandle> saps;
  std::vector<VcHandle> vcs;
  std::vector<PartyHandle> parties;
};

// Who asks whom. `af` null: the adapter's miniport; otherwise the other end of the AF. `from` null:
// the AF's MCM, which has no binding.
struct OidRoute {
  BindingHandle from;
  AfHandle af = {};
  VcHandle vc = {};
  PartyHandle party = {};
};

// Rows for `vcctl show` and for tests; copies, in handle order.
struct AfRow {
  AfHandle handle;
  std::string adapter;
  AddressFamily family;
  Client* client;
  size_t saps, vcs;
  AfState state;
  bool notify_pending;  // the client owes a NotifyCloseAfComplete
};
struct SapRow {
  SapHandle handle;
  AfHandle af;
  Sap sap;
  Client* client;
  SapState state;
};
struct VcRow {
  VcHandle handle;
  AfHandle af;  // null: a call manager's own VC
  std::string adapter;
  Client* client;
  VcState state;
  CallState call;
  bool made_by_client;
  DataEndpoint endpoint;
  CallParameters params;
  bool multipoint;
  bool remote_closed;  // the client owes a CloseCall
  size_t parties;
  Context call_manager_vc;  // by which its call manager knows it
  std::string name = {};    // see AssignVcName
};
struct AdapterRow {
  AdapterHandle handle;
  std::string name;
  AdapterState state;
  bool resetting;
  bool removed;
  size_t bindings, oids;  // OIDs that the miniport has not answered
};
struct PartyRow {
  PartyHandle handle;
  VcHandle vc;
  PartyState state;
  bool remote_dropped;  // the client owes a DropParty
  Address called;
};

class Switchboard {
 public:
  Switchboard();
  ~Switchboard();
  Switchboard(const Switchboard&) = delete;
  Switchboard& operator=(const Switchboard&) = delete;

  // --- adapters and bindings --------------------------------------------------------------------
  // `name` is unique (a port's name in the configuration). The miniport outlives the adapter. It is
  // initialized and restarted before this returns; where the restart fails or pends, the adapter is
  // there all the same, Paused or Restarting.
  Status RegisterAdapter(std::string_view name, Miniport* miniport, AdapterHandle* adapter);
  // An integrated miniport call manager: miniport and call manager are one driver.
  Status RegisterMcmAdapter(std::string_view name, Miniport* miniport, CallManager* call_manager,
                            AdapterHandle* adapter);
  // Halts it. kNotAccepted while bindings or OIDs remain, kResetInProgress (C137). kPending: the
  // miniport's pause takes its time, and OnHalt says when it is over.
  Status DeregisterAdapter(AdapterHandle adapter);
  // Binds a driver to an adapter; a client is told at once of the families already registered (C5).
  Status OpenBinding(Client* client, AdapterHandle adapter, BindingHandle* binding);
  Status OpenBinding(CallManager* call_manager, AdapterHandle adapter, BindingHandle* binding);
  // kNotAccepted while AF handles are open on it (C18). Its OIDs that pend are aborted.
  Status CloseBinding(BindingHandle binding);
  // Makes `heir` the client of everything `client` had; `client` hears nothing any more. The heir's
  // contexts are the values of the handles. For ClientTeardown.
  Belongings TakeOver(Client* client, Client* heir);
  AdapterHandle FindAdapter(std::string_view name) const;
  std::string_view AdapterName(AdapterHandle adapter) const;

  // --- lives (life.h) ---------------------------------------------------------------------------
  // For whoever owns the devices. kInvalidState where life.h has no such way, kNotAccepted once the
  // device is removed. `done` runs once when kPending is returned, perhaps before, and never
  // otherwise. First the bindings, which may pend too, then the miniport.
  using Done = std::function<void(Status)>;
  Status PauseAdapter(AdapterHandle adapter, Done done = nullptr);
  void PauseBindingComplete(BindingHandle binding);
  void MiniportPauseComplete(AdapterHandle adapter);
  // First the miniport, then the bindings.
  Status RestartAdapter(AdapterHandle adapter, Done done = nullptr);
  void MiniportRestartComplete(Status status, AdapterHandle adapter);
  // Every binding hears kResetStart before and kResetEnd after; OIDs to the miniport are refused
  // meanwhile (kResetInProgress), and those that pend end before it does (C138 to C140).
  Status ResetAdapter(AdapterHandle adapter, Done done = nullptr);
  void MiniportResetComplete(Status status, AdapterHandle adapter);
  // The device is gone without a word: AFs are closed as NotifyCloseAddressFamily does, the adapter
  // pauses, clients and then call managers are unbound, it halts (C141). kPending, if it begins.
  Status RemoveAdapter(AdapterHandle adapter, Done done = nullptr);
  // The machine, or the daemon, stops. Terminal: what pends is aborted, the miniport hears nothing
  // any more, and nothing new begins (kNotAccepted). What is there ends as ever, without it.
  Status ShutDownAdapter(AdapterHandle adapter);
  std::optional<AdapterRow> FindAdapterRow(AdapterHandle adapter) const;
  std::optional<BindingState> FindBindingState(BindingHandle binding) const;

  // --- status -----------------------------------------------------------------------------------
  // By the adapter's miniport or MCM. `vc` null: to all bindings, otherwise to those who share the
  // VC (C114); with a destination only to that one (C115). kInvalidLength; kInvalidState once it is
  // shut down; kResources: a handler makes more of them than it returns from.
  Status IndicateStatus(AdapterHandle adapter, VcHandle vc, const StatusIndication& indication);

  // --- OIDs -------------------------------------------------------------------------------------
  // *answer is filled in at once on anything but kPending; then OnOidRequestComplete brings it, and
  // *oid names the request. kInvalidData: a party without an AF, a VC or party that is not the
  // AF's (C102); kInvalidLength; kNotAccepted: the device is removed or not there yet;
  // kResetInProgress; kResources: kMaxOidsPerBinding.
  Status RequestOid(const OidRoute& route, Context request, const OidRequest& oid_request,
                    OidAnswer* answer, OidHandle* oid = nullptr);
  // For operators, who are bound to nothing: asks the adapter's miniport, of any VC. At once or not
  // at all: one that pends is aborted.
  Status AskMiniport(AdapterHandle adapter, VcHandle vc, const OidRequest& oid_request,
                     OidAnswer* answer);
  void CompleteOid(OidHandle oid, Status status, const OidAnswer& answer);
  // It completes with kRequestAborted, and who is asked hears OnOidAborted (C107).
  Status AbortOid(OidHandle oid);
  // The same for all whose deadline has come.
  void AbortOverdueOids(uint64_t now_ns);
  // A set to every client that has a family of this call manager's, or of the adapter's MCM, open.
  void TellClients(BindingHandle call_manager, const OidRequest& set);
  void McmTellClients(AdapterHandle adapter, const OidRequest& set);

  // --- address families -------------------------------------------------------------------------
  Status RegisterAddressFamily(BindingHandle call_manager, const AddressFamily& family);
  // Nobody opens it any more, and another may register it; those that are open stay so.
  Status WithdrawAddressFamily(BindingHandle call_manager, const AddressFamily& family);
  std::vector<AddressFamily> FamiliesOf(AdapterHandle adapter) const;
  // Displaces a stand-alone call manager's family of the same type for opens to come (C4).
  Status McmRegisterAddressFamily(AdapterHandle adapter, const AddressFamily& family);
  // When it is open, the client hears OID_CO_ADDRESS_CHANGE in the call manager's name (C111).
  // While this pends, what else the client asks in this family, on this binding, is kInvalidState;
  // its other families, each with a call manager of its own, go on (C11).
  Status OpenAddressFamily(BindingHandle client, const AddressFamily& family, Context client_af,
                           AfHandle* af);
  void OpenAfComplete(Status status, AfHandle af, Context cm_af);
  // kFailure while SAPs, the client's own VCs or calls remain (C12). The completion also waits for
  // the call manager to delete the idle VCs that it made.
  Status CloseAddressFamily(AfHandle af);
  void CloseAfComplete(Status status, AfHandle af);
  // The call manager asks the AF's client to close it (C14, C15).
  Status NotifyCloseAddressFamily(AfHandle af);
  void NotifyCloseAfComplete(AfHandle af, Status status);

  // --- SAPs -------------------------------------------------------------------------------------
  Status RegisterSap(AfHandle af, Context client_sap, const Sap& sap, SapHandle* handle);
  void RegisterSapComplete(Status status, SapHandle handle, Context cm_sap);
  Status DeregisterSap(SapHandle handle);
  void DeregisterSapComplete(Status status, SapHandle handle);

  // --- VCs --------------------------------------------------------------------------------------
  // *vc must be null on entry (C29). A client's VC: the call manager and the miniport are asked.
  Status CreateVc(AfHandle af, Context client_vc, const DataEndpoint& endpoint, VcHandle* vc);
  // A call manager's VC toward the client that opened `af` (for an incoming call).
  Status CmCreateVc(AfHandle af, Context cm_vc, VcHandle* vc);
  // Only the creator deletes (C45). Two doors, so that the caller's role is explicit.
  Status DeleteVc(VcHandle vc);
  Status CmDeleteVc(VcHandle vc);
  // A call manager's own VC, for signaling: no client takes part (C34).
  Status CmCreateOwnVc(BindingHandle call_manager, Context cm_vc, const DataEndpoint& endpoint,
                       VcHandle* vc);
  // Stand-alone call managers: the miniport makes the VC carry data, or change, or stop.
  Status ActivateVc(VcHandle vc, CallParameters* params);
  void MiniportActivateVcComplete(Status status, VcHandle vc, const CallParameters& params);
  Status DeactivateVc(VcHandle vc);
  void MiniportDeactivateVcComplete(Status status, VcHandle vc);
  // Gives a VC a name for management, `base` and a number; the same again when it has one. Gone
  // with the VC. By who shares the VC: an MCM, which has no binding, cannot (C48).
  Status AssignVcName(BindingHandle binding, VcHandle vc, std::string_view base, std::string* name);
  // An MCM says that a VC of its address family carries data with these parameters, or no longer
  // does; synchronous (conflict 0.3 #1). Deactivating twice: kNotAccepted (C43).
  Status McmActivateVc(VcHandle vc, const CallParameters& params);
  Status McmDeactivateVc(VcHandle vc);

  // --- calls ------------------------------------------------------------------------------------
  Status MakeCall(VcHandle vc, CallParameters* params);
  // Makes a multipoint call whose first leaf is `client_party` (C71). The call manager sees
  // kMultipointVc in the parameters. *party is set at once only on kSuccess.
  Status MakeCall(VcHandle vc, CallParameters* params, Context client_party, PartyHandle* party);
  void MakeCallComplete(Status status, VcHandle vc, const CallParameters& params,
                        const Cause& cause = {});
  // The same for a multipoint call; `cm_party` names its first party.
  void MakeCallComplete(Status status, VcHandle vc, Context cm_party, const CallParameters& params,
                        const Cause& cause = {});
  Status DispatchIncomingCall(SapHandle sap, VcHandle vc, CallParameters* params);
  // `cause` goes with a refusal.
  void IncomingCallComplete(Status status, VcHandle vc, const CallParameters& params,
                            const Cause& cause = {});
  Status DispatchCallConnected(VcHandle vc);
  // In any state of a call; kInvalidState while more than one party is on it (C64). One being made:
  // its MakeCall completes with kRequestAborted unless the call manager completed it first, and so
  // do parties being added and a change of QoS. One offered: the same as refusing it, done at once.
  Status CloseCall(VcHandle vc, std::span<const uint8_t> close_data, const Cause& cause = {});
  void CloseCallComplete(Status status, VcHandle vc);
  // kClosing, and nothing is delivered, when the client is closing already or was told before
  // (C69).
  Status DispatchIncomingCloseCall(Status close_status, VcHandle vc,
                                   std::span<const uint8_t> close_data, const Cause& cause = {});

  // --- parties ----------------------------------------------------------------------------------
  // A further leaf of a connected multipoint call. kFailure: no such VC, or its call is not
  // multipoint (C71, C72). kResources: kMaxPartiesPerCall. *party is set at once only on kSuccess.
  Status AddParty(VcHandle vc, Context client_party, CallParameters* params, PartyHandle* party);
  void AddPartyComplete(Status status, PartyHandle party, Context cm_party,
                        const CallParameters& params, const Cause& cause = {});
  // The handle is dead at the call, unless it fails (C76). kFailure: nobody else is left on the
  // call, which CloseCall ends (C77); those whom the network dropped do not count.
  Status DropParty(PartyHandle party, std::span<const uint8_t> close_data, const Cause& cause = {});
  void DropPartyComplete(Status status, PartyHandle party);
  // When nobody else is left the client is told OnIncomingCloseCall instead (C79). kClosing, and
  // nothing is delivered, when the client drops it already or was told before. kInvalidState: it is
  // still being added, and AddPartyComplete says that it is not.
  Status DispatchIncomingDropParty(Status drop_status, PartyHandle party,
                                   std::span<const uint8_t> close_data, const Cause& cause = {});

  // --- changes of a call ------------------------------------------------------------------------
  // By the client: on a connected call, or while an offer to it awaits its answer, then at most
  // kMaxChangesPerOffer times (C85, C88). One at a time. *params: the new ones on kSuccess; when
  // the call manager refused, those that the VC has.
  Status ModifyCallQoS(VcHandle vc, CallParameters* params);
  void ModifyCallQoSComplete(Status status, VcHandle vc, const CallParameters& params,
                             const Cause& cause = {});
  // By the other side: to a connected call whose VC the call manager has activated with `params`
  // (C86). After kSuccess the client has accepted, unless it asked for a change or closed.
  Status DispatchIncomingCallQoSChange(VcHandle vc, const CallParameters& params);

  // --- looking ----------------------------------------------------------------------------------
  std::vector<AfRow> Afs() const;
  std::vector<SapRow> Saps() const;
  std::vector<VcRow> Vcs() const;
  // The first `limit` of all `*total`, and of those on which there is a call: a copy of hundreds of
  // thousands would keep the thread from its work.
  std::vector<VcRow> Vcs(size_t limit, size_t* total) const;
  std::vector<VcRow> VcsWithCall(size_t limit, size_t* total) const;
  // Roots and leaves of multipoint calls. `*total` and `limit` count parties; a leaf is one.
  std::vector<VcRow> VcsWithParties(size_t limit, size_t* total) const;
  std::optional<AfRow> FindAf(AfHandle af) const;
  std::optional<VcRow> FindVc(VcHandle vc) const;
  std::vector<PartyRow> PartiesOf(VcHandle vc) const;
  // Every object still alive; zero after an orderly end (leak checks).
  size_t LiveObjectCount() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace vcp::circuit
