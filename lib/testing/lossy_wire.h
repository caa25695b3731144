// The signaling carriers of both ends of a simulated link: PDUs arrive after a while, in order or
// not, more than once or never, all by one random source, so that a seed repeats it.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/timers.h"
#include "callmgr/signaling_carrier.h"

namespace vcp::testing {

struct WireFaults {
  uint32_t lost_percent = 0;
  uint32_t repeated_percent = 0;
  uint32_t reordered_percent = 0;  // arrives up to ten times as late
  uint64_t delay_ns = 0;
};

class LossyWire {
 public:
  LossyWire(const Clock* clock, TimerQueue* timers, std::mt19937_64* random)
      : clock_(clock), timers_(timers), random_(random) {
    for (size_t end = 0; end < 2; ++end) ends_[end].Join(this, end);
  }

  callmgr::SignalingCarrier* end(size_t index) { return &ends_[index]; }
  void SetFaults(const WireFaults& faults) { faults_ = faults; }
  // Nothing that `from` sends arrives while it is cut; what is under way does.
  void SetCut(size_t from, bool cut) { ends_[from].cut = cut; }
  uint64_t sent_pdus() const { return sent_pdus_; }

 private:
  class End final : public callmgr::SignalingCarrier {
   public:
    void Join(LossyWire* wire, size_t index) {
      wire_ = wire;
      index_ = index;
    }
    void SetReceiver(OnPdu on_pdu) override { on_pdu_ = std::move(on_pdu); }
    void Send(std::span<const uint8_t> pdu) override { wire_->Send(index_, pdu); }
    void Arrive(std::span<const uint8_t> pdu) const {
      if (on_pdu_) on_pdu_(pdu);
    }

    bool cut = false;

   private:
    LossyWire* wire_ = nullptr;
    size_t index_ = 0;
    OnPdu on_pdu_;
  };

  bool Chance(uint32_t percent) { return percent != 0 && (*random_)() % 100 < percent; }

  void Send(size_t from, std::span<const uint8_t> pdu) {
    ++sent_pdus_;
    if (ends_[from].cut || Chance(faults_.lost_percent)) return;
    const int copies = Chance(faults_.repeated_percent) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      uint64_t delay_ns = faults_.delay_ns;
      if (Chance(faults_.reordered_percent)) delay_ns *= 1 + (*random_)() % 10;
      timers_->Arm(clock_->NowNs() + delay_ns,
                   [this, from, bytes = std::vector<uint8_t>(pdu.begin(), pdu.end())] {
                     ends_[1 - from].Arrive(bytes);
                   });
    }
  }

  const Clock* clock_;
  TimerQueue* timers_;
  std::mt19937_64* random_;
  WireFaults faults_;
  std::array<End, 2> ends_;
  uint64_t sent_pdus_ = 0;
};

}  // namespace vcp::testing
