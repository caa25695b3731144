// What a client does by itself.
#include <algorithm>
#include <array>

#include "client.h"

namespace vcp::sim {

using circuit::CallParameters;
using circuit::Context;

namespace {

// Longer than any exchange of messages in an orderly run, with what data paths do for it.
constexpr uint64_t kOrderlyPauseNs = 400 * kNsPerMs;
// By then links are up that nothing disturbs, and those who were asked have restarted.
constexpr uint64_t kStartNs = 4 * kNsPerSecond;

template <size_t kCount>
bool IsOneOf(Status status, const std::array<Status, kCount>& allowed) {
  return std::ranges::find(allowed, status) != allowed.end();
}

}  // namespace

void Client::ArmNextAct() {
  const uint64_t pause_ns = environment_->Around(environment_->character.mean_pause_ns);
  timer_ = environment_->timers.Arm(environment_->now_ns() + 1 + pause_ns, [this] {
    timer_ = {};
    Act();
    if (!left_) ArmNextAct();
  });
}

void Client::Act() {
  if (leaving_) return GoOnLeaving();
  const Character& character = environment_->character;
  if (character.is_calm && environment_->now_ns() < kStartNs) return;
  if (character.is_orderly) {
    if (environment_->now_ns() < environment_->next_act_ns) return;
    environment_->next_act_ns = environment_->now_ns() + kOrderlyPauseNs;
  }
  const bool owes_first = !environment_->busy || character.is_orderly || environment_->Chance(60);
  if (owes_first && DoWhatIsOwed()) return;
  if (environment_->busy) DoSomethingNew();
}

bool Client::DoWhatIsOwed() {
  return std::ranges::any_of(vcs_, [this](auto& entry) { return DoWhatIsOwed(entry.first); });
}

bool Client::DoWhatIsOwed(Context context) {
  const ClientVc& vc = vcs_[context];
  if (vc.is_closing) return false;
  if (vc.owes_close) return EndStepByStep(context);
  if (vc.call == Call::kOffered) {
    AnswerOffer(context);
    return true;
  }
  for (const auto& [id, party] : vc.parties) {
    if (!party.owes_drop || party.state != ClientParty::State::kActive) continue;
    if (!vc.HasLiveParty(id)) return EndStepByStep(context);
    DropParty(context, id);
    return true;
  }
  return false;
}

bool Client::EndStepByStep(Context context) {
  const ClientVc& vc = vcs_[context];
  if (vc.active_parties() <= 1) {
    CloseCall(context);
    return true;
  }
  for (const auto& [id, party] : vc.parties) {
    if (party.state != ClientParty::State::kActive || !vc.HasLiveParty(id)) continue;
    DropParty(context, id);
    return true;
  }
  return false;
}

void Client::DoSomethingNew() {
  const uint32_t dice = environment_->Below(100);
  if (vcs_.empty() || dice < 35) return MakeCall();
  const auto any = std::next(vcs_.begin(), environment_->Below(static_cast<uint32_t>(vcs_.size())));
  DoSomethingWithCall(any->first);
}

void Client::DoSomethingWithCall(Context context) {
  const ClientVc& vc = vcs_[context];
  if (vc.is_closing) return;
  if (vc.call == Call::kNone) {
    if (vc.is_own && environment_->Chance(30)) DeleteVc(context);
    return;
  }
  const uint32_t dice = environment_->Below(100);
  if (dice < 30 && vc.is_root && vc.call == Call::kConnected) return AddParty(context);
  if (dice < 45 && vc.active_parties() > 1) {
    const auto party = std::next(vc.parties.begin(),
                                 environment_->Below(static_cast<uint32_t>(vc.parties.size())));
    if (party->second.state == ClientParty::State::kActive) DropParty(context, party->first);
    return;
  }
  if (dice < 60 && environment_->character.has_changes) return ModifyCall(context);
  if (dice < 90 && vc.active_parties() <= 1) CloseCall(context);
}

// --- leaving -------------------------------------------------------------------------------------

// In the environment's order (C16); one thing at a time.
void Client::GoOnLeaving() {
  for (auto& [context, vc] : vcs_) {
    if (vc.is_closing) continue;
    if (vc.call != Call::kNone) {
      (void)EndStepByStep(context);
      return;
    }
    if (vc.is_own) return DeleteVc(context);
  }
  if (std::ranges::any_of(vcs_, [](const auto& entry) { return entry.second.is_closing; })) return;
  for (const circuit::SapHandle sap : saps_) {
    Require(board_->DeregisterSap(sap) == Status::kSuccess, "deregister SAP");
  }
  saps_.clear();
  if (!vcs_.empty()) return;  // The call manager deletes those of offers.
  for (const circuit::AfHandle af : afs_) {
    const Status status = board_->CloseAddressFamily(af);
    Require(status == Status::kSuccess || status == Status::kPending, "close AF ",
            StatusName(status));
    if (status == Status::kPending) ++afs_closing_;
  }
  afs_.clear();
  if (afs_closing_ > 0) return;
  for (const circuit::BindingHandle binding : bindings_) {
    Require(board_->CloseBinding(binding) == Status::kSuccess, "close binding");
  }
  left_ = true;
}

// --- calls ---------------------------------------------------------------------------------------

qos::FlowSpec Client::AnyGuaranteedFlow() {
  const uint64_t rate =
      1000 + environment_->random() % environment_->character.max_rate_bytes_per_second;
  return {.token_rate_bytes_per_second = rate,
          .peak_bandwidth_bytes_per_second = rate,
          .service_type = qos::ServiceType::kGuaranteed};
}

CallParameters Client::NewParameters(const Address& called, uint64_t id) {
  CallParameters params;
  params.call_manager.emplace().called = called;
  params.call_manager->calling = AddressOfId(id);
  if (environment_->Chance(50)) {
    params.call_manager->transmit = AnyGuaranteedFlow();
    params.call_manager->receive = AnyGuaranteedFlow();
  }
  params.media.emplace();
  return params;
}

std::optional<Context> Client::IdleVc(size_t door) {
  for (const auto& [context, vc] : vcs_) {
    const bool is_idle = vc.call == Call::kNone && !vc.is_closing && !vc.must_delete;
    if (vc.is_own && vc.door == door && is_idle && environment_->Chance(50)) return context;
  }
  const Context context = ++last_context_;
  circuit::VcHandle handle;
  const Status status = board_->CreateVc(
      afs_[door], context, {.channel = channel_, .channel_vc = static_cast<uint32_t>(context)},
      &handle);
  if (!Require(status == Status::kSuccess, "CreateVc ", StatusName(status))) return std::nullopt;
  vcs_[context] = {.handle = handle, .door = door, .is_own = true};
  return context;
}

void Client::MakeCall() {
  const size_t door = environment_->Below(static_cast<uint32_t>(doors_.size()));
  const std::optional<Context> context = IdleVc(door);
  if (!context) return;
  const std::vector<Address>& reachable = doors_[door].reachable;
  const bool is_known = environment_->Chance(95);
  const Address called =
      is_known ? reachable[environment_->Below(static_cast<uint32_t>(reachable.size()))]
               : AddressOfId(0);
  const uint64_t id = ++environment_->last_call_id;
  CallParameters params = NewParameters(called, id);
  ClientVc& vc = vcs_[*context];
  vc = {.handle = vc.handle,
        .door = door,
        .is_own = true,
        .call = Call::kMaking,
        .id = id,
        .is_making = true};
  environment_->call_of_vc[{channel_, static_cast<uint32_t>(*context)}] = id;
  environment_->call_of_party[id] = id;
  vc.is_root = environment_->character.has_parties && environment_->Chance(40);
  vc.calls_nobody = !is_known;
  const Context party = ++last_context_;
  circuit::PartyHandle handle;
  Status status;
  if (vc.is_root) {
    vc.parties[party].id = id;
    status = board_->MakeCall(vc.handle, &params, party, &handle);
  } else {
    status = board_->MakeCall(vc.handle, &params);
  }
  environment_->Trace(name_, " makes call ", id, " on VC ", *context, " to ", ToString(called), " ",
                      StatusName(status));
  if (status == Status::kPending) return;
  constexpr std::array kRefusals = {Status::kDisconnected, Status::kResources, Status::kInUse};
  Require(IsOneOf(status, kRefusals), "MakeCall ", StatusName(status));
  Require(!environment_->character.is_calm, "MakeCall without faults ", StatusName(status));
  if (is_known) ++environment_->census.asked;
  ClientVc* after = Find(*context);
  if (!Require(after != nullptr && after->is_making, "MakeCall answered twice")) return;
  after->is_making = false;
  EndCall(after);
}

void Client::CloseCall(Context context) {
  ClientVc* vc = Find(context);
  const bool was_offered = vc->call == Call::kOffered;
  if (was_offered || vc->call == Call::kAccepted) environment_->refused.insert(vc->id);
  // A refusal: the call manager deletes the VC, perhaps from inside.
  if (was_offered) {
    vc->call = Call::kNone;
    vc->owes_close = false;
  } else {
    vc->is_closing = true;
  }
  environment_->Trace(name_, " closes VC ", context);
  const Status status = board_->CloseCall(vc->handle, {});
  if (was_offered) {
    Require(status == Status::kSuccess, "CloseCall of an offer ", StatusName(status));
    return;
  }
  if (status == Status::kPending) return;
  vc = Find(context);
  if (!Require(status == Status::kSuccess && vc != nullptr && vc->is_closing, "CloseCall of VC ",
               context, " ", StatusName(status))) {
    return;
  }
  vc->is_closing = false;
  EndCall(vc);
}

void Client::AnswerOffer(Context context) {
  ClientVc* vc = Find(context);
  CallParameters params = vc->offered;
  const Status answer = AnswerOfOffer(context, &params);
  environment_->Trace(name_, " answers VC ", context, " with ", StatusName(answer));
  vc->call = answer == Status::kSuccess ? Call::kAccepted : Call::kNone;
  if (vc->call == Call::kNone) vc->owes_close = false;
  const circuit::VcHandle handle = vc->handle;
  board_->IncomingCallComplete(answer, handle, params);
}

void Client::DeleteVc(Context context) {
  const Status status = board_->DeleteVc(vcs_[context].handle);
  environment_->Trace(name_, " deletes VC ", context, " ", StatusName(status));
  if (Require(status == Status::kSuccess, "DeleteVc ", StatusName(status))) vcs_.erase(context);
}

// --- parties and changes -------------------------------------------------------------------------

void Client::AddParty(Context context) {
  ClientVc& vc = vcs_[context];
  if (vc.owes_close) return;
  const std::vector<Address>& reachable = doors_[vc.door].reachable;
  const uint64_t id = ++environment_->last_call_id;
  CallParameters params =
      NewParameters(reachable[environment_->Below(static_cast<uint32_t>(reachable.size()))], id);
  const Context party = ++last_context_;
  vc.parties[party].id = id;
  environment_->call_of_party[id] = vc.id;
  circuit::PartyHandle handle;
  const Status status = board_->AddParty(vc.handle, party, &params, &handle);
  environment_->Trace(name_, " adds party ", party, " with id ", id, " to VC ", context, " ",
                      StatusName(status));
  if (status == Status::kPending) return;
  constexpr std::array kRefusals = {Status::kDisconnected, Status::kResources};
  Require(IsOneOf(status, kRefusals), "AddParty ", StatusName(status));
  ++environment_->census.asked;
  ClientVc* after = Find(context);
  Require(after != nullptr && after->parties.erase(party) == 1, "AddParty answered twice");
}

void Client::DropParty(Context context, Context party_context) {
  ClientParty& party = vcs_[context].parties[party_context];
  party.state = ClientParty::State::kDropping;
  const Status status = board_->DropParty(party.handle, {});
  environment_->Trace(name_, " drops party ", party_context, " of VC ", context, " ",
                      StatusName(status));
  if (status == Status::kPending) return;
  ClientVc* after = Find(context);
  if (!Require(after != nullptr && after->parties.contains(party_context),
               "DropParty answered twice")) {
    return;
  }
  if (status == Status::kSuccess) {
    after->parties.erase(party_context);
  } else {
    Require(status == Status::kFailure, "DropParty ", StatusName(status));  // C77
    after->parties[party_context].state = ClientParty::State::kActive;
  }
}

void Client::ModifyCall(Context context) {
  ClientVc* vc = Find(context);
  const bool is_offered = vc->call == Call::kOffered;
  if (vc->owes_close || vc->is_modifying || (!is_offered && vc->call != Call::kConnected)) return;
  CallParameters params = NewParameters(Address(), 1);
  if (is_offered) params = vc->offered;
  vc->is_modifying = true;
  const Status status = board_->ModifyCallQoS(vc->handle, &params);
  environment_->Trace(name_, " modifies VC ", context, " ", StatusName(status));
  if (status == Status::kPending) return;
  Require(status != Status::kSuccess, "ModifyCallQoS at once");
  vc = Find(context);
  if (Require(vc != nullptr && vc->is_modifying, "ModifyCallQoS answered twice")) {
    vc->is_modifying = false;
  }
}

}  // namespace vcp::sim
