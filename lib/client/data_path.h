// The library's end of a channel: send slots, lists in flight, received slots. Takes what the
// application submits, in bursts, without a system call unless the daemon sleeps. One thread.
//
// Credit needs no shared position (shm/channel_abi.h): a list takes its descriptors' worth of the
// submit ring from Submit to its completion.
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
  // `vcs` outlives the data path. `epoch` tells received slots of different channels apart.
  DataPath(std::unique_ptr<shm::ClientChannel> channel, VcTable* vcs, uint16_t epoch);

  size_t Allocate(vcp_segment* segments, size_t count);
  void Free(const vcp_segment* segments, size_t count);
  size_t Submit(const vcp_send_list* lists, size_t count, vcp_status* why);
  vcp_status Send(uint32_t vc, const void* data, size_t size_bytes, uint64_t cookie);
  size_t Completions(vcp_completion* completions, size_t count);
  size_t Receive(vcp_received* received, size_t count);
  void Return(const vcp_received* received, size_t count);
  vcp_status Cancel(uint32_t vc, uint64_t cancel_id);
  void Flush();

  // Takes completions off the ring, for Completions to give out later.
  void CollectCompletions();
  // Whether Receive or Completions would give anything.
  bool Ready() const;
  // Says that the application is about to sleep, or that it is awake again.
  void SetSleeps(bool sleeps);
  void DrainWakes() { channel_->DrainWakes(); }
  int wake_fd() const { return channel_->wake_fd(); }
  // The daemon is gone: every list in flight completes as VCP_DISCONNECTED, nothing is sent any
  // more, and what was received stays readable.
  void Disconnect();
  const shm::ChannelLayout& layout() const { return channel_->layout(); }

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};
  // A list in flight, or a free place. Its ring cookie is index and generation, 16 bits each.
  struct List {
    uint64_t cookie = 0;
    uint64_t cancel_id = 0;
    uint32_t vc = 0;
    uint32_t first_slot = kNone;  // its slots are chained in next_slot_
    uint32_t next_free = kNone;
    uint16_t descriptors = 0;  // 0: free
    uint16_t generation = 0;
  };

  vcp_status CheckVc(uint32_t vc, Vc** found) const;
  vcp_status CheckSegments(const vcp_send_list& list, const Vc& vc) const;
  vcp_status SubmitOne(const vcp_send_list& list);
  uint32_t TakeList(uint32_t vc, uint64_t cookie, uint64_t cancel_id, uint16_t descriptors);
  void Stage(uint32_t list, Vc* vc, uint32_t offset, uint32_t length, uint16_t flags);
  // False for completions that say nothing to the application.
  bool Finish(const shm::Completion& completion, vcp_completion* out);
  uint32_t SlotOf(const vcp_segment& segment) const { return segment.flags >> kSlotShift; }
  uint32_t OffsetOf(const vcp_segment& segment) const {
    return static_cast<uint32_t>(static_cast<const uint8_t*>(segment.data) -
                                 channel_->send_payload);
  }
  static uint16_t RingCookieGeneration(uint32_t cookie) {
    return static_cast<uint16_t>(cookie >> 16);
  }
  // vcp_segment.flags: the library's slot number above the application's flags.
  static constexpr uint32_t kSlotShift = 8;

  std::unique_ptr<shm::ClientChannel> channel_;
  VcTable* vcs_;
  uint16_t epoch_;
  bool connected_ = true;
  uint32_t credit_;  // submit ring descriptors
  uint32_t free_list_ = 0;
  std::vector<List> lists_;
  std::vector<uint32_t> next_slot_;
  shm::SlotMap send_slots_;
  std::deque<vcp_completion> collected_;
};

}  // namespace vcp::client
