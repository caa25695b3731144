// One connection to the attach socket: greets the application, makes its channel, carries messages
// between it and its AttachedClient, and decides when it has ended. Control thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "circuit/switchboard.h"
#include "daemon/attached_call_manager.h"
#include "daemon/attached_client.h"
#include "daemon/daemon_counters.h"
#include "daemon/deadline.h"
#include "daemon/event_loop.h"
#include "daemon/message_socket.h"
#include "dataplane/channel_host.h"

namespace vcp::daemon {

inline constexpr uint64_t kHelloDeadlineNs = kNsPerSecond;  // for the whole of it (A1, A2)

// What is kept for a client that does not read. Beyond the backlog calls to it are refused, and
// beyond what its VCs may add its requests wait. A VC adds what others' deeds can make of it (a
// call's or a change's outcome, 1440 bytes, and its end, 180), and so does a party, so that nobody
// gets a bystander ended by dying with many calls to it. Some 700 offers, which a few callers make
// between two looks of a busy application: 64 clients x 1 MiB = 64 MiB, and for a VC about what it
// costs anyway.
inline constexpr size_t kBacklogBytes = 1024 * 1024;
inline constexpr size_t kBacklogBytesPerVc = 2048;

// What sessions work with; outlives them.
struct AttachParts {
  EventLoop* loop;
  circuit::Switchboard* switchboard;
  dataplane::ChannelHost* channels;
  const dataplane::PlaneView* plane;
  DaemonCounters* counters;
  const RouteFinder* routes = nullptr;  // null: no address leads anywhere
  std::vector<uid_t> call_managers;     // users who may be one, besides root and the daemon's own
  bool clients_change_pvcs = false;     // by OID
  uint64_t stall_release_ns = 0;        // clients that stand still so long are ended; 0: never
};

// A session's owner.
class AttachHost {
 public:
  virtual ~AttachHost() = default;
  // Whether this user may have one more client now; otherwise its HELLO waits for OnRoom.
  virtual bool HasRoomForClient(uid_t uid) const = 0;
  // Once, not inside a call to the session, when there is nothing more to do there but to give back
  // what its client has. It may destroy the session.
  virtual void OnSessionEnded(uint32_t id) = 0;
};

class AttachSession final : public ClientLink {
 public:
  AttachSession(uint32_t id, UniqueFd connection, const AttachParts& parts,
                std::span<const AdapterEntry> adapters, AttachHost* host);
  ~AttachSession() override;

  uint32_t id() const { return id_; }
  const PeerIdentity& peer() const { return peer_; }
  const std::string& name() const { return name_; }
  uint32_t max_sdu_bytes() const { return max_sdu_bytes_; }
  // Null before HELLO.
  AttachedClient* client() { return client_ ? &*client_ : nullptr; }
  const AttachedClient* client() const { return client_ ? &*client_ : nullptr; }
  // Null unless the application is one, or was taken.
  const AttachedCallManager* call_manager() const { return call_manager_.get(); }
  std::unique_ptr<AttachedCallManager> TakeCallManager() { return std::move(call_manager_); }

  // Somebody else's place became free.
  void OnRoom();
  // Tells the application why it is ended, if it still listens, and ends it.
  void EndWith(DaemonCounter counter, Status status, std::string_view reason);
  // Ends it without a word: the daemon is going away.
  void End();

  // ClientLink
  void Send(Packet packet) override;
  void Evict(Status status, std::string_view reason) override;
  bool IsCongested() const override { return socket_.queued_bytes() > kBacklogBytes; }

 private:
  void OnReady(uint32_t events);
  void ReceiveSome();
  void OnPacket(Packet packet);
  void OnHello(Packet packet);
  bool IsOfOurVersion(Packet packet);
  void Attach(const shm::Hello& hello);
  void OnCallManagerPacket(Packet packet);
  void OnHelloDeadline();
  void RefuseHello(DaemonCounter counter, uint32_t request_id, Status status,
                   std::string_view reason);
  void Leave();
  size_t MostQueuedBytes() const;
  bool MayAskMore() const;
  void WatchForMore();

  const uint32_t id_;
  const AttachParts& parts_;
  const std::span<const AdapterEntry> adapters_;
  AttachHost* const host_;
  MessageSocket socket_;
  const PeerIdentity peer_;
  std::string name_;
  uint32_t max_sdu_bytes_ = 0;
  std::optional<shm::Hello> waiting_hello_;  // for room
  std::optional<AttachedClient> client_;
  std::unique_ptr<AttachedCallManager> call_manager_;  // made when it is asked for
  bool served_ = false;  // the client has mapped its memory, and asked for something
  bool ended_ = false;
  Deadline hello_deadline_;
  Deadline end_;                             // due at once: see EventLoop::ArmIn
  std::optional<EventLoop::WatchId> watch_;  // until it has ended
  uint32_t watched_events_ = EPOLLIN;
};

// The one line that says why a connection ends; for who is not even greeted.
void SendEvicted(MessageSocket* socket, Status status, std::string_view reason);

}  // namespace vcp::daemon
