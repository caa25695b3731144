// Making calls: Q.2931 5.1 (at the calling user's interface) and 5.2 (at the called user's). What
// one side does where it sent SETUP is what the other does there, so most procedures are for a
// state of the user (U) and one of the network (N).
#include <algorithm>
#include <array>

#include "signaling/uni_procedures.h"
#include "signaling/uni_status.h"

namespace vcp::signaling {

using wire::MessageType;
using Kind = UniIndication::Kind;

namespace {

// The user's calls and the network's offers count in opposite directions.
UniState Choose(Role role, bool is_ours, UniState of_caller, UniState of_called) {
  return is_ours == (role == Role::kUser) ? of_caller : of_called;
}

void EndSetupTimer(UniCore& link, UniCall& call) {
  link.timers.Cancel(&call.timer);
  call.retained = {};
}

// The first response to a SETUP that left the connection open names it.
void AttachConnection(const UniCall& call, wire::Message* message) {
  message->connection.reset();
  if (!call.owes_connection) return;
  message->connection.emplace();
  message->connection->vpci = call.connection.vpci;
  message->connection->vci = call.connection.vci;
}

// A message of the called side with the call manager's elements; false when they do not fit.
bool Respond(UniCore& link, UniCall& call, MessageType type, const UniRequest& request) {
  wire::Message message = request.elements != nullptr ? *request.elements : wire::Message{};
  message.type = type;
  message.call = link.ReferenceOf(call);
  AttachConnection(call, &message);
  message.endpoint.reset();
  if (call.is_multipoint()) message.endpoint = call.EndpointOf(request.party);
  if (!link.Send(message)) return false;
  call.owes_connection = false;
  return true;
}

// What a response is about in a point-to-multipoint call; null in others.
UniParty* PartyOf(UniCall& call, const wire::Message& message) {
  return message.endpoint ? call.FindParty(message.endpoint->value) : nullptr;
}

}  // namespace

UniState SetupState(Role role, bool is_ours) {
  return Choose(role, is_ours, UniState::kCallInitiated, UniState::kCallPresent);
}
UniState ProceedingState(Role role, bool is_ours) {
  return Choose(role, is_ours, UniState::kOutgoingProceeding, UniState::kIncomingProceeding);
}
UniState AlertingState(Role role, bool is_ours) {
  return Choose(role, is_ours, UniState::kCallDelivered, UniState::kCallReceived);
}

void AddFirstParty(UniCall& call, PartyState state) {
  call.parties = std::make_unique<std::vector<UniParty>>();
  call.parties->push_back({.id = 0, .state = state});
}

// --- SETUP received ------------------------------------------------------------------------------

namespace {

// Q.2931 5.1.2.2, 5.2.3.2: the network chooses, the user takes what it is given.
std::optional<ConnectionId> ReserveFor(UniCore& link, const wire::Message& setup) {
  using Identifier = wire::ConnectionIdentifier;
  ConnectionSpace::Wish wish;
  if (setup.connection) {
    const Identifier& wanted = *setup.connection;
    wish.connection = {.vpci = wanted.vpci, .vci = wanted.vci};
    wish.any_vpci = false;
    wish.any_vci = wanted.preference == Identifier::Preference::kAnyVci && !link.is_user();
    if (wanted.preference == Identifier::Preference::kNoVci) return std::nullopt;
    if (wanted.vpci > ConnectionId::kMaxVpci) return std::nullopt;
    if (!wish.any_vci && (!wish.connection.usable() || link.calls.Find(wish.connection))) {
      return std::nullopt;
    }
  }
  return link.connections->Reserve(wish);
}

// W12: both sides chose the same connection for a call at the same time. The network's call gets
// it; its answer to the user's is a refusal already on its way.
void YieldConnection(UniCore& link, const wire::Message& setup) {
  if (!link.is_user() || !setup.connection) return;
  const ConnectionId wanted{setup.connection->vpci, setup.connection->vci};
  UniCall* call = link.calls.Find(wanted);
  if (call == nullptr || call->state != UniState::kCallInitiated) return;
  link.calls.ClearConnection(*call);
  link.connections->Free(wanted, /*peer_knows=*/true);
  link.ClearCall(*call, link.LocalCause(CauseValue::kConnectionUnavailable));
}

// The connection is as the SETUP said.
bool IsTold(const wire::Message& setup, ConnectionId connection) {
  return setup.connection &&
         setup.connection->preference == wire::ConnectionIdentifier::Preference::kExclusive &&
         setup.connection->vpci == connection.vpci && setup.connection->vci == connection.vci;
}

void Present(UniCore& link, const wire::Message& setup, ConnectionId connection) {
  UniCall& call = link.calls.Insert(/*is_ours=*/false, setup.call.value);
  VCP_CHECK(link.calls.SetConnection(call, connection));
  call.owes_connection = !IsTold(setup, connection);
  if (setup.endpoint) AddFirstParty(call, PartyState::kAddReceived);
  link.Enter(call, SetupState(link.config.role, call.is_ours));
  link.Indicate(Kind::kSetup, call, &setup);
}

// Our own SETUP, octet for octet, while we wait for an answer to it: the link is looped.
bool IsReflected(UniCore& link, const wire::MessageView& view, std::span<const uint8_t> octets) {
  const UniCall* ours = link.calls.Find({.to_allocator = true, .value = view.call().value});
  return ours != nullptr && ours->state == SetupState(link.config.role, true) &&
         std::ranges::equal(ours->retained, octets);
}

// Before anything is built for it (S1). False: it has been refused or dropped.
bool Admit(UniCore& link, wire::CallReference reply) {
  using Verdict = SetupAdmission::Verdict;
  const Verdict verdict =
      link.admission.Decide(link.calls.size(), link.HasRoomInSetup(false), link.now_ns);
  if (verdict == Verdict::kAdmit) return true;
  if (verdict == Verdict::kDrop) {
    link.Count(UniCounter::kDroppedSetup);
    return false;
  }
  link.Count(UniCounter::kRefusedSetup);
  link.SendRefusal(reply, verdict == Verdict::kRefuseFull ? CauseValue::kResourceUnavailable
                                                          : CauseValue::kCongestion);
  return false;
}

// Q.2931 5.6.7.1, 5.6.7.2, 5.7.2: there is no call yet that could be cleared.
bool IsGood(UniCore& link, const UniVerdict& verdict, wire::CallReference reply) {
  using Action = UniVerdict::Action;
  if (verdict.action == Action::kProcess) return true;
  if (verdict.action == Action::kReport) {
    SendStatus(link, reply, 0, verdict.cause, verdict.diagnostics);
  } else if (verdict.action != Action::kDiscard) {
    link.SendCause(MessageType::kReleaseComplete, reply,
                   link.LocalCause(verdict.cause, verdict.diagnostics));
  }
  return false;
}

}  // namespace

// Q.2931 5.1.1, 5.1.4; 5.2.1, 5.2.2.
void OnSetup_InNull(UniCore& link, const wire::MessageView& view, std::span<const uint8_t> octets) {
  const wire::CallReference reply{.to_allocator = true, .value = view.call().value};
  if (IsReflected(link, view, octets)) return link.Count(UniCounter::kReflected);
  if (!Admit(link, reply)) return;
  UniVerdict verdict;
  const wire::Message& setup = link.Parse(octets, {.towards_user = link.is_user()}, &verdict);
  if (!IsGood(link, verdict, reply)) return;
  // Q.2971 9.2.1: the first party's reference is 0.
  if (setup.endpoint && (setup.endpoint->to_allocator || setup.endpoint->value != 0)) {
    link.Count(UniCounter::kBadElements);
    return link.SendCause(MessageType::kReleaseComplete, reply,
                          link.LocalCause(CauseValue::kInvalidElement,
                                          {wire::ElementId(wire::Element::kEndpointReference)}));
  }
  YieldConnection(link, setup);
  const std::optional<ConnectionId> connection = ReserveFor(link, setup);
  if (!connection) {
    return link.SendRefusal(reply, setup.connection ? CauseValue::kConnectionUnavailable
                                                    : CauseValue::kNoConnectionAvailable);
  }
  Present(link, setup, *connection);
  if (verdict.cause == 0) return;
  SendStatus(link, *link.calls.Find(setup.call), verdict.cause, verdict.diagnostics);
}

// --- responses to our SETUP ----------------------------------------------------------------------

// Q.2931 5.1.2.1, 5.2.3.1.
bool TakeConnection(UniCore& link, UniCall& call, const wire::Message& message) {
  if (!message.connection) return true;
  const ConnectionId connection{message.connection->vpci, message.connection->vci};
  if (call.has_connection && call.connection == connection) return true;
  const bool is_ours_to_take =
      !call.has_connection && connection.usable() && link.calls.Find(connection) == nullptr &&
      message.connection->preference == wire::ConnectionIdentifier::Preference::kExclusive;
  if (is_ours_to_take && link.connections->Reserve({false, false, connection})) {
    return link.calls.SetConnection(call, connection);
  }
  link.ClearCall(call, link.LocalCause(CauseValue::kConnectionAssignmentFailed));
  return false;
}

// Q.2931 5.1.5 (U1), 5.2.5.2 (N6).
void OnCallProceeding_InSetupSent(UniCore& link, UniCall& call, const UniReceived& received) {
  if (!TakeConnection(link, call, received.message)) return;
  EndSetupTimer(link, call);
  link.Enter(call, ProceedingState(link.config.role, call.is_ours));
  call.timer = link.Arm(UniTimer::kT310, call.handle);
  link.Indicate(Kind::kProceeding, call, &received.message);
}

// Q.2931 5.1.6 (U1, U3), 5.2.5.2 (N6, N9).
void OnAlerting_BeforeAlerting(UniCore& link, UniCall& call, const UniReceived& received) {
  if (!TakeConnection(link, call, received.message)) return;
  EndSetupTimer(link, call);
  link.Enter(call, AlertingState(link.config.role, call.is_ours));
  call.timer = link.Arm(UniTimer::kT301, call.handle);
  if (UniParty* party = PartyOf(call, received.message)) {
    party->state = PartyState::kAlertingDelivered;
  }
  link.Indicate(Kind::kAlerting, call, &received.message);
}

// Q.2931 5.1.7, 5.1.8 (U1, U3, U4), 5.2.6 (N6, N7, N9). CONNECT ACKNOWLEDGE waits until the VC can
// carry what the called side sends when it has it.
void OnConnect_BeforeActive(UniCore& link, UniCall& call, const UniReceived& received) {
  if (!TakeConnection(link, call, received.message)) return;
  EndSetupTimer(link, call);
  link.Enter(call, link.is_user() ? UniState::kActive : UniState::kConnectRequest);
  call.owes_connect_ack = true;
  if (UniParty* party = PartyOf(call, received.message)) {
    link.timers.Cancel(&party->timer);
    party->state = PartyState::kActive;
  }
  link.Indicate(Kind::kConnect, call, &received.message);
}

// Q.2931 5.2.7 (U8).
void OnConnectAck_InConnectRequest(UniCore& link, UniCall& call, const UniReceived& received) {
  link.timers.Cancel(&call.timer);
  link.Enter(call, UniState::kActive);
  link.Indicate(Kind::kSetupComplete, call, &received.message);
}

// Q.2931 5.1.8 (N10): the call has been active since CONNECT left; but now the caller is ready.
void OnConnectAck_InActive(UniCore& link, UniCall& call, const UniReceived& received) {
  if (call.awaits_connect_ack) CompleteSetup(link, call, &received.message);
}

void CompleteSetup(UniCore& link, UniCall& call, const wire::Message* message) {
  call.awaits_connect_ack = false;
  link.timers.Cancel(&call.timer);
  link.Indicate(Kind::kSetupComplete, call, message);
}

// --- requests ------------------------------------------------------------------------------------

namespace {

// What our SETUP says about the connection: the network's choice, or the user's proposal (5.1.2.1).
Status ReserveForOurs(UniCore& link, wire::Message* setup, std::optional<ConnectionId>* chosen) {
  const bool is_open = !setup->connection || setup->connection->preference !=
                                                 wire::ConnectionIdentifier::Preference::kExclusive;
  if (link.is_user() && is_open) return Status::kSuccess;
  *chosen = ReserveFor(link, *setup);
  if (!*chosen) return Status::kInUse;
  setup->connection.emplace();
  setup->connection->vpci = (*chosen)->vpci;
  setup->connection->vci = (*chosen)->vci;
  return Status::kSuccess;
}

}  // namespace

// Q.2931 5.1.1 (U0), 5.2.1 (N0).
UniReply RequestSetup_InNull(UniCore& link, const UniRequest& request) {
  if (!link.is_up()) return {Status::kDisconnected};
  if (request.elements == nullptr) return {Status::kInvalidData};
  if (link.calls.full() || !link.HasRoomInSetup(true)) return {Status::kResources};
  wire::Message setup = *request.elements;
  std::optional<ConnectionId> connection;
  const Status status = ReserveForOurs(link, &setup, &connection);
  if (status != Status::kSuccess) return {status};
  setup.type = MessageType::kSetup;
  setup.call = {.to_allocator = false, .value = link.calls.ChooseReference()};
  if (setup.endpoint) setup.endpoint = wire::EndpointReference{};
  std::vector<uint8_t> octets;
  if (!link.Send(setup, &octets)) {
    if (connection) link.connections->Free(*connection, /*peer_knows=*/true);
    return {Status::kInvalidLength};
  }
  UniCall& call = link.calls.Insert(/*is_ours=*/true, setup.call.value);
  if (connection) VCP_CHECK(link.calls.SetConnection(call, *connection));
  if (setup.endpoint) AddFirstParty(call, PartyState::kAddInitiated);
  call.retained = std::move(octets);
  call.transmissions = 1;
  call.timer = link.Arm(UniTimer::kT303, call.handle);
  link.Enter(call, SetupState(link.config.role, call.is_ours));
  return {Status::kSuccess, call.handle};
}

// Q.2931 5.2.5.1 (U6), 5.1.5 (N1).
UniReply RequestProceeding_InSetupReceived(UniCore& link, UniCall& call,
                                           const UniRequest& request) {
  if (!Respond(link, call, MessageType::kCallProceeding, request)) return {Status::kInvalidLength};
  link.Enter(call, ProceedingState(link.config.role, call.is_ours));
  return {};
}

// Q.2931 5.2.5.1 (U6, U9), 5.1.6 (N1, N3).
UniReply RequestAlerting_BeforeAlerting(UniCore& link, UniCall& call, const UniRequest& request) {
  UniParty* party = call.FindParty(request.party);
  if (call.is_multipoint() && party == nullptr) return {Status::kInvalidHandle};
  if (!Respond(link, call, MessageType::kAlerting, request)) return {Status::kInvalidLength};
  link.Enter(call, AlertingState(link.config.role, call.is_ours));
  if (party != nullptr) party->state = PartyState::kAlertingReceived;
  return {};
}

// Q.2931 5.2.6 (U6, U7, U9), 5.1.7 (N1, N3, N4). On the network's side the call is active at once;
// T313 then only bounds how long the call manager waits to hear that the caller is ready.
UniReply RequestConnect_BeforeConnect(UniCore& link, UniCall& call, const UniRequest& request) {
  UniParty* party = call.FindParty(request.party);
  if (call.is_multipoint() && party == nullptr) return {Status::kInvalidHandle};
  if (!Respond(link, call, MessageType::kConnect, request)) return {Status::kInvalidLength};
  link.Enter(call, link.is_user() ? UniState::kConnectRequest : UniState::kActive);
  call.awaits_connect_ack = !link.is_user();
  call.timer = link.Arm(UniTimer::kT313, call.handle);
  if (party != nullptr) party->state = PartyState::kActive;
  return {};
}

// Q.2931 5.1.8 (U10), 5.2.7 (N8).
UniReply RequestSetupComplete_AfterConnect(UniCore& link, UniCall& call, const UniRequest&) {
  if (!call.owes_connect_ack) return {Status::kInvalidState};
  call.owes_connect_ack = false;
  link.SendEmpty(MessageType::kConnectAcknowledge, call);
  if (call.state == UniState::kConnectRequest) link.Enter(call, UniState::kActive);
  return {};
}

// --- time ----------------------------------------------------------------------------------------

// Q.2931 5.2.5.4 (N7); optional on the user's side (U4).
void OnT301(UniCore& link, UniCall& call) {
  link.ClearCall(call, link.LocalCause(CauseValue::kNoAnswer));
}

// Q.2931 5.1.1 (U1), 5.2.5.4 (N6).
void OnT303(UniCore& link, UniCall& call) {
  if (call.transmissions < kMaxTransmissions) {
    ++call.transmissions;
    call.repeated_unheard = true;
    call.timer = link.Arm(UniTimer::kT303, call.handle);
    return link.Send(call.retained);
  }
  const wire::Cause cause = link.is_user() ? link.TimerCause(UniTimer::kT303)
                                           : link.LocalCause(CauseValue::kNoUserResponding);
  link.SendCause(MessageType::kReleaseComplete, link.ReferenceOf(call), cause);
  link.EndCall(call, cause, /*peer_knows=*/false);
}

// Q.2931 5.1.5 (U3), 5.2.5.4 (N9).
void OnT310(UniCore& link, UniCall& call) {
  link.ClearCall(call, link.is_user() ? link.TimerCause(UniTimer::kT310)
                                      : link.LocalCause(CauseValue::kNoUserResponding));
}

// Q.2931 5.2.6 (U8); N10: nothing is wrong with a caller who does not acknowledge.
void OnT313(UniCore& link, UniCall& call) {
  if (!call.awaits_connect_ack) return link.ClearCall(call, link.TimerCause(UniTimer::kT313));
  CompleteSetup(link, call);
}

}  // namespace vcp::signaling
