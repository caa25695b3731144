#include "circuit/label_space.h"

#include <algorithm>

#include "base/check.h"

namespace vcp::circuit {

LabelSpace::LabelSpace(uint32_t first, uint32_t end, uint32_t start)
    : first_(first), next_(start), free_(end - first) {
  VCP_CHECK(first <= start && start < end);
  free_.InsertAll();
}

std::optional<uint32_t> LabelSpace::AllocateWithin(uint32_t first, uint32_t end) {
  first = std::max(first, first_);
  end = std::min(end, this->end());
  if (first >= end) return std::nullopt;
  const uint32_t from = next_ > first && next_ < end ? next_ : first;
  std::optional<uint32_t> index = free_.Next(from - first_);
  if (!index || first_ + *index >= end) index = free_.Next(first - first_);
  if (!index || first_ + *index >= end) return std::nullopt;
  free_.Erase(*index);
  next_ = first_ + *index + 1;
  return first_ + *index;
}

bool LabelSpace::Take(uint32_t label) { return Has(label) && free_.Erase(label - first_); }

void LabelSpace::Release(uint32_t label) {
  VCP_CHECK(Has(label));
  VCP_CHECK(free_.Insert(label - first_));
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
