// The application's VCs, in one flat array: a send or a receive finds its VC with one look. One
// thread.
#pragma once

#include <cstdint>
#include <vector>

#include "base/handle.h"
#include "base/limits.h"

namespace vcp::client {

enum class VcState : uint8_t {
  kFree,
  kCreating,
  kIdle,        // ours, no call on it
  kMaking,      // a call of ours is being set up
  kOffered,     // a call from elsewhere awaits the application's answer
  kAccepted,    // answered, not connected yet
  kConnected,   // data may flow
  kPeerClosed,  // the other side closed; the application has to
  kClosing,
  kReleased,  // the call is over on a VC that the call manager made
  kDeleting,
};

// Half a cache line, so that an index becomes an address by a shift.
struct alignas(32) Vc {
  uint32_t handle = 0;      // the library's
  uint32_t channel_vc = 0;  // the daemon's; 0 while being created
  uint32_t af = 0;          // the library's
  uint32_t max_sdu_bytes = 0;
  uint32_t outstanding = 0;  // lists submitted and not completed
  uint32_t generation = 1;
  VcState state = VcState::kFree;
  VcState before_close = VcState::kFree;  // where a close that is refused leads back to
  bool made_here = false;
};

class VcTable {
 public:
  using VcHandle = vcp::Handle<Vc>;

  // Null when the application has as many VCs as it may.
  Vc* Insert() {
    uint32_t index;
    if (!free_.empty()) {
      index = free_.back();
      free_.pop_back();
    } else if (vcs_.size() < kMaxVcsPerClient) {
      index = static_cast<uint32_t>(vcs_.size());
      vcs_.emplace_back();
    } else {
      return nullptr;
    }
    const uint32_t generation = vcs_[index].generation;
    vcs_[index] = Vc{.handle = VcHandle(index, generation).value(), .generation = generation};
    return &vcs_[index];
  }

  // Null for a handle that is none of ours.
  Vc* Find(uint32_t handle) {
    const uint32_t index = VcHandle::FromValue(handle).index();
    if (handle == 0 || index >= vcs_.size() || vcs_[index].handle != handle) return nullptr;
    return &vcs_[index];
  }

  // Joins the VC with its name in the channel.
  void Join(Vc* vc, uint32_t channel_vc) {
    const uint32_t index = VcHandle::FromValue(channel_vc).index();
    if (index >= by_channel_.size()) by_channel_.resize(index + 1);
    by_channel_[index] = VcHandle::FromValue(vc->handle).index();
    vc->channel_vc = channel_vc;
  }

  // Null when the daemon names a VC that is gone here.
  Vc* FindByChannelVc(uint32_t channel_vc) {
    const uint32_t index = VcHandle::FromValue(channel_vc).index();
    if (index >= by_channel_.size() || channel_vc == 0) return nullptr;
    Vc* vc = &vcs_[by_channel_[index]];  // somebody's, perhaps a later one's
    return vc->channel_vc == channel_vc ? vc : nullptr;
  }

  void Erase(Vc* vc) {
    const uint32_t index = VcHandle::FromValue(vc->handle).index();
    const uint32_t next = vc->generation == VcHandle::kMaxGeneration ? 1 : vc->generation + 1;
    *vc = Vc{.generation = next};
    free_.push_back(index);
  }

  // The visitor may erase the VC that it sees.
  template <typename Visitor>
  void ForEach(Visitor&& visit) {
    for (Vc& vc : vcs_) {
      if (vc.state != VcState::kFree) visit(vc);
    }
  }

 private:
  std::vector<Vc> vcs_;
  std::vector<uint32_t> free_;
  std::vector<uint32_t> by_channel_;  // the library's index by the channel VC's
};

}  // namespace vcp::client
