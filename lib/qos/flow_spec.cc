#include "qos/flow_spec.h"

namespace vcp::qos {

namespace {

bool IsKnown(ServiceType type) {
  return static_cast<uint32_t>(type) <= static_cast<uint32_t>(ServiceType::kGuaranteed);
}

// "Not specified" is above and below everything.
bool Exceeds(uint64_t value, uint64_t bound) {
  return value != kUnspecified && bound != kUnspecified && value > bound;
}

}  // namespace

Status Validate(const FlowSpec& spec, bool sending) {
  if (!IsKnown(spec.service_type)) return Status::kInvalidData;
  if (spec.service_type == ServiceType::kNoTraffic) return Status::kSuccess;
  if (spec.max_sdu_size_bytes == 0 ||
      Exceeds(spec.minimum_policed_size_bytes, spec.max_sdu_size_bytes)) {
    return Status::kInvalidData;
  }
  if (spec.service_type == ServiceType::kBestEffort) return Status::kSuccess;
  const uint64_t rate = spec.token_rate_bytes_per_second;
  if (rate == 0 || (sending && rate == kUnspecified)) return Status::kInvalidData;
  if (spec.token_bucket_size_bytes == 0 || Exceeds(rate, spec.peak_bandwidth_bytes_per_second)) {
    return Status::kInvalidData;
  }
  return Status::kSuccess;
}

}  // namespace vcp::qos
