// Decides what becomes of a peer's SETUP or ADD PARTY before anything is built for it.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"
#include "signaling/uni_types.h"

namespace vcp::signaling {

// As many as `per_second`, `burst` of them at once; by virtual scheduling, in whole nanoseconds.
class RateLimit {
 public:
  RateLimit(uint32_t per_second, uint32_t burst)
      : interval_ns_(kNsPerSecond / std::max(per_second, 1u)),
        tolerance_ns_(interval_ns_ * (std::max(burst, 1u) - 1)) {}

  bool Take(uint64_t now_ns) {
    if (next_ns_ > now_ns + tolerance_ns_) return false;
    next_ns_ = std::max(next_ns_, now_ns) + interval_ns_;
    return true;
  }

 private:
  uint64_t interval_ns_;
  uint64_t tolerance_ns_;
  uint64_t next_ns_ = 0;  // When the next one would conform without any tolerance.
};

class SetupAdmission {
 public:
  enum class Verdict : uint8_t { kAdmit, kRefuseCongested, kRefuseFull, kDrop };

  explicit SetupAdmission(const UniConfig& config)
      : max_calls_(config.max_calls),
        setups_(config.limits.setups_per_second, config.limits.setup_burst),
        refusals_(config.limits.refusals_per_second, config.limits.refusal_burst) {}

  Verdict Decide(size_t calls, bool has_room_in_setup, uint64_t now_ns) {
    if (calls >= max_calls_) return Refuse(Verdict::kRefuseFull, now_ns);
    return has_room_in_setup ? DecideParty(now_ns) : Refuse(Verdict::kRefuseCongested, now_ns);
  }
  // A party is in no call's place: its call bounds how many there are, and how many wait.
  Verdict DecideParty(uint64_t now_ns) {
    return setups_.Take(now_ns) ? Verdict::kAdmit : Refuse(Verdict::kRefuseCongested, now_ns);
  }

 private:
  Verdict Refuse(Verdict verdict, uint64_t now_ns) {
    return refusals_.Take(now_ns) ? verdict : Verdict::kDrop;
  }

  size_t max_calls_;
  RateLimit setups_;
  RateLimit refusals_;
};

}  // namespace vcp::signaling
