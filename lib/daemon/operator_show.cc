// What `show` requests answer.
#include <algorithm>
#include <utility>

#include "daemon/named_counters.h"
#include "daemon/operator_commands.h"
#include "daemon/operator_names.h"
#include "daemon/operator_protocol.h"
#include "daemon/operator_rows.h"
#include "wire/mac_address.h"

namespace vcp::daemon {
namespace {

// "counters" and "drops" of a port or a client.
void WriteCounts(const std::vector<NamedCount>& counts, JsonWriter* json) {
  json->Key("counters").BeginObject();
  for (const NamedCount& count : counts) {
    if (!count.is_drop) json->Field(count.name, count.value);
  }
  json->EndObject().Key("drops").BeginObject();
  for (const NamedCount& count : counts) {
    if (count.is_drop) json->Field(count.name, count.value);
  }
  json->EndObject();
}

void WriteMaxSdu(uint64_t max_sdu_bytes, JsonWriter* json) {
  json->Key("max_sdu_bytes");
  max_sdu_bytes == qos::kUnspecified ? json->Null() : json->Value(max_sdu_bytes);
}

}  // namespace

OperatorCommands::ClientsByRole OperatorCommands::MapClients() const {
  ClientsByRole clients;
  for (const AttachSession* session : parts_.clients->Clients()) {
    clients[session->client()] = session;
  }
  return clients;
}

void OperatorCommands::WritePorts(JsonWriter* json) {
  json->Key("ports").BeginArray();
  for (dataplane::PortIndex i = 0; i < parts_.plane->port_count(); ++i) {
    port::PortInfo info = parts_.plane->GetPortInfo(i);
    json->BeginObject().Field("name", info.name).Field("driver", info.driver);
    json->Field("state", info.link_up ? "up" : "down");
    const circuit::AdapterHandle adapter = parts_.switchboard->FindAdapter(info.name);
    const auto row = parts_.switchboard->FindAdapterRow(adapter);
    json->Field("life", LifeOf(row));
    json->Field("mac", wire::ToString(info.mac)).Field("mtu_bytes", info.mtu_bytes);
    json->Field("max_sdu_bytes", info.max_sdu_bytes);
    json->Field("link_bits_per_second", info.link_bits_per_second);
    json->Key("families").BeginArray();
    for (const circuit::AddressFamily& family : parts_.switchboard->FamiliesOf(adapter)) {
      json->Value(NameOf(family.type));
    }
    json->EndArray();
    WriteCounts(NameCounts(parts_.plane->ReadPortCounters(i)), json);
    json->EndObject();
  }
  json->EndArray();
}

void OperatorCommands::WriteClients(JsonWriter* json) {
  json->Key("clients").BeginArray();
  for (const AttachSession* session : parts_.clients->Clients()) {
    const AttachedClient& client = *session->client();
    auto counters = parts_.plane->ReadChannelCounters(client.channel());
    json->BeginObject().Field("id", session->id()).Field("name", session->name());
    json->Field("pid", session->peer().pid).Field("uid", session->peer().uid);
    json->Field("afs", client.af_count()).Field("saps", client.sap_count());
    json->Field("vcs", client.vc_count()).Field("max_sdu_bytes", session->max_sdu_bytes());
    json->Field("receives_outstanding", counters.receives_outstanding);
    json->Field("stalled_seconds", parts_.clients->StalledNs(session->id()) / kNsPerSecond);
    WriteCounts(NameCounts(counters), json);
    json->EndObject();
  }
  json->EndArray();
}

void OperatorCommands::WriteAfs(JsonWriter* json) {
  ClientsByRole clients = MapClients();
  std::vector<circuit::AfRow> rows = parts_.switchboard->Afs();
  json->Key("afs").BeginArray();
  for (size_t i = 0; i < std::min(rows.size(), kMaxRows); ++i) {
    const circuit::AfRow& row = rows[i];
    json->BeginObject().Field("handle", row.handle.value()).Field("adapter", row.adapter);
    json->Field("family", NameOf(row.family.type));
    json->Field("version", std::to_string(row.family.major_version) + "." +
                               std::to_string(row.family.minor_version));
    json->Field("saps", row.saps).Field("vcs", row.vcs);
    WriteClient(Find(clients, row.client), json);
    json->EndObject();
  }
  json->EndArray().Field("total", rows.size());
}

void OperatorCommands::WriteSaps(JsonWriter* json) {
  ClientsByRole clients = MapClients();
  std::map<circuit::AfHandle, std::string> adapters;
  for (circuit::AfRow& row : parts_.switchboard->Afs()) {
    adapters[row.handle] = std::move(row.adapter);
  }
  std::vector<circuit::SapRow> rows = parts_.switchboard->Saps();
  json->Key("saps").BeginArray();
  for (size_t i = 0; i < std::min(rows.size(), kMaxRows); ++i) {
    const circuit::SapRow& row = rows[i];
    json->BeginObject().Field("handle", row.handle.value()).Field("af", row.af.value());
    json->Field("adapter", adapters[row.af]);
    json->Field("address", ToString(row.sap.address)).Field("pvc", row.sap.pvc_name);
    WriteClient(Find(clients, row.client), json);
    json->EndObject();
  }
  json->EndArray().Field("total", rows.size());
}

void OperatorCommands::WriteVcRow(const circuit::VcRow& row, const ClientsByRole& clients,
                                  JsonWriter* json) {
  json->BeginObject().Field("handle", row.handle.value()).Field("af", row.af.value());
  json->Field("adapter", row.adapter).Field("state", NameOf(row.state));
  json->Field("call", NameOf(row.call));
  json->Field("made_by", row.made_by_client ? "client" : "call_manager");
  const auto& media = row.params.media;
  bool labelled = media && media->labels;
  json->Key("transmit_label");
  labelled ? json->Value(media->labels->transmit) : json->Null();
  json->Key("receive_label");
  labelled ? json->Value(media->labels->receive) : json->Null();
  json->Field("pvc", PvcNameOf(row.params));
  const auto& call_manager = row.params.call_manager;
  WriteMaxSdu(call_manager ? call_manager->transmit.max_sdu_size_bytes : qos::kUnspecified, json);
  WriteClient(Find(clients, row.client), json);
  WriteVcCounters(row, json);
  json->Field("name", row.name).EndObject();
}

void OperatorCommands::WriteVcCounters(const circuit::VcRow& row, JsonWriter* json) {
  dataplane::VcCounters counters;
  if (row.endpoint.channel != circuit::DataEndpoint().channel) {
    counters = parts_.plane->ReadVcCounters(row.endpoint.channel, row.endpoint.channel_vc);
  }
  json->Key("counters").BeginObject();
  json->Field("transmitted_sdus", counters.transmitted_sdus);
  json->Field("transmitted_bytes", counters.transmitted_bytes);
  json->Field("received_sdus", counters.received_sdus);
  json->Field("received_bytes", counters.received_bytes);
  json->Field("transmit_drops", counters.transmit_drops);
  json->Field("receive_drops", counters.receive_drops);
  json->Field("paced_sdus", counters.paced_sdus).EndObject();
}

void OperatorCommands::WriteVcs(JsonWriter* json) {
  ClientsByRole clients = MapClients();
  size_t total = 0;
  json->Key("vcs").BeginArray();
  for (const circuit::VcRow& row : parts_.switchboard->Vcs(kMaxRows, &total)) {
    WriteVcRow(row, clients, json);
  }
  json->EndArray().Field("total", total);
}

void OperatorCommands::WritePvcs(JsonWriter* json) {
  ClientsByRole clients = MapClients();
  std::map<std::string, const AttachSession*> users;
  for (const circuit::VcRow& row : parts_.switchboard->Vcs()) {
    if (row.call != circuit::CallState::kNone && !PvcNameOf(row.params).empty()) {
      users[PvcNameOf(row.params)] = Find(clients, row.client);
    }
  }
  std::vector<callmgr::PvcList::Row> rows = parts_.pvcs->Rows();
  json->Key("pvcs").BeginArray();
  for (size_t i = 0; i < std::min(rows.size(), kMaxRows); ++i) {
    const callmgr::Pvc& pvc = rows[i].pvc;
    json->BeginObject().Field("name", pvc.name).Field("port", pvc.adapter);
    json->Field("transmit_label", pvc.labels.transmit);
    json->Field("receive_label", pvc.labels.receive);
    json->Field("peer_mac", wire::ToString(pvc.peer_mac.value_or(wire::kUnknownPeerMac)));
    json->Field("destination", ToString(pvc.destination));
    WriteMaxSdu(pvc.transmit.max_sdu_size_bytes, json);
    json->Field("in_use", rows[i].in_use).Field("deleting", rows[i].deleting);
    WriteClient(Find(users, pvc.name), json);
    json->EndObject();
  }
  json->EndArray().Field("total", rows.size());
}

namespace {

void WriteScope(const std::string& scope, const std::vector<NamedCount>& counts, JsonWriter* json) {
  for (const NamedCount& count : counts) {
    json->BeginObject().Field("scope", scope).Field("name", count.name);
    json->Field("value", count.value).Field("meaning", count.meaning);
    json->Field("drop", count.is_drop).EndObject();
  }
}

}  // namespace

void OperatorCommands::WriteCounters(JsonWriter* json) {
  const dataplane::PlaneView& plane = *parts_.plane;
  json->Key("counters").BeginArray();
  for (dataplane::PortIndex i = 0; i < plane.port_count(); ++i) {
    WriteScope("port " + plane.GetPortInfo(i).name, NameCounts(plane.ReadPortCounters(i)), json);
  }
  for (const AttachSession* session : parts_.clients->Clients()) {
    auto counters = plane.ReadChannelCounters(session->client()->channel());
    WriteScope("client " + std::to_string(session->id()), NameCounts(counters), json);
  }
  WriteScope("clients gone", NameCounts(plane.ReadDepartedCounters()), json);
  for (size_t i = 0; i < plane.poll_core_count(); ++i) {
    WriteScope("core " + std::to_string(i), NameCounts(plane.ReadPollCoreCounters(i)), json);
  }
  for (const SignalingLinks::Link& link : Links()) {
    WriteScope("link " + link.config.port, NameCounts(*link.manager), json);
  }
  WriteScope("daemon", NameCounts(*parts_.counters), json);
  json->EndArray();
}

void OperatorCommands::WriteCores(JsonWriter* json) {
  const std::vector<int>& cpus = parts_.config->poll.cpus;
  json->Key("cores").BeginArray();
  for (size_t i = 0; i < parts_.plane->poll_core_count(); ++i) {
    json->BeginObject().Field("core", i).Key("cpu");
    bool pinned = i < cpus.size() && cpus[i] >= 0;
    pinned ? json->Value(cpus[i]) : json->Null();
    for (const NamedCount& count : NameCounts(parts_.plane->ReadPollCoreCounters(i))) {
      json->Field(count.name, count.value);
    }
    json->EndObject();
  }
  json->EndArray();
  json->Key("pools").BeginArray().BeginObject().Field("pool", "frames");
  json->Field("size", parts_.config->memory.frames);
  json->Field("free", parts_.plane->CountFreeFrames()).EndObject().EndArray();
}

}  // namespace vcp::daemon
