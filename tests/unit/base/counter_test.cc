#include "base/counter.h"

#include <gtest/gtest.h>

#include <thread>
#include <type_traits>

namespace vcp {
namespace {

// It lies in shared memory.
static_assert(std::is_trivially_copyable_v<Counter> && sizeof(Counter) == 8);

TEST(Counter, Counts) {
  Counter counter;
  EXPECT_EQ(counter.Read(), 0u);
  counter.Add();
  counter.Add(41);
  EXPECT_EQ(counter.Read(), 42u);
}

TEST(Counter, AnotherThreadReadsItGrowing) {
  constexpr uint64_t kCount = 100'000;
  Counter counter;
  std::thread writer([&] {
    for (uint64_t i = 0; i < kCount; ++i) counter.Add();
  });
  uint64_t last = 0;
  bool grew = true;
  while (last != kCount) {
    uint64_t now = counter.Read();
    grew = grew && now >= last;
    last = now;
  }
  writer.join();
  EXPECT_TRUE(grew);
}

}  // namespace
}  // namespace vcp
