#include "signaling/sscop_buffers.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"
#include "wire/sscop_pdu.h"

namespace vcp::signaling {
namespace {

constexpr size_t kMaxSdOverheadBytes = wire::kMaxSscopPaddingBytes + wire::kSscopWordBytes;

size_t RoundUpToWord(size_t bytes) { return (bytes + 7) & ~size_t{7}; }

}  // namespace

TransmitBuffer::TransmitBuffer(uint32_t max_sdus, uint32_t max_sdu_bytes)
    : max_sdus_(max_sdus),
      mask_(std::bit_ceil(max_sdus) - 1),
      slot_bytes_(RoundUpToWord(max_sdu_bytes + kMaxSdOverheadBytes)),
      entries_(mask_ + 1),
      bytes_(std::make_unique_for_overwrite<uint8_t[]>((mask_ + 1) * slot_bytes_)) {}

void TransmitBuffer::Push(std::span<const uint8_t> sdu, uint32_t number) {
  VCP_CHECK(!IsFull());
  const size_t slot = end_++ & mask_;
  const wire::SscopPdu pdu = {.type = wire::SscopType::kSd, .n_s = number, .body = sdu};
  const size_t size = wire::EmitSscopPdu(pdu, {bytes_.get() + slot * slot_bytes_, slot_bytes_});
  VCP_CHECK(size != 0);
  entries_[slot] = {.pdu_bytes = static_cast<uint32_t>(size)};
}

ReceiveBuffer::ReceiveBuffer(uint32_t window, uint32_t max_sdu_bytes)
    : mask_(std::bit_ceil(window) - 1),
      slot_bytes_(RoundUpToWord(max_sdu_bytes)),
      slots_(mask_ + 1),
      bytes_(std::make_unique_for_overwrite<uint8_t[]>((mask_ + 1) * slot_bytes_)) {}

void ReceiveBuffer::Hold(size_t index, std::span<const uint8_t> sdu) {
  VCP_CHECK(index <= mask_ && sdu.size() <= slot_bytes_ && !Holds(index));
  const size_t slot = (begin_ + index) & mask_;
  slots_[slot] = {.sdu_bytes = static_cast<uint32_t>(sdu.size()), .held = true};
  if (!sdu.empty()) std::memcpy(bytes_.get() + slot * slot_bytes_, sdu.data(), sdu.size());
}

void ReceiveBuffer::Clear() { std::ranges::fill(slots_, Slot{}); }

}  // namespace vcp::signaling
