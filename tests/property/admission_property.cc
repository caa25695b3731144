// Whatever is asked of admission control in whatever order: what it admitted never exceeds its
// limits, and what is given back is given back to the last cell.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "qos/admission.h"
#include "qos/sdu_size.h"

namespace vcp::qos {
namespace {

struct Ask {
  AtmTraffic traffic;
  uint32_t sdu_bytes;
};

rc::Gen<uint64_t> Rates() {
  return rc::gen::oneOf(rc::gen::inRange<uint64_t>(0, 400), rc::gen::arbitrary<uint64_t>());
}

rc::Gen<AtmTraffic> Traffic() {
  return rc::gen::apply(
      [](ConformanceClass conformance, uint64_t one, uint64_t other, uint64_t burst) {
        AtmTraffic traffic{.conformance = conformance, .rates = {.peak = one}};
        switch (CategoryOf(conformance)) {
          case ServiceCategory::kRtVbr:
          case ServiceCategory::kNrtVbr:
            traffic.rates.sustained = other;
            traffic.rates.burst = burst;
            break;
          case ServiceCategory::kAbr:
          case ServiceCategory::kUbr:
            traffic.rates.minimum = other;
            break;
          case ServiceCategory::kCbr:
            break;
        }
        return traffic;
      },
      rc::gen::element(ConformanceClass::kCbr1, ConformanceClass::kRtVbr1,
                       ConformanceClass::kNrtVbr1, ConformanceClass::kAbr, ConformanceClass::kUbr1),
      Rates(), Rates(), rc::gen::inRange<uint64_t>(0, 300));
}

// Our own account, of what each VC has and may get.
struct Account {
  std::optional<AdmissionCount> has;
  std::optional<AdmissionCount> may_get;

  uint64_t Cells(bool real_time_only) const {
    uint64_t most = 0;
    for (const auto& count : {has, may_get}) {
      if (!count || (real_time_only && !count->real_time)) continue;
      most = std::max(most, count->share.cells_per_second);
    }
    return most;
  }
  uint64_t Bits() const {
    uint64_t most = 0;
    for (const auto& count : {has, may_get}) {
      if (count) most = std::max(most, count->share.wire_bits_per_second);
    }
    return most;
  }
  uint64_t Buffered() const {
    return std::max(has ? has->buffered_cells : 0, may_get ? may_get->buffered_cells : 0);
  }
};

// No less than the traffic, at its k and overbooking.
void CheckCount(const AdmissionCount& count) {
  const AtmTraffic& traffic = count.traffic;
  uint64_t effective = traffic.peak();
  if (traffic.burst() != 0 || traffic.rates.sustained) {
    const uint64_t above = traffic.peak() - traffic.sustained();
    RC_ASSERT((count.effective_cells_per_second - traffic.sustained()) * 1000 >=
              above * count.k_permille);
    effective = count.effective_cells_per_second;
  } else if (!count.real_time) {
    effective = traffic.rates.minimum.value_or(0);
  }
  RC_ASSERT(count.effective_cells_per_second == effective);
  RC_ASSERT(count.share.cells_per_second * count.overbooking_permille >= effective * 1000);
  RC_ASSERT(count.share.wire_bits_per_second * CellsOfSdu(count.sdu_bytes) >=
            count.share.cells_per_second * WireBytesOfSdu(count.sdu_bytes) * 8);
}

void CheckTotals(const AdmissionControl& control,
                 const std::map<AdmissionHandle, Account>& accounts) {
  uint64_t cells = 0;
  uint64_t real_time_cells = 0;
  uint64_t bits = 0;
  uint64_t buffered = 0;
  for (const auto& [handle, account] : accounts) {
    cells += account.Cells(false);
    real_time_cells += account.Cells(true);
    bits += account.Bits();
    buffered += account.Buffered();
  }
  RC_ASSERT(control.reserved().cells_per_second == cells);
  RC_ASSERT(control.real_time_reserved().cells_per_second == real_time_cells);
  RC_ASSERT(control.reserved().wire_bits_per_second == bits);
  RC_ASSERT(control.buffered_cells() == buffered);
  RC_ASSERT(cells <= control.limit().cells_per_second);
  RC_ASSERT(real_time_cells <= control.real_time_limit().cells_per_second);
  RC_ASSERT(bits <= control.limit().wire_bits_per_second);
  RC_ASSERT(buffered <= control.policy().buffer_cells);
  RC_ASSERT(control.size() == accounts.size());
}

class Session {
 public:
  explicit Session(const AdmissionPolicy& policy) : control_(policy) {}

  void Step() {
    const auto traffic = *Traffic();
    const auto sdu_bytes = *rc::gen::inRange<uint32_t>(1, 9217);
    const int deed = *rc::gen::inRange(0, 6);
    if (deed <= 1 || accounts_.empty()) {
      AdmissionHandle handle;
      if (control_.Reserve(traffic, sdu_bytes, &handle) == Admission::kAdmitted) {
        accounts_[handle].may_get = control_.Find(handle)->pending;
        CheckCount(*accounts_[handle].may_get);
      }
    } else {
      auto at = accounts_.begin();
      std::advance(at, *rc::gen::inRange<size_t>(0, accounts_.size()));
      Touch(deed, at->first, &at->second, traffic, sdu_bytes);
    }
    CheckTotals(control_, accounts_);
  }

  void Clear() {
    while (!accounts_.empty()) {
      control_.Release(accounts_.begin()->first);
      accounts_.erase(accounts_.begin());
      CheckTotals(control_, accounts_);
    }
    RC_ASSERT(control_.reserved() == AdmissionShare());
    RC_ASSERT(control_.real_time_reserved() == AdmissionShare());
  }

 private:
  void Touch(int deed, AdmissionHandle handle, Account* account, const AtmTraffic& traffic,
             uint32_t sdu_bytes) {
    if (deed == 2) {
      control_.Release(handle);
      accounts_.erase(handle);
    } else if (!account->may_get) {
      if (control_.Change(handle, traffic, sdu_bytes) == Admission::kAdmitted) {
        account->may_get = control_.Find(handle)->pending;
        CheckCount(*account->may_get);
      }
    } else if (deed == 3) {
      control_.RollBack(handle);
      account->may_get.reset();
      if (!account->has) accounts_.erase(handle);
    } else {
      control_.Commit(handle);
      account->has = account->may_get;
      account->may_get.reset();
    }
  }

  AdmissionControl control_;
  std::map<AdmissionHandle, Account> accounts_;
};

RC_GTEST_PROP(AdmissionProperty, WhatIsReservedIsWhatWasAdmittedAndWithinTheLimits, ()) {
  AdmissionPolicy policy;
  policy.cells_per_second = *rc::gen::inRange<uint64_t>(0, 3000);
  policy.wire_bits_per_second = *rc::gen::inRange<uint64_t>(0, 3'000'000);
  policy.buffer_cells = *rc::gen::inRange<uint64_t>(0, 1000);
  policy.nrt_vbr_k_permille = *rc::gen::inRange<uint32_t>(0, 1001);
  for (uint32_t& overbooking : policy.overbooking_permille) {
    overbooking = *rc::gen::inRange<uint32_t>(1000, 4000);
  }
  Session session(policy);
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) session.Step();
  session.Clear();
}

// A new contract is refused only where it would not fit.
RC_GTEST_PROP(AdmissionProperty, WhatFitsIsNotRefused, ()) {
  AdmissionPolicy policy;
  policy.cells_per_second = *rc::gen::inRange<uint64_t>(0, 3000);
  policy.wire_bits_per_second = uint64_t{1} << 40;
  AdmissionControl control(policy);
  for (const uint64_t rate : *rc::gen::container<std::vector<uint64_t>>(Rates())) {
    const AtmTraffic traffic{.conformance = ConformanceClass::kCbr1, .rates = {.peak = rate}};
    const uint64_t left = control.limit().cells_per_second - control.reserved().cells_per_second;
    const uint64_t left_for_real_time =
        control.real_time_limit().cells_per_second - control.real_time_reserved().cells_per_second;
    AdmissionHandle handle;
    const Admission outcome = control.Reserve(traffic, 1492, &handle);
    RC_ASSERT(outcome == (rate > left                 ? Admission::kCellRateUnavailable
                          : rate > left_for_real_time ? Admission::kQosUnavailable
                                                      : Admission::kAdmitted));
  }
}

}  // namespace
}  // namespace vcp::qos
