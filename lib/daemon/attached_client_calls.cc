// The part of AttachedClient that concerns VCs and calls.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "daemon/attached_client.h"

namespace vcp::daemon {

using circuit::Context;
using shm::MessageType;

// --- VCs -----------------------------------------------------------------------------------------

void AttachedClient::Do(const shm::CreateVc& request) {
  Af* af = FindAf(request.af);
  if (af == nullptr) return Reply(request.header, Status::kInvalidHandle);
  OwnVc own = vcs_.Insert(loop_);
  if (!own) return Reply(request.header, Status::kResources);
  circuit::VcHandle handle;
  Status status = switchboard_->CreateVc(af->handle, own.value(), {channel_, own.value()}, &handle);
  if (status == Status::kSuccess) {
    vcs_.Find(own)->handle = handle;
    vcs_.Find(own)->af = OwnAf::FromValue(request.af);
  } else {
    vcs_.Erase(own);
  }
  Reply(request.header, status, status == Status::kSuccess ? own.value() : 0);
}

Status AttachedClient::OnCreateVc(Context, circuit::VcHandle handle, Context* vc,
                                  circuit::DataEndpoint* endpoint) {
  if (link_->IsCongested()) return Status::kBackPressured;
  OwnVc own = vcs_.Insert(loop_);
  if (!own) return Status::kResources;
  vcs_.Find(own)->handle = handle;
  *vc = own.value();
  *endpoint = {channel_, own.value()};
  return Status::kSuccess;
}

void AttachedClient::Do(const shm::DeleteVc& request) {
  OwnVc own = OwnVc::FromValue(request.vc);
  Vc* vc = FindVc(own);
  if (vc == nullptr) return Reply(request.header, Status::kInvalidHandle);
  Status status = vc->detour ? switchboard_->DeleteVc(vc->detour) : Status::kSuccess;
  if (status != Status::kSuccess) return Reply(request.header, status, request.vc);
  if (vc->detour) ForgetDetour(own);
  status = switchboard_->DeleteVc(vc->handle);
  if (status == Status::kSuccess) vcs_.Erase(own);
  Reply(request.header, status, request.vc);
}

// Requests that the VC's end overtook are answered by it.
Status AttachedClient::OnDeleteVc(Context context) {
  OwnVc own = OwnVc::FromValue(static_cast<uint32_t>(context));
  FinishMakeCall(own, Status::kRequestAborted, {}, {}, {});
  FinishCloseCall(own, Status::kSuccess);
  bool existed = vcs_.Erase(own);
  VCP_CHECK(existed);
  auto event = NewEvent<shm::VcDeleted>(MessageType::kVcDeleted);
  event.vc = own.value();
  Send(event);
  return Status::kSuccess;
}

void AttachedClient::Do(const shm::NameVc& request) {
  auto reply = NewReply<shm::NameVcReply>(MessageType::kNameVc, request.header.request_id);
  const Vc* vc = vcs_.Find(OwnVc::FromValue(request.vc));
  const auto row = vc == nullptr ? std::nullopt : switchboard_->FindVc(vc->handle);
  Status status = Status::kInvalidHandle;
  std::string name;
  for (const Binding& binding : bindings_) {
    if (!row || binding.adapter.name != row->adapter) continue;
    status = switchboard_->AssignVcName(binding.handle, row->handle, TextOf(request.base), &name);
  }
  reply.status = static_cast<uint32_t>(status);
  reply.vc = request.vc;
  CopyText(name, reply.name);
  Send(reply);
}

void AttachedClient::Do(const shm::VcCountersRequest& request) {
  bool exists = vcs_.Find(OwnVc::FromValue(request.vc)) != nullptr;
  auto reply = NewReply<shm::VcCountersReply>(MessageType::kVcCounters, request.header.request_id);
  reply.status = static_cast<uint32_t>(exists ? Status::kSuccess : Status::kInvalidHandle);
  reply.vc = request.vc;
  if (exists) {
    dataplane::VcCounters counters = plane_->ReadVcCounters(channel_, request.vc);
    reply.transmitted_sdus = counters.transmitted_sdus;
    reply.transmitted_bytes = counters.transmitted_bytes;
    reply.received_sdus = counters.received_sdus;
    reply.received_bytes = counters.received_bytes;
    reply.transmit_drops = counters.transmit_drops;
    reply.receive_drops = counters.receive_drops;
  }
  Send(reply);
}

// --- outgoing calls ------------------------------------------------------------------------------

void AttachedClient::Do(const shm::MakeCall& request) {
  circuit::CallParameters params;
  if (Refused(request.header, FromAbi(request.params, &params))) return;
  OwnVc own = OwnVc::FromValue(request.vc);
  const uint32_t id = request.header.request_id;
  const auto refuse = [&](Status status) {
    ReplyToCall(MessageType::kMakeCall, id, {.vc = request.vc, .status = status, .params = params});
  };
  Vc* vc = FindVc(own);
  if (vc == nullptr) return refuse(Status::kInvalidHandle);
  if (vc->make_request != 0) return refuse(Status::kInvalidState);
  const bool multipoint = request.multipoint != 0;
  if (multipoint) {
    vc->making_party = InsertParty(own);
    if (!vc->making_party) return refuse(Status::kResources);
  }
  vc->make_request = id;
  EndDetour(own);  // Where it could not end before.
  vc->retry = RetryFor(*vc, params);
  circuit::PartyHandle party;
  const Status status = StartCall(own, &params, &party);
  if (status != Status::kPending) FinishMakeCall(own, status, party, params, {});
}

Status AttachedClient::StartCall(OwnVc own, circuit::CallParameters* params,
                                 circuit::PartyHandle* party) {
  const Vc* vc = vcs_.Find(own);
  return vc->making_party
             ? switchboard_->MakeCall(vc->call(), params, vc->making_party.value(), party)
             : switchboard_->MakeCall(vc->call(), params);
}

void AttachedClient::OnMakeCallComplete(Status status, Context vc, circuit::PartyHandle party,
                                        const circuit::CallParameters& params,
                                        const circuit::Cause& cause) {
  FinishMakeCall(OwnVc::FromValue(static_cast<uint32_t>(vc)), status, party, params, cause);
}

void AttachedClient::FinishMakeCall(OwnVc own, Status status, circuit::PartyHandle party,
                                    const circuit::CallParameters& params,
                                    const circuit::Cause& cause) {
  Vc* vc = vcs_.Find(own);
  if (vc == nullptr || vc->make_request == 0) return;
  if (vc->retry == nullptr) return AnswerMakeCall(own, status, party, params, cause);
  Attempt attempt{status, party, params, cause};
  TryNextLinks(own, &attempt);
  if (attempt.status == Status::kPending) return;
  vc->retry.reset();
  if (attempt.status != Status::kSuccess) EndDetour(own);
  AnswerMakeCall(own, attempt.status, attempt.party, attempt.params, attempt.cause);
}

void AttachedClient::AnswerMakeCall(OwnVc own, Status status, circuit::PartyHandle party,
                                    const circuit::CallParameters& params,
                                    const circuit::Cause& cause) {
  Vc* vc = vcs_.Find(own);
  OwnParty first = std::exchange(vc->making_party, OwnParty());
  if (first && status == Status::kSuccess) {
    parties_.Find(first)->handle = party;
  } else if (first) {
    EraseParty(std::exchange(first, OwnParty()));
  }
  ReplyToCall(MessageType::kMakeCall, std::exchange(vc->make_request, 0),
              {.vc = own.value(),
               .status = status,
               .params = params,
               .party = first.value(),
               .cause = cause});
}

void AttachedClient::ReplyToCall(MessageType type, uint32_t request_id,
                                 const CallOutcome& outcome) {
  auto reply = NewReply<shm::CallReply>(type, request_id);
  reply.status = static_cast<uint32_t>(outcome.status);
  reply.vc = outcome.vc;
  reply.params = ToAbi(outcome.params);
  reply.party = outcome.party;
  reply.cause = ToAbi(outcome.cause);
  Send(reply);
}

// --- incoming calls ------------------------------------------------------------------------------

Status AttachedClient::OnIncomingCall(Context sap, Context context,
                                      circuit::CallParameters* params) {
  OwnVc own = OwnVc::FromValue(static_cast<uint32_t>(context));
  Vc* vc = vcs_.Find(own);
  VCP_CHECK(vc != nullptr);
  vc->offer = std::make_unique<circuit::CallParameters>(*params);
  vc->offer_deadline.Start(kOfferDeadlineNs,
                           [this, own] { AnswerOffer(own, Status::kTimedOut, {}); });
  auto event = NewEvent<shm::IncomingCall>(MessageType::kIncomingCall);
  event.sap = static_cast<uint32_t>(sap);
  event.vc = own.value();
  event.params = ToAbi(*params);
  Send(event);
  return Status::kPending;
}

// What an application does not see of a call stays as it was offered: the labels, and the peer. An
// answer that cannot be read refuses: somebody waits for it.
void AttachedClient::Do(const shm::AnswerCall& request) {
  OwnVc own = OwnVc::FromValue(request.vc);
  Vc* vc = FindVc(own);
  if (vc == nullptr) return Reply(request.header, Status::kInvalidHandle);
  if (!vc->offer) return Reply(request.header, Status::kInvalidState);
  circuit::CallParameters answered;
  circuit::Cause cause;
  Status outcome = Status::kFailure;
  Status valid = FromAbi(request.params, &answered);
  if (valid == Status::kSuccess) valid = FromAbi(request.cause, &cause);
  if (valid == Status::kSuccess) valid = StatusFromAbi(request.status, &outcome);
  if (Refused(request.header, valid)) {
    if (valid != Status::kProtocolError) AnswerOffer(own, Status::kFailure, {});
    return;
  }
  if (outcome == Status::kSuccess && (answered.flags & circuit::kCallParametersChanged) != 0) {
    if (answered.media && vc->offer->media) {
      answered.media->labels = vc->offer->media->labels;
      answered.media->peer_mac = vc->offer->media->peer_mac;
    }
    *vc->offer = std::move(answered);
  }
  Reply(request.header, Status::kSuccess, request.vc);
  AnswerOffer(own, outcome, cause);
}

// Afterwards the VC may be gone.
void AttachedClient::AnswerOffer(OwnVc own, Status status, const circuit::Cause& cause) {
  Vc* vc = vcs_.Find(own);
  VCP_CHECK(vc != nullptr && vc->offer);
  vc->offer_deadline.Stop();
  auto params = std::move(vc->offer);
  switchboard_->IncomingCallComplete(status, vc->handle, *params, cause);
}

void AttachedClient::OnCallConnected(Context vc) {
  auto event = NewEvent<shm::CallConnected>(MessageType::kCallConnected);
  event.vc = static_cast<uint32_t>(vc);
  Send(event);
}

// --- the end of a call ---------------------------------------------------------------------------

// Closing a call that is still offered refuses it.
void AttachedClient::Do(const shm::CloseCall& request) {
  circuit::Cause cause;
  if (Refused(request.header, FromAbi(request.cause, &cause))) return;
  OwnVc own = OwnVc::FromValue(request.vc);
  Vc* vc = FindVc(own);
  if (vc == nullptr) return Reply(request.header, Status::kInvalidHandle);
  if (vc->close_request != 0) return Reply(request.header, Status::kClosing);
  vc->close_request = request.header.request_id;
  Status status = switchboard_->CloseCall(vc->call(), {request.data, request.data_length}, cause);
  if (status != Status::kPending) FinishCloseCall(own, status);
}

void AttachedClient::OnCloseCallComplete(Status status, Context vc, Context) {
  FinishCloseCall(OwnVc::FromValue(static_cast<uint32_t>(vc)), status);
}

void AttachedClient::FinishCloseCall(OwnVc own, Status status) {
  if (status == Status::kSuccess) EndDetour(own);
  Vc* vc = vcs_.Find(own);
  if (vc == nullptr || vc->close_request == 0) return;
  if (status == Status::kSuccess) {
    vc->offer.reset();
    vc->offer_deadline.Stop();
    while (!vc->parties.empty()) EraseParty(vc->parties.back());
  }
  Reply(MessageType::kCloseCall, std::exchange(vc->close_request, 0), status, own.value());
}

void AttachedClient::OnIncomingCloseCall(Status close_status, Context vc,
                                         std::span<const uint8_t> close_data,
                                         const circuit::Cause& cause) {
  auto event = NewEvent<shm::IncomingCloseCall>(MessageType::kIncomingCloseCall);
  event.vc = static_cast<uint32_t>(vc);
  event.status = static_cast<uint32_t>(close_status);
  event.data_length = static_cast<uint32_t>(std::min<size_t>(close_data.size(), sizeof event.data));
  std::copy_n(close_data.begin(), event.data_length, event.data);
  event.cause = ToAbi(cause);
  Send(event);
}

}  // namespace vcp::daemon
