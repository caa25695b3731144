// What addresses begin with: up to 152 bits of an AESA, whose selector is not routed, or up to 15
// digits of an E.164 number. What routes and registrations are made of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/aesa.h"

namespace vcp {

struct AddressPrefix {
  static constexpr size_t kMaxBits = 8 * kAesaRoutedBytes;

  AddressType type = AddressType::kNsap;  // never kNone
  uint8_t length = 0;                     // bits of an AESA, digits of an E.164 number
  // Zero beyond the length; digits are ASCII.
  std::array<uint8_t, kAesaRoutedBytes> bytes = {};

  bool Matches(const Address& address) const;

  friend bool operator==(const AddressPrefix&, const AddressPrefix&) = default;
};

// The first `length` bits or digits of an address; nothing when it has fewer, or none at all.
std::optional<AddressPrefix> MakeAddressPrefix(const Address& address, size_t length);

// An AESA's first hexadecimal digits, with dots between octets where the writer likes them, and
// "/bits": "47.0005.80/32", "/0"; without the bits all digits count. "+358:" stands for the octets
// of an E.164 AESA, "+358" for digits of a native number, "+" for any such. Bits beyond the length
// are zero; a mistake otherwise.
std::optional<AddressPrefix> ParseAddressPrefix(std::string_view text);

// The same notation, an AESA's always with its bits.
std::string ToString(const AddressPrefix& prefix);

}  // namespace vcp
