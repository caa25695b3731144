// Recorded PDUs that tests of codecs read: tests/golden/*.hex. One PDU a line, `#` begins a
// comment:
//
//   NUMBER SIDE HEX  # what it is
//
// NUMBER counts the recording's frames. SIDE is who sent it: `user` or `network` for an SSCOP PDU
// as it travels on the signaling VC, `frame` for a whole Ethernet frame. The files whose names
// begin with a program's were recorded from independent implementations that talked to each other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vcp::testing {

enum class GoldenSide { kUser, kNetwork, kFrame };

struct GoldenPdu {
  int number = 0;
  GoldenSide side = GoldenSide::kFrame;
  std::vector<uint8_t> octets;
  std::string what;
};

// In the file's order. Nothing, and a line on stderr, when a line is malformed.
std::vector<GoldenPdu> ParseGolden(std::string_view text);

// Of tests/golden/NAME.hex; aborts when there is no such file or nothing in it.
std::vector<GoldenPdu> ReadGolden(const std::string& name);

}  // namespace vcp::testing
