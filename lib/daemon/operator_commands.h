// Answers what operators ask (daemon/operator_protocol.h): from one line to one line, without I/O.
// Control thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "callmgr/pvc_list.h"
#include "callmgr/route_table.h"
#include "circuit/switchboard.h"
#include "daemon/attach_server.h"
#include "daemon/config.h"
#include "daemon/json_writer.h"
#include "daemon/link_routes.h"
#include "daemon/operator_clients.h"
#include "daemon/signaling_links.h"
#include "dataplane/channel_host.h"

namespace vcp::daemon {

class OperatorCommands {
 public:
  // What there is to look at; outlives this object.
  struct Parts {
    const EventLoop* loop;
    circuit::Switchboard* switchboard;
    OperatorClients* call_managers;
    const dataplane::PlaneView* plane;
    const AttachServer* clients;
    callmgr::PvcList* pvcs;
    const SignalingLinks* links;        // null: there are none
    const callmgr::RouteTable* routes;  // null: there are none
    const LinkRoutes* link_routes;      // null: calls cannot be explained
    DaemonCounters* counters;
    const Config* config;
    bool dev = false;
  };

  explicit OperatorCommands(const Parts& parts) : parts_(parts), start_ns_(parts.loop->NowNs()) {}

  // `line` without its end; so is the answer.
  std::string Answer(std::string_view line);

 private:
  using Words = std::span<const std::string_view>;
  using ClientsByRole = std::map<const circuit::Client*, const AttachSession*>;

  // Each writes the fields of an answer.
  void WriteVersion(JsonWriter* json);
  void WritePorts(JsonWriter* json);
  void WriteClients(JsonWriter* json);
  void WriteAfs(JsonWriter* json);
  void WriteSaps(JsonWriter* json);
  void WriteVcs(JsonWriter* json);
  void WriteCalls(JsonWriter* json);
  void WriteParties(JsonWriter* json);
  void WriteLinks(JsonWriter* json);
  void WriteSscop(JsonWriter* json);
  void WriteRoutes(JsonWriter* json);
  void WriteCac(JsonWriter* json);
  void WritePvcs(JsonWriter* json);
  void WriteCounters(JsonWriter* json);
  void WriteCores(JsonWriter* json);
  void WriteDoctor(JsonWriter* json);

  std::string Refuse(Status status, std::string_view error) const;
  std::string ChangePvcs(Words words);
  std::string AskOid(Words words);
  Status AskCallManagers(circuit::AdapterHandle adapter, std::optional<uint32_t> family,
                         const circuit::OidRequest& request, circuit::OidAnswer* answer);
  std::string ChangePort(Words words);
  std::string RefusePort(std::string_view name) const;
  void WriteOids(JsonWriter* json);
  std::string ExplainSetup(Words words) const;
  void WriteVcCounters(const circuit::VcRow& row, JsonWriter* json);
  // `party` is null for the leaf that the VC's client is.
  void WriteParty(const circuit::VcRow& vc, const circuit::PartyRow* party,
                  const ClientsByRole& clients, JsonWriter* json);
  void WriteVcRow(const circuit::VcRow& row, const ClientsByRole& clients, JsonWriter* json);
  ClientsByRole MapClients() const;
  std::span<const SignalingLinks::Link> Links() const;
  uint64_t SecondsSince(uint64_t then_ns) const;

  const Parts parts_;
  const uint64_t start_ns_;
};

}  // namespace vcp::daemon
