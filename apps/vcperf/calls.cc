#include <algorithm>
#include <cstdint>

#include "call_maker.h"
#include "measure.h"
#include "ticks.h"

namespace vcp::perf {

std::string MeasureCalls(Session* session, const Options& options, CallsReport* report) {
  vcplane::CallParams params = vcplane::NewCall();
  if (vcplane::SetCalled(options.address, &params) != VCP_SUCCESS) {
    return "'" + options.address + "' is no address; give a number like +358401234567, or the 40 " +
           "hexadecimal digits of an AESA";
  }
  CallMaker maker(session, options, params);
  if (std::string error = maker.Hold(); !error.empty()) return error;
  const double ticks_per_ns = Ticks::PerNanosecond();
  const double ticks_per_second = ticks_per_ns * 1e9;
  const uint64_t start = Ticks::Now();
  const auto until = start + static_cast<uint64_t>(options.seconds * ticks_per_second);
  if (std::string error = maker.Run(until); !error.empty()) return error;
  // Less when somebody interrupted it.
  report->seconds = static_cast<double>(std::min(Ticks::Now(), until) - start) / ticks_per_second;
  report->setup = ToPercentiles(maker.setup_ticks(), ticks_per_ns);
  report->late = maker.late();
  report->held = maker.held();
  report->ended_by_peer = maker.ended_by_peer();
  report->unanswered = maker.unanswered();
  report->refusals = maker.refusals();
  maker.CloseAll();
  return "";
}

}  // namespace vcp::perf
