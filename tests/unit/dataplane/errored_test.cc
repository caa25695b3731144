// What arrives damaged comes to who asks for it, marked, and to nobody else (C94).
#include <gtest/gtest.h>
#include <rte_mbuf.h>

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

constexpr uint32_t kLabel = 100;
constexpr uint32_t kVc = 7;
constexpr uint32_t kLargest = 200;
constexpr size_t kLengthByte = wire::kEthernetBytes + wire::kLabelEntryBytes + 1;

// The client on the port's core, or on the next one.
class ErroredTest : public ::testing::TestWithParam<uint32_t> {
 protected:
  ErroredTest() {
    auto port = std::make_unique<LoopPort>();
    port_ = port.get();
    harness_ = std::make_unique<PollHarness>(std::move(port), GetParam());
  }
  HarnessClient& AddClient(const shm::ChannelRequest& request = {}) {
    return harness_->AddClient(request, GetParam() - 1);
  }
  void Activate(HarnessClient& client, bool indicates_errored, bool shares_label = false) {
    harness_->Activate(client, {.channel_vc = kVc,
                                .receive_label = kLabel,
                                .max_sdu_bytes = kLargest,
                                .transmit = false,
                                .shares_label = shares_label,
                                .indicates_errored = indicates_errored});
  }
  // A frame whose length field says `length`, or what is right.
  void Arrive(const std::string& sdu, int length = -1) {
    rte_mbuf* frame = rte_pktmbuf_alloc(harness_->frames());
    ASSERT_NE(frame, nullptr);
    frame->packet_type = ~0u;  // as drivers classify frames
    auto* bytes = rte_pktmbuf_mtod(frame, uint8_t*);
    const std::vector<uint8_t> data(sdu.begin(), sdu.end());
    const size_t size = wire::EmitFrame({.label = kLabel}, data, {bytes, 4096});
    if (length >= 0) bytes[kLengthByte] = static_cast<uint8_t>(length);
    frame->data_len = static_cast<uint16_t>(size);
    frame->pkt_len = frame->data_len;
    port_->frames().push_back(frame);
    harness_->Settle();
  }
  // What came, with an exclamation mark before what is damaged.
  static std::vector<std::string> Take(HarnessClient& client) {
    std::vector<std::string> sdus;
    for (const auto& reception : client.Receptions()) {
      const bool is_errored = (reception.flags & shm::kReceiveErrored) != 0;
      sdus.push_back((is_errored ? "!" : "") + client.Payload(reception));
      client.Return(reception.slot);
    }
    return sdus;
  }
  uint64_t Drops(Drop drop) { return harness_->port().drops[static_cast<size_t>(drop)].Read(); }
  uint64_t Rejected(wire::FrameError error) {
    return harness_->port().rejected[static_cast<size_t>(error)].Read();
  }
  using Sdus = std::vector<std::string>;
  LoopPort* port_;
  std::unique_ptr<PollHarness> harness_;
};

TEST_P(ErroredTest, C094_WithoutTheFlagItIsDroppedAndCounted) {
  HarnessClient& client = AddClient();
  Activate(client, false);
  Arrive("good");
  Arrive(std::string(kLargest + 1, 'x'));
  Arrive(std::string(100, 'x'), 50);
  Arrive(std::string(20, 'x'), 63);
  EXPECT_EQ(Take(client), Sdus{"good"});
  EXPECT_EQ(Drops(Drop::kRxTooBig), 1u);
  EXPECT_EQ(Rejected(wire::FrameError::kLengthTooSmall), 1u);
  EXPECT_EQ(Rejected(wire::FrameError::kLengthTooBig), 1u);
  const VcCounters counters = harness_->ReadVcCounters(client, kVc);
  EXPECT_EQ(counters.received_sdus, 1u);
  EXPECT_EQ(counters.errored_sdus, 0u);
}

TEST_P(ErroredTest, C094_WithTheFlagItComesMarkedAndInOrder) {
  HarnessClient& client = AddClient();
  Activate(client, true);
  const std::string too_long(kLargest + 1, 'l');
  Arrive("first");
  Arrive(too_long);
  Arrive(std::string(100, 's'), 50);
  Arrive("last");
  EXPECT_EQ(Take(client), (Sdus{"first", "!" + too_long, "!" + std::string(100, 's'), "last"}));
  EXPECT_EQ(Drops(Drop::kRxTooBig), 0u);
  EXPECT_EQ(Rejected(wire::FrameError::kLengthTooSmall), 0u);
  const VcCounters counters = harness_->ReadVcCounters(client, kVc);
  EXPECT_EQ(counters.received_sdus, 4u);
  EXPECT_EQ(counters.errored_sdus, 2u);
  EXPECT_EQ(counters.receive_drops, 0u);
  EXPECT_EQ(client.service->ReadLosses(0).errored_sdus, 2u);
}

// A frame that was cut on its way says more than there is: padding and all of it is there.
TEST_P(ErroredTest, C094_OfAFrameThatWasCutComesWhatIsThere) {
  HarnessClient& client = AddClient();
  Activate(client, true);
  Arrive(std::string(10, 'c'), 63);
  const Sdus sdus = Take(client);
  ASSERT_EQ(sdus.size(), 1u);
  EXPECT_EQ(sdus[0].substr(0, 11), "!" + std::string(10, 'c'));
  EXPECT_EQ(sdus[0].size(), 1 + wire::kMinFrameBytes - kLengthByte - 3);
}

// As much as the client's slots hold, whatever came.
TEST_P(ErroredTest, C094_NoMoreThanASlotHolds) {
  HarnessClient& client = AddClient({.max_sdu_bytes = 50});
  Activate(client, true);
  Arrive(std::string(150, 'x'));
  Arrive(std::string(1400, 'y'));
  Arrive(std::string(1400, 'z'), 50);
  const std::string x(50, 'x');
  EXPECT_EQ(Take(client), (Sdus{"!" + x, "!" + std::string(50, 'y'), "!" + std::string(50, 'z')}));
  EXPECT_EQ(harness_->ReadVcCounters(client, kVc).received_bytes, 150u);
}

// It is one VC's, but of what names none nobody hears.
TEST_P(ErroredTest, C094_WhatNamesNoVcIsRejected) {
  HarnessClient& client = AddClient();
  harness_->Activate(client, {.channel_vc = kVc,
                              .receive_label = kLabel + 1,
                              .max_sdu_bytes = kLargest,
                              .transmit = false,
                              .indicates_errored = true});
  Arrive(std::string(100, 'x'), 50);
  Arrive("");
  EXPECT_EQ(Take(client), Sdus{});
  EXPECT_EQ(Rejected(wire::FrameError::kLengthTooSmall), 1u);
}

TEST_P(ErroredTest, C094_OfLeavesThoseHearThatAsk) {
  HarnessClient& asks = AddClient();
  HarnessClient& does_not = AddClient();
  Activate(asks, true, true);
  Activate(does_not, false, true);
  const std::string too_long(kLargest + 1, 'l');
  Arrive("good");
  Arrive(too_long);
  Arrive(std::string(100, 's'), 50);
  EXPECT_EQ(Take(asks), (Sdus{"good", "!" + too_long, "!" + std::string(100, 's')}));
  EXPECT_EQ(Take(does_not), Sdus{"good"});
  EXPECT_EQ(Drops(Drop::kRxTooBig), 1u);
  EXPECT_EQ(Rejected(wire::FrameError::kLengthTooSmall), 0u);
}

TEST_P(ErroredTest, C094_WhereNoSlotIsFreeItIsDroppedLikeAnyOther) {
  HarnessClient& client = AddClient({.receive_slots = 64});
  Activate(client, true);
  for (int i = 0; i < 70; ++i) Arrive(std::string(kLargest + 1, 'x'));
  const VcCounters counters = harness_->ReadVcCounters(client, kVc);
  EXPECT_EQ(counters.received_sdus, 64u);
  EXPECT_EQ(counters.errored_sdus, 64u);
  EXPECT_EQ(counters.receive_drops, 6u);
}

INSTANTIATE_TEST_SUITE_P(Cores, ErroredTest, ::testing::Values(1u, 2u));

}  // namespace
}  // namespace vcp::dataplane
