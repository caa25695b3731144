// Stands in the switchboard for an application that is a call manager: what clients ask of it
// becomes operations that the application completes, what it asks becomes switchboard calls. It has
// the duties of any call manager, so those that the application fails in are its stand-in's: when
// the application is gone it fails what is under way, has the clients close the families in the
// forced order (C14 to C17), closes their calls for them, and goes when the last one has closed.
// Control thread. Destroyed only when IsGone(), or with the switchboard, and outside its handlers.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/handle.h"
#include "base/limits.h"
#include "circuit/roles.h"
#include "circuit/switchboard.h"
#include "daemon/attach_messages.h"
#include "daemon/attached_client.h"
#include "daemon/deadline.h"
#include "daemon/event_loop.h"

namespace vcp::daemon {

// What takes an application no time to think: opening and closing families and SAPs, ending calls.
// Longer, and clients would wait for a call manager that hangs.
inline constexpr uint64_t kCallManagerDeadlineNs = 10 * kNsPerSecond;

class AttachedCallManager final : public circuit::CallManager {
 public:
  AttachedCallManager(circuit::Switchboard* switchboard, EventLoop* loop,
                      std::span<const AdapterEntry> adapters, dataplane::ChannelIndex channel,
                      ChannelVcs* channel_vcs, ClientLink* link);

  // Whether this type of request is a call manager's.
  static bool IsRequest(uint16_t type);
  // One well-formed request.
  void OnPacket(Packet packet);

  // The application is gone: nothing is said to it any more. `channel_free` runs once no VC of its
  // own uses its channel, `gone` when nothing is left; neither inside a handler of the
  // switchboard's; `channel_free` perhaps inside this call.
  void Depart(std::function<void()> channel_free, std::function<void()> gone);
  bool IsGone() const { return families_.size() == 0; }
  // VCs and parties: what others' deeds can make it be told of.
  size_t call_count() const { return vcs_.size() + parties_.size(); }

  // --- circuit::CallManager ----------------------------------------------------------------------
  Status OnPause(circuit::BindingHandle binding) override;
  void OnRestart(circuit::BindingHandle binding) override;
  void OnUnbind(circuit::BindingHandle binding) override;
  Status OnOpenAf(circuit::AfHandle af, const circuit::AddressFamily& family,
                  circuit::Context* cm_af) override;
  Status OnCloseAf(circuit::Context cm_af) override;
  void OnNotifyCloseAfComplete(circuit::Context cm_af, Status status) override;
  Status OnRegisterSap(circuit::Context cm_af, const circuit::Sap& sap, circuit::SapHandle handle,
                       circuit::Context* cm_sap) override;
  Status OnDeregisterSap(circuit::Context cm_sap) override;
  Status OnCreateVc(circuit::Context cm_af, circuit::VcHandle vc, circuit::Context* cm_vc) override;
  Status OnDeleteVc(circuit::Context cm_vc) override;
  void OnActivateVcComplete(Status status, circuit::Context cm_vc,
                            const circuit::CallParameters& params) override;
  void OnDeactivateVcComplete(Status status, circuit::Context cm_vc) override;
  Status OnMakeCall(circuit::Context cm_vc, circuit::CallParameters* params,
                    circuit::PartyHandle party, circuit::Context* cm_party) override;
  void OnIncomingCallComplete(Status status, circuit::Context cm_vc,
                              const circuit::CallParameters& params,
                              const circuit::Cause& cause) override;
  Status OnCloseCall(circuit::Context cm_vc, circuit::Context cm_party,
                     std::span<const uint8_t> close_data, const circuit::Cause& cause) override;
  Status OnAddParty(circuit::Context cm_vc, circuit::CallParameters* params,
                    circuit::PartyHandle party, circuit::Context* cm_party) override;
  Status OnDropParty(circuit::Context cm_party, std::span<const uint8_t> close_data,
                     const circuit::Cause& cause) override;
  Status OnModifyCallQoS(circuit::Context cm_vc, circuit::CallParameters* params) override;
  Status OnOidRequest(circuit::OidHandle oid, const circuit::OidTarget& target,
                      const circuit::OidRequest& request, circuit::OidAnswer* answer) override;
  void OnOidAborted(circuit::OidHandle oid) override;
  void OnOidRequestComplete(circuit::Context request, Status status,
                            const circuit::OidAnswer& answer) override;

 private:
  struct Family {
    std::string adapter;
    circuit::BindingHandle binding;
    circuit::AddressFamily family;
    bool answers_oids = false;
    uint32_t users = 0;  // AFs of clients, and own VCs
    uint32_t own_vcs = 0;
    bool leaving = false;
    uint32_t deregister_request = 0;
    std::unique_ptr<Deadline> removal;  // see WatchRemoval
  };
  using OwnFamily = Handle<Family>;
  struct Af {
    circuit::AfHandle handle;
    OwnFamily family;
    uint32_t notify_request = 0;
    bool closed = false;  // kept for the answer to a notification (C17)
  };
  using OwnAf = Handle<Af>;
  struct SapEntry {
    circuit::SapHandle handle;
  };
  using OwnSap = Handle<SapEntry>;
  using BeginTimes = std::list<uint64_t>;
  // Asked by a client, to be completed by the application.
  struct Operation {
    shm::MessageType type;
    uint32_t subject;                 // this object's handle of what it is about
    bool may_fail = false;            // of an end: it has close data, which not everybody can carry
    uint32_t capacity_bytes = 0;      // of an OID: what the asker can take
    BeginTimes::iterator begun = {};  // of what may not take long
  };
  using OwnOperation = Handle<Operation>;
  struct Vc;
  struct Party {
    circuit::PartyHandle handle;
    Handle<Vc> vc;
    OwnOperation adding = {};
  };
  using OwnParty = Handle<Party>;
  enum class Path : uint8_t { kDown, kRising, kUp, kChanging, kFalling };
  // What is to be done once the path is down.
  enum class AtEnd : uint8_t { kNothing, kFailMakeCall, kCompleteClose };
  // What the application said of a call that is not made.
  struct Failure {
    Status status = Status::kFailure;
    circuit::CallParameters params = {};
    circuit::Cause cause = {};
  };
  struct Vc {
    circuit::VcHandle handle = {};
    OwnAf af = {};             // of the client that takes part in it
    OwnFamily family = {};     // of an own VC, that none takes part in
    uint32_t channel_vc = 0;   // of an own VC
    bool is_made_here = true;  // rather than by a client
    Path path = Path::kDown;
    AtEnd at_end = AtEnd::kNothing;
    Failure failure = {};      // of kFailMakeCall
    bool is_ending = false;    // the path falls as soon as it may
    bool is_unwanted = false;  // and then the VC goes, which was made here
    bool is_changing = false;  // the client hears of other parameters just now
    bool is_change_refused = false;
    uint32_t activate_request = 0;
    uint32_t deactivate_request = 0;
    uint32_t delete_request = 0;  // of an own VC, whose path ends first
    uint32_t offer_request = 0;
    OwnOperation asked = {};  // to make the call, or to change it
    std::vector<OwnParty> parties = {};
  };
  using OwnVc = Handle<Vc>;

  template <typename T>
  static Handle<T> Own(circuit::Context context) {
    return Handle<T>::FromValue(static_cast<uint32_t>(context));
  }

  // --- attached_call_manager.cc ------------------------------------------------------------------
  void Do(const shm::CmRegisterFamily& request);
  void DeregisterFamily(const shm::CmHandle& request);
  void NotifyCloseAf(const shm::CmHandle& request);
  void Do(const shm::CmComplete& request);
  void Finish(const Operation& operation, Status status, const circuit::CallParameters& params,
              const circuit::Cause& cause);
  OwnFamily FindFamily(circuit::AfHandle af, const circuit::AddressFamily& family) const;
  OwnFamily FindFamily(circuit::BindingHandle binding) const;
  // Its port does not run: has it go on without the application's VCs once it is removed.
  void WatchRemoval(OwnFamily own);
  // The application may hold what came by one for so long only.
  void EndOwnVcs(OwnFamily own);
  void EraseAf(OwnAf own);
  void BeginLeaving(OwnFamily own);
  // Unbinds the families that leave and that nobody has open any more.
  void LeaveUnused();
  void LeaveSoon() {
    leave_.Start(0, [this] { LeaveUnused(); });
  }
  OwnOperation Begin(shm::MessageType type, uint32_t subject, bool may_fail = false);
  // Of the oldest operation that may not take long.
  void WatchProgress();
  // Ends the operation, if it is there still.
  void Forget(OwnOperation own);
  bool IsDeparted() const { return link_ == nullptr; }
  // There, and reading what it is sent.
  bool MayBeAsked() const { return link_ != nullptr && !link_->IsCongested(); }
  void SayChannelIsFreeIfSo();

  // --- attached_call_manager_oids.cc -------------------------------------------------------------
  void Do(const shm::CmCompleteOid& request);
  void Do(const shm::CmTellClients& request);
  void Do(const shm::CmSetOid& request);

  // --- attached_call_manager_calls.cc ------------------------------------------------------------
  void CreateVc(const shm::CmHandle& request);
  void CreateOwnVc(const shm::CmHandle& request);
  void DeleteVc(const shm::CmHandle& request);
  void Do(const shm::NameVc& request);
  Status Name(const Vc& vc, std::string_view base, std::string* name) const;
  void Do(const shm::CmActivateVc& request);
  void DeactivateVc(const shm::CmHandle& request);
  void OfferCall(const shm::CmCall& request);
  void ConnectCall(const shm::CmHandle& request);
  void ChangeCall(const shm::CmCall& request);
  void EndCall(const shm::CmEnd& request);
  void EndParty(const shm::CmEnd& request);
  void Forget(OwnVc own);
  Status MayActivate(const Vc* vc, const shm::CmActivateVc& request) const;
  void EndPath(OwnVc own);
  void OnPathDown(OwnVc own);
  // The VC goes as soon as it may: a call manager's that nobody needs any more.
  void GiveUpVc(OwnVc own);
  void DeleteUnwanted(OwnVc own);
  void GiveUpVcsOf(OwnAf af);
  void SayVcIsDeleted(OwnVc own);
  bool HasCall(const Vc& vc) const;
  // What the application cannot say of a VC, and what it left out.
  void KeepWhatIs(const Vc& vc, circuit::CallParameters* params) const;
  void FinishCall(const Operation& operation, Status status, const circuit::CallParameters& params,
                  const circuit::Cause& cause);
  void FinishMaking(OwnVc own, Status status, const circuit::CallParameters& params,
                    const circuit::Cause& cause);
  void FinishChange(const Vc& vc, Status status, const circuit::CallParameters& params,
                    const circuit::Cause& cause);
  void FinishParty(const Operation& operation, Status status, const circuit::CallParameters& params,
                   const circuit::Cause& cause);
  OwnParty InsertParty(circuit::PartyHandle handle, OwnVc vc);
  void EraseParty(OwnParty own);
  void EraseParties(OwnVc vc);
  // Null when it cannot be asked; WhyNotAsked says why.
  OwnOperation AskAboutCall(shm::MessageType type, uint32_t subject, OwnVc vc, OwnParty party,
                            const circuit::CallParameters& params);
  Status WhyNotAsked() const { return IsDeparted() ? Status::kDisconnected : Status::kResources; }
  Status AskToEnd(shm::MessageType type, uint32_t subject, OwnVc vc, OwnParty party,
                  std::span<const uint8_t> close_data, const circuit::Cause& cause);

  template <typename Message>
  void Send(const Message& message) {
    if (link_ != nullptr) link_->Send({reinterpret_cast<const uint8_t*>(&message), sizeof message});
  }
  void SendOperation(shm::MessageType type, OwnOperation operation, uint32_t handle,
                     uint32_t other = 0);
  void Reply(const shm::MessageHeader& request, Status status, uint32_t handle = 0) {
    Reply(static_cast<shm::MessageType>(request.type), request.request_id, status, handle);
  }
  void Reply(shm::MessageType type, uint32_t request_id, Status status, uint32_t handle);
  void ReplyToCall(shm::MessageType type, uint32_t request_id, uint32_t vc, Status status,
                   const circuit::CallParameters& params, const circuit::Cause& cause = {});
  void ReplyWithVc(const shm::MessageHeader& request, Status status, OwnVc own);
  // True when a value was refused; the request is answered or the application evicted.
  bool Refused(const shm::MessageHeader& request, Status status);

  circuit::Switchboard* const switchboard_;
  EventLoop* const loop_;
  const std::span<const AdapterEntry> adapters_;
  const dataplane::ChannelIndex channel_;
  ChannelVcs* channel_vcs_;  // null: departed
  ClientLink* link_;         // null: departed
  std::function<void()> channel_free_;
  std::function<void()> gone_;
  Deadline leave_;       // due at once: see EventLoop::ArmIn
  Deadline progress_;    // of the oldest of what takes no time to think,
  BeginTimes begun_ns_;  // which began then, the oldest first
  uint32_t own_vcs_ = 0;
  HandleTable<Family> families_{kMaxPorts * kMaxAfsPerPort};
  HandleTable<Af> afs_{kMaxClients * kMaxPorts};
  HandleTable<SapEntry> saps_{kMaxClients * kMaxSapsPerClient};
  HandleTable<Vc> vcs_{kMaxVcs};
  HandleTable<Party> parties_{kMaxVcs};
  HandleTable<Operation> operations_{kMaxVcs};
};

}  // namespace vcp::daemon
