#include "wire/message_view.h"

#include <algorithm>

#include "wire/big_endian.h"

namespace vcp::wire {
namespace {

constexpr size_t kCallReferenceBytes = 3;
constexpr uint8_t kCallReferenceFlag = 0x80;
constexpr uint8_t kInstructionFlag = 0x10;  // The action indicator counts.
constexpr uint8_t kFirstCodeset = 4;        // 1 to 3 are reserved; 7 is the last.

ElementAction ToElementAction(uint8_t instruction) {
  if ((instruction & kInstructionFlag) == 0) return ElementAction::kDefault;
  auto action = static_cast<ElementAction>(instruction & 0x07);
  switch (action) {
    case ElementAction::kClearCall:
    case ElementAction::kDiscardElement:
    case ElementAction::kDiscardElementAndReport:
    case ElementAction::kDiscardMessage:
    case ElementAction::kDiscardMessageAndReport:
      return action;
    case ElementAction::kDefault:
      break;
  }
  return ElementAction::kDefault;
}

}  // namespace

RawElement ElementCursor::Take() {
  RawElement element;
  element.id = rest_[0];
  element.codeset = locked_codeset_;
  if (rest_.size() < kElementHeaderBytes) {
    element.cut_off = true;
    rest_ = {};
    return element;
  }
  element.coding = static_cast<Coding>(rest_[1] >> 5 & 0x03);
  element.action = ToElementAction(rest_[1]);
  size_t length = LoadBe16(rest_.data() + 2);
  rest_ = rest_.subspan(kElementHeaderBytes);
  element.cut_off = length > rest_.size();
  element.contents = rest_.first(std::min(length, rest_.size()));
  rest_ = rest_.subspan(element.contents.size());
  return element;
}

std::optional<RawElement> ElementCursor::Next() {
  std::optional<uint8_t> shifted;  // For one element only.
  while (!rest_.empty()) {
    RawElement element = Take();
    bool locking = element.id == kLockingShift;
    if (!locking && element.id != kNonLockingShift) {
      if (shifted) element.codeset = *shifted;
      return element;
    }
    if (element.cut_off || element.contents.size() != 1) return element;
    uint8_t codeset = element.contents[0] & 0x07;
    bool back = !locking && codeset == 0;
    if (!back && codeset < std::max(kFirstCodeset, locking ? locked_codeset_ : uint8_t{0})) {
      return element;
    }
    if (locking) {
      locked_codeset_ = codeset;
    } else {
      shifted = codeset;
    }
  }
  return std::nullopt;
}

HeaderError MessageView::Parse(std::span<const uint8_t> octets, MessageView* view) {
  if (octets.empty()) return HeaderError::kTooShort;
  if (octets[0] != kSignalingProtocol) return HeaderError::kOtherProtocol;
  if (octets.size() < kMessageHeaderBytes) return HeaderError::kTooShort;
  if (octets[1] != kCallReferenceBytes) return HeaderError::kBadCallReference;
  view->octets_ = octets;
  return HeaderError::kNone;
}

CallReference MessageView::call() const {
  uint32_t value = LoadBe32(octets_.data() + 2) >> 8;
  return {.to_allocator = (octets_[2] & kCallReferenceFlag) != 0,
          .value = value & ~(uint32_t{kCallReferenceFlag} << 16)};
}

MessageAction MessageView::action() const {
  uint8_t instruction = octets_[6];
  bool defined = (instruction & 0x03) <= static_cast<uint8_t>(MessageAction::kDiscardAndReport);
  if ((instruction & kInstructionFlag) == 0 || !defined) return MessageAction::kDefault;
  return static_cast<MessageAction>(instruction & 0x03);
}

size_t MessageView::length_field() const { return LoadBe16(octets_.data() + 7); }

bool MessageView::length_disagrees() const {
  return length_field() != octets_.size() - kMessageHeaderBytes;
}

ElementCursor MessageView::elements() const {
  std::span<const uint8_t> rest = octets_.subspan(kMessageHeaderBytes);
  return ElementCursor(rest.first(std::min(length_field(), rest.size())));
}

}  // namespace vcp::wire
