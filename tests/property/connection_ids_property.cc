// Whatever calls, peers and operators do with a link's labels: nobody gets one that somebody else
// has, or had until just now, and none is lost.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "callmgr/connection_ids.h"

namespace vcp::callmgr {
namespace {

constexpr uint64_t kQuarantineNs = 20;
// Two virtual paths' ends meet here, and the standards' own VCIs with them.
constexpr uint32_t kFirst = (1 << 16) - 5;
constexpr uint32_t kLast = (1 << 16) + 37;

bool IsForCalls(uint32_t label) {
  return label >= kFirst && label <= kLast && (label & 0xffff) >= kMinVci;
}

class Model {
 public:
  void Step() {
    now_ns_ += *rc::gen::inRange<uint64_t>(0, 12);
    const uint32_t label = *rc::gen::inRange(kFirst - 2, kLast + 3);
    switch (*rc::gen::inRange(0, 7)) {
      case 0:
      case 1:
        return Give(ids_.Allocate(now_ns_), kFirst, kLast + 1);
      case 2: {
        const auto vpci = *rc::gen::inRange<uint16_t>(0, 2);
        return Give(ids_.AllocateOn(vpci, now_ns_), vpci << 16, (vpci + 1) << 16);
      }
      case 3: {
        const bool free = IsFree(label);
        RC_ASSERT(ids_.Take(label, now_ns_) == free);
        if (free) in_use_.insert(label);
        return;
      }
      case 4:
        if (!in_use_.empty()) Release(*in_use_.begin());
        return;
      case 5:
        return Exclude(label);
      case 6:
        if (excluded_.empty()) return;
        ids_.Readmit(*excluded_.rbegin(), now_ns_);
        Rest(*excluded_.rbegin());
        excluded_.erase(*excluded_.rbegin());
        return;
    }
  }

  void CheckCounts() {
    RC_ASSERT(ids_.in_use_count() == in_use_.size());
    RC_ASSERT(ids_.excluded_count() == excluded_.size());
    for (uint32_t label : in_use_) RC_ASSERT(ids_.IsInUse(label));
  }

  // After everything has been given back and has rested, all are there.
  void CheckNoneIsLost() {
    while (!in_use_.empty()) Release(*in_use_.begin());
    for (uint32_t label : excluded_) ids_.Readmit(label, now_ns_);
    now_ns_ += kQuarantineNs;
    std::set<uint32_t> all;
    while (const std::optional<uint32_t> label = ids_.Allocate(now_ns_)) {
      RC_ASSERT(IsForCalls(*label));
      RC_ASSERT(all.insert(*label).second);
    }
    RC_ASSERT(all.size() == size_t{5 + 38 - kMinVci});
  }

 private:
  bool IsFree(uint32_t label) const {
    const auto resting = rests_until_.find(label);
    return IsForCalls(label) && !in_use_.contains(label) && !excluded_.contains(label) &&
           (resting == rests_until_.end() || resting->second <= now_ns_);
  }
  void Rest(uint32_t label) { rests_until_[label] = now_ns_ + kQuarantineNs; }

  void Give(std::optional<uint32_t> label, uint32_t first, uint32_t end) {
    bool any = false;
    for (uint32_t other = std::max(first, kFirst); other < end && other <= kLast; ++other) {
      any |= IsFree(other);
    }
    RC_ASSERT(label.has_value() == any);
    if (!label) return;
    RC_ASSERT(*label >= first && *label < end && IsFree(*label));
    in_use_.insert(*label);
  }
  void Release(uint32_t label) {
    ids_.Release(label, now_ns_);
    in_use_.erase(label);
    Rest(label);
  }
  void Exclude(uint32_t label) {
    if (excluded_.contains(label)) return;
    const bool may = IsFree(label) || !IsForCalls(label);
    RC_ASSERT(ids_.Exclude(label, now_ns_) == may);
    if (may) excluded_.insert(label);
  }

  ConnectionIds ids_{{.first_label = kFirst, .last_label = kLast, .quarantine_ns = kQuarantineNs}};
  uint64_t now_ns_ = 0;
  std::set<uint32_t> in_use_;
  std::set<uint32_t> excluded_;
  std::map<uint32_t, uint64_t> rests_until_;
};

RC_GTEST_PROP(ConnectionIdsProperty, NobodyGetsWhatSomebodyHas, ()) {
  Model model;
  for (int steps = *rc::gen::inRange(1, 100); steps > 0; --steps) {
    model.Step();
    model.CheckCounts();
  }
  model.CheckNoneIsLost();
}

}  // namespace
}  // namespace vcp::callmgr
