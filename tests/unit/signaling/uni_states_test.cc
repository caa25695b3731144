// Every message and every request in every state, on both sides (S5): what fits does what it is
// for, what does not is answered, counted and changes nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <vector>

#include "uni_scenes.h"

namespace vcp::signaling {
namespace {

// A message of this type that has all that it must have, about a call in this state.
wire::Message WholeMessage(MessageType type, const MadeCall& call, UniState state) {
  wire::Message message = NewMessage(type, call.reference);
  switch (type) {
    case MessageType::kSetup:
      message = SetupElements();
      message.type = type;
      message.call = call.reference;
      message.connection = testing::Connection(300);
      break;
    case MessageType::kCallProceeding:
    case MessageType::kAlerting:
    case MessageType::kConnect:
      break;
    case MessageType::kRelease:
    case MessageType::kReleaseComplete:
      message.cause = {wire::Cause{.value = 16}};
      break;
    case MessageType::kStatus:
      message.cause = {wire::Cause{.value = CauseValue::kStatusEnquiryResponse}};
      message.call_state = wire::CallState{static_cast<uint8_t>(state)};
      break;
    case MessageType::kNotify:
      message.notification.emplace();
      EXPECT_TRUE(message.notification->octets.Append(1));
      break;
    case MessageType::kModifyRequest:
      message.traffic = testing::Rates(1, 1);
      break;
    case MessageType::kModifyReject:
      message.cause = {wire::Cause{.value = 37}};
      break;
    default:
      break;
  }
  return message;
}

bool IsOneOf(Scene scene, std::initializer_list<Scene> scenes) {
  return std::ranges::find(scenes, scene) != scenes.end();
}

// The state after a message that fits; nothing for one that does not. Written from the procedures
// of the Recommendations, not from the table of the implementation.
std::optional<UniState> StateAfter(MessageType type, Scene scene, Role role) {
  const UniState same = StateOf(scene, role);
  const bool is_user = role == Role::kUser;
  const bool clears = IsOneOf(scene, {Scene::kReleaseSent, Scene::kReleaseReceived});
  switch (type) {
    case MessageType::kSetup:
    case MessageType::kStatus:
    case MessageType::kStatusEnquiry:
      return same;
    case MessageType::kReleaseComplete:
      return UniState::kNull;
    case MessageType::kRelease:
      return scene == Scene::kReleaseSent ? UniState::kNull : UniState::kReleaseIndication;
    case MessageType::kNotify:
      if (!clears) return same;
      break;
    case MessageType::kCallProceeding:
      if (scene == Scene::kSetupSent) return StateOf(Scene::kProceedingReceived, role);
      break;
    case MessageType::kAlerting:
      if (IsOneOf(scene, {Scene::kSetupSent, Scene::kProceedingReceived})) {
        return StateOf(Scene::kAlertingReceived, role);
      }
      break;
    case MessageType::kConnect:
      if (scene <= Scene::kAlertingReceived) return StateOf(Scene::kConnectReceived, role);
      break;
    case MessageType::kConnectAcknowledge:
      if (is_user && scene == Scene::kConnectSent) return UniState::kActive;
      if (!is_user &&
          IsOneOf(scene, {Scene::kConnectSent, Scene::kActiveOffered, Scene::kModifyReceived})) {
        return same;
      }
      break;
    case MessageType::kModifyRequest:
      if (scene == Scene::kActiveOffered || (!is_user && scene == Scene::kConnectSent)) {
        return UniState::kModifyReceived;
      }
      break;
    case MessageType::kModifyAcknowledge:
    case MessageType::kModifyReject:
      if (scene == Scene::kModifySent) return UniState::kActive;
      break;
    default:
      break;
  }
  return std::nullopt;
}

// Types that are defined, but that a UNI without overlap sending, N-ISDN and leaf-initiated join
// does not use, are as unknown as those that are not defined.
bool IsUsedHere(MessageType type) {
  static const std::set<MessageType> unused = {
      MessageType::kProgress,           MessageType::kSetupAcknowledge,
      MessageType::kCobiSetup,          MessageType::kFacilityMessage,
      MessageType::kInformation,        MessageType::kRestart,
      MessageType::kRestartAcknowledge, MessageType::kLeafSetupFailure,
      MessageType::kLeafSetupRequest};
  return wire::IsKnown(type) && !unused.contains(type);
}

class States : public ::testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(Roles, States, ::testing::Values(Role::kUser, Role::kNetwork));

void CheckUnfit(UniSide& side, const MadeCall& call, MessageType type, UniState before) {
  const bool used = IsUsedHere(type);
  EXPECT_EQ(side.link().StateOf(call.handle), before);
  EXPECT_TRUE(side.told.empty());
  EXPECT_EQ(side.Counted(used ? UniCounter::kUnexpected : UniCounter::kUnknownType), 1u);
  const std::optional<wire::Message> status = side.TakeSent();
  ASSERT_TRUE(status);
  EXPECT_EQ(status->type, MessageType::kStatus);
  EXPECT_EQ(status->call, ToUs(call.reference));
  ASSERT_TRUE(status->call_state && !status->cause.empty());
  EXPECT_EQ(status->call_state->state, static_cast<uint8_t>(before));
  EXPECT_EQ(status->cause[0].value,
            used ? CauseValue::kNotCompatibleWithState : CauseValue::kUnknownMessageType);
  ASSERT_EQ(status->cause[0].diagnostics.size(), 1u);
  EXPECT_EQ(status->cause[0].diagnostics[0], static_cast<uint8_t>(type));
  EXPECT_TRUE(side.sent.empty());
}

TEST_P(States, EveryMessageInEveryState) {
  for (Scene scene : kScenes) {
    for (int octet = 0; octet < 256; ++octet) {
      const auto type = static_cast<MessageType>(octet);
      SCOPED_TRACE(::testing::Message() << "scene " << static_cast<int>(scene) << " "
                                        << wire::MessageName(type) << " " << octet);
      UniSide side(GetParam());
      side.Up();
      const MadeCall call = Play(side, scene);
      const UniState before = side.link().StateOf(call.handle);
      wire::Message message = WholeMessage(type, call, before);
      const bool responds = type == MessageType::kCallProceeding ||
                            type == MessageType::kAlerting || type == MessageType::kConnect;
      if (responds && scene == Scene::kSetupSent && GetParam() == Role::kUser) {
        message.connection = testing::Connection(200);
      }
      side.Receive(message);
      const std::optional<UniState> after = StateAfter(type, scene, GetParam());
      if (after) {
        EXPECT_EQ(side.link().StateOf(call.handle), *after);
        EXPECT_EQ(side.Counted(UniCounter::kUnexpected), 0u);
      } else {
        CheckUnfit(side, call, type, before);
      }
      if (::testing::Test::HasFailure()) return;
    }
  }
}

// 1.8.4: what the sender asks for in a message that does not fit.
TEST_P(States, AMessageThatDoesNotFitDoesWhatItSaysItself) {
  for (Scene scene : kScenes) {
    for (int octet : {0x0b, 0x80, 0x8b, 0x99}) {
      SCOPED_TRACE(::testing::Message() << "scene " << static_cast<int>(scene) << " " << octet);
      for (auto action : {wire::MessageAction::kClearCall, wire::MessageAction::kDiscard,
                          wire::MessageAction::kDiscardAndReport}) {
        UniSide side(GetParam());
        side.Up();
        const MadeCall call = Play(side, scene);
        const UniState before = side.link().StateOf(call.handle);
        wire::Message message = NewMessage(static_cast<MessageType>(octet), call.reference);
        message.action = action;
        side.Receive(message);
        const bool clears = action == wire::MessageAction::kClearCall &&
                            before != UniState::kReleaseRequest &&
                            before != UniState::kReleaseIndication;
        const uint8_t cause = IsUsedHere(message.type) ? CauseValue::kNotCompatibleWithState
                                                       : CauseValue::kUnknownMessageType;
        if (action == wire::MessageAction::kDiscardAndReport) {
          EXPECT_TRUE(WasSent(side, MessageType::kStatus, cause));
        } else if (clears) {
          EXPECT_TRUE(WasSent(side, MessageType::kRelease, cause));
          EXPECT_TRUE(WasTold(side, Told::kRelease, cause));
        }
        EXPECT_EQ(side.link().StateOf(call.handle), clears ? UniState::kReleaseRequest : before);
        EXPECT_TRUE(Quiet(side));
      }
    }
  }
}

struct RequestRule {
  Ask kind;
  std::vector<Scene> scenes;
};

// Requests about the call that fit each scene, for a point-to-point call without a change of
// traffic that waits for its end.
const RequestRule kRequestRules[] = {
    {Ask::kProceeding, {Scene::kSetupReceived}},
    {Ask::kAlerting, {Scene::kSetupReceived, Scene::kProceedingSent}},
    {Ask::kConnect, {Scene::kSetupReceived, Scene::kProceedingSent, Scene::kAlertingSent}},
    {Ask::kSetupComplete, {Scene::kConnectReceived}},
    {Ask::kRelease,
     {Scene::kSetupSent, Scene::kProceedingReceived, Scene::kAlertingReceived,
      Scene::kConnectReceived, Scene::kActiveMade, Scene::kSetupReceived, Scene::kProceedingSent,
      Scene::kAlertingSent, Scene::kConnectSent, Scene::kActiveOffered, Scene::kReleaseReceived,
      Scene::kModifySent, Scene::kModifyReceived}},
    {Ask::kReleaseResponse, {Scene::kReleaseSent, Scene::kReleaseReceived}},
    {Ask::kAddParty, {}},
    {Ask::kModify, {Scene::kActiveMade}},
    {Ask::kModifyAck, {Scene::kModifyReceived}},
    {Ask::kModifyReject, {Scene::kModifyReceived}},
    {Ask::kConnectionAvailable, {}},
    {Ask::kNotify,
     {Scene::kSetupSent, Scene::kProceedingReceived, Scene::kAlertingReceived,
      Scene::kConnectReceived, Scene::kActiveMade, Scene::kSetupReceived, Scene::kProceedingSent,
      Scene::kAlertingSent, Scene::kConnectSent, Scene::kActiveOffered, Scene::kModifySent,
      Scene::kModifyReceived}},
    {Ask::kStatusEnquiry,
     {Scene::kSetupSent, Scene::kProceedingReceived, Scene::kAlertingReceived,
      Scene::kConnectReceived, Scene::kActiveMade, Scene::kSetupReceived, Scene::kProceedingSent,
      Scene::kAlertingSent, Scene::kConnectSent, Scene::kActiveOffered, Scene::kModifySent,
      Scene::kModifyReceived}},
};

TEST_P(States, EveryRequestInEveryState) {
  wire::Message elements;
  elements.traffic = testing::Rates(1, 1);
  elements.notification.emplace();
  ASSERT_TRUE(elements.notification->octets.Append(1));
  for (const RequestRule& rule : kRequestRules) {
    wire::Message content = elements;
    if (rule.kind != Ask::kModify && rule.kind != Ask::kModifyAck) content.traffic.reset();
    for (Scene scene : kScenes) {
      SCOPED_TRACE(::testing::Message() << "request " << static_cast<int>(rule.kind) << " scene "
                                        << static_cast<int>(scene));
      UniSide side(GetParam());
      side.Up();
      const MadeCall call = Play(side, scene);
      const UniState before = side.link().StateOf(call.handle);
      const UniReply reply = side.Ask({.kind = rule.kind,
                                       .call = call.handle,
                                       .cause = side.link().LocalCause(31),
                                       .elements = &content});
      const bool fits = std::ranges::count(rule.scenes, scene) != 0;
      EXPECT_EQ(reply.status, fits ? Status::kSuccess : Status::kInvalidState);
      if (!fits) {
        EXPECT_EQ(side.link().StateOf(call.handle), before);
        EXPECT_TRUE(Quiet(side));
      }
    }
  }
}

// A call that is over is not found, whatever is asked; answering its end is no mistake.
TEST_P(States, RequestsAboutACallThatIsOver) {
  UniSide side(GetParam());
  side.Up();
  const MadeCall call = Play(side, Scene::kActiveMade);
  side.Receive(NewMessage(MessageType::kReleaseComplete, call.reference));
  const MadeCall next = MakeCall(side);  // Perhaps in the same place.
  EXPECT_NE(next.handle, call.handle);
  for (size_t kind = 0; kind < UniRequest::kKindCount; ++kind) {
    const auto request = static_cast<Ask>(kind);
    if (request == Ask::kSetup || request == Ask::kRestart || request == Ask::kRestartResponse) {
      continue;
    }
    EXPECT_EQ(side.Ask({.kind = request, .call = call.handle}).status,
              request == Ask::kReleaseResponse ? Status::kSuccess : Status::kInvalidHandle);
  }
  EXPECT_EQ(side.link().StateOf(next.handle), StateOf(Scene::kSetupSent, GetParam()));
}

}  // namespace
}  // namespace vcp::signaling
