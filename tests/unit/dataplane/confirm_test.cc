// Lists of some VCs complete when the port has given back their frames, not before; and once,
// whatever happens meanwhile. The port has what was sent for as long as the test holds it.
#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <map>
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

constexpr uint32_t kVc = 1;
constexpr uint32_t kNeighbour = 2;

// The port is the first core's, the client the last one's.
class ConfirmTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  ConfirmTest() {
    auto port = std::make_unique<LoopPort>();
    port_ = port.get();
    harness_ = std::make_unique<PollHarness>(std::move(port), GetParam());
    client_ = &harness_->AddClient({}, GetParam() - 1);
    Activate(kVc, true);
    Activate(kNeighbour, false);
    frames_at_first_ = harness_->FreeFrames();
    port_->Hold(true);
  }
  void Activate(uint32_t vc, bool confirms) {
    harness_->Activate(*client_, {.channel_vc = vc,
                                  .transmit_label = 100 + vc,
                                  .receive_label = 100 + vc,
                                  .max_sdu_bytes = 1492,
                                  .confirms_sends = confirms});
  }
  void Send(uint32_t vc, uint32_t first, uint32_t count = 1) {
    for (uint32_t i = 0; i < count; ++i) client_->Send(vc, std::string("x"), first + i);
    client_->Flush();
    harness_->Settle();
  }
  // A list of so many buffers of one octet.
  void SendList(uint32_t vc, uint32_t cookie, uint32_t buffers) {
    for (uint32_t i = 0; i < buffers; ++i) {
      const uint16_t ends = i + 1 == buffers ? shm::kSubmitEndOfList : 0;
      client_->channel->submit.Stage(
          {.offset = 0,
           .channel_vc = vc,
           .cookie = cookie,
           .length = 1,
           .flags = static_cast<uint16_t>(shm::kSubmitEndOfBuffer | ends)});
    }
    client_->Flush();
    harness_->Settle();
  }
  // The port gives back the first so many of those that it has.
  void GiveBack(size_t count) {
    for (; count != 0 && !port_->frames().empty(); --count) {
      rte_pktmbuf_free(port_->frames().front());
      port_->frames().pop_front();
    }
    harness_->Settle();
  }
  // How each list ended that has completed since; once at most.
  std::map<uint32_t, Status> Completed() {
    harness_->Settle();
    std::map<uint32_t, Status> all;
    for (const shm::Completion& one : client_->Completions()) {
      EXPECT_TRUE(all.emplace(one.cookie, static_cast<Status>(one.status)).second) << one.cookie;
    }
    return all;
  }
  void ExpectNoFrameLost() {
    EXPECT_GE(harness_->FreeFrames() + GetParam() * FrameReserve::kCapacity, frames_at_first_);
  }
  using Lists = std::map<uint32_t, Status>;
  LoopPort* port_;
  std::unique_ptr<PollHarness> harness_;
  HarnessClient* client_;
  uint32_t frames_at_first_ = 0;
};

TEST_P(ConfirmTest, AListCompletesWhenThePortGivesItBack) {
  Send(kVc, 10, 3);
  EXPECT_EQ(port_->frames().size(), 3u);
  EXPECT_EQ(Completed(), Lists{});
  GiveBack(1);
  EXPECT_EQ(Completed(), (Lists{{10, Status::kSuccess}}));
  GiveBack(2);
  EXPECT_EQ(Completed(), (Lists{{11, Status::kSuccess}, {12, Status::kSuccess}}));
  ExpectNoFrameLost();
}

TEST_P(ConfirmTest, ItsNeighbourDoesNotWait) {
  Send(kVc, 10);
  Send(kNeighbour, 20);
  EXPECT_EQ(Completed(), (Lists{{20, Status::kSuccess}}));
  EXPECT_EQ(port_->frames().size(), 2u);
}

TEST_P(ConfirmTest, AListCompletesWithTheLastOfItsBuffers) {
  SendList(kVc, 10, 5);
  GiveBack(4);
  EXPECT_EQ(Completed(), Lists{});
  GiveBack(1);
  EXPECT_EQ(Completed(), (Lists{{10, Status::kSuccess}}));
}

// What was received is whole: who waits for a frame does not keep it from anybody.
TEST_P(ConfirmTest, WhatLeftArrives) {
  Send(kVc, 10);
  port_->Hold(false);
  harness_->Settle();
  const auto receptions = client_->Receptions();
  ASSERT_EQ(receptions.size(), 1u);
  EXPECT_EQ(client_->Payload(receptions[0]), "x");
  EXPECT_EQ(Completed(), (Lists{{10, Status::kSuccess}}));
  ExpectNoFrameLost();
}

TEST_P(ConfirmTest, AListWithABadBufferSaysSoInItsTurn) {
  Send(kVc, 10);
  client_->channel->submit.Stage({.offset = 0,
                                  .channel_vc = kVc,
                                  .cookie = 11,
                                  .length = 1493,
                                  .flags = shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList});
  client_->Flush();
  EXPECT_EQ(Completed(), Lists{});
  GiveBack(1);
  EXPECT_EQ(Completed(), (Lists{{10, Status::kSuccess}, {11, Status::kInvalidLength}}));
}

TEST_P(ConfirmTest, TheEndOfTheVcEndsTheWait) {
  Send(kVc, 10, 2);
  SendList(kVc, 12, 3);
  GiveBack(1);
  EXPECT_EQ(Completed(), (Lists{{10, Status::kSuccess}}));
  bool ended = false;
  harness_->BeginEnd(*client_, kVc, &ended);
  harness_->Settle();
  EXPECT_TRUE(ended);
  EXPECT_EQ(Completed(), (Lists{{11, Status::kSendAborted}, {12, Status::kSendAborted}}));
  GiveBack(4);
  EXPECT_EQ(Completed(), Lists{});
  ExpectNoFrameLost();
}

TEST_P(ConfirmTest, TheEndOfTheLinkEndsTheWait) {
  port_->SetRoom(1);
  Send(kVc, 10, 3);
  harness_->SetPath(false);
  EXPECT_EQ(Completed(),
            (Lists{{10, Status::kFailure}, {11, Status::kFailure}, {12, Status::kFailure}}));
  port_->SetRoom(1024);
  harness_->SetPath(true);
  GiveBack(3);
  Send(kVc, 20);
  GiveBack(1);
  EXPECT_EQ(Completed(), (Lists{{20, Status::kSuccess}}));
  ExpectNoFrameLost();
}

TEST_P(ConfirmTest, C139_AResetEndsTheWait) {
  Send(kVc, 10);
  harness_->SetRefusal(Status::kResetInProgress);
  EXPECT_EQ(Completed(), Lists{});
  harness_->SetPath(false);
  EXPECT_EQ(Completed(), (Lists{{10, Status::kResetInProgress}}));
  GiveBack(1);
  EXPECT_EQ(Completed(), Lists{});
}

// What has left before a pause is still told of; C135: the pause waits for it, see pause_test.
TEST_P(ConfirmTest, APauseLetsItBeConfirmed) {
  Send(kVc, 10);
  harness_->SetPaused(true);
  Send(kVc, 11);
  EXPECT_EQ(Completed(), (Lists{{11, Status::kPaused}}));
  GiveBack(1);
  EXPECT_EQ(Completed(), (Lists{{10, Status::kSuccess}}));
}

TEST_P(ConfirmTest, WithoutTheFlagFromNowOnWhatIsUnderWayCompletes) {
  Send(kVc, 10);
  Activate(kVc, false);
  EXPECT_EQ(Completed(), (Lists{{10, Status::kSuccess}}));
  Send(kVc, 11);
  EXPECT_EQ(Completed(), (Lists{{11, Status::kSuccess}}));
  GiveBack(2);
  ExpectNoFrameLost();
}

// However many lists a client has: those beyond the bound wait, and neighbours go on.
TEST_P(ConfirmTest, MoreThanAnyoneRemembersWait) {
  constexpr uint32_t kLists = kMaxUnconfirmedFrames;
  port_->SetRoom(2 * kLists);
  Lists all;
  uint32_t sent = 0;
  const uint32_t outstanding = client_->channel->layout().submit_capacity;
  const uint32_t lists = std::min(kLists, outstanding - 1);
  for (; sent < lists; sent += 32) Send(kVc, sent, std::min(32u, lists - sent));
  const size_t left = port_->frames().size();
  EXPECT_LE(left, kLists / 2);
  EXPECT_EQ(Completed(), Lists{});
  for (size_t given = 0; given < lists;) {
    const size_t now = port_->frames().size();
    ASSERT_NE(now, 0u);
    GiveBack(now);
    given += now;
  }
  EXPECT_EQ(Completed().size(), lists);
  ExpectNoFrameLost();
}

TEST_P(ConfirmTest, AClientThatIsGoneIsNotWaitedFor) {
  Send(kVc, 10, 5);
  harness_->Abandon(*client_);
  bool ended = false;
  harness_->BeginEnd(*client_, kVc, &ended);
  harness_->Settle();
  EXPECT_TRUE(ended);
  GiveBack(5);
  ExpectNoFrameLost();
}

INSTANTIATE_TEST_SUITE_P(Cores, ConfirmTest, ::testing::Values(1u, 2u));

// Lists of a paced VC leave one SDU at a time, and may be given up in between.
class PacedConfirmTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kMs = 1'000'000;
  static constexpr uint32_t kSduBytes = 472;  // ten cells: one SDU each ten milliseconds

  PacedConfirmTest() {
    auto port = std::make_unique<LoopPort>();
    port_ = port.get();
    harness_ = std::make_unique<PollHarness>(std::move(port));
    harness_->SetTime(0);
    client_ = &harness_->AddClient();
    const qos::AtmTraffic slow{.conformance = qos::ConformanceClass::kCbr1,
                               .rates = {.peak = 1000}};
    harness_->Activate(*client_, {.channel_vc = kVc,
                                  .transmit_label = 101,
                                  .receive_label = 101,
                                  .max_sdu_bytes = kSduBytes,
                                  .shaper = qos::ShaperOf(slow, 10, 0),
                                  .confirms_sends = true});
    port_->Hold(true);
  }
  void SendList(uint32_t cookie, uint32_t buffers) {
    for (uint32_t i = 0; i < buffers; ++i) {
      const uint16_t ends = i + 1 == buffers ? shm::kSubmitEndOfList : 0;
      client_->channel->submit.Stage(
          {.offset = 0,
           .channel_vc = kVc,
           .cookie = cookie,
           .length = kSduBytes,
           .flags = static_cast<uint16_t>(shm::kSubmitEndOfBuffer | ends)});
    }
    client_->Flush();
    harness_->Settle();
  }
  void At(uint64_t now_ns) {
    harness_->SetTime(now_ns);
    for (int turn = 0; turn < 4; ++turn) harness_->Turn();
  }
  void GiveBackAll() {
    for (rte_mbuf* frame : port_->frames()) rte_pktmbuf_free(frame);
    port_->frames().clear();
    harness_->Turn();
  }
  std::vector<Status> Statuses() {
    harness_->Turn();
    std::vector<Status> statuses;
    for (const auto& one : client_->Completions()) {
      statuses.push_back(static_cast<Status>(one.status));
    }
    return statuses;
  }
  using All = std::vector<Status>;
  LoopPort* port_;
  std::unique_ptr<PollHarness> harness_;
  HarnessClient* client_;
};

TEST_F(PacedConfirmTest, AListCompletesWhenItsLastSduIsBack) {
  SendList(10, 2);
  EXPECT_EQ(port_->frames().size(), 1u);
  GiveBackAll();
  EXPECT_EQ(Statuses(), All{});
  At(20 * kMs);
  EXPECT_EQ(port_->frames().size(), 1u);
  EXPECT_EQ(Statuses(), All{});
  GiveBackAll();
  EXPECT_EQ(Statuses(), All{Status::kSuccess});
}

TEST_F(PacedConfirmTest, AListThatIsCancelledHalfwayCompletesOnce) {
  SendList(10, 2);
  client_->channel->submit.Stage(
      {.offset = 10, .channel_vc = kVc, .cookie = 1000, .flags = shm::kSubmitCancel});
  client_->Flush();
  EXPECT_EQ(Statuses(), (All{Status::kSendAborted, Status::kSuccess}));  // and the cancel
  SendList(11, 1);
  At(20 * kMs);
  GiveBackAll();
  EXPECT_EQ(Statuses(), All{Status::kSuccess});
}

// What was lost with the link is not forgotten when the rest of the list has left.
TEST_F(PacedConfirmTest, AListOfWhichSomeWasLostFails) {
  SendList(10, 2);
  harness_->SetPath(false);
  EXPECT_EQ(Statuses(), All{});
  harness_->SetPath(true);
  At(20 * kMs);
  GiveBackAll();
  EXPECT_EQ(Statuses(), All{Status::kFailure});
  SendList(11, 1);
  At(40 * kMs);
  GiveBackAll();
  EXPECT_EQ(Statuses(), All{Status::kSuccess});
}

}  // namespace
}  // namespace vcp::dataplane
