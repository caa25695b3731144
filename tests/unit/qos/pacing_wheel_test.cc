#include "qos/pacing_wheel.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace vcp::qos {
namespace {

struct Item : PacingTimer {
  char name = '?';
};

using Wheel = PacingWheel<Item>;
constexpr uint64_t kTick = Wheel::kTickNs;
constexpr size_t kMany = 1000;

class PacingWheelTest : public ::testing::Test {
 protected:
  PacingWheelTest() {
    for (size_t i = 0; i < items_.size(); ++i) items_[i].name = static_cast<char>('a' + i);
  }
  Item* item(char name) { return &items_[static_cast<size_t>(name - 'a')]; }
  void Set(char name, uint64_t wait_ns) { wheel_.Set(item(name), now_ns_, wait_ns); }
  // What is due at that time.
  std::string At(uint64_t now_ns, size_t most = kMany) {
    now_ns_ = now_ns;
    std::string names;
    wheel_.Advance(now_ns, most, [&names](Item* due) { names += due->name; });
    return names;
  }

  std::array<Item, 26> items_;
  Wheel wheel_;
  uint64_t now_ns_ = 0;
};

TEST_F(PacingWheelTest, NothingIsDueInAnEmptyOne) {
  EXPECT_TRUE(wheel_.empty());
  EXPECT_EQ(wheel_.NextNs(), Wheel::kNothing);
  EXPECT_EQ(At(1'000'000), "");
  EXPECT_EQ(wheel_.TakeAny(), nullptr);
}

TEST_F(PacingWheelTest, ItemsComeWhenTheyAreDueAndNotBefore) {
  Set('a', 10 * kTick);
  Set('b', 3 * kTick);
  Set('c', 3 * kTick);
  EXPECT_EQ(wheel_.size(), 3u);
  EXPECT_EQ(At(3 * kTick - 1), "");
  EXPECT_EQ(At(3 * kTick), "bc");
  EXPECT_FALSE(item('b')->is_set());
  EXPECT_EQ(At(10 * kTick - 1), "");
  EXPECT_EQ(At(10 * kTick), "a");
  EXPECT_TRUE(wheel_.empty());
}

TEST_F(PacingWheelTest, APartOfATickIsATick) {
  Set('a', kTick + 1);
  EXPECT_EQ(wheel_.NextNs(), 2 * kTick);
  EXPECT_EQ(At(2 * kTick - 1), "");
  EXPECT_EQ(At(2 * kTick), "a");
}

TEST_F(PacingWheelTest, NoWaitIsDueAtOnce) {
  At(5 * kTick);
  Set('a', 0);
  EXPECT_EQ(wheel_.NextNs(), 5 * kTick);
  EXPECT_EQ(At(5 * kTick), "a");
}

// From the first moment of a level to the last, from anywhere.
TEST_F(PacingWheelTest, EveryDistanceIsKept) {
  for (const uint64_t start : {uint64_t{0}, 63 * kTick, 64 * kTick, 4095 * kTick, 987654321 * kTick,
                               (uint64_t{1} << 55) - kTick}) {
    for (uint32_t bits = 8; bits < 62; ++bits) {
      for (const int64_t more : {-1, 0, 1}) {
        Wheel wheel;
        Item item;
        const uint64_t wait_ns = (uint64_t{1} << bits) + static_cast<uint64_t>(more);
        wheel.Set(&item, start, wait_ns);
        const uint64_t due_ns = (start + wait_ns + kTick - 1) / kTick * kTick;
        uint64_t at_ns = 0;
        // By way of the times at which it says that there is something to do.
        for (int steps = 0; at_ns == 0 && steps < 12; ++steps) {
          const uint64_t next_ns = wheel.NextNs();
          ASSERT_LE(next_ns, due_ns);
          wheel.Advance(next_ns, kMany, [&](Item*) { at_ns = next_ns; });
        }
        ASSERT_EQ(at_ns, due_ns) << start << " and " << wait_ns;
      }
    }
  }
}

TEST_F(PacingWheelTest, ALongTimeMissedIsMadeUpForAtOnceInOrder) {
  Set('a', 1'000'000'000);
  Set('b', 1'000);
  Set('c', 1'000'000);
  Set('d', 50'000);
  EXPECT_EQ(At(2'000'000'000), "bdca");
}

TEST_F(PacingWheelTest, WhatIsCancelledDoesNotCome) {
  for (const char name : {'a', 'b', 'c', 'd'}) Set(name, 100 * kTick);
  Set('e', 1'000'000'000);
  wheel_.Cancel(item('b'));
  wheel_.Cancel(item('b'));
  wheel_.Cancel(item('e'));
  wheel_.Cancel(item('a'));
  EXPECT_FALSE(item('e')->is_set());
  EXPECT_EQ(wheel_.size(), 2u);
  EXPECT_EQ(At(1'000'000'000), "cd");
  EXPECT_EQ(wheel_.NextNs(), Wheel::kNothing);
}

TEST_F(PacingWheelTest, WorkPerCallIsBounded) {
  for (char name = 'a'; name <= 'z'; ++name) Set(name, 5000 * kTick);
  // They come down three levels on the way; nobody is looked at twice for the same.
  size_t looks = 0;
  std::string names;
  for (int calls = 0; names.size() < 26 && calls < 1000; ++calls) {
    now_ns_ = 5000 * kTick;
    const size_t looked = wheel_.Advance(now_ns_, 4, [&](Item* due) { names += due->name; });
    EXPECT_LE(looked, 4u);
    looks += looked;
  }
  EXPECT_EQ(names, "abcdefghijklmnopqrstuvwxyz");
  EXPECT_LE(looks, 3u * 26);
}

TEST_F(PacingWheelTest, NewItemsFindTheirPlaceWhileOthersComeDown) {
  for (char name = 'a'; name <= 'h'; ++name) Set(name, 4100 * kTick);
  At(4096 * kTick, 3);  // Some of them came down a level, the others did not yet.
  Set('z', 2 * kTick);
  EXPECT_EQ(At(4098 * kTick), "z");
  EXPECT_EQ(At(4100 * kTick).size(), 8u);
}

TEST_F(PacingWheelTest, AnItemMaySetItselfAgainAndCancelOthers) {
  Set('a', kTick);
  Set('b', kTick);
  Set('c', 2 * kTick);
  std::string names;
  wheel_.Advance(kTick, kMany, [&](Item* due) {
    names += due->name;
    if (due->name != 'a') return;
    wheel_.Cancel(item('b'));
    wheel_.Set(due, kTick, 4 * kTick);
  });
  EXPECT_EQ(names, "a");
  EXPECT_EQ(At(5 * kTick), "ca");
}

TEST_F(PacingWheelTest, TakeAnyEmptiesIt) {
  Set('a', 7);
  Set('b', 1'000'000'000);
  std::string names;
  while (Item* any = wheel_.TakeAny()) names += any->name;
  EXPECT_EQ(names, "ab");
  EXPECT_TRUE(wheel_.empty());
}

TEST_F(PacingWheelTest, AClockThatStepsBackStandsStill) {
  At(1000 * kTick);
  Set('a', 10 * kTick);
  EXPECT_EQ(At(5 * kTick), "");
  Set('b', 10 * kTick);
  EXPECT_EQ(At(1009 * kTick), "b");
  EXPECT_EQ(At(1010 * kTick), "a");
}

TEST_F(PacingWheelTest, ForeverIsFarAway) {
  At(kTick);
  Set('a', Wheel::kNothing);
  EXPECT_EQ(At(uint64_t{1} << 63), "");
  EXPECT_TRUE(item('a')->is_set());
}

}  // namespace
}  // namespace vcp::qos
