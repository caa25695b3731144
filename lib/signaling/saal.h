// The signaling AAL: SSCF-UNI (Q.2130) over SSCOP (Q.2110) for one signaling link, as UNI call
// control and a carrier see it. Pure and single-threaded: requests, PDUs and time go in, actions
// come out and are carried out afterwards.
//
//   saal.OnPdu(pdu, now);                                  // or a request, or OnTimer
//   saal.CarryOut([&](const SaalAction& action) { ... });  // may make requests: they come later
//   wait until saal.NextDeadlineNs();
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/status.h"
#include "signaling/action_list.h"
#include "signaling/byte_arena.h"
#include "signaling/duplicate_guard.h"
#include "signaling/saal_action.h"
#include "signaling/sscf_uni.h"
#include "signaling/sscop.h"
#include "signaling/sscop_config.h"

namespace vcp::signaling {

class Saal {
 public:
  // The configuration is valid.
  explicit Saal(const SscopConfig& config = {});

  // The user's requests. kInvalidState where Q.2130 has no such primitive in this state; kTooBig
  // beyond the configured sizes. What was accepted is answered by an action, once.
  Status EstablishRequest(uint64_t now_ns, std::span<const uint8_t> user_to_user = {});
  Status ReleaseRequest(uint64_t now_ns, std::span<const uint8_t> user_to_user = {});
  // Copies the SDU. kBackPressured when as many wait as may: the peer takes no more for now.
  // A success is delivered once and in sequence, unless a release or an establishment intervenes.
  Status DataRequest(std::span<const uint8_t> sdu, uint64_t now_ns);
  Status UnitDataRequest(std::span<const uint8_t> sdu, uint64_t now_ns);

  // A user with no room for more says so; it still takes what the peer has credit for, at most a
  // window, and then the peer has to wait.
  void SetUserTakesData(bool takes) { sscop_.SetUserTakesData(takes); }

  // From the carrier: exactly one PDU, without padding. Its bytes must stay until CarryOut returns.
  // Where the carrier may repeat, copies in a row are dropped here.
  void OnPdu(std::span<const uint8_t> pdu, uint64_t now_ns);
  // After a pause hand over the PDUs that wait before calling this (Sscop::OnTimer says why).
  void OnTimer(uint64_t now_ns);
  std::optional<uint64_t> NextDeadlineNs() const { return sscop_.NextDeadlineNs(); }

  // Calls carry_out(action) for each action in order, including those that it causes by calling
  // this object. Within another CarryOut it does nothing: that one gets to them.
  template <typename CarryOutOne>
  void CarryOut(CarryOutOne&& carry_out) {
    if (!actions_.CarryOut(std::forward<CarryOutOne>(carry_out))) return;
    sscop_.Reclaim();
    kept_bytes_.Clear();
  }

  SaalState state() const { return sscf_.state(); }
  SscopState sscop_state() const { return sscop_.state(); }
  const SscopCounters& counters() const { return sscop_.counters(); }
  SscopVariables sscop_variables() const { return sscop_.variables(); }
  size_t unacknowledged_sdus() const { return sscop_.transmit_size(); }
  const Counter& dropped_duplicates() const { return dropped_duplicates_; }

 private:
  // Lets SSCF handle what SSCOP has to say.
  void Translate(uint64_t now_ns);

  const bool carrier_may_repeat_;
  ActionList<SaalAction> actions_;
  ByteArena kept_bytes_;
  Sscop sscop_;
  SscfUni sscf_;
  DuplicateGuard duplicate_guard_;
  Counter dropped_duplicates_;
};

}  // namespace vcp::signaling
