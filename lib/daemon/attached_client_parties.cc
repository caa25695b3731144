// The part of AttachedClient that concerns parties and changes of calls.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "daemon/attached_client.h"

namespace vcp::daemon {

using circuit::Context;
using shm::MessageType;

// --- parties -------------------------------------------------------------------------------------

AttachedClient::OwnParty AttachedClient::InsertParty(OwnVc vc) {
  const OwnParty own = parties_.Insert(Party{.vc = vc.value()});
  if (own) vcs_.Find(vc)->parties.push_back(own);
  return own;
}

void AttachedClient::EraseParty(OwnParty own) {
  std::erase(vcs_.Find(OwnVc::FromValue(parties_.Find(own)->vc))->parties, own);
  parties_.Erase(own);
}

void AttachedClient::Do(const shm::AddParty& request) {
  circuit::CallParameters params;
  if (Refused(request.header, FromAbi(request.params, &params))) return;
  const OwnVc vc = OwnVc::FromValue(request.vc);
  const OwnParty own = FindVc(vc) == nullptr ? OwnParty() : InsertParty(vc);
  if (!own) {
    const Status status = FindVc(vc) == nullptr ? Status::kFailure : Status::kResources;  // C72
    return ReplyToCall(MessageType::kAddParty, request.header.request_id,
                       {.vc = request.vc, .status = status, .params = params});
  }
  parties_.Find(own)->add_request = request.header.request_id;
  circuit::PartyHandle handle;
  const Status status =
      switchboard_->AddParty(vcs_.Find(vc)->call(), own.value(), &params, &handle);
  if (status != Status::kPending) FinishAddParty(own, status, handle, params, {});
}

void AttachedClient::OnAddPartyComplete(Status status, Context party, circuit::PartyHandle handle,
                                        const circuit::CallParameters& params,
                                        const circuit::Cause& cause) {
  FinishAddParty(OwnParty::FromValue(static_cast<uint32_t>(party)), status, handle, params, cause);
}

void AttachedClient::FinishAddParty(OwnParty own, Status status, circuit::PartyHandle handle,
                                    const circuit::CallParameters& params,
                                    const circuit::Cause& cause) {
  Party* party = parties_.Find(own);
  VCP_CHECK(party != nullptr);
  const bool added = status == Status::kSuccess;
  const uint32_t vc = party->vc;
  const uint32_t request_id = std::exchange(party->add_request, 0);
  party->handle = handle;
  if (!added) EraseParty(own);
  ReplyToCall(MessageType::kAddParty, request_id,
              {.vc = vc,
               .status = status,
               .params = params,
               .party = added ? own.value() : 0,
               .cause = cause});
}

void AttachedClient::Do(const shm::DropParty& request) {
  circuit::Cause cause;
  if (Refused(request.header, FromAbi(request.cause, &cause))) return;
  const OwnParty own = OwnParty::FromValue(request.party);
  Party* party = parties_.Find(own);
  if (party == nullptr) return Reply(request.header, Status::kInvalidHandle);
  if (party->drop_request != 0) return Reply(request.header, Status::kClosing);
  if (!party->handle) return Reply(request.header, Status::kInvalidState);
  party->drop_request = request.header.request_id;
  const Status status =
      switchboard_->DropParty(party->handle, {request.data, request.data_length}, cause);
  if (status != Status::kPending) FinishDropParty(own, status);
}

void AttachedClient::OnDropPartyComplete(Status status, Context party) {
  FinishDropParty(OwnParty::FromValue(static_cast<uint32_t>(party)), status);
}

void AttachedClient::FinishDropParty(OwnParty own, Status status) {
  Party* party = parties_.Find(own);
  VCP_CHECK(party != nullptr);
  const uint32_t request_id = std::exchange(party->drop_request, 0);
  if (status == Status::kSuccess) EraseParty(own);
  Reply(MessageType::kDropParty, request_id, status, own.value());
}

void AttachedClient::OnIncomingDropParty(Status drop_status, Context context,
                                         std::span<const uint8_t> close_data,
                                         const circuit::Cause& cause) {
  const OwnParty own = OwnParty::FromValue(static_cast<uint32_t>(context));
  const Party* party = parties_.Find(own);
  VCP_CHECK(party != nullptr);
  auto event = NewEvent<shm::IncomingDropParty>(MessageType::kIncomingDropParty);
  event.vc = party->vc;
  event.party = own.value();
  event.status = static_cast<uint32_t>(drop_status);
  event.data_length = static_cast<uint32_t>(std::min<size_t>(close_data.size(), sizeof event.data));
  std::copy_n(close_data.begin(), event.data_length, event.data);
  event.cause = ToAbi(cause);
  Send(event);
}

// --- changes -------------------------------------------------------------------------------------

void AttachedClient::Do(const shm::ModifyCallQoS& request) {
  circuit::CallParameters params;
  if (Refused(request.header, FromAbi(request.params, &params))) return;
  const OwnVc own = OwnVc::FromValue(request.vc);
  Vc* vc = FindVc(own);
  const uint32_t id = request.header.request_id;
  if (vc == nullptr) {
    return ReplyToCall(MessageType::kModifyCallQoS, id,
                       {.vc = request.vc, .status = Status::kInvalidHandle, .params = params});
  }
  if (vc->modify_request != 0) {
    return ReplyToCall(MessageType::kModifyCallQoS, id,
                       {.vc = request.vc,
                        .status = Status::kInvalidState,
                        .params = switchboard_->FindVc(vc->call())->params});
  }
  vc->modify_request = id;
  const circuit::VcHandle handle = vc->call();
  const Status status = switchboard_->ModifyCallQoS(handle, &params);
  if (status == Status::kPending) return;
  // What the VC has, whoever refused.
  if (status != Status::kSuccess) params = switchboard_->FindVc(handle)->params;
  FinishModify(own, status, params, {});
}

void AttachedClient::OnModifyCallQoSComplete(Status status, Context vc,
                                             const circuit::CallParameters& params,
                                             const circuit::Cause& cause) {
  FinishModify(OwnVc::FromValue(static_cast<uint32_t>(vc)), status, params, cause);
}

// An offer that was changed is accepted as it is now.
void AttachedClient::FinishModify(OwnVc own, Status status, const circuit::CallParameters& params,
                                  const circuit::Cause& cause) {
  Vc* vc = vcs_.Find(own);
  if (vc == nullptr || vc->modify_request == 0) return;
  if (vc->offer && status == Status::kSuccess) *vc->offer = params;
  ReplyToCall(MessageType::kModifyCallQoS, std::exchange(vc->modify_request, 0),
              {.vc = own.value(), .status = status, .params = params, .cause = cause});
}

// A peer may change a call as often as it likes. An application that does not read has no say in
// it, so the change is refused; otherwise what is kept for it would have no bound.
void AttachedClient::OnIncomingCallQoSChange(Context context,
                                             const circuit::CallParameters& params) {
  const OwnVc own = OwnVc::FromValue(static_cast<uint32_t>(context));
  const Vc* vc = vcs_.Find(own);
  VCP_CHECK(vc != nullptr);
  if (link_->IsCongested()) {
    circuit::CallParameters same = params;
    (void)switchboard_->ModifyCallQoS(vc->call(), &same);
    return;
  }
  auto event = NewEvent<shm::IncomingCallQoSChange>(MessageType::kIncomingCallQoSChange);
  event.vc = own.value();
  event.params = ToAbi(params);
  Send(event);
}

}  // namespace vcp::daemon
