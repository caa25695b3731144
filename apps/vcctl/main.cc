// vcctl: the operator's tool. Asks a running daemon over its operator socket.
#include <CLI/CLI.hpp>
#include <cstdint>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "doctor.h"
#include "explain.h"
#include "oid.h"
#include "operator_client.h"
#include "shm/socket_paths.h"
#include "show.h"

namespace {

using nlohmann::json;
using vcp::apps::OperatorClient;

enum ExitCode { kDone = 0, kRefused = 1, kBadUsage = 2, kNoDaemon = 3 };

constexpr char kFooter[] =
    "Examples: vcctl show links; vcctl explain setup +358401234567 --rate 10Mbit; vcctl doctor\n"
    "Exit codes: 0 done; 1 the daemon refused, a call explained would be refused, or doctor found\n"
    "something bad; 2 bad usage; 3 no daemon answers.";

struct PvcOptions {
  std::string name;
  std::string port;
  int64_t label = -1;
  int64_t transmit_label = -1;
  int64_t receive_label = -1;
  uint64_t count = 0;
  std::string peer_mac;
  std::string destination;
  uint64_t max_sdu_bytes = 0;
  std::string rate;
  std::string peak;
  uint64_t burst_bytes = 0;
};

struct SetupOptions {
  std::string address;
  std::string port;
  std::string rate;
  std::string peak;
  uint64_t burst_bytes = 0;
  uint64_t sdu_bytes = 0;
  std::string service;
  bool one_way = false;
};

struct OidOptions {
  std::string port;
  std::string name;
  std::string value;
  int64_t vc = -1;
  int64_t family = -1;
};

struct Options {
  std::string operator_socket = vcp::shm::FindOperatorSocket();
  bool json = false;
  vcp::ctl::ShowOptions show;
  PvcOptions pvc;
  SetupOptions setup;
  OidOptions oid;
  std::string port;
};

ExitCode Ask(const Options& options, const std::string& request, json* answer) {
  OperatorClient client(options.operator_socket);
  std::string error;
  const auto outcome = client.Ask(request, answer, &error);
  if (outcome == OperatorClient::Outcome::kAnswered) return kDone;
  std::cerr << "vcctl: " << error << '\n';
  return outcome == OperatorClient::Outcome::kRefused ? kRefused : kNoDaemon;
}

void PrintJson(json answer) {
  answer.erase("ok");
  std::cout << answer.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
}

ExitCode Show(const Options& options, const std::string& topic) {
  json answer;
  if (const ExitCode code = Ask(options, "show " + topic, &answer); code != kDone) return code;
  if (options.json) {
    PrintJson(std::move(answer));
  } else {
    vcp::ctl::PrintTable(topic, answer, options.show, std::cout);
  }
  return kDone;
}

ExitCode AddPvc(const Options& options) {
  const PvcOptions& pvc = options.pvc;
  std::string request = "pvc add name=" + pvc.name + " port=" + pvc.port;
  const auto append = [&request](const char* key, const std::string& value) {
    request += std::string(" ") + key + "=" + value;
  };
  if (pvc.label >= 0) append("label", std::to_string(pvc.label));
  if (pvc.transmit_label >= 0) append("transmit_label", std::to_string(pvc.transmit_label));
  if (pvc.receive_label >= 0) append("receive_label", std::to_string(pvc.receive_label));
  if (pvc.count != 0) append("count", std::to_string(pvc.count));
  if (!pvc.peer_mac.empty()) append("peer_mac", pvc.peer_mac);
  if (!pvc.destination.empty()) append("destination", pvc.destination);
  if (pvc.max_sdu_bytes != 0) append("max_sdu", std::to_string(pvc.max_sdu_bytes));
  if (!pvc.rate.empty()) append("rate", pvc.rate);
  if (!pvc.peak.empty()) append("peak", pvc.peak);
  if (pvc.burst_bytes != 0) append("burst", std::to_string(pvc.burst_bytes));
  json answer;
  if (const ExitCode code = Ask(options, request, &answer); code != kDone) return code;
  if (options.json) PrintJson(std::move(answer));
  return kDone;
}

ExitCode DeletePvc(const Options& options) {
  json answer;
  const ExitCode code = Ask(options, "pvc delete " + options.pvc.name, &answer);
  if (code == kDone && options.json) PrintJson(std::move(answer));
  return code;
}

ExitCode ExplainSetup(const Options& options) {
  const SetupOptions& setup = options.setup;
  std::string request = "explain setup address=" + setup.address;
  if (!setup.port.empty()) request += " port=" + setup.port;
  if (!setup.rate.empty()) request += " rate=" + setup.rate;
  if (!setup.peak.empty()) request += " peak=" + setup.peak;
  if (setup.burst_bytes != 0) request += " burst=" + std::to_string(setup.burst_bytes);
  if (setup.sdu_bytes != 0) request += " sdu=" + std::to_string(setup.sdu_bytes);
  if (!setup.service.empty()) request += " service=" + setup.service;
  if (setup.one_way) request += " one_way=yes";
  json answer;
  if (const ExitCode code = Ask(options, request, &answer); code != kDone) return code;
  const bool would_be_sent = answer.value("would_be_sent", false);
  if (options.json) {
    PrintJson(std::move(answer));
  } else {
    vcp::ctl::PrintExplanation(answer, std::cout);
  }
  return would_be_sent ? kDone : kRefused;
}

// `verb`: "list", "get" or "set".
ExitCode AskOid(const Options& options, const std::string& verb) {
  const OidOptions& oid = options.oid;
  std::string request = "oid " + verb;
  if (verb != "list") request += " " + oid.port + " " + oid.name;
  if (verb == "set") request += " " + oid.value;
  if (oid.vc >= 0) request += " vc=" + std::to_string(oid.vc);
  if (oid.family >= 0) request += " family=" + std::to_string(oid.family);
  json answer;
  if (const ExitCode code = Ask(options, request, &answer); code != kDone) return code;
  if (options.json) {
    PrintJson(std::move(answer));
  } else if (verb == "list") {
    vcp::ctl::PrintOids(answer, std::cout);
  } else if (verb == "get") {
    vcp::ctl::PrintOid(answer, std::cout);
  }
  return kDone;
}

// `deed`: "pause", "restart", "reset" or "remove".
ExitCode ChangePort(const Options& options, const std::string& deed) {
  json answer;
  const ExitCode code = Ask(options, "port " + deed + " " + options.port, &answer);
  if (code != kDone) return code;
  if (options.json) {
    PrintJson(std::move(answer));
  } else {
    std::cout << answer.value("life", "") << '\n';
  }
  return kDone;
}

ExitCode Doctor(const Options& options) {
  OperatorClient client(options.operator_socket);
  std::vector<vcp::ctl::Check> checks = vcp::ctl::CheckHost("");
  for (vcp::ctl::Check& check : vcp::ctl::CheckDaemon(client)) checks.push_back(std::move(check));
  if (options.json) {
    PrintJson(vcp::ctl::ToJson(checks));
  } else {
    vcp::ctl::PrintChecks(checks, std::cout);
  }
  return vcp::ctl::AnyBad(checks) ? kRefused : kDone;
}

// A request is one line of words: names with blanks would be other requests.
std::string CheckWord(const std::string& text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '=') {
      return "'" + text + "' contains a blank or '='; choose a name without";
    }
  }
  return "";
}

void DefineShow(CLI::App& app, Options& options, ExitCode& code) {
  CLI::App* show = app.add_subcommand("show", "Show what there is");
  show->require_subcommand(1);
  for (const vcp::ctl::ShowTopic& topic : vcp::ctl::ShowTopics()) {
    CLI::App* command = show->add_subcommand(topic.name, std::string("Show ") + topic.help);
    command->add_flag("--json", options.json, "Print JSON instead of a table");
    if (std::string_view(topic.name) == "counters") {
      command->add_flag("--all", options.show.all, "Also those that are zero");
    }
    command->callback([&options, &code, name = topic.name] { code = Show(options, name); });
  }
}

void DefinePvc(CLI::App& app, Options& options, ExitCode& code) {
  CLI::App* pvc = app.add_subcommand("pvc", "Add or delete permanent virtual circuits");
  pvc->require_subcommand(1);
  constexpr int64_t kLastLabel = (1 << 20) - 1;

  CLI::App* add = pvc->add_subcommand("add", "Add a PVC, or a group of them");
  PvcOptions& values = options.pvc;
  add->add_option("NAME", values.name, "Its name; a group's members are NAME/0, NAME/1, ...")
      ->required()
      ->check(CheckWord);
  add->add_option("--port", values.port, "Port that it runs on")->required()->check(CheckWord);
  CLI::Option* label = add->add_option("--label", values.label, "Label for both directions")
                           ->check(CLI::Range(int64_t{0}, kLastLabel));
  CLI::Option* transmit =
      add->add_option("--transmit-label", values.transmit_label, "Label of what we send")
          ->check(CLI::Range(int64_t{0}, kLastLabel))
          ->excludes(label);
  CLI::Option* receive =
      add->add_option("--receive-label", values.receive_label, "Label of what we receive")
          ->check(CLI::Range(int64_t{0}, kLastLabel))
          ->excludes(label)
          ->needs(transmit);
  transmit->needs(receive);
  add->add_option("--count", values.count, "Make a group of so many, with labels counting up")
      ->check(CLI::PositiveNumber);
  add->add_option("--peer-mac", values.peer_mac, "Ethernet address at the other end")
      ->check(CheckWord);
  add->add_option("--destination", values.destination,
                  "Calls to this address take it, or the first of the group that is free")
      ->check(CheckWord);
  add->add_option("--max-sdu", values.max_sdu_bytes, "Largest message in bytes");
  add->add_option("--rate", values.rate, "Bits per second that it carries, like 100Mbit")
      ->check(CheckWord);
  add->add_option("--peak", values.peak, "Bits per second that it carries for a short while")
      ->check(CheckWord);
  add->add_option("--burst", values.burst_bytes, "Bytes that may go out at that peak");
  add->add_flag("--json", options.json, "Print the daemon's answer as JSON");
  add->callback([&options, &code, add, label, transmit] {
    if (label->empty() && transmit->empty()) {
      throw CLI::RequiredError("--label (or --transmit-label and --receive-label)");
    }
    code = AddPvc(options);
  });

  CLI::App* remove = pvc->add_subcommand("delete", "Delete a PVC, or a group with all its members");
  remove->add_option("NAME", values.name, "A PVC's or a group's name")
      ->required()
      ->check(CheckWord);
  remove->add_flag("--json", options.json, "Print the daemon's answer as JSON");
  remove->callback([&options, &code] { code = DeletePvc(options); });
}

void DefineExplain(CLI::App& app, Options& options, ExitCode& code) {
  CLI::App* explain = app.add_subcommand("explain", "Explain what would happen, and why");
  explain->require_subcommand(1);
  CLI::App* command = explain->add_subcommand(
      "setup", "A call to an address: where it would go, and whether there is room for it");
  SetupOptions& setup = options.setup;
  command
      ->add_option("ADDRESS", setup.address, "Called address: +358401234567, or an AESA's digits")
      ->required()
      ->check(CheckWord);
  command->add_option("--port", setup.port, "Port that it is made on, instead of where routes lead")
      ->check(CheckWord);
  command->add_option("--rate", setup.rate, "Bits per second, each way, like 100Mbit")
      ->check(CheckWord);
  command->add_option("--peak", setup.peak, "Bits per second for a short while")->check(CheckWord);
  command->add_option("--burst", setup.burst_bytes, "Bytes that may go out at that peak");
  command->add_option("--sdu", setup.sdu_bytes, "Largest message in bytes");
  command
      ->add_option("--service", setup.service,
                   "best-effort, controlled-load or guaranteed (with a rate the default)")
      ->check(CheckWord);
  command->add_flag("--one-way", setup.one_way, "Nothing comes back");
  command->add_flag("--json", options.json, "Print JSON");
  command->footer("Nothing is changed. Exit code: 0 the call would be made; 1 it would not.");
  command->callback([&options, &code] { code = ExplainSetup(options); });
}

void DefineOid(CLI::App& app, Options& options, ExitCode& code) {
  CLI::App* oid = app.add_subcommand("oid", "Ask a port by object identifier, or set something");
  oid->require_subcommand(1);
  OidOptions& values = options.oid;
  CLI::App* list =
      oid->add_subcommand("list", "All that there are, of ports and of their call managers");
  CLI::App* get = oid->add_subcommand("get", "What a port says, or its call manager");
  CLI::App* set = oid->add_subcommand("set", "Set something of a port's, or its call manager's");
  for (CLI::App* command : {get, set}) {
    command->add_option("PORT", values.port, "A port's name")->required()->check(CheckWord);
    command->add_option("NAME", values.name, "XMIT_PDUS_OK, or its whole name, or its number")
        ->required()
        ->check(CheckWord);
  }
  set->add_option("VALUE", values.value, "The number; a call manager's in hexadecimal octets")
      ->required()
      ->check(CheckWord);
  for (CLI::App* command : {get, set}) {
    command->add_option("--vc", values.vc, "Of this VC alone; its handle as in show vcs")
        ->check(CLI::NonNegativeNumber);
    command
        ->add_option("--family", values.family,
                     "A call manager's family; left out: the first that takes it")
        ->check(CLI::NonNegativeNumber);
  }
  for (CLI::App* command : {list, get, set}) {
    command->add_flag("--json", options.json, "Print JSON");
    command->callback([&options, &code, command] { code = AskOid(options, command->get_name()); });
  }
}

void DefinePort(CLI::App& app, Options& options, ExitCode& code) {
  CLI::App* port = app.add_subcommand("port", "Pause a port, let it go on, reset or remove it");
  port->require_subcommand(1);
  const std::pair<const char*, const char*> deeds[] = {
      {"pause", "Nothing is sent or received; calls stay"},
      {"restart", "Goes on after a pause"},
      {"reset", "Stops and starts the device; what is sent meanwhile is refused"},
      {"remove", "As if the device were unplugged: its calls end, it is let go of for good"}};
  for (const auto& [name, help] : deeds) {
    CLI::App* command = port->add_subcommand(name, help);
    command->add_option("PORT", options.port, "A port's name")->required()->check(CheckWord);
    command->add_flag("--json", options.json, "Print the daemon's answer as JSON");
    command->callback([&options, &code, deed = name] { code = ChangePort(options, deed); });
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  ExitCode code = kDone;
  CLI::App app("Shows and changes what a vcplane daemon does");
  app.require_subcommand(1);
  app.footer(kFooter);
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return std::string("vcctl: ") + error.what() + " (see vcctl --help)\n";
  });
  app.set_version_flag("--version", VCP_VERSION);
  app.add_option("--operator", options.operator_socket, "The daemon's operator socket")
      ->capture_default_str();
  DefineShow(app, options, code);
  DefineExplain(app, options, code);
  DefinePvc(app, options, code);
  DefineOid(app, options, code);
  DefinePort(app, options, code);
  CLI::App* doctor = app.add_subcommand("doctor", "Check host and daemon, and say what to mend");
  doctor->add_flag("--json", options.json, "Print JSON");
  doctor->callback([&options, &code] { code = Doctor(options); });
  app.fallthrough();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kBadUsage;
  }
  return code;
}
