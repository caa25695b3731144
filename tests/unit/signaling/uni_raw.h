// Messages that no encoder would write.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "uni_fixture.h"

namespace vcp::signaling {

using Octets = std::vector<uint8_t>;

inline Octets operator+(Octets a, const Octets& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline Octets RawMessage(MessageType type, wire::CallReference call, const Octets& elements,
                         uint8_t instruction = 0x80) {
  Octets message = {0x09,
                    0x03,
                    static_cast<uint8_t>(call.value >> 16 | (call.to_allocator ? 0x80 : 0)),
                    static_cast<uint8_t>(call.value >> 8),
                    static_cast<uint8_t>(call.value),
                    static_cast<uint8_t>(type),
                    instruction,
                    static_cast<uint8_t>(elements.size() >> 8),
                    static_cast<uint8_t>(elements.size())};
  return message + elements;
}

// Octet 2 of an element: what its sender asks for.
inline constexpr uint8_t kNoInstruction = 0x80;
inline constexpr uint8_t kClear = 0x90;
inline constexpr uint8_t kDiscardElement = 0x91;
inline constexpr uint8_t kReportElement = 0x92;
inline constexpr uint8_t kDiscardMessage = 0x95;
inline constexpr uint8_t kReportMessage = 0x96;

inline Octets RawElement(uint8_t id, uint8_t instruction, const Octets& contents) {
  return Octets{id, instruction, static_cast<uint8_t>(contents.size() >> 8),
                static_cast<uint8_t>(contents.size())} +
         contents;
}

// An element that nobody knows, and good and bad ones that everybody does.
inline Octets Unknown(uint8_t instruction, uint8_t id = 0x2f) {
  return RawElement(id, instruction, {1, 2, 3});
}
inline Octets RawTraffic() { return RawElement(0x59, 0x80, {0x84, 0, 0, 10, 0x85, 0, 0, 10}); }
inline Octets RawBearer() { return RawElement(0x5e, 0x80, {0x90, 0x80}); }
inline Octets RawCalled() { return RawElement(0x70, 0x80, Octets{0x82} + Octets(20, 0x49)); }
inline Octets RawQos() { return RawElement(0x5c, 0x80, {0, 0}); }
inline Octets RawCause(uint8_t value) {
  return RawElement(0x08, 0x80, {0x80, static_cast<uint8_t>(0x80 | value)});
}
inline Octets RawConnection(uint8_t vci) { return RawElement(0x5a, 0x80, {0x88, 0, 0, 1, vci}); }
inline Octets RawEndpoint(uint16_t value, bool to_allocator) {
  return RawElement(0x54, 0x80,
                    {0, static_cast<uint8_t>(value >> 8 | (to_allocator ? 0x80 : 0)),
                     static_cast<uint8_t>(value)});
}
// All that a SETUP to the network must have.
inline Octets RawSetup() { return RawTraffic() + RawBearer() + RawCalled() + RawQos(); }

// The next message is of this type and reports this cause about these elements, or this type.
inline ::testing::AssertionResult Reports(UniSide& side, MessageType type, uint8_t cause,
                                          std::initializer_list<uint8_t> diagnostics) {
  const std::optional<wire::Message> message = side.TakeSent();
  if (!message) return ::testing::AssertionFailure() << "nothing sent";
  const bool same = message->type == type && !message->cause.empty() &&
                    message->cause[0].value == cause &&
                    std::ranges::equal(message->cause[0].diagnostics, diagnostics);
  if (same) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "sent " << ToString(*message);
}

}  // namespace vcp::signaling
