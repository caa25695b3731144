#include "daemon/config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <limits>

#include "base/limits.h"
#include "daemon/config_check.h"
#include "daemon/listening_socket.h"
#include "daemon/operator_protocol.h"
#include "daemon/stall_watch.h"
#include "daemon/toml_section.h"
#include "wire/mac_address.h"

namespace vcp::daemon {
namespace {

constexpr int64_t kMaxBurstBufferCells = 1'000'000'000;
constexpr int64_t kMaxOverbookingPermille = 1'000'000;
// Beyond what a control thread can do, and far from the resolution of a rate, a nanosecond.
constexpr int64_t kMaxSetupsPerSecond = 1'000'000;

constexpr char kNameRule[] = "use letters, digits and the characters . _ -";

// Reads the sections one after the other; remembers where ports and PVCs stand for the checks
// between them.
class Reader {
 public:
  Reader(const toml::table& file, int cpu_count, Config* config, ErrorList* errors)
      : file_(file), cpu_count_(cpu_count), config_(config), errors_(errors) {}

  void ReadAll() {
    TomlSection top(file_, "this file",
                    {"daemon", "poll", "memory", "dpdk", "port", "pvc", "link", "route"}, errors_);
    if (const toml::table* table = Table("daemon")) ReadDaemon(*table);
    if (const toml::table* table = Table("poll")) ReadPoll(*table);
    if (const toml::table* table = Table("memory")) ReadMemory(*table);
    if (const toml::table* table = Table("dpdk")) ReadDpdk(*table);
    if (!file_.contains("port")) {
      errors_->Add({1, 1},
                   "there is no [[port]]; add one: name = \"loop0\", device = \"loopback\"");
    }
    ForEach("port", [this](const toml::table& table) { ReadPort(table); });
    ForEach("pvc", [this](const toml::table& table) { ReadPvc(table); });
    ForEach("link", [this](const toml::table& table) { ReadLink(table); });
    ForEach("route", [this](const toml::table& table) { ReadRoute(table); });
    CheckTogether(*config_, places_, errors_);
  }

 private:
  const toml::table* Table(std::string_view name);
  template <typename Read>
  void ForEach(std::string_view name, Read&& read);
  void ReadDaemon(const toml::table& table);
  void ReadMode(TomlSection* section);
  void CheckSockets(TomlSection* section);
  void ReadPoll(const toml::table& table);
  void ReadCpus(TomlSection* section);
  void ReadMemory(const toml::table& table);
  void ReadDpdk(const toml::table& table);
  void ReadPort(const toml::table& table);
  void ReadPvc(const toml::table& table);
  void ReadLink(const toml::table& table);
  void ReadUdpCarrier(TomlSection* section, UdpCarrierConfig* udp);
  void ReadAdmission(TomlSection* section, qos::AdmissionPolicy* admission);
  void ReadSetups(TomlSection* section, signaling::SetupLimits* setups);
  void ReadRoute(const toml::table& table);
  void ReadLabels(TomlSection* section, PvcConfig* pvc);
  void ReadAddress(TomlSection* section, std::string_view key, std::optional<Address>* address);
  void ReadMac(TomlSection* section, std::optional<dataplane::MacAddress>* mac);
  void ReadRate(TomlSection* section, std::string_view key, uint64_t* bytes_per_second);
  void ReadName(TomlSection* section, std::string_view key, std::string* name);

  const toml::table& file_;
  const int cpu_count_;
  Config* const config_;
  ErrorList* const errors_;
  Places places_;
};

const toml::table* Reader::Table(std::string_view name) {
  const toml::node* node = file_.get(name);
  if (node == nullptr || node->is_table()) return node == nullptr ? nullptr : node->as_table();
  auto begin = node->source().begin;
  errors_->Add(
      {begin.line, begin.column},
      std::string(name) + " is not a section; begin it with a line [" + std::string(name) + "]");
  return nullptr;
}

template <typename Read>
void Reader::ForEach(std::string_view name, Read&& read) {
  const toml::node* node = file_.get(name);
  if (node == nullptr) return;
  const toml::array* array = node->as_array();
  if (array != nullptr && array->is_homogeneous(toml::node_type::table)) {
    for (const toml::node& element : *array) read(*element.as_table());
    return;
  }
  auto begin = node->source().begin;
  errors_->Add({begin.line, begin.column}, "there may be several of " + std::string(name) +
                                               "; begin each with a line [[" + std::string(name) +
                                               "]]");
}

void Reader::ReadDaemon(const toml::table& table) {
  TomlSection section(table, "[daemon]",
                      {"attach_socket", "attach_mode", "attach_group", "operator_socket",
                       "call_managers", "clients_change_pvcs", "stall_release_timeout_s"},
                      errors_);
  section.Read("attach_socket", &config_->attach_socket);
  ReadMode(&section);
  section.Read("attach_group", &config_->attach_group);
  if (auto users = section.Texts("call_managers")) config_->call_managers = *users;
  section.Read("clients_change_pvcs", &config_->clients_change_pvcs);
  if (auto seconds = section.Number("stall_release_timeout_s", 0, kMaxStallReleaseSeconds)) {
    config_->stall_release_timeout_s = static_cast<uint32_t>(*seconds);
  }
  section.Read("operator_socket", &config_->operator_socket);
  CheckSockets(&section);
}

void Reader::CheckSockets(TomlSection* section) {
  const std::pair<const char*, const std::string&> sockets[] = {
      {"attach_socket", config_->attach_socket}, {"operator_socket", config_->operator_socket}};
  for (const auto& [key, path] : sockets) {
    if (path.size() <= kMaxSocketPathBytes) continue;
    section->AddError(key, std::string(key) + " has " + std::to_string(path.size()) +
                               " characters; a socket's path has at most " +
                               std::to_string(kMaxSocketPathBytes));
  }
  if (!section->Has("operator_socket")) return;
  if (config_->attach_socket != config_->operator_socket) return;
  section->AddError("operator_socket",
                    "attach_socket and operator_socket are the same; name two sockets");
}

// Whoever forgets the 0o would get quite another mode.
void Reader::ReadMode(TomlSection* section) {
  if (!section->Has("attach_mode")) return;
  using Limits = std::numeric_limits<int64_t>;
  auto mode = section->Number("attach_mode", Limits::min(), Limits::max());
  if (mode && *mode >= 0 && *mode <= 0777) {
    config_->attach_mode = static_cast<mode_t>(*mode);
  } else if (mode) {
    section->AddError("attach_mode", "attach_mode is " + std::to_string(*mode) +
                                         "; write it in octal, 0o000 to 0o777: 0o660");
  }
}

void Reader::ReadPoll(const toml::table& table) {
  TomlSection section(table, "[poll]", {"cpus", "cores", "idle"}, errors_);
  if (section.Has("cpus") && section.Has("cores")) {
    section.AddError("cores", "cores and cpus exclude each other; keep one");
  }
  if (auto cores = section.Number("cores", 1, kMaxPollCores)) {
    config_->poll.cpus.assign(static_cast<size_t>(*cores), -1);
  }
  ReadCpus(&section);
  std::string idle = "adaptive";
  section.Read("idle", &idle);
  config_->poll.spin = idle == "spin";
  if (idle != "adaptive" && idle != "spin") {
    section.AddError("idle", "idle is \"" + idle + "\"; write \"adaptive\" or \"spin\"");
  }
}

void Reader::ReadCpus(TomlSection* section) {
  auto cpus = section->Numbers("cpus");
  if (!cpus) return;
  if (cpus->empty() || cpus->size() > kMaxPollCores) {
    section->AddError("cpus", "cpus names " + std::to_string(cpus->size()) + " CPUs; name 1 to " +
                                  std::to_string(kMaxPollCores));
  }
  config_->poll.cpus.clear();
  for (int64_t cpu : *cpus) {
    auto& chosen = config_->poll.cpus;
    if (cpu < 0 || cpu >= cpu_count_) {
      section->AddError("cpus", "this machine has no CPU " + std::to_string(cpu) +
                                    "; it has 0 to " + std::to_string(cpu_count_ - 1));
    } else if (std::find(chosen.begin(), chosen.end(), cpu) != chosen.end()) {
      section->AddError("cpus", "CPU " + std::to_string(cpu) + " stands there twice; name it once");
    } else {
      chosen.push_back(static_cast<int>(cpu));
    }
  }
}

void Reader::ReadMemory(const toml::table& table) {
  TomlSection section(table, "[memory]", {"hugepages", "frames"}, errors_);
  section.Read("hugepages", &config_->memory.hugepages);
  section.Read("frames", 1024, kMaxFrames, &config_->memory.frames);
}

void Reader::ReadDpdk(const toml::table& table) {
  TomlSection section(table, "[dpdk]", {"arguments"}, errors_);
  if (auto arguments = section.Texts("arguments")) config_->eal_arguments = *arguments;
}

void Reader::ReadName(TomlSection* section, std::string_view key, std::string* name) {
  section->Read(key, name);
  if (section->Text(key) && !IsName(*name)) {
    section->AddError(key, std::string(key) + " is \"" + *name + "\"; " + kNameRule);
  }
}

void Reader::ReadMac(TomlSection* section, std::optional<dataplane::MacAddress>* mac) {
  auto text = section->Text("peer_mac");
  if (!text) return;
  *mac = wire::ParseMacAddress(*text);
  if (*mac) return;
  section->AddError("peer_mac", "peer_mac is \"" + *text +
                                    "\"; write six pairs of hexadecimal digits, like "
                                    "\"02:00:5e:00:53:01\"");
}

void Reader::ReadPort(const toml::table& table) {
  TomlSection section(table, "[[port]]", {"name", "device", "mtu", "peer_mac"}, errors_);
  PortConfig port;
  if (section.Require("name", "name = \"lan0\"")) ReadName(&section, "name", &port.name);
  section.Require("device", "device = \"loopback\", a PCI address, or a DPDK virtual device");
  section.Read("device", &port.device);
  section.Read("mtu", kMinMtuBytes, kMaxMtuBytes, &port.mtu_bytes);
  ReadMac(&section, &port.peer_mac);
  config_->ports.push_back(std::move(port));
  places_.ports.push_back(section.at());
}

void Reader::ReadLabels(TomlSection* section, PvcConfig* pvc) {
  bool one = section->Has("label");
  bool two = section->Has("transmit_label") || section->Has("receive_label");
  if (one && two) {
    section->AddError("label",
                      "label means both directions; leave out transmit_label and "
                      "receive_label, or label");
  } else if (!one && !(section->Has("transmit_label") && section->Has("receive_label"))) {
    errors_->Add(section->at(),
                 "[[pvc]] has no label; write label = 100, or transmit_label and receive_label");
  }
  section->Read("label", kMinDataLabel, kLabelSpace - 1, &pvc->transmit_label);
  pvc->receive_label = pvc->transmit_label;
  section->Read("transmit_label", kMinDataLabel, kLabelSpace - 1, &pvc->transmit_label);
  section->Read("receive_label", kMinDataLabel, kLabelSpace - 1, &pvc->receive_label);
}

void Reader::ReadRate(TomlSection* section, std::string_view key, uint64_t* bytes_per_second) {
  auto text = section->Text(key);
  if (!text) return;
  if (auto rate = ParseRate(*text)) {
    *bytes_per_second = *rate;
  } else {
    section->AddError(key, std::string(key) + " is \"" + *text +
                               "\"; write bits per second: \"64kbit\", \"100Mbit\", \"2.5Gbit\"");
  }
}

void Reader::ReadAddress(TomlSection* section, std::string_view key,
                         std::optional<Address>* address) {
  auto text = section->Text(key);
  if (!text) return;
  *address = ParseAddress(*text);
  if (*address) return;
  section->AddError(key, std::string(key) + " is \"" + *text +
                             "\"; write \"+358401234567\" or 40 hexadecimal digits");
}

void Reader::ReadPvc(const toml::table& table) {
  TomlSection section(table, "[[pvc]]",
                      {"name", "port", "label", "transmit_label", "receive_label", "count",
                       "peer_mac", "destination", "max_sdu", "rate", "peak", "burst"},
                      errors_);
  PvcConfig pvc;
  if (section.Require("name", "name = \"line1\"")) ReadName(&section, "name", &pvc.name);
  if (section.Require("port", "the name of a [[port]]")) section.Read("port", &pvc.port);
  ReadLabels(&section, &pvc);
  if (auto count = section.Number("count", 1, kMaxPvcs)) pvc.count = static_cast<uint32_t>(*count);
  ReadMac(&section, &pvc.peer_mac);
  ReadAddress(&section, "destination", &pvc.destination);
  if (auto bytes = section.Number("max_sdu", 1, kMaxSduBytes)) {
    pvc.max_sdu_bytes = static_cast<uint32_t>(*bytes);
  }
  ReadRate(&section, "rate", &pvc.rate_bytes_per_second);
  ReadRate(&section, "peak", &pvc.peak_bytes_per_second);
  section.Read("burst", 1, int64_t{1} << 32, &pvc.burst_bytes);
  config_->pvcs.push_back(std::move(pvc));
  places_.pvcs.push_back(section.at());
}

void Reader::ReadUdpCarrier(TomlSection* section, UdpCarrierConfig* udp) {
  section->Require("udp_local_port", "the UDP port of 127.0.0.1 that signaling comes to");
  section->Read("udp_local_port", 1, 65535, &udp->local_port);
  section->Require("udp_remote_port", "the UDP port of 127.0.0.1 that signaling goes to");
  section->Read("udp_remote_port", 1, 65535, &udp->remote_port);
}

void Reader::ReadLink(const toml::table& table) {
  TomlSection section(
      table, "[[link]]",
      {"port", "side", "label", "udp_local_port", "udp_remote_port", "capacity", "address",
       "rt_vbr_k_permille", "nrt_vbr_k_permille", "burst_buffer_cells", "real_time_permille",
       "total_permille", "cbr_overbooking_permille", "rt_vbr_overbooking_permille",
       "nrt_vbr_overbooking_permille", "abr_overbooking_permille", "ubr_overbooking_permille",
       "setups_per_second", "client_setups_per_second"},
      errors_);
  LinkConfig link;
  if (section.Require("port", "the name of a [[port]]")) section.Read("port", &link.port);
  std::string side;
  if (section.Require("side", "side = \"user\" here and \"network\" at the other end")) {
    section.Read("side", &side);
    if (side != "user" && side != "network") {
      section.AddError(
          "side", "side is \"" + side + "\"; one end of a link is \"user\", the other \"network\"");
    }
  }
  link.is_network = side == "network";
  section.Read("label", kMinUsableLabel, kMinDataLabel - 1, &link.label);
  if (section.Has("udp_local_port") || section.Has("udp_remote_port")) {
    ReadUdpCarrier(&section, &link.udp.emplace());
  }
  uint64_t bytes_per_second = 0;
  ReadRate(&section, "capacity", &bytes_per_second);
  link.capacity_bits_per_second = 8 * bytes_per_second;
  ReadAdmission(&section, &link.admission);
  ReadSetups(&section, &link.setups);
  ReadAddress(&section, "address", &link.address);
  config_->links.push_back(std::move(link));
  places_.links.push_back(section.at());
}

void Reader::ReadAdmission(TomlSection* section, qos::AdmissionPolicy* admission) {
  constexpr int64_t kAll = 1000;
  section->Read("rt_vbr_k_permille", 0, kAll, &admission->rt_vbr_k_permille);
  section->Read("nrt_vbr_k_permille", 0, kAll, &admission->nrt_vbr_k_permille);
  section->Read("burst_buffer_cells", 0, kMaxBurstBufferCells, &admission->buffer_cells);
  section->Read("real_time_permille", 0, kAll, &admission->real_time_permille);
  section->Read("total_permille", 0, kAll, &admission->total_permille);
  if (admission->real_time_permille > admission->total_permille) {
    section->AddError(section->Has("real_time_permille") ? "real_time_permille" : "total_permille",
                      "real_time_permille is " + std::to_string(admission->real_time_permille) +
                          ", more than total_permille, " +
                          std::to_string(admission->total_permille) +
                          "; real-time VCs are a part of all");
  }
  static constexpr std::array<std::string_view, qos::kServiceCategories> kOverbooking = {
      "cbr_overbooking_permille", "rt_vbr_overbooking_permille", "nrt_vbr_overbooking_permille",
      "abr_overbooking_permille", "ubr_overbooking_permille"};
  for (size_t i = 0; i < kOverbooking.size(); ++i) {
    section->Read(kOverbooking[i], kAll, kMaxOverbookingPermille,
                  &admission->overbooking_permille[i]);
  }
}

void Reader::ReadSetups(TomlSection* section, signaling::SetupLimits* setups) {
  // A burst of a tenth of a second, and, unless said, a quarter that one client leaves to others.
  section->Read("setups_per_second", 1, kMaxSetupsPerSecond, &setups->setups_per_second);
  setups->setup_burst = std::max(setups->setups_per_second / 10, 1u);
  setups->client_setups_per_second = std::max(setups->setups_per_second / 4 * 3, 1u);
  section->Read("client_setups_per_second", 1, setups->setups_per_second,
                &setups->client_setups_per_second);
  setups->client_setup_burst = std::max(setups->client_setups_per_second / 10, 1u);
}

void Reader::ReadRoute(const toml::table& table) {
  TomlSection section(table, "[[route]]", {"prefix", "port", "priority"}, errors_);
  RouteConfig route;
  if (section.Require("prefix", "prefix = \"+358\", \"47.0005/24\" or \"default\"")) {
    const std::string text = section.Text("prefix").value_or("default");
    if (text != "default") route.prefix = ParseAddressPrefix(text);
    if (text != "default" && !route.prefix) {
      section.AddError("prefix",
                       "prefix is \"" + text +
                           "\"; write the first digits of an E.164 number, \"+358\", of an "
                           "AESA with how many bits count, \"47.0005/24\", or \"default\"");
    }
  }
  if (section.Require("port", "the port of a [[link]]")) section.Read("port", &route.port);
  section.Read("priority", 0, 255, &route.priority);
  config_->routes.push_back(std::move(route));
  places_.routes.push_back(section.at());
}

// toml++ says what it expected; this says what people mostly did.
std::string HintFor(const toml::parse_error& error) {
  constexpr auto npos = std::string_view::npos;
  std::string_view text = error.description();
  if (text.find("control characters") != npos) return "; is a closing quote missing?";
  if (text.find("value, saw") != npos) return "; a text wants quotes, and every key a value";
  if (text.find("redefine") != npos) return "; write each key once";
  return "";
}

}  // namespace

bool IsName(std::string_view text) {
  // "/65535" is the longest end of a group member's name.
  constexpr size_t kMaxLength = kMaxNameBytes - 1 - 6;
  return !text.empty() && text.size() <= kMaxLength &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

std::optional<uint64_t> ParseRate(std::string_view text) {
  struct Unit {
    std::string_view name;
    double bits_per_second;
  };
  static constexpr std::array<Unit, 4> kUnits = {
      {{"bit", 1}, {"kbit", 1e3}, {"Mbit", 1e6}, {"Gbit", 1e9}}};
  double number = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit_name(end, static_cast<size_t>(text.data() + text.size() - end));
  for (const Unit& unit : kUnits) {
    double bytes = number * unit.bits_per_second / 8;
    if (unit.name == unit_name && bytes >= 1 && bytes < 1e12) return static_cast<uint64_t>(bytes);
  }
  return std::nullopt;
}

Config DevConfig() {
  Config config;
  config.memory.hugepages = false;
  config.ports.push_back({.name = "loop0", .device = kLoopbackDevice});
  return config;
}

std::vector<std::string> ParseConfig(std::string_view text, const std::string& source,
                                     int cpu_count, Config* config) {
  *config = Config();
  ErrorList errors(source);
  try {
    toml::table file = toml::parse(text, source);
    Reader(file, cpu_count, config, &errors).ReadAll();
  } catch (const toml::parse_error& error) {
    auto begin = error.source().begin;
    errors.Add({begin.line, begin.column}, std::string(error.description()) + HintFor(error));
  }
  return errors.Take();
}

std::vector<std::string> LoadConfig(const std::string& path, int cpu_count, Config* config) {
  std::ifstream file(path, std::ios::binary);
  std::string text;
  for (char part[4096]; file.good();) {
    file.read(part, sizeof part);
    text.append(part, static_cast<size_t>(file.gcount()));
  }
  if (!file.eof()) {
    return {path + ":1:1: cannot be read; name a file that exists and that you may read"};
  }
  return ParseConfig(text, path, cpu_count, config);
}

}  // namespace vcp::daemon
