// What was measured, for people and for programs.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <vector>

#include "accounts.h"
#include "base/histogram.h"
#include "options.h"

namespace vcp::perf {

struct Percentiles {
  uint64_t count = 0;
  double mean_ns = 0;
  double min_ns = 0;
  double p50_ns = 0;
  double p99_ns = 0;
  double p999_ns = 0;
  double max_ns = 0;
};
Percentiles ToPercentiles(const Histogram& ticks, double ticks_per_ns);

struct Report {
  double seconds = 0;            // of measuring
  uint64_t waited_ns = 0;        // of these, for a CPU that something else had
  uint64_t returned = 0;         // intact, within these seconds
  double median_per_second = 0;  // of slices of 20 ms; 0 when it was shorter
  std::vector<uint64_t> returned_per_vc;
  Percentiles round_trip;
  std::optional<double> poll_core_cycles_per_message;
  uint64_t sent = 0;  // to the end
  uint64_t lost = 0;
  Faults faults;
};

void PrintReport(const Options& options, const Report& report, std::ostream& out);

}  // namespace vcp::perf
