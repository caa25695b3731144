#include <string>

#include "base/address.h"
#include "wire/cause.h"
#include "wire/element_fields.h"
#include "wire/message.h"
#include "wire/party_address.h"

namespace vcp::wire {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

// Words and numbers, a space before each.
class Text {
 public:
  explicit Text(std::string* out) : out_(out) {}

  Text& Word(std::string_view word) {
    *out_ += ' ';
    *out_ += word;
    return *this;
  }
  Text& Number(uint64_t value) { return Word(std::to_string(value)); }
  Text& Number(std::string_view name, uint64_t value) { return Word(name).Number(value); }
  template <typename T>
  Text& Number(std::string_view name, const std::optional<T>& value) {
    return value ? Number(name, *value) : *this;
  }
  Text& Flag(std::string_view name, bool set) { return set ? Word(name) : *this; }
  Text& Hex(std::span<const uint8_t> octets) {
    if (!octets.empty()) *out_ += ' ';
    for (uint8_t octet : octets) {
      *out_ += kHexDigits[octet >> 4];
      *out_ += kHexDigits[octet & 0x0f];
    }
    return *this;
  }

 private:
  std::string* out_;
};

template <typename T>
uint64_t Code(T value) {
  return static_cast<uint64_t>(value);
}

void PrintValue(std::string_view name, const MultiplexingRange& range, Text* text) {
  text->Number(name, range.low).Number("to", range.high);
}
void PrintValue(std::string_view /*name*/, const TrafficOptions& options, Text* text) {
  text->Flag("forward discard", options.forward_frame_discard)
      .Flag("backward discard", options.backward_frame_discard)
      .Flag("forward tagging", options.forward_tagging)
      .Flag("backward tagging", options.backward_tagging);
}
void PrintValue(std::string_view name, uint64_t value, Text* text) { text->Number(name, value); }

template <typename T>
void PrintFields(const T& value, Text* text) {
  VisitFields(value, [text](const SubField& field, const auto& member) {
    if constexpr (std::is_same_v<decltype(member), const bool&>) {
      text->Flag(field.name, member);
    } else if (member) {
      PrintValue(field.name, *member, text);
    }
  });
}

void Print(const Cause& cause, Text* text) {
  text->Number(cause.value).Word("(" + std::string(CauseMeaning(cause.value)) + ")");
  text->Number("location", Code(cause.location)).Hex(cause.diagnostics);
}
void Print(const CallState& state, Text* text) { text->Number(state.state); }
void Print(const EndpointState& state, Text* text) { text->Number(state.state); }
void Print(const EndpointReference& endpoint, Text* text) {
  text->Number(endpoint.value).Flag("of receiver", endpoint.to_allocator);
}
void Print(const Opaque& opaque, Text* text) { text->Hex(opaque.octets); }
void Print(const ReportType& report, Text* text) { text->Number(Code(report.type)); }
void Print(const AalParameters& aal, Text* text) {
  text->Number(Code(aal.type));
  PrintFields(aal, text);
  text->Hex(aal.user);
}
void Print(const TrafficDescriptor& traffic, Text* text) { PrintFields(traffic, text); }
void Print(const WideRates& rates, Text* text) { PrintFields(rates, text); }
void Print(const AbrSetup& abr, Text* text) { PrintFields(abr, text); }
void Print(const AbrAdditional& abr, Text* text) { PrintFields(abr, text); }
void Print(const MinimumDesiredRate& rate, Text* text) {
  text->Number("origin", Code(rate.origin)).Number("forward", rate.forward);
  text->Number("backward", rate.backward);
}
void Print(const BearerCapability& bearer, Text* text) {
  text->Number("class", Code(bearer.bearer_class)).Number("atc", bearer.transfer_capability);
  text->Flag("clipping", bearer.clipping != 0).Flag("multipoint", bearer.multipoint);
}
void Print(const HighLayerInfo& info, Text* text) {
  text->Number("type", info.type).Hex(info.octets);
}
void Print(const RepeatIndicator& /*repeat*/, Text* text) { text->Word("in order of preference"); }
void Print(const LowLayerInfo& info, Text* text) {
  text->Number("l1", info.layer1);
  if (info.layer2) {
    text->Number("l2", info.layer2->protocol).Number("mode", info.layer2->mode);
    if (info.layer2->mode) text->Number("q933", info.layer2->q933_use);
    text->Number("window", info.layer2->window).Number("user", info.layer2->user);
  }
  if (!info.layer3) return;
  text->Number("l3", info.layer3->protocol).Number("mode", info.layer3->mode);
  text->Number("packet", info.layer3->packet_size).Number("window", info.layer3->window);
  text->Number("user", info.layer3->user).Number("ipi", info.layer3->ipi);
  if (info.layer3->snap) {
    text->Number("oui", info.layer3->snap->oui).Number("pid", info.layer3->snap->protocol);
  }
}
void Print(const PartyNumber& number, Text* text) {
  if (std::optional<Address> address = ToAddress(number)) {
    text->Word(vcp::ToString(*address));
  } else {
    text->Number("type", Code(number.type)).Number("plan", Code(number.plan)).Hex(number.octets);
  }
}
void Print(const ScreenedNumber& number, Text* text) {
  Print(number.number, text);
  if (!number.screening) return;
  text->Number("presentation", number.screening->presentation);
  text->Number("screening", number.screening->screening);
}
void Print(const Subaddress& subaddress, Text* text) {
  text->Number("type", subaddress.type).Hex(subaddress.octets);
}
void Print(const SendingComplete& /*complete*/, Text* /*text*/) {}
void Print(const TransitNetwork& network, Text* text) {
  text->Number("type", network.type).Number("plan", network.plan).Hex(network.digits);
}
void Print(const TransitDelay& delay, Text* text) { PrintFields(delay, text); }
void Print(const OamTraffic& oam, Text* text) {
  text->Number("shaping", oam.shaping).Flag("compliance", oam.compliance);
  text->Number("fault management", oam.fault_management);
  text->Number("forward f5", oam.forward_f5).Number("backward f5", oam.backward_f5);
}
void Print(const ConnectionScope& scope, Text* text) {
  text->Number("type", scope.type).Number(scope.scope);
}
void Print(const LeafCallId& call, Text* text) { text->Number(call.id); }
void Print(const LeafParameters& parameters, Text* text) {
  text->Number("screening", parameters.screening);
}
void Print(const LeafSequence& sequence, Text* text) { text->Number(sequence.number); }
void Print(const GenericIdentifier& identifier, Text* text) {
  text->Number("standard", identifier.standard).Hex(identifier.fields);
}
void Print(const ConnectionIdentifier& connection, Text* text) {
  using Preference = ConnectionIdentifier::Preference;
  text->Number("vpci", connection.vpci);
  if (connection.preference == Preference::kAnyVci) text->Word("any vci");
  if (connection.preference == Preference::kNoVci) text->Word("no vci");
  if (connection.preference == Preference::kExclusive) text->Number("vci", connection.vci);
  text->Flag("vp-associated",
             connection.association == ConnectionIdentifier::Association::kVpAssociated);
}
void Print(const RestartIndicator& restart, Text* text) {
  text->Number("class", Code(restart.restart_class));
}
void Print(const QosParameter& qos, Text* text) {
  text->Number("forward", qos.forward).Number("backward", qos.backward);
}
void Print(const ExtendedQos& qos, Text* text) {
  text->Number("origin", Code(qos.origin));
  PrintFields(qos, text);
}

template <typename T>
void PrintSlot(std::string_view name, const std::optional<T>& slot, std::string* out) {
  if (!slot) return;
  *out += "; ";
  *out += name;
  Text text(out);
  Print(*slot, &text);
}
template <typename T, size_t N>
void PrintSlot(std::string_view name, const BoundedList<T, N>& slot, std::string* out) {
  for (const T& value : slot) PrintSlot(name, std::optional<T>(value), out);
}

std::string_view ActionName(ElementAction action) {
  switch (action) {
    case ElementAction::kClearCall:
      return "clear call";
    case ElementAction::kDiscardElement:
      return "discard element";
    case ElementAction::kDiscardElementAndReport:
      return "discard element and report";
    case ElementAction::kDiscardMessage:
      return "discard message";
    case ElementAction::kDiscardMessageAndReport:
      return "discard message and report";
    case ElementAction::kDefault:
      break;
  }
  return "no instruction";
}

std::string_view ActionName(MessageAction action) {
  switch (action) {
    case MessageAction::kClearCall:
      return "clear call";
    case MessageAction::kDiscard:
      return "discard message";
    case MessageAction::kDiscardAndReport:
      return "discard message and report";
    case MessageAction::kDefault:
      break;
  }
  return "no instruction";
}

}  // namespace

bool IsKnown(MessageType type) {
  switch (type) {
#define VCP_MESSAGE(constant, type, name) case MessageType::constant:
#define VCP_CONTENT(message, element, presence)
#include "wire/messages.def"
    return true;
  }
  return false;
}

std::string_view MessageName(MessageType type) {
  switch (type) {
#define VCP_MESSAGE(constant, type, name) \
  case MessageType::constant:             \
    return name;
#define VCP_CONTENT(message, element, presence)
#include "wire/messages.def"
  }
  return "unknown message";
}

std::string_view ElementErrorName(ElementErrorKind kind) {
  switch (kind) {
    case ElementErrorKind::kMissing:
      return "missing";
    case ElementErrorKind::kUnrecognised:
      return "unrecognised";
    case ElementErrorKind::kBadLength:
      return "bad length";
    case ElementErrorKind::kBadContent:
      return "bad content";
    case ElementErrorKind::kDuplicate:
      return "duplicate";
  }
  return "unknown";
}

std::string_view CauseMeaning(uint8_t value) {
  switch (value) {
#define VCP_CAUSE(constant, value, meaning) \
  case CauseValue::constant:                \
    return meaning;
#include "wire/causes.def"
  }
  return "unknown cause";
}

std::string ToString(const Message& message) {
  std::string out(MessageName(message.type));
  if (!IsKnown(message.type)) out += " " + std::to_string(static_cast<int>(message.type));
  out += " call " + std::to_string(message.call.value);
  if (message.call.to_allocator) out += " of receiver";
  if (message.action != MessageAction::kDefault) {
    out += ", else ";
    out += ActionName(message.action);
  }
#define VCP_ELEMENT(constant, Type, member, id, codings, max_bytes, repeats, treatment, name) \
  PrintSlot(name, message.member, &out);
#include "wire/elements.def"
  return out;
}

std::string ToString(const ElementError& error) {
  std::string out = "element ";
  out += error.element ? ElementName(*error.element) : std::to_string(error.id);
  out += " ";
  out += ElementErrorName(error.kind);
  out += ", ";
  out += ActionName(error.action);
  if (error.mandatory) out += ", mandatory";
  return out;
}

}  // namespace vcp::wire
