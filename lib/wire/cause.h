#pragma once

#include <cstdint>
#include <string_view>

namespace vcp::wire {

// What `Cause::value` may say: CauseValue::kUserBusy and so on. Plain numbers, because others are
// received and passed on as well.
struct CauseValue {
  enum : uint8_t {
#define VCP_CAUSE(constant, value, meaning) constant = value,
#include "wire/causes.def"
  };
};

// "unknown cause" for a value that is not in the table.
std::string_view CauseMeaning(uint8_t value);

}  // namespace vcp::wire
