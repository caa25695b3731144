// Serves operators: one line asked, one line answered, however slowly they write and read; who
// keeps an unfinished line or an unread answer too long is dropped. The socket's mode decides who
// may connect. Control thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/acceptor.h"
#include "daemon/daemon_counters.h"
#include "daemon/deadline.h"
#include "daemon/event_loop.h"

namespace vcp::daemon {

inline constexpr size_t kMaxOperators = 16;
inline constexpr uint64_t kOperatorDeadlineNs = 10 * kNsPerSecond;

class OperatorServer {
 public:
  using Answer = std::function<std::string(std::string_view line)>;

  OperatorServer(EventLoop* loop, DaemonCounters* counters, Answer answer);
  ~OperatorServer();

  void Listen(std::unique_ptr<ListeningSocket> socket);
  // One connection, however it came.
  void OnConnection(UniqueFd connection);
  size_t connection_count() const { return connections_.size(); }

 private:
  struct Connection;

  void OnReady(uint32_t id);
  bool Receive(Connection* connection);
  bool SendAnswers(Connection* connection);
  void Drop(uint32_t id);

  EventLoop* const loop_;
  DaemonCounters* const counters_;
  const Answer answer_;
  std::unique_ptr<Acceptor> acceptor_;
  std::map<uint32_t, std::unique_ptr<Connection>> connections_;
  uint32_t last_id_ = 0;
};

}  // namespace vcp::daemon
