// Data transfer: acknowledgement, selective retransmission, credit, and numbers that cannot be. All
// of it also where the numbers wrap.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "signaling/sscop_number.h"
#include "sscop_bench.h"

namespace vcp::signaling {
namespace {

using wire::SscopType;
using S = SscopState;
using T = SscopType;

std::span<const uint8_t> Text(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

TEST(SscopNumber, OffsetsGoBothWaysRound) {
  EXPECT_EQ(NumberOffset(5, 5), 0);
  EXPECT_EQ(NumberOffset(5, 7), 2);
  EXPECT_EQ(NumberOffset(7, 5), -2);
  EXPECT_EQ(NumberOffset(0xfffffe, 1), 3);
  EXPECT_EQ(NumberOffset(1, 0xfffffe), -3);
  EXPECT_EQ(NumberOffset(0, 0x7fffff), 0x7fffff);
  EXPECT_EQ(NumberOffset(0, 0x800000), -0x800000);
  EXPECT_EQ(AddToNumber(0xffffff, 1), 0u);
}

// The tests below speak of numbers from 0 on; this adds the first number of the connection. The
// second one makes everything of interest straddle the wrap.
class SscopTransfer : public ::testing::TestWithParam<uint32_t> {
 protected:
  uint32_t N(uint32_t number) const { return AddToNumber(GetParam(), number); }
  std::string At(uint32_t number) const { return std::to_string(N(number)); }
  std::vector<uint32_t> List(std::vector<uint32_t> list) const {
    for (uint32_t& each : list) each = N(each);
    return list;
  }
  std::string Listed(std::vector<uint32_t> list) const {
    std::string text;
    for (uint32_t each : list) text += (text.empty() ? " list " : ",") + At(each);
    return text;
  }
  std::string Sd(uint32_t number, std::string_view data) const {
    return "SD N(S)=" + At(number) + " " + std::to_string(data.size()) + " octets (" +
           std::string(data) + ")";
  }
  std::string Poll(uint32_t poll, uint32_t next) const {
    return "POLL N(PS)=" + At(poll) + " N(S)=" + At(next);
  }

  SscopBench* Start(SscopConfig config = {}, uint32_t credit = 30) {
    config.first_number = GetParam();
    bench_.emplace(config);
    bench_->Reach(S::kReady, N(credit));
    return &*bench_;
  }
  std::string Receive(uint32_t number, std::string_view data) {
    return bench_->Pdu({.type = T::kSd, .n_s = N(number), .body = Text(data)});
  }
  std::string PollBy(uint32_t poll, uint32_t next) {
    return bench_->Pdu({.type = T::kPoll, .n_s = N(next), .n_ps = N(poll)});
  }
  std::string StatBy(uint32_t poll, uint32_t next, uint32_t credit,
                     std::vector<uint32_t> list = {}) {
    return bench_->Stat({.type = T::kStat, .n_ps = N(poll), .n_r = N(next), .n_mr = N(credit)},
                        List(list));
  }
  std::string UstatBy(uint32_t next, uint32_t credit, std::vector<uint32_t> list) {
    return bench_->Stat({.type = T::kUstat, .n_r = N(next), .n_mr = N(credit)}, List(list));
  }
  void SendFrom(uint32_t first, uint32_t count) {
    for (uint32_t i = first; i < first + count; ++i) {
      EXPECT_EQ(bench_->Data(std::string(1, static_cast<char>('a' + i))),
                Sd(i, std::string(1, static_cast<char>('a' + i))));
    }
  }

  std::optional<SscopBench> bench_;
};

INSTANTIATE_TEST_SUITE_P(FromZeroAndAcrossTheWrap, SscopTransfer,
                         ::testing::Values(0u, 0xfffffeu, 0xffffffu));

TEST_P(SscopTransfer, DeliversInSequence) {
  Start();
  EXPECT_EQ(Receive(0, "a"), "+data(a)");
  EXPECT_EQ(Receive(1, "bc"), "+data(bc)");
  EXPECT_EQ(Receive(2, ""), "+data()");
  EXPECT_EQ(PollBy(1, 3), "STAT N(PS)=" + At(1) + " N(MR)=" + At(131) + " N(R)=" + At(3));
}

TEST_P(SscopTransfer, AGapIsReportedAtOnceAndFilled) {
  Start();
  Receive(0, "a");
  EXPECT_EQ(Receive(3, "d"), "USTAT N(MR)=" + At(129) + " N(R)=" + At(1) + Listed({1, 3}));
  EXPECT_EQ(Receive(4, "e"), "");
  EXPECT_EQ(Receive(2, "c"), "");
  EXPECT_EQ(Receive(1, "b"), "+data(b); +data(c); +data(d); +data(e)");
  EXPECT_EQ(Receive(5, "f"), "+data(f)");
}

TEST_P(SscopTransfer, StatTellsEveryGap) {
  Start();
  Receive(0, "a");
  Receive(3, "d");
  Receive(5, "f");
  EXPECT_EQ(PollBy(1, 6), "STAT N(PS)=" + At(1) + " N(MR)=" + At(129) + " N(R)=" + At(1) +
                              Listed({1, 3, 4, 5, 6}));
  // The peer has sent more, which is missing as well.
  EXPECT_EQ(PollBy(2, 8), "STAT N(PS)=" + At(2) + " N(MR)=" + At(129) + " N(R)=" + At(1) +
                              Listed({1, 3, 4, 5, 6, 8}));
}

TEST_P(SscopTransfer, ALongStatIsSplit) {
  Start({.max_stat = 3});
  for (uint32_t i = 1; i < 8; i += 2) Receive(i, "x");
  const std::string head = "STAT N(PS)=" + At(1) + " N(MR)=" + At(128) + " N(R)=" + At(0);
  EXPECT_EQ(PollBy(1, 8), head + Listed({0, 1, 2}) + "; " + head + Listed({2, 3, 4}) + "; " + head +
                              Listed({4, 5, 6}) + "; " + head + Listed({6, 7, 8}));
}

TEST_P(SscopTransfer, BeyondItsCreditThePeerIsNotHeard) {
  Start({.window = 4});
  EXPECT_EQ(Receive(4, "x"), "USTAT N(MR)=" + At(4) + " N(R)=" + At(0) + Listed({0, 4}));
  EXPECT_EQ(Receive(5, "x"), "");
  EXPECT_EQ(Receive(0, "a"), "+data(a)");
  EXPECT_EQ(PollBy(1, 6),
            "STAT N(PS)=" + At(1) + " N(MR)=" + At(5) + " N(R)=" + At(1) + Listed({1, 5}));
}

TEST_P(SscopTransfer, AnSdThatIsHereAlreadyIsAnError) {
  SscopBench* bench = Start();
  Receive(0, "a");
  EXPECT_EQ(Receive(0, "a"), "!Q; ER N(SQ)=2 N(MR)=" + At(128));
  EXPECT_EQ(bench->sscop.state(), S::kOutgoingRecovery);
  bench = Start();
  Receive(1, "b");
  EXPECT_EQ(Receive(1, "b"), "!Q; ER N(SQ)=2 N(MR)=" + At(128));
}

TEST_P(SscopTransfer, WhereTheCarrierMayRepeatACopyIsDroppedAndCounted) {
  SscopBench* bench = Start({.carrier_may_repeat = true});
  Receive(0, "a");
  EXPECT_EQ(Receive(0, "a"), "");
  Receive(2, "c");
  EXPECT_EQ(Receive(2, "c"), "");
  EXPECT_EQ(Receive(0, "a"), "");
  EXPECT_EQ(Receive(1, "b"), "+data(b); +data(c)");
  EXPECT_EQ(Receive(1, "b"), "");
  EXPECT_EQ(Receive(2, "c"), "");
  EXPECT_EQ(bench->sscop.counters().repeated_sds.Read(), 5u);
}

// The same number with other octets is no copy: the peer counts differently.
TEST_P(SscopTransfer, WhereTheCarrierMayRepeatAnythingElseIsStillAnError) {
  for (const auto& [number, data] : {std::pair{0, "x"}, {0, "ab"}, {1, "x"}, {3, "x"}, {3, ""}}) {
    Start({.carrier_may_repeat = true});
    Receive(0, "a");
    Receive(1, "b");
    Receive(3, "d");
    EXPECT_EQ(Receive(number, data), "!Q; ER N(SQ)=2 N(MR)=" + At(128));
  }
  // Before the first one, and longer ago than a window.
  Start({.window = 3, .carrier_may_repeat = true});
  EXPECT_EQ(Receive(wire::kSscopNumberMask, ""), "!Q; ER N(SQ)=2 N(MR)=" + At(3));
  Start({.window = 3, .carrier_may_repeat = true});
  for (uint32_t i = 0; i < 20; ++i) Receive(i, "a");
  EXPECT_EQ(Receive(17, "a"), "");
  EXPECT_EQ(Receive(16, "a"), "!Q; ER N(SQ)=2 N(MR)=" + At(3));
}

TEST_P(SscopTransfer, APollBehindWhatWasReceivedIsAnError) {
  Start();
  Receive(0, "a");
  Receive(1, "b");
  EXPECT_EQ(PollBy(1, 1), "!Q; ER N(SQ)=2 N(MR)=" + At(128));
}

TEST_P(SscopTransfer, StatAcknowledgesAndGrantsCredit) {
  SscopBench* bench = Start({}, 2);
  SendFrom(0, 2);
  EXPECT_EQ(bench->Data("c"), "");
  EXPECT_EQ(bench->Pass(750 * kNsPerMs), Poll(1, 2));
  EXPECT_EQ(StatBy(1, 2, 2), "!W");
  EXPECT_EQ(bench->sscop.transmit_size(), 1u);
  EXPECT_EQ(bench->Pass(750 * kNsPerMs), Poll(2, 2));
  EXPECT_EQ(StatBy(2, 2, 4), "!X; " + Sd(2, "c"));
}

// The credit that closed reopens by a POLL, which is sent at once where none would be for long.
TEST_P(SscopTransfer, WithoutCreditItAsks) {
  SscopBench* bench = Start({}, 0);
  EXPECT_EQ(bench->Pass(750 * kNsPerMs), Poll(1, 0));
  EXPECT_EQ(StatBy(1, 0, 0), "!W");  // Idle phase.
  EXPECT_EQ(bench->Data("a"), Poll(2, 0));
  EXPECT_EQ(bench->Pass(750 * kNsPerMs), Poll(3, 0));  // Active phase while it waits.
  EXPECT_EQ(StatBy(3, 0, 0), "");
  EXPECT_EQ(bench->Pass(750 * kNsPerMs), Poll(4, 0));
  EXPECT_EQ(StatBy(4, 0, 1), "!X; " + Sd(0, "a"));
}

TEST_P(SscopTransfer, WithoutCreditItAsksInTheTransientPhaseToo) {
  SscopBench* bench = Start({}, 0);
  EXPECT_EQ(bench->Pass(750 * kNsPerMs), Poll(1, 0));
  EXPECT_EQ(bench->Data("a"), Poll(2, 0));
  // And NO-RESPONSE keeps counting.
  bench->Pass(6249 * kNsPerMs);
  EXPECT_EQ(bench->Pass(kNsPerMs), "!P; END by SSCOP; +release.indication by SSCOP");
}

TEST_P(SscopTransfer, OnlyWhatIsMissingIsSentAgain) {
  SscopBench* bench = Start();
  SendFrom(0, 6);
  EXPECT_EQ(bench->Pass(750 * kNsPerMs), Poll(1, 6));
  EXPECT_EQ(StatBy(1, 1, 31, {1, 3, 4, 5, 6}),
            "!V x3; " + Sd(1, "b") + "; " + Sd(2, "c") + "; " + Sd(4, "e"));
  EXPECT_EQ(bench->sscop.counters().retransmitted_sds.Read(), 3u);
  EXPECT_EQ(bench->sscop.transmit_size(), 5u);
}

// Sent again after the POLL that a STAT answers: the peer could not have it yet.
TEST_P(SscopTransfer, NothingIsSentAgainTwiceForOnePoll) {
  SscopBench* bench = Start();
  SendFrom(0, 3);
  EXPECT_EQ(bench->Pass(750 * kNsPerMs), Poll(1, 3));
  EXPECT_EQ(UstatBy(0, 30, {0, 2}), "!V x2; " + Sd(0, "a") + "; " + Sd(1, "b"));
  EXPECT_EQ(StatBy(1, 0, 30, {0, 2, 3}), "");
  EXPECT_EQ(bench->Pass(750 * kNsPerMs), Poll(2, 3));
  EXPECT_EQ(StatBy(2, 1, 31, {1, 2, 3}), "!V; " + Sd(1, "b"));
}

TEST_P(SscopTransfer, UstatSendsItsGapAgain) {
  Start();
  SendFrom(0, 4);
  EXPECT_EQ(UstatBy(1, 31, {1, 3}), "!V x2; " + Sd(1, "b") + "; " + Sd(2, "c"));
}

TEST_P(SscopTransfer, UstatGrantsCreditToo) {
  SscopBench* bench = Start({}, 3);
  SendFrom(0, 3);
  EXPECT_EQ(bench->Data("d"), "");
  EXPECT_EQ(UstatBy(0, 5, {0, 1}), "!V; " + Sd(0, "a") + "; " + Sd(3, "d"));
}

TEST_P(SscopTransfer, APollAfterMaxPdSds) {
  SscopBench* bench = Start({.max_pd = 3});
  SendFrom(0, 2);
  EXPECT_EQ(bench->Data("c"), Sd(2, "c") + "; " + Poll(1, 3));
  EXPECT_EQ(bench->Data("d"), Sd(3, "d"));
  // Repeated ones count as well.
  EXPECT_EQ(UstatBy(0, 30, {0, 2}), "!V x2; " + Sd(0, "a") + "; " + Sd(1, "b") + "; " + Poll(2, 4));
}

TEST_P(SscopTransfer, StatsThatCannotBe) {
  struct Case {
    std::string_view why;
    uint32_t poll, next, credit;
    std::vector<uint32_t> list;
    char letter;
  };
  const uint32_t kMinusOne = wire::kSscopNumberMask;
  const Case kCases[] = {
      {"answers no POLL yet sent", 3, 0, 30, {}, 'R'},
      {"answers a POLL before the last answered", 0, 0, 30, {}, 'R'},
      {"acknowledges what was not sent", 2, 5, 30, {}, 'S'},
      {"takes an acknowledgement back", 2, kMinusOne, 30, {}, 'S'},
      {"misses what was acknowledged", 2, 2, 30, {1, 3}, 'S'},
      {"misses what was not sent", 2, 0, 30, {4, 5}, 'S'},
      {"gap ends before it begins", 2, 0, 30, {2, 1}, 'S'},
      {"gap of nothing", 2, 0, 30, {2, 2}, 'S'},
      {"gap beyond what was sent", 2, 0, 30, {2, 5}, 'S'},
      {"run beyond what was sent", 2, 0, 30, {2, 3, 5}, 'S'},
      {"elements go back", 2, 0, 30, {0, 2, 1}, 'S'},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    SscopBench* bench = Start();
    SendFrom(0, 4);
    bench->Pass(2 * 750 * kNsPerMs);
    EXPECT_EQ(StatBy(1, 0, 30), "");
    const std::string error = {'!', c.letter};
    EXPECT_EQ(StatBy(c.poll, c.next, c.credit, c.list), error + "; ER N(SQ)=2 N(MR)=" + At(128));
    EXPECT_EQ(bench->sscop.state(), S::kOutgoingRecovery);
    EXPECT_EQ(bench->sscop.transmit_size(), 0u);
  }
}

TEST_P(SscopTransfer, AStatThatMissesWhatAListAcknowledgedIsAnError) {
  SscopBench* bench = Start();
  SendFrom(0, 4);
  bench->Pass(2 * 750 * kNsPerMs);
  EXPECT_EQ(StatBy(1, 0, 30, {0, 1, 3}), "!V; " + Sd(0, "a"));
  EXPECT_EQ(StatBy(2, 0, 30, {0, 2}), "!S; ER N(SQ)=2 N(MR)=" + At(128));
}

TEST_P(SscopTransfer, AListOfOneElementSaysNothing) {
  SscopBench* bench = Start();
  SendFrom(0, 2);
  bench->Pass(750 * kNsPerMs);
  EXPECT_EQ(StatBy(1, 1, 31, {1}), "");
  EXPECT_EQ(bench->sscop.transmit_size(), 1u);
}

TEST_P(SscopTransfer, UstatsThatCannotBe) {
  struct Case {
    std::string_view why;
    uint32_t next;
    std::vector<uint32_t> list;
  };
  const uint32_t kMinusOne = wire::kSscopNumberMask;
  const Case kCases[] = {
      {"acknowledges all: no gap is left", 4, {2, 3}},
      {"takes an acknowledgement back", kMinusOne, {0, 1}},
      {"misses what was acknowledged", 2, {1, 3}},
      {"gap of nothing", 0, {1, 1}},
      {"gap ends before it begins", 0, {2, 1}},
      {"gap up to what was not sent", 0, {2, 4}},
  };
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    Start();
    SendFrom(0, 4);
    EXPECT_EQ(UstatBy(c.next, 30, c.list), "!T; ER N(SQ)=2 N(MR)=" + At(128));
  }
}

TEST_P(SscopTransfer, AUserThatTakesNothingClosesThePeersCredit) {
  SscopBench* bench = Start({.window = 3});
  bench->sscop.SetUserTakesData(false);
  EXPECT_EQ(Receive(0, "a"), "+data(a)");
  EXPECT_EQ(Receive(1, "b"), "+data(b)");
  EXPECT_EQ(PollBy(1, 2), "STAT N(PS)=" + At(1) + " N(MR)=" + At(3) + " N(R)=" + At(2));
  EXPECT_EQ(Receive(2, "c"), "+data(c)");
  EXPECT_EQ(Receive(3, "d"), "");  // Beyond its credit.
  bench->sscop.SetUserTakesData(true);
  EXPECT_EQ(PollBy(2, 4),
            "STAT N(PS)=" + At(2) + " N(MR)=" + At(6) + " N(R)=" + At(3) + Listed({3, 4}));
  EXPECT_EQ(Receive(3, "d"), "+data(d)");
}

TEST_P(SscopTransfer, WhatDoesNotFitIsRefused) {
  SscopBench* bench = Start({.max_transmit_sdus = 2}, 1);
  SendFrom(0, 1);
  EXPECT_EQ(bench->Data("b"), "");
  EXPECT_EQ(bench->sscop.DataRequest(Text("c"), bench->now_ns), Status::kBackPressured);
  EXPECT_EQ(bench->sscop.counters().refused_sdus.Read(), 1u);
  bench->Pass(750 * kNsPerMs);
  EXPECT_EQ(StatBy(1, 1, 2), Sd(1, "b"));
  EXPECT_EQ(bench->Data("c"), "");
}

// The buffer goes round many times; what is sent again is what was sent.
TEST_P(SscopTransfer, TheTransmitBufferGoesRound) {
  SscopBench* bench = Start({.max_transmit_sdus = 3});
  for (uint32_t i = 0; i < 50; ++i) {
    const std::string data(1 + i % 7, static_cast<char>('a' + i % 26));
    EXPECT_EQ(bench->Data(data), Sd(2 * i, data));
    EXPECT_EQ(bench->Data("y"), Sd(2 * i + 1, "y"));
    EXPECT_EQ(UstatBy(2 * i, 2 * i + 30, {2 * i, 2 * i + 1}), "!V; " + Sd(2 * i, data));
    bench->Pass(750 * kNsPerMs);
    StatBy(i + 1, 2 * i + 2, 2 * i + 32);
    EXPECT_EQ(bench->sscop.transmit_size(), 0u);
  }
}

// A PDU that was handed out stays as it is until it was carried out, even if the peer has it and
// the user has sent more.
TEST_P(SscopTransfer, BytesStayUntilReclaimed) {
  SscopBench* bench = Start({.max_transmit_sdus = 2});
  ASSERT_EQ(bench->sscop.DataRequest(Text("a"), bench->now_ns), Status::kSuccess);
  ASSERT_EQ(bench->sscop.ResyncRequest({}, bench->now_ns), Status::kSuccess);
  const std::vector<uint8_t> rsak = {0, 0, 0, 0, 6, 0, 0, 30};
  bench->sscop.OnPdu(rsak, bench->now_ns);
  ASSERT_EQ(bench->sscop.DataRequest(Text("b"), bench->now_ns), Status::kSuccess);
  EXPECT_EQ(bench->sscop.DataRequest(Text("c"), bench->now_ns), Status::kBackPressured);
  EXPECT_TRUE(bench->Did().starts_with(Sd(0, "a") + "; RS"));
  EXPECT_EQ(bench->sscop.DataRequest(Text("c"), bench->now_ns), Status::kSuccess);
}

}  // namespace
}  // namespace vcp::signaling
