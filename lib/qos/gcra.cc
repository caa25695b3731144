#include "qos/gcra.h"

#include "base/limits.h"

namespace vcp::qos {

namespace {

// What `tolerance_ns` lets through; no more than the limit of a bucket.
uint64_t NanocellsIn(uint64_t tolerance_ns, uint64_t cells_per_second) {
  uint64_t nanocells = 0;
  const bool is_more = __builtin_mul_overflow(tolerance_ns, cells_per_second, &nanocells);
  return is_more ? CellBucket::kMaxLimit : std::min(nanocells, CellBucket::kMaxLimit);
}

// cells x (1 - sustained / peak), rounded down: how far `cells` at the peak rate run ahead.
uint64_t NanocellsAhead(uint64_t cells, uint64_t sustained, uint64_t peak) {
  const unsigned __int128 product =
      static_cast<unsigned __int128>(cells * kNanocells) * (peak - sustained);
  return static_cast<uint64_t>(product / peak);
}

CellBucket PeakBucket(uint64_t peak, uint64_t tolerated_cells, uint64_t tolerance_ns) {
  return {peak, NanocellsIn(tolerance_ns, peak) + tolerated_cells * kNanocells};
}

CellBucket SustainedBucket(const AtmTraffic& traffic, uint64_t burst_cells, uint64_t tolerance_ns) {
  return {traffic.sustained(),
          NanocellsIn(tolerance_ns, traffic.sustained()) +
              NanocellsAhead(burst_cells, traffic.sustained(), traffic.peak())};
}

bool HasBurst(const AtmTraffic& traffic) { return traffic.burst() != 0; }

}  // namespace

DualGcra PolicerOf(const AtmTraffic& traffic, uint32_t largest_cells, uint64_t tolerance_ns) {
  VCP_CHECK(largest_cells > 0);
  if (traffic.is_zero()) return DualGcra();
  const CellBucket peak = PeakBucket(traffic.peak(), largest_cells - 1, tolerance_ns);
  const DualGcra::Second for_clp0 =
      traffic.tagging ? DualGcra::Second::kClp0Tagging : DualGcra::Second::kClp0;
  if (HasBurst(traffic)) {
    const CellBucket sustained = SustainedBucket(traffic, traffic.burst() - 1, tolerance_ns);
    return {peak, sustained, traffic.rates.sustained_clp0 ? for_clp0 : DualGcra::Second::kAll};
  }
  if (traffic.rates.peak && traffic.rates.peak_clp0) {
    return {peak, PeakBucket(*traffic.rates.peak_clp0, largest_cells - 1, tolerance_ns), for_clp0};
  }
  return {peak, CellBucket::Unlimited(), DualGcra::Second::kAll};
}

DualGcra ShaperOf(const AtmTraffic& traffic, uint32_t largest_cells, uint64_t tolerance_ns) {
  VCP_CHECK(largest_cells > 0);
  if (traffic.is_zero()) return DualGcra();
  const uint64_t peak_clp0 = traffic.rates.peak_clp0.value_or(traffic.peak());
  const CellBucket peak = PeakBucket(std::min(traffic.peak(), peak_clp0), 0, tolerance_ns);
  if (!HasBurst(traffic)) return {peak, CellBucket::Unlimited(), DualGcra::Second::kAll};
  VCP_CHECK_MSG(traffic.burst() >= largest_cells, "no SDU conforms; check HoldsSdu first");
  return {peak, SustainedBucket(traffic, traffic.burst() - largest_cells, tolerance_ns),
          DualGcra::Second::kAll};
}

}  // namespace vcp::qos
