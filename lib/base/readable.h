// Numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace vcp {

// "1,234,567".
std::string Grouped(uint64_t number);
// "938.2 Mbit/s".
std::string ReadableBitRate(uint64_t bits_per_second);
// "42 s", "12 min 5 s", "3 h 12 min", "2 d 3 h".
std::string ReadableDuration(uint64_t seconds);

}  // namespace vcp
