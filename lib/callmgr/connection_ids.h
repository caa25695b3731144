// A link's labels for signaled VCs, and the VPCI and VCI by which signaling knows them (signaling
// 3.2). The network side of a link allocates and keeps a label in quarantine after its VC, until
// the last frames of that VC are gone (W6); the user side takes what the network says and needs no
// quarantine of its own. Each operation takes a few steps, but for flushing. Control thread.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/limits.h"
#include "base/summary_bitmap.h"
#include "circuit/label_space.h"

namespace vcp::callmgr {

struct ConnectionIdentifier {
  uint16_t vpci = 0;
  uint16_t vci = 0;
  friend bool operator==(const ConnectionIdentifier&, const ConnectionIdentifier&) = default;
};

inline constexpr uint32_t kVciBits = 16;
inline constexpr uint16_t kMaxVpci = (kLabelSpace >> kVciBits) - 1;
// VCIs below are the standards' own on every virtual path.
inline constexpr uint16_t kMinVci = 32;

// Nothing, for cause 35: a VPCI that has no labels.
constexpr std::optional<uint32_t> LabelOf(ConnectionIdentifier id) {
  if (id.vpci > kMaxVpci) return std::nullopt;
  return uint32_t{id.vpci} << kVciBits | id.vci;
}
constexpr ConnectionIdentifier ConnectionIdentifierOf(uint32_t label) {
  return {static_cast<uint16_t>(label >> kVciBits), static_cast<uint16_t>(label)};
}

class ConnectionIds {
 public:
  // Labels that signaling may use, and the one to begin with: in each life another one, because a
  // peer may still use some of the last life. `quarantine_ns` 0 on the user side.
  struct Config {
    uint32_t first_label = kMinDataLabel;
    uint32_t last_label = kLabelSpace - 1;
    uint32_t first_choice = kMinDataLabel;
    uint64_t quarantine_ns = 0;
  };
  explicit ConnectionIds(const Config& config);

  // For a VC whose identifier is ours to choose. Nothing, for cause 45: none is left.
  std::optional<uint32_t> Allocate(uint64_t now_ns);
  // On a virtual path that the other side chose (preference "exclusive VPCI, any VCI").
  std::optional<uint32_t> AllocateOn(uint16_t vpci, uint64_t now_ns);
  // The other side chose all of it. False, for cause 35: in use, in quarantine, or not for calls.
  [[nodiscard]] bool Take(uint32_t label, uint64_t now_ns);
  // The VC is gone; once both sides know, that is after RELEASE COMPLETE.
  void Release(uint32_t label, uint64_t now_ns);

  // An operator's PVC has the label: calls do not get it. False where a call has it, or had it
  // until just now. Labels that are not for calls may be excluded and readmitted without effect.
  [[nodiscard]] bool Exclude(uint32_t label, uint64_t now_ns);
  // The PVC is gone; its last frames have their quarantine, too.
  void Readmit(uint32_t label, uint64_t now_ns);

  bool IsInUse(uint32_t label) const { return label < kLabelSpace && in_use_.Contains(label); }
  uint32_t in_use_count() const { return in_use_.count(); }
  // As of the last operation.
  uint32_t free_count() const { return free_.free_count(); }
  uint32_t quarantined_count() const { return static_cast<uint32_t>(quarantine_.size()); }
  uint32_t excluded_count() const { return excluded_.count(); }

 private:
  struct Quarantined {
    uint32_t label;
    uint64_t until_ns;
  };

  void EndQuarantines(uint64_t now_ns);
  void Quarantine(uint32_t label, uint64_t now_ns);
  std::optional<uint32_t> AllocateWithin(uint32_t first, uint32_t end, uint64_t now_ns);

  uint64_t quarantine_ns_;
  circuit::LabelSpace free_;  // has as used what the others have
  SummaryBitmap in_use_{kLabelSpace};
  SummaryBitmap excluded_{kLabelSpace};
  std::deque<Quarantined> quarantine_;  // oldest first; none ends before those in front of it
};

}  // namespace vcp::callmgr
