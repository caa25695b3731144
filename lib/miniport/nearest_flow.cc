#include "miniport/nearest_flow.h"

#include <algorithm>

#include "base/limits.h"

namespace vcp::miniport {
namespace {

// False when `value` is too much and may not become less.
bool Fit(uint64_t most, bool rounds_down, uint64_t* value) {
  if (*value != qos::kUnspecified && *value > most && !rounds_down) return false;
  *value = std::min(*value, most);
  return true;
}

bool FitFlow(const PortOfVcs& port, bool rounds_down, qos::FlowSpec* flow) {
  if (flow->service_type == qos::ServiceType::kNoTraffic) return true;
  const uint64_t bytes_per_second = LineBytesPerSecond(port);
  const uint64_t largest_bytes = std::min<uint64_t>(port.info.max_sdu_bytes, kMaxSduBytes);
  // A rate that is left open stays so: it is no limit.
  const bool has_rate = flow->token_rate_bytes_per_second != qos::kUnspecified;
  return Fit(largest_bytes, rounds_down, &flow->max_sdu_size_bytes) &&
         Fit(bytes_per_second, rounds_down, &flow->peak_bandwidth_bytes_per_second) &&
         (!has_rate || Fit(bytes_per_second, rounds_down, &flow->token_rate_bytes_per_second));
}

}  // namespace

Status FindNearestFlow(const PortOfVcs& port, circuit::CallParameters* params) {
  if (!params->call_manager) params->call_manager.emplace();
  if (!params->media) params->media.emplace();
  const uint32_t flags = params->media->flags;
  const bool rounds_down = (flags & circuit::kRoundDownFlow) != 0;
  const bool fits = ((flags & circuit::kTransmitVc) == 0 ||
                     FitFlow(port, rounds_down, &params->call_manager->transmit)) &&
                    ((flags & circuit::kReceiveVc) == 0 ||
                     FitFlow(port, rounds_down, &params->call_manager->receive));
  return fits ? Status::kSuccess : Status::kInvalidData;
}

}  // namespace vcp::miniport
