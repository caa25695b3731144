// What the table of states does not show: user-to-user data, repetitions, and what becomes of data
// when a connection ends, resynchronizes or recovers.
#include <gtest/gtest.h>

#include <string>

#include "sscop_bench.h"

namespace vcp::signaling {
namespace {

using wire::SscopType;
using S = SscopState;
using T = SscopType;

std::span<const uint8_t> Text(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

TEST(SscopConnection, UserToUserDataGoesBothWaysAndIsRepeated) {
  SscopBench bench;
  ASSERT_EQ(bench.sscop.EstablishRequest(Text("hi"), bench.now_ns), Status::kSuccess);
  EXPECT_EQ(bench.Did(), "BGN N(SQ)=1 N(MR)=128 2 octets (hi)");
  EXPECT_EQ(bench.Pass(kNsPerSecond), "BGN N(SQ)=1 N(MR)=128 2 octets (hi)");
  EXPECT_EQ(bench.Pdu({.type = T::kBgak, .n_mr = 30, .body = Text("hello")}),
            "+establish.confirm(hello)");
  ASSERT_EQ(bench.sscop.ResyncRequest(Text("again"), bench.now_ns), Status::kSuccess);
  EXPECT_EQ(bench.Did(), "RS N(SQ)=2 N(MR)=128 5 octets (again)");
  EXPECT_EQ(bench.Pass(kNsPerSecond), "RS N(SQ)=2 N(MR)=128 5 octets (again)");
  EXPECT_EQ(bench.Pdu({.type = T::kRsak, .n_mr = 30}), "+resync.confirm");
  ASSERT_EQ(bench.sscop.ReleaseRequest(Text("bye"), bench.now_ns), Status::kSuccess);
  EXPECT_EQ(bench.Did(), "END 3 octets (bye)");
  EXPECT_EQ(bench.Pass(kNsPerSecond), "END 3 octets (bye)");
}

TEST(SscopConnection, TheAnsweringSideRepeatsItsUserToUserData) {
  SscopBench bench;
  EXPECT_EQ(bench.Pdu({.type = T::kBgn, .n_sq = 1, .n_mr = 30, .body = Text("hi")}),
            "+establish.indication(hi)");
  ASSERT_EQ(bench.sscop.EstablishResponse(Text("hello"), bench.now_ns), Status::kSuccess);
  EXPECT_EQ(bench.Did(), "BGAK N(MR)=128 5 octets (hello)");
  EXPECT_EQ(bench.Pdu({.type = T::kBgn, .n_sq = 1, .n_mr = 30, .body = Text("hi")}),
            "BGAK N(MR)=128 5 octets (hello)");
  EXPECT_EQ(bench.Pdu({.type = T::kEnd, .by_sscop = true, .body = Text("bye")}),
            "ENDAK; +release.indication(bye) by SSCOP");
}

TEST(SscopConnection, AUserMayRefuse) {
  SscopBench bench;
  bench.Reach(S::kIncomingConnection);
  ASSERT_EQ(bench.sscop.ReleaseRequest(Text("no"), bench.now_ns), Status::kSuccess);
  EXPECT_EQ(bench.Did(), "BGREJ 2 octets (no)");
  EXPECT_EQ(bench.sscop.state(), S::kIdle);

  SscopBench other;
  other.Reach(S::kOutgoingConnection);
  EXPECT_EQ(other.Pdu({.type = T::kBgrej, .body = Text("no")}), "+release.indication(no)");
}

TEST(SscopConnection, AnEndThatTheUserAskedForReplacesAnAttempt) {
  SscopBench bench;
  bench.Reach(S::kOutgoingDisconnection);
  ASSERT_EQ(bench.sscop.EstablishRequest({}, bench.now_ns), Status::kSuccess);
  EXPECT_EQ(bench.Did(), "BGN N(SQ)=2 N(MR)=128");
  EXPECT_EQ(bench.Pdu({.type = T::kBgak, .n_mr = 30}), "+establish.confirm");
}

TEST(SscopConnection, ConnectionNumbersGoRound) {
  SscopBench bench({.connection_number = 254});
  for (const char* bgn : {"BGN N(SQ)=255 N(MR)=128", "BGN N(SQ)=0 N(MR)=128"}) {
    ASSERT_EQ(bench.sscop.EstablishRequest({}, bench.now_ns), Status::kSuccess);
    EXPECT_EQ(bench.Did(), bgn);
    EXPECT_EQ(bench.Pdu({.type = T::kBgrej}), "+release.indication");
  }
}

TEST(SscopConnection, RequestsThatAreTooLong) {
  SscopBench bench({.max_sdu_bytes = 4, .max_user_to_user_bytes = 2});
  EXPECT_EQ(bench.sscop.EstablishRequest(Text("abc"), bench.now_ns), Status::kTooBig);
  EXPECT_EQ(bench.sscop.UnitDataRequest(Text("abcde")), Status::kTooBig);
  EXPECT_EQ(bench.sscop.ManagementDataRequest(Text("abcde")), Status::kTooBig);
  bench.Reach(S::kReady);
  EXPECT_EQ(bench.sscop.DataRequest(Text("abcde"), bench.now_ns), Status::kTooBig);
  EXPECT_EQ(bench.sscop.ResyncRequest(Text("abc"), bench.now_ns), Status::kTooBig);
  EXPECT_EQ(bench.sscop.ReleaseRequest(Text("abc"), bench.now_ns), Status::kTooBig);
  EXPECT_EQ(bench.Did(), "");
  EXPECT_EQ(bench.Data("abcd"), "SD N(S)=0 4 octets (abcd)");
}

// MAA-ERROR U, whatever the state; the PDU is dropped.
TEST(SscopConnection, PdusOfWrongLength) {
  for (const S state : {S::kIdle, S::kReady}) {
    SscopBench bench({.max_sdu_bytes = 4, .max_user_to_user_bytes = 2});
    bench.Reach(state);
    EXPECT_EQ(bench.Bytes({}), "!U");
    EXPECT_EQ(bench.Bytes({1, 2, 3}), "!U");
    EXPECT_EQ(bench.Bytes({0x0a, 0, 0, 0}), "!U");
    EXPECT_EQ(bench.Bytes({0, 0, 0, 0, 0, 0, 0, 0}), "!U");
    EXPECT_EQ(bench.Pdu({.type = T::kSd, .body = Text("abcde")}), "!U");
    EXPECT_EQ(bench.Pdu({.type = T::kUd, .body = Text("abcde")}), "!U");
    EXPECT_EQ(bench.Pdu({.type = T::kBgn, .n_sq = 7, .body = Text("abc")}), "!U");
    EXPECT_EQ(bench.Pdu({.type = T::kUd, .body = Text("abcd")}), "+unit_data(abcd)");
    EXPECT_EQ(bench.sscop.state(), state);
    EXPECT_EQ(bench.sscop.counters().Errors(MaaError::kBadLength), 7u);
  }
}

// Buffers are released: neither what was queued nor what waited for a gap survives.
TEST(SscopConnection, ARecoveryForgetsDataOnBothSides) {
  SscopBench bench;
  bench.Reach(S::kReady, 1);
  bench.Data("sent");
  bench.Data("queued");
  bench.Pdu({.type = T::kSd, .n_s = 1, .body = Text("ahead")});
  EXPECT_EQ(bench.Pdu({.type = T::kEr, .n_sq = 2, .n_mr = 30}), "+recover.indication");
  EXPECT_EQ(bench.sscop.transmit_size(), 0u);
  EXPECT_EQ(bench.sscop.counters().discarded_sdus.Read(), 2u);
  ASSERT_EQ(bench.sscop.RecoverResponse(bench.now_ns), Status::kSuccess);
  EXPECT_EQ(bench.Did(), "ERAK N(MR)=128");
  EXPECT_EQ(bench.Pdu({.type = T::kSd, .n_s = 0, .body = Text("new")}), "+data(new)");
  EXPECT_EQ(bench.Data("fresh"), "SD N(S)=0 5 octets (fresh)");
}

TEST(SscopConnection, OurRecoveryIsAnsweredOnceAndRepeated) {
  SscopBench bench;
  bench.Reach(S::kRecoveryResponse);
  EXPECT_EQ(bench.Pdu({.type = T::kErak, .n_mr = 30}), "");  // A second answer.
  ASSERT_EQ(bench.sscop.RecoverResponse(bench.now_ns), Status::kSuccess);
  EXPECT_EQ(bench.Did(), "");
  EXPECT_EQ(bench.sscop.state(), S::kReady);
  EXPECT_EQ(bench.Data("a"), "SD N(S)=0 1 octets (a)");
}

TEST(SscopConnection, BothSidesRecoverAtOnce) {
  SscopBench bench;
  bench.Reach(S::kOutgoingRecovery);
  EXPECT_EQ(bench.Pdu({.type = T::kEr, .n_sq = 2, .n_mr = 30}),
            "ERAK N(MR)=128; +recover.indication");
  EXPECT_EQ(bench.Pdu({.type = T::kErak, .n_mr = 30}), "");
  ASSERT_EQ(bench.sscop.RecoverResponse(bench.now_ns), Status::kSuccess);
  EXPECT_EQ(bench.sscop.state(), S::kReady);
}

// What SSCOP answers in data transfer, and the state in which it answered first.
struct Answered {
  SscopType type;
  S before;
  uint8_t number;
  std::string_view answer;
  std::string_view reported;
};
constexpr Answered kAnswered[] = {
    {T::kBgn, S::kIncomingConnection, 1, "BGAK N(MR)=128", "!B"},
    {T::kRs, S::kIncomingResynchronization, 2, "RSAK N(MR)=128", "!J"},
    {T::kEr, S::kIncomingRecovery, 2, "ERAK N(MR)=128", "!L"},
};

void AnswerTo(const Answered& answered, SscopBench* bench) {
  bench->Reach(answered.before);
  if (answered.type == T::kBgn) (void)bench->sscop.EstablishResponse({}, bench->now_ns);
  if (answered.type == T::kRs) (void)bench->sscop.ResyncResponse(bench->now_ns);
  if (answered.type == T::kEr) (void)bench->sscop.RecoverResponse(bench->now_ns);
  EXPECT_EQ(bench->Did(), answered.answer);
  ASSERT_EQ(bench->sscop.state(), S::kReady);
}

TEST(SscopConnection, WhatIsRepeatedIsAnsweredAgainAndKeepsTheConnection) {
  for (const Answered& answered : kAnswered) {
    SscopBench bench;
    AnswerTo(answered, &bench);
    bench.Pass(6 * kNsPerSecond);
    EXPECT_EQ(bench.Pdu({.type = answered.type, .n_sq = answered.number, .n_mr = 30}),
              answered.answer);
    bench.Pass(2 * kNsPerSecond);
    EXPECT_EQ(bench.sscop.state(), S::kReady);
  }
}

// A process that restarted begins with number 1 again, which here may look like a repetition. But
// the peer was heard since, so it had our answer: it gets another one, and we recover.
TEST(SscopConnection, ARestartedPeerWithTheSameNumberIsRecoveredFrom) {
  for (const Answered& answered : kAnswered) {
    SscopBench bench;
    AnswerTo(answered, &bench);
    bench.Pdu({.type = T::kPoll, .n_ps = 1});
    EXPECT_TRUE(bench.Pdu({.type = answered.type, .n_sq = answered.number, .n_mr = 30})
                    .starts_with(std::string(answered.answer) + "; " +
                                 std::string(answered.reported) + "; ER"));
    EXPECT_EQ(bench.Pdu({.type = T::kErak, .n_mr = 30}), "+recover.indication");
  }
}

// The same with what was never answered here: the number is left over from an earlier connection.
TEST(SscopConnection, ANumberOfAnEarlierConnectionIsRecoveredFrom) {
  SscopBench bench;
  bench.Reach(S::kReady);
  bench.Pdu({.type = T::kEnd});
  ASSERT_EQ(bench.sscop.EstablishRequest({}, bench.now_ns), Status::kSuccess);
  bench.Pdu({.type = T::kBgak, .n_mr = 30});
  EXPECT_EQ(bench.Pdu({.type = T::kRs, .n_sq = 1, .n_mr = 30}),
            "RSAK N(MR)=128; !J; ER N(SQ)=3 N(MR)=128");
}

// Without the BGN, which may be lost to a table of addresses that has to be learned anew, its first
// POLL is far behind.
TEST(SscopConnection, ARestartedPeerIsRecoveredFromByItsPoll) {
  SscopBench bench;
  bench.Reach(S::kReady);
  EXPECT_EQ(bench.Pdu({.type = T::kSd, .n_s = 0, .body = Text("old")}), "+data(old)");
  EXPECT_EQ(bench.Pdu({.type = T::kPoll, .n_s = 0, .n_ps = 1}), "!Q; ER N(SQ)=2 N(MR)=128");
}

TEST(SscopConnection, AUserThatHasRoomAgainBeforeThePeerAnswersGivesCredit) {
  SscopBench bench;
  bench.sscop.SetUserTakesData(false);
  ASSERT_EQ(bench.sscop.EstablishRequest({}, bench.now_ns), Status::kSuccess);
  EXPECT_EQ(bench.Did(), "BGN N(SQ)=1 N(MR)=0");
  bench.sscop.SetUserTakesData(true);
  bench.Pdu({.type = T::kBgak, .n_mr = 30});
  EXPECT_EQ(bench.Pdu({.type = T::kPoll, .n_ps = 1}), "STAT N(PS)=1 N(MR)=128 N(R)=0");
}

TEST(SscopConnection, CreditThatWasPromisedStays) {
  SscopBench bench;
  ASSERT_EQ(bench.sscop.EstablishRequest({}, bench.now_ns), Status::kSuccess);
  bench.sscop.SetUserTakesData(false);
  bench.Pdu({.type = T::kBgak, .n_mr = 30});
  EXPECT_EQ(bench.Pdu({.type = T::kSd, .body = Text("a")}), "+data(a)");
  bench.Did();
  EXPECT_EQ(bench.Pdu({.type = T::kPoll, .n_s = 1, .n_ps = 1}), "STAT N(PS)=1 N(MR)=128 N(R)=1");
}

TEST(SscopConnection, ResynchronizingForgetsDataToo) {
  SscopBench bench;
  bench.Reach(S::kReady);
  bench.Data("a");
  ASSERT_EQ(bench.sscop.ResyncRequest({}, bench.now_ns), Status::kSuccess);
  EXPECT_EQ(bench.Did(), "RS N(SQ)=2 N(MR)=128");
  EXPECT_EQ(bench.Pdu({.type = T::kRsak, .n_mr = 30}), "+resync.confirm");
  EXPECT_EQ(bench.Data("b"), "SD N(S)=0 1 octets (b)");
  EXPECT_EQ(bench.Pdu({.type = T::kRs, .n_sq = 2, .n_mr = 30}), "+resync.indication");
  ASSERT_EQ(bench.sscop.ResyncResponse(bench.now_ns), Status::kSuccess);
  EXPECT_EQ(bench.Did(), "RSAK N(MR)=128");
  EXPECT_EQ(bench.Data("c"), "SD N(S)=0 1 octets (c)");
}

}  // namespace
}  // namespace vcp::signaling
