#include "daemon/operator_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/log.h"
#include "daemon/operator_protocol.h"

namespace vcp::daemon {

struct OperatorServer::Connection {
  Connection(EventLoop* loop, UniqueFd fd_in) : fd(std::move(fd_in)), deadline(loop) {}

  UniqueFd fd;
  EventLoop::WatchId watch = 0;
  std::string received;    // beyond the last line answered
  std::string unsent;      // an answer
  size_t sent_bytes = 0;   // of it
  bool peer_done = false;  // it will ask no more
  Deadline deadline;       // for finishing a line, or reading an answer
};

OperatorServer::OperatorServer(EventLoop* loop, DaemonCounters* counters, Answer answer)
    : loop_(loop), counters_(counters), answer_(std::move(answer)) {}

OperatorServer::~OperatorServer() {
  for (const auto& [id, connection] : connections_) loop_->Unwatch(connection->watch);
}

void OperatorServer::Listen(std::unique_ptr<ListeningSocket> socket) {
  acceptor_ = std::make_unique<Acceptor>(
      loop_, std::move(socket), counters_,
      [this](UniqueFd connection) { OnConnection(std::move(connection)); });
}

void OperatorServer::OnConnection(UniqueFd fd) {
  if (connections_.size() == kMaxOperators) return counters_->Add(DaemonCounter::kOperatorsDropped);
  uint32_t id = ++last_id_;
  auto connection = std::make_unique<Connection>(loop_, std::move(fd));
  connection->watch =
      loop_->Watch(connection->fd.get(), EPOLLIN, [this, id](uint32_t) { OnReady(id); });
  connections_[id] = std::move(connection);
}

void OperatorServer::Drop(uint32_t id) {
  auto found = connections_.find(id);
  loop_->Unwatch(found->second->watch);
  connections_.erase(found);
}

// One answer at a time: the next line is looked at when the answer to the last has been read.
void OperatorServer::OnReady(uint32_t id) {
  Connection* connection = connections_.at(id).get();
  if (connection->unsent.empty() && !Receive(connection)) return Drop(id);
  if (!SendAnswers(connection)) return Drop(id);
  bool waits = !connection->unsent.empty();
  if (connection->peer_done && !waits) return Drop(id);
  loop_->SetEvents(connection->watch, waits ? EPOLLOUT : EPOLLIN);
  if (!waits && connection->received.empty()) return connection->deadline.Stop();
  if (connection->deadline.IsRunning()) return;
  connection->deadline.Start(kOperatorDeadlineNs, [this, id] {
    counters_->Add(DaemonCounter::kOperatorsDropped);
    Drop(id);
  });
}

// False: the connection is broken, or the line too long.
bool OperatorServer::Receive(Connection* connection) {
  std::array<char, kMaxRequestBytes> buffer;
  ssize_t count = recv(connection->fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count < 0) return errno == EAGAIN || errno == EINTR;
  connection->peer_done = count == 0;
  connection->received.append(buffer.data(), static_cast<size_t>(count));
  size_t end = connection->received.find('\n');
  bool too_long = end == std::string::npos ? connection->received.size() >= kMaxRequestBytes
                                           : end >= kMaxRequestBytes;
  if (too_long) counters_->Add(DaemonCounter::kOperatorsDropped);
  return !too_long;
}

// Answers lines until one answer does not fit into the socket. False: the connection is broken.
bool OperatorServer::SendAnswers(Connection* connection) {
  for (;;) {
    if (connection->unsent.empty()) {
      size_t end = connection->received.find('\n');
      if (end == std::string::npos) return true;
      connection->unsent = answer_(std::string_view(connection->received).substr(0, end)) + "\n";
      connection->sent_bytes = 0;
      connection->received.erase(0, end + 1);
    }
    std::string_view rest = std::string_view(connection->unsent).substr(connection->sent_bytes);
    ssize_t count =
        send(connection->fd.get(), rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    connection->sent_bytes += static_cast<size_t>(count);
    if (connection->sent_bytes < connection->unsent.size()) continue;
    connection->unsent.clear();
    connection->deadline.Stop();
  }
}

}  // namespace vcp::daemon
