// Each timer of Q.2110, to the millisecond, with the values of Q.2130.
#include <gtest/gtest.h>

#include <string>

#include "sscop_bench.h"

namespace vcp::signaling {
namespace {

using wire::SscopType;
using S = SscopState;
using T = SscopType;

// Nothing happens until the millisecond before; then `does` does.
void ExpectAfter(SscopBench* bench, uint64_t duration_ns, std::string_view does) {
  EXPECT_EQ(bench->Pass(duration_ns - kNsPerMs), "");
  EXPECT_EQ(bench->Pass(kNsPerMs), does);
}

constexpr uint64_t kCc = 1 * kNsPerSecond;
constexpr uint64_t kPoll = 750 * kNsPerMs;
constexpr uint64_t kKeepAlive = 2 * kNsPerSecond;
constexpr uint64_t kNoResponse = 7 * kNsPerSecond;
constexpr uint64_t kIdle = 15 * kNsPerSecond;

// From the transient phase to the idle one: the peer has answered the POLL, and all is
// acknowledged.
void ReachIdlePhase(SscopBench* bench) {
  bench->Reach(S::kReady);
  ExpectAfter(bench, kPoll, "POLL N(PS)=1 N(S)=0");
  EXPECT_EQ(bench->Pdu({.type = T::kStat, .n_ps = 1, .n_mr = 30}), "");
}

TEST(SscopTimers, CcRepeatsBgnFourTimes) {
  SscopBench bench;
  ASSERT_EQ(bench.sscop.EstablishRequest({}, bench.now_ns), Status::kSuccess);
  EXPECT_EQ(bench.Did(), "BGN N(SQ)=1 N(MR)=128");
  for (int i = 0; i < 3; ++i) ExpectAfter(&bench, kCc, "BGN N(SQ)=1 N(MR)=128");
  ExpectAfter(&bench, kCc, "!O; END by SSCOP; +release.indication by SSCOP");
  EXPECT_EQ(bench.sscop.state(), S::kIdle);
  EXPECT_EQ(bench.sscop.NextDeadlineNs(), std::nullopt);
}

TEST(SscopTimers, CcRepeatsEndFourTimes) {
  SscopBench bench;
  bench.Reach(S::kOutgoingDisconnection);
  for (int i = 0; i < 3; ++i) ExpectAfter(&bench, kCc, "END");
  ExpectAfter(&bench, kCc, "!O; +release.confirm");
  EXPECT_EQ(bench.sscop.NextDeadlineNs(), std::nullopt);
}

TEST(SscopTimers, CcRepeatsRsFourTimes) {
  SscopBench bench;
  bench.Reach(S::kOutgoingResynchronization);
  for (int i = 0; i < 3; ++i) ExpectAfter(&bench, kCc, "RS N(SQ)=2 N(MR)=128");
  ExpectAfter(&bench, kCc, "!O; END by SSCOP; +release.indication by SSCOP");
  EXPECT_EQ(bench.sscop.state(), S::kIdle);
}

TEST(SscopTimers, CcRepeatsErFourTimes) {
  SscopBench bench;
  bench.Reach(S::kOutgoingRecovery);
  for (int i = 0; i < 3; ++i) ExpectAfter(&bench, kCc, "ER N(SQ)=2 N(MR)=128");
  ExpectAfter(&bench, kCc, "!O; END by SSCOP; +release.indication by SSCOP");
  EXPECT_EQ(bench.sscop.state(), S::kIdle);
}

TEST(SscopTimers, CcOfOneRequestDoesNotCountForTheNext) {
  SscopBench bench;
  ASSERT_EQ(bench.sscop.EstablishRequest({}, bench.now_ns), Status::kSuccess);
  bench.Pass(3 * kCc);
  ASSERT_EQ(bench.sscop.ReleaseRequest({}, bench.now_ns), Status::kSuccess);
  bench.Did();
  for (int i = 0; i < 3; ++i) ExpectAfter(&bench, kCc, "END");
  ExpectAfter(&bench, kCc, "!O; +release.confirm");
}

// Active phase: POLL after POLL while something is outstanding. NO-RESPONSE counts from the last
// STAT.
TEST(SscopTimers, PollInTheActivePhase) {
  SscopBench bench;
  bench.Reach(S::kReady);
  EXPECT_EQ(bench.Data("a"), "SD N(S)=0 1 octets (a)");
  ExpectAfter(&bench, kPoll, "POLL N(PS)=1 N(S)=1");
  ExpectAfter(&bench, kPoll, "POLL N(PS)=2 N(S)=1");
  EXPECT_EQ(bench.Stat({.type = T::kStat, .n_ps = 2, .n_mr = 30}, {0, 1}),
            "!V; SD N(S)=0 1 octets (a)");
  ExpectAfter(&bench, kPoll, "POLL N(PS)=3 N(S)=1");
  // 7 s after the STAT: eight more POLLs and 250 ms.
  for (int i = 4; i < 12; ++i) {
    ExpectAfter(&bench, kPoll, "POLL N(PS)=" + std::to_string(i) + " N(S)=1");
  }
  ExpectAfter(&bench, kNoResponse - 9 * kPoll, "!P; END by SSCOP; +release.indication by SSCOP");
  EXPECT_EQ(bench.sscop.state(), S::kIdle);
  EXPECT_EQ(bench.sscop.NextDeadlineNs(), std::nullopt);
}

TEST(SscopTimers, NoResponseCountsFromTheConnection) {
  SscopBench bench;
  bench.Reach(S::kReady);
  bench.Pass(kNoResponse - kNsPerMs);
  EXPECT_EQ(bench.Pass(kNsPerMs), "!P; END by SSCOP; +release.indication by SSCOP");
}

// Transient phase: nothing outstanding, but no STAT yet.
TEST(SscopTimers, KeepAliveInTheTransientPhase) {
  SscopBench bench;
  bench.Reach(S::kReady);
  ExpectAfter(&bench, kPoll, "POLL N(PS)=1 N(S)=0");
  ExpectAfter(&bench, kKeepAlive, "POLL N(PS)=2 N(S)=0");
  ExpectAfter(&bench, kKeepAlive, "POLL N(PS)=3 N(S)=0");
  ExpectAfter(&bench, kKeepAlive, "POLL N(PS)=4 N(S)=0");
  ExpectAfter(&bench, kNoResponse - kPoll - 3 * kKeepAlive,
              "!P; END by SSCOP; +release.indication by SSCOP");
}

// Idle phase: all is well, and NO-RESPONSE rests.
TEST(SscopTimers, IdleEndsInAPoll) {
  SscopBench bench;
  ReachIdlePhase(&bench);
  ExpectAfter(&bench, kIdle, "POLL N(PS)=2 N(S)=0");
  EXPECT_EQ(bench.Pdu({.type = T::kStat, .n_ps = 2, .n_mr = 30}), "");
  ExpectAfter(&bench, kIdle, "POLL N(PS)=3 N(S)=0");
  // No answer this time: transient phase, NO-RESPONSE counts from the POLL.
  ExpectAfter(&bench, kKeepAlive, "POLL N(PS)=4 N(S)=0");
  bench.Pass(2 * kKeepAlive);
  ExpectAfter(&bench, kNoResponse - 3 * kKeepAlive,
              "!P; END by SSCOP; +release.indication by SSCOP");
}

TEST(SscopTimers, AnSdEndsTheIdlePhase) {
  SscopBench bench;
  ReachIdlePhase(&bench);
  bench.Pass(kIdle - kNsPerMs);
  EXPECT_EQ(bench.Data("a"), "SD N(S)=0 1 octets (a)");
  ExpectAfter(&bench, kPoll, "POLL N(PS)=2 N(S)=1");
  EXPECT_EQ(bench.Pdu({.type = T::kStat, .n_ps = 2, .n_r = 1, .n_mr = 31}), "");
  // Acknowledged while POLL runs: one more POLL, and then the transient phase.
  ExpectAfter(&bench, kPoll, "POLL N(PS)=3 N(S)=1");
  EXPECT_EQ(bench.Pdu({.type = T::kStat, .n_ps = 3, .n_r = 1, .n_mr = 31}), "");
  ExpectAfter(&bench, kIdle, "POLL N(PS)=4 N(S)=1");
}

TEST(SscopTimers, AnSdEndsTheTransientPhase) {
  SscopBench bench;
  bench.Reach(S::kReady);
  bench.Pass(kPoll);
  bench.Pass(kKeepAlive - kNsPerMs);
  bench.Data("a");
  ExpectAfter(&bench, kPoll, "POLL N(PS)=2 N(S)=1");
}

TEST(SscopTimers, LeavingAConnectionStopsThemAll) {
  for (const SscopType type : {T::kEnd, T::kEndak, T::kBgrej}) {
    SscopBench bench;
    bench.Reach(S::kReady);
    bench.Data("a");
    bench.Pdu({.type = type});
    EXPECT_EQ(bench.sscop.NextDeadlineNs(), std::nullopt);
    EXPECT_EQ(bench.sscop.transmit_size(), 0u);
  }
}

// A thread that was kept from running: each timer runs once, late, and counts from then.
TEST(SscopTimers, LateIsOnce) {
  SscopBench bench;
  bench.Reach(S::kReady);
  bench.now_ns += 3 * kNsPerSecond;
  bench.sscop.OnTimer(bench.now_ns);
  EXPECT_EQ(bench.Did(), "POLL N(PS)=1 N(S)=0");
  ExpectAfter(&bench, kKeepAlive, "POLL N(PS)=2 N(S)=0");
}

TEST(SscopConfigTest, OnlyWhatCanWork) {
  EXPECT_TRUE(IsValid({}));
  EXPECT_FALSE(IsValid({.timer_cc_ns = 0}));
  EXPECT_FALSE(IsValid({.timer_no_response_ns = kKeepAlive}));
  EXPECT_FALSE(IsValid({.max_stat = 66}));
  EXPECT_FALSE(IsValid({.max_stat = 1}));
  EXPECT_FALSE(IsValid({.max_sdu_bytes = kMaxSignalingBytes + 1}));
  EXPECT_FALSE(IsValid({.window = 0}));
  EXPECT_FALSE(IsValid({.window = kMaxSscopWindow + 1}));
  EXPECT_FALSE(IsValid({.max_transmit_sdus = kMaxSscopTransmitSdus + 1}));
  EXPECT_FALSE(IsValid({.connection_number = 255}));
  EXPECT_FALSE(IsValid({.first_number = 1u << 24}));
}

}  // namespace
}  // namespace vcp::signaling
