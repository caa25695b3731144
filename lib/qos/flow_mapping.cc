#include "qos/flow_mapping.h"

#include <algorithm>
#include <cstddef>

#include "base/check.h"
#include "qos/sdu_size.h"

namespace vcp::qos {

namespace {

uint64_t DivideUp(uint64_t value, uint64_t by) { return value / by + (value % by != 0 ? 1 : 0); }

// How a flow's bytes become cells: `cells` for every `bytes`, at worst.
struct CellRatio {
  uint64_t cells;
  uint64_t bytes;
};

// Over all SDUs from `smallest` to `largest` octets. An SDU costs most per octet where it has just
// begun another cell, and less so the more cells there are: only the smallest SDU and the next one
// that begins a cell can be the worst.
CellRatio WorstRatio(uint64_t smallest, uint64_t largest) {
  CellRatio worst{CellsOfSdu(smallest), smallest};
  const CellRatio next{worst.cells + 1, worst.cells * kCellPayloadBytes - kAal5TrailerBytes + 1};
  if (next.bytes <= largest && next.cells * worst.bytes > worst.cells * next.bytes) worst = next;
  return worst;
}

CellRatio RatioOf(uint64_t minimum_policed, uint64_t largest) {
  if (minimum_policed == kUnspecified) return WorstRatio(largest, largest);
  return WorstRatio(std::clamp<uint64_t>(minimum_policed, 1, largest), largest);
}

// One direction's flow spec in cells.
class Flow {
 public:
  Flow(const FlowSpec& spec, const FlowDefaults& defaults) {
    const uint64_t largest = std::min<uint64_t>(spec.max_sdu_size_bytes, defaults.max_sdu_bytes);
    ratio_ = RatioOf(spec.minimum_policed_size_bytes, largest);
    largest_cells_ = CellsOfSdu(largest);
    rate_ = CellsOf(spec.token_rate_bytes_per_second);
    peak_ = CellsOf(spec.peak_bandwidth_bytes_per_second);
    bucket_ = CellsOf(spec.token_bucket_size_bytes);
  }

  // Beyond the limit it is the limit plus one; nothing where unspecified.
  std::optional<uint64_t> rate() const { return rate_; }
  std::optional<uint64_t> peak() const { return peak_; }

  // The burst at `peak` that a bucket at `sustained` fills up to: BT(burst) x sustained must hold
  // the bucket, BT being (burst - 1)(1/sustained - 1/peak). Nothing: no burst is that long.
  std::optional<uint64_t> Burst(uint64_t sustained, uint64_t peak) const {
    const uint64_t held = std::max(bucket_.value_or(0), largest_cells_);
    if (sustained >= peak || held > kMaxStandardRate) return std::nullopt;
    const uint64_t burst = 1 + DivideUp((held - 1) * peak, peak - sustained);
    if (burst > kMaxStandardRate) return std::nullopt;
    return burst;
  }
  bool has_bucket() const { return bucket_.has_value(); }
  uint64_t largest_cells() const { return largest_cells_; }

 private:
  std::optional<uint64_t> CellsOf(uint64_t bytes) const {
    if (bytes == kUnspecified) return std::nullopt;
    if (bytes > kMaxCellsPerSecond * kCellPayloadBytes) return kMaxCellsPerSecond + 1;
    return DivideUp(bytes * ratio_.cells, ratio_.bytes);
  }

  CellRatio ratio_;
  uint64_t largest_cells_;
  std::optional<uint64_t> rate_;
  std::optional<uint64_t> peak_;
  std::optional<uint64_t> bucket_;
};

AtmTraffic Cbr(uint64_t peak) {
  return {.conformance = ConformanceClass::kCbr1, .rates = {.peak = peak}};
}

AtmTraffic Vbr(ConformanceClass conformance, uint64_t peak, uint64_t sustained, uint64_t burst) {
  return {.conformance = conformance,
          .rates = {.peak = peak, .sustained = sustained, .burst = burst}};
}

std::optional<AtmTraffic> Guaranteed(const Flow& flow) {
  const std::optional<uint64_t> rate = flow.rate() ? flow.rate() : flow.peak();
  if (!rate) return std::nullopt;
  const uint64_t peak = std::max(flow.peak().value_or(*rate), *rate);
  if (peak == *rate || !flow.has_bucket()) return Cbr(peak);
  const std::optional<uint64_t> burst = flow.Burst(*rate, peak);
  if (!burst) return Cbr(peak);
  return Vbr(ConformanceClass::kRtVbr1, peak, *rate, *burst);
}

std::optional<AtmTraffic> ControlledLoad(const Flow& flow, uint64_t line) {
  const std::optional<uint64_t> rate = flow.rate() ? flow.rate() : flow.peak();
  if (!rate) return std::nullopt;
  const uint64_t peak = std::max(flow.peak().value_or(line), *rate);
  const std::optional<uint64_t> burst = flow.Burst(*rate, peak);
  if (burst) return Vbr(ConformanceClass::kNrtVbr1, peak, *rate, *burst);
  // No burst is long enough: at the peak, none has to be.
  return Vbr(ConformanceClass::kNrtVbr1, peak, peak, flow.largest_cells());
}

AtmTraffic BestEffort(const Flow& flow, uint64_t line) {
  AtmTraffic traffic;
  const uint64_t minimum = flow.rate().value_or(0);
  traffic.rates.peak = std::max(flow.peak().value_or(line), minimum);
  if (minimum > 0) traffic.rates.minimum = minimum;
  return traffic;
}

// The other category's contract for at least this one; nothing when it promises nothing.
std::optional<AtmTraffic> Raise(const AtmTraffic& traffic, ServiceCategory category,
                                uint64_t largest_cells) {
  const ConformanceClass conformance =
      category == ServiceCategory::kCbr      ? ConformanceClass::kCbr1
      : category == ServiceCategory::kRtVbr  ? ConformanceClass::kRtVbr1
      : category == ServiceCategory::kNrtVbr ? ConformanceClass::kNrtVbr1
                                             : ConformanceClass::kUbr1;
  if (traffic.category() == category) return traffic;
  if (traffic.is_zero()) {
    return category == ServiceCategory::kCbr || category == ServiceCategory::kUbr
               ? AtmTraffic{.conformance = conformance}
               : Vbr(conformance, 0, 0, 0);
  }
  if (traffic.category() == ServiceCategory::kNrtVbr) {
    AtmTraffic raised = traffic;
    raised.conformance = conformance;
    return raised;
  }
  // CBR beside VBR, or UBR beside either of them.
  const std::optional<uint64_t> rate =
      traffic.category() == ServiceCategory::kUbr ? traffic.rates.minimum : traffic.peak();
  if (!rate) return std::nullopt;
  return category == ServiceCategory::kCbr ? Cbr(*rate)
                                           : Vbr(conformance, *rate, *rate, largest_cells);
}

ServiceCategory StrongerOf(const AtmTraffic& one, const AtmTraffic& other) {
  if (one.is_zero()) return other.category();
  if (other.is_zero() || one.category() == other.category()) return one.category();
  const ServiceCategory stronger = std::min(one.category(), other.category());
  const ServiceCategory weaker = std::max(one.category(), other.category());
  // Constant and variable rates meet in real-time VBR.
  if (stronger == ServiceCategory::kCbr && weaker != ServiceCategory::kUbr) {
    return ServiceCategory::kRtVbr;
  }
  return stronger;
}

uint64_t LargestCells(const FlowSpec& spec, const FlowDefaults& defaults) {
  return CellsOfSdu(std::min<uint64_t>(spec.max_sdu_size_bytes, defaults.max_sdu_bytes));
}

// Bytes that the cells hold, at worst: the inverse of rounding up.
uint64_t BytesOf(uint64_t cells, const CellRatio& ratio) {
  return cells * ratio.bytes / ratio.cells;
}

// The inverse of Flow::Burst.
uint64_t BucketOf(const AtmTraffic& traffic) {
  if (traffic.burst() == 0) return 0;
  return 1 + (traffic.burst() - 1) * (traffic.peak() - traffic.sustained()) / traffic.peak();
}

}  // namespace

std::optional<AtmTraffic> ToAtmTraffic(const FlowSpec& spec, const FlowDefaults& defaults) {
  VCP_CHECK(defaults.max_sdu_bytes <= kMaxAal5SduBytes &&
            defaults.line_cells_per_second <= kMaxCellsPerSecond);
  if (Validate(spec, false) != Status::kSuccess) return std::nullopt;
  if (spec.service_type == ServiceType::kNoTraffic) return AtmTraffic();
  if (defaults.max_sdu_bytes == 0) return std::nullopt;
  const Flow flow(spec, defaults);
  std::optional<AtmTraffic> traffic;
  switch (spec.service_type) {
    case ServiceType::kGuaranteed:
      traffic = Guaranteed(flow);
      break;
    case ServiceType::kControlledLoad:
      traffic = ControlledLoad(flow, defaults.line_cells_per_second);
      break;
    default:
      traffic = BestEffort(flow, defaults.line_cells_per_second);
      break;
  }
  if (traffic && traffic->peak() > kMaxCellsPerSecond) return std::nullopt;
  return traffic;
}

std::optional<AtmContract> ToAtmContract(const FlowSpec& forward, const FlowSpec& backward,
                                         const FlowDefaults& forward_defaults,
                                         const FlowDefaults& backward_defaults) {
  const std::optional<AtmTraffic> there = ToAtmTraffic(forward, forward_defaults);
  const std::optional<AtmTraffic> back = ToAtmTraffic(backward, backward_defaults);
  if (!there || !back || (there->is_zero() && back->is_zero())) return std::nullopt;
  const ServiceCategory category = StrongerOf(*there, *back);
  const std::optional<AtmTraffic> raised_there =
      Raise(*there, category, LargestCells(forward, forward_defaults));
  const std::optional<AtmTraffic> raised_back =
      Raise(*back, category, LargestCells(backward, backward_defaults));
  if (!raised_there || !raised_back) return std::nullopt;
  return AtmContract{*raised_there, *raised_back};
}

FlowSpec ToFlowSpec(const AtmTraffic& traffic, uint32_t max_sdu_bytes,
                    uint64_t minimum_policed_size_bytes) {
  FlowSpec spec;
  spec.max_sdu_size_bytes = max_sdu_bytes;
  spec.minimum_policed_size_bytes = minimum_policed_size_bytes;
  if (traffic.is_zero()) {
    spec.service_type = ServiceType::kNoTraffic;
    return spec;
  }
  VCP_CHECK(max_sdu_bytes > 0 && max_sdu_bytes <= kMaxAal5SduBytes);
  const CellRatio ratio = RatioOf(minimum_policed_size_bytes, max_sdu_bytes);
  spec.peak_bandwidth_bytes_per_second = BytesOf(traffic.peak(), ratio);
  switch (traffic.category()) {
    case ServiceCategory::kCbr:
    case ServiceCategory::kRtVbr:
      spec.service_type = ServiceType::kGuaranteed;
      break;
    case ServiceCategory::kNrtVbr:
      spec.service_type = ServiceType::kControlledLoad;
      break;
    case ServiceCategory::kAbr:
    case ServiceCategory::kUbr:
      spec.service_type = ServiceType::kBestEffort;
      if (traffic.rates.minimum.value_or(0) > 0) {
        spec.token_rate_bytes_per_second = BytesOf(*traffic.rates.minimum, ratio);
      }
      return spec;
  }
  spec.token_rate_bytes_per_second = BytesOf(traffic.sustained(), ratio);
  spec.token_bucket_size_bytes =
      BytesOf(std::max(BucketOf(traffic), CellsOfSdu(max_sdu_bytes)), ratio);
  return spec;
}

bool HoldsSdu(const AtmTraffic& traffic, uint32_t max_sdu_bytes) {
  return traffic.is_zero() || traffic.burst() == 0 || traffic.burst() >= CellsOfSdu(max_sdu_bytes);
}

}  // namespace vcp::qos
