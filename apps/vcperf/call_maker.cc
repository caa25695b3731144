#include "call_maker.h"

#include <algorithm>
#include <chrono>

#include "ticks.h"
#include "wire/cause.h"

namespace vcp::perf {
namespace {

using vcplane::Event;
using vcplane::Status;
using SteadyClock = std::chrono::steady_clock;

// Of calls to be held: what a peer refuses in a second that has too many (SetupLimits).
constexpr uint32_t kMaxInARow = 100'000;
constexpr std::chrono::milliseconds kLook(20);  // signals and deadlines are looked at

std::string Failed(const std::string& what, Status status) {
  return what + ": " + std::string(vcplane::Name(status)) + ", " +
         std::string(vcplane::Meaning(status));
}

}  // namespace

std::string ToString(const Refusals& refusals) {
  std::string text;
  for (const auto& [why, count] : refusals) {
    const auto& [cause, status] = why;
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " ";
    text += cause == 0 ? std::string(vcplane::Name(status))
                       : "cause " + std::to_string(cause) + " (" +
                             std::string(wire::CauseMeaning(cause)) + ")";
  }
  return text;
}

CallMaker::CallMaker(Session* session, const Options& options, const vcplane::CallParams& params)
    : client_(session->client()),
      af_(session->af()),
      options_(options),
      params_(params),
      slots_(options.held + options.call_window) {}

// The VCs of the calls to come are made now, too.
std::string CallMaker::Hold() {
  phase_ = Phase::kHold;
  uint32_t begun = 0;
  std::string error = HandleEvents([&] {
    while (begun < slots_.size() && under_way_ < options_.call_window) Begin(begun++);
    return begun == slots_.size() && under_way_ == 0;
  });
  if (error.empty() && held_ < options_.held) {
    error = "only " + std::to_string(held_) + " of " + std::to_string(options_.held) +
            " calls to be held were connected in time";
  }
  return error;
}

std::string CallMaker::Run(uint64_t until_ticks) {
  phase_ = Phase::kRun;
  until_ticks_ = until_ticks;
  for (uint32_t i = 0; i < options_.call_window; ++i) Begin(options_.held + i);
  return HandleEvents([this] { return under_way_ == 0; });
}

void CallMaker::CloseAll() {
  phase_ = Phase::kClose;
  uint32_t next = 0;
  error_.clear();
  static_cast<void>(HandleEvents([&] {
    for (; next < slots_.size() && under_way_ < options_.call_window; ++next) {
      if (slots_[next].is_held) Close(next);
    }
    return under_way_ == 0 && next == slots_.size();
  }));
}

template <typename Done>
std::string CallMaker::HandleEvents(Done&& done) {
  const auto patience = std::chrono::duration_cast<SteadyClock::duration>(
      std::chrono::duration<double>(options_.patience_seconds));
  SteadyClock::time_point deadline = SteadyClock::now() + patience;
  while (!done() && error_.empty()) {
    const auto events = client_.Poll(events_);
    for (const Event& event : events) Handle(event);
    if (!events.empty()) {
      deadline = SteadyClock::now() + patience;
      continue;
    }
    const bool hurries = stop_requested && phase_ != Phase::kClose;
    if (hurries) until_ticks_ = 0;
    if (SteadyClock::now() > deadline || (hurries && phase_ == Phase::kHold)) break;
    static_cast<void>(client_.Wait(kLook));
  }
  return error_;
}

// The first one is what is wrong.
void CallMaker::Fail(const std::string& error) {
  if (error_.empty()) error_ = error;
}

void CallMaker::Begin(uint32_t slot) {
  if (!error_.empty()) return;
  ++under_way_;
  if (slots_[slot].vc != 0) return Call(slot);
  const Status status = client_.CreateVc(af_, slot, &slots_[slot].vc);
  if (status != VCP_PENDING) Fail(Failed("create VC", status));
}

void CallMaker::Call(uint32_t slot) {
  slots_[slot].since_ticks = Ticks::Now();
  const Status status = client_.MakeCall(slots_[slot].vc, params_, slot);
  if (status != VCP_PENDING) Fail(Failed("call to " + options_.address, status));
}

void CallMaker::Close(uint32_t slot) {
  if (slots_[slot].is_held) {
    ++under_way_;
    --held_;
  }
  slots_[slot].is_held = false;
  slots_[slot].is_closing = true;
  const Status status = client_.CloseCall(slots_[slot].vc, slot);
  if (status != VCP_PENDING) Fail(Failed("close call", status));
}

void CallMaker::Handle(const Event& event) {
  const auto slot = static_cast<uint32_t>(event.cookie);
  switch (event.type) {
    case VCP_EVENT_CREATE_VC_COMPLETE:
      if (event.status != VCP_SUCCESS) return Fail(Failed("create VC", event.status));
      return slot < options_.held ? Call(slot) : OnClosed(slot);
    case VCP_EVENT_MAKE_CALL_COMPLETE:
      return event.status == VCP_SUCCESS ? OnConnected(slot)
                                         : OnRefused(slot, event.cause.value, event.status);
    case VCP_EVENT_CLOSE_CALL_COMPLETE:
      return OnClosed(slot);
    case VCP_EVENT_INCOMING_CLOSE_CALL:
      return OnPeerClosed(event.vc);
    case VCP_EVENT_DISCONNECTED:
      return Fail("the daemon went away");
    case VCP_EVENT_EVICTED:
      return Fail(std::string("the daemon refuses us: ") + event.text);
    case VCP_EVENT_NOTIFY_CLOSE_AF:
      return Fail("the port, or its call manager, is gone");
    default:
      return;
  }
}

void CallMaker::OnConnected(uint32_t slot) {
  if (phase_ == Phase::kHold) {
    slots_[slot].is_held = true;
    ++held_;
    --under_way_;
    refused_in_a_row_ = 0;
    return;
  }
  const uint64_t now_ticks = Ticks::Now();
  if (now_ticks < until_ticks_) {
    ++connected_;
    setup_ticks_.Record(now_ticks - slots_[slot].since_ticks);
  } else {
    ++late_;
  }
  Close(slot);
}

void CallMaker::OnRefused(uint32_t slot, uint8_t cause, Status status) {
  if (phase_ == Phase::kRun) ++refusals_[{cause, status}];
  // A peer takes only so many set-ups a second; what is to be held is asked for again.
  if (phase_ == Phase::kHold && status == VCP_RESOURCES && ++refused_in_a_row_ < kMaxInARow) {
    return Call(slot);
  }
  if (phase_ == Phase::kHold) {
    Fail("a call that was to be held was refused: " + ToString(Refusals{{{cause, status}, 1}}) +
         "; see why: vcctl explain setup " + options_.address);
  }
  OnClosed(slot);
}

void CallMaker::OnClosed(uint32_t slot) {
  slots_[slot].is_closing = false;
  --under_way_;
  if (phase_ != Phase::kRun || slot < options_.held) return;
  if (Ticks::Now() < until_ticks_) Begin(slot);
}

void CallMaker::OnPeerClosed(vcplane::Vc vc) {
  const auto found = std::ranges::find(slots_, vc, &Slot::vc);
  if (found == slots_.end() || found->is_closing) return;
  ++ended_by_peer_;
  Close(static_cast<uint32_t>(found - slots_.begin()));
}

}  // namespace vcp::perf
