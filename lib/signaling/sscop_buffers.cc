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

ReceiveBuffer::ReceiveBuffer(uint32_t window, uint32_t max_sdu_bytes, bool remembers)
    : window_(static_cast<int32_t>(window)),
      remembers_(remembers),
      mask_(std::bit_ceil(remembers ? 2 * window : window) - 1),
      slot_bytes_(RoundUpToWord(max_sdu_bytes)),
      slots_(mask_ + 1),
      bytes_(std::make_unique_for_overwrite<uint8_t[]>((mask_ + 1) * slot_bytes_)) {}

void ReceiveBuffer::Hold(int32_t distance, std::span<const uint8_t> sdu) {
  VCP_CHECK(distance >= 0 && distance < window_ && !Holds(distance));
  Store(SlotOf(distance), sdu, Content::kHeld);
}

void ReceiveBuffer::Advance(std::span<const uint8_t> sdu) {
  const size_t slot = begin_++ & mask_;
  if (!remembers_) {
    slots_[slot].content = Content::kNothing;
  } else if (slots_[slot].content == Content::kHeld) {
    slots_[slot].content = Content::kDelivered;
  } else {
    Store(slot, sdu, Content::kDelivered);
  }
}

bool ReceiveBuffer::HasCopy(int32_t distance, std::span<const uint8_t> sdu) const {
  if (distance < -window_ || distance >= window_) return false;
  const Content expected = distance < 0 ? Content::kDelivered : Content::kHeld;
  return At(distance).content == expected && std::ranges::equal(SduOf(SlotOf(distance)), sdu);
}

void ReceiveBuffer::Clear() { std::ranges::fill(slots_, Slot{}); }

void ReceiveBuffer::Store(size_t slot, std::span<const uint8_t> sdu, Content content) {
  VCP_CHECK(sdu.size() <= slot_bytes_);
  slots_[slot] = {.sdu_bytes = static_cast<uint32_t>(sdu.size()), .content = content};
  if (!sdu.empty()) std::memcpy(bytes_.get() + slot * slot_bytes_, sdu.data(), sdu.size());
}

}  // namespace vcp::signaling
