// SSCOP (Q.2110): assured delivery in sequence between two signaling entities, with selective
// retransmission and credit, over a carrier that loses PDUs but keeps their order. Pure: requests,
// PDUs and time come in, actions go out (action_list.h). One thread.
//
// Buffers are always released with the connection or when it recovers ("BR = yes" of Q.2110, which
// is all that SSCF-UNI asks for), so nothing is ever retrieved.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/counter.h"
#include "base/status.h"
#include "signaling/action_list.h"
#include "signaling/byte_arena.h"
#include "signaling/maa_error.h"
#include "signaling/sscop_buffers.h"
#include "signaling/sscop_config.h"
#include "wire/sscop_pdu.h"

namespace vcp::signaling {

// The numbers are those of Q.2110.
enum class SscopState : uint8_t {
  kIdle = 1,
  kOutgoingConnection = 2,
  kIncomingConnection = 3,
  kOutgoingDisconnection = 4,
  kOutgoingResynchronization = 5,
  kIncomingResynchronization = 6,
  kOutgoingRecovery = 7,
  kRecoveryResponse = 8,
  kIncomingRecovery = 9,
  kReady = 10,
};
inline constexpr size_t kSscopStateCount = 11;  // Number 0 is no state.
std::string_view SscopStateName(SscopState state);

// Bytes are good until Sscop::Reclaim; those that lie in a received PDU, as long as that one.
struct SscopAction {
  enum class Kind : uint8_t {
    kSendPdu,
    kEstablishIndication,  // bytes: user-to-user; answer with EstablishResponse or ReleaseRequest
    kEstablishConfirm,     // bytes: user-to-user
    kReleaseIndication,    // bytes: user-to-user; by_sscop
    kReleaseConfirm,       // bytes: user-to-user
    kResyncIndication,     // bytes: user-to-user; answer with ResyncResponse
    kResyncConfirm,        // bytes: user-to-user
    kRecoverIndication,    // answer with RecoverResponse
    kDataIndication,       // bytes: an SDU
    kUnitDataIndication,   // bytes: an SDU that was not assured
    kManagementDataIndication,
    kError,  // MAA-ERROR: error, count
  };

  Kind kind = Kind::kSendPdu;
  bool by_sscop = false;
  MaaError error{};
  uint32_t count = 0;
  std::span<const uint8_t> bytes{};
};

struct SscopCounters {
  std::array<Counter, wire::kSscopTypeCount> sent{};      // PDUs by type code
  std::array<Counter, wire::kSscopTypeCount> received{};  // good PDUs by type code
  std::array<Counter, kMaaErrorCount> errors{};           // by letter, from A
  Counter retransmitted_sds;
  Counter repeated_sds;    // received again after they were delivered
  Counter refused_sdus;    // by DataRequest, for want of room or of a connection
  Counter discarded_sdus;  // accepted, and given up with the connection

  uint64_t Errors(MaaError error) const { return errors[static_cast<size_t>(error) - 'A'].Read(); }
};

// Of Q.2110 clause 7.4 those that say how far the two sides have come.
struct SscopVariables {
  uint32_t vt_s = 0;   // the next new SD
  uint32_t vt_a = 0;   // the first that the peer has not acknowledged
  uint32_t vt_ms = 0;  // the first that the peer does not take: its credit
  uint32_t vr_r = 0;   // the next SD that is due here
  uint32_t vr_h = 0;   // after the highest one that is known here
  uint32_t vr_mr = 0;  // the first that is not taken here
};

class Sscop {
 public:
  // The configuration is valid.
  explicit Sscop(const SscopConfig& config);

  // AA primitives. kInvalidState where Q.2110 has no such primitive in this state, kTooBig for
  // more octets than j or k.
  Status EstablishRequest(std::span<const uint8_t> user_to_user, uint64_t now_ns);
  Status EstablishResponse(std::span<const uint8_t> user_to_user, uint64_t now_ns);
  Status ReleaseRequest(std::span<const uint8_t> user_to_user, uint64_t now_ns);
  Status ResyncRequest(std::span<const uint8_t> user_to_user, uint64_t now_ns);
  Status ResyncResponse(uint64_t now_ns);
  Status RecoverResponse(uint64_t now_ns);
  // kBackPressured: as many SDUs wait as may.
  Status DataRequest(std::span<const uint8_t> sdu, uint64_t now_ns);
  Status UnitDataRequest(std::span<const uint8_t> sdu);
  Status ManagementDataRequest(std::span<const uint8_t> sdu);

  // Whether credit follows deliveries. While it does not, the peer may send what it has credit for,
  // at most a window, and then has to wait.
  void SetUserTakesData(bool takes);

  void OnPdu(std::span<const uint8_t> bytes, uint64_t now_ns);

  // Runs what is due. Hand over received PDUs first: a machine that was not called for longer than
  // Timer_NO-RESPONSE ends its connection, whatever waits to be read.
  void OnTimer(uint64_t now_ns);
  std::optional<uint64_t> NextDeadlineNs() const;

  ActionList<SscopAction>& actions() { return actions_; }
  // All actions so far were carried out; their bytes may go.
  void Reclaim();

  SscopState state() const { return state_; }
  const SscopCounters& counters() const { return counters_; }
  // SDUs accepted and not acknowledged.
  size_t transmit_size() const { return transmit_.size(); }
  SscopVariables variables() const { return {vt_s_, vt_a_, vt_ms_, vr_r_, vr_h_, vr_mr_}; }

 private:
  enum Timer : uint8_t { kCc, kPoll, kKeepAlive, kNoResponse, kIdle, kTimerCount };
  static constexpr uint64_t kUnarmed = UINT64_MAX;
  using Bytes = std::span<const uint8_t>;
  using Kind = SscopAction::Kind;

  // sscop.cc: what comes in.
  size_t MaxBodyBytes(wire::SscopType type) const;
  void Dispatch(const wire::SscopPdu& pdu);
  void HandleUnexpected(const wire::SscopPdu& pdu, char reaction);
  void Expire(Timer timer);
  void ExpireCc();

  // sscop_connection.cc: making, ending, resynchronizing and recovering a connection.
  void HandleBgn(const wire::SscopPdu& pdu);
  void HandleRepeatedBgn();
  void HandleBgak(const wire::SscopPdu& pdu);
  void HandleBgrej(const wire::SscopPdu& pdu);
  void HandleEnd(const wire::SscopPdu& pdu);
  void HandleEndak(const wire::SscopPdu& pdu);
  void HandleRs(const wire::SscopPdu& pdu);
  void HandleRsak(const wire::SscopPdu& pdu);
  void HandleEr(const wire::SscopPdu& pdu);
  void HandleErak(const wire::SscopPdu& pdu);
  void TakeRepetition(wire::SscopType type, MaaError error);
  void BeginRecovery(MaaError error);
  void StartAttempts();
  // `answered` is what the peer will repeat if our answer is lost.
  void EnterReady(std::optional<wire::SscopType> answered);
  // Any other state. Stops all timers and releases the buffers.
  void Enter(SscopState state);
  bool IsRepeated(const wire::SscopPdu& pdu);
  void GrantInitialCredit();
  void SendBgn();
  void SendBgak(Bytes user_to_user);
  void SendEnd(bool by_sscop, Bytes user_to_user);
  void SendRs();
  void SendNumbered(wire::SscopType type);

  // sscop_transfer.cc: data transfer ready.
  void HandleTransfer(const wire::SscopPdu& pdu);
  void HandleSd(const wire::SscopPdu& pdu);
  void HandlePoll(const wire::SscopPdu& pdu);
  void HandleStat(const wire::SscopPdu& pdu);
  void HandleUstat(const wire::SscopPdu& pdu);
  void Deliver(Bytes sdu);
  void AnswerPoll(uint32_t poll_number);
  void SendStat(uint32_t poll_number);
  void SendUstat(uint32_t first_missing, uint32_t first_received);
  void Acknowledge(int32_t sds, uint32_t credit);
  bool TakeStatList(const wire::SscopPdu& pdu);
  // False when the peer acknowledged one of them before.
  bool MarkMissing(int32_t from, int32_t to, std::optional<uint32_t> before_poll);
  void NoteCredit();
  void SendPending();
  void SendSd(size_t index);
  void EnterActivePhase();
  void Poll();
  bool HasCredit() const;
  int32_t sent_sds() const;

  void Arm(Timer timer);
  void Stop(Timer timer) { deadlines_ns_[timer] = kUnarmed; }
  bool IsArmed(Timer timer) const { return deadlines_ns_[timer] != kUnarmed; }
  void Send(const wire::SscopPdu& pdu);
  void Signal(Kind kind, Bytes bytes = {}, bool by_sscop = false);
  void Report(MaaError error, uint32_t count = 1);

  const SscopConfig config_;
  SscopState state_ = SscopState::kIdle;
  uint64_t now_ns_ = 0;  // Of the call that is being handled.
  std::array<uint64_t, kTimerCount> deadlines_ns_;

  // Q.2110 clause 7.4, by their names there.
  uint32_t vt_s_ = 0;
  uint32_t vt_ps_ = 0;
  uint32_t vt_a_ = 0;
  uint32_t vt_pa_ = 0;
  uint32_t vt_ms_ = 0;
  uint32_t vt_pd_ = 0;
  uint32_t vt_cc_ = 0;
  uint8_t vt_sq_;
  uint32_t vr_r_ = 0;
  uint32_t vr_h_ = 0;
  uint32_t vr_mr_ = 0;
  uint8_t vr_sq_ = 0;
  // In data transfer: the type of PDU that the peer may be repeating, until it is heard to have our
  // answer. Q.2110 looks at N(SQ) only.
  std::optional<wire::SscopType> repeatable_;

  bool has_credit_ = true;  // For W and X.
  bool user_takes_data_ = true;
  bool ended_by_sscop_ = false;  // The last END, for its repetition.
  uint32_t marked_sds_ = 0;      // To be sent again.

  TransmitBuffer transmit_;
  ReceiveBuffer receive_;
  // User-to-user data of the last BGN, BGAK, END and RS, for their repetition.
  std::vector<uint8_t> bgn_data_, bgak_data_, end_data_, rs_data_;
  std::vector<uint8_t> stat_list_;

  ByteArena arena_;
  ActionList<SscopAction> actions_;
  SscopCounters counters_;
};

}  // namespace vcp::signaling
