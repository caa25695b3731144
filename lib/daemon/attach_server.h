// Lets applications attach: accepts, makes a session for each, and ends them on one path only,
// whatever the reason (L1, L4). An application that is gone, or that misbehaves, costs nobody else
// anything; what it had is back once the switchboard and the data path have let go of it. Control
// thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "circuit/client_teardown.h"
#include "daemon/acceptor.h"
#include "daemon/attach_session.h"
#include "daemon/stall_watch.h"

namespace vcp::daemon {

class AttachServer final : public AttachHost {
 public:
  // `adapters` are what a new client is bound to, in this order.
  AttachServer(const AttachParts& parts, std::vector<AdapterEntry> adapters);

  // From then on applications can attach.
  void Listen(std::unique_ptr<ListeningSocket> socket);
  // One connection, however it came.
  void OnConnection(UniqueFd connection);
  // A poll core serves this channel no more.
  void OnEvict(dataplane::ChannelIndex channel, const char* reason);
  // Ends every client and accepts no more; `done` when nothing is left of any.
  void ShutDown(std::function<void()> done);

  // Attached applications, in the order of their ids.
  std::vector<const AttachSession*> Clients() const;
  // How long a client has stood still; 0 while it does not.
  uint64_t StalledNs(uint32_t id) const { return stalls_.StalledNs(id, parts_.loop->NowNs()); }
  // Connections, attached or not; and clients whose things are still being given back.
  size_t session_count() const { return sessions_.size(); }
  size_t departing_count() const { return departing_.size(); }
  // Stand-ins of call managers that are gone.
  size_t retired_count() const { return retired_.size(); }

 private:
  struct Departing {
    uid_t uid;
    dataplane::ChannelIndex channel;
    std::unique_ptr<circuit::ClientTeardown> teardown;
    int users = 1;  // of its channel, that have not let go of it
  };

  // AttachHost
  bool HasRoomForClient(uid_t uid) const override;
  void OnSessionEnded(uint32_t id) override;

  bool HasRoomForConnection(uid_t uid, DaemonCounter* counter, const char** reason) const;
  void Refuse(MessageSocket socket, DaemonCounter counter, const char* reason);
  void RetireCallManager(uint32_t id, std::unique_ptr<AttachedCallManager> call_manager);
  void OnTornDown(uint32_t id);
  void OnDeparted(uint32_t id);
  void FinishShutDownIfEmpty();
  void LookForStalls();

  const AttachParts parts_;
  const std::vector<AdapterEntry> adapters_;
  std::unique_ptr<Acceptor> acceptor_;
  std::map<uint32_t, std::unique_ptr<AttachSession>> sessions_;  // by client id
  std::map<uint32_t, Departing> departing_;
  // Stand-ins of call managers that are gone, until their clients have closed their families.
  std::map<uint32_t, std::unique_ptr<AttachedCallManager>> retired_;
  // Refused, and left open a while: closed at once, the refused one's HELLO would fail before it
  // has read why.
  std::deque<UniqueFd> refused_;
  Deadline refused_deadline_;
  StallWatch stalls_;
  Deadline next_look_;  // for stalls, while anybody is attached
  std::function<void()> on_shut_down_;
  uint32_t last_id_ = 0;
};

}  // namespace vcp::daemon
