// Attached to a daemon, with an address family open and, for a measuring client, its calls made.
// One thread.
#pragma once

#include <csignal>
#include <cstdint>
#include <string>
#include <vector>

#include "options.h"
#include "vcplane.hpp"

namespace vcp::perf {

// Set by SIGINT and SIGTERM: end soon, and report.
extern volatile std::sig_atomic_t stop_requested;
void CatchStopSignals();

class Session {
 public:
  // Each says in one line what is wrong and what to do about it; empty: nothing.
  [[nodiscard]] std::string Attach(const Options& options);
  [[nodiscard]] std::string RegisterSap(const Options& options);
  // Makes options.vcs calls.
  [[nodiscard]] std::string MakeCalls(const Options& options);
  // Closes them again, so that whoever comes next finds the circuits free. Gives up after a while.
  void CloseCalls();
  // Looks for events that end a measurement: the daemon gone, a call closed.
  [[nodiscard]] std::string CheckEvents();

  vcplane::Client& client() { return client_; }
  vcplane::Af af() const { return af_; }
  const std::vector<vcplane::Vc>& vcs() const { return vcs_; }

 private:
  [[nodiscard]] vcplane::Status OpenAf(const Options& options);
  // On the port that the daemon's routes give; waits for the outcome.
  [[nodiscard]] vcplane::Status OpenAfToward(const Options& options);
  [[nodiscard]] std::string StartCall(const Options& options, uint32_t index);

  vcplane::Client client_;
  vcplane::Af af_ = 0;
  std::vector<vcplane::Vc> vcs_;
  std::vector<vcplane::Vc> connected_;  // of these, in the order in which they were
};

}  // namespace vcp::perf
