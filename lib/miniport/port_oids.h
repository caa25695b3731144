// A port's answers to the OIDs of a miniport (environment section 9), from what the data path
// counts. Control thread.
#pragma once

#include <optional>
#include <span>

#include "base/clock.h"
#include "circuit/switchboard.h"
#include "dataplane/channel_host.h"
#include "miniport/vc_programs.h"

namespace vcp::miniport {

// Whose counters are asked for: one VC's, or the port's, which are the sums over all its VCs, past
// ones too, but for bytes: a port counts whole frames, a VC SDUs (C103).
struct OidScope {
  circuit::AdapterRow adapter;
  std::optional<circuit::VcRow> vc = {};
};

class PortOids {
 public:
  // `plane` may be null: nothing is counted then; and so may `clock`: then there is no time.
  PortOids(const PortOfVcs& port, const dataplane::PlaneView* plane, const Clock* clock)
      : port_(port), plane_(plane), clock_(clock) {}

  // Always at once (C113). Statuses as circuit::CheckOid; kInvalidData: a set of unknown options,
  // or as FindNearestFlow, which also needs a VC; kBufferTooShort.
  Status Handle(const OidScope& scope, const circuit::OidRequest& request,
                circuit::OidAnswer* answer);
  // What is outstanding goes into the smoothed load; to be called at even intervals.
  void SampleLoad();
  // As a status indication says it (C142).
  circuit::LinkState Link() const;

 private:
  struct Counts {
    uint64_t sent = 0, received = 0, sent_bytes = 0, received_bytes = 0;
    uint64_t not_sent = 0, not_received = 0, no_buffer = 0;
    std::optional<uint64_t> crc_errors = {}, load_bytes = {};  // of a port
    dataplane::Backlog waiting = {};
  };

  // Of the spec: avg = (avg * C + out * (128 - C)) / 128.
  static constexpr uint64_t kLoadScale = 128, kLoadMemory = 112;

  port::PortInfo Info() const;
  bool Supports(circuit::Oid oid) const;
  Counts CountOfPort() const;
  Counts CountOf(const OidScope& scope) const;
  Status Set(const circuit::OidRequest& request);
  Status AnswerIdentity(const circuit::OidRequest& request, circuit::OidAnswer* answer) const;
  Status AnswerLink(const OidScope& scope, const circuit::OidRequest& request,
                    circuit::OidAnswer* answer) const;
  Status AnswerCounter(const OidScope& scope, const circuit::OidRequest& request,
                       circuit::OidAnswer* answer) const;
  Status AnswerNearestFlow(const OidScope& scope, const circuit::OidRequest& request,
                           circuit::OidAnswer* answer) const;
  Status AnswerTime(const circuit::OidRequest& request, circuit::OidAnswer* answer) const;

  const PortOfVcs port_;
  const dataplane::PlaneView* const plane_;
  const Clock* const clock_;
  uint32_t protocol_options_ = 0;
  uint64_t scaled_load_bytes_ = 0;  // times kLoadScale
  // What arrived is counted before it is known to be dropped; a sum never goes back.
  mutable uint64_t told_received_ = 0;
};

}  // namespace vcp::miniport
