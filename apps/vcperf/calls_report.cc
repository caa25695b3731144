#include "calls_report.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>

#include "base/readable.h"
#include "wire/cause.h"

namespace vcp::perf {
namespace {

using nlohmann::json;

std::string Format(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

std::string Milliseconds(double ns) { return Format("%.2f ms", ns / 1e6); }

double PerSecond(const CallsReport& report) {
  return report.seconds > 0 ? static_cast<double>(report.setup.count) / report.seconds : 0;
}

void PrintForPeople(const Options& options, const CallsReport& report, std::ostream& out) {
  out << "calls to " << options.address << " for " << Format("%.1f s", report.seconds) << ", "
      << options.call_window << " at a time, " << Grouped(report.held) << " held meanwhile\n";
  if (report.setup.count != 0) {
    out << "  set up      " << Grouped(static_cast<uint64_t>(PerSecond(report)))
        << " calls/s, each of them closed again\n"
        << "  set-up time p50 " << Milliseconds(report.setup.p50_ns) << "  p99 "
        << Milliseconds(report.setup.p99_ns) << "  p99.9 " << Milliseconds(report.setup.p999_ns)
        << '\n';
  } else {
    out << "  no call came about; see why: vcctl explain setup " << options.address << '\n';
  }
  const uint64_t asked = report.setup.count + report.late + report.Refused() + report.unanswered;
  out << "  of " << Grouped(asked) << " calls: " << Grouped(report.Refused()) << " refused";
  if (!report.refusals.empty()) out << " (" << ToString(report.refusals) << ")";
  out << ", " << report.unanswered << " unanswered, " << report.ended_by_peer
      << " ended by the other side\n";
}

json ToJson(const Options& options, const CallsReport& report) {
  json refusals = json::array();
  for (const auto& [why, count] : report.refusals) {
    const auto& [cause, status] = why;
    json refusal = {{"cause", nullptr},
                    {"meaning", std::string(vcplane::Meaning(status))},
                    {"status", std::string(vcplane::Name(status))},
                    {"count", count}};
    if (cause != 0) {
      refusal["cause"] = cause;
      refusal["meaning"] = std::string(wire::CauseMeaning(cause));
    }
    refusals.push_back(std::move(refusal));
  }
  return {{"mode", "calls"},
          {"window", options.call_window},
          {"held", report.held},
          {"seconds", report.seconds},
          {"setups", report.setup.count},
          {"setups_per_second", PerSecond(report)},
          {"setup_ns",
           {{"min", report.setup.min_ns},
            {"mean", report.setup.mean_ns},
            {"p50", report.setup.p50_ns},
            {"p99", report.setup.p99_ns},
            {"p99.9", report.setup.p999_ns},
            {"max", report.setup.max_ns}}},
          {"late", report.late},
          {"refused", report.Refused()},
          {"refusals", std::move(refusals)},
          {"unanswered", report.unanswered},
          {"ended_by_peer", report.ended_by_peer}};
}

}  // namespace

uint64_t CallsReport::Refused() const {
  uint64_t refused = 0;
  for (const auto& [why, count] : refusals) refused += count;
  return refused;
}

bool CallsReport::AllCameAbout() const {
  return setup.count != 0 && refusals.empty() && unanswered == 0 && ended_by_peer == 0;
}

void PrintReport(const Options& options, const CallsReport& report, std::ostream& out) {
  if (options.json) {
    out << ToJson(options, report).dump() << '\n';
  } else {
    PrintForPeople(options, report, out);
  }
}

}  // namespace vcp::perf
