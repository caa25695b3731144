#include "client/backoff.h"

#include <gtest/gtest.h>

#include <queue>
#include <vector>

#include "base/clock.h"
#include "signaling/setup_admission.h"
#include "testing/fake_clock.h"

namespace vcp::client {
namespace {

TEST(Backoff, TheWindowDoublesUpToTheLast) {
  constexpr BackoffWindow kWindow{.first_ms = 100, .last_ms = 1000};
  constexpr uint32_t kMost = 0xFFFFFFFF;
  EXPECT_EQ(BackoffMs(kWindow, 0, kMost), 100u);
  EXPECT_EQ(BackoffMs(kWindow, 1, kMost), 200u);
  EXPECT_EQ(BackoffMs(kWindow, 3, kMost), 800u);
  EXPECT_EQ(BackoffMs(kWindow, 4, kMost), 1000u);
  EXPECT_EQ(BackoffMs(kWindow, kMost, kMost), 1000u);
  EXPECT_EQ(BackoffMs(kWindow, 0, 0), 1u);
  EXPECT_EQ(BackoffMs(kWindow, kMost, 0), 1u);
  EXPECT_EQ(BackoffMs(kWindow, 0, 1u << 31), 51u);
}

TEST(Backoff, ChanceSpreadsOverTheWholeWindow) {
  Chance chance(1), other(2);
  EXPECT_NE(Chance(1).Next(), other.Next());
  std::vector<uint32_t> tenths(10);
  for (int i = 0; i < 10'000; ++i) ++tenths[(BackoffMs(kRedial, 0, chance.Next()) - 1) / 10];
  for (const uint32_t count : tenths) EXPECT_NEAR(count, 1000, 150);
}

// S3: all calls of a link ended together and are made again, ten times as many in a second as it
// takes. Refusals cost those who asked the next attempt, and the link none of what it can take.
TEST(Backoff, CallsMadeAgainTogetherAllGetThrough) {
  constexpr signaling::SetupLimits kLimits;
  constexpr uint64_t kPerSecond = kLimits.client_setups_per_second;
  constexpr size_t kCalls = 10 * kPerSecond;
  signaling::RateLimit link(kPerSecond, kLimits.client_setup_burst);
  Chance chance(3);
  struct Redial {
    uint64_t at_ns;
    uint32_t attempt;
    bool operator>(const Redial& other) const { return at_ns > other.at_ns; }
  };
  std::priority_queue<Redial, std::vector<Redial>, std::greater<>> redials;
  testing::FakeClock clock;
  const uint64_t begin_ns = clock.NowNs();
  const auto wait = [&](uint32_t attempt) {
    redials.push({clock.NowNs() + BackoffMs(kRedial, attempt, chance.Next()) * kNsPerMs, attempt});
  };
  for (size_t i = 0; i < kCalls; ++i) wait(0);
  size_t connected = 0;
  uint64_t most_done_ns = 0;
  size_t attempts = 0;
  for (; !redials.empty(); ++attempts) {
    const Redial redial = redials.top();
    redials.pop();
    clock.now_ns = redial.at_ns;
    if (!link.Take(clock.NowNs())) {
      wait(redial.attempt + 1);
    } else if (++connected == kCalls / 2) {
      most_done_ns = clock.NowNs() - begin_ns;
    }
  }
  // While there is more to do than the link takes, it loses less than a fifth.
  EXPECT_LT(most_done_ns, kCalls / 2 * kNsPerSecond / kPerSecond * 5 / 4);
  EXPECT_LT(attempts, 10 * kCalls);
}

}  // namespace
}  // namespace vcp::client
