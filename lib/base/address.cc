#include "base/address.h"

#include <algorithm>

#include "base/aesa_text.h"

namespace vcp {
namespace {

bool IsDigit(uint8_t c) { return c >= '0' && c <= '9'; }

std::optional<Address> ParseE164(std::string_view digits) {
  return MakeAddress(AddressType::kE164,
                     {reinterpret_cast<const uint8_t*>(digits.data()), digits.size()});
}

std::optional<Address> ParseNsap(std::string_view text) {
  Address address{AddressType::kNsap, Address::kNsapBytes, {}};
  if (ReadAesaDigits(text, &address.bytes) != 2 * Address::kNsapBytes) return std::nullopt;
  return address;
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
  const bool is_e164 = text.starts_with('+') && text.find(':') == text.npos;
  return is_e164 ? ParseE164(text.substr(1)) : ParseNsap(text);
}

std::string ToString(const Address& address) {
  switch (address.type) {
    case AddressType::kE164:
      return "+" + std::string(address.octets().begin(), address.octets().end());
    case AddressType::kNsap:
      return WriteAesaDigits(address.bytes, 2 * Address::kNsapBytes);
    case AddressType::kNone:
      break;
  }
  return "none";
}

}  // namespace vcp
