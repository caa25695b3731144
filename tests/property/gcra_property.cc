// The cell rate algorithm against the Recommendation's own form of it, in exact arithmetic: virtual
// scheduling of SDUs for the policer, cell by cell for what the shaper lets out.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "qos/gcra.h"

namespace vcp::qos {
namespace {

using Wide = __int128;

// GCRA(increment, limit), any unit of time in which both are whole.
struct VirtualSchedule {
  Wide increment;
  Wide limit;
  Wide arrival = 0;  // theoretical, of the next cell

  bool Conforms(Wide time) const { return time >= arrival - limit; }
  void Take(Wide time, Wide cells) { arrival = std::max(time, arrival) + cells * increment; }
};

struct Arrival {
  uint64_t gap_ns;
  uint32_t cells;
  bool clp;
};

constexpr uint32_t kLargest = 40;

rc::Gen<std::vector<Arrival>> Arrivals(uint64_t longest_gap_ns) {
  return rc::gen::container<std::vector<Arrival>>(rc::gen::apply(
      [](uint64_t gap, uint32_t cells, bool clp) {
        return Arrival{gap, cells, clp};
      },
      rc::gen::inRange<uint64_t>(0, longest_gap_ns), rc::gen::inRange<uint32_t>(1, kLargest + 1),
      rc::gen::arbitrary<bool>()));
}

AtmTraffic AnyVbr() {
  const auto peak = *rc::gen::inRange<uint64_t>(1, 3'000'000);
  const auto sustained = *rc::gen::inRange<uint64_t>(1, peak + 1);
  const auto burst = *rc::gen::inRange<uint64_t>(kLargest, 500);
  AtmTraffic traffic;
  if (*rc::gen::arbitrary<bool>()) {
    traffic.conformance = ConformanceClass::kRtVbr1;
    traffic.rates = {.peak = peak, .sustained = sustained, .burst = burst};
  } else {
    traffic.conformance = ConformanceClass::kRtVbr3;
    traffic.rates = {.peak = peak, .sustained_clp0 = sustained, .burst_clp0 = burst};
    traffic.tagging = true;
  }
  return traffic;
}

// Time in units of ns / (peak x sustained), where cells are whole at both rates.
struct Exact {
  explicit Exact(const AtmTraffic& traffic, uint64_t tolerance_ns)
      : unit(static_cast<Wide>(traffic.peak()) * traffic.sustained()),
        peak{Wide{kNanocells} * traffic.sustained(), tolerance_ns * unit},
        sustained{Wide{kNanocells} * traffic.peak(), tolerance_ns * unit} {
    sustained.limit += (traffic.burst() - 1) * (sustained.increment - peak.increment);
  }

  Wide unit;
  VirtualSchedule peak;
  VirtualSchedule sustained;
};

RC_GTEST_PROP(GcraProperty, PolicesAsVirtualSchedulingWould, ()) {
  const AtmTraffic traffic = AnyVbr();
  const auto tolerance_ns = *rc::gen::inRange<uint64_t>(0, 5000);
  DualGcra gcra = PolicerOf(traffic, kLargest, tolerance_ns);
  Exact exact(traffic, tolerance_ns);
  exact.peak.limit += (kLargest - 1) * exact.peak.increment;
  // The sustained limit is kept in whole nanocells, rounded down.
  exact.sustained.limit -= exact.sustained.limit % traffic.peak();

  uint64_t now_ns = 0;
  for (const Arrival& arrival : *Arrivals(60 * kNanocells / traffic.peak())) {
    now_ns += arrival.gap_ns;
    const Wide time = now_ns * exact.unit;
    Verdict expected = Verdict::kConforming;
    if (!exact.peak.Conforms(time)) {
      expected = Verdict::kDiscard;
    } else if (traffic.tagging && arrival.clp) {
      exact.peak.Take(time, arrival.cells);
    } else if (exact.sustained.Conforms(time)) {
      exact.peak.Take(time, arrival.cells);
      exact.sustained.Take(time, arrival.cells);
    } else if (traffic.tagging) {
      expected = Verdict::kTag;
      exact.peak.Take(time, arrival.cells);
    } else {
      expected = Verdict::kDiscard;
    }
    RC_ASSERT(gcra.Police(now_ns, arrival.cells, arrival.clp) == expected);
  }
}

RC_GTEST_PROP(GcraProperty, EveryCellThatAShaperLetsOutConforms, ()) {
  AtmTraffic traffic = AnyVbr();
  traffic.tagging = false;
  const auto tolerance_ns = *rc::gen::inRange<uint64_t>(0, 5000);
  DualGcra shaper = ShaperOf(traffic, kLargest, tolerance_ns);
  DualGcra policer = PolicerOf(traffic, kLargest, tolerance_ns);
  Exact exact(traffic, tolerance_ns);

  uint64_t now_ns = 0;
  for (const Arrival& arrival : *Arrivals(60 * kNanocells / traffic.peak())) {
    now_ns += arrival.gap_ns;
    const uint64_t wait_ns = shaper.WaitNs(now_ns);
    if (wait_ns > 0) {
      DualGcra impatient = shaper;
      RC_ASSERT(impatient.Police(now_ns + wait_ns - 1, arrival.cells, false) == Verdict::kDiscard);
    }
    now_ns += wait_ns;
    RC_ASSERT(shaper.Police(now_ns, arrival.cells, false) == Verdict::kConforming);
    RC_ASSERT(policer.Police(now_ns, arrival.cells, false) == Verdict::kConforming);
    for (uint32_t cell = 0; cell < arrival.cells; ++cell) {
      const Wide time = now_ns * exact.unit + cell * exact.peak.increment;
      RC_ASSERT(exact.peak.Conforms(time));
      RC_ASSERT(exact.sustained.Conforms(time));
      exact.peak.Take(time, 1);
      exact.sustained.Take(time, 1);
    }
  }
}

// A pacer looks only every so often. As long as that is within the tolerance, it loses nothing:
// after any time as much has left as the rate says, to the cell.
RC_GTEST_PROP(GcraProperty, NothingDrifts, ()) {
  const auto peak = *rc::gen::inRange<uint64_t>(1, kMaxCellsPerSecond);
  const auto cells = *rc::gen::inRange<uint32_t>(1, kLargest + 1);
  const Wide sdu_ns_times_peak = Wide{cells} * kNanocells;
  const auto turn_ns = *rc::gen::inRange<uint64_t>(1, 1000);
  DualGcra shaper =
      ShaperOf({.conformance = ConformanceClass::kCbr1, .rates = {.peak = peak}}, cells, turn_ns);
  uint64_t now_ns = 0;
  Wide sent = 0;
  for (int turn = 0; turn < 2000; ++turn) {
    const uint64_t wait_ns = shaper.WaitNs(now_ns);
    now_ns += (wait_ns + turn_ns - 1) / turn_ns * turn_ns;
    while (shaper.WaitNs(now_ns) == 0 && sent < 5000) {
      RC_ASSERT(shaper.Police(now_ns, cells, false) == Verdict::kConforming);
      ++sent;
    }
    if (sent >= 5000) break;
    // SDU number n is due at n x cells / peak, and may leave turn_ns before.
    const Wide due = (Wide{now_ns} + turn_ns) * peak;
    RC_ASSERT((sent - 1) * sdu_ns_times_peak <= due);
    RC_ASSERT(sent * sdu_ns_times_peak > due);
  }
}

}  // namespace
}  // namespace vcp::qos
