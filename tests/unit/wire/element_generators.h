#pragma once

#include <rapidcheck.h>

#include "wire/message.h"

namespace vcp::wire {

// A message of this type with some of the elements that it may carry, each with any contents that
// elements.h allows and that fit. Every element may come with a type that is not known.
rc::Gen<Message> AnyMessage(MessageType type);

inline constexpr MessageType kUnknownType{0xfe};

}  // namespace vcp::wire
