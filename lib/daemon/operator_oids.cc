// What operators ask and set by OID: a port as its miniport tells of itself; and how they pause it.
#include <algorithm>
#include <charconv>
#include <optional>

#include "daemon/operator_commands.h"
#include "daemon/operator_names.h"

namespace vcp::daemon {
namespace {

using circuit::Oid;
using circuit::OidAccess;
using circuit::OidTraits;

constexpr char kUsage[] = "oid list, oid get PORT NAME [vc=N], oid set PORT NAME VALUE [vc=N]";
constexpr std::string_view kPrefix = "OID_GEN_CO_";

std::optional<uint32_t> NumberOf(std::string_view text) {
  const bool is_hex = text.starts_with("0x");
  if (is_hex) text.remove_prefix(2);
  uint32_t number = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number, is_hex ? 16 : 10);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// By its whole name, without what all have in common, or by its number.
const OidTraits* FindByText(std::string_view text) {
  if (const OidTraits* named = circuit::FindOid(text); named != nullptr) return named;
  const std::string whole = std::string(kPrefix) + std::string(text);
  if (const OidTraits* named = circuit::FindOid(whole); named != nullptr) return named;
  const std::optional<uint32_t> number = NumberOf(text);
  return number ? circuit::FindOid(static_cast<Oid>(*number)) : nullptr;
}

std::string HexOf(std::span<const uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

void WriteList(std::span<const uint8_t> bytes, JsonWriter* json) {
  json->BeginArray();
  for (; bytes.size() >= 4; bytes = bytes.subspan(4)) {
    const uint32_t number = circuit::ReadOid32(bytes);
    const OidTraits* traits = circuit::FindOid(static_cast<Oid>(number));
    json->Value(traits == nullptr ? std::to_string(number) : std::string(traits->name));
  }
  json->EndArray();
}

void WriteValue(const OidTraits& traits, std::span<const uint8_t> bytes, JsonWriter* json) {
  json->Key("value");
  if (traits.oid == Oid::kSupportedList) return WriteList(bytes, json);
  if (traits.oid == Oid::kVendorDescription && !bytes.empty()) {
    json->Value(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size() - 1));
  } else if (traits.oid == Oid::kLinkSpeed || traits.oid == Oid::kMinimumLinkSpeed) {
    json->BeginObject().Field("outbound", circuit::ReadOid32(bytes));
    json->Field("inbound", circuit::ReadOid32(bytes.subspan(4))).EndObject();
  } else if (bytes.size() == 2) {
    json->Value(bytes[0] | uint32_t{bytes[1]} << 8);
  } else if (bytes.size() == 4) {
    json->Value(circuit::ReadOid32(bytes));
  } else if (bytes.size() == 8) {
    json->Value(circuit::ReadOid64(bytes));
  } else {
    json->Value(HexOf(bytes));
  }
}

}  // namespace

void OperatorCommands::WriteOids(JsonWriter* json) {
  json->Key("oids").BeginArray();
  for (const OidTraits& traits : circuit::AllOids()) {
    json->BeginObject().Field("name", traits.name);
    json->Field("number", static_cast<uint32_t>(traits.oid));
    json->Field("access", traits.access == OidAccess::kSet ? "set" : "get");
    constexpr std::string_view kPresence[] = {"mandatory", "optional", "call manager"};
    json->Field("presence", kPresence[static_cast<size_t>(traits.presence)]).EndObject();
  }
  json->EndArray();
}

std::string OperatorCommands::AskOid(Words words) {
  const bool sets = !words.empty() && words[0] == "set";
  circuit::VcHandle vc;
  if (!words.empty() && words.back().starts_with("vc=")) {
    const std::optional<uint32_t> number = NumberOf(words.back().substr(3));
    if (!number) return Refuse(Status::kInvalidData, "vc= takes a VC's handle, see show vcs");
    vc = circuit::VcHandle::FromValue(*number);
    words = words.first(words.size() - 1);
  }
  const bool complete = words.size() == (sets ? 4u : 3u) && (sets || words[0] == "get");
  if (!complete) return Refuse(Status::kNotRecognized, kUsage);
  const circuit::AdapterHandle adapter = parts_.switchboard->FindAdapter(words[1]);
  if (!adapter) return RefusePort(words[1]);
  const OidTraits* traits = FindByText(words[2]);
  if (traits == nullptr) {
    return Refuse(Status::kInvalidOid,
                  "there is no OID \"" + std::string(words[2]) + "\"; see oid list");
  }
  if (traits->presence == circuit::OidPresence::kCallManager) {
    return Refuse(Status::kNotSupported,
                  std::string(traits->name) + " is between a call manager and its clients; an " +
                      "application asks it with vcp_oid_query or vcp_oid_set");
  }
  circuit::OidRequest request{.oid = traits->oid, .capacity_bytes = kMaxOidBytes};
  if (sets) {
    const std::optional<uint32_t> value = NumberOf(words[3]);
    if (!value) return Refuse(Status::kInvalidData, "the value is no number");
    request.access = OidAccess::kSet;
    circuit::AppendOid32(*value, &request.bytes);
  }
  circuit::OidAnswer answer;
  const Status status = parts_.switchboard->AskMiniport(adapter, vc, request, &answer);
  if (status != Status::kSuccess) {
    return Refuse(status, std::string(traits->name) + ": " + std::string(StatusMeaning(status)));
  }
  JsonWriter json;
  json.BeginObject().Field("ok", true).Field("name", traits->name);
  if (!sets) WriteValue(*traits, answer.bytes, &json);
  json.EndObject();
  return json.Take();
}

// What pends completes by itself; "show ports" says when.
std::string OperatorCommands::ChangePort(Words words) {
  using Deed = Status (circuit::Switchboard::*)(circuit::AdapterHandle, circuit::Switchboard::Done);
  static const std::map<std::string_view, Deed> kDeeds = {
      {"pause", &circuit::Switchboard::PauseAdapter},
      {"restart", &circuit::Switchboard::RestartAdapter},
      {"reset", &circuit::Switchboard::ResetAdapter},
      {"remove", &circuit::Switchboard::RemoveAdapter}};
  const auto deed = words.size() == 2 ? kDeeds.find(words[0]) : kDeeds.end();
  if (deed == kDeeds.end()) {
    return Refuse(Status::kNotRecognized, "port pause|restart|reset|remove NAME");
  }
  const circuit::AdapterHandle adapter = parts_.switchboard->FindAdapter(words[1]);
  if (!adapter) return RefusePort(words[1]);
  const Status status = (parts_.switchboard->*deed->second)(adapter, nullptr);
  const std::string_view life = LifeOf(parts_.switchboard->FindAdapterRow(adapter));
  if (status != Status::kSuccess && status != Status::kPending) {
    return Refuse(status,
                  "the port is " + std::string(life) + "; " + std::string(StatusMeaning(status)));
  }
  JsonWriter json;
  json.BeginObject().Field("ok", true).Field("life", life).EndObject();
  return json.Take();
}

std::string OperatorCommands::RefusePort(std::string_view name) const {
  const bool was_there = std::ranges::any_of(
      parts_.config->ports, [name](const PortConfig& port) { return port.name == name; });
  return Refuse(Status::kNoSuchPort, was_there ? "port \"" + std::string(name) + "\" is removed"
                                               : "there is no port \"" + std::string(name) + '"');
}

}  // namespace vcp::daemon
