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

std::optional<callmgr::UniPartyRow> FindSignaledParty(std::span<const SignalingLinks::Link> links,
                                                      const circuit::VcRow& vc,
                                                      circuit::PartyHandle party) {
  const auto link = std::ranges::find_if(
      links, [&](const SignalingLinks::Link& each) { return each.config.port == vc.adapter; });
  if (link == links.end()) return std::nullopt;
  std::optional<callmgr::UniPartyRow> row = link->manager->FindParty(vc.call_manager_vc, party);
  if (row && row->vc != vc.handle) row.reset();  // another call manager's, of the same port
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

// At the root a party's counters are those of its VC, which sends once for all of them.
void OperatorCommands::WriteParty(const circuit::VcRow& vc, const circuit::PartyRow* party,
                                  const ClientsByRole& clients, JsonWriter* json) {
  const std::optional<callmgr::UniPartyRow> signaled =
      FindSignaledParty(Links(), vc, party != nullptr ? party->handle : circuit::PartyHandle());
  json->BeginObject().Field("vc", vc.handle.value()).Field("adapter", vc.adapter);
  WriteOptional("call_reference", signaled ? ReferenceOf(signaled->reference) : std::nullopt, json);
  WriteOptional("endpoint", signaled ? std::optional(signaled->endpoint) : std::nullopt, json);
  const auto& leaf = vc.params.call_manager;
  const Address address = party != nullptr ? party->called : leaf ? leaf->called : Address();
  const char* own_state = party != nullptr ? NameOf(party->state) : NameOf(vc.call);
  json->Field("role", party != nullptr ? "root" : "leaf");
  json->Field("address", ToString(address));
  json->Field("state", signaled ? NameOf(signaled->state) : own_state);
  WriteClient(Find(clients, vc.client), json);
  WriteVcCounters(vc, json);
  json->EndObject();
}

void OperatorCommands::WriteParties(JsonWriter* json) {
  const ClientsByRole clients = MapClients();
  size_t total = 0;
  size_t written = 0;
  json->Key("parties").BeginArray();
  for (const circuit::VcRow& vc : parts_.switchboard->VcsWithParties(kMaxRows, &total)) {
    if (vc.parties == 0 && written++ < kMaxRows) WriteParty(vc, nullptr, clients, json);
    for (const circuit::PartyRow& party : parts_.switchboard->PartiesOf(vc.handle)) {
      if (written++ < kMaxRows) WriteParty(vc, &party, clients, json);
    }
  }
  json->EndArray().Field("total", total);
}

}  // namespace vcp::daemon
