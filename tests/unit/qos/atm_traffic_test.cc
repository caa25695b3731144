#include "qos/atm_traffic.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <vector>

namespace vcp::qos {
namespace {

constexpr int kNoCapability = -1;

const CellRates kPeakOnly{.peak = 1000};
const CellRates kPeakClp0Only{.peak_clp0 = 1000};
const CellRates kBothPeaks{.peak_clp0 = 500, .peak = 1000};
const CellRates kVbr{.peak = 1000, .sustained = 100, .burst = 50};
const CellRates kVbrClp0{.peak = 1000, .sustained_clp0 = 100, .burst_clp0 = 50};

Bearer MakeBearer(uint8_t bearer_class, int capability) {
  Bearer bearer{.bearer_class = bearer_class};
  if (capability != kNoCapability) bearer.transfer_capability = static_cast<uint8_t>(capability);
  return bearer;
}

TrafficDescriptor Both(const CellRates& rates, bool tagging = false, bool best_effort = false) {
  const TrafficDescriptor::Direction direction{.rates = rates, .tagging = tagging};
  return {.forward = direction, .backward = direction, .best_effort = best_effort};
}

struct Case {
  uint8_t bearer_class;
  std::vector<int> capabilities;
  CellRates rates;
  bool tagging;
  bool best_effort;
  ConformanceClass expected;
};

// UNI 4.0 annex 9, row by row.
const Case kLegal[] = {
    {kBearerA, {kNoCapability}, kPeakClp0Only, false, false, ConformanceClass::kCbr2},
    {kBearerX, {4, 5, 6}, kPeakClp0Only, false, false, ConformanceClass::kCbr2},
    {kBearerA, {kNoCapability}, kBothPeaks, true, false, ConformanceClass::kCbr3},
    {kBearerX, {4, 5, 6}, kBothPeaks, true, false, ConformanceClass::kCbr3},
    {kBearerA, {7}, kPeakOnly, false, false, ConformanceClass::kCbr1},
    {kBearerX, {7}, kPeakOnly, false, false, ConformanceClass::kCbr1},
    {kBearerC, {0x13}, kVbr, false, false, ConformanceClass::kRtVbr1},
    {kBearerX, {0x13}, kVbr, false, false, ConformanceClass::kRtVbr1},
    {kBearerC, {9}, kVbrClp0, false, false, ConformanceClass::kRtVbr2},
    {kBearerX, {1, 9}, kVbrClp0, false, false, ConformanceClass::kRtVbr2},
    {kBearerC, {9}, kVbrClp0, true, false, ConformanceClass::kRtVbr3},
    {kBearerX, {1, 9}, kVbrClp0, true, false, ConformanceClass::kRtVbr3},
    {kBearerX, {1, 9}, kBothPeaks, false, false, ConformanceClass::kRtVbr4},
    {kBearerX, {1, 9}, kBothPeaks, true, false, ConformanceClass::kRtVbr4},
    {kBearerX, {1, 9}, kPeakOnly, false, false, ConformanceClass::kRtVbr5},
    {kBearerC, {9}, kVbr, false, false, ConformanceClass::kRtVbr6},
    {kBearerX, {1, 9}, kVbr, false, false, ConformanceClass::kRtVbr6},
    {kBearerC, {0x0b}, kVbr, false, false, ConformanceClass::kNrtVbr1},
    {kBearerX, {0x0b}, kVbr, false, false, ConformanceClass::kNrtVbr1},
    {kBearerC, {kNoCapability}, kVbrClp0, false, false, ConformanceClass::kNrtVbr2},
    {kBearerX, {kNoCapability, 0, 2, 8, 10}, kVbrClp0, false, false, ConformanceClass::kNrtVbr2},
    {kBearerX, {kNoCapability, 0, 2, 8, 10}, kVbrClp0, true, false, ConformanceClass::kNrtVbr3},
    {kBearerC, {kNoCapability}, kBothPeaks, true, false, ConformanceClass::kNrtVbr4},
    {kBearerX, {kNoCapability, 0, 2, 8, 10}, kBothPeaks, false, false, ConformanceClass::kNrtVbr4},
    {kBearerX, {kNoCapability, 0, 2, 8, 10}, kPeakOnly, false, false, ConformanceClass::kNrtVbr5},
    {kBearerX, {kNoCapability, 0, 2, 8, 10}, kVbr, false, false, ConformanceClass::kNrtVbr6},
    {kBearerC, {kNoCapability, 0, 2, 8, 10}, kPeakOnly, false, true, ConformanceClass::kUbr1},
    {kBearerX, {kNoCapability, 0, 2, 8, 10}, kPeakOnly, false, true, ConformanceClass::kUbr1},
    {kBearerX, {kNoCapability, 0, 2, 8, 10}, kPeakOnly, true, true, ConformanceClass::kUbr2},
    {kBearerC, {0x0c}, kPeakOnly, false, false, ConformanceClass::kAbr},
    {kBearerX, {0x0c}, {.peak = 1000, .minimum = 10}, false, false, ConformanceClass::kAbr},
    // What atmsigd sends as CBR.
    {kBearerX, {4, 5, 6}, kPeakOnly, false, false, ConformanceClass::kCbr1},
};

TEST(AtmTraffic, EveryLegalCombinationHasItsClass) {
  for (const Case& legal : kLegal) {
    for (int capability : legal.capabilities) {
      const TrafficDescriptor descriptor = Both(legal.rates, legal.tagging, legal.best_effort);
      const auto contract = Classify(MakeBearer(legal.bearer_class, capability), descriptor);
      ASSERT_TRUE(contract) << ToString(legal.expected) << " on " << capability;
      EXPECT_EQ(contract->forward.conformance, legal.expected) << capability;
      EXPECT_EQ(contract->forward, contract->backward);
      EXPECT_EQ(contract->forward.rates, legal.rates);
      EXPECT_EQ(contract->forward.tagging, legal.tagging);
    }
  }
}

TEST(AtmTraffic, NothingElseIsLegal) {
  const CellRates all_rates[] = {kPeakOnly, kPeakClp0Only, kBothPeaks, kVbr, kVbrClp0};
  for (int bearer_class = 0; bearer_class < 32; ++bearer_class) {
    for (int capability = kNoCapability; capability < 128; ++capability) {
      for (const CellRates& rates : all_rates) {
        for (int options = 0; options < 4; ++options) {
          const bool tagging = (options & 1) != 0;
          const bool best_effort = (options & 2) != 0;
          bool legal = false;
          for (const Case& row : kLegal) {
            legal |= row.bearer_class == bearer_class && row.rates == rates &&
                     row.tagging == tagging && row.best_effort == best_effort &&
                     std::ranges::count(row.capabilities, capability) != 0;
          }
          // Rows that the table leaves out above because their neighbours say the same.
          legal |= bearer_class == kBearerC && capability == kNoCapability && !best_effort &&
                   (rates == kBothPeaks || rates == kVbrClp0 ||
                    (!tagging && (rates == kPeakOnly || rates == kVbr)));
          legal |= bearer_class == kBearerX && rates == kBothPeaks && tagging && !best_effort &&
                   (capability == kNoCapability || capability == 0 || capability == 2 ||
                    capability == 8 || capability == 10);
          legal |= bearer_class == kBearerC && rates == kPeakOnly && best_effort &&
                   (capability == kNoCapability || capability == 0 || capability == 2 ||
                    capability == 8 || capability == 10);
          legal |=
              bearer_class == kBearerX && capability == 0x0c && rates == kPeakOnly && options == 0;
          const auto contract = Classify(MakeBearer(static_cast<uint8_t>(bearer_class), capability),
                                         Both(rates, tagging, best_effort));
          EXPECT_EQ(contract.has_value(), legal)
              << "class " << bearer_class << " capability " << capability << " options " << options;
        }
      }
    }
  }
}

TEST(AtmTraffic, DirectionsMayBeOfDifferentClassesOfOneBearer) {
  TrafficDescriptor descriptor = Both(kPeakClp0Only);
  descriptor.backward = {.rates = kBothPeaks, .tagging = true};
  const auto contract = Classify(MakeBearer(kBearerA, kNoCapability), descriptor);
  ASSERT_TRUE(contract);
  EXPECT_EQ(contract->forward.conformance, ConformanceClass::kCbr2);
  EXPECT_EQ(contract->backward.conformance, ConformanceClass::kCbr3);
  descriptor.backward = {.rates = kVbr};
  EXPECT_FALSE(Classify(MakeBearer(kBearerA, kNoCapability), descriptor));
}

TEST(AtmTraffic, ClassifiesWhatAtmsigdAndNgatmSend) {
  // 59 80 0008 84002710 85001388 with 5e 80 0003 10 85 80
  TrafficDescriptor cbr{.forward = {.rates = {.peak = 10000}},
                        .backward = {.rates = {.peak = 5000}}};
  const auto contract = Classify(MakeBearer(kBearerX, 5), cbr);
  ASSERT_TRUE(contract);
  EXPECT_EQ(contract->forward.conformance, ConformanceClass::kCbr1);
  EXPECT_EQ(contract->forward.peak(), 10000u);
  EXPECT_EQ(contract->backward.peak(), 5000u);
  // 84 0563b7, 85 000000, be with 5e 80 0002 90 81
  TrafficDescriptor multipoint{.forward = {.rates = {.peak = 353207}},
                               .backward = {.rates = {.peak = 0}},
                               .best_effort = true};
  const auto ubr = Classify(MakeBearer(kBearerX, kNoCapability), multipoint);
  ASSERT_TRUE(ubr);
  EXPECT_EQ(ubr->forward.category(), ServiceCategory::kUbr);
  EXPECT_TRUE(ubr->backward.is_zero());
}

TEST(AtmTraffic, S4_NumbersThatContradictEachOtherAreRefused) {
  const Bearer vbr = MakeBearer(kBearerX, 0x13);
  EXPECT_TRUE(Classify(vbr, Both(kVbr)));
  EXPECT_FALSE(Classify(vbr, Both({.peak = 1000, .sustained = 1001, .burst = 50})));
  EXPECT_FALSE(Classify(vbr, Both({.peak = 1000, .sustained = 0, .burst = 50})));
  EXPECT_FALSE(Classify(vbr, Both({.peak = 1000, .sustained = 100, .burst = 0})));
  EXPECT_FALSE(Classify(vbr, Both({.peak = 1000, .sustained = 100, .burst = 0x1000000})));
  EXPECT_FALSE(Classify(vbr, Both({.peak = 0, .sustained = 100, .burst = 50})));
  EXPECT_FALSE(
      Classify(MakeBearer(kBearerX, 5), Both({.peak_clp0 = 1001, .peak = 1000}, /*tagging=*/true)));
  EXPECT_FALSE(Classify(MakeBearer(kBearerX, 0x0c), Both({.peak = 1000, .minimum = 1001})));
  EXPECT_TRUE(Classify(MakeBearer(kBearerX, 0x0c), Both({.peak = 1000, .minimum = 0})));
  EXPECT_TRUE(Classify(MakeBearer(kBearerX, 7), Both({.peak = kMaxCellsPerSecond})));
  EXPECT_FALSE(Classify(MakeBearer(kBearerX, 7), Both({.peak = kMaxCellsPerSecond + 1})));
  EXPECT_FALSE(Classify(MakeBearer(kBearerX, 7), Both({.peak = ~uint64_t{0}})));
  EXPECT_FALSE(Classify(MakeBearer(kBearerX, 7), Both({.peak = 0})));
  EXPECT_FALSE(Classify(MakeBearer(kBearerX, 7), Both({})));
}

TEST(AtmTraffic, AMinimumOfItsOwnElementIsForUbrOnly) {
  TrafficDescriptor descriptor = Both(kPeakOnly, false, true);
  descriptor.forward.desired_minimum = 200;
  const auto contract = Classify(MakeBearer(kBearerX, kNoCapability), descriptor);
  ASSERT_TRUE(contract);
  EXPECT_EQ(contract->forward.rates.minimum, 200u);
  EXPECT_FALSE(contract->backward.rates.minimum);
  EXPECT_EQ(DescriptorOf(*contract), descriptor);
  descriptor.forward.desired_minimum = 1001;
  EXPECT_FALSE(Classify(MakeBearer(kBearerX, kNoCapability), descriptor));
  descriptor.forward.desired_minimum.reset();
  descriptor.forward.rates.minimum = 200;  // in the traffic descriptor it is ABR's
  EXPECT_FALSE(Classify(MakeBearer(kBearerX, kNoCapability), descriptor));
  descriptor = Both(kPeakOnly);
  descriptor.forward.desired_minimum = 200;
  EXPECT_FALSE(Classify(MakeBearer(kBearerX, 7), descriptor));
}

TEST(AtmTraffic, NamesTheSubfieldsThatTakeTooMuch) {
  const auto ids = [](const CellRates& rates, ConformanceClass conformance, bool forward) {
    const SubfieldIds list = RateSubfieldsOf({conformance, rates}, forward);
    return std::vector<uint8_t>(list.begin(), list.end());
  };
  using Ids = std::vector<uint8_t>;
  EXPECT_EQ(ids(kPeakOnly, ConformanceClass::kCbr1, true), (Ids{0x84}));
  EXPECT_EQ(ids(kPeakOnly, ConformanceClass::kCbr1, false), (Ids{0x85}));
  EXPECT_EQ(ids(kBothPeaks, ConformanceClass::kCbr3, true), (Ids{0x82, 0x84}));
  EXPECT_EQ(ids(kVbr, ConformanceClass::kRtVbr1, true), (Ids{0x84, 0x90}));
  EXPECT_EQ(ids(kVbrClp0, ConformanceClass::kNrtVbr2, false), (Ids{0x85, 0x89}));
  EXPECT_EQ(ids({.peak = 9, .minimum = 1}, ConformanceClass::kAbr, false), (Ids{0x93}));
  EXPECT_EQ(ids({.peak = 9, .minimum = 1}, ConformanceClass::kUbr1, true), (Ids{}));
}

TEST(AtmTraffic, RatesBeyond24BitsTravelInTwoElements) {
  EXPECT_EQ(StandardRate(0xffffff), 0xffffffu);
  EXPECT_FALSE(WideBitsPerSecond(0xffffff));
  EXPECT_EQ(StandardRate(0x1000000), 0xffffffu);
  EXPECT_EQ(WideBitsPerSecond(0x1000000), uint64_t{0x1000000} * 384);

  EXPECT_EQ(ExactRate(1000, std::nullopt), 1000u);
  EXPECT_EQ(ExactRate(0xffffff, std::nullopt), 0xffffffu);
  EXPECT_EQ(ExactRate(1000, uint64_t{1} << 50), 1000u);           // It says all of it itself.
  EXPECT_EQ(ExactRate(0xffffff, 100'000'000'000), 260'416'667u);  // 100 Gbit/s, rounded up
  EXPECT_FALSE(ExactRate(0xffffff, 384));
  EXPECT_EQ(ExactRate(0xffffff, kMaxCellsPerSecond * 384), kMaxCellsPerSecond);
  EXPECT_FALSE(ExactRate(0xffffff, kMaxCellsPerSecond * 384 + 1));
  EXPECT_FALSE(ExactRate(0xffffff, ~uint64_t{0}));
}

RC_GTEST_PROP(AtmTrafficProperty, ARateComesBackFromItsElements, (uint64_t rate)) {
  rate %= kMaxCellsPerSecond + 1;
  RC_ASSERT(ExactRate(StandardRate(rate), WideBitsPerSecond(rate)) == rate);
}

std::optional<uint64_t> AnyRate() {
  return *rc::gen::oneOf(rc::gen::just(std::optional<uint64_t>()),
                         rc::gen::map(rc::gen::inRange<uint64_t>(0, 4),
                                      [](uint64_t rate) { return std::optional(rate); }));
}

TrafficDescriptor::Direction AnyDirection() {
  TrafficDescriptor::Direction direction;
  CellRates& rates = direction.rates;
  const auto shape = *rc::gen::inRange(0, 6);
  if (shape != 1) rates.peak = AnyRate();
  if (shape == 1 || shape == 2) rates.peak_clp0 = AnyRate();
  if (shape == 3) rates.sustained = AnyRate(), rates.burst = AnyRate();
  if (shape == 4) rates.sustained_clp0 = AnyRate(), rates.burst_clp0 = AnyRate();
  if (shape == 5) rates.minimum = AnyRate();
  if (shape == 0) direction.desired_minimum = AnyRate();
  direction.tagging = *rc::gen::arbitrary<bool>();
  direction.frame_discard = *rc::gen::arbitrary<bool>();
  return direction;
}

RC_GTEST_PROP(AtmTrafficProperty, WhatWasUnderstoodIsSignaledSo, ()) {
  const TrafficDescriptor descriptor{AnyDirection(), AnyDirection(), *rc::gen::arbitrary<bool>()};
  const auto bearer_class = *rc::gen::element(kBearerA, kBearerC, kBearerX);
  const auto contract = Classify(MakeBearer(bearer_class, *rc::gen::inRange(-1, 0x14)), descriptor);
  if (!contract) return;
  RC_ASSERT(contract->forward.category() == contract->backward.category());
  RC_ASSERT(Classify(BearerOf(*contract), DescriptorOf(*contract)) == contract);
  RC_ASSERT(DescriptorOf(*contract) == descriptor);
}

}  // namespace
}  // namespace vcp::qos
