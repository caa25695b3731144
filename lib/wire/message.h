// Messages of Q.2931, Q.2971, Q.2963.1 and UNI 4.0, the ones that travel in SSCOP's sequenced data:
// values, and their octets. What a message may contain is messages.def, what an element is,
// elements.def and elements.h.
//
//   9 | call reference length (3) | flag, call reference | type | instruction | length | elements
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/bounded_list.h"
#include "base/limits.h"
#include "wire/elements.h"

namespace vcp::wire {

inline constexpr uint8_t kSignalingProtocol = 0x09;
inline constexpr size_t kMessageHeaderBytes = 9;
inline constexpr size_t kElementHeaderBytes = 4;

enum class MessageType : uint8_t {
#define VCP_MESSAGE(constant, type, name) constant = type,
#define VCP_CONTENT(message, element, presence)
#include "wire/messages.def"
};
bool IsKnown(MessageType type);
// "SETUP"; "unknown message" for a type that is not known.
std::string_view MessageName(MessageType type);

// Counts from 0; elements.def.
enum class Element : uint8_t {
#define VCP_ELEMENT(constant, Type, member, id, codings, max_bytes, repeats, treatment, name) \
  constant,
#include "wire/elements.def"
};
std::string_view ElementName(Element element);
uint8_t ElementId(Element element);

// When a message must carry an element that it may carry.
enum class Presence : uint8_t {
  kOptional,
  kMandatory,
  kTowardsUser,        // Always from the network to the user.
  kFirstResponse,      // In the first answer to a SETUP that did not choose the connection.
  kPartyCall,          // When the SETUP had an endpoint reference.
  kMultipointBearer,   // When the bearer capability says point-to-multipoint.
  kUnlessExtendedQos,  // When the message has no extended QoS.
  kFirstClearing,      // When no other message has begun to clear the call or drop the party.
  kOneRestarted,       // When one VC or VPCI is restarted, not all of them.
};
// Nothing when the message does not know the element.
std::optional<Presence> PresenceOf(MessageType type, Element element);

struct CallReference {
  static constexpr uint32_t kGlobal = 0;  // RESTART, RESTART ACKNOWLEDGE and STATUS only.
  static constexpr uint32_t kDummy = 0x7fffff;

  bool to_allocator = false;  // The flag: this message goes to the side that chose the value.
  uint32_t value = 0;         // 23 bits.
  friend bool operator==(const CallReference&, const CallReference&) = default;
  friend auto operator<=>(const CallReference&, const CallReference&) = default;
};

// What a sender asks for when the receiver cannot use a message, or an element. kDefault: nothing
// (flag 0), or something that nobody defined.
enum class MessageAction : uint8_t {
  kClearCall = 0,
  kDiscard = 1,
  kDiscardAndReport = 2,
  kDefault = 0xff
};
enum class ElementAction : uint8_t {
  kClearCall = 0,
  kDiscardElement = 1,
  kDiscardElementAndReport = 2,
  kDiscardMessage = 5,
  kDiscardMessageAndReport = 6,
  kDefault = 0xff,
};

// Where an element stood in a message, and what it asked for.
struct ElementPlace {
  Element element{};
  uint8_t index = 0;  // Among elements of the same kind.
  ElementAction action = ElementAction::kDefault;
  friend bool operator==(const ElementPlace&, const ElementPlace&) = default;
};

template <typename T, size_t N>
using ElementSlot = std::conditional_t<N == 1, std::optional<T>, BoundedList<T, N>>;

struct Message {
  MessageType type{};  // Perhaps none that is known.
  CallReference call;
  MessageAction action = MessageAction::kDefault;

#define VCP_ELEMENT(constant, Type, member, id, codings, max_bytes, repeats, treatment, name) \
  ElementSlot<Type, repeats> member;
#include "wire/elements.def"

  // How a received message was written, so that it is emitted the same way. Places whose element is
  // gone are passed over; elements without a place follow in the order of elements.def. A new
  // message needs none.
  BoundedList<ElementPlace, kMaxElementsPerMessage> places;

  bool Has(Element element) const;

  friend bool operator==(const Message&, const Message&) = default;
};

// Reasons to ignore a message altogether (rule 1 of the error procedures, Q.2931 5.6.1 to 5.6.3).
enum class HeaderError : uint8_t { kNone, kTooShort, kOtherProtocol, kBadCallReference };

enum class ElementErrorKind : uint8_t {
  kMissing,       // Mandatory and not there; found by CheckMandatory.
  kUnrecognised,  // Not known, in another codeset or coding, or not of this message.
  kBadLength,     // Longer than it may be, cut off, or it ends in the middle of a value.
  kBadContent,
  kDuplicate,  // More often than it may be repeated; the first ones count.
};
std::string_view ElementErrorName(ElementErrorKind kind);

struct ElementError {
  uint8_t id = 0;
  std::optional<Element> element;  // Nothing when it is unrecognised.
  ElementErrorKind kind{};
  ElementAction action = ElementAction::kDefault;
  bool mandatory = false;  // Set by CheckMandatory.
  bool access = false;     // Cause 43 instead of 100.
  friend bool operator==(const ElementError&, const ElementError&) = default;
};

// What was wrong with a message that was not ignored, elements in the order in which they stood.
struct ParseReport {
  bool length_disagrees = false;  // The message length is not what there is.
  bool too_many = false;          // More than are kept; those that ask for most are.
  // One per element, kMaxElementsPerMessage at most, and one per element that may be missing.
  BoundedList<ElementError, kMaxElementsPerMessage + kMaxMandatoryElements> errors;

  bool clean() const { return !length_disagrees && !too_many && errors.empty(); }
};

// `*message` and `*report` are whole only when the answer is kNone; elements with errors are not in
// the message. The octets may be anybody's.
[[nodiscard]] HeaderError ParseMessage(std::span<const uint8_t> octets, Message* message,
                                       ParseReport* report);

// What a message alone does not say.
struct MandatoryContext {
  bool towards_user = false;
  // The message is the first answer to a SETUP without connection identifier.
  bool connection_expected = false;
  bool party_call = false;
  bool first_clearing = false;
};
// Adds an error of kind kMissing for each mandatory element that is not there, unless it is there
// with another error, which is then marked as mandatory.
void CheckMandatory(const Message& message, const MandatoryContext& context, ParseReport* report);

// Writes a message; its size, or 0 when it does not fit `out` or an element does not fit its
// maximum. Members beyond the number of bits that elements.h gives them are a broken invariant.
[[nodiscard]] size_t EmitMessage(const Message& message, std::span<uint8_t> out);

// One line: "RELEASE call 1 of receiver; cause 16 (normal clearing) location 0". Elements in the
// order of elements.def.
std::string ToString(const Message& message);
// "element call state bad content, discard element".
std::string ToString(const ElementError& error);

}  // namespace vcp::wire
