// A few free mbufs that a poll core has in hand before it reads submissions: what is read can then
// always be sent or queued, and running out of frames delays a client instead of losing its data.
#pragma once

#include <rte_mbuf.h>

#include <array>
#include <cstdint>

namespace vcp::dataplane {

class FrameReserve {
 public:
  // Enough for the largest list.
  static constexpr uint32_t kCapacity = 64;

  explicit FrameReserve(rte_mempool* pool) : pool_(pool) {}
  FrameReserve(const FrameReserve&) = delete;
  FrameReserve& operator=(const FrameReserve&) = delete;
  ~FrameReserve() { rte_pktmbuf_free_bulk(frames_.data(), count_); }

  // Makes sure of `count` frames; false when the pool has not that many.
  bool Ensure(uint32_t count) {
    if (count_ >= count) return true;
    const uint32_t missing = kCapacity - count_;
    if (rte_pktmbuf_alloc_bulk(pool_, frames_.data() + count_, missing) != 0) return false;
    count_ = kCapacity;
    return true;
  }

  // Only after Ensure.
  rte_mbuf* Take() { return frames_[--count_]; }
  void Give(rte_mbuf* frame) {
    if (count_ == kCapacity) return rte_pktmbuf_free(frame);
    frames_[count_++] = frame;
  }

 private:
  rte_mempool* pool_;
  uint32_t count_ = 0;
  std::array<rte_mbuf*, kCapacity> frames_;
};

}  // namespace vcp::dataplane
