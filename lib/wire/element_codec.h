#pragma once

#include "wire/elements.h"
#include "wire/octets.h"

// Contents of elements, from the octet after their header. For each type of elements.def:
//
//   Decode  false when the content is bad. Reading beyond the end, or not to the end, is a bad
//           length and the caller's to see from the reader.
//   Encode  what does not fit is the caller's to see from the writer.
//
// The coding standard is in the header: the caller's as well.
namespace vcp::wire {

#define VCP_ELEMENT(constant, Type, member, id, codings, max_bytes, repeats, treatment, name) \
  bool Decode(OctetReader* reader, Type* value);                                              \
  void Encode(const Type& value, OctetWriter* writer);
#include "wire/elements.def"

// Bit 8 of an octet: no more octets of the same group follow.
inline constexpr uint8_t kLast = 0x80;

}  // namespace vcp::wire
