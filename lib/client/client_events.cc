// What comes from the daemon, and how the application hears of it.
#include <sys/epoll.h>

#include <algorithm>
#include <cstring>

#include "client/client.h"
#include "client/convert.h"

namespace vcp::client {
namespace {

// A message of the expected type by value; what a shorter one lacks is zero.
template <typename Message>
Message Read(const ReceivedMessage& received) {
  Message message;
  std::memset(&message, 0, sizeof message);
  std::memcpy(&message, received.bytes, std::min(sizeof message, received.size_bytes));
  return message;
}

}  // namespace

// --- taking events
// --------------------------------------------------------------------------------

vcp_event& Client::Emit(vcp_event_type type) {
  vcp_event& event = events_.emplace_back();
  std::memset(&event, 0, sizeof event);
  event.type = type;
  return event;
}

size_t Client::Poll(vcp_event* events, size_t capacity) {
  if (armed_) Disarm();
  if (former_data_told_) {
    former_data_.reset();
    former_data_told_ = false;
  }
  if (events_.size() < capacity) Pump();
  size_t given = 0;
  for (; given < capacity && !events_.empty(); ++given) {
    events[given] = events_.front();
    events_.pop_front();
    if (events[given].type == VCP_EVENT_RECONNECTED) former_data_told_ = true;
  }
  return given;
}

int Client::Arm() {
  data_->Flush();
  if (!events_.empty()) return 1;
  data_->SetSleeps(true);
  armed_ = true;
  if (!data_->Ready()) return 0;
  Disarm();
  return 1;
}

void Client::Disarm() {
  armed_ = false;
  data_->SetSleeps(false);
  data_->DrainWakes();
}

vcp_status Client::Wait(int timeout_ms) {
  if (Arm() != 0) return VCP_SUCCESS;
  epoll_event ready[4];
  const int count = epoll_wait(epoll_fd_.get(), ready, 4, timeout_ms);
  if (armed_) Disarm();
  Pump();
  // Anything that woke us is worth a look, even if it turns out to be the library's own business.
  const bool something = count != 0 || !events_.empty() || data_->Ready();
  return something ? VCP_SUCCESS : VCP_TIMED_OUT;
}

// --- messages
// -------------------------------------------------------------------------------------

void Client::OnMessage(const ReceivedMessage& message) {
  const auto header = Read<shm::MessageHeader>(message);
  if (message.size_bytes < sizeof header || header.size_bytes != message.size_bytes) {
    return OnHangUp();
  }
  if ((header.type & shm::kReplyBit) != 0) {
    OnReply(message);
  } else {
    OnEvent(message);
  }
}

void Client::OnReply(const ReceivedMessage& message) {
  const auto reply = Read<shm::SimpleReply>(message);
  const auto found = requests_.find(reply.header.request_id);
  if (found == requests_.end()) return;
  const Request request = found->second;
  requests_.erase(found);
  Finish(reply.header.request_id, request, static_cast<vcp_status>(reply.status), reply.handle,
         &message);
}

void Client::OnEvent(const ReceivedMessage& received) {
  const auto header = Read<shm::MessageHeader>(received);
  switch (static_cast<shm::MessageType>(header.type)) {
    case shm::MessageType::kAfRegistered: {
      const auto message = Read<shm::AfRegistered>(received);
      vcp_event& event = Emit(VCP_EVENT_AF_REGISTERED);
      event.family = message.family;
      event.max_sdu_bytes = message.max_sdu_bytes;
      std::memcpy(event.adapter, message.adapter, sizeof event.adapter);
      break;
    }
    case shm::MessageType::kNotifyCloseAf: {
      const AfHandle af = FindAfByDaemonHandle(Read<shm::NotifyCloseAf>(received).af);
      if (af) Emit(VCP_EVENT_NOTIFY_CLOSE_AF).af = af.value();
      break;
    }
    case shm::MessageType::kIncomingCall:
      return OnIncomingCall(Read<shm::IncomingCall>(received));
    case shm::MessageType::kIncomingCloseCall:
      return OnIncomingCloseCall(Read<shm::IncomingCloseCall>(received));
    case shm::MessageType::kCallConnected: {
      Vc* vc = vcs_.FindByChannelVc(Read<shm::CallConnected>(received).vc);
      if (vc == nullptr || vc->state != VcState::kAccepted) break;
      vc->state = VcState::kConnected;
      Emit(VCP_EVENT_CALL_CONNECTED).vc = vc->handle;
      break;
    }
    case shm::MessageType::kVcDeleted: {
      Vc* vc = vcs_.FindByChannelVc(Read<shm::VcDeleted>(received).vc);
      if (vc == nullptr) break;
      Emit(VCP_EVENT_VC_DELETED).vc = vc->handle;
      vcs_.Erase(vc);
      break;
    }
    case shm::MessageType::kEvicted: {
      const auto message = Read<shm::Evicted>(received);
      vcp_event& event = Emit(VCP_EVENT_EVICTED);
      event.status = static_cast<vcp_status>(message.status);
      std::memcpy(event.text, message.reason, sizeof message.reason);
      event.text[sizeof event.text - 1] = '\0';
      OnHangUp();
      link_ = Link::kDead;  // who broke the rules is not let in again under the same roof
      break;
    }
    default:
      break;  // of a newer daemon; nothing here depends on it
  }
}

void Client::OnIncomingCall(const shm::IncomingCall& message) {
  const SapHandle sap = FindSapByDaemonHandle(message.sap);
  Vc* vc = vcs_.FindByChannelVc(message.vc);  // another call on a VC known already
  if (vc == nullptr) {
    vc = vcs_.Insert();
    if (vc != nullptr) vcs_.Join(vc, message.vc);
  }
  if (vc == nullptr || !sap) {
    if (vc != nullptr) vcs_.Erase(vc);
    shm::AnswerCall refusal;
    std::memset(&refusal, 0, sizeof refusal);
    refusal.vc = message.vc;
    refusal.status = VCP_RESOURCES;
    Start(shm::MessageType::kAnswerCall, Op::kAnswerCall, 0, 0, &refusal);
    return;
  }
  vc->state = VcState::kOffered;
  vc->af = saps_.Find(sap)->af;
  AllowData(vc, message.params);
  vcp_event& event = Emit(VCP_EVENT_INCOMING_CALL);
  event.sap = sap.value();
  event.af = vc->af;
  event.vc = vc->handle;
  FromWire(message.params, &event.params);
}

void Client::OnIncomingCloseCall(const shm::IncomingCloseCall& message) {
  Vc* vc = vcs_.FindByChannelVc(message.vc);
  if (vc == nullptr) return;
  // While the application closes, too, the two cross and its own completion is the end (C69).
  if (vc->state == VcState::kClosing) return;
  vc->state = VcState::kPeerClosed;
  vcp_event& event = Emit(VCP_EVENT_INCOMING_CLOSE_CALL);
  event.vc = vc->handle;
  event.status = static_cast<vcp_status>(message.status);
  event.data_length = std::min<uint32_t>(message.data_length, sizeof event.data);
  std::memcpy(event.data, message.data, event.data_length);
}

// The largest SDU that both the call and the channel allow.
void Client::AllowData(Vc* vc, const shm::CallParametersAbi& params) {
  uint64_t most = data_->layout().max_sdu_bytes;
  if (params.has_call_manager != 0 && params.transmit.max_sdu_size_bytes != 0) {
    most = std::min(most, params.transmit.max_sdu_size_bytes);
  }
  vc->max_sdu_bytes = static_cast<uint32_t>(most);
}

Client::AfHandle Client::FindAfByDaemonHandle(uint32_t handle) {
  AfHandle found;
  afs_.ForEach([&](AfHandle own, const Af& af) {
    if (af.daemon_handle == handle && af.state != HandleState::kOpening) found = own;
  });
  return found;
}

Client::SapHandle Client::FindSapByDaemonHandle(uint32_t handle) {
  SapHandle found;
  saps_.ForEach([&](SapHandle own, const Sap& sap) {
    if (sap.daemon_handle == handle) found = own;
  });
  return found;
}

// --- completions
// ----------------------------------------------------------------------------------

void Client::Finish(uint32_t request_id, const Request& request, vcp_status status, uint32_t handle,
                    const ReceivedMessage* message) {
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
    case Op::kCloseCall:
    case Op::kVcCounters:
      FinishCall(request, status, message, &events_.emplace_back());
      break;
    case Op::kReopenAf:
    case Op::kReregisterSap:
      return FinishReopening(request, status, handle);
    case Op::kNotifyCloseAfComplete:
    case Op::kAnswerCall:
      return;  // what follows comes as events of its own
  }
  events_.back().cookie = request.cookie;
  events_.back().status = status;
  if (request_id != awaited_) return;
  awaited_event_ = events_.back();
  events_.pop_back();
}

void Client::FinishAf(const Request& request, vcp_status status, uint32_t handle) {
  const bool opening = request.op == Op::kOpenAf;
  const AfHandle own = AfHandle::FromValue(request.handle);
  Af* af = afs_.Find(own);
  const bool gone =
      opening ? status != VCP_SUCCESS : status == VCP_SUCCESS || status == VCP_DISCONNECTED;
  if (gone) {
    afs_.Erase(own);
  } else {
    af->state = HandleState::kOpen;
    if (opening) af->daemon_handle = handle;
  }
  vcp_event& event = Emit(opening ? VCP_EVENT_OPEN_AF_COMPLETE : VCP_EVENT_CLOSE_AF_COMPLETE);
  event.af = request.handle;
}

void Client::FinishSap(const Request& request, vcp_status status, uint32_t handle) {
  const bool registering = request.op == Op::kRegisterSap;
  const SapHandle own = SapHandle::FromValue(request.handle);
  Sap* sap = saps_.Find(own);
  vcp_event& event =
      Emit(registering ? VCP_EVENT_REGISTER_SAP_COMPLETE : VCP_EVENT_DEREGISTER_SAP_COMPLETE);
  event.sap = request.handle;
  event.af = sap->af;
  const bool gone =
      registering ? status != VCP_SUCCESS : status == VCP_SUCCESS || status == VCP_DISCONNECTED;
  if (gone) {
    saps_.Erase(own);
  } else {
    sap->state = HandleState::kOpen;
    if (registering) sap->daemon_handle = handle;
  }
}

void Client::FinishVc(const Request& request, vcp_status status, uint32_t handle) {
  const bool creating = request.op == Op::kCreateVc;
  vcp_event& event = Emit(creating ? VCP_EVENT_CREATE_VC_COMPLETE : VCP_EVENT_DELETE_VC_COMPLETE);
  event.vc = request.handle;
  Vc* vc = vcs_.Find(request.handle);
  if ((status == VCP_SUCCESS) != creating && (creating || status == VCP_SUCCESS)) {
    vcs_.Erase(vc);
    return;
  }
  vc->state = VcState::kIdle;
  if (creating) vcs_.Join(vc, handle);
}

void Client::FinishCall(const Request& request, vcp_status status, const ReceivedMessage* message,
                        vcp_event* event) {
  std::memset(event, 0, sizeof *event);
  event->vc = request.handle;
  Vc* vc = vcs_.Find(request.handle);
  if (request.op == Op::kVcCounters) {
    event->type = VCP_EVENT_VC_COUNTERS;
    if (message == nullptr) return;
    const auto reply = Read<shm::VcCountersReply>(*message);
    event->counters = {reply.transmitted_sdus, reply.transmitted_bytes, reply.received_sdus,
                       reply.received_bytes};
  } else if (request.op == Op::kMakeCall) {
    event->type = VCP_EVENT_MAKE_CALL_COMPLETE;
    vc->state = status == VCP_SUCCESS ? VcState::kConnected : VcState::kIdle;
    if (message == nullptr) return;
    const auto reply = Read<shm::MakeCallReply>(*message);
    if (status == VCP_SUCCESS) AllowData(vc, reply.params);
    FromWire(reply.params, &event->params);
  } else {
    event->type = VCP_EVENT_CLOSE_CALL_COMPLETE;
    if (vc == nullptr) return;  // deleted by its maker meanwhile
    if (status == VCP_SUCCESS || status == VCP_DISCONNECTED) {
      vc->state = vc->made_here ? VcState::kIdle : VcState::kReleased;
    } else {
      vc->state = VcState::kPeerClosed;  // still there, and nothing may be sent on it
    }
  }
}

}  // namespace vcp::client
