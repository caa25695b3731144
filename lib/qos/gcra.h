// The generic cell rate algorithm (I.371 annex A, TM 4.1) for two rates at once, with an SDU as one
// event: all its cells get one verdict, by when the first of them is there. Level and limit are
// counted in nanocells: a bucket drains as many each nanosecond as its rate has cells per second,
// a cell adds 10^9. So every sum is exact and nothing drifts, and there is no division but where a
// waiting time is asked for. Small, no allocation; single owner; time is passed in.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/check.h"
#include "base/limits.h"
#include "qos/atm_traffic.h"

namespace vcp::qos {

inline constexpr uint64_t kNanocells = 1'000'000'000;
inline constexpr uint64_t kNever = std::numeric_limits<uint64_t>::max();

enum class Verdict : uint8_t {
  kConforming,
  kTag,  // passes with CLP set
  kDiscard,
};

// Leaky bucket: the theoretical arrival time of virtual scheduling is when it will be empty.
class CellBucket {
 public:
  static constexpr uint64_t kMaxLimit = uint64_t{1} << 62;

  // No rate at all: nothing conforms.
  constexpr CellBucket() = default;
  // An SDU conforms while no more than `limit_nanocells` are left of those before it.
  constexpr CellBucket(uint64_t cells_per_second, uint64_t limit_nanocells)
      : cells_per_second_(cells_per_second), limit_(std::min(limit_nanocells, kMaxLimit)) {
    VCP_CHECK(cells_per_second <= kMaxCellsPerSecond);
  }
  // One that everything conforms to: its rate is beyond every port's.
  static constexpr CellBucket Unlimited() { return {kMaxCellsPerSecond, kMaxLimit}; }

  void Drain(uint64_t elapsed_ns) {
    uint64_t drained = 0;
    const bool is_all = __builtin_mul_overflow(elapsed_ns, cells_per_second_, &drained);
    level_ = is_all || drained > level_ ? 0 : level_ - drained;
  }
  bool conforms() const { return level_ <= limit_ && cells_per_second_ != 0; }
  // Only after conforms().
  void Add(uint32_t cells) { level_ += cells * kNanocells; }

  // Another rate and limit; what is in it stays.
  void ChangeTo(const CellBucket& contract) {
    cells_per_second_ = contract.cells_per_second_;
    limit_ = contract.limit_;
  }

  // How long until it conforms.
  uint64_t WaitNs() const {
    if (cells_per_second_ == 0) return kNever;
    if (level_ <= limit_) return 0;
    return (level_ - limit_ + cells_per_second_ - 1) / cells_per_second_;
  }

  friend bool operator==(const CellBucket&, const CellBucket&) = default;

 private:
  uint64_t level_ = 0;
  uint64_t cells_per_second_ = 0;
  uint64_t limit_ = 0;
};

// Both buckets of a VC's direction. An SDU that is discarded leaves them as they were.
class DualGcra {
 public:
  // Which SDUs the second bucket is for, and what becomes of those that do not conform to it.
  enum class Second : uint8_t { kAll, kClp0, kClp0Tagging };

  DualGcra() = default;
  DualGcra(const CellBucket& first, const CellBucket& second, Second use)
      : first_(first), second_(second), use_(use) {}

  Verdict Police(uint64_t now_ns, uint32_t cells, bool clp) {
    Advance(now_ns);
    if (!first_.conforms()) return Verdict::kDiscard;
    if (clp && use_ != Second::kAll) {
      first_.Add(cells);
      return Verdict::kConforming;
    }
    if (!second_.conforms()) {
      if (use_ != Second::kClp0Tagging) return Verdict::kDiscard;
      first_.Add(cells);
      return Verdict::kTag;
    }
    first_.Add(cells);
    second_.Add(cells);
    return Verdict::kConforming;
  }

  // How long a CLP 0 SDU has to wait until it conforms to both; kNever where nothing does.
  uint64_t WaitNs(uint64_t now_ns) {
    Advance(now_ns);
    return std::max(first_.WaitNs(), second_.WaitNs());
  }

  // Another contract from now on. What has passed already still counts, in cells: it is worked off
  // at the new rates.
  void ChangeTo(const DualGcra& contract, uint64_t now_ns) {
    Advance(now_ns);
    first_.ChangeTo(contract.first_);
    second_.ChangeTo(contract.second_);
    use_ = contract.use_;
  }

  friend bool operator==(const DualGcra&, const DualGcra&) = default;

 private:
  // A clock that steps back stands still.
  void Advance(uint64_t now_ns) {
    if (now_ns <= last_ns_) return;
    first_.Drain(now_ns - last_ns_);
    second_.Drain(now_ns - last_ns_);
    last_ns_ = now_ns;
  }

  uint64_t last_ns_ = 0;
  CellBucket first_;
  CellBucket second_;
  Second use_ = Second::kAll;
};
static_assert(sizeof(DualGcra) == kCacheLineBytes);

// What arrives on a VC, held against its contract (signaling 3.9). `largest_cells`: of the largest
// SDU, all of which come at once, so that much is tolerated beyond the cell delay variation.
DualGcra PolicerOf(const AtmTraffic& traffic, uint32_t largest_cells, uint64_t tolerance_ns);

// What leaves on a VC, paced so that its cells, spaced at the peak rate from when their SDU leaves,
// conform cell by cell to a policer of the same tolerance. An SDU that leaves later than it might
// by no more than that costs no throughput. CLP 0 throughout; the burst holds the largest SDU.
DualGcra ShaperOf(const AtmTraffic& traffic, uint32_t largest_cells, uint64_t tolerance_ns);

}  // namespace vcp::qos
