// The daemon's configuration: what the TOML file says, checked. Everything is decided here, before
// anything starts. Pure but for reading the file.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataplane/vc_program.h"
#include "qos/flow_spec.h"

namespace vcp::daemon {

inline constexpr char kLoopbackDevice[] = "loopback";
inline constexpr uint32_t kMinMtuBytes = 68;

struct PollConfig {
  std::vector<int> cpus = {-1};  // one poll core each; -1: the scheduler's choice
  bool spin = false;             // instead of sleeping when there is nothing to do
};

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

// One PVC, or a group of `count` whose labels count up from these.
struct PvcConfig {
  std::string name;
  std::string port;
  uint32_t transmit_label = 0;
  uint32_t receive_label = 0;
  std::optional<uint32_t> count;  // names are name/0, name/1, ...; none: one, named `name`
  std::optional<dataplane::MacAddress> peer_mac;
  std::optional<uint32_t> max_sdu_bytes;
  uint64_t rate_bytes_per_second = qos::kUnspecified;
  uint64_t peak_bytes_per_second = qos::kUnspecified;
  uint64_t burst_bytes = qos::kUnspecified;
};

struct Config {
  std::string attach_socket;
  mode_t attach_mode = 0660;
  std::string attach_group;
  std::string operator_socket;
  PollConfig poll;
  MemoryConfig memory;
  std::vector<std::string> eal_arguments;
  std::vector<PortConfig> ports;
  std::vector<PvcConfig> pvcs;
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
