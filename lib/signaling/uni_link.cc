// The signaling link: the SAAL below, time, and the doors of UniLink.
#include "signaling/uni_link.h"

#include "signaling/uni_procedures.h"
#include "signaling/uni_status.h"

namespace vcp::signaling {

using Kind = UniIndication::Kind;

UniLink::UniLink(const UniConfig& config, ConnectionSpace* connections)
    : core_(std::make_unique<UniCore>(config, connections)) {}
UniLink::~UniLink() = default;

// --- the SAAL ------------------------------------------------------------------------------------

namespace {

// At once the first time, later not more often than `reestablish_ns`: a SAAL that fails at once
// would keep us busy.
void Establish(UniCore& link) {
  link.link_state = UniLinkState::kEstablishing;
  const uint64_t pause_ns = link.config.timers.reestablish_ns;
  if (link.last_establish_ns && link.now_ns < *link.last_establish_ns + pause_ns) {
    if (link.establish_timer == TimerSlot::kNone) {
      link.establish_timer = link.Arm(UniTimer::kReestablish);
    }
    return;
  }
  link.last_establish_ns = link.now_ns;
  link.actions.Add({.kind = UniAction::Kind::kEstablishRequest});
}

// Q.2931 5.6.10: active calls wait for T309, the others end.
void LoseLink(UniCore& link) {
  link.Indicate({.kind = Kind::kLinkDown});
  link.audit_index.reset();
  AbandonRestarts(link);
  StartSweep(
      link, {.purpose = UniSweep::Purpose::kClearInactive, .cause = CauseValue::kTemporaryFailure});
  if (link.active_calls > 0) link.t309 = link.Arm(UniTimer::kT309);
}

void OnT309(UniCore& link) {
  StartSweep(
      link, {.purpose = UniSweep::Purpose::kClearAll, .cause = CauseValue::kDestinationOutOfOrder});
}

}  // namespace

void UniLink::Start(uint64_t now_ns) {
  UniCore& link = *core_;
  link.now_ns = now_ns;
  link.wants_up = true;
  if (link.link_state == UniLinkState::kStopped) Establish(link);
}

void UniLink::Stop(uint64_t now_ns) {
  UniCore& link = *core_;
  link.now_ns = now_ns;
  link.wants_up = false;
  if (link.link_state == UniLinkState::kStopped) return;
  const bool was_up = link.is_up();
  link.link_state = UniLinkState::kReleasing;
  link.timers.Cancel(&link.establish_timer);
  if (was_up) LoseLink(link);
  link.timers.Cancel(&link.t309);
  StartSweep(
      link, {.purpose = UniSweep::Purpose::kClearAll, .cause = CauseValue::kDestinationOutOfOrder});
  link.actions.Add({.kind = UniAction::Kind::kReleaseRequest});
}

// Q.2931 5.6.9, 5.6.10, 5.6.11: whether it came back or was only reset, messages may be lost, so
// the two sides compare the calls that are kept.
void UniLink::OnEstablished(uint64_t now_ns) {
  UniCore& link = *core_;
  link.now_ns = now_ns;
  if (!link.wants_up) return;  // The answer to our AAL-RELEASE request is on its way.
  link.timers.Cancel(&link.establish_timer);
  link.timers.Cancel(&link.t309);
  FinishSweep(link);
  const bool was_up = link.is_up();
  link.link_state = UniLinkState::kUp;
  if (!was_up) link.Indicate({.kind = Kind::kLinkUp});
  RepeatRestart(link);
  StartAudit(link);
}

void UniLink::OnReleased(uint64_t now_ns) {
  UniCore& link = *core_;
  link.now_ns = now_ns;
  const bool was_up = link.is_up();
  link.link_state = UniLinkState::kStopped;
  if (was_up) LoseLink(link);
  if (link.wants_up) Establish(link);
}

void UniLink::OnData(std::span<const uint8_t> message, uint64_t now_ns) {
  core_->now_ns = now_ns;
  ReceiveMessage(*core_, message);
}

// --- the call manager ----------------------------------------------------------------------------

namespace {

// Endings, and words that the peer does not wait for longer than T313 or T361: they need not be
// repeated when the link is back.
bool WorksWhileDown(UniRequest::Kind kind) {
  return kind == UniRequest::Kind::kRelease || kind == UniRequest::Kind::kReleaseResponse ||
         kind == UniRequest::Kind::kDropParty || kind == UniRequest::Kind::kSetupComplete ||
         kind == UniRequest::Kind::kConnectionAvailable;
}

}  // namespace

UniReply UniLink::Handle(const UniRequest& request, uint64_t now_ns) {
  UniCore& link = *core_;
  link.now_ns = now_ns;
  if (request.kind == UniRequest::Kind::kSetup) return RequestSetup_InNull(link, request);
  if (request.kind == UniRequest::Kind::kRestart) return RequestRestart(link, request);
  if (request.kind == UniRequest::Kind::kRestartResponse) return RequestRestartResponse(link);
  UniCall* call = link.calls.Find(request.call);
  if (call == nullptr) {
    const bool is_over = request.kind == UniRequest::Kind::kReleaseResponse;
    return {is_over ? Status::kSuccess : Status::kInvalidHandle};
  }
  if (!link.is_up() && !WorksWhileDown(request.kind)) return {Status::kDisconnected};
  const RequestProcedure procedure = FindProcedure(link.config.role, request.kind, call->state);
  return procedure == nullptr ? UniReply{Status::kInvalidState} : procedure(link, *call, request);
}

// --- time ----------------------------------------------------------------------------------------

namespace {

void ExpireOfLink(UniCore& link, UniTimer timer) {
  switch (timer) {
    case UniTimer::kT309:
      link.t309 = TimerSlot::kNone;
      return OnT309(link);
    case UniTimer::kT316:
      return OnT316(link);
    case UniTimer::kT317:
      return OnT317(link);
    case UniTimer::kReestablish:
      link.establish_timer = TimerSlot::kNone;
      return Establish(link);
    case UniTimer::kSweep:
      link.sweep_timer = TimerSlot::kNone;
      return ContinueSweep(link);
    default:
      VCP_CHECK_MSG(false, "timer of a call without one");
  }
}

void ExpireOfCall(UniCore& link, UniCall& call, UniTimer timer) {
  switch (timer) {
    case UniTimer::kT301:
      return OnT301(link, call);
    case UniTimer::kT303:
      return OnT303(link, call);
    case UniTimer::kT308:
      return OnT308(link, call);
    case UniTimer::kT310:
      return OnT310(link, call);
    case UniTimer::kT313:
      return OnT313(link, call);
    case UniTimer::kT322:
      return OnT322(link, call);
    case UniTimer::kT360:
      return OnT360(link, call);
    case UniTimer::kT361:
      return OnT361(link, call);
    default:
      VCP_CHECK_MSG(false, "timer of the link or a party");
  }
}

void ExpireOfParty(UniCore& link, UniCall& call, UniParty& party, UniTimer timer) {
  party.timer = TimerSlot::kNone;
  switch (timer) {
    case UniTimer::kT397:
      return OnT397(link, call, party);
    case UniTimer::kT398:
      return OnT398(link, call, party);
    case UniTimer::kT399:
      return OnT399(link, call, party);
    default:
      VCP_CHECK_MSG(false, "timer of a party without one");
  }
}

// The slot is the call's to forget before its procedure runs.
void ForgetTimer(UniCall& call, UniTimer timer) {
  if (timer == UniTimer::kT322) {
    call.enquiry_timer = TimerSlot::kNone;
  } else if (timer == UniTimer::kT360 || timer == UniTimer::kT361) {
    call.modify_timer = TimerSlot::kNone;
  } else {
    call.timer = TimerSlot::kNone;
  }
}

bool IsOfParty(UniTimer timer) {
  return timer == UniTimer::kT397 || timer == UniTimer::kT398 || timer == UniTimer::kT399;
}

bool IsOurOwn(UniTimer timer) {
  return timer == UniTimer::kReestablish || timer == UniTimer::kSweep;
}

void Expire(UniCore& link, const UniCore::TimerPayload& due) {
  if (!IsOurOwn(due.timer)) link.Count(UniCounter::kTimeouts);
  if (!due.call) return ExpireOfLink(link, due.timer);
  UniCall* call = link.calls.Find(due.call);
  VCP_CHECK(call != nullptr);
  if (!IsOfParty(due.timer)) {
    ForgetTimer(*call, due.timer);
    return ExpireOfCall(link, *call, due.timer);
  }
  UniParty* party = call->FindParty(due.party);
  VCP_CHECK(party != nullptr);
  ExpireOfParty(link, *call, *party, due.timer);
}

}  // namespace

void UniLink::OnTimer(uint64_t now_ns) {
  UniCore& link = *core_;
  link.now_ns = now_ns;
  for (uint32_t i = 0; i < kMaxCallsPerTurn; ++i) {
    const auto due = link.timers.PopDue(now_ns);
    if (!due) return;
    Expire(link, *due);
  }
}

std::optional<uint64_t> UniLink::NextDeadlineNs() const { return core_->timers.NextDeadlineNs(); }

// --- the rest ------------------------------------------------------------------------------------

ActionList<UniAction>& UniLink::actions() { return core_->actions; }

void UniLink::Reclaim() {
  core_->arena.Clear();
  core_->received_count = 0;
}

wire::Cause UniLink::LocalCause(uint8_t value) const { return core_->LocalCause(value); }

bool UniLink::is_up() const { return core_->is_up(); }
size_t UniLink::call_count() const { return core_->calls.size(); }
size_t UniLink::calls_in_setup() const {
  return core_->calls_in_setup[0] + core_->calls_in_setup[1];
}
bool UniLink::takes_setups() const { return !core_->calls.full() && core_->HasRoomInSetup(true); }
size_t UniLink::party_count() const {
  size_t count = 0;
  for (UniCall* call = core_->calls.FindFrom(0); call != nullptr;
       call = core_->calls.FindFrom(call->handle.index() + 1)) {
    if (call->is_multipoint()) count += call->parties->size();
  }
  return count;
}
const UniCounters& UniLink::counters() const { return core_->counters; }

UniState UniLink::StateOf(CallHandle call) const {
  const UniCall* found = core_->calls.Find(call);
  return found == nullptr ? UniState::kNull : found->state;
}

PartyState UniLink::StateOf(CallHandle call, PartyId party) const {
  UniCall* found = core_->calls.Find(call);
  const UniParty* of_call = found == nullptr ? nullptr : found->FindParty(party);
  return of_call == nullptr ? PartyState::kNull : of_call->state;
}

std::optional<wire::CallReference> UniLink::ReferenceOf(CallHandle call) const {
  const UniCall* found = core_->calls.Find(call);
  if (found == nullptr) return std::nullopt;
  return core_->ReferenceOf(*found);
}

}  // namespace vcp::signaling
