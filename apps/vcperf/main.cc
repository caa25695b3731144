// vcperf: how fast virtual circuits are, and whether everything comes back.
#include <iostream>
#include <string>

#include "measure.h"
#include "options.h"
#include "report.h"
#include "session.h"
#include "shm/socket_paths.h"

namespace {

using namespace vcp::perf;

int MeasureAndPrintCalls(Session* session, const Options& options) {
  CallsReport report;
  const std::string error = MeasureCalls(session, options, &report);
  if (!error.empty()) {
    std::cerr << "vcperf: " << error << '\n';
    return kNotReady;
  }
  PrintReport(options, report, std::cout);
  return report.AllCameAbout() ? kIntact : kDamaged;
}

std::string Measure(Session* session, const Options& options, Report* report) {
  if (std::string error = session->MakeCalls(options); !error.empty()) return error;
  return options.mode == Mode::kThroughput ? MeasureThroughput(session, options, report)
                                           : MeasureLatency(session, options, report);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  int exit_code = kBadUsage;
  if (!ParseOptions(argc, argv, &options, &exit_code)) return exit_code;
  if (options.operator_socket.empty()) options.operator_socket = vcp::shm::FindOperatorSocket();
  CatchStopSignals();

  Session session;
  Report report;
  std::string error = session.Attach(options);
  if (error.empty() && options.mode == Mode::kCalls) return MeasureAndPrintCalls(&session, options);
  if (error.empty()) {
    error = options.mode == Mode::kServe ? Serve(&session, options)
                                         : Measure(&session, options, &report);
    session.CloseCalls();
    if (error.empty() && options.mode != Mode::kServe && report.sent == 0) {
      error = "stopped before anything was sent";
    }
  }
  if (!error.empty()) {
    std::cerr << "vcperf: " << error << '\n';
    return kNotReady;
  }
  if (options.mode == Mode::kServe) return kIntact;
  PrintReport(options, report, std::cout);
  const Faults& faults = report.faults;
  const bool intact = report.returned != 0 && report.lost == 0 && faults.reordered == 0 &&
                      faults.duplicated == 0 && faults.corrupted == 0;
  return intact ? kIntact : kDamaged;
}
