// Connection admission control: which VCs one direction of a port has room for (signaling 3.9).
// A VC counts with its effective bandwidth in cells/s and with the true bits/s that these are as
// frames. What is reserved never grows beyond the limits, whatever is asked. Control thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/handle.h"
#include "base/limits.h"
#include "qos/atm_traffic.h"

namespace vcp::qos {

struct AdmissionPolicy {
  uint64_t cells_per_second = 0;
  uint64_t wire_bits_per_second = 0;
  // Shares of the port, after the control reserve, for real-time VCs (CBR, rt-VBR) and for all.
  uint32_t real_time_permille = 900;
  uint32_t total_permille = 950;
  uint32_t control_reserve_permille = 10;
  // Effective bandwidth of VBR: sustained + k (peak - sustained). 1000 is peak allocation.
  uint32_t rt_vbr_k_permille = 1000;
  uint32_t nrt_vbr_k_permille = 200;
  // Bursts of nrt-VBR that the port's queue holds; a VC whose burst does not fit counts at its
  // peak.
  uint64_t buffer_cells = 0;
  // By ServiceCategory: how much of it is sold, 2000 meaning twice what there is.
  std::array<uint32_t, kServiceCategories> overbooking_permille = {1000, 1000, 1000, 1000, 1000};
};

// All the payload that a link of this bit rate could carry, and the defaults above.
AdmissionPolicy PolicyOfLink(uint64_t bits_per_second);

enum class Admission : uint8_t {
  kAdmitted,
  kCellRateUnavailable,  // cause 37; RateSubfieldsOf says which rates
  kQosUnavailable,       // cause 49: there is room, but no more for real-time VCs
  kNoResources,          // cause 47: more VCs than the port has labels
};

// What VCs take together, or one of them.
struct AdmissionShare {
  uint64_t cells_per_second = 0;
  uint64_t wire_bits_per_second = 0;
  friend bool operator==(const AdmissionShare&, const AdmissionShare&) = default;
};

// How one contract is counted.
struct AdmissionCount {
  AtmTraffic traffic = {};
  uint32_t sdu_bytes = 0;
  uint32_t k_permille = 0;  // VBR, and 1000 too where the buffer was full
  uint64_t effective_cells_per_second = 0;
  uint32_t overbooking_permille = 1000;
  AdmissionShare share = {};
  uint64_t buffered_cells = 0;
  bool real_time = false;
};

// A VC's row. While it is made or changed the larger of both is taken.
struct AdmissionRow {
  std::optional<AdmissionCount> committed = {};
  std::optional<AdmissionCount> pending = {};
};

using AdmissionHandle = Handle<AdmissionRow>;

class AdmissionControl {
 public:
  explicit AdmissionControl(const AdmissionPolicy& policy);

  // What Reserve would say, and how it would count the VC; nothing is reserved.
  Admission Judge(const AtmTraffic& traffic, uint32_t sdu_bytes, AdmissionCount* count) const;
  // The port became faster or slower. What is reserved stays, even where it is more than the limits
  // now, and then nothing is admitted that adds to it.
  void SetCapacity(uint64_t cells_per_second, uint64_t wire_bits_per_second);

  // Reserves for a VC to be made. `sdu_bytes` is the size of SDU at which its frames are counted:
  // the smallest that is policed, or else the largest. Ends with Commit or RollBack.
  [[nodiscard]] Admission Reserve(const AtmTraffic& traffic, uint32_t sdu_bytes,
                                  AdmissionHandle* handle);
  // Reserves what a committed VC would need beside what it has; or what one to be made needs
  // instead of what it has reserved, which RollBack does not bring back. Ends the same way.
  [[nodiscard]] Admission Change(AdmissionHandle handle, const AtmTraffic& traffic,
                                 uint32_t sdu_bytes);
  // From now on the new contract counts alone.
  void Commit(AdmissionHandle handle);
  // As if nothing had been asked: the old contract counts alone, or the row is gone.
  void RollBack(AdmissionHandle handle);
  // The VC is gone, committed or not, even in the midst of a change.
  void Release(AdmissionHandle handle);

  const AdmissionPolicy& policy() const { return policy_; }
  const AdmissionShare& real_time_limit() const { return real_time_limit_; }
  const AdmissionShare& limit() const { return limit_; }
  const AdmissionShare& real_time_reserved() const { return taken_.real_time; }
  const AdmissionShare& reserved() const { return taken_.total; }
  uint64_t buffered_cells() const { return taken_.buffered_cells; }
  size_t size() const { return rows_.size(); }
  const AdmissionRow* Find(AdmissionHandle handle) const { return rows_.Find(handle); }
  // visit(handle, const AdmissionRow&).
  template <typename Visitor>
  void ForEach(Visitor&& visit) const {
    rows_.ForEach(std::forward<Visitor>(visit));
  }

 private:
  struct Taken {
    AdmissionShare total = {};
    AdmissionShare real_time = {};
    uint64_t buffered_cells = 0;
  };

  // How the contract counts beside `others`.
  AdmissionCount CountOf(const AtmTraffic& traffic, uint32_t sdu_bytes, const Taken& others) const;
  static Taken TakenBy(const AdmissionRow& row);
  static Taken Plus(const Taken& one, const Taken& other);
  static Taken Minus(const Taken& one, const Taken& other);
  // What it would come to be, in place of what is taken.
  Admission Check(const Taken& taken) const;
  void SetLimits();
  // Puts another row in the place of this one.
  void Replace(AdmissionRow* row, const AdmissionRow& by);

  AdmissionPolicy policy_;
  AdmissionShare limit_;
  AdmissionShare real_time_limit_;
  Taken taken_;
  HandleTable<AdmissionRow> rows_{kMaxVcs};
};

}  // namespace vcp::qos
