#include "dataplane/channel_service.h"

#include <rte_prefetch.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "dataplane/copy_sdu.h"
#include "dataplane/frame_owner.h"
#include "qos/sdu_size.h"

namespace vcp::dataplane {
namespace {

constexpr uint32_t kMaxDescriptorsPerList = kMaxSegmentsPerBuffer * kMaxBuffersPerList;
// Of a list that is one buffer of one segment.
constexpr uint16_t kWholeList = shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList;

inline bool EndsBuffer(const shm::Submission& segment) {
  return (segment.flags & (shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList)) != 0;
}
// Of buffers whose list completes with a status.
Drop DropOf(Status status) {
  switch (status) {
    case Status::kPaused:
      return Drop::kTxPaused;
    case Status::kResetInProgress:
      return Drop::kTxReset;
    case Status::kNotAccepted:
      return Drop::kTxRemoved;
    case Status::kInvalidState:
      return Drop::kTxNotOwner;
    default:
      return Drop::kTxAborted;
  }
}

inline bool EndsList(const shm::Submission& segment) {
  return (segment.flags & shm::kSubmitEndOfList) != 0;
}

// Counts an SDU under its VC's contract, if that lets it leave now.
inline bool TakeFromContract(const PollContext& core, VcQueue* queue, uint32_t sdu_bytes) {
  const auto cells = static_cast<uint32_t>(qos::CellsOfSdu(sdu_bytes));
  return queue->shaper.Police(core.now_ns, cells, false) == qos::Verdict::kConforming;
}

// Puts the VC's headers before the SDU, which lies at the start of the frame's data, and zeros
// behind it up to Ethernet's minimum (C121).
inline void Encapsulate(const TransmitVc& vc, uint32_t sdu_bytes, rte_mbuf* frame) {
  auto* sdu = rte_pktmbuf_mtod(frame, uint8_t*);
  wire::HeaderTemplate::WriteBefore(vc.header, sdu, sdu_bytes);
  uint32_t frame_bytes = vc.header_bytes + sdu_bytes;
  if (frame_bytes < wire::kMinFrameBytes) {
    std::memset(sdu + sdu_bytes, 0, wire::kMinFrameBytes - frame_bytes);
    frame_bytes = wire::kMinFrameBytes;
  }
  frame->data_off = static_cast<uint16_t>(frame->data_off - vc.header_bytes);
  frame->data_len = static_cast<uint16_t>(frame_bytes);
  frame->pkt_len = frame_bytes;
}

}  // namespace

ChannelService::ChannelService(std::unique_ptr<shm::DaemonChannel> channel, ChannelIndex index,
                               uint32_t core)
    : channel_(std::move(channel)),
      index_(index),
      core_(core),
      vcs_(kMaxVcsPerClient),
      rest_(kMaxVcsPerClient),
      slots_(channel_->layout().receive_slot_count),
      slot_vc_(channel_->layout().receive_slot_count),
      pending_(channel_->layout().submit_capacity),
      free_pending_(0) {
  const shm::ChannelLayout& layout = channel_->layout();
  send_payload_bytes_ = layout.up_size_bytes - layout.up_payload_offset;
  max_receive_bytes_ = layout.max_sdu_bytes;
  receive_slot_bytes_ = layout.receive_slot_bytes;
  for (uint32_t i = 0; i < pending_.size(); ++i) {
    pending_[i].next = i + 1 < pending_.size() ? i + 1 : kNone;
  }
}

// --- submissions --------------------------------------------------------------------------------

uint32_t ChannelService::ServiceSubmissions(const PollContext& core) {
  if (!serving() || !channel_->submit.Ready()) return 0;
  const uint32_t most = core.frames->EnsureSome(kBurst);
  std::array<shm::Submission, kBurst> batch;
  const shm::Submission* lists_end = batch.data();  // behind the last that ends a list
  const auto look_ahead = [&, payload = channel_->send_payload](const shm::Submission& taken) {
    // A wild offset or VC only makes a useless prefetch, which cannot fault.
    rte_prefetch0(payload + taken.offset);
    rte_prefetch0(&vcs_[taken.channel_vc & (kMaxVcsPerClient - 1)]);
    if (EndsList(taken)) lists_end = &taken + 1;
    // A cancel looks through what waits; one such look a turn is enough.
    return (taken.flags & shm::kSubmitCancel) == 0;
  };
  const size_t count = channel_->submit.ReadBatch({batch.data(), most}, look_ahead);
  Sent sent;
  for (const shm::Submission& taken : std::span(batch.data(), count)) {
    if (SendWhole(core, taken, &sent) || SendPaced(core, taken, &sent)) continue;
    TakeSubmission(core, taken, &taken < lists_end);
    if (!serving()) break;
  }
  submitted_lists_.Add(sent.lists);
  completed_lists_.Add(sent.lists);
  transmitted_sdus_.Add(sent.lists);
  transmitted_bytes_.Add(sent.bytes);
  return static_cast<uint32_t>(count);
}

// The common list, one buffer of one segment, when nothing is in its way; anything else takes the
// long way and is judged there.
[[gnu::always_inline]] inline bool ChannelService::SendWhole(const PollContext& core,
                                                             const shm::Submission& submission,
                                                             Sent* sent) {
  TransmitVc* vc = ActiveVc(submission.channel_vc);
  if (list_.open || submission.flags != kWholeList || vc == nullptr || vc->odds != 0) return false;
  TransmitPath& path = core.paths[vc->port];
  if (!MayLeave(*vc, path, submission)) return false;
  SendNow(core, submission, *vc, path, sent);
  return true;
}

// The same on a paced VC, when it conforms to its contract.
bool ChannelService::SendPaced(const PollContext& core, const shm::Submission& submission,
                               Sent* sent) {
  TransmitVc* vc = ActiveVc(submission.channel_vc);
  if (list_.open || submission.flags != kWholeList || vc == nullptr ||
      vc->odds != TransmitVc::kPaced) {
    return false;
  }
  TransmitPath& path = core.paths[vc->port];
  if (!MayLeave(*vc, path, submission) ||
      !TakeFromContract(core, QueueOf(vc->channel_vc), submission.length)) {
    return false;
  }
  SendNow(core, submission, *vc, path, sent);
  return true;
}

[[gnu::always_inline]] inline bool ChannelService::MayLeave(
    const TransmitVc& vc, const TransmitPath& path, const shm::Submission& submission) const {
  return !path.stalled() && InPayload(submission) && submission.length != 0 &&
         submission.length <= vc.max_sdu_bytes;
}

[[gnu::always_inline]] inline void ChannelService::SendNow(const PollContext& core,
                                                           const shm::Submission& submission,
                                                           TransmitVc& vc, TransmitPath& path,
                                                           Sent* sent) {
  rte_mbuf* frame = core.frames->Take();
  CopySdu(rte_pktmbuf_mtod(frame, uint8_t*), channel_->send_payload + submission.offset,
          submission.length);
  StageFrame(vc, path, frame, submission.length);
  channel_->complete.Stage(
      {.cookie = submission.cookie, .status = static_cast<uint16_t>(Status::kSuccess)});
  ++sent->lists;
  sent->bytes += submission.length;
}

inline void ChannelService::TakeSubmission(const PollContext& core,
                                           const shm::Submission& submission, bool whole) {
  if (!list_.open) {
    if ((submission.flags & shm::kSubmitCancel) != 0) return CancelQueued(submission);
    OpenList(core, submission, whole);
  } else if (list_.descriptors == kMaxDescriptorsPerList) {
    return Evict("a buffer list without end");
  }
  ++list_.descriptors;
  switch (list_.mode) {
    case ListMode::kSend:
      AddSegment<false>(core, list_, submission);
      break;
    case ListMode::kQueue:
      Enqueue(submission);
      break;
    case ListMode::kDiscard:
      Discard(submission);
      break;
  }
  if (EndsList(submission)) CloseList(core);
}

inline TransmitVc* ChannelService::ActiveVc(uint32_t channel_vc) {
  const uint32_t index = channel_vc & kVcIndexMask;
  if (index >= vcs_.size() || channel_vc == 0) return nullptr;
  TransmitVc& vc = vcs_[index];
  return vc.channel_vc == channel_vc ? &vc : nullptr;
}

inline void ChannelService::OpenList(const PollContext& core, const shm::Submission& first,
                                     bool whole) {
  submitted_lists_.Add();
  list_ = List{.open = true, .cookie = first.cookie, .vc = ActiveVc(first.channel_vc)};
  if (list_.vc == nullptr) {
    list_.mode = ListMode::kDiscard;
    list_.status = Status::kInvalidState;
    // A VC may have ended while the client sent on it; one that cannot exist is a lie.
    if ((first.channel_vc & kVcIndexMask) >= vcs_.size()) Strike("submissions on impossible VCs");
    return;
  }
  list_.path = &core.paths[list_.vc->port];
  if (list_.path->refusal() != Status::kSuccess && list_.path->Refuses(*QueueOf(first.channel_vc)))
      [[unlikely]] {  // C134, C139, C141
    list_.mode = ListMode::kDiscard;
    list_.status = list_.path->refusal();
    return;
  }
  if (list_.vc->odds != 0 || list_.path->stalled() || !whole) list_.mode = ListMode::kQueue;
}

void ChannelService::CloseList(const PollContext& core) {
  list_.open = false;
  if (list_.mode != ListMode::kQueue) return Complete(list_.cookie, list_.status);
  VcQueue* queue = QueueOf(list_.vc->channel_vc);
  if (queue->head == kNone) {
    queue->head = list_.head;
  } else {
    pending_[queue->tail].next = list_.head;
  }
  queue->tail = list_.tail;
  queue->path = list_.path;
  queue->backlog.Add(list_.queued);
  list_.path->backlog.Add(list_.queued);
  list_.vc->SetQueued(true);
  if (!queue->has_place()) Place(core, *list_.vc, queue);
}

template <bool kMayBeConfirmed>
inline void ChannelService::AddSegment(const PollContext& core, List& list,
                                       const shm::Submission& segment) {
  const TransmitVc& vc = *list.vc;
  if (list.segments == 0) {
    list.sdu_bytes = 0;
    list.buffer_bad = list.buffers == kMaxBuffersPerList;
    if (list.buffer_bad) {  // and takes no frame: there may be no more of them in hand
      SpoilBuffer(list, Drop::kTxBadList, Status::kInvalidLength);
      Strike("lists with too many segments or buffers");
    } else {
      list.frame = core.frames->Take();
      ++list.buffers;
    }
  }
  ++list.segments;
  if (!list.buffer_bad) {
    if (!InPayload(segment)) {
      SpoilBuffer(list, Drop::kTxBadDescriptor, Status::kInvalidData);
      Strike("submissions that point outside the client's memory");
    } else if (list.segments > kMaxSegmentsPerBuffer) {
      SpoilBuffer(list, Drop::kTxBadList, Status::kInvalidLength);
      Strike("lists with too many segments or buffers");
    } else if (list.sdu_bytes + segment.length > vc.max_sdu_bytes) {
      SpoilBuffer(list, Drop::kTxTooBig, Status::kInvalidLength);
    } else {
      CopySdu(rte_pktmbuf_mtod_offset(list.frame, uint8_t*, list.sdu_bytes),
              channel_->send_payload + segment.offset, segment.length);
      list.sdu_bytes += segment.length;
    }
  }
  if (EndsBuffer(segment)) FinishBuffer<kMayBeConfirmed>(core, list);
}

template <bool kMayBeConfirmed>
inline void ChannelService::FinishBuffer(const PollContext& core, List& list) {
  TransmitVc& vc = *list.vc;
  if (!list.buffer_bad && list.sdu_bytes == 0) {
    SpoilBuffer(list, Drop::kTxEmpty, Status::kInvalidLength);
  }
  rte_mbuf* frame = std::exchange(list.frame, nullptr);
  list.segments = 0;
  if (frame == nullptr) return;  // one too many, or given up meanwhile
  if (list.buffer_bad) return core.frames->Give(frame);
  if (kMayBeConfirmed && list.is_confirmed) list.path->sent.Hold(frame, QueueOf(vc.channel_vc));
  StageFrame(vc, *list.path, frame, list.sdu_bytes);
  transmitted_sdus_.Add();
  transmitted_bytes_.Add(list.sdu_bytes);
}

inline void ChannelService::StageFrame(TransmitVc& vc, TransmitPath& path, rte_mbuf* frame,
                                       uint32_t sdu_bytes) {
  Encapsulate(vc, sdu_bytes, frame);
  SetOwner(frame, {index_, vc.channel_vc});
  path.Stage(frame);
  vc.sdus.Add();
  vc.bytes.Add(sdu_bytes);
}

void ChannelService::SpoilBuffer(List& list, Drop drop, Status status) {
  list.buffer_bad = true;
  if (list.status == Status::kSuccess) list.status = status;
  CountUnsent(QueueOf(list.vc->channel_vc), drop);
}

void ChannelService::Discard(const shm::Submission& segment) {
  if (!EndsBuffer(segment)) return;
  const Drop drop = DropOf(list_.status);
  Count(drop);
  // The VC may have ended while its list still arrives.
  const bool is_counted = drop == Drop::kTxNotOwner || drop == Drop::kTxAborted;
  if (!is_counted && list_.vc->channel_vc != 0) CountUnsentOf(QueueOf(list_.vc->channel_vc));
}

inline void ChannelService::Complete(uint32_t cookie, Status status) {
  if (state_ == State::kAbandoned) return;
  completed_lists_.Add();
  channel_->complete.Stage({.cookie = cookie, .status = static_cast<uint16_t>(status)});
}

void ChannelService::ConfirmList(uint32_t cookie, Status status) { Complete(cookie, status); }

// --- lists that wait ----------------------------------------------------------------------------

void ChannelService::Enqueue(const shm::Submission& segment) {
  if (free_pending_ == kNone) return Evict("more submissions outstanding than agreed");
  const uint32_t place = free_pending_;
  free_pending_ = pending_[place].next;
  pending_[place] = {.submission = segment, .next = kNone};
  (list_.head == kNone ? list_.head : pending_[list_.tail].next) = place;
  list_.tail = place;
  list_.queued.buffers += EndsBuffer(segment) ? 1 : 0;
  list_.queued.bytes += segment.length;
}

void ChannelService::Place(const PollContext& core, const TransmitVc& vc, VcQueue* queue) {
  const uint64_t wait_ns = vc.is_paced() ? queue->shaper.WaitNs(core.now_ns) : 0;
  if (wait_ns == 0) return queue->path->Wait(queue);
  queue->paced.Add();
  queue->path->Pace(queue, core.now_ns, wait_ns);
}

// A list of a paced VC that has begun stays the queue's first, under its cookie, until all of it
// has left.
ChannelService::Sending ChannelService::SendQueued(const PollContext& core, VcQueue* queue) {
  if (state_ == State::kAbandoned) AbortQueue(queue);
  if (queue->head == kNone) return Sending::kDone;  // given up meanwhile
  TransmitVc* vc = ActiveVc(queue->channel_vc);
  VCP_CHECK(vc != nullptr);
  const bool by_the_sdu = vc->is_paced();
  if (by_the_sdu && queue->shaper.WaitNs(core.now_ns) != 0) {  // a contract that is new
    Place(core, *vc, queue);
    return Sending::kDone;
  }
  const uint32_t buffers = by_the_sdu ? 1 : BuffersOf(queue->head);
  List list{.vc = vc, .path = &core.paths[vc->port], .is_confirmed = vc->is_confirmed()};
  if (list.is_confirmed && !list.path->sent.HasRoom(buffers + 1)) {
    return Sending::kUnconfirmed;
  }
  if (!core.frames->Ensure(buffers)) return Sending::kNoFrames;
  list.cookie = pending_[queue->head].submission.cookie;
  list.status = queue->begun.status;
  list.buffers = queue->begun.buffers;
  Backlog sent;
  bool more = true;
  for (bool goes_on = true; goes_on;) {
    const uint32_t place = queue->head;
    const shm::Submission segment = pending_[place].submission;
    queue->head = pending_[place].next;
    pending_[place].next = free_pending_;
    free_pending_ = place;
    AddSegment<true>(core, list, segment);
    sent.buffers += EndsBuffer(segment) ? 1 : 0;
    sent.bytes += segment.length;
    more = !EndsList(segment);
    goes_on = more && !(by_the_sdu && EndsBuffer(segment));
  }
  queue->backlog.Take(sent);
  list.path->backlog.Take(sent);
  if (by_the_sdu && !list.buffer_bad) TakeFromContract(core, queue, list.sdu_bytes);
  if (more) {
    queue->begun = {.buffers = list.buffers, .status = list.status};
    pending_[queue->head].submission.cookie = list.cookie;
  } else {
    if (list.is_confirmed) {
      list.path->sent.EndList(queue, list.cookie, list.status);
    } else {
      Complete(list.cookie, list.status);
    }
    queue->EndFirstList();
  }
  vc->SetQueued(queue->head != kNone);
  if (vc->is_queued()) Place(core, *vc, queue);
  return Sending::kDone;
}

uint32_t ChannelService::BuffersOf(uint32_t head) const {
  uint32_t buffers = 0;
  for (bool more = true; more; head = pending_[head].next) {
    const shm::Submission& segment = pending_[head].submission;
    buffers += EndsBuffer(segment) ? 1 : 0;
    more = !EndsList(segment);
  }
  return std::min(buffers, kMaxBuffersPerList);
}

uint32_t ChannelService::ReleaseList(uint32_t head, Backlog* released) {
  for (bool more = true; more && head != kNone;) {
    const uint32_t place = head;
    const shm::Submission& segment = pending_[place].submission;
    more = !EndsList(segment);
    released->buffers += EndsBuffer(segment) ? 1 : 0;
    released->bytes += segment.length;
    head = pending_[place].next;
    pending_[place].next = free_pending_;
    free_pending_ = place;
  }
  return head;
}

void ChannelService::RefuseQueued(VcQueue* queue, Status status) {
  AbortQueue(queue, status);
  if (TransmitVc* vc = ActiveVc(queue->channel_vc); vc != nullptr) vc->SetQueued(false);
}

void ChannelService::AbortQueue(VcQueue* queue, Status status) {
  Backlog released;
  while (queue->head != kNone) {
    const uint32_t cookie = pending_[queue->head].submission.cookie;
    queue->head = ReleaseList(queue->head, &released);
    Complete(cookie, status);
  }
  queue->tail = kNone;
  queue->EndFirstList();
  CountGivenUp(queue, DropOf(status), released);
}

void ChannelService::CountGivenUp(VcQueue* queue, Drop drop, const Backlog& released) {
  CountUnsent(queue, drop, released.buffers);
  queue->backlog.Take(released);
  if (queue->path != nullptr) queue->path->backlog.Take(released);
}

void ChannelService::CancelQueued(const shm::Submission& cancel) {
  TransmitVc* vc = ActiveVc(cancel.channel_vc);
  Status status = Status::kNotFound;
  if (vc != nullptr && vc->is_queued()) {
    VcQueue* queue = QueueOf(vc->channel_vc);
    uint32_t last_kept = kNone;  // last descriptor of the list before
    for (uint32_t head = queue->head; head != kNone && status != Status::kSuccess;) {
      if (pending_[head].submission.cookie == cancel.offset) {
        Backlog released;
        const uint32_t next = ReleaseList(head, &released);
        (last_kept == kNone ? queue->head : pending_[last_kept].next) = next;
        if (next == kNone) queue->tail = last_kept;
        if (last_kept == kNone) queue->EndFirstList();
        CountGivenUp(queue, Drop::kTxAborted, released);
        Complete(cancel.offset, Status::kSendAborted);
        status = Status::kSuccess;
      } else {
        while (!EndsList(pending_[head].submission)) head = pending_[head].next;
        last_kept = head;
        head = pending_[head].next;
      }
    }
    if (queue->head == kNone) {
      vc->SetQueued(false);
      queue->path->Forget(queue);
    }
  }
  Complete(cancel.cookie, status);
}

void ChannelService::GiveUpOpenList(Status status) {
  if (!list_.open || list_.mode == ListMode::kDiscard) return;
  rte_pktmbuf_free(std::exchange(list_.frame, nullptr));
  Backlog released;
  if (list_.mode == ListMode::kQueue) ReleaseList(list_.head, &released);
  CountUnsent(QueueOf(list_.vc->channel_vc), Drop::kTxAborted, released.buffers);
  list_.mode = ListMode::kDiscard;
  list_.status = status;
}

// --- commands -----------------------------------------------------------------------------------

void ChannelService::SetVc(const PollContext& core, const VcProgram& program,
                           const MacAddress& source_mac, VcQueue* queue) {
  const uint32_t index = program.channel_vc & kVcIndexMask;
  VcRest& rest = rest_[index];
  rest.queue = queue;
  rest.port = program.port;
  rest.stamps = program.stamps_receives;
  rest.takes_errored = program.indicates_errored;
  if (!program.transmit) return;
  const wire::HeaderTemplate headers(wire::FrameHeader{
      .destination = program.peer_mac, .source = source_mac, .label = program.transmit_label});
  TransmitVc& vc = vcs_[index];
  vc.channel_vc = program.channel_vc;
  vc.port = static_cast<uint8_t>(program.port);
  vc.header_bytes = headers.size_bytes;
  vc.max_sdu_bytes =
      program.max_transmit_bytes != 0 ? program.max_transmit_bytes : program.max_sdu_bytes;
  vc.header = headers.bytes;
  vc.SetPaced(program.shaper.has_value());
  if (vc.is_confirmed() && !program.confirms_sends) {  // what is under way may complete, too
    core.paths[program.port].sent.GiveUpOf(queue, Status::kSuccess);
  }
  vc.SetConfirmed(program.confirms_sends);
  if (program.shaper) queue->shaper.ChangeTo(*program.shaper, core.now_ns);
  if (!queue->is_set()) return;  // what waits for its path is judged when it leaves
  queue->path->Forget(queue);
  Place(core, vc, queue);
}

void ChannelService::EndVc(const PollContext& core, uint32_t channel_vc) {
  VcRest& rest = rest_[channel_vc & kVcIndexMask];
  if (TransmitVc* vc = ActiveVc(channel_vc); vc != nullptr) {
    if (list_.vc == vc) GiveUpOpenList(Status::kSendAborted);
    AbortQueue(rest.queue);
    core.paths[vc->port].Forget(rest.queue);
    core.paths[vc->port].sent.GiveUpOf(rest.queue, Status::kSendAborted);
    Count(Drop::kTxUnsent, core.paths[vc->port].Purge({index_, channel_vc}));
    *vc = TransmitVc{};
  }
  rest = VcRest{};
}

void ChannelService::Abandon() {
  GiveUpOpenList(Status::kSendAborted);
  list_.open = false;
  returned_sdus_.Add(slots_.held());
  state_ = State::kAbandoned;
}

void ChannelService::Strike(const char* reason) {
  if (++strikes_ >= kMaxStrikes) Evict(reason);
}

void ChannelService::Evict(const char* reason) {
  if (state_ != State::kServing) return;
  GiveUpOpenList(Status::kSendAborted);
  state_ = State::kEvicted;
  evict_reason_ = reason;
}

void ChannelService::AddVcCounters(uint32_t channel_vc, VcCounters* counters) const {
  const TransmitVc& sent = vcs_[channel_vc & kVcIndexMask];
  counters->transmitted_sdus += sent.sdus.Read();
  counters->transmitted_bytes += sent.bytes.Read();
  rest_[channel_vc & kVcIndexMask].handed_over.AddTo(counters);
}

ChannelCounters ChannelService::ReadCounters() const {
  ChannelCounters counters{.submitted_lists = submitted_lists_.Read(),
                           .completed_lists = completed_lists_.Read(),
                           .transmitted_sdus = transmitted_sdus_.Read(),
                           .transmitted_bytes = transmitted_bytes_.Read(),
                           .received_sdus = received_sdus_.Read(),
                           .received_bytes = received_bytes_.Read(),
                           .wakes = wakes_.Read()};
  counters.receives_outstanding = counters.received_sdus - returned_sdus_.Read();
  for (size_t i = 0; i < kDropCount; ++i) counters.drops[i] = drops_[i].Read();
  return counters;
}

}  // namespace vcp::dataplane
