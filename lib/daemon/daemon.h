// The daemon: every part of it, made in order or not at all, joined together, and ended in reverse.
// Control thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "callmgr/pvc_call_manager.h"
#include "callmgr/pvc_list.h"
#include "circuit/switchboard.h"
#include "daemon/attach_server.h"
#include "daemon/config.h"
#include "daemon/link_routes.h"
#include "daemon/operator_clients.h"
#include "daemon/operator_commands.h"
#include "daemon/operator_server.h"
#include "daemon/resetting_ports.h"
#include "daemon/signaling_links.h"
#include "dataplane/dataplane.h"
#include "dataplane/link_monitor.h"
#include "miniport/loopback_mcm.h"
#include "miniport/port_miniport.h"
#include "port/dpdk/frame_pool.h"

namespace vcp::daemon {

struct DaemonOptions {
  Config config;
  bool dev = false;      // no root, no hugepages
  bool eal_log = false;  // DPDK's log on standard error
};

class Daemon {
 public:
  Daemon(const DaemonOptions& options, EventLoop* loop);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Once. When it fails, `error` is one line that names cause and fix, and destroying this object
  // leaves nothing behind.
  Status Start(std::string* error);
  // Ends all clients, then runs `done`: within kShutDownDeadlineNs, whatever they do.
  void ShutDown(std::function<void()> done);

  static constexpr uint64_t kShutDownDeadlineNs = 2 * kNsPerSecond;

 private:
  // A port as the switchboard sees it: its miniport, and the call managers on it.
  struct Adapter {
    std::unique_ptr<miniport::LoopbackMcm> loopback;   // one of these two:
    std::unique_ptr<miniport::PortMiniport> miniport;  // the rest of the port's
    circuit::AdapterHandle handle;
    std::unique_ptr<callmgr::PvcCallManager> pvc_call_manager;

    miniport::PortMiniport& port() { return loopback ? loopback->miniport() : *miniport; }
  };

  Status OpenSockets(std::string* error);
  Status StartDataplane(std::string* error);
  Status StartPort(const PortConfig& config, std::string* error);
  Status StartAdapter(dataplane::PortIndex port, std::string* error);
  Status AddConfiguredPvcs(std::string* error);
  Status StartSignaling(std::string* error);
  void StartRouting();
  void LookAtLinks();
  void OnLinkChange(dataplane::PortIndex port, bool up);
  void OnDeviceGone(dataplane::PortIndex port);
  Status FindCallManagers(std::string* error);
  void Serve();
  void ShutDownAdapters();
  void StopAdapters();

  const DaemonOptions options_;
  EventLoop* const loop_;
  DaemonCounters counters_;
  std::unique_ptr<ListeningSocket> attach_socket_;    // until served
  std::unique_ptr<ListeningSocket> operator_socket_;  // until served
  port::FramePool frames_;
  circuit::Switchboard switchboard_;
  OperatorClients operator_clients_{&switchboard_};
  callmgr::PvcList pvcs_;
  std::unique_ptr<dataplane::Dataplane> dataplane_;
  std::optional<ResettingPorts> resetting_ports_;
  std::optional<EventLoop::WatchId> dataplane_watch_;
  std::optional<dataplane::LinkMonitor> links_;
  Deadline next_look_at_links_;
  std::vector<Adapter> adapters_;
  std::vector<AdapterEntry> adapter_entries_;
  callmgr::RouteTable routes_;
  std::optional<SignalingLinks> signaling_;
  std::vector<uid_t> call_managers_;
  std::optional<LinkRoutes> link_routes_;
  std::unique_ptr<AttachServer> attach_server_;
  std::unique_ptr<OperatorCommands> operator_commands_;
  std::unique_ptr<OperatorServer> operator_server_;
  Deadline shut_down_deadline_;
};

// Runs a daemon until SIGTERM or SIGINT; the program's exit status.
int RunDaemon(const DaemonOptions& options);

}  // namespace vcp::daemon
