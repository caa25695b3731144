#include "options.h"

#include <CLI/CLI.hpp>

#include "payload.h"

namespace vcp::perf {

namespace {

constexpr char kFooter[] =
    "Example, over two daemons that have a group of PVCs 'line' with the same labels:\n"
    "  vcperf serve --attach east.sock --pvc line\n"
    "  vcperf throughput --attach west.sock --pvc line --vcs 8\n"
    "On a loopback port a PVC whose two labels are equal needs no server: it comes back by "
    "itself.\n"
    "Exit codes: 0 every message came back intact, every call came about; 1 some did not; 2 bad "
    "usage; 3 could not begin.";

// Beyond these a measurement is somebody's slip, and its arithmetic would not hold.
constexpr double kMaxSeconds = 7 * 24 * 3600;
constexpr double kMinSeconds = 0.001;
constexpr uint64_t kMaxCount = uint64_t{1} << 40;

// CLI11's own range lets through what is no number.
std::string CheckSeconds(const std::string& text) {
  double seconds = 0;
  const bool good =
      CLI::detail::lexical_cast(text, seconds) && seconds >= kMinSeconds && seconds <= kMaxSeconds;
  return good ? "" : text + " is not in the range of 0.001 to 604800 seconds";
}

void AddCommon(CLI::App* command, Options* options) {
  command->add_option("--attach", options->attach_socket, "The daemon's attach socket");
  command->add_option(
      "--port", options->port,
      "Port to use; left out: where routes lead, or the first that takes such calls");
  CLI::Option* pvc = command->add_option(
      "--pvc", options->pvc, "Permanent circuit, or with more VCs the group NAME/0, NAME/1, ...");
  CLI::Option* call =
      command->add_option("--call", options->address, "Address to call, or to serve");
  pvc->excludes(call);
  command->add_flag("--spin", options->spin, "Never sleep: lower latency, a whole CPU");
  command->add_flag("--json", options->json, "Print JSON");
}

void AddMeasuring(CLI::App* command, Options* options) {
  constexpr uint32_t kLargest = 9216;
  command->add_option("--operator", options->operator_socket,
                      "The daemon's operator socket, to read what its poll cores spent");
  command->add_option("--vcs", options->vcs, "How many VCs")
      ->check(CLI::Range(1u, 65536u))
      ->capture_default_str();
  command->add_option("--size", options->size_bytes, "Bytes in a message")
      ->check(CLI::Range(static_cast<uint32_t>(kMinMessageBytes), kLargest))
      ->capture_default_str();
  command
      ->add_option("--patience", options->patience_seconds,
                   "Seconds to wait for the first answer on every VC")
      ->check(CheckSeconds)
      ->capture_default_str();
}

void AddThroughput(CLI::App* command, Options* options) {
  command->add_option("--seconds", options->seconds, "How long to measure")
      ->check(CheckSeconds)
      ->capture_default_str();
  command->add_option("--batch", options->batch, "Messages handed over at once")
      ->check(CLI::Range(1u, kMaxBatch))
      ->capture_default_str();
  command
      ->add_option("--list", options->list,
                   "Messages of one VC in one buffer list; the next list is the next VC's")
      ->check(CLI::Range(1u, 64u))
      ->capture_default_str();
  command->add_option("--window", options->window, "Messages under way at most")
      ->check(CLI::Range(1u, 1u << 15))
      ->capture_default_str();
}

void AddCalls(CLI::App* command, Options* options) {
  // As many VCs as a client may have.
  constexpr uint32_t kMostHeld = (1u << 16) - kMaxCallWindow;
  command->add_option("--attach", options->attach_socket, "The daemon's attach socket");
  command->add_option("--port", options->port, "Port to use, instead of where routes lead");
  command->add_option("--call", options->address, "Address to call")->required();
  command->add_option("--held", options->held, "Calls that stand while others come and go")
      ->check(CLI::Range(0u, kMostHeld))
      ->capture_default_str();
  command->add_option("--seconds", options->seconds, "How long to measure")
      ->check(CheckSeconds)
      ->capture_default_str();
  command->add_option("--window", options->call_window, "Calls that are set up at the same time")
      ->check(CLI::Range(1u, kMaxCallWindow))
      ->capture_default_str();
  command
      ->add_option("--patience", options->patience_seconds, "Seconds to wait while nothing happens")
      ->check(CheckSeconds)
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(
      "Each call is made, connected and closed; a set-up's time is from the request until the call "
      "is there.\n"
      "Somebody has to take the calls: vcperf serve --call ADDRESS, at the other daemon.\n"
      "Exit codes: 0 every call came about; 1 some did not; 2 bad usage; 3 could not begin.");
}

}  // namespace

bool ParseOptions(int argc, char** argv, Options* options, int* exit_code) {
  CLI::App app(
      "Measures virtual circuits: throughput, round trips, whether all comes back; and calls");
  app.require_subcommand(1);
  app.footer(kFooter);
  app.set_version_flag("--version", VCP_VERSION);
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return std::string("vcperf: ") + error.what() + " (see vcperf --help)\n";
  });
  CLI::App* serve = app.add_subcommand("serve", "Send back whatever comes");
  CLI::App* throughput = app.add_subcommand(
      "throughput", "Keep a window of messages under way, count what comes back");
  CLI::App* latency = app.add_subcommand("latency", "Send one message at a time, time its return");
  CLI::App* calls = app.add_subcommand(
      "calls", "Make and close calls as fast as may be, count and time their set-ups");
  for (CLI::App* command : {serve, throughput, latency}) AddCommon(command, options);
  for (CLI::App* command : {throughput, latency}) AddMeasuring(command, options);
  AddThroughput(throughput, options);
  latency->add_option("--count", options->count, "How many round trips")
      ->check(CLI::Range(uint64_t{1}, kMaxCount))
      ->capture_default_str();

  AddCalls(calls, options);

  *exit_code = kBadUsage;
  try {
    app.parse(argc, argv);
    if (options->pvc.empty() == options->address.empty()) {
      throw CLI::RequiredError("--pvc NAME or --call ADDRESS");
    }
    if (options->window < options->batch) options->batch = options->window;
    if (options->list > options->batch) options->list = options->batch;
  } catch (const CLI::ParseError& error) {
    if (app.exit(error) == 0) *exit_code = kIntact;
    return false;
  }
  options->mode = serve->parsed()        ? Mode::kServe
                  : throughput->parsed() ? Mode::kThroughput
                  : calls->parsed()      ? Mode::kCalls
                                         : Mode::kLatency;
  return true;
}

}  // namespace vcp::perf
