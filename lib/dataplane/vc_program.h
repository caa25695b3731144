// What the control thread tells the data path about VCs, ports and channels: plain values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/limits.h"
#include "qos/gcra.h"

namespace vcp::dataplane {

using PortIndex = uint32_t;     // position in the daemon's port table
using ChannelIndex = uint32_t;  // position in the daemon's channel table

// Every client's, and one for each port's signaling.
inline constexpr uint32_t kMaxChannels = kMaxClients + kMaxPorts;

using MacAddress = std::array<uint8_t, 6>;

// One VC between a channel and a label on a port. `channel_vc` names the VC inside the channel and
// is what submissions and receive descriptors carry (index in the low 20 bits, generation above).
struct VcProgram {
  ChannelIndex channel = 0;
  uint32_t channel_vc = 0;
  PortIndex port = 0;
  uint32_t transmit_label = 0;
  uint32_t receive_label = 0;
  MacAddress peer_mac{};
  uint32_t max_sdu_bytes = 0;
  uint32_t max_transmit_bytes = 0;  // where what is sent is to be smaller; 0: it is not
  // What is sent waits until it conforms to this (C91). Nothing: it is not paced.
  std::optional<qos::DualGcra> shaper = {};
  bool transmit = true;
  bool receive = true;
  // Other VCs may receive on the same label, if they say so too: leaves of one multipoint call.
  // Each gets a copy of every SDU.
  bool shares_label = false;
  // Each SDU is received with the time at which it was delivered.
  bool stamps_receives = false;
  // SDUs that arrive damaged are received, too, and marked, instead of dropped (C94).
  bool indicates_errored = false;
  // A list completes when the port has given back its frames, not when they are on their way to it.
  bool confirms_sends = false;
  // The VC has its label and its place in tables, and carries nothing until it is activated again
  // without this.
  bool is_reserved = false;
  // Its lists go before those of other VCs that wait for the port, and each SDU is received behind
  // the kSourceBytes of its frame's source address: the channel is the daemon's own.
  bool is_signaling = false;
};

inline constexpr uint32_t kSourceBytes = sizeof(MacAddress);

// What was submitted and neither sent nor given up yet.
struct Backlog {
  uint64_t buffers = 0;
  uint64_t bytes = 0;
};

// Of one VC, since it was activated. What was dropped counts under its reason, too, with its port
// or channel (counters.h).
struct VcCounters {
  uint64_t transmitted_sdus = 0;
  uint64_t transmitted_bytes = 0;
  uint64_t transmit_drops = 0;  // submitted buffers that did not become frames
  uint64_t paced_sdus = 0;      // that had to wait for the VC's contract
  uint64_t received_sdus = 0;   // delivered to the client
  uint64_t received_bytes = 0;
  uint64_t errored_sdus = 0;   // of those received: damaged
  uint64_t receive_drops = 0;  // arrived, and were not delivered
  Backlog waiting;             // in lists that wait for the port
};

}  // namespace vcp::dataplane
