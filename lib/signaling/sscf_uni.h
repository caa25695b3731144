#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "signaling/action_list.h"
#include "signaling/saal_action.h"
#include "signaling/sscop.h"

namespace vcp::signaling {

// As the user sees them; Q.2130 numbers them 1, 2, 3, 4 and, for one made anew, 2 again.
enum class SaalState : uint8_t {
  kReleased,
  kAwaitingEstablish,
  kAwaitingRelease,
  kEstablished,
  kAwaitingResync,
};
std::string_view SaalStateName(SaalState state);

// SSCF at the UNI (Q.2130): the user's AAL primitives in terms of SSCOP's AA primitives. Asked to
// establish what is established, it resynchronizes. What SSCOP leaves to its user it answers at
// once: it accepts every connection, and a recovery shows as an establishment by the peer. Trying
// again after a release is up to the user.
class SscfUni {
 public:
  SscfUni(Sscop* sscop, ActionList<SaalAction>* actions) : sscop_(sscop), actions_(actions) {}

  // kInvalidState where Q.2130 has no such primitive in this state.
  Status EstablishRequest(std::span<const uint8_t> user_to_user, uint64_t now_ns);
  Status ReleaseRequest(std::span<const uint8_t> user_to_user, uint64_t now_ns);
  Status DataRequest(std::span<const uint8_t> sdu, uint64_t now_ns);

  void HandleSscop(const SscopAction& action, uint64_t now_ns);

  SaalState state() const { return state_; }

 private:
  void Indicate(SaalAction::Kind kind, const SscopAction& from, SaalState state);

  Sscop* const sscop_;
  ActionList<SaalAction>* const actions_;
  SaalState state_ = SaalState::kReleased;
};

}  // namespace vcp::signaling
