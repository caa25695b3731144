// What the application asks for: state is checked here first, then the daemon is asked.
#include <algorithm>
#include <cstring>

#include "client/client.h"
#include "client/convert.h"

namespace vcp::client {

// An older daemon is asked in the words of version 1.0, or not at all.
vcp_status Client::Start(shm::MessageType type, const Request& request, shm::MessageHeader* header,
                         MessageSize size) {
  if (link_ != Link::kAttached && link_ != Link::kRestoring) return VCP_DISCONNECTED;
  const auto* bytes = reinterpret_cast<const uint8_t*>(header);
  if (daemon_minor_ == 0 && size.first_bytes != size.bytes) {
    const auto is_zero = [](uint8_t byte) { return byte == 0; };
    const bool sayable =
        size.first_bytes != 0 && std::all_of(bytes + size.first_bytes, bytes + size.bytes, is_zero);
    if (!sayable) return VCP_NOT_SUPPORTED;
    size.bytes = size.first_bytes;
  }
  data_->Flush();  // what was submitted and returned before happened before
  const uint32_t id = next_request_id_;
  next_request_id_ = id == ~uint32_t{0} ? 1 : id + 1;
  *header = {.type = static_cast<uint16_t>(type),
             .size_bytes = static_cast<uint16_t>(size.bytes),
             .request_id = id};
  const vcp_status sent = connection_.Send({bytes, size.bytes});
  if (sent != VCP_SUCCESS) return sent;
  WatchBacklog();
  requests_.emplace(id, request);
  return VCP_PENDING;
}

// --- address families and SAPs ------------------------------------------------------------------

vcp_status Client::OpenAf(const char* adapter, uint32_t family, uint64_t cookie, vcp_af* af) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  auto message = Blank<shm::OpenAf>();
  const std::string name = adapter == nullptr ? "" : adapter;
  if (!IsName(name)) return VCP_INVALID_DATA;
  name.copy(message.adapter, sizeof message.adapter - 1);
  message.family = family;
  return StartOpenAf({.adapter = name, .family = family}, message, cookie, af);
}

vcp_status Client::OpenAfToward(const vcp_address& address, uint32_t family, uint64_t cookie,
                                vcp_af* af) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  auto message = Blank<shm::OpenAf>();
  if (address.type == VCP_ADDRESS_NONE) return VCP_INVALID_DATA;
  const vcp_status status = ToWire(address, &message.toward);
  if (status != VCP_SUCCESS) return status;
  message.family = family;
  return StartOpenAf({.family = family, .toward = message.toward}, message, cookie, af);
}

vcp_status Client::StartOpenAf(Af af, const shm::OpenAf& request, uint64_t cookie,
                               vcp_af* opening) {
  shm::OpenAf message = request;
  const AfHandle handle = afs_.Insert(std::move(af));
  if (!handle) return VCP_RESOURCES;
  const vcp_status status =
      Start(shm::MessageType::kOpenAf, Op::kOpenAf, cookie, handle.value(), &message);
  if (status != VCP_PENDING) {
    afs_.Erase(handle);
  } else {
    *opening = handle.value();
  }
  return status;
}

vcp_status Client::FindOpenAf(vcp_af handle, Af** af) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  *af = afs_.Find(AfHandle::FromValue(handle));
  if (*af == nullptr) return VCP_INVALID_HANDLE;
  if ((*af)->state == HandleState::kOpen) return VCP_SUCCESS;
  return (*af)->state == HandleState::kOpening ? VCP_INVALID_STATE : VCP_CLOSING;
}

vcp_status Client::CloseAf(vcp_af handle, uint64_t cookie) {
  Af* af;
  vcp_status status = FindOpenAf(handle, &af);
  if (status == VCP_CLOSING) return VCP_FAILURE;  // C13
  if (status != VCP_SUCCESS) return status;
  auto message = Blank<shm::CloseAf>();
  message.af = af->daemon_handle;
  status = Start(shm::MessageType::kCloseAf, Op::kCloseAf, cookie, handle, &message);
  if (status == VCP_PENDING) af->state = HandleState::kClosing;
  return status;
}

// Also for an AF that is closed: its handle answers for as long as the daemon waits (C17).
vcp_status Client::NotifyCloseAfComplete(vcp_af handle, vcp_status outcome) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  const AfHandle own = AfHandle::FromValue(handle);
  Af* af = afs_.Find(own);
  if (af == nullptr) return VCP_INVALID_HANDLE;
  if (!af->owes_notify) return VCP_INVALID_STATE;
  if (CheckOutcome(outcome) != VCP_SUCCESS) return VCP_INVALID_DATA;
  auto message = Blank<shm::NotifyCloseAfComplete>();
  message.af = af->daemon_handle;
  message.status = outcome;
  const vcp_status status = Start(shm::MessageType::kNotifyCloseAfComplete,
                                  Op::kNotifyCloseAfComplete, 0, handle, &message);
  if (status != VCP_PENDING) return status;
  af->owes_notify = false;
  if (af->state == HandleState::kClosed) afs_.Erase(own);
  return VCP_SUCCESS;
}

vcp_status Client::RegisterSap(vcp_af af_handle, const vcp_sap_params& params, uint64_t cookie,
                               vcp_sap* sap) {
  Af* af;
  vcp_status status = FindOpenAf(af_handle, &af);
  if (status != VCP_SUCCESS) return status;
  auto message = Blank<shm::RegisterSap>();
  message.af = af->daemon_handle;
  status = ToWire(params, &message.sap);
  if (status != VCP_SUCCESS) return status;
  const SapHandle handle = saps_.Insert(Sap{.af = af_handle, .content = message.sap});
  if (!handle) return VCP_RESOURCES;
  status =
      Start(shm::MessageType::kRegisterSap, Op::kRegisterSap, cookie, handle.value(), &message);
  if (status != VCP_PENDING) {
    saps_.Erase(handle);
  } else {
    ++registering_saps_;
    *sap = handle.value();
  }
  return status;
}

vcp_status Client::DeregisterSap(vcp_sap handle, uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  Sap* sap = saps_.Find(SapHandle::FromValue(handle));
  if (sap == nullptr) return VCP_INVALID_HANDLE;
  if (sap->state == HandleState::kOpening) return VCP_INVALID_STATE;
  if (sap->state != HandleState::kOpen) return VCP_FAILURE;  // C25
  auto message = Blank<shm::DeregisterSap>();
  message.sap = sap->daemon_handle;
  const vcp_status status =
      Start(shm::MessageType::kDeregisterSap, Op::kDeregisterSap, cookie, handle, &message);
  if (status == VCP_PENDING) sap->state = HandleState::kClosing;
  return status;
}

// --- calls --------------------------------------------------------------------------------------

vcp_status Client::CreateVc(vcp_af af_handle, uint64_t cookie, vcp_vc* vc) {
  Af* af;
  vcp_status status = FindOpenAf(af_handle, &af);
  if (status != VCP_SUCCESS) return status;
  Vc* made = vcs_.Insert();
  if (made == nullptr) return VCP_RESOURCES;
  made->state = VcState::kCreating;
  made->made_here = true;
  made->af = af_handle;
  auto message = Blank<shm::CreateVc>();
  message.af = af->daemon_handle;
  status = Start(shm::MessageType::kCreateVc, Op::kCreateVc, cookie, made->handle, &message);
  if (status != VCP_PENDING) {
    vcs_.Erase(made);
  } else {
    *vc = made->handle;
  }
  return status;
}

vcp_status Client::DeleteVc(vcp_vc handle, uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  Vc* vc = vcs_.Find(handle);
  if (vc == nullptr) return VCP_INVALID_HANDLE;
  if (!vc->made_here) return VCP_NOT_ACCEPTED;               // C45
  if (vc->state == VcState::kClosing) return VCP_CLOSING;    // C44
  if (vc->state != VcState::kIdle) return VCP_NOT_ACCEPTED;  // C44
  auto message = Blank<shm::DeleteVc>();
  message.vc = vc->channel_vc;
  const vcp_status status =
      Start(shm::MessageType::kDeleteVc, Op::kDeleteVc, cookie, handle, &message);
  if (status == VCP_PENDING) vc->state = VcState::kDeleting;
  return status;
}

vcp_status Client::MakeCall(vcp_vc handle, const vcp_call_params& params, uint64_t cookie,
                            vcp_party* party) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  Vc* vc = vcs_.Find(handle);
  if (vc == nullptr) return VCP_INVALID_HANDLE;
  const bool early =
      vc->state == VcState::kCreating && vc->made_here && early_calls_.count(handle) == 0;
  if (vc->state != VcState::kIdle && !early) return VCP_INVALID_STATE;
  auto message = Blank<shm::MakeCall>();
  message.vc = vc->channel_vc;
  vcp_status status = ToWire(params, &message.params);
  if (status != VCP_SUCCESS) return status;
  PartyHandle first;
  if (party != nullptr) {
    if (daemon_minor_ == 0) return VCP_NOT_SUPPORTED;
    first = InsertParty(handle);
    if (!first) return VCP_RESOURCES;
    message.multipoint = 1;
    *party = first.value();
  }
  if (early) {
    early_calls_[handle] = {.cookie = cookie, .party = first.value(), .message = message};
    return VCP_PENDING;
  }
  status =
      Start(shm::MessageType::kMakeCall, Op::kMakeCall, cookie, handle, &message, first.value());
  if (status == VCP_PENDING) {
    vc->state = VcState::kMaking;
  } else if (first) {
    EraseParty(first);
  }
  return status;
}

vcp_status Client::AnswerCall(vcp_vc handle, vcp_status answer, const vcp_call_params* params,
                              const vcp_cause* cause) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  Vc* vc = vcs_.Find(handle);
  if (vc == nullptr) return VCP_INVALID_HANDLE;
  if (vc->state != VcState::kOffered) return VCP_INVALID_STATE;
  if (CheckOutcome(answer) != VCP_SUCCESS) return VCP_INVALID_DATA;
  auto message = Blank<shm::AnswerCall>();
  message.vc = vc->channel_vc;
  message.status = answer;
  vcp_status status = ToWire(cause, &message.cause);
  if (status != VCP_SUCCESS) return status;
  vcp_call_params as_offered;
  vcp_call_params_init(&as_offered);
  status = ToWire(params != nullptr ? *params : as_offered, &message.params);
  if (status != VCP_SUCCESS) return status;
  status = Start(shm::MessageType::kAnswerCall, Op::kAnswerCall, 0, handle, &message);
  if (status != VCP_PENDING) return status;
  vc->state = answer == VCP_SUCCESS ? VcState::kAccepted : VcState::kReleased;
  return VCP_SUCCESS;
}

// In any state of a call. While sends are outstanding the request is held back (C63).
vcp_status Client::CloseCall(vcp_vc handle, std::span<const uint8_t> close_data,
                             const vcp_cause* cause, uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  Vc* vc = vcs_.Find(handle);
  if (vc == nullptr) return VCP_INVALID_HANDLE;
  if (vc->state == VcState::kClosing) return VCP_CLOSING;
  if (vc->state < VcState::kMaking || vc->state > VcState::kPeerClosed) return VCP_INVALID_STATE;
  if (HasSeveralParties(handle)) return VCP_INVALID_STATE;  // C64
  auto message = Blank<shm::CloseCall>();
  const vcp_status valid = ToWire(cause, &message.cause);
  if (valid != VCP_SUCCESS) return valid;
  if (close_data.size() > sizeof message.data) return VCP_INVALID_LENGTH;
  message.vc = vc->channel_vc;
  message.data_length = static_cast<uint32_t>(close_data.size());
  std::copy(close_data.begin(), close_data.end(), message.data);
  data_->CollectCompletions();
  if (vc->outstanding != 0) {
    data_->Flush();
    held_closes_[handle] = {.cookie = cookie, .message = message};
  } else {
    const vcp_status status =
        Start(shm::MessageType::kCloseCall, Op::kCloseCall, cookie, handle, &message);
    if (status != VCP_PENDING) return status;
  }
  vc->before_close = vc->state;
  vc->state = VcState::kClosing;
  ++closing_calls_;
  return VCP_PENDING;
}

// Closes wait for two things that only this side can bring about: sends that complete, and messages
// that are returned.
void Client::SettleCloses() {
  if (closing_calls_ == 0) return;
  data_->ReturnUnwanted();
  if (!held_closes_.empty()) data_->CollectCompletions();
  for (auto held = held_closes_.begin(); held != held_closes_.end();) {
    const Vc* vc = vcs_.Find(held->first);
    if (vc != nullptr && vc->outstanding != 0) {
      ++held;
      continue;
    }
    auto [handle, close] = *held;
    held = held_closes_.erase(held);
    const vcp_status status =
        Start(shm::MessageType::kCloseCall, Op::kCloseCall, close.cookie, handle, &close.message);
    if (status == VCP_PENDING) continue;
    Finish(0, {.op = Op::kCloseCall, .cookie = close.cookie, .handle = handle}, status, {});
  }
}

vcp_status Client::ReadVcCounters(vcp_vc handle, uint64_t cookie) {
  if (link_ != Link::kAttached) return VCP_DISCONNECTED;
  const Vc* vc = vcs_.Find(handle);
  if (vc == nullptr) return VCP_INVALID_HANDLE;
  if (vc->channel_vc == 0) return VCP_INVALID_STATE;
  auto message = Blank<shm::VcCountersRequest>();
  message.vc = vc->channel_vc;
  return Start(shm::MessageType::kVcCounters, Op::kVcCounters, cookie, handle, &message);
}

bool Client::IsMadeHere(vcp_vc handle) {
  const Vc* vc = vcs_.Find(handle);
  return vc != nullptr && vc->made_here;
}

}  // namespace vcp::client
