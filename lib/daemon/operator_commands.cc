#include "daemon/operator_commands.h"

#include <unistd.h>

#include "daemon/operator_rows.h"
#include "daemon/pvc_config.h"
#include "daemon/setup_explainer.h"
#include "shm/channel_abi.h"

namespace vcp::daemon {
namespace {

std::vector<std::string_view> SplitWords(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    size_t end = line.find(' ');
    if (end != 0) words.push_back(line.substr(0, end));
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  }
  return words;
}

constexpr char kKnownRequests[] =
    "known requests: version, show ports|links|clients|afs|saps|vcs|calls|parties|pvcs|routes|cac|"
    "sscop|counters|cores, explain setup, pvc add|delete, oid list|get|set, "
    "port pause|restart|reset|remove, doctor";

}  // namespace

std::string OperatorCommands::Answer(std::string_view line) {
  parts_.counters->Add(DaemonCounter::kOperatorRequests);
  std::vector<std::string_view> words = SplitWords(line);
  if (!words.empty() && words[0] == "pvc") return ChangePvcs(Words(words).subspan(1));

  if (words.size() > 1 && words[0] == "explain" && words[1] == "setup") {
    return ExplainSetup(Words(words).subspan(2));
  }

  if (!words.empty() && words[0] == "port") return ChangePort(Words(words).subspan(1));
  if (words.size() > 2 && words[0] == "oid") return AskOid(Words(words).subspan(1));

  using Write = void (OperatorCommands::*)(JsonWriter*);
  static const std::map<std::string_view, Write> kRequests = {
      {"version", &OperatorCommands::WriteVersion},
      {"show ports", &OperatorCommands::WritePorts},
      {"show clients", &OperatorCommands::WriteClients},
      {"show afs", &OperatorCommands::WriteAfs},
      {"show saps", &OperatorCommands::WriteSaps},
      {"show vcs", &OperatorCommands::WriteVcs},
      {"show calls", &OperatorCommands::WriteCalls},
      {"show parties", &OperatorCommands::WriteParties},
      {"show links", &OperatorCommands::WriteLinks},
      {"show sscop", &OperatorCommands::WriteSscop},
      {"show routes", &OperatorCommands::WriteRoutes},
      {"show cac", &OperatorCommands::WriteCac},
      {"show pvcs", &OperatorCommands::WritePvcs},
      {"show counters", &OperatorCommands::WriteCounters},
      {"show cores", &OperatorCommands::WriteCores},
      {"doctor", &OperatorCommands::WriteDoctor},
      {"oid list", &OperatorCommands::WriteOids},
  };
  std::string request;
  for (std::string_view word : words) request += (request.empty() ? "" : " ") + std::string(word);
  auto found = kRequests.find(request);
  if (found == kRequests.end()) return Refuse(Status::kNotRecognized, kKnownRequests);
  JsonWriter json;
  json.BeginObject().Field("ok", true);
  (this->*found->second)(&json);
  json.EndObject();
  return json.Take();
}

std::string OperatorCommands::Refuse(Status status, std::string_view error) const {
  JsonWriter json;
  json.BeginObject().Field("ok", false).Field("status", StatusName(status));
  json.Field("error", error).EndObject();
  return json.Take();
}

std::string OperatorCommands::ChangePvcs(Words words) {
  std::string error = kKnownRequests;
  Status status = Status::kNotRecognized;
  if (words.size() > 1 && words[0] == "add") {
    PvcConfig pvc;
    status = ParsePvcWords(words.subspan(1), &pvc, &error);
    if (status == Status::kSuccess) {
      status = AddPvcs(pvc, parts_.config->ports, parts_.pvcs, &error);
    }
  } else if (words.size() == 2 && words[0] == "delete") {
    status = DeletePvcs(std::string(words[1]), parts_.pvcs, &error);
  }
  if (status != Status::kSuccess) return Refuse(status, error);
  return "{\"ok\":true}";
}

std::string OperatorCommands::ExplainSetup(Words words) const {
  if (parts_.link_routes == nullptr) return Refuse(Status::kNotSupported, kKnownRequests);
  SetupQuestion question;
  std::string error;
  const Status status = ParseSetupWords(words, parts_.config->ports, &question, &error);
  if (status != Status::kSuccess) return Refuse(status, error);
  const ClientsByRole clients = MapClients();
  JsonWriter json;
  json.BeginObject().Field("ok", true);
  SetupExplainer explainer({.switchboard = parts_.switchboard,
                            .links = Links(),
                            .routes = parts_.routes,
                            .link_routes = parts_.link_routes,
                            .pvcs = parts_.pvcs,
                            .config = parts_.config,
                            .now_ns = parts_.loop->NowNs(),
                            .name_client =
                                [&](const circuit::Client* client) {
                                  const AttachSession* session = Find(clients, client);
                                  return session == nullptr
                                             ? "a client of the daemon's own"
                                             : session->name() + " (" +
                                                   std::to_string(session->id()) + ")";
                                }},
                           &json);
  explainer.Explain(question);
  json.EndObject();
  return json.Take();
}

void OperatorCommands::WriteVersion(JsonWriter* json) {
  json->Field("version", VCP_VERSION);
  json->Field("abi", std::to_string(shm::kAbiMajor) + "." + std::to_string(shm::kAbiMinor));
  json->Field("pid", getpid());
  json->Field("uptime_seconds", SecondsSince(start_ns_));
  json->Field("dev", parts_.dev);
  json->Field("attach_socket", parts_.config->attach_socket);
  json->Field("operator_socket", parts_.config->operator_socket);
}

}  // namespace vcp::daemon
