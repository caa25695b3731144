#include "daemon/config_check.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace vcp::daemon {
namespace {

std::string Quote(const std::string& text) { return "\"" + text + "\""; }

std::string LineOf(Position at) { return "line " + std::to_string(at.line); }

void CheckPorts(const Config& config, const Places& places, ErrorList* errors) {
  std::map<std::string, Position> names;
  std::map<std::string, Position> devices;
  for (size_t i = 0; i < config.ports.size(); ++i) {
    const PortConfig& port = config.ports[i];
    Position at = places.ports[i];
    if (i == kMaxPorts) {
      errors->Add(at, "one port too many; a daemon has at most " + std::to_string(kMaxPorts));
    }
    auto [same_name, new_name] = names.emplace(port.name, at);
    if (!new_name && !port.name.empty()) {
      errors->Add(at, "port " + Quote(port.name) + " is already there (" +
                          LineOf(same_name->second) + "); give each its own name");
    }
    // Virtual devices are told apart by their ports.
    if (port.device == kLoopbackDevice || port.device.starts_with("net_")) continue;
    auto [same_device, new_device] = devices.emplace(port.device, at);
    if (!new_device) {
      errors->Add(at, "device " + Quote(port.device) + " is another port's already (" +
                          LineOf(same_device->second) + "); give each its own");
    }
  }
}

const PortConfig* FindPort(const Config& config, const std::string& name) {
  auto found = std::find_if(config.ports.begin(), config.ports.end(),
                            [&](const PortConfig& port) { return port.name == name; });
  return found == config.ports.end() ? nullptr : &*found;
}

std::string KnownPorts(const Config& config) {
  std::string all;
  for (const PortConfig& port : config.ports) {
    all += (all.empty() ? "" : ", ") + port.name;
  }
  return all.empty() ? "add a [[port]] of that name" : "there are: " + all;
}

uint32_t CountOf(const PvcConfig& pvc) { return pvc.count.value_or(1); }

// One PVC by itself and with its port.
void CheckPvc(const Config& config, const PvcConfig& pvc, Position at, ErrorList* errors) {
  const PortConfig* port = FindPort(config, pvc.port);
  if (port == nullptr) {
    if (pvc.port.empty()) return;
    errors->Add(at, "PVC " + Quote(pvc.name) + " is on port " + Quote(pvc.port) +
                        ", which does not exist; " + KnownPorts(config));
    return;
  }
  uint32_t last = std::max(pvc.transmit_label, pvc.receive_label) + CountOf(pvc) - 1;
  if (last >= kLabelSpace) {
    errors->Add(at, "the group " + Quote(pvc.name) + " ends at label " + std::to_string(last) +
                        "; the last label is " + std::to_string(kLabelSpace - 1));
  }
  if (pvc.peak_bytes_per_second < pvc.rate_bytes_per_second &&
      pvc.rate_bytes_per_second != qos::kUnspecified) {
    errors->Add(at, "the peak of PVC " + Quote(pvc.name) + " is lower than its rate; raise peak");
  }
  uint32_t largest_sdu = port->mtu_bytes - wire::kEncapsulationBytes;
  if (pvc.max_sdu_bytes.value_or(0) > largest_sdu) {
    errors->Add(at, "max_sdu is " + std::to_string(*pvc.max_sdu_bytes) + ", but port " +
                        Quote(port->name) + " carries at most " + std::to_string(largest_sdu) +
                        "; lower it or raise the port's mtu to " +
                        std::to_string(*pvc.max_sdu_bytes + wire::kEncapsulationBytes));
  }
}

// The labels of one PVC or group in one direction.
struct LabelRange {
  std::string port;
  uint32_t first;
  uint32_t last;
  size_t pvc;
  const char* direction;
};

void CheckOverlaps(const Config& config, const Places& places, std::vector<LabelRange> ranges,
                   ErrorList* errors) {
  std::sort(ranges.begin(), ranges.end(), [](const LabelRange& one, const LabelRange& other) {
    return std::tie(one.port, one.first, one.pvc) < std::tie(other.port, other.first, other.pvc);
  });
  for (size_t i = 1, widest = 0; i < ranges.size(); ++i) {
    const LabelRange& before = ranges[widest];
    const LabelRange& range = ranges[i];
    if (range.port == before.port && range.first <= before.last) {
      auto [earlier, later] = std::minmax(before.pvc, range.pvc);
      errors->Add(places.pvcs[later], std::string(range.direction) + " label " +
                                          std::to_string(range.first) + " of PVC " +
                                          Quote(config.pvcs[later].name) + " is in use on port " +
                                          Quote(config.pvcs[later].port) + " by PVC " +
                                          Quote(config.pvcs[earlier].name) + " (" +
                                          LineOf(places.pvcs[earlier]) + "); choose another");
    }
    if (range.port != before.port || range.last > before.last) widest = i;
  }
}

void CheckLabels(const Config& config, const Places& places, ErrorList* errors) {
  std::vector<LabelRange> received;
  std::vector<LabelRange> transmitted;
  for (size_t i = 0; i < config.pvcs.size(); ++i) {
    const PvcConfig& pvc = config.pvcs[i];
    if (pvc.transmit_label == 0 || pvc.receive_label == 0) continue;  // an error already
    uint32_t more = CountOf(pvc) - 1;
    received.push_back({pvc.port, pvc.receive_label, pvc.receive_label + more, i, "receive"});
    transmitted.push_back({pvc.port, pvc.transmit_label, pvc.transmit_label + more, i, "transmit"});
  }
  CheckOverlaps(config, places, std::move(received), errors);
  CheckOverlaps(config, places, std::move(transmitted), errors);
}

void CheckPvcs(const Config& config, const Places& places, ErrorList* errors) {
  std::map<std::string, Position> names;
  uint64_t total = 0;
  for (size_t i = 0; i < config.pvcs.size(); ++i) {
    const PvcConfig& pvc = config.pvcs[i];
    Position at = places.pvcs[i];
    auto [same_name, is_new] = names.emplace(pvc.name, at);
    if (!is_new && !pvc.name.empty()) {
      errors->Add(at, "PVC " + Quote(pvc.name) + " is already there (" + LineOf(same_name->second) +
                          "); give each its own name");
    }
    total += CountOf(pvc);
    if (total > kMaxPvcs && total - CountOf(pvc) <= kMaxPvcs) {
      errors->Add(at, "these are " + std::to_string(total) + " PVCs; a daemon has at most " +
                          std::to_string(kMaxPvcs));
    }
    CheckPvc(config, pvc, at, errors);
  }
}

void CheckLink(const Config& config, const LinkConfig& link, Position at, ErrorList* errors) {
  const PortConfig* port = FindPort(config, link.port);
  if (port == nullptr) {
    if (link.port.empty()) return;
    errors->Add(at, "the link is on port " + Quote(link.port) + ", which does not exist; " +
                        KnownPorts(config));
  } else if (port->device == kLoopbackDevice) {
    errors->Add(at, "port " + Quote(link.port) +
                        " is a loopback, where calls need no link; remove this [[link]]");
  }
}

void CheckLinks(const Config& config, const Places& places, ErrorList* errors) {
  std::map<std::string, Position> ports;
  std::map<uint16_t, Position> udp_ports;
  for (size_t i = 0; i < config.links.size(); ++i) {
    const LinkConfig& link = config.links[i];
    Position at = places.links[i];
    auto [same_port, new_port] = ports.emplace(link.port, at);
    if (!new_port && !link.port.empty()) {
      errors->Add(at, "port " + Quote(link.port) + " has a link already (" +
                          LineOf(same_port->second) + "); a port has one");
    }
    if (link.udp) {
      auto [same_udp, new_udp] = udp_ports.emplace(link.udp->local_port, at);
      if (!new_udp && link.udp->local_port != 0) {
        errors->Add(at, "udp_local_port " + std::to_string(link.udp->local_port) +
                            " is another link's (" + LineOf(same_udp->second) +
                            "); choose another");
      }
    }
    CheckLink(config, link, at, errors);
  }
}

void CheckRoutes(const Config& config, const Places& places, ErrorList* errors) {
  using Key = std::pair<std::string, std::string>;
  std::map<Key, Position> known;
  for (size_t i = 0; i < config.routes.size(); ++i) {
    const RouteConfig& route = config.routes[i];
    Position at = places.routes[i];
    const std::string prefix = route.prefix ? ToString(*route.prefix) : "default";
    const auto link = std::ranges::find(config.links, route.port, &LinkConfig::port);
    if (link == config.links.end() && !route.port.empty()) {
      errors->Add(at, "the route for " + prefix + " leaves by port " + Quote(route.port) +
                          ", which has no [[link]]; add one");
    }
    auto [same, is_new] = known.emplace(Key(prefix, route.port), at);
    if (!is_new) {
      errors->Add(at, "the route for " + prefix + " by port " + Quote(route.port) +
                          " is already there (" + LineOf(same->second) + "); remove one");
    }
  }
}

}  // namespace

void CheckTogether(const Config& config, const Places& places, ErrorList* errors) {
  CheckPorts(config, places, errors);
  CheckPvcs(config, places, errors);
  CheckLabels(config, places, errors);
  CheckLinks(config, places, errors);
  CheckRoutes(config, places, errors);
}

}  // namespace vcp::daemon
