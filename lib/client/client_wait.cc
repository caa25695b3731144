// Taking what came, and sleeping until something does.
#include "client/client.h"
#include "client/patience.h"

namespace vcp::client {

size_t Client::Poll(vcp_event* events, size_t capacity) {
  if (armed_) Disarm();
  data_->Flush();
  if (former_data_told_) {
    former_data_.clear();
    former_data_told_ = false;
  }
  if (events_.size() < capacity) Pump();
  size_t given = 0;
  for (; given < capacity && !events_.empty(); ++given) {
    events[given] = events_.front();
    events_.pop_front();
    if (events[given].type == VCP_EVENT_RECONNECTED) former_data_told_ = true;
  }
  return given;
}

// --- sleeping -----------------------------------------------------------------------------------

// From here on the daemon wakes us; what it did before is to be looked for after this.
void Client::GoToSleep() {
  data_->Flush();
  data_->SetSleeps(true);
  armed_ = true;
  SettleCloses();
}

void Client::Disarm() {
  armed_ = false;
  data_->SetSleeps(false);
  data_->DrainWakes();
}

int Client::Arm() {
  GoToSleep();
  if (events_.empty() && !data_->Ready()) return 0;
  Disarm();
  return 1;
}

// `done` looks at what this side knows, without waiting.
template <typename Done>
vcp_status Client::SleepUntil(Done done, int timeout_ms) {
  Patience patience(timeout_ms);
  for (;;) {
    GoToSleep();
    const bool ready = done();
    const bool hopeless = !ready && link_ == Link::kDead;
    Patience::Ended ended = Patience::Ended::kReady;
    if (!ready && !hopeless) ended = patience.WaitFor(epoll_fd_.get());
    Disarm();
    if (ready) return VCP_SUCCESS;
    if (hopeless) return VCP_DISCONNECTED;
    Pump();
    if (ended == Patience::Ended::kReady) continue;
    if (done()) return VCP_SUCCESS;
    return ended == Patience::Ended::kTimeout ? VCP_TIMED_OUT : VCP_REQUEST_ABORTED;
  }
}

vcp_status Client::Wait(int timeout_ms) {
  return SleepUntil([this] { return !events_.empty() || data_->Ready(); }, timeout_ms);
}

// A signal does not end this: the request would still be out, and nobody would know.
vcp_status Client::WaitForLast(vcp_status started, vcp_event* event) {
  if (started != VCP_PENDING) return started;
  awaited_ = next_request_id_ == 1 ? ~uint32_t{0} : next_request_id_ - 1;
  awaited_event_.reset();
  while (!awaited_event_) {
    (void)SleepUntil([this] { return awaited_event_.has_value(); }, -1);
  }
  awaited_ = 0;
  *event = *awaited_event_;
  return event->status;
}

vcp_status Client::WaitForSends(vcp_vc handle) {
  const auto done = [this, handle] {
    data_->CollectCompletions();
    const Vc* vc = vcs_.Find(handle);
    return vc == nullptr || vc->outstanding == 0;
  };
  vcp_status status = VCP_REQUEST_ABORTED;
  while (status == VCP_REQUEST_ABORTED) status = SleepUntil(done, -1);
  return vcs_.Find(handle) != nullptr ? status : VCP_INVALID_HANDLE;
}

}  // namespace vcp::client
