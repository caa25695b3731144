// What operators ask and set by OID: a port as its miniport tells of itself, and its call managers;
// and how they pause a port.
#include <algorithm>
#include <charconv>
#include <optional>

#include "circuit/address_book.h"
#include "daemon/operator_commands.h"
#include "daemon/operator_names.h"
#include "daemon/request_words.h"

namespace vcp::daemon {
namespace {

using circuit::Oid;
using circuit::OidAccess;
using circuit::OidTraits;

constexpr char kUsage[] =
    "oid list, oid get PORT NAME [vc=N|family=N], oid set PORT NAME VALUE [vc=N|family=N]";
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

bool BytesOf(std::string_view hex, std::vector<uint8_t>* bytes) {
  if (hex.empty() || hex.size() % 2 != 0) return false;
  for (const char* at = hex.data(); at != hex.data() + hex.size(); at += 2) {
    uint8_t byte = 0;
    const auto [end, error] = std::from_chars(at, at + 2, byte, 16);
    if (error != std::errc() || end != at + 2) return false;
    bytes->push_back(byte);
  }
  return true;
}

bool IsOfCallManagers(const OidTraits& traits) {
  return traits.presence == circuit::OidPresence::kCallManager;
}

// What a call manager has for its clients, as opposed to what it tells them.
bool IsForCallManager(const OidTraits& traits) {
  return traits.oid == Oid::kAddPvc || traits.oid == Oid::kDeletePvc ||
         traits.oid == Oid::kGetAddresses;
}

// Why an operator cannot ask for one that is between a call manager and its clients.
std::string WhyNot(const OidTraits& traits) {
  const bool is_alias = traits.oid == Oid::kAddAddress || traits.oid == Oid::kDeleteAddress;
  return std::string(traits.name) +
         (is_alias ? " is about a client's own addresses, which go with it; an application asks it"
                     " with vcp_oid_set"
                   : " is what a call manager tells its clients");
}

// Of which VC of the port, or of which family's call manager.
struct Question {
  bool Read(const OidTraits& traits, std::span<const std::string_view> words, std::string* error);

  circuit::VcHandle vc;
  std::optional<uint32_t> family;
};

bool Question::Read(const OidTraits& traits, std::span<const std::string_view> words,
                    std::string* error) {
  const bool is_port = !IsOfCallManagers(traits);
  RequestWords named(error);
  uint32_t number = 0;
  if (!named.Split(words, {is_port ? "vc" : "family"}, traits.name)) return false;
  if (!named.ReadNumber("vc", 0, UINT32_MAX, &number)) return false;
  if (named.Has("vc")) vc = circuit::VcHandle::FromValue(number);
  if (!named.ReadNumber("family", 0, UINT32_MAX, &number)) return false;
  if (named.Has("family")) family = number;
  return true;
}

bool ReadValue(const OidTraits& traits, std::string_view text, std::vector<uint8_t>* bytes,
               std::string* error) {
  if (IsOfCallManagers(traits)) {
    if (BytesOf(text, bytes)) return true;
    *error = "the value is no sequence of hexadecimal digits, two an octet";
    return false;
  }
  const std::optional<uint32_t> number = NumberOf(text);
  if (number) circuit::AppendOid32(*number, bytes);
  if (!number) *error = "the value is no number";
  return number.has_value();
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

// As AddressBook answers: how many there are, how many follow, and these.
void WriteAddresses(std::span<const uint8_t> bytes, JsonWriter* json) {
  json->BeginArray();
  if (bytes.size() >= 8) bytes = bytes.subspan(8);
  for (; bytes.size() >= circuit::kOidAddressBytes;
       bytes = bytes.subspan(circuit::kOidAddressBytes)) {
    Address address;
    const auto each = bytes.first(circuit::kOidAddressBytes);
    json->Value(circuit::ParseOidAddress(each, &address) ? ToString(address) : HexOf(each));
  }
  json->EndArray();
}

void WriteValue(const OidTraits& traits, std::span<const uint8_t> bytes, JsonWriter* json) {
  json->Key("value");
  if (traits.oid == Oid::kSupportedList) return WriteList(bytes, json);
  if (traits.oid == Oid::kGetAddresses) return WriteAddresses(bytes, json);
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

// Of the families there that take the question, or of the one that is meant.
Status OperatorCommands::AskCallManagers(circuit::AdapterHandle adapter,
                                         std::optional<uint32_t> family,
                                         const circuit::OidRequest& request,
                                         circuit::OidAnswer* answer) {
  Status status = Status::kNotSupported;
  for (const circuit::AddressFamily& each : parts_.switchboard->FamiliesOf(adapter)) {
    if (family && *family != static_cast<uint32_t>(each.type)) continue;
    status = parts_.call_managers->Ask(adapter, each, request, answer);
    if (status != Status::kNotSupported) break;
  }
  return status;
}

std::string OperatorCommands::AskOid(Words words) {
  const bool sets = !words.empty() && words[0] == "set";
  const size_t counted = sets ? 4 : 3;
  if (words.size() < counted || (!sets && words[0] != "get")) {
    return Refuse(Status::kNotRecognized, kUsage);
  }
  const circuit::AdapterHandle adapter = parts_.switchboard->FindAdapter(words[1]);
  if (!adapter) return RefusePort(words[1]);
  const OidTraits* traits = FindByText(words[2]);
  if (traits == nullptr) {
    return Refuse(Status::kInvalidOid,
                  "there is no OID \"" + std::string(words[2]) + "\"; see oid list");
  }
  if (IsOfCallManagers(*traits) && !IsForCallManager(*traits)) {
    return Refuse(Status::kNotSupported, WhyNot(*traits));
  }
  std::string error;
  Question question;
  if (!question.Read(*traits, words.subspan(counted), &error)) {
    return Refuse(Status::kInvalidData, error);
  }
  circuit::OidRequest request{.oid = traits->oid, .capacity_bytes = kMaxOidBytes};
  if (sets) {
    request.access = OidAccess::kSet;
    if (!ReadValue(*traits, words[3], &request.bytes, &error)) {
      return Refuse(Status::kInvalidData, error);
    }
  }
  circuit::OidAnswer answer;
  const Status status =
      IsOfCallManagers(*traits)
          ? AskCallManagers(adapter, question.family, request, &answer)
          : parts_.switchboard->AskMiniport(adapter, question.vc, request, &answer);
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
