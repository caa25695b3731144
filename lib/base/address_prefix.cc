#include "base/address_prefix.h"

#include <algorithm>
#include <charconv>

#include "base/aesa_text.h"

namespace vcp {
namespace {

constexpr size_t kBitsPerDigit = 4;

// What is left of octet `at` when only the first `bits` bits count.
uint8_t MaskOf(size_t bits, size_t at) {
  if (bits >= 8 * (at + 1)) return 0xff;
  if (bits <= 8 * at) return 0;
  return static_cast<uint8_t>(0xff00 >> (bits - 8 * at));
}

std::optional<size_t> ParseBits(std::string_view text) {
  size_t bits = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, bits);
  if (error != std::errc() || stop != end) return std::nullopt;
  return bits;
}

// In "+" and its digits the plus sign is not one.
std::optional<AddressPrefix> ParseDigits(std::string_view text) {
  if (text == "+") return AddressPrefix{.type = AddressType::kE164};
  const std::optional<Address> number = ParseAddress(text);
  if (!number) return std::nullopt;
  return MakeAddressPrefix(*number, number->size_bytes);
}

}  // namespace

bool AddressPrefix::Matches(const Address& address) const {
  if (address.type != type) return false;
  if (type == AddressType::kE164) {
    return length <= address.size_bytes &&
           std::equal(bytes.begin(), bytes.begin() + length, address.bytes.begin());
  }
  for (size_t at = 0; 8 * at < length; ++at) {
    if (((address.bytes[at] ^ bytes[at]) & MaskOf(length, at)) != 0) return false;
  }
  return true;
}

std::optional<AddressPrefix> MakeAddressPrefix(const Address& address, size_t length) {
  if (address.type == AddressType::kNone) return std::nullopt;
  const bool is_e164 = address.type == AddressType::kE164;
  if (length > (is_e164 ? address.size_bytes : AddressPrefix::kMaxBits)) return std::nullopt;
  AddressPrefix prefix{.type = address.type, .length = static_cast<uint8_t>(length)};
  for (size_t at = 0; at < prefix.bytes.size(); ++at) {
    prefix.bytes[at] = address.bytes[at] & MaskOf(is_e164 ? 8 * length : length, at);
  }
  return prefix;
}

std::optional<AddressPrefix> ParseAddressPrefix(std::string_view text) {
  if (text.starts_with('+') && text.find(':') == text.npos) return ParseDigits(text);
  const size_t slash = text.find('/');
  Address aesa{AddressType::kNsap, Address::kNsapBytes, {}};
  const std::optional<size_t> digits = ReadAesaDigits(text.substr(0, slash), &aesa.bytes);
  if (!digits) return std::nullopt;
  size_t bits = std::min(*digits * kBitsPerDigit, AddressPrefix::kMaxBits);
  if (slash != text.npos) {
    const std::optional<size_t> given = ParseBits(text.substr(slash + 1));
    if (!given || *given > bits) return std::nullopt;
    bits = *given;
  } else if (*digits == 0) {
    return std::nullopt;
  }
  const std::optional<AddressPrefix> prefix = MakeAddressPrefix(aesa, bits);
  const bool is_exact =
      std::equal(prefix->bytes.begin(), prefix->bytes.end(), aesa.bytes.begin()) &&
      SelectorOf(aesa) == 0;
  return is_exact ? prefix : std::nullopt;
}

std::string ToString(const AddressPrefix& prefix) {
  if (prefix.type == AddressType::kE164) {
    return "+" + std::string(prefix.bytes.begin(), prefix.bytes.begin() + prefix.length);
  }
  AesaOctets octets = {};
  std::ranges::copy(prefix.bytes, octets.begin());
  const size_t digits = (prefix.length + kBitsPerDigit - 1) / kBitsPerDigit;
  return WriteAesaDigits(octets, digits) + "/" + std::to_string(prefix.length);
}

}  // namespace vcp
