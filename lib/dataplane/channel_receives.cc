// What a channel delivers into its client's slots, and the slots that come back.
#include <rte_mbuf.h>

#include <algorithm>
#include <ctime>
#include <optional>

#include "base/prefetch.h"
#include "dataplane/channel_service.h"
#include "dataplane/copy_sdu.h"
#include "dataplane/frame_owner.h"

namespace vcp::dataplane {
namespace {

constexpr uint32_t kSlotsAhead = 8;

// Of the clock that clients read, too; without a system call.
uint32_t MonotonicUs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint32_t>(static_cast<uint64_t>(now.tv_sec) * 1'000'000 +
                               static_cast<uint64_t>(now.tv_nsec) / 1000);
}

}  // namespace

void ChannelService::DeliverOne(const Arrival& arrival, bool stamped) {
  Deliver({&arrival, 1}, stamped ? MonotonicUs() : 0);
}

// Of those whose VC looks at their marks.
void ChannelService::DeliverHandedOver(uint32_t channel_vc, const rte_mbuf* frame) {
  VcRest& rest = rest_[channel_vc & kVcIndexMask];
  const Arrival arrival{channel_vc, frame->data_len, rte_pktmbuf_mtod(frame, const uint8_t*),
                        &rest.handed_over};
  if (rest.takes_errored && (MarksOf(frame) & kErroredFrame) != 0) [[unlikely]] {
    return DeliverErrored(arrival, rest.stamps);
  }
  DeliverOne(arrival, rest.stamps);
}

void ChannelService::DeliverErrored(const Arrival& arrival, bool stamped) {
  if (slots_.free() == 0) ServiceReturns(/*eagerly=*/true);
  if (!serving()) return DropAll({&arrival, 1}, Drop::kRxClientGone);
  const std::optional<uint32_t> slot = slots_.Take();
  if (!slot) return DropAll({&arrival, 1}, Drop::kRxNoClientBuffer);
  uint8_t* const payload = channel_->receive_payload + *slot * uint64_t{receive_slot_bytes_};
  Fill(arrival, *slot, payload, stamped ? MonotonicUs() : 0, shm::kReceiveErrored);
  arrival.counters->errored.Add();
  LossesOf(arrival.channel_vc).errored.Add();
  received_sdus_.Add();
  received_bytes_.Add(arrival.length);
}

[[gnu::always_inline]] inline void ChannelService::Fill(const Arrival& arrival, uint32_t slot,
                                                        uint8_t* payload, uint32_t time_us,
                                                        uint16_t flags) {
  CopySdu(payload, arrival.sdu, arrival.length);
  slot_vc_[slot] = arrival.channel_vc;
  channel_->receive.Stage({.slot = slot,
                           .channel_vc = arrival.channel_vc,
                           .length = static_cast<uint16_t>(arrival.length),
                           .flags = flags,
                           .time_us = time_us});
  arrival.counters->sdus.Add();
  arrival.counters->bytes.Add(arrival.length);
}

void ChannelService::Deliver(std::span<const Arrival> arrivals, uint32_t time_us) {
  if (slots_.free() < arrivals.size()) ServiceReturns(/*eagerly=*/true);
  if (!serving()) return DropAll(arrivals, Drop::kRxClientGone);
  uint8_t* const slots = channel_->receive_payload;
  const uint64_t slot_bytes = receive_slot_bytes_;
  uint64_t bytes = 0;
  const size_t taken = slots_.TakeEach(arrivals.size(), [&](size_t i, uint32_t slot) {
    const Arrival& arrival = arrivals[i];
    // The client read these lines last; asking early hides most of the way that they come.
    const uint32_t soon = slot + kSlotsAhead < slots_.size() ? slot + kSlotsAhead : 0;
    PrefetchForWrite(slots + soon * slot_bytes);
    Fill(arrival, slot, slots + slot * slot_bytes, time_us, 0);
    bytes += arrival.length;
  });
  received_sdus_.Add(taken);
  received_bytes_.Add(bytes);
  if (taken != arrivals.size()) DropAll(arrivals.subspan(taken), Drop::kRxNoClientBuffer);
}

void ChannelService::DropAll(std::span<const Arrival> arrivals, Drop drop) {
  Count(drop, arrivals.size());
  for (const Arrival& arrival : arrivals) {
    arrival.counters->drops.Add();
    LossesOf(arrival.channel_vc).undelivered.Add();
  }
}

uint32_t ChannelService::ServiceReturns(bool eagerly) {
  // While most slots are free there is no hurry, and later returns come in fuller cache lines.
  if (!serving() || (!eagerly && slots_.free() > slots_.held())) return 0;
  std::array<shm::Return, 2 * kBurst> batch;
  const auto count = static_cast<uint32_t>(channel_->returns.ReadBatch(batch));
  uint32_t good = 0;
  for (uint32_t i = 0; i < count && serving(); ++i) {
    if (slots_.Return(batch[i].slot)) {
      slot_vc_[batch[i].slot] = 0;
      ++good;
    } else {
      Count(Drop::kBadReturn);
      Strike("returned slots that the client did not hold");
    }
  }
  returned_sdus_.Add(good);
  return count;
}

bool ChannelService::HoldsReceives(uint32_t channel_vc) const {
  if (state_ == State::kAbandoned) return false;
  // To the end, because that can be done many slots at a time.
  return std::count(slot_vc_.begin(), slot_vc_.end(), channel_vc) != 0;
}

bool ChannelService::HoldsReceivesOf(PortIndex port) const {
  if (state_ == State::kAbandoned) return false;
  return std::any_of(slot_vc_.begin(), slot_vc_.end(), [&](uint32_t channel_vc) {
    return channel_vc != 0 && rest_[channel_vc & kVcIndexMask].port == port;
  });
}

void ChannelService::Publish() {
  if (state_ == State::kAbandoned) return;
  const bool completed = channel_->complete.Publish();
  const bool received = channel_->receive.Publish();
  if (!completed && !received) return;
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!channel_->ClientNeedsWake()) return;
  channel_->WakeClient();
  wakes_.Add();
}

bool ChannelService::HasWork() const {
  return serving() && (channel_->submit.Ready() || channel_->returns.Ready());
}

}  // namespace vcp::dataplane
