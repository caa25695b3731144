// What an operator asks about a call that nobody makes.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "circuit/types.h"
#include "daemon/config.h"

namespace vcp::daemon {

struct SetupQuestion {
  Address called;
  std::string port;  // that the call is made on; empty: where the routes lead
  circuit::CallParameters params;
};

// The operator's "address=+358401234567 rate=10Mbit ...". kInvalidData, kNoSuchPort: `error` says
// in one line what is wrong and what to do.
Status ParseSetupWords(std::span<const std::string_view> words, std::span<const PortConfig> ports,
                       SetupQuestion* question, std::string* error);

}  // namespace vcp::daemon
