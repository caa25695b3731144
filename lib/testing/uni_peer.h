// The other end of a link's signaling, as no daemon of ours would be: its SAAL is in order, and
// above it a test says what it likes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/timers.h"
#include "callmgr/signaling_carrier.h"
#include "signaling/saal.h"
#include "wire/message.h"

namespace vcp::testing {

class UniPeer {
 public:
  UniPeer(callmgr::SignalingCarrier* carrier, const Clock* clock, TimerQueue* timers)
      : carrier_(carrier), clock_(clock), timers_(timers) {
    carrier_->SetReceiver([this](std::span<const uint8_t> pdu) {
      saal_.OnPdu(pdu, clock_->NowNs());
      Run();
    });
  }
  ~UniPeer() {
    timers_->Cancel(timer_);
    carrier_->SetReceiver(nullptr);
  }
  UniPeer(const UniPeer&) = delete;
  UniPeer& operator=(const UniPeer&) = delete;

  // Comes up, ends all calls' connection and begins another one, or goes.
  void Establish() {
    (void)saal_.EstablishRequest(clock_->NowNs());
    Run();
  }
  void Release() {
    (void)saal_.ReleaseRequest(clock_->NowNs());
    Run();
  }

  void Send(std::span<const uint8_t> octets) {
    (void)saal_.DataRequest(octets, clock_->NowNs());
    Run();
  }
  void Send(const wire::Message& message) {
    std::array<uint8_t, kMaxSignalingBytes> octets;
    const size_t size = EmitMessage(message, octets);
    VCP_CHECK(size != 0);
    Send(std::span<const uint8_t>(octets).first(size));
  }

  // The oldest message not taken yet; nothing when there is none.
  std::optional<wire::Message> TakeReceived() {
    if (received.empty()) return std::nullopt;
    wire::Message message;
    wire::ParseReport report;
    VCP_CHECK(ParseMessage(received.front(), &message, &report) == wire::HeaderError::kNone);
    received.pop_front();
    return message;
  }

  std::deque<std::vector<uint8_t>> received;

 private:
  void Run() {
    saal_.CarryOut([this](const signaling::SaalAction& action) {
      if (action.kind == signaling::SaalAction::Kind::kSendPdu) carrier_->Send(action.bytes);
      if (action.kind == signaling::SaalAction::Kind::kDataIndication) {
        received.emplace_back(action.bytes.begin(), action.bytes.end());
      }
    });
    timers_->Cancel(std::exchange(timer_, TimerId()));
    const std::optional<uint64_t> next_ns = saal_.NextDeadlineNs();
    if (!next_ns) return;
    timer_ = timers_->Arm(std::max(*next_ns, clock_->NowNs() + 1), [this] {
      timer_ = TimerId();
      saal_.OnTimer(clock_->NowNs());
      Run();
    });
  }

  callmgr::SignalingCarrier* carrier_;
  const Clock* clock_;
  TimerQueue* timers_;
  TimerId timer_;
  signaling::Saal saal_;
};

}  // namespace vcp::testing
