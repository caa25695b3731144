// A call brought into each of its states, on either side, by whoever made it.
#pragma once

#include <string_view>

#include "uni_fixture.h"

namespace vcp::signaling {

// What has happened to the call. The number of the state that this is depends on the side.
enum class Scene : uint8_t {
  kSetupSent,
  kProceedingReceived,
  kAlertingReceived,
  kConnectReceived,  // and not acknowledged
  kActiveMade,
  kSetupReceived,
  kProceedingSent,
  kAlertingSent,
  kConnectSent,  // and not acknowledged
  kActiveOffered,
  kReleaseSent,
  kReleaseReceived,
  kModifySent,
  kModifyReceived,
};
inline constexpr Scene kScenes[] = {
    Scene::kSetupSent,       Scene::kProceedingReceived, Scene::kAlertingReceived,
    Scene::kConnectReceived, Scene::kActiveMade,         Scene::kSetupReceived,
    Scene::kProceedingSent,  Scene::kAlertingSent,       Scene::kConnectSent,
    Scene::kActiveOffered,   Scene::kReleaseSent,        Scene::kReleaseReceived,
    Scene::kModifySent,      Scene::kModifyReceived,
};

inline UniState StateOf(Scene scene, Role role) {
  auto choose = [role](int user, int network) {
    return static_cast<UniState>(role == Role::kUser ? user : network);
  };
  switch (scene) {
    case Scene::kSetupSent:
      return choose(1, 6);
    case Scene::kProceedingReceived:
      return choose(3, 9);
    case Scene::kAlertingReceived:
      return choose(4, 7);
    case Scene::kConnectReceived:
      return choose(10, 8);
    case Scene::kSetupReceived:
      return choose(6, 1);
    case Scene::kProceedingSent:
      return choose(9, 3);
    case Scene::kAlertingSent:
      return choose(7, 4);
    case Scene::kConnectSent:
      return choose(8, 10);
    case Scene::kActiveMade:
    case Scene::kActiveOffered:
      return UniState::kActive;
    case Scene::kReleaseSent:
      return UniState::kReleaseRequest;
    case Scene::kReleaseReceived:
      return UniState::kReleaseIndication;
    case Scene::kModifySent:
      return UniState::kModifyRequest;
    case Scene::kModifyReceived:
      return UniState::kModifyReceived;
  }
  return UniState::kNull;
}

inline bool IsMade(Scene scene) {
  return scene <= Scene::kActiveMade || scene == Scene::kReleaseSent || scene == Scene::kModifySent;
}

inline wire::Message Response(const UniSide& side, MessageType type, const MadeCall& call,
                              bool multipoint) {
  wire::Message message = NewMessage(type, call.reference);
  if (side.config().role == Role::kUser) message.connection = testing::Connection(200);
  if (multipoint) message.endpoint = {.to_allocator = true, .value = 0};
  return message;
}

inline void RunMade(UniSide& side, Scene scene, const MadeCall& call, bool multipoint) {
  if (scene == Scene::kSetupSent) return;
  if (scene <= Scene::kAlertingReceived) {
    side.Receive(Response(side, MessageType::kCallProceeding, call, multipoint));
    if (scene == Scene::kAlertingReceived) {
      side.Receive(Response(side, MessageType::kAlerting, call, multipoint));
    }
    return;
  }
  side.Receive(Response(side, MessageType::kConnect, call, multipoint));
  if (scene == Scene::kConnectReceived) return;
  side.Ask({.kind = Ask::kSetupComplete, .call = call.handle});
  if (scene == Scene::kReleaseSent) {
    side.Ask({.kind = Ask::kRelease, .call = call.handle, .cause = side.link().LocalCause(16)});
  } else if (scene == Scene::kModifySent) {
    wire::Message modify;
    modify.traffic = testing::Rates(20000, 8000);
    side.Ask({.kind = Ask::kModify, .call = call.handle, .elements = &modify});
  }
}

inline void RunOffered(UniSide& side, Scene scene, const MadeCall& call) {
  if (scene == Scene::kSetupReceived) return;
  if (scene == Scene::kProceedingSent || scene == Scene::kAlertingSent) {
    side.Ask({.kind = Ask::kProceeding, .call = call.handle});
    if (scene == Scene::kAlertingSent) side.Ask({.kind = Ask::kAlerting, .call = call.handle});
    return;
  }
  side.Ask({.kind = Ask::kConnect, .call = call.handle});
  if (scene == Scene::kConnectSent) return;
  side.Receive(NewMessage(MessageType::kConnectAcknowledge, call.reference));
  if (scene == Scene::kReleaseReceived) {
    side.Receive(testing::WithCause(MessageType::kRelease, call.reference, 16));
  } else if (scene == Scene::kModifyReceived) {
    wire::Message modify = NewMessage(MessageType::kModifyRequest, call.reference);
    modify.traffic = testing::Rates(20000, 8000);
    side.Receive(modify);
  }
}

// Into the scene, with all that was sent and told on the way forgotten.
inline MadeCall Play(UniSide& side, Scene scene, bool multipoint = false) {
  const bool is_made = IsMade(scene);
  const MadeCall call = is_made ? MakeCall(side, multipoint) : OfferCall(side, multipoint);
  if (is_made) {
    RunMade(side, scene, call, multipoint);
  } else {
    RunOffered(side, scene, call);
  }
  EXPECT_EQ(side.link().StateOf(call.handle), StateOf(scene, side.config().role));
  side.sent.clear();
  side.told.clear();
  return call;
}

// One more active call that the link made; on the user's side with this VCI.
inline MadeCall MakeActive(UniSide& side, uint16_t vci) {
  const MadeCall call = MakeCall(side);
  wire::Message connect = NewMessage(MessageType::kConnect, call.reference);
  if (side.config().role == Role::kUser) connect.connection = testing::Connection(vci);
  side.Receive(connect);
  side.Ask({.kind = Ask::kSetupComplete, .call = call.handle});
  side.sent.clear();
  side.told.clear();
  return call;
}

}  // namespace vcp::signaling
