#include "base/handle.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace vcp {
namespace {

using IntTable = HandleTable<int>;
using IntHandle = Handle<int>;

static_assert(sizeof(IntHandle) == 4);
static_assert(!std::is_convertible_v<Handle<int>, Handle<long>>);

TEST(Handle, NullIsZeroAndFindsNothing) {
  IntTable table(4);
  EXPECT_FALSE(IntHandle());
  EXPECT_EQ(IntHandle().value(), 0u);
  EXPECT_EQ(table.Find(IntHandle()), nullptr);
  EXPECT_FALSE(table.Erase(IntHandle()));
  IntHandle first = table.Insert(7);
  EXPECT_TRUE(first);
  EXPECT_EQ(table.Find(IntHandle()), nullptr);
}

TEST(Handle, TravelsAsANumber) {
  IntHandle handle(5, 3);
  EXPECT_EQ(IntHandle::FromValue(handle.value()), handle);
  EXPECT_EQ(handle.index(), 5u);
  EXPECT_EQ(handle.generation(), 3u);
}

TEST(HandleTable, AStaleHandleFindsNoStranger) {
  IntTable table(1);
  IntHandle old = table.Insert(1);
  EXPECT_TRUE(table.Erase(old));
  EXPECT_FALSE(table.Erase(old));
  IntHandle fresh = table.Insert(2);
  EXPECT_EQ(fresh.index(), old.index());
  EXPECT_EQ(table.Find(old), nullptr);
  EXPECT_EQ(*table.Find(fresh), 2);
}

TEST(HandleTable, GenerationsWrapPastNull) {
  IntTable table(1);
  for (uint32_t i = 0; i < 2 * IntHandle::kMaxGeneration; ++i) {
    IntHandle handle = table.Insert(1);
    ASSERT_TRUE(handle);
    ASSERT_NE(handle.generation(), 0u);
    ASSERT_TRUE(table.Erase(handle));
  }
}

TEST(HandleTable, HoldsNoMoreThanItsLimit) {
  IntTable table(2);
  IntHandle first = table.Insert(1);
  EXPECT_TRUE(table.Insert(2));
  EXPECT_FALSE(table.Insert(3));
  EXPECT_EQ(table.size(), 2u);
  EXPECT_TRUE(table.Erase(first));
  EXPECT_TRUE(table.Insert(3));
}

TEST(HandleTable, MadeUpHandlesFindNothing) {
  IntTable table(8);
  IntHandle handle = table.Insert(1);
  EXPECT_EQ(table.Find(IntHandle(handle.index(), handle.generation() + 1)), nullptr);
  EXPECT_EQ(table.Find(IntHandle(handle.index() + 1, handle.generation())), nullptr);
  EXPECT_EQ(table.Find(IntHandle::FromValue(0xffffffff)), nullptr);
}

TEST(HandleTable, ObjectsDoNotMove) {
  HandleTable<std::string> table(1000);
  auto handle = table.Insert("first");
  std::string* first = table.Find(handle);
  for (int i = 0; i < 999; ++i) EXPECT_TRUE(table.Insert("more"));
  EXPECT_EQ(table.Find(handle), first);
}

TEST(HandleTable, TheVisitorMayErase) {
  IntTable table(8);
  std::vector<IntHandle> handles;
  for (int i = 0; i < 8; ++i) handles.push_back(table.Insert(i));
  std::vector<int> seen;
  table.ForEach([&](IntHandle handle, int& value) {
    seen.push_back(value);
    EXPECT_TRUE(table.Erase(handle));
    if (value == 2) {
      EXPECT_TRUE(table.Erase(handles[3]));
    }
  });
  EXPECT_EQ(seen, (std::vector<int>{0, 1, 2, 4, 5, 6, 7}));
  EXPECT_EQ(table.size(), 0u);
}

TEST(HandleTable, ErasingDestroys) {
  HandleTable<std::shared_ptr<int>> table(1);
  auto object = std::make_shared<int>(1);
  auto handle = table.Insert(object);
  EXPECT_EQ(object.use_count(), 2);
  EXPECT_TRUE(table.Erase(handle));
  EXPECT_EQ(object.use_count(), 1);
}

// Against a map that never forgets a handle it has given out.
RC_GTEST_PROP(HandleTableProperty, ActsLikeAMap, (const std::vector<uint8_t>& choices)) {
  constexpr uint32_t kLimit = 8;
  IntTable table(kLimit);
  std::map<IntHandle, int> model;
  std::vector<IntHandle> given;
  int next = 0;
  for (uint8_t choice : choices) {
    if (given.empty() || choice < 128) {
      IntHandle handle = table.Insert(next);
      RC_ASSERT(static_cast<bool>(handle) == (model.size() < kLimit));
      if (handle) {
        RC_ASSERT(model.emplace(handle, next).second);
        given.push_back(handle);
      }
      ++next;
    } else {
      IntHandle handle = given[choice % given.size()];
      RC_ASSERT(table.Erase(handle) == (model.erase(handle) == 1));
    }
    RC_ASSERT(table.size() == model.size());
    for (IntHandle handle : given) {
      auto expected = model.find(handle);
      const int* found = table.Find(handle);
      RC_ASSERT((found != nullptr) == (expected != model.end()));
      if (found != nullptr) RC_ASSERT(*found == expected->second);
    }
  }
}

}  // namespace
}  // namespace vcp
