#include "client/data_path.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/prefetch.h"

namespace vcp::client {
namespace {

constexpr uint16_t kWhole = shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList;
constexpr uint32_t kMaxSegments = kMaxSegmentsPerBuffer * kMaxBuffersPerList;
constexpr uint32_t kLineBits = 6;  // slots are whole cache lines

vcp_status ToAbi(uint16_t status) { return static_cast<vcp_status>(status); }

bool Fits(uint64_t offset, uint64_t count, uint64_t each_bytes, uint64_t region_bytes) {
  return offset <= region_bytes && count * each_bytes <= region_bytes - offset;
}

}  // namespace

bool DataPath::IsUsable(const shm::ChannelLayout& l) {
  const bool slots =
      l.send_slot_count != 0 && l.send_slot_count <= kMaxSlots && l.receive_slot_count != 0 &&
      l.receive_slot_count <= kMaxSlots && l.send_slot_bytes % kCacheLineBytes == 0 &&
      l.max_sdu_bytes != 0 && l.max_sdu_bytes <= kMaxSduBytes &&
      l.max_sdu_bytes <= l.send_slot_bytes && l.max_sdu_bytes <= l.receive_slot_bytes &&
      l.send_slot_bytes <= 2 * kMaxSduBytes && l.receive_slot_bytes <= 2 * kMaxSduBytes;
  const bool rings =
      std::has_single_bit(l.submit_capacity) && std::has_single_bit(l.complete_capacity) &&
      std::has_single_bit(l.receive_capacity) && std::has_single_bit(l.return_capacity) &&
      l.submit_capacity > 1 && l.complete_capacity >= l.submit_capacity &&
      l.receive_capacity >= l.receive_slot_count && l.return_capacity >= l.receive_slot_count;
  return slots && rings &&
         Fits(l.up_submit_offset, l.submit_capacity, shm::kDescriptorBytes<shm::Submission>,
              l.up_size_bytes) &&
         Fits(l.up_return_offset, l.return_capacity, shm::kDescriptorBytes<shm::Return>,
              l.up_size_bytes) &&
         Fits(l.up_payload_offset, l.send_slot_count, l.send_slot_bytes, l.up_size_bytes) &&
         Fits(l.down_complete_offset, l.complete_capacity, shm::kDescriptorBytes<shm::Completion>,
              l.down_size_bytes) &&
         Fits(l.down_receive_offset, l.receive_capacity, shm::kDescriptorBytes<shm::Reception>,
              l.down_size_bytes) &&
         Fits(l.down_payload_offset, l.receive_slot_count, l.receive_slot_bytes, l.down_size_bytes);
}

DataPath::DataPath(std::unique_ptr<shm::ClientChannel> channel, VcTable* vcs, uint16_t epoch)
    : channel_(std::move(channel)),
      vcs_(vcs),
      epoch_(epoch),
      slot_bytes_(channel_->layout().send_slot_bytes),
      slot_of_offset_((uint64_t{1} << 32) / (slot_bytes_ >> kLineBits) + 1),
      slots_(std::min(channel_->layout().send_slot_count, channel_->layout().submit_capacity - 1)),
      send_map_(static_cast<uint32_t>(slots_.size())),
      received_held_(channel_->layout().receive_slot_count) {}

// --- send segments ------------------------------------------------------------------------------

size_t DataPath::Allocate(vcp_segment* segments, size_t count) {
  if (!connected_) return 0;
  const uint32_t size_bytes = max_sdu_bytes();
  return send_map_.TakeEach(count, [&](size_t i, uint32_t slot) {
    slots_[slot].use = Use::kHeld;
    PrefetchForWrite(DataOf(slot));  // the daemon read this line last
    segments[i] = {.data = DataOf(slot), .size_bytes = size_bytes, .flags = 0};
  });
}

// Which slot of the application's the segment lies in. The division by the slot's size is a
// multiplication in cache lines: at most 2^22 of them times a divisor below 2^9 leave the error of
// the reciprocal under one.
inline bool DataPath::Locate(const vcp_segment& segment, uint32_t* slot) const {
  const auto offset =
      static_cast<uint64_t>(static_cast<const uint8_t*>(segment.data) - channel_->send_payload);
  if (offset >= uint64_t{slot_bytes_} * slots_.size()) return false;
  *slot = static_cast<uint32_t>((offset >> kLineBits) * slot_of_offset_ >> 32);
  const uint64_t within = offset - uint64_t{*slot} * slot_bytes_;
  return within + segment.size_bytes <= slot_bytes_ && slots_[*slot].use == Use::kHeld;
}

void DataPath::Free(const vcp_segment* segments, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    uint32_t slot;
    if (!Locate(segments[i], &slot)) continue;  // of an earlier channel
    slots_[slot].use = Use::kFree;
    send_map_.Return(slot);
  }
}

// --- submitting ---------------------------------------------------------------------------------

inline vcp_status DataPath::CheckVc(uint32_t vc, Vc** found) const {
  *found = vcs_->Find(vc);
  if (!connected_) [[unlikely]]
    return VCP_DISCONNECTED;
  if (*found == nullptr) return VCP_INVALID_HANDLE;
  const VcState state = (*found)->state;
  if (state == VcState::kConnected) [[likely]]
    return VCP_SUCCESS;
  const bool closing = state == VcState::kClosing || state == VcState::kPeerClosed;
  return closing ? VCP_CLOSING : VCP_INVALID_STATE;
}

// Takes the segments away from the application as it goes, so that none counts twice; gives them
// back if the list is refused.
vcp_status DataPath::CheckSegments(const vcp_send_list& list, const Vc& vc, uint16_t* slots) {
  if (list.segment_count == 0 || list.segment_count > kMaxSegments) return VCP_INVALID_LENGTH;
  vcp_status status = VCP_SUCCESS;
  uint32_t taken = 0;
  uint32_t buffers = 0;
  uint32_t segments = 0;
  uint64_t sdu_bytes = 0;
  for (; status == VCP_SUCCESS && taken < list.segment_count; ++taken) {
    const vcp_segment& segment = list.segments[taken];
    uint32_t slot;
    if (!Locate(segment, &slot)) {
      status = VCP_INVALID_DATA;
      break;
    }
    slots[taken] = static_cast<uint16_t>(slot);
    slots_[slot].use = Use::kSubmitted;
    sdu_bytes += segment.size_bytes;
    if (++segments > kMaxSegmentsPerBuffer) status = VCP_INVALID_LENGTH;
    if (sdu_bytes > vc.max_sdu_bytes) status = VCP_INVALID_LENGTH;
    const bool last = taken + 1 == list.segment_count;
    if (!last && (segment.flags & VCP_SEGMENT_END_OF_BUFFER) == 0) continue;
    if (sdu_bytes == 0 || ++buffers > kMaxBuffersPerList) status = VCP_INVALID_LENGTH;
    sdu_bytes = segments = 0;
  }
  if (status != VCP_SUCCESS) {
    for (uint32_t i = 0; i < taken; ++i) slots_[slots[i]].use = Use::kHeld;
  }
  return status;
}

inline void DataPath::StartList(uint16_t first, Vc* vc, uint64_t cookie, uint64_t cancel_id) {
  Slot& slot = slots_[first];
  slot.cookie = cookie;
  slot.cancel_id = cancel_id;
  slot.vc = vc->handle;
  slot.is_first = true;
  slot.cancel_wanted = false;
  slot.next = kNone;
  slot.use = Use::kSubmitted;
  ++vc->outstanding;
}

inline void DataPath::Stage(const Vc& vc, uint16_t first, uint64_t offset, uint32_t length,
                            uint16_t flags) {
  ++submitted_;
  channel_->submit.Stage({.offset = static_cast<uint32_t>(offset),
                          .channel_vc = vc.channel_vc,
                          .cookie = RingCookie(first),
                          .length = static_cast<uint16_t>(length),
                          .flags = flags});
}

// A list that is one segment, as most are.
inline vcp_status DataPath::SubmitWhole(const vcp_send_list& list) {
  Vc* vc;
  const vcp_status status = CheckVc(list.vc, &vc);
  if (status != VCP_SUCCESS) [[unlikely]]
    return status;
  if (!HasRoomFor(1)) return VCP_BACK_PRESSURED;
  const vcp_segment& segment = *list.segments;
  uint32_t slot;
  if (!Locate(segment, &slot)) return VCP_INVALID_DATA;
  if (segment.size_bytes == 0) return VCP_INVALID_LENGTH;
  if (segment.size_bytes > vc->max_sdu_bytes) return VCP_INVALID_LENGTH;
  const auto first = static_cast<uint16_t>(slot);
  StartList(first, vc, list.cookie, list.cancel_id);
  const auto* data = static_cast<const uint8_t*>(segment.data);
  Stage(*vc, first, static_cast<uint64_t>(data - channel_->send_payload), segment.size_bytes,
        kWhole);
  return VCP_SUCCESS;
}

// Out of line: its table would cost SubmitWhole a guarded stack frame.
[[gnu::noinline]] vcp_status DataPath::SubmitSegments(const vcp_send_list& list) {
  Vc* vc;
  vcp_status status = CheckVc(list.vc, &vc);
  if (status != VCP_SUCCESS) return status;
  if (!HasRoomFor(list.segment_count)) return VCP_BACK_PRESSURED;
  std::array<uint16_t, kMaxSegments> slots;
  status = CheckSegments(list, *vc, slots.data());
  if (status != VCP_SUCCESS) return status;
  StartList(slots[0], vc, list.cookie, list.cancel_id);
  for (uint32_t i = 0; i < list.segment_count; ++i) {
    const vcp_segment& segment = list.segments[i];
    const bool last = i + 1 == list.segment_count;
    uint16_t flags = (segment.flags & VCP_SEGMENT_END_OF_BUFFER) != 0 ? shm::kSubmitEndOfBuffer : 0;
    if (last) flags = kWhole;
    slots_[slots[i]].next = last ? kNone : slots[i + 1];
    const auto* data = static_cast<const uint8_t*>(segment.data);
    Stage(*vc, slots[0], static_cast<uint64_t>(data - channel_->send_payload), segment.size_bytes,
          flags);
  }
  return VCP_SUCCESS;
}

size_t DataPath::Submit(const vcp_send_list* lists, size_t count, vcp_status* why) {
  size_t taken = 0;
  vcp_status status = VCP_SUCCESS;
  for (; taken < count; ++taken) {
    const vcp_send_list& list = lists[taken];
    status = list.segment_count == 1 ? SubmitWhole(list) : SubmitSegments(list);
    if (status != VCP_SUCCESS) [[unlikely]]
      break;
  }
  if (why != nullptr) *why = status;
  return taken;
}

vcp_status DataPath::Send(uint32_t vc_handle, const void* data, size_t size_bytes,
                          uint64_t cookie) {
  Vc* vc;
  const vcp_status status = CheckVc(vc_handle, &vc);
  if (status != VCP_SUCCESS) return status;
  if (size_bytes == 0) return VCP_INVALID_LENGTH;
  if (size_bytes > vc->max_sdu_bytes) return VCP_INVALID_LENGTH;
  if (!HasRoomFor(1)) return VCP_BACK_PRESSURED;
  const std::optional<uint32_t> slot = send_map_.Take();
  if (!slot) return VCP_BACK_PRESSURED;
  std::memcpy(DataOf(*slot), data, size_bytes);
  const auto first = static_cast<uint16_t>(*slot);
  StartList(first, vc, cookie, 0);
  Stage(*vc, first, uint64_t{first} * slot_bytes_, static_cast<uint32_t>(size_bytes), kWhole);
  return VCP_SUCCESS;
}

// --- cancelling ---------------------------------------------------------------------------------

vcp_status DataPath::Cancel(uint32_t vc_handle, uint64_t cancel_id) {
  if (!connected_) return VCP_DISCONNECTED;
  if (vcs_->Find(vc_handle) == nullptr) return VCP_INVALID_HANDLE;
  if (cancel_id == 0) return VCP_INVALID_DATA;
  for (Slot& slot : slots_) {
    const bool meant = slot.use == Use::kSubmitted && slot.is_first && slot.vc == vc_handle &&
                       slot.cancel_id == cancel_id && !slot.cancel_wanted;
    if (!meant) continue;
    slot.cancel_wanted = true;
    ++cancels_wanted_;
  }
  StageWantedCancels();
  return VCP_SUCCESS;
}

// As many as there is room for, shown at once; the others follow when completions made some.
void DataPath::StageWantedCancels() {
  const uint32_t capacity = channel_->layout().submit_capacity;
  for (uint16_t first = 0; first < slots_.size() && cancels_wanted_ != 0; ++first) {
    Slot& slot = slots_[first];
    if (!slot.cancel_wanted) continue;
    if (submitted_ + cancels_submitted_ == capacity) break;
    slot.cancel_wanted = false;
    --cancels_wanted_;
    const Vc* vc = vcs_->Find(slot.vc);
    if (vc == nullptr) continue;  // its end completes the list as well
    ++cancels_submitted_;
    channel_->submit.Stage({.offset = RingCookie(first),
                            .channel_vc = vc->channel_vc,
                            .cookie = kCancelCookie,
                            .length = 0,
                            .flags = shm::kSubmitCancel});
  }
  Flush();
}

void DataPath::Flush() {
  if (!connected_) return;
  const bool submitted = channel_->submit.Publish();
  const bool returned = channel_->returns.Publish();
  if (!submitted && !returned) return;
  // Between writing the rings and looking for a sleep, as the poll core does the other way round.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (channel_->DaemonNeedsWake()) channel_->WakeDaemon();
}

// --- completing ---------------------------------------------------------------------------------

inline void DataPath::FinishList(uint16_t first, vcp_status status, vcp_completion* out) {
  Slot& list = slots_[first];
  *out = {.cookie = list.cookie, .vc = list.vc, .status = status};
  if (Vc* vc = vcs_->Find(list.vc); vc != nullptr) --vc->outstanding;
  if (list.cancel_wanted) --cancels_wanted_;
  list.cancel_wanted = false;
  list.is_first = false;
  ++list.generation;
  uint16_t place = first;
  do {
    Slot& slot = slots_[place];
    slot.use = Use::kFree;
    send_map_.Return(place);
    --submitted_;
    place = std::exchange(slot.next, kNone);
  } while (place != kNone);
}

inline bool DataPath::Finish(const shm::Completion& completion, vcp_completion* out) {
  if (completion.cookie == kCancelCookie) {
    if (cancels_submitted_ != 0) --cancels_submitted_;
    return false;
  }
  const auto first = static_cast<uint16_t>(completion.cookie);
  // A daemon that completes what is not in flight is believed in nothing.
  if (first >= slots_.size() || !slots_[first].is_first || RingCookie(first) != completion.cookie) {
    return false;
  }
  FinishList(first, ToAbi(completion.status), out);
  return true;
}

size_t DataPath::Completions(vcp_completion* completions, size_t count) {
  size_t given = 0;
  while (given < count && !collected_.empty()) {
    completions[given++] = collected_.front();
    collected_.pop_front();
  }
  if (!connected_) return given;
  auto ring = channel_->complete;  // a copy's position can stay in a register
  for (shm::Completion completion; given < count && ring.Read(&completion);) {
    if (Finish(completion, &completions[given])) ++given;
  }
  channel_->complete = ring;
  if (cancels_wanted_ != 0) StageWantedCancels();
  return given;
}

void DataPath::CollectCompletions() {
  if (!connected_) return;
  vcp_completion finished;
  for (shm::Completion completion; channel_->complete.Read(&completion);) {
    if (Finish(completion, &finished)) collected_.push_back(finished);
  }
  if (cancels_wanted_ != 0) StageWantedCancels();
}

void DataPath::Disconnect() {
  CollectCompletions();
  connected_ = false;
  for (uint16_t first = 0; first < slots_.size(); ++first) {
    if (!slots_[first].is_first) continue;
    FinishList(first, VCP_DISCONNECTED, &collected_.emplace_back());
  }
  set_aside_.clear();
}

// --- receiving ----------------------------------------------------------------------------------

inline bool DataPath::NextReception(shm::RingReader<shm::Reception>* ring,
                                    shm::Reception* reception) {
  if (set_aside_.empty()) [[likely]]
    return ring->Read(reception);
  *reception = set_aside_.front();
  set_aside_.pop_front();
  return true;
}

inline void DataPath::ReturnSlot(uint32_t slot) { channel_->returns.Stage({.slot = slot}); }

size_t DataPath::Receive(vcp_received* received, size_t count) {
  if (!connected_) return 0;
  const shm::ChannelLayout& layout = channel_->layout();
  auto ring = channel_->receive;
  size_t given = 0;
  for (shm::Reception reception; given < count && NextReception(&ring, &reception);) {
    if (reception.slot >= layout.receive_slot_count) continue;
    const Vc* vc = vcs_->FindByChannelVc(reception.channel_vc);
    if (vc == nullptr || vc->state == VcState::kClosing) [[unlikely]] {
      ReturnSlot(reception.slot);  // nobody will look at it
      continue;
    }
    const uint8_t* data =
        channel_->receive_payload + uint64_t{reception.slot} * layout.receive_slot_bytes;
    __builtin_prefetch(data);
    received_held_[reception.slot] = 1;
    received[given++] = {.data = data,
                         .size_bytes = reception.length,
                         .vc = vc->handle,
                         .token = reception.slot | uint32_t{epoch_} << 16,
                         .time_us = reception.time_us,
                         .flags = reception.flags,
                         .reserved = 0};
  }
  channel_->receive = ring;
  return given;
}

void DataPath::Return(const vcp_received* received, size_t count) {
  if (!connected_) return;
  auto ring = channel_->returns;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t slot = received[i].token & 0xffff;
    // What an earlier channel gave went with it; what was returned before is not ours to give.
    if (received[i].token >> 16 != epoch_) continue;
    if (slot >= received_held_.size() || received_held_[slot] == 0) continue;
    received_held_[slot] = 0;
    ring.Stage({.slot = slot});
  }
  channel_->returns = ring;
}

void DataPath::ReturnUnwanted() {
  if (!connected_) return;
  std::deque<shm::Reception> kept;
  for (shm::Reception reception; NextReception(&channel_->receive, &reception);) {
    const Vc* vc = vcs_->FindByChannelVc(reception.channel_vc);
    if (vc != nullptr && vc->state != VcState::kClosing) {
      kept.push_back(reception);
    } else {
      ReturnSlot(reception.slot);
    }
  }
  set_aside_.swap(kept);
  Flush();
}

// --- sleeping -----------------------------------------------------------------------------------

bool DataPath::Ready() const {
  if (!collected_.empty() || !set_aside_.empty()) return true;
  return connected_ && (channel_->complete.Ready() || channel_->receive.Ready());
}

void DataPath::SetSleeps(bool sleeps) {
  channel_->SetClientSleeps(sleeps);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

}  // namespace vcp::client
