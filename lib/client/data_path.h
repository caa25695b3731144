// The library's end of a channel: send segments, lists in flight, received slots. Takes what the
// application submits, in bursts, without a system call unless the daemon sleeps. One thread.
//
// Each segment is a slot of its own, and a list in flight is named by its first one: there is no
// other table of lists. Slots also are the credit. There is one fewer than the submit ring takes,
// so that a cancel always finds room, if need be after others. Only while cancels are under way can
// the ring be full before the slots are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "client/vc_table.h"
#include "client/vcplane.h"
#include "shm/channel.h"
#include "shm/slot_map.h"

namespace vcp::client {

class DataPath {
 public:
  // The layout is one that IsUsable said yes to. `vcs` outlives the data path. `epoch` tells
  // received slots of different channels apart.
  DataPath(std::unique_ptr<shm::ClientChannel> channel, VcTable* vcs, uint16_t epoch);
  // Whether what a daemon says of its memory makes sense.
  static bool IsUsable(const shm::ChannelLayout& layout);

  // --- the application's calls (vcplane.h) -------------------------------------------------------
  size_t Allocate(vcp_segment* segments, size_t count);
  void Free(const vcp_segment* segments, size_t count);
  size_t Submit(const vcp_send_list* lists, size_t count, vcp_status* why);
  vcp_status Send(uint32_t vc, const void* data, size_t size_bytes, uint64_t cookie);
  size_t Completions(vcp_completion* completions, size_t count);
  size_t Receive(vcp_received* received, size_t count);
  void Return(const vcp_received* received, size_t count);
  vcp_status Cancel(uint32_t vc, uint64_t cancel_id);
  void Flush();

  // --- for the client ----------------------------------------------------------------------------
  uint32_t max_sdu_bytes() const { return channel_->layout().max_sdu_bytes; }
  uint32_t send_slots() const { return send_map_.size(); }
  // Takes completions off the ring, for Completions to give out later.
  void CollectCompletions();
  // Returns what came on VCs that are being closed and is not taken yet; the daemon waits for it.
  void ReturnUnwanted();
  // Whether Receive or Completions would give anything.
  bool Ready() const;
  // Says that the application is about to sleep, or that it is awake again.
  void SetSleeps(bool sleeps);
  void DrainWakes() { channel_->DrainWakes(); }
  int wake_fd() const { return channel_->wake_fd(); }
  // The daemon is gone: every list in flight completes as VCP_DISCONNECTED, nothing is sent or
  // received any more, and what is held stays good memory.
  void Disconnect();
  // Gives out the completions that `former` still has, before its own.
  void Inherit(DataPath* former) { collected_.swap(former->collected_); }

 private:
  enum class Use : uint8_t { kFree, kHeld, kSubmitted };  // kHeld: by the application
  static constexpr uint16_t kNone = 0xffff;
  // On the ring a list is its first slot and that slot's generation, 16 bits each; a cancel is
  // this.
  static constexpr uint32_t kCancelCookie = kNone;

  // A send slot; cookie to is_first say something about a list in its first slot only.
  struct Slot {
    uint64_t cookie = 0;
    uint64_t cancel_id = 0;
    uint32_t vc = 0;
    uint16_t generation = 0;
    bool is_first = false;
    bool cancel_wanted = false;
    uint16_t next = kNone;  // of the list
    Use use = Use::kFree;
  };
  static_assert(sizeof(Slot) == 32);

  vcp_status CheckVc(uint32_t vc, Vc** found) const;
  // Segments alone never overrun the ring; beside cancels they might.
  bool HasRoomFor(uint64_t segments) const {
    return cancels_submitted_ == 0 ||
           submitted_ + cancels_submitted_ + segments <= channel_->layout().submit_capacity;
  }
  bool Locate(const vcp_segment& segment, uint32_t* slot) const;
  vcp_status CheckSegments(const vcp_send_list& list, const Vc& vc, uint16_t* slots);
  vcp_status SubmitWhole(const vcp_send_list& list);
  vcp_status SubmitSegments(const vcp_send_list& list);
  void StartList(uint16_t slot, Vc* vc, uint64_t cookie, uint64_t cancel_id);
  void Stage(const Vc& vc, uint16_t first, uint64_t offset, uint32_t length, uint16_t flags);
  // False for completions that say nothing to the application.
  bool Finish(const shm::Completion& completion, vcp_completion* out);
  void FinishList(uint16_t first, vcp_status status, vcp_completion* out);
  void StageWantedCancels();
  uint8_t* DataOf(uint32_t slot) const {
    return channel_->send_payload + uint64_t{slot} * slot_bytes_;
  }
  uint32_t RingCookie(uint16_t first) const {
    return first | uint32_t{slots_[first].generation} << 16;
  }
  bool NextReception(shm::RingReader<shm::Reception>* ring, shm::Reception* reception);
  void ReturnSlot(uint32_t slot);

  std::unique_ptr<shm::ClientChannel> channel_;
  VcTable* vcs_;
  const uint16_t epoch_;
  bool connected_ = true;
  const uint32_t slot_bytes_;
  const uint64_t slot_of_offset_;  // reciprocal: see Locate
  uint32_t submitted_ = 0;         // segments
  uint32_t cancels_submitted_ = 0;
  uint32_t cancels_wanted_ = 0;
  std::vector<Slot> slots_;
  shm::SlotMap send_map_;
  std::vector<uint8_t> received_held_;  // by the application, by slot
  std::deque<vcp_completion> collected_;
  std::deque<shm::Reception> set_aside_;  // taken off the ring before the application asked
};

}  // namespace vcp::client
