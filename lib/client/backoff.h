// How long to wait before trying again: up to a window that doubles with each attempt, as long as
// chance has it, so that those who were cut off together do not come back together, and all find
// the pace at which they are served (S3). Pure; the chance is passed in.
#pragma once

#include <algorithm>
#include <cstdint>

namespace vcp::client {

struct BackoffWindow {
  uint32_t first_ms;
  uint32_t last_ms;
};
// Of attaching again, and of calls that an application makes again.
inline constexpr BackoffWindow kReattach{.first_ms = 10, .last_ms = 1000};
inline constexpr BackoffWindow kRedial{.first_ms = 100, .last_ms = 10'000};

// From 1 ms to the attempt's window, the first attempt being 0. `random`: 32 random bits.
constexpr uint32_t BackoffMs(const BackoffWindow& window, uint32_t attempt, uint32_t random) {
  const uint64_t doubled = uint64_t{window.first_ms} << std::min(attempt, 31u);
  const uint64_t ms = std::min<uint64_t>(doubled, window.last_ms);
  return static_cast<uint32_t>(1 + (ms * random >> 32));
}

// Random bits for that, from a seed; no secret (SplitMix64).
class Chance {
 public:
  explicit Chance(uint64_t seed) : state_(seed) {}
  uint32_t Next() {
    uint64_t bits = state_ += 0x9E3779B97F4A7C15;
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9;
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB;
    return static_cast<uint32_t>(bits >> 32);
  }

 private:
  uint64_t state_;
};

}  // namespace vcp::client
