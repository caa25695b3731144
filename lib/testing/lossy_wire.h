// The signaling carriers of both ends of a simulated link: PDUs arrive after a while, in order or
// not, more than once, never or damaged, all by one random source, so that a seed repeats it.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/timers.h"
#include "callmgr/signaling_carrier.h"
#include "wire/mac_address.h"
#include "wire/sscop_pdu.h"

namespace vcp::testing {

struct WireFaults {
  uint32_t lost_percent = 0;
  // A bit is wrong. The checksums of the carriers (Ethernet's, UDP's) find any single one, so that
  // the PDU is dropped; what happens behind them, in a bridge's or a host's memory, reaches SSCOP,
  // which has no checksum of its own.
  uint32_t corrupted_percent = 0;
  uint32_t damaged_per_mille = 0;
  uint32_t repeated_percent = 0;
  uint32_t reordered_percent = 0;  // arrives up to ten times as late
  uint64_t delay_ns = 0;
};

// PDUs that begin, end or recover a connection arrive in order with all others: SDs do not say
// which connection they are of, nor BGAK, RSAK and ERAK what they answer, so SSCOP cannot live with
// anything else.
class LossyWire {
 public:
  // Sees each PDU that is sent, and whether it will arrive.
  using Tap = std::function<void(size_t from, std::span<const uint8_t> pdu, bool arrives)>;
  // May change each PDU that is sent, but not its length: a message changed beyond recognition is
  // lost to who is above SSCOP, and to nobody else.
  using Meddler = std::function<void(size_t from, std::span<uint8_t> pdu)>;
  // Sees each PDU that arrives, as it does.
  using Arrival = std::function<void(size_t from, std::span<const uint8_t> pdu)>;

  LossyWire(const Clock* clock, TimerQueue* timers, std::mt19937_64* random)
      : clock_(clock), timers_(timers), random_(random) {
    for (size_t end = 0; end < 2; ++end) ends_[end].Join(this, end);
  }

  callmgr::SignalingCarrier* end(size_t index) { return &ends_[index]; }
  void SetFaults(const WireFaults& faults) { faults_ = faults; }
  void SetTap(Tap tap) { tap_ = std::move(tap); }
  void SetMeddler(Meddler meddler) { meddler_ = std::move(meddler); }
  void SetArrival(Arrival arrival) { arrival_ = std::move(arrival); }
  // Nothing that `from` sends arrives while it is cut; what is under way does.
  void SetCut(size_t from, bool cut) { ends_[from].cut = cut; }
  // Where an end sends from, from now on. The other one learns it when a connection is begun.
  void SetAddress(size_t from, const wire::MacAddress& address) { ends_[from].address = address; }
  uint64_t sent_pdus() const { return sent_pdus_; }
  uint64_t damaged_pdus() const { return damaged_pdus_; }

 private:
  class End final : public callmgr::SignalingCarrier {
   public:
    void Join(LossyWire* wire, size_t index) {
      wire_ = wire;
      index_ = index;
    }
    void SetReceiver(OnPdu on_pdu) override { on_pdu_ = std::move(on_pdu); }
    void Send(std::span<const uint8_t> pdu) override { wire_->Send(index_, pdu); }
    std::optional<wire::MacAddress> PeerMac() const override { return peer_mac_; }
    void Arrive(std::span<const uint8_t> pdu) {
      wire::SscopPdu parsed;
      const bool is_whole = wire::ParseSscopPdu(pdu, &parsed) == wire::SscopError::kNone;
      if (is_whole && parsed.type == wire::SscopType::kBgn) {
        peer_mac_ = wire_->ends_[1 - index_].address;
      }
      if (on_pdu_) on_pdu_(pdu);
    }

    bool cut = false;
    std::optional<wire::MacAddress> address;
    uint64_t last_arrival_ns = 0;  // of what this end sent
    uint64_t barrier_ns = 0;       // nothing that this end sends arrives earlier

   private:
    LossyWire* wire_ = nullptr;
    size_t index_ = 0;
    std::optional<wire::MacAddress> peer_mac_;
    OnPdu on_pdu_;
  };

  bool Chance(uint32_t percent) { return percent != 0 && (*random_)() % 100 < percent; }
  void Damage(std::span<uint8_t> pdu) {
    if (faults_.damaged_per_mille == 0 || pdu.empty()) return;
    if ((*random_)() % 1000 >= faults_.damaged_per_mille) return;
    const uint64_t bit = (*random_)() % (8 * pdu.size());
    pdu[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    ++damaged_pdus_;
  }

  static bool MayBeReordered(std::span<const uint8_t> pdu) {
    using wire::SscopType;
    wire::SscopPdu parsed;
    if (wire::ParseSscopPdu(pdu, &parsed) != wire::SscopError::kNone) return false;
    return parsed.type == SscopType::kSd || parsed.type == SscopType::kPoll ||
           parsed.type == SscopType::kStat || parsed.type == SscopType::kUstat ||
           parsed.type == SscopType::kUd || parsed.type == SscopType::kMd;
  }

  void Send(size_t from, std::span<const uint8_t> sent) {
    ++sent_pdus_;
    std::vector<uint8_t> pdu(sent.begin(), sent.end());
    if (meddler_) meddler_(from, pdu);
    const bool arrives =
        !ends_[from].cut && !Chance(faults_.lost_percent) && !Chance(faults_.corrupted_percent);
    if (tap_) tap_(from, pdu, arrives);
    if (!arrives) return;
    Fly(from, pdu);
    if (Chance(faults_.repeated_percent)) Fly(from, pdu);
  }

  void Fly(size_t from, std::span<const uint8_t> pdu) {
    End& sender = ends_[from];
    const bool may_be_reordered = MayBeReordered(pdu);
    uint64_t delay_ns = faults_.delay_ns;
    if (may_be_reordered && Chance(faults_.reordered_percent)) delay_ns *= 1 + (*random_)() % 10;
    uint64_t arrival_ns = std::max(clock_->NowNs() + delay_ns, sender.barrier_ns);
    if (!may_be_reordered) {
      arrival_ns = std::max(arrival_ns, sender.last_arrival_ns);
      sender.barrier_ns = arrival_ns;
    }
    sender.last_arrival_ns = std::max(sender.last_arrival_ns, arrival_ns);
    std::vector<uint8_t> copy(pdu.begin(), pdu.end());
    Damage(copy);
    timers_->Arm(arrival_ns, [this, from, bytes = std::move(copy)] {
      if (arrival_) arrival_(from, bytes);
      ends_[1 - from].Arrive(bytes);
    });
  }

  const Clock* clock_;
  TimerQueue* timers_;
  std::mt19937_64* random_;
  WireFaults faults_;
  std::array<End, 2> ends_;
  Tap tap_;
  Meddler meddler_;
  Arrival arrival_;
  uint64_t sent_pdus_ = 0;
  uint64_t damaged_pdus_ = 0;
};

}  // namespace vcp::testing
