#pragma once

#include "base/clock.h"

namespace vcp::testing {

// Time that passes when a test says so.
class FakeClock final : public Clock {
 public:
  uint64_t NowNs() const override { return now_ns; }
  void Advance(uint64_t ns) { now_ns += ns; }

  uint64_t now_ns = kNsPerSecond;
};

}  // namespace vcp::testing
