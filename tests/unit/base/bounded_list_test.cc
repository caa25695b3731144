#include "base/bounded_list.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace vcp {
namespace {

TEST(BoundedList, KeepsAsMuchAsItHasRoomFor) {
  BoundedList<int, 2> list;
  EXPECT_TRUE(list.empty());
  EXPECT_TRUE(list.Append(1) && list.Append(2));
  EXPECT_FALSE(list.Append(3));
  EXPECT_TRUE(list.full());
  EXPECT_EQ(list, (BoundedList<int, 2>{1, 2}));
  list.clear();
  EXPECT_TRUE(list.empty());
}

TEST(BoundedList, AssignsAllOrNothing) {
  BoundedList<int, 2> list{7};
  EXPECT_FALSE(list.Assign(std::vector<int>{1, 2, 3}));
  EXPECT_EQ(list, (BoundedList<int, 2>{7}));
  EXPECT_TRUE(list.Assign(std::vector<int>{1, 2}));
  EXPECT_EQ(list, (BoundedList<int, 2>{1, 2}));
}

TEST(BoundedList, AssignsFromItself) {
  BoundedList<int, 4> list{1, 2, 3};
  EXPECT_TRUE(list.Assign({list.data() + 1, 2}));
  EXPECT_EQ(list, (BoundedList<int, 4>{2, 3}));
}

TEST(BoundedList, EqualityIsOfWhatIsInIt) {
  BoundedList<int, 4> longer{1, 2};
  EXPECT_NE(longer, (BoundedList<int, 4>{1}));
  BoundedList<int, 4> emptied{1, 2};
  emptied.clear();
  EXPECT_EQ(emptied, (BoundedList<int, 4>{}));
}

TEST(BoundedList, ReleasesWhatItDrops) {
  auto value = std::make_shared<int>(1);
  BoundedList<std::shared_ptr<int>, 2> list{value};
  EXPECT_EQ(value.use_count(), 2);
  list.clear();
  EXPECT_EQ(value.use_count(), 1);
}

TEST(BoundedListDeathTest, StepsBeyondTheEndAbort) {
  BoundedList<int, 2> list{1};
  EXPECT_EQ(list[0], 1);
  EXPECT_DEATH(list[1], "check failed");
  EXPECT_DEATH((BoundedList<int, 2>{1, 2, 3}), "check failed");
}

}  // namespace
}  // namespace vcp
