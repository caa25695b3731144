// The labels of one port, handed out round robin so that one is not soon used again. Control
// thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "circuit/types.h"

namespace vcp::circuit {

class LabelSpace {
 public:
  // Labels in [first, end); the first one handed out is `start`.
  LabelSpace(uint32_t first, uint32_t end, uint32_t start);

  std::optional<uint32_t> Allocate();
  void Release(uint32_t label);
  uint32_t used_count() const { return used_count_; }

 private:
  uint32_t first_;
  uint32_t next_;
  std::vector<bool> used_;  // by label - first_
  uint32_t used_count_ = 0;
};

// Two labels, given back when nobody holds the lease any more. The space outlives it.
class LabelLease {
 public:
  // Null when fewer than two are free.
  static std::shared_ptr<const LabelLease> Take(LabelSpace* space);
  ~LabelLease();
  LabelLease(const LabelLease&) = delete;
  LabelLease& operator=(const LabelLease&) = delete;

  const Labels& labels() const { return labels_; }

 private:
  LabelLease(LabelSpace* space, Labels labels) : space_(space), labels_(labels) {}

  LabelSpace* space_;
  Labels labels_;
};

}  // namespace vcp::circuit
