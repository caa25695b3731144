#include "qos/atm_traffic.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <utility>

#include "base/check.h"

namespace vcp::qos {

namespace {

// Which rates are there, one bit each.
enum RateMask : uint8_t {
  kPeakClp0 = 1,
  kPeak = 2,
  kSustainedClp0 = 4,
  kSustained = 8,
  kMinimum = 16,
  kBurstClp0 = 32,
  kBurst = 64,
};

uint8_t MaskOf(const CellRates& rates) {
  return static_cast<uint8_t>((rates.peak_clp0 ? kPeakClp0 : 0) | (rates.peak ? kPeak : 0) |
                              (rates.sustained_clp0 ? kSustainedClp0 : 0) |
                              (rates.sustained ? kSustained : 0) | (rates.minimum ? kMinimum : 0) |
                              (rates.burst_clp0 ? kBurstClp0 : 0) | (rates.burst ? kBurst : 0));
}

constexpr uint8_t kOfCbr3 = kPeakClp0 | kPeak;
constexpr uint8_t kOfVbr16 = kPeak | kSustained | kBurst;
constexpr uint8_t kOfVbr23 = kPeak | kSustainedClp0 | kBurstClp0;
constexpr uint8_t kOfVbr4 = kPeakClp0 | kPeak;

enum class Tagging : uint8_t { kNever, kAlways, kEither };

struct Row {
  uint8_t rates;
  uint8_t optional_rates;
  Tagging tagging;
  ConformanceClass conformance;
};

// UNI 4.0 annex 9, by what a bearer admits.
constexpr Row kCbr1Rows[] = {{kPeak, 0, Tagging::kNever, ConformanceClass::kCbr1}};
constexpr Row kCbrRows[] = {
    {kPeakClp0, 0, Tagging::kNever, ConformanceClass::kCbr2},
    {kOfCbr3, 0, Tagging::kAlways, ConformanceClass::kCbr3},
};
constexpr Row kLiberalCbrRows[] = {kCbr1Rows[0], kCbrRows[0], kCbrRows[1]};
constexpr Row kRtVbr1Rows[] = {{kOfVbr16, 0, Tagging::kNever, ConformanceClass::kRtVbr1}};
constexpr Row kRtVbrRows[] = {
    {kOfVbr23, 0, Tagging::kNever, ConformanceClass::kRtVbr2},
    {kOfVbr23, 0, Tagging::kAlways, ConformanceClass::kRtVbr3},
    {kOfVbr16, 0, Tagging::kNever, ConformanceClass::kRtVbr6},
    // Bearer class X only:
    {kOfVbr4, 0, Tagging::kEither, ConformanceClass::kRtVbr4},
    {kPeak, 0, Tagging::kNever, ConformanceClass::kRtVbr5},
};
constexpr size_t kRtVbrRowsOfBearerC = 3;
constexpr Row kNrtVbr1Rows[] = {{kOfVbr16, 0, Tagging::kNever, ConformanceClass::kNrtVbr1}};
constexpr Row kNrtVbrRows[] = {
    {kOfVbr23, 0, Tagging::kNever, ConformanceClass::kNrtVbr2},
    {kOfVbr23, 0, Tagging::kAlways, ConformanceClass::kNrtVbr3},
    {kOfVbr4, 0, Tagging::kEither, ConformanceClass::kNrtVbr4},
    {kPeak, 0, Tagging::kNever, ConformanceClass::kNrtVbr5},
    {kOfVbr16, 0, Tagging::kNever, ConformanceClass::kNrtVbr6},
};
constexpr Row kUbrRows[] = {
    {kPeak, 0, Tagging::kNever, ConformanceClass::kUbr1},
    {kPeak, 0, Tagging::kAlways, ConformanceClass::kUbr2},
};
constexpr Row kAbrRows[] = {{kPeak, kMinimum, Tagging::kNever, ConformanceClass::kAbr}};

// Transfer capabilities of Q.2961 and UNI 4.0, and what signals them without one.
constexpr int kNone = -1;
constexpr uint8_t kAtcCbr = 5;
constexpr uint8_t kAtcCbr1 = 7;
constexpr uint8_t kAtcRtVbr = 9;
constexpr uint8_t kAtcNrtVbr = 0x0a;
constexpr uint8_t kAtcNrtVbr1 = 0x0b;
constexpr uint8_t kAtcAbr = 0x0c;
constexpr uint8_t kAtcRtVbr1 = 0x13;

std::span<const Row> RowsOfBearerA(int capability) {
  if (capability == kNone) return kCbrRows;
  if (capability == kAtcCbr1) return kCbr1Rows;
  return {};
}

std::span<const Row> RowsOfBearerCOrX(int capability, bool is_x, bool best_effort) {
  switch (capability) {
    case kNone:
      return best_effort ? std::span<const Row>(kUbrRows) : kNrtVbrRows;
    case 0:
    case 2:
    case 8:
    case kAtcNrtVbr:
      if (best_effort) return kUbrRows;
      return is_x ? std::span<const Row>(kNrtVbrRows) : std::span<const Row>();
    default:
      break;
  }
  if (best_effort) return {};
  switch (capability) {
    case kAtcRtVbr:
      return std::span(kRtVbrRows).first(is_x ? std::size(kRtVbrRows) : kRtVbrRowsOfBearerC);
    case kAtcNrtVbr1:
      return kNrtVbr1Rows;
    case kAtcAbr:
      return kAbrRows;
    case kAtcRtVbr1:
      return kRtVbr1Rows;
    default:
      break;
  }
  if (!is_x) return {};
  switch (capability) {
    case 1:
      return kRtVbrRows;
    case 4:
    case kAtcCbr:
    case 6:
      return kLiberalCbrRows;
    case kAtcCbr1:
      return kCbr1Rows;
    default:
      return {};
  }
}

std::span<const Row> RowsOf(const Bearer& bearer, bool best_effort) {
  const int capability = bearer.transfer_capability ? *bearer.transfer_capability : kNone;
  switch (bearer.bearer_class) {
    case kBearerA:
      return best_effort ? std::span<const Row>() : RowsOfBearerA(capability);
    case kBearerC:
    case kBearerX:
      return RowsOfBearerCOrX(capability, bearer.bearer_class == kBearerX, best_effort);
    default:
      return {};
  }
}

bool IsAtMost(const std::optional<uint64_t>& value, const std::optional<uint64_t>& bound) {
  return !value || !bound || *value <= *bound;
}

// Rates are zero together, when a direction has no traffic; a minimum may always be.
bool AreSound(const CellRates& rates) {
  const uint64_t peak = rates.peak ? *rates.peak : rates.peak_clp0.value_or(0);
  const bool is_zero = peak == 0;
  for (const auto& rate : {rates.peak_clp0, rates.peak, rates.sustained_clp0, rates.sustained}) {
    if (!IsAtMost(rate, kMaxCellsPerSecond) || !IsAtMost(rate, peak)) return false;
    if (rate && (*rate == 0) != is_zero) return false;
  }
  for (const auto& burst : {rates.burst_clp0, rates.burst}) {
    if (!IsAtMost(burst, kMaxStandardRate) || (burst == uint64_t{0} && !is_zero)) return false;
  }
  return IsAtMost(rates.minimum, peak);
}

std::optional<AtmTraffic> ClassifyDirection(std::span<const Row> rows,
                                            const TrafficDescriptor::Direction& direction) {
  const uint8_t mask = MaskOf(direction.rates);
  for (const Row& row : rows) {
    if ((mask & ~row.optional_rates) != row.rates) continue;
    if (row.tagging != Tagging::kEither && direction.tagging != (row.tagging == Tagging::kAlways)) {
      continue;
    }
    AtmTraffic traffic{row.conformance, direction.rates, direction.tagging,
                       direction.frame_discard};
    if (direction.desired_minimum) {
      if (traffic.category() != ServiceCategory::kUbr) return std::nullopt;
      traffic.rates.minimum = direction.desired_minimum;
    }
    if (!AreSound(traffic.rates)) return std::nullopt;
    return traffic;
  }
  return std::nullopt;
}

uint8_t CapabilityOf(ConformanceClass conformance) {
  switch (conformance) {
    case ConformanceClass::kCbr1:
      return kAtcCbr1;
    case ConformanceClass::kRtVbr1:
      return kAtcRtVbr1;
    case ConformanceClass::kNrtVbr1:
      return kAtcNrtVbr1;
    default:
      break;
  }
  switch (CategoryOf(conformance)) {
    case ServiceCategory::kCbr:
      return kAtcCbr;
    case ServiceCategory::kRtVbr:
      return kAtcRtVbr;
    case ServiceCategory::kAbr:
      return kAtcAbr;
    case ServiceCategory::kNrtVbr:
    case ServiceCategory::kUbr:
      break;
  }
  return kAtcNrtVbr;
}

TrafficDescriptor::Direction DirectionOf(const AtmTraffic& traffic) {
  TrafficDescriptor::Direction direction{
      .rates = traffic.rates, .tagging = traffic.tagging, .frame_discard = traffic.frame_discard};
  if (traffic.category() == ServiceCategory::kUbr) {
    std::swap(direction.desired_minimum, direction.rates.minimum);
  }
  return direction;
}

}  // namespace

ServiceCategory CategoryOf(ConformanceClass conformance) {
  if (conformance <= ConformanceClass::kCbr3) return ServiceCategory::kCbr;
  if (conformance <= ConformanceClass::kRtVbr6) return ServiceCategory::kRtVbr;
  if (conformance <= ConformanceClass::kNrtVbr6) return ServiceCategory::kNrtVbr;
  return conformance == ConformanceClass::kAbr ? ServiceCategory::kAbr : ServiceCategory::kUbr;
}

std::string_view ToString(ConformanceClass conformance) {
  static constexpr std::string_view kNames[] = {
      "CBR.1",     "CBR.2",     "CBR.3",     "rt-VBR.1",  "rt-VBR.2",  "rt-VBR.3",
      "rt-VBR.4",  "rt-VBR.5",  "rt-VBR.6",  "nrt-VBR.1", "nrt-VBR.2", "nrt-VBR.3",
      "nrt-VBR.4", "nrt-VBR.5", "nrt-VBR.6", "ABR",       "UBR.1",     "UBR.2"};
  static_assert(std::size(kNames) == static_cast<size_t>(ConformanceClass::kUbr2) + 1);
  return kNames[static_cast<size_t>(conformance)];
}

std::optional<AtmContract> Classify(const Bearer& bearer, const TrafficDescriptor& descriptor) {
  const std::span<const Row> rows = RowsOf(bearer, descriptor.best_effort);
  const std::optional<AtmTraffic> forward = ClassifyDirection(rows, descriptor.forward);
  const std::optional<AtmTraffic> backward = ClassifyDirection(rows, descriptor.backward);
  if (!forward || !backward) return std::nullopt;
  if (forward->is_zero() && backward->is_zero()) return std::nullopt;
  return AtmContract{*forward, *backward};
}

Bearer BearerOf(const AtmContract& contract) {
  VCP_CHECK(contract.forward.category() == contract.backward.category());
  // UBR as everybody signals it.
  if (contract.forward.category() == ServiceCategory::kUbr) return {.bearer_class = kBearerX};
  const uint8_t forward = CapabilityOf(contract.forward.conformance);
  const uint8_t backward = CapabilityOf(contract.backward.conformance);
  // CBR.1 beside another CBR is what atmsigd's capability admits.
  return {.bearer_class = kBearerX, .transfer_capability = forward == backward ? forward : kAtcCbr};
}

TrafficDescriptor DescriptorOf(const AtmContract& contract) {
  return {.forward = DirectionOf(contract.forward),
          .backward = DirectionOf(contract.backward),
          .best_effort = contract.forward.category() == ServiceCategory::kUbr};
}

SubfieldIds RateSubfieldsOf(const AtmTraffic& traffic, bool forward) {
  SubfieldIds ids;
  if (traffic.category() == ServiceCategory::kUbr) return ids;
  const auto append = [&](const std::optional<uint64_t>& rate, uint8_t forward_id) {
    const uint8_t id = static_cast<uint8_t>(forward ? forward_id : forward_id + 1);
    if (rate) VCP_CHECK(ids.Append(id));
  };
  const CellRates& rates = traffic.rates;
  if (traffic.category() == ServiceCategory::kAbr) {
    append(rates.minimum, 0x92);
    return ids;
  }
  append(rates.peak_clp0, 0x82);
  append(rates.peak, 0x84);
  append(rates.sustained_clp0, 0x88);
  append(rates.sustained, 0x90);
  return ids;
}

uint32_t StandardRate(uint64_t cells_per_second) {
  return static_cast<uint32_t>(std::min(cells_per_second, kMaxStandardRate));
}

std::optional<uint64_t> WideBitsPerSecond(uint64_t cells_per_second) {
  VCP_CHECK(cells_per_second <= kMaxCellsPerSecond);
  if (cells_per_second <= kMaxStandardRate) return std::nullopt;
  return cells_per_second * kCellPayloadBits;
}

std::optional<uint64_t> ExactRate(uint32_t standard, std::optional<uint64_t> wide_bits_per_second) {
  if (standard < kMaxStandardRate || !wide_bits_per_second) return standard;
  const uint64_t cells = *wide_bits_per_second / kCellPayloadBits +
                         (*wide_bits_per_second % kCellPayloadBits != 0 ? 1 : 0);
  if (cells < standard || cells > kMaxCellsPerSecond) return std::nullopt;
  return cells;
}

}  // namespace vcp::qos
