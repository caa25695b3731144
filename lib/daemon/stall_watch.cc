#include "daemon/stall_watch.h"

namespace vcp::daemon {

void StallWatch::Look(uint32_t client, const dataplane::ChannelCounters& counters,
                      uint64_t now_ns) {
  const uint64_t returned = counters.received_sdus - counters.receives_outstanding;
  const uint64_t dropped = counters.drops[static_cast<size_t>(dataplane::Drop::kRxNoClientBuffer)];
  const auto [found, is_new] = seen_.try_emplace(client);
  Seen& seen = found->second;
  if (is_new || seen.returned != returned) {
    seen = {.returned = returned, .dropped = dropped};
  } else if (seen.since_ns == 0 && seen.dropped != dropped) {
    seen.since_ns = now_ns;
  }
}

uint64_t StallWatch::StalledNs(uint32_t client, uint64_t now_ns) const {
  const auto found = seen_.find(client);
  if (found == seen_.end() || found->second.since_ns == 0) return 0;
  const uint64_t stalled_ns = now_ns - found->second.since_ns;
  return stalled_ns < kStallMarkNs ? 0 : stalled_ns;
}

}  // namespace vcp::daemon
