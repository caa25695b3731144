// A port that is paused: what is sent and what waits completes PAUSED, what arrives is dropped, and
// everything goes on afterwards (C134, C135).
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
}

}  // namespace
}  // namespace vcp::dataplane
