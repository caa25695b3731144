// UNI call control (Q.2931 and UNI 4.0, Q.2971, Q.2963.1) over one signaling link, as its user or
// its network side: the calls, the rules for messages that are wrong, the timers, what happens when
// the SAAL goes and comes back. Pure: primitives, requests and time come in, actions go out
// (action_list.h), to be carried out by the owner in order. One thread; the connection space
// outlives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "signaling/action_list.h"
#include "signaling/uni_counters.h"
#include "signaling/uni_events.h"
#include "signaling/uni_types.h"

namespace vcp::signaling {

struct UniCore;

class UniLink {
 public:
  UniLink(const UniConfig& config, ConnectionSpace* connections);
  ~UniLink();
  UniLink(const UniLink&) = delete;
  UniLink& operator=(const UniLink&) = delete;

  // Brings the SAAL up, and up again whenever it is lost.
  void Start(uint64_t now_ns);
  // Ends all calls on this side and gives the SAAL up. To end them on the other side too, release
  // them first.
  void Stop(uint64_t now_ns);

  // From the call manager. While the link is down endings are possible, and kSetupComplete and
  // kConnectionAvailable, whose message the peer's T313 and T361 stand for; what else is asked for
  // is kDisconnected.
  UniReply Handle(const UniRequest& request, uint64_t now_ns);

  // From the SAAL: AAL-ESTABLISH indication and confirm, AAL-RELEASE indication and confirm, and
  // AAL-DATA indication.
  void OnEstablished(uint64_t now_ns);
  void OnReleased(uint64_t now_ns);
  void OnData(std::span<const uint8_t> message, uint64_t now_ns);

  // Runs what is due, a bounded part of it at a time: while there is more the next deadline stays
  // in the past.
  void OnTimer(uint64_t now_ns);
  std::optional<uint64_t> NextDeadlineNs() const;

  // Calls carry_out(action) for each action in order, including those that it causes by calling
  // this object. Within another CarryOut it does nothing: that one gets to them.
  template <typename CarryOutOne>
  void CarryOut(CarryOutOne&& carry_out) {
    if (actions().CarryOut(std::forward<CarryOutOne>(carry_out))) Reclaim();
  }

  // A cause that arises on this side of the link, with its location.
  wire::Cause LocalCause(uint8_t value) const;

  bool is_up() const;
  size_t call_count() const;
  size_t calls_in_setup() const;
  // Whether there is room for a call that is made here.
  bool takes_setups() const;
  // Of all calls together, in whatever state; walks them.
  size_t party_count() const;
  // kNull when there is no such call, or party.
  UniState StateOf(CallHandle call) const;
  PartyState StateOf(CallHandle call, PartyId party) const;
  // By which the peer and a trace know the call; nothing when there is no such call.
  std::optional<wire::CallReference> ReferenceOf(CallHandle call) const;
  const UniCounters& counters() const;

 private:
  ActionList<UniAction>& actions();
  // All actions so far were carried out; what they point to may go.
  void Reclaim();

  std::unique_ptr<UniCore> core_;
};

}  // namespace vcp::signaling
