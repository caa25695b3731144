// What the data path counts, by name and with a meaning; one table is the source of code, `vcctl
// show counters` and documentation. Every dropped buffer or frame counts under exactly one drop
// name.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/vc_program.h"
#include "port/port.h"

namespace vcp::dataplane {

// X(constant, who counts it for the most part, "name", "meaning"). Frames that arrived on a port
// and were not delivered to a client besides those that wire/frame.h rejects, and submissions that
// did not become frames.
#define VCP_DROP_TABLE(X)                                                                       \
  X(kRxLabelNotOnPort, kPort, "rx_label_not_on_port",                                           \
    "frame for a label that no VC of this port has")                                            \
  X(kRxVlan, kPort, "rx_vlan", "frame with a VLAN tag on a port that has none")                 \
  X(kRxNoClientBuffer, kChannel, "rx_no_client_buffer",                                         \
    "the client returned no receive slot in time")                                              \
  X(kRxTooBig, kPort, "rx_too_big", "SDU longer than the VC or the client's slots allow")       \
  X(kRxClientGone, kChannel, "rx_client_gone", "frame for a client that is being removed")      \
  X(kRxPaused, kPort, "rx_paused", "frame that arrived while the port was paused")              \
  X(kRxHandoffFull, kPort, "rx_handoff_full", "the queue to the client's poll core was full")   \
  X(kRxNoFrame, kPort, "rx_no_frame", "no frame free for a leaf's copy on another poll core")   \
  X(kTxNotOwner, kChannel, "tx_not_owner",                                                      \
    "submission on a VC that the client does not have active")                                  \
  X(kTxTooBig, kChannel, "tx_too_big", "SDU longer than the VC allows")                         \
  X(kTxEmpty, kChannel, "tx_empty", "SDU without a byte")                                       \
  X(kTxBadDescriptor, kChannel, "tx_bad_descriptor",                                            \
    "submission that points outside the client's memory")                                       \
  X(kTxBadList, kChannel, "tx_bad_list", "more segments or buffers than a list may have")       \
  X(kTxPaused, kChannel, "tx_paused", "submission on a port that is paused")                    \
  X(kTxReset, kChannel, "tx_reset", "submission on a port that was being reset")                \
  X(kTxRemoved, kChannel, "tx_removed", "submission on a port whose device is gone")            \
  X(kTxLinkDown, kChannel, "tx_link_down", "frame whose port lost its link before it had left") \
  X(kTxUnsent, kChannel, "tx_unsent", "frame that had not left yet when its VC ended")          \
  X(kTxAborted, kChannel, "tx_aborted",                                                         \
    "queued send given up: cancelled, or its VC or client went away")                           \
  X(kBadReturn, kChannel, "bad_return", "client returned a slot that it did not hold")

enum class Drop : uint8_t {
#define VCP_DROP(constant, scope, name, meaning) constant,
  VCP_DROP_TABLE(VCP_DROP)
#undef VCP_DROP
};
inline constexpr size_t kDropCount = 0
#define VCP_DROP(constant, scope, name, meaning) +1
    VCP_DROP_TABLE(VCP_DROP)
#undef VCP_DROP
    ;
// Ports count what has not found its channel yet.
enum class DropScope : uint8_t { kPort, kChannel };
DropScope ScopeOf(Drop drop);
const char* DropName(Drop drop);
const char* DropMeaning(Drop drop);

using DropCounts = std::array<uint64_t, kDropCount>;

// wire/frame.h's reasons to reject a frame, by FrameError.
inline constexpr size_t kMaxFrameErrors = 16;

// Of a port's VCs: what was dropped in their channels, or worse for its way.
struct PortLosses {
  uint64_t unsent_sdus = 0;       // submitted, and no frames
  uint64_t undelivered_sdus = 0;  // arrived, and not delivered
  uint64_t errored_sdus = 0;      // delivered, and damaged

  void Add(const PortLosses& more) {
    unsent_sdus += more.unsent_sdus;
    undelivered_sdus += more.undelivered_sdus;
    errored_sdus += more.errored_sdus;
  }
};

struct PortCounters {
  uint64_t received_frames = 0;
  uint64_t received_bytes = 0;  // whole frames
  // Of received SDUs, for each further VC that shares the label. Each is delivered or dropped, too.
  uint64_t received_copies = 0;
  uint64_t transmitted_frames = 0;
  uint64_t transmitted_bytes = 0;
  uint64_t transmit_stalls = 0;  // times that the port took less than it was given
  Backlog waiting;               // in lists that wait for it
  DropCounts drops{};            // those of frames, while they name no channel
  std::array<uint64_t, kMaxFrameErrors> rejected{};
  PortLosses losses;
  port::DriverCounters driver;
};

struct ChannelCounters {
  uint64_t submitted_lists = 0;
  uint64_t completed_lists = 0;
  uint64_t transmitted_sdus = 0;
  uint64_t transmitted_bytes = 0;
  uint64_t received_sdus = 0;
  uint64_t received_bytes = 0;
  uint64_t wakes = 0;  // doorbells rung for this client
  uint64_t receives_outstanding = 0;
  DropCounts drops{};

  // The sum over channels that are no more: nothing is outstanding there.
  void AddDeparted(const ChannelCounters& departed);
};

struct PollCoreCounters {
  uint64_t turns = 0;
  uint64_t busy_turns = 0;
  uint64_t busy_cycles = 0;  // time stamp counter cycles of busy turns
  uint64_t sleeps = 0;
  uint64_t longest_turn_cycles = 0;
  double cycles_per_second = 0;
};

}  // namespace vcp::dataplane
