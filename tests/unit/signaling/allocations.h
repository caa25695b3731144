#pragma once

#include <cstdint>

namespace vcp {

// How often this program has taken memory with operator new.
uint64_t AllocationCount();

}  // namespace vcp
