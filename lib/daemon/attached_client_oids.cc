// An application's OID requests, and the status that it watches.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "daemon/attached_client.h"

namespace vcp::daemon {

using circuit::Context;
using shm::MessageType;

AttachedClient::Binding* AttachedClient::FindBinding(circuit::BindingHandle handle) {
  const auto found = std::ranges::find(bindings_, handle, &Binding::handle);
  return found == bindings_.end() ? nullptr : &*found;
}

// --- OIDs ----------------------------------------------------------------------------------------

// A call that went by another link is asked about there: the application knows of one only.
Status AttachedClient::RouteOf(const shm::OidRequest& request, circuit::OidRoute* route) {
  const Af* detour = nullptr;
  if (request.vc != 0) {
    const Vc* vc = vcs_.Find(OwnVc::FromValue(request.vc));
    if (vc == nullptr) return Status::kInvalidHandle;
    route->vc = vc->call();
    if (vc->detour) detour = afs_.Find(vc->detour_af);
  }
  if (request.party != 0) {
    const Party* party = parties_.Find(OwnParty::FromValue(request.party));
    if (party == nullptr) return Status::kInvalidHandle;
    route->party = party->handle;
  }
  if (request.af != 0) {
    const Af* af = FindAf(request.af);
    if (af == nullptr) return Status::kInvalidHandle;
    route->from = detour == nullptr ? af->binding : detour->binding;
    route->af = detour == nullptr ? af->handle : detour->handle;
    return request.adapter[0] == 0 ? Status::kSuccess : Status::kInvalidData;
  }
  const std::string_view name = TextOf(request.adapter);
  for (const Binding& binding : bindings_) {
    if (binding.adapter.name != name) continue;
    route->from = detour == nullptr ? binding.handle : detour->binding;
    return Status::kSuccess;
  }
  return Status::kNoSuchPort;
}

void AttachedClient::Do(const shm::OidRequest& request) {
  const auto oid = static_cast<circuit::Oid>(request.oid);
  const uint32_t request_id = request.header.request_id;
  const auto refuse = [&](Status status) { ReplyToOid(request_id, oid, status, {}); };
  circuit::OidRoute route;
  const Status routed = RouteOf(request, &route);
  if (routed != Status::kSuccess) return refuse(routed);
  const bool changes_pvcs = oid == circuit::Oid::kAddPvc || oid == circuit::Oid::kDeletePvc;
  if (changes_pvcs && !may_change_pvcs_) return refuse(Status::kAccessDenied);
  if (request.timeout_ms > kMaxOidTimeoutMs) return refuse(Status::kInvalidData);
  if (oids_.contains(request_id)) return refuse(Status::kInUse);
  const uint64_t timeout_ns =
      request.timeout_ms == 0 ? kOidDeadlineNs : request.timeout_ms * kNsPerMs;
  circuit::OidRequest asked{.oid = oid, .deadline_ns = loop_->NowNs() + timeout_ns};
  if (request.is_set == 1) {
    asked.access = circuit::OidAccess::kSet;
    asked.bytes.assign(request.data, request.data + request.length);
  } else {
    asked.capacity_bytes = std::min(request.length, shm::kMaxOidBytesAbi);
  }
  asked.request_id = request_id;
  circuit::OidAnswer answer;
  circuit::OidHandle handle;
  oids_[request_id] = {.oid = oid, .handle = {}};  // It may complete inside.
  const Status status = switchboard_->RequestOid(route, request_id, asked, &answer, &handle);
  const auto awaited = oids_.find(request_id);
  if (status == Status::kPending) {
    if (awaited != oids_.end()) awaited->second.handle = handle;
    return;
  }
  oids_.erase(awaited);
  ReplyToOid(request_id, oid, status, answer);
}

void AttachedClient::Do(const shm::CancelOid& request) {
  const auto found = oids_.find(request.request);
  if (found == oids_.end()) return Reply(request.header, Status::kNotFound);
  (void)switchboard_->AbortOid(found->second.handle);
  Reply(request.header, Status::kSuccess);
}

void AttachedClient::OnOidRequestComplete(Context request, Status status,
                                          const circuit::OidAnswer& answer) {
  const auto found = oids_.extract(static_cast<uint32_t>(request));
  if (!found.empty()) ReplyToOid(found.key(), found.mapped().oid, status, answer);
}

void AttachedClient::ReplyToOid(uint32_t request_id, circuit::Oid oid, Status status,
                                const circuit::OidAnswer& answer) {
  auto reply = NewReply<shm::OidReply>(MessageType::kOid, request_id);
  reply.status = static_cast<uint32_t>(status);
  reply.oid = static_cast<uint32_t>(oid);
  reply.bytes_needed = answer.bytes_needed;
  reply.length = static_cast<uint32_t>(std::min(answer.bytes.size(), sizeof reply.data));
  std::copy_n(answer.bytes.begin(), reply.length, reply.data);
  Send(reply);
}

// --- status --------------------------------------------------------------------------------------

void AttachedClient::Do(const shm::WatchStatus& request) {
  if (request.on > 1) return Reply(request.header, Status::kInvalidData);
  watches_status_ = request.on == 1;
  Reply(request.header, Status::kSuccess);
}

// An application that does not read misses news: it can ask when it comes back.
void AttachedClient::OnStatus(circuit::BindingHandle handle, std::optional<Context> vc,
                              const circuit::StatusIndication& indication) {
  const Binding* binding = FindBinding(handle);
  if (!watches_status_ || binding == nullptr || link_->IsCongested()) return;
  auto event = NewEvent<shm::StatusIndicated>(MessageType::kStatusIndicated);
  CopyText(binding->adapter.name, event.adapter);
  event.vc = static_cast<uint32_t>(vc.value_or(0));
  event.code = static_cast<uint32_t>(indication.code);
  event.request = indication.request_id;
  event.length = static_cast<uint32_t>(std::min(indication.bytes.size(), sizeof event.data));
  std::copy_n(indication.bytes.begin(), event.length, event.data);
  Send(event);
}

void AttachedClient::TellOfAf(OwnAf own, circuit::Oid oid, std::optional<Context> vc,
                              std::span<const uint8_t> bytes) {
  if (!watches_status_ || link_->IsCongested() || afs_.Find(own)->of) return;
  auto event = NewEvent<shm::StatusIndicated>(MessageType::kStatusIndicated);
  event.af = own.value();
  event.vc = static_cast<uint32_t>(vc.value_or(0));
  event.code = static_cast<uint32_t>(oid);
  event.length = static_cast<uint32_t>(std::min(bytes.size(), sizeof event.data));
  std::copy_n(bytes.begin(), event.length, event.data);
  Send(event);
}

// What a call manager asks of a client has no answer but that it was heard; what is the two's own
// matter, that it was heard by the application.
Status AttachedClient::OnOidRequest(circuit::OidHandle, const circuit::OidTarget& target,
                                    const circuit::OidRequest& request, circuit::OidAnswer*) {
  const bool is_private = circuit::IsPrivate(request.oid);
  const bool is_known = is_private || circuit::FindOid(request.oid) != nullptr;
  if (!is_known || request.access != circuit::OidAccess::kSet) return Status::kInvalidOid;
  if (request.bytes.size() > sizeof(shm::StatusIndicated::data)) return Status::kInvalidLength;
  const OwnAf own = OwnAf::FromValue(static_cast<uint32_t>(target.af));
  Af* af = afs_.Find(own);
  VCP_CHECK(af != nullptr);
  if (is_private && (af->open_request != 0 || !watches_status_)) return Status::kNotSupported;
  if (is_private && link_->IsCongested()) return Status::kResources;
  if (af->open_request != 0) {
    af->addresses_changed |= request.oid == circuit::Oid::kAddressChange;
  } else {
    TellOfAf(own, request.oid, target.vc, request.bytes);
  }
  return Status::kSuccess;
}

}  // namespace vcp::daemon
