#pragma once

#include <optional>

#include "base/address.h"
#include "wire/elements.h"

namespace vcp::wire {

// An AESA of 20 octets, or an international E.164 number of 1 to 15 digits; nothing when a number
// that somebody sent is neither.
std::optional<Address> ToAddress(const PartyNumber& number);

// The address must have a type.
PartyNumber ToPartyNumber(const Address& address);

}  // namespace vcp::wire
