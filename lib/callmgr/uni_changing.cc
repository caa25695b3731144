// Other rates on a call that stands (Q.2963.1), or on one that is still offered (C88).
#include <utility>

#include "callmgr/rate_rounding.h"
#include "callmgr/uni_call_manager.h"
#include "callmgr/wire_values.h"
#include "wire/cause.h"

namespace vcp::callmgr {

using circuit::CallParameters;
using signaling::UniIndication;
using signaling::UniReply;
using signaling::UniRequest;
using wire::CauseValue;

namespace {

// A change is one of rates alone.
bool IsSameService(const qos::AtmContract& one, const qos::AtmContract& other) {
  return one.forward.category() == other.forward.category() &&
         one.backward.category() == other.backward.category();
}

// The terms of a change of `before`, and the message that asks for it.
Status TermsOfChange(const CallTerms& before, const CallParameters& asked, const LinkCapacity& link,
                     CallTerms* terms, wire::Message* elements) {
  const Status status = TermsOf(asked, CallEnd::kCaller, false, link, terms);
  if (status != Status::kSuccess) return status;
  *elements = {};
  WriteTraffic(terms->contract, elements);
  const std::optional<CallTerms> understood = ReadChange(before, link, *elements);
  if (!understood || !IsSameService(understood->contract, terms->contract)) {
    return Status::kInvalidData;
  }
  *terms = *understood;
  return Status::kSuccess;
}

}  // namespace

Status UniCallManager::OnModifyCallQoS(circuit::Context cm_vc, CallParameters* params) {
  const VcKey key = ToKey(cm_vc);
  Vc* vc = vcs_.Find(key);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (!vc->pvc.empty() || vc->is_root || vc->is_leaf) return Status::kNotSupported;
  if (vc->change && vc->change->step == Change::Step::kTelling) {  // C87
    vc->change->refused = true;
    return Status::kPending;
  }
  // The caller's right alone.
  if (vc->stage == Stage::kConnected && vc->is_offer) return Status::kNotSupported;
  if (!params->call_manager) return Status::kInvalidData;  // C96
  if (vc->change || vc->released) return Status::kInvalidState;
  // What carries data goes on carrying it.
  if (circuit::IsReserve(*params) && !circuit::IsReserve(vc->params)) return Status::kNotSupported;
  if (vc->stage == Stage::kOffered) return ChangeOffer(key, params);
  if (vc->stage != Stage::kConnected) return Status::kInvalidState;
  CallTerms terms;
  wire::Message elements;
  const Status status = ReserveChange(*vc, *params, &terms, &elements);
  if (status != Status::kSuccess) return status;
  const UniReply reply =
      stack_.Handle({.kind = UniRequest::Kind::kModify, .call = vc->call, .elements = &elements});
  vc = vcs_.Find(key);
  if (reply.status != Status::kSuccess) {
    RollBack(*vc->admitted);
    return reply.status;
  }
  CallParameters changed = circuit::WithChange(vc->params, *params);
  AnswerFlows(terms, CallEnd::kCaller, &changed);  // C84
  if (!circuit::IsReserve(*params)) changed.media->flags &= ~uint32_t{circuit::kReserveResources};
  vc->change = std::make_unique<Change>(Change{.terms = terms, .params = std::move(changed)});
  return Status::kPending;
}

Status UniCallManager::ReserveChange(const Vc& vc, const CallParameters& params, CallTerms* terms,
                                     wire::Message* elements) {
  CallParameters asked = params;
  Status status = KeepSduSizes(vc.terms, &asked);
  if (status == Status::kSuccess) {
    status = TermsOfChange(vc.terms, asked, capacity_, terms, elements);
  }
  if (status != Status::kSuccess) return status;
  wire::Cause cause;
  if (AdmitChange(vc, *terms, &cause) == Status::kSuccess) return Status::kSuccess;
  if (!RoundDownChange(vc, &asked, terms)) return Status::kResources;
  status = TermsOfChange(vc.terms, asked, capacity_, terms, elements);
  return status == Status::kSuccess ? AdmitChange(vc, *terms, &cause) : status;
}

bool UniCallManager::RoundDownChange(const Vc& vc, CallParameters* asked, CallTerms* terms) {
  const auto has_room = [](qos::AdmissionControl* admission, qos::AdmissionHandle handle) {
    return [=](const qos::AtmTraffic& traffic, uint32_t sdu_bytes) {
      if (admission->Change(handle, traffic, sdu_bytes) != qos::Admission::kAdmitted) return false;
      admission->RollBack(handle);
      return true;
    };
  };
  return RoundDown(capacity_, false,
                   {has_room(&transmit_admission_, vc.admitted->transmit),
                    has_room(&receive_admission_, vc.admitted->receive)},
                   asked, terms);
}

// What the client would take of an offer: less than what is offered, or nothing changes.
Status UniCallManager::ChangeOffer(VcKey key, CallParameters* params) {
  Vc* vc = vcs_.Find(key);
  CallTerms terms;
  const Status status = AnswerTerms(*params, false, capacity_, vc->params, vc->terms, &terms);
  if (status != Status::kSuccess) return status;
  CallParameters changed = circuit::WithChange(vc->params, *params);
  AnswerFlows(terms, CallEnd::kCallee, &changed);  // C84
  vc->change = std::make_unique<Change>(Change{.terms = terms, .params = std::move(changed)});
  RaisePath(key);
  return Status::kPending;
}

Status UniCallManager::AdmitChange(const Vc& vc, const CallTerms& terms, wire::Cause* cause) {
  const Admitted& admitted = vc.is_leaf ? *leaf_calls_.at(vc.call).admitted : *vc.admitted;
  const bool is_caller = !vc.is_offer;
  const qos::AtmTraffic& transmit = is_caller ? terms.contract.forward : terms.contract.backward;
  const qos::AtmTraffic& receive = is_caller ? terms.contract.backward : terms.contract.forward;
  const uint32_t transmit_sdu = is_caller ? terms.forward_sdu_bytes : terms.backward_sdu_bytes;
  const uint32_t receive_sdu = is_caller ? terms.backward_sdu_bytes : terms.forward_sdu_bytes;
  qos::Admission outcome = transmit_admission_.Change(admitted.transmit, transmit, transmit_sdu);
  const bool transmit_fits = outcome == qos::Admission::kAdmitted;
  if (transmit_fits) {
    outcome = receive_admission_.Change(admitted.receive, receive, receive_sdu);
    if (outcome == qos::Admission::kAdmitted) return Status::kSuccess;
    if (vc.stage == Stage::kConnected) transmit_admission_.RollBack(admitted.transmit);
  }
  *cause =
      RefusalOf(outcome, terms, is_caller ? CallEnd::kCaller : CallEnd::kCallee, !transmit_fits);
  return Status::kResources;
}

// --- asked for here -----------------------------------------------------------------------------

void UniCallManager::OnModifyAck(VcKey key, const UniIndication& indication) {
  Vc* vc = vcs_.Find(key);
  if (vc->change == nullptr) return;
  vc->change->confirm = indication.confirm;
  RaisePath(key);
}

void UniCallManager::OnModifyReject(VcKey key, const UniIndication& indication) {
  Vc* vc = vcs_.Find(key);
  if (std::exchange(vc->change, nullptr) == nullptr) return;
  RollBack(*vc->admitted);
  const circuit::VcHandle handle = vc->handle;
  const CallParameters params = vc->params;
  const circuit::Cause cause = ToCause(indication.cause);
  switchboard_->ModifyCallQoSComplete(FailureOf(cause.value), handle, params, cause);
}

// --- asked for over there -----------------------------------------------------------------------

void UniCallManager::OnModify(VcKey key, const UniIndication& indication) {
  Vc* vc = vcs_.Find(key);
  const std::optional<CallTerms> terms = ReadChange(vc->terms, capacity_, *indication.message);
  if (!terms || vc->change || vc->stage != Stage::kConnected) {
    return RefusePeersChange(key, LocalCause(CauseValue::kUnsupportedTraffic));
  }
  wire::Cause cause;
  if (AdmitChange(*vc, *terms, &cause) != Status::kSuccess) {
    return RefusePeersChange(key, cause);
  }
  CallParameters changed = vc->params;
  FillInFlows(*terms, CallEnd::kCallee, &changed);
  // Only what we send more of has to wait until the peer counts with it.
  CallTerms sending = vc->terms;
  sending.contract.backward = terms->contract.backward;
  if (!IsAtMost(sending, vc->terms)) changed.media->held_to = vc->params.call_manager->transmit;
  vc->change = std::make_unique<Change>(
      Change{.terms = *terms, .params = std::move(changed), .by_peer = true});
  RaisePath(key);
}

void UniCallManager::RefusePeersChange(VcKey key, const wire::Cause& cause) {
  stack_.Handle(
      {.kind = UniRequest::Kind::kModifyReject, .call = vcs_.Find(key)->call, .cause = cause});
}

// Nothing is committed before the client, which hears of it when the miniport has agreed (C86), has
// done so too.
void UniCallManager::OnPeersChangePath(VcKey key, Status status, const CallParameters& params) {
  Vc* vc = vcs_.Find(key);
  const bool success = status == Status::kSuccess;
  if (vc->released || vc->path != Path::kUp) return vc->change.reset();  // The call is over.
  if (vc->change->step == Change::Step::kPreparing && success) {
    vc->change->params = params;
    return TellOfPeersChange(key);
  }
  const bool restored = vc->change->step == Change::Step::kPreparing || success;
  const bool refused = std::exchange(vc->change, nullptr)->refused;
  RollBack(*vc->admitted);
  const circuit::VcHandle handle = vc->handle;
  const CallParameters now = vc->params;
  const bool by_client = refused || success;
  RefusePeersChange(
      key, LocalCause(by_client ? CauseValue::kCallRejected : CauseValue::kResourceUnavailable));
  if (refused) switchboard_->ModifyCallQoSComplete(Status::kNotAccepted, handle, now);
  if (!restored) (void)switchboard_->DispatchIncomingCloseCall(Status::kFailure, handle, {});
}

// The client may refuse by asking for a change of its own, or by closing (C87).
void UniCallManager::TellOfPeersChange(VcKey key) {
  Vc* vc = vcs_.Find(key);
  vc->change->step = Change::Step::kTelling;
  const CallParameters params = vc->change->params;
  const Status status = switchboard_->DispatchIncomingCallQoSChange(vc->handle, params);
  vc = vcs_.Find(key);
  if (vc == nullptr || !vc->change || vc->stage != Stage::kConnected || vc->released) return;
  if (status == Status::kSuccess && !vc->change->refused) return AcceptPeersChange(key);
  vc->change->step = Change::Step::kRestoring;
  RaisePath(key);
}

void UniCallManager::AcceptPeersChange(VcKey key) {
  Vc* vc = vcs_.Find(key);
  vc->terms = vc->change->terms;
  vc->params = vc->change->params;
  vc->change->step = Change::Step::kAwaiting;
  const bool confirm = vc->params.media->held_to.has_value();
  const UniReply reply =
      stack_.Handle({.kind = UniRequest::Kind::kModifyAck, .call = vc->call, .confirm = confirm});
  if (!confirm || reply.status != Status::kSuccess) OnConnectionAvailable(key);
}

// Or T361 has stood for it. A path that cannot change now keeps to rates that both sides have room
// for.
void UniCallManager::OnConnectionAvailable(VcKey key) {
  Vc* vc = vcs_.Find(key);
  if (vc == nullptr || !vc->change || vc->change->step != Change::Step::kAwaiting) return;
  vc->change.reset();
  Commit(*vc->admitted);
  if (!std::exchange(vc->params.media->held_to, std::nullopt)) return;
  if (vc->path == Path::kUp || vc->path == Path::kChanging) RaisePath(key);
}

// --- both ---------------------------------------------------------------------------------------

// An active path took other parameters, or kept those it had (C37). One that was led elsewhere was
// not for the change that came meanwhile, whose turn it is now, unless the path was cut.
void UniCallManager::OnPathChanged(VcKey key, Status status, const CallParameters& params) {
  Vc* vc = vcs_.Find(key);
  const bool is_awaiting = vc->change && vc->change->step == Change::Step::kAwaiting;
  const bool is_address = vc->change == nullptr || is_awaiting || vc->change_waits;
  if (is_address && status == Status::kSuccess) vc->params.media->peer_mac = params.media->peer_mac;
  if (std::exchange(vc->change_waits, false)) {
    if (vc->path == Path::kUp) return RaisePath(key);
    status = Status::kFailure;
  }
  if (vc->change == nullptr || is_awaiting) return;
  if (vc->change->by_peer) return OnPeersChangePath(key, status, params);
  const std::unique_ptr<Change> change = std::exchange(vc->change, nullptr);
  const bool success = status == Status::kSuccess;
  if (success) {
    vc->terms = change->terms;
    vc->params = params;
  }
  if (vc->admitted && vc->stage == Stage::kConnected) {
    success ? Commit(*vc->admitted) : RollBack(*vc->admitted);
  }
  const circuit::VcHandle handle = vc->handle;
  if (vc->stage == Stage::kConnecting) {
    if (success) return Accept(key);
    return RefuseAnswer(key, LocalCause(CauseValue::kCallRejected));
  }
  if (vc->stage == Stage::kConnected && success && change->confirm) {
    stack_.Handle({.kind = UniRequest::Kind::kConnectionAvailable, .call = vc->call});
  }
  const CallParameters now = vc->params;
  vc->params.flags &= ~uint32_t{circuit::kCallParametersChanged};  // That is said once.
  switchboard_->ModifyCallQoSComplete(status, handle, now);
  vc = vcs_.Find(key);
  if (vc == nullptr) return;
  if (vc->stage == Stage::kOffered && vc->offer->acceptance) {
    return TakeAnswer(key, Status::kSuccess, *std::exchange(vc->offer->acceptance, {}), {});
  }
  // The peer counts on the new rates already, and MODIFY cannot be taken back.
  if (!success && vc->stage == Stage::kConnected) {
    (void)switchboard_->DispatchIncomingCloseCall(Status::kFailure, handle, {});
  }
}

}  // namespace vcp::callmgr
