// What to do between two looks that found nothing: go on looking for a few microseconds, then let
// others run, then sleep until woken. So that daemons and applications which share cores do not
// take each other's time, and still answer at once while there is traffic.
#pragma once

#include <sched.h>

#include <chrono>

#include "vcplane.hpp"

namespace vcp::perf {

class Idle {
 public:
  Idle(vcplane::Client& client, bool spin) : client_(client), spin_(spin) {}

  void Worked() { empty_looks_ = 0; }

  // Returns whether it slept.
  bool Nothing() {
    if (spin_ || ++empty_looks_ < kLooks) return false;
    if (empty_looks_ < kLooks + kYields) {
      sched_yield();
      return false;
    }
    empty_looks_ = 0;
    // Bounded, so that signals and deadlines are looked at.
    static_cast<void>(client_.Wait(std::chrono::milliseconds(20)));
    return true;
  }

 private:
  static constexpr int kLooks = 200;
  static constexpr int kYields = 8;

  vcplane::Client& client_;
  const bool spin_;
  int empty_looks_ = 0;
};

}  // namespace vcp::perf
