#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace vcp::signaling {

// SDs from the first unacknowledged one, VT(A), on: those sent and then those queued. They are kept
// as the PDUs that go out, numbered when they are queued, so that sending one again copies nothing.
// All memory is taken at the start; pages are touched only as far as used.
class TransmitBuffer {
 public:
  struct Entry {
    uint32_t pdu_bytes = 0;
    uint32_t poll_number = 0;   // VT(PS) when it was last sent.
    bool acknowledged = false;  // By a list element, ahead of VT(A).
    bool retransmit = false;
  };

  TransmitBuffer(uint32_t max_sdus, uint32_t max_sdu_bytes);

  size_t size() const { return static_cast<size_t>(end_ - begin_); }
  // PDUs that were handed out stay as they are until Reclaim, so they take room until then.
  bool IsFull() const { return end_ - reclaimed_ >= max_sdus_; }

  void Push(std::span<const uint8_t> sdu, uint32_t number);
  void PopFront(size_t count) { begin_ += count; }
  void Clear() { begin_ = end_; }
  // Nobody refers any more to PDUs that left the buffer.
  void Reclaim() { reclaimed_ = begin_; }

  // Counted from VT(A).
  Entry& entry(size_t index) { return entries_[(begin_ + index) & mask_]; }
  std::span<const uint8_t> pdu(size_t index) const {
    const size_t slot = (begin_ + index) & mask_;
    return {bytes_.get() + slot * slot_bytes_, entries_[slot].pdu_bytes};
  }

 private:
  const uint32_t max_sdus_;
  const uint64_t mask_;  // The slots are a power of two.
  const size_t slot_bytes_;
  std::vector<Entry> entries_;
  std::unique_ptr<uint8_t[]> bytes_;
  // Positions, which only ever grow.
  uint64_t reclaimed_ = 0;
  uint64_t begin_ = 0;
  uint64_t end_ = 0;
};

// SDUs of SDs that arrived ahead of a missing one, by their distance from VR(R). Where the carrier
// may repeat it also remembers the last window of delivered ones, at negative distances, to tell a
// copy from an SD of a peer that counts differently.
class ReceiveBuffer {
 public:
  ReceiveBuffer(uint32_t window, uint32_t max_sdu_bytes, bool remembers);

  bool Holds(int32_t distance) const { return At(distance).content == Content::kHeld; }
  void Hold(int32_t distance, std::span<const uint8_t> sdu);
  // The SDU at VR(R), which is held.
  std::span<const uint8_t> front() const { return SduOf(begin_ & mask_); }
  // VR(R) moves on by one, past `sdu`, which may be front().
  void Advance(std::span<const uint8_t> sdu);
  // Whether the SD at this distance is here, held or remembered, with the same octets.
  bool HasCopy(int32_t distance, std::span<const uint8_t> sdu) const;
  void Clear();

 private:
  enum class Content : uint8_t { kNothing, kHeld, kDelivered };
  struct Slot {
    uint32_t sdu_bytes = 0;
    Content content = Content::kNothing;
  };

  size_t SlotOf(int32_t distance) const {
    return (begin_ + static_cast<int64_t>(distance)) & mask_;
  }
  const Slot& At(int32_t distance) const { return slots_[SlotOf(distance)]; }
  std::span<const uint8_t> SduOf(size_t slot) const {
    return {bytes_.get() + slot * slot_bytes_, slots_[slot].sdu_bytes};
  }
  void Store(size_t slot, std::span<const uint8_t> sdu, Content content);

  const int32_t window_;
  const bool remembers_;
  const uint64_t mask_;  // The slots are a power of two.
  const size_t slot_bytes_;
  std::vector<Slot> slots_;
  std::unique_ptr<uint8_t[]> bytes_;
  uint64_t begin_ = 0;  // The position of VR(R), which only ever grows.
};

}  // namespace vcp::signaling
