#include "daemon/attached_client.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace vcp::daemon {

using circuit::Context;
using shm::MessageType;

AttachedClient::AttachedClient(circuit::Switchboard* switchboard, const dataplane::PlaneView* plane,
                               EventLoop* loop, const RouteFinder* routes,
                               dataplane::ChannelIndex channel, ClientLink* link)
    : switchboard_(switchboard),
      plane_(plane),
      loop_(loop),
      routes_(routes),
      channel_(channel),
      link_(link) {}

void AttachedClient::BindTo(std::span<const AdapterEntry> adapters) {
  bindings_.reserve(adapters.size());
  for (const AdapterEntry& adapter : adapters) {
    bindings_.push_back({adapter, {}});
    circuit::BindingHandle handle;
    Status status = switchboard_->OpenBinding(this, adapter.handle, &handle);
    if (status == Status::kSuccess) {
      bindings_.back().handle = handle;
    } else {
      bindings_.pop_back();
    }
  }
}

void AttachedClient::OnPacket(Packet packet) {
  if (const char* fault = FindRequestFault(packet)) {
    link_->Evict(Status::kProtocolError, fault);
    return;
  }
  switch (static_cast<MessageType>(ReadMessage<shm::MessageHeader>(packet).type)) {
    case MessageType::kOpenAf:
      return DoAs<shm::OpenAf>(packet);
    case MessageType::kCloseAf:
      return DoAs<shm::CloseAf>(packet);
    case MessageType::kNotifyCloseAfComplete:
      return DoAs<shm::NotifyCloseAfComplete>(packet);
    case MessageType::kRegisterSap:
      return DoAs<shm::RegisterSap>(packet);
    case MessageType::kDeregisterSap:
      return DoAs<shm::DeregisterSap>(packet);
    case MessageType::kCreateVc:
      return DoAs<shm::CreateVc>(packet);
    case MessageType::kDeleteVc:
      return DoAs<shm::DeleteVc>(packet);
    case MessageType::kMakeCall:
      return DoAs<shm::MakeCall>(packet);
    case MessageType::kAnswerCall:
      return DoAs<shm::AnswerCall>(packet);
    case MessageType::kCloseCall:
      return DoAs<shm::CloseCall>(packet);
    case MessageType::kVcCounters:
      return DoAs<shm::VcCountersRequest>(packet);
    case MessageType::kAddParty:
      return DoAs<shm::AddParty>(packet);
    case MessageType::kDropParty:
      return DoAs<shm::DropParty>(packet);
    case MessageType::kModifyCallQoS:
      return DoAs<shm::ModifyCallQoS>(packet);
    case MessageType::kOid:
      return DoAs<shm::OidRequest>(packet);
    case MessageType::kWatchStatus:
      return DoAs<shm::WatchStatus>(packet);
    case MessageType::kNameVc:
      return DoAs<shm::NameVc>(packet);
    case MessageType::kCancelOid:
      return DoAs<shm::CancelOid>(packet);
    default:
      VCP_CHECK(false);  // FindRequestFault knows the same types
  }
}

void AttachedClient::Reply(MessageType type, uint32_t request_id, Status status, uint32_t handle) {
  auto reply = NewReply<shm::SimpleReply>(type, request_id);
  reply.status = static_cast<uint32_t>(status);
  reply.handle = handle;
  Send(reply);
}

bool AttachedClient::Refused(const shm::MessageHeader& request, Status status) {
  if (status == Status::kSuccess) return false;
  if (status == Status::kProtocolError) {
    link_->Evict(status, "unused bytes of a parameter are not zero");
    return true;
  }
  const auto type = static_cast<MessageType>(request.type);
  if (type == MessageType::kMakeCall || type == MessageType::kAddParty ||
      type == MessageType::kModifyCallQoS) {
    ReplyToCall(type, request.request_id, {.status = status, .params = {}});
  } else {
    Reply(request, status);
  }
  return true;
}

// --- address families ----------------------------------------------------------------------------

// A binding tells of its families before it has a handle.
void AttachedClient::OnAfRegistered(circuit::BindingHandle handle,
                                    const circuit::AddressFamily& family) {
  auto binding = std::find_if(bindings_.begin(), bindings_.end(), [&](const Binding& candidate) {
    return candidate.handle == handle || !candidate.handle;
  });
  // Who does not read can look for families later.
  if (binding == bindings_.end() || link_->IsCongested()) return;
  auto event = NewEvent<shm::AfRegistered>(MessageType::kAfRegistered);
  CopyText(binding->adapter.name, event.adapter);
  event.family = static_cast<uint32_t>(family.type);
  event.max_sdu_bytes = binding->adapter.max_sdu_bytes;
  Send(event);
}

bool AttachedClient::FindFamilyOn(const Binding& candidate, uint32_t family,
                                  circuit::BindingHandle* binding,
                                  circuit::AddressFamily* found) const {
  for (const circuit::AddressFamily& offered : switchboard_->FamiliesOf(candidate.adapter.handle)) {
    if (family != 0 && static_cast<uint32_t>(offered.type) != family) continue;
    *binding = candidate.handle;
    *found = offered;
    return true;
  }
  return false;
}

// An empty adapter name means the first that has the family.
Status AttachedClient::FindFamily(std::string_view adapter, uint32_t family,
                                  circuit::BindingHandle* binding,
                                  circuit::AddressFamily* found) const {
  bool adapter_exists = adapter.empty();
  for (const Binding& candidate : bindings_) {
    if (!adapter.empty() && candidate.adapter.name != adapter) continue;
    adapter_exists = true;
    if (FindFamilyOn(candidate, family, binding, found)) return Status::kSuccess;
  }
  return adapter_exists ? Status::kFailure : Status::kNoSuchPort;  // C10
}

Status AttachedClient::FindFamilyToward(const Address& address, uint32_t family,
                                        circuit::BindingHandle* binding,
                                        circuit::AddressFamily* found) const {
  if (routes_ == nullptr) return Status::kNotFound;
  const RoutedAdapters adapters = routes_->FindRoutes(address);
  if (adapters.empty()) return Status::kNotFound;
  for (const Binding& candidate : bindings_) {
    if (candidate.adapter.handle != adapters[0]) continue;
    return FindFamilyOn(candidate, family, binding, found) ? Status::kSuccess : Status::kFailure;
  }
  return Status::kNotFound;
}

void AttachedClient::Do(const shm::OpenAf& request) {
  Address toward;
  if (Refused(request.header, FromAbi(request.toward, &toward))) return;
  circuit::BindingHandle binding;
  circuit::AddressFamily family;
  const std::string_view adapter = TextOf(request.adapter);
  const bool by_route = toward.type != AddressType::kNone;
  if (by_route && !adapter.empty()) return Reply(request.header, Status::kInvalidData);
  Status status = by_route ? FindFamilyToward(toward, request.family, &binding, &family)
                           : FindFamily(adapter, request.family, &binding, &family);
  if (status != Status::kSuccess) return Reply(request.header, status);
  OwnAf own = afs_.Insert(loop_);
  if (!own) return Reply(request.header, Status::kResources);
  afs_.Find(own)->open_request = request.header.request_id;
  afs_.Find(own)->binding = binding;
  afs_.Find(own)->family = family;
  afs_.Find(own)->by_route = by_route;
  circuit::AfHandle handle;
  status = switchboard_->OpenAddressFamily(binding, family, own.value(), &handle);
  if (status != Status::kPending) FinishOpenAf(own, status, handle);
}

void AttachedClient::OnOpenAfComplete(Status status, Context af, circuit::AfHandle handle) {
  FinishOpenAf(OwnAf::FromValue(static_cast<uint32_t>(af)), status, handle);
}

void AttachedClient::FinishOpenAf(OwnAf own, Status status, circuit::AfHandle handle) {
  Af* af = afs_.Find(own);
  VCP_CHECK(af != nullptr);
  uint32_t request_id = std::exchange(af->open_request, 0);
  af->handle = handle;
  bool open = status == Status::kSuccess;
  if (af->of) {
    if (!open) afs_.Erase(own);
    return;
  }
  const bool addresses_changed = std::exchange(af->addresses_changed, false);
  if (!open) afs_.Erase(own);
  Reply(MessageType::kOpenAf, request_id, status, open ? own.value() : 0);
  if (open && addresses_changed) TellOfAf(own, circuit::Oid::kAddressChange);
}

void AttachedClient::Do(const shm::CloseAf& request) {
  OwnAf own = OwnAf::FromValue(request.af);
  Af* af = FindAf(request.af);
  if (af == nullptr || af->closed) return Reply(request.header, Status::kInvalidHandle);
  if (af->close_request != 0) return Reply(request.header, Status::kFailure);  // C13
  af->close_request = request.header.request_id;
  Status status = switchboard_->CloseAddressFamily(af->handle);
  if (status != Status::kPending) FinishCloseAf(own, status);
}

void AttachedClient::OnCloseAfComplete(Status status, Context af) {
  FinishCloseAf(OwnAf::FromValue(static_cast<uint32_t>(af)), status);
}

void AttachedClient::FinishCloseAf(OwnAf own, Status status) {
  Af* af = afs_.Find(own);
  VCP_CHECK(af != nullptr);
  uint32_t request_id = std::exchange(af->close_request, 0);
  af->closed = status == Status::kSuccess;
  if (af->of) {
    if (af->closed) FinishNotifyClose(own, status);
    return;
  }
  if (af->closed && !af->notify_pending) afs_.Erase(own);
  Reply(MessageType::kCloseAf, request_id, status, own.value());
}

Status AttachedClient::OnNotifyCloseAf(Context context) {
  OwnAf own = OwnAf::FromValue(static_cast<uint32_t>(context));
  Af* af = afs_.Find(own);
  VCP_CHECK(af != nullptr);
  af->notify_pending = true;
  af->notify_deadline.Start(kNotifyCloseDeadlineNs, [this, own] { OnNotifyOverdue(own); });
  if (af->of) {
    CloseDetour(own);
    return Status::kPending;
  }
  auto event = NewEvent<shm::NotifyCloseAf>(MessageType::kNotifyCloseAf);
  event.af = own.value();
  Send(event);
  return Status::kPending;
}

void AttachedClient::Do(const shm::NotifyCloseAfComplete& request) {
  OwnAf own = OwnAf::FromValue(request.af);
  Status outcome = Status::kFailure;
  Status status = StatusFromAbi(request.status, &outcome);
  if (Refused(request.header, status)) return;
  Af* af = FindAf(request.af);
  if (af == nullptr) return Reply(request.header, Status::kInvalidHandle);
  if (!af->notify_pending) return Reply(request.header, Status::kInvalidState);
  Reply(request.header, Status::kSuccess, request.af);
  FinishNotifyClose(own, outcome);
}

void AttachedClient::FinishNotifyClose(OwnAf own, Status status) {
  Af* af = afs_.Find(own);
  VCP_CHECK(af != nullptr);
  circuit::AfHandle handle = af->handle;
  af->notify_pending = false;
  if (af->closed || !IsOfRemovedPort(*af)) af->notify_deadline.Stop();
  if (af->closed) afs_.Erase(own);
  switchboard_->NotifyCloseAfComplete(handle, status);
}

// Who only forgets to answer harms nobody; but a port that is gone takes everything on it along
// (C141), and others wait for that.
void AttachedClient::OnNotifyOverdue(OwnAf own) {
  if (afs_.Find(own)->notify_pending) FinishNotifyClose(own, Status::kTimedOut);
  const Af* af = afs_.Find(own);
  if (af == nullptr || af->closed || !IsOfRemovedPort(*af)) return;
  link_->Evict(Status::kTimedOut, "a port is gone, and the client did not let go of it");
}

bool AttachedClient::IsOfRemovedPort(const Af& af) const {
  const std::optional<circuit::AfRow> row = switchboard_->FindAf(af.handle);
  if (!row) return false;
  const auto adapter = switchboard_->FindAdapterRow(switchboard_->FindAdapter(row->adapter));
  return adapter && adapter->removed;
}

void AttachedClient::OnUnbind(circuit::BindingHandle handle) {
  std::erase_if(bindings_, [handle](const Binding& binding) { return binding.handle == handle; });
}

// --- SAPs ----------------------------------------------------------------------------------------

void AttachedClient::Do(const shm::RegisterSap& request) {
  circuit::Sap sap;
  if (Refused(request.header, FromAbi(request.sap, &sap))) return;
  Af* af = FindAf(request.af);
  if (af == nullptr) return Reply(request.header, Status::kInvalidHandle);
  OwnSap own = saps_.Insert();
  if (!own) return Reply(request.header, Status::kResources);
  saps_.Find(own)->register_request = request.header.request_id;
  circuit::SapHandle handle;
  Status status = switchboard_->RegisterSap(af->handle, own.value(), sap, &handle);
  if (status != Status::kPending) FinishRegisterSap(own, status, handle);
}

void AttachedClient::OnRegisterSapComplete(Status status, Context sap, const circuit::Sap&,
                                           circuit::SapHandle handle) {
  FinishRegisterSap(OwnSap::FromValue(static_cast<uint32_t>(sap)), status, handle);
}

void AttachedClient::FinishRegisterSap(OwnSap own, Status status, circuit::SapHandle handle) {
  SapEntry* sap = saps_.Find(own);
  VCP_CHECK(sap != nullptr);
  uint32_t request_id = std::exchange(sap->register_request, 0);
  sap->handle = handle;
  bool registered = status == Status::kSuccess;
  if (!registered) saps_.Erase(own);
  Reply(MessageType::kRegisterSap, request_id, status, registered ? own.value() : 0);
}

void AttachedClient::Do(const shm::DeregisterSap& request) {
  OwnSap own = OwnSap::FromValue(request.sap);
  SapEntry* sap = saps_.Find(own);
  if (sap == nullptr) return Reply(request.header, Status::kInvalidHandle);
  if (sap->deregister_request != 0) return Reply(request.header, Status::kFailure);  // C25
  sap->deregister_request = request.header.request_id;
  Status status = switchboard_->DeregisterSap(sap->handle);
  if (status != Status::kPending) FinishDeregisterSap(own, status);
}

void AttachedClient::OnDeregisterSapComplete(Status status, Context sap) {
  FinishDeregisterSap(OwnSap::FromValue(static_cast<uint32_t>(sap)), status);
}

void AttachedClient::FinishDeregisterSap(OwnSap own, Status status) {
  SapEntry* sap = saps_.Find(own);
  VCP_CHECK(sap != nullptr);
  uint32_t request_id = std::exchange(sap->deregister_request, 0);
  if (status == Status::kSuccess) saps_.Erase(own);
  Reply(MessageType::kDeregisterSap, request_id, status, own.value());
}

}  // namespace vcp::daemon
