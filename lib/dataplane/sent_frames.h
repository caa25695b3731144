// Frames on their way out whose senders hear when the port has given them back. Each is held by one
// more reference until then, so that nobody uses it for something else. In the order in which they
// left for one port, which is how a driver gives them back, with the ends of their lists between
// them. Belongs to a poll core.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/limits.h"
#include "base/status.h"

struct rte_mbuf;

namespace vcp::dataplane {

struct VcQueue;

class SentFrames {
 public:
  bool empty() const { return head_ == tail_; }
  bool HasRoom(uint32_t count) const { return kMaxUnconfirmedFrames - (tail_ - head_) >= count; }

  // Only with room. A frame of the queue's first list, before anybody else has it;
  void Hold(rte_mbuf* frame, VcQueue* queue);
  // and after all of that list's: what it completes with if they have all left.
  void EndList(VcQueue* queue, uint32_t cookie, Status status);

  // Completes what the port has given back by now, a bounded number; returns how many entries that
  // were. A list of which a frame was dropped on its way completes with kFailure.
  uint32_t Confirm();
  // Waits no longer for what has not come back: lists complete with this status, also one that has
  // begun, when the rest of it has left.
  void GiveUp(Status status);
  // The same for what is one VC's.
  void GiveUpOf(const VcQueue* queue, Status status);

 private:
  // No initializers: memory is there once it is used.
  struct Entry {
    rte_mbuf* frame;  // null: the end of a list, or given up
    VcQueue* queue;   // null: given up
    uint32_t list_number;
    uint32_t cookie;
    Status status;
  };

  Entry& At(uint32_t position) const { return entries_[position & (kMaxUnconfirmedFrames - 1)]; }
  void Push(const Entry& entry) { At(tail_++) = entry; }
  static void End(Entry* entry);
  // One of a list's frames has not left; `after` it stands the list's end, if anywhere.
  void Fail(const Entry& frame, uint32_t after, Status status);

  std::unique_ptr<Entry[]> entries_ =
      std::make_unique_for_overwrite<Entry[]>(kMaxUnconfirmedFrames);
  uint32_t head_ = 0;
  uint32_t tail_ = 0;
};

}  // namespace vcp::dataplane
