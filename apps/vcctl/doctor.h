// Looks at the host and at the daemon, and says what stands in the way, with the command that mends
// it.
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "operator_client.h"

namespace vcp::ctl {

struct Check {
  enum class Result { kOk, kWarning, kBad };
  std::string name;
  Result result = Result::kOk;
  std::string found;
  std::string fix;  // empty when all is well
};

// Reads /sys and /proc below `root` ("" on a real host).
std::vector<Check> CheckHost(const std::string& root);

// Is there a daemon, may we talk to it, do we speak the same ABI; and what it says of itself.
std::vector<Check> CheckDaemon(apps::OperatorClient& client);

void PrintChecks(const std::vector<Check>& checks, std::ostream& out);
nlohmann::json ToJson(const std::vector<Check>& checks);
bool AnyBad(const std::vector<Check>& checks);

}  // namespace vcp::ctl
