#include "callmgr/rate_rounding.h"

#include <algorithm>

#include "qos/sdu_size.h"

namespace vcp::callmgr {

namespace {

using circuit::CallManagerParameters;
using circuit::CallParameters;

// One direction of a call, as its caller has it.
struct Direction {
  qos::FlowSpec CallManagerParameters::*flow;
  qos::AtmTraffic qos::AtmContract::*traffic;
  uint32_t CallTerms::*sdu_bytes;
  HasRoom Room::*has_room;
};
constexpr Direction kDirections[] = {
    {&CallManagerParameters::transmit, &qos::AtmContract::forward, &CallTerms::forward_sdu_bytes,
     &Room::transmit},
    {&CallManagerParameters::receive, &qos::AtmContract::backward, &CallTerms::backward_sdu_bytes,
     &Room::receive},
};

// With no more than `most` bytes per second reserved. A peak that controlled load leaves open is
// the port's and counts; best effort's counts never.
qos::FlowSpec Lowered(qos::FlowSpec flow, uint64_t most) {
  uint64_t& rate = flow.token_rate_bytes_per_second;
  uint64_t& peak = flow.peak_bandwidth_bytes_per_second;
  if (rate != qos::kUnspecified) rate = std::min(rate, most);
  const bool has_peak =
      flow.service_type == qos::ServiceType::kControlledLoad ||
      (flow.service_type == qos::ServiceType::kGuaranteed && peak != qos::kUnspecified);
  if (has_peak) peak = std::min(peak, most);
  return flow;
}

}  // namespace

bool RoundDown(const LinkCapacity& link, bool multipoint, const Room& room, CallParameters* params,
               CallTerms* terms) {
  if (!params->media || (params->media->flags & circuit::kRoundDownFlow) == 0) return false;
  for (const Direction& direction : kDirections) {
    const auto fits = [&] {
      const Status status = TermsOf(*params, CallEnd::kCaller, multipoint, link, terms);
      return status == Status::kSuccess &&
             (room.*direction.has_room)(terms->contract.*direction.traffic,
                                        terms->*direction.sdu_bytes);
    };
    if (fits()) continue;
    qos::FlowSpec& flow = *params->call_manager.*direction.flow;
    const qos::FlowSpec asked = flow;
    uint64_t most = 0;
    uint64_t too_much = link.cells_per_second * qos::kCellPayloadBytes + 1;
    while (too_much - most > 1) {
      const uint64_t middle = most + (too_much - most) / 2;
      flow = Lowered(asked, middle);
      (fits() ? most : too_much) = middle;
    }
    if (most == 0) return false;
    flow = Lowered(asked, most);
  }
  return TermsOf(*params, CallEnd::kCaller, multipoint, link, terms) == Status::kSuccess;
}

}  // namespace vcp::callmgr
