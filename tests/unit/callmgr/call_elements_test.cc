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

TEST(BoundsQuality, WhereItSaysMoreThanAny) {
  wire::Message setup = SetupOf(1000, 500);
  EXPECT_FALSE(BoundsQuality(setup));
  setup.qos = wire::QosParameter{.coding = wire::Coding::kNetwork, .forward = 1, .backward = 4};
  setup.transit_delay = {{.cumulative_ms = uint16_t{3}, .maximum_ms = {}}};
  setup.extended_qos.emplace().forward.cumulative_delay_variation_us = 100u;
  EXPECT_FALSE(BoundsQuality(setup));
  setup.transit_delay->maximum_ms = uint16_t{0xffff};
  for (wire::ExtendedQos::Direction* direction :
       {&setup.extended_qos->forward, &setup.extended_qos->backward}) {
    direction->acceptable_delay_variation_us = 0xffffffu;
    direction->acceptable_loss_ratio = uint8_t{0xff};
  }
  EXPECT_FALSE(BoundsQuality(setup));

  const wire::Message any = setup;
  setup.transit_delay->maximum_ms = uint16_t{0xfffe};
  EXPECT_TRUE(BoundsQuality(setup));
  for (auto direction : {&wire::ExtendedQos::forward, &wire::ExtendedQos::backward}) {
    setup = any;
    ((*setup.extended_qos).*direction).acceptable_delay_variation_us = 0u;
    EXPECT_TRUE(BoundsQuality(setup));
    setup = any;
    ((*setup.extended_qos).*direction).acceptable_loss_ratio = uint8_t{9};
    EXPECT_TRUE(BoundsQuality(setup));
  }
}

// 24 bits end at 6.44 Gbit/s.
constexpr LinkCapacity kFast{.max_sdu_bytes = 1492, .cells_per_second = 260'000'000};

CallTerms BestEffort(uint64_t forward_peak, uint64_t backward_peak) {
  CallTerms terms{.contract = {}, .forward_sdu_bytes = 1492, .backward_sdu_bytes = 1492};
  terms.contract.forward.rates.peak = forward_peak;
  terms.contract.backward.rates.peak = backward_peak;
  return terms;
}

wire::Message BestEffortSetup(const CallTerms& terms) {
  wire::Message setup = testing::SetupElements();
  circuit::CallParameters asked;
  asked.call_manager.emplace().called = *ParseAddress("+358401234567");
  WriteSetup(asked, terms, {}, false, &setup);
  return setup;
}

TEST(BestEffort, ThatNamesNoPeakHasThePortsAtBothEnds) {
  const CallTerms asked = BestEffort(kFast.cells_per_second, kFast.cells_per_second);
  const wire::Message setup = BestEffortSetup(asked);
  EXPECT_FALSE(setup.wide_rates);
  CallTerms read;
  EXPECT_EQ(ReadTerms(setup, kFast, &read), 0);
  EXPECT_EQ(read, asked);
  // Of a port that is slower than what 24 bits hold, that is no limit either.
  EXPECT_EQ(ReadTerms(setup, kLink, &read), 0);
  EXPECT_EQ(read.contract.forward.peak(), wire::kMaxCellRate);
}

TEST(BestEffort, ThatNamesAPeakKeepsIt) {
  const CallTerms asked = BestEffort(wire::kMaxCellRate - 1, 1000);
  CallTerms read;
  EXPECT_EQ(ReadTerms(BestEffortSetup(asked), kFast, &read), 0);
  EXPECT_EQ(read, asked);
}

TEST(BestEffort, AMinimumOfAnySizeArrives) {
  CallTerms asked = BestEffort(30'000'000, 20'000'000);
  for (const uint64_t minimum : {1'000'000, 16'777'215, 16'777'216, 20'000'000}) {
    asked.contract.forward.rates.minimum = minimum;
    asked.contract.backward.rates.minimum = 0;
    const wire::Message setup = BestEffortSetup(asked);
    EXPECT_EQ(setup.minimum_desired_rate->forward, std::min<uint64_t>(minimum, wire::kMaxCellRate));
    CallTerms read;
    EXPECT_EQ(ReadTerms(setup, kFast, &read), 0);
    EXPECT_EQ(read.contract.forward.rates.minimum, minimum);
    EXPECT_EQ(read.contract.backward.rates.minimum, uint64_t{0});
    EXPECT_EQ(read == asked, setup.wide_rates.has_value());
  }
}

TEST(BestEffort, AMinimumThatContradictsItselfIsNone) {
  wire::Message setup = BestEffortSetup(BestEffort(30'000'000, 20'000'000));
  setup.minimum_desired_rate = {{.forward = wire::kMaxCellRate, .backward = 0}};
  setup.wide_rates.emplace().forward.minimum = uint64_t{1000} * wire::kBitsPerCell;
  CallTerms read;
  EXPECT_EQ(ReadTerms(setup, kFast, &read), CauseValue::kUnsupportedTraffic);
}

// What a CONNECT does not say in 24 bits is as it was asked for; it may not raise a lower one.
TEST(BestEffort, AConnectThatNamesNoPeakLeavesIt) {
  const CallTerms asked = BestEffort(200'000'000, 30'000'000);
  CallTerms lowered = asked;
  lowered.contract.backward.rates.peak = 1000;
  wire::Message connect;
  WriteTraffic(lowered.contract, &connect);
  CallTerms agreed;
  EXPECT_EQ(AgreedTerms(asked, connect, &agreed), 0);
  EXPECT_EQ(agreed, lowered);
  EXPECT_EQ(AgreedTerms(BestEffort(1000, 1000), connect, &agreed), CauseValue::kInvalidElement);
}

TEST(BestEffort, AChangeThatNamesNoPeakOpensIt) {
  wire::Message modify;
  WriteTraffic(BestEffort(kFast.cells_per_second, 1000).contract, &modify);
  const std::optional<CallTerms> after = ReadChange(BestEffort(1000, 1000), kFast, modify);
  ASSERT_TRUE(after);
  EXPECT_EQ(*after, BestEffort(kFast.cells_per_second, 1000));
}

// A MODIFY REQUEST has no element for it.
TEST(BestEffort, AChangeLeavesTheMinimum) {
  CallTerms before = BestEffort(200'000'000, 1000);
  before.contract.forward.rates.minimum = 100'000'000;
  CallTerms wanted = before;
  wanted.contract.forward.rates.minimum = 150'000'000;
  wire::Message modify;
  WriteTraffic(wanted.contract, &modify);
  EXPECT_FALSE(modify.minimum_desired_rate || modify.wide_rates);
  EXPECT_EQ(ReadChange(before, kFast, modify)->contract.forward.rates.minimum, 100'000'000u);
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

// Signaling 3.6: not to less than every IP host takes, unless the offer was less.
TEST(AgreedTerms, SdusAreNotLoweredBelowWhatACallerCanLiveWith) {
  const CallTerms asked = TermsOf(SetupOf(1000, 500));
  wire::Message connect;
  CallTerms agreed;
  connect.aal = Aal5(576, 576);
  EXPECT_EQ(AgreedTerms(asked, connect, &agreed), 0);
  EXPECT_EQ(agreed.forward_sdu_bytes, 576u);
  connect.aal = Aal5(575, 576);
  EXPECT_EQ(AgreedTerms(asked, connect, &agreed), CauseValue::kAalNotSupported);
  connect.aal = Aal5(576, 575);
  EXPECT_EQ(AgreedTerms(asked, connect, &agreed), CauseValue::kAalNotSupported);
  CallTerms small = asked;
  small.forward_sdu_bytes = 100;
  connect.aal = Aal5(100, 1492);
  EXPECT_EQ(AgreedTerms(small, connect, &agreed), 0);
  connect.aal = Aal5(99, 1492);
  EXPECT_EQ(AgreedTerms(small, connect, &agreed), CauseValue::kAalNotSupported);
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
  const std::optional<CallTerms> after = ReadChange(before, kLink, modify);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->contract.forward.peak(), 2000u);
  EXPECT_EQ(after->contract.backward.peak(), 100u);
  EXPECT_EQ(after->forward_sdu_bytes, before.forward_sdu_bytes);
  EXPECT_EQ(ReadChange(before, kLink, {}), std::nullopt);
}

// Whose other half would be ignored: both ends would hold different contracts (signaling 1.5).
TEST(ReadChange, SaysNothingThatTheCallDoesNotHave) {
  wire::Message setup = SetupOf(1000, 500);
  setup.bearer->transfer_capability = uint8_t{7};  // CBR.1
  const CallTerms before = TermsOf(setup);
  const auto is_taken = [&](const wire::TrafficDescriptor& traffic) {
    wire::Message message;
    message.traffic = traffic;
    CallTerms agreed;
    const bool is_agreed = AgreedTerms(before, message, &agreed) == 0;
    EXPECT_EQ(ReadChange(before, kLink, message).has_value(), is_agreed);
    return is_agreed;
  };
  const wire::TrafficDescriptor rates = testing::Rates(900, 400);
  EXPECT_TRUE(is_taken(rates));
  wire::TrafficDescriptor traffic;  // 82, 83
  traffic.forward.peak_clp0 = 900;
  traffic.backward.peak_clp0 = 400;
  EXPECT_FALSE(is_taken(traffic));
  traffic = rates;
  traffic.best_effort = true;
  EXPECT_FALSE(is_taken(traffic));
  traffic = rates;
  traffic.backward.sustained = 400;
  EXPECT_FALSE(is_taken(traffic));
  traffic = rates;
  traffic.forward.burst = 40;
  EXPECT_FALSE(is_taken(traffic));
  traffic = rates;
  traffic.options.emplace();
  EXPECT_TRUE(is_taken(traffic));
  traffic.options->forward_tagging = true;
  EXPECT_FALSE(is_taken(traffic));
}

TEST(ReadChange, OpensNoDirection) {
  wire::Message modify;
  modify.traffic = testing::Rates(1000, 1);
  EXPECT_EQ(ReadChange(TermsOf(SetupOf(1000, 0)), kLink, modify), std::nullopt);
  EXPECT_EQ(ReadChange(TermsOf(SetupOf(0, 1000)), kLink, modify), std::nullopt);
  modify.traffic = testing::Rates(2000, 0);
  EXPECT_TRUE(ReadChange(TermsOf(SetupOf(1000, 0)), kLink, modify));
}

TEST(ReadChange, ABurstHoldsAnSdu) {
  const CallTerms before = TermsOf(VariableSetup(40));
  EXPECT_TRUE(ReadChange(before, kLink, VariableSetup(32)));
  EXPECT_EQ(ReadChange(before, kLink, VariableSetup(31)), std::nullopt);
}

}  // namespace
}  // namespace vcp::callmgr
