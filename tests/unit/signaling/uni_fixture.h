// What the tests of UNI call control have in common: one link, driven message by message.
#pragma once

#include <gtest/gtest.h>

#include <optional>

#include "testing/uni_messages.h"
#include "testing/uni_side.h"

namespace vcp::signaling {

using testing::NewMessage;
using testing::SetupElements;
using testing::UniSide;
using testing::UniTold;
using wire::CauseValue;
using wire::MessageType;
using Told = UniIndication::Kind;
using Ask = UniRequest::Kind;

inline wire::CallReference TheirReference(uint32_t value = 5) {
  return {.to_allocator = false, .value = value};
}
inline wire::CallReference ToUs(wire::CallReference of_ours) {
  return {.to_allocator = !of_ours.to_allocator, .value = of_ours.value};
}

// The next message is of this type, and with this cause unless it is 0.
inline ::testing::AssertionResult WasSent(UniSide& side, MessageType type, uint8_t cause = 0) {
  const std::optional<wire::Message> message = side.TakeSent();
  if (!message) return ::testing::AssertionFailure() << "nothing sent";
  const uint8_t found = message->cause.empty() ? 0 : message->cause[0].value;
  if (message->type == type && found == cause) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "sent " << ToString(*message);
}
inline ::testing::AssertionResult WasTold(UniSide& side, Told kind, uint8_t cause = 0) {
  const std::optional<UniTold> told = side.TakeTold();
  if (!told) return ::testing::AssertionFailure() << "nothing told";
  if (told->what.kind == kind && told->what.cause.value == cause) {
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << "told " << static_cast<int>(told->what.kind) << " cause "
                                       << static_cast<int>(told->what.cause.value);
}
inline bool Quiet(const UniSide& side) { return side.sent.empty() && side.told.empty(); }

// A call that the link made, up to the state after SETUP; and the reference by which the peer
// answers.
struct MadeCall {
  CallHandle handle;
  wire::CallReference reference;
};
inline MadeCall MakeCall(UniSide& side, bool multipoint = false) {
  const wire::Message setup = SetupElements(multipoint);
  const UniReply reply = side.Ask({.kind = Ask::kSetup, .elements = &setup});
  EXPECT_EQ(reply.status, Status::kSuccess);
  EXPECT_TRUE(WasSent(side, MessageType::kSetup));
  return {reply.call, ToUs(*side.link().ReferenceOf(reply.call))};
}

// A call that the link is offered, with the VCI it is to have where the network says so.
inline MadeCall OfferCall(UniSide& side, bool multipoint = false, uint32_t reference = 5) {
  wire::Message setup = SetupElements(multipoint);
  setup.call = TheirReference(reference);
  if (side.config().role == Role::kUser) {
    setup.connection = testing::Connection(static_cast<uint16_t>(1000 + reference));
  }
  side.Receive(setup);
  const std::optional<UniTold> told = side.TakeTold();
  EXPECT_TRUE(told && told->what.kind == Told::kSetup);
  return {told ? told->what.call : CallHandle{}, setup.call};
}

}  // namespace vcp::signaling
