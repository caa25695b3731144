// What vcperf does, once attached. Each returns one line that says what went
// wrong, or nothing.
#pragma once

#include <string>

#include "calls_report.h"
#include "options.h"
#include "report.h"
#include "session.h"

namespace vcp::perf {

[[nodiscard]] std::string Serve(Session* session, const Options& options);
[[nodiscard]] std::string MeasureThroughput(Session* session, const Options& options,
                                            Report* report);
[[nodiscard]] std::string MeasureLatency(Session* session, const Options& options, Report* report);

[[nodiscard]] std::string MeasureCalls(Session* session, const Options& options,
                                       CallsReport* report);

}  // namespace vcp::perf
