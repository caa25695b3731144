// What a VC promises in one direction: the environment's FLOWSPEC (environment section 7).
// Plain data; rates are bytes per second of SDU payload, times are microseconds.
#pragma once

#include <cstdint>

#include "base/status.h"

namespace vcp::qos {

// "Not specified" in any field (C90).
inline constexpr uint64_t kUnspecified = ~uint64_t{0};

enum class ServiceType : uint32_t {
  kNoTraffic = 0,
  kBestEffort = 1,
  kControlledLoad = 2,
  kGuaranteed = 3,
};

struct FlowSpec {
  uint64_t token_rate_bytes_per_second = kUnspecified;
  uint64_t token_bucket_size_bytes = kUnspecified;
  uint64_t peak_bandwidth_bytes_per_second = kUnspecified;
  uint64_t latency_us = kUnspecified;
  uint64_t delay_variation_us = kUnspecified;
  ServiceType service_type = ServiceType::kBestEffort;
  uint64_t max_sdu_size_bytes = kUnspecified;
  uint64_t minimum_policed_size_bytes = kUnspecified;

  friend bool operator==(const FlowSpec&, const FlowSpec&) = default;
};

// Checks one direction's flow spec. `sending` asks the stricter rule: the token rate of a sender
// that reserves is explicit (C90). Rates are checked where the service reserves something; a
// best-effort VC has none to keep. kSuccess or kInvalidData.
[[nodiscard]] Status Validate(const FlowSpec& spec, bool sending);

// Rates that are named become at most this many bytes per second.
void LimitRates(uint64_t most_bytes_per_second, FlowSpec* spec);

// Whether what is given is what was asked for; what was left open does not count (C53).
bool IsAsAsked(const FlowSpec& asked, const FlowSpec& given);

}  // namespace vcp::qos
