// What comes from the daemon, and how the application hears of it.
#include <algorithm>
#include <cstring>

#include "client/client.h"
#include "client/convert.h"

namespace vcp::client {
namespace {

constexpr uint16_t ReplyTo(shm::MessageType type) {
  return static_cast<uint16_t>(type) | shm::kReplyBit;
}

template <size_t kTo, size_t kFrom>
void CopyText(const char (&from)[kFrom], char (&to)[kTo]) {
  static_assert(kTo >= kFrom);
  std::memcpy(to, from, kFrom);
  to[kFrom - 1] = '\0';
}

}  // namespace

// Until everything is restored, what a new daemon says waits behind RECONNECTED.
vcp_event& Client::Emit(vcp_event_type type) {
  std::deque<vcp_event>& queue = link_ == Link::kRestoring ? later_events_ : events_;
  vcp_event& event = queue.emplace_back();
  std::memset(&event, 0, sizeof event);
  event.type = type;
  return event;
}

// --- messages -----------------------------------------------------------------------------------

// A call may be offered on a SAP before the reply says which SAP that is. It and all behind it wait
// for that reply, so that the order of everything else stays.
void Client::OnMessage(Packet packet) {
  const auto header = Read<shm::MessageHeader>(packet);
  if (packet.size() < sizeof header || header.size_bytes != packet.size()) return OnHangUp();
  const bool registered = header.type == ReplyTo(shm::MessageType::kRegisterSap);
  if (!registered && (!held_.empty() || MustWait(packet))) {
    held_.emplace_back(packet.begin(), packet.end());
    return;
  }
  Dispatch(packet);
  while (registered && !held_.empty() && !MustWait(held_.front())) {
    const std::vector<uint8_t> next = std::move(held_.front());
    held_.pop_front();
    Dispatch(next);
  }
}

bool Client::MustWait(Packet packet) {
  const auto message = Read<shm::IncomingCall>(packet);
  return message.header.type == static_cast<uint16_t>(shm::MessageType::kIncomingCall) &&
         registering_saps_ != 0 && !FindSapByDaemonHandle(message.sap);
}

void Client::Dispatch(Packet packet) {
  const auto header = Read<shm::MessageHeader>(packet);
  (header.type & shm::kReplyBit) != 0 ? OnReply(packet) : OnEvent(packet);
}

void Client::OnReply(Packet packet) {
  const auto reply = Read<shm::SimpleReply>(packet);  // all replies begin like this one
  const auto found = requests_.find(reply.header.request_id);
  if (found == requests_.end()) return;
  const Request request = found->second;
  requests_.erase(found);
  Finish(reply.header.request_id, request, static_cast<vcp_status>(reply.status), packet);
}

void Client::OnEvent(Packet packet) {
  switch (static_cast<shm::MessageType>(Read<shm::MessageHeader>(packet).type)) {
    case shm::MessageType::kAfRegistered:
      return OnAfRegistered(Read<shm::AfRegistered>(packet));
    case shm::MessageType::kNotifyCloseAf:
      return OnNotifyCloseAf(Read<shm::NotifyCloseAf>(packet));
    case shm::MessageType::kIncomingCall:
      return OnIncomingCall(Read<shm::IncomingCall>(packet));
    case shm::MessageType::kCallConnected:
      return OnCallConnected(Read<shm::CallConnected>(packet));
    case shm::MessageType::kIncomingCloseCall:
      return OnIncomingCloseCall(Read<shm::IncomingCloseCall>(packet));
    case shm::MessageType::kVcDeleted:
      return OnVcDeleted(Read<shm::VcDeleted>(packet));
    case shm::MessageType::kIncomingDropParty:
      return OnIncomingDropParty(Read<shm::IncomingDropParty>(packet));
    case shm::MessageType::kIncomingCallQoSChange:
      return OnIncomingCallQoSChange(Read<shm::IncomingCallQoSChange>(packet));
    case shm::MessageType::kStatusIndicated:
      return OnStatusIndicated(Read<shm::StatusIndicated>(packet));
    case shm::MessageType::kEvicted:
      return OnEvicted(Read<shm::Evicted>(packet));
    default:
      (void)OnCallManagerEvent(packet);  // or a newer daemon's; nothing here depends on it
  }
}

void Client::OnAfRegistered(const shm::AfRegistered& message) {
  vcp_event& event = Emit(VCP_EVENT_AF_REGISTERED);
  event.family = message.family;
  event.max_sdu_bytes = message.max_sdu_bytes;
  CopyText(message.adapter, event.adapter);
}

void Client::OnNotifyCloseAf(const shm::NotifyCloseAf& message) {
  const AfHandle af = FindAfByDaemonHandle(message.af);
  if (!af) return;
  afs_.Find(af)->owes_notify = true;
  Emit(VCP_EVENT_NOTIFY_CLOSE_AF).af = af.value();
}

void Client::OnIncomingCall(const shm::IncomingCall& message) {
  const SapHandle sap = FindSapByDaemonHandle(message.sap);
  Vc* vc = vcs_.FindByChannelVc(message.vc);  // another call on a VC known already
  if (vc == nullptr && sap) {
    vc = vcs_.Insert();
    if (vc != nullptr) vcs_.Join(vc, message.vc);
  }
  if (vc == nullptr) {
    shm::AnswerCall refusal;
    std::memset(&refusal, 0, sizeof refusal);
    refusal.vc = message.vc;
    refusal.status = VCP_RESOURCES;
    (void)Start(shm::MessageType::kAnswerCall, Op::kAnswerCall, 0, 0, &refusal);
    return;
  }
  vc->state = VcState::kOffered;
  if (sap) vc->af = saps_.Find(sap)->af;
  AllowData(vc, message.params);
  vcp_event& event = Emit(VCP_EVENT_INCOMING_CALL);
  event.sap = sap.value();
  event.af = vc->af;
  event.vc = vc->handle;
  FromWire(message.params, &event.params);
}

void Client::OnCallConnected(const shm::CallConnected& message) {
  Vc* vc = vcs_.FindByChannelVc(message.vc);
  if (vc == nullptr || vc->state != VcState::kAccepted) return;
  vc->state = VcState::kConnected;
  Emit(VCP_EVENT_CALL_CONNECTED).vc = vc->handle;
}

void Client::OnIncomingCloseCall(const shm::IncomingCloseCall& message) {
  Vc* vc = vcs_.FindByChannelVc(message.vc);
  if (vc == nullptr) return;
  if (vc->state == VcState::kClosing) {
    // The two cross; the completion of the application's own close is the end (C69).
    vc->before_close = VcState::kPeerClosed;
    return;
  }
  vc->state = VcState::kPeerClosed;
  vcp_event& event = Emit(VCP_EVENT_INCOMING_CLOSE_CALL);
  event.vc = vc->handle;
  event.status = static_cast<vcp_status>(message.status);
  event.data_length = std::min<uint32_t>(message.data_length, sizeof event.data);
  std::memcpy(event.data, message.data, event.data_length);
  FromWire(message.cause, &event.cause);
}

void Client::OnVcDeleted(const shm::VcDeleted& message) {
  Vc* vc = vcs_.FindByChannelVc(message.vc);
  if (vc == nullptr) return;
  Emit(VCP_EVENT_VC_DELETED).vc = vc->handle;
  EraseParties(vc->handle);
  vcs_.Erase(vc);
}

// Who broke the rules is not let in again under the same roof.
void Client::OnEvicted(const shm::Evicted& message) {
  vcp_event& event = EmitNow(VCP_EVENT_EVICTED, static_cast<vcp_status>(message.status));
  CopyText(message.reason, event.text);
  OnHangUp(/*for_good=*/true);
}

// The largest SDU that both the call and the channel allow.
void Client::AllowData(Vc* vc, const shm::CallParametersAbi& params) {
  uint64_t most = data_->max_sdu_bytes();
  if (params.has_call_manager != 0 && params.transmit.max_sdu_size_bytes != 0) {
    most = std::min(most, params.transmit.max_sdu_size_bytes);
  }
  vc->max_sdu_bytes = static_cast<uint32_t>(most);
}

Client::AfHandle Client::FindAfByDaemonHandle(uint32_t handle) {
  AfHandle found;
  afs_.ForEach([&](AfHandle own, const Af& af) {
    if (handle != 0 && af.daemon_handle == handle) found = own;
  });
  return found;
}

Client::SapHandle Client::FindSapByDaemonHandle(uint32_t handle) {
  SapHandle found;
  saps_.ForEach([&](SapHandle own, const Sap& sap) {
    if (handle != 0 && sap.daemon_handle == handle) found = own;
  });
  return found;
}

// --- completions --------------------------------------------------------------------------------

// Each Finish... emits one event, to which cookie and status are added here. While everything is
// being restored there are no requests of the application's.
void Client::Finish(uint32_t request_id, const Request& request, vcp_status status, Packet reply) {
  const uint32_t handle = Read<shm::SimpleReply>(reply).handle;
  switch (request.op) {
    case Op::kOpenAf:
    case Op::kCloseAf:
      FinishAf(request, status, handle);
      break;
    case Op::kRegisterSap:
    case Op::kDeregisterSap:
      FinishSap(request, status, handle);
      break;
    case Op::kCreateVc:
    case Op::kDeleteVc:
      FinishVc(request, status, handle);
      break;
    case Op::kMakeCall:
      FinishMakeCall(request, status, reply);
      break;
    case Op::kCloseCall:
      FinishCloseCall(request, status);
      break;
    case Op::kVcCounters:
      FinishVcCounters(request, reply);
      break;
    case Op::kAddParty:
      FinishAddParty(request, status, reply);
      break;
    case Op::kDropParty:
      FinishDropParty(request, status);
      break;
    case Op::kModifyCallQoS:
      FinishModify(request, reply);
      break;
    case Op::kOid:
      FinishOid(request, reply);
      break;
    case Op::kNameVc:
      FinishNameVc(request, reply);
      break;
    case Op::kReopenAf:
    case Op::kReregisterSap:
      return FinishReopening(request, status, handle);
    case Op::kCallManager:
      FinishCallManager(request, status, reply);
      break;
    case Op::kNotifyCloseAfComplete:
    case Op::kAnswerCall:
    case Op::kCmComplete:
    case Op::kCancelOid:
    case Op::kWatchStatus:
      return;  // what follows comes as events of its own
  }
  events_.back().cookie = request.cookie;
  events_.back().status = status;
  if (awaited_ != 0 && request_id == awaited_) {
    awaited_event_ = events_.back();
    events_.pop_back();
  }
  if (request.op == Op::kCreateVc) FinishEarlyCall(request.handle, status);
}

void Client::FinishAf(const Request& request, vcp_status status, uint32_t handle) {
  const bool opening = request.op == Op::kOpenAf;
  const AfHandle own = AfHandle::FromValue(request.handle);
  Af* af = afs_.Find(own);
  const bool open = opening == (status == VCP_SUCCESS) && status != VCP_DISCONNECTED;
  if (open) {
    af->state = HandleState::kOpen;
    if (opening) af->daemon_handle = handle;
  } else if (af->owes_notify && status == VCP_SUCCESS) {
    af->state = HandleState::kClosed;  // its handle still answers the notification (C17)
  } else {
    afs_.Erase(own);
  }
  Emit(opening ? VCP_EVENT_OPEN_AF_COMPLETE : VCP_EVENT_CLOSE_AF_COMPLETE).af = request.handle;
}

void Client::FinishSap(const Request& request, vcp_status status, uint32_t handle) {
  const bool registering = request.op == Op::kRegisterSap;
  if (registering) --registering_saps_;
  const SapHandle own = SapHandle::FromValue(request.handle);
  Sap* sap = saps_.Find(own);
  vcp_event& event =
      Emit(registering ? VCP_EVENT_REGISTER_SAP_COMPLETE : VCP_EVENT_DEREGISTER_SAP_COMPLETE);
  event.sap = request.handle;
  event.af = sap->af;
  const bool registered = registering == (status == VCP_SUCCESS) && status != VCP_DISCONNECTED;
  if (!registered) {
    saps_.Erase(own);
    return;
  }
  sap->state = HandleState::kOpen;
  if (registering) sap->daemon_handle = handle;
}

void Client::FinishVc(const Request& request, vcp_status status, uint32_t handle) {
  const bool creating = request.op == Op::kCreateVc;
  Emit(creating ? VCP_EVENT_CREATE_VC_COMPLETE : VCP_EVENT_DELETE_VC_COMPLETE).vc = request.handle;
  Vc* vc = vcs_.Find(request.handle);
  if (vc == nullptr) return;  // its maker's end overtook
  const bool there = creating == (status == VCP_SUCCESS) && status != VCP_DISCONNECTED;
  if (!there) return vcs_.Erase(vc);
  vc->state = VcState::kIdle;
  if (creating) vcs_.Join(vc, handle);
}

// What was asked of a VC before it was there.
void Client::FinishEarlyCall(uint32_t handle, vcp_status created) {
  auto early = early_calls_.extract(handle);
  if (early.empty()) return;
  EarlyCall& call = early.mapped();
  vcp_status status = created;
  if (created == VCP_SUCCESS) {
    Vc* vc = vcs_.Find(handle);
    vc->state = VcState::kMaking;
    call.message.vc = vc->channel_vc;
    status = Start(shm::MessageType::kMakeCall, Op::kMakeCall, call.cookie, handle, &call.message,
                   call.party);
  }
  if (status == VCP_PENDING) return;
  Finish(0, {.op = Op::kMakeCall, .cookie = call.cookie, .handle = handle, .party = call.party},
         status, {});
}

void Client::FinishMakeCall(const Request& request, vcp_status status, Packet reply) {
  vcp_event& event = Emit(VCP_EVENT_MAKE_CALL_COMPLETE);
  event.vc = request.handle;
  const auto message = Read<shm::CallReply>(reply);
  FromWire(message.params, &event.params);
  FromWire(message.cause, &event.cause);
  event.party = request.party;
  if (request.party != 0) SettleParty(request.party, status, message.party);
  Vc* vc = vcs_.Find(request.handle);
  if (vc == nullptr) return;
  const VcState made = status == VCP_SUCCESS ? VcState::kConnected : VcState::kIdle;
  if (vc->state == VcState::kMaking) vc->state = made;
  // Being closed already: this is where a refused close leads back to.
  if (vc->state == VcState::kClosing) vc->before_close = made;
  AllowData(vc, message.params);
}

void Client::FinishCloseCall(const Request& request, vcp_status status) {
  --closing_calls_;
  Emit(VCP_EVENT_CLOSE_CALL_COMPLETE).vc = request.handle;
  Vc* vc = vcs_.Find(request.handle);
  if (vc == nullptr) return;  // deleted by its maker meanwhile
  if (status != VCP_SUCCESS) {
    vc->state = vc->before_close;
  } else {
    EraseParties(vc->handle);
    vc->state = vc->made_here ? VcState::kIdle : VcState::kReleased;
  }
}

void Client::FinishVcCounters(const Request& request, Packet reply) {
  vcp_event& event = Emit(VCP_EVENT_VC_COUNTERS);
  event.vc = request.handle;
  const auto message = Read<shm::VcCountersReply>(reply);
  event.counters = {message.transmitted_sdus, message.transmitted_bytes, message.received_sdus,
                    message.received_bytes,   message.transmit_drops,    message.receive_drops};
}

}  // namespace vcp::client
