// A poll core's way to one port: straight to the driver on the core that owns the port, through a
// queue to that core from any other. Frames that the way does not take at once stay here, in order,
// and the path counts as stalled until they are gone; meanwhile lists wait in their VC's queue. So
// they do while the port's link is down, and while their VC's contract does not let them leave:
// then the queue's place is on a timing wheel, until its first SDU conforms.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "base/check.h"
#include "base/counter.h"
#include "base/limits.h"
#include "base/spsc_queue.h"
#include "base/status.h"
#include "dataplane/sent_frames.h"
#include "dataplane/vc_program.h"
#include "port/port.h"
#include "qos/gcra.h"
#include "qos/pacing_wheel.h"

struct rte_mbuf;

namespace vcp::dataplane {

class ChannelService;
struct PortService;

struct FrameOwner;

// Frames from one poll core to another, at most so many.
using FrameQueue = SpscQueue<rte_mbuf*>;
inline constexpr size_t kHandoffFrames = 1024;

// A backlog as its poll core keeps it; anyone may read it.
class BacklogCounter {
 public:
  void Add(const Backlog& more) {
    buffers_.Add(more.buffers);
    bytes_.Add(more.bytes);
  }
  void Take(const Backlog& less) {
    buffers_.Add(0 - less.buffers);
    bytes_.Add(0 - less.bytes);
  }
  Backlog Read() const { return {buffers_.Read(), bytes_.Read()}; }

 private:
  Counter buffers_;
  Counter bytes_;
};

class TransmitPath;

// Lists of one VC that wait, as descriptors in the channel's pending store. It has a place with its
// path: among those that wait for it, or on its wheel. Cold, if the VC is not paced: touched only
// while something waits or is dropped.
struct VcQueue : qos::PacingTimer {
  bool has_place() const { return waiting || is_set(); }

  uint32_t head = ~uint32_t{0};
  uint32_t tail = ~uint32_t{0};
  bool waiting = false;       // linked into its path
  bool is_signaling = false;  // waits as the first
  VcQueue* next_waiting = nullptr;
  VcQueue* previous_waiting = nullptr;
  ChannelService* channel = nullptr;
  uint32_t channel_vc = 0;
  TransmitPath* path = nullptr;  // once something waited
  BacklogCounter backlog;
  Counter drops;  // submitted buffers of the VC that did not become frames
  Counter paced;  // SDUs that had to wait for their contract
  // Of a paced VC, whose lists leave by the SDU: what has become of the first one so far.
  struct Begun {
    uint32_t buffers = 0;
    Status status = Status::kSuccess;
  };
  Begun begun;
  // Of that list. A list that was given up, or has left, is followed by the next number.
  uint32_t list_number = 0;
  void EndFirstList() {
    begun = {};
    ++list_number;
  }
  qos::DualGcra shaper;
};

class TransmitPath {
 public:
  static constexpr uint16_t kBurst = 32;
  // Less than a burst, and what goes on top of it before anybody looks for a stall again: the
  // largest list, or a burst from another core. A list is never split by a stall.
  static constexpr uint16_t kStagedFrames = 128;
  static_assert(kStagedFrames >= kBurst + kMaxBuffersPerList);

  void OpenLocal(PortService* port) { local_ = port; }
  void OpenRemote(FrameQueue* handoff, uint32_t core) {
    remote_ = handoff;
    remote_core_ = core;
  }
  // The core that the frames go to is told by whoever asks here.
  bool TakeHandedOver() { return std::exchange(handed_over_, false); }
  uint32_t remote_core() const { return remote_core_; }
  bool is_remote() const { return remote_ != nullptr; }
  // Whether a Flush would do something, as far as one can tell: a driver is asked by trying.
  bool CanHandOver() const { return count_ != 0 && remote_->size() < remote_->capacity(); }
  // Whether frames leave at all: if not, lists wait, what is staged for the driver is dropped, and
  // nobody waits for what has left to be given back.
  void SetUp(bool up);
  bool up() const { return up_; }
  // What lists for it complete with, kSuccess: they are taken. Frames that are staged still go.
  void SetRefusal(Status refusal);
  Status refusal() const { return refusal_; }
  // A pause or a reset is none to signaling, which keeps the link alive.
  bool Refuses(const VcQueue& queue) const {
    if (queue.is_signaling && refusal_ != Status::kNotAccepted) return false;
    return refusal_ != Status::kSuccess;
  }
  bool has_waiting() const { return first_waiting_ != nullptr; }
  // Besides signaling, which is always the first and never paced.
  bool HasClientsWaiting() const {
    if (has_paced()) return true;
    return first_waiting_ != nullptr &&
           (!first_waiting_->is_signaling || first_waiting_->next_waiting != nullptr);
  }
  // Whether new lists wait, or are refused; and whether that is because staged frames did not
  // leave.
  bool stalled() const { return stalled_; }
  bool full() const { return full_; }
  bool idle() const { return count_ == 0 && first_waiting_ == nullptr; }

  // Takes a frame; it goes out with the next full burst or Flush.
  void Stage(rte_mbuf* frame) {
    staged_[count_++] = frame;
    if (count_ < kBurst) return;
    if (!full_) Flush();
    VCP_CHECK(count_ < kStagedFrames);
  }
  // Returns how many went.
  uint32_t Flush();
  // Frees what is staged of one VC; returns how many frames that were.
  uint32_t Purge(const FrameOwner& owner);
  // Frees and counts frames of a way that is down; on the port's core.
  void DropForNoLink(std::span<rte_mbuf*> frames);

  // Queues that wait for this path: signaling, then first come first served.
  void Wait(VcQueue* queue);
  void WaitAsFirst(VcQueue* queue);
  VcQueue* NextWaiting();
  // Queues whose contract lets nothing leave until `wait_ns` from now.
  void Pace(VcQueue* queue, uint64_t now_ns, uint64_t wait_ns);
  bool has_paced() const { return !wheel_.empty(); }
  // Those whose time has come wait from now on; returns how many were looked at, not more than a
  // burst.
  uint32_t ReleaseDue(uint64_t now_ns);
  // When that has something to do next; kNothing: never.
  uint64_t NextDueNs() const { return wheel_.NextNs(); }
  // The next that waits, or any that is paced.
  VcQueue* NextOfAll();
  // Takes a queue from its place, if it has one.
  void Forget(VcQueue* queue);
  // Of all queues that wait for it.
  BacklogCounter backlog;
  // What has left for it, of VCs whose lists complete when it comes back.
  SentFrames sent;

 private:
  uint16_t Transmit();
  void SetFull(bool full) {
    full_ = full;
    stalled_ = full || !up_ || refusal_ != Status::kSuccess;
  }

  PortService* local_ = nullptr;
  FrameQueue* remote_ = nullptr;
  uint32_t remote_core_ = 0;
  bool handed_over_ = false;  // something, since it was asked last
  bool up_ = true;
  bool full_ = false;     // staged frames did not leave at once
  bool stalled_ = false;  // that, or nothing leaves, or nothing is taken
  Status refusal_ = Status::kSuccess;
  uint16_t count_ = 0;
  VcQueue* first_waiting_ = nullptr;
  VcQueue* last_waiting_ = nullptr;
  qos::PacingWheel<VcQueue> wheel_;
  rte_mbuf* staged_[kStagedFrames];
};

}  // namespace vcp::dataplane
