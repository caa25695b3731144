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

void Limit(uint64_t most, uint64_t* rate) {
  if (Exceeds(*rate, most)) *rate = most;
}

bool IsAsAsked(uint64_t asked, uint64_t given) { return asked == kUnspecified || asked == given; }

}  // namespace

bool IsAsAsked(const FlowSpec& asked, const FlowSpec& given) {
  return IsAsAsked(asked.token_rate_bytes_per_second, given.token_rate_bytes_per_second) &&
         IsAsAsked(asked.token_bucket_size_bytes, given.token_bucket_size_bytes) &&
         IsAsAsked(asked.peak_bandwidth_bytes_per_second, given.peak_bandwidth_bytes_per_second) &&
         IsAsAsked(asked.latency_us, given.latency_us) &&
         IsAsAsked(asked.delay_variation_us, given.delay_variation_us) &&
         IsAsAsked(asked.max_sdu_size_bytes, given.max_sdu_size_bytes) &&
         IsAsAsked(asked.minimum_policed_size_bytes, given.minimum_policed_size_bytes) &&
         asked.service_type == given.service_type;
}

void LimitRates(uint64_t most_bytes_per_second, FlowSpec* spec) {
  Limit(most_bytes_per_second, &spec->token_rate_bytes_per_second);
  Limit(most_bytes_per_second, &spec->peak_bandwidth_bytes_per_second);
}

Status Validate(const FlowSpec& spec, bool sending) {
  if (!IsKnown(spec.service_type)) return Status::kInvalidData;
  if (spec.service_type == ServiceType::kNoTraffic) return Status::kSuccess;
  if (spec.max_sdu_size_bytes == 0 ||
      Exceeds(spec.minimum_policed_size_bytes, spec.max_sdu_size_bytes)) {
    return Status::kInvalidData;
  }
  const uint64_t rate = spec.token_rate_bytes_per_second;
  if (rate == 0) return Status::kInvalidData;  // C90: of whatever service
  if (spec.service_type == ServiceType::kBestEffort) return Status::kSuccess;
  if (sending && rate == kUnspecified) return Status::kInvalidData;
  if (spec.token_bucket_size_bytes == 0 || Exceeds(rate, spec.peak_bandwidth_bytes_per_second)) {
    return Status::kInvalidData;
  }
  return Status::kSuccess;
}

}  // namespace vcp::qos
