#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/counter.h"
#include "signaling/uni_counter_table.h"

namespace vcp::signaling {

enum class UniCounter : uint8_t {
#define VCP_UNI_COUNTER(constant, name, meaning) constant,
  VCP_UNI_COUNTER_TABLE(VCP_UNI_COUNTER)
#undef VCP_UNI_COUNTER
};
inline constexpr size_t kUniCounterCount = 0
#define VCP_UNI_COUNTER(constant, name, meaning) +1
    VCP_UNI_COUNTER_TABLE(VCP_UNI_COUNTER)
#undef VCP_UNI_COUNTER
    ;
std::string_view UniCounterName(UniCounter counter);
std::string_view UniCounterMeaning(UniCounter counter);

using UniCounters = std::array<Counter, kUniCounterCount>;

}  // namespace vcp::signaling
