// What `show calls` and `show parties` answer.
#include <algorithm>
#include <optional>

#include "daemon/operator_commands.h"
#include "daemon/operator_names.h"
#include "daemon/operator_protocol.h"
#include "daemon/operator_rows.h"
#include "wire/cause.h"

namespace vcp::daemon {
namespace {

// What signaling knows of the call on a VC; nothing on ports without signaling.
std::optional<callmgr::UniCallRow> FindSignaled(std::span<const SignalingLinks::Link> links,
                                                const circuit::VcRow& vc) {
  const auto link = std::ranges::find_if(
      links, [&](const SignalingLinks::Link& each) { return each.config.port == vc.adapter; });
  if (link == links.end()) return std::nullopt;
  std::optional<callmgr::UniCallRow> row = link->manager->FindCall(vc.call_manager_vc);
  // A PVC's call may have been made by the port's other call manager, which counts for itself.
  if (row && row->vc != vc.handle) row.reset();
  return row;
}

std::optional<uint32_t> ReferenceOf(const std::optional<wire::CallReference>& reference) {
  if (!reference) return std::nullopt;
  return reference->value;
}

void WriteAddresses(const circuit::VcRow& row, JsonWriter* json) {
  const auto& params = row.params.call_manager;
  const std::string called = params ? ToString(params->called) : "none";
  const std::string calling = params ? ToString(params->calling) : "none";
  json->Field("called", called).Field("calling", calling);
  json->Field("direction", row.made_by_client ? "outgoing" : "incoming");
  json->Field("peer", row.made_by_client ? called : calling);
}

// Where the VC is not active yet signaling may know its label already.
void WriteLabel(const circuit::VcRow& row, const std::optional<callmgr::UniCallRow>& signaled,
                JsonWriter* json) {
  std::optional<uint32_t> label;
  if (row.params.media && row.params.media->labels) label = row.params.media->labels->transmit;
  if (signaled && signaled->label) label = signaled->label;
  WriteOptional("label", label, json);
}

void WriteSignaling(const std::optional<callmgr::UniCallRow>& signaled, JsonWriter* json) {
  const bool is_signaled = signaled && signaled->reference;
  json->Key("signaling");
  is_signaled ? json->Value(NameOf(signaled->state)) : json->Null();
  WriteOptional("call_reference", is_signaled ? ReferenceOf(signaled->reference) : std::nullopt,
                json);
  const uint8_t cause = signaled ? signaled->end_cause.value : 0;
  WriteOptional("cause", cause == 0 ? std::nullopt : std::optional(cause), json);
  json->Field("cause_meaning", cause == 0 ? std::string_view() : wire::CauseMeaning(cause));
}

}  // namespace

void OperatorCommands::WriteCalls(JsonWriter* json) {
  const ClientsByRole clients = MapClients();
  size_t total = 0;
  json->Key("calls").BeginArray();
  for (const circuit::VcRow& row : parts_.switchboard->VcsWithCall(kMaxRows, &total)) {
    const std::optional<callmgr::UniCallRow> signaled = FindSignaled(Links(), row);
    json->BeginObject().Field("vc", row.handle.value()).Field("adapter", row.adapter);
    json->Field("call", NameOf(row.call));
    WriteAddresses(row, json);
    WriteLabel(row, signaled, json);
    WriteSignaling(signaled, json);
    json->Field("closed_by_peer", row.remote_closed).Field("pvc", PvcNameOf(row.params));
    WriteClient(Find(clients, row.client), json);
    json->EndObject();
  }
  json->EndArray().Field("total", total);
}

void OperatorCommands::WriteParties(JsonWriter* json) {
  const ClientsByRole clients = MapClients();
  size_t total = 0;
  json->Key("parties").BeginArray();
  for (const SignalingLinks::Link& link : Links()) {
    size_t of_link = 0;
    const size_t room = total < kMaxRows ? kMaxRows - total : 0;
    for (const callmgr::UniPartyRow& row : link.manager->Parties(room, &of_link)) {
      const std::optional<circuit::VcRow> vc = parts_.switchboard->FindVc(row.vc);
      json->BeginObject().Field("vc", row.vc.value()).Field("adapter", link.config.port);
      WriteOptional("call_reference", ReferenceOf(row.reference), json);
      json->Field("endpoint", row.endpoint).Field("role", row.party ? "root" : "leaf");
      json->Field("address", ToString(row.address)).Field("state", NameOf(row.state));
      WriteClient(vc ? Find(clients, vc->client) : nullptr, json);
      json->EndObject();
    }
    total += of_link;
  }
  json->EndArray().Field("total", total);
}

}  // namespace vcp::daemon
