// What the switchboard has to do, once more and simpler: a few flags an object, and for every call
// whether it is allowed. Two clients, a call manager and a miniport, whose answers are drawn at
// random, drive the real one; every answer and every completion is compared with the model's. The
// adapter pauses, restarts and resets meanwhile, which changes nothing of what is on it, and all
// ask each other; links, clients, the call manager and at last the adapter end, of which nothing
// may stay.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "circuit/switchboard.h"

namespace vcp::circuit {

enum class Act : uint8_t {
  kOpenAf,
  kOpenAfComplete,
  kCloseAf,
  kCloseAfComplete,
  kNotifyCloseAf,
  kNotifyCloseAfComplete,
  kRegisterSap,
  kRegisterSapComplete,
  kDeregisterSap,
  kDeregisterSapComplete,
  kCreateVc,
  kCmCreateVc,
  kDeleteVc,
  kCmDeleteVc,
  kActivateVc,
  kActivateVcComplete,
  kDeactivateVc,
  kDeactivateVcComplete,
  kMakeCall,
  kMakeCallComplete,
  kDispatchIncomingCall,
  kIncomingCallComplete,
  kDispatchCallConnected,
  kCloseCall,
  kCloseCallComplete,
  kDispatchIncomingCloseCall,
  kModifyCallQoS,
  kModifyCallQoSComplete,
  kDispatchIncomingCallQoSChange,
  kAddParty,
  kAddPartyComplete,
  kDropParty,
  kDropPartyComplete,
  kDispatchIncomingDropParty,
  kPauseAdapter,
  kPauseComplete,
  kRestartAdapter,
  kRestartComplete,
  kResetAdapter,
  kResetComplete,
  kAskOid,
  kCompleteOid,
  kAbortOid,
  kLoseLink,
  kClientDies,
  kManagerDies,
  kCount,
};

// One thing that somebody does. The handler that runs because of it answers `answer`; when that is
// kPending and `inside` is set, it first completes with `outcome` itself.
struct Step {
  Act act = Act::kOpenAf;
  uint8_t object = 0;  // which of those that were ever made, modulo their number
  uint8_t other = 0;   // the SAP of an offer, the client of an open, odd for multipoint
  Status answer = Status::kSuccess;
  Status outcome = Status::kSuccess;  // of a completion
  bool inside = false;
  Status miniport = Status::kSuccess;  // what it answers when a VC is made or deleted
  // Does what the chosen VC waits for instead of `act`: chance alone seldom gets as far as a call.
  uint8_t sensible = 0;
};

// Contexts are positions in the model's lists.
class SwitchboardModel {
 public:
  SwitchboardModel();
  // Does one step and compares; throws RapidCheck's failure.
  void Do(const Step& step);
  // Both clients go, then everything else; nothing may stay.
  void EndAll();
  // The device goes with all that is there; nothing may stay either.
  void RemoveAll();

 private:
  // What is owed to somebody: one completion each.
  enum class Debt {
    kOpenAf,
    kCloseAf,
    kNotify,
    kRegister,
    kDeregister,
    kActivate,
    kDeactivate,
    kMake,
    kIncoming,
    kClose,
    kModify,
    kAdd,
    kDrop,
    kOid
  };
  struct ModelAf {
    size_t client;
    AfHandle handle = {};
    bool alive = true;
    AfState state = AfState::kOpening;
    bool cm_closed = false;
    bool notifying = false;
  };
  struct ModelSap {
    size_t af;
    SapHandle handle = {};
    bool alive = true;
    SapState state = SapState::kRegistering;
  };
  struct ModelVc {
    size_t af;
    bool by_client;
    VcHandle handle = {};
    bool alive = false;
    VcState state = VcState::kInactive;
    CallState call = CallState::kNone;
    CallState before = CallState::kNone;  // it was closed
    bool making = false;
    bool modifying = false;
    bool multipoint = false;
    bool remote_closed = false;
    bool must_delete = false;
    uint32_t offer_changes = 0;
  };
  struct ModelParty {
    size_t vc;
    PartyHandle handle = {};
    bool alive = true;
    PartyState state = PartyState::kAdding;
    bool remote_dropped = false;
  };
  static constexpr size_t kManager = 2;
  struct ModelOid {
    size_t asker;                   // a client, or kManager
    std::optional<size_t> af = {};  // whose other end is asked; nothing: the miniport
    OidHandle handle = {};
    bool alive = true;
    bool aborted = false;  // as who was asked has heard
  };
  class TheClient;
  class TheManager;
  class TheMiniport;
  std::unique_ptr<Client> MakeClient();
  std::unique_ptr<CallManager> MakeManager();
  std::unique_ptr<Miniport> MakeMiniport();

  void OpenAf(size_t client);
  void CloseAf(size_t af);
  void CloseAfComplete(size_t af, Status status);
  void NotifyCloseAf(size_t af);
  void RegisterSap(size_t af);
  void DeregisterSap(size_t sap);
  void CreateVc(size_t af, bool by_client);
  void DeleteVc(size_t vc, bool by_client);
  void ActivateVc(size_t vc);
  void DeactivateVc(size_t vc);
  void MakeCall(size_t vc);
  void DispatchIncomingCall(size_t sap, size_t vc);
  void DispatchCallConnected(size_t vc);
  void CloseCall(size_t vc);
  void DispatchIncomingCloseCall(size_t vc);
  void ModifyCallQoS(size_t vc);
  void DispatchIncomingCallQoSChange(size_t vc);
  void AddParty(size_t vc);
  void DropParty(size_t party);
  void DispatchIncomingDropParty(size_t party);
  // The completions; the handlers that they cause move the model.
  void Complete(Act act, size_t object, Status status);
  void DoForAf(const Step& step);
  void DoForSap(const Step& step);
  void DoForVc(const Step& step);
  void DoForParty(const Step& step, const std::vector<size_t>& candidates);
  // --- the adapter's life
  void DoForAdapter(const Step& step);
  void PauseAdapter();
  void RestartAdapter();
  void ResetAdapter();
  Status OnPause();
  Status OnRestart();
  Status OnReset();
  void EndPause();
  void EndRestart(Status status);
  void EndReset();
  void CompareAdapter();
  // --- queries
  void DoForOid(const Step& step);
  void AskOid(const Step& step);
  Status MayAsk(const ModelOid& oid) const;
  Status OnOid(OidHandle handle, bool is_right);
  void OnOidAborted(OidHandle handle);
  void OnOidComplete(size_t oid, Status status);
  void EndOid(size_t oid);
  void EndResetIfIdle();
  void ForgetOidsOf(size_t client);
  void CompleteOids();
  size_t CompareOids();
  // --- what ends without being asked
  void DoDisaster(const Step& step);
  void LoseLink();
  void ClientDies(size_t client);
  void ForgetThingsOf(size_t client);
  void ManagerDies();
  bool ChooseLiveVc(uint8_t* choice, size_t* vc) const;
  std::vector<size_t> PartiesOf(size_t vc) const;
  std::vector<size_t> LastParties() const;
  void FinishOpening(size_t client);
  std::vector<Act> Sensible(size_t vc) const;
  std::vector<Act> SensibleInCall(size_t vc, Act path) const;

  // The answer of the handler that runs now; `completion` is what ends it when it pends.
  Status Answer(Act completion, size_t object);
  bool IsOpening(size_t client) const;
  bool Holds(size_t af) const;  // the client has something on it
  bool HasVcs(size_t af) const;
  void Closed(size_t af);
  void EndMaking(size_t vc, Status status);
  void EndCall(size_t vc);
  void EndAdding(size_t party, Status status);
  void EndDropping(size_t party, Status status);
  size_t FirstParty(size_t vc) const;  // 0 when there is none
  size_t CountActive(size_t vc) const;
  bool HasLiveParty(size_t vc, size_t but) const;
  bool HasCall(size_t vc) const;  // connected, and nobody has closed it
  void Owe(Debt debt, size_t object) { ++owed_[{debt, object}]; }
  void Pay(Debt debt, size_t object) { --owed_[{debt, object}]; }
  void ExpectOwed(Debt debt, size_t object, bool owed);
  void Compare();
  void CompareAf(size_t af);
  void CompareVc(size_t vc);
  void CompareParty(size_t party);
  // While something ends: the call manager and the miniport do what they still have to do, but not
  // for a client that survives.
  void FinishPaths(const Client* survivor);
  bool FinishAfsAndSaps(const Client* survivor);
  bool FinishVcs(const Client* survivor);
  void TearDownClients();
  void ExpectNothingOwed() const;

  Switchboard board_;
  std::unique_ptr<Miniport> miniport_;
  std::unique_ptr<CallManager> manager_;
  std::unique_ptr<Client> clients_[2];
  AdapterHandle adapter_;
  BindingHandle manager_binding_;
  BindingHandle bindings_[2];
  AdapterState life_ = AdapterState::kPaused;
  bool resetting_ = false;
  bool miniport_resets_ = false;
  std::set<size_t> miniport_vcs_;
  int surprises_ = 0, halts_ = 0;
  int pauses_owed_ = 0, restarts_owed_ = 0, resets_owed_ = 0;  // whose ends nobody has heard of
  std::vector<ModelAf> afs_;
  std::vector<ModelSap> saps_;
  std::vector<ModelVc> vcs_;
  std::vector<ModelParty> parties_;
  std::vector<ModelOid> oids_;
  std::map<std::pair<Debt, size_t>, int> owed_;
  Step step_;
  bool ending_ = false;
  int heard_ = 0;  // status
};

}  // namespace vcp::circuit
