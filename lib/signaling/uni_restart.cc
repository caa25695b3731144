// Restart of one VC, of a VPCI or of all: Q.2931 5.5. Ours (REST 1) and the peer's (REST 2) know
// nothing of each other. Calls there end without a message about each.
#include "signaling/uni_procedures.h"
#include "signaling/uni_status.h"
#include "wire/big_endian.h"

namespace vcp::signaling {

using wire::MessageType;
using Class = wire::RestartIndicator::Class;
using Kind = UniIndication::Kind;

namespace {

wire::CallReference GlobalReference(bool to_allocator) {
  return {.to_allocator = to_allocator, .value = wire::CallReference::kGlobal};
}

void SendRestart(UniCore& link, MessageType type, const UniRestart& restart) {
  wire::Message message;
  message.type = type;
  message.call = GlobalReference(type == MessageType::kRestartAcknowledge);
  message.restart = wire::RestartIndicator{restart.restart_class};
  if (restart.restart_class != Class::kAll) {
    message.connection.emplace();
    message.connection->vpci = restart.connection.vpci;
    message.connection->vci = restart.connection.vci;
  }
  link.Send(message);
}

void Indicate(UniCore& link, Kind kind, const UniRestart& restart) {
  UniIndication indication{.kind = kind,
                           .restart_class = restart.restart_class,
                           .by_peer = &restart == &link.their_restart};
  if (restart.restart_class != Class::kAll) indication.connection = restart.connection;
  link.Indicate(indication);
}

// Ends the calls that a restart concerns, then calls OnRestartCleared.
void ClearCalls(UniCore& link, UniRestart& restart) {
  FinishSweep(link);
  restart.is_clearing = true;
  const wire::Cause cause = link.LocalCause(CauseValue::kTemporaryFailure);
  if (restart.restart_class == Class::kVc) {
    UniCall* call = link.calls.Find(restart.connection);
    if (call != nullptr) link.EndCall(*call, cause, /*peer_knows=*/true);
    return OnRestartCleared(link, restart);
  }
  const bool is_all = restart.restart_class == Class::kAll;
  StartSweep(link,
             {.purpose = is_all ? UniSweep::Purpose::kRestartAll : UniSweep::Purpose::kRestartVpci,
              .cause = cause.value,
              .restart = &restart});
}

bool Concerns(const UniRestart& restart, const wire::Message& message) {
  if (message.restart->restart_class != restart.restart_class) return false;
  if (restart.restart_class == Class::kAll) return true;
  if (message.connection->vpci != restart.connection.vpci) return false;
  return restart.restart_class == Class::kVpci || message.connection->vci == restart.connection.vci;
}

}  // namespace

void OnRestartCleared(UniCore& link, UniRestart& restart) {
  if (!restart.is_clearing) return;
  restart.is_clearing = false;
  if (&restart == &link.their_restart) return Indicate(link, Kind::kRestart, restart);
  SendRestart(link, MessageType::kRestart, restart);
  restart.timer = link.Arm(UniTimer::kT316);
}

// Q.2931 5.5.2.
void OnRestart(UniCore& link, const UniReceived& received) {
  const wire::Message& message = received.message;
  UniRestart& restart = link.their_restart;
  if (restart.state != RestartState::kNull) {
    if (Concerns(restart, message)) return;  // The peer's T316: the answer will come.
    link.Count(UniCounter::kUnexpected);
    return SendStatus(link, GlobalReference(true), static_cast<uint8_t>(restart.state),
                      CauseValue::kNotCompatibleWithState, {static_cast<uint8_t>(message.type)});
  }
  ConnectionId connection;
  if (message.restart->restart_class != Class::kAll) {
    connection = {message.connection->vpci, message.connection->vci};
  }
  if (connection.vpci > ConnectionId::kMaxVpci) {
    std::array<uint8_t, 4> octets;
    wire::StoreBe16(connection.vpci, octets.data());
    wire::StoreBe16(connection.vci, octets.data() + 2);
    return SendStatus(link, GlobalReference(true), static_cast<uint8_t>(restart.state),
                      CauseValue::kNoSuchChannel, {octets[0], octets[1], octets[2], octets[3]});
  }
  restart = {.state = RestartState::kRestart,
             .restart_class = message.restart->restart_class,
             .connection = connection};
  restart.timer = link.Arm(UniTimer::kT317);
  ClearCalls(link, restart);
}

// Q.2931 5.5.1.
void OnRestartAck(UniCore& link, const UniReceived& received) {
  UniRestart& restart = link.our_restart;
  if (restart.timer == TimerSlot::kNone || !Concerns(restart, received.message)) {
    link.Count(UniCounter::kUnexpected);
    return SendStatus(link, GlobalReference(false), static_cast<uint8_t>(restart.state),
                      CauseValue::kNotCompatibleWithState,
                      {static_cast<uint8_t>(received.message.type)});
  }
  link.timers.Cancel(&restart.timer);
  restart.state = RestartState::kNull;
  Indicate(link, Kind::kRestartAck, restart);
}

// One that reports an error and has not begun will not do it (Q.2931 5.5.1 knows only silence).
void OnRestartStatus(UniCore& link, const UniReceived& received) {
  UniRestart& restart = link.our_restart;
  const bool has_begun =
      received.message.call_state->state != static_cast<uint8_t>(RestartState::kNull);
  const bool is_error = received.message.cause[0].value != CauseValue::kStatusEnquiryResponse;
  if (restart.timer == TimerSlot::kNone || has_begun || !is_error) return;
  link.timers.Cancel(&restart.timer);
  restart.state = RestartState::kNull;
  Indicate(link, Kind::kRestartFailed, restart);
}

// Q.2931 5.5.1. Calls end here first, so that none is made there before the peer has heard of it.
UniReply RequestRestart(UniCore& link, const UniRequest& request) {
  if (!link.is_up()) return {Status::kDisconnected};
  UniRestart& restart = link.our_restart;
  if (restart.state != RestartState::kNull) return {Status::kInUse};
  if (request.restart_class != Class::kAll && request.connection.vpci > ConnectionId::kMaxVpci) {
    return {Status::kInvalidData};
  }
  restart = {.state = RestartState::kRequest,
             .restart_class = request.restart_class,
             .connection = request.connection,
             .transmissions = 1};
  ClearCalls(link, restart);
  return {};
}

// Q.2931 5.5.2.
UniReply RequestRestartResponse(UniCore& link) {
  UniRestart& restart = link.their_restart;
  if (restart.state == RestartState::kNull || restart.is_clearing) return {Status::kInvalidState};
  link.timers.Cancel(&restart.timer);
  restart.state = RestartState::kNull;
  SendRestart(link, MessageType::kRestartAcknowledge, restart);
  return {};
}

namespace {

// Calls made there meanwhile end over there once more, so they end here too. But where the peer has
// given a connection to another call it has heard of its restart.
void Repeat(UniCore& link, UniRestart& restart) {
  if (restart.restart_class != Class::kVc || link.calls.Find(restart.connection) == nullptr) {
    return ClearCalls(link, restart);
  }
  restart.state = RestartState::kNull;
  Indicate(link, Kind::kRestartAck, restart);
}

}  // namespace

// Q.2931 5.5.1.
void OnT316(UniCore& link) {
  UniRestart& restart = link.our_restart;
  restart.timer = TimerSlot::kNone;
  if (restart.transmissions < kMaxTransmissions) {
    ++restart.transmissions;
    return Repeat(link, restart);
  }
  restart.state = RestartState::kNull;
  Indicate(link, Kind::kRestartFailed, restart);
}

// Q.2931 5.5.2: no acknowledgement; the peer will ask again.
void OnT317(UniCore& link) {
  UniRestart& restart = link.their_restart;
  restart.timer = TimerSlot::kNone;
  restart.state = RestartState::kNull;
  restart.is_clearing = false;
  Indicate(link, Kind::kRestartFailed, restart);
}

void RepeatRestart(UniCore& link) {
  if (link.our_restart.timer == TimerSlot::kNone) return;
  link.timers.Cancel(&link.our_restart.timer);
  Repeat(link, link.our_restart);
}

void AbandonRestarts(UniCore& link) {
  for (UniRestart* restart : {&link.our_restart, &link.their_restart}) {
    if (restart->state == RestartState::kNull) continue;
    link.timers.Cancel(&restart->timer);
    restart->state = RestartState::kNull;
    restart->is_clearing = false;
    Indicate(link, Kind::kRestartFailed, *restart);
  }
}

}  // namespace vcp::signaling
