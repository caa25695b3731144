// Multipoint calls. All leaves of a call receive on the label that its root transmits on, and each
// gets a copy there of what the root sends once: so a leaf is a VC like any other, which begins and
// ends without a word to the root's.
#include <algorithm>
#include <utility>

#include "miniport/loopback_mcm.h"

namespace vcp::miniport {

using circuit::CallParameters;
using circuit::Context;

// --- joining ------------------------------------------------------------------------------------

Status LoopbackMcm::MakeMultipointCall(SideHandle root_handle, const Listener& listener,
                                       CallParameters* params, circuit::PartyHandle party,
                                       Context* cm_party) {
  const CallParameters asked = *params;
  params->media->flags &= ~uint32_t{circuit::kReceiveVc};  // Nothing comes back from leaves.
  Side* root = sides_.Find(root_handle);
  const std::shared_ptr<const circuit::LabelLease> lease = root->lease;
  dataplane::VcProgram program;
  Status status = MakeVcProgram(port_, root->endpoint, params, &program);
  if (status == Status::kSuccess) {
    root->is_root = true;
    root->params = *params;
    if (!IsAsAsked(asked, root->params)) root->params.flags |= circuit::kCallParametersChanged;
    status = AddLeaf(root_handle, listener, *params, party, cm_party);
  }
  root = sides_.Find(root_handle);
  if (status == Status::kPending || root == nullptr || root->lease != lease) {
    return Status::kPending;
  }
  *root = Side{.vc = root->vc, .endpoint = root->endpoint};
  return status;
}

Status LoopbackMcm::OnAddParty(Context cm_vc, CallParameters* params, circuit::PartyHandle party,
                               Context* cm_party) {
  const Side* root = Find(cm_vc);
  if (root == nullptr) return Status::kInvalidHandle;
  if (!root->is_root || !root->in_call) return Status::kInvalidState;
  if (!params->call_manager) return Status::kInvalidData;
  const Listener* listener = FindListener(params->call_manager->called);
  if (listener == nullptr) return Status::kNotFound;
  return AddLeaf(SideHandle::FromValue(static_cast<uint32_t>(cm_vc)), *listener, *params, party,
                 cm_party);
}

Status LoopbackMcm::AddLeaf(SideHandle root_handle, const Listener& listener,
                            const CallParameters& asked, circuit::PartyHandle party,
                            Context* cm_party) {
  const PartyKey key = parties_.Insert(Party{root_handle, party});
  if (!key) return Status::kResources;
  SideHandle leaf_handle;
  Status status = MakeCallee(listener, root_handle, &leaf_handle);
  dataplane::VcProgram program;
  if (status == Status::kSuccess) {
    Side* leaf = sides_.Find(leaf_handle);
    leaf->params = Mirror(sides_.Find(root_handle)->params);
    leaf->params.flags &= ~uint32_t{circuit::kCallParametersChanged};
    circuit::CallManagerParameters& names = *leaf->params.call_manager;
    names.called = asked.call_manager->called;
    names.calling = asked.call_manager->calling;
    names.layers = asked.call_manager->layers;
    names.specific = asked.call_manager->specific;
    status = MakeVcProgram(port_, leaf->endpoint, &leaf->params, &program);
    if (status != Status::kSuccess) Forget(leaf_handle);
  }
  if (status != Status::kSuccess) {
    parties_.Erase(key);
    return status;
  }
  *cm_party = key.value();
  parties_.Find(key)->leaf = leaf_handle;
  sides_.Find(leaf_handle)->party = key;
  Side* root = sides_.Find(root_handle);
  root->parties.push_back(key);
  if (root->path == Path::kDown) {
    dataplane::VcProgram to_leaves;
    (void)MakeVcProgram(port_, root->endpoint, &root->params, &to_leaves);  // It could before.
    RaisePath(root_handle, to_leaves);
  }
  RaisePath(leaf_handle, program);
  return Status::kPending;
}

void LoopbackMcm::ForgetParty(PartyKey key) {
  if (Side* root = sides_.Find(parties_.Find(key)->root); root != nullptr) {
    std::erase(root->parties, key);
  }
  parties_.Erase(key);
}

void LoopbackMcm::OnMultipointRisen(SideHandle handle, Status status) {
  const Side* side = sides_.Find(handle);
  if (!side->is_root) {
    if (status != Status::kSuccess) return FailLeaf(handle, status, {});
    const Side* root = sides_.Find(parties_.Find(side->party)->root);
    if (root->path == Path::kUp) OfferLeaf(handle);
    return;
  }
  if (status != Status::kSuccess) {
    HangUpLeaves(handle, status, {}, {});
    return HangUp(handle, status, {}, {});
  }
  const SideHandle first = parties_.Find(side->parties.front())->leaf;
  if (sides_.Find(first)->path == Path::kUp) OfferLeaf(first);
}

void LoopbackMcm::OfferLeaf(SideHandle handle) {
  Side* leaf = sides_.Find(handle);
  if (!addresses_.contains(leaf->sap)) return FailLeaf(handle, Status::kNotFound, {});
  const SideHandle root_handle = parties_.Find(leaf->party)->root;
  for (SideHandle end : {handle, root_handle}) {
    Side* up = sides_.Find(end);
    if (up->announced) continue;
    (void)switchboard_->McmActivateVc(up->vc, up->params);
    up->announced = true;
  }
  Offer(handle);
}

void LoopbackMcm::ConnectLeaf(SideHandle handle) {
  if (switchboard_->DispatchCallConnected(sides_.Find(handle)->vc) != Status::kSuccess) {
    return FailLeaf(handle, Status::kFailure, {});
  }
  // It may have closed when it heard.
  const Side* leaf = sides_.Find(handle);
  Party* party = leaf == nullptr ? nullptr : parties_.Find(leaf->party);
  if (party == nullptr) return;
  party->connected = true;
  Side* root = sides_.Find(party->root);
  if (!std::exchange(root->making, false)) {
    return switchboard_->AddPartyComplete(Status::kSuccess, party->handle, leaf->party.value(),
                                          Mirror(leaf->params));
  }
  root->in_call = true;
  switchboard_->MakeCallComplete(Status::kSuccess, root->vc, Context{leaf->party.value()},
                                 CallParameters(root->params));
}

// --- leaving ------------------------------------------------------------------------------------

void LoopbackMcm::FailLeaf(SideHandle handle, Status status, const circuit::Cause& cause) {
  Side* leaf = sides_.Find(handle);
  const PartyKey key = std::exchange(leaf->party, PartyKey());
  const CallParameters params = Mirror(leaf->params);
  HangUp(handle, status, {}, cause);
  TellOfFailure(key, status, params, cause);
}

void LoopbackMcm::TellOfFailure(PartyKey key, Status status, const CallParameters& params,
                                const circuit::Cause& cause) {
  if (parties_.Find(key) == nullptr) return;  // The root went meanwhile.
  const Party failed = *parties_.Find(key);
  ForgetParty(key);
  Side* root = sides_.Find(failed.root);
  if (!root->making) {
    return switchboard_->AddPartyComplete(status, failed.handle, Context{0}, params, cause);
  }
  HangUp(failed.root, status, {}, cause);
}

void LoopbackMcm::OnLeafLeft(SideHandle handle, std::span<const uint8_t> close_data,
                             const circuit::Cause& cause) {
  Side* leaf = sides_.Find(handle);
  const PartyKey key = std::exchange(leaf->party, PartyKey());
  Party* party = parties_.Find(key);
  if (!party->connected) {
    return TellOfFailure(key, Status::kNotAccepted, Mirror(leaf->params), cause);
  }
  party->leaf = {};
  (void)switchboard_->DispatchIncomingDropParty(Status::kSuccess, party->handle, close_data, cause);
}

// The leaf's client closes when it likes; the root hears as soon as nothing more can reach it.
Status LoopbackMcm::OnDropParty(Context cm_party, std::span<const uint8_t> close_data,
                                const circuit::Cause& cause) {
  const PartyKey key = PartyKey::FromValue(static_cast<uint32_t>(cm_party));
  if (parties_.Find(key) == nullptr) return Status::kInvalidHandle;
  const Party dropped = *parties_.Find(key);
  ForgetParty(key);
  Side* leaf = sides_.Find(dropped.leaf);
  if (leaf == nullptr) return Status::kSuccess;
  leaf->party = {};
  programmer_->StopReceiving(leaf->endpoint.channel, leaf->endpoint.channel_vc,
                             [this, handle = dropped.handle](Status) {
                               switchboard_->DropPartyComplete(Status::kSuccess, handle);
                             });
  HangUp(dropped.leaf, Status::kSuccess, close_data, cause);
  return Status::kPending;
}

// The root's client lets go of the parties themselves, one by one or with the call.
void LoopbackMcm::HangUpLeaves(SideHandle root, Status status, std::span<const uint8_t> close_data,
                               const circuit::Cause& cause) {
  const std::vector<PartyKey> keys = sides_.Find(root)->parties;
  for (const PartyKey key : keys) {
    Party* party = parties_.Find(key);
    if (party == nullptr) continue;
    const SideHandle handle = std::exchange(party->leaf, SideHandle());
    Side* leaf = sides_.Find(handle);
    if (leaf == nullptr) continue;
    leaf->party = {};
    HangUp(handle, status, close_data, cause);
  }
}

}  // namespace vcp::miniport
