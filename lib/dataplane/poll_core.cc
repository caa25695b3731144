#include "dataplane/poll_core.h"

#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "dataplane/frame_owner.h"

namespace vcp::dataplane {
namespace {

// Puts a frame's source address where its label and control word were, as the SDU's first bytes.
void PutSourceBefore(rte_mbuf* frame, wire::ParsedFrame* parsed) {
  constexpr uint32_t kSourceOffset = sizeof(MacAddress);  // behind the destination
  static_assert(kSourceBytes <= wire::kLabelEntryBytes + wire::kControlWordBytes);
  parsed->sdu_offset -= kSourceBytes;
  parsed->sdu_bytes += kSourceBytes;
  std::memcpy(rte_pktmbuf_mtod_offset(frame, uint8_t*, parsed->sdu_offset),
              rte_pktmbuf_mtod_offset(frame, const uint8_t*, kSourceOffset), kSourceBytes);
}

// What its sender meant to be an SDU of the label's VC, and is not whole.
bool IsDamaged(wire::FrameError error) {
  return error == wire::FrameError::kLengthMissing || error == wire::FrameError::kLengthTooBig ||
         error == wire::FrameError::kLengthTooSmall;
}

}  // namespace

PollCore::PollCore(uint32_t index, SharedFrames* frames, IdlePolicy idle, int report_fd)
    : index_(index),
      clock_(rte_get_tsc_hz()),
      idle_(idle),
      report_fd_(report_fd),
      shared_frames_(frames),
      frames_(frames->pool) {
  OpenWaking();
  channels_.reserve(kMaxChannels);
  ports_.reserve(kMaxPorts);
  open_paths_.reserve(kMaxPorts);
  ending_.reserve(kMaxVcs);  // address space; pages of it exist once that many VCs end at a time
}

void PollCore::ConnectTo(PollCore* other, FrameQueue* outgoing, FrameQueue* incoming) {
  others_[other->index()] = other;
  deliveries_[other->index()] = outgoing;
  incoming_deliveries_.push_back(incoming);
}

void PollCore::Run() {
  while (!stopped_) {
    if (!Turn()) Idle();
  }
}

bool PollCore::Turn() {
  const uint64_t started = rte_rdtsc();
  return Turn(started, clock_.NsOf(started));
}

bool PollCore::TurnAt(uint64_t now_ns) { return Turn(rte_rdtsc(), now_ns); }

// The counter is read once a turn, since that takes as long as a message: a busy turn lasts until
// the next one, which follows at once.
inline bool PollCore::Turn(uint64_t started, uint64_t now_ns) {
  const uint64_t last_started = std::exchange(turn_started_, started);
  if (was_busy_) CountBusyTurn(started - last_started);
  now_ns_ = now_ns;
  uint32_t work = 0;
  work += ServiceChannels();
  if (!incoming_deliveries_.empty()) work += TakeDeliveries();
  work += ServicePaths();
  // Here, so that whoever answers what has left by now finds what was commanded before it left: a
  // leaf that was dropped hears nothing of what its root sends once it knows (C80).
  if (!commands.empty()) work += TakeCommands();
  for (PortService* port : ports_) work += ServicePort(*port);
  if (has_chores_) [[unlikely]]
    work += DoChores();
  // Backwards: signaling has the first channels, and must not be heard of before the data that came
  // before it. Whom a ring wakes may take this core's place at once.
  for (auto channel = channels_.rbegin(); channel != channels_.rend(); ++channel) {
    (*channel)->Publish();
  }
  ReportEvictions();
  if (posted_) RingForReports();
  if (!incoming_deliveries_.empty()) RingBells();
  ShareFrames();

  turns_.Add();
  was_busy_ = work != 0;
  if (!was_busy_) return false;
  idle_turns_ = 0;
  sleeps_in_a_row_ = 0;
  return true;
}

inline void PollCore::CountBusyTurn(uint64_t cycles) {
  busy_turns_.Add();
  busy_cycles_.Add(cycles);
  if (cycles > longest_turn_cycles_.Read()) {
    longest_turn_cycles_.Add(cycles - longest_turn_cycles_.Read());
  }
}

// When frames run out, the first whom they did not suffice for is asked first next time, or the one
// after it if it got some; lists that wait for frames come before everybody's new ones.
uint32_t PollCore::ServiceChannels() {
  uint32_t work = 0;
  const PollContext context = Context();
  const size_t count = channels_.size();
  if (first_channel_ >= count) first_channel_ = 0;
  bool all_served = true;
  const bool eagerly = turns_.Read() % kTurnsBetweenReturns == 0;
  for (size_t i = 0, at = first_channel_; i < count; ++i, ++at) {
    if (at == count) at = 0;
    ChannelService* channel = channels_[at];
    work += channel->ServiceReturns(eagerly);
    if (lists_lack_frames_) continue;
    const uint32_t taken = channel->ServiceSubmissions(context);
    work += taken;
    if (all_served && frames_.is_short()) [[unlikely]] {
      all_served = false;
      first_channel_ = taken == 0 ? at : at + 1;
    }
  }
  return work;
}

// Frames come back to the cache of the core that frees them, which may be one that needs none.
void PollCore::ShareFrames() {
  const uint32_t own_bit = 1u << index_;
  const bool is_short = frames_.TakeIsShort();
  if (is_short != said_short_) [[unlikely]] {
    said_short_ = is_short;
    shared_frames_->short_cores.fetch_xor(own_bit, std::memory_order_relaxed);
  }
  const uint32_t others = shared_frames_->short_cores.load(std::memory_order_relaxed) & ~own_bit;
  if (others == 0) [[likely]]
    return;
  // Of two that are short the first keeps what it has.
  if (!is_short || (others & (own_bit - 1)) != 0) frames_.GiveBack();
  rte_mempool_cache* cache = rte_mempool_default_cache(shared_frames_->pool, rte_lcore_id());
  if (cache != nullptr) rte_mempool_cache_flush(cache, shared_frames_->pool);
}

// --- receiving ----------------------------------------------------------------------------------

uint32_t PollCore::ServicePort(PortService& port) {
  std::array<rte_mbuf*, kBurst> frames;
  const uint16_t count = port.port->Receive(frames.data(), kBurst);
  if (count == 0) return 0;
  std::array<wire::ParsedFrame, kBurst> parsed;
  std::array<wire::FrameError, kBurst> errors;
  for (uint16_t i = 0; i < count; ++i) rte_prefetch0(rte_pktmbuf_mtod(frames[i], void*));
  uint64_t bytes = 0;
  for (uint16_t i = 0; i < count; ++i) {
    bytes += frames[i]->pkt_len;
    // Only what lies in the first segment counts: ports are set up so that a frame fits in one.
    errors[i] = wire::ParseDataFrame(rte_pktmbuf_mtod(frames[i], uint8_t*), frames[i]->data_len,
                                     &parsed[i]);
    if (errors[i] == wire::FrameError::kNone) rte_prefetch0(&port.labels[parsed[i].label]);
  }
  port.received_frames.Add(count);
  port.received_bytes.Add(bytes);
  uint32_t wanted = count;
  if (port.paused) [[unlikely]]
    wanted = KeepSignaling(port, frames.data(), parsed.data(), errors.data(), count);
  const uint32_t kept = Deliver(port, frames.data(), parsed.data(), errors.data(), wanted);
  frames_.Recycle(frames.data(), kept);
  return count;
}

// Drops all but signaling, without which the link would be given up; returns how much that is.
uint32_t PollCore::KeepSignaling(PortService& port, rte_mbuf** frames, wire::ParsedFrame* parsed,
                                 wire::FrameError* errors, uint32_t count) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (errors[i] != wire::FrameError::kNone || !port.labels[parsed[i].label].is_signaling) {
      port.drops[static_cast<size_t>(Drop::kRxPaused)].Add();
      if (errors[i] == wire::FrameError::kNone) CountDropOfVcs(&port.labels[parsed[i].label]);
      rte_pktmbuf_free(frames[i]);
      continue;
    }
    frames[kept] = frames[i];
    parsed[kept] = parsed[i];
    errors[kept++] = wire::FrameError::kNone;
  }
  return kept;
}

// Delivers a burst; leaves at the front of `frames` those that are still ours, and returns how
// many. What arrives for one channel in a row is delivered together.
uint32_t PollCore::Deliver(PortService& port, rte_mbuf** frames, wire::ParsedFrame* parsed,
                           const wire::FrameError* errors, uint32_t count) {
  std::array<Arrival, kBurst> run;
  size_t run_length = 0;
  ChannelService* channel = nullptr;
  const auto deliver_run = [&] {
    if (run_length != 0) channel->Deliver({run.data(), std::exchange(run_length, 0)});
  };
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; ++i) {
    rte_mbuf* frame = frames[i];
    if (errors[i] != wire::FrameError::kNone) [[unlikely]] {
      deliver_run();
      if (!DeliverErrored(port, errors[i], frame, parsed[i].label)) frames[kept++] = frame;
      continue;
    }
    ReceiveVc& vc = port.labels[parsed[i].label];
    if (!IsForOneHere(vc, parsed[i])) [[unlikely]] {
      deliver_run();
      if (!DeliverOdd(port, vc, frame, &parsed[i])) frames[kept++] = frame;
      continue;
    }
    if (vc.channel != channel) {
      deliver_run();
      channel = vc.channel;
    }
    run[run_length++] = {vc.channel_vc, parsed[i].sdu_bytes,
                         rte_pktmbuf_mtod_offset(frame, uint8_t*, parsed[i].sdu_offset),
                         &vc.counters};
    frames[kept++] = frame;
  }
  deliver_run();
  return kept;
}

// One VC's, or that of each leaf.
void PollCore::CountDropOfVcs(ReceiveVc* label) {
  if (label->channel_vc != 0) return label->counters.drops.Add();
  for (ReceiveVc* leaf = label->next_leaf; leaf != nullptr; leaf = leaf->next_leaf) {
    leaf->counters.drops.Add();
  }
}

// The common case: nothing about the frame is odd, and its label is one VC's that this core serves.
inline bool PollCore::IsForOneHere(const ReceiveVc& vc, const wire::ParsedFrame& parsed) const {
  return vc.channel_vc != 0 && parsed.vlan_id == wire::kNoVlan &&
         parsed.sdu_bytes <= vc.max_sdu_bytes && !vc.is_odd && vc.channel->core() == index_;
}

// Any other. True when the frame is no longer ours.
bool PollCore::DeliverOdd(PortService& port, ReceiveVc& vc, rte_mbuf* frame,
                          wire::ParsedFrame* parsed) {
  const auto drop = [&](Drop reason) {
    port.drops[static_cast<size_t>(reason)].Add();
    vc.counters.drops.Add();
    return false;
  };
  if (vc.channel_vc == 0) {
    DeliverToLeaves(port, vc.next_leaf, frame, *parsed);
    return false;
  }
  if (parsed->vlan_id != wire::kNoVlan) {
    port.drops[static_cast<size_t>(Drop::kRxVlan)].Add();
    return false;
  }
  const bool is_errored = parsed->sdu_bytes > vc.max_sdu_bytes;
  if (is_errored && !vc.takes_errored) return drop(Drop::kRxTooBig);
  return DeliverAnySdu(port, vc, frame, parsed, is_errored);
}

// One that the VC takes, damaged or not. True when the frame is no longer ours.
bool PollCore::DeliverAnySdu(PortService& port, ReceiveVc& vc, rte_mbuf* frame,
                             wire::ParsedFrame* parsed, bool is_errored) {
  if (vc.is_odd) {
    if (vc.is_signaling) PutSourceBefore(frame, parsed);
    // Of one that is too long there is as much as a slot holds.
    parsed->sdu_bytes = std::min(parsed->sdu_bytes, vc.channel->max_receive_bytes());
  }
  if (vc.channel->core() != index_) {
    if (HandOff(*vc.channel, vc, frame, *parsed, is_errored)) return true;
    port.drops[static_cast<size_t>(Drop::kRxHandoffFull)].Add();
    vc.counters.drops.Add();
    return false;
  }
  const Arrival arrival{vc.channel_vc, parsed->sdu_bytes,
                        rte_pktmbuf_mtod_offset(frame, uint8_t*, parsed->sdu_offset), &vc.counters};
  if (is_errored) [[unlikely]] {
    vc.channel->DeliverErrored(arrival, vc.stamps);
  } else {
    vc.channel->DeliverOne(arrival, vc.stamps);
  }
  return false;
}

// A frame that its headers' check has refused. If it names a VC, and only its length is not what it
// says, it is the VC's, for clients that ask for those (C94): with all that is there. True when the
// frame is no longer ours.
bool PollCore::DeliverErrored(PortService& port, wire::FrameError error, rte_mbuf* frame,
                              uint32_t label) {
  const auto reject = [&] {
    port.rejected[static_cast<size_t>(error)].Add();
    return false;
  };
  constexpr uint32_t kSduOffset =
      wire::kEthernetBytes + wire::kLabelEntryBytes + wire::kControlWordBytes;
  if (!IsDamaged(error) || frame->data_len <= kSduOffset ||
      wire::LoadBe16(rte_pktmbuf_mtod(frame, const uint8_t*) + wire::kEthernetBytes - 2) !=
          wire::kEtherTypeMpls) {
    return reject();
  }
  wire::ParsedFrame parsed{.label = label,
                           .sdu_offset = kSduOffset,
                           .sdu_bytes = frame->data_len - kSduOffset,
                           .vlan_id = wire::kNoVlan,
                           .flags = 0};
  ReceiveVc& vc = port.labels[label];
  if (vc.channel_vc != 0) {
    return vc.takes_errored ? DeliverAnySdu(port, vc, frame, &parsed, true) : reject();
  }
  uint32_t taken = 0;
  for (ReceiveVc* leaf = vc.next_leaf; leaf != nullptr; leaf = leaf->next_leaf) {
    if (!leaf->takes_errored) continue;
    if (taken++ != 0) port.received_copies.Add();
    DeliverToLeaf(port, *leaf, frame, parsed, true);
  }
  return taken != 0 ? false : reject();
}

// The label is no single VC's: a copy for each of those that share it, if any. What becomes of one
// is nothing to the others.
void PollCore::DeliverToLeaves(PortService& port, ReceiveVc* first, rte_mbuf* frame,
                               const wire::ParsedFrame& parsed) {
  if (first == nullptr) return port.drops[static_cast<size_t>(Drop::kRxLabelNotOnPort)].Add();
  if (parsed.vlan_id != wire::kNoVlan) return port.drops[static_cast<size_t>(Drop::kRxVlan)].Add();
  for (ReceiveVc* leaf = first; leaf != nullptr; leaf = leaf->next_leaf) {
    if (leaf->next_leaf != nullptr) {
      rte_prefetch0(leaf->next_leaf);
      port.received_copies.Add();
    }
    DeliverToLeaf(port, *leaf, frame, parsed, false);
  }
}

// The payload is there once, however many other cores it goes to: each gets a frame of its own that
// refers to it.
void PollCore::DeliverToLeaf(PortService& port, ReceiveVc& leaf, rte_mbuf* frame,
                             const wire::ParsedFrame& whole, bool is_errored) {
  const auto drop = [&](Drop reason) {
    port.drops[static_cast<size_t>(reason)].Add();
    leaf.counters.drops.Add();
  };
  wire::ParsedFrame parsed = whole;
  if (parsed.sdu_bytes > leaf.max_sdu_bytes) {
    if (!leaf.takes_errored) return drop(Drop::kRxTooBig);
    is_errored = true;
    parsed.sdu_bytes = std::min(parsed.sdu_bytes, leaf.channel->max_receive_bytes());
  }
  if (leaf.channel->core() == index_) {
    const Arrival arrival{leaf.channel_vc, parsed.sdu_bytes,
                          rte_pktmbuf_mtod_offset(frame, uint8_t*, parsed.sdu_offset),
                          &leaf.counters};
    if (is_errored) [[unlikely]]
      return leaf.channel->DeliverErrored(arrival, leaf.stamps);
    return leaf.channel->DeliverOne(arrival, leaf.stamps);
  }
  if (!frames_.Ensure(1)) return drop(Drop::kRxNoFrame);
  rte_mbuf* reference = frames_.Take();
  rte_pktmbuf_attach(reference, frame);
  if (HandOff(*leaf.channel, leaf, reference, parsed, is_errored)) return;
  rte_pktmbuf_free(reference);
  drop(Drop::kRxHandoffFull);
}

// Leaves the SDU to the core that serves its channel.
bool PollCore::HandOff(ChannelService& channel, const ReceiveVc& vc, rte_mbuf* frame,
                       const wire::ParsedFrame& parsed, bool is_errored) {
  frame->data_off = static_cast<uint16_t>(frame->data_off + parsed.sdu_offset);
  frame->data_len = static_cast<uint16_t>(parsed.sdu_bytes);
  SetOwner(frame, {channel.index(), vc.channel_vc});
  SetMarks(frame, is_errored ? kErroredFrame : 0);  // that core may know of the VC's wish earlier
  to_ring_ |= 1u << channel.core();
  return deliveries_[channel.core()]->TryPush(frame);
}

uint32_t PollCore::TakeDeliveries() {
  uint32_t work = 0;
  std::array<rte_mbuf*, kBurst> frames;
  for (FrameQueue* delivery : incoming_deliveries_) {
    const auto count = static_cast<uint32_t>(delivery->Pop(frames));
    for (uint32_t i = 0; i < count; ++i) {
      const FrameOwner owner = OwnerOf(frames[i]);
      channel_by_index_[owner.channel]->DeliverHandedOver(owner.channel_vc, frames[i]);
    }
    frames_.Recycle(frames.data(), count);
    work += count;
  }
  return work;
}

// Tells cores that sleep what was left for them, and those whose queue was full that it is no more.
void PollCore::RingBells() {
  for (TransmitPath* path : open_paths_) {
    if (path->TakeHandedOver()) to_ring_ |= 1u << path->remote_core();
  }
  if (to_ring_ == 0) return;
  std::atomic_thread_fence(std::memory_order_seq_cst);  // as in Sleep, the other way round
  for (uint32_t cores = std::exchange(to_ring_, 0); cores != 0; cores &= cores - 1) {
    const auto other = static_cast<uint32_t>(std::countr_zero(cores));
    const uint32_t number = others_[other]->sleep_number_.load(std::memory_order_relaxed);
    if (number == 0 || number == woken_numbers_[other]) continue;
    woken_numbers_[other] = number;
    others_[other]->Wake();
  }
}

// --- transmitting -------------------------------------------------------------------------------

uint32_t PollCore::ServicePaths() {
  uint32_t work = 0;
  lists_lack_frames_ = false;
  for (TransmitPath* path : open_paths_) {
    IncomingFrames& incoming = incoming_frames_[PortOf(path)];
    if (incoming.queues.empty() && !path->has_waiting() && !path->has_paced() && !path->stalled())
        [[likely]] {
      path->Flush();  // what this turn's submissions left there
    } else {
      work += ServicePath(path, &incoming);
    }
  }
  return work;
}

// When a port never takes all, this core's lists and other cores' frames come first in turn.
uint32_t PollCore::ServicePath(TransmitPath* path, IncomingFrames* incoming) {
  const bool was_stalled = path->stalled();
  const uint32_t flushed = path->Flush();
  uint32_t work = was_stalled ? flushed : 0;
  if (path->has_paced()) work += path->ReleaseDue(now_ns_);
  if (path->refusal() != Status::kSuccess) [[unlikely]]
    work += RefuseWaiting(path);
  if (path->full()) return work;
  incoming->are_first = !incoming->are_first;
  if (incoming->are_first) work += TakeFrames(path, incoming);
  work += SendWaiting(path);
  if (!incoming->are_first) work += TakeFrames(path, incoming);
  path->Flush();
  has_chores_ |= !path->sent.empty();
  return work;
}

// What few VCs need, looked at only while one does.
uint32_t PollCore::DoChores() {
  uint32_t work = ending_.empty() ? 0 : ServiceEndingVcs();
  bool more = !ending_.empty();
  for (PortService* port : ports_) {
    if (port->confirms) port->port->ReleaseSent();
    more |= port->confirms;
  }
  for (TransmitPath* path : open_paths_) {
    if (!path->sent.empty()) work += path->sent.Confirm();
    more |= !path->sent.empty();
  }
  has_chores_ = more;
  return work;
}

// Queues that wait for confirmations let the others go first.
uint32_t PollCore::SendWaiting(TransmitPath* path) {
  const PollContext context = Context();
  using Sending = ChannelService::Sending;
  const VcQueue* first_unconfirmed = nullptr;
  uint32_t lists = 0;
  for (uint32_t looks = 0; looks < kBurst && !path->stalled(); ++looks) {
    VcQueue* queue = path->NextWaiting();
    if (queue == nullptr) break;
    const Sending sending = queue->channel->SendQueued(context, queue);
    if (sending == Sending::kNoFrames) {
      path->WaitAsFirst(queue);
      lists_lack_frames_ = true;
      break;
    }
    if (sending == Sending::kDone) {
      ++lists;
      continue;
    }
    path->Wait(queue);
    if (queue == first_unconfirmed) break;
    if (first_unconfirmed == nullptr) first_unconfirmed = queue;
  }
  return lists;
}

// A stalled path takes nothing more: the queue fills, and its writer's path stalls in turn. A way
// that is down is no such reason.
uint32_t PollCore::TakeFrames(TransmitPath* path, IncomingFrames* incoming) {
  uint32_t taken = 0;
  for (size_t left = incoming->queues.size(); left != 0; --left) {
    if (path->full()) break;
    const IncomingFrames::FromCore& from = incoming->queues[incoming->next];
    incoming->next = incoming->next + 1 == incoming->queues.size() ? 0 : incoming->next + 1;
    const bool was_full = from.queue->size() == from.queue->capacity();
    std::array<rte_mbuf*, kBurst> frames;
    const auto count = static_cast<uint32_t>(from.queue->Pop(frames));
    if (was_full) to_ring_ |= 1u << from.core;
    if (path->up()) {
      for (uint32_t i = 0; i < count; ++i) path->Stage(frames[i]);
    } else {
      path->DropForNoLink({frames.data(), count});
    }
    taken += count;
  }
  return taken;
}

// What is not refused is signaling: sent when the way is free, else it waits on.
uint32_t PollCore::RefuseWaiting(TransmitPath* path) {
  const PollContext context = Context();
  uint32_t work = 0;
  VcQueue* kept = nullptr;
  while (work < kBurst) {
    VcQueue* queue = path->NextOfAll();
    if (queue == nullptr) break;
    if (path->Refuses(*queue)) {
      queue->channel->RefuseQueued(queue, path->refusal());
    } else if (!path->up() || path->full() ||
               queue->channel->SendQueued(context, queue) != ChannelService::Sending::kDone) {
      VCP_CHECK(kept == nullptr);  // a port has one signaling VC
      kept = queue;
      continue;
    }
    ++work;
  }
  if (kept != nullptr) path->WaitAsFirst(kept);
  return work;
}

void PollCore::ReportEvictions() {
  for (ChannelService* channel : channels_) {
    const char* reason = channel->TakeEvictReason();
    if (reason == nullptr) [[likely]]
      continue;
    Post({.type = ReportType::kEvicted, .channel = channel->index(), .reason = reason});
  }
}

PollCoreCounters PollCore::ReadCounters() const {
  return {.turns = turns_.Read(),
          .busy_turns = busy_turns_.Read(),
          .busy_cycles = busy_cycles_.Read(),
          .sleeps = sleeps_.Read(),
          .longest_turn_cycles = longest_turn_cycles_.Read(),
          .cycles_per_second = static_cast<double>(rte_get_tsc_hz())};
}

}  // namespace vcp::dataplane
