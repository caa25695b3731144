#include "external_manager.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

namespace vcp::conformance {
namespace {

// Every call's label; what others have on the port is below.
constexpr uint32_t kFirstLabel = 100'000;
constexpr uint32_t kLabelsOfAFamily = 100'000;

// As the other end's client sees them.
vcp_call_params Mirrored(vcp_call_params params) {
  std::swap(params.transmit, params.receive);
  const uint32_t ways = params.media_flags;
  params.media_flags &= ~(VCP_MEDIA_TRANSMIT_VC | VCP_MEDIA_RECEIVE_VC);
  if ((ways & VCP_MEDIA_TRANSMIT_VC) != 0) params.media_flags |= VCP_MEDIA_RECEIVE_VC;
  if ((ways & VCP_MEDIA_RECEIVE_VC) != 0) params.media_flags |= VCP_MEDIA_TRANSMIT_VC;
  return params;
}

// What was left open does not count (C53).
bool IsAsAsked(const vcp_flow_spec& asked, const vcp_flow_spec& given) {
  const auto is = [](uint64_t wanted, uint64_t got) {
    return wanted == VCP_UNSPECIFIED || wanted == got;
  };
  return is(asked.token_rate_bytes_per_second, given.token_rate_bytes_per_second) &&
         is(asked.peak_bandwidth_bytes_per_second, given.peak_bandwidth_bytes_per_second) &&
         is(asked.max_sdu_size_bytes, given.max_sdu_size_bytes);
}

// Marks `given` where the port rounded it.
vcp_call_params Marked(const vcp_call_params& asked, vcp_call_params given) {
  const bool is_asked =
      IsAsAsked(asked.transmit, given.transmit) && IsAsAsked(asked.receive, given.receive);
  if (!is_asked) given.flags |= VCP_CALL_PARAMETERS_CHANGED;
  return given;
}

bool operator==(const vcp_address& one, const vcp_address& other) {
  return std::memcmp(&one, &other, sizeof one) == 0;
}

}  // namespace

ExternalManager::ExternalManager(vcplane::Client* client, std::string port, uint32_t first,
                                 uint32_t protocol)
    : client_(client), cm_(*client), port_(std::move(port)), protocol_(protocol), next_(first) {
  (void)cm_.RegisterFamily(port_.c_str(), protocol_, VCP_CM_ANSWERS_OIDS, kNothing);
  (void)client_->WatchStatus(true);
}

bool ExternalManager::OnEvent(const vcplane::Event& event) {
  switch (event.type) {
    case VCP_EVENT_DISCONNECTED:
    case VCP_EVENT_EVICTED:
      return false;
    case VCP_EVENT_AF_REGISTERED:
      if (event.adapter == port_) max_sdu_bytes_ = event.max_sdu_bytes;
      return true;
    case VCP_EVENT_CM_REGISTER_FAMILY_COMPLETE:
    case VCP_EVENT_CM_DEREGISTER_FAMILY_COMPLETE:
      return OnFamilyEvent(event);
    case VCP_EVENT_STATUS:
      OnStatus(event);
      return true;
    case VCP_EVENT_CM_CREATE_OWN_VC_COMPLETE:
    case VCP_EVENT_CM_ACTIVATE_OWN_VC_COMPLETE:
    case VCP_EVENT_CM_DELETE_OWN_VC_COMPLETE:
      return event.cookie == kOrdered ? OnOrderedVcEvent(event) : OnOwnVcEvent(event);
    case VCP_EVENT_CM_NOTIFY_CLOSE_COMPLETE:
    case VCP_EVENT_CM_SET_OID_COMPLETE:
      if (event.cookie != kNews) Report("closed " + std::string(vcplane::Name(event.status)));
      return true;
    default:
      return OnClientEvent(event);
  }
}

// Its first one, without which it is none, or one that a client had it offer or withdraw.
bool ExternalManager::OnFamilyEvent(const vcplane::Event& event) {
  if (event.cookie == kOrdered) return OnOrderedFamilyEvent(event);
  const bool success = event.status == VCP_SUCCESS;
  const bool is_second = event.cookie == kSecond;
  if (event.type == VCP_EVENT_CM_DEREGISTER_FAMILY_COMPLETE) {
    if (success) protocols_.erase(event.af);
  } else if (success) {
    protocols_[event.af] = is_second ? protocol_ + kSecondProtocol : protocol_;
    if (is_second) second_ = event.af;
  }
  if (is_second) return cm_.CompleteOid(changing_families_, event.status) == VCP_SUCCESS;
  if (success) OnFamily(event.af);
  return success;
}

bool ExternalManager::OnClientEvent(const vcplane::Event& event) {
  switch (event.type) {
    case VCP_EVENT_CM_OPEN_AF:
      families_[event.af] = event.sap;
      return Complete(event, VCP_SUCCESS);
    case VCP_EVENT_CM_CLOSE_AF:
      families_.erase(event.af);
      addresses_.erase(event.af);
      return Complete(event, VCP_SUCCESS);
    case VCP_EVENT_CM_REGISTER_SAP:
      return RegisterSap(event);
    case VCP_EVENT_CM_DEREGISTER_SAP:
      saps_.erase(event.sap);
      return Complete(event, VCP_SUCCESS);
    case VCP_EVENT_CM_VC_CREATED:
      afs_[event.vc] = event.af;
      return true;
    case VCP_EVENT_CM_VC_DELETED:
      afs_.erase(event.vc);
      return true;
    case VCP_EVENT_CM_MAKE_CALL:
      return MakeCall(event);
    case VCP_EVENT_CM_CLOSE_CALL:
      return CloseCall(event);
    case VCP_EVENT_CM_ADD_PARTY:
      return AddParty(event);
    case VCP_EVENT_CM_DROP_PARTY:
      return DropParty(event);
    case VCP_EVENT_CM_OID_QUERY:
    case VCP_EVENT_CM_OID_SET:
      return AnswerOid(event);
    case VCP_EVENT_CM_OID_ABORTED:
      std::erase(reversed_, event.cookie);
      return true;
    case VCP_EVENT_CM_MODIFY_CALL_QOS:
      return ChangeCall(event);
    default:
      OnOutcome(event);
      return true;
  }
}

void ExternalManager::OnOutcome(const vcplane::Event& event) {
  const auto call = calls_.find(event.cookie);
  if (call == calls_.end()) return EndVc(event);
  switch (event.type) {
    case VCP_EVENT_CM_CREATE_VC_COMPLETE:
      call->second.vc = event.vc;
      if (event.status != VCP_SUCCESS) return Refuse(call, event.status);
      return Activate(&*call, Aim::kOffer, call->second.params);
    case VCP_EVENT_CM_ACTIVATE_VC_COMPLETE:
      return OnActivated(call, event);
    case VCP_EVENT_CM_INCOMING_CALL_COMPLETE:
      return OnAnswered(call, event);
    case VCP_EVENT_CM_INDICATED:
      return OnChangeHeard(call, event);
    case VCP_EVENT_CM_DEACTIVATE_VC_COMPLETE:
      return OnDeactivated(call);
    default:
      return;
  }
}

// A VC that no call needs any more; those of clients are theirs.
void ExternalManager::EndVc(const vcplane::Event& event) {
  if (event.status != VCP_SUCCESS || afs_.contains(event.vc)) return;
  if (event.type == VCP_EVENT_CM_ACTIVATE_VC_COMPLETE) {
    (void)cm_.DeactivateVc(event.vc, kNothing);
  } else if (event.type == VCP_EVENT_CM_CREATE_VC_COMPLETE ||
             event.type == VCP_EVENT_CM_DEACTIVATE_VC_COMPLETE) {
    (void)cm_.DeleteVc(event.vc, kNothing);
  }
}

// --- what clients ask ----------------------------------------------------------------------------

bool ExternalManager::RegisterSap(const vcplane::Event& event) {
  const vcp_sap_params& params = event.sap_params;
  const uint32_t protocol = ProtocolOf(event.af);
  const bool is_taken = std::any_of(saps_.begin(), saps_.end(), [&](const auto& sap) {
    return ProtocolOf(sap.second.af) == protocol && sap.second.params.address == params.address;
  });
  if (is_taken || params.pvc_name[0] != '\0') return Complete(event, VCP_INVALID_DATA);
  Sap& sap = saps_[event.sap];
  sap = {.af = event.af, .params = params};
  if (params.specific_type != kAnswerAfterTheFirstCall) return Complete(event, VCP_SUCCESS);
  sap.registration = event.cookie;
  return true;
}

vcplane::Status ExternalManager::Check(const vcp_call_params& params) const {
  for (const vcp_flow_spec* flow : {&params.transmit, &params.receive}) {
    const uint64_t size = flow->max_sdu_size_bytes;
    const bool may_be_less = (params.media_flags & VCP_MEDIA_ROUND_DOWN) != 0;
    if (size != VCP_UNSPECIFIED && size > max_sdu_bytes_ && !may_be_less) return VCP_INVALID_DATA;
  }
  return VCP_SUCCESS;
}

bool ExternalManager::MakeCall(const vcplane::Event& event) {
  if ((event.params.flags & VCP_CALL_PERMANENT_VC) != 0) return Complete(event, VCP_FAILURE);
  if (IsOrder(event.params)) return Complete(event, VCP_FAILURE) && Obey(event);
  if (const vcplane::Status why = Check(event.params); why != VCP_SUCCESS) {
    return Complete(event, why);
  }
  if (event.party != 0) return MakeMultipointCall(event);
  const auto call = NewCall(event);
  if (event.params.specific_type != kNeverComplete) Tell(ExternalMessage::kSetup, *call);
  return true;
}

ExternalManager::Calls::iterator ExternalManager::NewCall(const vcplane::Event& event) {
  const auto call = calls_.emplace(std::exchange(next_, next_ + 2), Call()).first;
  call->second.made_here = true;
  call->second.vc = event.vc;
  call->second.asked = event.cookie;
  call->second.params = event.params;
  call->second.protocol = ProtocolOf(afs_[event.vc]);
  call->second.label =
      kFirstLabel + (protocol_ - kFamily) * kLabelsOfAFamily + static_cast<uint32_t>(call->first);
  return call;
}

bool ExternalManager::CloseCall(const vcplane::Event& event) {
  const auto call = FindByVc(event.vc);
  if (call == calls_.end()) return Complete(event, VCP_SUCCESS);
  if (call->second.is_root) EndLegs(call->first, event);
  if (!call->second.is_root && !call->second.is_over) SayRelease(*call, event);
  // Of VCs that clients made the daemon takes care.
  if (call->second.made_here) {
    calls_.erase(call);
    return Complete(event, VCP_SUCCESS);
  }
  call->second.closing = event.cookie;
  return cm_.DeactivateVc(event.vc, call->first) == VCP_PENDING;
}

void ExternalManager::SayRelease(const Calls::value_type& call, const vcplane::Event& why) {
  ExternalMessage release = NewMessage(ExternalMessage::kRelease, call);
  release.cause = why.cause;
  release.data_length = why.data_length;
  std::copy_n(why.data, why.data_length, release.data);
  Say(release);
}

void ExternalManager::OnDeactivated(Calls::iterator call) {
  const Call ended = call->second;
  calls_.erase(call);
  if (ended.closing != 0) (void)cm_.Complete(ended.closing, VCP_SUCCESS);
  (void)cm_.DeleteVc(ended.vc, kNothing);
}

// An offer's change is a matter of its VC until the answer tells the caller.
bool ExternalManager::ChangeCall(const vcplane::Event& event) {
  const auto call = FindByVc(event.vc);
  if (call == calls_.end() || call->second.is_over) return Complete(event, VCP_FAILURE);
  const vcplane::Status why = Check(event.params);
  if (why != VCP_SUCCESS) return Complete(event, why);
  call->second.asked = event.cookie;
  call->second.wanted = WithFlowsOf(call->second.params, event.params);
  if (!call->second.made_here && !call->second.is_answered) {
    Activate(&*call, Aim::kOfferChange, call->second.wanted);
    return true;
  }
  ExternalMessage change = NewMessage(ExternalMessage::kChange, *call);
  change.params = call->second.made_here ? call->second.wanted : Mirrored(call->second.wanted);
  Say(change);
  return true;
}

// --- what the other end says ---------------------------------------------------------------------

void ExternalManager::OnMessage(const ExternalMessage& message) {
  if (message.type == ExternalMessage::kSetup) return Offer(message);
  const auto call = calls_.find(message.call);
  if (call == calls_.end()) return;
  const bool is_party = call->second.root != kNothing;
  switch (message.type) {
    case ExternalMessage::kAccept:
      return is_party ? OnLegAccepted(call) : OnAccept(call, message);
    case ExternalMessage::kConnected:
      (void)cm_.CallConnected(call->second.vc, kNothing);
      return;
    case ExternalMessage::kReject:
      if (is_party) return OnLegRejected(call, message);
      if (call->second.asked == 0) return;
      (void)cm_.Complete(call->second.asked, message.status, call->second.params, message.cause);
      calls_.erase(call);
      return;
    case ExternalMessage::kRelease:
      return is_party ? OnLegReleased(call, message) : OnRelease(call, message);
    case ExternalMessage::kChange:
      return OnChange(call, message);
    case ExternalMessage::kChanged:
      return OnChanged(call, message);
    default:
      return;
  }
}

void ExternalManager::Offer(const ExternalMessage& setup) {
  const auto [call, is_new] = calls_.emplace(setup.call, Call());
  if (!is_new) return;
  call->second.protocol = setup.protocol;
  call->second.label = setup.label;
  call->second.params = Mirrored(setup.params);
  call->second.sap = FindSap(setup.protocol, setup.params.called);
  if (call->second.sap == 0) return Refuse(call, VCP_NOT_FOUND);
  (void)cm_.CreateVc(saps_[call->second.sap].af, call->first);
}

void ExternalManager::OnAccept(Calls::iterator call, const ExternalMessage& message) {
  call->second.params = Marked(call->second.params, message.params);
  Activate(&*call, Aim::kConnect, call->second.params);
}

void ExternalManager::OnRelease(Calls::iterator call, const ExternalMessage& message) {
  Call& ended = call->second;
  const uint64_t asked = std::exchange(ended.asked, 0);
  const bool is_connected = ended.made_here && ended.is_answered;
  if (asked != 0) {
    const vcplane::Status why = message.status == VCP_SUCCESS ? VCP_FAILURE : message.status;
    (void)cm_.Complete(asked, why, ended.params, message.cause);
  }
  // One not known to its client here: what is under way for it ends in EndVc.
  if (!is_connected && !ended.is_offered) {
    calls_.erase(call);
    return;
  }
  if (ended.closing != 0) return;
  ended.is_over = true;
  (void)cm_.IncomingCloseCall(ended.vc, message.status, kNothing,
                              std::as_bytes(std::span(message.data, message.data_length)),
                              message.cause);
}

void ExternalManager::OnChange(Calls::iterator call, const ExternalMessage& message) {
  Call& changed = call->second;
  vcplane::Status why = Check(message.params);
  if (changed.asked != 0 || changed.is_over) why = VCP_NOT_ACCEPTED;
  if (why != VCP_SUCCESS) return Tell(ExternalMessage::kChanged, *call, why);
  changed.wanted = changed.made_here ? message.params : Mirrored(message.params);
  Activate(&*call, Aim::kTheirChange, changed.wanted);
}

void ExternalManager::OnChangeHeard(Calls::iterator call, const vcplane::Event& event) {
  if (event.status == VCP_SUCCESS) {
    call->second.params = call->second.wanted;
  } else {
    Activate(&*call, Aim::kNone, call->second.params);
  }
  Tell(ExternalMessage::kChanged, *call, event.status);
}

void ExternalManager::OnChanged(Calls::iterator call, const ExternalMessage& message) {
  Call& changed = call->second;
  if (changed.asked == 0) return;
  if (message.status == VCP_SUCCESS) return Activate(&*call, Aim::kOwnChange, changed.wanted);
  (void)cm_.Complete(std::exchange(changed.asked, 0), message.status, changed.params);
}

// --- outcomes ------------------------------------------------------------------------------------

void ExternalManager::OnActivated(Calls::iterator call, const vcplane::Event& event) {
  Call& activated = call->second;
  const bool success = event.status == VCP_SUCCESS;
  switch (std::exchange(activated.aim, Aim::kNone)) {
    case Aim::kConnect:
      return OnConnectActivated(call, event);
    case Aim::kOffer:
      return OnOfferActivated(call, event);
    case Aim::kAnswer:
      return OnAnswerActivated(call, event);
    case Aim::kOfferChange:
    case Aim::kOwnChange:
      if (success) activated.params = activated.wanted;
      if (activated.asked == 0) return;
      (void)cm_.Complete(std::exchange(activated.asked, 0), event.status, activated.params);
      return;
    case Aim::kTheirChange:
      if (!success) return Tell(ExternalMessage::kChanged, *call, event.status);
      (void)cm_.IncomingCallQoSChange(activated.vc, activated.wanted, call->first);
      return;
    case Aim::kNone:
      return;
  }
}

void ExternalManager::OnConnectActivated(Calls::iterator call, const vcplane::Event& event) {
  if (call->second.is_root) return OnRootActivated(call, event);
  const bool success = event.status == VCP_SUCCESS;
  Tell(success ? ExternalMessage::kConnected : ExternalMessage::kRelease, *call, event.status);
  vcp_call_params made = Marked(call->second.params, event.params);
  made.flags |= call->second.params.flags & VCP_CALL_PARAMETERS_CHANGED;
  (void)cm_.Complete(std::exchange(call->second.asked, 0), event.status, made);
  call->second.is_answered = true;
  if (!success) calls_.erase(call);
}

void ExternalManager::OnOfferActivated(Calls::iterator call, const vcplane::Event& event) {
  if (event.status != VCP_SUCCESS) {
    (void)cm_.DeleteVc(call->second.vc, kNothing);
    return Refuse(call, event.status);
  }
  call->second.is_offered = true;
  call->second.params = WithFlowsOf(call->second.params, event.params);
  (void)cm_.IncomingCall(call->second.sap, call->second.vc, call->second.params, call->first);
  const auto sap = saps_.find(call->second.sap);
  if (sap == saps_.end() || sap->second.registration == 0) return;
  (void)cm_.Complete(std::exchange(sap->second.registration, 0), VCP_SUCCESS);
}

void ExternalManager::OnAnswerActivated(Calls::iterator call, const vcplane::Event& event) {
  if (event.status == VCP_SUCCESS) return Tell(ExternalMessage::kAccept, *call);
  if (call->second.is_over) return;
  call->second.is_over = true;
  Tell(ExternalMessage::kReject, *call, event.status);
  (void)cm_.IncomingCloseCall(call->second.vc, event.status, kNothing);
}

void ExternalManager::OnAnswered(Calls::iterator call, const vcplane::Event& event) {
  Call& answered = call->second;
  answered.is_answered = true;
  if (event.status != VCP_SUCCESS) {
    if (!answered.is_over) {
      // A SAP that went meanwhile is as good as none.
      const bool is_gone = event.status == VCP_INVALID_HANDLE;
      ExternalMessage reject = NewMessage(ExternalMessage::kReject, *call);
      reject.status = is_gone ? VCP_NOT_FOUND : event.status;
      reject.cause = event.cause;
      Say(reject);
    }
    (void)cm_.DeactivateVc(answered.vc, call->first);
  } else if (!answered.is_over) {
    const bool is_changed = (event.params.flags & VCP_CALL_PARAMETERS_CHANGED) != 0;
    answered.params = event.params;
    if (is_changed) return Activate(&*call, Aim::kAnswer, answered.params);
    Tell(ExternalMessage::kAccept, *call);
  }
}

void ExternalManager::Refuse(Calls::iterator call, vcplane::Status why, const vcp_cause& cause) {
  ExternalMessage reject = NewMessage(ExternalMessage::kReject, *call);
  reject.status = why;
  reject.cause = cause;
  Say(reject);
  calls_.erase(call);
}

// --- helpers -------------------------------------------------------------------------------------

uint32_t ExternalManager::ProtocolOf(vcp_cm_af af) const {
  const auto family = families_.find(af);
  const auto protocol =
      family == families_.end() ? protocols_.end() : protocols_.find(family->second);
  return protocol == protocols_.end() ? 0 : protocol->second;
}

vcp_cm_sap ExternalManager::FindSap(uint32_t protocol, const vcp_address& called) const {
  vcp_cm_sap found = 0;
  for (const auto& [handle, sap] : saps_) {
    if (ProtocolOf(sap.af) != protocol) continue;
    if (sap.params.address == called) return handle;
    if (sap.params.address.type == VCP_ADDRESS_NONE) found = handle;
  }
  return found;
}

ExternalManager::Calls::iterator ExternalManager::FindByVc(vcp_cm_vc vc) {
  return std::find_if(calls_.begin(), calls_.end(),
                      [vc](const auto& call) { return call.second.vc == vc; });
}

void ExternalManager::Activate(Calls::value_type* call, Aim aim, const vcp_call_params& params) {
  const uint32_t label = call->second.label;
  call->second.aim = aim;
  (void)cm_.ActivateVc(call->second.vc, {.transmit_label = label, .receive_label = label}, params,
                       call->first);
}

ExternalMessage ExternalManager::NewMessage(ExternalMessage::Type type,
                                            const Calls::value_type& call) const {
  ExternalMessage message{};
  message.type = type;
  message.call = static_cast<uint32_t>(call.first);
  message.protocol = call.second.protocol;
  message.label = call.second.label;
  message.params = call.second.made_here ? call.second.params : Mirrored(call.second.params);
  return message;
}

void ExternalManager::Tell(ExternalMessage::Type type, const Calls::value_type& call,
                           vcplane::Status status) {
  ExternalMessage message = NewMessage(type, call);
  message.status = status;
  Say(message);
}

}  // namespace vcp::conformance
