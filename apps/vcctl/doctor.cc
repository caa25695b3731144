#include "doctor.h"

#include <algorithm>

#include "shm/channel_abi.h"

namespace vcp::ctl {

namespace {

using apps::OperatorClient;
using nlohmann::json;
using Result = Check::Result;

const char* ResultName(Result result) {
  switch (result) {
    case Result::kOk:
      return "ok";
    case Result::kWarning:
      return "warning";
    case Result::kBad:
      return "bad";
  }
  return "bad";
}

const char* ResultLabel(Result result) {
  switch (result) {
    case Result::kOk:
      return "OK  ";
    case Result::kWarning:
      return "WARN";
    case Result::kBad:
      return "BAD ";
  }
  return "BAD ";
}

std::string TextOf(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// The daemon sees what we cannot: its ports, its limits, its privileges.
void AppendDaemonsOwn(const json& answer, std::vector<Check>* checks) {
  const auto list = answer.find("checks");
  if (list == answer.end() || !list->is_array()) return;
  for (const json& item : *list) {
    if (!item.is_object()) continue;
    const std::string result = TextOf(item, "result");
    checks->push_back({"daemon: " + TextOf(item, "name"),
                       result == "ok"        ? Result::kOk
                       : result == "warning" ? Result::kWarning
                                             : Result::kBad,
                       TextOf(item, "found"), TextOf(item, "fix")});
  }
}

}  // namespace

std::vector<Check> CheckDaemon(OperatorClient& client) {
  const std::string& socket = client.socket_path();
  json answer;
  std::string error;
  switch (client.Ask("version", &answer, &error)) {
    case OperatorClient::Outcome::kAnswered:
      break;
    case OperatorClient::Outcome::kNoDaemon:
      // Not bad in itself: doctor also readies hosts on which no daemon has run yet.
      return {{"daemon", Result::kWarning, "no daemon answers at " + socket,
               "vcplaned --dev, or: vcctl --operator SOCKET doctor"}};
    case OperatorClient::Outcome::kNotAllowed:
      return {{"daemon", Result::kBad, "this user may not talk to the daemon at " + socket,
               "sudo vcctl --operator " + socket + " doctor"}};
    default:
      return {{"daemon", Result::kBad, error, "use vcctl and vcplaned of the same release"}};
  }
  std::vector<Check> checks;
  checks.push_back({"daemon", Result::kOk,
                    "vcplaned " + TextOf(answer, "version") + " answers at " + socket, ""});
  const std::string ours = std::to_string(shm::kAbiMajor) + "." + std::to_string(shm::kAbiMinor);
  const std::string theirs = TextOf(answer, "abi");
  const bool same_major = theirs.substr(0, theirs.find('.')) == std::to_string(shm::kAbiMajor);
  checks.push_back({"ABI", same_major ? Result::kOk : Result::kBad,
                    "daemon " + theirs + ", this release " + ours,
                    same_major ? "" : "install vcplaned and libvcplane of the same major version"});
  if (client.Ask("doctor", &answer, &error) == OperatorClient::Outcome::kAnswered) {
    AppendDaemonsOwn(answer, &checks);
  }
  return checks;
}

void PrintChecks(const std::vector<Check>& checks, std::ostream& out) {
  size_t width = 0;
  for (const Check& check : checks) width = std::max(width, check.name.size());
  for (const Check& check : checks) {
    const std::string padding(width - check.name.size(), ' ');
    out << ResultLabel(check.result) << "  " << check.name << padding << "  " << check.found
        << '\n';
    if (!check.fix.empty()) {
      out << "      " << std::string(width, ' ') << "  fix: " << check.fix << '\n';
    }
  }
}

json ToJson(const std::vector<Check>& checks) {
  json list = json::array();
  for (const Check& check : checks) {
    list.push_back({{"name", check.name},
                    {"result", ResultName(check.result)},
                    {"found", check.found},
                    {"fix", check.fix}});
  }
  return {{"checks", list}};
}

bool AnyBad(const std::vector<Check>& checks) {
  return std::any_of(checks.begin(), checks.end(),
                     [](const Check& check) { return check.result == Result::kBad; });
}

}  // namespace vcp::ctl
