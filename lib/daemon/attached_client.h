// Stands in the switchboard for an application behind the attach socket: turns its requests into
// switchboard calls and completions into replies, each request answered exactly once. Handles told
// to the application are this object's own, so that it can name nobody else's objects. Control
// thread. It may be destroyed at any time outside switchboard handlers; ending what it had is
// circuit::ClientTeardown's work.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/handle.h"
#include "base/limits.h"
#include "circuit/roles.h"
#include "circuit/switchboard.h"
#include "daemon/attach_messages.h"
#include "daemon/deadline.h"
#include "daemon/event_loop.h"
#include "daemon/route_finder.h"
#include "dataplane/channel_host.h"

namespace vcp::daemon {

// What the application is reached through; the attach server's session.
class ClientLink {
 public:
  virtual ~ClientLink() = default;
  virtual void Send(Packet packet) = 0;
  // The application broke the rules: it is told why and ended, soon but not inside this call.
  virtual void Evict(Status status, std::string_view reason) = 0;
  // The application does not read: this is no time for new calls.
  virtual bool IsCongested() const = 0;
};

// A port as clients see it.
struct AdapterEntry {
  circuit::AdapterHandle handle;
  std::string name;
  uint32_t max_sdu_bytes = 0;
};

// Answering an offer takes as long as ringing may (T301 of Q.2931); letting go of a closing address
// family takes an application no time to think.
inline constexpr uint64_t kOfferDeadlineNs = 180 * kNsPerSecond;
inline constexpr uint64_t kNotifyCloseDeadlineNs = 5 * kNsPerSecond;
// An OID that says nothing else, and the most that one may say.
inline constexpr uint64_t kOidDeadlineNs = 10 * kNsPerSecond;
inline constexpr uint32_t kMaxOidTimeoutMs = 3'600'000;

// Names for VCs in an application's channel, for its other part.
class ChannelVcs {
 public:
  virtual ~ChannelVcs() = default;
  // 0: as many as there may be.
  virtual uint32_t TakeChannelVc() = 0;
  virtual void GiveChannelVc(uint32_t channel_vc) = 0;
};

class AttachedClient final : public circuit::Client, public ChannelVcs {
 public:
  // `routes` may be null: then no address leads anywhere.
  AttachedClient(circuit::Switchboard* switchboard, const dataplane::PlaneView* plane,
                 EventLoop* loop, const RouteFinder* routes, dataplane::ChannelIndex channel,
                 ClientLink* link);

  // Binds to every adapter; the application hears of their address families.
  void BindTo(std::span<const AdapterEntry> adapters);
  // Whether the application may add and delete PVCs; at first not.
  void AllowPvcs(bool allowed) { may_change_pvcs_ = allowed; }
  // One packet from the application.
  void OnPacket(Packet packet);

  dataplane::ChannelIndex channel() const { return channel_; }
  size_t af_count() const { return afs_.size(); }
  size_t sap_count() const { return saps_.size(); }
  size_t vc_count() const { return vcs_.size(); }
  size_t party_count() const { return parties_.size(); }

  // VCs of a call manager's own: for a client's requests they are not there.
  uint32_t TakeChannelVc() override { return vcs_.Insert(loop_).value(); }
  void GiveChannelVc(uint32_t channel_vc) override { vcs_.Erase(OwnVc::FromValue(channel_vc)); }

  // --- circuit::Client ---------------------------------------------------------------------------
  void OnAfRegistered(circuit::BindingHandle binding,
                      const circuit::AddressFamily& family) override;
  void OnOpenAfComplete(Status status, circuit::Context af, circuit::AfHandle handle) override;
  void OnCloseAfComplete(Status status, circuit::Context af) override;
  Status OnNotifyCloseAf(circuit::Context af) override;
  void OnUnbind(circuit::BindingHandle binding) override;
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

 private:
  struct Binding {
    AdapterEntry adapter;
    circuit::BindingHandle handle;  // null while it is being opened
  };
  // Request ids are 0 when no such request awaits its completion.
  struct Af {
    explicit Af(EventLoop* loop) : notify_deadline(loop) {}
    circuit::AfHandle handle;
    circuit::BindingHandle binding;
    circuit::AddressFamily family;
    bool by_route = false;           // calls may leave by other links
    circuit::AdapterHandle of;       // of a detour, which the application does not know; else null
    uint32_t detoured_vcs = 0;       // those on it
    bool ends = false;               // its call manager wants it closed
    bool addresses_changed = false;  // told before the application knows the AF
    uint32_t open_request = 0;
    uint32_t close_request = 0;
    bool closed = false;          // kept for the answer to a notify only (C17)
    bool notify_pending = false;  // the application owes NOTIFY CLOSE AF COMPLETE
    Deadline notify_deadline;
  };
  struct SapEntry {
    circuit::SapHandle handle;
    uint32_t register_request = 0;
    uint32_t deregister_request = 0;
  };
  struct Party {
    uint32_t vc;  // this object's own name for it
    circuit::PartyHandle handle = {};
    uint32_t add_request = 0;
    uint32_t drop_request = 0;
  };
  using OwnParty = Handle<Party>;
  // What is needed of a call that may be tried on another link than its address family's.
  struct Retry {
    circuit::CallParameters params;
    RoutedAdapters routes;
    size_t next = 0;
  };
  struct Vc {
    explicit Vc(EventLoop* loop) : offer_deadline(loop) {}
    // Where the call is: on another link, or where the application made the VC.
    circuit::VcHandle call() const { return detour ? detour : handle; }
    circuit::VcHandle handle;
    circuit::VcHandle detour;
    Handle<Af> af;         // of one that the application made
    Handle<Af> detour_af;  // while there is a detour
    std::unique_ptr<Retry> retry;
    uint32_t make_request = 0;
    uint32_t modify_request = 0;
    uint32_t close_request = 0;
    OwnParty making_party;  // the first one, until the call is made
    std::vector<OwnParty> parties;
    std::unique_ptr<circuit::CallParameters> offer;  // while the application owes an answer
    Deadline offer_deadline;
  };
  using OwnAf = Handle<Af>;
  using OwnSap = Handle<SapEntry>;
  using OwnVc = Handle<Vc>;

  void Do(const shm::OpenAf& request);
  void Do(const shm::CloseAf& request);
  void Do(const shm::NotifyCloseAfComplete& request);
  void Do(const shm::RegisterSap& request);
  void Do(const shm::DeregisterSap& request);
  void Do(const shm::CreateVc& request);
  void Do(const shm::DeleteVc& request);
  void Do(const shm::NameVc& request);
  void Do(const shm::MakeCall& request);
  void Do(const shm::AnswerCall& request);
  void Do(const shm::CloseCall& request);
  void Do(const shm::VcCountersRequest& request);
  void Do(const shm::AddParty& request);
  void Do(const shm::DropParty& request);
  void Do(const shm::ModifyCallQoS& request);
  void Do(const shm::OidRequest& request);
  void Do(const shm::CancelOid& request);
  void Do(const shm::WatchStatus& request);

  // --- attached_client_oids.cc -------------------------------------------------------------------
  Status RouteOf(const shm::OidRequest& request, circuit::OidRoute* route);
  void ReplyToOid(uint32_t request_id, circuit::Oid oid, Status status,
                  const circuit::OidAnswer& answer);
  // What the call manager of an AF said; dropped when the application does not read.
  void TellOfAf(OwnAf af, circuit::Oid oid, std::optional<circuit::Context> vc = {},
                std::span<const uint8_t> bytes = {});
  Binding* FindBinding(circuit::BindingHandle handle);

  Status FindFamily(std::string_view adapter, uint32_t family, circuit::BindingHandle* binding,
                    circuit::AddressFamily* found) const;
  Status FindFamilyToward(const Address& address, uint32_t family, circuit::BindingHandle* binding,
                          circuit::AddressFamily* found) const;
  // False when the binding has no such family; family 0, the first that it has.
  bool FindFamilyOn(const Binding& candidate, uint32_t family, circuit::BindingHandle* binding,
                    circuit::AddressFamily* found) const;
  // Null for one that is none of the application's own.
  Af* FindAf(uint32_t value) {
    Af* af = afs_.Find(OwnAf::FromValue(value));
    return af != nullptr && !af->of ? af : nullptr;
  }
  // Null for a VC that is none of the client's.
  Vc* FindVc(OwnVc own) {
    Vc* vc = vcs_.Find(own);
    return vc != nullptr && vc->handle ? vc : nullptr;
  }
  void FinishOpenAf(OwnAf own, Status status, circuit::AfHandle handle);
  void FinishCloseAf(OwnAf own, Status status);
  void FinishNotifyClose(OwnAf own, Status status);
  // Of who was to let go of an AF.
  void OnNotifyOverdue(OwnAf own);
  bool IsOfRemovedPort(const Af& af) const;
  void FinishRegisterSap(OwnSap own, Status status, circuit::SapHandle handle);
  void FinishDeregisterSap(OwnSap own, Status status);
  // --- attached_client_detours.cc ----------------------------------------------------------------
  // What is tried when the link of the VC's address family refuses the call.
  std::unique_ptr<Retry> RetryFor(const Vc& vc, const circuit::CallParameters& params) const;
  struct Attempt {
    Status status;
    circuit::PartyHandle party;
    circuit::CallParameters params;
    circuit::Cause cause;
  };
  // Where the call was refused for the link's sake, on the next ones; the outcome is the last
  // one's.
  void TryNextLinks(OwnVc own, Attempt* attempt);
  void CallBy(OwnAf detour, OwnVc own, Attempt* attempt);
  OwnAf OpenDetour(circuit::AdapterHandle adapter, const Af& home);
  // Of a VC that has no call any more, or none yet.
  void EndDetour(OwnVc own);
  void ForgetDetour(OwnVc own);
  // A detour's call manager wants its address family closed: calls on it end first.
  void CloseDetour(OwnAf own);
  void CloseDetourIfIdle(OwnAf own);
  Status StartCall(OwnVc own, circuit::CallParameters* params, circuit::PartyHandle* party);
  void FinishMakeCall(OwnVc own, Status status, circuit::PartyHandle party,
                      const circuit::CallParameters& params, const circuit::Cause& cause);
  void AnswerMakeCall(OwnVc own, Status status, circuit::PartyHandle party,
                      const circuit::CallParameters& params, const circuit::Cause& cause);
  void FinishCloseCall(OwnVc own, Status status);
  void AnswerOffer(OwnVc own, Status status, const circuit::Cause& cause);
  // Null when the application has as many parties as it may.
  OwnParty InsertParty(OwnVc vc);
  void EraseParty(OwnParty own);
  void FinishAddParty(OwnParty own, Status status, circuit::PartyHandle handle,
                      const circuit::CallParameters& params, const circuit::Cause& cause);
  void FinishDropParty(OwnParty own, Status status);
  void FinishModify(OwnVc own, Status status, const circuit::CallParameters& params,
                    const circuit::Cause& cause);

  template <typename Request>
  void DoAs(Packet packet) {
    Do(ReadMessage<Request>(packet));
  }
  template <typename Message>
  void Send(const Message& message) {
    link_->Send({reinterpret_cast<const uint8_t*>(&message), sizeof message});
  }
  void Reply(const shm::MessageHeader& request, Status status, uint32_t handle = 0) {
    Reply(static_cast<shm::MessageType>(request.type), request.request_id, status, handle);
  }
  void Reply(shm::MessageType type, uint32_t request_id, Status status, uint32_t handle = 0);
  struct CallOutcome {
    uint32_t vc = 0;
    Status status;
    const circuit::CallParameters& params;
    uint32_t party = 0;
    circuit::Cause cause = {};
  };
  void ReplyToCall(shm::MessageType type, uint32_t request_id, const CallOutcome& outcome);
  // True when a value was refused; the request is answered or the application evicted.
  bool Refused(const shm::MessageHeader& request, Status status);

  circuit::Switchboard* const switchboard_;
  const dataplane::PlaneView* const plane_;
  EventLoop* const loop_;
  const RouteFinder* const routes_;
  const dataplane::ChannelIndex channel_;
  ClientLink* const link_;
  std::vector<Binding> bindings_;
  HandleTable<Af> afs_{kMaxPorts * kMaxAfsPerPort};
  HandleTable<SapEntry> saps_{kMaxSapsPerClient};
  HandleTable<Vc> vcs_{kMaxVcsPerClient};
  HandleTable<Party> parties_{kMaxPartiesPerClient};
  struct AwaitedOid {
    circuit::Oid oid;
    circuit::OidHandle handle;
  };
  std::map<uint32_t, AwaitedOid> oids_;  // by request id
  bool watches_status_ = false;
  bool may_change_pvcs_ = false;
};

}  // namespace vcp::daemon
