// The switchboard's own tables; for its source files only. An object is owned by its table and
// keeps its parent alive by being counted there, so a parent found through a child exists. After
// every handler, look the object up again: the role may have ended it.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "base/handle.h"
#include "base/limits.h"
#include "circuit/switchboard.h"

namespace vcp::circuit {

struct Registration {
  AddressFamily family;
  CallManager* call_manager;
  BindingHandle binding;  // null: the adapter's own MCM
};

struct Adapter {
  std::string name;
  Miniport* miniport;
  CallManager* mcm;  // null: calls come from stand-alone call managers only
  std::vector<Registration> families = {};
  uint32_t bindings = 0;
  AdapterState state = AdapterState::kHalted;
  bool resetting = false;        // between kResetStart and kResetEnd
  bool owes_reset = false;       // the miniport has not completed it
  bool owes_pause = false;       // nor this, of which it was told when all bindings had paused
  bool halting = false;          // when it has paused
  bool removed = false;          // the device is gone
  bool removing = false;         // a step of that is under way,
  bool remove_more = false;      // and something ended meanwhile
  bool clients_unbound = false;  // have been told; and so have call managers
  bool managers_unbound = false;
  uint32_t pausing_bindings = 0;
  uint32_t oids = 0;  // of the miniport
  Status reset_status = Status::kSuccess;
  Switchboard::Done paused = {};
  Switchboard::Done restarted = {};
  Switchboard::Done reset = {};
  Switchboard::Done gone = {};
};

// An indication that came while the binding's handler was at work.
struct QueuedStatus {
  VcHandle vc;
  StatusIndication indication;
};

struct Binding {
  AdapterHandle adapter;
  Protocol* protocol;
  Client* client;             // one of these two
  CallManager* call_manager;  // is not null
  uint32_t users = 0;         // AFs on it, as client or call manager, and its own VCs
  // Families that the client is opening, in which it does nothing else meanwhile (C11).
  std::vector<AddressFamilyType> opening = {};
  BindingState state = BindingState::kUnbound;
  uint32_t oids = 0;  // that it asked
  bool in_status = false;
  std::deque<QueuedStatus> statuses = {};
};

// A request without an answer.
struct PendingOid {
  OidRoute route;
  AdapterHandle adapter;
  BindingHandle asked;  // of an address family; null: its MCM
  Context request;
  uint64_t deadline_ns;
  bool asking = true;  // inside the handler of who is asked
};

struct Af {
  AddressFamily family;
  AdapterHandle adapter;
  BindingHandle client_binding;
  BindingHandle cm_binding;  // null: an MCM
  Client* client;
  CallManager* call_manager;
  Context client_af;
  Context cm_af = 0;
  AfState state = AfState::kOpening;
  bool cm_closed = false;  // kClosing: only idle VCs of the call manager are waited for
  bool notify_pending = false;
  bool told_to_close = false;  // because the device is gone
  OidHandle close_oid = {};    // the call manager asked by OID (C19)
  uint32_t saps = 0;
  uint32_t vcs = 0;
  uint32_t client_vcs = 0;  // of these, made by the client
  uint32_t calls = 0;
};

struct SapEntry {
  AfHandle af;
  Context client_sap;
  Sap sap;
  Context cm_sap = 0;
  SapState state = SapState::kRegistering;
};

struct Vc {
  AdapterHandle adapter;
  AfHandle af;  // null: a call manager's own VC
  BindingHandle cm_binding;
  CallManager* call_manager;
  Miniport* miniport;  // null: the MCM does without
  bool made_by_client;
  Context client_vc = 0;
  Context cm_vc = 0;
  Context miniport_vc = 0;
  DataEndpoint endpoint = {};
  CallParameters params = {};  // live ones
  VcState state = VcState::kInactive;
  CallState call = CallState::kNone;
  CallState call_before_close = CallState::kNone;
  bool settling = true;        // being created or deleted: refused to everybody
  bool making = false;         // MakeCall has no answer yet, even when kClosing
  bool modifying = false;      // ModifyCallQoS has no answer yet
  bool multipoint = false;     // this call, or the last one
  bool remote_closed = false;  // OnIncomingCloseCall was delivered
  bool must_delete = false;    // after a failure-status remote close there is no next call (C67)
  uint32_t offer_changes = 0;  // asked for while the call was offered
  std::vector<PartyHandle> parties = {};
  std::string name = {};
};

struct Party {
  VcHandle vc;
  Context client_party;
  Context cm_party = 0;
  PartyState state = PartyState::kAdding;
  bool remote_dropped = false;  // OnIncomingDropParty was delivered
  Address called = {};
};

struct Switchboard::State {
  static constexpr uint32_t kMaxSaps = kMaxClients * kMaxSapsPerClient;
  static constexpr uint32_t kMaxOids = kMaxBindings * kMaxOidsPerBinding;

  HandleTable<Adapter, AdapterTag> adapters{kMaxPorts};
  HandleTable<Binding, BindingTag> bindings{kMaxBindings};
  HandleTable<Af, AfTag> afs{kMaxAfs};
  HandleTable<SapEntry, SapTag> saps{kMaxSaps};
  HandleTable<Vc, VcTag> vcs{kMaxVcs};
  HandleTable<Party, PartyTag> parties{kMaxParties};
  HandleTable<PendingOid, OidTag> oids{kMaxOids};

  // switchboard.cc
  AfRow RowOf(AfHandle handle, const Af& af);
  VcRow RowOf(VcHandle handle, const Vc& vc);

  // adapters.cc
  Status AddAdapter(std::string_view name, Miniport* miniport, CallManager* mcm,
                    AdapterHandle* handle);
  Status AddBinding(const Binding& binding, BindingHandle* handle);
  bool EndBinding(BindingHandle handle);
  void EraseBinding(BindingHandle handle);
  std::vector<BindingHandle> BindingsOf(AdapterHandle adapter);

  // adapter_life.cc
  static void Move(Adapter* adapter, AdapterState to);
  static void Move(Binding* binding, BindingState to);
  // kInvalidHandle; kNotAccepted: removed.
  Status FindPresent(AdapterHandle handle, Adapter** adapter);
  bool IsShutDown(AdapterHandle handle) {
    return adapters.Find(handle)->state == AdapterState::kShutDown;
  }
  // Removed or shut down: nothing begins on it any more.
  bool IsOver(AdapterHandle handle) { return adapters.Find(handle)->removed || IsShutDown(handle); }
  Status Pause(AdapterHandle handle);
  // kPending while a binding or the miniport is waited for.
  Status StepPause(AdapterHandle handle);
  void EndBindingPause(Binding* binding);
  void FinishPause(AdapterHandle handle);
  Status Restart(AdapterHandle handle);
  void EndRestart(AdapterHandle handle, Status status);
  void RestartBinding(BindingHandle handle);
  // While the miniport or one of its OIDs is waited for.
  static bool IsResetOwed(const Adapter& adapter);
  void EndReset(AdapterHandle handle);
  void FinishResetIfIdle(AdapterHandle handle);

  // adapter_removal.cc
  // VCs whose activation or deactivation the miniport has not completed.
  std::vector<VcHandle> OwedVcsOf(AdapterHandle adapter);
  void Halt(AdapterHandle handle, HaltReason reason);
  // The next step of a removal, as far as it goes. To be called when something of the adapter
  // ended.
  void AdvanceRemoval(AdapterHandle handle);
  // Whether nothing of it is left.
  bool StepRemoval(AdapterHandle handle);
  void CloseAfsOf(AdapterHandle handle);
  // True when no client, or no call manager, is bound any more.
  bool Unbind(AdapterHandle handle, bool clients);

  // status_delivery.cc
  void Indicate(AdapterHandle adapter, const StatusIndication& indication);
  Status Deliver(BindingHandle binding, VcHandle vc, const StatusIndication& indication);
  std::optional<Context> ContextOf(const Vc& vc, BindingHandle binding);

  // oid_requests.cc
  Status CheckRoute(const OidRoute& route, AdapterHandle* adapter);
  Status CheckAfRoute(const OidRoute& route, AdapterHandle* adapter);
  Status CheckMiniportRoute(const OidRoute& route, AdapterHandle* adapter);
  bool IsFromClient(const OidRoute& route);
  Status PutOid(OidHandle handle, const OidRequest& request, OidAnswer* answer);
  OidTarget TargetOf(const OidRoute& route);
  Status AskToClose(OidHandle handle, AfHandle af);
  // Null when it is gone meanwhile.
  Protocol* AskerOf(const PendingOid& pending);
  BindingHandle AskedOf(const OidRoute& route);
  Protocol* ProtocolOf(BindingHandle binding, AdapterHandle on);
  void EndOid(OidHandle handle);
  void AbortOid(OidHandle handle);
  void AfterOid(AdapterHandle adapter);
  void AbortOids(const std::function<bool(const PendingOid&)>& matches);
  void TellOf(Switchboard* board, AfHandle af, const OidRequest& set);

  // address_families.cc
  static const Registration* FindFamily(const Adapter& adapter, const AddressFamily& family);
  // Tells every binding on the adapter but the provider's own.
  void Announce(AdapterHandle adapter, const AddressFamily& family, BindingHandle provider);
  static bool IsOpening(const Binding& binding, AddressFamilyType family);
  bool IsOpeningAf(const Af& af) {
    return IsOpening(*bindings.Find(af.client_binding), af.family.type);
  }
  void EndOpening(AfHandle handle, Status status, Context cm_af);
  Status NotifyClose(AfHandle handle);
  void EndNotify(AfHandle handle);
  void EraseAf(AfHandle handle);
  // Completes a close that the call manager agreed to, once its last VC is gone.
  void FinishCloseIfIdle(AfHandle handle);

  // saps.cc
  void EraseSap(SapHandle handle);

  // vcs.cc
  Vc* FindUsable(VcHandle handle);
  Client* ClientOf(const Vc& vc);  // null for a call manager's own VC
  bool IsClientBusy(const Vc& vc);
  VcHandle InsertVc(AfHandle af_handle, Af* af, bool made_by_client);
  Status AskMiniport(VcHandle handle, Vc* vc);
  Status AskCallManager(VcHandle handle, Vc* vc, const Af& af);
  Status AskClient(VcHandle handle, Vc* vc, const Af& af);
  // Asks everybody who shares a new VC; undoes it when one of them fails (C32).
  using Ask = Status (State::*)(VcHandle, Vc*, const Af&);
  Status SettleVc(VcHandle handle, Ask ask_peer);
  void EraseVc(VcHandle handle);
  Status DeleteVc(VcHandle handle, bool by_client);
  Status AskPeerToDelete(const Vc& vc);
  // Not when the miniport has heard its last word.
  void DeleteInMiniport(const Vc& vc);
  static bool IsActivating(const Vc& vc);
  static void EndActivating(Vc* vc, Status status, const CallParameters& params);
  static void EndDeactivating(Vc* vc, Status status);

  // calls.cc
  static bool IsEnding(const Vc& vc);
  void SetCall(Vc* vc, CallState call);
  Status MakeCall(VcHandle handle, CallParameters* params, std::optional<Context> client_party,
                  PartyHandle* party_handle);
  Status EndMaking(Vc* vc, Status status, Context cm_party, const CallParameters& params);
  Status EndOffered(VcHandle handle, Status status, const CallParameters& params);
  // The outcome for the client, and its name for the last party; kPending when there is nothing
  // left to tell it.
  Status EndClosing(VcHandle handle, Status status, Context* client_party);
  // Completes what still pends on a call that is over.
  void AbortMaking(VcHandle handle);
  void AbortModifying(VcHandle handle);
  void AbortParties(VcHandle handle);

  // parties.cc
  PartyHandle InsertParty(VcHandle vc_handle, Vc* vc, Context client_party,
                          const CallParameters& params);
  void EraseParty(PartyHandle handle);
  void EraseParties(Vc* vc);
  size_t CountActive(const Vc& vc);
  // Whether somebody else than `but` is left on the call.
  bool HasLiveParty(const Vc& vc, PartyHandle but);
  // One of those who are on the call; null when there is none.
  const Party* FindActive(const Vc& vc);
  void ActivateFirstParty(const Vc& vc, Context cm_party);
  void EndAdding(PartyHandle handle, Status status, Context cm_party);
  void EndDropping(PartyHandle handle, Status status);
  PartyRow RowOf(PartyHandle handle, const Party& party);

  // call_changes.cc
  static Status EndModifying(Vc* vc, Status status, const CallParameters& params);
};

}  // namespace vcp::circuit
