#include "port/dpdk/dpdk_port.h"

#include <fcntl.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <future>
#include <optional>
#include <string_view>
#include <utility>

#include "base/fault_guard.h"
#include "base/unique_fd.h"
#include "port/dpdk/driver_thread.h"
#include "port/dpdk/eal.h"
#include "port/dpdk/memif.h"
#include "port/dpdk/removal_watch.h"
#include "wire/frame.h"

namespace vcp::port {
namespace {

constexpr uint16_t kQueue = 0;
constexpr std::string_view kLoopbackDevice = "loopback";
// net_ring connects a port's transmit ring to its own receive ring.
constexpr std::string_view kLoopbackDriver = "net_ring";

struct Device {
  std::string name;       // as DPDK will know it
  std::string arguments;  // name and arguments, for the probe
  bool is_virtual = false;
};

// A virtual device gets the port's name appended, so that two ports may use the same driver; a PCI
// address stays as it is.
Device ParseDevice(const PortConfig& config) {
  const std::string_view device =
      config.device == kLoopbackDevice ? kLoopbackDriver : std::string_view(config.device);
  const size_t comma = device.find(',');
  const std::string_view driver = device.substr(0, comma);
  const std::string_view rest = comma == std::string_view::npos ? "" : device.substr(comma);
  Device parsed{.name = std::string(driver), .is_virtual = driver.starts_with("net_")};
  if (parsed.is_virtual) parsed.name += "_" + config.name;
  parsed.arguments = parsed.name + std::string(rest);
  return parsed;
}

// Drivers that copy what they send, and free it before their burst returns, or pass it on to
// whoever receives it. What a NIC's driver does it says when it is asked to free what has left.
bool ReleasesAtOnce(std::string_view device) {
  constexpr std::string_view kDrivers[] = {kLoopbackDriver, "net_memif", "net_af_packet",
                                           "net_tap"};
  if (device.find("zero-copy=yes") != std::string_view::npos) return false;
  return std::ranges::any_of(kDrivers, [device](auto name) { return device.starts_with(name); });
}

// What the driver's thread leaves for the control thread; outlives the port if it has to.
struct Life {
  std::atomic<PortState> state = PortState::kStopped;
  std::atomic<bool> faulted = false;  // in memory that the other end shares
  UniqueFd notify;                    // while kRestarting
};

// Peers are addressed by a group address until they are learned. A driver without filters needs
// neither of the later calls and may refuse both; it takes every frame anyway.
int StartDevice(uint16_t id) {
  const int code = rte_eth_dev_start(id);
  if (code != 0) return code;
  rte_eth_promiscuous_enable(id);
  rte_eth_allmulticast_enable(id);
  return 0;
}

class DpdkPort : public Port {
 public:
  DpdkPort(const PortConfig& config, uint16_t id, Device device)
      : id_(id),
        device_(std::move(device)),
        loops_back_(config.device == kLoopbackDevice),
        life_(std::make_shared<Life>()),
        removal_(device_.name, id) {
    info_.name = config.name;
  }
  ~DpdkPort() override;

  Status Configure(const PortConfig& config, rte_mempool* frames, std::string* error);
  Status Start(std::string* error);

  uint16_t Receive(rte_mbuf** frames, uint16_t count) override {
    return rte_eth_rx_burst(id_, kQueue, frames, count);
  }
  uint16_t Transmit(rte_mbuf** frames, uint16_t count) override {
    return rte_eth_tx_burst(id_, kQueue, frames, count);
  }
  void ReleaseSent() override {
    if (releases_when_asked_) rte_eth_tx_done_cleanup(id_, kQueue, 0);
  }
  bool NeedsPolling() const override { return !loops_back_; }
  PortInfo Info() const override;
  DriverCounters ReadCounters() const override {
    return is_released_ ? last_counters_ : ReadDriver();
  }

  PortState state() const override { return life_->state; }
  bool NeedsRestart() const override { return state() == PortState::kStopped; }
  void Restart(int notify_fd) override;
  bool IsGone() const override { return is_released_ || removal_.IsGone(); }
  void Release() override;

 protected:
  bool LinkIsUp(rte_eth_link* link) const {
    return state() == PortState::kRunning && !life_->faulted &&
           rte_eth_link_get_nowait(id_, link) == 0 && link->link_status == RTE_ETH_LINK_UP;
  }
  Life& life() const { return *life_; }

 private:
  void Describe();
  DriverCounters ReadDriver() const;
  Status Fail(const char* step, int code, std::string* error) const {
    *error = "port " + info_.name + ": " + step + " failed (" + rte_strerror(-code) + "); " +
             EalLogCause();
    return Status::kFailure;
  }

  PortInfo info_;  // but for the link
  uint16_t id_;
  Device device_;
  bool loops_back_;
  bool releases_when_asked_ = false;  // frames that have left; else always soon, or who knows when
  std::shared_ptr<Life> life_;
  mutable RemovalWatch removal_;
  std::optional<uint64_t> crc_errors_id_;  // among its own counters
  bool is_released_ = false;
  std::future<void> closed_;      // once it is released
  DriverCounters last_counters_;  // from then on
};

// net_memif: see port/dpdk/memif.h. A fault in its shared memory is the other end's, and stops the
// port until it is restarted.
class MemifPort final : public DpdkPort {
 public:
  MemifPort(const PortConfig& config, uint16_t id, Device device, bool is_client)
      : DpdkPort(config, id, std::move(device)), is_client_(is_client) {}

  uint16_t Receive(rte_mbuf** frames, uint16_t count) override {
    return Guarded([&] { return DpdkPort::Receive(frames, count); });
  }
  uint16_t Transmit(rte_mbuf** frames, uint16_t count) override {
    return Guarded([&] { return DpdkPort::Transmit(frames, count); });
  }
  bool NeedsRestart() const override {
    rte_eth_link link{};
    if (state() == PortState::kRestarting) return false;
    return life().faulted || DpdkPort::NeedsRestart() || (is_client_ && !LinkIsUp(&link));
  }

 private:
  // A burst that is left half done took nothing and gave nothing; the few frames that the driver
  // had just allocated for it are lost.
  template <typename Burst>
  uint16_t Guarded(const Burst& burst) {
    if (life().faulted.load(std::memory_order_relaxed)) [[unlikely]]
      return 0;
    struct Call {
      const Burst& burst;
      uint16_t done = 0;
    } call{burst};
    const auto run = [](void* argument) {
      auto* guarded = static_cast<Call*>(argument);
      guarded->done = guarded->burst();
    };
    if (CallGuarded(run, &call)) [[likely]]
      return call.done;
    life().faulted = true;
    return 0;
  }

  const bool is_client_;
};

// The driver's own thread may be busy with the port, so it is closed there.
void DpdkPort::Release() {
  if (std::exchange(is_released_, true)) return;
  last_counters_ = ReadDriver();
  life_->state = PortState::kStopped;
  auto closed = std::make_shared<std::promise<void>>();
  closed_ = closed->get_future();
  const bool asked = RunOnDriverThread([id = id_, closed] {
    rte_eth_dev_stop(id);
    rte_eth_dev_close(id);
    closed->set_value();
  });
  if (!asked) closed_ = {};
}

// One that waits inside the driver for a peer is not waited for: its port stays open until the
// process ends.
DpdkPort::~DpdkPort() {
  constexpr auto kPatience = std::chrono::seconds(1);
  if (life_->state == PortState::kRestarting) return;
  Release();
  if (!closed_.valid() || closed_.wait_for(kPatience) != std::future_status::ready) return;
  if (device_.is_virtual) rte_eal_hotplug_remove("vdev", device_.name.c_str());
}

Status DpdkPort::Configure(const PortConfig& config, rte_mempool* frames, std::string* error) {
  rte_eth_conf conf{};
  rte_eth_dev_info info;
  int code = rte_eth_dev_info_get(id_, &info);
  if (code != 0) return Fail("asking the driver", code, error);
  conf.rxmode.mtu = config.mtu_bytes;
  if (info.max_mtu != 0 && config.mtu_bytes > info.max_mtu) {
    *error = "port " + info_.name + ": " + info.driver_name + " allows an MTU of at most " +
             std::to_string(info.max_mtu) + " bytes, not " + std::to_string(config.mtu_bytes);
    return Status::kInvalidData;
  }
  code = rte_eth_dev_configure(id_, 1, 1, &conf);
  if (code != 0) return Fail("configuring it", code, error);
  uint16_t receive_descriptors = static_cast<uint16_t>(config.descriptors);
  uint16_t transmit_descriptors = receive_descriptors;
  code = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &receive_descriptors, &transmit_descriptors);
  if (code != 0) return Fail("sizing its queues", code, error);
  const auto socket = static_cast<unsigned>(SOCKET_ID_ANY);
  code = rte_eth_rx_queue_setup(id_, kQueue, receive_descriptors, socket, nullptr, frames);
  if (code != 0) return Fail("making its receive queue", code, error);
  code = rte_eth_tx_queue_setup(id_, kQueue, transmit_descriptors, socket, nullptr);
  if (code != 0) return Fail("making its transmit queue", code, error);
  // Drivers of kernel interfaces pass a larger MTU on only here; others have it already, and may
  // refuse. A smaller one is ours alone: an interface has other users.
  if (config.mtu_bytes > RTE_ETHER_MTU) {
    rte_eth_dev_set_mtu(id_, static_cast<uint16_t>(config.mtu_bytes));
  }
  Describe();
  return Status::kSuccess;
}

Status DpdkPort::Start(std::string* error) {
  const int code = StartDevice(id_);
  if (code != 0) return Fail("starting it", code, error);
  life_->state = PortState::kRunning;
  releases_when_asked_ = rte_eth_tx_done_cleanup(id_, kQueue, 0) >= 0;
  info_.tells_when_sent |= releases_when_asked_;
  return Status::kSuccess;
}

void DpdkPort::Restart(int notify_fd) {
  life_->state = PortState::kRestarting;
  life_->notify.Reset(fcntl(notify_fd, F_DUPFD_CLOEXEC, 0));
  const auto end = [](Life& life, PortState state) {
    const UniqueFd notify = std::move(life.notify);
    life.state = state;
    eventfd_write(notify.get(), 1);
  };
  const bool asked = RunOnDriverThread([id = id_, life = life_, end] {
    rte_eth_dev_stop(id);
    life->faulted = false;
    end(*life, StartDevice(id) == 0 ? PortState::kRunning : PortState::kStopped);
  });
  if (!asked) end(*life_, PortState::kStopped);
}

void DpdkPort::Describe() {
  rte_eth_dev_info device{};
  if (rte_eth_dev_info_get(id_, &device) == 0) {
    info_.driver = loops_back_ ? std::string(kLoopbackDevice) : device.driver_name;
  }
  info_.tells_when_sent = ReleasesAtOnce(device_.arguments);
  rte_ether_addr mac{};
  rte_eth_macaddr_get(id_, &mac);
  std::memcpy(info_.mac.data(), mac.addr_bytes, info_.mac.size());
  uint16_t mtu = 0;
  rte_eth_dev_get_mtu(id_, &mtu);
  info_.mtu_bytes = mtu;
  info_.max_sdu_bytes = mtu > wire::kEncapsulationBytes ? mtu - wire::kEncapsulationBytes : 0;
  uint64_t id = 0;
  for (const char* name : {"rx_crc_errors", "rx_crc_error", "rx_fcs_errors"}) {
    if (rte_eth_xstats_get_id_by_name(id_, name, &id) == 0) crc_errors_id_ = id;
  }
}

PortInfo DpdkPort::Info() const {
  PortInfo info = info_;
  rte_eth_link link{};
  info.link_up = LinkIsUp(&link);
  const bool known = link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN;
  info.link_bits_per_second = known ? uint64_t{link.link_speed} * 1'000'000 : 0;
  return info;
}

DriverCounters DpdkPort::ReadDriver() const {
  rte_eth_stats stats{};
  if (rte_eth_stats_get(id_, &stats) != 0) return {};
  uint64_t crc_errors = 0;
  const bool tells_crc_errors =
      crc_errors_id_ && rte_eth_xstats_get_by_id(id_, &*crc_errors_id_, &crc_errors, 1) == 1;
  return {.received_frames = stats.ipackets,
          .transmitted_frames = stats.opackets,
          .missed_frames = stats.imissed + stats.rx_nombuf,
          .receive_errors = stats.ierrors,
          .transmit_errors = stats.oerrors,
          .crc_errors = tells_crc_errors ? std::optional(crc_errors) : std::nullopt};
}

}  // namespace

Status OpenDpdkPort(const PortConfig& config, rte_mempool* frames, std::unique_ptr<Port>* port,
                    std::string* error) {
  const QuietDrivers quiet;
  ForgetEalLog();
  Device device = ParseDevice(config);
  const bool is_memif = config.device.starts_with("net_memif");
  const MemifDevice memif = is_memif ? ParseMemif(config.device) : MemifDevice{};
  if (!memif.listen_path.empty()) RemoveStaleSocket(memif.listen_path);
  const int code = rte_dev_probe(device.arguments.c_str());
  uint16_t id = 0;
  if (code < 0 && code != -EEXIST) {
    *error = "port " + config.name + ": no device \"" + config.device + "\" (" +
             rte_strerror(-code) + "): " + EalLogCause() +
             "; name a PCI address bound to vfio-pci, or a virtual device such as "
             "net_memif, net_af_packet or loopback";
    return Status::kNoSuchPort;
  }
  if (rte_eth_dev_get_port_by_name(device.name.c_str(), &id) != 0) {
    *error = "port " + config.name + ": device \"" + config.device + "\" is no network interface";
    return Status::kNoSuchPort;
  }
  std::unique_ptr<DpdkPort> made;
  if (is_memif) {
    made = std::make_unique<MemifPort>(config, id, std::move(device), memif.is_client);
  } else {
    made = std::make_unique<DpdkPort>(config, id, std::move(device));
  }
  Status status = made->Configure(config, frames, error);
  // A client's start waits for its server, if only for a moment: not here.
  const bool starts_later = is_memif && memif.is_client;
  if (status == Status::kSuccess && !starts_later) status = made->Start(error);
  if (status != Status::kSuccess) return status;
  *port = std::move(made);
  return Status::kSuccess;
}

}  // namespace vcp::port
