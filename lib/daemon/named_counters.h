// Counters as an operator sees them: each with its name and its one-line meaning.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "callmgr/uni_call_manager.h"
#include "daemon/daemon_counters.h"
#include "dataplane/counters.h"

namespace vcp::daemon {

struct NamedCount {
  std::string_view name;
  uint64_t value;
  std::string_view meaning;
  bool is_drop = false;  // something that was lost, and why
};

std::vector<NamedCount> NameCounts(const dataplane::PortCounters& counters);
std::vector<NamedCount> NameCounts(const dataplane::ChannelCounters& counters);
std::vector<NamedCount> NameCounts(const dataplane::PollCoreCounters& counters);
// Of a link: its calls' messages, then SSCOP's PDUs and errors.
std::vector<NamedCount> NameCounts(const callmgr::UniCallManager& manager);
std::vector<NamedCount> NameCounts(const DaemonCounters& counters);

}  // namespace vcp::daemon
