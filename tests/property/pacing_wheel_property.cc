// The timing wheel against a sorted list, whatever is set, cancelled and advanced to.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "qos/pacing_wheel.h"

namespace vcp::qos {
namespace {

struct Item : PacingTimer {};
using Wheel = PacingWheel<Item>;

// Times of every order of magnitude.
rc::Gen<uint64_t> AnySpan() {
  return rc::gen::mapcat(rc::gen::inRange(1, 50), [](int bits) {
    return rc::gen::inRange<uint64_t>(0, uint64_t{1} << bits);
  });
}

struct Model {
  std::array<Item, 40> items;
  std::array<std::optional<uint64_t>, 40> due_ns;
  Wheel wheel;
  uint64_t now_ns = 0;

  std::optional<uint64_t> First() const {
    std::optional<uint64_t> first;
    for (const auto& due : due_ns) {
      if (due && (!first || *due < *first)) first = due;
    }
    return first;
  }
};

void Set(Model* model, size_t at) {
  if (model->due_ns[at]) return;
  const uint64_t wait_ns = *AnySpan();
  model->wheel.Set(&model->items[at], model->now_ns, wait_ns);
  model->due_ns[at] =
      (model->now_ns + wait_ns + Wheel::kTickNs - 1) / Wheel::kTickNs * Wheel::kTickNs;
}

// As much at a time as there is budget for: everything that is due comes, nothing else does.
void Advance(Model* model) {
  model->now_ns += *AnySpan();
  const auto most = *rc::gen::inRange<size_t>(1, 50);
  std::vector<uint64_t> came;
  const size_t longest = model->items.size() * 11 / most + 2;
  size_t calls = 0;
  while (model->wheel.NextNs() <= model->now_ns) {
    RC_ASSERT(++calls <= longest);
    const size_t looked = model->wheel.Advance(model->now_ns, most, [&](Item* item) {
      const auto at = static_cast<size_t>(item - model->items.data());
      RC_ASSERT(model->due_ns[at].has_value());
      RC_ASSERT(*model->due_ns[at] <= model->now_ns);
      came.push_back(*model->due_ns[at]);
      model->due_ns[at].reset();
    });
    RC_ASSERT(looked <= most);
  }
  RC_ASSERT(model->First().value_or(Wheel::kNothing) > model->now_ns);
}

RC_GTEST_PROP(PacingWheelProperty, IsASortedList, ()) {
  Model model;
  model.now_ns = *AnySpan();
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 10));
  for (const int step : steps) {
    const auto at = *rc::gen::inRange<size_t>(0, model.items.size());
    if (step < 6) {
      Set(&model, at);
    } else if (step < 7) {
      model.wheel.Cancel(&model.items[at]);
      model.due_ns[at].reset();
    } else {
      Advance(&model);
    }
    const auto count = static_cast<size_t>(
        std::ranges::count_if(model.due_ns, [](const auto& due) { return due.has_value(); }));
    RC_ASSERT(model.wheel.size() == count);
    for (size_t i = 0; i < model.items.size(); ++i) {
      RC_ASSERT(model.items[i].is_set() == model.due_ns[i].has_value());
    }
    // Whoever sleeps until then misses nothing.
    if (const auto first = model.First()) {
      RC_ASSERT(model.wheel.NextNs() <= std::max(*first, model.now_ns));
    } else {
      RC_ASSERT(model.wheel.NextNs() == Wheel::kNothing);
    }
  }
}

}  // namespace
}  // namespace vcp::qos
