// The call manager outside the daemon, on a host without processes: an attach server and libvcplane
// with a socket between them, both turned by the test's thread.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "circuit/switchboard.h"
#include "daemon/attach_server.h"
#include "daemon/event_loop.h"
#include "external_manager.h"
#include "port/port_info.h"
#include "testing/daemon_process.h"
#include "testing/fake_channel_host.h"

namespace vcp::conformance {

class InProcessManager {
 public:
  // Attached, and soon a call manager of `port`; of two that are joined the one is `first` 0, the
  // other 1.
  InProcessManager(circuit::Switchboard* board, const Clock* clock, const port::PortInfo& port,
                   uint32_t first, uint32_t family);
  ~InProcessManager();
  void JoinTo(InProcessManager* peer) { peer_ = peer; }

  // Lets everything happen that needs no time to pass; whether there was anything.
  bool Turn();
  std::optional<uint64_t> NextDeadlineNs() { return loop_.timers()->NextDeadlineNs(); }
  bool is_ready() const { return is_ready_; }
  // The next line that it says, as the process's (external_main.cc); "" when there is none.
  std::string ReadLine();
  // As a process that ends would.
  void Kill();

 private:
  class Manager;

  void Attach();

  const Clock* const clock_;
  const uint32_t first_;
  const uint32_t family_;
  const std::string port_;
  testing::TemporaryFolder folder_;
  daemon::EventLoop loop_;
  testing::FakeChannelHost channels_;
  daemon::DaemonCounters counters_;
  daemon::AttachServer server_;
  vcplane::Client client_;
  std::unique_ptr<Manager> manager_;  // null: it has ended
  InProcessManager* peer_ = nullptr;
  std::deque<ExternalMessage> inbox_;
  std::deque<std::string> lines_;
  bool is_ready_ = false;
};

}  // namespace vcp::conformance
