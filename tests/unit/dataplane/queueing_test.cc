// When a port takes no more: lists wait in order, are cancelled, given up, and nothing is lost.
#include <gtest/gtest.h>

#include <string>

#include "testing/loop_port.h"
#include "testing/poll_harness.h"

namespace vcp::dataplane {
namespace {

using testing::HarnessClient;
using testing::LoopPort;
using testing::PollHarness;

class QueueingTest : public ::testing::Test {
 protected:
  QueueingTest() {
    auto port = std::make_unique<LoopPort>();
    port_ = port.get();
    harness_ = std::make_unique<PollHarness>(std::move(port));
    client_ = &harness_->AddClient();
    for (uint32_t vc = 1; vc <= 3; ++vc) harness_->Activate(*client_, vc, 100 + vc, 100 + vc);
  }
  // Fills the cable, so that what is sent next waits.
  void Stall() {
    port_->SetRoom(0);
    client_->Send(3, std::string("first"), 999);
    client_->Flush();
    harness_->Turn();
    client_->Completions();
  }
  void Release() {
    port_->SetRoom(1024);
    harness_->Settle();
  }
  LoopPort* port_;
  std::unique_ptr<PollHarness> harness_;
  HarnessClient* client_;
};

TEST_F(QueueingTest, AStalledPortDelaysAndLosesNothing) {
  Stall();
  for (uint32_t i = 0; i < 300; ++i) client_->Send(1 + i % 2, std::to_string(i), i);
  client_->Flush();
  for (int turn = 0; turn < 50; ++turn) harness_->Turn();
  EXPECT_TRUE(client_->Completions().empty());
  Release();
  EXPECT_EQ(client_->Completions().size(), 300u);
  uint32_t next[3] = {0, 0, 1};
  size_t received = 0;
  for (const auto& reception : client_->Receptions()) {
    if (reception.channel_vc == 3) continue;
    EXPECT_EQ(client_->Payload(reception), std::to_string(next[reception.channel_vc]));
    next[reception.channel_vc] += 2;
    ++received;
  }
  EXPECT_EQ(received, 300u);
}

TEST_F(QueueingTest, SignalingLeavesBeforeAllThatWaits) {
  harness_->Activate(*client_, 4, 104, 104, 1492, /*is_signaling=*/true);
  Stall();
  for (uint32_t i = 0; i < 100; ++i) client_->Send(1 + i % 2, std::to_string(i), i);
  for (uint32_t i = 0; i < 3; ++i) client_->Send(4, std::to_string(i), 1000 + i);
  client_->Flush();
  for (int turn = 0; turn < 5; ++turn) harness_->Turn();
  Release();
  const auto completions = client_->Completions();
  ASSERT_EQ(completions.size(), 103u);
  for (uint32_t i = 0; i < 3; ++i) EXPECT_EQ(completions[i].cookie, 1000 + i);
}

TEST_F(QueueingTest, AStallInsideALargeListKeepsItWhole) {
  port_->SetRoom(10);
  for (uint32_t i = 0; i < 40; ++i) {
    client_->channel->submit.Stage(
        {.offset = i,
         .channel_vc = 1,
         .cookie = 5,
         .length = 1,
         .flags = static_cast<uint16_t>(shm::kSubmitEndOfBuffer |
                                        (i == 39 ? shm::kSubmitEndOfList : 0))});
    client_->channel->send_payload[i] = static_cast<uint8_t>(i);
  }
  client_->Flush();
  harness_->Settle();
  const auto receptions = client_->Receptions();
  ASSERT_EQ(receptions.size(), 40u);
  for (size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(client_->Payload(receptions[i])[0], static_cast<char>(i));
  }
  EXPECT_EQ(client_->Completions().size(), 1u);
}

// C122: a cancel completes what still waits as SEND_ABORTED, and only that.
TEST_F(QueueingTest, C122_CancelTakesOnlyTheNamedList) {
  Stall();
  for (uint32_t i = 0; i < 5; ++i) client_->Send(1, std::to_string(i), i);
  client_->Flush();
  harness_->Turn();
  client_->channel->submit.Stage(
      {.offset = 2, .channel_vc = 1, .cookie = 77, .flags = shm::kSubmitCancel});
  client_->channel->submit.Stage(
      {.offset = 55, .channel_vc = 1, .cookie = 78, .flags = shm::kSubmitCancel});
  client_->Flush();
  harness_->Settle();
  const auto cancelled = client_->Completions();
  ASSERT_EQ(cancelled.size(), 3u);
  EXPECT_EQ(cancelled[0].cookie, 2u);
  EXPECT_EQ(cancelled[0].status, static_cast<uint16_t>(Status::kSendAborted));
  EXPECT_EQ(cancelled[1].cookie, 77u);
  EXPECT_EQ(cancelled[1].status, static_cast<uint16_t>(Status::kSuccess));
  EXPECT_EQ(cancelled[2].cookie, 78u);
  EXPECT_EQ(cancelled[2].status, static_cast<uint16_t>(Status::kNotFound));
  Release();
  std::string arrived;
  for (const auto& reception : client_->Receptions()) {
    if (reception.channel_vc == 1) arrived += client_->Payload(reception);
  }
  EXPECT_EQ(arrived, "0134");
}

TEST_F(QueueingTest, C122_CancelAtTheEndsOfTheQueue) {
  for (const uint32_t target : {0u, 4u}) {
    Stall();
    for (uint32_t i = 0; i < 5; ++i) client_->Send(1, std::to_string(i), i);
    client_->channel->submit.Stage(
        {.offset = target, .channel_vc = 1, .cookie = 77, .flags = shm::kSubmitCancel});
    client_->Send(1, std::string("5"), 5);
    client_->Flush();
    Release();
    std::string arrived;
    for (const auto& reception : client_->Receptions()) {
      if (reception.channel_vc == 1) arrived += client_->Payload(reception);
    }
    EXPECT_EQ(arrived, target == 0 ? "12345" : "01235");
    EXPECT_EQ(client_->Completions().size(), 7u);
  }
}

TEST_F(QueueingTest, EndingAVcGivesUpWhatWaits) {
  Stall();
  for (uint32_t i = 0; i < 5; ++i) client_->Send(1, std::to_string(i), i);
  client_->Send(2, std::string("other"), 50);
  client_->Flush();
  harness_->Turn();
  bool ended = false;
  harness_->BeginEnd(*client_, 1, &ended);
  harness_->Turn();
  const auto aborted = client_->Completions();
  ASSERT_EQ(aborted.size(), 5u);
  for (const auto& completion : aborted) {
    EXPECT_EQ(completion.status, static_cast<uint16_t>(Status::kSendAborted));
  }
  EXPECT_EQ(client_->service->ReadCounters().drops[static_cast<size_t>(Drop::kTxAborted)], 5u);
  Release();
  EXPECT_TRUE(ended);
  const auto receptions = client_->Receptions();
  ASSERT_EQ(receptions.size(), 2u);
  EXPECT_EQ(client_->Payload(receptions[1]), "other");
}

TEST_F(QueueingTest, WhatIsStagedWhenTheLinkGoesDownIsDroppedAndCounted) {
  port_->SetRoom(4);
  for (uint32_t i = 0; i < 10; ++i) client_->Send(1, std::to_string(i), i);
  client_->Flush();
  port_->Hold(true);
  harness_->Turn();
  ASSERT_EQ(port_->frames().size(), 4u);
  harness_->SetPath(false);
  port_->SetRoom(1024);
  for (uint32_t i = 10; i < 20; ++i) client_->Send(1, std::to_string(i), i);
  client_->Flush();
  for (int turn = 0; turn < 10; ++turn) harness_->Turn();
  EXPECT_EQ(port_->frames().size(), 4u);
  EXPECT_EQ(harness_->port().drops[static_cast<size_t>(Drop::kTxLinkDown)].Read(), 6u);
  EXPECT_EQ(client_->Completions().size(), 10u);
  port_->Hold(false);
  harness_->SetPath(true);
  harness_->Settle();
  EXPECT_EQ(client_->Completions().size(), 10u);
  std::string arrived;
  for (const auto& reception : client_->Receptions()) arrived += client_->Payload(reception) + " ";
  EXPECT_EQ(arrived, "0 1 2 3 10 11 12 13 14 15 16 17 18 19 ");
}

TEST(TransmitPath, QueuesWaitInOrderAndMayLeaveFromAnywhere) {
  TransmitPath path;
  VcQueue queues[4];
  for (VcQueue& queue : queues) path.Wait(&queue);
  path.Wait(&queues[0]);  // waits already
  path.Forget(&queues[1]);
  path.Forget(&queues[1]);
  EXPECT_EQ(path.NextWaiting(), &queues[0]);
  path.Forget(&queues[3]);
  path.Wait(&queues[0]);
  EXPECT_EQ(path.NextWaiting(), &queues[2]);
  EXPECT_FALSE(path.idle());
  EXPECT_EQ(path.NextWaiting(), &queues[0]);
  EXPECT_EQ(path.NextWaiting(), nullptr);
  EXPECT_TRUE(path.idle());
}

class BacklogTest : public ::testing::Test {
 protected:
  BacklogTest() {
    auto port = std::make_unique<LoopPort>();
    port_ = port.get();
    harness_ = std::make_unique<PollHarness>(std::move(port));
    client_ = &harness_->AddClient();
    for (uint32_t vc = 1; vc <= 2; ++vc) harness_->Activate(*client_, vc, 100 + vc, 100 + vc);
  }
  void Send(uint32_t vc, size_t size_bytes) {
    client_->Send(vc, std::string(size_bytes, 'x'), next_cookie_++);
    client_->Flush();
  }
  Backlog OfPort() { return harness_->core().ReadBacklog(0); }
  void ExpectWaiting(uint32_t vc, uint64_t buffers, uint64_t bytes) {
    const Backlog waiting = harness_->ReadVcCounters(*client_, vc).waiting;
    EXPECT_EQ(waiting.buffers, buffers);
    EXPECT_EQ(waiting.bytes, bytes);
  }

  LoopPort* port_;
  std::unique_ptr<PollHarness> harness_;
  HarnessClient* client_;
  uint32_t next_cookie_ = 0;
};

// What waits is known by VC and by port, until it is sent, cancelled or given up.
TEST_F(BacklogTest, GrowsAndShrinksWithWhatWaits) {
  port_->SetRoom(0);
  Send(1, 10);
  harness_->Turn();  // its frame has nowhere to go: from now on lists wait
  for (int i = 0; i < 3; ++i) Send(1, 10);
  Send(2, 50);
  harness_->Turn();
  ExpectWaiting(1, 3, 30);
  ExpectWaiting(2, 1, 50);
  EXPECT_EQ(OfPort().buffers, 4u);
  EXPECT_EQ(OfPort().bytes, 80u);
  bool ended = false;
  harness_->BeginEnd(*client_, 2, &ended);
  harness_->Turn();
  ExpectWaiting(2, 0, 0);
  EXPECT_EQ(OfPort().bytes, 30u);
  client_->channel->submit.Stage(
      {.offset = 2, .channel_vc = 1, .cookie = 99, .flags = shm::kSubmitCancel});
  client_->Flush();
  harness_->Turn();
  ExpectWaiting(1, 2, 20);
  port_->SetRoom(1024);
  harness_->Settle();
  ExpectWaiting(1, 0, 0);
  EXPECT_EQ(OfPort().buffers + OfPort().bytes, 0u);
}

TEST_F(BacklogTest, IsNothingOnceItIsRefused) {
  harness_->SetPath(false);
  for (int i = 0; i < 3; ++i) Send(1, 10);
  harness_->Turn();
  EXPECT_EQ(OfPort().bytes, 30u);
  harness_->SetRefusal(Status::kResetInProgress);
  harness_->Settle();
  ExpectWaiting(1, 0, 0);
  EXPECT_EQ(OfPort().buffers + OfPort().bytes, 0u);
}

}  // namespace
}  // namespace vcp::dataplane
