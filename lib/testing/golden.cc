#include "testing/golden.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

namespace vcp::testing {
namespace {

std::optional<GoldenSide> SideOf(std::string_view word) {
  if (word == "user") return GoldenSide::kUser;
  if (word == "network") return GoldenSide::kNetwork;
  if (word == "frame") return GoldenSide::kFrame;
  return std::nullopt;
}

int Digit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

bool ParseHex(std::string_view text, std::vector<uint8_t>* octets) {
  if (text.empty() || text.size() % 2 != 0) return false;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = Digit(text[i]);
    const int low = Digit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    octets->push_back(static_cast<uint8_t>(high * 16 + low));
  }
  return true;
}

bool ParseLine(const std::string& line, GoldenPdu* pdu) {
  std::istringstream words(line);
  std::string side;
  std::string hex;
  std::string hash;
  words >> pdu->number >> side >> hex >> hash >> std::ws;
  const std::optional<GoldenSide> known = SideOf(side);
  if (!known || hash != "#" || !ParseHex(hex, &pdu->octets)) return false;
  pdu->side = *known;
  return static_cast<bool>(std::getline(words, pdu->what));
}

}  // namespace

std::vector<GoldenPdu> ParseGolden(std::string_view text) {
  std::istringstream lines{std::string(text)};
  std::vector<GoldenPdu> pdus;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    GoldenPdu pdu;
    if (!ParseLine(line, &pdu)) {
      std::fprintf(stderr, "not NUMBER SIDE HEX # WHAT: %s\n", line.c_str());
      return {};
    }
    pdus.push_back(std::move(pdu));
  }
  return pdus;
}

std::vector<GoldenPdu> ReadGolden(const std::string& name) {
  const std::string path = VCP_GOLDEN_FOLDER "/" + name + ".hex";
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::vector<GoldenPdu> pdus = ParseGolden(text);
  if (pdus.empty()) {
    std::fprintf(stderr, "%s: no such file, or nothing in it\n", path.c_str());
    std::abort();
  }
  return pdus;
}

}  // namespace vcp::testing
