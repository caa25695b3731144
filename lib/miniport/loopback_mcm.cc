#include "miniport/loopback_mcm.h"

#include <utility>

#include "base/aesa.h"

namespace vcp::miniport {

namespace {

using circuit::CallParameters;
using circuit::Context;

bool HasSameFlows(const CallParameters& one, const CallParameters& other) {
  return one.call_manager && other.call_manager &&
         one.call_manager->transmit == other.call_manager->transmit &&
         one.call_manager->receive == other.call_manager->receive;
}

}  // namespace

CallParameters LoopbackMcm::Mirror(CallParameters params) {
  if (params.call_manager) {
    std::swap(params.call_manager->transmit, params.call_manager->receive);
  }
  if (params.media) {
    circuit::MediaParameters& media = *params.media;
    const uint32_t directions = circuit::kTransmitVc | circuit::kReceiveVc;
    uint32_t mirrored = media.flags & ~(directions | circuit::kOwnMediaFlags);
    if ((media.flags & circuit::kTransmitVc) != 0) mirrored |= circuit::kReceiveVc;
    if ((media.flags & circuit::kReceiveVc) != 0) mirrored |= circuit::kTransmitVc;
    media.flags = mirrored;
    if (media.labels) std::swap(media.labels->transmit, media.labels->receive);
  }
  return params;
}

// What that end wants for itself stays.
CallParameters LoopbackMcm::MirrorFor(const Side& side, const CallParameters& params) {
  CallParameters mirrored = Mirror(params);
  if (mirrored.media && side.params.media) {
    mirrored.media->flags |= side.params.media->flags & circuit::kOwnMediaFlags;
  }
  return mirrored;
}

bool LoopbackMcm::IsAsAsked(const CallParameters& asked, const CallParameters& given) {
  return qos::IsAsAsked(asked.call_manager->transmit, given.call_manager->transmit) &&
         qos::IsAsAsked(asked.call_manager->receive, given.call_manager->receive);
}

// Operators number the PVCs of the same port from below; calls start in the middle.
LoopbackMcm::LoopbackMcm(circuit::Switchboard* switchboard, dataplane::VcProgrammer* programmer,
                         dataplane::PortIndex port, const port::PortInfo& info,
                         const PortDoors& doors)
    : switchboard_(switchboard),
      programmer_(programmer),
      port_{port, info},
      miniport_(switchboard, programmer, port, info, doors),
      labels_(kMinDataLabel, kLabelSpace, kLabelSpace / 2) {}

Status LoopbackMcm::Start() {
  const Status status =
      switchboard_->RegisterMcmAdapter(port_.info.name, &miniport_, this, &adapter_);
  if (status != Status::kSuccess) return status;
  return switchboard_->McmRegisterAddressFamily(adapter_, circuit::AddressFamily());
}

Status LoopbackMcm::Stop() { return switchboard_->DeregisterAdapter(adapter_); }

// --- address families and SAPs ------------------------------------------------------------------

Status LoopbackMcm::OnOpenAf(circuit::AfHandle af, const circuit::AddressFamily&, Context* cm_af) {
  *cm_af = af.value();
  return Status::kSuccess;
}

// Idle VCs of ours on this AF are on their way out; the switchboard waits for them.
Status LoopbackMcm::OnCloseAf(Context cm_af) {
  address_book_.Forget(circuit::AfHandle::FromValue(static_cast<uint32_t>(cm_af)));
  return Status::kSuccess;
}

Status LoopbackMcm::OnOidRequest(circuit::OidHandle, const circuit::OidTarget& target,
                                 const circuit::OidRequest& request, circuit::OidAnswer* answer) {
  if (!circuit::AddressBook::IsAbout(request.oid)) {
    return circuit::FindOid(request.oid) == nullptr ? Status::kInvalidOid : Status::kNotSupported;
  }
  const auto af = circuit::AfHandle::FromValue(static_cast<uint32_t>(target.af));
  const Status status = address_book_.Handle(af, request, answer);
  if (status != Status::kSuccess || request.access == circuit::OidAccess::kQuery) return status;
  circuit::OidAnswer unused;
  (void)switchboard_->RequestOid(
      {.from = {}, .af = af}, 0,
      {.oid = circuit::Oid::kAddressChange, .access = circuit::OidAccess::kSet}, &unused);
  return status;
}

Status LoopbackMcm::OnRegisterSap(Context cm_af, const circuit::Sap& sap, circuit::SapHandle handle,
                                  Context* cm_sap) {
  if (!sap.pvc_name.empty()) return Status::kInvalidData;
  const auto af = circuit::AfHandle::FromValue(static_cast<uint32_t>(cm_af));
  const Address address = NormalForm(sap.address);
  if (!listeners_.try_emplace(address, Listener{handle, af}).second) {
    return Status::kInvalidData;  // C21
  }
  addresses_[handle] = address;
  *cm_sap = handle.value();
  return Status::kSuccess;
}

Status LoopbackMcm::OnDeregisterSap(Context cm_sap) {
  const auto found = addresses_.find(circuit::SapHandle::FromValue(static_cast<uint32_t>(cm_sap)));
  listeners_.erase(found->second);
  addresses_.erase(found);
  return Status::kSuccess;
}

const LoopbackMcm::Listener* LoopbackMcm::FindListener(const Address& called) const {
  auto found = listeners_.find(NormalForm(called));
  if (found == listeners_.end()) found = listeners_.find(Address());
  return found == listeners_.end() ? nullptr : &found->second;
}

// --- VCs ----------------------------------------------------------------------------------------

Status LoopbackMcm::OnCreateVc(Context, circuit::VcHandle vc, Context* cm_vc) {
  const SideHandle handle = sides_.Insert();
  if (!handle) return Status::kResources;
  Side* side = sides_.Find(handle);
  side->vc = vc;
  side->endpoint = switchboard_->FindVc(vc)->endpoint;
  *cm_vc = handle.value();
  return Status::kSuccess;
}

Status LoopbackMcm::OnDeleteVc(Context cm_vc) {
  sides_.Erase(SideHandle::FromValue(static_cast<uint32_t>(cm_vc)));
  return Status::kSuccess;
}

// --- setting up ---------------------------------------------------------------------------------

Status LoopbackMcm::OnMakeCall(Context cm_vc, CallParameters* params, circuit::PartyHandle party,
                               Context* cm_party) {
  Side* caller = Find(cm_vc);
  if (caller == nullptr) return Status::kInvalidHandle;
  if ((params->flags & circuit::kPermanentVc) != 0) return Status::kFailure;  // No PVCs here.
  if (circuit::IsReserve(*params)) return Status::kNotSupported;
  if (!params->call_manager) return Status::kInvalidData;
  const Listener* listener = FindListener(params->call_manager->called);
  if (listener == nullptr) return Status::kNotFound;
  std::shared_ptr<const circuit::LabelLease> lease = circuit::LabelLease::Take(&labels_);
  if (lease == nullptr) return Status::kResources;
  if (!params->media) params->media.emplace();
  params->media->labels = lease->labels();
  params->media->peer_mac = port_.info.mac;

  const CallParameters asked = *params;
  const SideHandle caller_handle = SideHandle::FromValue(static_cast<uint32_t>(cm_vc));
  caller->making = true;
  caller->lease = std::move(lease);
  if (party) return MakeMultipointCall(caller_handle, *listener, params, party, cm_party);
  SideHandle callee;
  Status status = MakeCallee(*listener, caller_handle, &callee);
  if (status == Status::kPending) return status;
  if (status == Status::kSuccess) {
    sides_.Find(callee)->peer = caller_handle;
    sides_.Find(caller_handle)->peer = callee;
    status = Raise(caller_handle, callee, *params);
    if (status == Status::kSuccess) {
      caller = sides_.Find(caller_handle);
      if (!IsAsAsked(asked, caller->params)) {
        caller->params.flags |= circuit::kCallParametersChanged;  // Rounded (C38).
      }
      return Status::kPending;
    }
    Unlink(callee);
    Forget(callee);
  }
  // The callee's client was asked, and may have ended the caller too.
  caller = sides_.Find(caller_handle);
  if (caller == nullptr || !caller->making) return Status::kPending;
  caller->making = false;
  caller->lease.reset();
  return status;
}

Status LoopbackMcm::MakeCallee(const Listener& listener, SideHandle caller_handle,
                               SideHandle* callee_handle) {
  Side* caller = sides_.Find(caller_handle);
  const circuit::AfHandle af = listener.af;
  const SideHandle handle = sides_.Insert();
  if (!handle) return Status::kResources;
  Side* callee = sides_.Find(handle);
  callee->is_callee = true;
  callee->sap = listener.sap;
  callee->lease = caller->lease;
  const Status status = switchboard_->CmCreateVc(af, handle.value(), &callee->vc);
  if (status != Status::kSuccess) {
    sides_.Erase(handle);
    return status;
  }
  callee->endpoint = switchboard_->FindVc(callee->vc)->endpoint;
  caller = sides_.Find(caller_handle);
  // It may have been closed while we asked the callee's client.
  if (caller == nullptr || caller->ending || caller->lease != sides_.Find(handle)->lease) {
    Forget(handle);
    return Status::kPending;
  }
  *callee_handle = handle;
  return Status::kSuccess;
}

void LoopbackMcm::Forget(SideHandle callee) {
  (void)switchboard_->CmDeleteVc(sides_.Find(callee)->vc);
  sides_.Erase(callee);
}

Status LoopbackMcm::Raise(SideHandle one_handle, SideHandle other_handle, CallParameters params) {
  Side* one = sides_.Find(one_handle);
  Side* other = sides_.Find(other_handle);
  dataplane::VcProgram to_other;
  dataplane::VcProgram to_one;
  Status status = MakeVcProgram(port_, one->endpoint, &params, &to_other);
  if (status != Status::kSuccess) return status;
  CallParameters mirrored = MirrorFor(*other, params);
  status = MakeVcProgram(port_, other->endpoint, &mirrored, &to_one);
  if (status != Status::kSuccess) return status;
  one->params = std::move(params);
  other->params = std::move(mirrored);
  RaisePath(one_handle, to_other);
  RaisePath(other_handle, to_one);
  return Status::kSuccess;
}

void LoopbackMcm::RaisePath(SideHandle handle, const dataplane::VcProgram& program) {
  sides_.Find(handle)->path = Path::kRising;
  programmer_->ActivateVc(program, [this, handle](Status status) { OnPathRisen(handle, status); });
}

void LoopbackMcm::OnPathRisen(SideHandle handle, Status status) {
  Side* side = sides_.Find(handle);
  if (status == Status::kSuccess || side->announced) {
    side->path = Path::kUp;  // With the old parameters when changing them failed (C37).
  } else {
    side->path = Path::kDown;
  }
  if (side->ending) return End(handle);
  if (side->is_root || side->party) return OnMultipointRisen(handle, status);
  const SideHandle changer = FindChanger(handle);
  if (status != Status::kSuccess) {
    Change* change = changer ? &*sides_.Find(changer)->change : nullptr;
    if (change == nullptr || change->restoring) return Break(handle, status);
    change->status = status;
  }
  const Side* peer = sides_.Find(side->peer);
  if (peer == nullptr || peer->path != Path::kUp) return;
  if (changer) return OnChangeRisen(changer);
  const SideHandle callee = side->is_callee ? handle : side->peer;
  Announce(callee, sides_.Find(callee)->peer);
  if (sides_.Find(callee)->answer == Answer::kAccepted) {
    Connect(callee);
  } else {
    Offer(callee);
  }
}

void LoopbackMcm::Announce(SideHandle one, SideHandle other) {
  for (SideHandle end : {one, other}) {
    Side* up = sides_.Find(end);
    (void)switchboard_->McmActivateVc(up->vc, up->params);
    up->announced = true;
  }
}

void LoopbackMcm::Offer(SideHandle handle) {
  Side* callee = sides_.Find(handle);
  if (!addresses_.contains(callee->sap)) return Break(handle, Status::kNotFound);
  callee->in_call = true;
  callee->answer = Answer::kOffered;
  CallParameters params = callee->params;
  const Status status = switchboard_->DispatchIncomingCall(callee->sap, callee->vc, &params);
  if (status != Status::kPending) TakeAnswer(handle, status, params, {});
}

void LoopbackMcm::OnIncomingCallComplete(Status status, Context cm_vc, const CallParameters& params,
                                         const circuit::Cause& cause) {
  if (Find(cm_vc) == nullptr) return;
  TakeAnswer(SideHandle::FromValue(static_cast<uint32_t>(cm_vc)), status, params, cause);
}

void LoopbackMcm::TakeAnswer(SideHandle handle, Status status, const CallParameters& params,
                             const circuit::Cause& cause) {
  Side* callee = sides_.Find(handle);
  const bool changed = (params.flags & circuit::kCallParametersChanged) != 0 &&
                       params.call_manager && !HasSameFlows(params, callee->params);
  if (callee->party) {
    callee->answer = Answer::kAccepted;
    if (status == Status::kSuccess && !changed) return ConnectLeaf(handle);
    callee->in_call = status == Status::kSuccess;  // One VC, one contract: no other terms (C61).
    return FailLeaf(handle, changed ? Status::kNotAccepted : status, cause);
  }
  if (status != Status::kSuccess) {
    callee->in_call = false;
    const SideHandle caller = Unlink(handle);
    if (caller) HangUp(caller, status, {}, cause);
    return End(handle);
  }
  callee->answer = Answer::kAccepted;
  if (!callee->peer) return;   // The caller is gone; the callee was told and closes.
  if (callee->change) return;  // The change that the callee asked for comes first.
  const bool own_changed = circuit::TakeOwnMediaFlags(params, &callee->params);
  if (!changed && !own_changed) return Connect(handle);
  CallParameters agreed = callee->params;
  if (changed) {
    agreed.flags |= circuit::kCallParametersChanged;
    agreed.call_manager->transmit = params.call_manager->transmit;
    agreed.call_manager->receive = params.call_manager->receive;
  }
  const Status raised = Raise(callee->peer, handle, MirrorFor(*sides_.Find(callee->peer), agreed));
  if (raised != Status::kSuccess) Break(handle, raised);  // C61
}

void LoopbackMcm::Connect(SideHandle handle) {
  if (switchboard_->DispatchCallConnected(sides_.Find(handle)->vc) != Status::kSuccess) {
    return Break(handle, Status::kFailure);
  }
  // The callee may have closed when it heard.
  const Side* callee = sides_.Find(handle);
  Side* caller = callee == nullptr ? nullptr : sides_.Find(callee->peer);
  if (caller == nullptr) return;
  caller->making = false;
  caller->in_call = true;
  switchboard_->MakeCallComplete(Status::kSuccess, caller->vc, CallParameters(caller->params));
}

// --- ending -------------------------------------------------------------------------------------

Status LoopbackMcm::OnCloseCall(Context cm_vc, Context, std::span<const uint8_t> close_data,
                                const circuit::Cause& cause) {
  Side* side = Find(cm_vc);
  if (side == nullptr) return Status::kInvalidHandle;
  const SideHandle handle = SideHandle::FromValue(static_cast<uint32_t>(cm_vc));
  side->closing = true;
  side->in_call = false;
  side->make_status = Status::kRequestAborted;
  if (side->is_root) HangUpLeaves(handle, Status::kSuccess, close_data, cause);
  if (side->party) OnLeafLeft(handle, close_data, cause);
  const SideHandle peer = Unlink(handle);
  if (peer) HangUp(peer, Status::kSuccess, close_data, cause);
  End(handle);
  return Status::kPending;
}

LoopbackMcm::SideHandle LoopbackMcm::Unlink(SideHandle handle) {
  Side* side = sides_.Find(handle);
  const SideHandle peer = std::exchange(side->peer, SideHandle());
  if (peer) sides_.Find(peer)->peer = {};
  return peer;
}

void LoopbackMcm::HangUp(SideHandle handle, Status status, std::span<const uint8_t> close_data,
                         const circuit::Cause& cause) {
  Side* side = sides_.Find(handle);
  if (side == nullptr) return;
  if (side->in_call) {
    // It closes the call, or refuses the offer, and so ends this side.
    (void)switchboard_->DispatchIncomingCloseCall(status, side->vc, close_data, cause);
    return;
  }
  if (side->making) {
    side->make_status = status == Status::kSuccess ? Status::kNotAccepted : status;
    side->make_cause = cause;
  }
  End(handle);
}

void LoopbackMcm::Break(SideHandle handle, Status status) {
  const SideHandle peer = Unlink(handle);
  HangUp(handle, status, {}, {});
  if (peer) HangUp(peer, status, {}, {});
}

void LoopbackMcm::End(SideHandle handle) {
  Side* side = sides_.Find(handle);
  side->ending = true;
  if (side->path == Path::kUp) LowerPath(handle);
  if (side->path == Path::kDown) Finish(handle);
}

void LoopbackMcm::LowerPath(SideHandle handle) {
  Side* side = sides_.Find(handle);
  side->path = Path::kFalling;
  programmer_->DeactivateVc(side->endpoint.channel, side->endpoint.channel_vc,
                            [this, handle](Status) {
                              sides_.Find(handle)->path = Path::kDown;
                              Finish(handle);
                            });
}

void LoopbackMcm::Finish(SideHandle handle) {
  Side* side = sides_.Find(handle);
  if (side->announced) (void)switchboard_->McmDeactivateVc(side->vc);
  const Side ended = *side;
  // A caller's VC may make its next call from inside the completions.
  *side = Side{.vc = ended.vc, .endpoint = ended.endpoint, .is_callee = ended.is_callee};
  for (const PartyKey key : ended.parties) parties_.Erase(key);
  if (ended.making) {
    switchboard_->MakeCallComplete(ended.make_status, ended.vc, ended.params, ended.make_cause);
  }
  if (ended.closing) switchboard_->CloseCallComplete(Status::kSuccess, ended.vc);
  if (ended.is_callee) Forget(handle);
}

}  // namespace vcp::miniport
