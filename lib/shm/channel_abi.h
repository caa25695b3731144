// The shared-memory ABI of a channel: one header, the only place these layouts are defined.
//
// Two regions, one writer each. *Up* is written by the client: submissions, send payload, returns.
// *Down* is written by the daemon and mapped read-only by the client: completions, receive
// descriptors and payload. Neither side ever reads back what it wrote.
//
// No ring has a published position. A descriptor carries its own ready flag, and what comes back on
// the other ring is the credit for the next one: completions bound submissions, returns bound
// receives. A ring is never smaller than that bound, so an honest peer cannot be overrun, and a
// lying one overruns only itself.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/limits.h"

namespace vcp::shm {

inline constexpr uint16_t kAbiMajor = 1;
inline constexpr uint16_t kAbiMinor = 3;
inline constexpr uint32_t kRegionMagic = 0x31504356;  // "VCP1", little endian

// Sizes and offsets of a channel, decided by the daemon and told to the client when it attaches.
// Offsets are bytes from the start of the region; capacities are powers of two.
struct ChannelLayout {
  uint32_t struct_size;
  uint32_t max_sdu_bytes;
  uint32_t submit_capacity;    // descriptors; also the most a client may have outstanding
  uint32_t complete_capacity;  // >= submit_capacity: a list has at least one descriptor
  uint32_t receive_capacity;   // >= receive_slot_count
  uint32_t return_capacity;    // >= receive_slot_count
  uint32_t send_slot_count;
  uint32_t send_slot_bytes;  // distance between send slots
  uint32_t receive_slot_count;
  uint32_t receive_slot_bytes;
  uint64_t up_size_bytes;
  uint64_t up_submit_offset;
  uint64_t up_return_offset;
  uint64_t up_payload_offset;
  uint64_t down_size_bytes;
  uint64_t down_complete_offset;
  uint64_t down_receive_offset;
  uint64_t down_payload_offset;
};
static_assert(sizeof(ChannelLayout) == 104);

// First line of each region. `writer_sleep` is set by the region's writer before it sleeps, so
// that the other side knows to ring the doorbell; a stale value costs one wake-up, never
// correctness.
struct RegionHeader {
  uint32_t magic;
  uint16_t abi_major;
  uint16_t abi_minor;
  uint32_t struct_size;
  uint32_t reserved[13];
  alignas(kCacheLineBytes) uint32_t writer_sleep;
  uint32_t reserved_line[15];
};
static_assert(sizeof(RegionHeader) == 128);
static_assert(offsetof(RegionHeader, writer_sleep) == 64);

// Ready flag of every descriptor: the top bit of its last word. It is 1 on a ring's first lap and
// flips on each lap, so a zeroed ring holds nothing.
inline constexpr uint64_t kReadyBit = uint64_t{1} << 63;

// Submit ring, 16 bytes: one segment.
//   word 0: bits 0..31 offset from up_payload_offset; bits 32..63 channel VC
//   word 1: bits 0..31 cookie; bits 32..47 length in bytes; bits 48..62 flags; bit 63 ready
// The channel VC and the cookie count on a list's first segment only.
enum SubmitFlags : uint16_t {
  kSubmitEndOfBuffer = 0x1,
  kSubmitEndOfList = 0x2,
  // Not a segment: cancels the queued list whose cookie stands in `offset`; completes like a list.
  kSubmitCancel = 0x4,
};
// No initializers: a burst of them lies on the poll core's stack each turn.
struct Submission {
  uint32_t offset;
  uint32_t channel_vc;
  uint32_t cookie;
  uint16_t length;
  uint16_t flags;
};

// Complete ring, 8 bytes: bits 0..31 cookie; bits 32..47 status (vcp::Status); bit 63 ready.
struct Completion {
  uint32_t cookie;
  uint16_t status;
};

// Receive ring, 16 bytes: one buffer, contiguous in its slot.
//   word 0: bits 0..31 slot; bits 32..63 channel VC
//   word 1: bits 0..31 time; bits 32..47 length; bits 48..62 flags; bit 63 ready
enum ReceiveFlags : uint16_t {
  kReceiveErrored = 0x1,  // damaged: what is there is not all, or not what was sent
};
struct Reception {
  uint32_t slot;
  uint32_t channel_vc;
  uint16_t length;
  uint16_t flags;
  uint32_t time_us = 0;  // CLOCK_MONOTONIC, the low bits; 0 unless the VC asked for it
};

// Return ring, 8 bytes: bits 0..31 slot; bit 63 ready.
struct Return {
  uint32_t slot;
};

}  // namespace vcp::shm
