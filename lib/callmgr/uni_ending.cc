// How calls and parties end, whoever ends them.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "callmgr/uni_call_manager.h"
#include "callmgr/wire_values.h"
#include "wire/cause.h"

namespace vcp::callmgr {

using circuit::CallParameters;
using circuit::Context;
using signaling::UniIndication;
using signaling::UniRequest;
using wire::CauseValue;

namespace {
constexpr uint8_t kUserSpecificProtocol = 0;
}  // namespace

Status UniCallManager::OnCloseCall(Context cm_vc, Context, std::span<const uint8_t> close_data,
                                   const circuit::Cause& cause) {
  const VcKey key = ToKey(cm_vc);
  Vc* vc = vcs_.Find(key);
  if (vc == nullptr) return Status::kInvalidHandle;
  const bool is_signaled = vc->pvc.empty() && !vc->is_leaf;
  if (!close_data.empty() && !is_signaled) return Status::kInvalidData;  // C65
  if (close_data.size() > kMaxCloseDataBytes - 1) return Status::kInvalidLength;
  vc->closing = true;
  const bool answers = vc->stage == Stage::kOffered;
  vc->stage = Stage::kIdle;
  EndSetup(vc);
  vc->end_status = Status::kRequestAborted;
  const uint8_t ordinary = answers ? CauseValue::kCallRejected : CauseValue::kNormalClearing;
  Release(key, ToWire(cause, LocalCause(ordinary)), close_data);
  End(key);
  return Status::kPending;
}

void UniCallManager::Release(VcKey key, const wire::Cause& cause,
                             std::span<const uint8_t> close_data) {
  Vc* vc = vcs_.Find(key);
  if (!vc->call || vc->released) return;  // Answered when the path is down.
  UniRequest request{.kind = UniRequest::Kind::kRelease, .call = vc->call, .cause = cause};
  wire::Message elements;
  if (!close_data.empty()) {
    // Behind a protocol discriminator: what follows is the users' own (Q.2957 annex A).
    std::vector<uint8_t> octets = {kUserSpecificProtocol};
    octets.insert(octets.end(), close_data.begin(), close_data.end());
    VCP_CHECK(elements.user_user.emplace().octets.Assign(octets));
    request.elements = &elements;
  }
  const auto leaf_call = leaf_calls_.find(vc->call);
  if (leaf_call != leaf_calls_.end() && leaf_call->second.leaves.size() > 1) {
    request.party = vc->party;
    const bool unanswered = vc->offer != nullptr && vc->party != 0;
    request.kind = unanswered ? UniRequest::Kind::kAddPartyReject : UniRequest::Kind::kDropParty;
  }
  Detach(vc);
  stack_.Handle(request);
}

void UniCallManager::OnReleased(VcKey key, const UniIndication& indication) {
  if (CallAgain(key, indication)) return;
  Vc* vc = vcs_.Find(key);
  vc->owes_answer = indication.kind != UniIndication::Kind::kReleaseConfirm;
  Detach(vc);
  const circuit::Cause cause = ToCause(indication.cause);
  vc->end_cause = cause;
  if (vc->stage == Stage::kMaking || vc->stage == Stage::kPreparing) {
    vc->end_status = FailureOf(cause.value);
    return End(key);
  }
  if (vc->stage == Stage::kIdle) return End(key);
  std::vector<uint8_t> close_data;
  if (indication.message != nullptr && indication.message->user_user) {
    const auto& octets = indication.message->user_user->octets;
    if (!octets.empty()) close_data.assign(octets.begin() + 1, octets.end());
  }
  (void)switchboard_->DispatchIncomingCloseCall(StatusOf(cause.value), vc->handle, close_data,
                                                cause);
  vc = vcs_.Find(key);
  if (vc == nullptr || !vc->released) return;
  // To the other leaves the root goes on sending (C80).
  const bool is_dropped = vc->is_leaf && indication.kind == UniIndication::Kind::kDropParty;
  if (is_dropped || !PeerWaits(*vc)) CutPath(key);
}

bool UniCallManager::PeerWaits(const Vc& vc) const {
  return stack_.uni().StateOf(vc.call) == signaling::UniState::kReleaseIndication;
}

// Every leaf of a call that ends as a whole.
void UniCallManager::OnLeafCallReleased(const UniIndication& indication) {
  LeafCall& call = leaf_calls_[indication.call];
  call.owes_answer = indication.kind == UniIndication::Kind::kRelease;
  for (const VcKey leaf : std::vector<VcKey>(call.leaves)) {
    const Vc* vc = vcs_.Find(leaf);
    if (vc != nullptr && vc->call == indication.call && !vc->released) OnReleased(leaf, indication);
  }
  if (leaf_calls_.contains(indication.call)) SettleLeafCall(indication.call);
}

void UniCallManager::GiveUp(VcKey key, Status status, const wire::Cause& cause) {
  Vc* vc = vcs_.Find(key);
  vc->end_status = status;
  vc->end_cause = ToCause(cause);
  Release(key, cause, {});
  End(key);
}

void UniCallManager::CutPath(VcKey key) {
  vcs_.Find(key)->cut = true;
  LowerPath(key);
}

void UniCallManager::End(VcKey key) {
  vcs_.Find(key)->ending = true;
  LowerPath(key);
  const Vc* vc = vcs_.Find(key);
  if (vc != nullptr && vc->ending && vc->path == Path::kDown) Finish(key);
}

// One that rises or changes has to be up first.
void UniCallManager::LowerPath(VcKey key) {
  Vc* vc = vcs_.Find(key);
  if (vc->path != Path::kUp) return;
  vc->path = Path::kFalling;
  if (switchboard_->DeactivateVc(vc->handle) != Status::kPending) OnPathLowered(key);
}

void UniCallManager::OnPathLowered(VcKey key) {
  Vc* vc = vcs_.Find(key);
  vc->path = Path::kDown;
  if (vc->connection) LeavePath(*vc->connection);
  if (vc->ending) return Finish(key);
  GiveBack(key);
  AnswerRestart();
}

// However long its client takes to close, others may have what nothing can use any more.
void UniCallManager::GiveBack(VcKey key) {
  Vc* vc = vcs_.Find(key);
  if (!vc->released) return;
  if (vc->is_leaf) return SettleLeafCall(vc->call);
  if (vc->admitted) Withdraw(*std::exchange(vc->admitted, {}));
}

void UniCallManager::Finish(VcKey key) {
  Vc ended = std::move(*vcs_.Find(key));
  EndSetup(&ended);
  // The client's VC may make its next call from inside the completions.
  *vcs_.Find(key) = Vc{.handle = ended.handle, .share = ended.share, .is_offer = ended.is_offer};
  if (ended.admitted) Withdraw(*ended.admitted);
  if (!ended.pvc.empty()) {
    pvc_users_.erase(ended.pvc);
    pvcs_->Release(ended.pvc);
  }
  if (ended.is_leaf) {
    FinishLeaf(key, ended);
  } else if (ended.owes_answer) {
    stack_.Handle({.kind = UniRequest::Kind::kReleaseResponse, .call = ended.call});
  }
  AnswerRestart();
  if (ended.stage == Stage::kMaking) {
    switchboard_->MakeCallComplete(ended.end_status, ended.handle, 0, ended.params,
                                   ended.end_cause);
  }
  if (ended.closing) switchboard_->CloseCallComplete(Status::kSuccess, ended.handle);
  if (!ended.is_offer) return;
  (void)switchboard_->CmDeleteVc(ended.handle);
  vcs_.Erase(key);
}

void UniCallManager::FinishLeaf(VcKey key, const Vc& leaf) {
  const auto call = leaf_calls_.find(leaf.call);
  if (call == leaf_calls_.end()) return;
  std::erase(call->second.leaves, key);
  SettleLeafCall(leaf.call);
}

// The end of the whole call is answered when the last of its paths is down; a leaf that is over may
// still wait for its client.
void UniCallManager::SettleLeafCall(signaling::CallHandle handle) {
  const auto call = leaf_calls_.find(handle);
  const bool is_used = std::ranges::any_of(call->second.leaves, [this](VcKey key) {
    const Vc* leaf = vcs_.Find(key);
    return !leaf->released || leaf->path != Path::kDown;
  });
  if (is_used) return;
  if (call->second.admitted) Withdraw(*std::exchange(call->second.admitted, {}));
  const bool owes_answer = std::exchange(call->second.owes_answer, false);
  if (call->second.leaves.empty()) leaf_calls_.erase(call);
  if (owes_answer) stack_.Handle({.kind = UniRequest::Kind::kReleaseResponse, .call = handle});
}

}  // namespace vcp::callmgr
