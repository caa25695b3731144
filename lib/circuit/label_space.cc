#include "circuit/label_space.h"

#include "base/check.h"

namespace vcp::circuit {

LabelSpace::LabelSpace(uint32_t first, uint32_t end, uint32_t start)
    : first_(first), next_(start - first), used_(end - first) {
  VCP_CHECK(first <= start && start < end);
}

std::optional<uint32_t> LabelSpace::Allocate() {
  if (used_count_ == used_.size()) return std::nullopt;
  while (used_[next_]) next_ = next_ + 1 == used_.size() ? 0 : next_ + 1;
  const uint32_t taken = next_;
  used_[taken] = true;
  ++used_count_;
  next_ = taken + 1 == used_.size() ? 0 : taken + 1;
  return first_ + taken;
}

void LabelSpace::Release(uint32_t label) {
  VCP_CHECK(label >= first_ && label - first_ < used_.size() && used_[label - first_]);
  used_[label - first_] = false;
  --used_count_;
}

std::shared_ptr<const LabelLease> LabelLease::Take(LabelSpace* space) {
  const std::optional<uint32_t> one = space->Allocate();
  if (!one) return nullptr;
  const std::optional<uint32_t> other = space->Allocate();
  if (!other) {
    space->Release(*one);
    return nullptr;
  }
  return std::shared_ptr<const LabelLease>(
      new LabelLease(space, {.transmit = *one, .receive = *other}));
}

LabelLease::~LabelLease() {
  space_->Release(labels_.transmit);
  space_->Release(labels_.receive);
}

}  // namespace vcp::circuit
