// Every state and every PDU: what SSCOP does, and where it is afterwards (Q.2110 clause 8 and its
// tables of states).
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "sscop_bench.h"

namespace vcp::signaling {
namespace {

using wire::SscopPdu;
using wire::SscopType;
using S = SscopState;
using T = SscopType;

constexpr std::string_view kEnd = "END by SSCOP";
constexpr std::string_view kReleased = "+release.indication by SSCOP";

// A PDU of each type as a peer would send it that has just begun, with a new connection number.
SscopPdu NewPdu(SscopType type) {
  SscopPdu pdu = {.type = type};
  switch (type) {
    case T::kBgn:
    case T::kRs:
    case T::kEr:
      pdu.n_sq = 9;
      pdu.n_mr = 30;
      break;
    case T::kBgak:
    case T::kRsak:
    case T::kErak:
      pdu.n_mr = 30;
      break;
    case T::kPoll:
      pdu.n_ps = 1;
      break;
    default:
      break;
  }
  return pdu;
}

struct Reaction {
  std::string does;
  S next;
};

// "letter": reported, no more. "letter end": END sent, "letter release": the connection is gone.
Reaction Unexpected(char letter, S state, std::string_view also) {
  std::string does = std::string("!") + letter;
  if (also.find("end") != also.npos) does += "; " + std::string(kEnd);
  if (also.find("release") == also.npos) return {does, state};
  return {does + "; " + std::string(kReleased), S::kIdle};
}

using Row = std::map<SscopType, Reaction>;

// What is common to all: unassured data in any state, everything else ignored.
Row Ignoring(S state) {
  Row row;
  for (uint8_t code = 1; code < wire::kSscopTypeCount; ++code) {
    row[static_cast<T>(code)] = {"", state};
  }
  row[T::kUd] = {"+unit_data()", state};
  row[T::kMd] = {"+management_data()", state};
  return row;
}

Row Idle() {
  Row row = Ignoring(S::kIdle);
  constexpr std::array<std::pair<T, char>, 10> kEnded = {{{T::kBgak, 'C'},
                                                          {T::kRs, 'J'},
                                                          {T::kRsak, 'K'},
                                                          {T::kSd, 'A'},
                                                          {T::kEr, 'L'},
                                                          {T::kPoll, 'G'},
                                                          {T::kStat, 'H'},
                                                          {T::kUstat, 'I'},
                                                          {T::kErak, 'M'},
                                                          {T::kBgrej, 'D'}}};
  for (const auto& [type, letter] : kEnded) row[type] = Unexpected(letter, S::kIdle, "end");
  row[T::kBgrej] = Unexpected('D', S::kIdle, "");
  row[T::kBgn] = {"+establish.indication", S::kIncomingConnection};
  row[T::kEnd] = {"ENDAK", S::kIdle};
  return row;
}

Row OutgoingConnection() {
  Row row = Ignoring(S::kOutgoingConnection);
  row[T::kBgn] = {"BGAK N(MR)=128; +establish.confirm", S::kReady};
  row[T::kBgak] = {"+establish.confirm", S::kReady};
  row[T::kBgrej] = {"+release.indication", S::kIdle};
  return row;
}

Row OutgoingDisconnection() {
  Row row = Ignoring(S::kOutgoingDisconnection);
  row[T::kBgn] = {"+release.confirm; +establish.indication", S::kIncomingConnection};
  row[T::kEnd] = {"ENDAK; +release.confirm", S::kIdle};
  row[T::kEndak] = {"+release.confirm", S::kIdle};
  row[T::kBgrej] = {"+release.confirm", S::kIdle};
  return row;
}

// What is common to all states with a connection or one about to be.
Row Connected(S state) {
  Row row = Ignoring(state);
  row[T::kBgn] = {"+release.indication; +establish.indication", S::kIncomingConnection};
  row[T::kEnd] = {"ENDAK; +release.indication", S::kIdle};
  row[T::kEndak] = Unexpected('F', state, "release");
  row[T::kBgrej] = Unexpected('D', state, "release");
  return row;
}

// The peer waits for our user's answer; it cannot send data before that.
Row Incoming(S state) {
  Row row = Connected(state);
  row[T::kBgak] = Unexpected('C', state, "");
  row[T::kRs] = Unexpected('J', state, "");
  row[T::kRsak] = Unexpected('K', state, "");
  row[T::kEr] = Unexpected('L', state, "");
  row[T::kErak] = Unexpected('M', state, "");
  row[T::kSd] = Unexpected('A', state, "end release");
  row[T::kPoll] = Unexpected('G', state, "end release");
  row[T::kStat] = Unexpected('H', state, "end release");
  row[T::kUstat] = Unexpected('I', state, "end release");
  return row;
}

Row OutgoingResynchronization() {
  Row row = Connected(S::kOutgoingResynchronization);
  row[T::kRs] = {"RSAK N(MR)=128; +resync.confirm", S::kReady};
  row[T::kRsak] = {"+resync.confirm", S::kReady};
  return row;
}

Row OutgoingRecovery() {
  Row row = Connected(S::kOutgoingRecovery);
  row[T::kBgak] = Unexpected('C', S::kOutgoingRecovery, "");
  row[T::kRs] = {"+resync.indication", S::kIncomingResynchronization};
  row[T::kRsak] = Unexpected('K', S::kOutgoingRecovery, "");
  row[T::kEr] = {"ERAK N(MR)=128; +recover.indication", S::kRecoveryResponse};
  row[T::kErak] = {"+recover.indication", S::kRecoveryResponse};
  return row;
}

Row RecoveryResponse() {
  Row row = Connected(S::kRecoveryResponse);
  row[T::kBgak] = Unexpected('C', S::kRecoveryResponse, "");
  row[T::kRs] = {"+resync.indication", S::kIncomingResynchronization};
  row[T::kRsak] = Unexpected('K', S::kRecoveryResponse, "");
  row[T::kEr] = Unexpected('L', S::kRecoveryResponse, "");
  row[T::kStat] = Unexpected('H', S::kRecoveryResponse, "end release");
  row[T::kUstat] = Unexpected('I', S::kRecoveryResponse, "end release");
  return row;
}

Row IncomingRecovery() {
  Row row = Incoming(S::kIncomingRecovery);
  row[T::kRs] = {"+resync.indication", S::kIncomingResynchronization};
  return row;
}

Row Ready() {
  Row row = Connected(S::kReady);
  row[T::kRs] = {"+resync.indication", S::kIncomingResynchronization};
  row[T::kEr] = {"+recover.indication", S::kIncomingRecovery};
  row[T::kSd] = {"+data()", S::kReady};
  row[T::kPoll] = {"STAT N(PS)=1 N(MR)=128 N(R)=0", S::kReady};
  // Nothing was polled, nothing was sent: both name what cannot be.
  row[T::kStat] = {"!R; ER N(SQ)=2 N(MR)=128", S::kOutgoingRecovery};
  row[T::kUstat] = {"!T; ER N(SQ)=2 N(MR)=128", S::kOutgoingRecovery};
  return row;
}

const std::map<S, Row>& Table() {
  static const std::map<S, Row> table = {
      {S::kIdle, Idle()},
      {S::kOutgoingConnection, OutgoingConnection()},
      {S::kIncomingConnection, Incoming(S::kIncomingConnection)},
      {S::kOutgoingDisconnection, OutgoingDisconnection()},
      {S::kOutgoingResynchronization, OutgoingResynchronization()},
      {S::kIncomingResynchronization, Incoming(S::kIncomingResynchronization)},
      {S::kOutgoingRecovery, OutgoingRecovery()},
      {S::kRecoveryResponse, RecoveryResponse()},
      {S::kIncomingRecovery, IncomingRecovery()},
      {S::kReady, Ready()},
  };
  return table;
}

TEST(SscopStates, EveryStateHasAReactionToEveryPdu) {
  size_t cells = 0;
  for (const auto& [state, row] : Table()) {
    for (const auto& [type, reaction] : row) {
      SCOPED_TRACE(std::string(SscopStateName(state)) + ": " + std::string(SscopTypeName(type)));
      SscopBench bench;
      bench.Reach(state);
      const SscopPdu pdu = NewPdu(type);
      const std::string does = type == T::kUstat ? bench.Stat(pdu, {0, 1}) : bench.Pdu(pdu);
      EXPECT_EQ(does, reaction.does);
      EXPECT_EQ(bench.sscop.state(), reaction.next);
      // Only a connection, or asking for one or its end, takes time.
      const bool waits = reaction.next == S::kReady || reaction.next == S::kOutgoingConnection ||
                         reaction.next == S::kOutgoingDisconnection ||
                         reaction.next == S::kOutgoingResynchronization ||
                         reaction.next == S::kOutgoingRecovery;
      EXPECT_EQ(bench.sscop.NextDeadlineNs().has_value(), waits);
      ++cells;
    }
  }
  EXPECT_EQ(cells, 150u);
}

// The same numbers again: our answer was lost, or theirs came late.
TEST(SscopStates, RepeatedConnectionNumbers) {
  struct Case {
    S state;
    SscopType type;
    uint8_t number;  // That of the PDU that led to this state.
    std::string_view does;
  };
  const Case kCases[] = {
      {S::kIncomingConnection, T::kBgn, 1, ""},
      {S::kOutgoingDisconnection, T::kBgn, 1, "BGAK N(MR)=128; END"},
      {S::kOutgoingResynchronization, T::kBgn, 1, "BGAK N(MR)=128; RS N(SQ)=2 N(MR)=128"},
      {S::kOutgoingResynchronization, T::kRs, 1, ""},
      {S::kIncomingResynchronization, T::kBgn, 2, "!B"},
      {S::kIncomingResynchronization, T::kRs, 2, ""},
      {S::kOutgoingRecovery, T::kBgn, 1, "!B"},
      {S::kOutgoingRecovery, T::kRs, 1, "!J"},
      {S::kOutgoingRecovery, T::kEr, 1, "!L"},
      {S::kRecoveryResponse, T::kBgn, 1, "!B"},
      {S::kRecoveryResponse, T::kRs, 1, "!J"},
      {S::kRecoveryResponse, T::kEr, 1, "ERAK N(MR)=128"},
      {S::kIncomingRecovery, T::kBgn, 2, "!B"},
      {S::kIncomingRecovery, T::kRs, 2, "!J"},
      {S::kIncomingRecovery, T::kEr, 2, ""},
      {S::kReady, T::kBgn, 1, "BGAK N(MR)=128"},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(std::string(SscopStateName(c.state)) + ": " + std::string(SscopTypeName(c.type)));
    SscopBench bench;
    bench.Reach(c.state);
    EXPECT_EQ(bench.Pdu({.type = c.type, .n_sq = c.number, .n_mr = 30}), c.does);
    EXPECT_EQ(bench.sscop.state(), c.state);
  }
}

TEST(SscopStates, ARepeatedBgnOfAConnectionThatIsOverIsRejected) {
  SscopBench bench;
  bench.Reach(S::kReady);
  bench.Pdu({.type = T::kEnd});
  EXPECT_EQ(bench.Pdu({.type = T::kBgn, .n_sq = 1, .n_mr = 30}), "BGREJ");
  EXPECT_EQ(bench.sscop.state(), S::kIdle);

  SscopBench robust({.accepts_repeated_bgn_when_idle = true});
  robust.Reach(S::kReady);
  robust.Pdu({.type = T::kEnd});
  EXPECT_EQ(robust.Pdu({.type = T::kBgn, .n_sq = 1, .n_mr = 30}), "+establish.indication");
}

TEST(SscopStates, OurOwnBgnIsNotAnsweredByARepeatedOne) {
  SscopBench bench;
  bench.Reach(S::kReady);
  bench.Pdu({.type = T::kEnd});
  EXPECT_EQ(bench.sscop.EstablishRequest({}, bench.now_ns), Status::kSuccess);
  EXPECT_EQ(bench.Did(), "BGN N(SQ)=2 N(MR)=128");
  EXPECT_EQ(bench.Pdu({.type = T::kBgn, .n_sq = 1, .n_mr = 30}), "");
  EXPECT_EQ(bench.sscop.state(), S::kOutgoingConnection);
}

// Every primitive in every state: carried out, or refused and nothing done.
TEST(SscopStates, PrimitivesInStatesThatHaveNone) {
  using Call = Status (*)(Sscop*, uint64_t);
  struct Primitive {
    std::string_view name;
    Call call;
    std::string_view allowed;  // By state number from 1, 'x' where it is.
  };
  const Primitive kPrimitives[] = {
      {"establish.request", [](Sscop* s, uint64_t now) { return s->EstablishRequest({}, now); },
       "x..x......"},
      {"establish.response", [](Sscop* s, uint64_t now) { return s->EstablishResponse({}, now); },
       "..x......."},
      {"release.request", [](Sscop* s, uint64_t now) { return s->ReleaseRequest({}, now); },
       ".xx.xxxxxx"},
      {"resync.request", [](Sscop* s, uint64_t now) { return s->ResyncRequest({}, now); },
       "......xxxx"},
      {"resync.response", [](Sscop* s, uint64_t now) { return s->ResyncResponse(now); },
       ".....x...."},
      {"recover.response", [](Sscop* s, uint64_t now) { return s->RecoverResponse(now); },
       ".......xx."},
      {"data.request", [](Sscop* s, uint64_t now) { return s->DataRequest({}, now); },
       ".........x"},
      {"unitdata.request", [](Sscop* s, uint64_t) { return s->UnitDataRequest({}); }, "xxxxxxxxxx"},
      {"maa unitdata.request", [](Sscop* s, uint64_t) { return s->ManagementDataRequest({}); },
       "xxxxxxxxxx"},
  };
  for (const Primitive& primitive : kPrimitives) {
    for (size_t i = 0; i < 10; ++i) {
      const auto state = static_cast<S>(i + 1);
      SCOPED_TRACE(std::string(SscopStateName(state)) + ": " + std::string(primitive.name));
      SscopBench bench;
      bench.Reach(state);
      const bool allowed = primitive.allowed[i] == 'x';
      EXPECT_EQ(primitive.call(&bench.sscop, bench.now_ns),
                allowed ? Status::kSuccess : Status::kInvalidState);
      // Recovery on our side needs no PDU: the peer knows since its ERAK.
      const bool silent = state == S::kRecoveryResponse && primitive.name == "recover.response";
      EXPECT_EQ(bench.Did().empty(), !allowed || silent);
      if (!allowed) {
        EXPECT_EQ(bench.sscop.state(), state);
      }
    }
  }
}

TEST(SscopStates, EachHasAName) {
  for (const auto& [state, row] : Table()) EXPECT_FALSE(SscopStateName(state).empty());
  for (char letter = 'A'; letter <= 'X'; ++letter) {
    EXPECT_EQ(MaaErrorName(static_cast<MaaError>(letter)) == "unknown", letter == 'N');
    EXPECT_FALSE(MaaErrorMeaning(static_cast<MaaError>(letter)).empty());
  }
}

}  // namespace
}  // namespace vcp::signaling
