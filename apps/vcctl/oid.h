// Turns what the daemon says of OIDs into lines for people.
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>

namespace vcp::ctl {

// `answer` is the daemon's to "oid list".
void PrintOids(const nlohmann::json& answer, std::ostream& out);
// And to "oid get".
void PrintOid(const nlohmann::json& answer, std::ostream& out);

}  // namespace vcp::ctl
