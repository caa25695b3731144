// The leaves of multipoint calls (environment section 5).
#include <algorithm>
#include <utility>

#include "circuit/state.h"

namespace vcp::circuit {

// --- the table ----------------------------------------------------------------------------------

PartyHandle Switchboard::State::InsertParty(VcHandle vc_handle, Vc* vc, Context client_party,
                                            const CallParameters& params) {
  const PartyHandle handle = parties.Insert(Party{vc_handle, client_party});
  if (!handle) return handle;
  if (params.call_manager) parties.Find(handle)->called = params.call_manager->called;
  vc->parties.push_back(handle);
  return handle;
}

void Switchboard::State::EraseParty(PartyHandle handle) {
  std::erase(vcs.Find(parties.Find(handle)->vc)->parties, handle);
  parties.Erase(handle);
}

void Switchboard::State::EraseParties(Vc* vc) {
  for (PartyHandle party : vc->parties) parties.Erase(party);
  vc->parties.clear();
}

size_t Switchboard::State::CountActive(const Vc& vc) {
  return static_cast<size_t>(std::ranges::count_if(vc.parties, [&](PartyHandle handle) {
    return parties.Find(handle)->state == PartyState::kActive;
  }));
}

bool Switchboard::State::HasLiveParty(const Vc& vc, PartyHandle but) {
  return std::ranges::any_of(vc.parties, [&](PartyHandle handle) {
    const Party& party = *parties.Find(handle);
    return handle != but && party.state == PartyState::kActive && !party.remote_dropped;
  });
}

const Party* Switchboard::State::FindActive(const Vc& vc) {
  for (PartyHandle handle : vc.parties) {
    const Party* party = parties.Find(handle);
    if (party->state == PartyState::kActive) return party;
  }
  return nullptr;
}

// A call being made has one party.
void Switchboard::State::ActivateFirstParty(const Vc& vc, Context cm_party) {
  if (vc.parties.empty()) return;
  Party* first = parties.Find(vc.parties.front());
  first->cm_party = cm_party;
  first->state = PartyState::kActive;
}

PartyRow Switchboard::State::RowOf(PartyHandle handle, const Party& party) {
  return {.handle = handle,
          .vc = party.vc,
          .state = party.state,
          .remote_dropped = party.remote_dropped,
          .called = party.called};
}

std::vector<PartyRow> Switchboard::PartiesOf(VcHandle handle) const {
  std::vector<PartyRow> rows;
  const Vc* vc = state_->vcs.Find(handle);
  if (vc == nullptr) return rows;
  rows.reserve(vc->parties.size());
  for (PartyHandle party : vc->parties) {
    rows.push_back(state_->RowOf(party, *state_->parties.Find(party)));
  }
  return rows;
}

// --- add ----------------------------------------------------------------------------------------

Status Switchboard::AddParty(VcHandle vc_handle, Context client_party, CallParameters* params,
                             PartyHandle* party_handle) {
  *party_handle = {};
  Vc* vc = state_->FindUsable(vc_handle);
  if (vc == nullptr) return Status::kFailure;  // C72
  if (State::IsEnding(*vc)) return Status::kClosing;
  if (vc->call != CallState::kConnected || state_->IsClientBusy(*vc)) return Status::kInvalidState;
  if (!vc->multipoint) return Status::kFailure;  // C71
  if (state_->IsOver(vc->adapter)) return Status::kNotAccepted;
  const Status valid = ValidateCall(*params);
  if (valid != Status::kSuccess) return valid;
  if (vc->parties.size() == kMaxPartiesPerCall) return Status::kResources;
  const PartyHandle handle = state_->InsertParty(vc_handle, vc, client_party, *params);
  if (!handle) return Status::kResources;
  CallParameters wanted = *params;
  wanted.flags |= kMultipointVc;
  Context cm_party = 0;
  const Status status = vc->call_manager->OnAddParty(vc->cm_vc, &wanted, handle, &cm_party);
  if (status == Status::kPending) return status;
  const Party* party = state_->parties.Find(handle);
  if (party == nullptr || party->state != PartyState::kAdding) return Status::kPending;
  state_->EndAdding(handle, status, cm_party);
  if (status != Status::kSuccess) return status;
  *params = std::move(wanted);
  *party_handle = handle;
  return status;
}

void Switchboard::State::EndAdding(PartyHandle handle, Status status, Context cm_party) {
  if (status != Status::kSuccess) return EraseParty(handle);
  Party* party = parties.Find(handle);
  party->cm_party = cm_party;
  party->state = PartyState::kActive;
}

void Switchboard::AddPartyComplete(Status status, PartyHandle handle, Context cm_party,
                                   const CallParameters& params, const Cause& cause) {
  const Party* party = state_->parties.Find(handle);
  if (party == nullptr || party->state != PartyState::kAdding) return;
  const Vc& vc = *state_->vcs.Find(party->vc);
  if (vc.making || status == Status::kPending) return;
  Client* client = state_->ClientOf(vc);
  const Context client_party = party->client_party;
  state_->EndAdding(handle, status, cm_party);
  const PartyHandle added = status == Status::kSuccess ? handle : PartyHandle();
  client->OnAddPartyComplete(status, client_party, added, params, cause);
}

// --- drop ---------------------------------------------------------------------------------------

Status Switchboard::DropParty(PartyHandle handle, std::span<const uint8_t> close_data,
                              const Cause& cause) {
  Party* party = state_->parties.Find(handle);
  if (party == nullptr) return Status::kInvalidHandle;
  const Vc& vc = *state_->vcs.Find(party->vc);
  if (party->state == PartyState::kDropping || vc.call == CallState::kClosing) {
    return Status::kClosing;
  }
  if (party->state == PartyState::kAdding || state_->IsClientBusy(vc)) {
    return Status::kInvalidState;
  }
  const Status valid = ValidateEnd(close_data, cause);
  if (valid != Status::kSuccess) return valid;
  if (!state_->HasLiveParty(vc, handle)) return Status::kFailure;  // C77
  party->state = PartyState::kDropping;
  const Status status = vc.call_manager->OnDropParty(party->cm_party, close_data, cause);
  if (status == Status::kPending) return status;
  party = state_->parties.Find(handle);
  if (party == nullptr || party->state != PartyState::kDropping) return Status::kPending;
  state_->EndDropping(handle, status);
  return status;
}

void Switchboard::State::EndDropping(PartyHandle handle, Status status) {
  if (status == Status::kSuccess) return EraseParty(handle);
  parties.Find(handle)->state = PartyState::kActive;
}

void Switchboard::DropPartyComplete(Status status, PartyHandle handle) {
  const Party* party = state_->parties.Find(handle);
  if (party == nullptr || party->state != PartyState::kDropping) return;
  if (status == Status::kPending) return;
  Client* client = state_->ClientOf(*state_->vcs.Find(party->vc));
  const Context client_party = party->client_party;
  state_->EndDropping(handle, status);
  client->OnDropPartyComplete(status, client_party);
}

Status Switchboard::DispatchIncomingDropParty(Status drop_status, PartyHandle handle,
                                              std::span<const uint8_t> close_data,
                                              const Cause& cause) {
  Party* party = state_->parties.Find(handle);
  if (party == nullptr) return Status::kInvalidHandle;
  const Vc& vc = *state_->vcs.Find(party->vc);
  if (party->state == PartyState::kAdding) return Status::kInvalidState;
  if (party->state == PartyState::kDropping || party->remote_dropped || State::IsEnding(vc)) {
    return Status::kClosing;
  }
  if (!state_->HasLiveParty(vc, handle)) {  // C79
    return DispatchIncomingCloseCall(drop_status, party->vc, close_data, cause);
  }
  party->remote_dropped = true;
  Client* client = state_->ClientOf(vc);
  client->OnIncomingDropParty(drop_status, party->client_party, close_data, cause);
  return Status::kSuccess;
}

// --- the end of their call ----------------------------------------------------------------------

// The client may do nothing to the parties of a call that is closing, so each round leaves one less
// that pends.
void Switchboard::State::AbortParties(VcHandle handle) {
  for (;;) {
    const Vc* vc = FindUsable(handle);
    if (vc == nullptr) return;
    const auto pends = [&](PartyHandle party) {
      return parties.Find(party)->state != PartyState::kActive;
    };
    const auto found = std::ranges::find_if(vc->parties, pends);
    if (found == vc->parties.end()) return;
    const Party party = *parties.Find(*found);
    Client* client = ClientOf(*vc);
    EraseParty(*found);
    if (party.state == PartyState::kAdding) {
      const CallParameters none;
      client->OnAddPartyComplete(Status::kRequestAborted, party.client_party, {}, none, {});
    } else {
      client->OnDropPartyComplete(Status::kSuccess, party.client_party);
    }
  }
}

}  // namespace vcp::circuit
