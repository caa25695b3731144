#include "dataplane/sent_frames.h"

#include <rte_mbuf.h>

#include <atomic>
#include <utility>

#include "dataplane/channel_service.h"
#include "dataplane/frame_owner.h"
#include "dataplane/transmit_path.h"

namespace vcp::dataplane {

namespace {
// Entries of a turn, so that the turn is bounded.
constexpr uint32_t kConfirmsPerTurn = 256;
}  // namespace

void SentFrames::Hold(rte_mbuf* frame, VcQueue* queue) {
  SetMarks(frame, 0);
  rte_mbuf_refcnt_update(frame, 1);
  Push({.frame = frame,
        .queue = queue,
        .list_number = queue->list_number,
        .cookie = 0,
        .status = Status::kSuccess});
}

void SentFrames::EndList(VcQueue* queue, uint32_t cookie, Status status) {
  Push({.frame = nullptr,
        .queue = queue,
        .list_number = queue->list_number,
        .cookie = cookie,
        .status = status});
}

uint32_t SentFrames::Confirm() {
  uint32_t confirmed = 0;
  for (; !empty() && confirmed < kConfirmsPerTurn; ++head_, ++confirmed) {
    Entry& entry = At(head_);
    if (entry.frame == nullptr) {
      End(&entry);
      continue;
    }
    if (rte_mbuf_refcnt_read(entry.frame) > 1) break;
    std::atomic_thread_fence(std::memory_order_acquire);  // whoever freed it may be another core
    const bool was_dropped = (MarksOf(entry.frame) & kDroppedFrame) != 0;
    rte_pktmbuf_free(entry.frame);
    if (was_dropped) Fail(entry, head_ + 1, Status::kFailure);
  }
  return confirmed;
}

void SentFrames::End(Entry* entry) {
  VcQueue* queue = std::exchange(entry->queue, nullptr);
  if (queue != nullptr) queue->channel->ConfirmList(entry->cookie, entry->status);
}

void SentFrames::Fail(const Entry& frame, uint32_t after, Status status) {
  if (frame.queue == nullptr) return;
  VcQueue& queue = *frame.queue;
  if (queue.list_number == frame.list_number) {  // It goes on, and has no end yet.
    if (queue.begun.status == Status::kSuccess) queue.begun.status = status;
    return;
  }
  for (uint32_t at = after; at != tail_; ++at) {
    Entry& end = At(at);
    if (end.queue != frame.queue || end.frame != nullptr || end.list_number != frame.list_number) {
      continue;
    }
    if (end.status == Status::kSuccess) end.status = status;
    return;
  }
}

void SentFrames::GiveUp(Status status) {
  while (Confirm() == kConfirmsPerTurn) {
  }
  for (; !empty(); ++head_) {
    Entry& entry = At(head_);
    if (entry.frame == nullptr) {
      End(&entry);
      continue;
    }
    rte_pktmbuf_free(entry.frame);
    Fail(entry, head_ + 1, status);
  }
}

void SentFrames::GiveUpOf(const VcQueue* queue, Status status) {
  for (uint32_t at = head_; at != tail_; ++at) {
    Entry& entry = At(at);
    if (entry.queue != queue) continue;
    if (entry.frame != nullptr) {
      rte_pktmbuf_free(std::exchange(entry.frame, nullptr));
      Fail(entry, at + 1, status);
      entry.queue = nullptr;
    } else {
      End(&entry);
    }
  }
}

}  // namespace vcp::dataplane
