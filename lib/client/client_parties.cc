// Parties of multipoint calls, and other parameters for a call that is there.
#include <algorithm>
#include <cstring>

#include "client/client.h"
#include "client/convert.h"

namespace vcp::client {
// --- the table -----------------------------------------------------------------------------------

Client::PartyHandle Client::InsertParty(uint32_t vc) {
  const PartyHandle handle = parties_.Insert(Party{.vc = vc});
  if (handle) parties_of_[vc].push_back(handle);
  return handle;
}

void Client::EraseParty(PartyHandle handle) {
  const Party& party = *parties_.Find(handle);
  daemon_parties_.erase(party.daemon_handle);
  const auto call = parties_of_.find(party.vc);
  std::erase(call->second, handle);
  if (call->second.empty()) parties_of_.erase(call);
  parties_.Erase(handle);
}

void Client::EraseParties(uint32_t vc) {
  for (auto call = parties_of_.find(vc); call != parties_of_.end(); call = parties_of_.find(vc)) {
    EraseParty(call->second.back());
  }
}

void Client::SettleParty(uint32_t own, vcp_status joined, uint32_t daemon_handle) {
  const PartyHandle handle = PartyHandle::FromValue(own);
  Party* party = parties_.Find(handle);
  if (party == nullptr) return;
  if (joined != VCP_SUCCESS) return EraseParty(handle);
  party->state = HandleState::kOpen;
  party->daemon_handle = daemon_handle;
  daemon_parties_[daemon_handle] = handle;
}

bool Client::HasSeveralParties(uint32_t vc) {
  const auto call = parties_of_.find(vc);
  if (call == parties_of_.end()) return false;
  return std::ranges::count_if(call->second, [this](PartyHandle handle) {
           return parties_.Find(handle)->state == HandleState::kOpen;
         }) > 1;
}

// --- what the application asks for ---------------------------------------------------------------

vcp_status Client::AddParty(vcp_vc handle, const vcp_call_params& params, uint64_t cookie,
                            vcp_party* party) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  const Vc* vc = vcs_.Find(handle);
  if (vc == nullptr) return VCP_FAILURE;  // C72
  if (vc->state == VcState::kClosing || vc->state == VcState::kPeerClosed) return VCP_CLOSING;
  if (vc->state != VcState::kConnected) return VCP_INVALID_STATE;
  if (!parties_of_.contains(handle)) return VCP_FAILURE;  // C71
  auto message = Blank<shm::AddParty>();
  message.vc = vc->channel_vc;
  vcp_status status = ToWire(params, &message.params);
  if (status != VCP_SUCCESS) return status;
  const PartyHandle own = InsertParty(handle);
  if (!own) return VCP_RESOURCES;
  status = Start(shm::MessageType::kAddParty, Op::kAddParty, cookie, handle, &message, own.value());
  if (status != VCP_PENDING) {
    EraseParty(own);
  } else {
    *party = own.value();
  }
  return status;
}

vcp_status Client::DropParty(vcp_party handle, std::span<const uint8_t> close_data,
                             const vcp_cause* cause, uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  Party* party = parties_.Find(PartyHandle::FromValue(handle));
  if (party == nullptr) return VCP_INVALID_HANDLE;
  if (party->state == HandleState::kOpening) return VCP_INVALID_STATE;
  const bool closing = vcs_.Find(party->vc)->state == VcState::kClosing;
  if (party->state != HandleState::kOpen || closing) return VCP_CLOSING;
  auto message = Blank<shm::DropParty>();
  if (close_data.size() > sizeof message.data) return VCP_INVALID_LENGTH;
  message.party = party->daemon_handle;
  message.data_length = static_cast<uint32_t>(close_data.size());
  std::ranges::copy(close_data, message.data);
  vcp_status status = ToWire(cause, &message.cause);
  if (status != VCP_SUCCESS) return status;
  status = Start(shm::MessageType::kDropParty, Op::kDropParty, cookie, party->vc, &message, handle);
  if (status == VCP_PENDING) party->state = HandleState::kClosing;
  return status;
}

vcp_status Client::ModifyCallQoS(vcp_vc handle, const vcp_call_params& params, uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  const Vc* vc = vcs_.Find(handle);
  if (vc == nullptr) return VCP_INVALID_HANDLE;
  if (vc->state == VcState::kClosing || vc->state == VcState::kPeerClosed) return VCP_CLOSING;
  if (vc->state != VcState::kConnected && vc->state != VcState::kOffered) {
    return VCP_INVALID_STATE;
  }
  auto message = Blank<shm::ModifyCallQoS>();
  message.vc = vc->channel_vc;
  const vcp_status status = ToWire(params, &message.params);
  if (status != VCP_SUCCESS) return status;
  return Start(shm::MessageType::kModifyCallQoS, Op::kModifyCallQoS, cookie, handle, &message);
}

// --- what comes ----------------------------------------------------------------------------------

void Client::FinishAddParty(const Request& request, vcp_status status, Packet reply) {
  vcp_event& event = Emit(VCP_EVENT_ADD_PARTY_COMPLETE);
  event.vc = request.handle;
  event.party = request.party;
  const auto message = Read<shm::CallReply>(reply);
  FromWire(message.params, &event.params);
  FromWire(message.cause, &event.cause);
  SettleParty(request.party, status, message.party);
}

void Client::FinishDropParty(const Request& request, vcp_status status) {
  vcp_event& event = Emit(VCP_EVENT_DROP_PARTY_COMPLETE);
  event.vc = request.handle;
  event.party = request.party;
  const PartyHandle own = PartyHandle::FromValue(request.party);
  Party* party = parties_.Find(own);
  if (party == nullptr) return;  // its call ended meanwhile
  if (status == VCP_SUCCESS || status == VCP_DISCONNECTED) return EraseParty(own);
  party->state = HandleState::kOpen;
}

// Whatever the outcome, the parameters are those of the VC; unless the request was not understood.
void Client::FinishModify(const Request& request, Packet reply) {
  vcp_event& event = Emit(VCP_EVENT_MODIFY_CALL_QOS_COMPLETE);
  event.vc = request.handle;
  const auto message = Read<shm::CallReply>(reply);
  FromWire(message.params, &event.params);
  FromWire(message.cause, &event.cause);
  Vc* vc = vcs_.Find(request.handle);
  if (vc != nullptr && message.vc != 0) AllowData(vc, message.params);
}

void Client::OnIncomingDropParty(const shm::IncomingDropParty& message) {
  const auto found = daemon_parties_.find(message.party);
  if (found == daemon_parties_.end()) return;
  const Party& party = *parties_.Find(found->second);
  if (party.state != HandleState::kOpen) return;  // the two cross; the drop's completion is the end
  vcp_event& event = Emit(VCP_EVENT_INCOMING_DROP_PARTY);
  event.vc = party.vc;
  event.party = found->second.value();
  event.status = static_cast<vcp_status>(message.status);
  event.data_length = std::min<uint32_t>(message.data_length, sizeof event.data);
  std::memcpy(event.data, message.data, event.data_length);
  FromWire(message.cause, &event.cause);
}

void Client::OnIncomingCallQoSChange(const shm::IncomingCallQoSChange& message) {
  Vc* vc = vcs_.FindByChannelVc(message.vc);
  if (vc == nullptr) return;
  AllowData(vc, message.params);
  if (vc->state != VcState::kConnected) return;
  vcp_event& event = Emit(VCP_EVENT_INCOMING_CALL_QOS_CHANGE);
  event.vc = vc->handle;
  FromWire(message.params, &event.params);
}

}  // namespace vcp::client
