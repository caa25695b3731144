// Changing a call that is there. Both paths change or neither: the miniport is asked first, then
// the other side's client is told (C86), and when one of them refuses everything goes back to what
// it was before the failure is reported (C82).
#include <utility>

#include "miniport/loopback_mcm.h"

namespace vcp::miniport {

using circuit::CallParameters;
using circuit::Context;

LoopbackMcm::SideHandle LoopbackMcm::FindChanger(SideHandle handle) {
  const Side* side = sides_.Find(handle);
  if (side->change) return handle;
  const Side* peer = sides_.Find(side->peer);
  return peer != nullptr && peer->change ? side->peer : SideHandle();
}

Status LoopbackMcm::OnModifyCallQoS(Context cm_vc, CallParameters* params) {
  Side* side = Find(cm_vc);
  if (side == nullptr) return Status::kInvalidHandle;
  if (side->is_root || side->party || circuit::IsReserve(*params)) return Status::kNotSupported;
  if (!params->call_manager) return Status::kInvalidData;
  const SideHandle handle = SideHandle::FromValue(static_cast<uint32_t>(cm_vc));
  const Side* peer = sides_.Find(side->peer);
  if (peer == nullptr) return Status::kFailure;  // Gone; this side is told, or was.
  if (const SideHandle changer = FindChanger(handle)) {
    Change& other = *sides_.Find(changer)->change;
    if (!other.telling) return Status::kNotAccepted;
    other.refused = true;
    other.status = Status::kNotAccepted;
    return Status::kPending;
  }
  // While the callee connects, its caller does not know yet that there is a call.
  const bool offered = side->is_callee && side->answer == Answer::kOffered;
  if (!offered && !peer->in_call) return Status::kInvalidState;
  CallParameters before = side->params;
  before.flags &= ~uint32_t{circuit::kCallParametersChanged};
  side->change.emplace(Change{.before = before});
  const Status status = Raise(handle, side->peer, circuit::WithChange(before, *params));
  if (status != Status::kSuccess) {
    side->change.reset();
    return status;
  }
  if (!qos::IsAsAsked(params->call_manager->transmit, side->params.call_manager->transmit) ||
      !qos::IsAsAsked(params->call_manager->receive, side->params.call_manager->receive)) {
    side->params.flags |= circuit::kCallParametersChanged;  // C84
  }
  return Status::kPending;
}

// Neither path is on its way any more.
void LoopbackMcm::OnChangeRisen(SideHandle handle) {
  Side* side = sides_.Find(handle);
  const Change& change = *side->change;
  if (change.restoring) return FinishChange(handle);
  if (change.status != Status::kSuccess) return RestoreChange(handle);
  Announce(handle, side->peer);
  const bool offered =
      side->is_callee && side->answer != Answer::kNone && sides_.Find(side->peer)->making;
  offered ? FinishChange(handle) : TellOfChange(handle);
}

void LoopbackMcm::TellOfChange(SideHandle handle) {
  Side* side = sides_.Find(handle);
  const Side* peer = sides_.Find(side->peer);
  side->change->telling = true;
  const Status told =
      switchboard_->DispatchIncomingCallQoSChange(peer->vc, CallParameters(peer->params));
  side = sides_.Find(handle);
  if (side == nullptr || !side->change || !side->peer) return;  // Closed from inside.
  side->change->telling = false;
  if (told != Status::kSuccess) side->change->status = Status::kNotAccepted;
  side->change->status == Status::kSuccess ? FinishChange(handle) : RestoreChange(handle);
}

void LoopbackMcm::RestoreChange(SideHandle handle) {
  Side* side = sides_.Find(handle);
  side->change->restoring = true;
  const Status status = Raise(handle, side->peer, side->change->before);
  if (status != Status::kSuccess) Break(handle, status);
}

void LoopbackMcm::FinishChange(SideHandle handle) {
  Side* side = sides_.Find(handle);
  const Change change = *std::exchange(side->change, std::nullopt);
  const SideHandle peer_handle = side->peer;
  Side* peer = sides_.Find(peer_handle);
  if (change.restoring) Announce(handle, peer_handle);
  // An offer that changed is what its caller gets.
  if (peer->making && change.status == Status::kSuccess) {
    peer->params.flags |= circuit::kCallParametersChanged;
  }
  const bool accepted = side->is_callee && side->answer == Answer::kAccepted && peer->making;
  switchboard_->ModifyCallQoSComplete(change.status, side->vc, CallParameters(side->params));
  side = sides_.Find(handle);
  if (side == nullptr || side->peer != peer_handle) return;
  if (accepted) return Connect(handle);
  if (!change.refused) return;
  peer = sides_.Find(peer_handle);
  switchboard_->ModifyCallQoSComplete(Status::kNotAccepted, peer->vc, CallParameters(peer->params));
}

}  // namespace vcp::miniport
