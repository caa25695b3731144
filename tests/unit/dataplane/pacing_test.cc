// C91: what a VC's contract does not let leave waits, and nothing else does. Times are the test's.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "qos/gcra.h"
#include "testing/loop_port.h"
#include "testing/poll_harness.h"

namespace vcp::dataplane {
namespace {

using testing::HarnessClient;
using testing::LoopPort;
using testing::PollHarness;

constexpr uint64_t kMs = 1'000'000;
constexpr uint32_t kCells = 10;
constexpr uint32_t kSduBytes = 472;  // of ten cells
constexpr uint64_t kTickNs = qos::PacingWheel<VcQueue>::kTickNs;

// An SDU each ten milliseconds.
qos::AtmTraffic Slow() {
  return {.conformance = qos::ConformanceClass::kCbr1, .rates = {.peak = 1000}};
}

// Ten SDUs at once, as good as, then one each ten milliseconds.
qos::AtmTraffic Bursty() {
  return {.conformance = qos::ConformanceClass::kRtVbr1,
          .rates = {.peak = 1'000'000'000, .sustained = 1000, .burst = 10 * kCells + 1}};
}

class PacingTest : public ::testing::Test {
 protected:
  PacingTest() {
    auto port = std::make_unique<LoopPort>();
    port_ = port.get();
    harness_ = std::make_unique<PollHarness>(std::move(port));
    At(0);
    client_ = &harness_->AddClient();
    Activate(1, Slow());
    for (uint32_t vc = 2; vc <= 3; ++vc) harness_->Activate(*client_, vc, 100 + vc, 100 + vc);
  }
  // A VC that hears itself.
  void Activate(uint32_t vc, const qos::AtmTraffic& traffic) {
    harness_->Activate(*client_, {.channel_vc = vc,
                                  .transmit_label = 100 + vc,
                                  .receive_label = 100 + vc,
                                  .max_sdu_bytes = kSduBytes,
                                  .shaper = qos::ShaperOf(traffic, kCells, 0)});
  }
  void At(uint64_t now_ns) {
    now_ns_ = now_ns;
    harness_->SetTime(now_ns);
  }
  std::string Sdu(char letter) const { return std::string(kSduBytes, letter); }
  void Send(uint32_t vc, const std::string& letters) {
    for (const char letter : letters) client_->Send(vc, Sdu(letter), static_cast<uint32_t>(letter));
    client_->Flush();
  }
  // A list with an SDU for each letter.
  void SendList(uint32_t vc, const std::string& letters, uint32_t cookie) {
    for (size_t i = 0; i < letters.size(); ++i) {
      const shm::ChannelLayout& layout = client_->channel->layout();
      const uint32_t slot = client_->next_send_slot++ % layout.send_slot_count;
      const uint32_t offset = slot * layout.send_slot_bytes;
      std::fill_n(client_->channel->send_payload + offset, kSduBytes, letters[i]);
      const bool is_last = i + 1 == letters.size();
      const uint16_t flags = shm::kSubmitEndOfBuffer | (is_last ? shm::kSubmitEndOfList : 0);
      client_->channel->submit.Stage({.offset = offset,
                                      .channel_vc = vc,
                                      .cookie = cookie,
                                      .length = kSduBytes,
                                      .flags = flags});
    }
    client_->Flush();
  }
  void Cancel(uint32_t vc, uint32_t cookie) {
    client_->channel->submit.Stage(
        {.offset = cookie, .channel_vc = vc, .cookie = 1000, .flags = shm::kSubmitCancel});
    client_->Flush();
    harness_->Settle();
  }
  // The first letters of what has arrived since.
  std::string Arrived() {
    harness_->Settle();
    std::string letters;
    for (const auto& reception : client_->Receptions()) {
      letters += client_->Payload(reception)[0];
      client_->Return(reception.slot);
    }
    return letters;
  }
  std::string ArrivedAt(uint64_t now_ns) {
    At(now_ns);
    return Arrived();
  }
  // Within a tenth of a millisecond.
  std::string ArrivedSoon() {
    std::string letters = Arrived();
    for (int step = 0; step < 100; ++step) letters += ArrivedAt(now_ns_ + kMs / 1000);
    return letters;
  }
  std::vector<Status> Statuses() {
    std::vector<Status> statuses;
    for (const shm::Completion& completion : client_->Completions()) {
      statuses.push_back(static_cast<Status>(completion.status));
    }
    return statuses;
  }
  VcCounters Counters(uint32_t vc) { return harness_->ReadVcCounters(*client_, vc); }

  LoopPort* port_;
  std::unique_ptr<PollHarness> harness_;
  HarnessClient* client_;
  uint64_t now_ns_ = 0;
};

TEST_F(PacingTest, C091_SdusLeaveAtThePeakAndNoFaster) {
  Send(1, "abcd");
  EXPECT_EQ(Arrived(), "a");
  EXPECT_EQ(Counters(1).waiting.buffers, 3u);
  EXPECT_EQ(ArrivedAt(10 * kMs - 1), "");
  EXPECT_EQ(ArrivedAt(10 * kMs + kTickNs), "b");
  EXPECT_EQ(ArrivedAt(20 * kMs), "");
  EXPECT_EQ(ArrivedAt(20 * kMs + 2 * kTickNs), "c");
  EXPECT_EQ(ArrivedAt(31 * kMs), "d");
  EXPECT_EQ(Statuses(), std::vector(4, Status::kSuccess));
  EXPECT_EQ(Counters(1).paced_sdus, 3u);
  EXPECT_EQ(Counters(1).transmitted_sdus, 4u);
  EXPECT_EQ(Counters(1).waiting.buffers, 0u);
}

TEST_F(PacingTest, C091_ABucketLetsABurstGoThenTheTokenRate) {
  Activate(4, Bursty());
  Send(4, "abcdefghijklm");
  EXPECT_EQ(ArrivedSoon(), "abcdefghij");
  EXPECT_EQ(ArrivedAt(9 * kMs), "");
  EXPECT_EQ(ArrivedAt(11 * kMs), "k");
  EXPECT_EQ(ArrivedAt(21 * kMs), "l");
  EXPECT_EQ(ArrivedAt(1000 * kMs), "m");
  // A long rest fills the bucket again.
  At(2000 * kMs);
  Send(4, "abcdefghijklm");
  EXPECT_EQ(ArrivedSoon(), "abcdefghij");
}

TEST_F(PacingTest, C091_SmallSdusCostLess) {
  Send(1, "a");
  EXPECT_EQ(Arrived(), "a");
  client_->Send(1, std::string("b"), 2);
  client_->Send(1, std::string("c"), 3);
  client_->Flush();
  EXPECT_EQ(ArrivedAt(10 * kMs + kTickNs), "b");
  EXPECT_EQ(ArrivedAt(11 * kMs + 2 * kTickNs), "c");
}

TEST_F(PacingTest, C091_NeighboursAreNotHeldUp) {
  Activate(4, Slow());
  Send(1, "abc");
  Send(4, "ABC");
  Send(2, "xyz");
  EXPECT_EQ(Arrived(), "aAxyz");
  Send(2, "uvw");
  EXPECT_EQ(ArrivedAt(5 * kMs), "uvw");
  EXPECT_EQ(ArrivedAt(11 * kMs), "bB");
  EXPECT_EQ(Counters(2).paced_sdus, 0u);
}

TEST_F(PacingTest, C091_AListLeavesByTheSduAndCompletesOnce) {
  SendList(1, "abc", 7);
  Send(1, "d");
  EXPECT_EQ(Arrived(), "a");
  EXPECT_EQ(ArrivedAt(11 * kMs), "b");
  EXPECT_TRUE(Statuses().empty());
  EXPECT_EQ(ArrivedAt(22 * kMs), "c");
  const auto completions = client_->Completions();
  ASSERT_EQ(completions.size(), 1u);
  EXPECT_EQ(completions[0].cookie, 7u);
  EXPECT_EQ(ArrivedAt(33 * kMs), "d");
  EXPECT_EQ(Statuses(), std::vector{Status::kSuccess});
}

TEST_F(PacingTest, C118_AListThatHasBegunKeepsItsStatus) {
  client_->channel->submit.Stage(
      {.channel_vc = 1, .cookie = 7, .length = kSduBytes + 1, .flags = shm::kSubmitEndOfBuffer});
  SendList(1, "ab", 7);
  EXPECT_EQ(Arrived(), "a");
  EXPECT_EQ(ArrivedAt(11 * kMs), "b");
  EXPECT_EQ(Statuses(), std::vector{Status::kInvalidLength});
  EXPECT_EQ(Counters(1).transmit_drops, 1u);
  EXPECT_EQ(Counters(1).transmitted_sdus, 2u);
}

// 65 buffers in one list, which is one too many however they leave.
TEST_F(PacingTest, C095_TheBoundOnBuffersCountsForListsThatLeaveByTheSdu) {
  const std::string letters(kMaxBuffersPerList + 1, 'a');
  SendList(1, letters, 7);
  size_t arrived = 0;
  for (uint64_t i = 0; i < letters.size(); ++i) arrived += ArrivedAt(i * 11 * kMs).size();
  EXPECT_EQ(arrived, kMaxBuffersPerList);
  EXPECT_EQ(Statuses(), std::vector{Status::kInvalidLength});
}

TEST_F(PacingTest, C082_AnotherContractCountsForWhatWaits) {
  Send(1, "abcde");
  EXPECT_EQ(Arrived(), "a");
  qos::AtmTraffic faster = Slow();
  faster.rates.peak = 10'000;
  At(2 * kMs);
  Activate(1, faster);
  // Eight cells are left of the first.
  EXPECT_EQ(ArrivedAt(2 * kMs + 8 * kMs / 10 - 1), "");
  EXPECT_EQ(ArrivedAt(2 * kMs + 8 * kMs / 10 + kTickNs), "b");
  EXPECT_EQ(ArrivedAt(4 * kMs), "c");
  Activate(1, Slow());
  EXPECT_EQ(ArrivedAt(6 * kMs), "");
  EXPECT_EQ(ArrivedAt(14 * kMs + kTickNs), "d");
  // And none at all.
  harness_->Activate(*client_, 1, 101, 101, kSduBytes);
  EXPECT_EQ(Arrived(), "e");
  Send(1, "fghi");
  EXPECT_EQ(Arrived(), "fghi");
  EXPECT_EQ(Statuses(), std::vector(9, Status::kSuccess));
}

TEST_F(PacingTest, C122_CancelTakesOnlyTheNamedList) {
  Send(1, "abcd");
  EXPECT_EQ(Arrived(), "a");
  client_->Completions();
  Cancel(1, 'c');
  EXPECT_EQ(Statuses(), (std::vector{Status::kSendAborted, Status::kSuccess}));
  Cancel(1, 'a');
  EXPECT_EQ(Statuses(), std::vector{Status::kNotFound});
  EXPECT_EQ(ArrivedAt(11 * kMs), "b");
  EXPECT_EQ(ArrivedAt(22 * kMs), "d");
}

TEST_F(PacingTest, C122_CancelOfTheLastLeavesNothingBehind) {
  Send(1, "ab");
  EXPECT_EQ(Arrived(), "a");
  Cancel(1, 'b');
  EXPECT_EQ(harness_->core().SleepNs(now_ns_), PollCore::kSleepUntilWoken);
  client_->Completions();
  At(5 * kMs);
  Send(1, "c");
  EXPECT_EQ(Arrived(), "");
  EXPECT_EQ(ArrivedAt(10 * kMs + kTickNs), "c");
}

TEST_F(PacingTest, C122_ACancelledListThatHasBegunSendsNoMore) {
  SendList(1, "abc", 7);
  Send(1, "d");
  EXPECT_EQ(Arrived(), "a");
  Cancel(1, 7);
  const auto completions = client_->Completions();
  ASSERT_EQ(completions.size(), 2u);
  EXPECT_EQ(completions[0].cookie, 7u);
  EXPECT_EQ(completions[0].status, static_cast<uint16_t>(Status::kSendAborted));
  EXPECT_EQ(ArrivedAt(11 * kMs), "d");
  EXPECT_EQ(Counters(1).transmit_drops, 2u);
}

TEST_F(PacingTest, C041_AnEndGivesUpWhatWaits) {
  SendList(1, "abc", 7);
  Send(1, "de");
  EXPECT_EQ(Arrived(), "a");
  bool ended = false;
  harness_->BeginEnd(*client_, 1, &ended);
  EXPECT_EQ(ArrivedAt(1000 * kMs), "");
  EXPECT_TRUE(ended);
  EXPECT_EQ(Statuses(), std::vector(3, Status::kSendAborted));
  EXPECT_EQ(harness_->core().SleepNs(now_ns_), PollCore::kSleepUntilWoken);
  // Another VC in its place begins with a contract that nobody has used.
  Activate(1, Slow());
  Send(1, "xy");
  EXPECT_EQ(Arrived(), "x");
  EXPECT_EQ(ArrivedAt(1011 * kMs), "y");
}

TEST_F(PacingTest, AClientThatIsGoneLeavesNothingOnTheWheel) {
  Send(1, "abc");
  EXPECT_EQ(Arrived(), "a");
  harness_->Abandon(*client_);
  bool ended = false;
  harness_->BeginEnd(*client_, 1, &ended);
  harness_->Settle();
  EXPECT_TRUE(ended);
  EXPECT_EQ(harness_->core().SleepNs(now_ns_), PollCore::kSleepUntilWoken);
}

TEST_F(PacingTest, C134_APauseCompletesWhatIsPaced) {
  for (const Status status : {Status::kPaused, Status::kResetInProgress, Status::kNotAccepted}) {
    At(now_ns_ + 1000 * kMs);
    SendList(1, "abc", 7);
    Send(1, "de");
    EXPECT_EQ(Arrived(), "a");
    harness_->SetRefusal(status);
    harness_->Settle();
    EXPECT_EQ(Statuses(), std::vector(3, status));
    EXPECT_EQ(Counters(1).waiting.buffers, 0u);
    harness_->SetRefusal(Status::kSuccess);
    Send(1, "f");
    EXPECT_EQ(Arrived(), "");
    EXPECT_EQ(ArrivedAt(now_ns_ + 11 * kMs), "f");
    EXPECT_EQ(Statuses(), std::vector{Status::kSuccess});
  }
}

TEST_F(PacingTest, WhatIsDueWaitsForAPortThatTakesNothing) {
  Send(1, "abc");
  EXPECT_EQ(Arrived(), "a");
  port_->SetRoom(0);
  Send(2, "x");
  harness_->Turn();
  EXPECT_EQ(ArrivedAt(11 * kMs), "");
  port_->SetRoom(1024);
  EXPECT_EQ(Arrived(), "xb");
  // Its turn came later than it might have; the next one does not come earlier for it.
  EXPECT_EQ(ArrivedAt(20 * kMs), "");
  EXPECT_EQ(ArrivedAt(21 * kMs + kTickNs), "c");
}

TEST_F(PacingTest, WhatIsDueWaitsForALink) {
  Send(1, "abc");
  EXPECT_EQ(Arrived(), "a");
  harness_->SetPath(false);
  EXPECT_EQ(ArrivedAt(50 * kMs), "");
  EXPECT_TRUE(Statuses() == std::vector{Status::kSuccess});
  harness_->SetPath(true);
  EXPECT_EQ(Arrived(), "b");
  EXPECT_EQ(ArrivedAt(60 * kMs + kTickNs), "c");
}

// It sleeps until the next SDU is due, not longer and not less than there is nothing to do.
TEST_F(PacingTest, ACoreSleepsUntilWhatIsPacedIsDue) {
  EXPECT_EQ(harness_->core().SleepNs(now_ns_), PollCore::kSleepUntilWoken);
  Send(1, "ab");
  EXPECT_EQ(Arrived(), "a");
  uint64_t slept_ns = 0;
  int sleeps = 0;
  for (; sleeps < 10; ++sleeps) {
    const int64_t sleep_ns = harness_->core().SleepNs(now_ns_);
    ASSERT_GT(sleep_ns, 0);
    slept_ns += static_cast<uint64_t>(sleep_ns);
    if (ArrivedAt(now_ns_ + static_cast<uint64_t>(sleep_ns)) == "b") break;
  }
  EXPECT_LT(sleeps, 5);
  EXPECT_GE(slept_ns, 10 * kMs);
  EXPECT_LE(slept_ns, 10 * kMs + kTickNs);
  EXPECT_EQ(harness_->core().SleepNs(now_ns_), PollCore::kSleepUntilWoken);
  // What is overdue is no time to sleep at all.
  Send(1, "c");
  EXPECT_EQ(Arrived(), "");
  EXPECT_EQ(harness_->core().SleepNs(now_ns_ + 100 * kMs), 0);
}

TEST_F(PacingTest, FramesForAnotherCoreArePacedHere) {
  harness_.reset();  // its memory is needed
  harness_ = std::make_unique<PollHarness>(std::make_unique<LoopPort>(), 2);
  At(0);
  client_ = &harness_->AddClient({}, 1);
  Activate(1, Slow());
  Send(1, "ab");
  EXPECT_EQ(Arrived(), "a");
  EXPECT_EQ(ArrivedAt(9 * kMs), "");
  EXPECT_EQ(ArrivedAt(11 * kMs), "b");
}

TEST_F(PacingTest, WhatIsSentMayBeSmallerThanWhatArrives) {
  harness_->Activate(*client_, {.channel_vc = 4,
                                .transmit_label = 104,
                                .receive_label = 104,
                                .max_sdu_bytes = kSduBytes,
                                .max_transmit_bytes = 100});
  client_->Send(4, std::string(101, 'x'), 1);
  client_->Send(4, std::string(100, 'y'), 2);
  client_->Flush();
  EXPECT_EQ(Arrived(), "y");
  EXPECT_EQ(Statuses(), (std::vector{Status::kInvalidLength, Status::kSuccess}));
}

}  // namespace
}  // namespace vcp::dataplane
