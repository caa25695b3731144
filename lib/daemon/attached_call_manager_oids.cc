// The part of AttachedCallManager that concerns OIDs between a call manager and its clients.
#include <algorithm>

#include "daemon/attached_call_manager.h"

namespace vcp::daemon {

using shm::MessageType;

Status AttachedCallManager::OnOidRequest(circuit::OidHandle oid, const circuit::OidTarget& target,
                                         const circuit::OidRequest& request, circuit::OidAnswer*) {
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

}  // namespace vcp::daemon
