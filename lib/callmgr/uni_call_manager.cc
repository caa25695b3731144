#include "callmgr/uni_call_manager.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "callmgr/wire_values.h"
#include "wire/cause.h"

namespace vcp::callmgr {

using circuit::CallParameters;
using circuit::Context;
using signaling::UniIndication;
using wire::CauseValue;
using Kind = UniIndication::Kind;

namespace {

// How long frames of a VC that is gone may be on their way (W6): a second is what a queue of a
// thousand large frames takes at 10 Mbit/s.
constexpr uint64_t kQuarantineNs = kNsPerSecond;

// On VPCI 0, the only one that some peers know.
uint32_t FirstChoice(const UniOptions& options) {
  const uint32_t end = std::min(options.last_label + 1, uint32_t{1} << kVciBits);
  return kMinDataLabel + options.uni.hash_seed % (end - kMinDataLabel);
}

}  // namespace

UniCallManager::UniCallManager(const UniOptions& options, const Parts& parts)
    : options_(options),
      capacity_(options.capacity),
      switchboard_(parts.switchboard),
      pvcs_(parts.pvcs),
      routes_(parts.routes),
      carrier_(parts.carrier),
      transmit_admission_(options.admission),
      receive_admission_(options.admission),
      addresses_(options.calling ? std::vector<Address>{*options.calling} : std::vector<Address>{}),
      shares_(options.uni.limits),
      by_call_(options.uni.hash_seed),
      connections_(
          {.last_label = options.last_label,
           .first_choice = FirstChoice(options),
           .quarantine_ns = options.uni.role == signaling::Role::kNetwork ? kQuarantineNs : 0}),
      lines_(options.uni.hash_seed),
      knows_peer_(options.uni.role == signaling::Role::kUser),
      timers_(parts.timers),
      stack_(options.uni, options.sscop, this, parts.carrier, parts.clock, parts.timers) {
  pvcs_->AddWatcher(this);
}

UniCallManager::~UniCallManager() {
  timers_->Cancel(restart_timer_);
  timers_->Cancel(meeting_timer_);
  timers_->Cancel(answer_timer_);
  timers_->Cancel(alerting_timer_);
  timers_->Cancel(addressing_timer_);
  pvcs_->RemoveWatcher(this);
}

Status UniCallManager::Start(circuit::AdapterHandle adapter) {
  adapter_ = switchboard_->AdapterName(adapter);
  signaling_changed_ns_ = stack_.NowNs();
  for (const PvcList::Row& row : pvcs_->Rows()) OnPvcAdded(row.pvc);
  Status status = switchboard_->OpenBinding(this, adapter, &binding_);
  if (status == Status::kSuccess) {
    status = switchboard_->RegisterAddressFamily(binding_, kFamily);
  }
  if (status == Status::kSuccess && options_.signaling_vc) status = StartSignalingVc();
  if (status == Status::kSuccess && !options_.signaling_vc) StartSignaling();
  return status;
}

void UniCallManager::StartSignaling() {
  stack_.Start([this](const UniIndication& indication) { OnIndication(indication); });
}

Status UniCallManager::StartSignalingVc() {
  const Status status = switchboard_->CmCreateOwnVc(
      binding_, kSignalingVc, options_.signaling_vc->endpoint, &signaling_vc_);
  return status == Status::kSuccess ? ActivateSignalingVc() : status;
}

Status UniCallManager::ActivateSignalingVc() {
  const uint32_t label = options_.signaling_vc->label;
  CallParameters params;
  params.media.emplace().labels = {label, label};
  params.media->peer_mac = carrier_->PeerMac();
  const Status status = switchboard_->ActivateVc(signaling_vc_, &params);
  if (status == Status::kPending) return Status::kSuccess;
  if (status == Status::kSuccess) OnSignalingVcActive(params);
  return status;
}

// Once the other end is known signaling goes there, and no longer to whoever listens. While the VC
// is being activated this comes to nothing, and again when it is.
void UniCallManager::AddressSignalingVc() {
  if (signaling_vc_ && carrier_->PeerMac() != signaling_peer_) (void)ActivateSignalingVc();
}

void UniCallManager::OnSignalingVcActive(const CallParameters& params) {
  signaling_peer_ = params.media->peer_mac;
  if (!stack_.was_started()) StartSignaling();
  AddressSignalingVc();
}

Status UniCallManager::Stop() {
  stopped_ = true;
  stack_.Stop();
  if (signaling_vc_) {
    const Status status = switchboard_->DeactivateVc(signaling_vc_);
    if (status == Status::kPending) return status;
    (void)switchboard_->CmDeleteVc(std::exchange(signaling_vc_, {}));
  }
  return switchboard_->CloseBinding(binding_);
}

// --- the environment's plain doors --------------------------------------------------------------

Status UniCallManager::OnOpenAf(circuit::AfHandle af, const circuit::AddressFamily&,
                                Context* cm_af) {
  if (!shares_.Open(af, switchboard_->FindAf(af)->client)) return Status::kResources;
  *cm_af = af.value();
  return Status::kSuccess;
}

Status UniCallManager::OnRegisterSap(Context cm_af, const circuit::Sap& sap,
                                     circuit::SapHandle handle, Context* cm_sap) {
  if (!sap.pvc_name.empty()) return Status::kInvalidData;
  const Status status = saps_.Add(handle, MakeSapKey(sap.address, sap.layers));
  if (status != Status::kSuccess) return status;
  listeners_[handle] = {circuit::AfHandle::FromValue(static_cast<uint32_t>(cm_af))};
  *cm_sap = handle.value();
  return Status::kSuccess;
}

Status UniCallManager::OnDeregisterSap(Context cm_sap) {
  const auto handle = circuit::SapHandle::FromValue(static_cast<uint32_t>(cm_sap));
  saps_.Remove(handle);
  listeners_.erase(handle);
  return Status::kSuccess;
}

Status UniCallManager::OnCreateVc(Context cm_af, circuit::VcHandle vc, Context* cm_vc) {
  const auto af = circuit::AfHandle::FromValue(static_cast<uint32_t>(cm_af));
  const VcKey key = vcs_.Insert(Vc{.handle = vc, .share = shares_.Of(af)});
  if (!key) return Status::kResources;
  *cm_vc = key.value();
  return Status::kSuccess;
}

Status UniCallManager::OnDeleteVc(Context cm_vc) {
  vcs_.Erase(ToKey(cm_vc));
  return Status::kSuccess;
}

// --- what signaling says ------------------------------------------------------------------------

UniCallManager::VcKey UniCallManager::FindVc(signaling::CallHandle call,
                                             signaling::PartyId party) const {
  const auto leaf_call = leaf_calls_.find(call);
  if (leaf_call != leaf_calls_.end()) {
    const auto found = leaf_call->second.by_party.find(party);
    return found == leaf_call->second.by_party.end() ? VcKey() : found->second;
  }
  return VcKey::FromValue(by_call_.Find(CallKey(call)));
}

void UniCallManager::Detach(Vc* vc) {
  vc->released = true;
  by_call_.Erase(CallKey(vc->call));
  const auto leaf_call = leaf_calls_.find(vc->call);
  if (leaf_call != leaf_calls_.end()) leaf_call->second.by_party.erase(vc->party);
}

void UniCallManager::EndSetup(const Vc& vc, Party* party) {
  if (std::exchange(party->in_setup, false)) shares_.EndCall(vc.share);
}

void UniCallManager::EndSetup(Vc* vc) {
  if (vc->thinking) thinking_.erase(*std::exchange(vc->thinking, {}));
  for (auto& [id, party] : vc->parties) EndSetup(*vc, &party);
  if (!std::exchange(vc->in_setup, false)) return;
  vc->is_offer ? shares_.EndOffer(vc->share) : shares_.EndCall(vc->share);
}

bool UniCallManager::IsEnding(signaling::CallHandle call) const {
  const signaling::UniState state = stack_.uni().StateOf(call);
  return state == signaling::UniState::kNull || state == signaling::UniState::kReleaseRequest ||
         state == signaling::UniState::kReleaseIndication;
}

void UniCallManager::OnIndication(const UniIndication& indication) {
  switch (indication.kind) {
    case Kind::kSetup:
      return OnSetup(indication);
    case Kind::kRestart:
      return OnPeerRestart(indication);
    case Kind::kLinkUp:
      signaling_changed_ns_ = stack_.NowNs();
      carrier_->SetConnected(true);
      AddressSignalingVc();
      AddressPaths();
      knows_peer_ ? AskRestart() : MeetPeer();
      return TellOfSignaling(true);
    case Kind::kRestartAck:
      return OnRestartEnded(indication);
    case Kind::kRestartFailed:
      return indication.by_peer ? restart_.reset() : OnRestartEnded(indication);
    case Kind::kLinkDown:
      signaling_changed_ns_ = stack_.NowNs();
      carrier_->SetConnected(false);
      AbandonRestarts();  // What it means for each call is indicated call by call.
      return TellOfSignaling(false);
    case Kind::kAddParty:
      return OnAddedLeaf(indication);
    default:
      break;
  }
  const bool is_end = indication.kind == Kind::kRelease || indication.kind == Kind::kReleaseConfirm;
  if (is_end && leaf_calls_.contains(indication.call)) return OnLeafCallReleased(indication);
  if (indication.kind == Kind::kSetupComplete && leaf_calls_.contains(indication.call)) {
    return OnLeafCallConnected(indication.call);
  }
  const VcKey key = FindVc(indication.call, indication.party);
  if (key) return OnCallIndication(key, indication);
  // A call, or party, that goes on without a VC of ours: only the call's end wants an answer.
  if (indication.kind == Kind::kRelease) {
    stack_.Handle({.kind = signaling::UniRequest::Kind::kReleaseResponse, .call = indication.call});
  }
}

void UniCallManager::OnCallIndication(VcKey key, const UniIndication& indication) {
  Vc* vc = vcs_.Find(key);
  if (indication.connection) vc->connection = indication.connection;
  switch (indication.kind) {
    case Kind::kConnect:
      return OnConnect(key, indication);
    case Kind::kSetupComplete:
      return OnConnected(key);
    case Kind::kRelease:
    case Kind::kReleaseConfirm:
      return OnReleased(key, indication);
    case Kind::kAddPartyAck:
    case Kind::kAddPartyReject:
    case Kind::kDropPartyAck:
      return OnPartyIndication(key, indication);
    case Kind::kDropParty:
      return vc->is_leaf ? OnReleased(key, indication) : OnPartyIndication(key, indication);
    case Kind::kModify:
      return OnModify(key, indication);
    case Kind::kModifyAck:
      return OnModifyAck(key, indication);
    case Kind::kModifyReject:
      return OnModifyReject(key, indication);
    case Kind::kConnectionAvailable:
      return OnConnectionAvailable(key);
    default:
      return;  // Proceeding and alerting say nothing that the environment has a word for.
  }
}

// --- paths --------------------------------------------------------------------------------------

bool UniCallManager::LeadsToPeer(const Vc& vc) const {
  const bool sends = vc.connection && !vc.is_leaf;
  return !sends || vc.params.media->peer_mac == carrier_->PeerMac();
}

// Calls that outlive an SSCOP connection follow the peer to the address that the next one taught
// (3.3), some at a time.
void UniCallManager::AddressPaths() {
  timers_->Cancel(std::exchange(addressing_timer_, TimerId()));
  misaddressed_.clear();
  vcs_.ForEach([&](VcKey key, const Vc& vc) {
    if (vc.path == Path::kUp && !LeadsToPeer(vc)) misaddressed_.push_back(key);
  });
  AddressSomePaths();
}

void UniCallManager::AddressSomePaths() {
  for (uint32_t i = 0; i < kMaxCallsPerTurn && !misaddressed_.empty(); ++i) {
    const VcKey key = misaddressed_.front();
    misaddressed_.pop_front();
    FollowPeer(key);
  }
  if (misaddressed_.empty()) return;
  addressing_timer_ = timers_->Arm(stack_.NowNs() + 1, [this] {
    addressing_timer_ = TimerId();
    AddressSomePaths();
  });
}

void UniCallManager::FollowPeer(VcKey key) {
  const Vc* vc = vcs_.Find(key);
  if (vc != nullptr && vc->path == Path::kUp && !LeadsToPeer(*vc)) RaisePath(key);
}

void UniCallManager::RaisePath(VcKey key) {
  Vc* vc = vcs_.Find(key);
  if (vc->path == Path::kChanging) {
    vc->change_waits = true;
    return;
  }
  const bool changing = vc->path == Path::kUp;
  vc->path = changing ? Path::kChanging : Path::kRising;
  const bool changed = vc->change && vc->change->step == Change::Step::kPreparing;
  CallParameters params = changed ? vc->change->params : vc->params;
  if (vc->connection) {
    if (!changing) UsePath(*vc->connection);
    params.media->labels = {vc->connection->label(), vc->connection->label()};
    params.media->peer_mac = carrier_->PeerMac();
  }
  const Status status = switchboard_->ActivateVc(vc->handle, &params);
  if (status != Status::kPending) OnPathRisen(key, status, params);
}

void UniCallManager::OnActivateVcComplete(Status status, Context cm_vc,
                                          const CallParameters& params) {
  if (cm_vc != kSignalingVc) return OnPathRisen(ToKey(cm_vc), status, params);
  if (status == Status::kSuccess && !stopped_) OnSignalingVcActive(params);
}

// The peer's address may be another by then.
void UniCallManager::OnPathRisen(VcKey key, Status status, const CallParameters& params) {
  TakePath(key, status, params);
  if (status == Status::kSuccess) FollowPeer(key);
}

void UniCallManager::TakePath(VcKey key, Status status, const CallParameters& params) {
  Vc* vc = vcs_.Find(key);
  const bool was_up = vc->path == Path::kChanging;
  const bool success = status == Status::kSuccess;
  vc->path = success || was_up ? Path::kUp : Path::kDown;
  if (!success && !was_up && vc->connection) LeavePath(*vc->connection);
  if (vc->ending) return End(key);
  if (vc->cut) LowerPath(key);
  if (was_up) return OnPathChanged(key, status, params);
  if (!success) {
    return GiveUp(key, status, LocalCause(CauseValue::kResourceUnavailable));
  }
  vc->params = params;
  if (vc->stage == Stage::kPreparing) return DispatchOffer(key);
  OnMade(key);
}

void UniCallManager::OnDeactivateVcComplete(Status, Context cm_vc) {
  if (cm_vc == kSignalingVc) {
    (void)switchboard_->CmDeleteVc(std::exchange(signaling_vc_, {}));
    (void)switchboard_->CloseBinding(binding_);
    return;
  }
  OnPathLowered(ToKey(cm_vc));
}

// --- admission ----------------------------------------------------------------------------------

void UniCallManager::SetLineRate(uint64_t bits_per_second) {
  const qos::AdmissionPolicy policy = qos::PolicyOfLink(bits_per_second);
  capacity_.cells_per_second = policy.cells_per_second;
  for (qos::AdmissionControl* admission : {&transmit_admission_, &receive_admission_}) {
    admission->SetCapacity(policy.cells_per_second, policy.wire_bits_per_second);
  }
}

// What this side sends is what the caller's terms call forward, or backward, by who called.
Status UniCallManager::Admit(const CallTerms& terms, CallEnd end, Admitted* admitted,
                             wire::Cause* cause) {
  const bool is_caller = end == CallEnd::kCaller;
  const qos::AtmTraffic& transmit = is_caller ? terms.contract.forward : terms.contract.backward;
  const qos::AtmTraffic& receive = is_caller ? terms.contract.backward : terms.contract.forward;
  const uint32_t transmit_sdu = is_caller ? terms.forward_sdu_bytes : terms.backward_sdu_bytes;
  const uint32_t receive_sdu = is_caller ? terms.backward_sdu_bytes : terms.forward_sdu_bytes;
  qos::Admission outcome = transmit_admission_.Reserve(transmit, transmit_sdu, &admitted->transmit);
  const bool transmit_fits = outcome == qos::Admission::kAdmitted;
  if (transmit_fits) {
    outcome = receive_admission_.Reserve(receive, receive_sdu, &admitted->receive);
    if (outcome == qos::Admission::kAdmitted) return Status::kSuccess;
    transmit_admission_.RollBack(admitted->transmit);
  }
  *cause = RefusalOf(outcome, terms, end, !transmit_fits);
  return Status::kResources;
}

wire::Cause UniCallManager::LocalCause(uint8_t value, Duration duration) const {
  wire::Cause cause = stack_.uni().LocalCause(value);
  if (HasCondition(value)) Diagnose(duration, &cause);
  return cause;
}

wire::Cause UniCallManager::RefusalOf(qos::Admission outcome, const CallTerms& terms, CallEnd end,
                                      bool of_transmit) const {
  wire::Cause cause = LocalCause(CauseOf(outcome), Duration::kTransient);
  if (outcome != qos::Admission::kCellRateUnavailable) return cause;
  const bool is_forward = (end == CallEnd::kCaller) == of_transmit;
  const qos::SubfieldIds ids = qos::RateSubfieldsOf(
      is_forward ? terms.contract.forward : terms.contract.backward, is_forward);
  VCP_CHECK(cause.diagnostics.Assign({ids.data(), ids.size()}));
  return cause;
}

void UniCallManager::Commit(const Admitted& admitted) {
  transmit_admission_.Commit(admitted.transmit);
  receive_admission_.Commit(admitted.receive);
}

void UniCallManager::RollBack(const Admitted& admitted) {
  transmit_admission_.RollBack(admitted.transmit);
  receive_admission_.RollBack(admitted.receive);
}

void UniCallManager::Withdraw(const Admitted& admitted) {
  transmit_admission_.Release(admitted.transmit);
  receive_admission_.Release(admitted.receive);
}

}  // namespace vcp::callmgr
