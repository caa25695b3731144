// A port whose transmitted frames come back in, with room for as many as a test says. Frames keep
// their order. Frames belong to one thread; the port's life may be another's.
#pragma once

#include <rte_mbuf.h>
#include <sys/eventfd.h>

#include <atomic>
#include <cstddef>
#include <deque>

#include "base/check.h"
#include "port/port.h"

namespace vcp::testing {

class LoopPort final : public port::Port {
 public:
  ~LoopPort() override {
    for (rte_mbuf* frame : frames_) rte_pktmbuf_free(frame);
  }
  uint16_t Receive(rte_mbuf** frames, uint16_t count) override {
    VCP_CHECK(state_ == port::PortState::kRunning);
    uint16_t taken = 0;
    while (taken < count && !frames_.empty() && !hold_) {
      frames[taken++] = frames_.front();
      frames_.pop_front();
    }
    return taken;
  }
  uint16_t Transmit(rte_mbuf** frames, uint16_t count) override {
    VCP_CHECK(state_ == port::PortState::kRunning);
    uint16_t taken = 0;
    while (taken < count && frames_.size() < room_) frames_.push_back(frames[taken++]);
    return taken;
  }
  bool NeedsPolling() const override { return false; }
  port::PortInfo Info() const override {
    return {.name = "loop",
            .driver = "test",
            .mac = {2, 0, 0, 0, 0, 1},
            .mtu_bytes = 9216,
            .max_sdu_bytes = 9208,
            .link_up = link_up_ && state_ == port::PortState::kRunning,
            .tells_when_sent = tells_when_sent_};
  }
  port::DriverCounters ReadCounters() const override { return {}; }
  port::PortState state() const override { return state_; }
  bool NeedsRestart() const override { return state_ == port::PortState::kStopped; }
  void Restart(int notify_fd) override {
    notify_fd_ = notify_fd;
    state_ = port::PortState::kRestarting;
  }

  void Release() override {
    VCP_CHECK(state_ != port::PortState::kRestarting);
    is_released_ = true;
    state_ = port::PortState::kStopped;
  }

  bool is_released() const { return is_released_; }
  // How many frames fit on the cable; 0 takes none.
  void SetRoom(size_t frames) { room_ = frames; }
  // While held, nothing comes in.
  void Hold(bool hold) { hold_ = hold; }
  std::deque<rte_mbuf*>& frames() { return frames_; }
  void SetLink(bool up) { link_up_ = up; }
  void SetTellsWhenSent(bool tells) { tells_when_sent_ = tells; }
  void SetState(port::PortState state) { state_ = state; }
  // What a restart that was asked for comes to.
  void EndRestart(port::PortState state) {
    VCP_CHECK(state_ == port::PortState::kRestarting);
    state_ = state;
    eventfd_write(notify_fd_, 1);
  }

 private:
  std::deque<rte_mbuf*> frames_;
  std::atomic<size_t> room_ = 1024;
  bool hold_ = false;
  std::atomic<port::PortState> state_ = port::PortState::kRunning;
  std::atomic<bool> link_up_ = true;
  bool tells_when_sent_ = true;
  int notify_fd_ = -1;
  bool is_released_ = false;
};

}  // namespace vcp::testing
