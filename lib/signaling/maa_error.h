#pragma once

#include <cstddef>
#include <string_view>

#include "signaling/maa_error_table.h"

namespace vcp::signaling {

// Values are Q.2110's letters.
enum class MaaError : char {
#define VCP_MAA_ERROR(constant, code, name, meaning) constant = code,
  VCP_MAA_ERROR_TABLE(VCP_MAA_ERROR)
#undef VCP_MAA_ERROR
};
inline constexpr size_t kMaaErrorCount = 'X' - 'A' + 1;  // N is not used.
std::string_view MaaErrorName(MaaError error);
std::string_view MaaErrorMeaning(MaaError error);

}  // namespace vcp::signaling
