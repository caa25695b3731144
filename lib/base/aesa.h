// What is inside an ATM end system address (signaling 4.1): 20 octets, of which the last, the
// selector, tells applications of one host apart and is not routed. Functions that take an AESA
// want AddressType::kNsap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/address.h"

namespace vcp {

inline constexpr size_t kAesaRoutedBytes = Address::kNsapBytes - 1;

// By authority and format identifier; a group address has the format of its members' numbering.
enum class AesaFormat : uint8_t { kDcc, kIcd, kE164, kLocal, kOther };

AesaFormat FormatOf(const Address& aesa);

uint8_t SelectorOf(const Address& aesa);
Address WithSelector(const Address& aesa, uint8_t selector);

// A native E.164 number as an AESA and back. Nothing for a number with a leading zero, which the
// AESA's zeros would swallow; and for an AESA that is not E.164's, or that says more than the
// number.
std::optional<Address> ToE164Aesa(const Address& e164);
std::optional<Address> ToE164(const Address& aesa);

// Both forms of one address as the same: a native E.164 number as its AESA, anything else, a number
// with a leading zero too, as it is.
Address NormalForm(const Address& address);
// The other form, where there are two, of what is routed: a selector is not (4.3).
std::optional<Address> OtherRoutedForm(const Address& address);

}  // namespace vcp
