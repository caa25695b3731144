#include "daemon/daemon.h"

#include <pwd.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "daemon/memory.h"
#include "daemon/pvc_config.h"
#include "port/dpdk/dpdk_port.h"
#include "port/dpdk/eal.h"
#include "wire/frame.h"

namespace vcp::daemon {
namespace {

uint32_t LargestFrameBytes(const Config& config) {
  uint32_t mtu_bytes = 0;
  for (const PortConfig& port : config.ports) mtu_bytes = std::max(mtu_bytes, port.mtu_bytes);
  return mtu_bytes + static_cast<uint32_t>(wire::kEthernetBytes + wire::kVlanTagBytes);
}

std::vector<std::string> PciAddresses(const Config& config) {
  std::vector<std::string> addresses;
  for (const PortConfig& port : config.ports) {
    const std::string address = port.device.substr(0, port.device.find(','));
    if (port::IsPciAddress(address)) addresses.push_back(address);
  }
  return addresses;
}

}  // namespace

Daemon::Daemon(const DaemonOptions& options, EventLoop* loop)
    : options_(options), loop_(loop), next_look_at_links_(loop), shut_down_deadline_(loop) {}

// Ports are shut down while those who have something on them are there to hear what comes of it.
Daemon::~Daemon() {
  operator_server_.reset();
  if (signaling_) signaling_->Stop();
  ShutDownAdapters();
  attach_server_.reset();
  signaling_.reset();
  StopAdapters();
  if (dataplane_watch_) loop_->Unwatch(*dataplane_watch_);
}

// The sockets come first: a second daemon is told so before it touches a device.
Status Daemon::Start(std::string* error) {
  Status status = FindCallManagers(error);
  if (status == Status::kSuccess) status = OpenSockets(error);
  if (status == Status::kSuccess) status = StartDataplane(error);
  for (const PortConfig& port : options_.config.ports) {
    if (status == Status::kSuccess) status = StartPort(port, error);
  }
  if (status == Status::kSuccess) status = AddConfiguredPvcs(error);
  if (status == Status::kSuccess) status = StartSignaling(error);
  if (status != Status::kSuccess) return status;
  LookAtLinks();
  Serve();
  return status;
}

Status Daemon::FindCallManagers(std::string* error) {
  for (const std::string& name : options_.config.call_managers) {
    const passwd* user = getpwnam(name.c_str());
    if (user == nullptr) {
      *error = "call_managers: there is no user " + name + "; write names of users";
      return Status::kNotFound;
    }
    call_managers_.push_back(user->pw_uid);
  }
  return Status::kSuccess;
}

Status Daemon::OpenSockets(std::string* error) {
  const Config& config = options_.config;
  ListenOptions attach{.path = config.attach_socket,
                       .type = SOCK_SEQPACKET,
                       .mode = config.attach_mode,
                       .group = config.attach_group};
  Status status = ListeningSocket::Open(attach, &attach_socket_, error);
  if (status != Status::kSuccess) return status;
  ListenOptions operators{.path = config.operator_socket, .type = SOCK_STREAM, .mode = 0600};
  return ListeningSocket::Open(operators, &operator_socket_, error);
}

Status Daemon::StartDataplane(std::string* error) {
  const Config& config = options_.config;
  const uint32_t megabytes = DpdkMegabytes(config.memory, LargestFrameBytes(config));
  port::EalOptions eal{.hugepages = config.memory.hugepages,
                       .pci_addresses = PciAddresses(config),
                       .memory_megabytes = megabytes,
                       .log_to_stderr = options_.eal_log,
                       .extra = config.eal_arguments};
  Status status =
      config.memory.hugepages ? CheckHugepages(megabytes, error) : CheckMemory(megabytes, error);
  if (status == Status::kSuccess) status = port::InitEal(eal, error);
  if (status != Status::kSuccess) return status;
  status = port::MakeFramePool(config.memory.frames, LargestFrameBytes(config), &frames_, error);
  if (status != Status::kSuccess) return status;
  dataplane::DataplaneOptions options{
      .cpus = config.poll.cpus,
      .idle = config.poll.spin ? dataplane::IdlePolicy::kSpin : dataplane::IdlePolicy::kAdaptive};
  dataplane_ = std::make_unique<dataplane::Dataplane>(options, frames_.get());
  dataplane_->SetEvictHandler([this](dataplane::ChannelIndex channel, const char* reason) {
    attach_server_->OnEvict(channel, reason);
  });
  resetting_ports_.emplace(dataplane_.get(), &switchboard_);
  links_.emplace(
      &*resetting_ports_, [this](dataplane::PortIndex port, bool up) { OnLinkChange(port, up); },
      [this](dataplane::PortIndex port) { OnDeviceGone(port); });
  dataplane_watch_ = loop_->Watch(dataplane_->event_fd(), EPOLLIN,
                                  [this](uint32_t) { dataplane_->HandleEvents(); });
  return Status::kSuccess;
}

Status Daemon::StartPort(const PortConfig& config, std::string* error) {
  port::PortConfig wanted{
      .name = config.name, .device = config.device, .mtu_bytes = config.mtu_bytes};
  std::unique_ptr<port::Port> port;
  Status status = port::OpenDpdkPort(wanted, frames_.get(), &port, error);
  if (status != Status::kSuccess) return status;
  dataplane::PortIndex index = 0;
  status = dataplane_->AddPort(std::move(port), &index);
  if (status == Status::kSuccess) return StartAdapter(index, error);
  *error = "port " + config.name + " cannot be added: " + std::string(StatusMeaning(status));
  return status;
}

Status Daemon::StartAdapter(dataplane::PortIndex port, std::string* error) {
  port::PortInfo info = dataplane_->GetPortInfo(port);
  Adapter& adapter = adapters_.emplace_back();
  const miniport::PortDoors doors{.plane = dataplane_.get(),
                                  .life = dataplane_.get(),
                                  .pauser = dataplane_.get(),
                                  .clock = loop_->clock()};
  Status status;
  if (info.driver == kLoopbackDevice) {
    adapter.loopback =
        std::make_unique<miniport::LoopbackMcm>(&switchboard_, dataplane_.get(), port, info, doors);
    status = adapter.loopback->Start();
    adapter.handle = switchboard_.FindAdapter(info.name);
  } else {
    adapter.miniport = std::make_unique<miniport::PortMiniport>(&switchboard_, dataplane_.get(),
                                                                port, info, doors);
    status = switchboard_.RegisterAdapter(info.name, adapter.miniport.get(), &adapter.handle);
  }
  if (status == Status::kSuccess) {
    adapter.pvc_call_manager = std::make_unique<callmgr::PvcCallManager>(&switchboard_, &pvcs_);
    status = adapter.pvc_call_manager->Start(adapter.handle);
  }
  if (status != Status::kSuccess) {
    *error = "port " + info.name + " cannot be used: " + std::string(StatusMeaning(status));
    return status;
  }
  adapter_entries_.push_back({adapter.handle, info.name, info.max_sdu_bytes});
  VCP_LOG(kInfo, "port started", {"port", info.name}, {"driver", info.driver},
          {"mtu", info.mtu_bytes}, {"max_sdu", info.max_sdu_bytes});
  return status;
}

Status Daemon::AddConfiguredPvcs(std::string* error) {
  for (const PvcConfig& pvc : options_.config.pvcs) {
    Status status = AddPvcs(pvc, options_.config.ports, &pvcs_, error);
    if (status != Status::kSuccess) return status;
  }
  return Status::kSuccess;
}

Status Daemon::StartSignaling(std::string* error) {
  const Config& config = options_.config;
  for (const RouteConfig& route : config.routes) {
    const auto link = std::ranges::find(config.links, route.port, &LinkConfig::port);
    const callmgr::Route by{.link = static_cast<callmgr::LinkId>(link - config.links.begin()),
                            .priority = route.priority};
    const Status status = route.prefix ? routes_.Add(*route.prefix, by) : routes_.AddDefault(by);
    if (status == Status::kSuccess) continue;
    *error = "too many routes; a daemon has at most " + std::to_string(kMaxRoutes);
    return status;
  }
  signaling_.emplace(SignalingLinks::Parts{.loop = loop_,
                                           .switchboard = &switchboard_,
                                           .pvcs = &pvcs_,
                                           .routes = config.routes.empty() ? nullptr : &routes_,
                                           .channels = dataplane_.get()});
  for (const LinkConfig& link : options_.config.links) {
    const auto entry = std::ranges::find(adapter_entries_, link.port, &AdapterEntry::name);
    const auto port = static_cast<dataplane::PortIndex>(entry - adapter_entries_.begin());
    const Status status =
        signaling_->Start(link, dataplane_->GetPortInfo(port), entry->handle, error);
    if (status != Status::kSuccess) return status;
  }
  return Status::kSuccess;
}

void Daemon::StartRouting() {
  std::vector<circuit::AdapterHandle> adapters;
  for (const LinkConfig& link : options_.config.links) {
    adapters.push_back(switchboard_.FindAdapter(link.port));
  }
  link_routes_.emplace(&routes_, std::move(adapters), [this](callmgr::LinkId link) {
    return signaling_->all()[link].manager->signaling().uni().is_up();
  });
}

void Daemon::LookAtLinks() {
  links_->Look(loop_->NowNs());
  switchboard_.AbortOverdueOids(loop_->NowNs());
  for (Adapter& adapter : adapters_) adapter.port().SampleLoad();
  next_look_at_links_.Start(dataplane::LinkMonitor::kLookIntervalNs, [this] { LookAtLinks(); });
}

void Daemon::OnLinkChange(dataplane::PortIndex port, bool up) {
  const port::PortInfo info = dataplane_->GetPortInfo(port);
  VCP_LOG(kInfo, up ? "link up" : "link down", {"port", info.name});
  if (signaling_) signaling_->OnLinkChange(info, up);
  resetting_ports_->OnLinkChange(port);
  adapters_[port].port().OnLinkChange();
}

void Daemon::OnDeviceGone(dataplane::PortIndex port) {
  const std::string name = dataplane_->GetPortInfo(port).name;
  const circuit::AdapterHandle adapter = switchboard_.FindAdapter(name);
  const auto row = switchboard_.FindAdapterRow(adapter);
  if (!row || row->removed) return;  // an operator was faster
  VCP_LOG(kWarning, "device gone", {"port", name});
  (void)switchboard_.RemoveAdapter(adapter, [name](Status status) {
    if (status == Status::kSuccess) VCP_LOG(kInfo, "port removed", {"port", name});
  });
}

void Daemon::Serve() {
  StartRouting();
  AttachParts attach{.loop = loop_,
                     .switchboard = &switchboard_,
                     .channels = dataplane_.get(),
                     .plane = dataplane_.get(),
                     .counters = &counters_,
                     .routes = &*link_routes_,
                     .call_managers = call_managers_,
                     .clients_change_pvcs = options_.config.clients_change_pvcs,
                     .stall_release_ns = options_.config.stall_release_timeout_s * kNsPerSecond};
  attach_server_ = std::make_unique<AttachServer>(attach, adapter_entries_);
  OperatorCommands::Parts parts{.loop = loop_,
                                .switchboard = &switchboard_,
                                .call_managers = &operator_clients_,
                                .plane = dataplane_.get(),
                                .clients = attach_server_.get(),
                                .pvcs = &pvcs_,
                                .links = &*signaling_,
                                .routes = &routes_,
                                .link_routes = &*link_routes_,
                                .counters = &counters_,
                                .config = &options_.config,
                                .dev = options_.dev};
  operator_commands_ = std::make_unique<OperatorCommands>(parts);
  operator_server_ = std::make_unique<OperatorServer>(
      loop_, &counters_,
      [this](std::string_view line) { return operator_commands_->Answer(line); });
  attach_server_->Listen(std::move(attach_socket_));
  operator_server_->Listen(std::move(operator_socket_));
}

void Daemon::ShutDown(std::function<void()> done) {
  operator_server_.reset();
  shut_down_deadline_.Start(kShutDownDeadlineNs, [done] {
    VCP_LOG(kWarning, "clients did not end in time; leaving without them");
    done();
  });
  attach_server_->ShutDown([this, done] {
    shut_down_deadline_.Stop();
    done();
  });
}

// Whatever still pends there or is held: the loop turns no more, and waits for nobody.
void Daemon::ShutDownAdapters() {
  for (const Adapter& adapter : adapters_) {
    const std::string name(switchboard_.AdapterName(adapter.handle));
    if (switchboard_.ShutDownAdapter(adapter.handle) != Status::kSuccess) continue;
    VCP_LOG(kInfo, "port shut down", {"port", name});
  }
}

// What cannot be given back because somebody still holds it goes with the switchboard.
void Daemon::StopAdapters() {
  for (auto adapter = adapters_.rbegin(); adapter != adapters_.rend(); ++adapter) {
    if (adapter->pvc_call_manager) (void)adapter->pvc_call_manager->Stop();
    if (adapter->loopback) {
      (void)adapter->loopback->Stop();
    } else if (adapter->handle) {
      (void)switchboard_.DeregisterAdapter(adapter->handle);
    }
  }
}

}  // namespace vcp::daemon
