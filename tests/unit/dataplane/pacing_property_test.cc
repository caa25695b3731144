// Whatever is offered on paced VCs leaves in order, none of it is lost, all of it conforms to what
// a policer of the same contract lets through, and a VC that always has something to send uses what
// its contract promises (C91).
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "qos/gcra.h"
#include "qos/sdu_size.h"
#include "testing/loop_port.h"
#include "testing/poll_harness.h"

namespace vcp::dataplane {
namespace {

using testing::HarnessClient;
using testing::LoopPort;
using testing::PollHarness;

constexpr uint32_t kVcs = 4;
constexpr uint32_t kLargestBytes = 1400;
constexpr uint64_t kToleranceNs = 20'000;

qos::AtmTraffic AnyTraffic() {
  const auto peak = *rc::gen::inRange<uint64_t>(100'000, 30'000'000);
  if (*rc::gen::arbitrary<bool>()) {
    return {.conformance = qos::ConformanceClass::kCbr1, .rates = {.peak = peak}};
  }
  const auto sustained = *rc::gen::inRange<uint64_t>(50'000, peak + 1);
  const auto burst = *rc::gen::inRange<uint64_t>(qos::CellsOfSdu(kLargestBytes), 500);
  return {.conformance = qos::ConformanceClass::kRtVbr1,
          .rates = {.peak = peak, .sustained = std::min(sustained, peak), .burst = burst}};
}

// One VC as this test knows it. Its SDUs say their number in their first four bytes.
struct Flow {
  qos::AtmTraffic traffic;
  qos::DualGcra policer;
  uint32_t sent = 0;
  uint32_t arrived = 0;
  uint64_t cells = 0;
};

class World {
 public:
  World() {
    harness_.SetTime(0);
    client_ = &harness_.AddClient();
    const auto largest = static_cast<uint32_t>(qos::CellsOfSdu(kLargestBytes));
    for (uint32_t vc = 1; vc <= kVcs; ++vc) {
      Flow& flow = flows_[vc - 1];
      flow.traffic = AnyTraffic();
      flow.policer = qos::PolicerOf(flow.traffic, largest, kToleranceNs);
      harness_.Activate(*client_, {.channel_vc = vc,
                                   .transmit_label = 100 + vc,
                                   .receive_label = 100 + vc,
                                   .max_sdu_bytes = kLargestBytes,
                                   .shaper = qos::ShaperOf(flow.traffic, largest, kToleranceNs)});
    }
  }

  Flow& flow(uint32_t vc) { return flows_[vc - 1]; }

  // A list of so many SDUs.
  void Send(uint32_t vc, uint32_t buffers, uint32_t bytes) {
    for (uint32_t i = 0; i < buffers; ++i) {
      const uint32_t slot = next_slot_++ % client_->channel->layout().send_slot_count;
      const uint32_t offset = slot * client_->channel->layout().send_slot_bytes;
      std::memcpy(client_->channel->send_payload + offset, &flow(vc).sent, sizeof(uint32_t));
      ++flow(vc).sent;
      const bool is_last = i + 1 == buffers;
      client_->channel->submit.Stage(
          {.offset = offset,
           .channel_vc = vc,
           .length = static_cast<uint16_t>(bytes),
           .flags = static_cast<uint16_t>(shm::kSubmitEndOfBuffer |
                                          (is_last ? shm::kSubmitEndOfList : 0))});
    }
    lists_ += 1;
    client_->Flush();
  }
  void TurnAt(uint64_t now_ns) {
    harness_.SetTime(now_ns);
    harness_.Turn();
    for (const auto& reception : client_->Receptions()) {
      Flow& flow = this->flow(reception.channel_vc);
      uint32_t number = 0;
      std::memcpy(&number, client_->Payload(reception).data(), sizeof number);
      RC_ASSERT(number == flow.arrived);
      ++flow.arrived;
      const auto cells = static_cast<uint32_t>(qos::CellsOfSdu(reception.length));
      flow.cells += cells;
      RC_ASSERT(flow.policer.Police(now_ns, cells, false) == qos::Verdict::kConforming);
      client_->Return(reception.slot);
    }
    lists_ -= static_cast<uint32_t>(client_->Completions().size());
  }
  uint32_t lists() const { return lists_; }
  PollCore& core() { return harness_.core(); }

 private:
  PollHarness harness_{std::make_unique<LoopPort>()};
  HarnessClient* client_;
  std::array<Flow, kVcs> flows_;
  uint32_t next_slot_ = 0;
  uint32_t lists_ = 0;  // that are not complete
};

RC_GTEST_PROP(PacingProperty, C091_WhatLeavesConformsAndNothingIsLost, ()) {
  World world;
  uint64_t now_ns = 0;
  const auto steps = *rc::gen::inRange(1, 200);
  for (int step = 0; step < steps; ++step) {
    now_ns += *rc::gen::inRange<uint64_t>(0, 100'000);
    if (world.lists() < 100) {
      world.Send(*rc::gen::inRange(1u, kVcs + 1), *rc::gen::inRange(1u, 5u),
                 *rc::gen::inRange(4u, kLargestBytes + 1));
    }
    world.TurnAt(now_ns);
  }
  // As a core does that sleeps as long as it may.
  for (int turns = 0; world.lists() != 0; ++turns) {
    RC_ASSERT(turns < 100'000);
    const int64_t sleep_ns = world.core().SleepNs(now_ns);
    now_ns += sleep_ns > 0 ? static_cast<uint64_t>(sleep_ns) : 1000;
    world.TurnAt(now_ns);
  }
  world.TurnAt(now_ns);
  for (uint32_t vc = 1; vc <= kVcs; ++vc) RC_ASSERT(world.flow(vc).arrived == world.flow(vc).sent);
}

// Looked at as often as the tolerance says, at least.
RC_GTEST_PROP(PacingProperty, C091_ABusyVcUsesItsRate, ()) {
  World world;
  const auto turn_ns = *rc::gen::inRange<uint64_t>(500, kToleranceNs - 300);
  const auto bytes = *rc::gen::inRange(4u, kLargestBytes + 1);
  const qos::AtmTraffic& traffic = world.flow(1).traffic;
  const uint64_t sdu_cells = qos::CellsOfSdu(bytes);
  const uint64_t turns = 1000 * sdu_cells * qos::kNanocells / traffic.sustained() / turn_ns;
  RC_PRE(turns > 10 && turns < 5000);
  for (uint64_t turn = 0; turn < turns; ++turn) {
    // More than can leave until it is looked at again.
    for (int more = 0; more < 64 && world.lists() < 64; ++more) world.Send(1, 1, bytes);
    world.TurnAt(turn * turn_ns);
  }
  // A burst leaves in a turn at most.
  const uint64_t rate = std::min(traffic.sustained(), 32 * sdu_cells * qos::kNanocells / turn_ns);
  const uint64_t expected = (turns - 1) * turn_ns * rate / qos::kNanocells;
  RC_ASSERT(world.flow(1).cells + sdu_cells >= expected - expected / 1000);
}

}  // namespace
}  // namespace vcp::dataplane
