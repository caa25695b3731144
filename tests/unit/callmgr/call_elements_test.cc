// What messages of any peer make of a call's terms.
#include "callmgr/call_elements.h"

#include <gtest/gtest.h>

#include "testing/uni_messages.h"
#include "wire/cause.h"

namespace vcp::callmgr {
namespace {

using wire::CauseValue;

constexpr LinkCapacity kLink{.max_sdu_bytes = 1492, .cells_per_second = 1'000'000};

wire::AalParameters Aal5(std::optional<uint16_t> forward, std::optional<uint16_t> backward) {
  return {.type = wire::AalType::k5,
          .forward_max_sdu_bytes = forward,
          .backward_max_sdu_bytes = backward};
}

wire::Message SetupOf(uint32_t forward, uint32_t backward) {
  wire::Message setup = testing::SetupElements();
  setup.traffic = testing::Rates(forward, backward);
  return setup;
}

// Variable rates there, nothing back.
wire::Message VariableSetup(uint32_t burst) {
  wire::Message setup = SetupOf(10000, 0);
  setup.bearer->transfer_capability = uint8_t{10};  // nrt-VBR
  setup.traffic->forward.sustained = 1000;
  setup.traffic->forward.burst = burst;
  setup.traffic->backward.sustained = 0;
  setup.traffic->backward.burst = 0;
  return setup;
}

CallTerms TermsOf(const wire::Message& setup) {
  CallTerms terms;
  EXPECT_EQ(ReadTerms(setup, kLink, &terms), 0);
  return terms;
}

TEST(ReadTerms, TakesTheSduSizesOfThePortUnlessTheSetupHasSmallerOnes) {
  wire::Message setup = SetupOf(1000, 500);
  CallTerms terms = TermsOf(setup);
  EXPECT_EQ(terms.forward_sdu_bytes, 1492u);
  EXPECT_EQ(terms.backward_sdu_bytes, 1492u);
  setup.aal = Aal5(9188, 700);
  terms = TermsOf(setup);
  EXPECT_EQ(terms.forward_sdu_bytes, 1492u);
  EXPECT_EQ(terms.backward_sdu_bytes, 700u);
}

TEST(ReadTerms, TrafficWithoutSdusIsNoAal) {
  CallTerms terms;
  wire::Message setup = SetupOf(1000, 500);
  setup.aal = Aal5(0, 700);
  EXPECT_EQ(ReadTerms(setup, kLink, &terms), CauseValue::kAalNotSupported);
  setup.aal = Aal5(700, 0);
  EXPECT_EQ(ReadTerms(setup, kLink, &terms), CauseValue::kAalNotSupported);
  setup.aal = Aal5(0, std::nullopt);
  EXPECT_EQ(ReadTerms(setup, kLink, &terms), CauseValue::kAalNotSupported);
}

TEST(ReadTerms, ADirectionWithoutTrafficHasNoSdusWhateverTheSetupSays) {
  wire::Message setup = SetupOf(1000, 0);
  for (const uint16_t backward : {0, 1, 9188}) {
    setup.aal = Aal5(1000, backward);
    EXPECT_EQ(TermsOf(setup).backward_sdu_bytes, 0u);
  }
  EXPECT_TRUE(TermsOf(setup).contract.backward.is_zero());
}

TEST(ReadTerms, RefusesWhatIsNoContract) {
  CallTerms terms;
  wire::Message setup = SetupOf(1000, 500);
  setup.traffic.reset();
  EXPECT_EQ(ReadTerms(setup, kLink, &terms), CauseValue::kUnsupportedTraffic);
  setup = SetupOf(1000, 500);
  setup.aal = wire::AalParameters{.type = wire::AalType::k1};
  EXPECT_EQ(ReadTerms(setup, kLink, &terms), CauseValue::kAalNotSupported);
}

TEST(ReadTerms, ABurstHoldsAnSdu) {
  CallTerms terms;
  EXPECT_EQ(ReadTerms(VariableSetup(32), kLink, &terms), 0);
  EXPECT_EQ(ReadTerms(VariableSetup(31), kLink, &terms), CauseValue::kUnsupportedTraffic);
}

TEST(AgreedTerms, AreThoseAskedForUnlessTheConnectLowersThem) {
  const CallTerms asked = TermsOf(SetupOf(1000, 500));
  wire::Message connect;
  CallTerms agreed;
  EXPECT_EQ(AgreedTerms(asked, connect, &agreed), 0);
  EXPECT_EQ(agreed, asked);
  connect.aal = Aal5(700, std::nullopt);
  connect.traffic = testing::Rates(1000, 400);
  EXPECT_EQ(AgreedTerms(asked, connect, &agreed), 0);
  EXPECT_EQ(agreed.forward_sdu_bytes, 700u);
  EXPECT_EQ(agreed.backward_sdu_bytes, 1492u);
  EXPECT_EQ(agreed.contract.backward.peak(), 400u);
}

TEST(AgreedTerms, NothingIsRaised) {
  const CallTerms asked = TermsOf(SetupOf(1000, 500));
  wire::Message connect;
  CallTerms agreed;
  connect.aal = Aal5(1493, 1492);
  EXPECT_EQ(AgreedTerms(asked, connect, &agreed), CauseValue::kInvalidElement);
  connect.aal.reset();
  connect.traffic = testing::Rates(1000, 501);
  EXPECT_EQ(AgreedTerms(asked, connect, &agreed), CauseValue::kInvalidElement);
}

TEST(AgreedTerms, TrafficKeepsItsSdus) {
  const CallTerms asked = TermsOf(SetupOf(1000, 0));
  wire::Message connect;
  CallTerms agreed;
  connect.aal = Aal5(0, 0);
  EXPECT_EQ(AgreedTerms(asked, connect, &agreed), CauseValue::kAalNotSupported);
  // Where there is no traffic any size is none.
  connect.aal = Aal5(1000, 9188);
  EXPECT_EQ(AgreedTerms(asked, connect, &agreed), 0);
  EXPECT_EQ(agreed.backward_sdu_bytes, 0u);
  connect.traffic = testing::Rates(1000, 1);
  EXPECT_EQ(AgreedTerms(asked, connect, &agreed), CauseValue::kUnsupportedTraffic);
}

TEST(AgreedTerms, ABurstHoldsAnSdu) {
  const CallTerms asked = TermsOf(VariableSetup(32));
  wire::Message connect;
  CallTerms agreed;
  connect.traffic = VariableSetup(31).traffic;
  EXPECT_EQ(AgreedTerms(asked, connect, &agreed), CauseValue::kUnsupportedTraffic);
  connect.aal = Aal5(1400, 0);
  EXPECT_EQ(AgreedTerms(asked, connect, &agreed), 0);
}

TEST(ReadChange, TakesRatesThatTheCallHas) {
  const CallTerms before = TermsOf(SetupOf(1000, 500));
  wire::Message modify;
  modify.traffic = testing::Rates(2000, 100);
  const std::optional<CallTerms> after = ReadChange(before, modify);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->contract.forward.peak(), 2000u);
  EXPECT_EQ(after->contract.backward.peak(), 100u);
  EXPECT_EQ(after->forward_sdu_bytes, before.forward_sdu_bytes);
  EXPECT_EQ(ReadChange(before, {}), std::nullopt);
}

TEST(ReadChange, OpensNoDirection) {
  wire::Message modify;
  modify.traffic = testing::Rates(1000, 1);
  EXPECT_EQ(ReadChange(TermsOf(SetupOf(1000, 0)), modify), std::nullopt);
  EXPECT_EQ(ReadChange(TermsOf(SetupOf(0, 1000)), modify), std::nullopt);
  modify.traffic = testing::Rates(2000, 0);
  EXPECT_TRUE(ReadChange(TermsOf(SetupOf(1000, 0)), modify));
}

TEST(ReadChange, ABurstHoldsAnSdu) {
  const CallTerms before = TermsOf(VariableSetup(40));
  EXPECT_TRUE(ReadChange(before, VariableSetup(32)));
  EXPECT_EQ(ReadChange(before, VariableSetup(31)), std::nullopt);
}

}  // namespace
}  // namespace vcp::callmgr
