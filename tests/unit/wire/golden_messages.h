#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vcp::wire {

struct GoldenMessage {
  std::string what;  // Which capture, frame, sender and message.
  std::vector<uint8_t> octets;
};

// tests/golden/q2931.txt.
std::vector<GoldenMessage> ReadGoldenMessages();

// Hexadecimal digits, with blanks between octets where the writer likes them.
std::vector<uint8_t> FromHex(std::string text);
std::string ToHex(const std::vector<uint8_t>& octets);

}  // namespace vcp::wire
