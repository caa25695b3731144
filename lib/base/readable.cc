#include "base/readable.h"

#include <array>
#include <cstdio>

namespace vcp {
namespace {

// The smaller unit only where there is something of it.
std::string TwoUnits(uint64_t large, const char* unit, uint64_t small, const char* smaller) {
  const std::string text = std::to_string(large) + unit;
  return small == 0 ? text : text + " " + std::to_string(small) + smaller;
}

}  // namespace

std::string Grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string ReadableBitRate(uint64_t bits_per_second) {
  constexpr std::array kUnits = {" bit/s", " kbit/s", " Mbit/s", " Gbit/s", " Tbit/s"};
  auto value = static_cast<double>(bits_per_second);
  size_t unit = 0;
  // What would be rounded to 1000 is 1 of the next unit.
  for (; value >= 999.95 && unit + 1 < kUnits.size(); ++unit) value /= 1000;
  std::array<char, 32> text;
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data() + std::string(kUnits[unit]);
}

std::string ReadableDuration(uint64_t seconds) {
  const uint64_t minutes = seconds / 60;
  const uint64_t hours = minutes / 60;
  if (minutes == 0) return std::to_string(seconds) + " s";
  if (hours == 0) return TwoUnits(minutes, " min", seconds % 60, " s");
  if (hours < 24) return TwoUnits(hours, " h", minutes % 60, " min");
  return TwoUnits(hours / 24, " d", hours % 24, " h");
}

}  // namespace vcp
