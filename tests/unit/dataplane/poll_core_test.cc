// SDUs through a poll core, turn by turn: what a client sends is what a client gets.
#include "dataplane/poll_core.h"

#include <gtest/gtest.h>

#include <cstring>
#include <ctime>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "testing/loop_port.h"
#include "testing/poll_harness.h"
#include "wire/frame.h"

namespace vcp::dataplane {
namespace {

using testing::HarnessClient;
using testing::LoopPort;
using testing::PollHarness;

class PollCoreTest : public ::testing::Test {
 protected:
  PollCoreTest() {
    auto port = std::make_unique<LoopPort>();
    port_ = port.get();
    harness_ = std::make_unique<PollHarness>(std::move(port));
  }
  uint64_t PortDrops(Drop drop) const {
    return harness_->port().drops[static_cast<size_t>(drop)].Read();
  }
  LoopPort* port_;
  std::unique_ptr<PollHarness> harness_;
};

TEST_F(PollCoreTest, CarriesAnSduFromOneClientToAnother) {
  HarnessClient& a = harness_->AddClient();
  HarnessClient& b = harness_->AddClient();
  harness_->Activate(a, 1, 100, 101);
  harness_->Activate(b, 7, 101, 100);
  a.Send(1, std::string("hello"), 42);
  a.Flush();
  harness_->Settle();
  const auto completions = a.Completions();
  ASSERT_EQ(completions.size(), 1u);
  EXPECT_EQ(completions[0].cookie, 42u);
  EXPECT_EQ(completions[0].status, 0u);
  EXPECT_TRUE(a.Receptions().empty());
  const auto receptions = b.Receptions();
  ASSERT_EQ(receptions.size(), 1u);
  EXPECT_EQ(receptions[0].channel_vc, 7u);
  EXPECT_EQ(b.Payload(receptions[0]), "hello");
}

// C121: the frame is padded, and the control word's length takes the padding off again.
TEST_F(PollCoreTest, C121_ShortSdusTravelInPaddedFrames) {
  HarnessClient& client = harness_->AddClient();
  harness_->Activate(client, 1, 100, 100);
  for (const size_t size : {1u, 8u, 37u, 38u, 39u, 59u, 60u, 61u, 64u, 1492u}) {
    const std::string sdu(size, static_cast<char>('a' + size % 26));
    client.Send(1, sdu, 1);
    client.Flush();
    port_->Hold(true);
    harness_->Turn();
    ASSERT_EQ(port_->frames().size(), 1u);
    EXPECT_EQ(port_->frames()[0]->pkt_len, std::max<size_t>(60, size + 22));
    port_->Hold(false);
    harness_->Settle();
    const auto receptions = client.Receptions();
    ASSERT_EQ(receptions.size(), 1u);
    EXPECT_EQ(client.Payload(receptions[0]), sdu);
    client.Return(receptions[0].slot);
  }
}

// C117: several lists of several buffers of several segments arrive in order, one buffer each.
// On whichever core the channel is served.
TEST_F(PollCoreTest, SignalingIsReceivedBehindItsSource) {
  auto port = std::make_unique<LoopPort>();
  LoopPort* loop = port.get();
  harness_.reset();  // there is memory for one
  PollHarness harness(std::move(port), /*cores=*/2);
  for (const uint32_t core : {0u, 1u}) {
    HarnessClient& client = harness.AddClient({}, core);
    harness.Activate(client, 1, 21 + core, 21 + core, 1492, /*is_signaling=*/true);
    loop->Hold(true);
    client.Send(1, std::string("poll"), 1);
    client.Flush();
    harness.Settle();
    ASSERT_EQ(loop->frames().size(), 1u);
    std::memcpy(rte_pktmbuf_mtod_offset(loop->frames()[0], char*, 6), "source", 6);
    loop->Hold(false);
    harness.Settle();
    const auto receptions = client.Receptions();
    ASSERT_EQ(receptions.size(), 1u);
    EXPECT_EQ(client.Payload(receptions[0]), "sourcepoll");
  }
}

TEST_F(PollCoreTest, C117_ListsOfBuffersOfSegmentsStayInOrder) {
  HarnessClient& client = harness_->AddClient();
  harness_->Activate(client, 1, 100, 100);
  const std::string text = "The quick brown fox jumps over the lazy dog";
  std::copy(text.begin(), text.end(), client.channel->send_payload);
  constexpr uint16_t kBuffer = shm::kSubmitEndOfBuffer;
  constexpr uint16_t kList = shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList;
  auto& submit = client.channel->submit;
  submit.Stage({.offset = 0, .channel_vc = 1, .cookie = 10, .length = 4, .flags = 0});
  submit.Stage({.offset = 4, .length = 6, .flags = kBuffer});  // "The quick "
  submit.Stage({.offset = 10, .length = 6, .flags = kList});   // "brown "
  submit.Stage({.offset = 16, .channel_vc = 1, .cookie = 11, .length = 4, .flags = kList});
  client.Flush();
  harness_->Settle();
  std::vector<std::string> sdus;
  for (const auto& reception : client.Receptions()) sdus.push_back(client.Payload(reception));
  EXPECT_EQ(sdus, (std::vector<std::string>{"The quick ", "brown ", "fox "}));
  const auto completions = client.Completions();
  ASSERT_EQ(completions.size(), 2u);
  EXPECT_EQ(completions[0].cookie, 10u);
  EXPECT_EQ(completions[1].cookie, 11u);
}

// R10: bursts of any size give the same result as one by one.
TEST_F(PollCoreTest, R10_BurstsOfAnySizeArriveWhole) {
  HarnessClient& client = harness_->AddClient({.send_slots = 512, .receive_slots = 512});
  harness_->Activate(client, 1, 100, 100);
  uint32_t sent = 0;
  uint32_t seen = 0;
  for (const uint32_t burst : {1u, 31u, 32u, 33u, 64u, 255u, 256u, 257u, 511u, 512u}) {
    for (uint32_t i = 0; i < burst; ++i, ++sent) client.Send(1, std::to_string(sent), sent);
    client.Flush();
    harness_->Settle();
    const auto receptions = client.Receptions();
    ASSERT_EQ(receptions.size(), burst);
    for (const auto& reception : receptions) {
      EXPECT_EQ(client.Payload(reception), std::to_string(seen++));
      client.Return(reception.slot);
    }
    EXPECT_EQ(client.Completions().size(), burst);
    harness_->Settle();
  }
  EXPECT_EQ(client.service->ReadCounters().received_sdus, sent);
}

// R11: a client that returns nothing loses its own receives, counted; the other one loses none.
TEST_F(PollCoreTest, R11_AClientThatReturnsNothingHurtsOnlyItself) {
  HarnessClient& greedy = harness_->AddClient({.receive_slots = 64});
  HarnessClient& other = harness_->AddClient();
  harness_->Activate(greedy, 1, 100, 100);
  harness_->Activate(other, 1, 200, 200);
  for (uint32_t i = 0; i < 100; ++i) {
    greedy.Send(1, std::string("x"), i);
    other.Send(1, std::string("y"), i);
  }
  greedy.Flush();
  other.Flush();
  harness_->Settle();
  EXPECT_EQ(greedy.Receptions().size(), 64u);
  EXPECT_EQ(other.Receptions().size(), 100u);
  const auto counters = greedy.service->ReadCounters();
  EXPECT_EQ(counters.drops[static_cast<size_t>(Drop::kRxNoClientBuffer)], 36u);
  EXPECT_EQ(counters.receives_outstanding, 64u);
}

// C124: returned singly, in any order.
TEST_F(PollCoreTest, C124_ReceivesAreReturnedInAnyOrder) {
  HarnessClient& client = harness_->AddClient({.receive_slots = 64});
  harness_->Activate(client, 1, 100, 100);
  for (uint32_t i = 0; i < 64; ++i) client.Send(1, std::to_string(i), i);
  client.Flush();
  harness_->Settle();
  auto receptions = client.Receptions();
  ASSERT_EQ(receptions.size(), 64u);
  for (size_t i = receptions.size(); i-- > 0;) client.Return(receptions[i].slot);
  for (uint32_t i = 0; i < 64; ++i) client.Send(1, std::to_string(i), i);
  client.Flush();
  harness_->Settle();
  EXPECT_EQ(client.Receptions().size(), 64u);
}

// W6: what the abuse catalogue calls rx_stale_label is rx_label_not_on_port here. A label is in no
// VC's hands until call managers give it out again (ConnectionIds' quarantine).
TEST_F(PollCoreTest, LateFramesOfAVcThatIsGoneAreCountedAndReachNobody) {
  HarnessClient& client = harness_->AddClient();
  harness_->Activate(client, 1, 100, 101);
  harness_->Activate(client, 2, 101, 100);
  client.Send(1, std::string("in time"), 1);
  client.Flush();
  harness_->Settle();
  const auto receptions = client.Receptions();
  ASSERT_EQ(receptions.size(), 1u);
  client.Return(receptions[0].slot);
  bool done = false;
  harness_->BeginEnd(client, 2, &done);
  harness_->Settle();
  ASSERT_TRUE(done);
  harness_->Activate(client, 3, 103, 102);
  client.Send(1, std::string("late"), 2);
  client.Flush();
  harness_->Settle();
  EXPECT_EQ(PortDrops(Drop::kRxLabelNotOnPort), 1u);
  EXPECT_TRUE(client.Receptions().empty());
}

TEST_F(PollCoreTest, FramesForNobodyAreCountedOnceUnderOneName) {
  HarnessClient& client = harness_->AddClient();
  harness_->Activate(client, 1, 100, 101);
  client.Send(1, std::string("lost"), 1);
  client.Flush();
  harness_->Settle();
  EXPECT_EQ(PortDrops(Drop::kRxLabelNotOnPort), 1u);
  EXPECT_EQ(harness_->port().received_frames.Read(), 1u);
  EXPECT_TRUE(client.Receptions().empty());
}

// W10: a tag that nobody configured makes another network's frame of it.
TEST_F(PollCoreTest, W10_FramesWithAVlanTagAreNotOurs) {
  HarnessClient& client = harness_->AddClient();
  harness_->Activate(client, 1, 100, 100);
  client.Send(1, std::string("tagged"), 1);
  client.Flush();
  port_->Hold(true);
  harness_->Turn();
  ASSERT_EQ(port_->frames().size(), 1u);
  rte_mbuf* frame = port_->frames()[0];
  char* start = rte_pktmbuf_prepend(frame, 4);
  std::memmove(start, start + 4, 12);
  std::memcpy(start + 12, "\x81\x00\x00\x07", 4);
  port_->Hold(false);
  harness_->Settle();
  EXPECT_EQ(PortDrops(Drop::kRxVlan), 1u);
  EXPECT_TRUE(client.Receptions().empty());
}

// C94: nobody can ask for SDUs with errors, so none is indicated; each counts under its fault.
TEST_F(PollCoreTest, C094_SdusWithErrorsAreCountedAndNotIndicated) {
  constexpr size_t kControlWordAt = wire::kEthernetBytes + wire::kLabelEntryBytes;
  HarnessClient& client = harness_->AddClient();
  harness_->Activate(client, 1, 100, 100);
  // VCCV instead of data; a length beyond the frame's end; none although the frame is short.
  constexpr uint8_t kWords[][2] = {{0x10, 0}, {0, 63}, {0, 0}};
  for (const auto& word : kWords) {
    client.Send(1, std::string("bad"), 1);
    client.Flush();
    port_->Hold(true);
    harness_->Turn();
    ASSERT_EQ(port_->frames().size(), 1u);
    auto* frame = rte_pktmbuf_mtod_offset(port_->frames()[0], uint8_t*, kControlWordAt);
    std::memcpy(frame, word, sizeof word);
    port_->Hold(false);
    harness_->Settle();
  }
  uint64_t rejected = 0;
  for (const Counter& fault : harness_->port().rejected) rejected += fault.Read();
  EXPECT_EQ(rejected, std::size(kWords));
  EXPECT_TRUE(client.Receptions().empty());
  client.Send(1, std::string("good"), 2);
  client.Flush();
  harness_->Settle();
  EXPECT_EQ(client.Receptions().size(), 1u);
}

// C125, C126: whatever a port receives is copied into the client's memory, and its frame is the
// port's again within the turn, however scarce frames are; the copy is the client's as any other,
// and kept until it is returned.
TEST_F(PollCoreTest, C125_C126_TheFrameIsThePortsAgainAndTheCopyTheClients) {
  constexpr uint32_t kSlots = 1024;
  constexpr uint32_t kHeld = kSlots / 2;
  constexpr uint32_t kOthers = 2 * PollHarness::kFrames;
  HarnessClient& client = harness_->AddClient({.receive_slots = kSlots});
  harness_->Activate(client, 1, 100, 100);
  std::vector<shm::Reception> held;
  for (uint32_t sent = 0; sent < kHeld + kOthers; ++sent) {
    client.Send(1, "number " + std::to_string(sent), sent);
    client.Flush();
    harness_->Settle();
    ASSERT_EQ(client.Completions().size(), 1u);
    const auto received = client.Receptions();
    ASSERT_EQ(received.size(), 1u);
    if (sent < kHeld) {
      held.push_back(received[0]);
    } else {
      client.Return(received[0].slot);
    }
  }
  // The client holds none, but for what the core keeps in hand.
  static_assert(kHeld > FrameReserve::kCapacity);
  EXPECT_GE(harness_->FreeFrames() + FrameReserve::kCapacity, PollHarness::kFrames);
  for (uint32_t i = kHeld; i-- > 0;) {
    EXPECT_EQ(client.Payload(held[i]), "number " + std::to_string(i));
    client.Return(held[i].slot);
  }
  // Every slot is free again.
  for (uint32_t i = 0; i < kSlots; ++i) client.Send(1, std::string("all"), i);
  client.Flush();
  harness_->Settle();
  EXPECT_EQ(client.Receptions().size(), kSlots);
}

// C92: an SDU above what the VC allows is refused with its status.
TEST_F(PollCoreTest, C092_TooBigIsInvalidLength) {
  HarnessClient& client = harness_->AddClient();
  harness_->Activate(client, 1, 100, 100, /*max_sdu_bytes=*/10);
  client.Send(1, std::string(10, 'x'), 1);
  client.Send(1, std::string(11, 'x'), 2);
  client.Flush();
  harness_->Settle();
  const auto completions = client.Completions();
  ASSERT_EQ(completions.size(), 2u);
  EXPECT_EQ(completions[0].status, static_cast<uint16_t>(Status::kSuccess));
  EXPECT_EQ(completions[1].status, static_cast<uint16_t>(Status::kInvalidLength));
  EXPECT_EQ(client.Receptions().size(), 1u);
}

// C41: a VC ends only when its receives are back, and nothing is indicated meanwhile.
TEST_F(PollCoreTest, C041_EndingWaitsForReturnedReceives) {
  HarnessClient& client = harness_->AddClient();
  harness_->Activate(client, 1, 100, 100);
  client.Send(1, std::string("kept"), 1);
  client.Flush();
  harness_->Settle();
  const auto receptions = client.Receptions();
  ASSERT_EQ(receptions.size(), 1u);
  bool ended = false;
  harness_->BeginEnd(client, 1, &ended);
  harness_->Settle();
  EXPECT_FALSE(ended);
  client.Send(1, std::string("late"), 2);  // C40: refused once ending
  client.Flush();
  harness_->Settle();
  const auto completions = client.Completions();
  ASSERT_EQ(completions.size(), 2u);
  EXPECT_EQ(completions[1].status, static_cast<uint16_t>(Status::kInvalidState));
  client.Return(receptions[0].slot);
  harness_->Settle();
  EXPECT_TRUE(ended);
  EXPECT_TRUE(client.Receptions().empty());
}

TEST_F(PollCoreTest, EndingAnAbandonedChannelWaitsForNobody) {
  HarnessClient& client = harness_->AddClient();
  harness_->Activate(client, 1, 100, 100);
  client.Send(1, std::string("held"), 1);
  client.Flush();
  harness_->Settle();
  harness_->Abandon(client);
  bool ended = false;
  harness_->BeginEnd(client, 1, &ended);
  harness_->Settle();
  EXPECT_TRUE(ended);
}

TEST_F(PollCoreTest, EveryFrameGoesBackToThePool) {
  {
    HarnessClient& client = harness_->AddClient();
    harness_->Activate(client, 1, 100, 100);
    for (uint32_t i = 0; i < 2000; ++i) client.Send(1, std::string("x"), i);
    client.Flush();
    harness_->Settle();
  }
  // What the core keeps in hand is no leak.
  EXPECT_GE(harness_->FreeFrames() + FrameReserve::kCapacity, PollHarness::kFrames);
}

// The clock is the one that clients have.
uint64_t MonotonicUs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000 + static_cast<uint64_t>(now.tv_nsec) / 1000;
}

class StampsTest : public ::testing::TestWithParam<uint32_t> {};

TEST_P(StampsTest, SdusOfVcsThatAskForItHaveTheirTime) {
  testing::PollHarness harness(std::make_unique<testing::LoopPort>(), 2);
  testing::HarnessClient& client = harness.AddClient({}, GetParam());
  VcProgram program{.channel_vc = 1,
                    .transmit_label = 101,
                    .receive_label = 101,
                    .max_sdu_bytes = 1492,
                    .stamps_receives = true};
  harness.Activate(client, program);
  program = {.channel_vc = 2, .transmit_label = 102, .receive_label = 102, .max_sdu_bytes = 1492};
  harness.Activate(client, program);
  program = {.channel_vc = 3, .transmit_label = 103, .receive_label = 104, .max_sdu_bytes = 1492};
  harness.Activate(client, program);
  for (uint32_t leaf : {4u, 5u}) {
    harness.Activate(client, {.channel_vc = leaf,
                              .transmit_label = 103,
                              .receive_label = 103,
                              .max_sdu_bytes = 1492,
                              .transmit = false,
                              .shares_label = true,
                              .stamps_receives = leaf == 4});
  }
  const uint64_t before_us = MonotonicUs();
  for (uint32_t vc : {1u, 2u, 3u}) client.Send(vc, std::string("when?"), vc);
  client.Flush();
  harness.Settle();
  const uint64_t after_us = MonotonicUs();
  const auto receptions = client.Receptions();
  EXPECT_EQ(receptions.size(), 4u);
  for (const shm::Reception& reception : receptions) {
    EXPECT_EQ(client.Payload(reception), "when?");
    if (reception.channel_vc != 1 && reception.channel_vc != 4) {
      EXPECT_EQ(reception.time_us, 0u);
      continue;
    }
    const auto since_us = reception.time_us - static_cast<uint32_t>(before_us);
    EXPECT_LE(since_us, after_us - before_us);
  }
}

INSTANTIATE_TEST_SUITE_P(Cores, StampsTest, ::testing::Values(0, 1));

}  // namespace
}  // namespace vcp::dataplane
