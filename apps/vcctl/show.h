// Turns the daemon's answers into tables for people.
#pragma once

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

namespace vcp::ctl {

// What `vcctl show` knows, in the order of its help.
struct ShowTopic {
  const char* name;
  const char* help;
};
const std::vector<ShowTopic>& ShowTopics();

struct ShowOptions {
  bool all = false;  // counters that are zero, too
};

// `answer` is the daemon's to "show <topic>".
void PrintTable(const std::string& topic, const nlohmann::json& answer, const ShowOptions& options,
                std::ostream& out);

}  // namespace vcp::ctl
