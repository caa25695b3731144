// The part of AttachedCallManager that concerns OIDs between a call manager and its clients.
#include <algorithm>

#include "daemon/attached_call_manager.h"

namespace vcp::daemon {

using circuit::Context;
using shm::MessageType;

Status AttachedCallManager::OnOidRequest(circuit::OidHandle oid, const circuit::OidTarget& target,
                                         const circuit::OidRequest& request, circuit::OidAnswer*) {
  const Af* af = afs_.Find(Own<Af>(target.af));
  if (af == nullptr || !families_.Find(af->family)->answers_oids) return Status::kNotSupported;
  const OwnOperation operation =
      MayBeAsked() ? Begin(MessageType::kCmOid, oid.value()) : OwnOperation();
  if (!operation) return WhyNotAsked();
  operations_.Find(operation)->capacity_bytes = request.capacity_bytes;
  auto event = NewEvent<shm::CmOidOperation>(MessageType::kCmOid);
  event.operation = operation.value();
  event.af = static_cast<uint32_t>(target.af);
  event.vc = static_cast<uint32_t>(target.vc.value_or(0));
  event.party = static_cast<uint32_t>(target.party.value_or(0));
  event.oid = static_cast<uint32_t>(request.oid);
  event.is_set = request.access == circuit::OidAccess::kSet ? 1 : 0;
  event.length = request.capacity_bytes;
  if (event.is_set == 1) {
    event.length = static_cast<uint32_t>(std::min(request.bytes.size(), sizeof event.data));
    std::copy_n(request.bytes.begin(), event.length, event.data);
  }
  Send(event);
  return Status::kPending;
}

void AttachedCallManager::OnOidAborted(circuit::OidHandle oid) {
  OwnOperation asked;
  operations_.ForEach([&](OwnOperation own, const Operation& operation) {
    if (operation.type == MessageType::kCmOid && operation.subject == oid.value()) asked = own;
  });
  if (!asked) return;
  Forget(asked);
  SendOperation(MessageType::kCmOidAborted, asked, 0);
}

// An answer that is longer than its asker can take is none (C105).
void AttachedCallManager::Do(const shm::CmCompleteOid& request) {
  const OwnOperation own = OwnOperation::FromValue(request.operation);
  const Operation* found = operations_.Find(own);
  if (found == nullptr || found->type != MessageType::kCmOid) {
    return Reply(request.header, Status::kInvalidHandle);
  }
  const Operation done = *found;
  Status outcome = Status::kFailure;
  const Status valid = StatusFromAbi(request.status, &outcome);
  if (valid != Status::kSuccess) outcome = Status::kFailure;
  circuit::OidAnswer answer{.bytes_needed = request.length};
  if (outcome == Status::kSuccess && request.length > done.capacity_bytes) {
    outcome = Status::kBufferTooShort;
  } else if (outcome == Status::kSuccess) {
    answer.bytes.assign(request.data, request.data + request.length);
  }
  Forget(own);
  Reply(request.header, valid, request.operation);
  switchboard_->CompleteOid(circuit::OidHandle::FromValue(done.subject), outcome, answer);
}

void AttachedCallManager::Do(const shm::CmTellClients& request) {
  const Family* family = families_.Find(OwnFamily::FromValue(request.family));
  if (family == nullptr) return Reply(request.header, Status::kInvalidHandle);
  const auto oid = static_cast<circuit::Oid>(request.oid);
  const bool is_news = oid == circuit::Oid::kAddressChange ||
                       oid == circuit::Oid::kSignalingEnabled ||
                       oid == circuit::Oid::kSignalingDisabled;
  if (!is_news) return Reply(request.header, Status::kInvalidData);
  switchboard_->TellClients(family->binding, {.oid = oid, .access = circuit::OidAccess::kSet});
  Reply(request.header, Status::kSuccess, request.family);
}

// Who asked, and about which AF, is the request's name. A client that is to close has its own time
// to do so, and one that is gone has closed.
void AttachedCallManager::Do(const shm::CmSetOid& request) {
  const Af* af = afs_.Find(OwnAf::FromValue(request.af));
  const Vc* vc = request.vc == 0 ? nullptr : vcs_.Find(OwnVc::FromValue(request.vc));
  if (af == nullptr || af->closed || (request.vc != 0 && vc == nullptr)) {
    return Reply(request.header, Status::kInvalidHandle);
  }
  circuit::OidRequest set{.oid = static_cast<circuit::Oid>(request.oid),
                          .access = circuit::OidAccess::kSet,
                          .deadline_ns = loop_->NowNs() + kOidDeadlineNs};
  set.bytes.assign(request.data, request.data + request.length);
  const circuit::OidRoute route{.from = families_.Find(af->family)->binding,
                                .af = af->handle,
                                .vc = vc == nullptr ? circuit::VcHandle() : vc->handle};
  const Context name = Context{request.af} << 32 | request.header.request_id;
  circuit::OidAnswer answer;
  const Status status = switchboard_->RequestOid(route, name, set, &answer);
  if (status != Status::kPending) OnOidRequestComplete(name, status, answer);
}

void AttachedCallManager::OnOidRequestComplete(Context request, Status status,
                                               const circuit::OidAnswer&) {
  LeaveSoon();  // a family may have waited for it
  Reply(MessageType::kCmSetOid, static_cast<uint32_t>(request), status,
        static_cast<uint32_t>(request >> 32));
}

}  // namespace vcp::daemon
