// The signaling of one link, from its calls down to its carrier: UNI call control over the
// signaling AAL over a carrier, and the timer that they need. It only moves what one of them says
// to the other. Control thread; carrier, clock, timers and connection space outlive it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/counter.h"
#include "base/timers.h"
#include "callmgr/signaling_carrier.h"
#include "signaling/saal.h"
#include "signaling/uni_link.h"

namespace vcp::callmgr {

class SignalingStack {
 public:
  // Called for each indication of call control, in order; may make requests.
  using OnIndication = std::function<void(const signaling::UniIndication&)>;

  SignalingStack(const signaling::UniConfig& uni, const signaling::SscopConfig& sscop,
                 signaling::ConnectionSpace* connections, SignalingCarrier* carrier,
                 const Clock* clock, TimerQueue* timers);
  ~SignalingStack();
  SignalingStack(const SignalingStack&) = delete;
  SignalingStack& operator=(const SignalingStack&) = delete;

  void Start(OnIndication on_indication);
  // Ends all calls on this side, without a word to the peer, and says nothing any more.
  void Stop();
  bool was_started() const { return was_started_; }

  // What it causes is indicated before it returns, unless it is called from an indication.
  signaling::UniReply Handle(const signaling::UniRequest& request);

  const signaling::UniLink& uni() const { return uni_; }
  const signaling::Saal& saal() const { return saal_; }
  uint64_t lost_messages() const { return lost_messages_.Read(); }
  uint64_t NowNs() const { return clock_->NowNs(); }

 private:
  // Messages that wait for the SAAL to take more; a message is 4096 octets at most, 15 to 200 as a
  // rule. Beyond it they are lost, and Q.2931's timers mend that.
  static constexpr size_t kMaxWaitingMessages = 8192;

  void OnPdu(std::span<const uint8_t> pdu);
  void OnTimer();
  // Carries out what both machines want done, until neither wants anything.
  void Run();
  void CarryOut(const signaling::SaalAction& action);
  void CarryOut(const signaling::UniAction& action);
  void SendData(std::span<const uint8_t> message);
  void SendWaiting();
  void Rearm();

  signaling::UniLink uni_;
  signaling::Saal saal_;
  SignalingCarrier* carrier_;
  const Clock* clock_;
  TimerQueue* timers_;
  TimerId timer_;
  OnIndication on_indication_;
  std::deque<std::vector<uint8_t>> waiting_;
  Counter lost_messages_;
  bool was_started_ = false;
  bool running_ = false;
  bool acted_ = false;
};

}  // namespace vcp::callmgr
