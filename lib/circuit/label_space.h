// The labels of one port that are free, handed out round robin so that one is not soon used again.
// Every operation takes a few steps, with a million labels as well. Control thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/summary_bitmap.h"
#include "circuit/types.h"

namespace vcp::circuit {

class LabelSpace {
 public:
  // Labels in [first, end); the first one handed out is `start`.
  LabelSpace(uint32_t first, uint32_t end, uint32_t start);

  std::optional<uint32_t> Allocate() { return AllocateWithin(first_, end()); }
  // One of those in [first, end) that are ours.
  std::optional<uint32_t> AllocateWithin(uint32_t first, uint32_t end);
  // This very one; false when it is taken, or none of ours.
  [[nodiscard]] bool Take(uint32_t label);
  void Release(uint32_t label);

  bool Has(uint32_t label) const { return label >= first_ && label < end(); }
  uint32_t free_count() const { return free_.count(); }
  uint32_t used_count() const { return free_.size() - free_.count(); }

 private:
  uint32_t end() const { return first_ + free_.size(); }

  uint32_t first_;
  uint32_t next_;       // label
  SummaryBitmap free_;  // by label - first_
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
