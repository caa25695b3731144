#include "signaling/sscop.h"

#include <algorithm>

#include "base/check.h"

namespace vcp::signaling {
namespace {

using wire::SscopError;
using wire::SscopPdu;
using wire::SscopType;

// What to do with a PDU, by state and by type code (the order of the columns).
//   h  has a handler            r  report to layer management
//   .  ignore                   R  report, release the connection
//   e  report, send END         E  report, send END, release the connection
//
// Columns: BGN BGAK END ENDAK RS RSAK BGREJ SD  ER POLL STAT USTAT UD MD ERAK.
constexpr std::array<std::string_view, kSscopStateCount> kReactions = {
    "",
    "heh.eereeeeehhe",  // Idle
    "hh....h.....hh.",  // Outgoing connection
    "hrhRrrRErEEEhhr",  // Incoming connection
    "h.hh..h.....hh.",  // Outgoing disconnection
    "h.hRhhR.....hh.",  // Outgoing resynchronization
    "hrhRhrRErEEEhhr",  // Incoming resynchronization
    "hrhRhrR.h...hhh",  // Outgoing recovery
    "hrhRhrR.h.EEhh.",  // Recovery response
    "hrhRhrREhEEEhhr",  // Incoming recovery
    "h.hRh.Rhhhhhhh.",  // Data transfer ready
};

// The letter that reports a PDU of this type code where it does not fit.
constexpr std::string_view kUnexpectedLetters = "?BCEFJKDALGHI??M";

constexpr std::array<std::string_view, kSscopStateCount> kStateNames = {
    "",
    "idle",
    "outgoing connection pending",
    "incoming connection pending",
    "outgoing disconnection pending",
    "outgoing resynchronization pending",
    "incoming resynchronization pending",
    "outgoing recovery pending",
    "recovery response pending",
    "incoming recovery pending",
    "data transfer ready",
};

}  // namespace

std::string_view SscopStateName(SscopState state) {
  return kStateNames[static_cast<uint8_t>(state)];
}

bool IsValid(const SscopConfig& config) {
  const uint64_t shortest_ns = std::min(
      {config.timer_cc_ns, config.timer_poll_ns, config.timer_keep_alive_ns, config.timer_idle_ns});
  return shortest_ns > 0 &&
         config.timer_no_response_ns > std::max(config.timer_poll_ns, config.timer_keep_alive_ns) &&
         config.max_cc > 0 && config.max_pd > 0 && config.max_stat >= 3 &&
         config.max_stat % 2 == 1 && config.max_stat < 2 * kMaxSscopWindow &&
         config.max_sdu_bytes > 0 && config.max_sdu_bytes <= kMaxSignalingBytes &&
         config.max_user_to_user_bytes <= kMaxSignalingBytes && config.window > 0 &&
         config.window <= kMaxSscopWindow && config.max_transmit_sdus > 0 &&
         config.max_transmit_sdus <= kMaxSscopTransmitSdus &&
         config.connection_number < UINT8_MAX && config.first_number <= wire::kSscopNumberMask;
}

Sscop::Sscop(const SscopConfig& config)
    : config_(config),
      vt_sq_(config.connection_number),
      transmit_(config.max_transmit_sdus, config.max_sdu_bytes),
      receive_(config.window, config.max_sdu_bytes, config.carrier_may_repeat) {
  VCP_CHECK(IsValid(config));
  deadlines_ns_.fill(kUnarmed);
}

void Sscop::OnPdu(std::span<const uint8_t> bytes, uint64_t now_ns) {
  now_ns_ = now_ns;
  SscopPdu pdu;
  if (wire::ParseSscopPdu(bytes, &pdu) != SscopError::kNone) {
    Report(MaaError::kBadLength);
    return;
  }
  if (pdu.body.size() > MaxBodyBytes(pdu.type)) {
    Report(MaaError::kBadLength);
    return;
  }
  counters_.received[static_cast<uint8_t>(pdu.type)].Add();
  const char reaction =
      kReactions[static_cast<uint8_t>(state_)][static_cast<uint8_t>(pdu.type) - 1];
  if (reaction == 'h') {
    Dispatch(pdu);
  } else if (reaction != '.') {
    HandleUnexpected(pdu, reaction);
  }
}

size_t Sscop::MaxBodyBytes(SscopType type) const {
  switch (type) {
    case SscopType::kSd:
    case SscopType::kUd:
    case SscopType::kMd:
      return config_.max_sdu_bytes;
    case SscopType::kStat:
    case SscopType::kUstat:
      return SIZE_MAX;  // Each element must name an SD that was sent.
    default:
      return config_.max_user_to_user_bytes;
  }
}

void Sscop::Dispatch(const SscopPdu& pdu) {
  switch (pdu.type) {
    case SscopType::kSd:
    case SscopType::kPoll:
    case SscopType::kStat:
    case SscopType::kUstat:
      return HandleTransfer(pdu);
    case SscopType::kUd:
      return Signal(Kind::kUnitDataIndication, pdu.body);
    case SscopType::kMd:
      return Signal(Kind::kManagementDataIndication, pdu.body);
    case SscopType::kBgn:
      return HandleBgn(pdu);
    case SscopType::kBgak:
      return HandleBgak(pdu);
    case SscopType::kBgrej:
      return HandleBgrej(pdu);
    case SscopType::kEnd:
      return HandleEnd(pdu);
    case SscopType::kEndak:
      return HandleEndak(pdu);
    case SscopType::kRs:
      return HandleRs(pdu);
    case SscopType::kRsak:
      return HandleRsak(pdu);
    case SscopType::kEr:
      return HandleEr(pdu);
    case SscopType::kErak:
      return HandleErak(pdu);
  }
}

void Sscop::HandleUnexpected(const SscopPdu& pdu, char reaction) {
  Report(static_cast<MaaError>(kUnexpectedLetters[static_cast<uint8_t>(pdu.type)]));
  if (reaction == 'e' || reaction == 'E') SendEnd(true, {});
  if (reaction == 'R' || reaction == 'E') {
    Enter(SscopState::kIdle);
    Signal(Kind::kReleaseIndication, {}, true);
  }
}

void Sscop::OnTimer(uint64_t now_ns) {
  now_ns_ = now_ns;
  while (true) {
    const auto first = std::ranges::min_element(deadlines_ns_);
    if (*first > now_ns) return;
    *first = kUnarmed;
    Expire(static_cast<Timer>(first - deadlines_ns_.begin()));
  }
}

std::optional<uint64_t> Sscop::NextDeadlineNs() const {
  const uint64_t first = *std::ranges::min_element(deadlines_ns_);
  return first == kUnarmed ? std::nullopt : std::optional(first);
}

void Sscop::Expire(Timer timer) {
  switch (timer) {
    case kCc:
      return ExpireCc();
    case kIdle:
      Arm(kNoResponse);
      return Poll();
    case kPoll:
    case kKeepAlive:
      return Poll();
    case kNoResponse:
      Report(MaaError::kNoResponse);
      SendEnd(true, {});
      Enter(SscopState::kIdle);
      return Signal(Kind::kReleaseIndication, {}, true);
    case kTimerCount:
      VCP_CHECK(false);
  }
}

void Sscop::ExpireCc() {
  const bool disconnecting = state_ == SscopState::kOutgoingDisconnection;
  if (vt_cc_ >= config_.max_cc) {
    Report(MaaError::kNoAnswer);
    if (!disconnecting) SendEnd(true, {});
    Enter(SscopState::kIdle);
    return disconnecting ? Signal(Kind::kReleaseConfirm)
                         : Signal(Kind::kReleaseIndication, {}, true);
  }
  ++vt_cc_;
  switch (state_) {
    case SscopState::kOutgoingConnection:
      SendBgn();
      break;
    case SscopState::kOutgoingDisconnection:
      SendEnd(ended_by_sscop_, end_data_);
      break;
    case SscopState::kOutgoingResynchronization:
      SendRs();
      break;
    case SscopState::kOutgoingRecovery:
      SendNumbered(SscopType::kEr);
      break;
    default:
      VCP_CHECK_MSG(false, "Timer_CC runs in no other state");
  }
  Arm(kCc);
}

void Sscop::Reclaim() {
  arena_.Clear();
  transmit_.Reclaim();
}

void Sscop::Arm(Timer timer) {
  const std::array<uint64_t, kTimerCount> intervals_ns = {
      config_.timer_cc_ns, config_.timer_poll_ns, config_.timer_keep_alive_ns,
      config_.timer_no_response_ns, config_.timer_idle_ns};
  deadlines_ns_[timer] = now_ns_ + intervals_ns[timer];
}

void Sscop::Send(const SscopPdu& pdu) {
  const std::span<uint8_t> bytes = arena_.Allocate(wire::SscopPduBytes(pdu));
  wire::EmitSscopPdu(pdu, bytes);
  counters_.sent[static_cast<uint8_t>(pdu.type)].Add();
  actions_.Add({.kind = Kind::kSendPdu, .bytes = bytes});
}

void Sscop::Signal(Kind kind, Bytes bytes, bool by_sscop) {
  actions_.Add({.kind = kind, .by_sscop = by_sscop, .bytes = bytes});
}

void Sscop::Report(MaaError error, uint32_t count) {
  counters_.errors[static_cast<size_t>(error) - 'A'].Add(count);
  actions_.Add({.kind = Kind::kError, .error = error, .count = count});
}

}  // namespace vcp::signaling
