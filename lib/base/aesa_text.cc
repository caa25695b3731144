#include "base/aesa_text.h"

#include <span>

#include "base/aesa.h"

namespace vcp {
namespace {

constexpr size_t kMaxDigits = 2 * Address::kNsapBytes;
// The format identifier, 15 digits and the filler.
constexpr size_t kE164Digits = 18;

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Puts digits behind the first `digits` ones; how many there are then.
std::optional<size_t> Append(std::string_view text, size_t digits, AesaOctets* octets) {
  const size_t first = digits;
  bool after_dot = true;  // None at the start, none behind another.
  for (char c : text) {
    if (c == '.') {
      if (after_dot || digits % 2 != 0) return std::nullopt;
      after_dot = true;
      continue;
    }
    const int value = HexValue(c);
    if (value < 0 || digits == kMaxDigits) return std::nullopt;
    (*octets)[digits / 2] |= static_cast<uint8_t>(digits % 2 == 0 ? value << 4 : value);
    ++digits;
    after_dot = false;
  }
  if (after_dot && digits != first) return std::nullopt;
  return digits;
}

// Octets per group; an E.164 address keeps its number together.
std::span<const uint8_t> GroupsOf(const AesaOctets& octets) {
  static constexpr uint8_t kE164[] = {1, 8, 4, 6, 1};
  static constexpr uint8_t kOther[] = {1, 2, 1, 3, 2, 2, 2, 6, 1};
  const Address aesa{AddressType::kNsap, Address::kNsapBytes, octets};
  return FormatOf(aesa) == AesaFormat::kE164 ? std::span<const uint8_t>(kE164)
                                             : std::span<const uint8_t>(kOther);
}

}  // namespace

std::optional<size_t> ReadAesaDigits(std::string_view text, AesaOctets* octets) {
  octets->fill(0);
  const size_t colon = text.find(':');
  if (!text.starts_with('+') || colon == text.npos) return Append(text, 0, octets);
  const std::optional<Address> number = ParseAddress(text.substr(0, colon));
  if (!number) return std::nullopt;
  const std::optional<Address> aesa = ToE164Aesa(*number);
  if (!aesa) return std::nullopt;
  *octets = aesa->bytes;
  return Append(text.substr(colon + 1), kE164Digits, octets);
}

std::string WriteAesaDigits(const AesaOctets& octets, size_t digits) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  size_t digit = 0;
  for (uint8_t group : GroupsOf(octets)) {
    if (digit < digits && !text.empty()) text += '.';
    for (const size_t end = digit + 2 * group; digit < end && digit < digits; ++digit) {
      const uint8_t octet = octets[digit / 2];
      text += kHex[digit % 2 == 0 ? octet >> 4 : octet & 0xf];
    }
  }
  return text;
}

}  // namespace vcp
