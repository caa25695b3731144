#include "daemon/stall_watch.h"

#include <gtest/gtest.h>

#include "attach_harness.h"
#include "base/clock.h"

namespace vcp::daemon {
namespace {

constexpr uint32_t kClient = 7;

dataplane::ChannelCounters Counted(uint64_t received, uint64_t outstanding, uint64_t dropped) {
  dataplane::ChannelCounters counters{.received_sdus = received,
                                      .receives_outstanding = outstanding};
  counters.drops[static_cast<size_t>(dataplane::Drop::kRxNoClientBuffer)] = dropped;
  return counters;
}

TEST(StallWatch, L5_WhoReturnsNothingWhileSdusAreDroppedIsMarkedAfterFiveSeconds) {
  StallWatch watch;
  uint64_t now_ns = kNsPerSecond;
  watch.Look(kClient, Counted(64, 64, 0), now_ns);
  watch.Look(kClient, Counted(64, 64, 1), now_ns += kNsPerSecond);
  const uint64_t since_ns = now_ns;
  EXPECT_EQ(watch.StalledNs(kClient, since_ns + kStallMarkNs - 1), 0u);
  EXPECT_EQ(watch.StalledNs(kClient, since_ns + kStallMarkNs), kStallMarkNs);
  // Whether or not more is dropped meanwhile.
  watch.Look(kClient, Counted(64, 64, 1), now_ns += kStallMarkNs);
  EXPECT_EQ(watch.StalledNs(kClient, now_ns), kStallMarkNs);
}

TEST(StallWatch, WhoReturnsOneSlotIsNotStalled) {
  StallWatch watch;
  uint64_t now_ns = kNsPerSecond;
  watch.Look(kClient, Counted(64, 64, 0), now_ns);
  watch.Look(kClient, Counted(64, 64, 9), now_ns += kNsPerSecond);
  watch.Look(kClient, Counted(65, 64, 20), now_ns += kStallMarkNs);
  EXPECT_EQ(watch.StalledNs(kClient, now_ns), 0u);
  EXPECT_EQ(watch.StalledNs(kClient, now_ns + kStallMarkNs), 0u);
}

TEST(StallWatch, WhoHoldsEverythingWhileNothingIsDroppedIsNotStalled) {
  StallWatch watch;
  for (uint64_t second = 1; second < 100; ++second) {
    watch.Look(kClient, Counted(64, 64, 3), second * kNsPerSecond);
  }
  EXPECT_EQ(watch.StalledNs(kClient, 100 * kNsPerSecond), 0u);
}

TEST(StallWatch, TheServerMarksAndEndsOnlyIfAskedTo) {
  for (const uint64_t release_ns : {uint64_t{0}, 20 * kNsPerSecond}) {
    AttachHarness harness(false, release_ns);
    auto application = harness.Attach();
    const uint32_t id = harness.server->Clients()[0]->id();
    const auto let_pass = [&](uint64_t seconds) {
      for (uint64_t i = 0; i < seconds; ++i) {
        harness.clock.Advance(kNsPerSecond);
        harness.Settle();
      }
    };
    harness.plane.channel_counters = Counted(64, 64, 0);
    let_pass(2);
    harness.plane.channel_counters = Counted(64, 64, 5);
    let_pass(4);
    EXPECT_EQ(harness.server->StalledNs(id), 0u);
    let_pass(8);
    EXPECT_GE(harness.server->StalledNs(id), kStallMarkNs);
    let_pass(30);
    application->Take();
    EXPECT_EQ(application->closed, release_ns != 0);
    EXPECT_EQ(harness.counters.Read(DaemonCounter::kStalledReleased), release_ns != 0 ? 1u : 0u);
  }
}

}  // namespace
}  // namespace vcp::daemon
