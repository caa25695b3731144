// What a VC promises in one direction, in ATM's terms: cells per second, bursts in cells, and the
// conformance class that says what they mean (TM 4.1; UNI 4.0 annex 9). CLP 0+1 unless a name says
// CLP 0. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bounded_list.h"
#include "base/limits.h"

namespace vcp::qos {

enum class ServiceCategory : uint8_t { kCbr, kRtVbr, kNrtVbr, kAbr, kUbr };
inline constexpr size_t kServiceCategories = 5;

enum class ConformanceClass : uint8_t {
  kCbr1,
  kCbr2,
  kCbr3,
  kRtVbr1,
  kRtVbr2,
  kRtVbr3,
  kRtVbr4,
  kRtVbr5,
  kRtVbr6,
  kNrtVbr1,
  kNrtVbr2,
  kNrtVbr3,
  kNrtVbr4,
  kNrtVbr5,
  kNrtVbr6,
  kAbr,
  kUbr1,
  kUbr2,
};

ServiceCategory CategoryOf(ConformanceClass conformance);
std::string_view ToString(ConformanceClass conformance);

// The rates of a traffic descriptor's direction, each there or not.
struct CellRates {
  std::optional<uint64_t> peak_clp0 = {};
  std::optional<uint64_t> peak = {};
  std::optional<uint64_t> sustained_clp0 = {};
  std::optional<uint64_t> sustained = {};
  std::optional<uint64_t> minimum = {};  // MCR of ABR, MDCR of UBR
  std::optional<uint64_t> burst_clp0 = {};
  std::optional<uint64_t> burst = {};
  friend bool operator==(const CellRates&, const CellRates&) = default;
};

// A direction without traffic has its class's rates at zero.
struct AtmTraffic {
  ConformanceClass conformance = ConformanceClass::kUbr1;
  CellRates rates = {.peak = 0};  // exactly those of the class; UBR's and ABR's minimum if any
  bool tagging = false;
  bool frame_discard = false;

  ServiceCategory category() const { return CategoryOf(conformance); }
  uint64_t peak() const { return rates.peak ? *rates.peak : rates.peak_clp0.value_or(0); }
  // Where the class has no sustained rate, the peak.
  uint64_t sustained() const {
    if (rates.sustained) return *rates.sustained;
    return rates.sustained_clp0 ? *rates.sustained_clp0 : peak();
  }
  uint64_t burst() const { return rates.burst ? *rates.burst : rates.burst_clp0.value_or(0); }
  bool is_zero() const { return peak() == 0; }

  friend bool operator==(const AtmTraffic&, const AtmTraffic&) = default;
};

// Both directions of a call, forward being away from the caller; of one category.
struct AtmContract {
  AtmTraffic forward;
  AtmTraffic backward;
  friend bool operator==(const AtmContract&, const AtmContract&) = default;
};

// --- as signaled --------------------------------------------------------------------------------

inline constexpr uint8_t kBearerA = 1;
inline constexpr uint8_t kBearerC = 3;
inline constexpr uint8_t kBearerX = 16;

// Broadband bearer capability: its class and ATM transfer capability.
struct Bearer {
  uint8_t bearer_class = kBearerX;
  std::optional<uint8_t> transfer_capability = {};
  friend bool operator==(const Bearer&, const Bearer&) = default;
};

struct TrafficDescriptor {
  struct Direction {
    CellRates rates = {};
    std::optional<uint64_t> desired_minimum = {};  // MDCR, an element of its own beside UBR
    bool tagging = false;
    bool frame_discard = false;
    friend bool operator==(const Direction&, const Direction&) = default;
  };
  Direction forward = {};
  Direction backward = {};
  bool best_effort = false;
  friend bool operator==(const TrafficDescriptor&, const TrafficDescriptor&) = default;
};

// The contract that a SETUP asks for. Nothing, for cause 73: the combination is none of UNI 4.0's,
// or its numbers contradict each other, are beyond kMaxCellsPerSecond, or leave no traffic in any
// direction. What stock atmsigd sends as CBR, transfer capability 5 with nothing but a peak, counts
// as CBR.1; so do 4 and 6.
std::optional<AtmContract> Classify(const Bearer& bearer, const TrafficDescriptor& descriptor);

// How to signal a contract of one category: what Classify takes for it.
Bearer BearerOf(const AtmContract& contract);
TrafficDescriptor DescriptorOf(const AtmContract& contract);

// The identifiers of the sub-fields that say how much a direction takes: the diagnostics of cause
// 37. Empty for UBR, whose minimum is not in the traffic descriptor.
using SubfieldIds = BoundedList<uint8_t, 4>;
SubfieldIds RateSubfieldsOf(const AtmTraffic& traffic, bool forward);

// --- rates that 24 bits do not hold --------------------------------------------------------------

inline constexpr uint64_t kCellPayloadBits = 384;
inline constexpr uint64_t kMaxStandardRate = 0xffffff;  // and the largest burst, in cells

// What the standard element says of a rate.
uint32_t StandardRate(uint64_t cells_per_second);
// What goes into the element beside it; nothing when the standard one says it all.
std::optional<uint64_t> WideBitsPerSecond(uint64_t cells_per_second);
// The rate meant by both, rounded up to cells. A wide rate counts only beside a standard one at its
// limit. Nothing: beyond kMaxCellsPerSecond, or below what the standard one says.
std::optional<uint64_t> ExactRate(uint32_t standard, std::optional<uint64_t> wide_bits_per_second);

}  // namespace vcp::qos
