// Two hosts without processes: what a daemon has around its data path, twice, in the test's thread
// and under a clock of its own, joined by signaling; and players who are clients of their
// switchboards. SDUs go from VC to VC as the programs of the data path say.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "callmgr/pvc_call_manager.h"
#include "callmgr/uni_call_manager.h"
#include "circuit/client_teardown.h"
#include "in_process_manager.h"
#include "in_process_plane.h"
#include "miniport/loopback_mcm.h"
#include "player.h"
#include "testing/fake_clock.h"
#include "testing/fake_vc_programmer.h"
#include "testing/lossy_wire.h"

namespace vcp::conformance {

class InProcessPlayer;

struct InProcessHost {
  InProcessHost(signaling::Role role, callmgr::SignalingCarrier* carrier, const Clock* clock,
                TimerQueue* timers);
  ~InProcessHost();

  circuit::Switchboard board;
  testing::FakeVcProgrammer programmer;
  InProcessPlane plane;
  callmgr::PvcList pvcs;
  miniport::LoopbackMcm loop;
  miniport::PortMiniport cable;
  callmgr::PvcCallManager pvc_manager{&board, &pvcs};
  callmgr::PvcCallManager loop_pvc_manager{&board, &pvcs};
  std::optional<callmgr::UniCallManager> uni;
  std::unique_ptr<InProcessManager> external;
  std::unique_ptr<InProcessManager> other_external;
  dataplane::LinkMonitor links;
  size_t objects_without_clients = 0;
};

class InProcessWorld {
 public:
  InProcessWorld();
  ~InProcessWorld();

  InProcessHost& west() { return *west_; }
  InProcessHost& east() { return *east_; }
  // A call manager outside the daemon on each host's cable; and another one beside it.
  void StartManagers();
  void StartOtherManagers();
  // The host's ends, as a process that is killed.
  void KillManager(InProcessHost* host);
  std::unique_ptr<Player> NewPlayer(InProcessHost* host);
  // No client, call or VC is left on it.
  ::testing::AssertionResult HoldsNothing(InProcessHost* host);

  // Lets everything happen that needs no time to pass; and what comes within `ns`.
  void Settle();
  void Pass(uint64_t ns);
  uint64_t NowNs() const { return clock_.NowNs(); }
  // Signaling of one host reaches nobody any more, or does again.
  void CutSignaling(InProcessHost* host, bool cut) {
    wire_.SetCut(host == west_.get() ? 0 : 1, cut);
  }
  // The link of a host's port; the next look at it tells who is bound there.
  void SetLink(InProcessHost* host, std::string_view port, bool up);
  std::optional<uint64_t> NextDeadlineNs() const;

 private:
  friend class InProcessPlayer;

  void StartManagers(std::unique_ptr<InProcessManager> InProcessHost::*managers, uint32_t family);
  // Those of a host that there are.
  static std::vector<InProcessManager*> ManagersOf(const InProcessHost& host);
  // To everyone who receives what leaves by this program.
  void Deliver(const InProcessHost* from, const dataplane::VcProgram& program,
               std::string_view bytes);

  testing::FakeClock clock_;
  TimerQueue timers_;
  std::mt19937_64 random_{1};
  testing::LossyWire wire_{&clock_, &timers_, &random_};
  std::unique_ptr<InProcessHost> west_;
  std::unique_ptr<InProcessHost> east_;
  std::vector<InProcessPlayer*> players_;  // by channel; null once gone
};

// Runs its own completion when an operation was over at once (environment 0.2), so that tests see
// one kind of completion. Handles are the switchboard's.
class InProcessPlayer final : public Player, private circuit::Client {
 public:
  InProcessPlayer(InProcessWorld* world, InProcessHost* host, uint32_t channel);
  ~InProcessPlayer() override;

  void Leave() override;
  vcp_status StartOpenAf(const char* adapter, uint32_t family, uint64_t cookie,
                         vcp_af* af) override;
  vcp_status StartCloseAf(vcp_af af, uint64_t cookie) override;
  vcp_status NotifyCloseAfComplete(vcp_af af, vcp_status status) override;
  vcp_status StartRegisterSap(vcp_af af, const vcp_sap_params& params, uint64_t cookie,
                              vcp_sap* sap) override;
  vcp_status StartDeregisterSap(vcp_sap sap, uint64_t cookie) override;
  vcp_status StartCreateVc(vcp_af af, uint64_t cookie, vcp_vc* vc) override;
  vcp_status StartDeleteVc(vcp_vc vc, uint64_t cookie) override;
  vcp_status StartMakeCall(vcp_vc vc, const vcp_call_params& params, uint64_t cookie) override;
  vcp_status StartMultipointCall(vcp_vc vc, const vcp_call_params& params, uint64_t cookie,
                                 vcp_party* party) override;
  vcp_status AnswerCall(vcp_vc vc, vcp_status answer, const vcp_call_params* params) override;
  vcp_status StartModify(vcp_vc vc, const vcp_call_params& params, uint64_t cookie) override;
  vcp_status StartCloseCall(vcp_vc vc, uint64_t cookie, std::string_view data = {}) override;
  vcp_status StartAddParty(vcp_vc vc, const vcp_call_params& params, uint64_t cookie,
                           vcp_party* party) override;
  vcp_status StartDropParty(vcp_party party, uint64_t cookie) override;
  vcp_status StartOidQuery(const vcp_oid_target& target, uint32_t oid, uint32_t capacity_bytes,
                           uint64_t cookie) override;
  vcp_status StartOidSet(const vcp_oid_target& target, uint32_t oid, std::string_view bytes,
                         uint64_t cookie) override;
  vcp_status CancelOid(uint64_t cookie) override;
  vcp_status StartNameVc(vcp_vc vc, const std::string& base, uint64_t cookie) override;
  void WatchStatus(bool on = true) override { watches_ = on; }
  vcp_status Send(vcp_vc vc, std::string_view bytes, uint64_t cookie = 0) override;
  void Return(const Sdu&) override {}
  using Player::Take;
  void Take() override { world_->Settle(); }
  void Fence() override { world_->Settle(); }
  circuit::BindingHandle BindingTo(const char* port) { return bindings_.at(port); }

 private:
  friend class InProcessWorld;

  struct Vc {
    circuit::VcHandle handle;
    uint64_t make_cookie = 0;
    uint64_t close_cookie = 0;
    uint64_t modify_cookie = 0;
    circuit::Context first_party = 0;
    circuit::CallParameters offer;
    bool is_known = true;  // to the test: one's own, or offered
  };
  struct Party {
    circuit::Context vc = 0;
    uint32_t handle = 0;
    uint64_t add_cookie = 0;
    uint64_t drop_cookie = 0;
  };
  struct Af {
    uint32_t handle = 0;
    uint64_t open_cookie = 0;
    uint64_t close_cookie = 0;
  };
  struct Asked {
    uint64_t cookie = 0;
    circuit::Oid oid = {};
    circuit::OidHandle handle;
  };
  struct Sap {
    uint32_t handle = 0;
    uint32_t af = 0;
    uint64_t register_cookie = 0;
    uint64_t deregister_cookie = 0;
  };

  // --- circuit::Client ---------------------------------------------------------------------------
  void OnAfRegistered(circuit::BindingHandle binding,
                      const circuit::AddressFamily& family) override;
  void OnOpenAfComplete(Status status, circuit::Context af, circuit::AfHandle handle) override;
  void OnCloseAfComplete(Status status, circuit::Context af) override;
  Status OnNotifyCloseAf(circuit::Context af) override;
  void OnRegisterSapComplete(Status status, circuit::Context sap, const circuit::Sap& content,
                             circuit::SapHandle handle) override;
  void OnDeregisterSapComplete(Status status, circuit::Context sap) override;
  Status OnCreateVc(circuit::Context af, circuit::VcHandle handle, circuit::Context* vc,
                    circuit::DataEndpoint* endpoint) override;
  Status OnDeleteVc(circuit::Context vc) override;
  void OnMakeCallComplete(Status status, circuit::Context vc, circuit::PartyHandle party,
                          const circuit::CallParameters& params,
                          const circuit::Cause& cause) override;
  Status OnIncomingCall(circuit::Context sap, circuit::Context vc,
                        circuit::CallParameters* params) override;
  void OnCallConnected(circuit::Context vc) override;
  void OnCloseCallComplete(Status status, circuit::Context vc, circuit::Context party) override;
  void OnIncomingCloseCall(Status close_status, circuit::Context vc,
                           std::span<const uint8_t> close_data,
                           const circuit::Cause& cause) override;
  void OnAddPartyComplete(Status status, circuit::Context party, circuit::PartyHandle handle,
                          const circuit::CallParameters& params,
                          const circuit::Cause& cause) override;
  void OnDropPartyComplete(Status status, circuit::Context party) override;
  void OnIncomingDropParty(Status drop_status, circuit::Context party,
                           std::span<const uint8_t> close_data,
                           const circuit::Cause& cause) override;
  void OnModifyCallQoSComplete(Status status, circuit::Context vc,
                               const circuit::CallParameters& params,
                               const circuit::Cause& cause) override;
  void OnIncomingCallQoSChange(circuit::Context vc, const circuit::CallParameters& params) override;
  void OnStatus(circuit::BindingHandle binding, std::optional<circuit::Context> vc,
                const circuit::StatusIndication& indication) override;
  Status OnOidRequest(circuit::OidHandle oid, const circuit::OidTarget& target,
                      const circuit::OidRequest& request, circuit::OidAnswer* answer) override;
  void OnOidRequestComplete(circuit::Context request, Status status,
                            const circuit::OidAnswer& answer) override;

  uint64_t DeadlineNs() override;
  bool SleepUntil(uint64_t deadline_ns) override;

  // Whether an operation did not even start: not the call manager's word, but the switchboard's.
  static bool IsRefusal(Status status);
  vcp_event& Add(vcp_event_type type, Status status, uint64_t cookie, circuit::Context vc = 0);
  circuit::Context ContextOf(uint32_t vc) const;
  vcp_status MakeCall(vcp_vc vc, const vcp_call_params& params, uint64_t cookie, vcp_party* party);
  vcp_status AskOid(const vcp_oid_target& target, const circuit::OidRequest& request,
                    uint64_t cookie);
  void TakeDelivery(circuit::Context vc, std::string_view bytes);

  InProcessWorld* const world_;
  InProcessHost* const host_;
  const uint32_t channel_;
  circuit::Context next_context_ = 1;
  std::unordered_map<std::string, circuit::BindingHandle> bindings_;
  std::string binding_to_;  // whose families are being told
  std::unordered_map<circuit::Context, Af> afs_;
  std::unordered_map<circuit::Context, Sap> saps_;
  std::unordered_map<circuit::Context, Vc> vcs_;
  std::unordered_map<circuit::Context, Party> parties_;
  std::unordered_map<circuit::Context, Asked> oids_;  // under way
  bool watches_ = false;
  std::deque<std::string> payloads_;  // of received_
  bool left_ = false;
};

}  // namespace vcp::conformance
