#include "client/data_path.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <optional>
#include <utility>

#include "base/limits.h"

namespace vcp::client {
namespace {

constexpr size_t kBurst = 32;
constexpr uint16_t kWhole = shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList;
// A cancel is a list of its own that the application does not know of.
constexpr uint32_t kCancelVc = 0;

vcp_status ToAbi(uint16_t status) { return static_cast<vcp_status>(status); }

}  // namespace

DataPath::DataPath(std::unique_ptr<shm::ClientChannel> channel, VcTable* vcs, uint16_t epoch)
    : channel_(std::move(channel)),
      vcs_(vcs),
      epoch_(epoch),
      credit_(channel_->layout().submit_capacity),
      lists_(channel_->layout().submit_capacity),
      next_slot_(channel_->layout().send_slot_count, kNone),
      send_slots_(channel_->layout().send_slot_count) {
  for (uint32_t i = 0; i + 1 < lists_.size(); ++i) lists_[i].next_free = i + 1;
}

// --- send segments
// --------------------------------------------------------------------------------

size_t DataPath::Allocate(vcp_segment* segments, size_t count) {
  if (!connected_) return 0;
  const shm::ChannelLayout& layout = channel_->layout();
  for (size_t i = 0; i < count; ++i) {
    const std::optional<uint32_t> slot = send_slots_.Take();
    if (!slot) return i;
    segments[i] = {.data = channel_->send_payload + uint64_t{*slot} * layout.send_slot_bytes,
                   .size_bytes = layout.max_sdu_bytes,
                   .flags = *slot << kSlotShift};
  }
  return count;
}

void DataPath::Free(const vcp_segment* segments, size_t count) {
  for (size_t i = 0; i < count; ++i) send_slots_.Return(SlotOf(segments[i]));
}

// --- submitting
// -----------------------------------------------------------------------------------

vcp_status DataPath::CheckVc(uint32_t vc, Vc** found) const {
  *found = vcs_->Find(vc);
  if (!connected_) return VCP_DISCONNECTED;
  if (*found == nullptr) return VCP_INVALID_HANDLE;
  return (*found)->state == VcState::kConnected ? VCP_SUCCESS : VCP_INVALID_STATE;
}

vcp_status DataPath::CheckSegments(const vcp_send_list& list, const Vc& vc) const {
  if (list.segment_count == 0 || list.segment_count > kMaxSegmentsPerBuffer * kMaxBuffersPerList) {
    return VCP_INVALID_DATA;
  }
  const shm::ChannelLayout& layout = channel_->layout();
  uint32_t buffers = 1;
  uint32_t segments = 0;
  uint64_t sdu_bytes = 0;
  for (uint32_t i = 0; i < list.segment_count; ++i) {
    const vcp_segment& segment = list.segments[i];
    const uint32_t slot = SlotOf(segment);
    const uint64_t start = uint64_t{slot} * layout.send_slot_bytes;
    const uint64_t offset = OffsetOf(segment);
    if (!send_slots_.IsHeld(slot) || offset < start ||
        offset + segment.size_bytes > start + layout.send_slot_bytes) {
      return VCP_INVALID_DATA;
    }
    sdu_bytes += segment.size_bytes;
    if (++segments > kMaxSegmentsPerBuffer || buffers > kMaxBuffersPerList) {
      return VCP_INVALID_DATA;
    }
    if (sdu_bytes > vc.max_sdu_bytes) return VCP_TOO_BIG;
    const bool last = i + 1 == list.segment_count;
    if (!last && (segment.flags & VCP_SEGMENT_END_OF_BUFFER) == 0) continue;
    if (sdu_bytes == 0) return VCP_INVALID_LENGTH;
    sdu_bytes = segments = 0;
    if (!last) ++buffers;
  }
  return VCP_SUCCESS;
}

uint32_t DataPath::TakeList(uint32_t vc, uint64_t cookie, uint64_t cancel_id,
                            uint16_t descriptors) {
  const uint32_t index = free_list_;
  List& list = lists_[index];
  free_list_ = list.next_free;
  list.cookie = cookie;
  list.cancel_id = cancel_id;
  list.vc = vc;
  list.first_slot = kNone;
  list.descriptors = descriptors;
  credit_ -= descriptors;
  return index;
}

inline void DataPath::Stage(uint32_t list, Vc* vc, uint32_t offset, uint32_t length,
                            uint16_t flags) {
  channel_->submit.Stage({.offset = offset,
                          .channel_vc = vc->channel_vc,
                          .cookie = list | uint32_t{lists_[list].generation} << 16,
                          .length = static_cast<uint16_t>(length),
                          .flags = flags});
}

vcp_status DataPath::SubmitOne(const vcp_send_list& list) {
  Vc* vc;
  vcp_status status = CheckVc(list.vc, &vc);
  if (status != VCP_SUCCESS) return status;
  status = CheckSegments(list, *vc);
  if (status != VCP_SUCCESS) return status;
  if (list.segment_count > credit_) return VCP_BACK_PRESSURED;
  const uint32_t taken =
      TakeList(list.vc, list.cookie, list.cancel_id, static_cast<uint16_t>(list.segment_count));
  for (uint32_t i = list.segment_count; i-- > 0;) {
    const uint32_t slot = SlotOf(list.segments[i]);
    next_slot_[slot] = std::exchange(lists_[taken].first_slot, slot);
  }
  for (uint32_t i = 0; i < list.segment_count; ++i) {
    const vcp_segment& segment = list.segments[i];
    uint16_t flags = segment.flags & VCP_SEGMENT_END_OF_BUFFER ? shm::kSubmitEndOfBuffer : 0;
    if (i + 1 == list.segment_count) flags = kWhole;
    Stage(taken, vc, OffsetOf(segment), segment.size_bytes, flags);
  }
  ++vc->outstanding;
  return VCP_SUCCESS;
}

size_t DataPath::Submit(const vcp_send_list* lists, size_t count, vcp_status* why) {
  for (size_t i = 0; i < count; ++i) {
    const vcp_status status = SubmitOne(lists[i]);
    if (status == VCP_SUCCESS) continue;
    if (why != nullptr) *why = status;
    return i;
  }
  if (why != nullptr) *why = VCP_SUCCESS;
  return count;
}

vcp_status DataPath::Send(uint32_t vc_handle, const void* data, size_t size_bytes,
                          uint64_t cookie) {
  Vc* vc;
  const vcp_status status = CheckVc(vc_handle, &vc);
  if (status != VCP_SUCCESS) return status;
  if (size_bytes == 0) return VCP_INVALID_LENGTH;
  if (size_bytes > vc->max_sdu_bytes) return VCP_TOO_BIG;
  if (credit_ == 0) return VCP_BACK_PRESSURED;
  const std::optional<uint32_t> slot = send_slots_.Take();
  if (!slot) return VCP_BACK_PRESSURED;
  const uint32_t offset = *slot * channel_->layout().send_slot_bytes;
  std::memcpy(channel_->send_payload + offset, data, size_bytes);
  const uint32_t list = TakeList(vc_handle, cookie, 0, 1);
  lists_[list].first_slot = *slot;
  next_slot_[*slot] = kNone;
  Stage(list, vc, offset, static_cast<uint32_t>(size_bytes), kWhole);
  ++vc->outstanding;
  return VCP_SUCCESS;
}

vcp_status DataPath::Cancel(uint32_t vc_handle, uint64_t cancel_id) {
  Vc* vc = vcs_->Find(vc_handle);
  if (!connected_) return VCP_DISCONNECTED;
  if (vc == nullptr) return VCP_INVALID_HANDLE;
  for (uint32_t i = 0; i < lists_.size(); ++i) {
    const List& list = lists_[i];
    if (list.descriptors == 0 || list.vc != vc_handle || list.cancel_id != cancel_id) continue;
    if (credit_ == 0) return VCP_BACK_PRESSURED;
    const uint32_t target = i | uint32_t{list.generation} << 16;
    Stage(TakeList(kCancelVc, 0, 0, 1), vc, target, 0, shm::kSubmitCancel);
  }
  Flush();
  return VCP_SUCCESS;
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

// --- completing
// -----------------------------------------------------------------------------------

inline bool DataPath::Finish(const shm::Completion& completion, vcp_completion* out) {
  const uint32_t index = completion.cookie & 0xffff;
  if (index >= lists_.size()) return false;
  List& list = lists_[index];
  if (list.descriptors == 0 || list.generation != RingCookieGeneration(completion.cookie)) {
    return false;
  }
  for (uint32_t slot = list.first_slot; slot != kNone; slot = next_slot_[slot]) {
    send_slots_.Return(slot);
  }
  *out = {.cookie = list.cookie, .vc = list.vc, .status = ToAbi(completion.status)};
  if (Vc* vc = vcs_->Find(list.vc); vc != nullptr) --vc->outstanding;
  credit_ += list.descriptors;
  list.descriptors = 0;
  ++list.generation;
  list.next_free = std::exchange(free_list_, index);
  return out->vc != kCancelVc;
}

size_t DataPath::Completions(vcp_completion* completions, size_t count) {
  size_t given = 0;
  while (given < count && !collected_.empty()) {
    completions[given++] = collected_.front();
    collected_.pop_front();
  }
  if (!connected_) return given;
  for (shm::Completion completion; given < count && channel_->complete.Read(&completion);) {
    if (Finish(completion, &completions[given])) ++given;
  }
  return given;
}

void DataPath::CollectCompletions() {
  if (!connected_) return;
  vcp_completion finished;
  for (shm::Completion completion; channel_->complete.Read(&completion);) {
    if (Finish(completion, &finished)) collected_.push_back(finished);
  }
}

void DataPath::Disconnect() {
  CollectCompletions();
  connected_ = false;
  for (List& list : lists_) {
    if (list.descriptors == 0 || list.vc == kCancelVc) continue;
    collected_.push_back({.cookie = list.cookie, .vc = list.vc, .status = VCP_DISCONNECTED});
    list.descriptors = 0;
  }
}

// --- receiving
// ------------------------------------------------------------------------------------

size_t DataPath::Receive(vcp_received* received, size_t count) {
  if (!connected_) return 0;
  const shm::ChannelLayout& layout = channel_->layout();
  size_t given = 0;
  while (given < count) {
    std::array<shm::Reception, kBurst> batch;
    const size_t taken =
        channel_->receive.ReadBatch({batch.data(), std::min(kBurst, count - given)});
    for (size_t i = 0; i < taken; ++i) {
      const uint8_t* data =
          channel_->receive_payload + uint64_t{batch[i].slot} * layout.receive_slot_bytes;
      __builtin_prefetch(data);
      const Vc* vc = vcs_->FindByChannelVc(batch[i].channel_vc);
      if (vc == nullptr) [[unlikely]] {  // ended here meanwhile: nobody will look at it
        channel_->returns.Stage({.slot = batch[i].slot});
        continue;
      }
      received[given++] = {.data = data,
                           .size_bytes = batch[i].length,
                           .vc = vc->handle,
                           .token = batch[i].slot | uint32_t{epoch_} << 16,
                           .reserved = 0};
    }
    if (taken < kBurst) break;
  }
  return given;
}

void DataPath::Return(const vcp_received* received, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    // What an earlier channel gave went with it.
    if (received[i].token >> 16 != epoch_ || !connected_) continue;
    channel_->returns.Stage({.slot = received[i].token & 0xffff});
  }
}

// --- sleeping
// -------------------------------------------------------------------------------------

bool DataPath::Ready() const {
  if (!collected_.empty()) return true;
  return connected_ && (channel_->complete.Ready() || channel_->receive.Ready());
}

void DataPath::SetSleeps(bool sleeps) {
  channel_->SetClientSleeps(sleeps);
  std::atomic_thread_fence(std::memory_order_seq_cst);
}

}  // namespace vcp::client
