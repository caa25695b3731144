#include "golden_messages.h"

#include <cstdlib>
#include <fstream>

#include "base/check.h"

namespace vcp::wire {

std::vector<uint8_t> FromHex(std::string text) {
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n'; });
  VCP_CHECK(text.size() % 2 == 0);
  std::vector<uint8_t> octets;
  for (size_t at = 0; at < text.size(); at += 2) {
    octets.push_back(static_cast<uint8_t>(std::stoul(text.substr(at, 2), nullptr, 16)));
  }
  return octets;
}

std::string ToHex(const std::vector<uint8_t>& octets) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (uint8_t octet : octets) {
    text += kDigits[octet >> 4];
    text += kDigits[octet & 0x0f];
  }
  return text;
}

std::vector<GoldenMessage> ReadGoldenMessages() {
  std::ifstream file(VCP_GOLDEN_FOLDER "/q2931.txt");
  std::vector<GoldenMessage> messages;
  std::string line, comment;
  while (std::getline(file, line)) {
    if (line.starts_with('#')) {
      comment = line.substr(1);
    } else {
      messages.push_back({comment, FromHex(line)});
    }
  }
  return messages;
}

}  // namespace vcp::wire
