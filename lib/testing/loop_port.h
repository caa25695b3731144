// A port whose transmitted frames come back in, with room for as many as a test says. Frames keep
// their order. One thread.
#pragma once

#include <rte_mbuf.h>

#include <cstddef>
#include <deque>

#include "port/port.h"

namespace vcp::testing {

class LoopPort final : public port::Port {
 public:
  ~LoopPort() override {
    for (rte_mbuf* frame : frames_) rte_pktmbuf_free(frame);
  }
  uint16_t Receive(rte_mbuf** frames, uint16_t count) override {
    uint16_t taken = 0;
    while (taken < count && !frames_.empty() && !hold_) {
      frames[taken++] = frames_.front();
      frames_.pop_front();
    }
    return taken;
  }
  uint16_t Transmit(rte_mbuf** frames, uint16_t count) override {
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
            .link_up = true};
  }
  port::DriverCounters ReadCounters() const override { return {}; }

  // How many frames fit on the cable; 0 takes none.
  void SetRoom(size_t frames) { room_ = frames; }
  // While held, nothing comes in.
  void Hold(bool hold) { hold_ = hold; }
  std::deque<rte_mbuf*>& frames() { return frames_; }

 private:
  std::deque<rte_mbuf*> frames_;
  size_t room_ = 1024;
  bool hold_ = false;
};

}  // namespace vcp::testing
