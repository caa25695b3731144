// The part of AttachedCallManager that concerns VCs and calls.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "daemon/attached_call_manager.h"

namespace vcp::daemon {

using circuit::Context;
using shm::MessageType;

// --- VCs -----------------------------------------------------------------------------------------

void AttachedCallManager::ReplyWithVc(const shm::MessageHeader& request, Status status, OwnVc own) {
  auto reply = NewReply<shm::CmVcReply>(static_cast<MessageType>(request.type), request.request_id);
  reply.status = static_cast<uint32_t>(status);
  if (status == Status::kSuccess) {
    reply.vc = own.value();
    reply.channel_vc = vcs_.Find(own)->channel_vc;
  }
  Send(reply);
}

void AttachedCallManager::CreateVc(const shm::CmHandle& request) {
  const OwnAf of = OwnAf::FromValue(request.handle);
  const Af* af = afs_.Find(of);
  if (af == nullptr || af->closed) return ReplyWithVc(request.header, Status::kInvalidHandle, {});
  const OwnVc own = vcs_.Insert(Vc{.af = of});
  if (!own) return ReplyWithVc(request.header, Status::kResources, {});
  circuit::VcHandle handle;
  const Status status = switchboard_->CmCreateVc(af->handle, own.value(), &handle);
  vcs_.Find(own)->handle = handle;
  if (status != Status::kSuccess) vcs_.Erase(own);
  ReplyWithVc(request.header, status, own);
}

// For signaling: its SDUs go to and come from the application itself.
void AttachedCallManager::CreateOwnVc(const shm::CmHandle& request) {
  const OwnFamily of = OwnFamily::FromValue(request.handle);
  Family* family = families_.Find(of);
  if (family == nullptr) return ReplyWithVc(request.header, Status::kInvalidHandle, {});
  if (family->leaving) return ReplyWithVc(request.header, Status::kClosing, {});
  const OwnVc own = vcs_.Insert(Vc{.family = of});
  const uint32_t channel_vc = own ? channel_vcs_->TakeChannelVc() : 0;
  if (channel_vc == 0) {
    vcs_.Erase(own);
    return ReplyWithVc(request.header, Status::kResources, {});
  }
  vcs_.Find(own)->channel_vc = channel_vc;
  circuit::VcHandle handle;
  const Status status =
      switchboard_->CmCreateOwnVc(family->binding, own.value(), {channel_, channel_vc}, &handle);
  vcs_.Find(own)->handle = handle;
  if (status == Status::kSuccess) {
    ++family->users;
    ++family->own_vcs;
    ++own_vcs_;
  } else {
    vcs_.Erase(own);
    channel_vcs_->GiveChannelVc(channel_vc);
  }
  ReplyWithVc(request.header, status, own);
}

void AttachedCallManager::DeleteVc(const shm::CmHandle& request) {
  const OwnVc own = OwnVc::FromValue(request.handle);
  Vc* vc = vcs_.Find(own);
  if (vc == nullptr) return Reply(request.header, Status::kInvalidHandle);
  if (vc->is_ending) return Reply(request.header, Status::kClosing);  // C44
  if (vc->family && vc->path != Path::kDown) {
    vc->delete_request = request.header.request_id;
    return GiveUpVc(own);
  }
  const Status status = switchboard_->CmDeleteVc(vc->handle);
  if (status == Status::kSuccess) Forget(own);
  Reply(request.header, status, request.handle);
}

void AttachedCallManager::Do(const shm::NameVc& request) {
  auto reply = NewReply<shm::NameVcReply>(MessageType::kCmNameVc, request.header.request_id);
  reply.vc = request.vc;
  const Vc* vc = vcs_.Find(OwnVc::FromValue(request.vc));
  std::string name;
  const Status status =
      vc == nullptr ? Status::kInvalidHandle : Name(*vc, TextOf(request.base), &name);
  reply.status = static_cast<uint32_t>(status);
  CopyText(name, reply.name);
  Send(reply);
}

Status AttachedCallManager::Name(const Vc& vc, std::string_view base, std::string* name) const {
  const Af* af = afs_.Find(vc.af);
  const Family* family = families_.Find(af == nullptr ? vc.family : af->family);
  if (family == nullptr) return Status::kClosing;
  return switchboard_->AssignVcName(family->binding, vc.handle, base, name);
}

void AttachedCallManager::Forget(OwnVc own) {
  const Vc* vc = vcs_.Find(own);
  if (vc->family) {
    Family* family = families_.Find(vc->family);
    --family->users;
    --family->own_vcs;
    --own_vcs_;
    if (channel_vcs_ != nullptr) channel_vcs_->GiveChannelVc(vc->channel_vc);
  }
  EraseParties(own);
  Forget(vc->asked);
  vcs_.Erase(own);
  LeaveSoon();  // its AF may have waited for it
}

Status AttachedCallManager::OnCreateVc(Context cm_af, circuit::VcHandle handle, Context* cm_vc) {
  if (!MayBeAsked()) return WhyNotAsked();
  const OwnVc own = vcs_.Insert(Vc{.handle = handle, .af = Own<Af>(cm_af), .is_made_here = false});
  if (!own) return Status::kResources;
  *cm_vc = own.value();
  auto event = NewEvent<shm::CmOperation>(MessageType::kCmVcCreated);
  event.handle = own.value();
  event.other = static_cast<uint32_t>(cm_af);
  Send(event);
  return Status::kSuccess;
}

Status AttachedCallManager::OnDeleteVc(Context cm_vc) {
  SayVcIsDeleted(Own<Vc>(cm_vc));
  Forget(Own<Vc>(cm_vc));
  return Status::kSuccess;
}

void AttachedCallManager::SayVcIsDeleted(OwnVc own) {
  auto event = NewEvent<shm::CmOperation>(MessageType::kCmVcDeleted);
  event.handle = own.value();
  Send(event);
}

// --- paths ---------------------------------------------------------------------------------------

// Labels below are for signaling: no client speaks in the daemon's name.
Status AttachedCallManager::MayActivate(const Vc* vc, const shm::CmActivateVc& request) const {
  if (vc == nullptr) return Status::kInvalidHandle;
  if (vc->is_ending) return Status::kClosing;
  if (vc->path != Path::kDown && vc->path != Path::kUp) return Status::kInvalidState;
  if (vc->family) return Status::kSuccess;
  // A client's VC carries data for a call only.
  if (!vc->is_made_here && !HasCall(*vc)) return Status::kInvalidState;
  const bool data_labels =
      request.transmit_label >= kMinDataLabel && request.receive_label >= kMinDataLabel;
  return data_labels ? Status::kSuccess : Status::kInvalidData;
}

bool AttachedCallManager::HasCall(const Vc& vc) const {
  const std::optional<circuit::VcRow> row = switchboard_->FindVc(vc.handle);
  return row && row->call != circuit::CallState::kNone;
}

void AttachedCallManager::KeepWhatIs(const Vc& vc, circuit::CallParameters* params) const {
  const std::optional<circuit::VcRow> row = switchboard_->FindVc(vc.handle);
  if (!row) return;
  if (!params->call_manager && !params->media) *params = row->params;
  if (!params->media || !row->params.media) return;
  params->media->labels = row->params.media->labels;
  params->media->peer_mac = row->params.media->peer_mac;
}

void AttachedCallManager::Do(const shm::CmActivateVc& request) {
  circuit::CallParameters params;
  if (Refused(request.header, FromAbi(request.params, &params))) return;
  const OwnVc own = OwnVc::FromValue(request.vc);
  const uint32_t id = request.header.request_id;
  Vc* vc = vcs_.Find(own);
  if (const Status why = MayActivate(vc, request); why != Status::kSuccess) {
    return ReplyToCall(MessageType::kCmActivateVc, id, request.vc, why, params);
  }
  if (!params.media) params.media.emplace();
  params.media->labels = {request.transmit_label, request.receive_label};
  if (request.has_peer_mac != 0)
    std::ranges::copy(request.peer_mac, params.media->peer_mac.emplace().begin());
  vc->activate_request = id;
  vc->path = vc->path == Path::kUp ? Path::kChanging : Path::kRising;
  const Status status = switchboard_->ActivateVc(vc->handle, &params);
  if (status != Status::kPending) OnActivateVcComplete(status, own.value(), params);
}

void AttachedCallManager::OnActivateVcComplete(Status status, Context cm_vc,
                                               const circuit::CallParameters& params) {
  const OwnVc own = Own<Vc>(cm_vc);
  Vc* vc = vcs_.Find(own);
  vc->path = status == Status::kSuccess || vc->path == Path::kChanging ? Path::kUp : Path::kDown;
  const uint32_t request = std::exchange(vc->activate_request, 0);
  if (request != 0) ReplyToCall(MessageType::kCmActivateVc, request, own.value(), status, params);
  if (vc->is_ending) EndPath(own);
}

void AttachedCallManager::DeactivateVc(const shm::CmHandle& request) {
  Vc* vc = vcs_.Find(OwnVc::FromValue(request.handle));
  if (vc == nullptr) return Reply(request.header, Status::kInvalidHandle);
  if (vc->is_ending) return Reply(request.header, Status::kClosing);
  if (vc->path == Path::kDown) return Reply(request.header, Status::kNotAccepted);  // C43
  if (vc->path != Path::kUp) return Reply(request.header, Status::kInvalidState);
  vc->deactivate_request = request.header.request_id;
  EndPath(OwnVc::FromValue(request.handle));
}

void AttachedCallManager::EndPath(OwnVc own) {
  Vc* vc = vcs_.Find(own);
  vc->is_ending = true;
  if (vc->path == Path::kDown) return OnPathDown(own);
  if (vc->path != Path::kUp) return;  // goes on when what is under way has ended
  vc->path = Path::kFalling;
  const Status status = switchboard_->DeactivateVc(vc->handle);
  if (status != Status::kPending) OnDeactivateVcComplete(status, own.value());
}

void AttachedCallManager::OnDeactivateVcComplete(Status, Context cm_vc) {
  vcs_.Find(Own<Vc>(cm_vc))->path = Path::kDown;
  OnPathDown(Own<Vc>(cm_vc));
}

void AttachedCallManager::OnPathDown(OwnVc own) {
  Vc* vc = vcs_.Find(own);
  vc->is_ending = false;
  const circuit::VcHandle handle = vc->handle;
  const Failure failure = std::exchange(vc->failure, Failure());
  const uint32_t request = std::exchange(vc->deactivate_request, 0);
  if (request != 0) {
    Reply(MessageType::kCmDeactivateVc, request, Status::kSuccess, own.value());
  }
  switch (std::exchange(vc->at_end, AtEnd::kNothing)) {
    case AtEnd::kFailMakeCall:
      switchboard_->MakeCallComplete(failure.status, handle, failure.params, failure.cause);
      break;
    case AtEnd::kCompleteClose:
      switchboard_->CloseCallComplete(Status::kSuccess, handle);
      break;
    case AtEnd::kNothing:
      break;
  }
  vc = vcs_.Find(own);
  if (vc != nullptr && (vc->is_unwanted || IsDeparted()) && !HasCall(*vc)) DeleteUnwanted(own);
}

void AttachedCallManager::GiveUpVc(OwnVc own) {
  vcs_.Find(own)->is_unwanted = true;
  EndPath(own);
}

void AttachedCallManager::GiveUpVcsOf(OwnAf af) {
  std::vector<OwnVc> left;
  vcs_.ForEach([&](OwnVc own, const Vc& vc) {
    if (vc.af == af && vc.is_made_here) left.push_back(own);
  });
  for (const OwnVc own : left) GiveUpVc(own);
}

void AttachedCallManager::DeleteUnwanted(OwnVc own) {
  const Vc* vc = vcs_.Find(own);
  if (!vc->is_made_here || switchboard_->CmDeleteVc(vc->handle) != Status::kSuccess) return;
  const uint32_t request = vc->delete_request;
  const bool is_own = static_cast<bool>(vc->family);
  Forget(own);
  if (request != 0) {
    Reply(MessageType::kCmDeleteVc, request, Status::kSuccess, own.value());
  } else if (is_own) {
    SayVcIsDeleted(own);
  }
  SayChannelIsFreeIfSo();
}

// --- calls that clients make ---------------------------------------------------------------------

AttachedCallManager::OwnOperation AttachedCallManager::AskAboutCall(
    MessageType type, uint32_t subject, OwnVc vc, OwnParty party,
    const circuit::CallParameters& params) {
  const OwnOperation operation = MayBeAsked() ? Begin(type, subject) : OwnOperation();
  if (!operation) return operation;
  auto event = NewEvent<shm::CmCallOperation>(type);
  event.operation = operation.value();
  event.vc = vc.value();
  event.party = party.value();
  event.params = ToAbi(params);
  Send(event);
  return operation;
}

Status AttachedCallManager::AskToEnd(MessageType type, uint32_t subject, OwnVc vc, OwnParty party,
                                     std::span<const uint8_t> close_data,
                                     const circuit::Cause& cause) {
  const OwnOperation operation =
      IsDeparted() ? OwnOperation() : Begin(type, subject, !close_data.empty());
  if (!operation) return Status::kResources;
  auto event = NewEvent<shm::CmEndOperation>(type);
  event.operation = operation.value();
  event.vc = vc.value();
  event.party = party.value();
  event.data_length = static_cast<uint32_t>(std::min(close_data.size(), sizeof event.data));
  std::copy_n(close_data.begin(), event.data_length, event.data);
  event.cause = ToAbi(cause);
  Send(event);
  return Status::kPending;
}

Status AttachedCallManager::OnMakeCall(Context cm_vc, circuit::CallParameters* params,
                                       circuit::PartyHandle party, Context* cm_party) {
  const OwnVc own = Own<Vc>(cm_vc);
  const OwnParty first = party ? InsertParty(party, own) : OwnParty();
  if (party && !first) return Status::kResources;
  *cm_party = first.value();
  const OwnOperation asked =
      AskAboutCall(MessageType::kCmMakeCall, own.value(), own, first, *params);
  vcs_.Find(own)->asked = asked;
  if (asked) return Status::kPending;
  EraseParties(own);
  return WhyNotAsked();
}

void AttachedCallManager::FinishCall(const Operation& operation, Status status,
                                     const circuit::CallParameters& params,
                                     const circuit::Cause& cause) {
  const OwnVc own = OwnVc::FromValue(operation.subject);
  Vc* vc = vcs_.Find(own);
  if (vc == nullptr) return;  // its client was faster
  switch (operation.type) {
    case MessageType::kCmModifyCallQoS:
      vc->asked = {};
      return FinishChange(*vc, status, params, cause);
    case MessageType::kCmCloseCall:
      if (status != Status::kSuccess) return switchboard_->CloseCallComplete(status, vc->handle);
      Forget(std::exchange(vc->asked, OwnOperation()));  // nobody waits for it any more
      EraseParties(own);
      vc->at_end = AtEnd::kCompleteClose;
      return EndPath(own);
    default:
      vc->asked = {};
      return FinishMaking(own, status, params, cause);
  }
}

// A call is made only on a path that is up (C50), and a path stays up only for a call.
void AttachedCallManager::FinishMaking(OwnVc own, Status status,
                                       const circuit::CallParameters& params,
                                       const circuit::Cause& cause) {
  Vc* vc = vcs_.Find(own);
  if (vc->at_end == AtEnd::kCompleteClose) return;  // closed before it was made
  if (status == Status::kSuccess && vc->path == Path::kUp) {
    const uint32_t first = vc->parties.empty() ? 0 : vc->parties.front().value();
    circuit::CallParameters made = params;
    KeepWhatIs(*vc, &made);
    return switchboard_->MakeCallComplete(status, vc->handle, first, made, cause);
  }
  EraseParties(own);
  const Status why = status == Status::kSuccess ? Status::kFailure : status;
  if (vc->path == Path::kDown) {
    return switchboard_->MakeCallComplete(why, vc->handle, params, cause);
  }
  vc->at_end = AtEnd::kFailMakeCall;
  vc->failure = {why, params, cause};
  EndPath(own);
}

// A change that failed leaves what was there.
void AttachedCallManager::FinishChange(const Vc& vc, Status status,
                                       const circuit::CallParameters& params,
                                       const circuit::Cause& cause) {
  circuit::CallParameters now;
  if (status == Status::kSuccess) now = params;
  KeepWhatIs(vc, &now);
  switchboard_->ModifyCallQoSComplete(status, vc.handle, now, cause);
}

// The call manager need not bring the path down first: that is done for it.
Status AttachedCallManager::OnCloseCall(Context cm_vc, Context cm_party,
                                        std::span<const uint8_t> close_data,
                                        const circuit::Cause& cause) {
  const OwnVc own = Own<Vc>(cm_vc);
  if (AskToEnd(MessageType::kCmCloseCall, own.value(), own, Own<Party>(cm_party), close_data,
               cause) != Status::kPending) {
    vcs_.Find(own)->at_end = AtEnd::kCompleteClose;
    loop_->ArmIn(0, [this, own] {
      if (vcs_.Find(own) != nullptr) EndPath(own);
    });
  }
  return Status::kPending;
}

Status AttachedCallManager::OnModifyCallQoS(Context cm_vc, circuit::CallParameters* params) {
  const OwnVc own = Own<Vc>(cm_vc);
  if (vcs_.Find(own)->is_changing) {  // the client refuses what it hears of (C87)
    vcs_.Find(own)->is_change_refused = true;
    return Status::kNotAccepted;
  }
  const OwnOperation asked =
      AskAboutCall(MessageType::kCmModifyCallQoS, own.value(), own, {}, *params);
  vcs_.Find(own)->asked = asked;
  return asked ? Status::kPending : WhyNotAsked();
}

// --- parties -------------------------------------------------------------------------------------

AttachedCallManager::OwnParty AttachedCallManager::InsertParty(circuit::PartyHandle handle,
                                                               OwnVc vc) {
  const OwnParty own = parties_.Insert(Party{handle, vc});
  if (own) vcs_.Find(vc)->parties.push_back(own);
  return own;
}

void AttachedCallManager::EraseParty(OwnParty own) {
  const Party& party = *parties_.Find(own);
  Forget(party.adding);
  std::erase(vcs_.Find(party.vc)->parties, own);
  parties_.Erase(own);
}

void AttachedCallManager::EraseParties(OwnVc vc) {
  while (!vcs_.Find(vc)->parties.empty()) EraseParty(vcs_.Find(vc)->parties.back());
}

Status AttachedCallManager::OnAddParty(Context cm_vc, circuit::CallParameters* params,
                                       circuit::PartyHandle party, Context* cm_party) {
  const OwnVc vc = Own<Vc>(cm_vc);
  const OwnParty own = InsertParty(party, vc);
  if (!own) return Status::kResources;
  *cm_party = own.value();
  const OwnOperation adding = AskAboutCall(MessageType::kCmAddParty, own.value(), vc, own, *params);
  parties_.Find(own)->adding = adding;
  if (adding) return Status::kPending;
  EraseParty(own);
  return WhyNotAsked();
}

Status AttachedCallManager::OnDropParty(Context cm_party, std::span<const uint8_t> close_data,
                                        const circuit::Cause& cause) {
  const OwnParty own = Own<Party>(cm_party);
  const OwnVc vc = parties_.Find(own)->vc;
  if (AskToEnd(MessageType::kCmDropParty, own.value(), vc, own, close_data, cause) ==
      Status::kPending) {
    return Status::kPending;
  }
  EraseParty(own);
  return Status::kSuccess;
}

void AttachedCallManager::FinishParty(const Operation& operation, Status status,
                                      const circuit::CallParameters& params,
                                      const circuit::Cause& cause) {
  const OwnParty own = OwnParty::FromValue(operation.subject);
  const Party* party = parties_.Find(own);
  if (party == nullptr) return;  // went with its call
  const circuit::PartyHandle handle = party->handle;
  const bool adding = operation.type == MessageType::kCmAddParty;
  if (adding) parties_.Find(own)->adding = {};
  const bool stays = adding == (status == Status::kSuccess);
  if (!stays) EraseParty(own);
  if (adding) return switchboard_->AddPartyComplete(status, handle, own.value(), params, cause);
  switchboard_->DropPartyComplete(status, handle);
}

// --- calls offered to clients --------------------------------------------------------------------

void AttachedCallManager::OfferCall(const shm::CmCall& request) {
  circuit::CallParameters params;
  if (Refused(request.header, FromAbi(request.params, &params))) return;
  const OwnVc own = OwnVc::FromValue(request.vc);
  Vc* vc = vcs_.Find(own);
  const SapEntry* sap = saps_.Find(OwnSap::FromValue(request.sap));
  const uint32_t id = request.header.request_id;
  Status refusal = Status::kSuccess;
  if (vc == nullptr || sap == nullptr) {
    refusal = Status::kInvalidHandle;
  } else if (!vc->is_made_here) {
    refusal = Status::kNotAccepted;  // and what its client asked goes on
  } else if (vc->offer_request != 0 || HasCall(*vc)) {
    refusal = Status::kInvalidState;
  }
  if (refusal != Status::kSuccess) {
    return ReplyToCall(MessageType::kCmIncomingCall, id, request.vc, refusal, params);
  }
  KeepWhatIs(*vc, &params);
  vc->offer_request = id;
  const Status status = switchboard_->DispatchIncomingCall(sap->handle, vc->handle, &params);
  if (status != Status::kPending) OnIncomingCallComplete(status, own.value(), params, {});
}

// A call that nobody carries on any more ends as soon as it is accepted.
void AttachedCallManager::OnIncomingCallComplete(Status status, Context cm_vc,
                                                 const circuit::CallParameters& params,
                                                 const circuit::Cause& cause) {
  const OwnVc own = Own<Vc>(cm_vc);
  Vc* vc = vcs_.Find(own);
  const uint32_t request = std::exchange(vc->offer_request, 0);
  if (status != Status::kSuccess) Forget(std::exchange(vc->asked, OwnOperation()));
  if (request != 0) {
    ReplyToCall(MessageType::kCmIncomingCall, request, own.value(), status, params, cause);
  }
  if (!IsDeparted()) return;
  const circuit::VcHandle handle = vc->handle;
  loop_->ArmIn(0, [this, own, handle, accepted = status == Status::kSuccess] {
    if (vcs_.Find(own) == nullptr) return;
    if (accepted) {
      (void)switchboard_->DispatchIncomingCloseCall(Status::kDisconnected, handle, {}, {});
    } else {
      GiveUpVc(own);
    }
  });
}

void AttachedCallManager::ConnectCall(const shm::CmHandle& request) {
  const Vc* vc = vcs_.Find(OwnVc::FromValue(request.handle));
  if (vc == nullptr) return Reply(request.header, Status::kInvalidHandle);
  Reply(request.header, switchboard_->DispatchCallConnected(vc->handle), request.handle);
}

// VCP_NOT_ACCEPTED: the client would not have it, and what was there before is to be put back.
void AttachedCallManager::ChangeCall(const shm::CmCall& request) {
  circuit::CallParameters params;
  if (Refused(request.header, FromAbi(request.params, &params))) return;
  const OwnVc own = OwnVc::FromValue(request.vc);
  Vc* vc = vcs_.Find(own);
  if (vc == nullptr) return Reply(request.header, Status::kInvalidHandle);
  KeepWhatIs(*vc, &params);
  vc->is_changing = true;
  vc->is_change_refused = false;
  Status status = switchboard_->DispatchIncomingCallQoSChange(vc->handle, params);
  vc = vcs_.Find(own);
  if (vc != nullptr) {
    vc->is_changing = false;
    if (vc->is_change_refused) status = Status::kNotAccepted;
  }
  Reply(request.header, status, request.vc);
}

void AttachedCallManager::EndCall(const shm::CmEnd& request) {
  circuit::Cause cause;
  if (Refused(request.header, FromAbi(request.cause, &cause))) return;
  Status status = Status::kFailure;
  if (Refused(request.header, StatusFromAbi(request.status, &status))) return;
  const Vc* vc = vcs_.Find(OwnVc::FromValue(request.handle));
  if (vc == nullptr) return Reply(request.header, Status::kInvalidHandle);
  Reply(request.header,
        switchboard_->DispatchIncomingCloseCall(status, vc->handle,
                                                {request.data, request.data_length}, cause),
        request.handle);
}

void AttachedCallManager::EndParty(const shm::CmEnd& request) {
  circuit::Cause cause;
  if (Refused(request.header, FromAbi(request.cause, &cause))) return;
  Status status = Status::kFailure;
  if (Refused(request.header, StatusFromAbi(request.status, &status))) return;
  const Party* party = parties_.Find(OwnParty::FromValue(request.handle));
  if (party == nullptr) return Reply(request.header, Status::kInvalidHandle);
  Reply(request.header,
        switchboard_->DispatchIncomingDropParty(status, party->handle,
                                                {request.data, request.data_length}, cause),
        request.handle);
}

}  // namespace vcp::daemon
