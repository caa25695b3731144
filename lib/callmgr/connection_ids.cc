#include "callmgr/connection_ids.h"

#include <algorithm>

#include "base/check.h"

namespace vcp::callmgr {

namespace {

constexpr uint32_t kVcisPerVpci = 1u << kVciBits;

}  // namespace

ConnectionIds::ConnectionIds(const Config& config)
    : quarantine_ns_(config.quarantine_ns),
      free_(config.first_label, config.last_label + 1,
            std::max(config.first_choice, config.first_label)) {
  VCP_CHECK(config.first_label >= kMinDataLabel && config.last_label < kLabelSpace);
  // The standards' own VCIs stay taken for good.
  for (uint32_t vpci = 0; vpci <= kMaxVpci; ++vpci) {
    for (uint32_t vci = 0; vci < kMinVci; ++vci) (void)free_.Take(vpci * kVcisPerVpci + vci);
  }
}

void ConnectionIds::EndQuarantines(uint64_t now_ns) {
  while (!quarantine_.empty() && quarantine_.front().until_ns <= now_ns) {
    free_.Release(quarantine_.front().label);
    quarantine_.pop_front();
  }
}

void ConnectionIds::Quarantine(uint32_t label, uint64_t now_ns) {
  if (quarantine_ns_ == 0) return free_.Release(label);
  quarantine_.push_back({label, now_ns + quarantine_ns_});
}

std::optional<uint32_t> ConnectionIds::AllocateWithin(uint32_t first, uint32_t end,
                                                      uint64_t now_ns) {
  EndQuarantines(now_ns);
  const std::optional<uint32_t> label = free_.AllocateWithin(first, end);
  if (label) in_use_.Insert(*label);
  return label;
}

std::optional<uint32_t> ConnectionIds::Allocate(uint64_t now_ns) {
  return AllocateWithin(0, kLabelSpace, now_ns);
}

std::optional<uint32_t> ConnectionIds::AllocateOn(uint16_t vpci, uint64_t now_ns) {
  if (vpci > kMaxVpci) return std::nullopt;
  const uint32_t first = vpci * kVcisPerVpci;
  return AllocateWithin(first, first + kVcisPerVpci, now_ns);
}

bool ConnectionIds::Take(uint32_t label, uint64_t now_ns) {
  EndQuarantines(now_ns);
  if (!free_.Take(label)) return false;
  in_use_.Insert(label);
  return true;
}

void ConnectionIds::Release(uint32_t label, uint64_t now_ns) {
  EndQuarantines(now_ns);
  VCP_CHECK(IsInUse(label));
  in_use_.Erase(label);
  Quarantine(label, now_ns);
}

bool ConnectionIds::Exclude(uint32_t label, uint64_t now_ns) {
  EndQuarantines(now_ns);
  VCP_CHECK(label < kLabelSpace && !excluded_.Contains(label));
  const ConnectionIdentifier id = ConnectionIdentifierOf(label);
  if (free_.Has(label) && id.vci >= kMinVci && !free_.Take(label)) return false;
  excluded_.Insert(label);
  return true;
}

void ConnectionIds::Readmit(uint32_t label, uint64_t now_ns) {
  EndQuarantines(now_ns);
  VCP_CHECK(label < kLabelSpace && excluded_.Erase(label));
  if (free_.Has(label) && ConnectionIdentifierOf(label).vci >= kMinVci) Quarantine(label, now_ns);
}

}  // namespace vcp::callmgr
