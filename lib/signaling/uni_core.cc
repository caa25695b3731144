#include "signaling/uni_core.h"

#include <array>

#include "signaling/uni_status.h"
#include "wire/big_endian.h"

namespace vcp::signaling {

using wire::MessageType;

// --- messages in ---------------------------------------------------------------------------------

const wire::Message& UniCore::Parse(std::span<const uint8_t> octets,
                                    const wire::MandatoryContext& context, UniVerdict* verdict) {
  if (received_count == received.size()) received.push_back(std::make_unique<wire::Message>());
  wire::Message& message = *received[received_count++];
  wire::ParseReport report;
  VCP_CHECK(ParseMessage(octets, &message, &report) == wire::HeaderError::kNone);
  CheckMandatory(message, context, &report);
  *verdict = Judge(message, report);
  if (report.length_disagrees) Count(UniCounter::kBadLength);
  if (verdict->cause == CauseValue::kMandatoryElementMissing) {
    Count(UniCounter::kMissingElements);
  } else if (!report.errors.empty()) {
    Count(UniCounter::kBadElements);
  }
  return message;
}

// --- messages out --------------------------------------------------------------------------------

wire::Message UniCore::NewMessage(MessageType type, const UniCall& call) const {
  wire::Message message;
  message.type = type;
  message.call = ReferenceOf(call);
  return message;
}

bool UniCore::Send(const wire::Message& message, std::vector<uint8_t>* copy) {
  std::array<uint8_t, kMaxSignalingBytes> octets;
  const size_t size = EmitMessage(message, octets);
  if (size == 0) {
    Count(UniCounter::kTooLong);
    return false;
  }
  Send(std::span<const uint8_t>(octets).first(size));
  if (copy != nullptr) copy->assign(octets.begin(), octets.begin() + size);
  return true;
}

bool UniCore::Compose(const wire::Message& message, std::vector<uint8_t>* octets) {
  octets->resize(kMaxSignalingBytes);
  octets->resize(EmitMessage(message, *octets));
  octets->shrink_to_fit();
  return !octets->empty();
}

void UniCore::Send(std::span<const uint8_t> octets) {
  if (!is_up()) return;  // What the peer has to know it will ask for.
  Count(UniCounter::kMessagesOut);
  actions.Add({.kind = UniAction::Kind::kDataRequest, .data = arena.Copy(octets)});
}

namespace {

constexpr size_t kCauseElementBytes = 6;  // Without diagnostics.

void WriteHeader(MessageType type, wire::CallReference reference, size_t content_bytes,
                 uint8_t* out) {
  out[0] = wire::kSignalingProtocol;
  out[1] = 3;
  out[2] = static_cast<uint8_t>(reference.value >> 16 | (reference.to_allocator ? 0x80 : 0));
  out[3] = static_cast<uint8_t>(reference.value >> 8);
  out[4] = static_cast<uint8_t>(reference.value);
  out[5] = static_cast<uint8_t>(type);
  out[6] = 0x80;
  out[7] = 0;
  out[8] = static_cast<uint8_t>(content_bytes);
}

}  // namespace

void UniCore::SendEmpty(MessageType type, const UniCall& call) {
  std::array<uint8_t, wire::kMessageHeaderBytes> octets;
  WriteHeader(type, ReferenceOf(call), 0, octets.data());
  Send(octets);
}

void UniCore::SendRefusal(wire::CallReference reference, uint8_t cause) {
  std::array<uint8_t, wire::kMessageHeaderBytes + kCauseElementBytes> octets;
  WriteHeader(MessageType::kReleaseComplete, reference, kCauseElementBytes, octets.data());
  uint8_t* element = octets.data() + wire::kMessageHeaderBytes;
  element[0] = wire::ElementId(wire::Element::kCause);
  element[1] = 0x80;
  element[2] = 0;
  element[3] = 2;
  element[4] = 0x80 | static_cast<uint8_t>(LocalCause(cause).location);
  element[5] = 0x80 | cause;
  Send(octets);
}

void UniCore::SendCause(MessageType type, wire::CallReference reference, const wire::Cause& cause) {
  wire::Message message;
  message.type = type;
  message.call = reference;
  VCP_CHECK(message.cause.Append(cause));
  Send(message);
}

wire::Cause UniCore::LocalCause(uint8_t value, const Diagnostics& diagnostics) const {
  return {.location = is_user() ? wire::Location::kUser : wire::Location::kPrivateLocal,
          .value = value,
          .diagnostics = diagnostics};
}

wire::Cause UniCore::TimerCause(UniTimer timer) const {
  const auto number = static_cast<unsigned>(timer);
  auto digit = [](unsigned value) { return static_cast<uint8_t>('0' + value % 10); };
  return LocalCause(CauseValue::kTimerExpired,
                    {digit(number / 100), digit(number / 10), digit(number)});
}

// --- to the call manager -------------------------------------------------------------------------

void UniCore::Indicate(const UniIndication& indication) {
  actions.Add({.kind = UniAction::Kind::kIndication, .indication = indication});
}

void UniCore::Indicate(UniIndication::Kind kind, const UniCall& call,
                       const wire::Message* message) {
  UniIndication indication{.kind = kind, .call = call.handle, .message = message};
  if (call.has_connection) indication.connection = call.connection;
  Indicate(indication);
}

wire::Cause UniCore::CauseOf(const wire::Message& message, uint8_t otherwise) const {
  return message.cause.empty() ? LocalCause(otherwise) : message.cause[0];
}

// --- life of a call ------------------------------------------------------------------------------

namespace {

bool IsInSetup(UniState state) { return state > UniState::kNull && state < UniState::kActive; }

}  // namespace

bool IsActive(UniState state) {
  return state == UniState::kActive || state == UniState::kModifyRequest ||
         state == UniState::kModifyReceived;
}

void UniCore::CountStep(const UniCall& call, UniState next) {
  if (call.state == UniState::kNull && IsInSetup(next)) {
    Count(call.is_ours ? UniCounter::kCallsMade : UniCounter::kCallsOffered);
  }
  if (IsInSetup(call.state) && !IsInSetup(next)) {
    Count(IsActive(next) ? UniCounter::kCallsConnected : UniCounter::kCallsFailed);
  }
}

void UniCore::Enter(UniCall& call, UniState state) {
  CountStep(call, state);
  calls_in_setup[call.is_ours] -= IsInSetup(call.state);
  calls_in_setup[call.is_ours] += IsInSetup(state);
  active_calls -= IsActive(call.state);
  active_calls += IsActive(state);
  if (state != UniState::kReleaseRequest) call.repeated_unheard = false;
  call.state = state;
}

void UniCore::StopTimers(UniCall& call) {
  timers.Cancel(&call.timer);
  timers.Cancel(&call.modify_timer);
  StopEnquiry(*this, call);
  if (!call.is_multipoint()) return;
  for (UniParty& party : *call.parties) timers.Cancel(&party.timer);
}

void UniCore::StartRelease(UniCall& call, const wire::Cause& cause, const wire::Message* elements) {
  if (!is_up()) return EndCall(call, cause, /*peer_knows=*/false);
  wire::Message release = elements != nullptr ? *elements : wire::Message{};
  release.type = MessageType::kRelease;
  release.call = ReferenceOf(call);
  release.cause = {cause};
  Enter(call, UniState::kReleaseRequest);
  StopTimers(call);
  if (!Send(release, &call.retained)) {
    wire::Message bare = NewMessage(MessageType::kRelease, call);
    bare.cause = {cause};
    Send(bare, &call.retained);
  }
  call.transmissions = 1;
  call.timer = Arm(UniTimer::kT308, call.handle);
}

void UniCore::ClearCall(UniCall& call, const wire::Cause& cause) {
  if (call.state == UniState::kReleaseRequest || call.state == UniState::kReleaseIndication) return;
  IndicateEnd(call, cause, nullptr);
  StartRelease(call, cause);
}

void UniCore::IndicateEnd(UniCall& call, const wire::Cause& cause, const wire::Message* message) {
  if (call.end_indicated) return;
  call.end_indicated = true;
  UniIndication indication{.kind = call.release_requested ? UniIndication::Kind::kReleaseConfirm
                                                          : UniIndication::Kind::kRelease,
                           .call = call.handle,
                           .cause = cause,
                           .message = message};
  if (call.has_connection) indication.connection = call.connection;
  Indicate(indication);
}

void UniCore::EndCall(UniCall& call, const wire::Cause& cause, bool peer_knows,
                      const wire::Message* message) {
  IndicateEnd(call, cause, message);
  Enter(call, UniState::kNull);
  StopTimers(call);
  if (call.has_connection) connections->Free(call.connection, peer_knows);
  calls.Erase(call);
}

// --- time ----------------------------------------------------------------------------------------

uint64_t UniCore::DurationOf(UniTimer timer) const {
  const UniTimerValues& values = config.timers;
  switch (timer) {
    case UniTimer::kT301:
      return values.t301_ns;
    case UniTimer::kT303:
      return values.t303_ns;
    case UniTimer::kT308:
      return values.t308_ns;
    case UniTimer::kT309:
      return values.t309_ns;
    case UniTimer::kT310:
      return values.t310_ns;
    case UniTimer::kT313:
      return values.t313_ns;
    case UniTimer::kT316:
      return values.t316_ns;
    case UniTimer::kT317:
      return values.t317_ns;
    case UniTimer::kT322:
      return values.t322_ns;
    case UniTimer::kT360:
      return values.t360_ns;
    case UniTimer::kT361:
      return values.t361_ns;
    case UniTimer::kT397:
      return values.t397_ns;
    case UniTimer::kT398:
      return values.t398_ns;
    case UniTimer::kT399:
      return values.t399_ns;
    case UniTimer::kReestablish:
      return values.reestablish_ns;
    case UniTimer::kSweep:
      break;
  }
  return 1;  // As soon as its owner has looked at everything else.
}

TimerSlot UniCore::Arm(UniTimer timer, CallHandle call, PartyId party) {
  return timers.Arm(now_ns + DurationOf(timer), {call, party, timer});
}

}  // namespace vcp::signaling
