// How the octets of an AESA are written, for whole addresses and for their prefixes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"

namespace vcp {

using AesaOctets = std::array<uint8_t, Address::kNsapBytes>;

// Hexadecimal digits with dots between octets where the writer likes them, or "+number:" for the
// first nine octets of an E.164 AESA and digits for the rest. The number of digits read, and zeros
// behind them; nothing when there are too many or something else among them.
std::optional<size_t> ReadAesaDigits(std::string_view text, AesaOctets* octets);

// The first `digits` hexadecimal digits, with dots where linux-atm has them.
std::string WriteAesaDigits(const AesaOctets& octets, size_t digits);

}  // namespace vcp
