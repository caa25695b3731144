// vcp_sim: many simulated runs of daemons, clients and faults. A seed is a run; one that fails is
// named, with the command that repeats it.
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>
#include <string_view>

#include <unistd.h>

#include "world.h"

namespace vcp::sim {
namespace {

struct Options {
  uint64_t seed = 1;
  uint64_t count = 1;
  bool verbose = false;
};

// Written by who starts a run, read by a signal handler of the same thread.
char g_command[128];

void OnCrash(int signal_number) {
  (void)!write(STDERR_FILENO, g_command, std::strlen(g_command));
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

void Announce(uint64_t seed) {
  const std::string text = "repeat with: vcp_sim --verbose --seed " + std::to_string(seed) + "\n";
  std::strncpy(g_command, text.c_str(), sizeof(g_command) - 1);
}

bool ParseOptions(int argc, char** argv, Options* options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--verbose") {
      options->verbose = true;
    } else if (name == "--seed" && i + 1 < argc) {
      options->seed = std::strtoull(argv[++i], nullptr, 0);
    } else if (name == "--count" && i + 1 < argc) {
      options->count = std::strtoull(argv[++i], nullptr, 0);
    } else {
      return false;
    }
  }
  // For slow builds: a part of the seeds.
  if (const char* divisor = std::getenv("VCP_SIM_DIVISOR")) {
    options->count = std::max<uint64_t>(1, options->count / std::max(1, std::atoi(divisor)));
  }
  return true;
}

// Of those that were made to where somebody listens; the rest is refused by who is called, given
// up by who calls, or a fault's.
constexpr uint64_t kMinCalmPercent = 60;
constexpr uint64_t kMinPercent = 20;
constexpr uint64_t kTooFewToJudge = 1000;

// Whether what is tested works at all: a run in which nothing comes about looks peaceful.
bool IsEnough(const Census& census, uint64_t min_percent, std::string_view whose) {
  const uint64_t percent = 100 * census.connected / std::max<uint64_t>(1, census.asked);
  const bool enough = census.asked < kTooFewToJudge || percent >= min_percent;
  std::cout << "of " << census.asked << " calls and parties of " << whose << " " << percent
            << "% came about" << (enough ? "" : ", which is too few") << "\n";
  return enough;
}

int Main(int argc, char** argv) {
  Options options;
  if (!ParseOptions(argc, argv, &options)) {
    std::cerr << "usage: vcp_sim [--seed N] [--count N] [--verbose]\n";
    return 2;
  }
  std::signal(SIGABRT, OnCrash);
  std::signal(SIGSEGV, OnCrash);
  uint64_t calls = 0;
  uint64_t failures = 0;
  uint64_t calm_runs = 0;
  Census calm;
  Census others;
  for (uint64_t seed = options.seed; seed - options.seed < options.count; ++seed) {
    Announce(seed);
    World world(seed, options.verbose);
    const std::string wrong = world.Run();
    calls += world.calls();
    calm_runs += world.character().is_calm;
    (world.character().is_calm ? calm : others) += world.census();
    if (wrong.empty()) continue;
    std::cerr << "seed " << seed << ": " << wrong << "\n" << g_command;
    if (++failures == 10) break;
  }
  std::cout << options.count << " runs with " << calls << " calls and parties, " << failures
            << " of them wrong\n";
  const bool enough = IsEnough(calm, kMinCalmPercent, std::to_string(calm_runs) + " calm runs") &
                      IsEnough(others, kMinPercent, "the others");
  return failures == 0 && enough ? 0 : 1;
}

}  // namespace
}  // namespace vcp::sim

int main(int argc, char** argv) { return vcp::sim::Main(argc, argv); }
