// A port that takes less than it is offered is shared: no core's clients wait for ever behind
// another core's, and nobody waits who wants another port.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "testing/loop_port.h"
#include "testing/poll_harness.h"

namespace vcp::dataplane {
namespace {

using testing::HarnessClient;
using testing::LoopPort;
using testing::PollHarness;

constexpr uint32_t kSignalingLabel = 21;

class FairnessTest : public ::testing::Test {
 protected:
  void Start(uint32_t cores) {
    auto port = std::make_unique<LoopPort>();
    port_ = port.get();
    harness_ = std::make_unique<PollHarness>(std::move(port), cores);
  }
  // One with a VC that hears itself.
  HarnessClient& AddClient(uint32_t core, uint32_t label) {
    HarnessClient& client = harness_->AddClient({}, core);
    harness_->Activate(client, 1, label, label);
    return client;
  }
  static void Send(HarnessClient* client, uint32_t channel_vc, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) client->Send(channel_vc, std::string("x"), i);
    client->Flush();
  }
  void Turn(int turns) {
    for (int i = 0; i < turns; ++i) harness_->Turn();
  }
  static uint64_t Received(const HarnessClient& client) {
    return client.service->ReadCounters().received_sdus;
  }
  LoopPort* port_;
  std::unique_ptr<PollHarness> harness_;
};

TEST_F(FairnessTest, ABusyPortIsSharedByItsCoreAndTheOthers) {
  Start(3);
  std::vector<HarnessClient*> clients;
  for (uint32_t core = 0; core < 3; ++core) clients.push_back(&AddClient(core, 100 + core));
  port_->SetRoom(32);  // a turn takes in as many
  for (HarnessClient* client : clients) Send(client, 1, 1500);
  Turn(40);
  uint64_t sum = 0;
  for (const HarnessClient* client : clients) {
    EXPECT_GE(Received(*client), 200u);
    sum += Received(*client);
  }
  EXPECT_GE(sum, 38 * 32u);  // and no turn is wasted over it
  EXPECT_LT(sum, 1500u);
}

TEST_F(FairnessTest, AStalledPortHoldsUpNoOther) {
  Start(2);
  auto made = std::make_unique<LoopPort>();
  LoopPort* other_port = made.get();
  const PortIndex other = harness_->AddPort(std::move(made));
  for (uint32_t core = 0; core < 2; ++core) {
    HarnessClient& client = AddClient(core, 100 + core);
    harness_->Activate(client, {.channel_vc = 2,
                                .port = other,
                                .transmit_label = 200 + core,
                                .receive_label = 200 + core,
                                .max_sdu_bytes = 1492});
    port_->SetRoom(0);
    // Enough for every place on the way to be full.
    const uint32_t slots = client.channel->layout().send_slot_count;
    Send(&client, 1, slots - 200);
    Turn(100);
    Send(&client, 2, 200);
    Turn(100);
    EXPECT_EQ(Received(client), 200u);
  }
  EXPECT_TRUE(other_port->frames().empty());
}

TEST_F(FairnessTest, SignalingOfAnotherCorePassesABusyPort) {
  Start(2);
  HarnessClient& busy = AddClient(0, 100);
  HarnessClient& signaling = harness_->AddClient({}, 1);
  harness_->Activate(signaling, 1, kSignalingLabel, kSignalingLabel, 1492, /*is_signaling=*/true);
  port_->SetRoom(16);  // half of what the busy client's core takes from it in a turn
  Send(&busy, 1, 1500);
  Turn(10);
  Send(&signaling, 1, 1);
  Turn(8);
  EXPECT_EQ(Received(signaling), 1u);
  EXPECT_LT(Received(busy), 1000u);
}

}  // namespace
}  // namespace vcp::dataplane
