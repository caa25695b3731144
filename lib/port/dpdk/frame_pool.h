// The mbufs that all ports of the daemon share.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"

struct rte_mempool;

namespace vcp::port {

struct FreePool {
  void operator()(rte_mempool* pool) const;
};
using FramePool = std::unique_ptr<rte_mempool, FreePool>;

// `frame_bytes` is the largest frame, which is always one contiguous segment.
Status MakeFramePool(uint32_t frame_count, uint32_t frame_bytes, FramePool* pool,
                     std::string* error);

}  // namespace vcp::port
