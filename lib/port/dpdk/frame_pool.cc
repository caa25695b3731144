#include "port/dpdk/frame_pool.h"

#include <rte_errno.h>
#include <rte_mbuf.h>

#include <algorithm>

namespace vcp::port {
namespace {
// Frames that a poll core keeps at hand: a few bursts, so that most turns do not touch the shared
// ring.
constexpr uint32_t kCacheFrames = 256;
}  // namespace

void FreePool::operator()(rte_mempool* pool) const { rte_mempool_free(pool); }

Status MakeFramePool(uint32_t frame_count, uint32_t frame_bytes, FramePool* pool,
                     std::string* error) {
  const uint32_t room_bytes =
      std::max<uint32_t>(frame_bytes + RTE_PKTMBUF_HEADROOM, RTE_MBUF_DEFAULT_BUF_SIZE);
  pool->reset(rte_pktmbuf_pool_create("vcplane_frames", frame_count, kCacheFrames, 0,
                                      static_cast<uint16_t>(room_bytes), SOCKET_ID_ANY));
  if (*pool != nullptr) return Status::kSuccess;
  *error = "no memory for " + std::to_string(frame_count) + " frames of " +
           std::to_string(room_bytes) + " bytes (" + rte_strerror(rte_errno) +
           "); lower memory.frames or give DPDK more memory";
  return Status::kResources;
}

}  // namespace vcp::port
