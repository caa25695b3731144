// A channel as its poll core serves it: takes submissions and turns them into frames, delivers SDUs
// into receive slots, takes returned slots back. Everything the client wrote is read once, by
// value, and checked before use; a client that keeps lying is served no more. All state here is the
// daemon's own. Belongs to one poll core; counters may be read by anyone.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/counter.h"
#include "base/status.h"
#include "dataplane/counters.h"
#include "dataplane/frame_reserve.h"
#include "dataplane/tables.h"
#include "dataplane/transmit_path.h"
#include "dataplane/vc_program.h"
#include "shm/channel.h"
#include "shm/slot_map.h"

namespace vcp::dataplane {

// What a channel needs of its poll core.
struct PollContext {
  TransmitPath* paths;  // by port
  FrameReserve* frames;
  uint64_t now_ns;  // of this turn, for pacing
};

// An SDU that was received for a VC of a channel.
struct Arrival {
  uint32_t channel_vc;
  uint32_t length;  // no more than the channel's max_receive_bytes
  const uint8_t* sdu;
  ReceiveCounters* counters;
};

class ChannelService {
 public:
  static constexpr uint32_t kBurst = 32;

  // `core` is the index of the poll core that serves the channel.
  ChannelService(std::unique_ptr<shm::DaemonChannel> channel, ChannelIndex index, uint32_t core);

  // --- each turn ---------------------------------------------------------------------------------
  // Takes up to a burst of submissions; returns how many.
  uint32_t ServiceSubmissions(const PollContext& core);
  // Takes returned slots when it is worth it, or always when `eagerly`; returns how many.
  uint32_t ServiceReturns(bool eagerly);
  // Copies SDUs into the client's next receive slots, or drops them; counts either, here and there.
  // `time_us` is what the client is told of when they came; 0: it did not ask.
  void Deliver(std::span<const Arrival> arrivals, uint32_t time_us = 0);
  // The same for a single one, which may be stamped with the time;
  void DeliverOne(const Arrival& arrival, bool stamped);
  // and be damaged, which the client is told, too.
  void DeliverErrored(const Arrival& arrival, bool stamped);
  // The same for one that another core left here.
  void DeliverHandedOver(uint32_t channel_vc, const rte_mbuf* frame);
  // The longest that a receive slot holds.
  uint32_t max_receive_bytes() const { return max_receive_bytes_; }
  // Sends one waiting list of a queue whose path is free again; if the VC is paced, one SDU of it.
  // kNoFrames, kUnconfirmed: not now, for want of frames, or because too much of what has left is
  // not confirmed; the queue has no place then.
  enum class Sending : uint8_t { kDone, kNoFrames, kUnconfirmed };
  Sending SendQueued(const PollContext& core, VcQueue* queue);
  // Gives up what waits in a queue whose path refuses it with this status.
  void RefuseQueued(VcQueue* queue, Status status);
  // Completes a list whose frames have all come back from their port, or never will.
  void ConfirmList(uint32_t cookie, Status status);
  // Makes this turn's completions and receptions visible and wakes a sleeping client.
  void Publish();

  // Control thread, before kSetVc.
  void PrepareVc(uint32_t channel_vc) {
    vcs_.Prepare(channel_vc & kVcIndexMask);
    rest_.Prepare(channel_vc & kVcIndexMask);
  }

  // --- commands of the control thread ------------------------------------------------------------
  // Begins a VC, or gives one that goes on new parameters, which count for what waits, too.
  void SetVc(const PollContext& core, const VcProgram& program, const MacAddress& source_mac,
             VcQueue* queue);
  // Nothing is taken for the VC from now on; what waited is given up, and what had not left this
  // core is freed.
  void EndVc(const PollContext& core, uint32_t channel_vc);
  // Whether the client still holds receives of this VC. Looks through all slots: once is enough for
  // as long as returned_sdus says the same.
  bool HoldsReceives(uint32_t channel_vc) const;
  // The same for all VCs of a port.
  bool HoldsReceivesOf(PortIndex port) const;
  uint64_t returned_sdus() const { return returned_sdus_.Read(); }
  // The client is gone: nothing is read from or written to its memory any more, and what it held
  // counts as returned.
  void Abandon();

  // --- state -------------------------------------------------------------------------------------
  bool serving() const { return state_ == State::kServing; }
  // Why the client is served no more; said once, else null.
  const char* TakeEvictReason() { return std::exchange(evict_reason_, nullptr); }
  uint32_t core() const { return core_; }
  bool HasWork() const;
  shm::DaemonChannel& channel() { return *channel_; }
  ChannelIndex index() const { return index_; }
  // Adds what was counted of an active VC here.
  void AddVcCounters(uint32_t channel_vc, VcCounters* counters) const;
  ChannelCounters ReadCounters() const;
  // Of the channel's VCs on a port, past ones too.
  PortLosses ReadLosses(PortIndex port) const {
    return {losses_[port].unsent.Read(), losses_[port].undelivered.Read(),
            losses_[port].errored.Read()};
  }

 private:
  enum class State { kServing, kEvicted, kAbandoned };
  enum class ListMode { kSend, kQueue, kDiscard };
  static constexpr uint32_t kNone = ~uint32_t{0};
  // Lies that a client gets away with; a broken client is told apart from an unlucky one.
  static constexpr uint32_t kMaxStrikes = 64;

  struct Pending {
    shm::Submission submission;
    uint32_t next;
  };
  // The list being taken. It may arrive over several bursts, and is then queued, not sent piece by
  // piece: what is begun on a path is always finished before another list looks at the path.
  struct List {
    bool open = false;
    ListMode mode = ListMode::kSend;
    Status status = Status::kSuccess;
    uint32_t cookie = 0;
    TransmitVc* vc = nullptr;
    TransmitPath* path = nullptr;
    bool is_confirmed = false;  // its frames are waited for
    uint32_t buffers = 0;
    uint32_t descriptors = 0;
    // The buffer being gathered.
    rte_mbuf* frame = nullptr;
    uint32_t segments = 0;
    uint32_t sdu_bytes = 0;
    bool buffer_bad = false;
    // The chain being queued.
    uint32_t head = kNone;
    uint32_t tail = kNone;
    Backlog queued = {};
  };

  struct Losses {  // as PortLosses
    Counter unsent;
    Counter undelivered;
    Counter errored;
  };

  // What of a burst has left so far.
  struct Sent {
    uint32_t lists = 0;
    uint32_t bytes = 0;
  };

  bool SendWhole(const PollContext& core, const shm::Submission& submission, Sent* sent);
  bool SendPaced(const PollContext& core, const shm::Submission& submission, Sent* sent);
  bool MayLeave(const TransmitVc& vc, const TransmitPath& path,
                const shm::Submission& submission) const;
  void SendNow(const PollContext& core, const shm::Submission& submission, TransmitVc& vc,
               TransmitPath& path, Sent* sent);
  void StageFrame(TransmitVc& vc, TransmitPath& path, rte_mbuf* frame, uint32_t sdu_bytes);
  void TakeSubmission(const PollContext& core, const shm::Submission& submission, bool whole);
  void OpenList(const PollContext& core, const shm::Submission& first, bool whole);
  void CloseList(const PollContext& core);
  // Lists that are confirmed have waited; what is sent at once is not looked at for that.
  template <bool kMayBeConfirmed>
  void AddSegment(const PollContext& core, List& list, const shm::Submission& segment);
  template <bool kMayBeConfirmed>
  void FinishBuffer(const PollContext& core, List& list);
  void Enqueue(const shm::Submission& segment);
  // Gives a queue its place: it waits for its path, or until its contract lets the first SDU leave.
  static void Place(const PollContext& core, const TransmitVc& vc, VcQueue* queue);
  void Discard(const shm::Submission& segment);
  void SpoilBuffer(List& list, Drop drop, Status status);
  void GiveUpOpenList(Status status);
  void CancelQueued(const shm::Submission& cancel);
  void AbortQueue(VcQueue* queue, Status status = Status::kSendAborted);
  // Frames that the list that starts at `head` takes at most.
  uint32_t BuffersOf(uint32_t head) const;
  // Frees the descriptors of the list that starts at `head`, and adds what it was; returns where
  // the next one starts.
  uint32_t ReleaseList(uint32_t head, Backlog* released);
  // Of a queue whose lists were counted as waiting.
  void CountGivenUp(VcQueue* queue, Drop drop, const Backlog& released);
  void Complete(uint32_t cookie, Status status);
  TransmitVc* ActiveVc(uint32_t channel_vc);
  bool InPayload(const shm::Submission& segment) const {
    return uint64_t{segment.offset} + segment.length <= send_payload_bytes_;
  }
  void Count(Drop drop, uint64_t count = 1) { drops_[static_cast<size_t>(drop)].Add(count); }
  void CountUnsent(VcQueue* queue, Drop drop, uint64_t buffers = 1) {
    Count(drop, buffers);
    CountUnsentOf(queue, buffers);
  }
  void CountUnsentOf(VcQueue* queue, uint64_t buffers = 1) {
    queue->drops.Add(buffers);
    LossesOf(queue->channel_vc).unsent.Add(buffers);
  }
  Losses& LossesOf(uint32_t channel_vc) { return losses_[rest_[channel_vc & kVcIndexMask].port]; }
  VcQueue* QueueOf(uint32_t channel_vc) { return rest_[channel_vc & kVcIndexMask].queue; }
  void Fill(const Arrival& arrival, uint32_t slot, uint8_t* payload, uint32_t time_us,
            uint16_t flags);
  void DropAll(std::span<const Arrival> arrivals, Drop drop);
  void Strike(const char* reason);
  void Evict(const char* reason);

  std::unique_ptr<shm::DaemonChannel> channel_;
  ChannelIndex index_;
  uint32_t core_;
  State state_ = State::kServing;
  const char* evict_reason_ = nullptr;
  uint32_t strikes_ = 0;
  uint64_t send_payload_bytes_;
  uint32_t max_receive_bytes_;
  uint32_t receive_slot_bytes_;
  List list_;  // the one being read from the submit ring
  TransmitTable vcs_;
  RestTable rest_;
  shm::SlotMap slots_;
  std::vector<uint32_t> slot_vc_;  // who a held slot was delivered to; 0: free
  std::vector<Pending> pending_;   // as many as the client may have outstanding
  uint32_t free_pending_;

  Counter submitted_lists_;
  Counter completed_lists_;
  Counter transmitted_sdus_;
  Counter transmitted_bytes_;
  Counter received_sdus_;
  Counter received_bytes_;
  Counter wakes_;
  Counter returned_sdus_;
  std::array<Counter, kDropCount> drops_;
  std::array<Losses, kMaxPorts> losses_;  // by the VC's port
};

}  // namespace vcp::dataplane
