#include "port/dpdk/dpdk_port.h"

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ether.h>

#include <cstring>
#include <string_view>
#include <utility>

#include "port/dpdk/eal.h"

namespace vcp::port {
namespace {

constexpr uint16_t kQueue = 0;
// An Ethernet payload carries one label and the control word besides the SDU.
constexpr uint32_t kEncapsulationBytes = 4 + 4;
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

class DpdkPort final : public Port {
 public:
  DpdkPort(const PortConfig& config, uint16_t id, Device device)
      : name_(config.name),
        id_(id),
        device_(std::move(device)),
        loops_back_(config.device == kLoopbackDevice) {}

  ~DpdkPort() override {
    rte_eth_dev_stop(id_);
    rte_eth_dev_close(id_);
    if (device_.is_virtual) rte_eal_hotplug_remove("vdev", device_.name.c_str());
  }

  Status Start(const PortConfig& config, rte_mempool* frames, std::string* error);

  uint16_t Receive(rte_mbuf** frames, uint16_t count) override {
    return rte_eth_rx_burst(id_, kQueue, frames, count);
  }
  uint16_t Transmit(rte_mbuf** frames, uint16_t count) override {
    return rte_eth_tx_burst(id_, kQueue, frames, count);
  }
  bool NeedsPolling() const override { return !loops_back_; }
  PortInfo Info() const override;
  DriverCounters ReadCounters() const override;

 private:
  Status Configure(const PortConfig& config, rte_mempool* frames, std::string* error);
  Status Fail(const char* step, int code, std::string* error) const {
    *error = "port " + name_ + ": " + step + " failed (" + rte_strerror(-code) + "); " +
             LastEalLogLine();
    return Status::kFailure;
  }

  std::string name_;
  uint16_t id_;
  Device device_;
  bool loops_back_;
};

Status DpdkPort::Configure(const PortConfig& config, rte_mempool* frames, std::string* error) {
  rte_eth_conf conf{};
  rte_eth_dev_info info;
  int code = rte_eth_dev_info_get(id_, &info);
  if (code != 0) return Fail("asking the driver", code, error);
  conf.rxmode.mtu = config.mtu_bytes;
  if (info.max_mtu != 0 && config.mtu_bytes > info.max_mtu) {
    *error = "port " + name_ + ": " + info.driver_name + " allows an MTU of at most " +
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
  return Status::kSuccess;
}

Status DpdkPort::Start(const PortConfig& config, rte_mempool* frames, std::string* error) {
  const Status status = Configure(config, frames, error);
  if (status != Status::kSuccess) return status;
  // Drivers of kernel interfaces pass a larger MTU on only here; others have it already, and may
  // refuse. A smaller one is ours alone: an interface has other users.
  if (config.mtu_bytes > RTE_ETHER_MTU) {
    rte_eth_dev_set_mtu(id_, static_cast<uint16_t>(config.mtu_bytes));
  }
  const int code = rte_eth_dev_start(id_);
  if (code != 0) return Fail("starting it", code, error);
  // Peers are addressed by a group address until they are learned. A driver without filters needs
  // neither call and may refuse both; it takes every frame anyway.
  rte_eth_promiscuous_enable(id_);
  rte_eth_allmulticast_enable(id_);
  return Status::kSuccess;
}

PortInfo DpdkPort::Info() const {
  PortInfo info{.name = name_};
  rte_eth_dev_info device{};
  if (rte_eth_dev_info_get(id_, &device) == 0) {
    info.driver = loops_back_ ? std::string(kLoopbackDevice) : device.driver_name;
  }
  rte_ether_addr mac{};
  rte_eth_macaddr_get(id_, &mac);
  std::memcpy(info.mac.data(), mac.addr_bytes, info.mac.size());
  uint16_t mtu = 0;
  rte_eth_dev_get_mtu(id_, &mtu);
  info.mtu_bytes = mtu;
  info.max_sdu_bytes = mtu > kEncapsulationBytes ? mtu - kEncapsulationBytes : 0;
  rte_eth_link link{};
  if (rte_eth_link_get_nowait(id_, &link) == 0) {
    info.link_up = link.link_status == RTE_ETH_LINK_UP;
    const bool known = link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN;
    info.link_bits_per_second = known ? uint64_t{link.link_speed} * 1'000'000 : 0;
  }
  return info;
}

DriverCounters DpdkPort::ReadCounters() const {
  rte_eth_stats stats{};
  if (rte_eth_stats_get(id_, &stats) != 0) return {};
  return {.received_frames = stats.ipackets,
          .transmitted_frames = stats.opackets,
          .missed_frames = stats.imissed + stats.rx_nombuf,
          .receive_errors = stats.ierrors,
          .transmit_errors = stats.oerrors};
}

}  // namespace

Status OpenDpdkPort(const PortConfig& config, rte_mempool* frames, std::unique_ptr<Port>* port,
                    std::string* error) {
  const QuietDrivers quiet;
  Device device = ParseDevice(config);
  const int code = rte_dev_probe(device.arguments.c_str());
  uint16_t id = 0;
  if (code < 0 && code != -EEXIST) {
    *error = "port " + config.name + ": no device \"" + config.device + "\" (" +
             rte_strerror(-code) + "): " + LastEalLogLine() +
             "; name a PCI address bound to vfio-pci, or a virtual device such as "
             "net_memif, net_af_packet or loopback";
    return Status::kNoSuchPort;
  }
  if (rte_eth_dev_get_port_by_name(device.name.c_str(), &id) != 0) {
    *error = "port " + config.name + ": device \"" + config.device + "\" is no network interface";
    return Status::kNoSuchPort;
  }
  auto made = std::make_unique<DpdkPort>(config, id, std::move(device));
  const Status status = made->Start(config, frames, error);
  if (status != Status::kSuccess) return status;
  *port = std::move(made);
  return Status::kSuccess;
}

}  // namespace vcp::port
