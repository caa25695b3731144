#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "signaling/sscop.h"
#include "wire/sscop_pdu.h"

namespace vcp::signaling {

// One SSCOP under a virtual clock, its user and its peer played by the test. What SSCOP does is
// told in words: "POLL N(PS)=1 N(S)=0" is sent, "+data(x)" goes to the user, "!Q" to layer
// management.
class SscopBench {
 public:
  explicit SscopBench(const SscopConfig& config = {}) : sscop(config) {}

  // What was done since the last call, one thing after another, separated by "; ".
  std::string Did();
  // Hands over a PDU of the peer; the rest is Did().
  std::string Pdu(const wire::SscopPdu& pdu);
  std::string Bytes(std::vector<uint8_t> bytes);
  // STAT or USTAT with a list.
  std::string Stat(wire::SscopPdu pdu, const std::vector<uint32_t>& list);
  // Time passes; every timer runs at its own time. Then Did().
  std::string Pass(uint64_t duration_ns);
  // Asks for an SDU to be sent; then Did().
  std::string Data(std::string_view sdu);

  // The state, reached the ordinary way, with nothing left to tell. Connection numbers are 1 on
  // both sides, and the peer grants `credit`.
  void Reach(SscopState state, uint32_t credit = 30);

  Sscop sscop;
  uint64_t now_ns = kNsPerSecond;
};

}  // namespace vcp::signaling
