// The timers of calls against a simple model.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "signaling/timer_heap.h"

namespace vcp::signaling {
namespace {

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
        RC_ASSERT(!model.empty());
        RC_ASSERT(model.begin()->second == *due);
        model.erase(model.begin());
        armed.erase(*due);
      }
      if (!model.empty()) RC_ASSERT(model.begin()->first > now_ns);
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
