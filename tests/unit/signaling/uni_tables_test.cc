// The index and the timers of calls against simple models.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "signaling/key_index.h"
#include "signaling/timer_heap.h"

namespace vcp::signaling {
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

RC_GTEST_PROP(TimerHeap, RunsTimersInTheOrderOfASortedList, ()) {
  TimerHeap<int> heap;
  std::set<std::pair<uint64_t, int>> model;  // By deadline, then by when they were armed.
  std::map<int, std::pair<uint64_t, TimerSlot>> armed;
  uint64_t now_ns = 0;
  const auto steps = *rc::gen::arbitrary<std::vector<std::pair<uint8_t, uint8_t>>>();
  for (size_t i = 0; i < steps.size(); ++i) {
    const auto [action, value] = steps[i];
    const int id = static_cast<int>(i);
    if (action % 4 < 2) {
      const uint64_t deadline_ns = now_ns + value % 16;
      armed[id] = {deadline_ns, heap.Arm(deadline_ns, id)};
      model.insert({deadline_ns, id});
    } else if (action % 4 == 2 && !armed.empty()) {
      const auto victim = std::next(armed.begin(), value % armed.size());
      heap.Cancel(&victim->second.second);
      RC_ASSERT(victim->second.second == TimerSlot::kNone);
      model.erase({victim->second.first, victim->first});
      armed.erase(victim);
    } else {
      now_ns += value % 8;
      while (const std::optional<int> due = heap.PopDue(now_ns)) {
        RC_ASSERT(!model.empty() && model.begin()->second == *due);
        model.erase(model.begin());
        armed.erase(*due);
      }
      RC_ASSERT(model.empty() || model.begin()->first > now_ns);
    }
    RC_ASSERT(heap.size() == model.size());
    RC_ASSERT(heap.NextDeadlineNs() ==
              (model.empty() ? std::nullopt : std::optional(model.begin()->first)));
  }
}

TEST(TimerHeap, CancellingNoTimerDoesNothing) {
  TimerHeap<int> heap;
  TimerSlot none = TimerSlot::kNone;
  heap.Cancel(&none);
  EXPECT_EQ(heap.PopDue(UINT64_MAX), std::nullopt);
}

}  // namespace
}  // namespace vcp::signaling
