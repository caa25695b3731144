#include "circuit/label_space.h"

#include <gtest/gtest.h>

namespace vcp::circuit {
namespace {

TEST(LabelSpace, GoesRoundFromItsStart) {
  LabelSpace space(10, 14, 12);
  EXPECT_EQ(space.Allocate(), 12u);
  EXPECT_EQ(space.Allocate(), 13u);
  EXPECT_EQ(space.Allocate(), 10u);
  EXPECT_EQ(space.Allocate(), 11u);
  EXPECT_EQ(space.Allocate(), std::nullopt);
  space.Release(13);
  EXPECT_EQ(space.Allocate(), 13u);
}

TEST(LabelSpace, AFreedLabelIsNotTheNextOne) {
  LabelSpace space(10, 20, 10);
  EXPECT_EQ(space.Allocate(), 10u);
  space.Release(10);
  EXPECT_EQ(space.Allocate(), 11u);
  EXPECT_EQ(space.used_count(), 1u);
}

TEST(LabelSpace, WithinARange) {
  LabelSpace space(10, 40, 10);
  EXPECT_EQ(space.AllocateWithin(20, 22), 20u);
  EXPECT_EQ(space.AllocateWithin(20, 22), 21u);
  EXPECT_EQ(space.AllocateWithin(20, 22), std::nullopt);
  EXPECT_EQ(space.Allocate(), 22u);
  space.Release(20);
  EXPECT_EQ(space.AllocateWithin(20, 22), 20u);
  EXPECT_EQ(space.AllocateWithin(38, 100), 38u);
  EXPECT_EQ(space.AllocateWithin(0, 11), 10u);
  EXPECT_EQ(space.AllocateWithin(0, 11), std::nullopt);
  EXPECT_EQ(space.AllocateWithin(40, 50), std::nullopt);
  EXPECT_EQ(space.AllocateWithin(0, 10), std::nullopt);
  EXPECT_EQ(space.AllocateWithin(30, 20), std::nullopt);
}

TEST(LabelSpace, TakesAnyThatIsFree) {
  LabelSpace space(10, 14, 10);
  EXPECT_TRUE(space.Take(11));
  EXPECT_FALSE(space.Take(11));
  EXPECT_FALSE(space.Take(9));
  EXPECT_FALSE(space.Take(14));
  EXPECT_EQ(space.Allocate(), 10u);
  EXPECT_EQ(space.Allocate(), 12u);
  space.Release(11);
  EXPECT_EQ(space.Allocate(), 13u);
  EXPECT_EQ(space.Allocate(), 11u);
}

TEST(LabelLease, GivesBackWhenTheLastHolderGoes) {
  LabelSpace space(10, 13, 10);
  std::shared_ptr<const LabelLease> one = LabelLease::Take(&space);
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(one->labels(), (Labels{.transmit = 10, .receive = 11}));
  EXPECT_EQ(LabelLease::Take(&space), nullptr);
  EXPECT_EQ(space.used_count(), 2u);
  std::shared_ptr<const LabelLease> other = one;
  one.reset();
  EXPECT_EQ(space.used_count(), 2u);
  other.reset();
  EXPECT_EQ(space.used_count(), 0u);
}

}  // namespace
}  // namespace vcp::circuit
