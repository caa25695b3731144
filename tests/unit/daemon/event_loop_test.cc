#include "daemon/event_loop.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <string>

#include "daemon/deadline.h"
#include "testing/fake_clock.h"

namespace vcp::daemon {
namespace {

class EventLoopTest : public ::testing::Test {
 protected:
  testing::FakeClock clock;
  EventLoop loop{clock};
};

UniqueFd ReadyFd() { return UniqueFd(eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC)); }

TEST_F(EventLoopTest, CallsWhoeverIsReady) {
  UniqueFd ready = ReadyFd();
  UniqueFd quiet(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  int ready_count = 0;
  int quiet_count = 0;
  loop.Watch(ready.get(), EPOLLIN, [&](uint32_t) { ++ready_count; });
  loop.Watch(quiet.get(), EPOLLIN, [&](uint32_t) { ++quiet_count; });
  loop.Turn(0);
  loop.Turn(0);
  EXPECT_EQ(ready_count, 2);
  EXPECT_EQ(quiet_count, 0);
}

TEST_F(EventLoopTest, WatchesNothingForAWhile) {
  UniqueFd fd = ReadyFd();
  int count = 0;
  EventLoop::WatchId id = loop.Watch(fd.get(), EPOLLIN, [&](uint32_t) { ++count; });
  loop.SetEvents(id, 0);
  loop.Turn(0);
  EXPECT_EQ(count, 0);
  loop.SetEvents(id, EPOLLIN);
  loop.Turn(0);
  EXPECT_EQ(count, 1);
}

// Both are ready in the same turn; whichever runs first ends the other's watch and its own.
TEST_F(EventLoopTest, AnEndedWatchHearsNothingMore) {
  UniqueFd one = ReadyFd();
  UniqueFd other = ReadyFd();
  EventLoop::WatchId first = 0;
  EventLoop::WatchId second = 0;
  std::string log;
  auto end_both = [&](const char* who) {
    log += who;
    loop.Unwatch(first);
    loop.Unwatch(second);
  };
  first = loop.Watch(one.get(), EPOLLIN, [&](uint32_t) { end_both("1"); });
  second = loop.Watch(other.get(), EPOLLIN, [&](uint32_t) { end_both("2"); });
  loop.Turn(0);
  loop.Turn(0);
  EXPECT_EQ(log.size(), 1u);
}

TEST_F(EventLoopTest, TimersRunWhenTheClockSaysSo) {
  std::string log;
  loop.ArmIn(20, [&] { log += "b"; });
  loop.ArmIn(10, [&] { log += "a"; });
  TimerId cancelled = loop.ArmIn(10, [&] { log += "x"; });
  EXPECT_TRUE(loop.Cancel(cancelled));
  clock.Advance(9);
  loop.Turn(0);
  EXPECT_EQ(log, "");
  clock.Advance(11);
  loop.Turn(0);
  EXPECT_EQ(log, "ab");
}

TEST_F(EventLoopTest, ATimerThatIsDueIsNotWaitedFor) {
  bool ran = false;
  loop.ArmIn(0, [&] { ran = true; });
  loop.Turn(-1);
  EXPECT_TRUE(ran);
}

TEST_F(EventLoopTest, RunsUntilStopped) {
  int turns = 0;
  std::function<void()> again = [&] {
    if (++turns == 3) return loop.Stop();
    loop.ArmIn(0, again);
  };
  UniqueFd fd = ReadyFd();
  loop.Watch(fd.get(), EPOLLIN, [&](uint32_t) { again(); });
  loop.Run();
  EXPECT_GE(turns, 3);
}

TEST_F(EventLoopTest, ADeadlineEndsWithItsOwner) {
  int count = 0;
  {
    Deadline deadline(&loop);
    deadline.Start(0, [&] { ++count; });
    deadline.Start(0, [&] { count += 10; });  // instead
    EXPECT_TRUE(deadline.IsRunning());
    loop.Turn(0);
    EXPECT_FALSE(deadline.IsRunning());
    deadline.Start(0, [&] { count += 100; });
  }
  loop.Turn(0);
  EXPECT_EQ(count, 10);
}

}  // namespace
}  // namespace vcp::daemon
