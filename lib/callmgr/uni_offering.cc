// Calls and parties offered here.
#include <algorithm>
#include <utility>

#include "callmgr/uni_call_manager.h"
#include "callmgr/wire_values.h"
#include "wire/cause.h"
#include "wire/party_address.h"

namespace vcp::callmgr {

using circuit::CallParameters;
using signaling::UniIndication;
using signaling::UniRequest;
using signaling::UniState;
using wire::CauseValue;

// No network beyond this one is known here. False: the offer names one, and is refused.
bool UniCallManager::NamesNoNetwork(const UniIndication& indication) {
  const auto& networks = indication.message->transit_network;
  if (networks.empty()) return true;
  wire::Cause cause = LocalCause(CauseValue::kNoRouteToTransitNetwork);
  Diagnose(networks[0], &cause);
  RefuseOffer(indication, cause);
  return false;
}

void UniCallManager::OnSetup(const UniIndication& indication) {
  if (IsEnding(indication.call) || !NamesNoNetwork(indication)) return;
  const wire::Message& setup = *indication.message;
  CallTerms terms;
  uint8_t refusal = ReadTerms(setup, capacity_, &terms);
  if (refusal != 0) return RefuseOffer(indication, refusal);
  Admitted admitted;
  wire::Cause cause;
  if (Admit(terms, CallEnd::kCallee, &admitted, &cause) != Status::kSuccess) {
    return RefuseOffer(indication, cause);
  }
  VcKey key;
  refusal = MakeOffer(indication, terms, &key);
  if (refusal != 0) {
    RollBack(admitted);
    return RefuseOffer(indication, refusal);
  }
  Vc* vc = vcs_.Find(key);
  if (vc->is_leaf) {
    leaf_calls_[indication.call] = {
        terms, *indication.connection, admitted, {key}, {{vc->party, key}}};
  } else {
    vc->admitted = admitted;
  }
  stack_.Handle({.kind = UniRequest::Kind::kProceeding, .call = indication.call});
  RaisePath(key);
}

void UniCallManager::OnAddedLeaf(const UniIndication& indication) {
  if (IsEnding(indication.call) || !NamesNoNetwork(indication)) return;
  const auto call = leaf_calls_.find(indication.call);
  VcKey key;
  uint8_t refusal = CauseValue::kInvalidEndpoint;
  if (call != leaf_calls_.end() && call->second.admitted) {
    UniIndication with_connection = indication;
    with_connection.connection = call->second.connection;
    refusal = MakeOffer(with_connection, call->second.terms, &key);
  }
  if (refusal != 0) return RefuseOffer(indication, refusal);
  LeafCall& leaf_call = leaf_calls_[indication.call];
  leaf_call.leaves.push_back(key);
  leaf_call.by_party[indication.party] = key;
  RaisePath(key);
}

uint8_t UniCallManager::MakeOffer(const UniIndication& indication, const CallTerms& terms,
                                  VcKey* key) {
  const wire::Message& setup = *indication.message;
  if (BoundsQuality(setup)) return CauseValue::kQosUnavailable;
  const std::optional<Address> called = wire::ToAddress(*setup.called);
  if (!called) return CauseValue::kInvalidNumber;
  CallParameters params = OfferOf(setup, terms);
  const SapMatch match = saps_.Find(*called, params.call_manager->layers);
  if (match.outcome == SapOutcome::kNoSuchAddress) return CauseValue::kUnallocatedNumber;
  if (match.outcome == SapOutcome::kIncompatible) return CauseValue::kIncompatibleDestination;
  const circuit::AfHandle af = listeners_.at(match.sap).af;
  const SetupShares::ShareHandle share = shares_.Of(af);
  if (!shares_.TakeOffer(share)) return CauseValue::kUserBusy;
  *key = vcs_.Insert(Vc{.share = share});
  if (!*key) {
    shares_.EndOffer(share);
    return CauseValue::kResourceUnavailable;
  }
  Vc* vc = vcs_.Find(*key);
  vc->is_offer = true;
  vc->in_setup = true;
  const bool is_leaf = setup.endpoint.has_value();
  vc->is_leaf = is_leaf;
  if (is_leaf) params.flags |= circuit::kMultipointVc;
  vc->sap = match.sap;
  vc->call = indication.call;
  vc->party = is_leaf ? indication.party : 0;
  vc->stage = Stage::kPreparing;
  vc->connection = indication.connection;
  vc->terms = terms;
  vc->params = std::move(params);
  vc->offer = std::make_unique<Offer>(Offer{setup.aal.has_value(), terms, match.low_layer});
  circuit::VcHandle handle;
  const Status status = switchboard_->CmCreateVc(af, key->value(), &handle);
  if (status != Status::kSuccess) {
    EndSetup(vcs_.Find(*key));
    vcs_.Erase(*key);
    return CauseOf(status);
  }
  vcs_.Find(*key)->handle = handle;
  if (!is_leaf) by_call_.Insert(CallKey(indication.call), key->value());
  return 0;
}

void UniCallManager::RefuseOffer(const UniIndication& indication, const wire::Cause& cause) {
  const bool is_party = indication.kind == UniIndication::Kind::kAddParty;
  stack_.Handle({.kind = is_party ? UniRequest::Kind::kAddPartyReject : UniRequest::Kind::kRelease,
                 .call = indication.call,
                 .party = indication.party,
                 .cause = cause});
}

void UniCallManager::DispatchOffer(VcKey key) {
  Vc* vc = vcs_.Find(key);
  if (!listeners_.contains(vc->sap)) {
    return GiveUp(key, Status::kNotFound, LocalCause(CauseValue::kUnallocatedNumber));
  }
  vc->stage = Stage::kOffered;
  CallParameters params = vc->params;
  const Status status = switchboard_->DispatchIncomingCall(vc->sap, vc->handle, &params);
  if (status == Status::kPending) return AlertLater(key);
  TakeAnswer(key, status, params, {});
}

void UniCallManager::AlertLater(VcKey key) {
  Vc* vc = vcs_.Find(key);
  if (vc == nullptr || vc->stage != Stage::kOffered) return;  // It has said no from inside.
  vc->thinking = thinking_.insert(thinking_.end(), {stack_.NowNs() + kAlertingNs, key});
  ArmAlerting();
}

void UniCallManager::ArmAlerting() {
  if (alerting_timer_ != TimerId() || thinking_.empty()) return;
  const uint64_t alerting_ns = std::max(thinking_.front().alerting_ns, stack_.NowNs() + 1);
  alerting_timer_ = timers_->Arm(alerting_ns, [this] {
    alerting_timer_ = TimerId();
    for (uint32_t i = 0; i < kMaxCallsPerTurn && !thinking_.empty(); ++i) {
      if (thinking_.front().alerting_ns > stack_.NowNs()) break;
      const VcKey key = thinking_.front().offer;
      thinking_.pop_front();
      vcs_.Find(key)->thinking.reset();
      Alert(key);
    }
    ArmAlerting();
  });
}

void UniCallManager::Alert(VcKey key) {
  const Vc* vc = vcs_.Find(key);
  if (vc->released) return;
  const bool is_added = vc->party != 0;
  stack_.Handle({.kind = is_added ? UniRequest::Kind::kPartyAlerting : UniRequest::Kind::kAlerting,
                 .call = vc->call,
                 .party = vc->party});
}

void UniCallManager::OnIncomingCallComplete(Status status, circuit::Context cm_vc,
                                            const CallParameters& params,
                                            const circuit::Cause& cause) {
  if (vcs_.Find(ToKey(cm_vc)) != nullptr) TakeAnswer(ToKey(cm_vc), status, params, cause);
}

void UniCallManager::TakeAnswer(VcKey key, Status status, const CallParameters& params,
                                const circuit::Cause& cause) {
  Vc* vc = vcs_.Find(key);
  if (vc == nullptr || vc->stage != Stage::kOffered) return;
  if (status != Status::kSuccess) {
    vc->stage = Stage::kIdle;
    EndSetup(vc);
    Release(key, ToWire(cause, LocalCause(CauseOf(status))), {});
    return End(key);
  }
  if (vc->released) return;  // Nobody calls any more, as the client was told.
  if (vc->change) {
    vc->offer->acceptance = params;
    return;
  }
  vc->stage = Stage::kConnecting;
  EndSetup(vc);
  const bool changed = (params.flags & circuit::kCallParametersChanged) != 0 &&
                       params.call_manager && params.call_manager != vc->params.call_manager;
  CallParameters agreed = vc->params;
  const bool own_changed = circuit::TakeOwnMediaFlags(params, &agreed);
  if (!changed && !own_changed) return Accept(key);
  if (changed) {
    agreed = params;
    if (!params.media) agreed.media = vc->params.media;  // C96
    if (agreed.media) agreed.media->flags &= ~uint32_t{circuit::kReserveResources};
  }
  CallTerms terms;
  const Status valid = AnswerTerms(agreed, vc->is_leaf, capacity_, vc->params, vc->terms, &terms);
  // The first leaf speaks for the call while it is alone; those added later have its terms (C74).
  const bool is_fixed =
      vc->is_leaf && (vc->party != 0 || leaf_calls_.at(vc->call).leaves.size() > 1);
  if (valid != Status::kSuccess || (is_fixed && terms != vc->terms)) {
    return RefuseAnswer(key, LocalCause(CauseValue::kCallRejected));
  }
  AnswerFlows(terms, CallEnd::kCallee, &agreed);
  agreed.flags &= ~uint32_t{circuit::kCallParametersChanged};  // Nobody asks any more.
  vc->change = std::make_unique<Change>(Change{.terms = terms, .params = std::move(agreed)});
  RaisePath(key);
}

// C61. The caller hears it at once, the client may take its time.
void UniCallManager::RefuseAnswer(VcKey key, const wire::Cause& cause) {
  Release(key, cause, {});
  const circuit::VcHandle handle = vcs_.Find(key)->handle;
  (void)switchboard_->DispatchIncomingCloseCall(Status::kNotAccepted, handle, {});
  if (vcs_.Find(key) != nullptr) CutPath(key);
}

// Of leaves the first that accepts answers the SETUP, whichever it is (Q.2971 9.2.2).
void UniCallManager::Accept(VcKey key) {
  Vc* vc = vcs_.Find(key);
  if (vc->released) return;  // While it changed what it was offered.
  LeafCall* leaf_call = vc->is_leaf ? &leaf_calls_.at(vc->call) : nullptr;
  const bool is_added = leaf_call != nullptr && leaf_call->answered;
  const UniState state = stack_.uni().StateOf(vc->call);
  if (is_added && state == UniState::kConnectRequest) return;  // Until that is acknowledged.
  wire::Cause cause;
  const bool is_lowered = !is_added && vc->terms != vc->offer->terms;
  if (is_lowered && AdmitChange(*vc, vc->terms, &cause) != Status::kSuccess) {
    return RefuseAnswer(key, cause);
  }
  wire::Message connect;
  wire::Message setup;
  if (vc->offer->has_aal) setup.aal.emplace();
  WriteConnect(setup, vc->offer->terms, vc->terms, vc->offer->low_layer, &connect);
  vc->offer.reset();
  if (leaf_call != nullptr && !is_added) {
    leaf_call->terms = vc->terms;
    leaf_call->answered = true;
  }
  stack_.Handle({.kind = is_added ? UniRequest::Kind::kAddPartyAck : UniRequest::Kind::kConnect,
                 .call = vc->call,
                 .party = vc->party,
                 .elements = &connect});
  if (is_added) OnConnected(key);
}

void UniCallManager::OnLeafCallConnected(signaling::CallHandle call) {
  for (const VcKey leaf : std::vector<VcKey>(leaf_calls_.at(call).leaves)) {
    const Vc* vc = vcs_.Find(leaf);
    if (vc == nullptr || vc->call != call || vc->released) continue;
    if (vc->stage != Stage::kConnecting || vc->path != Path::kUp) continue;
    vc->offer ? Accept(leaf) : OnConnected(leaf);
  }
}

void UniCallManager::OnConnected(VcKey key) {
  Vc* vc = vcs_.Find(key);
  if (vc == nullptr || vc->stage != Stage::kConnecting) return;
  vc->stage = Stage::kConnected;
  if (vc->admitted) Commit(*vc->admitted);
  const auto leaf_call = leaf_calls_.find(vc->call);
  // By the first leaf, unless it went before it was connected.
  if (leaf_call != leaf_calls_.end() && !std::exchange(leaf_call->second.committed, true)) {
    Commit(*leaf_call->second.admitted);
  }
  (void)switchboard_->DispatchCallConnected(vc->handle);
}

}  // namespace vcp::callmgr
