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

#include "base/handle.h"
#include "base/unique_fd.h"
#include "client/connection.h"
#include "client/data_path.h"
#include "client/vc_table.h"
#include "client/vcplane.h"
#include "shm/attach_protocol.h"

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

  // --- events (client_events.cc) -----------------------------------------------------------------
  size_t Poll(vcp_event* events, size_t capacity);
  vcp_status Wait(int timeout_ms);
  int Arm();
  int fd() const { return epoll_fd_.get(); }

  // --- operations (client_operations.cc); each returns VCP_PENDING when an event will follow
  // ------
  vcp_status OpenAf(const char* adapter, uint32_t family, uint64_t cookie, vcp_af* af);
  vcp_status CloseAf(vcp_af af, uint64_t cookie);
  vcp_status NotifyCloseAfComplete(vcp_af af, vcp_status status);
  vcp_status RegisterSap(vcp_af af, const vcp_sap_params& params, uint64_t cookie, vcp_sap* sap);
  vcp_status DeregisterSap(vcp_sap sap, uint64_t cookie);
  vcp_status CreateVc(vcp_af af, uint64_t cookie, vcp_vc* vc);
  vcp_status DeleteVc(vcp_vc vc, uint64_t cookie);
  vcp_status MakeCall(vcp_vc vc, const vcp_call_params& params, uint64_t cookie);
  vcp_status AnswerCall(vcp_vc vc, vcp_status answer, const vcp_call_params* params);
  vcp_status CloseCall(vcp_vc vc, std::span<const uint8_t> data, uint64_t cookie);
  vcp_status ReadVcCounters(vcp_vc vc, uint64_t cookie);

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
  bool IsMadeHere(vcp_vc vc);

 private:
  enum class Link { kGreeting, kAttached, kLost, kDead };
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
    // The library's own, after the daemon came back.
    kReopenAf,
    kReregisterSap,
  };
  enum class HandleState : uint8_t { kOpening, kOpen, kClosing };
  struct Af {
    std::string adapter;
    uint32_t family = 0;
    uint32_t daemon_handle = 0;
    HandleState state = HandleState::kOpening;
  };
  struct Sap {
    uint32_t af = 0;
    uint32_t daemon_handle = 0;
    HandleState state = HandleState::kOpening;
    shm::SapAbi content;
  };
  using AfHandle = Handle<Af>;
  using SapHandle = Handle<Sap>;
  struct Request {
    Op op;
    uint64_t cookie;
    uint32_t handle;  // the library's handle that it is about
  };

  explicit Client(const AttachOptions& options);

  // --- the link to the daemon (client_link.cc) ---
  vcp_status Greet();
  vcp_status FinishGreeting(ReceivedMessage* message, std::string* error);
  void OnAttached();
  void OnHangUp();
  void FailEverything();
  void ScheduleReconnect();
  void TryReconnect();
  void WatchSocket();
  // Takes what the socket and the timer have; returns whether anything came.
  bool Pump();
  bool PumpSocket();

  // --- requests and replies ---
  // Sends a request and remembers who asked. The message begins with its header.
  template <typename Message>
  vcp_status Start(shm::MessageType type, Op op, uint64_t cookie, uint32_t handle,
                   Message* message) {
    return Start(type, {.op = op, .cookie = cookie, .handle = handle}, &message->header,
                 sizeof *message);
  }
  vcp_status Start(shm::MessageType type, const Request& request, shm::MessageHeader* header,
                   size_t size_bytes);
  void OnMessage(const ReceivedMessage& message);
  void OnReply(const ReceivedMessage& message);
  void OnEvent(const ReceivedMessage& message);
  void OnIncomingCall(const shm::IncomingCall& message);
  void OnIncomingCloseCall(const shm::IncomingCloseCall& message);
  void Finish(uint32_t request_id, const Request& request, vcp_status status, uint32_t handle,
              const ReceivedMessage* message);
  void FinishAf(const Request& request, vcp_status status, uint32_t handle);
  void FinishSap(const Request& request, vcp_status status, uint32_t handle);
  void FinishVc(const Request& request, vcp_status status, uint32_t handle);
  void FinishCall(const Request& request, vcp_status status, const ReceivedMessage* message,
                  vcp_event* event);
  void FinishReopening(const Request& request, vcp_status status, uint32_t handle);
  vcp_event& Emit(vcp_event_type type);
  void AllowData(Vc* vc, const shm::CallParametersAbi& params);
  Af* FindOpenAf(vcp_af af);
  AfHandle FindAfByDaemonHandle(uint32_t handle);
  SapHandle FindSapByDaemonHandle(uint32_t handle);
  void EraseVc(Vc* vc);
  void Disarm();
  void SleepOnControl();

  const AttachOptions options_;
  UniqueFd epoll_fd_;
  UniqueFd timer_fd_;
  Connection connection_;
  Link link_ = Link::kGreeting;
  bool watches_output_ = false;
  bool armed_ = false;
  uint32_t backoff_ms_ = 0;
  uint32_t reopening_ = 0;  // requests of its own still out after a reconnect
  uint16_t epoch_ = 0;
  VcTable vcs_;
  std::unique_ptr<DataPath> data_;
  std::unique_ptr<DataPath> former_data_;  // readable until the application knows that it is gone
  bool former_data_told_ = false;
  HandleTable<Af> afs_;
  HandleTable<Sap> saps_;
  uint32_t next_request_id_ = 1;
  std::map<uint32_t, Request> requests_;
  std::deque<vcp_event> events_;
  uint32_t awaited_ = 0;  // a request that a blocking call waits for
  std::optional<vcp_event> awaited_event_;
};

}  // namespace vcp::client
