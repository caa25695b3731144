// What the daemon itself can tell about its health; `vcctl doctor` looks at the host.
#include <sys/resource.h>

#include "base/limits.h"
#include "base/readable.h"
#include "daemon/operator_commands.h"

namespace vcp::daemon {
namespace {

class Checks {
 public:
  explicit Checks(JsonWriter* json) : json_(json) { json_->Key("checks").BeginArray(); }
  ~Checks() { json_->EndArray(); }

  // `fix` only counts when the check is not good.
  void Add(const std::string& name, bool good, const std::string& found, const std::string& fix,
           const char* when_not_good = "warning") {
    json_->BeginObject().Field("name", name).Field("result", good ? "ok" : when_not_good);
    json_->Field("found", found).Field("fix", good ? std::string() : fix).EndObject();
  }

 private:
  JsonWriter* const json_;
};

void CheckDescriptors(Checks* checks) {
  // A client: its socket, its doorbell, and three more while it attaches. A link: both ends of its
  // channel's doorbell. 64 for everything else.
  constexpr rlim_t kWanted = kMaxClients * 5 + kMaxPorts * 2 + 64;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  checks->Add("file descriptors", limit.rlim_cur >= kWanted, std::to_string(limit.rlim_cur),
              "start vcplaned with LimitNOFILE=" + std::to_string(kWanted) + " or more");
}

void CheckPort(const port::PortInfo& info, const dataplane::PortCounters& counters,
               Checks* checks) {
  checks->Add("port " + info.name, info.link_up, info.link_up ? "link is up" : "link is down",
              "connect the other end, or bring its interface up");
  uint64_t missed = counters.driver.missed_frames;
  if (missed == 0) return;
  checks->Add("port " + info.name + " receive", false,
              std::to_string(missed) + " frames came faster than they were taken",
              "give the daemon CPUs of its own: [poll] cpus = [...]");
}

void CheckLink(const SignalingLinks::Link& link, uint64_t since_seconds, Checks* checks) {
  const bool up = link.manager->signaling().uni().is_up();
  const char* side = link.config.is_network ? "user" : "network";
  checks->Add(
      "link " + link.config.port, up,
      "signaling is " + std::string(up ? "up" : "down") + " for " + ReadableDuration(since_seconds),
      "start the peer; its [[link]] is the " + std::string(side) +
          "'s side (see vcctl show sscop)");
}

}  // namespace

void OperatorCommands::WriteDoctor(JsonWriter* json) {
  Checks checks(json);
  const dataplane::PlaneView& plane = *parts_.plane;
  for (dataplane::PortIndex i = 0; i < plane.port_count(); ++i) {
    CheckPort(plane.GetPortInfo(i), plane.ReadPortCounters(i), &checks);
  }
  for (const SignalingLinks::Link& link : Links()) {
    CheckLink(link, SecondsSince(link.manager->signaling_changed_ns()), &checks);
  }
  CheckDescriptors(&checks);
  checks.Add("memory", parts_.config->memory.hugepages,
             parts_.config->memory.hugepages ? "hugepages" : "ordinary pages",
             "run without --dev and with [memory] hugepages = true for full speed");
  bool pinned = true;
  for (int cpu : parts_.config->poll.cpus) pinned = pinned && cpu >= 0;
  checks.Add(
      "poll cores", pinned || !parts_.config->poll.spin,
      std::to_string(parts_.config->poll.cpus.size()) + (pinned ? ", pinned" : ", not pinned"),
      "a core that spins wants a CPU of its own: [poll] cpus = [...]");
}

}  // namespace vcp::daemon
