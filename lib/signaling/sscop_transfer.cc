// Data transfer: SD, POLL, STAT, USTAT, credit and the phases of Q.2110 clause 8.
#include <algorithm>

#include "base/check.h"
#include "signaling/sscop.h"
#include "signaling/sscop_number.h"

namespace vcp::signaling {

using wire::SscopPdu;
using wire::SscopType;

Status Sscop::DataRequest(std::span<const uint8_t> sdu, uint64_t now_ns) {
  if (sdu.size() > config_.max_sdu_bytes) return Status::kTooBig;
  if (state_ != SscopState::kReady || transmit_.IsFull()) {
    counters_.refused_sdus.Add();
    return state_ == SscopState::kReady ? Status::kBackPressured : Status::kInvalidState;
  }
  now_ns_ = now_ns;
  transmit_.Push(sdu, AddToNumber(vt_a_, static_cast<uint32_t>(transmit_.size())));
  SendPending();
  return Status::kSuccess;
}

Status Sscop::UnitDataRequest(std::span<const uint8_t> sdu) {
  if (sdu.size() > config_.max_sdu_bytes) return Status::kTooBig;
  Send({.type = SscopType::kUd, .body = sdu});
  return Status::kSuccess;
}

Status Sscop::ManagementDataRequest(std::span<const uint8_t> sdu) {
  if (sdu.size() > config_.max_sdu_bytes) return Status::kTooBig;
  Send({.type = SscopType::kMd, .body = sdu});
  return Status::kSuccess;
}

void Sscop::SetUserTakesData(bool takes) {
  user_takes_data_ = takes;
  if (takes && state_ == SscopState::kReady) vr_mr_ = AddToNumber(vr_r_, config_.window);
}

void Sscop::HandleTransfer(const SscopPdu& pdu) {
  repeatable_.reset();
  switch (pdu.type) {
    case SscopType::kSd:
      return HandleSd(pdu);
    case SscopType::kPoll:
      return HandlePoll(pdu);
    case SscopType::kStat:
      return HandleStat(pdu);
    default:
      return HandleUstat(pdu);
  }
}

void Sscop::HandleSd(const SscopPdu& pdu) {
  const int32_t index = NumberOffset(vr_r_, pdu.n_s);
  const int32_t highest = NumberOffset(vr_r_, vr_h_);
  const int32_t credit = NumberOffset(vr_r_, vr_mr_);
  if (index < 0 || (index < highest && receive_.Holds(index))) {
    if (!config_.carrier_may_repeat || !receive_.HasCopy(index, pdu.body)) {
      return BeginRecovery(MaaError::kBadSequence);
    }
    counters_.repeated_sds.Add();
  } else if (index >= credit) {  // Dropped: the peer will have to send it again.
    if (highest < credit) SendUstat(vr_h_, vr_mr_);
    vr_h_ = vr_mr_;
  } else if (index == 0) {
    Deliver(pdu.body);
    if (highest == 0) vr_h_ = vr_r_;
    while (receive_.Holds(0)) Deliver(arena_.Copy(receive_.front()));
  } else {
    receive_.Hold(index, pdu.body);
    if (index < highest) return;
    if (index > highest) SendUstat(vr_h_, pdu.n_s);
    vr_h_ = AddToNumber(pdu.n_s, 1);
  }
}

void Sscop::Deliver(Bytes sdu) {
  receive_.Advance(sdu);
  vr_r_ = AddToNumber(vr_r_, 1);
  if (user_takes_data_) vr_mr_ = AddToNumber(vr_r_, config_.window);
  Signal(Kind::kDataIndication, sdu);
}

void Sscop::HandlePoll(const SscopPdu& pdu) {
  const int32_t next_new = NumberOffset(vr_r_, pdu.n_s);
  if (next_new < NumberOffset(vr_r_, vr_h_)) return BeginRecovery(MaaError::kBadSequence);
  vr_h_ = next_new > NumberOffset(vr_r_, vr_mr_) ? vr_mr_ : pdu.n_s;
  AnswerPoll(pdu.n_ps);
}

// The list alternates between the first missing and the first received SD, and ends at VR(H). What
// is too long for one STAT goes on in the next, which begins with the last element of this one.
void Sscop::AnswerPoll(uint32_t poll_number) {
  const int32_t end = NumberOffset(vr_r_, vr_h_);
  stat_list_.clear();
  auto append = [this](int32_t index) {
    stat_list_.resize(stat_list_.size() + wire::kSscopWordBytes);
    wire::StoreBe32(AddToNumber(vr_r_, static_cast<uint32_t>(index)),
                    &stat_list_[stat_list_.size() - wire::kSscopWordBytes]);
  };
  int32_t at = 0;
  while (at < end) {
    append(at);
    if (stat_list_.size() / wire::kSscopWordBytes >= config_.max_stat) {
      SendStat(poll_number);
      stat_list_.clear();
      append(at);
    }
    while (at < end && !receive_.Holds(at)) ++at;
    append(at);
    if (at == end) break;
    while (at < end && receive_.Holds(at)) ++at;
    if (at == end) append(at);
  }
  SendStat(poll_number);
}

void Sscop::SendStat(uint32_t poll_number) {
  Send({.type = SscopType::kStat,
        .n_ps = poll_number,
        .n_r = vr_r_,
        .n_mr = vr_mr_,
        .body = stat_list_});
}

void Sscop::SendUstat(uint32_t first_missing, uint32_t first_received) {
  std::array<uint8_t, 2 * wire::kSscopWordBytes> list;
  wire::StoreBe32(first_missing, list.data());
  wire::StoreBe32(first_received, list.data() + wire::kSscopWordBytes);
  Send({.type = SscopType::kUstat, .n_r = vr_r_, .n_mr = vr_mr_, .body = list});
}

void Sscop::HandleStat(const SscopPdu& pdu) {
  const int32_t poll = NumberOffset(vt_pa_, pdu.n_ps);
  if (poll < 0 || poll > NumberOffset(vt_pa_, vt_ps_)) {
    return BeginRecovery(MaaError::kBadPollSequence);
  }
  const int32_t acknowledged = NumberOffset(vt_a_, pdu.n_r);
  if (acknowledged < 0 || acknowledged > sent_sds()) return BeginRecovery(MaaError::kBadStat);
  Acknowledge(acknowledged, pdu.n_mr);
  vt_pa_ = pdu.n_ps;
  if (!TakeStatList(pdu)) return BeginRecovery(MaaError::kBadStat);
  if (marked_sds_ > 0) Report(MaaError::kRetransmissions, marked_sds_);
  NoteCredit();
  if (IsArmed(kPoll)) {
    Arm(kNoResponse);
  } else if (!IsArmed(kIdle)) {  // The transient phase ends.
    Stop(kKeepAlive);
    Stop(kNoResponse);
    Arm(kIdle);
  }
  SendPending();
}

void Sscop::HandleUstat(const SscopPdu& pdu) {
  const int32_t acknowledged = NumberOffset(vt_a_, pdu.n_r);
  if (acknowledged < 0 || acknowledged >= sent_sds()) return BeginRecovery(MaaError::kBadUstat);
  Acknowledge(acknowledged, pdu.n_mr);
  const int32_t from = NumberOffset(vt_a_, pdu.list_element(0));
  const int32_t to = NumberOffset(vt_a_, pdu.list_element(1));
  if (from < 0 || from >= to || to >= sent_sds() || !MarkMissing(from, to, std::nullopt)) {
    return BeginRecovery(MaaError::kBadUstat);
  }
  Report(MaaError::kRetransmissions, marked_sds_);
  SendPending();
}

void Sscop::Acknowledge(int32_t sds, uint32_t credit) {
  transmit_.PopFront(static_cast<size_t>(sds));
  vt_a_ = AddToNumber(vt_a_, static_cast<uint32_t>(sds));
  vt_ms_ = credit;
}

bool Sscop::TakeStatList(const SscopPdu& pdu) {
  if (pdu.list_size() < 2) return true;  // One element alone says nothing.
  int32_t from = NumberOffset(vt_a_, pdu.list_element(0));
  if (from < 0 || from >= sent_sds()) return false;
  for (size_t i = 1; i < pdu.list_size(); ++i) {
    const int32_t to = NumberOffset(vt_a_, pdu.list_element(i));
    if (to <= from || to > sent_sds()) return false;
    const bool missing = i % 2 == 1;
    if (missing && !MarkMissing(from, to, pdu.n_ps)) return false;
    for (int32_t at = from; !missing && at < to; ++at) transmit_.entry(at).acknowledged = true;
    from = to;
  }
  return true;
}

bool Sscop::MarkMissing(int32_t from, int32_t to, std::optional<uint32_t> before_poll) {
  for (int32_t at = from; at < to; ++at) {
    TransmitBuffer::Entry& entry = transmit_.entry(at);
    if (entry.acknowledged) return false;
    // What was sent after that POLL was not due yet when the peer looked.
    if (before_poll && NumberOffset(entry.poll_number, *before_poll) <= 0) continue;
    if (!entry.retransmit) ++marked_sds_;
    entry.retransmit = true;
  }
  return true;
}

void Sscop::NoteCredit() {
  const bool has_credit = HasCredit();
  if (has_credit == has_credit_) return;
  has_credit_ = has_credit;
  Report(has_credit ? MaaError::kCreditRegained : MaaError::kCreditLost);
}

// What is to be sent again goes first; then what is new, as far as the peer's credit goes.
void Sscop::SendPending() {
  for (size_t index = 0; marked_sds_ > 0; ++index) {
    TransmitBuffer::Entry& entry = transmit_.entry(index);
    if (!entry.retransmit) continue;
    entry.retransmit = false;
    --marked_sds_;
    counters_.retransmitted_sds.Add();
    SendSd(index);
  }
  while (sent_sds() < static_cast<int32_t>(transmit_.size())) {
    if (!HasCredit()) {
      // Ask until the peer has some. In the active phase the next POLL does.
      if (!IsArmed(kPoll)) {
        EnterActivePhase();
        Poll();
      }
      return;
    }
    const size_t index = static_cast<size_t>(sent_sds());
    vt_s_ = AddToNumber(vt_s_, 1);
    SendSd(index);
  }
}

void Sscop::SendSd(size_t index) {
  transmit_.entry(index).poll_number = vt_ps_;
  counters_.sent[static_cast<uint8_t>(SscopType::kSd)].Add();
  actions_.Add({.kind = Kind::kSendPdu, .bytes = transmit_.pdu(index)});
  ++vt_pd_;
  if (!IsArmed(kPoll)) {
    EnterActivePhase();
    Arm(kPoll);
  }
  if (vt_pd_ >= config_.max_pd) Poll();
}

void Sscop::EnterActivePhase() {
  if (IsArmed(kIdle)) Arm(kNoResponse);
  Stop(kIdle);
  Stop(kKeepAlive);
}

// While something is outstanding or waits, the active phase goes on; otherwise the transient one.
void Sscop::Poll() {
  vt_ps_ = AddToNumber(vt_ps_, 1);
  vt_pd_ = 0;
  Send({.type = SscopType::kPoll, .n_s = vt_s_, .n_ps = vt_ps_});
  Stop(kPoll);
  Arm(transmit_.size() == 0 ? kKeepAlive : kPoll);
}

bool Sscop::HasCredit() const { return sent_sds() < NumberOffset(vt_a_, vt_ms_); }

int32_t Sscop::sent_sds() const { return NumberOffset(vt_a_, vt_s_); }

}  // namespace vcp::signaling
