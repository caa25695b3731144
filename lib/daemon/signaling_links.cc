#include "daemon/signaling_links.h"

#include <algorithm>
#include <random>
#include <utility>

#include "base/log.h"
#include "daemon/label_carrier.h"
#include "daemon/udp_carrier.h"

namespace vcp::daemon {
namespace {

uint64_t CapacityOf(const LinkConfig& config, const port::PortInfo& port) {
  if (config.capacity_bits_per_second != 0) return config.capacity_bits_per_second;
  return port::LineBitsPerSecond(port);
}

// What fits into an SD on a port's VC: a PDU is padded to whole words and has a trailer of one.
uint32_t LargestMessage(uint32_t max_sdu_bytes) {
  const uint32_t fits = max_sdu_bytes / 4 * 4 - 4;
  return std::min<uint32_t>(fits, kMaxSignalingBytes);
}

callmgr::UniOptions OptionsOf(const LinkConfig& config, const port::PortInfo& port) {
  const auto role = config.is_network ? signaling::Role::kNetwork : signaling::Role::kUser;
  callmgr::UniOptions options;
  options.uni = signaling::UniConfig::DefaultsOf(role);
  options.uni.limits = config.setups;
  options.uni.hash_seed = std::random_device()();
  options.sscop.connection_number = static_cast<uint8_t>(std::random_device()() % 255);
  options.calling = config.address;
  const qos::AdmissionPolicy rates = qos::PolicyOfLink(CapacityOf(config, port));
  options.admission = config.admission;
  options.admission.cells_per_second = rates.cells_per_second;
  options.admission.wire_bits_per_second = rates.wire_bits_per_second;
  options.capacity = {.max_sdu_bytes = port.max_sdu_bytes,
                      .cells_per_second = options.admission.cells_per_second};
  return options;
}

}  // namespace

SignalingLinks::~SignalingLinks() { Stop(); }

void SignalingLinks::Stop() {
  if (std::exchange(stopped_, true)) return;
  for (const Link& link : links_) (void)link.manager->Stop();
}

Status SignalingLinks::OpenCarrier(Link* link, callmgr::UniOptions* options, std::string* error) {
  if (link->config.udp) {
    options->sscop.carrier_may_repeat = true;
    std::unique_ptr<UdpCarrier> carrier;
    const Status status = UdpCarrier::Open(*link->config.udp, parts_.loop, &carrier, error);
    link->carrier = std::move(carrier);
    return status;
  }
  std::unique_ptr<LabelCarrier> carrier;
  const Status status = LabelCarrier::Open(parts_.channels, parts_.loop, &carrier);
  if (status != Status::kSuccess) {
    *error = "there is no memory for the signaling channel of port " + link->config.port;
    return status;
  }
  options->sscop.max_sdu_bytes = LargestMessage(options->capacity.max_sdu_bytes);
  options->signaling_vc = {link->config.label, carrier->endpoint()};
  link->carrier = std::move(carrier);
  return status;
}

Status SignalingLinks::Start(const LinkConfig& config, const port::PortInfo& port,
                             circuit::AdapterHandle adapter, std::string* error) {
  Link link{.config = config, .carrier = nullptr, .manager = nullptr};
  callmgr::UniOptions options = OptionsOf(config, port);
  Status status = OpenCarrier(&link, &options, error);
  if (status != Status::kSuccess) return status;
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
          {"side", config.is_network ? "network" : "user"},
          {"carrier", config.udp ? "udp" : "label"});
  links_.push_back(std::move(link));
  return status;
}

void SignalingLinks::OnLinkChange(const port::PortInfo& port, bool up) {
  for (const Link& link : links_) {
    if (link.config.port != port.name) continue;
    up ? link.manager->SetLineRate(CapacityOf(link.config, port)) : link.carrier->OnLinkDown();
  }
}

}  // namespace vcp::daemon
