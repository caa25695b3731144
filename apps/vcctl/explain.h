// Turns what the daemon says about a call that nobody makes into lines for people.
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>

namespace vcp::ctl {

// `answer` is the daemon's to "explain setup".
void PrintExplanation(const nlohmann::json& answer, std::ostream& out);

}  // namespace vcp::ctl
