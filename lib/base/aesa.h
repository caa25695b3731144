// What is inside an ATM end system address (signaling 4.1): 20 octets, of which the last, the
// selector, tells applications of one host apart and is not routed. Functions that take an AESA
// want AddressType::kNsap.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/address.h"

namespace vcp {

inline constexpr size_t kAesaRoutedBytes = Address::kNsapBytes - 1;

// By authority and format identifier; a group address has the format of its members' numbering.
enum class AesaFormat : uint8_t { kDcc, kIcd, kE164, kLocal, kOther };

AesaFormat FormatOf(const Address& aesa);
bool IsGroup(const Address& aesa);

// The end system identifier: a MAC address, as a rule.
std::array<uint8_t, 6> EsiOf(const Address& aesa);
uint8_t SelectorOf(const Address& aesa);
Address WithSelector(const Address& aesa, uint8_t selector);

// The same but for the selector, which only AESAs have.
bool IsSameEndSystem(const Address& one, const Address& other);

// A native E.164 number as an AESA and back. Nothing for a number with a leading zero, which the
// AESA's zeros would swallow; and for an AESA that is not E.164's, or that says more than the
// number.
std::optional<Address> ToE164Aesa(const Address& e164);
std::optional<Address> ToE164(const Address& aesa);

}  // namespace vcp
