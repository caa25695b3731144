// What was measured of calls, for people and for programs.
#pragma once

#include <cstdint>
#include <ostream>

#include "call_maker.h"
#include "options.h"
#include "report.h"

namespace vcp::perf {

struct CallsReport {
  double seconds = 0;  // of measuring
  Percentiles setup;   // its count: calls connected within these seconds
  uint64_t late = 0;   // and after them
  uint64_t held = 0;   // all the time
  uint64_t ended_by_peer = 0;
  uint64_t unanswered = 0;
  Refusals refusals;

  uint64_t Refused() const;
  bool AllCameAbout() const;
};

void PrintReport(const Options& options, const CallsReport& report, std::ostream& out);

}  // namespace vcp::perf
