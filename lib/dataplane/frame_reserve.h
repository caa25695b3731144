// The mbufs of all poll cores, and a few free ones that each core has in hand before it reads
// submissions: what is read can then always be sent or queued, and running out of frames delays a
// client instead of losing its data.
#pragma once

#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <utility>

#include "base/limits.h"

namespace vcp::dataplane {

// The pool, and which cores cannot get what they need from it; the others then give back what they
// have in caches of their own.
struct SharedFrames {
  explicit SharedFrames(rte_mempool* frames) : pool(frames) {}

  rte_mempool* const pool;
  alignas(kCacheLineBytes) std::atomic<uint32_t> short_cores = 0;  // one bit each
};

class FrameReserve {
 public:
  // Enough for the largest list.
  static constexpr uint32_t kCapacity = 64;
  static_assert(kCapacity >= kMaxBuffersPerList);

  explicit FrameReserve(rte_mempool* pool) : pool_(pool) {}
  FrameReserve(const FrameReserve&) = delete;
  FrameReserve& operator=(const FrameReserve&) = delete;
  ~FrameReserve() { GiveBack(); }

  // Makes sure of `count` frames; false when the pool has not that many.
  bool Ensure(uint32_t count) {
    if (count_ >= count) return true;
    if (Allocate(kCapacity - count_) || Allocate(count - count_)) return true;
    is_short_ = true;
    return false;
  }
  // As many of `count` frames as there are, more or less; one, if there is any.
  uint32_t EnsureSome(uint32_t count) {
    if (Ensure(count)) return count;
    for (uint32_t some = count - count_; some != 0; some = std::min(some / 2, count - count_)) {
      Allocate(some);
    }
    return count_;
  }
  // Whether an Ensure has failed since this was taken last.
  bool is_short() const { return is_short_; }
  bool TakeIsShort() { return std::exchange(is_short_, false); }

  // Only after Ensure.
  rte_mbuf* Take() { return frames_[--count_]; }
  void Give(rte_mbuf* frame) {
    if (count_ == kCapacity) return rte_pktmbuf_free(frame);
    frames_[count_++] = frame;
  }
  // Takes frames that were received and are done with: the plain ones are the next to be sent, for
  // less than a way through the pool and back; the rest, and what is too much, is freed.
  void Recycle(rte_mbuf** frames, uint32_t count) {
    uint32_t odd = 0;
    for (uint32_t i = 0; i < count; ++i) {
      rte_mbuf* frame = frames[i];
      if (count_ == kCapacity || !IsPlain(frame)) {
        frames[odd++] = frame;
        continue;
      }
      frame->ol_flags = 0;
      frame->data_off = RTE_PKTMBUF_HEADROOM;
      frames_[count_++] = frame;
    }
    if (odd != 0) rte_pktmbuf_free_bulk(frames, odd);
  }
  void GiveBack() {
    rte_pktmbuf_free_bulk(frames_.data(), count_);
    count_ = 0;
  }

 private:
  // Like one fresh from the pool but for what a sender of one segment without offloads sets anyway,
  // or nobody looks at. All of that lies in the first cache line, which is at hand.
  bool IsPlain(const rte_mbuf* frame) const {
    return frame->pool == pool_ && RTE_MBUF_DIRECT(frame) && rte_mbuf_refcnt_read(frame) == 1 &&
           frame->nb_segs == 1;
  }

  bool Allocate(uint32_t count) {
    if (rte_pktmbuf_alloc_bulk(pool_, frames_.data() + count_, count) != 0) return false;
    count_ += count;
    return true;
  }

  rte_mempool* pool_;
  uint32_t count_ = 0;
  bool is_short_ = false;
  std::array<rte_mbuf*, kCapacity> frames_;
};

}  // namespace vcp::dataplane
