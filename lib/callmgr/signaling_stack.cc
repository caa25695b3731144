#include "callmgr/signaling_stack.h"

#include <algorithm>
#include <utility>

namespace vcp::callmgr {

using signaling::SaalAction;
using signaling::UniAction;

SignalingStack::SignalingStack(const signaling::UniConfig& uni, const signaling::SscopConfig& sscop,
                               signaling::ConnectionSpace* connections, SignalingCarrier* carrier,
                               const Clock* clock, TimerQueue* timers)
    : uni_(uni, connections), saal_(sscop), carrier_(carrier), clock_(clock), timers_(timers) {}

SignalingStack::~SignalingStack() {
  timers_->Cancel(timer_);
  carrier_->SetReceiver(nullptr);
}

void SignalingStack::Start(OnIndication on_indication) {
  was_started_ = true;
  on_indication_ = std::move(on_indication);
  carrier_->SetReceiver([this](std::span<const uint8_t> pdu) { OnPdu(pdu); });
  uni_.Start(NowNs());
  Run();
}

void SignalingStack::Stop() {
  on_indication_ = nullptr;
  waiting_.clear();
  uni_.Stop(NowNs());
  Run();
}

signaling::UniReply SignalingStack::Handle(const signaling::UniRequest& request) {
  const signaling::UniReply reply = uni_.Handle(request, NowNs());
  Run();
  return reply;
}

void SignalingStack::OnPdu(std::span<const uint8_t> pdu) {
  saal_.OnPdu(pdu, NowNs());
  Run();
}

void SignalingStack::OnTimer() {
  const uint64_t now_ns = NowNs();
  saal_.OnTimer(now_ns);
  uni_.OnTimer(now_ns);
  Run();
}

void SignalingStack::Run() {
  if (running_) return;  // What this call caused is carried out by the one that is running.
  running_ = true;
  do {
    acted_ = false;
    if (!waiting_.empty()) SendWaiting();
    saal_.CarryOut([this](const SaalAction& action) { CarryOut(action); });
    uni_.CarryOut([this](const UniAction& action) { CarryOut(action); });
  } while (acted_);
  running_ = false;
  Rearm();
}

void SignalingStack::CarryOut(const SaalAction& action) {
  acted_ = true;
  switch (action.kind) {
    case SaalAction::Kind::kSendPdu:
      return carrier_->Send(action.bytes);
    case SaalAction::Kind::kEstablishIndication:
    case SaalAction::Kind::kEstablishConfirm:
      return uni_.OnEstablished(NowNs());
    case SaalAction::Kind::kReleaseIndication:
    case SaalAction::Kind::kReleaseConfirm:
      waiting_.clear();
      return uni_.OnReleased(NowNs());
    case SaalAction::Kind::kDataIndication:
      return uni_.OnData(action.bytes, NowNs());
    case SaalAction::Kind::kUnitDataIndication:
    case SaalAction::Kind::kManagementDataIndication:
    case SaalAction::Kind::kLayerManagementError:
      return;  // Call control uses assured data only; errors are counted where they arise.
  }
}

void SignalingStack::CarryOut(const UniAction& action) {
  acted_ = true;
  switch (action.kind) {
    case UniAction::Kind::kEstablishRequest:
      // A peer that restarts ends the connection and begins another at once: then there is nothing
      // left to ask for, and a request would be one to start over. Refused only while it is on its
      // way already.
      if (!uni_.is_up()) (void)saal_.EstablishRequest(NowNs());
      return;
    case UniAction::Kind::kReleaseRequest:
      (void)saal_.ReleaseRequest(NowNs());
      return;
    case UniAction::Kind::kDataRequest:
      return SendData(action.data);
    case UniAction::Kind::kIndication:
      if (on_indication_) on_indication_(action.indication);
      return;
  }
}

void SignalingStack::SendData(std::span<const uint8_t> message) {
  if (waiting_.empty()) {
    const Status status = saal_.DataRequest(message, NowNs());
    if (status == Status::kSuccess) return;
    if (status != Status::kBackPressured) return lost_messages_.Add();
  }
  if (waiting_.size() == kMaxWaitingMessages) return lost_messages_.Add();
  waiting_.emplace_back(message.begin(), message.end());
}

void SignalingStack::SendWaiting() {
  while (!waiting_.empty()) {
    const Status status = saal_.DataRequest(waiting_.front(), NowNs());
    if (status == Status::kBackPressured) return;
    if (status != Status::kSuccess) lost_messages_.Add();
    waiting_.pop_front();
  }
}

void SignalingStack::Rearm() {
  std::optional<uint64_t> next = saal_.NextDeadlineNs();
  const std::optional<uint64_t> uni = uni_.NextDeadlineNs();
  if (uni && (!next || *uni < *next)) next = uni;
  // A machine that left a part of what is due for the next time must not be called at once: the
  // timers would not come to an end.
  if (next) next = std::max(*next, NowNs() + 1);
  if (next && timer_.deadline_ns == *next) return;
  timers_->Cancel(std::exchange(timer_, TimerId()));
  if (!next) return;
  timer_ = timers_->Arm(*next, [this] {
    timer_ = TimerId();
    OnTimer();
  });
}

}  // namespace vcp::callmgr
