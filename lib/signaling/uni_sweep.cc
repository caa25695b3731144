// Walks over all calls, a piece at a time: a link may have a hundred thousand.
#include <utility>

#include "signaling/uni_procedures.h"
#include "signaling/uni_status.h"

namespace vcp::signaling {

namespace {

using Purpose = UniSweep::Purpose;

bool Ends(const UniSweep& sweep, const UniCall& call) {
  switch (sweep.purpose) {
    case Purpose::kClearInactive:
      return !IsActive(call.state);
    case Purpose::kRestartVpci:
      return call.has_connection && call.connection.vpci == sweep.restart->connection.vpci;
    case Purpose::kClearAll:
    case Purpose::kRestartAll:
      return true;
    case Purpose::kNone:
      break;
  }
  return false;
}

// One piece. True when it was the last one.
bool Advance(UniCore& link) {
  UniSweep& sweep = link.sweep;
  for (uint32_t i = 0; i < kMaxCallsPerTurn; ++i) {
    UniCall* call = link.calls.FindFrom(sweep.next_index);
    if (call == nullptr) return true;
    sweep.next_index = call->handle.index() + 1;
    if (Ends(sweep, *call)) {
      // Of our restart it knows when it has answered.
      link.EndCall(*call, link.LocalCause(sweep.cause),
                   /*peer_knows=*/sweep.restart == &link.their_restart);
    } else if (sweep.purpose == Purpose::kClearInactive) {
      StopEnquiry(link, *call);  // It begins anew when the link is back.
      if (call->is_multipoint()) ClearInactiveParties(link, *call);
    }
  }
  return false;
}

void Finish(UniCore& link) {
  link.timers.Cancel(&link.sweep_timer);
  const UniSweep done = std::exchange(link.sweep, {});
  if (done.restart != nullptr) OnRestartCleared(link, *done.restart);
}

}  // namespace

void StartSweep(UniCore& link, const UniSweep& sweep) {
  FinishSweep(link);
  link.sweep = sweep;
  ContinueSweep(link);
}

void ContinueSweep(UniCore& link) {
  if (link.sweep.purpose == Purpose::kNone) return;
  if (Advance(link)) return Finish(link);
  link.sweep_timer = link.Arm(UniTimer::kSweep);
}

void FinishSweep(UniCore& link) {
  if (link.sweep.purpose == Purpose::kNone) return;
  while (!Advance(link)) {
  }
  Finish(link);
}

}  // namespace vcp::signaling
