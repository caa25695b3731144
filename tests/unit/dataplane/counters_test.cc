// Every frame and every buffer is counted once by its fate, and once more with its VC when it has
// one.
#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <numeric>
#include <string>

#include "testing/loop_port.h"
#include "testing/poll_harness.h"
#include "wire/frame.h"

namespace vcp::dataplane {
namespace {

using testing::HarnessClient;
using testing::LoopPort;
using testing::PollHarness;

constexpr uint32_t kLabel = 100;
constexpr uint32_t kOtherLabel = 200;
constexpr uint32_t kNobodysLabel = 300;

// The clients are served by the last of so many cores, the port by the first.
class CountersTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  CountersTest() {
    auto port = std::make_unique<LoopPort>();
    port_ = port.get();
    harness_ = std::make_unique<PollHarness>(std::move(port), GetParam());
    client_ = &harness_->AddClient({.max_sdu_bytes = 1000, .receive_slots = 64}, GetParam() - 1);
    other_ = &harness_->AddClient({}, GetParam() - 1);
    harness_->Activate(*client_, 1, kLabel, kLabel);
    harness_->Activate(*other_, 1, kOtherLabel, kOtherLabel, 500);
  }
  // A frame arrives.
  void Inject(const wire::FrameHeader& header, size_t sdu_bytes, size_t cut_bytes = 0) {
    rte_mbuf* frame = rte_pktmbuf_alloc(harness_->frames());
    ASSERT_NE(frame, nullptr);
    const std::vector<uint8_t> sdu(sdu_bytes, 'x');
    const size_t bytes = wire::EmitFrame(header, sdu, {rte_pktmbuf_mtod(frame, uint8_t*), 4096});
    frame->data_len = static_cast<uint16_t>(bytes - cut_bytes);
    frame->pkt_len = frame->data_len;
    port_->frames().push_back(frame);
  }
  uint64_t PortDrops(Drop drop) const {
    return harness_->port().drops[static_cast<size_t>(drop)].Read();
  }
  template <typename Counters>
  static uint64_t Sum(const Counters& counters) {
    return std::accumulate(
        counters.begin(), counters.end(), uint64_t{0},
        [](uint64_t sum, const Counter& counter) { return sum + counter.Read(); });
  }
  static uint64_t ReceiveDrops(const HarnessClient& client) {
    const DropCounts drops = client.service->ReadCounters().drops;
    uint64_t sum = 0;
    for (Drop drop : {Drop::kRxNoClientBuffer, Drop::kRxClientGone}) {
      sum += drops[static_cast<size_t>(drop)];
    }
    return sum;
  }
  void ExpectReceivesAddUp() {
    const PortService& port = harness_->port();
    const uint64_t rejected = Sum(port.rejected);
    uint64_t delivered = 0;
    uint64_t dropped = 0;
    uint64_t of_vcs = 0;
    for (HarnessClient* client : {client_, other_}) {
      delivered += client->service->ReadCounters().received_sdus;
      dropped += ReceiveDrops(*client);
      const VcCounters vc = harness_->ReadVcCounters(*client, 1);
      EXPECT_EQ(vc.received_sdus, client->service->ReadCounters().received_sdus);
      EXPECT_EQ(vc.received_bytes, client->service->ReadCounters().received_bytes);
      of_vcs += vc.received_sdus + vc.receive_drops;
      const DropCounts drops = client->service->ReadCounters().drops;
      EXPECT_EQ(client->service->ReadLosses(0).undelivered_sdus,
                drops[static_cast<size_t>(Drop::kRxNoClientBuffer)] +
                    drops[static_cast<size_t>(Drop::kRxClientGone)]);
    }
    EXPECT_EQ(port.received_frames.Read(), rejected + Sum(port.drops) + delivered + dropped);
    const uint64_t without_vc = PortDrops(Drop::kRxLabelNotOnPort) + PortDrops(Drop::kRxVlan);
    EXPECT_EQ(port.received_frames.Read(), rejected + without_vc + of_vcs);
  }
  LoopPort* port_;
  std::unique_ptr<PollHarness> harness_;
  HarnessClient* client_;
  HarnessClient* other_;
};

class CountersOfTwoCoresTest : public CountersTest {};

TEST_P(CountersTest, FramesOfEveryFateAddUp) {
  for (int i = 0; i < 3; ++i) Inject({.label = kLabel}, 100);
  Inject({.label = kNobodysLabel}, 100);
  Inject({.vlan_id = 7, .label = kLabel}, 100);
  Inject({.label = kLabel}, 100, 1 + 100);                     // too short
  Inject({.label = kLabel}, 1200);                             // for the client's slots
  Inject({.label = kOtherLabel}, 600);                         // for the VC
  for (int i = 0; i < 70; ++i) Inject({.label = kLabel}, 10);  // 64 slots, 3 taken
  harness_->Settle();
  EXPECT_EQ(harness_->port().received_frames.Read(), 78u);
  const VcCounters vc = harness_->ReadVcCounters(*client_, 1);
  EXPECT_EQ(vc.received_sdus, 64u);
  EXPECT_EQ(vc.received_bytes, 3u * 100 + 61 * 10);
  EXPECT_EQ(vc.receive_drops, 1u + 9);
  EXPECT_EQ(harness_->ReadVcCounters(*other_, 1).receive_drops, 1u);
  EXPECT_EQ(PortDrops(Drop::kRxTooBig), 2u);
  ExpectReceivesAddUp();
}

TEST_P(CountersTest, FramesOfAClientThatIsGoneAddUp) {
  for (int i = 0; i < 3; ++i) Inject({.label = kLabel}, 100);
  harness_->Settle();
  harness_->Abandon(*client_);
  for (int i = 0; i < 5; ++i) Inject({.label = kLabel}, 100);
  for (int i = 0; i < 5; ++i) Inject({.label = kOtherLabel}, 100);
  harness_->Settle();
  const VcCounters vc = harness_->ReadVcCounters(*client_, 1);
  EXPECT_EQ(vc.received_sdus, 3u);
  EXPECT_EQ(vc.receive_drops, 5u);
  ExpectReceivesAddUp();
}

// The core of the clients does not come to take what is left for it.
TEST_P(CountersOfTwoCoresTest, FramesThatFindTheWayToAnotherCoreFullAddUp) {
  for (size_t i = 0; i < kHandoffFrames + 50; ++i) Inject({.label = kOtherLabel}, 100);
  while (harness_->core(0).Turn()) {
  }
  EXPECT_EQ(PortDrops(Drop::kRxHandoffFull), 50u);
  EXPECT_EQ(harness_->ReadVcCounters(*other_, 1).receive_drops, 50u);
  harness_->Settle();
  EXPECT_EQ(harness_->ReadVcCounters(*other_, 1).received_sdus, kHandoffFrames);
  ExpectReceivesAddUp();
}

// What a client submits on a VC becomes a frame or counts as dropped, there and by its reason.
TEST_P(CountersTest, BuffersOfEveryFateAddUp) {
  const auto buffer = [](uint16_t flags, uint32_t offset, uint16_t length) {
    return shm::Submission{
        .offset = offset, .channel_vc = 1, .cookie = 7, .length = length, .flags = flags};
  };
  constexpr uint16_t kBuffer = shm::kSubmitEndOfBuffer;
  constexpr uint16_t kList = shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList;
  auto& submit = other_->channel->submit;
  submit.Stage(buffer(kList, 0, 100));
  submit.Stage(buffer(kBuffer, 0, 501));  // too big
  submit.Stage(buffer(kBuffer, 0, 100));  // good
  submit.Stage(buffer(kList, 0, 0));      // empty
  submit.Stage(buffer(kList, ~0u, 100));  // nowhere
  port_->SetRoom(0);                      // and what follows waits
  for (int i = 0; i < 200; ++i) submit.Stage(buffer(kList, 0, 100));
  other_->Flush();
  for (int turn = 0; turn < 100; ++turn) harness_->Turn();
  submit.Stage({.offset = 7, .channel_vc = 1, .cookie = 8, .flags = shm::kSubmitCancel | kList});
  other_->Flush();
  for (int turn = 0; turn < 100; ++turn) harness_->Turn();
  const VcCounters vc = harness_->ReadVcCounters(*other_, 1);
  const ChannelCounters channel = other_->service->ReadCounters();
  const bool waits = channel.drops[static_cast<size_t>(Drop::kTxAborted)] != 0;
  EXPECT_EQ(waits, GetParam() == 1);  // with two cores there is room between them
  EXPECT_EQ(vc.transmitted_sdus, channel.transmitted_sdus);
  EXPECT_EQ(vc.transmit_drops,
            std::accumulate(channel.drops.begin(), channel.drops.end(), uint64_t{0}));
  EXPECT_EQ(vc.transmit_drops, waits ? 4u : 3u);
  EXPECT_EQ(other_->service->ReadLosses(0).unsent_sdus, vc.transmit_drops);
  port_->SetRoom(1024);
  harness_->Settle();
  EXPECT_EQ(harness_->port().transmitted_frames.Read(),
            other_->service->ReadCounters().transmitted_sdus);
  EXPECT_EQ(harness_->ReadVcCounters(*other_, 1).transmitted_sdus, 202u - (waits ? 1 : 0));
  ExpectReceivesAddUp();
}

// A VC starts at zero, whoever had its place and its label before.
TEST_P(CountersTest, ANewVcStartsAtZero) {
  for (int i = 0; i < 3; ++i) Inject({.label = kLabel}, 100);
  harness_->Settle();
  for (const auto& reception : client_->Receptions()) client_->Return(reception.slot);
  bool ended = false;
  harness_->BeginEnd(*client_, 1, &ended);
  harness_->Settle();
  ASSERT_TRUE(ended);
  harness_->Activate(*client_, 1, kLabel, kLabel);
  const VcCounters vc = harness_->ReadVcCounters(*client_, 1);
  EXPECT_EQ(vc.received_sdus + vc.received_bytes + vc.receive_drops, 0u);
}

INSTANTIATE_TEST_SUITE_P(Cores, CountersTest, ::testing::Values(1u, 2u));
INSTANTIATE_TEST_SUITE_P(Cores, CountersOfTwoCoresTest, ::testing::Values(2u));

}  // namespace
}  // namespace vcp::dataplane
