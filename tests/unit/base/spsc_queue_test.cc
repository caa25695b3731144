#include "base/spsc_queue.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <thread>
#include <vector>

namespace vcp {
namespace {

TEST(SpscQueue, KeepsOrderAndBound) {
  SpscQueue<int> queue(4);
  const std::vector<int> items = {1, 2, 3, 4, 5};
  EXPECT_EQ(queue.Push(items), 4u);
  EXPECT_FALSE(queue.TryPush(9));
  EXPECT_EQ(queue.size(), 4u);
  int item;
  EXPECT_TRUE(queue.TryPop(&item));
  EXPECT_EQ(item, 1);
  EXPECT_TRUE(queue.TryPush(6));
  std::vector<int> rest(8);
  EXPECT_EQ(queue.Pop(rest), 4u);
  EXPECT_EQ((std::vector<int>(rest.begin(), rest.begin() + 4)), (std::vector<int>{2, 3, 4, 6}));
  EXPECT_FALSE(queue.TryPop(&item));
  EXPECT_TRUE(queue.empty());
}

RC_GTEST_PROP(SpscQueueProperty, RemovesWhatIsUnwanted, (const std::vector<bool>& unwanted)) {
  SpscQueue<int> queue(16);
  const int skipped = *rc::gen::inRange(0, 16);  // so that the items lie across the ring's end
  std::vector<int> nothing(16);
  queue.Push({nothing.data(), static_cast<size_t>(skipped)});
  queue.Pop(nothing);
  const int count = std::min<int>(16, static_cast<int>(unwanted.size()));
  std::vector<int> kept;
  for (int i = 0; i < count; ++i) {
    RC_ASSERT(queue.TryPush(i));
    if (!unwanted[i]) kept.push_back(i);
  }
  size_t seen = 0;
  const size_t removed = queue.RemoveIf([&](int item) {
    ++seen;
    return unwanted[item];
  });
  RC_ASSERT(seen == static_cast<size_t>(count));
  RC_ASSERT(removed == count - kept.size());
  std::vector<int> rest(16);
  rest.resize(queue.Pop(rest));
  RC_ASSERT(rest == kept);
}

RC_GTEST_PROP(SpscQueueProperty, ActsLikeABoundedDeque, (const std::vector<int8_t>& steps)) {
  SpscQueue<int> queue(16);
  std::deque<int> model;
  int next = 0;
  for (int8_t step : steps) {
    std::vector<int> batch(std::abs(step % 24));
    if (step >= 0) {
      for (int& item : batch) item = next++;
      size_t count = queue.Push(batch);
      RC_ASSERT(count == std::min(batch.size(), 16 - model.size()));
      model.insert(model.end(), batch.begin(), batch.begin() + count);
    } else {
      size_t count = queue.Pop(batch);
      RC_ASSERT(count == std::min(batch.size(), model.size()));
      for (size_t i = 0; i < count; ++i) {
        RC_ASSERT(batch[i] == model.front());
        model.pop_front();
      }
    }
    RC_ASSERT(queue.size() == model.size());
  }
}

TEST(SpscQueue, TwoThreadsLoseAndReorderNothing) {
  constexpr uint64_t kItems = 200'000;
  SpscQueue<uint64_t> queue(64);
  std::thread producer([&] {
    uint64_t next = 0;
    std::vector<uint64_t> batch(17);
    while (next < kItems) {
      size_t size = std::min<uint64_t>(batch.size(), kItems - next);
      for (size_t i = 0; i < size; ++i) batch[i] = next + i;
      size_t count = queue.Push({batch.data(), size});
      if (count == 0) std::this_thread::yield();
      next += count;
    }
  });
  uint64_t expected = 0;
  bool in_order = true;
  std::vector<uint64_t> batch(13);
  while (expected < kItems) {
    size_t count = queue.Pop(batch);
    if (count == 0) std::this_thread::yield();
    for (size_t i = 0; i < count; ++i) in_order = batch[i] == expected++ && in_order;
  }
  EXPECT_TRUE(in_order);
  producer.join();
  EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace vcp
