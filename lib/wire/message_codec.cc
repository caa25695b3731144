#include <algorithm>
#include <array>
#include <concepts>

#include "wire/element_codec.h"
#include "wire/message.h"
#include "wire/message_view.h"
#include "wire/octets.h"

namespace vcp::wire {
namespace {

enum class Codings : uint8_t { kItu, kNetwork, kItuOrNetwork };
enum class Treatment : uint8_t { kPlain, kAccess, kExtra };

struct ElementRow {
  uint8_t id;
  Codings codings;
  uint8_t max_bytes;  // With the header.
  uint8_t repeats;
  Treatment treatment;
  std::string_view name;
};

constexpr std::array kElements = {
#define VCP_ELEMENT(constant, Type, member, id, codings, max_bytes, repeats, treatment, name) \
  ElementRow{id, Codings::codings, max_bytes, repeats, Treatment::treatment, name},
#include "wire/elements.def"
};

constexpr size_t CountPlaces() {
  size_t places = 0;
  for (const ElementRow& row : kElements) places += row.repeats;
  return places;
}
static_assert(CountPlaces() <= kMaxElementsPerMessage);  // Message::places has room for each.

const ElementRow& RowOf(Element element) { return kElements[static_cast<size_t>(element)]; }

using PresenceRow = std::array<std::optional<Presence>, kElements.size()>;

// By the octets of message types.
constexpr std::array<PresenceRow, 256> MakePresence() {
  std::array<PresenceRow, 256> rows{};
#define VCP_MESSAGE(constant, type, name)
#define VCP_CONTENT(message, element, presence)                                            \
  rows[static_cast<size_t>(MessageType::message)][static_cast<size_t>(Element::element)] = \
      Presence::presence;
#include "wire/messages.def"
  return rows;
}
constexpr std::array<PresenceRow, 256> kPresence = MakePresence();

bool Knows(Codings codings, Coding coding) {
  return (coding == Coding::kItu && codings != Codings::kNetwork) ||
         (coding == Coding::kNetwork && codings != Codings::kItu);
}

constexpr uint8_t kInstruction = 0x80;      // Of a message or an element; bit 8 is always set.
constexpr uint8_t kInstructionFlag = 0x10;  // The action indicator counts.

// Elements that may be repeated are kept in a BoundedList, others in a std::optional.
template <typename T>
size_t Count(const std::optional<T>& slot) {
  return slot ? 1 : 0;
}
template <typename T, size_t N>
size_t Count(const BoundedList<T, N>& slot) {
  return slot.size();
}

template <typename T>
bool Append(const T& value, std::optional<T>* slot) {
  if (*slot) return false;
  *slot = value;
  return true;
}
template <typename T, size_t N>
bool Append(const T& value, BoundedList<T, N>* slot) {
  return slot->Append(value);
}

template <typename T>
const T& At(const std::optional<T>& slot, size_t /*index*/) {
  return *slot;
}
template <typename T, size_t N>
const T& At(const BoundedList<T, N>& slot, size_t index) {
  return slot[index];
}

// Calls `visit` with the member that keeps elements of this kind.
template <typename AnyMessage, typename Visit>
auto WithSlot(AnyMessage& message, Element element, Visit visit) {
  switch (element) {
#define VCP_ELEMENT(constant, Type, member, id, codings, max_bytes, repeats, treatment, name) \
  case Element::constant:                                                                     \
    return visit(message.member);
#include "wire/elements.def"
  }
  VCP_CHECK(false);
}

// Reads an element's contents; nothing when all is well.
template <typename T>
std::optional<ElementErrorKind> DecodeContents(const RawElement& raw, const ElementRow& row,
                                               T* value) {
  bool fits = raw.contents.size() + kElementHeaderBytes <= row.max_bytes;
  if (raw.cut_off || !fits) return ElementErrorKind::kBadLength;
  if constexpr (requires { value->coding; }) value->coding = raw.coding;
  OctetReader reader(raw.contents);
  bool good = Decode(&reader, value);
  if (!reader.ok()) return ElementErrorKind::kBadLength;
  if (!good) return ElementErrorKind::kBadContent;
  if (!reader.done()) return ElementErrorKind::kBadLength;
  return std::nullopt;
}

// Reads an element into the message; nothing when all is well.
std::optional<ElementErrorKind> DecodeElement(const RawElement& raw, Element element,
                                              Message* message) {
  return WithSlot(*message, element, [&](auto& slot) -> std::optional<ElementErrorKind> {
    const ElementRow& row = RowOf(element);
    auto index = static_cast<uint8_t>(Count(slot));
    if (index == row.repeats) return ElementErrorKind::kDuplicate;
    typename std::remove_reference_t<decltype(slot)>::value_type value{};
    std::optional<ElementErrorKind> error = DecodeContents(raw, row, &value);
    if (error) return error;
    VCP_CHECK(Append(value, &slot));
    VCP_CHECK(message->places.Append({element, index, raw.action}));
    return std::nullopt;
  });
}

// What the message's type makes of an element; nothing when it is not recognised.
std::optional<Element> Recognise(const RawElement& raw, MessageType type) {
  if (raw.codeset != 0) return std::nullopt;
  for (size_t i = 0; i < kElements.size(); ++i) {
    if (kElements[i].id != raw.id || !Knows(kElements[i].codings, raw.coding)) continue;
    auto element = static_cast<Element>(i);
    if (IsKnown(type) && !PresenceOf(type, element)) return std::nullopt;
    return element;
  }
  return std::nullopt;
}

void EncodeElement(const Message& message, const ElementPlace& place, OctetWriter* writer) {
  const ElementRow& row = RowOf(place.element);
  WithSlot(message, place.element, [&](const auto& slot) {
    const auto& value = At(slot, place.index);
    Coding coding = row.codings == Codings::kNetwork ? Coding::kNetwork : Coding::kItu;
    if constexpr (requires { value.coding; }) coding = value.coding;
    VCP_CHECK(Knows(row.codings, coding));

    std::array<uint8_t, UINT8_MAX> contents;
    OctetWriter inner({contents.data(), row.max_bytes - kElementHeaderBytes});
    Encode(value, &inner);
    if (!inner.ok()) return writer->Fail();

    uint8_t instruction = kInstruction | static_cast<uint8_t>(coding) << 5;
    if (place.action != ElementAction::kDefault) {
      instruction |= kInstructionFlag | static_cast<uint8_t>(place.action);
    }
    writer->Write8(row.id);
    writer->Write8(instruction);
    writer->Write16(inner.size());
    writer->WriteSpan(std::span(contents).first(inner.size()));
  });
}

size_t CountOf(const Message& message, Element element) {
  return WithSlot(message, element, [](const auto& slot) { return Count(slot); });
}

// How much is to happen when an element is not understood.
int WeightOf(ElementAction action) {
  switch (action) {
    case ElementAction::kClearCall:
      return 4;
    case ElementAction::kDiscardMessageAndReport:
      return 3;
    case ElementAction::kDiscardMessage:
      return 2;
    case ElementAction::kDefault:
    case ElementAction::kDiscardElementAndReport:
      return 1;
    case ElementAction::kDiscardElement:
      break;
  }
  return 0;
}

// The first ones, until there are too many: then one that asks for more takes the place of another.
void Note(const ElementError& error, ParseReport* report) {
  if (report->errors.size() < kMaxElementsPerMessage) {
    VCP_CHECK(report->errors.Append(error));
    return;
  }
  report->too_many = true;
  const int weight = WeightOf(error.action);
  ElementError* lighter =
      std::find_if(report->errors.begin(), report->errors.end(),
                   [weight](const ElementError& other) { return WeightOf(other.action) < weight; });
  if (lighter != report->errors.end()) *lighter = error;
}

bool IsRequired(const Message& message, const MandatoryContext& context, Presence presence) {
  switch (presence) {
    case Presence::kOptional:
      return false;
    case Presence::kMandatory:
      return true;
    case Presence::kTowardsUser:
      return context.towards_user;
    case Presence::kFirstResponse:
      return context.connection_expected;
    case Presence::kPartyCall:
      return context.party_call;
    case Presence::kMultipointBearer:
      return message.bearer && message.bearer->multipoint;
    case Presence::kUnlessExtendedQos:
      return !message.extended_qos;
    case Presence::kFirstClearing:
      return context.first_clearing;
    case Presence::kOneRestarted:
      return message.restart && message.restart->restart_class != RestartIndicator::Class::kAll;
  }
  return false;
}

}  // namespace

std::string_view ElementName(Element element) { return RowOf(element).name; }
uint8_t ElementId(Element element) { return RowOf(element).id; }

std::optional<Presence> PresenceOf(MessageType type, Element element) {
  return kPresence[static_cast<uint8_t>(type)][static_cast<size_t>(element)];
}

bool Message::Has(Element element) const { return CountOf(*this, element) != 0; }

HeaderError ParseMessage(std::span<const uint8_t> octets, Message* message, ParseReport* report) {
  MessageView view;
  HeaderError error = MessageView::Parse(octets, &view);
  if (error != HeaderError::kNone) return error;

  *message = {};
  *report = {};
  message->type = view.type();
  message->call = view.call();
  message->action = view.action();
  report->length_disagrees = view.length_disagrees();

  ElementCursor cursor = view.elements();
  while (std::optional<RawElement> raw = cursor.Next()) {
    std::optional<ElementErrorKind> kind = ElementErrorKind::kUnrecognised;
    std::optional<Element> element = Recognise(*raw, message->type);
    if (element) kind = DecodeElement(*raw, *element, message);
    if (!kind) continue;
    bool access = element && RowOf(*element).treatment == Treatment::kAccess;
    Note(
        {.id = raw->id, .element = element, .kind = *kind, .action = raw->action, .access = access},
        report);
  }
  return HeaderError::kNone;
}

void CheckMandatory(const Message& message, const MandatoryContext& context, ParseReport* report) {
  for (size_t i = 0; i < kElements.size(); ++i) {
    auto element = static_cast<Element>(i);
    std::optional<Presence> presence = PresenceOf(message.type, element);
    if (!presence || !IsRequired(message, context, *presence)) continue;
    if (message.Has(element)) continue;
    auto wrong = std::ranges::find_if(
        report->errors, [&](const ElementError& error) { return error.element == element; });
    if (wrong != report->errors.end()) {
      wrong->mandatory = true;
      continue;
    }
    VCP_CHECK(report->errors.Append({.id = ElementId(element),
                                     .element = element,
                                     .kind = ElementErrorKind::kMissing,
                                     .mandatory = true}));
  }
}

size_t EmitMessage(const Message& message, std::span<uint8_t> out) {
  VCP_CHECK(message.call.value <= CallReference::kDummy);
  std::array<uint8_t, kMaxSignalingBytes - kMessageHeaderBytes> elements;
  OctetWriter body(elements);
  std::array<uint8_t, kElements.size()> written{};  // A bit per index of each kind.
  auto write = [&](const ElementPlace& place) {
    uint8_t& indices = written[static_cast<size_t>(place.element)];
    if (place.index >= CountOf(message, place.element)) return;
    if ((indices & 1 << place.index) != 0) return;
    indices |= 1 << place.index;
    EncodeElement(message, place, &body);
  };
  for (const ElementPlace& place : message.places) write(place);
  for (size_t i = 0; i < kElements.size(); ++i) {
    auto element = static_cast<Element>(i);
    bool extra = kElements[i].treatment == Treatment::kExtra;
    ElementAction action = extra ? ElementAction::kDiscardElement : ElementAction::kDefault;
    for (uint8_t index = 0; index < CountOf(message, element); ++index) {
      write({element, index, action});
    }
  }
  if (!body.ok()) return 0;

  OctetWriter writer(out);
  writer.Write8(kSignalingProtocol);
  writer.Write8(3);
  writer.Write24(message.call.value | (message.call.to_allocator ? 0x800000 : 0));
  writer.Write8(static_cast<uint8_t>(message.type));
  bool asks = message.action != MessageAction::kDefault;
  writer.Write8(kInstruction |
                (asks ? kInstructionFlag | static_cast<uint8_t>(message.action) : 0));
  writer.Write16(body.size());
  writer.WriteSpan(std::span(elements).first(body.size()));
  return writer.ok() ? writer.size() : 0;
}

}  // namespace vcp::wire
