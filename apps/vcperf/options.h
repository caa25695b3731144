// What the command line asks for.
#pragma once

#include <cstdint>
#include <string>

#include "base/limits.h"

namespace vcp::perf {

enum class Mode { kServe, kThroughput, kLatency, kCalls };

inline constexpr uint32_t kMaxBatch = 256;
inline constexpr uint32_t kMaxCallWindow = kMaxCallsInSetupPerClient;

struct Options {
  Mode mode = Mode::kServe;
  std::string attach_socket;    // empty: where the library looks by itself
  std::string operator_socket;  // empty: the same for vcctl
  std::string port;             // empty: the first that has the address family
  std::string pvc;              // one of these two
  std::string address;
  uint32_t vcs = 1;
  uint32_t size_bytes = 64;
  double seconds = 3;
  uint32_t batch = 32;        // messages handed over at once
  uint32_t list = 1;          // of these, messages of one VC in one buffer list
  uint32_t window = 512;      // messages under way at most
  uint32_t call_window = 32;  // calls being set up or closed at most
  uint32_t held = 0;          // calls that stand while others are made
  uint64_t count = 100000;
  double patience_seconds = 10;  // for the other side to answer at all
  bool spin = false;
  bool json = false;
};

enum ExitCode { kIntact = 0, kDamaged = 1, kBadUsage = 2, kNotReady = 3 };

// False: the program ends with *exit_code; everything is printed.
bool ParseOptions(int argc, char** argv, Options* options, int* exit_code);

}  // namespace vcp::perf
