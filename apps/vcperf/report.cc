#include "report.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

namespace vcp::perf {

namespace {

using nlohmann::json;

constexpr size_t kMaxVcLines = 16;
constexpr double kWaitWorthSaying = 0.03;  // of the time

std::string Format(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

std::string Grouped(double value) {
  std::string text = Format("%.0f", value);
  for (size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string Right(std::string text, size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string Microseconds(double ns) { return Format("%.2f us", ns / 1000); }

double PerSecond(const Report& report, uint64_t count) {
  return report.seconds > 0 ? static_cast<double>(count) / report.seconds : 0;
}

double Gigabits(const Options& options, double messages_per_second) {
  return messages_per_second * options.size_bytes * 8 / 1e9;
}

std::string RateLine(const Options& options, double messages_per_second) {
  const double gigabits = Gigabits(options, messages_per_second);
  return Right(Grouped(messages_per_second), 12) + " messages/s  " +
         (gigabits >= 0.1 ? Right(Format("%.3f", gigabits), 7) + " Gbit/s"
                          : Right(Format("%.3f", 1000 * gigabits), 7) + " Mbit/s");
}

void PrintVcs(const Options& options, const Report& report, std::ostream& out) {
  std::vector<uint64_t> sorted = report.returned_per_vc;
  if (sorted.size() <= 1) return;
  if (sorted.size() <= kMaxVcLines) {
    for (size_t i = 0; i < sorted.size(); ++i) {
      out << "  VC " << Right(std::to_string(i), 2) << "       "
          << RateLine(options, PerSecond(report, sorted[i])) << '\n';
    }
    return;
  }
  std::sort(sorted.begin(), sorted.end());
  out << "  slowest VC  " << RateLine(options, PerSecond(report, sorted.front())) << '\n'
      << "  median VC   " << RateLine(options, PerSecond(report, sorted[sorted.size() / 2])) << '\n'
      << "  fastest VC  " << RateLine(options, PerSecond(report, sorted.back())) << '\n';
}

void PrintForPeople(const Options& options, const Report& report, std::ostream& out) {
  const bool throughput = options.mode == Mode::kThroughput;
  out << options.size_bytes << "-byte messages on " << options.vcs
      << (options.vcs == 1 ? " VC, " : " VCs, ");
  if (throughput) {
    out << Format("%.1f s", report.seconds) << ", bursts of " << options.batch << ", "
        << options.window << " under way\n"
        << "  echoed      " << RateLine(options, PerSecond(report, report.returned)) << '\n';
    PrintVcs(options, report, out);
  } else {
    out << Grouped(static_cast<double>(report.round_trip.count)) << " round trips, one at a time\n";
  }
  out << "  round trip  p50 " << Microseconds(report.round_trip.p50_ns) << "  p99 "
      << Microseconds(report.round_trip.p99_ns) << "  p99.9 "
      << Microseconds(report.round_trip.p999_ns) << (throughput ? "  (under this load)\n" : "\n");
  if (report.poll_core_cycles_per_message) {
    out << "  poll core   " << Format("%.0f", *report.poll_core_cycles_per_message)
        << " cycles a message\n";
  }
  const double waited_seconds = static_cast<double>(report.waited_ns) / 1e9;
  // Who does not spin shares its CPU on purpose.
  if (options.spin && waited_seconds > kWaitWorthSaying * report.seconds) {
    out << "  disturbed   something else had this program's CPU for "
        << Format("%.0f %% of the time\n", 100 * waited_seconds / report.seconds);
  }
  out << "  of " << Grouped(static_cast<double>(report.sent)) << " messages: " << report.lost
      << " lost, " << report.faults.reordered << " reordered, " << report.faults.duplicated
      << " duplicated, " << report.faults.corrupted << " corrupted\n";
}

json ToJson(const Options& options, const Report& report) {
  const Percentiles& trip = report.round_trip;
  const double rate = PerSecond(report, report.returned);
  json result = {
      {"mode", options.mode == Mode::kThroughput ? "throughput" : "latency"},
      {"size_bytes", options.size_bytes},
      {"vcs", options.vcs},
      {"seconds", report.seconds},
      {"waited_ns", report.waited_ns},
      {"messages_per_second", rate},
      {"gbit_per_second", Gigabits(options, rate)},
      {"sent", report.sent},
      {"lost", report.lost},
      {"reordered", report.faults.reordered},
      {"duplicated", report.faults.duplicated},
      {"corrupted", report.faults.corrupted},
      {"round_trips", trip.count},
      {"round_trip_ns",
       {{"min", trip.min_ns},
        {"mean", trip.mean_ns},
        {"p50", trip.p50_ns},
        {"p99", trip.p99_ns},
        {"p99.9", trip.p999_ns},
        {"max", trip.max_ns}}},
      {"poll_core_cycles_per_message", nullptr},
  };
  if (report.poll_core_cycles_per_message) {
    result["poll_core_cycles_per_message"] = *report.poll_core_cycles_per_message;
  }
  if (options.mode == Mode::kThroughput) {
    result["median_messages_per_second"] = report.median_per_second;
    result["batch"] = options.batch;
    result["list"] = options.list;
    result["window"] = options.window;
    json& per_vc = result["messages_per_second_per_vc"] = json::array();
    for (const uint64_t count : report.returned_per_vc) per_vc.push_back(PerSecond(report, count));
  }
  return result;
}

}  // namespace

Percentiles ToPercentiles(const Histogram& ticks, double ticks_per_ns) {
  const auto at = [&](double percent) {
    return static_cast<double>(ticks.Percentile(percent)) / ticks_per_ns;
  };
  return {.count = ticks.Count(),
          .mean_ns = ticks.Mean() / ticks_per_ns,
          .min_ns = at(0),
          .p50_ns = at(50),
          .p99_ns = at(99),
          .p999_ns = at(99.9),
          .max_ns = at(100)};
}

void PrintReport(const Options& options, const Report& report, std::ostream& out) {
  if (options.json) {
    out << ToJson(options, report).dump() << '\n';
  } else {
    PrintForPeople(options, report, out);
  }
}

}  // namespace vcp::perf
