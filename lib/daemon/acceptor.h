// Takes connections off a listening socket as they come, a bounded number a turn, and rests a while
// when the process has no descriptor left instead of spinning (H6). Control thread.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "daemon/daemon_counters.h"
#include "daemon/deadline.h"
#include "daemon/event_loop.h"
#include "daemon/listening_socket.h"

namespace vcp::daemon {

class Acceptor {
 public:
  using OnConnection = std::function<void(UniqueFd connection)>;

  Acceptor(EventLoop* loop, std::unique_ptr<ListeningSocket> socket, DaemonCounters* counters,
           OnConnection on_connection);
  ~Acceptor();

  const std::string& path() const { return socket_->path(); }

 private:
  void OnReady();

  EventLoop* const loop_;
  const std::unique_ptr<ListeningSocket> socket_;
  DaemonCounters* const counters_;
  const OnConnection on_connection_;
  Deadline rest_;
  EventLoop::WatchId watch_;
};

}  // namespace vcp::daemon
