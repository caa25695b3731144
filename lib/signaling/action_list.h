#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace vcp::signaling {

// What a protocol machine wants done, in order. A machine never calls out: it adds actions, and its
// owner carries them out afterwards. Carrying one out may call the machine again; what that adds
// comes after what is there. So nothing nests, and nothing overtakes. The list reuses its memory.
template <typename Action>
class ActionList {
 public:
  void Add(const Action& action) { actions_.push_back(action); }

  // Calls carry_out(action) for each action, those included that it makes the machine add, then
  // forgets them. False, and nothing done, inside another CarryOut, which gets to them.
  template <typename CarryOutOne>
  bool CarryOut(CarryOutOne&& carry_out) {
    if (carrying_out_) return false;
    carrying_out_ = true;
    for (size_t i = 0; i < actions_.size(); ++i) {
      const Action action = actions_[i];  // By value: adding moves them.
      carry_out(action);
    }
    actions_.clear();
    carrying_out_ = false;
    return true;
  }

  bool carrying_out() const { return carrying_out_; }
  size_t size() const { return actions_.size(); }

 private:
  std::vector<Action> actions_;
  bool carrying_out_ = false;
};

}  // namespace vcp::signaling
