#include "daemon/signaling_links.h"

#include <random>
#include <utility>

#include "base/log.h"
#include "daemon/udp_carrier.h"

namespace vcp::daemon {
namespace {

// What a port is taken for whose driver knows no speed, as those of kernel interfaces and cables
// between processes.
constexpr uint64_t kUnknownLinkBitsPerSecond = 10'000'000'000;

uint64_t CapacityOf(const LinkConfig& config, const port::PortInfo& port) {
  if (config.capacity_bits_per_second != 0) return config.capacity_bits_per_second;
  return port.link_bits_per_second != 0 ? port.link_bits_per_second : kUnknownLinkBitsPerSecond;
}

callmgr::UniOptions OptionsOf(const LinkConfig& config, const port::PortInfo& port) {
  const auto role = config.is_network ? signaling::Role::kNetwork : signaling::Role::kUser;
  callmgr::UniOptions options;
  options.uni = signaling::UniConfig::DefaultsOf(role);
  options.uni.hash_seed = std::random_device()();
  options.sscop.carrier_may_repeat = true;
  options.sscop.connection_number = static_cast<uint8_t>(std::random_device()() % 255);
  options.calling = config.address;
  options.admission = qos::PolicyOfLink(CapacityOf(config, port));
  options.capacity = {.max_sdu_bytes = port.max_sdu_bytes,
                      .cells_per_second = options.admission.cells_per_second};
  return options;
}

}  // namespace

SignalingLinks::~SignalingLinks() {
  for (const Link& link : links_) (void)link.manager->Stop();
}

Status SignalingLinks::Start(const LinkConfig& config, const port::PortInfo& port,
                             circuit::AdapterHandle adapter, std::string* error) {
  Link link{.config = config, .carrier = nullptr, .manager = nullptr};
  std::unique_ptr<UdpCarrier> carrier;
  Status status = UdpCarrier::Open(config.udp, parts_.loop, &carrier, error);
  if (status != Status::kSuccess) return status;
  link.carrier = std::move(carrier);
  callmgr::UniOptions options = OptionsOf(config, port);
  options.link = static_cast<callmgr::LinkId>(links_.size());
  link.manager = std::make_unique<callmgr::UniCallManager>(
      options, callmgr::UniCallManager::Parts{.switchboard = parts_.switchboard,
                                              .pvcs = parts_.pvcs,
                                              .routes = parts_.routes,
                                              .carrier = link.carrier.get(),
                                              .clock = parts_.loop->clock(),
                                              .timers = parts_.loop->timers()});
  status = link.manager->Start(adapter);
  if (status != Status::kSuccess) {
    *error = "the link on port " + config.port +
             " cannot be used: " + std::string(StatusMeaning(status));
    return status;
  }
  VCP_LOG(kInfo, "link started", {"port", config.port},
          {"side", config.is_network ? "network" : "user"});
  links_.push_back(std::move(link));
  return status;
}

}  // namespace vcp::daemon
