// A port that is paused, reset or removed: what is sent and what waits completes so, what arrives
// is dropped, signaling passes, and everything goes on afterwards (C134, C135, C139, C141).
#include <gtest/gtest.h>

#include <string>

#include "testing/loop_port.h"
#include "testing/poll_harness.h"

namespace vcp::dataplane {
namespace {

using testing::HarnessClient;
using testing::LoopPort;
using testing::PollHarness;

class PauseTest : public ::testing::Test {
 protected:
  PauseTest() {
    auto port = std::make_unique<LoopPort>();
    port_ = port.get();
    harness_ = std::make_unique<PollHarness>(std::move(port));
    client_ = &harness_->AddClient();
    for (uint32_t vc = 1; vc <= 2; ++vc) harness_->Activate(*client_, vc, 100 + vc, 100 + vc);
  }
  void Send(uint32_t vc, uint32_t cookie) {
    client_->Send(vc, std::to_string(cookie), cookie);
    client_->Flush();
  }
  void ExpectAll(Status status, size_t count) {
    const auto completions = client_->Completions();
    EXPECT_EQ(completions.size(), count);
    for (const shm::Completion& completion : completions) {
      EXPECT_EQ(completion.status, static_cast<uint16_t>(status)) << completion.cookie;
    }
  }
  uint64_t Drops(Drop drop) const {
    return client_->service->ReadCounters().drops[static_cast<size_t>(drop)];
  }

  LoopPort* port_;
  std::unique_ptr<PollHarness> harness_;
  HarnessClient* client_;
};

TEST_F(PauseTest, C134_SendsCompletePausedAndGoOnAfterwards) {
  harness_->SetPaused(true);
  for (uint32_t i = 0; i < 10; ++i) Send(1 + i % 2, i);
  harness_->Settle();
  ExpectAll(Status::kPaused, 10);
  EXPECT_TRUE(client_->Receptions().empty());
  EXPECT_EQ(Drops(Drop::kTxPaused), 10u);
  EXPECT_EQ(harness_->ReadVcCounters(*client_, 1).transmit_drops, 5u);
  harness_->SetPaused(false);
  Send(1, 77);
  harness_->Settle();
  ExpectAll(Status::kSuccess, 1);
  EXPECT_EQ(client_->Receptions().size(), 1u);
}

TEST_F(PauseTest, C135_WhatWaitsCompletesPaused) {
  port_->SetRoom(0);
  Send(2, 999);
  harness_->Turn();
  client_->Completions();
  for (uint32_t i = 0; i < 100; ++i) client_->Send(1 + i % 2, std::to_string(i), i);
  client_->Flush();
  for (int turn = 0; turn < 10; ++turn) harness_->Turn();
  EXPECT_TRUE(client_->Completions().empty());
  harness_->SetPaused(true);
  harness_->Settle();
  ExpectAll(Status::kPaused, 100);
  // And nothing of it is left behind.
  port_->SetRoom(1024);
  harness_->SetPaused(false);
  harness_->Settle();
  Send(1, 7);
  harness_->Settle();
  ExpectAll(Status::kSuccess, 1);
}

TEST_F(PauseTest, AListThatIsNotAllThereCompletesOnce) {
  client_->channel->submit.Stage({.channel_vc = 1, .cookie = 5, .length = 1});
  client_->Flush();
  harness_->Turn();
  harness_->SetPaused(true);
  client_->channel->submit.Stage(
      {.channel_vc = 1,
       .cookie = 5,
       .length = 1,
       .flags = static_cast<uint16_t>(shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList)});
  client_->Flush();
  harness_->Settle();
  ExpectAll(Status::kPaused, 1);
}

TEST_F(PauseTest, AVcMayEndWhileItsListStillArrives) {
  harness_->SetPaused(true);
  client_->channel->submit.Stage({.channel_vc = 1, .cookie = 5, .length = 1});
  client_->Flush();
  harness_->Turn();
  bool ended = false;
  harness_->BeginEnd(*client_, 1, &ended);
  harness_->Settle();
  EXPECT_TRUE(ended);
  client_->channel->submit.Stage(
      {.channel_vc = 1,
       .cookie = 5,
       .length = 1,
       .flags = static_cast<uint16_t>(shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList)});
  client_->Flush();
  harness_->Settle();
  EXPECT_EQ(client_->Completions().size(), 1u);
}

TEST_F(PauseTest, WhatArrivesIsDroppedAndCounted) {
  port_->SetRoom(0);
  Send(1, 1);
  harness_->Turn();
  ExpectAll(Status::kSuccess, 1);  // On its way when the port is paused.
  harness_->SetPaused(true);
  port_->SetRoom(1024);
  harness_->Settle();
  EXPECT_TRUE(client_->Receptions().empty());
  EXPECT_EQ(harness_->port().drops[static_cast<size_t>(Drop::kRxPaused)].Read(), 1u);
  EXPECT_EQ(harness_->ReadVcCounters(*client_, 1).receive_drops, 1u);
}

struct Refusal {
  Status status;
  Drop drop;
};

class RefusalTest : public PauseTest, public ::testing::WithParamInterface<Refusal> {};

TEST_P(RefusalTest, C139_C141_WhatIsSentAndWhatWaitsCompletesSo) {
  port_->SetRoom(0);
  Send(2, 999);
  harness_->Turn();
  client_->Completions();
  for (uint32_t i = 0; i < 4; ++i) Send(1, i);
  harness_->Turn();
  harness_->SetRefusal(GetParam().status);
  for (uint32_t i = 4; i < 8; ++i) Send(1, i);
  harness_->Settle();
  ExpectAll(GetParam().status, 8);
  EXPECT_EQ(Drops(GetParam().drop), 8u);
  EXPECT_EQ(harness_->ReadVcCounters(*client_, 1).transmit_drops, 8u);
  port_->SetRoom(1024);
  harness_->SetRefusal(Status::kSuccess);
  Send(1, 77);
  harness_->Settle();
  ExpectAll(Status::kSuccess, 1);
}

INSTANTIATE_TEST_SUITE_P(All, RefusalTest,
                         ::testing::Values(Refusal{Status::kPaused, Drop::kTxPaused},
                                           Refusal{Status::kResetInProgress, Drop::kTxReset},
                                           Refusal{Status::kNotAccepted, Drop::kTxRemoved}));

// The port is the first core's, the control thread's channel is served by one or the other.
class SignalingOfAPausedPort : public ::testing::TestWithParam<uint32_t> {
 protected:
  SignalingOfAPausedPort() {
    auto port = std::make_unique<LoopPort>();
    port_ = port.get();
    harness_ = std::make_unique<PollHarness>(std::move(port), 2);
    signaling_ = &harness_->AddClient({}, GetParam());
    client_ = &harness_->AddClient({}, GetParam());
    harness_->Activate(*signaling_, 1, 21, 21, 1400, /*is_signaling=*/true);
    harness_->Activate(*client_, 1, 101, 101);
  }
  void SendBoth() {
    for (HarnessClient* client : {signaling_, client_}) {
      client->Send(1, "words", 5);
      client->Flush();
    }
    harness_->Settle();
  }
  // Of who has one.
  static Status Outcome(HarnessClient* client) {
    const auto completions = client->Completions();
    return completions.empty() ? Status::kPending : static_cast<Status>(completions[0].status);
  }

  LoopPort* port_;
  std::unique_ptr<PollHarness> harness_;
  HarnessClient* signaling_;
  HarnessClient* client_;
};

TEST_P(SignalingOfAPausedPort, PassesBothWays) {
  harness_->SetPaused(true);
  SendBoth();
  EXPECT_EQ(Outcome(signaling_), Status::kSuccess);
  EXPECT_EQ(signaling_->Receptions().size(), 1u);
  EXPECT_EQ(Outcome(client_), Status::kPaused);
}

TEST_P(SignalingOfAPausedPort, WaitsForALinkThatIsDown) {
  harness_->SetPath(false);
  harness_->SetPaused(true);
  SendBoth();
  EXPECT_EQ(Outcome(signaling_), Status::kPending);
  EXPECT_EQ(Outcome(client_), Status::kPaused);
  harness_->SetPath(true);
  harness_->Settle();
  EXPECT_EQ(Outcome(signaling_), Status::kSuccess);
  EXPECT_EQ(signaling_->Receptions().size(), 1u);
}

TEST_P(SignalingOfAPausedPort, WaitsForAPortThatIsFull) {
  harness_->SetPaused(true);
  port_->SetRoom(0);
  for (uint32_t i = 0; i < 200; ++i) {
    signaling_->Send(1, "words", i);
    signaling_->Flush();
    harness_->Turn();
  }
  harness_->Turn();
  port_->SetRoom(1024);
  harness_->Settle();
  EXPECT_EQ(signaling_->Completions().size(), 200u);
  EXPECT_EQ(signaling_->Receptions().size(), 200u);
}

TEST_P(SignalingOfAPausedPort, IsOverWithTheDevice) {
  harness_->SetPath(false);
  harness_->SetRefusal(Status::kNotAccepted);
  SendBoth();
  EXPECT_EQ(Outcome(signaling_), Status::kNotAccepted);
}

INSTANTIATE_TEST_SUITE_P(Cores, SignalingOfAPausedPort, ::testing::Values(0, 1));

// Returns that nobody needs yet are left in their ring for a while, however busy the core is.
TEST_F(PauseTest, WhatWasReturnedIsSoonHeldNoMore) {
  constexpr uint32_t kHeld = 300;
  for (uint32_t i = 0; i < kHeld; ++i) Send(1, i);
  harness_->Settle();
  const auto held = client_->Receptions();
  ASSERT_EQ(held.size(), kHeld);
  for (const shm::Reception& one : held) client_->Return(one.slot);
  for (int turn = 0; turn < 64 * 6; ++turn) {
    Send(2, 2);
    harness_->Turn();
    client_->Completions();
    for (const shm::Reception& one : client_->Receptions()) client_->Return(one.slot);
  }
  EXPECT_LT(client_->service->ReadCounters().receives_outstanding, 130u);
}

}  // namespace
}  // namespace vcp::dataplane
