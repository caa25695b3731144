#include "qos/flow_spec.h"

#include <gtest/gtest.h>

namespace vcp::qos {
namespace {

FlowSpec Guaranteed() {
  return {.token_rate_bytes_per_second = 1'000'000,
          .token_bucket_size_bytes = 9216,
          .peak_bandwidth_bytes_per_second = 2'000'000,
          .service_type = ServiceType::kGuaranteed,
          .max_sdu_size_bytes = 1500};
}

TEST(FlowSpec, LeavingEverythingOpenIsBestEffort) {
  EXPECT_EQ(Validate(FlowSpec{}, true), Status::kSuccess);
  EXPECT_EQ(Validate(FlowSpec{}, false), Status::kSuccess);
}

TEST(FlowSpec, C090_NoServiceButNoneHasARateOfNothing) {
  FlowSpec spec{.token_rate_bytes_per_second = 0};
  for (const ServiceType type : {ServiceType::kBestEffort, ServiceType::kControlledLoad,
                                 ServiceType::kGuaranteed, ServiceType::kNoTraffic}) {
    spec.service_type = type;
    const Status valid = type == ServiceType::kNoTraffic ? Status::kSuccess : Status::kInvalidData;
    EXPECT_EQ(Validate(spec, true), valid);
    EXPECT_EQ(Validate(spec, false), valid);
  }
}

TEST(FlowSpec, C090_ASenderThatReservesSaysHowMuch) {
  FlowSpec spec = Guaranteed();
  EXPECT_EQ(Validate(spec, true), Status::kSuccess);
  spec.token_rate_bytes_per_second = kUnspecified;
  EXPECT_EQ(Validate(spec, true), Status::kInvalidData);
  EXPECT_EQ(Validate(spec, false), Status::kSuccess);
  spec.token_rate_bytes_per_second = 0;
  EXPECT_EQ(Validate(spec, true), Status::kInvalidData);
  EXPECT_EQ(Validate(spec, false), Status::kInvalidData);
  spec.service_type = ServiceType::kControlledLoad;
  EXPECT_EQ(Validate(spec, true), Status::kInvalidData);
}

TEST(FlowSpec, RatesThatContradictEachOtherAreRefused) {
  FlowSpec spec = Guaranteed();
  spec.peak_bandwidth_bytes_per_second = spec.token_rate_bytes_per_second - 1;
  EXPECT_EQ(Validate(spec, true), Status::kInvalidData);
  spec = Guaranteed();
  spec.token_bucket_size_bytes = 0;
  EXPECT_EQ(Validate(spec, true), Status::kInvalidData);
  spec = Guaranteed();
  spec.minimum_policed_size_bytes = spec.max_sdu_size_bytes + 1;
  EXPECT_EQ(Validate(spec, true), Status::kInvalidData);
}

TEST(FlowSpec, AnSduHasAtLeastOneByte) {
  FlowSpec spec;
  spec.max_sdu_size_bytes = 0;
  EXPECT_EQ(Validate(spec, true), Status::kInvalidData);
  spec.service_type = ServiceType::kNoTraffic;
  EXPECT_EQ(Validate(spec, true), Status::kSuccess);
}

TEST(FlowSpec, AnUnknownServiceTypeIsRefused) {
  FlowSpec spec;
  spec.service_type = static_cast<ServiceType>(4);
  EXPECT_EQ(Validate(spec, true), Status::kInvalidData);
}

}  // namespace
}  // namespace vcp::qos
