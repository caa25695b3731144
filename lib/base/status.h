#pragma once

#include <cstdint>
#include <string_view>

#include "base/status_table.h"

namespace vcp {

// How an operation ended. The environment's statuses, plus what shared memory and a daemon add.
enum class [[nodiscard]] Status : uint32_t{
#define VCP_STATUS_ENUMERATOR(constant, number, name, meaning) constant = number,
    VCP_STATUS_TABLE(VCP_STATUS_ENUMERATOR)
#undef VCP_STATUS_ENUMERATOR
};

// "SUCCESS"; "UNKNOWN_STATUS" for a number that is not in the table (it may come from a peer).
std::string_view StatusName(Status status);

// One line for a user.
std::string_view StatusMeaning(Status status);

}  // namespace vcp
