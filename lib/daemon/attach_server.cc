#include "daemon/attach_server.h"

#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "base/log.h"

namespace vcp::daemon {

AttachServer::AttachServer(const AttachParts& parts, std::vector<AdapterEntry> adapters)
    : parts_(parts),
      adapters_(std::move(adapters)),
      refused_deadline_(parts.loop),
      next_look_(parts.loop) {}

void AttachServer::Listen(std::unique_ptr<ListeningSocket> socket) {
  acceptor_ = std::make_unique<Acceptor>(
      parts_.loop, std::move(socket), parts_.counters,
      [this](UniqueFd connection) { OnConnection(std::move(connection)); });
}

bool AttachServer::HasRoomForConnection(uid_t uid, DaemonCounter* counter,
                                        const char** reason) const {
  if (sessions_.size() == kMaxClients) {
    *counter = DaemonCounter::kTooManyClients;
    *reason = "the daemon has as many clients as it can have";
    return false;
  }
  size_t of_this_user = 0;
  for (const auto& [id, session] : sessions_) of_this_user += session->peer().uid == uid;
  *counter = DaemonCounter::kTooManyOfUser;
  *reason = "this user has as many clients as one user can have";
  return of_this_user < kMaxClientsPerUid;
}

// Those who are leaving still occupy their place: what they had is not back yet.
bool AttachServer::HasRoomForClient(uid_t uid) const {
  size_t all = departing_.size();
  size_t of_this_user = 0;
  for (const auto& [id, departing] : departing_) of_this_user += departing.uid == uid;
  for (const auto& [id, session] : sessions_) {
    if (session->client() == nullptr) continue;
    ++all;
    of_this_user += session->peer().uid == uid;
  }
  return all < kMaxClients && of_this_user < kMaxClientsPerUid;
}

void AttachServer::OnConnection(UniqueFd connection) {
  MessageSocket socket(std::move(connection));
  DaemonCounter counter;
  const char* reason;
  if (!HasRoomForConnection(socket.Peer().uid, &counter, &reason)) {
    return Refuse(std::move(socket), counter, reason);
  }
  uint32_t id = ++last_id_;
  sessions_[id] = std::make_unique<AttachSession>(id, socket.Take(), parts_, adapters_, this);
  if (!next_look_.IsRunning()) next_look_.Start(kNsPerSecond, [this] { LookForStalls(); });
}

// What is read are a few counters for each client; the poll cores have no part in it.
void AttachServer::LookForStalls() {
  if (sessions_.empty()) return;
  next_look_.Start(kNsPerSecond, [this] { LookForStalls(); });
  for (const auto& [id, session] : sessions_) {
    if (session->client() == nullptr) continue;
    stalls_.Look(id, parts_.plane->ReadChannelCounters(session->client()->channel()),
                 parts_.loop->NowNs());
    const uint64_t stalled_ns = StalledNs(id);
    if (parts_.stall_release_ns == 0 || stalled_ns < parts_.stall_release_ns) continue;
    session->EndWith(DaemonCounter::kStalledReleased, Status::kBackPressured,
                     "it returned no receive buffer for too long");
  }
}

void AttachServer::Refuse(MessageSocket socket, DaemonCounter counter, const char* reason) {
  parts_.counters->Add(counter);
  VCP_LOG(kWarning, "client refused", {"uid", socket.Peer().uid}, {"reason", reason});
  SendEvicted(&socket, Status::kResources, reason);
  refused_.push_back(socket.Take());
  if (refused_.size() > kMaxClientsPerUid) refused_.pop_front();
  refused_deadline_.Start(kHelloDeadlineNs, [this] { refused_.clear(); });
}

void AttachServer::OnEvict(dataplane::ChannelIndex channel, const char* reason) {
  for (const auto& [id, session] : sessions_) {
    if (session->client() == nullptr || session->client()->channel() != channel) continue;
    return session->EndWith(DaemonCounter::kEvictedByDataPath, Status::kProtocolError, reason);
  }
}

// The single way out. The order matters: the data path lets go of the client's memory first, so
// that nothing that is ended afterwards waits for the client; its socket is closed last.
void AttachServer::OnSessionEnded(uint32_t id) {
  auto found = sessions_.find(id);
  VCP_CHECK(found != sessions_.end());
  std::unique_ptr<AttachSession> session = std::move(found->second);
  sessions_.erase(found);
  stalls_.Forget(id);
  AttachedClient* client = session->client();
  if (client == nullptr) return FinishShutDownIfEmpty();
  parts_.channels->AbandonChannel(client->channel());
  auto teardown = std::make_unique<circuit::ClientTeardown>(parts_.switchboard, client);
  circuit::ClientTeardown* started = teardown.get();
  departing_[id] = {session->peer().uid, client->channel(), std::move(teardown)};
  std::unique_ptr<AttachedCallManager> call_manager = session->TakeCallManager();
  if (call_manager != nullptr) {
    ++departing_[id].users;
    RetireCallManager(id, std::move(call_manager));
  }
  session.reset();
  started->Start([this, id] { OnTornDown(id); });
}

// Its clients close its families in their own time; its own VCs end at once.
void AttachServer::RetireCallManager(uint32_t id,
                                     std::unique_ptr<AttachedCallManager> call_manager) {
  AttachedCallManager* retired = call_manager.get();
  retired_[id] = std::move(call_manager);
  const auto gone = [this, id] {
    parts_.loop->ArmIn(0, [this, id] {
      retired_.erase(id);
      FinishShutDownIfEmpty();
    });
  };
  retired->Depart([this, id] { OnTornDown(id); }, gone);
}

void AttachServer::OnTornDown(uint32_t id) {
  if (--departing_.at(id).users != 0) return;
  parts_.channels->RemoveChannel(departing_.at(id).channel, [this, id](Status) { OnDeparted(id); });
}

void AttachServer::OnDeparted(uint32_t id) {
  departing_.erase(id);
  for (const auto& [waiting_id, session] : sessions_) session->OnRoom();
  FinishShutDownIfEmpty();
}

void AttachServer::ShutDown(std::function<void()> done) {
  acceptor_.reset();
  on_shut_down_ = std::move(done);
  for (const auto& [id, session] : sessions_) session->End();
  FinishShutDownIfEmpty();
}

void AttachServer::FinishShutDownIfEmpty() {
  if (!on_shut_down_ || !sessions_.empty() || !departing_.empty() || !retired_.empty()) return;
  std::exchange(on_shut_down_, nullptr)();
}

std::vector<const AttachSession*> AttachServer::Clients() const {
  std::vector<const AttachSession*> clients;
  for (const auto& [id, session] : sessions_) {
    if (session->client() != nullptr) clients.push_back(session.get());
  }
  return clients;
}

}  // namespace vcp::daemon
