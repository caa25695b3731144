// What everything in one simulated run shares: the seed's random numbers, the virtual clock, what
// the run is like, the trace, and the first thing that was wrong.
#pragma once

#include <cstdint>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <utility>

#include "base/timers.h"
#include "testing/fake_clock.h"
#include "testing/lossy_wire.h"

namespace vcp::sim {

// Drawn once from the seed, so that each run has only some of the troubles, and those in earnest.
struct Character {
  uint32_t daemons = 2;
  uint32_t clients_per_daemon = 1;
  uint64_t busy_ns = 0;               // how long clients do things and faults happen
  uint64_t mean_pause_ns = 0;         // between two things that a client does
  testing::WireFaults wire;           // of every link
  uint64_t plane_delay_ns = 0;        // the data path answers after up to that
  uint32_t plane_failures = 0;        // percent of activations
  uint64_t mean_between_cuts_ns = 0;  // of all links together; 0: never, as for the next ones
  uint64_t mean_between_restarts_ns = 0;
  uint64_t mean_between_deaths_ns = 0;
  uint32_t labels = 0;  // of each link
  uint64_t max_rate_bytes_per_second = 400'000'000;
  uint32_t first_sscop_number = 0;  // of every connection
  bool has_parties = false;
  bool has_changes = false;
  // No faults, and room for all calls: those that nobody refuses come about.
  bool is_calm = false;
  // Beside that a client only does something when all that went before is through.
  bool is_orderly = false;
  // What a peer says may be wrong: the two sides need not agree, but nothing crashes or hangs, and
  // nothing is left in the end.
  bool peers_err = false;
};

// Of calls and parties to addresses where somebody listens.
struct Census {
  uint64_t asked = 0;
  uint64_t connected = 0;

  Census& operator+=(const Census& other) {
    asked += other.asked;
    connected += other.connected;
    return *this;
  }
};

class Environment {
 public:
  Environment(uint64_t seed, bool verbose) : random(seed), verbose_(verbose) {}
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  uint32_t Below(uint32_t limit) { return static_cast<uint32_t>(random() % limit); }
  bool Chance(uint32_t percent) { return Below(100) < percent; }
  // Around `mean_ns`, from nothing to twice as long.
  uint64_t Around(uint64_t mean_ns) { return random() % (2 * mean_ns + 1); }
  uint64_t now_ns() const { return clock.now_ns; }

  bool verbose() const { return verbose_; }
  template <typename... Parts>
  void Trace(const Parts&... parts) {
    if (!verbose_) return;
    std::ostringstream line;
    line << clock.now_ns / kNsPerMs << "." << clock.now_ns % kNsPerMs / 1000 << " ms ";
    (line << ... << parts);
    std::cout << line.str() << std::endl;  // What a crash leaves is all there.
  }

  // What must be true. The first thing that is not ends the run.
  template <typename... Parts>
  bool Require(bool holds, const Parts&... parts) {
    if (holds || !failure_.empty()) return holds;
    std::ostringstream text;
    (text << ... << parts);
    failure_ = text.str();
    Trace("WRONG: ", failure_);
    return false;
  }
  const std::string& failure() const { return failure_; }

  std::mt19937_64 random;
  testing::FakeClock clock;
  TimerQueue timers;
  Character character;
  bool busy = true;           // clients make new calls, and faults happen
  uint64_t last_call_id = 0;  // Each call, and each party, has one: its calling address.
  // By channel and VC of a client, from the moment it knows: the call's id, for a leaf its root's.
  std::map<std::pair<uint32_t, uint32_t>, uint64_t> call_of_vc;
  std::map<uint64_t, uint64_t> call_of_party;
  bool labels_changed = false;  // since they were checked
  Census census;
  std::set<uint64_t> refused;  // calls and parties, by the client that was called
  uint64_t next_act_ns = 0;    // in an orderly run

 private:
  bool verbose_;
  std::string failure_;
};

}  // namespace vcp::sim
