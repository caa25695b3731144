// The daemon's configuration: what the TOML file says, checked. Everything is decided here, before
// anything starts. Pure but for reading the file.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/address_prefix.h"
#include "dataplane/vc_program.h"
#include "qos/admission.h"
#include "qos/flow_spec.h"
#include "signaling/uni_types.h"

namespace vcp::daemon {

inline constexpr char kLoopbackDevice[] = "loopback";
inline constexpr uint32_t kMinMtuBytes = 68;

struct PollConfig {
  std::vector<int> cpus = {-1};  // one poll core each; -1: the scheduler's choice
  bool spin = false;             // instead of sleeping when there is nothing to do
};

// Every one of them may wait in some queue: beyond a million it is the peer that is too slow.
inline constexpr uint32_t kMaxFrames = 1 << 20;

struct MemoryConfig {
  bool hugepages = true;
  uint32_t frames = 32768;  // mbufs, shared by all ports
};

struct PortConfig {
  std::string name;
  std::string device = kLoopbackDevice;
  uint32_t mtu_bytes = 1500;
  std::optional<dataplane::MacAddress> peer_mac;  // of PVCs that name none
};

// Signaling over UDP between two processes of one machine: one PDU a datagram.
struct UdpCarrierConfig {
  uint16_t local_port = 0;
  uint16_t remote_port = 0;  // both on 127.0.0.1
};

// One PVC, or a group of `count` whose labels count up from these.
struct PvcConfig {
  std::string name;
  std::string port;
  uint32_t transmit_label = 0;
  uint32_t receive_label = 0;
  std::optional<uint32_t> count;  // names are name/0, name/1, ...; none: one, named `name`
  std::optional<dataplane::MacAddress> peer_mac;
  std::optional<Address> destination;  // calls to it take this PVC, or the first of the group free
  std::optional<uint32_t> max_sdu_bytes;
  uint64_t rate_bytes_per_second = qos::kUnspecified;
  uint64_t peak_bytes_per_second = qos::kUnspecified;
  uint64_t burst_bytes = qos::kUnspecified;
};

// Signaling's VCI 5, where labels below 16 are reserved.
inline constexpr uint32_t kDefaultSignalingLabel = 21;

// Signaling on a port: calls to and from the daemon, or another stack, at the other end of it.
struct LinkConfig {
  std::string port;
  bool is_network = false;                  // which side this one is; it hands out the labels
  uint32_t label = kDefaultSignalingLabel;  // of signaling on the port,
  std::optional<UdpCarrierConfig> udp;      // unless it goes this way
  uint64_t capacity_bits_per_second = 0;    // for admission; 0: what the port says
  qos::AdmissionPolicy admission;           // of each direction, but for its rates
  signaling::SetupLimits setups;            // how many calls may be set up in a second
  std::optional<Address> address;           // of callers that give none
};

// Calls to addresses that begin like this leave by the link on that port.
struct RouteConfig {
  std::optional<AddressPrefix> prefix;  // nothing: where no other route matches
  std::string port;
  uint32_t priority = 0;  // of several for a prefix, the smallest number first
};

struct Config {
  std::string attach_socket;
  mode_t attach_mode = 0660;
  std::string attach_group;
  std::vector<std::string> call_managers;  // users whose applications may be one
  bool clients_change_pvcs = false;        // add and delete PVCs by OID
  uint32_t stall_release_timeout_s = 0;    // ends clients that stand still so long; 0: never
  std::string operator_socket;
  PollConfig poll;
  MemoryConfig memory;
  std::vector<std::string> eal_arguments;
  std::vector<PortConfig> ports;
  std::vector<PvcConfig> pvcs;
  std::vector<LinkConfig> links;
  std::vector<RouteConfig> routes;
};

// Reads `path`. Every error is one line, `path:line:column: what is wrong; what to do`, in the
// file's order; without errors `config` is complete and consistent. `cpu_count` is the machine's.
std::vector<std::string> LoadConfig(const std::string& path, int cpu_count, Config* config);
// The same for text that is called `source` in errors.
std::vector<std::string> ParseConfig(std::string_view text, const std::string& source,
                                     int cpu_count, Config* config);

// What `vcplaned --dev` runs without a file: one loopback port.
Config DevConfig();

// "100Mbit", "9.6kbit", "1Gbit" -> bytes per second.
std::optional<uint64_t> ParseRate(std::string_view text);
// Letters, digits and ". _ -", at most kMaxNameBytes - 1 (a group's members need room for "/N").
bool IsName(std::string_view text);

}  // namespace vcp::daemon
