// The two sides of a UNI, back to back over a SAAL that loses nothing, and a call manager of few
// words on each: it does what call control expects of one.
#pragma once

#include <map>
#include <set>

#include "uni_fixture.h"

namespace vcp::signaling {

// Answers what must be answered; remembers which calls it knows.
class SimpleManager {
 public:
  explicit SimpleManager(UniSide* side) : side_(side) {
    side->on_indication = [this](const UniIndication& what) { On(what); };
  }

  UniReply Make(bool multipoint = false) { return Make(SetupElements(multipoint)); }
  UniReply Make(const wire::Message& setup) {
    const UniReply reply = side_->Ask({.kind = Ask::kSetup, .elements = &setup});
    if (reply.status == Status::kSuccess) calls.insert(reply.call.value());
    return reply;
  }
  void Release(CallHandle call) {
    side_->Ask({.kind = Ask::kRelease, .call = call, .cause = side_->link().LocalCause(16)});
  }

  std::set<uint32_t> calls;  // By their handles, from the beginning to their one end.
  std::set<uint32_t> active;
  std::map<Told, int> heard;
  uint8_t last_cause = 0;  // Of the call that ended last.
  bool accepts = true;
  bool proceeds = true;

 private:
  void Expect(UniReply reply) { EXPECT_EQ(reply.status, Status::kSuccess); }
  void End(const UniIndication& what) {
    EXPECT_EQ(calls.erase(what.call.value()), 1u) << "a call ended twice, or never began";
    active.erase(what.call.value());
    last_cause = what.cause.value;
  }
  void OnSetup(const UniIndication& what) {
    EXPECT_TRUE(calls.insert(what.call.value()).second);
    EXPECT_TRUE(what.connection);
    if (!accepts) {
      return Expect(Send({.kind = Ask::kRelease,
                          .call = what.call,
                          .cause = side_->link().LocalCause(CauseValue::kCallRejected)}));
    }
    if (proceeds) Expect(Send({.kind = Ask::kProceeding, .call = what.call}));
    Expect(Send({.kind = Ask::kConnect, .call = what.call}));
  }
  void On(const UniIndication& what) {
    ++heard[what.kind];
    switch (what.kind) {
      case Told::kSetup:
        return OnSetup(what);
      case Told::kConnect:
        active.insert(what.call.value());
        return Expect(Send({.kind = Ask::kSetupComplete, .call = what.call}));
      case Told::kSetupComplete:
        active.insert(what.call.value());
        return;
      case Told::kRelease:
        End(what);
        return Expect(Send({.kind = Ask::kReleaseResponse, .call = what.call}));
      case Told::kReleaseConfirm:
        return End(what);
      case Told::kAddParty:
        return Expect(Send({.kind = Ask::kAddPartyAck, .call = what.call, .party = what.party}));
      case Told::kModify:
        return Expect(Send({.kind = Ask::kModifyAck, .call = what.call, .confirm = true}));
      case Told::kModifyAck:
        if (what.confirm) Expect(Send({.kind = Ask::kConnectionAvailable, .call = what.call}));
        return;
      case Told::kRestart:
        return Expect(Send({.kind = Ask::kRestartResponse}));
      default:
        return;
    }
  }
  // Within the carrying out of an indication, as a call manager would.
  UniReply Send(const UniRequest& request) {
    return side_->link().Handle(request, side_->now_ns());
  }

  UniSide* side_;
};

class UniPair {
 public:
  UniPair() {
    user.Up();
    network.Up();
  }

  // One message from either side to the other; false when there is none.
  bool DeliverFrom(UniSide& from) {
    if (from.sent.empty()) return false;
    const std::vector<uint8_t> message = from.sent.front();
    from.sent.pop_front();
    (&from == &user ? network : user).Receive(message);
    return true;
  }
  // Until both are quiet.
  void Settle() {
    while (DeliverFrom(user) | DeliverFrom(network)) {
    }
  }
  void Advance(uint64_t ns) {
    const uint64_t end_ns = user.now_ns() + ns;
    for (;;) {
      Settle();
      const auto next = Earlier(user.link().NextDeadlineNs(), network.link().NextDeadlineNs());
      if (!next || *next > end_ns) break;
      const uint64_t to_ns = std::max(*next, user.now_ns());
      user.AdvanceTo(to_ns);
      network.AdvanceTo(to_ns);
    }
    user.AdvanceTo(end_ns);
    network.AdvanceTo(end_ns);
  }
  // The SAAL is gone on both sides, with what was on its way.
  void Lose() {
    user.sent.clear();
    network.sent.clear();
    user.Down();
    network.Down();
    user.sent.clear();
    network.sent.clear();
  }
  void Reestablish() {
    user.Established();
    network.Established();
  }

  // What must be true of two sides that have nothing to say to each other.
  void CheckAgreement() {
    EXPECT_EQ(user.link().call_count(), network.link().call_count());
    EXPECT_EQ(user.connections.taken, network.connections.taken);
    EXPECT_EQ(user.link().call_count(), user_manager.calls.size());
    EXPECT_EQ(network.link().call_count(), network_manager.calls.size());
    EXPECT_EQ(user_manager.active.size(), network_manager.active.size());
    EXPECT_EQ(user.link().calls_in_setup(), 0u);
    EXPECT_EQ(network.link().calls_in_setup(), 0u);
    EXPECT_EQ(user.link().NextDeadlineNs(), std::nullopt);
    EXPECT_EQ(network.link().NextDeadlineNs(), std::nullopt);
  }

  UniSide user{Role::kUser};
  UniSide network{Role::kNetwork};
  SimpleManager user_manager{&user};
  SimpleManager network_manager{&network};

 private:
  static std::optional<uint64_t> Earlier(std::optional<uint64_t> a, std::optional<uint64_t> b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
  }
};

}  // namespace vcp::signaling
