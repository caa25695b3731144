#include "shm/slot_map.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

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

}  // namespace
}  // namespace vcp::shm
