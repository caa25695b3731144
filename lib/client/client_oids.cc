// OID requests, and status that comes unasked.
#include <algorithm>
#include <cstring>

#include "client/client.h"
#include "client/convert.h"

namespace vcp::client {

namespace {

constexpr uint16_t kOidMinor = 2;  // of the first ABI that has them
constexpr uint16_t kNameMinor = 3;
constexpr uint16_t kCancelMinor = 3;

}  // namespace

vcp_status Client::StartOid(const vcp_oid_target& target, shm::OidRequest* message,
                            uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  if (daemon_minor_ < kOidMinor) return VCP_NOT_SUPPORTED;
  const vcp_status size = CheckStructSize(&target, target.struct_size, sizeof target);
  if (size != VCP_SUCCESS) return size;
  if (target.adapter != nullptr) {
    if (target.af != 0 || !IsName(target.adapter)) return VCP_INVALID_DATA;
    std::memcpy(message->adapter, target.adapter, std::strlen(target.adapter));
  } else if (target.af == 0) {
    return VCP_INVALID_DATA;
  }
  if (target.af != 0) {
    Af* af = nullptr;
    const vcp_status found = FindOpenAf(target.af, &af);
    if (found != VCP_SUCCESS) return found;
    message->af = af->daemon_handle;
  }
  if (target.vc != 0) {
    const Vc* vc = vcs_.Find(target.vc);
    if (vc == nullptr || vc->channel_vc == 0) return VCP_INVALID_HANDLE;
    message->vc = vc->channel_vc;
  }
  if (target.party != 0) {
    const Party* party = parties_.Find(PartyHandle::FromValue(target.party));
    if (party == nullptr || party->daemon_handle == 0) return VCP_INVALID_HANDLE;
    message->party = party->daemon_handle;
  }
  message->timeout_ms = target.timeout_ms;
  return Start(shm::MessageType::kOid, Op::kOid, cookie, target.af, message, target.vc);
}

vcp_status Client::QueryOid(const vcp_oid_target& target, uint32_t oid, uint32_t capacity_bytes,
                            uint64_t cookie) {
  shm::OidRequest message;
  std::memset(&message, 0, sizeof message);
  message.oid = oid;
  message.length = std::min<uint32_t>(capacity_bytes, sizeof message.data);
  return StartOid(target, &message, cookie);
}

vcp_status Client::SetOid(const vcp_oid_target& target, uint32_t oid, std::span<const uint8_t> data,
                          uint64_t cookie) {
  shm::OidRequest message;
  std::memset(&message, 0, sizeof message);
  if (data.size() > sizeof message.data) return VCP_INVALID_LENGTH;
  message.oid = oid;
  message.is_set = 1;
  message.length = static_cast<uint32_t>(data.size());
  std::copy(data.begin(), data.end(), message.data);
  return StartOid(target, &message, cookie);
}

// The request's `party` names the VC here.
void Client::FinishOid(const Request& request, Packet reply) {
  shm::OidReply message;
  std::memset(&message, 0, sizeof message);
  std::copy_n(reply.begin(), std::min(sizeof message, reply.size()),
              reinterpret_cast<uint8_t*>(&message));
  vcp_event& event = Emit(VCP_EVENT_OID_COMPLETE);
  event.af = request.handle;
  event.vc = request.party;
  event.oid.oid = message.oid;
  event.oid.bytes_needed = message.bytes_needed;
  event.oid.length = std::min<uint32_t>(message.length, sizeof event.oid.data);
  std::memcpy(event.oid.data, message.data, event.oid.length);
}

// Its completion is the event that follows, so what the daemon says to this brings none.
vcp_status Client::CancelOid(uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  if (daemon_minor_ < kCancelMinor) return VCP_NOT_SUPPORTED;
  std::vector<uint32_t> unwanted;
  for (const auto& [id, request] : requests_) {
    if (request.op == Op::kOid && request.cookie == cookie) unwanted.push_back(id);
  }
  for (const uint32_t id : unwanted) {
    auto message = Blank<shm::CancelOid>();
    message.request = id;
    const vcp_status status = Start(shm::MessageType::kCancelOid, Op::kCancelOid, 0, 0, &message);
    if (status != VCP_PENDING) return status;
  }
  return unwanted.empty() ? VCP_NOT_FOUND : VCP_SUCCESS;
}

vcp_status Client::NameVc(vcp_vc handle, const std::string& base, uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  const Vc* vc = vcs_.Find(handle);
  if (vc == nullptr) return VCP_INVALID_HANDLE;
  if (vc->channel_vc == 0) return VCP_INVALID_STATE;
  const auto own = own_vcs_.find(handle);
  const bool is_own = own != own_vcs_.end();
  return StartNameVc(is_own ? shm::MessageType::kCmNameVc : shm::MessageType::kNameVc,
                     is_own ? own->second : vc->channel_vc, base, Op::kNameVc, cookie, handle);
}

vcp_status Client::CmNameVc(vcp_cm_vc vc, const std::string& base, uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  return StartNameVc(shm::MessageType::kCmNameVc, vc, base, Op::kCallManager, cookie,
                     VCP_EVENT_CM_NAME_VC_COMPLETE);
}

vcp_status Client::StartNameVc(shm::MessageType type, uint32_t vc, const std::string& base, Op op,
                               uint64_t cookie, uint32_t handle) {
  if (daemon_minor_ < kNameMinor) return VCP_NOT_SUPPORTED;
  if (base.empty() || base.size() >= sizeof(shm::NameVc::base)) return VCP_INVALID_LENGTH;
  if (!IsName(base)) return VCP_INVALID_DATA;
  auto message = Blank<shm::NameVc>();
  message.vc = vc;
  base.copy(message.base, sizeof message.base - 1);
  return Start(type, op, cookie, handle, &message);
}

void Client::FinishNameVc(const Request& request, Packet reply) {
  vcp_event& event = Emit(VCP_EVENT_NAME_VC_COMPLETE);
  FillName(reply, &event);
  event.vc = request.handle;
}

vcp_status Client::WatchStatus(bool on) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  if (daemon_minor_ < kOidMinor) return VCP_NOT_SUPPORTED;
  watches_status_ = on;
  return StartWatching();
}

vcp_status Client::StartWatching() {
  shm::WatchStatus message;
  std::memset(&message, 0, sizeof message);
  message.on = watches_status_ ? 1 : 0;
  const vcp_status status = Start(shm::MessageType::kWatchStatus, Op::kWatchStatus, 0, 0, &message);
  return status == VCP_PENDING ? VCP_SUCCESS : status;
}

void Client::OnStatusIndicated(const shm::StatusIndicated& message) {
  vcp_event event;
  std::memset(&event, 0, sizeof event);
  if (message.af != 0) {
    event.af = FindAfByDaemonHandle(message.af).value();
    if (event.af == 0) return;
  }
  if (message.vc != 0) {
    const Vc* vc = vcs_.FindByChannelVc(message.vc);
    if (vc == nullptr) return;
    event.vc = vc->handle;
  }
  event.type = VCP_EVENT_STATUS;
  std::memcpy(event.indication.adapter, message.adapter, sizeof message.adapter);
  event.indication.adapter[sizeof event.indication.adapter - 1] = '\0';
  event.indication.code = message.code;
  const auto about = requests_.find(message.request);
  if (about != requests_.end() && about->second.op == Op::kOid) {
    event.indication.request = 1;
    event.cookie = about->second.cookie;
  }
  event.indication.length = std::min<uint32_t>(message.length, sizeof event.indication.data);
  std::memcpy(event.indication.data, message.data, event.indication.length);
  Emit(VCP_EVENT_STATUS) = event;
}

}  // namespace vcp::client
