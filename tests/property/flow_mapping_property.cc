// A contract made of a flow spec carries whatever the flow spec promised to its client.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <optional>

#include "qos/flow_mapping.h"
#include "qos/gcra.h"
#include "qos/sdu_size.h"

namespace vcp::qos {
namespace {

constexpr FlowDefaults kPort{.max_sdu_bytes = 9180, .line_cells_per_second = 26'041'666};

FlowSpec AnyFlow() {
  FlowSpec spec;
  spec.service_type = *rc::gen::element(ServiceType::kBestEffort, ServiceType::kControlledLoad,
                                        ServiceType::kGuaranteed);
  spec.max_sdu_size_bytes = *rc::gen::inRange<uint64_t>(1, 9181);
  spec.token_rate_bytes_per_second = *rc::gen::inRange<uint64_t>(1, 3'000'000'000);
  if (*rc::gen::arbitrary<bool>()) {
    spec.peak_bandwidth_bytes_per_second =
        spec.token_rate_bytes_per_second + *rc::gen::inRange<uint64_t>(0, 1'000'000'000);
  }
  if (*rc::gen::arbitrary<bool>()) {
    spec.token_bucket_size_bytes = *rc::gen::inRange<uint64_t>(1, 10'000'000);
  }
  return spec;
}

uint64_t ReservedRate(const AtmTraffic& traffic) {
  return traffic.category() == ServiceCategory::kUbr ? *traffic.rates.minimum : traffic.sustained();
}

RC_GTEST_PROP(FlowMappingProperty, SdusOfEverySizeFit, ()) {
  FlowSpec spec = AnyFlow();
  const uint64_t largest = spec.max_sdu_size_bytes;
  spec.minimum_policed_size_bytes = *rc::gen::inRange<uint64_t>(0, largest + 1);
  const auto traffic = ToAtmTraffic(spec, kPort);
  RC_ASSERT(traffic.has_value());
  RC_ASSERT(HoldsSdu(*traffic, static_cast<uint32_t>(largest)));
  // Of every size in turn as many as the rate pays for; the small ones pay like the smallest.
  const uint64_t smallest = std::max<uint64_t>(spec.minimum_policed_size_bytes, 1);
  for (uint64_t size = 1; size <= largest; ++size) {
    const uint64_t sdus = spec.token_rate_bytes_per_second / std::max(size, smallest);
    RC_ASSERT(sdus * CellsOfSdu(size) <= ReservedRate(*traffic));
  }
}

// A client that sends as early as its token bucket and its peak let it is never policed.
RC_GTEST_PROP(FlowMappingProperty, AConformingSourceConforms, ()) {
  FlowSpec spec = AnyFlow();
  spec.service_type = *rc::gen::element(ServiceType::kControlledLoad, ServiceType::kGuaranteed);
  const uint64_t rate = spec.token_rate_bytes_per_second;
  const uint64_t peak = spec.peak_bandwidth_bytes_per_second =
      rate + *rc::gen::inRange<uint64_t>(1, 1'000'000'000);
  const uint64_t size = spec.max_sdu_size_bytes;
  spec.token_bucket_size_bytes = size + *rc::gen::inRange<uint64_t>(0, 1'000'000);
  const auto traffic = ToAtmTraffic(spec, kPort);
  RC_ASSERT(traffic.has_value());
  const uint32_t cells = static_cast<uint32_t>(CellsOfSdu(size));
  DualGcra gcra = PolicerOf(*traffic, cells, /*tolerance_ns=*/1);  // Our times are whole.
  for (uint64_t sdu = 0; sdu < 300; ++sdu) {
    // The time at which the bucket, full at first, has let out this SDU as well, and the peak the
    // ones before it; rounded up.
    const uint64_t needed =
        (sdu + 1) * size - std::min((sdu + 1) * size, spec.token_bucket_size_bytes);
    const uint64_t by_bucket_ns = (needed * kNanocells + rate - 1) / rate;
    const uint64_t by_peak_ns = (sdu * size * kNanocells + peak - 1) / peak;
    RC_ASSERT(gcra.Police(std::max(by_bucket_ns, by_peak_ns), cells, false) ==
              Verdict::kConforming);
  }
}

RC_GTEST_PROP(FlowMappingProperty, WhoIsToldAContractIsToldNoLessAndAsksForNoMore, ()) {
  FlowSpec spec = AnyFlow();
  const uint32_t largest = static_cast<uint32_t>(spec.max_sdu_size_bytes);
  if (*rc::gen::arbitrary<bool>()) {
    spec.minimum_policed_size_bytes = *rc::gen::inRange<uint64_t>(0, largest + 1);
  }
  const auto traffic = ToAtmTraffic(spec, kPort);
  RC_ASSERT(traffic.has_value());
  const FlowSpec told = ToFlowSpec(*traffic, largest, spec.minimum_policed_size_bytes);
  RC_ASSERT(Validate(told, true) == Status::kSuccess);
  RC_ASSERT(told.service_type == spec.service_type);
  RC_ASSERT(told.token_rate_bytes_per_second >= spec.token_rate_bytes_per_second);
  if (spec.peak_bandwidth_bytes_per_second != kUnspecified) {
    RC_ASSERT(told.peak_bandwidth_bytes_per_second >= spec.peak_bandwidth_bytes_per_second);
  }
  const auto asked = ToAtmTraffic(told, kPort);
  RC_ASSERT(asked.has_value());
  RC_ASSERT(asked->peak() <= traffic->peak());
  RC_ASSERT(asked->sustained() <= traffic->sustained());
  RC_ASSERT(asked->burst() <= traffic->burst());
}

}  // namespace
}  // namespace vcp::qos
