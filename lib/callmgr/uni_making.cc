// Calls and parties made here.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "callmgr/rate_rounding.h"
#include "callmgr/uni_call_manager.h"
#include "callmgr/wire_values.h"
#include "wire/cause.h"

namespace vcp::callmgr {

using circuit::CallParameters;
using circuit::Context;
using signaling::PartyId;
using signaling::UniIndication;
using signaling::UniReply;
using signaling::UniRequest;
using wire::CauseValue;

namespace {

// The element by which a CONNECT asks for more than the call did (1.9).
void NameRaised(const CallTerms& asked, const CallTerms& agreed, wire::Cause* cause) {
  const bool by_sdus = agreed.forward_sdu_bytes > asked.forward_sdu_bytes ||
                       agreed.backward_sdu_bytes > asked.backward_sdu_bytes;
  const uint8_t id =
      wire::ElementId(by_sdus ? wire::Element::kAalParameters : wire::Element::kTrafficDescriptor);
  VCP_CHECK(cause->diagnostics.Append(id));
}

}  // namespace

Status UniCallManager::OnMakeCall(Context cm_vc, CallParameters* params, circuit::PartyHandle party,
                                  Context* cm_party) {
  const VcKey key = ToKey(cm_vc);
  if (vcs_.Find(key) == nullptr) return Status::kInvalidHandle;
  const bool permanent = (params->flags & circuit::kPermanentVc) != 0;
  // It would stay reserved: these calls cannot be changed.
  if (circuit::IsReserve(*params) && (party || permanent)) return Status::kNotSupported;
  if (permanent || !params->media) {
    const Pvc* pvc = pvcs_->Match(adapter_, *params);
    const bool signals_instead = !permanent && pvc != nullptr && !pvcs_->IsFree(pvc->name);
    if (pvc != nullptr && !party && !signals_instead) return CallPvc(key, *pvc, params);
    if (permanent) return Status::kFailure;  // C98
  }
  if (!params->call_manager) return Status::kInvalidData;
  if (params->call_manager->called.type == AddressType::kNone) return Status::kInvalidData;
  if (!IsRoutedHere(params->call_manager->called)) return Status::kNotFound;
  if (!knows_peer_) return Status::kDisconnected;
  if (!params->media) params->media.emplace();
  CallTerms terms;
  Status status = TermsOf(*params, CallEnd::kCaller, bool(party), capacity_, &terms);
  if (status != Status::kSuccess) return status;
  const SetupShares::ShareHandle share = vcs_.Find(key)->share;
  if (!shares_.TakeCall(share, stack_.NowNs())) return Status::kResources;
  Admitted admitted;
  signaling::CallHandle call;
  status = StartCall(*params, bool(party), &terms, &admitted, &call);
  if (status != Status::kSuccess) {
    shares_.EndCall(share);
    return status;
  }
  Vc* vc = vcs_.Find(key);
  *vc = Vc{.handle = vc->handle, .share = share, .call = call, .stage = Stage::kMaking};
  vc->in_setup = true;
  vc->setups = 1;
  vc->is_root = bool(party);
  vc->terms = terms;
  vc->admitted = admitted;
  AnswerFlows(terms, CallEnd::kCaller, params);
  vc->params = *params;
  if (party) {
    vc->parties[0] = {.handle = party, .called = params->call_manager->called};
    *cm_party = PartyContext(key, 0, 0);
  }
  by_call_.Insert(CallKey(call), key.value());
  return Status::kPending;
}

// Admits the call and asks the peer for it.
Status UniCallManager::StartCall(const CallParameters& params, bool multipoint, CallTerms* terms,
                                 Admitted* admitted, signaling::CallHandle* call) {
  wire::Cause cause;
  Status status = Admit(*terms, CallEnd::kCaller, admitted, &cause);
  if (status != Status::kSuccess && RoundDownCall(params, multipoint, terms)) {
    status = Admit(*terms, CallEnd::kCaller, admitted, &cause);
  }
  if (status != Status::kSuccess) return status;
  status = SendSetup(params, *terms, multipoint, call);
  if (status != Status::kSuccess) RollBack(*admitted);
  return status;
}

bool UniCallManager::RoundDownCall(const CallParameters& params, bool multipoint,
                                   CallTerms* terms) const {
  const auto has_room = [](const qos::AdmissionControl& admission) {
    return [&admission](const qos::AtmTraffic& traffic, uint32_t sdu_bytes) {
      qos::AdmissionCount count;
      return admission.Judge(traffic, sdu_bytes, &count) == qos::Admission::kAdmitted;
    };
  };
  CallParameters lowered = params;
  return RoundDown(capacity_, multipoint,
                   {has_room(transmit_admission_), has_room(receive_admission_)}, &lowered, terms);
}

Status UniCallManager::SendSetup(const CallParameters& params, const CallTerms& terms,
                                 bool multipoint, signaling::CallHandle* call) {
  wire::Message setup;
  WriteSetup(params, terms, options_.calling, multipoint, &setup);
  const UniReply reply = stack_.Handle({.kind = UniRequest::Kind::kSetup, .elements = &setup});
  *call = reply.call;
  return reply.status;
}

// The network does not know, or not any more, that the user's side still has something there.
bool UniCallManager::CallAgain(VcKey key, const UniIndication& indication) {
  Vc* vc = vcs_.Find(key);
  const uint8_t cause = indication.cause.value;
  const bool is_for_connection = cause == CauseValue::kConnectionUnavailable ||
                                 cause == CauseValue::kConnectionAssignmentFailed;
  if (vc->stage != Stage::kMaking || vc->path != Path::kDown) return false;
  if (!is_for_connection || vc->setups == kMaxSetups) return false;
  signaling::CallHandle call;
  if (SendSetup(vc->params, vc->terms, vc->is_root, &call) != Status::kSuccess) return false;
  vc = vcs_.Find(key);
  by_call_.Erase(CallKey(vc->call));
  by_call_.Insert(CallKey(call), key.value());
  vc->call = call;
  vc->connection.reset();
  ++vc->setups;
  stack_.Handle({.kind = UniRequest::Kind::kReleaseResponse, .call = indication.call});
  return true;
}

bool UniCallManager::IsRoutedHere(const Address& called) const {
  if (routes_ == nullptr) return true;
  const RouteCandidates links = routes_->Find(called, kNoLink);
  return std::ranges::find(links, options_.link) != links.end();
}

// A PVC is up when its VC is active; nobody is asked (C98 to C101).
Status UniCallManager::CallPvc(VcKey key, const Pvc& pvc, CallParameters* params) {
  const Status status = pvcs_->Acquire(pvc.name);
  if (status != Status::kSuccess) return status;
  Vc* vc = vcs_.Find(key);
  Apply(pvc, params);
  *vc = Vc{.handle = vc->handle,
           .share = vc->share,
           .stage = Stage::kMaking,
           .pvc = pvc.name,
           .params = *params};
  pvc_users_[pvc.name] = key;
  RaisePath(key);
  return Status::kPending;
}

void UniCallManager::OnPvcAdded(const Pvc& pvc) {
  if (pvc.adapter != adapter_) return;
  ExcludeLabel(pvc.labels.transmit);
  ExcludeLabel(pvc.labels.receive);
}

void UniCallManager::OnPvcDeleted(const Pvc& pvc) {
  if (pvc.adapter != adapter_) return;
  ReadmitLabel(pvc.labels.transmit);
  ReadmitLabel(pvc.labels.receive);
}

void UniCallManager::OnPvcWithdrawn(const std::string& name) {
  const auto user = pvc_users_.find(name);
  if (user == pvc_users_.end()) return;  // Another call manager's.
  const VcKey key = user->second;
  Vc* vc = vcs_.Find(key);
  if (vc->ending) return;
  if (vc->stage == Stage::kConnected) {
    (void)switchboard_->DispatchIncomingCloseCall(Status::kClosed, vc->handle, {});
  } else {
    vc->end_status = Status::kClosed;
    End(key);
  }
}

void UniCallManager::OnConnect(VcKey key, const UniIndication& indication) {
  if (IsEnding(indication.call)) return;
  Vc* vc = vcs_.Find(key);
  CallTerms agreed;
  const uint8_t refusal = AgreedTerms(vc->terms, *indication.message, &agreed);
  if (refusal != 0) {
    wire::Cause cause = LocalCause(refusal);
    if (refusal == CauseValue::kInvalidElement) NameRaised(vc->terms, agreed, &cause);
    return GiveUp(key, Status::kFailure, cause);
  }
  if (agreed != vc->terms) {
    wire::Cause cause;
    const Status status = AdmitChange(*vc, agreed, &cause);
    if (status != Status::kSuccess) return GiveUp(key, status, cause);
    vc->terms = agreed;
    AnswerFlows(agreed, CallEnd::kCaller, &vc->params);
    vc->params.flags |= circuit::kCallParametersChanged;  // C53
  }
  if (!indication.message->low_layer.empty()) {
    vc->params.call_manager->layers.low = {};
    (void)vc->params.call_manager->layers.low.Append(ToLayer(indication.message->low_layer[0]));
  }
  RaisePath(key);
}

void UniCallManager::OnMade(VcKey key) {
  Vc* vc = vcs_.Find(key);
  vc->stage = Stage::kConnected;
  EndSetup(vc);
  if (vc->admitted) Commit(*vc->admitted);
  if (vc->is_root) vc->parties[0].active = true;
  const circuit::VcHandle handle = vc->handle;
  const CallParameters params = vc->params;
  vc->params.flags &= ~uint32_t{circuit::kCallParametersChanged};  // That is said once.
  if (vc->call) {
    stack_.Handle({.kind = UniRequest::Kind::kSetupComplete, .call = vc->call});
  }
  switchboard_->MakeCallComplete(Status::kSuccess, handle, PartyContext(key, 0, 0), params);
}

// --- parties ------------------------------------------------------------------------------------

Status UniCallManager::OnAddParty(Context cm_vc, CallParameters* params, circuit::PartyHandle party,
                                  Context* cm_party) {
  const VcKey key = ToKey(cm_vc);
  Vc* vc = vcs_.Find(key);
  if (vc == nullptr) return Status::kInvalidHandle;
  if (!vc->is_root || vc->stage != Stage::kConnected) return Status::kInvalidState;
  if (!params->call_manager) return Status::kInvalidData;
  if (!IsRoutedHere(params->call_manager->called)) return Status::kNotFound;
  // One VC, one contract: a party gets the call's (C74).
  const Address called = params->call_manager->called;
  CallTerms asked;
  const Status status = TermsOf(*params, CallEnd::kCaller, true, capacity_, &asked);
  if (status == Status::kNotSupported) return status;
  const bool is_callers =
      qos::IsAsAsked(params->call_manager->transmit, vc->params.call_manager->transmit);
  const bool other_terms = !is_callers && (status != Status::kSuccess || asked != vc->terms);
  if (!shares_.TakeCall(vc->share, stack_.NowNs())) return Status::kResources;
  FillInFlows(vc->terms, CallEnd::kCaller, params);
  wire::Message elements;
  WriteParty(*params, vc->terms, options_.calling, &elements);
  const UniReply reply =
      stack_.Handle({.kind = UniRequest::Kind::kAddParty, .call = vc->call, .elements = &elements});
  vc = vcs_.Find(key);
  if (reply.status != Status::kSuccess) {
    shares_.EndCall(vc->share);
    return reply.status;
  }
  const uint16_t number = ++vc->last_party_number;
  vc->parties[reply.party] = {.handle = party,
                              .number = number,
                              .other_terms = other_terms,
                              .in_setup = true,
                              .called = called};
  *cm_party = PartyContext(key, reply.party, number);
  return Status::kPending;
}

Status UniCallManager::OnDropParty(Context cm_party, std::span<const uint8_t> close_data,
                                   const circuit::Cause& cause) {
  if (!close_data.empty()) return Status::kInvalidData;  // DROP PARTY carries none (C65).
  const VcKey key = ToKey(cm_party);
  const PartyId id = static_cast<PartyId>(cm_party >> 32);
  Vc* vc = vcs_.Find(key);
  if (vc == nullptr) return Status::kInvalidHandle;
  const auto party = vc->parties.find(id);
  // The peer dropped it, and has its answer.
  if (party == vc->parties.end() || party->second.number != cm_party >> 48) return Status::kSuccess;
  const UniReply reply =
      stack_.Handle({.kind = UniRequest::Kind::kDropParty,
                     .call = vc->call,
                     .party = id,
                     .cause = ToWire(cause, LocalCause(CauseValue::kNormalClearing))});
  if (reply.status != Status::kInvalidHandle) return Status::kPending;
  vc = vcs_.Find(key);
  EndSetup(*vc, &vc->parties[id]);
  vc->parties.erase(id);  // So did the peer, just now: what says so is on its way.
  return Status::kSuccess;
}

void UniCallManager::OnPartyIndication(VcKey key, const UniIndication& indication) {
  Vc* vc = vcs_.Find(key);
  const auto found = vc->parties.find(indication.party);
  if (found == vc->parties.end()) return;
  Party& party = found->second;
  if (indication.kind == UniIndication::Kind::kAddPartyAck) {
    party.active = true;
    EndSetup(*vc, &party);
    CallParameters params = vc->params;
    params.call_manager->called = party.called;
    if (party.other_terms) params.flags |= circuit::kCallParametersChanged;  // C53
    switchboard_->AddPartyComplete(Status::kSuccess, party.handle,
                                   PartyContext(key, indication.party, party.number), params);
    return;
  }
  EndParty(key, indication.party, indication);
}

void UniCallManager::EndParty(VcKey key, PartyId id, const UniIndication& indication) {
  Vc* vc = vcs_.Find(key);
  Party& party = vc->parties[id];
  EndSetup(*vc, &party);
  const circuit::PartyHandle handle = party.handle;
  const circuit::Cause cause = ToCause(indication.cause);
  if (indication.kind == UniIndication::Kind::kDropPartyAck) {
    vc->parties.erase(id);
    return switchboard_->DropPartyComplete(Status::kSuccess, handle);
  }
  if (party.active) {
    vc->parties.erase(id);
    (void)switchboard_->DispatchIncomingDropParty(StatusOf(cause.value), handle, {}, cause);
    return;
  }
  const CallParameters params = vc->params;
  vc->parties.erase(id);
  switchboard_->AddPartyComplete(FailureOf(cause.value), handle, 0, params, cause);
}

}  // namespace vcp::callmgr
