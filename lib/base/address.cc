#include "base/address.h"

#include <algorithm>

namespace vcp {
namespace {

constexpr uint8_t kE164Afi = 0x45;

bool IsDigit(uint8_t c) { return c >= '0' && c <= '9'; }

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<Address> ParseE164(std::string_view digits) {
  return MakeAddress(AddressType::kE164,
                     {reinterpret_cast<const uint8_t*>(digits.data()), digits.size()});
}

std::optional<Address> ParseNsap(std::string_view text) {
  std::array<uint8_t, Address::kNsapBytes> octets;
  size_t count = 0;
  for (size_t at = 0; at < text.size(); at += 2) {
    if (count > 0 && text[at] == '.') ++at;
    if (count == octets.size() || at + 1 >= text.size()) return std::nullopt;
    int high = HexValue(text[at]);
    int low = HexValue(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    octets[count++] = static_cast<uint8_t>(high << 4 | low);
  }
  return MakeAddress(AddressType::kNsap, {octets.data(), count});
}

// Octets per group, as linux-atm writes them: an E.164 address keeps its number together.
std::span<const uint8_t> NsapGroups(uint8_t afi) {
  static constexpr uint8_t kE164[] = {1, 8, 4, 6, 1};
  static constexpr uint8_t kOther[] = {1, 2, 1, 3, 2, 2, 2, 6, 1};
  return afi == kE164Afi ? std::span<const uint8_t>(kE164) : std::span<const uint8_t>(kOther);
}

std::string NsapToString(std::span<const uint8_t> octets) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (uint8_t group : NsapGroups(octets.front())) {
    if (!text.empty()) text += '.';
    for (uint8_t octet : octets.first(group)) {
      text += kHex[octet >> 4];
      text += kHex[octet & 0xf];
    }
    octets = octets.subspan(group);
  }
  return text;
}

}  // namespace

std::optional<Address> MakeAddress(AddressType type, std::span<const uint8_t> octets) {
  bool fits = false;
  switch (type) {
    case AddressType::kNone:
      fits = octets.empty();
      break;
    case AddressType::kE164:
      fits = !octets.empty() && octets.size() <= Address::kMaxE164Digits &&
             std::ranges::all_of(octets, IsDigit);
      break;
    case AddressType::kNsap:
      fits = octets.size() == Address::kNsapBytes;
      break;
  }
  if (!fits) return std::nullopt;

  Address address{type, static_cast<uint8_t>(octets.size()), {}};
  std::ranges::copy(octets, address.bytes.begin());
  return address;
}

std::optional<Address> ParseAddress(std::string_view text) {
  return text.starts_with('+') ? ParseE164(text.substr(1)) : ParseNsap(text);
}

std::string ToString(const Address& address) {
  switch (address.type) {
    case AddressType::kE164:
      return "+" + std::string(address.octets().begin(), address.octets().end());
    case AddressType::kNsap:
      return NsapToString(address.octets());
    case AddressType::kNone:
      break;
  }
  return "none";
}

}  // namespace vcp
