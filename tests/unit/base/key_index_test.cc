#include "base/key_index.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <vector>

namespace vcp {
namespace {

RC_GTEST_PROP(KeyIndex, FindsWhatAMapFinds, (uint32_t seed)) {
  KeyIndex index(seed);
  std::map<uint32_t, uint32_t> model;
  const auto steps = *rc::gen::container<std::vector<uint32_t>>(rc::gen::inRange<uint32_t>(0, 60));
  for (size_t i = 0; i < steps.size(); ++i) {
    const uint32_t key = steps[i] % 3 == 0 ? steps[i] << 18 : steps[i];
    if (model.contains(key)) {
      index.Erase(key);
      model.erase(key);
    } else {
      index.Insert(key, static_cast<uint32_t>(i + 1));
      model[key] = static_cast<uint32_t>(i + 1);
    }
    RC_ASSERT(index.size() == model.size());
    for (uint32_t probe = 0; probe < 60; ++probe) {
      for (uint32_t other : {probe, probe << 18}) {
        const auto found = model.find(other);
        RC_ASSERT(index.Find(other) == (found == model.end() ? 0 : found->second));
      }
    }
  }
}

TEST(KeyIndex, HoldsAHundredThousand) {
  KeyIndex index(3);
  for (uint32_t key = 0; key < 100'000; ++key) index.Insert(key << 4, key + 1);
  for (uint32_t key = 0; key < 100'000; key += 2) index.Erase(key << 4);
  index.Erase(5);  // Never was there.
  EXPECT_EQ(index.size(), 50'000u);
  for (uint32_t key = 0; key < 100'000; ++key) {
    ASSERT_EQ(index.Find(key << 4), key % 2 == 0 ? 0 : key + 1);
  }
}

TEST(KeyIndex, SetInsertsReplacesAndErases) {
  KeyIndex index(7);
  index.Set(5, 1);
  index.Set(5, 2);
  index.Set(6, 3);
  EXPECT_EQ(index.Find(5), 2u);
  EXPECT_EQ(index.size(), 2u);
  index.Set(5, 0);
  index.Set(9, 0);  // Never was there.
  EXPECT_EQ(index.Find(5), 0u);
  EXPECT_EQ(index.size(), 1u);
}

TEST(KeyIndex, VisitsEachOnce) {
  KeyIndex index(11);
  std::map<uint32_t, uint32_t> model;
  for (uint32_t key = 0; key < 1000; key += 3) {
    index.Insert(key, key + 1);
    model[key] = key + 1;
  }
  std::map<uint32_t, uint32_t> seen;
  index.ForEach(
      [&](uint32_t key, uint32_t value) { EXPECT_TRUE(seen.emplace(key, value).second); });
  EXPECT_EQ(seen, model);
}

}  // namespace
}  // namespace vcp
