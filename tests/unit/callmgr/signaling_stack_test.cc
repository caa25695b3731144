// What becomes of messages that the SAAL does not take at once, or not at all.
#include "callmgr/signaling_stack.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "base/clock.h"
#include "testing/fake_clock.h"
#include "testing/lossy_wire.h"
#include "testing/uni_messages.h"
#include "testing/uni_peer.h"
#include "testing/uni_side.h"

namespace vcp::callmgr {
namespace {

using signaling::UniRequest;
using wire::Message;

constexpr uint32_t kTransmitSdus = 2;  // that the SAAL takes before the peer acknowledges any

class SignalingStackTest : public ::testing::Test {
 protected:
  SignalingStackTest() {
    stack.Start([](const signaling::UniIndication&) {});
    Pass(kNsPerMs);
    EXPECT_TRUE(stack.uni().is_up());
    peer.received.clear();
  }

  void Pass(uint64_t ns) {
    for (const uint64_t end_ns = clock.NowNs() + ns; clock.NowNs() < end_ns;) {
      clock.Advance(kNsPerMs);
      timers.RunDue(clock.NowNs());
    }
  }
  static Message Small() { return testing::SetupElements(); }
  static Message Big() {
    Message setup = testing::SetupElements();
    setup.calling.emplace().number = testing::Aesa(3);
    return setup;
  }
  static uint32_t SizeOf(const Message& message) {
    std::array<uint8_t, kMaxSignalingBytes> octets;
    return static_cast<uint32_t>(EmitMessage(message, octets));
  }
  static signaling::SscopConfig Sscop() {
    signaling::SscopConfig config;
    config.max_transmit_sdus = kTransmitSdus;
    config.max_sdu_bytes = SizeOf(Small());
    config.timer_poll_ns = 50 * kNsPerMs;  // So that all is over before T303 repeats a SETUP.
    return config;
  }
  void AskFor(const Message& setup) {
    const signaling::UniReply reply =
        stack.Handle({.kind = UniRequest::Kind::kSetup, .elements = &setup});
    EXPECT_EQ(reply.status, Status::kSuccess);
  }

  testing::FakeClock clock;
  TimerQueue timers;
  std::mt19937_64 random{1};
  testing::LossyWire wire{&clock, &timers, &random};
  testing::UniPeer peer{wire.end(1), &clock, &timers};
  testing::FakeConnections connections;
  SignalingStack stack{signaling::UniConfig::DefaultsOf(signaling::Role::kUser),
                       Sscop(),
                       &connections,
                       wire.end(0),
                       &clock,
                       &timers};
};

TEST_F(SignalingStackTest, WhatTheSaalHasNoRoomForWaitsInOrder) {
  wire.SetCut(0, true);
  for (uint32_t i = 0; i < 3 * kTransmitSdus; ++i) AskFor(Small());
  Pass(kNsPerMs);
  EXPECT_TRUE(peer.received.empty());
  wire.SetCut(0, false);
  Pass(3 * kNsPerSecond);
  ASSERT_EQ(peer.received.size(), 3 * kTransmitSdus);
  for (uint32_t call = 0; std::optional<Message> heard = peer.TakeReceived();) {
    EXPECT_GT(heard->call.value, call);
    call = heard->call.value;
  }
  EXPECT_EQ(stack.lost_messages(), 0u);
}

TEST_F(SignalingStackTest, WhatTheSaalRefusesIsCountedAsLost) {
  AskFor(Big());
  EXPECT_EQ(stack.lost_messages(), 1u);
  AskFor(Small());
  Pass(kNsPerSecond);
  EXPECT_EQ(peer.received.size(), 1u);
}

TEST_F(SignalingStackTest, WhatIsRefusedAfterItHasWaitedIsCountedAndHoldsNothingUp) {
  wire.SetCut(0, true);
  for (uint32_t i = 0; i < kTransmitSdus + 1; ++i) AskFor(Small());
  AskFor(Big());
  AskFor(Small());
  EXPECT_EQ(stack.lost_messages(), 0u);
  wire.SetCut(0, false);
  Pass(3 * kNsPerSecond);
  EXPECT_EQ(stack.lost_messages(), 1u);
  EXPECT_EQ(peer.received.size(), kTransmitSdus + 2);
}

}  // namespace
}  // namespace vcp::callmgr
