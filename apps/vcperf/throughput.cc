#include <cstdint>

#include "cpu_wait.h"
#include "exchange.h"
#include "idle.h"
#include "measure.h"
#include "operator_client.h"
#include "slices.h"

namespace vcp::perf {

namespace {

// What the daemon's poll cores spent on work so far; nothing when it cannot be asked.
std::optional<double> BusyCycles(apps::OperatorClient* daemon) {
  nlohmann::json answer;
  std::string error;
  if (daemon->Ask("show cores", &answer, &error) != apps::OperatorClient::Outcome::kAnswered) {
    return std::nullopt;
  }
  const auto cores = answer.find("cores");
  if (cores == answer.end() || !cores->is_array()) return std::nullopt;
  double sum = 0;
  for (const auto& core : *cores) {
    const auto cycles = core.is_object() ? core.find("busy_cycles") : core.end();
    if (!core.is_object() || cycles == core.end() || !cycles->is_number()) return std::nullopt;
    sum += cycles->get<double>();
  }
  return sum;
}

// Keeps the window full until the time is over.
class Run {
 public:
  Run(Session* session, Exchange* exchange, const Options& options, double ticks_per_ns)
      : session_(*session),
        exchange_(*exchange),
        options_(options),
        idle_(session->client(), options.spin),
        glance_ticks_(static_cast<uint64_t>(ticks_per_ns * 1e7)),
        silence_ticks_(static_cast<uint64_t>(ticks_per_ns * 5e8)) {}

  // Until `end` at the latest; `now` is the last reading of the clock.
  std::string Until(uint64_t end, uint64_t* now, Slices* slices) {
    uint64_t next_glance = *now + glance_ticks_;
    uint64_t last_return = *now;
    uint64_t all_returned = 0;
    while (*now < end && !stop_requested) {
      const uint32_t returned = Turns();
      *now = Ticks::Now();
      all_returned += returned;
      slices->Note(*now, all_returned);
      if (returned != 0) last_return = *now;
      if (*now < next_glance) continue;
      next_glance = *now + glance_ticks_;
      if (std::string error = session_.CheckEvents(); !error.empty()) return error;
      if (*now - last_return < silence_ticks_) continue;
      exchange_.WriteOff();  // Lost for good: the window would stay shut for ever.
      last_return = *now;
    }
    return "";
  }

 private:
  // Some turns, because looking at the clock costs, too.
  uint32_t Turns() {
    uint32_t sum = 0;
    for (int i = 0; i < 32; ++i) {
      const uint32_t returned = exchange_.Receive();
      uint32_t sent = 0;
      if (exchange_.outstanding() + options_.batch <= options_.window) {
        sent = exchange_.Send(options_.batch);
      }
      exchange_.Flush();
      sum += returned;
      if (returned + sent != 0) {
        idle_.Worked();
      } else if (idle_.Nothing()) {
        break;
      }
    }
    return sum;
  }

  Session& session_;
  Exchange& exchange_;
  const Options& options_;
  Idle idle_;
  const uint64_t glance_ticks_;
  const uint64_t silence_ticks_;
};

}  // namespace

std::string MeasureThroughput(Session* session, const Options& options, Report* report) {
  Exchange exchange(session, options);
  if (std::string error = exchange.AwaitAnswers(); !error.empty()) return error;
  const double ticks_per_ns = Ticks::PerNanosecond();
  Run run(session, &exchange, options, ticks_per_ns);

  apps::OperatorClient daemon(options.operator_socket);
  const auto cycles_before = BusyCycles(&daemon);
  const uint64_t waited_before_ns = CpuWaitNs();
  const uint64_t start = Ticks::Now();
  uint64_t now = start;
  const auto length = static_cast<uint64_t>(options.seconds * 1e9 * ticks_per_ns);
  Slices slices(ticks_per_ns, options.seconds, start);
  if (std::string error = run.Until(start + length, &now, &slices); !error.empty()) return error;
  report->waited_ns = CpuWaitNs() - waited_before_ns;
  report->median_per_second = slices.Median();
  report->seconds = static_cast<double>(now - start) / ticks_per_ns / 1e9;
  const Accounts& accounts = exchange.accounts();
  report->returned = accounts.Received();
  for (uint32_t vc = 0; vc < options.vcs; ++vc) {
    report->returned_per_vc.push_back(accounts.Received(vc));
  }
  const auto cycles_after = BusyCycles(&daemon);
  if (cycles_before && cycles_after && report->returned != 0) {
    report->poll_core_cycles_per_message =
        (*cycles_after - *cycles_before) / static_cast<double>(report->returned);
  }
  exchange.Settle();
  report->round_trip = ToPercentiles(exchange.round_trip_ticks(), ticks_per_ns);
  report->sent = accounts.Sent();
  report->lost = accounts.Lost();
  report->faults = accounts.faults();
  return "";
}

}  // namespace vcp::perf
