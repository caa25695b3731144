#include "client.h"

#include <algorithm>

#include "callmgr/uni_call_manager.h"

namespace vcp::sim {

using circuit::CallParameters;
using circuit::Context;

namespace {

constexpr std::string_view kIdPrefix = "+9";

std::string_view CallName(ClientVc::Call call) {
  constexpr std::string_view kNames[] = {"none", "making", "offered", "accepted", "connected"};
  return kNames[static_cast<size_t>(call)];
}

}  // namespace

Address AddressOfId(uint64_t id) {
  std::string digits = std::to_string(id);
  digits.insert(0, 10 - digits.size(), '0');
  return *ParseAddress(std::string(kIdPrefix) + digits);
}

uint64_t IdOfAddress(const Address& address) {
  const std::string text = ToString(address);
  return text.starts_with(kIdPrefix) ? std::stoull(text.substr(kIdPrefix.size())) : 0;
}

size_t ClientVc::active_parties() const {
  return static_cast<size_t>(std::ranges::count_if(parties, [](const auto& entry) {
    return entry.second.state == ClientParty::State::kActive;
  }));
}

bool ClientVc::HasLiveParty(Context but) const {
  return std::ranges::any_of(parties, [but](const auto& entry) {
    const ClientParty& party = entry.second;
    return entry.first != but && party.state == ClientParty::State::kActive && !party.owes_drop;
  });
}

// --- the client ----------------------------------------------------------------------------------

Client::Client(Environment* environment, circuit::Switchboard* board, std::string name,
               uint32_t channel, std::vector<Door> doors, std::vector<Address> addresses)
    : environment_(environment),
      board_(board),
      name_(std::move(name)),
      channel_(channel),
      doors_(std::move(doors)),
      addresses_(std::move(addresses)) {
  for (size_t door = 0; door < doors_.size(); ++door) {
    circuit::BindingHandle binding;
    circuit::AfHandle af;
    Require(board_->OpenBinding(this, doors_[door].adapter, &binding) == Status::kSuccess, "bind");
    const Status status =
        board_->OpenAddressFamily(binding, callmgr::UniCallManager::kFamily, door, &af);
    Require(status == Status::kSuccess, "open AF: ", StatusName(status));
    bindings_.push_back(binding);
    afs_.push_back(af);
    for (const Address& address : addresses_) {
      circuit::SapHandle sap;
      Require(
          board_->RegisterSap(af, ++last_context_, {.address = address}, &sap) == Status::kSuccess,
          "register SAP");
      saps_.push_back(sap);
    }
  }
  ArmNextAct();
}

Client::~Client() { environment_->timers.Cancel(timer_); }

ClientVc* Client::Find(Context context) {
  const auto found = vcs_.find(context);
  return found == vcs_.end() ? nullptr : &found->second;
}

bool Client::IsAtRest() const {
  if (leaving_ && !left_) return false;
  return std::ranges::none_of(vcs_, [](const auto& entry) {
    const ClientVc& vc = entry.second;
    const bool parties_pend = std::ranges::any_of(vc.parties, [](const auto& party) {
      return party.second.state != ClientParty::State::kActive || party.second.owes_drop;
    });
    return vc.is_making || vc.is_closing || vc.is_modifying || vc.owes_close || parties_pend ||
           vc.call == Call::kMaking || vc.call == Call::kOffered || vc.call == Call::kAccepted;
  });
}

std::string Client::Describe() const {
  std::ostringstream text;
  text << name_ << (leaving_ ? (left_ ? " left" : " leaving") : "");
  for (const auto& [context, vc] : vcs_) {
    text << " [vc " << context << " call " << vc.id << " " << CallName(vc.call)
         << (vc.is_making ? " making" : "") << (vc.is_closing ? " closing" : "")
         << (vc.is_modifying ? " modifying" : "") << (vc.owes_close ? " owes close" : "");
    for (const auto& [id, party] : vc.parties) {
      text << " party " << id << " state " << static_cast<int>(party.state)
           << (party.owes_drop ? " owes drop" : "");
    }
    text << "]";
  }
  return text.str();
}

// --- address families and SAPs -------------------------------------------------------------------

void Client::OnOpenAfComplete(Status, Context, circuit::AfHandle) {
  Require(false, "OnOpenAfComplete, which nobody waits for");
}

void Client::OnCloseAfComplete(Status status, Context) {
  Require(status == Status::kSuccess && afs_closing_ > 0, "close AF ", StatusName(status));
  --afs_closing_;
}

Status Client::OnNotifyCloseAf(Context) {
  Require(false, "asked to close an AF");
  return Status::kSuccess;
}

void Client::OnRegisterSapComplete(Status, Context, const circuit::Sap&, circuit::SapHandle) {
  Require(false, "OnRegisterSapComplete, which nobody waits for");
}

void Client::OnDeregisterSapComplete(Status, Context) {
  Require(false, "OnDeregisterSapComplete, which nobody waits for");
}

// --- VCs -----------------------------------------------------------------------------------------

Status Client::OnCreateVc(Context af, circuit::VcHandle vc, Context* client_vc,
                          circuit::DataEndpoint* endpoint) {
  if (!environment_->character.is_calm && environment_->Chance(2)) return Status::kResources;
  const Context context = ++last_context_;
  vcs_[context] = {.handle = vc, .door = af};
  *client_vc = context;
  *endpoint = {.channel = channel_, .channel_vc = static_cast<uint32_t>(context)};
  environment_->Trace(name_, " is given VC ", context);
  return Status::kSuccess;
}

Status Client::OnDeleteVc(Context context) {
  environment_->Trace(name_, " loses VC ", context);
  const ClientVc* vc = Find(context);
  if (!Require(vc != nullptr, "OnDeleteVc of unknown VC ", context)) return Status::kSuccess;
  Require(!vc->is_own, "OnDeleteVc of own VC ", context);
  Require(vc->call == Call::kNone && !vc->is_closing, "OnDeleteVc of VC ", context,
          " with a call that is ", CallName(vc->call));
  vcs_.erase(context);
  return Status::kSuccess;
}

// --- calls made ----------------------------------------------------------------------------------

void Client::OnMakeCallComplete(Status status, Context context, circuit::PartyHandle party,
                                const CallParameters& params, const circuit::Cause& cause) {
  environment_->Trace(name_, " MakeCall of VC ", context, " ", StatusName(status), " cause ",
                      int{cause.value});
  ClientVc* vc = Find(context);
  if (!Require(vc != nullptr && vc->is_making, "MakeCallComplete of VC ", context,
               ", which makes none")) {
    return;
  }
  vc->is_making = false;
  if (!vc->calls_nobody) CountOutcome(vc->id, status, cause);
  if (status != Status::kSuccess) {
    Require(status != Status::kPending, "MakeCallComplete PENDING");
    if (!vc->is_closing) EndCall(vc);
    vc->parties.clear();
    return;
  }
  vc->call = Call::kConnected;
  vc->offered = params;
  Require(bool(party) == vc->is_root, "MakeCallComplete and its party");
  if (vc->is_root) {
    vc->parties.begin()->second.handle = party;
    vc->parties.begin()->second.state = ClientParty::State::kActive;
  }
  if (!vc->is_closing && environment_->Chance(3)) CloseCall(context);
}

// W7: it came about, or there is a cause. Without faults the cause is that somebody did not want
// it.
void Client::CountOutcome(uint64_t id, Status status, const circuit::Cause& cause) {
  const Character& character = environment_->character;
  ++environment_->census.asked;
  if (status == Status::kSuccess) {
    ++environment_->census.connected;
    return;
  }
  if (status == Status::kRequestAborted) return;
  Require(cause.value != 0 || character.peers_err, "call ", id, " failed with ", StatusName(status),
          " and no cause");
  Require(!character.is_calm || environment_->refused.contains(id), "call ", id, " failed with ",
          StatusName(status), " and cause ", int{cause.value}, ", which nobody refused");
}

// --- calls taken ---------------------------------------------------------------------------------

Status Client::OnIncomingCall(Context, Context context, CallParameters* params) {
  ClientVc* vc = Find(context);
  if (!Require(vc != nullptr && vc->call == Call::kNone && !vc->is_own, "offer on VC ", context)) {
    return Status::kNotAccepted;
  }
  vc->call = Call::kOffered;
  vc->id = IdOfAddress(params->call_manager->calling);
  vc->offered = *params;
  environment_->call_of_vc[{channel_, static_cast<uint32_t>(context)}] =
      environment_->call_of_party[vc->id];
  environment_->labels_changed = true;
  environment_->Trace(name_, " is offered call ", vc->id, " on VC ", context);
  Require(vc->id != 0 || environment_->character.peers_err, "offer without an id on VC ", context);
  if (!environment_->character.is_orderly && environment_->Chance(30)) return Status::kPending;
  if (environment_->Chance(3)) {
    CloseCall(context);
    return Status::kPending;
  }
  const Status answer = AnswerOfOffer(context, params);
  vc->call = answer == Status::kSuccess ? Call::kAccepted : Call::kNone;
  environment_->Trace(name_, " answers VC ", context, " with ", StatusName(answer));
  return answer;
}

// Mostly yes, now and then to less than was offered, or to more, which is wrong (C61).
Status Client::AnswerOfOffer(Context context, CallParameters* params) {
  const uint64_t id = vcs_[context].id;
  if (environment_->Chance(20)) {
    environment_->refused.insert(id);
    return Status::kNotAccepted;
  }
  if (!environment_->Chance(15)) return Status::kSuccess;
  params->flags |= circuit::kCallParametersChanged;
  qos::FlowSpec& receive = params->call_manager->receive;
  if (receive.service_type == qos::ServiceType::kNoTraffic) return Status::kSuccess;
  const bool is_less = environment_->Chance(90);
  // A leaf that was added has to take the call as it is (C74).
  if (!is_less || environment_->call_of_party[id] != id) environment_->refused.insert(id);
  if (is_less && receive.service_type == qos::ServiceType::kGuaranteed &&
      environment_->Chance(50)) {
    receive.token_rate_bytes_per_second /= 2;
    receive.peak_bandwidth_bytes_per_second /= 2;
  } else {
    receive.max_sdu_size_bytes =
        is_less ? receive.max_sdu_size_bytes / 2 : receive.max_sdu_size_bytes + 9;
  }
  return Status::kSuccess;
}

void Client::OnCallConnected(Context context) {
  environment_->Trace(name_, " is connected on VC ", context);
  ClientVc* vc = Find(context);
  if (!Require(vc != nullptr && vc->call == Call::kAccepted, "connected on VC ", context)) return;
  Require(!vc->is_closing && !vc->owes_close, "connected on VC ", context, " that is closing");
  vc->call = Call::kConnected;
  if (environment_->Chance(3)) CloseCall(context);
}

// --- closing -------------------------------------------------------------------------------------

void Client::EndCall(ClientVc* vc) {
  vc->call = Call::kNone;
  vc->owes_close = false;
  Require(!vc->is_making && !vc->is_modifying, "call ", vc->id, " is over with something pending");
  for (const auto& [context, party] : vc->parties) {
    Require(party.state != ClientParty::State::kDropping, "call ", vc->id, " is over while party ",
            context, " is dropped");
  }
  vc->parties.clear();
}

void Client::OnCloseCallComplete(Status status, Context context, Context) {
  environment_->Trace(name_, " CloseCall of VC ", context, " ", StatusName(status));
  ClientVc* vc = Find(context);
  if (!Require(vc != nullptr && vc->is_closing, "CloseCallComplete of VC ", context)) return;
  Require(status == Status::kSuccess, "CloseCallComplete ", StatusName(status));
  vc->is_closing = false;
  EndCall(vc);
  if (vc->is_own && environment_->Chance(10)) DeleteVc(context);
}

void Client::OnIncomingCloseCall(Status status, Context context, std::span<const uint8_t>,
                                 const circuit::Cause& cause) {
  environment_->Trace(name_, " is hung up on on VC ", context, " ", StatusName(status), " cause ",
                      int{cause.value});
  ClientVc* vc = Find(context);
  if (!Require(vc != nullptr, "IncomingCloseCall of unknown VC ", context)) return;
  Require(vc->call == Call::kOffered || vc->call == Call::kAccepted || vc->call == Call::kConnected,
          "IncomingCloseCall of VC ", context, " whose call is ", CallName(vc->call));
  Require(!vc->is_closing && !vc->owes_close, "IncomingCloseCall of VC ", context, " once more");
  vc->owes_close = true;
  vc->must_delete = vc->is_own && status != Status::kSuccess;
  if (vc->active_parties() <= 1 && environment_->Chance(20)) CloseCall(context);
}

// --- parties -------------------------------------------------------------------------------------

ClientVc* Client::FindVcOfParty(Context party) {
  for (auto& [context, vc] : vcs_) {
    if (vc.parties.contains(party)) return &vc;
  }
  return nullptr;
}

void Client::OnAddPartyComplete(Status status, Context context, circuit::PartyHandle handle,
                                const CallParameters&, const circuit::Cause& cause) {
  environment_->Trace(name_, " AddParty ", context, " ", StatusName(status), " cause ",
                      int{cause.value});
  ClientVc* vc = FindVcOfParty(context);
  if (!Require(vc != nullptr, "AddPartyComplete of unknown party ", context)) return;
  ClientParty& party = vc->parties[context];
  Require(party.state == ClientParty::State::kAdding, "AddPartyComplete of party ", context);
  Require(bool(handle) == (status == Status::kSuccess), "AddPartyComplete and its handle");
  CountOutcome(party.id, status, cause);
  if (status == Status::kSuccess) {
    party.state = ClientParty::State::kActive;
    party.handle = handle;
    return;
  }
  vc->parties.erase(context);
}

void Client::OnDropPartyComplete(Status status, Context context) {
  environment_->Trace(name_, " DropParty ", context, " ", StatusName(status));
  ClientVc* vc = FindVcOfParty(context);
  if (!Require(vc != nullptr, "DropPartyComplete of unknown party ", context)) return;
  Require(vc->parties[context].state == ClientParty::State::kDropping, "DropPartyComplete of ",
          context);
  Require(status == Status::kSuccess, "DropPartyComplete ", StatusName(status));
  vc->parties.erase(context);
}

void Client::OnIncomingDropParty(Status status, Context context, std::span<const uint8_t>,
                                 const circuit::Cause&) {
  environment_->Trace(name_, " loses party ", context, " ", StatusName(status));
  ClientVc* vc = FindVcOfParty(context);
  if (!Require(vc != nullptr, "IncomingDropParty of unknown party ", context)) return;
  ClientParty& party = vc->parties[context];
  Require(party.state == ClientParty::State::kActive && !party.owes_drop,
          "IncomingDropParty of party ", context);
  party.owes_drop = true;
}

// --- changes -------------------------------------------------------------------------------------

void Client::OnModifyCallQoSComplete(Status status, Context context, const CallParameters&,
                                     const circuit::Cause&) {
  environment_->Trace(name_, " ModifyCallQoS of VC ", context, " ", StatusName(status));
  ClientVc* vc = Find(context);
  if (!Require(vc != nullptr && vc->is_modifying, "ModifyCallQoSComplete of VC ", context)) return;
  vc->is_modifying = false;
}

void Client::OnIncomingCallQoSChange(Context context, const CallParameters&) {
  environment_->Trace(name_, " has other rates on VC ", context);
  const ClientVc* vc = Find(context);
  if (!Require(vc != nullptr && vc->call == Call::kConnected && !vc->is_closing,
               "IncomingCallQoSChange of VC ", context)) {
    return;
  }
  if (environment_->Chance(10)) CloseCall(context);
}

}  // namespace vcp::sim
