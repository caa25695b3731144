// One attached application: its connection, its handles, the requests it has under way and the
// events it has not taken yet. Messages are looked at only inside the application's own calls. One
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/handle.h"
#include "base/unique_fd.h"
#include "client/backoff.h"
#include "client/connection.h"
#include "client/data_path.h"
#include "client/vc_table.h"
#include "client/vcplane.h"
#include "client/vcplane_cm.h"
#include "shm/attach_protocol.h"
#include "shm/call_manager_protocol.h"

namespace vcp::client {

struct AttachOptions {
  std::string socket_path;
  std::string name;
  uint32_t max_sdu_bytes = 0;
  uint32_t send_slots = 0;
  uint32_t receive_slots = 0;
  bool reconnect = true;
};

class Client {
 public:
  // Blocks for at most two seconds. `error` is one line for a person.
  static vcp_status Attach(const AttachOptions& options, std::unique_ptr<Client>* client,
                           std::string* error);

  // --- taking what came (client_wait.cc) ---
  size_t Poll(vcp_event* events, size_t capacity);
  vcp_status Wait(int timeout_ms);
  int Arm();
  int fd() const { return epoll_fd_.get(); }

  // --- operations (client_operations.cc); each returns VCP_PENDING when an event will follow ---
  vcp_status OpenAf(const char* adapter, uint32_t family, uint64_t cookie, vcp_af* af);
  vcp_status OpenAfToward(const vcp_address& address, uint32_t family, uint64_t cookie, vcp_af* af);
  vcp_status CloseAf(vcp_af af, uint64_t cookie);
  vcp_status NotifyCloseAfComplete(vcp_af af, vcp_status status);
  vcp_status RegisterSap(vcp_af af, const vcp_sap_params& params, uint64_t cookie, vcp_sap* sap);
  vcp_status DeregisterSap(vcp_sap sap, uint64_t cookie);
  vcp_status CreateVc(vcp_af af, uint64_t cookie, vcp_vc* vc);
  vcp_status DeleteVc(vcp_vc vc, uint64_t cookie);
  // `party` is null for a call that is not multipoint.
  vcp_status MakeCall(vcp_vc vc, const vcp_call_params& params, uint64_t cookie, vcp_party* party);
  vcp_status AnswerCall(vcp_vc vc, vcp_status answer, const vcp_call_params* params,
                        const vcp_cause* cause);
  vcp_status CloseCall(vcp_vc vc, std::span<const uint8_t> data, const vcp_cause* cause,
                       uint64_t cookie);
  vcp_status ReadVcCounters(vcp_vc vc, uint64_t cookie);
  vcp_status NameVc(vcp_vc vc, const std::string& base, uint64_t cookie);
  bool IsMadeHere(vcp_vc vc);
  // --- the same (client_parties.cc) ---
  vcp_status AddParty(vcp_vc vc, const vcp_call_params& params, uint64_t cookie, vcp_party* party);
  vcp_status DropParty(vcp_party party, std::span<const uint8_t> data, const vcp_cause* cause,
                       uint64_t cookie);
  vcp_status ModifyCallQoS(vcp_vc vc, const vcp_call_params& params, uint64_t cookie);
  // --- the same (client_oids.cc) ---
  vcp_status QueryOid(const vcp_oid_target& target, uint32_t oid, uint32_t capacity_bytes,
                      uint64_t cookie);
  vcp_status SetOid(const vcp_oid_target& target, uint32_t oid, std::span<const uint8_t> data,
                    uint64_t cookie);
  vcp_status CancelOid(uint64_t cookie);
  vcp_status WatchStatus(bool on);
  uint32_t RedialDelayMs(uint32_t attempt) { return BackoffMs(kRedial, attempt, chance_.Next()); }

  // --- the same, of a call manager (client_call_manager.cc); handles are the daemon's ---
  vcp_status CmRegisterFamily(const char* adapter, uint32_t family, uint32_t options,
                              uint64_t cookie);
  // DEREGISTER FAMILY, NOTIFY CLOSE AF, CREATE VC, DELETE VC, DEACTIVATE VC, CALL CONNECTED.
  vcp_status CmAsk(shm::MessageType type, vcp_event_type outcome, uint32_t handle, uint64_t cookie);
  vcp_status CmActivateVc(uint32_t vc, const vcp_cm_path& path, const vcp_call_params& params,
                          uint64_t cookie);
  // INCOMING CALL, CALL QOS CHANGE.
  vcp_status CmAboutCall(shm::MessageType type, vcp_event_type outcome, uint32_t vc, uint32_t sap,
                         const vcp_call_params& params, uint64_t cookie);
  // INCOMING CLOSE CALL, INCOMING DROP PARTY.
  vcp_status CmEnd(shm::MessageType type, uint32_t handle, vcp_status status,
                   const vcp_cause* cause, std::span<const uint8_t> data, uint64_t cookie);
  vcp_status CmComplete(uint64_t operation, vcp_status status, const vcp_call_params* params,
                        const vcp_cause* cause);
  vcp_status CmCompleteOid(uint64_t operation, vcp_status outcome, const uint8_t* data,
                           size_t length);
  vcp_status CmTellClients(vcp_cm_family family, uint32_t oid, uint64_t cookie);
  vcp_status CmSetOid(vcp_cm_af af, vcp_cm_vc vc, uint32_t oid, std::span<const uint8_t> data,
                      uint64_t cookie);
  vcp_status CmNameVc(vcp_cm_vc vc, const std::string& base, uint64_t cookie);
  vcp_status CmCreateOwnVc(vcp_cm_family family, uint64_t cookie, vcp_vc* vc);
  vcp_status CmActivateOwnVc(vcp_vc vc, const vcp_cm_path& path, uint64_t cookie);
  vcp_status CmDeleteOwnVc(vcp_vc vc, uint64_t cookie);

  // Blocks until the request that was made last completes; other events wait for Poll.
  vcp_status WaitForLast(vcp_status started, vcp_event* event);
  // Blocks until no send of the VC is in flight.
  vcp_status WaitForSends(vcp_vc vc);

  // Every data call passes here: an application that was armed is awake now.
  DataPath& data() {
    if (armed_) [[unlikely]]
      Disarm();
    return *data_;
  }
  const DataPath& data() const { return *data_; }

 private:
  // kRestoring: attached again, but not everything that outlives a daemon is back yet. kDead: for
  // good.
  enum class Link { kGreeting, kAttached, kRestoring, kLost, kDead };
  enum class Op : uint8_t {
    kOpenAf,
    kCloseAf,
    kNotifyCloseAfComplete,
    kRegisterSap,
    kDeregisterSap,
    kCreateVc,
    kDeleteVc,
    kMakeCall,
    kAnswerCall,
    kCloseCall,
    kVcCounters,
    kAddParty,
    kDropParty,
    kModifyCallQoS,
    kCallManager,  // its request's handle is the outcome's vcp_event_type, and party an own VC
    kCmComplete,
    kOid,
    kNameVc,
    kCancelOid,
    kWatchStatus,
    // The library's own, after the daemon came back.
    kReopenAf,
    kReregisterSap,
  };
  enum class HandleState : uint8_t { kOpening, kOpen, kClosing, kClosed };
  struct Af {
    std::string adapter;
    uint32_t family = 0;
    shm::AddressAbi toward = {};
    uint32_t daemon_handle = 0;  // 0: none, for now
    HandleState state = HandleState::kOpening;
    bool owes_notify = false;  // the daemon waits to hear that it is closed (C17)
  };
  struct Sap {
    uint32_t af = 0;
    uint32_t daemon_handle = 0;
    HandleState state = HandleState::kOpening;
    shm::SapAbi content;
  };
  struct Party {
    uint32_t vc = 0;
    uint32_t daemon_handle = 0;  // 0: not on the call yet
    HandleState state = HandleState::kOpening;
  };
  using PartyHandle = Handle<Party>;
  using AfHandle = Handle<Af>;
  using SapHandle = Handle<Sap>;
  struct Request {
    Op op;
    uint64_t cookie;
    uint32_t handle;     // the library's handle that it is about
    uint32_t party = 0;  // and that of the party, when it is about one
  };
  using Packet = std::span<const uint8_t>;
  // A call on a VC that the daemon has yet to make.
  struct EarlyCall {
    uint64_t cookie;
    uint32_t party;
    shm::MakeCall message;
  };
  // The end of a call whose sends are not all completed.
  struct HeldClose {
    uint64_t cookie;
    shm::CloseCall message;
  };

  explicit Client(const AttachOptions& options);

  // --- the link to the daemon (client_link.cc) ---
  vcp_status Greet();
  vcp_status FinishGreeting(ReceivedMessage* message, std::string* error);
  void Restore();
  void FinishReopening(const Request& request, vcp_status status, uint32_t handle);
  void ForgetSapsOf(uint32_t af, vcp_status status);
  void FinishRestoring();
  // Nothing more comes on this connection; `for_good`: and it is not tried again.
  void OnHangUp(bool for_good = false);
  void FailEverything();
  void ScheduleReconnect();
  void StartTimer(uint32_t after_ms);
  // Takes what the socket and the timer have.
  void Pump();
  void PumpTimer();
  void PumpSocket();
  void WatchBacklog();

  // --- messages (client_events.cc) ---
  vcp_event& Emit(vcp_event_type type);
  vcp_event& EmitNow(vcp_event_type type, vcp_status status);  // also while restoring
  void OnMessage(Packet packet);
  void Dispatch(Packet packet);
  bool MustWait(Packet packet);
  void OnReply(Packet packet);
  void OnEvent(Packet packet);
  void OnAfRegistered(const shm::AfRegistered& message);
  void OnNotifyCloseAf(const shm::NotifyCloseAf& message);
  void OnIncomingCall(const shm::IncomingCall& message);
  void OnCallConnected(const shm::CallConnected& message);
  void OnIncomingCloseCall(const shm::IncomingCloseCall& message);
  void OnIncomingDropParty(const shm::IncomingDropParty& message);
  void OnIncomingCallQoSChange(const shm::IncomingCallQoSChange& message);
  void OnVcDeleted(const shm::VcDeleted& message);
  void OnEvicted(const shm::Evicted& message);
  // `reply` is empty when there was none.
  void Finish(uint32_t request_id, const Request& request, vcp_status status, Packet reply);
  void FinishAf(const Request& request, vcp_status status, uint32_t handle);
  void FinishSap(const Request& request, vcp_status status, uint32_t handle);
  void FinishVc(const Request& request, vcp_status status, uint32_t handle);
  void FinishEarlyCall(uint32_t vc, vcp_status created);
  void FinishMakeCall(const Request& request, vcp_status status, Packet reply);
  void FinishCloseCall(const Request& request, vcp_status status);
  void FinishVcCounters(const Request& request, Packet reply);
  void FinishAddParty(const Request& request, vcp_status status, Packet reply);
  void FinishDropParty(const Request& request, vcp_status status);
  void FinishModify(const Request& request, Packet reply);
  // --- client_call_manager.cc ---
  bool LoseOwnVc(vcp_cm_vc cm_vc);
  bool OnCallManagerEvent(Packet packet);
  void FinishCallManager(const Request& request, vcp_status status, Packet reply);
  void FinishOwnVc(const Request& request, vcp_status status, Packet reply);
  vcp_status FindOwnVc(vcp_vc handle, Vc** vc, uint32_t* cm_vc);
  // --- OIDs and status (client_oids.cc) ---
  void FinishOid(const Request& request, Packet reply);
  // `vc` is as the daemon calls it: a client's (NAME VC), or a call manager's (CM NAME VC).
  vcp_status StartNameVc(shm::MessageType type, uint32_t vc, const std::string& base, Op op,
                         uint64_t cookie, uint32_t handle);
  void FinishNameVc(const Request& request, Packet reply);
  void OnStatusIndicated(const shm::StatusIndicated& message);
  vcp_status StartOid(const vcp_oid_target& target, shm::OidRequest* message, uint64_t cookie);
  vcp_status StartWatching();
  void AllowData(Vc* vc, const shm::CallParametersAbi& params);
  AfHandle FindAfByDaemonHandle(uint32_t handle);
  SapHandle FindSapByDaemonHandle(uint32_t handle);

  // --- requests (client_operations.cc) ---
  // Sends a request and remembers who asked. The message begins with its header.
  template <typename Message>
  vcp_status Start(shm::MessageType type, Op op, uint64_t cookie, uint32_t handle, Message* message,
                   uint32_t party = 0) {
    return Start(type, {.op = op, .cookie = cookie, .handle = handle, .party = party},
                 &message->header, {sizeof *message, shm::kFirstBytes<Message>});
  }
  struct MessageSize {
    size_t bytes;
    size_t first_bytes;  // shm::kFirstBytes
  };
  vcp_status Start(shm::MessageType type, const Request& request, shm::MessageHeader* header,
                   MessageSize size);
  vcp_status StartOpenAf(Af af, const shm::OpenAf& request, uint64_t cookie, vcp_af* handle);
  vcp_status FindOpenAf(vcp_af handle, Af** af);
  void SettleCloses();

  // --- parties (client_parties.cc) ---
  // Null when the application has as many parties as it may.
  PartyHandle InsertParty(uint32_t vc);
  // It is on the call now, or it is not; both bear that the call is gone.
  void SettleParty(uint32_t party, vcp_status joined, uint32_t daemon_handle);
  void EraseParty(PartyHandle handle);
  void EraseParties(uint32_t vc);
  bool HasSeveralParties(uint32_t vc);

  void Disarm();
  void GoToSleep();
  template <typename Done>
  vcp_status SleepUntil(Done done, int timeout_ms);

  const AttachOptions options_;
  UniqueFd epoll_fd_;
  UniqueFd timer_fd_;  // for the next attempt to reconnect, or for the answer to it
  Connection connection_;
  Link link_ = Link::kGreeting;
  bool watches_backlog_ = false;
  bool armed_ = false;
  uint32_t reconnects_ = 0;  // tried since the daemon went away
  Chance chance_;
  uint32_t reopening_ = 0;  // requests of its own still out after a reconnect
  uint16_t epoch_ = 0;
  uint16_t daemon_minor_ = 0;  // of the ABI that it speaks
  bool watches_status_ = false;
  VcTable vcs_;
  std::unique_ptr<DataPath> data_;
  // Good memory until the application knows that it is gone, and comes back.
  std::vector<std::unique_ptr<DataPath>> former_data_;
  bool former_data_told_ = false;
  HandleTable<Af> afs_;
  HandleTable<Sap> saps_;
  HandleTable<Party> parties_;
  std::map<uint32_t, std::vector<PartyHandle>> parties_of_;   // by VC
  std::unordered_map<uint32_t, PartyHandle> daemon_parties_;  // by the daemon's handle
  uint32_t registering_saps_ = 0;
  uint32_t closing_calls_ = 0;
  std::map<uint32_t, EarlyCall> early_calls_;  // by VC
  std::map<uint32_t, HeldClose> held_closes_;  // by VC
  // A call manager's own VCs, and how the daemon calls them; 0 while they are made.
  std::map<vcp_vc, vcp_cm_vc> own_vcs_;
  uint32_t next_request_id_ = 1;
  std::map<uint32_t, Request> requests_;
  std::deque<vcp_event> events_;
  std::deque<vcp_event> later_events_;     // of a daemon whose RECONNECTED is not said yet
  std::deque<std::vector<uint8_t>> held_;  // see OnMessage
  uint32_t awaited_ = 0;                   // a request that a blocking call waits for
  std::optional<vcp_event> awaited_event_;
};

}  // namespace vcp::client
