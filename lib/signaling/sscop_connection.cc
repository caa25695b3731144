// Making, ending, resynchronizing and recovering a connection.
#include "base/check.h"
#include "signaling/sscop.h"
#include "signaling/sscop_number.h"

namespace vcp::signaling {

using wire::SscopPdu;
using wire::SscopType;

Status Sscop::EstablishRequest(std::span<const uint8_t> user_to_user, uint64_t now_ns) {
  if (user_to_user.size() > config_.max_user_to_user_bytes) return Status::kTooBig;
  if (state_ != SscopState::kIdle && state_ != SscopState::kOutgoingDisconnection) {
    return Status::kInvalidState;
  }
  now_ns_ = now_ns;
  bgn_data_.assign(user_to_user.begin(), user_to_user.end());
  Enter(SscopState::kOutgoingConnection);
  StartAttempts();
  ++vt_sq_;
  GrantInitialCredit();
  SendBgn();
  return Status::kSuccess;
}

Status Sscop::EstablishResponse(std::span<const uint8_t> user_to_user, uint64_t now_ns) {
  if (user_to_user.size() > config_.max_user_to_user_bytes) return Status::kTooBig;
  if (state_ != SscopState::kIncomingConnection) return Status::kInvalidState;
  now_ns_ = now_ns;
  bgak_data_.assign(user_to_user.begin(), user_to_user.end());
  GrantInitialCredit();
  SendBgak(bgak_data_);
  EnterReady(SscopType::kBgn);
  return Status::kSuccess;
}

Status Sscop::ReleaseRequest(std::span<const uint8_t> user_to_user, uint64_t now_ns) {
  if (user_to_user.size() > config_.max_user_to_user_bytes) return Status::kTooBig;
  if (state_ == SscopState::kIdle || state_ == SscopState::kOutgoingDisconnection) {
    return Status::kInvalidState;
  }
  now_ns_ = now_ns;
  if (state_ == SscopState::kIncomingConnection) {
    Send({.type = SscopType::kBgrej, .body = user_to_user});
    Enter(SscopState::kIdle);
    return Status::kSuccess;
  }
  end_data_.assign(user_to_user.begin(), user_to_user.end());
  Enter(SscopState::kOutgoingDisconnection);
  StartAttempts();
  SendEnd(false, end_data_);
  return Status::kSuccess;
}

Status Sscop::ResyncRequest(std::span<const uint8_t> user_to_user, uint64_t now_ns) {
  if (user_to_user.size() > config_.max_user_to_user_bytes) return Status::kTooBig;
  if (state_ != SscopState::kReady && state_ != SscopState::kOutgoingRecovery &&
      state_ != SscopState::kRecoveryResponse && state_ != SscopState::kIncomingRecovery) {
    return Status::kInvalidState;
  }
  now_ns_ = now_ns;
  rs_data_.assign(user_to_user.begin(), user_to_user.end());
  Enter(SscopState::kOutgoingResynchronization);
  StartAttempts();
  ++vt_sq_;
  GrantInitialCredit();
  SendRs();
  return Status::kSuccess;
}

Status Sscop::ResyncResponse(uint64_t now_ns) {
  if (state_ != SscopState::kIncomingResynchronization) return Status::kInvalidState;
  now_ns_ = now_ns;
  GrantInitialCredit();
  SendNumbered(SscopType::kRsak);
  EnterReady(SscopType::kRs);
  return Status::kSuccess;
}

Status Sscop::RecoverResponse(uint64_t now_ns) {
  now_ns_ = now_ns;
  if (state_ == SscopState::kIncomingRecovery) {
    GrantInitialCredit();
    SendNumbered(SscopType::kErak);
    repeatable_ = SscopType::kEr;
  } else if (state_ != SscopState::kRecoveryResponse) {
    return Status::kInvalidState;
  }
  EnterReady(repeatable_);
  return Status::kSuccess;
}

void Sscop::BeginRecovery(MaaError error) {
  Report(error);
  Enter(SscopState::kOutgoingRecovery);
  StartAttempts();
  ++vt_sq_;
  GrantInitialCredit();
  SendNumbered(SscopType::kEr);
}

void Sscop::HandleBgn(const SscopPdu& pdu) {
  const bool repeated = IsRepeated(pdu);
  if (repeated && !(state_ == SscopState::kIdle && config_.accepts_repeated_bgn_when_idle)) {
    return HandleRepeatedBgn();
  }
  vt_ms_ = pdu.n_mr;
  switch (state_) {
    case SscopState::kOutgoingConnection:  // Both sides began at once: either BGN will do.
      GrantInitialCredit();
      bgak_data_.clear();
      SendBgak(bgak_data_);
      Signal(Kind::kEstablishConfirm, pdu.body);
      return EnterReady(SscopType::kBgn);
    case SscopState::kIdle:
      break;
    case SscopState::kOutgoingDisconnection:
      Signal(Kind::kReleaseConfirm);
      break;
    default:
      Signal(Kind::kReleaseIndication);
  }
  Enter(SscopState::kIncomingConnection);
  Signal(Kind::kEstablishIndication, pdu.body);
}

// Our answer was lost, or is still on its way.
void Sscop::HandleRepeatedBgn() {
  switch (state_) {
    case SscopState::kIdle:
      return Send({.type = SscopType::kBgrej});
    case SscopState::kOutgoingConnection:
    case SscopState::kIncomingConnection:
      return;
    case SscopState::kOutgoingDisconnection:
      SendBgak({});
      return SendEnd(ended_by_sscop_, end_data_);
    case SscopState::kOutgoingResynchronization:
      SendBgak(bgak_data_);
      return SendRs();
    case SscopState::kReady:
      SendBgak(bgak_data_);
      return TakeRepetition(SscopType::kBgn, MaaError::kUnexpectedBgn);
    default:
      Report(MaaError::kUnexpectedBgn);
  }
}

void Sscop::HandleBgak(const SscopPdu& pdu) {
  vt_ms_ = pdu.n_mr;
  Signal(Kind::kEstablishConfirm, pdu.body);
  EnterReady(std::nullopt);
}

void Sscop::HandleBgrej(const SscopPdu& pdu) {
  const bool disconnecting = state_ == SscopState::kOutgoingDisconnection;
  Enter(SscopState::kIdle);
  Signal(disconnecting ? Kind::kReleaseConfirm : Kind::kReleaseIndication, pdu.body);
}

void Sscop::HandleEnd(const SscopPdu& pdu) {
  const SscopState before = state_;
  SendNumbered(SscopType::kEndak);
  if (before == SscopState::kIdle) return;
  Enter(SscopState::kIdle);
  if (before == SscopState::kOutgoingDisconnection) {
    Signal(Kind::kReleaseConfirm, pdu.body);
  } else {
    Signal(Kind::kReleaseIndication, pdu.body, pdu.by_sscop);
  }
}

void Sscop::HandleEndak(const SscopPdu& pdu) {
  Enter(SscopState::kIdle);
  Signal(Kind::kReleaseConfirm, pdu.body);
}

void Sscop::HandleRs(const SscopPdu& pdu) {
  const bool repeated = IsRepeated(pdu);
  switch (state_) {
    case SscopState::kOutgoingResynchronization:  // Both sides resynchronize at once.
      if (repeated) return;
      vt_ms_ = pdu.n_mr;
      GrantInitialCredit();
      SendNumbered(SscopType::kRsak);
      Signal(Kind::kResyncConfirm, pdu.body);
      return EnterReady(SscopType::kRs);
    case SscopState::kIncomingResynchronization:
      if (!repeated) Report(MaaError::kUnexpectedRs);
      return;
    case SscopState::kReady:
      if (!repeated) break;
      SendNumbered(SscopType::kRsak);
      return TakeRepetition(SscopType::kRs, MaaError::kUnexpectedRs);
    default:
      if (repeated) return Report(MaaError::kUnexpectedRs);
  }
  vt_ms_ = pdu.n_mr;
  Enter(SscopState::kIncomingResynchronization);
  Signal(Kind::kResyncIndication, pdu.body);
}

void Sscop::HandleRsak(const SscopPdu& pdu) {
  vt_ms_ = pdu.n_mr;
  Signal(Kind::kResyncConfirm);
  EnterReady(std::nullopt);
}

void Sscop::HandleEr(const SscopPdu& pdu) {
  const bool repeated = IsRepeated(pdu);
  switch (state_) {
    case SscopState::kOutgoingRecovery:  // Both sides recover at once.
      if (repeated) return Report(MaaError::kUnexpectedEr);
      GrantInitialCredit();
      SendNumbered(SscopType::kErak);
      Enter(SscopState::kRecoveryResponse);
      repeatable_ = SscopType::kEr;
      break;
    case SscopState::kRecoveryResponse:
      if (!repeated) return Report(MaaError::kUnexpectedEr);
      return SendNumbered(SscopType::kErak);
    case SscopState::kIncomingRecovery:
      if (!repeated) Report(MaaError::kUnexpectedEr);
      return;
    default:
      if (repeated) {
        SendNumbered(SscopType::kErak);
        return TakeRepetition(SscopType::kEr, MaaError::kUnexpectedEr);
      }
      Enter(SscopState::kIncomingRecovery);
  }
  vt_ms_ = pdu.n_mr;
  Signal(Kind::kRecoverIndication);
}

void Sscop::HandleErak(const SscopPdu& pdu) {
  vt_ms_ = pdu.n_mr;
  Enter(SscopState::kRecoveryResponse);
  Signal(Kind::kRecoverIndication);
}

// In data transfer the number may be the last one's although this is not a repetition, because the
// peer has restarted and counts from the beginning again, as atmsigd does. It has its answer; but
// as the two sides disagree about everything else they recover at once, before data goes astray.
void Sscop::TakeRepetition(SscopType type, MaaError error) {
  if (repeatable_ != type) return BeginRecovery(error);
  Arm(kNoResponse);
}

void Sscop::EnterReady(std::optional<SscopType> answered) {
  Stop(kCc);
  vt_s_ = vt_a_ = vt_ps_ = config_.first_number;
  vt_pa_ = AddToNumber(vt_ps_, 1);
  vt_pd_ = 0;
  vr_r_ = vr_h_ = config_.first_number;
  // What the peer was promised stays; a user that has room meanwhile gives more.
  if (user_takes_data_) GrantInitialCredit();
  has_credit_ = true;
  repeatable_ = answered;
  Arm(kPoll);
  Arm(kNoResponse);
  state_ = SscopState::kReady;
}

void Sscop::Enter(SscopState state) {
  deadlines_ns_.fill(kUnarmed);
  counters_.discarded_sdus.Add(transmit_.size());
  transmit_.Clear();
  receive_.Clear();
  marked_sds_ = 0;
  repeatable_.reset();
  state_ = state;
}

void Sscop::StartAttempts() {
  vt_cc_ = 1;
  Arm(kCc);
}

bool Sscop::IsRepeated(const SscopPdu& pdu) {
  if (pdu.n_sq == vr_sq_) return true;
  vr_sq_ = pdu.n_sq;
  return false;
}

void Sscop::GrantInitialCredit() {
  vr_mr_ = AddToNumber(config_.first_number, user_takes_data_ ? config_.window : 0);
}

void Sscop::SendBgn() {
  Send({.type = SscopType::kBgn, .n_sq = vt_sq_, .n_mr = vr_mr_, .body = bgn_data_});
}

void Sscop::SendBgak(Bytes user_to_user) {
  Send({.type = SscopType::kBgak, .n_mr = vr_mr_, .body = user_to_user});
}

void Sscop::SendEnd(bool by_sscop, Bytes user_to_user) {
  ended_by_sscop_ = by_sscop;
  Send({.type = SscopType::kEnd, .by_sscop = by_sscop, .body = user_to_user});
}

void Sscop::SendRs() {
  Send({.type = SscopType::kRs, .n_sq = vt_sq_, .n_mr = vr_mr_, .body = rs_data_});
}

// Those without a body: each takes what its type has of N(SQ) and N(MR).
void Sscop::SendNumbered(SscopType type) { Send({.type = type, .n_sq = vt_sq_, .n_mr = vr_mr_}); }

}  // namespace vcp::signaling
