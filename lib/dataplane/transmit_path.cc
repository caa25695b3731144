#include "dataplane/transmit_path.h"

#include <rte_mbuf.h>

#include <algorithm>
#include <utility>

#include "dataplane/frame_owner.h"
#include "dataplane/port_service.h"

namespace vcp::dataplane {

uint16_t TransmitPath::Transmit() {
  if (remote_ != nullptr) {
    const auto pushed = static_cast<uint16_t>(remote_->Push({staged_, count_}));
    handed_over_ |= pushed != 0;
    return pushed;
  }
  uint64_t bytes = 0;
  for (uint16_t i = 0; i < count_; ++i) bytes += rte_pktmbuf_pkt_len(staged_[i]);
  const uint16_t taken = local_->port->Transmit(staged_, count_);
  for (uint16_t i = taken; i < count_; ++i) bytes -= rte_pktmbuf_pkt_len(staged_[i]);
  local_->transmitted_frames.Add(taken);
  local_->transmitted_bytes.Add(bytes);
  if (taken < count_) local_->transmit_stalls.Add();
  return taken;
}

void TransmitPath::SetUp(bool up) {
  up_ = up;
  if (!up && local_ != nullptr) {
    DropForNoLink({staged_, count_});
    count_ = 0;
  }
  if (!up) sent.GiveUp(refusal_ != Status::kSuccess ? refusal_ : Status::kFailure);
  SetFull(count_ != 0);
}

void TransmitPath::SetRefusal(Status refusal) {
  refusal_ = refusal;
  SetFull(full_);
}

uint32_t TransmitPath::Purge(const FrameOwner& owner) {
  uint16_t kept = 0;
  for (uint16_t i = 0; i < count_; ++i) {
    if (OwnerOf(staged_[i]) == owner) {
      rte_pktmbuf_free(staged_[i]);
    } else {
      staged_[kept++] = staged_[i];
    }
  }
  return static_cast<uint32_t>(std::exchange(count_, kept) - kept);
}

void TransmitPath::DropForNoLink(std::span<rte_mbuf*> frames) {
  for (rte_mbuf* frame : frames) SetMarks(frame, kDroppedFrame);
  rte_pktmbuf_free_bulk(frames.data(), static_cast<unsigned>(frames.size()));
  local_->drops[static_cast<size_t>(Drop::kTxLinkDown)].Add(frames.size());
}

// A way that is down still leads to the port's core, which drops what comes.
uint32_t TransmitPath::Flush() {
  if (count_ == 0) {
    SetFull(false);
    return 0;
  }
  const uint16_t taken = Transmit();
  std::copy(staged_ + taken, staged_ + count_, staged_);
  count_ = static_cast<uint16_t>(count_ - taken);
  SetFull(count_ != 0);
  return taken;
}

void TransmitPath::Wait(VcQueue* queue) {
  if (queue->is_signaling) return WaitAsFirst(queue);
  if (queue->waiting) return;
  queue->waiting = true;
  queue->next_waiting = nullptr;
  queue->previous_waiting = last_waiting_;
  (last_waiting_ == nullptr ? first_waiting_ : last_waiting_->next_waiting) = queue;
  last_waiting_ = queue;
}

void TransmitPath::WaitAsFirst(VcQueue* queue) {
  if (queue->waiting) return;
  queue->waiting = true;
  queue->previous_waiting = nullptr;
  queue->next_waiting = first_waiting_;
  (first_waiting_ == nullptr ? last_waiting_ : first_waiting_->previous_waiting) = queue;
  first_waiting_ = queue;
}

VcQueue* TransmitPath::NextWaiting() {
  VcQueue* queue = first_waiting_;
  if (queue != nullptr) Forget(queue);
  return queue;
}

void TransmitPath::Pace(VcQueue* queue, uint64_t now_ns, uint64_t wait_ns) {
  VCP_CHECK(!queue->has_place() && !queue->is_signaling);
  wheel_.Set(queue, now_ns, wait_ns);
}

uint32_t TransmitPath::ReleaseDue(uint64_t now_ns) {
  return static_cast<uint32_t>(
      wheel_.Advance(now_ns, kBurst, [this](VcQueue* queue) { Wait(queue); }));
}

VcQueue* TransmitPath::NextOfAll() {
  VcQueue* queue = NextWaiting();
  return queue != nullptr ? queue : wheel_.TakeAny();
}

void TransmitPath::Forget(VcQueue* queue) {
  wheel_.Cancel(queue);
  if (!queue->waiting) return;
  queue->waiting = false;
  VcQueue* const previous = queue->previous_waiting;
  VcQueue* const next = queue->next_waiting;
  (previous == nullptr ? first_waiting_ : previous->next_waiting) = next;
  (next == nullptr ? last_waiting_ : next->previous_waiting) = previous;
}

}  // namespace vcp::dataplane
