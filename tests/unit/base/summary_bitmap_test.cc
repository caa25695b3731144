#include "base/summary_bitmap.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <vector>

namespace vcp {
namespace {

TEST(SummaryBitmap, IsASet) {
  SummaryBitmap bitmap(100);
  EXPECT_FALSE(bitmap.Contains(7));
  EXPECT_TRUE(bitmap.Insert(7));
  EXPECT_FALSE(bitmap.Insert(7));
  EXPECT_TRUE(bitmap.Contains(7));
  EXPECT_EQ(bitmap.count(), 1u);
  EXPECT_TRUE(bitmap.Erase(7));
  EXPECT_FALSE(bitmap.Erase(7));
  EXPECT_EQ(bitmap.count(), 0u);
}

TEST(SummaryBitmap, FindsAcrossAMillionEmptyPlaces) {
  SummaryBitmap bitmap(1 << 20);
  EXPECT_EQ(bitmap.Next(0), std::nullopt);
  bitmap.Insert((1 << 20) - 1);
  bitmap.Insert(0);
  EXPECT_EQ(bitmap.Next(0), 0u);
  EXPECT_EQ(bitmap.Next(1), (1u << 20) - 1);
  EXPECT_EQ(bitmap.Next((1 << 20) - 1), (1u << 20) - 1);
  EXPECT_EQ(bitmap.Next(1 << 20), std::nullopt);
  EXPECT_EQ(bitmap.Next(~0u), std::nullopt);
}

RC_GTEST_PROP(SummaryBitmapProperty, IsWhatAStandardSetIs, ()) {
  const auto size = *rc::gen::element<uint32_t>(1, 2, 63, 64, 65, 4095, 4096, 4097, 20'000);
  SummaryBitmap bitmap(size);
  std::set<uint32_t> model;
  if (*rc::gen::arbitrary<bool>()) {
    bitmap.InsertAll();
    for (uint32_t index = 0; index < size; ++index) model.insert(model.end(), index);
  }
  const auto steps = *rc::gen::container<std::vector<uint32_t>>(rc::gen::arbitrary<uint32_t>());
  for (uint32_t step : steps) {
    const uint32_t index = step / 3 % size;
    if (step % 3 != 0) {
      RC_ASSERT(bitmap.Insert(index) == model.insert(index).second);
    } else if (!model.empty()) {
      const auto found = model.lower_bound(index);
      const uint32_t gone = found == model.end() ? *model.begin() : *found;
      RC_ASSERT(bitmap.Erase(gone));
      model.erase(gone);
    }
    RC_ASSERT(bitmap.count() == model.size());
    const auto next = model.lower_bound(index);
    RC_ASSERT(bitmap.Next(index) ==
              (next == model.end() ? std::nullopt : std::optional<uint32_t>(*next)));
    RC_ASSERT(bitmap.Contains(index) == model.contains(index));
  }
}

}  // namespace
}  // namespace vcp
