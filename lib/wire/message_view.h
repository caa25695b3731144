#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "wire/message.h"

namespace vcp::wire {

inline constexpr uint8_t kLockingShift = 0x60;
inline constexpr uint8_t kNonLockingShift = 0x61;

// An element as it stands in a message, of whatever kind. Does not own the octets.
struct RawElement {
  uint8_t id = 0;
  uint8_t codeset = 0;  // Set by the shifts before it.
  Coding coding = Coding::kItu;
  ElementAction action = ElementAction::kDefault;
  bool cut_off = false;  // The message ends in it; contents are what there is.
  std::span<const uint8_t> contents;
};

// Walks over elements one after the other; shifts are carried out and not shown unless they are
// wrong: those that name codeset 1 to 3 and, when locking, 0 or a lower one than the last.
class ElementCursor {
 public:
  explicit ElementCursor(std::span<const uint8_t> octets) : rest_(octets) {}

  // Nothing at the end.
  std::optional<RawElement> Next();

 private:
  RawElement Take();

  std::span<const uint8_t> rest_;
  uint8_t locked_codeset_ = 0;
};

// A message whose header is good. Does not own the octets.
class MessageView {
 public:
  static HeaderError Parse(std::span<const uint8_t> octets, MessageView* view);

  MessageType type() const { return static_cast<MessageType>(octets_[5]); }
  CallReference call() const;
  MessageAction action() const;
  bool length_disagrees() const;
  // What the length field says, as far as it is there.
  ElementCursor elements() const;

 private:
  size_t length_field() const;

  std::span<const uint8_t> octets_;  // At least kMessageHeaderBytes.
};

}  // namespace vcp::wire
