#include <cstdint>

#include "cpu_wait.h"
#include "exchange.h"
#include "idle.h"
#include "measure.h"

namespace vcp::perf {

namespace {

// A look may include a sleep of some milliseconds.
constexpr uint32_t kLooksBetweenClocks = 64;

}  // namespace

std::string MeasureLatency(Session* session, const Options& options, Report* report) {
  Exchange exchange(session, options);
  if (std::string error = exchange.AwaitAnswers(); !error.empty()) return error;
  const double ticks_per_ns = Ticks::PerNanosecond();
  const auto silence_ticks = static_cast<uint64_t>(ticks_per_ns * 1e9);
  Idle idle(session->client(), options.spin);
  Histogram round_trip_ticks;

  const uint64_t waited_before_ns = CpuWaitNs();
  const uint64_t start = Ticks::Now();
  for (uint64_t i = 0; i < options.count && !stop_requested; ++i) {
    // All that a round trip costs an application: from the first byte written to the last one read
    // and everything given back.
    const uint64_t sent_at = Ticks::Now();
    exchange.Send(1);
    exchange.Flush();
    uint32_t empty_looks = 0;
    while (exchange.outstanding() != 0) {
      if (exchange.Receive() != 0) continue;
      idle.Nothing();
      if (++empty_looks % kLooksBetweenClocks != 0) continue;
      if (Ticks::Now() - sent_at > silence_ticks) break;
    }
    idle.Worked();
    if (exchange.outstanding() == 0) {
      round_trip_ticks.Record(Ticks::Now() - sent_at);
      continue;
    }
    exchange.Settle();  // Late is not lost, and must not be taken for the next one.
    exchange.WriteOff();
    if (std::string error = session->CheckEvents(); !error.empty()) return error;
  }
  exchange.Settle();
  report->seconds = static_cast<double>(Ticks::Now() - start) / ticks_per_ns / 1e9;
  report->waited_ns = CpuWaitNs() - waited_before_ns;
  const Accounts& accounts = exchange.accounts();
  report->returned = accounts.Received();
  report->round_trip = ToPercentiles(round_trip_ticks, ticks_per_ns);
  report->sent = accounts.Sent();
  report->lost = accounts.Lost();
  report->faults = accounts.faults();
  return "";
}

}  // namespace vcp::perf
