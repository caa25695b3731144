#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vcp {

enum class AddressType : uint8_t {
  kNone = 0,
  kE164 = 1,  // 1 to 15 decimal digits, kept as ASCII.
  kNsap = 2,  // A 20-octet ATM end system address.
};

// A party's address, as the environment and signaling carry it. Two addresses are equal when type
// and every octet are; routing and SAP rules are somebody else's.
struct Address {
  static constexpr size_t kNsapBytes = 20;
  static constexpr size_t kMaxE164Digits = 15;

  AddressType type = AddressType::kNone;
  uint8_t size_bytes = 0;
  std::array<uint8_t, kNsapBytes> bytes = {};  // Zero from size_bytes on.

  std::span<const uint8_t> octets() const { return {bytes.data(), size_bytes}; }

  friend bool operator==(const Address&, const Address&) = default;
};

// From octets as they arrive; nothing when their number or values do not fit the type.
std::optional<Address> MakeAddress(AddressType type, std::span<const uint8_t> octets);

// "+3581234567", or 40 hexadecimal digits with dots between octets where the writer likes them:
// "47.0005.80.ffe100.0000.f215.1b57.0020480d0001.00". The first 18 of an E.164 AESA may be given by
// its number: "+3581234567:00000000.0020480d0001.00".
std::optional<Address> ParseAddress(std::string_view text);

// The same notation, AESAs all in digits; "none" when there is no address.
std::string ToString(const Address& address);

}  // namespace vcp
