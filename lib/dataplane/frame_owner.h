// Whose frame an mbuf is while it waits inside the data path: on its way out, or from one poll core
// to another; and what has become of it. It stands in mbuf fields that drivers use for neither.
#pragma once

#include <rte_mbuf.h>

#include <cstdint>

#include "dataplane/vc_program.h"

namespace vcp::dataplane {

struct FrameOwner {
  ChannelIndex channel = 0;
  uint32_t channel_vc = 0;

  friend bool operator==(const FrameOwner&, const FrameOwner&) = default;
};

inline void SetOwner(rte_mbuf* frame, const FrameOwner& owner) {
  frame->port = static_cast<uint16_t>(owner.channel);
  frame->hash.usr = owner.channel_vc;
}

inline FrameOwner OwnerOf(const rte_mbuf* frame) { return {frame->port, frame->hash.usr}; }

// Marks of frames that somebody looks at: those that go from one core to another, and those on
// their way out of VCs whose lists complete when they have left. Those of others say nothing.
inline constexpr uint32_t kErroredFrame = 1;  // what was received is damaged
inline constexpr uint32_t kDroppedFrame = 2;  // it was freed on its way out

inline void SetMarks(rte_mbuf* frame, uint32_t marks) { frame->packet_type = marks; }
inline uint32_t MarksOf(const rte_mbuf* frame) { return frame->packet_type; }

}  // namespace vcp::dataplane
