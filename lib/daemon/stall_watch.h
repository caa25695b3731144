// Clients that stand still (stopped, or in a debugger): they return no receive slot, and what
// arrives for them is dropped. They keep everything; the mark tells whoever asks (L5, L6). Pure:
// counters and time are handed in. Control thread.
#pragma once

#include <cstdint>
#include <map>

#include "dataplane/counters.h"

namespace vcp::daemon {

// So long it may have been busy with something else.
inline constexpr uint64_t kStallMarkNs = 5'000'000'000;

// How long a client may be let stand still before it is ended, where that is limited: a week.
inline constexpr uint32_t kMaxStallReleaseSeconds = 7 * 24 * 3600;

class StallWatch {
 public:
  // What a client's channel has counted by now. To be called about once a second.
  void Look(uint32_t client, const dataplane::ChannelCounters& counters, uint64_t now_ns);
  void Forget(uint32_t client) { seen_.erase(client); }

  // How long it has stood still; 0 until that is kStallMarkNs.
  uint64_t StalledNs(uint32_t client, uint64_t now_ns) const;

 private:
  struct Seen {
    uint64_t returned = 0;  // slots, so far
    uint64_t dropped = 0;   // for want of one, when the last slot was returned
    uint64_t since_ns = 0;  // nothing was returned and something dropped; 0: not so
  };
  std::map<uint32_t, Seen> seen_;
};

}  // namespace vcp::daemon
