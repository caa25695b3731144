#include "qos/admission.h"

#include <algorithm>

#include "base/check.h"
#include "qos/sdu_size.h"

namespace vcp::qos {

namespace {

constexpr uint64_t kPermille = 1000;
// Room above it for one more VC.
constexpr uint64_t kMaxCapacity = uint64_t{1} << 62;

uint64_t DivideUp(uint64_t value, uint64_t by) { return value / by + (value % by != 0 ? 1 : 0); }

// Rounded down; no product of a 64-bit number may overflow.
uint64_t ShareOf(uint64_t whole, uint64_t permille) {
  return whole / kPermille * permille + whole % kPermille * permille / kPermille;
}

AdmissionShare LimitOf(const AdmissionPolicy& policy, uint32_t permille) {
  const auto limit = [&](uint64_t whole) {
    const uint64_t reserve = whole - ShareOf(whole, kPermille - policy.control_reserve_permille);
    return ShareOf(whole - reserve, permille);
  };
  return {limit(policy.cells_per_second), limit(policy.wire_bits_per_second)};
}

bool Fits(const AdmissionShare& share, const AdmissionShare& limit) {
  return share.cells_per_second <= limit.cells_per_second &&
         share.wire_bits_per_second <= limit.wire_bits_per_second;
}

bool IsVbr(ServiceCategory category) {
  return category == ServiceCategory::kRtVbr || category == ServiceCategory::kNrtVbr;
}

// What a peer or a client asked for may be any number.
bool IsCountable(const AtmTraffic& traffic) {
  return traffic.peak() <= kMaxCellsPerSecond && traffic.sustained() <= traffic.peak() &&
         traffic.rates.peak_clp0.value_or(0) <= traffic.peak() &&
         traffic.rates.minimum.value_or(0) <= traffic.peak();
}

// Rounded up. At most 2^40 cells/s, times 8 bits of the wire's octets for one cell, less than 2^7.
uint64_t WireBitsPerSecond(uint64_t cells_per_second, uint32_t sdu_bytes) {
  const uint64_t cells = CellsOfSdu(sdu_bytes);
  const uint64_t frames = cells_per_second / cells;
  const uint64_t rest = cells_per_second % cells;
  const uint64_t frame_bits = WireBytesOfSdu(sdu_bytes) * 8;
  return frames * frame_bits + DivideUp(rest * frame_bits, cells);
}

AdmissionShare LargerOf(const AdmissionShare& one, const AdmissionShare& other) {
  return {std::max(one.cells_per_second, other.cells_per_second),
          std::max(one.wire_bits_per_second, other.wire_bits_per_second)};
}

AdmissionShare Sum(const AdmissionShare& one, const AdmissionShare& other) {
  return {one.cells_per_second + other.cells_per_second,
          one.wire_bits_per_second + other.wire_bits_per_second};
}

AdmissionShare Difference(const AdmissionShare& one, const AdmissionShare& other) {
  VCP_CHECK(Fits(other, one));
  return {one.cells_per_second - other.cells_per_second,
          one.wire_bits_per_second - other.wire_bits_per_second};
}

}  // namespace

AdmissionPolicy PolicyOfLink(uint64_t bits_per_second) {
  AdmissionPolicy policy;
  policy.cells_per_second = bits_per_second / kCellPayloadBits;
  policy.wire_bits_per_second = bits_per_second;
  return policy;
}

AdmissionControl::AdmissionControl(const AdmissionPolicy& policy) : policy_(policy) {
  VCP_CHECK(policy.cells_per_second <= kMaxCapacity && policy.wire_bits_per_second <= kMaxCapacity);
  VCP_CHECK(policy.control_reserve_permille <= kPermille && policy.total_permille <= kPermille &&
            policy.real_time_permille <= policy.total_permille);
  VCP_CHECK(policy.rt_vbr_k_permille <= kPermille && policy.nrt_vbr_k_permille <= kPermille);
  for (uint32_t overbooking : policy.overbooking_permille) VCP_CHECK(overbooking >= kPermille);
  SetLimits();
}

void AdmissionControl::SetLimits() {
  limit_ = LimitOf(policy_, policy_.total_permille);
  real_time_limit_ = LimitOf(policy_, policy_.real_time_permille);
}

void AdmissionControl::SetCapacity(uint64_t cells_per_second, uint64_t wire_bits_per_second) {
  VCP_CHECK(cells_per_second <= kMaxCapacity && wire_bits_per_second <= kMaxCapacity);
  policy_.cells_per_second = cells_per_second;
  policy_.wire_bits_per_second = wire_bits_per_second;
  SetLimits();
}

AdmissionCount AdmissionControl::CountOf(const AtmTraffic& traffic, uint32_t sdu_bytes,
                                         const Taken& others) const {
  AdmissionCount count{.traffic = traffic, .sdu_bytes = sdu_bytes};
  const ServiceCategory category = traffic.category();
  count.real_time = category == ServiceCategory::kCbr || category == ServiceCategory::kRtVbr;
  count.overbooking_permille = policy_.overbooking_permille[static_cast<size_t>(category)];
  if (category == ServiceCategory::kCbr) {
    count.effective_cells_per_second = traffic.rates.peak_clp0.value_or(traffic.peak());
  } else if (IsVbr(category)) {
    count.k_permille = count.real_time ? policy_.rt_vbr_k_permille : policy_.nrt_vbr_k_permille;
    if (!count.real_time && count.k_permille < kPermille) {
      if (traffic.burst() <= policy_.buffer_cells - others.buffered_cells) {
        count.buffered_cells = traffic.burst();
      } else {
        count.k_permille = kPermille;
      }
    }
    const uint64_t sustained = traffic.sustained();
    count.effective_cells_per_second =
        sustained + DivideUp((traffic.peak() - sustained) * count.k_permille, kPermille);
  } else {
    count.effective_cells_per_second = traffic.rates.minimum.value_or(0);
  }
  count.share.cells_per_second =
      DivideUp(count.effective_cells_per_second * kPermille, count.overbooking_permille);
  count.share.wire_bits_per_second = WireBitsPerSecond(count.share.cells_per_second, sdu_bytes);
  return count;
}

AdmissionControl::Taken AdmissionControl::TakenBy(const AdmissionRow& row) {
  Taken taken;
  for (const auto& count : {row.committed, row.pending}) {
    if (!count) continue;
    taken.total = LargerOf(taken.total, count->share);
    if (count->real_time) taken.real_time = LargerOf(taken.real_time, count->share);
    taken.buffered_cells = std::max(taken.buffered_cells, count->buffered_cells);
  }
  return taken;
}

AdmissionControl::Taken AdmissionControl::Plus(const Taken& one, const Taken& other) {
  return {Sum(one.total, other.total), Sum(one.real_time, other.real_time),
          one.buffered_cells + other.buffered_cells};
}

AdmissionControl::Taken AdmissionControl::Minus(const Taken& one, const Taken& other) {
  VCP_CHECK(one.buffered_cells >= other.buffered_cells);
  return {Difference(one.total, other.total), Difference(one.real_time, other.real_time),
          one.buffered_cells - other.buffered_cells};
}

Admission AdmissionControl::Check(const Taken& taken) const {
  // More than the limit may be taken since the port became slower: less of it is welcome.
  const AdmissionShare most = LargerOf(limit_, taken_.total);
  const AdmissionShare most_real_time = LargerOf(real_time_limit_, taken_.real_time);
  if (!Fits(taken.total, most)) return Admission::kCellRateUnavailable;
  if (!Fits(taken.real_time, most_real_time)) return Admission::kQosUnavailable;
  VCP_CHECK(taken.buffered_cells <= policy_.buffer_cells);
  return Admission::kAdmitted;
}

void AdmissionControl::Replace(AdmissionRow* row, const AdmissionRow& by) {
  taken_ = Plus(Minus(taken_, TakenBy(*row)), TakenBy(by));
  *row = by;
}

Admission AdmissionControl::Judge(const AtmTraffic& traffic, uint32_t sdu_bytes,
                                  AdmissionCount* count) const {
  if (!IsCountable(traffic)) return Admission::kCellRateUnavailable;
  *count = CountOf(traffic, sdu_bytes, taken_);
  const Admission outcome = Check(Plus(taken_, TakenBy({.pending = *count})));
  if (outcome != Admission::kAdmitted) return outcome;
  return rows_.size() == rows_.limit() ? Admission::kNoResources : Admission::kAdmitted;
}

Admission AdmissionControl::Reserve(const AtmTraffic& traffic, uint32_t sdu_bytes,
                                    AdmissionHandle* handle) {
  AdmissionRow row{.pending = AdmissionCount{}};
  const Admission outcome = Judge(traffic, sdu_bytes, &*row.pending);
  if (outcome != Admission::kAdmitted) return outcome;
  *handle = rows_.Insert();
  VCP_CHECK(*handle);
  Replace(rows_.Find(*handle), row);
  return Admission::kAdmitted;
}

Admission AdmissionControl::Change(AdmissionHandle handle, const AtmTraffic& traffic,
                                   uint32_t sdu_bytes) {
  AdmissionRow* row = rows_.Find(handle);
  VCP_CHECK(row != nullptr && row->committed.has_value() != row->pending.has_value());
  if (!IsCountable(traffic)) return Admission::kCellRateUnavailable;
  const Taken others = Minus(taken_, TakenBy(*row));
  AdmissionRow changed = *row;
  changed.pending = CountOf(traffic, sdu_bytes, others);
  const Admission outcome = Check(Plus(others, TakenBy(changed)));
  if (outcome == Admission::kAdmitted) Replace(row, changed);
  return outcome;
}

void AdmissionControl::Commit(AdmissionHandle handle) {
  AdmissionRow* row = rows_.Find(handle);
  VCP_CHECK(row != nullptr && row->pending);
  Replace(row, {.committed = row->pending});
}

void AdmissionControl::RollBack(AdmissionHandle handle) {
  AdmissionRow* row = rows_.Find(handle);
  VCP_CHECK(row != nullptr && row->pending);
  if (!row->committed) return Release(handle);
  Replace(row, {.committed = row->committed});
}

void AdmissionControl::Release(AdmissionHandle handle) {
  AdmissionRow* row = rows_.Find(handle);
  VCP_CHECK(row != nullptr);
  Replace(row, {});
  rows_.Erase(handle);
}

}  // namespace vcp::qos
