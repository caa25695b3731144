#include "daemon/attached_call_manager.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace vcp::daemon {

using circuit::Context;
using shm::MessageType;

AttachedCallManager::AttachedCallManager(circuit::Switchboard* switchboard, EventLoop* loop,
                                         std::span<const AdapterEntry> adapters,
                                         dataplane::ChannelIndex channel, ChannelVcs* channel_vcs,
                                         ClientLink* link)
    : switchboard_(switchboard),
      loop_(loop),
      adapters_(adapters),
      channel_(channel),
      channel_vcs_(channel_vcs),
      link_(link),
      leave_(loop),
      progress_(loop) {}

bool AttachedCallManager::IsRequest(uint16_t type) {
  return type >= static_cast<uint16_t>(MessageType::kCmRegisterFamily) &&
         type <= static_cast<uint16_t>(MessageType::kCmNameVc);
}

void AttachedCallManager::OnPacket(Packet packet) {
  switch (static_cast<MessageType>(ReadMessage<shm::MessageHeader>(packet).type)) {
    case MessageType::kCmRegisterFamily:
      return Do(ReadMessage<shm::CmRegisterFamily>(packet));
    case MessageType::kCmDeregisterFamily:
      return DeregisterFamily(ReadMessage<shm::CmHandle>(packet));
    case MessageType::kCmNotifyCloseAf:
      return NotifyCloseAf(ReadMessage<shm::CmHandle>(packet));
    case MessageType::kCmCreateVc:
      return CreateVc(ReadMessage<shm::CmHandle>(packet));
    case MessageType::kCmCreateOwnVc:
      return CreateOwnVc(ReadMessage<shm::CmHandle>(packet));
    case MessageType::kCmDeleteVc:
      return DeleteVc(ReadMessage<shm::CmHandle>(packet));
    case MessageType::kCmActivateVc:
      return Do(ReadMessage<shm::CmActivateVc>(packet));
    case MessageType::kCmDeactivateVc:
      return DeactivateVc(ReadMessage<shm::CmHandle>(packet));
    case MessageType::kCmIncomingCall:
      return OfferCall(ReadMessage<shm::CmCall>(packet));
    case MessageType::kCmCallConnected:
      return ConnectCall(ReadMessage<shm::CmHandle>(packet));
    case MessageType::kCmCallQoSChange:
      return ChangeCall(ReadMessage<shm::CmCall>(packet));
    case MessageType::kCmIncomingCloseCall:
      return EndCall(ReadMessage<shm::CmEnd>(packet));
    case MessageType::kCmIncomingDropParty:
      return EndParty(ReadMessage<shm::CmEnd>(packet));
    case MessageType::kCmComplete:
      return Do(ReadMessage<shm::CmComplete>(packet));
    case MessageType::kCmCompleteOid:
      return Do(ReadMessage<shm::CmCompleteOid>(packet));
    case MessageType::kCmTellClients:
      return Do(ReadMessage<shm::CmTellClients>(packet));
    case MessageType::kCmSetOid:
      return Do(ReadMessage<shm::CmSetOid>(packet));
    case MessageType::kCmNameVc:
      return Do(ReadMessage<shm::NameVc>(packet));
    default:
      VCP_CHECK(false);  // IsRequest knows the same types
  }
}

void AttachedCallManager::Reply(MessageType type, uint32_t request_id, Status status,
                                uint32_t handle) {
  auto reply = NewReply<shm::SimpleReply>(type, request_id);
  reply.status = static_cast<uint32_t>(status);
  reply.handle = handle;
  Send(reply);
}

void AttachedCallManager::ReplyToCall(MessageType type, uint32_t request_id, uint32_t vc,
                                      Status status, const circuit::CallParameters& params,
                                      const circuit::Cause& cause) {
  auto reply = NewReply<shm::CallReply>(type, request_id);
  reply.status = static_cast<uint32_t>(status);
  reply.vc = vc;
  reply.params = ToAbi(params);
  reply.cause = ToAbi(cause);
  Send(reply);
}

bool AttachedCallManager::Refused(const shm::MessageHeader& request, Status status) {
  if (status == Status::kSuccess) return false;
  const auto type = static_cast<MessageType>(request.type);
  if (status == Status::kProtocolError) {
    link_->Evict(status, "unused bytes of a parameter are not zero");
  } else if (type == MessageType::kCmActivateVc || type == MessageType::kCmIncomingCall) {
    ReplyToCall(type, request.request_id, 0, status, {});
  } else {
    Reply(request, status);
  }
  return true;
}

// --- families ------------------------------------------------------------------------------------

void AttachedCallManager::Do(const shm::CmRegisterFamily& request) {
  const std::string_view name = TextOf(request.adapter);
  const auto adapter =
      name.empty() ? adapters_.begin() : std::ranges::find(adapters_, name, &AdapterEntry::name);
  if (adapter == adapters_.end()) return Reply(request.header, Status::kNoSuchPort);
  if (request.family == 0) return Reply(request.header, Status::kInvalidData);
  const circuit::AddressFamily family{static_cast<circuit::AddressFamilyType>(request.family)};
  const OwnFamily own =
      families_.Insert(Family{.adapter = adapter->name,
                              .binding = {},
                              .family = family,
                              .answers_oids = (request.options & shm::kAnswersOids) != 0,
                              .removal = std::make_unique<Deadline>(loop_)});
  if (!own) return Reply(request.header, Status::kResources);
  circuit::BindingHandle binding;
  Status status = switchboard_->OpenBinding(this, adapter->handle, &binding);
  if (status == Status::kSuccess) {
    families_.Find(own)->binding = binding;
    status = switchboard_->RegisterAddressFamily(binding, family);
    if (status != Status::kSuccess) (void)switchboard_->CloseBinding(binding);
  }
  if (status != Status::kSuccess) families_.Erase(own);
  Reply(request.header, status, status == Status::kSuccess ? own.value() : 0);
}

// Answered when its clients have closed it.
void AttachedCallManager::DeregisterFamily(const shm::CmHandle& request) {
  const OwnFamily own = OwnFamily::FromValue(request.handle);
  Family* family = families_.Find(own);
  if (family == nullptr) return Reply(request.header, Status::kInvalidHandle);
  if (family->leaving) return Reply(request.header, Status::kClosing);
  if (family->own_vcs != 0) return Reply(request.header, Status::kNotAccepted);
  family->deregister_request = request.header.request_id;
  BeginLeaving(own);
}

void AttachedCallManager::BeginLeaving(OwnFamily own) {
  Family* family = families_.Find(own);
  family->leaving = true;
  (void)switchboard_->WithdrawAddressFamily(family->binding, family->family);
  std::vector<circuit::AfHandle> open;
  afs_.ForEach([&](OwnAf, const Af& af) {
    if (af.family == own) open.push_back(af.handle);
  });
  // Those that are opening or closing already need no word.
  for (const circuit::AfHandle af : open) (void)switchboard_->NotifyCloseAddressFamily(af);
  LeaveSoon();
}

void AttachedCallManager::LeaveUnused() {
  std::vector<OwnFamily> unused;
  families_.ForEach([&](OwnFamily own, const Family& family) {
    if (family.leaving && family.users == 0) unused.push_back(own);
  });
  for (const OwnFamily own : unused) {
    const Family& family = *families_.Find(own);
    const Status closed = switchboard_->CloseBinding(family.binding);
    // That of a port that is gone may be gone already.
    if (closed != Status::kSuccess && closed != Status::kInvalidHandle) continue;
    const uint32_t request = family.deregister_request;
    families_.Erase(own);
    if (request == 0) continue;
    Reply(MessageType::kCmDeregisterFamily, request, Status::kSuccess, own.value());
  }
  if (IsDeparted() && IsGone() && gone_) std::exchange(gone_, nullptr)();
}

// --- the port pauses, or is gone -----------------------------------------------------------------

AttachedCallManager::OwnFamily AttachedCallManager::FindFamily(
    circuit::BindingHandle binding) const {
  OwnFamily own;
  families_.ForEach([&](OwnFamily candidate, const Family& family) {
    if (family.binding == binding) own = candidate;
  });
  return own;
}

Status AttachedCallManager::OnPause(circuit::BindingHandle binding) {
  if (const OwnFamily own = FindFamily(binding); own) WatchRemoval(own);
  return Status::kSuccess;
}

void AttachedCallManager::OnRestart(circuit::BindingHandle binding) {
  if (const OwnFamily own = FindFamily(binding); own) families_.Find(own)->removal->Stop();
}

// A port pauses before it goes, and waits for what applications hold. Clients have as long to let
// go of one that is gone: what then keeps it is theirs no more. Nobody tells of a removal before
// the pause has ended, so one that lasts is looked at now and then.
void AttachedCallManager::WatchRemoval(OwnFamily own) {
  families_.Find(own)->removal->Start(kNotifyCloseDeadlineNs, [this, own] {
    const circuit::AdapterHandle adapter = switchboard_->FindAdapter(families_.Find(own)->adapter);
    const std::optional<circuit::AdapterRow> row = switchboard_->FindAdapterRow(adapter);
    if (row) row->removed ? EndOwnVcs(own) : WatchRemoval(own);
  });
}

void AttachedCallManager::EndOwnVcs(OwnFamily own) {
  std::vector<OwnVc> left;
  vcs_.ForEach([&](OwnVc vc, const Vc& entry) {
    if (entry.family == own) left.push_back(vc);
  });
  for (const OwnVc vc : left) {
    if (vcs_.Find(vc) != nullptr) GiveUpVc(vc);  // one's end may have been the next one's
  }
  families_.Find(own)->removal->Start(kNotifyCloseDeadlineNs, [this, own] {
    if (IsDeparted() || families_.Find(own)->own_vcs == 0) return;
    link_->Evict(Status::kTimedOut, "a port is gone, and its call manager did not let go of it");
  });
}

// The port is gone, and no client has the family open any more (C141).
void AttachedCallManager::OnUnbind(circuit::BindingHandle binding) {
  const OwnFamily own = FindFamily(binding);
  if (!own) return;
  auto event = NewEvent<shm::CmOperation>(MessageType::kCmFamilyClosed);
  event.handle = own.value();
  Send(event);
  EndOwnVcs(own);
  BeginLeaving(own);
}

// A driver bound to several adapters is told of the AF, not of the binding.
AttachedCallManager::OwnFamily AttachedCallManager::FindFamily(
    circuit::AfHandle af, const circuit::AddressFamily& family) const {
  const std::optional<circuit::AfRow> row = switchboard_->FindAf(af);
  OwnFamily found;
  families_.ForEach([&](OwnFamily own, const Family& known) {
    if (row && known.adapter == row->adapter && known.family == family) found = own;
  });
  return found;
}

Status AttachedCallManager::OnOpenAf(circuit::AfHandle handle, const circuit::AddressFamily& family,
                                     Context*) {
  if (!MayBeAsked()) return WhyNotAsked();
  const OwnFamily of = FindFamily(handle, family);
  if (!of || families_.Find(of)->leaving) return Status::kFailure;
  const OwnAf own = afs_.Insert(Af{handle, of});
  if (!own) return Status::kResources;
  const OwnOperation operation = Begin(MessageType::kCmOpenAf, own.value());
  if (!operation) {
    afs_.Erase(own);
    return Status::kResources;
  }
  ++families_.Find(of)->users;
  SendOperation(MessageType::kCmOpenAf, operation, own.value(), of.value());
  return Status::kPending;
}

// Without anybody to ask it is closed.
Status AttachedCallManager::OnCloseAf(Context cm_af) {
  const OwnAf own = Own<Af>(cm_af);
  const OwnOperation operation =
      IsDeparted() ? OwnOperation() : Begin(MessageType::kCmCloseAf, own.value());
  if (operation) {
    SendOperation(MessageType::kCmCloseAf, operation, own.value());
    return Status::kPending;
  }
  GiveUpVcsOf(own);
  EraseAf(own);
  return Status::kSuccess;
}

// The switchboard lets go of the AF after the handler that this may be called from.
void AttachedCallManager::EraseAf(OwnAf own) {
  Af* af = afs_.Find(own);
  --families_.Find(af->family)->users;
  af->closed = true;
  if (af->notify_request == 0) afs_.Erase(own);
  LeaveSoon();
}

void AttachedCallManager::NotifyCloseAf(const shm::CmHandle& request) {
  Af* af = afs_.Find(OwnAf::FromValue(request.handle));
  if (af == nullptr || af->closed) return Reply(request.header, Status::kInvalidHandle);
  if (af->notify_request != 0) return Reply(request.header, Status::kInvalidState);
  af->notify_request = request.header.request_id;
  const Status status = switchboard_->NotifyCloseAddressFamily(af->handle);
  if (status != Status::kPending) OnNotifyCloseAfComplete(request.handle, status);
}

void AttachedCallManager::OnNotifyCloseAfComplete(Context cm_af, Status status) {
  LeaveSoon();  // the AF was still there while its client owed the answer
  Af* af = afs_.Find(Own<Af>(cm_af));
  const uint32_t request = af == nullptr ? 0 : std::exchange(af->notify_request, 0);
  if (request == 0) return;
  if (af->closed) afs_.Erase(Own<Af>(cm_af));
  Reply(MessageType::kCmNotifyCloseAf, request, status, static_cast<uint32_t>(cm_af));
}

// --- SAPs ----------------------------------------------------------------------------------------

Status AttachedCallManager::OnRegisterSap(Context cm_af, const circuit::Sap& sap,
                                          circuit::SapHandle handle, Context*) {
  if (!MayBeAsked()) return WhyNotAsked();
  const OwnSap own = saps_.Insert(SapEntry{handle});
  const OwnOperation operation =
      own ? Begin(MessageType::kCmRegisterSap, own.value()) : OwnOperation();
  if (!operation) {
    saps_.Erase(own);
    return Status::kResources;
  }
  auto event = NewEvent<shm::CmSapOperation>(MessageType::kCmRegisterSap);
  event.operation = operation.value();
  event.af = static_cast<uint32_t>(cm_af);
  event.sap = own.value();
  event.sap_content = ToAbi(sap);
  Send(event);
  return Status::kPending;
}

Status AttachedCallManager::OnDeregisterSap(Context cm_sap) {
  const OwnSap own = Own<SapEntry>(cm_sap);
  const OwnOperation operation =
      IsDeparted() ? OwnOperation() : Begin(MessageType::kCmDeregisterSap, own.value());
  if (operation) {
    SendOperation(MessageType::kCmDeregisterSap, operation, own.value());
    return Status::kPending;
  }
  saps_.Erase(own);
  return Status::kSuccess;
}

// --- operations ----------------------------------------------------------------------------------

// A call takes as long as it takes, and its client may give it up; an OID has a deadline of its
// own; nothing else may be dawdled with.
constexpr bool MayTakeLong(MessageType type) {
  return type == MessageType::kCmMakeCall || type == MessageType::kCmAddParty ||
         type == MessageType::kCmModifyCallQoS || type == MessageType::kCmOid;
}

// Null when there are too many.
AttachedCallManager::OwnOperation AttachedCallManager::Begin(MessageType type, uint32_t subject,
                                                             bool may_fail) {
  const OwnOperation own = operations_.Insert(Operation{type, subject, may_fail});
  if (!own || MayTakeLong(type)) return own;
  operations_.Find(own)->begun = begun_ns_.insert(begun_ns_.end(), loop_->NowNs());
  if (begun_ns_.size() == 1) WatchProgress();
  return own;
}

void AttachedCallManager::WatchProgress() {
  if (begun_ns_.empty()) return progress_.Stop();
  const uint64_t waited_ns = loop_->NowNs() - begun_ns_.front();
  progress_.Start(kCallManagerDeadlineNs - std::min(waited_ns, kCallManagerDeadlineNs), [this] {
    link_->Evict(Status::kTimedOut, "a call manager did not complete what it was asked for");
  });
}

void AttachedCallManager::Forget(OwnOperation own) {
  const Operation* operation = operations_.Find(own);
  if (operation == nullptr) return;
  const bool is_timed = !MayTakeLong(operation->type);
  const BeginTimes::iterator begun = operation->begun;
  operations_.Erase(own);
  if (!is_timed || IsDeparted()) return;
  const bool was_oldest = begun == begun_ns_.begin();
  begun_ns_.erase(begun);
  if (was_oldest) WatchProgress();
}

void AttachedCallManager::SendOperation(MessageType type, OwnOperation operation, uint32_t handle,
                                        uint32_t other) {
  auto event = NewEvent<shm::CmOperation>(type);
  event.operation = operation.value();
  event.handle = handle;
  event.other = other;
  Send(event);
}

// A value that is refused fails the operation: somebody waits for it. Nobody may refuse to let go.
void AttachedCallManager::Do(const shm::CmComplete& request) {
  const OwnOperation own = OwnOperation::FromValue(request.operation);
  const Operation* found = operations_.Find(own);
  if (found == nullptr || found->type == MessageType::kCmOid) {
    return Reply(request.header, Status::kInvalidHandle);
  }
  circuit::CallParameters params;
  circuit::Cause cause;
  Status outcome = Status::kFailure;
  Status valid = FromAbi(request.params, &params);
  if (valid == Status::kSuccess) valid = FromAbi(request.cause, &cause);
  if (valid == Status::kSuccess) valid = StatusFromAbi(request.status, &outcome);
  if (valid != Status::kSuccess) outcome = Status::kFailure;
  const Operation done = *found;
  const bool is_end =
      done.type == MessageType::kCmCloseAf || done.type == MessageType::kCmDeregisterSap ||
      done.type == MessageType::kCmCloseCall || done.type == MessageType::kCmDropParty;
  if (is_end && !done.may_fail) outcome = Status::kSuccess;
  Forget(own);
  Reply(request.header, valid, request.operation);
  Finish(done, outcome, params, cause);
}

void AttachedCallManager::Finish(const Operation& operation, Status status,
                                 const circuit::CallParameters& params,
                                 const circuit::Cause& cause) {
  const bool success = status == Status::kSuccess;
  switch (operation.type) {
    case MessageType::kCmOpenAf: {
      const OwnAf own = OwnAf::FromValue(operation.subject);
      const circuit::AfHandle handle = afs_.Find(own)->handle;
      if (!success) EraseAf(own);
      return switchboard_->OpenAfComplete(status, handle, own.value());
    }
    case MessageType::kCmCloseAf: {
      const OwnAf own = OwnAf::FromValue(operation.subject);
      const circuit::AfHandle handle = afs_.Find(own)->handle;
      if (success) GiveUpVcsOf(own);
      if (success) EraseAf(own);
      return switchboard_->CloseAfComplete(status, handle);
    }
    case MessageType::kCmRegisterSap: {
      const OwnSap own = OwnSap::FromValue(operation.subject);
      const circuit::SapHandle handle = saps_.Find(own)->handle;
      if (!success) saps_.Erase(own);
      return switchboard_->RegisterSapComplete(status, handle, own.value());
    }
    case MessageType::kCmDeregisterSap: {
      const OwnSap own = OwnSap::FromValue(operation.subject);
      const circuit::SapHandle handle = saps_.Find(own)->handle;
      if (success) saps_.Erase(own);
      return switchboard_->DeregisterSapComplete(status, handle);
    }
    case MessageType::kCmOid:
      return switchboard_->CompleteOid(circuit::OidHandle::FromValue(operation.subject), status,
                                       {});
    case MessageType::kCmAddParty:
    case MessageType::kCmDropParty:
      return FinishParty(operation, status, params, cause);
    default:
      return FinishCall(operation, status, params, cause);
  }
}

// --- the application is gone ---------------------------------------------------------------------

void AttachedCallManager::Depart(std::function<void()> channel_free, std::function<void()> gone) {
  link_ = nullptr;
  progress_.Stop();
  channel_vcs_ = nullptr;
  channel_free_ = std::move(channel_free);
  gone_ = std::move(gone);
  std::vector<OwnFamily> families;
  families_.ForEach([&](OwnFamily own, const Family&) { families.push_back(own); });
  for (const OwnFamily own : families) families_.Find(own)->leaving = true;

  std::vector<std::pair<MessageType, uint32_t>> unfinished;
  operations_.ForEach([&](OwnOperation own, const Operation& operation) {
    unfinished.emplace_back(operation.type, operation.subject);
    operations_.Erase(own);
  });
  for (const auto& [type, subject] : unfinished) {
    const bool is_end = type == MessageType::kCmCloseAf || type == MessageType::kCmDeregisterSap ||
                        type == MessageType::kCmCloseCall || type == MessageType::kCmDropParty;
    Finish(Operation{type, subject}, is_end ? Status::kSuccess : Status::kFailure, {}, {});
  }
  std::vector<OwnVc> without_call;
  vcs_.ForEach([&](OwnVc own, const Vc& vc) {
    if (!HasCall(vc)) without_call.push_back(own);
  });
  for (const OwnVc own : without_call) GiveUpVc(own);
  SayChannelIsFreeIfSo();
  for (const OwnFamily own : families) BeginLeaving(own);
  LeaveSoon();
}

void AttachedCallManager::SayChannelIsFreeIfSo() {
  if (own_vcs_ == 0 && channel_free_) std::exchange(channel_free_, nullptr)();
}

}  // namespace vcp::daemon
