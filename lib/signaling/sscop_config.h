#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/limits.h"

namespace vcp::signaling {

// Parameters of SSCOP (Q.2110 clauses 7.6 and 7.7). The values are those of Q.2130 for a UNI; what
// Q.2130 leaves open is marked.
struct SscopConfig {
  uint64_t timer_cc_ns = 1 * kNsPerSecond;  // Repeats BGN, END, RS and ER.
  uint64_t timer_poll_ns = 750 * kNsPerMs;
  uint64_t timer_keep_alive_ns = 2 * kNsPerSecond;
  uint64_t timer_no_response_ns = 7 * kNsPerSecond;
  uint64_t timer_idle_ns = 15 * kNsPerSecond;
  uint32_t max_cc = 4;                          // Transmissions of BGN, END, RS and ER.
  uint32_t max_pd = 25;                         // SDs between two POLLs.
  uint32_t max_stat = 67;                       // List elements of a STAT that is sent; odd.
  uint32_t max_sdu_bytes = kMaxSignalingBytes;  // k
  uint32_t max_user_to_user_bytes = kMaxSignalingBytes;  // j

  // SDs that the peer may send ahead of what the user took. Open; peers have 30 or 128.
  uint32_t window = kMaxSscopWindow;
  // SDUs accepted from the user and not yet acknowledged by the peer. Open.
  uint32_t max_transmit_sdus = kMaxSscopTransmitSdus;
  // The number before the first N(SQ). A random one, below 255, lets the peer tell a restarted
  // process from a repeated BGN; Q.2110 begins with 0.
  uint8_t connection_number = 0;
  // Takes any BGN while idle, also one numbered like the last one: the ATM Forum's robustness
  // option.
  bool accepts_repeated_bgn_when_idle = false;
  // The carrier may repeat or reorder PDUs, as UDP does. A copy of an SD that is here already then
  // is dropped and counted; on any other carrier it means that the sides disagree, and they
  // recover.
  bool carrier_may_repeat = false;
  // N(S) and N(PS) of a fresh connection. Both sides must agree; Q.2110 has 0.
  uint32_t first_number = 0;
};

// Whether every parameter has a value that the protocol and our limits allow.
bool IsValid(const SscopConfig& config);

}  // namespace vcp::signaling
