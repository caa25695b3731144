#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vcp::wire {

struct GoldenMessage {
  std::string what;  // Which recording and frame, and the message's name.
  std::vector<uint8_t> octets;
};

// The Q.2931 messages in the recordings of tests/golden, without SSCOP's trailer and padding.
std::vector<GoldenMessage> ReadGoldenMessages();

// Hexadecimal digits, with blanks between octets where the writer likes them.
std::vector<uint8_t> FromHex(std::string text);
std::string ToHex(const std::vector<uint8_t>& octets);

}  // namespace vcp::wire
