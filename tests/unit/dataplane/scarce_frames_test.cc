// When frames run out: nobody loses anything, and nobody who waits for some is passed by.
#include <gtest/gtest.h>
#include <rte_mempool.h>

#include <string>
#include <vector>

#include "testing/loop_port.h"
#include "testing/poll_harness.h"

namespace vcp::dataplane {
namespace {

using testing::HarnessClient;
using testing::LoopPort;
using testing::PollHarness;

class ScarceFramesTest : public ::testing::Test {
 protected:
  ScarceFramesTest() {
    auto port = std::make_unique<LoopPort>();
    port_ = port.get();
    harness_ = std::make_unique<PollHarness>(std::move(port));
    for (uint32_t i = 0; i < 2; ++i) {
      clients_.push_back(&harness_->AddClient());
      harness_->Activate(*clients_[i], 1, 100 + i, 100 + i);
    }
  }
  ~ScarceFramesTest() override { rte_pktmbuf_free_bulk(held_.data(), held_.size()); }
  // Takes all frames but so many away.
  void LeaveFrames(uint32_t count) {
    while (rte_mbuf* frame = rte_pktmbuf_alloc(harness_->frames())) held_.push_back(frame);
    GiveBack(count);
  }
  void GiveBack(uint32_t count) {
    for (; count != 0; --count, held_.pop_back()) rte_pktmbuf_free(held_.back());
  }
  void Send(HarnessClient& client, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) client.Send(1, std::to_string(i), i);
    client.Flush();
  }
  static void SendList(HarnessClient& client, uint32_t buffers) {
    for (uint32_t i = 0; i < buffers; ++i) {
      const bool last = i + 1 == buffers;
      client.channel->submit.Stage(
          {.offset = i,
           .channel_vc = 1,
           .cookie = 7,
           .length = 1,
           .flags = static_cast<uint16_t>(shm::kSubmitEndOfBuffer |
                                          (last ? shm::kSubmitEndOfList : 0))});
    }
    client.Flush();
  }
  LoopPort* port_;
  std::unique_ptr<PollHarness> harness_;
  std::vector<HarnessClient*> clients_;
  std::vector<rte_mbuf*> held_;
};

TEST_F(ScarceFramesTest, TheyGoRound) {
  LeaveFrames(8);
  for (HarnessClient* client : clients_) Send(*client, 100);
  for (int turn = 0; turn < 8; ++turn) harness_->Turn();
  // Frames that arrive are free again for the next turn; 32 went to each.
  for (HarnessClient* client : clients_) EXPECT_EQ(client->Completions().size(), 32u);
  harness_->Settle();
  for (HarnessClient* client : clients_) {
    EXPECT_EQ(client->Completions().size(), 68u);
    EXPECT_EQ(client->Receptions().size(), 100u);
  }
}

TEST_F(ScarceFramesTest, OneIsEnough) {
  LeaveFrames(1);
  for (HarnessClient* client : clients_) Send(*client, 10);
  harness_->Settle();
  for (HarnessClient* client : clients_) EXPECT_EQ(client->Receptions().size(), 10u);
}

TEST_F(ScarceFramesTest, WithoutAnyEverythingWaits) {
  LeaveFrames(0);
  Send(*clients_[0], 10);
  for (int turn = 0; turn < 10; ++turn) harness_->Turn();
  EXPECT_TRUE(clients_[0]->Completions().empty());
  GiveBack(20);
  harness_->Settle();
  EXPECT_EQ(clients_[0]->Receptions().size(), 10u);
}

TEST_F(ScarceFramesTest, AListThatWaitsComesBeforeEverybodysNewOnes) {
  LeaveFrames(10);
  port_->SetRoom(0);
  Send(*clients_[0], 1);
  harness_->Turn();
  SendList(*clients_[0], 20);  // waits: the port is stalled
  harness_->Turn();
  port_->SetRoom(1024);
  Send(*clients_[1], 1000);
  for (int turn = 0; turn < 10; ++turn) harness_->Turn();
  EXPECT_EQ(clients_[0]->Completions().size(), 1u);
  GiveBack(10);
  harness_->Turn();
  harness_->Turn();
  const auto completions = clients_[0]->Completions();
  ASSERT_EQ(completions.size(), 1u);
  EXPECT_EQ(completions[0].cookie, 7u);
  harness_->Settle();
  EXPECT_EQ(clients_[0]->Receptions().size(), 21u);
  EXPECT_EQ(clients_[1]->Receptions().size(), 1000u);
}

}  // namespace
}  // namespace vcp::dataplane
