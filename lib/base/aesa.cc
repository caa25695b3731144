#include "base/aesa.h"

#include <algorithm>
#include <string>

#include "base/check.h"

namespace vcp {
namespace {

constexpr uint8_t kDccAfi = 0x39;
constexpr uint8_t kE164Afi = 0x45;
constexpr uint8_t kIcdAfi = 0x47;
constexpr uint8_t kLocalAfi = 0x49;
constexpr uint8_t kDccGroupAfi = 0xbd;
constexpr uint8_t kE164GroupAfi = 0xc3;
constexpr uint8_t kIcdGroupAfi = 0xc5;
constexpr uint8_t kLocalGroupAfi = 0xc7;

constexpr size_t kSelectorAt = kAesaRoutedBytes;
// 15 digits, right aligned behind zeros, then a nibble of ones: octets 1 to 8.
constexpr size_t kE164End = 9;
constexpr uint8_t kE164Filler = 0xf;

uint8_t AfiOf(const Address& aesa) {
  VCP_CHECK(aesa.type == AddressType::kNsap);
  return aesa.bytes[0];
}

uint8_t NibbleOf(const Address& aesa, size_t digit) {
  const uint8_t octet = aesa.bytes[1 + digit / 2];
  return digit % 2 == 0 ? octet >> 4 : octet & 0xf;
}

}  // namespace

AesaFormat FormatOf(const Address& aesa) {
  switch (AfiOf(aesa)) {
    case kDccAfi:
    case kDccGroupAfi:
      return AesaFormat::kDcc;
    case kIcdAfi:
    case kIcdGroupAfi:
      return AesaFormat::kIcd;
    case kE164Afi:
    case kE164GroupAfi:
      return AesaFormat::kE164;
    case kLocalAfi:
    case kLocalGroupAfi:
      return AesaFormat::kLocal;
    default:
      return AesaFormat::kOther;
  }
}

uint8_t SelectorOf(const Address& aesa) {
  VCP_CHECK(aesa.type == AddressType::kNsap);
  return aesa.bytes[kSelectorAt];
}

Address WithSelector(const Address& aesa, uint8_t selector) {
  VCP_CHECK(aesa.type == AddressType::kNsap);
  Address other = aesa;
  other.bytes[kSelectorAt] = selector;
  return other;
}

std::optional<Address> ToE164Aesa(const Address& e164) {
  if (e164.type != AddressType::kE164 || e164.bytes[0] == '0') return std::nullopt;
  Address aesa{AddressType::kNsap, Address::kNsapBytes, {kE164Afi}};
  const size_t first = Address::kMaxE164Digits - e164.size_bytes;
  for (size_t digit = first; digit < Address::kMaxE164Digits; ++digit) {
    const uint8_t value = static_cast<uint8_t>(e164.bytes[digit - first] - '0');
    aesa.bytes[1 + digit / 2] |= static_cast<uint8_t>(digit % 2 == 0 ? value << 4 : value);
  }
  aesa.bytes[kE164End - 1] |= kE164Filler;
  return aesa;
}

std::optional<Address> ToE164(const Address& aesa) {
  if (aesa.type != AddressType::kNsap || aesa.bytes[0] != kE164Afi) return std::nullopt;
  const auto is_zero = [](uint8_t octet) { return octet == 0; };
  if (!std::all_of(aesa.bytes.begin() + kE164End, aesa.bytes.end(), is_zero)) return std::nullopt;
  if (NibbleOf(aesa, Address::kMaxE164Digits) != kE164Filler) return std::nullopt;
  std::string digits;
  for (size_t digit = 0; digit < Address::kMaxE164Digits; ++digit) {
    const uint8_t value = NibbleOf(aesa, digit);
    if (value > 9) return std::nullopt;
    if (value != 0 || !digits.empty()) digits += static_cast<char>('0' + value);
  }
  return MakeAddress(AddressType::kE164,
                     {reinterpret_cast<const uint8_t*>(digits.data()), digits.size()});
}

Address NormalForm(const Address& address) { return ToE164Aesa(address).value_or(address); }

std::optional<Address> OtherRoutedForm(const Address& address) {
  if (address.type != AddressType::kNsap) return ToE164Aesa(address);
  return ToE164(WithSelector(address, 0));
}

}  // namespace vcp
