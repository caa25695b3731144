// Flow specs of the environment as ATM contracts and back (RFC 2381): guaranteed becomes CBR or
// rt-VBR, controlled load nrt-VBR, best effort UBR. Bytes become whole AAL5 cells, rounded so that
// the contract is never less than what was asked.
#pragma once

#include <cstdint>
#include <optional>

#include "qos/atm_traffic.h"
#include "qos/flow_spec.h"

namespace vcp::qos {

// What an unspecified field means on this VC.
struct FlowDefaults {
  uint32_t max_sdu_bytes = 0;  // as negotiated, 0: no traffic; a flow spec may ask for less
  uint64_t line_cells_per_second = 0;
};

// One direction. Without a minimum policed size SDUs are taken to be of the largest size. Nothing:
// a flow spec that is not valid, that reserves a rate it does not name, or one that is beyond
// kMaxCellsPerSecond.
std::optional<AtmTraffic> ToAtmTraffic(const FlowSpec& spec, const FlowDefaults& defaults);

// Both directions, made of one category, since a call has one: the stronger of the two. A best
// effort direction beside a reserved one must name a rate or have no traffic.
std::optional<AtmContract> ToAtmContract(const FlowSpec& forward, const FlowSpec& backward,
                                         const FlowDefaults& forward_defaults,
                                         const FlowDefaults& backward_defaults);

// What clients are told of a contract, whose SDUs have at least so many octets: what it carries of
// those. The contract of that would be no more than this one.
FlowSpec ToFlowSpec(const AtmTraffic& traffic, uint32_t max_sdu_bytes,
                    uint64_t minimum_policed_size_bytes = kUnspecified);

// A VBR contract must hold one largest SDU in its burst, or none would ever conform (cause 73).
bool HoldsSdu(const AtmTraffic& traffic, uint32_t max_sdu_bytes);

}  // namespace vcp::qos
