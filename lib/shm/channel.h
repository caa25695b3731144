// A channel as its two sides see it: regions, rings and doorbells. The daemon makes the memory
// (DaemonChannel), a client maps what it was given (ClientChannel).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/status.h"
#include "base/unique_fd.h"
#include "shm/attach_protocol.h"
#include "shm/channel_abi.h"
#include "shm/doorbell.h"
#include "shm/region.h"
#include "shm/ring.h"

namespace vcp::shm {

// What a client asks for; zeros mean the defaults. Values are clamped to limits.h.
struct ChannelRequest {
  uint32_t max_sdu_bytes = 0;
  uint32_t send_slots = 0;
  uint32_t receive_slots = 0;
};

// Sizes and offsets for a request; pure arithmetic on clamped values (A6).
ChannelLayout LayOut(const ChannelRequest& request, uint32_t default_max_sdu_bytes);

// The daemon's side. Created and destroyed by the control thread; between being handed to a poll
// core and being given back by it, rings and payload belong to that core.
class DaemonChannel {
 public:
  // kResources: no memory, or no descriptors, and nothing is handed out (A13).
  static Status Create(const ChannelLayout& layout, std::unique_ptr<DaemonChannel>* channel);

  const ChannelLayout& layout() const { return layout_; }
  // Descriptors to pass to the client with the HELLO reply, in the order of ChannelFd.
  std::span<const int> client_fds() const { return client_fds_; }
  // Closes the daemon's copies of what only the client needs, once passed.
  void CloseClientFds();
  // The client has mapped its memory: none of it can go away any more (Region::Keep). Before that
  // nothing reads it.
  [[nodiscard]] Status KeepMemory();

  RingReader<Submission> submit;
  RingReader<Return> returns;
  RingWriter<Completion> complete;
  RingWriter<Reception> receive;
  const uint8_t* send_payload = nullptr;
  uint8_t* receive_payload = nullptr;

  // Whether the client sleeps and was not woken from this sleep yet; and telling it that this side
  // sleeps. A full fence stands between writing a ring and asking.
  bool ClientNeedsWake() const;
  void WakeClient();
  void SetDaemonSleeps(bool sleeps);
  int wake_fd() const { return doorbell_.fd(); }
  void DrainWakes() { doorbell_.Drain(); }

 private:
  DaemonChannel() = default;
  ChannelLayout layout_{};
  Region up_;
  Region down_;
  Doorbell doorbell_;
  uint32_t sleep_number_ = 0;  // of this side
  uint32_t woken_number_ = 0;  // the other side's last sleep that was ended from here
  UniqueFd up_fd_;             // until KeepMemory
  UniqueFd client_owned_[kChannelFdCount];
  int client_fds_[kChannelFdCount] = {};
};

// The client's side. Belongs to the thread that uses the client handle.
class ClientChannel {
 public:
  // Takes the descriptors of a HELLO reply. kProtocolError if they do not fit the layout.
  static Status Map(const ChannelLayout& layout, std::span<UniqueFd, kChannelFdCount> fds,
                    std::unique_ptr<ClientChannel>* channel);

  const ChannelLayout& layout() const { return layout_; }
  RingWriter<Submission> submit;
  RingWriter<Return> returns;
  RingReader<Completion> complete;
  RingReader<Reception> receive;
  uint8_t* send_payload = nullptr;
  const uint8_t* receive_payload = nullptr;

  // As on the daemon's side.
  bool DaemonNeedsWake() const;
  void WakeDaemon();
  void SetClientSleeps(bool sleeps);
  int wake_fd() const { return doorbell_.fd(); }
  void DrainWakes() { doorbell_.Drain(); }

 private:
  ClientChannel() = default;
  ChannelLayout layout_{};
  Region up_;
  Region down_;
  Doorbell doorbell_;
  uint32_t sleep_number_ = 0;  // of this side
  uint32_t woken_number_ = 0;  // the other side's last sleep that was ended from here
};

}  // namespace vcp::shm
