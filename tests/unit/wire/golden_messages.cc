#include "golden_messages.h"

#include <cstdlib>
#include <utility>

#include "base/check.h"
#include "testing/golden.h"

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
  constexpr size_t kTrailerBytes = 4;
  std::vector<GoldenMessage> messages;
  for (const char* name : {"ngatm_p2mp", "ngatm_stock_atmsigd", "cbr_modify"}) {
    for (testing::GoldenPdu& pdu : testing::ReadGolden(name)) {
      const size_t begin = pdu.what.find("| ");
      if (begin == std::string::npos) continue;  // of SSCOP itself
      const size_t padding = pdu.octets[pdu.octets.size() - kTrailerBytes] >> 6;
      pdu.octets.resize(pdu.octets.size() - kTrailerBytes - padding);
      const std::string message = pdu.what.substr(begin + 2, pdu.what.find(" call=") - begin - 2);
      messages.push_back({std::string(name) + " " + std::to_string(pdu.number) + ": " + message,
                          std::move(pdu.octets)});
    }
  }
  return messages;
}

}  // namespace vcp::wire
