// The two sides of a UNI over the real SAAL, over a carrier that loses and delays PDUs (W7).
#include <gtest/gtest.h>

#include <random>

#include "signaling/saal.h"
#include "uni_pair.h"

namespace vcp::signaling {
namespace {

struct Station {
  explicit Station(Role role) : side(role), manager(&side) {}

  // What the link wants of the SAAL. What the SAAL has no room for waits here.
  void Push(uint64_t now_ns) {
    if (side.establish_requests > 0) (void)saal.EstablishRequest(now_ns);
    side.establish_requests = 0;
    while (!side.sent.empty()) {
      const Status status = saal.DataRequest(side.sent.front(), now_ns);
      if (status == Status::kBackPressured) break;
      side.sent.pop_front();  // Also what a SAAL that is down does not take.
    }
  }

  UniSide side;
  SimpleManager manager;
  Saal saal;
};

class Carried {
 public:
  explicit Carried(uint32_t seed) : random_(seed) {
    for (Station* station : {&user, &network}) station->side.link().Start(now_ns_);
    Pump();
  }

  void RunFor(uint64_t duration_ns) {
    const uint64_t end_ns = now_ns_ + duration_ns;
    Pump();
    while (NextNs() <= end_ns) {
      now_ns_ = std::max(now_ns_, NextNs());
      Deliver();
      for (Station* station : {&user, &network}) {
        station->saal.OnTimer(now_ns_);
        station->side.AdvanceTo(now_ns_);
      }
      Pump();
    }
    now_ns_ = end_ns;
    for (Station* station : {&user, &network}) station->side.AdvanceTo(now_ns_);
  }

  void CheckAgreement() {
    EXPECT_EQ(user.side.link().call_count(), network.side.link().call_count());
    EXPECT_EQ(user.side.connections.taken, network.side.connections.taken);
    EXPECT_EQ(user.manager.calls.size(), user.side.link().call_count());
    EXPECT_EQ(network.manager.calls.size(), network.side.link().call_count());
    EXPECT_EQ(user.manager.active.size(), network.manager.active.size());
  }

  Station user{Role::kUser};
  Station network{Role::kNetwork};
  uint32_t loss_percent = 0;

 private:
  struct Flight {
    uint64_t arrival_ns;
    Station* to;
    std::vector<uint8_t> pdu;
  };

  void Pump() {
    // Carrying out for one side may give the other one something to say, but only after a flight.
    for (Station* station : {&user, &network}) {
      station->side.AdvanceTo(now_ns_);
      station->side.CarryOut();
      for (int i = 0; i < 3; ++i) {
        station->Push(now_ns_);
        CarryOut(*station);
      }
    }
  }
  void CarryOut(Station& station) {
    station.saal.CarryOut([&](const SaalAction& action) {
      switch (action.kind) {
        case SaalAction::Kind::kSendPdu:
          return Send(station, action.bytes);
        case SaalAction::Kind::kEstablishIndication:
        case SaalAction::Kind::kEstablishConfirm:
          return station.side.Established();
        case SaalAction::Kind::kReleaseIndication:
        case SaalAction::Kind::kReleaseConfirm:
          return station.side.Down();
        case SaalAction::Kind::kDataIndication:
          return station.side.Receive(action.bytes);
        default:
          return;
      }
    });
  }
  void Send(Station& from, std::span<const uint8_t> pdu) {
    if (random_() % 100 < loss_percent) return;
    Station* to = &from == &user ? &network : &user;
    flights_.push_back({now_ns_ + 5 * kNsPerMs, to, {pdu.begin(), pdu.end()}});
  }
  void Deliver() {
    while (!flights_.empty() && flights_.front().arrival_ns <= now_ns_) {
      const Flight flight = std::move(flights_.front());
      flights_.pop_front();
      flight.to->saal.OnPdu(flight.pdu, now_ns_);
      CarryOut(*flight.to);
    }
  }
  uint64_t NextNs() {
    uint64_t next_ns = flights_.empty() ? UINT64_MAX : flights_.front().arrival_ns;
    for (Station* station : {&user, &network}) {
      next_ns = std::min(next_ns, station->saal.NextDeadlineNs().value_or(UINT64_MAX));
      next_ns = std::min(next_ns, station->side.link().NextDeadlineNs().value_or(UINT64_MAX));
    }
    return next_ns;
  }

  std::mt19937 random_;
  uint64_t now_ns_ = kNsPerSecond;
  std::deque<Flight> flights_;
};

TEST(OverSaal, CallsBothWays) {
  Carried uni(1);
  uni.RunFor(kNsPerSecond);
  ASSERT_TRUE(uni.user.side.link().is_up() && uni.network.side.link().is_up());
  for (int i = 0; i < 200; ++i) {
    EXPECT_EQ(uni.user.manager.Make().status, Status::kSuccess);
    EXPECT_EQ(uni.network.manager.Make(i % 2 == 0).status, Status::kSuccess);
  }
  uni.RunFor(5 * kNsPerSecond);
  EXPECT_EQ(uni.user.side.link().call_count(), 400u);
  uni.CheckAgreement();
  for (uint32_t call : std::set(uni.user.manager.calls)) {
    uni.user.manager.Release(CallHandle::FromValue(call));
  }
  uni.RunFor(5 * kNsPerSecond);
  EXPECT_EQ(uni.network.side.link().call_count(), 0u);
  uni.CheckAgreement();
}

TEST(OverSaal, WhateverIsLostBothSidesAgree) {
  for (uint32_t loss : {1, 10, 30}) {
    for (uint32_t seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE(::testing::Message() << "loss " << loss << " seed " << seed);
      Carried uni(seed);
      uni.RunFor(kNsPerSecond);
      uni.loss_percent = loss;
      for (int i = 0; i < 30; ++i) {
        Station& station = i % 2 == 0 ? uni.user : uni.network;
        station.manager.Make();
        uni.RunFor(300 * kNsPerMs);
        const std::set<uint32_t>& calls = station.manager.calls;
        if (i % 3 == 0 && !calls.empty()) {
          station.manager.Release(CallHandle::FromValue(*calls.begin()));
        }
      }
      uni.loss_percent = 0;
      uni.RunFor(300 * kNsPerSecond);
      uni.CheckAgreement();
      EXPECT_GT(uni.user.manager.heard[Told::kConnect] + uni.network.manager.heard[Told::kConnect],
                0);
    }
  }
}

// Shorter than T309 with the keep-alive before it: the calls live. Longer: none does.
TEST(OverSaal, CallsOutliveAShortPartitionOnly) {
  for (auto [cut_s, survive] : {std::pair{5, true}, {60, false}}) {
    Carried uni(7);
    uni.RunFor(kNsPerSecond);
    for (int i = 0; i < 20; ++i) uni.user.manager.Make();
    uni.RunFor(2 * kNsPerSecond);
    ASSERT_EQ(uni.network.manager.active.size(), 20u);
    uni.loss_percent = 100;
    uni.RunFor(static_cast<uint64_t>(cut_s) * kNsPerSecond);
    uni.loss_percent = 0;
    uni.RunFor(100 * kNsPerSecond);
    EXPECT_TRUE(uni.user.side.link().is_up());
    EXPECT_EQ(uni.user.side.link().call_count(), survive ? 20u : 0u);
    uni.CheckAgreement();
    EXPECT_EQ(uni.user.manager.Make().status, Status::kSuccess);
    uni.RunFor(kNsPerSecond);
    uni.CheckAgreement();
  }
}

}  // namespace
}  // namespace vcp::signaling
