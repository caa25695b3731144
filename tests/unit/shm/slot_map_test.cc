#include "shm/slot_map.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace vcp::shm {
namespace {

TEST(SlotMap, HandsOutInAddressOrderAndSkipsWhatIsHeldBack) {
  SlotMap slots(3);
  EXPECT_EQ(slots.Take(), 0u);
  EXPECT_EQ(slots.Take(), 1u);
  EXPECT_EQ(slots.Take(), 2u);
  EXPECT_EQ(slots.Take(), std::nullopt);
  EXPECT_TRUE(slots.Return(0));
  EXPECT_TRUE(slots.Return(2));
  EXPECT_EQ(slots.Take(), 0u);
  EXPECT_EQ(slots.Take(), 2u);
}

// R12: a slot that is not held cannot be returned, whatever number the client says.
TEST(SlotMap, R12_RefusesWhatIsNotHeld) {
  SlotMap slots(65);
  EXPECT_FALSE(slots.Return(0));
  ASSERT_EQ(slots.Take(), 0u);
  EXPECT_TRUE(slots.Return(0));
  EXPECT_FALSE(slots.Return(0));
  for (uint32_t wild : {65u, 66u, 127u, 128u, 0x7fffffffu, ~0u}) EXPECT_FALSE(slots.Return(wild));
}

RC_GTEST_PROP(SlotMapProperty, AgreesWithASet, ()) {
  const auto count = *rc::gen::inRange<uint32_t>(1, 200);
  SlotMap slots(count);
  std::set<uint32_t> held;
  const auto steps = *rc::gen::container<std::vector<std::pair<bool, uint32_t>>>(
      rc::gen::pair(rc::gen::arbitrary<bool>(), rc::gen::inRange<uint32_t>(0, 220)));
  for (const auto& [take, slot] : steps) {
    if (take) {
      const auto taken = slots.Take();
      RC_ASSERT(taken.has_value() == (held.size() < count));
      if (taken) RC_ASSERT(*taken < count && held.insert(*taken).second);
    } else {
      RC_ASSERT(slots.Return(slot) == (held.erase(slot) == 1));
    }
    RC_ASSERT(slots.held() == held.size());
    RC_ASSERT(slots.free() == count - held.size());
  }
}

// Many at once are the same slots in the same order as one by one, whatever is held meanwhile.
TEST(SlotMap, TakingManyIsTakingOneByOne) {
  std::mt19937 random(7);
  for (const uint32_t count : {1u, 63u, 64u, 65u, 100u, 200u}) {
    SlotMap many(count);
    SlotMap single(count);
    std::vector<uint32_t> held;
    for (int round = 0; round < 300; ++round) {
      std::vector<uint32_t> taken;
      const size_t wanted = random() % 70;
      const size_t got = many.TakeEach(wanted, [&](size_t i, uint32_t slot) {
        EXPECT_EQ(i, taken.size());
        taken.push_back(slot);
      });
      ASSERT_EQ(got, taken.size());
      for (const uint32_t slot : taken) ASSERT_EQ(single.Take(), slot);
      if (got < wanted) {
        ASSERT_EQ(single.Take(), std::nullopt);
      }
      held.insert(held.end(), taken.begin(), taken.end());
      std::shuffle(held.begin(), held.end(), random);
      while (!held.empty() && random() % 4 != 0) {
        ASSERT_TRUE(many.Return(held.back()) && single.Return(held.back()));
        held.pop_back();
      }
      ASSERT_EQ(many.free(), single.free());
    }
  }
}

}  // namespace
}  // namespace vcp::shm
