// The application as a call manager: what it asks for, and what its clients ask of it. The library
// keeps nothing of this but the call manager's own VCs; all other handles are the daemon's.
#include <algorithm>
#include <cstring>
#include <iterator>

#include "client/client.h"
#include "client/convert.h"

namespace vcp::client {
namespace {

using shm::MessageType;

constexpr uint16_t kOidsOfCallManagersMinor = 3;  // of the first ABI that has them
constexpr uint32_t kFamilyOptions = VCP_CM_ANSWERS_OIDS;
static_assert(VCP_CM_ANSWERS_OIDS == shm::kAnswersOids);

void ToWire(const vcp_cm_path& path, shm::CmActivateVc* message) {
  message->transmit_label = path.transmit_label;
  message->receive_label = path.receive_label;
  message->has_peer_mac = path.has_peer_mac != 0;
  if (path.has_peer_mac == 0) return;
  std::memcpy(message->peer_mac, path.peer_mac, sizeof message->peer_mac);
}

}  // namespace

// --- what the application asks for ---------------------------------------------------------------

// A daemon that does not know options has no OIDs for call managers either.
vcp_status Client::CmRegisterFamily(const char* adapter, uint32_t family, uint32_t options,
                                    uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  if ((options & ~kFamilyOptions) != 0) return VCP_INVALID_DATA;
  auto message = Blank<shm::CmRegisterFamily>();
  const std::string name = adapter == nullptr ? "" : adapter;
  if (!IsName(name)) return VCP_INVALID_DATA;
  name.copy(message.adapter, sizeof message.adapter - 1);
  message.family = family;
  if (daemon_minor_ >= kOidsOfCallManagersMinor) message.options = options;
  return Start(MessageType::kCmRegisterFamily, Op::kCallManager, cookie,
               VCP_EVENT_CM_REGISTER_FAMILY_COMPLETE, &message);
}

vcp_status Client::CmAsk(MessageType type, vcp_event_type outcome, uint32_t handle,
                         uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  auto message = Blank<shm::CmHandle>();
  message.handle = handle;
  return Start(type, Op::kCallManager, cookie, outcome, &message);
}

vcp_status Client::CmActivateVc(uint32_t vc, const vcp_cm_path& path, const vcp_call_params& params,
                                uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  auto message = Blank<shm::CmActivateVc>();
  message.vc = vc;
  ToWire(path, &message);
  const vcp_status status = client::ToWire(params, &message.params);
  if (status != VCP_SUCCESS) return status;
  return Start(MessageType::kCmActivateVc, Op::kCallManager, cookie,
               VCP_EVENT_CM_ACTIVATE_VC_COMPLETE, &message);
}

vcp_status Client::CmAboutCall(MessageType type, vcp_event_type outcome, uint32_t vc, uint32_t sap,
                               const vcp_call_params& params, uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  auto message = Blank<shm::CmCall>();
  message.vc = vc;
  message.sap = sap;
  const vcp_status status = client::ToWire(params, &message.params);
  if (status != VCP_SUCCESS) return status;
  return Start(type, Op::kCallManager, cookie, outcome, &message);
}

vcp_status Client::CmEnd(MessageType type, uint32_t handle, vcp_status why, const vcp_cause* cause,
                         std::span<const uint8_t> data, uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  if (client::CheckOutcome(why) != VCP_SUCCESS) return VCP_INVALID_DATA;
  auto message = Blank<shm::CmEnd>();
  if (data.size() > sizeof message.data) return VCP_INVALID_LENGTH;
  message.handle = handle;
  message.status = why;
  message.data_length = static_cast<uint32_t>(data.size());
  std::ranges::copy(data, message.data);
  const vcp_status status = client::ToWire(cause, &message.cause);
  if (status != VCP_SUCCESS) return status;
  return Start(type, Op::kCallManager, cookie, VCP_EVENT_CM_INDICATED, &message);
}

vcp_status Client::CmComplete(uint64_t operation, vcp_status outcome, const vcp_call_params* params,
                              const vcp_cause* cause) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  if (client::CheckOutcome(outcome) != VCP_SUCCESS || operation > UINT32_MAX) {
    return VCP_INVALID_DATA;
  }
  auto message = Blank<shm::CmComplete>();
  message.operation = static_cast<uint32_t>(operation);
  message.status = outcome;
  vcp_status status = client::ToWire(cause, &message.cause);
  if (status != VCP_SUCCESS) return status;
  if (params != nullptr) status = client::ToWire(*params, &message.params);
  if (status != VCP_SUCCESS) return status;
  status = Start(MessageType::kCmComplete, Op::kCmComplete, 0, 0, &message);
  return status == VCP_PENDING ? VCP_SUCCESS : status;
}

vcp_status Client::CmCompleteOid(uint64_t operation, vcp_status outcome, const uint8_t* data,
                                 size_t length) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  if (client::CheckOutcome(outcome) != VCP_SUCCESS || operation > UINT32_MAX) {
    return VCP_INVALID_DATA;
  }
  if (outcome == VCP_SUCCESS && data == nullptr && length != 0) return VCP_INVALID_DATA;
  auto message = Blank<shm::CmCompleteOid>();
  if (length > sizeof message.data) return VCP_INVALID_LENGTH;
  message.operation = static_cast<uint32_t>(operation);
  message.status = outcome;
  message.length = static_cast<uint32_t>(length);
  if (data != nullptr) std::copy_n(data, length, message.data);
  const vcp_status status = Start(MessageType::kCmCompleteOid, Op::kCmComplete, 0, 0, &message);
  return status == VCP_PENDING ? VCP_SUCCESS : status;
}

vcp_status Client::CmTellClients(vcp_cm_family family, uint32_t oid, uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  if (daemon_minor_ < kOidsOfCallManagersMinor) return VCP_NOT_SUPPORTED;
  auto message = Blank<shm::CmTellClients>();
  message.family = family;
  message.oid = oid;
  return Start(MessageType::kCmTellClients, Op::kCallManager, cookie, VCP_EVENT_CM_INDICATED,
               &message);
}

vcp_status Client::CmSetOid(vcp_cm_af af, vcp_cm_vc vc, uint32_t oid, std::span<const uint8_t> data,
                            uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  if (daemon_minor_ < kOidsOfCallManagersMinor) return VCP_NOT_SUPPORTED;
  if (data.data() == nullptr && !data.empty()) return VCP_INVALID_DATA;
  auto message = Blank<shm::CmSetOid>();
  if (data.size() > sizeof message.data) return VCP_INVALID_LENGTH;
  message.af = af;
  message.vc = vc;
  message.oid = oid;
  message.length = static_cast<uint32_t>(data.size());
  std::ranges::copy(data, message.data);
  return Start(MessageType::kCmSetOid, Op::kCallManager, cookie, VCP_EVENT_CM_SET_OID_COMPLETE,
               &message);
}

// --- own VCs -------------------------------------------------------------------------------------

vcp_status Client::CmCreateOwnVc(vcp_cm_family family, uint64_t cookie, vcp_vc* vc) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  Vc* made = vcs_.Insert();
  if (made == nullptr) return VCP_RESOURCES;
  made->state = VcState::kCreating;
  auto message = Blank<shm::CmHandle>();
  message.handle = family;
  const vcp_status status = Start(MessageType::kCmCreateOwnVc, Op::kCallManager, cookie,
                                  VCP_EVENT_CM_CREATE_OWN_VC_COMPLETE, &message, made->handle);
  if (status == VCP_PENDING) {
    *vc = made->handle;
    own_vcs_[made->handle] = 0;
  } else {
    vcs_.Erase(made);
  }
  return status;
}

vcp_status Client::FindOwnVc(vcp_vc handle, Vc** vc, vcp_cm_vc* cm_vc) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  *vc = vcs_.Find(handle);
  const auto own = own_vcs_.find(handle);
  if (*vc == nullptr || own == own_vcs_.end()) return VCP_INVALID_HANDLE;
  *cm_vc = own->second;
  if ((*vc)->state == VcState::kClosing) return VCP_CLOSING;
  return *cm_vc == 0 ? VCP_INVALID_STATE : VCP_SUCCESS;
}

vcp_status Client::CmActivateOwnVc(vcp_vc handle, const vcp_cm_path& path, uint64_t cookie) {
  Vc* vc;
  auto message = Blank<shm::CmActivateVc>();
  const vcp_status status = FindOwnVc(handle, &vc, &message.vc);
  if (status != VCP_SUCCESS) return status;
  ToWire(path, &message);
  return Start(MessageType::kCmActivateVc, Op::kCallManager, cookie,
               VCP_EVENT_CM_ACTIVATE_OWN_VC_COMPLETE, &message, handle);
}

// The daemon waits until what was received on it is returned, as for a call that is closed.
vcp_status Client::CmDeleteOwnVc(vcp_vc handle, uint64_t cookie) {
  Vc* vc;
  auto message = Blank<shm::CmHandle>();
  vcp_status status = FindOwnVc(handle, &vc, &message.handle);
  if (status != VCP_SUCCESS) return status;
  status = Start(MessageType::kCmDeleteVc, Op::kCallManager, cookie,
                 VCP_EVENT_CM_DELETE_OWN_VC_COMPLETE, &message, handle);
  if (status != VCP_PENDING) return status;
  vc->before_close = vc->state;
  vc->state = VcState::kClosing;
  ++closing_calls_;
  return status;
}

// --- what comes back -----------------------------------------------------------------------------

void Client::FinishCallManager(const Request& request, vcp_status status, Packet reply) {
  if (request.party != 0) return FinishOwnVc(request, status, reply);
  const auto type = static_cast<vcp_event_type>(request.handle);
  vcp_event& event = Emit(type);
  const uint32_t handle = Read<shm::SimpleReply>(reply).handle;
  switch (type) {
    case VCP_EVENT_CM_REGISTER_FAMILY_COMPLETE:
    case VCP_EVENT_CM_DEREGISTER_FAMILY_COMPLETE:
    case VCP_EVENT_CM_NOTIFY_CLOSE_COMPLETE:
    case VCP_EVENT_CM_SET_OID_COMPLETE:
      event.af = handle;
      break;
    case VCP_EVENT_CM_NAME_VC_COMPLETE:
      FillName(reply, &event);
      break;
    case VCP_EVENT_CM_ACTIVATE_VC_COMPLETE:
    case VCP_EVENT_CM_INCOMING_CALL_COMPLETE: {
      const auto message = Read<shm::CallReply>(reply);
      event.vc = message.vc;
      FromWire(message.params, &event.params);
      FromWire(message.cause, &event.cause);
      break;
    }
    default:
      event.vc = event.party = handle;
  }
}

void Client::FinishOwnVc(const Request& request, vcp_status status, Packet reply) {
  const auto type = static_cast<vcp_event_type>(request.handle);
  const vcp_vc handle = request.party;
  Emit(type).vc = handle;
  const bool deleting = type == VCP_EVENT_CM_DELETE_OWN_VC_COMPLETE;
  if (deleting) --closing_calls_;
  Vc* vc = vcs_.Find(handle);
  if (vc == nullptr) return;
  const bool success = status == VCP_SUCCESS;
  if (type == VCP_EVENT_CM_ACTIVATE_OWN_VC_COMPLETE) {
    if (success && vc->state == VcState::kIdle) vc->state = VcState::kConnected;
    vc->max_sdu_bytes = data_->max_sdu_bytes();
  } else if (deleting != success) {  // it is there: made now, or not deleted
    vc->state = deleting ? vc->before_close : VcState::kIdle;
    if (deleting) return;
    const auto message = Read<shm::CmVcReply>(reply);
    vcs_.Join(vc, message.channel_vc);
    own_vcs_[handle] = message.vc;
  } else {
    own_vcs_.erase(handle);
    vcs_.Erase(vc);
  }
}

// The port went away and took it along.
bool Client::LoseOwnVc(vcp_cm_vc cm_vc) {
  const auto own =
      std::ranges::find(own_vcs_, cm_vc, [](const auto& entry) { return entry.second; });
  if (own == own_vcs_.end()) return false;
  Emit(VCP_EVENT_VC_DELETED).vc = own->first;
  vcs_.Erase(vcs_.Find(own->first));
  own_vcs_.erase(own);
  return true;
}

// --- what clients ask of it ----------------------------------------------------------------------

namespace {

struct OperationEvent {
  MessageType message;
  vcp_event_type event;
};
constexpr OperationEvent kOperationEvents[] = {
    {MessageType::kCmOpenAf, VCP_EVENT_CM_OPEN_AF},
    {MessageType::kCmCloseAf, VCP_EVENT_CM_CLOSE_AF},
    {MessageType::kCmRegisterSap, VCP_EVENT_CM_REGISTER_SAP},
    {MessageType::kCmDeregisterSap, VCP_EVENT_CM_DEREGISTER_SAP},
    {MessageType::kCmMakeCall, VCP_EVENT_CM_MAKE_CALL},
    {MessageType::kCmCloseCall, VCP_EVENT_CM_CLOSE_CALL},
    {MessageType::kCmAddParty, VCP_EVENT_CM_ADD_PARTY},
    {MessageType::kCmDropParty, VCP_EVENT_CM_DROP_PARTY},
    {MessageType::kCmModifyCallQoS, VCP_EVENT_CM_MODIFY_CALL_QOS},
    {MessageType::kCmVcCreated, VCP_EVENT_CM_VC_CREATED},
    {MessageType::kCmVcDeleted, VCP_EVENT_CM_VC_DELETED},
    {MessageType::kCmFamilyClosed, VCP_EVENT_CM_FAMILY_CLOSED},
    {MessageType::kCmOid, VCP_EVENT_CM_OID_QUERY},
    {MessageType::kCmOidAborted, VCP_EVENT_CM_OID_ABORTED},
};

using Packet = std::span<const uint8_t>;

void FillAboutSap(Packet packet, vcp_event* event) {
  const auto message = Read<shm::CmSapOperation>(packet);
  event->af = message.af;
  event->sap = message.sap;
  FromWire(message.sap_content, &event->sap_params);
}

void FillAboutCall(Packet packet, vcp_event* event) {
  const auto message = Read<shm::CmCallOperation>(packet);
  event->vc = message.vc;
  event->party = message.party;
  FromWire(message.params, &event->params);
}

void FillAboutEnd(Packet packet, vcp_event* event) {
  const auto message = Read<shm::CmEndOperation>(packet);
  event->vc = message.vc;
  event->party = message.party;
  event->data_length = std::min<uint32_t>(message.data_length, sizeof event->data);
  std::memcpy(event->data, message.data, event->data_length);
  FromWire(message.cause, &event->cause);
}

void FillAboutOid(Packet packet, vcp_event* event) {
  const auto message = Read<shm::CmOidOperation>(packet);
  event->af = message.af;
  event->vc = message.vc;
  event->party = message.party;
  event->oid.oid = message.oid;
  if (message.is_set == 0) {
    event->oid.bytes_needed = message.length;
    return;
  }
  event->type = VCP_EVENT_CM_OID_SET;
  event->oid.length = std::min<uint32_t>(message.length, sizeof event->oid.data);
  std::memcpy(event->oid.data, message.data, event->oid.length);
}

void FillAboutHandle(Packet packet, vcp_event* event) {
  const auto message = Read<shm::CmOperation>(packet);
  switch (event->type) {
    case VCP_EVENT_CM_OPEN_AF:
      event->af = message.handle;
      event->sap = message.other;
      break;
    case VCP_EVENT_CM_CLOSE_AF:
    case VCP_EVENT_CM_FAMILY_CLOSED:
      event->af = message.handle;
      break;
    case VCP_EVENT_CM_DEREGISTER_SAP:
      event->sap = message.handle;
      break;
    default:  // a VC, and where it is from
      event->vc = message.handle;
      event->af = message.other;
  }
}

}  // namespace

// False for what is none.
bool Client::OnCallManagerEvent(Packet packet) {
  const auto header = Read<shm::CmOperation>(packet);  // all begin like this one
  const bool is_deleted = header.header.type == static_cast<uint16_t>(MessageType::kCmVcDeleted);
  if (is_deleted && LoseOwnVc(header.handle)) return true;
  const auto* known = std::ranges::find(
      kOperationEvents, static_cast<MessageType>(header.header.type), &OperationEvent::message);
  if (known == std::end(kOperationEvents)) return false;
  vcp_event& event = Emit(known->event);
  event.cookie = header.operation;
  switch (known->event) {
    case VCP_EVENT_CM_REGISTER_SAP:
      FillAboutSap(packet, &event);
      break;
    case VCP_EVENT_CM_MAKE_CALL:
    case VCP_EVENT_CM_ADD_PARTY:
    case VCP_EVENT_CM_MODIFY_CALL_QOS:
      FillAboutCall(packet, &event);
      break;
    case VCP_EVENT_CM_CLOSE_CALL:
    case VCP_EVENT_CM_DROP_PARTY:
      FillAboutEnd(packet, &event);
      break;
    case VCP_EVENT_CM_OID_QUERY:
      FillAboutOid(packet, &event);
      break;
    default:
      FillAboutHandle(packet, &event);
  }
  return true;
}

}  // namespace vcp::client
