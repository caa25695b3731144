#include "base/timers.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace vcp {
namespace {

TEST(TimerQueue, RunsWhatIsDueInOrder) {
  TimerQueue timers;
  std::vector<int> ran;
  timers.Arm(30, [&] { ran.push_back(30); });
  timers.Arm(10, [&] { ran.push_back(10); });
  timers.Arm(10, [&] { ran.push_back(11); });
  EXPECT_EQ(timers.NextDeadlineNs(), 10u);
  EXPECT_EQ(timers.RunDue(9), 0u);
  EXPECT_EQ(timers.RunDue(10), 2u);
  EXPECT_EQ(ran, (std::vector<int>{10, 11}));
  EXPECT_EQ(timers.NextDeadlineNs(), 30u);
  EXPECT_EQ(timers.RunDue(100), 1u);
  EXPECT_EQ(timers.NextDeadlineNs(), std::nullopt);
}

TEST(TimerQueue, ACancelledTimerNeverRuns) {
  TimerQueue timers;
  TimerId id = timers.Arm(10, [] { FAIL(); });
  EXPECT_TRUE(timers.Cancel(id));
  EXPECT_FALSE(timers.Cancel(id));
  EXPECT_FALSE(timers.Cancel(TimerId()));
  EXPECT_EQ(timers.RunDue(10), 0u);
}

TEST(TimerQueue, ATimerThatRanCannotBeCancelled) {
  TimerQueue timers;
  TimerId id = timers.Arm(10, [] {});
  EXPECT_EQ(timers.RunDue(10), 1u);
  EXPECT_FALSE(timers.Cancel(id));
}

TEST(TimerQueue, CallbacksMayArmAndCancel) {
  TimerQueue timers;
  std::vector<int> ran;
  TimerId cancelled;
  TimerId self = timers.Arm(10, [&] {
    ran.push_back(1);
    EXPECT_FALSE(timers.Cancel(self));
    EXPECT_TRUE(timers.Cancel(cancelled));
    timers.Arm(5, [&] { ran.push_back(2); });
    timers.Arm(50, [&] { ran.push_back(3); });
  });
  cancelled = timers.Arm(10, [] { FAIL(); });
  EXPECT_EQ(timers.RunDue(20), 2u);
  EXPECT_EQ(ran, (std::vector<int>{1, 2}));
  EXPECT_EQ(timers.size(), 1u);
}

// Against a list sorted by deadline, with equal ones in the order in which they were armed.
RC_GTEST_PROP(TimerQueueProperty, RunsLikeASortedList,
              (const std::vector<uint8_t>& deadlines, uint8_t now)) {
  TimerQueue timers;
  std::vector<std::pair<uint64_t, size_t>> expected;
  std::vector<std::pair<uint64_t, size_t>> ran;
  for (size_t i = 0; i < deadlines.size(); ++i) {
    std::pair<uint64_t, size_t> entry{deadlines[i], i};
    timers.Arm(deadlines[i], [&ran, entry] { ran.push_back(entry); });
    if (deadlines[i] <= now) expected.push_back(entry);
  }
  std::ranges::sort(expected);
  RC_ASSERT(timers.RunDue(now) == expected.size());
  RC_ASSERT(ran == expected);
  RC_ASSERT(timers.size() == deadlines.size() - expected.size());
}

}  // namespace
}  // namespace vcp
