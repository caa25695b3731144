// What the tests of parties have in common: a point-to-multipoint call of one link.
#pragma once

#include <optional>

#include "uni_scenes.h"

namespace vcp::signaling {

class Party : public ::testing::TestWithParam<Role> {
 protected:
  Party() { Begin(); }

  // From the beginning.
  void Begin() {
    side_.emplace(GetParam());
    side_->Up();
  }

  // As the peer says it: the references are those of who made the call.
  wire::Message About(MessageType type, const MadeCall& call, PartyId party, uint8_t cause = 0) {
    wire::Message message = NewMessage(type, call.reference);
    message.endpoint =
        wire::EndpointReference{.to_allocator = call.reference.to_allocator, .value = party};
    if (cause != 0) message.cause = {wire::Cause{.value = cause}};
    if (type == MessageType::kAddParty) message.called = testing::Aesa(9);
    return message;
  }
  wire::Message Elements() {
    wire::Message elements;
    elements.called = testing::Aesa(9);
    return elements;
  }
  PartyId Add(const MadeCall& call) {
    const wire::Message elements = Elements();
    const UniReply reply =
        side_->Ask({.kind = Ask::kAddParty, .call = call.handle, .elements = &elements});
    EXPECT_EQ(reply.status, Status::kSuccess);
    EXPECT_TRUE(WasSent(*side_, MessageType::kAddParty));
    return reply.party;
  }
  UniReply AskOf(Ask kind, const MadeCall& call, PartyId party, uint8_t cause = 31) {
    return side_->Ask({.kind = kind,
                       .call = call.handle,
                       .party = party,
                       .cause = side_->link().LocalCause(cause)});
  }
  ::testing::AssertionResult ToldOf(Told kind, PartyId party, uint8_t cause = 0) {
    const std::optional<UniTold> told = side_->TakeTold();
    if (!told) return ::testing::AssertionFailure() << "nothing told";
    if (told->what.kind == kind && told->what.party == party && told->what.cause.value == cause) {
      return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure()
           << "told " << static_cast<int>(told->what.kind) << " of " << told->what.party
           << " cause " << static_cast<int>(told->what.cause.value);
  }
  ::testing::AssertionResult SentOf(MessageType type, PartyId party, uint8_t cause = 0) {
    const std::optional<wire::Message> message = side_->TakeSent();
    if (!message) return ::testing::AssertionFailure() << "nothing sent";
    const uint8_t found = message->cause.empty() ? 0 : message->cause[0].value;
    if (message->type == type && found == cause && message->endpoint &&
        message->endpoint->value == party &&
        message->endpoint->to_allocator == message->call.to_allocator) {
      return ::testing::AssertionSuccess();
    }
    return ::testing::AssertionFailure() << "sent " << ToString(*message);
  }
  PartyState StateOfParty(const MadeCall& call, PartyId party) {
    return side_->link().StateOf(call.handle, party);
  }

  std::optional<UniSide> side_;
};

}  // namespace vcp::signaling
