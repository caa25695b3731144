// P5: nothing that was sent on a VC is left in the data path when its end is reported. Its labels
// may be another VC's the next moment.
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

constexpr uint32_t kLabel = 100;
constexpr uint32_t kOtherLabel = 200;

// The sender is served by the last of so many cores, the port and whoever comes next by the first.
class PurgeTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  PurgeTest() {
    auto port = std::make_unique<LoopPort>();
    port_ = port.get();
    harness_ = std::make_unique<PollHarness>(std::move(port), GetParam());
    sender_ = &harness_->AddClient({}, GetParam() - 1);
    heir_ = &harness_->AddClient();
    harness_->Activate(*sender_, 1, kLabel, kLabel);
    harness_->Activate(*sender_, 2, kOtherLabel, kOtherLabel);
  }
  void Send(uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
      sender_->Send(1, "old " + std::to_string(i), 2 * i);
      sender_->Send(2, std::to_string(i), 2 * i + 1);
    }
    sender_->Flush();
  }
  void End() {
    bool ended = false;
    harness_->BeginEnd(*sender_, 1, &ended);
    for (int turn = 0; turn < 100 && !ended; ++turn) harness_->Turn();
    ASSERT_TRUE(ended);
    if (GetParam() > 1) harness_->Purge(*sender_, 1);
  }
  uint64_t Unsent() const {
    constexpr auto kUnsent = static_cast<size_t>(Drop::kTxUnsent);
    return harness_->port().drops[kUnsent].Read() + sender_->service->ReadCounters().drops[kUnsent];
  }
  // Completed with success, which is what was on its way.
  uint64_t Sent() {
    uint64_t sent = 0;
    for (const auto& completion : sender_->Completions()) {
      sent += completion.cookie % 2 == 0 && completion.status == 0 ? 1 : 0;
    }
    return sent;
  }
  void ExpectOthersInOrder(uint32_t count) {
    std::vector<std::string> got;
    for (const auto& reception : sender_->Receptions()) {
      EXPECT_EQ(reception.channel_vc, 2u);
      got.push_back(sender_->Payload(reception));
    }
    ASSERT_EQ(got.size(), count);
    for (uint32_t i = 0; i < count; ++i) EXPECT_EQ(got[i], std::to_string(i));
  }
  LoopPort* port_;
  std::unique_ptr<PollHarness> harness_;
  HarnessClient* sender_;
  HarnessClient* heir_;
};

TEST_P(PurgeTest, P5_FramesOfAStalledPortEndWithTheirVc) {
  port_->SetRoom(0);
  // Enough for every place on the way to have some of both VCs: the port's core, between the cores,
  // the sender's core and its queues.
  Send(800);
  for (int turn = 0; turn < 100; ++turn) harness_->Turn();
  End();
  const uint64_t unsent = Unsent();
  EXPECT_GT(unsent, 0u);
  EXPECT_EQ(unsent, Sent());
  harness_->Activate(*heir_, 1, kLabel, kLabel);
  port_->SetRoom(4096);
  harness_->Settle();
  EXPECT_TRUE(heir_->Receptions().empty());
  ExpectOthersInOrder(800);
  heir_->Send(1, std::string("new"), 1);
  heir_->Flush();
  harness_->Settle();
  const auto receptions = heir_->Receptions();
  ASSERT_EQ(receptions.size(), 1u);
  EXPECT_EQ(heir_->Payload(receptions[0]), "new");
  EXPECT_EQ(Unsent(), unsent);
}

TEST_P(PurgeTest, NothingIsPurgedWhileThePortTakesFrames) {
  Send(100);
  harness_->Settle();
  for (const auto& reception : sender_->Receptions()) sender_->Return(reception.slot);
  harness_->Settle();
  End();
  EXPECT_EQ(Unsent(), 0u);
  EXPECT_EQ(Sent(), 100u);
}

TEST_P(PurgeTest, AnotherGenerationOfTheVcIsAnotherVc) {
  port_->SetRoom(0);
  Send(10);
  for (int turn = 0; turn < 100; ++turn) harness_->Turn();
  End();
  const uint64_t unsent = Unsent();
  constexpr uint32_t kNextGeneration = 1 | 1u << 20;
  harness_->Activate(*sender_, kNextGeneration, kLabel, kLabel);
  sender_->Send(kNextGeneration, std::string("new"), 100);
  sender_->Flush();
  for (int turn = 0; turn < 100; ++turn) harness_->Turn();
  bool ended = false;
  harness_->BeginEnd(*sender_, 3, &ended);  // a VC that never was
  if (GetParam() > 1) harness_->Purge(*sender_, 3);
  EXPECT_EQ(Unsent(), unsent);
  port_->SetRoom(4096);
  harness_->Settle();
  std::string got;
  for (const auto& reception : sender_->Receptions()) {
    if (reception.channel_vc == kNextGeneration) got += sender_->Payload(reception);
  }
  EXPECT_EQ(got, "new");
}

INSTANTIATE_TEST_SUITE_P(Cores, PurgeTest, ::testing::Values(1, 2));

}  // namespace
}  // namespace vcp::dataplane
