// VCs that share a label are leaves of one multipoint call: each gets a copy of what arrives, and
// what becomes of one is nothing to the others (C80).
#include <gtest/gtest.h>
#include <rte_mbuf.h>

#include <algorithm>
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
using ::testing::TestWithParam;

constexpr uint32_t kLabel = 100;
constexpr uint32_t kLeafVc = 7;

// Clients go to so many cores in turn, the port to the first.
class LeavesTest : public TestWithParam<uint32_t> {
 protected:
  LeavesTest() {
    auto port = std::make_unique<LoopPort>();
    port_ = port.get();
    harness_ = std::make_unique<PollHarness>(std::move(port), GetParam());
    root_ = &AddClient();
    harness_->Activate(*root_, {.channel_vc = 1,
                                .transmit_label = kLabel,
                                .receive_label = kLabel,
                                .max_sdu_bytes = 1492,
                                .receive = false});
    frames_at_first_ = harness_->FreeFrames();
  }
  HarnessClient& AddClient(const shm::ChannelRequest& request = {}) {
    return harness_->AddClient(request, next_core_++ % GetParam());
  }
  void Join(HarnessClient& client, uint32_t channel_vc = kLeafVc, uint32_t max_sdu_bytes = 1492) {
    harness_->Activate(client, {.channel_vc = channel_vc,
                                .transmit_label = kLabel,
                                .receive_label = kLabel,
                                .max_sdu_bytes = max_sdu_bytes,
                                .transmit = false,
                                .shares_label = true});
  }
  HarnessClient& AddLeaf(const shm::ChannelRequest& request = {}) {
    HarnessClient& client = AddClient(request);
    Join(client);
    return client;
  }
  void Leave(HarnessClient& client, uint32_t channel_vc = kLeafVc) {
    bool ended = false;
    harness_->BeginEnd(client, channel_vc, &ended);
    harness_->Settle();
    EXPECT_TRUE(ended);
  }
  void Send(const std::string& sdu) {
    root_->Send(1, sdu, 1);
    root_->Flush();
    harness_->Settle();
  }
  // What has come since the last time; all of it is returned.
  static std::vector<std::string> Take(HarnessClient& client) {
    std::vector<std::string> sdus;
    for (const auto& reception : client.Receptions()) {
      sdus.push_back(client.Payload(reception));
      client.Return(reception.slot);
    }
    return sdus;
  }
  using Sdus = std::vector<std::string>;
  LoopPort* port_;
  std::unique_ptr<PollHarness> harness_;
  HarnessClient* root_;
  uint32_t next_core_ = 0;
  uint32_t frames_at_first_ = 0;
};

TEST_P(LeavesTest, C080_OneSendReachesEveryLiveLeafAndNoOther) {
  HarnessClient& a = AddLeaf();
  Send("one");
  HarnessClient& b = AddLeaf();
  HarnessClient& c = AddLeaf();
  Send("two");
  EXPECT_EQ(harness_->port().transmitted_frames.Read(), 2u);  // one for all of them
  EXPECT_EQ(harness_->port().received_copies.Read(), 2u);
  EXPECT_EQ(Take(a), (Sdus{"one", "two"}));
  EXPECT_EQ(Take(b), (Sdus{"two"}));
  EXPECT_EQ(Take(c), (Sdus{"two"}));
  Leave(b);
  Send("three");
  EXPECT_EQ(Take(a), (Sdus{"three"}));
  EXPECT_EQ(Take(b), Sdus{});
  EXPECT_EQ(Take(c), (Sdus{"three"}));
  Join(b);
  Leave(c);
  Leave(a);
  Send("four");
  EXPECT_EQ(Take(a), Sdus{});
  EXPECT_EQ(Take(b), (Sdus{"four"}));
  EXPECT_EQ(Take(c), Sdus{});
}

// What says that a leaf is dropped leaves after the command that takes it out: the answer, however
// soon it comes, is not for it any more.
TEST_P(LeavesTest, C080_WhatFollowsTheWordThatALeafIsDroppedDoesNotReachIt) {
  HarnessClient& stays = AddLeaf();
  HarnessClient& dropped = AddLeaf();
  bool cleared = false;
  harness_->BeginStopReceiving(dropped, kLeafVc, &cleared);
  root_->Send(1, "after the drop", 1);  // comes back in the same turn
  root_->Flush();
  harness_->Settle();
  EXPECT_TRUE(cleared);
  EXPECT_EQ(Take(stays), Sdus{"after the drop"});
  EXPECT_EQ(Take(dropped), Sdus{});
}

// Every one of them may be the first, the last or in between when it goes.
TEST_P(LeavesTest, LeavesGoInAnyOrder) {
  std::vector<HarnessClient*> leaves;
  for (int i = 0; i < 5; ++i) leaves.push_back(&AddLeaf());
  for (const size_t gone : {2u, 0u, 2u, 0u, 0u}) {
    Leave(*leaves[gone]);
    EXPECT_EQ(Take(*leaves[gone]), Sdus{});
    leaves.erase(leaves.begin() + static_cast<ptrdiff_t>(gone));
    Send("x");
    for (HarnessClient* leaf : leaves) EXPECT_EQ(Take(*leaf), Sdus{"x"});
  }
  EXPECT_EQ(harness_->port().drops[static_cast<size_t>(Drop::kRxLabelNotOnPort)].Read(), 1u);
}

// However many leaves there are, what the root sent is one list, which completes once.
TEST_P(LeavesTest, AListCompletesOnceHoweverManyLeavesThereAre) {
  const auto expect_completed = [this](uint32_t cookie) {
    root_->Send(1, "x", cookie);
    root_->Flush();
    harness_->Settle();
    const std::vector<shm::Completion> completions = root_->Completions();
    ASSERT_EQ(completions.size(), 1u);
    EXPECT_EQ(completions[0].cookie, cookie);
    EXPECT_EQ(static_cast<Status>(completions[0].status), Status::kSuccess);
  };
  expect_completed(70);
  HarnessClient& first = AddLeaf();
  expect_completed(71);
  HarnessClient& full = AddLeaf({.receive_slots = 64});
  for (uint32_t i = 0; i < 100; ++i) expect_completed(100 + i);
  EXPECT_EQ(full.Receptions().size(), 64u);
  harness_->Abandon(full);
  expect_completed(72);
  EXPECT_EQ(Take(first).size(), 102u);
}

TEST_P(LeavesTest, TwoLeavesOfOneClientGetACopyEach) {
  HarnessClient& client = AddLeaf();
  Join(client, kLeafVc + 1);
  Send("twice");
  std::vector<uint32_t> vcs;
  for (const auto& reception : client.Receptions()) {
    EXPECT_EQ(client.Payload(reception), "twice");
    vcs.push_back(reception.channel_vc);
  }
  std::sort(vcs.begin(), vcs.end());
  EXPECT_EQ(vcs, (std::vector<uint32_t>{kLeafVc, kLeafVc + 1}));
}

// The payload is kept until the last of those who have it has taken it, and the frame is free then.
TEST_P(LeavesTest, PayloadIsSharedUntilTheLastLeafHasIt) {
  std::vector<HarnessClient*> leaves;
  for (int i = 0; i < 6; ++i) leaves.push_back(&AddLeaf());
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 10; ++i) {
      root_->Send(1, std::string(1492, static_cast<char>('a' + i)), 1);
    }
    root_->Flush();
    harness_->Settle();
    for (HarnessClient* leaf : leaves) {
      const Sdus got = Take(*leaf);
      ASSERT_EQ(got.size(), 10u);
      for (int i = 0; i < 10; ++i) {
        ASSERT_EQ(got[static_cast<size_t>(i)], std::string(1492, static_cast<char>('a' + i)));
      }
    }
  }
  // But for those that the cores have in hand.
  EXPECT_GE(harness_->FreeFrames() + GetParam() * FrameReserve::kCapacity, frames_at_first_);
}

// A leaf that takes nothing, one whose slots are too small, one that is gone: each loses its own
// copies, counted with it.
TEST_P(LeavesTest, ALeafLosesOnlyItsOwn) {
  HarnessClient& good = AddLeaf();
  HarnessClient& lazy = AddLeaf({.receive_slots = 64});
  HarnessClient& small = AddLeaf({.max_sdu_bytes = 50});
  HarnessClient& modest = AddClient();
  Join(modest, kLeafVc, /*max_sdu_bytes=*/60);
  HarnessClient& gone = AddLeaf();
  harness_->Abandon(gone);
  constexpr uint32_t kSent = 100;
  for (uint32_t i = 0; i < kSent; ++i) Send(std::string(100, 'x'));
  EXPECT_EQ(Take(good).size(), kSent);
  const auto counts = [this](HarnessClient& client) {
    const VcCounters vc = harness_->ReadVcCounters(client, kLeafVc);
    EXPECT_EQ(vc.received_bytes, vc.received_sdus * 100);
    return std::pair(vc.received_sdus, vc.receive_drops);
  };
  using Counts = std::pair<uint64_t, uint64_t>;
  EXPECT_EQ(counts(good), Counts(kSent, 0));
  EXPECT_EQ(counts(lazy), Counts(64, kSent - 64));
  EXPECT_EQ(counts(small), Counts(0, kSent));
  EXPECT_EQ(counts(modest), Counts(0, kSent));
  EXPECT_EQ(counts(gone), Counts(0, kSent));
  const PortService& port = harness_->port();
  EXPECT_EQ(port.received_frames.Read() + port.received_copies.Read(), 5 * kSent);
}

// A tag is not more welcome because there are several to take the frame.
TEST_P(LeavesTest, AFrameThatIsForNobodyIsDroppedOnce) {
  AddLeaf();
  AddLeaf();
  rte_mbuf* frame = rte_pktmbuf_alloc(harness_->frames());
  ASSERT_NE(frame, nullptr);
  const std::vector<uint8_t> sdu(100, 'x');
  const size_t bytes = wire::EmitFrame({.vlan_id = 7, .label = kLabel}, sdu,
                                       {rte_pktmbuf_mtod(frame, uint8_t*), 4096});
  frame->data_len = static_cast<uint16_t>(bytes);
  frame->pkt_len = frame->data_len;
  port_->frames().push_back(frame);
  harness_->Settle();
  EXPECT_EQ(harness_->port().drops[static_cast<size_t>(Drop::kRxVlan)].Read(), 1u);
  EXPECT_EQ(harness_->port().received_copies.Read(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Cores, LeavesTest, ::testing::Values(1u, 2u, 3u));

// One leaf on the port's core and one on another, which comes for nothing.
class FarLeafTest : public ::testing::Test {
 protected:
  FarLeafTest() {
    auto port = std::make_unique<LoopPort>();
    port_ = port.get();
    harness_ = std::make_unique<PollHarness>(std::move(port), 2);
    near_ = &harness_->AddClient();
    far_ = &harness_->AddClient({}, 1);
    for (HarnessClient* client : {near_, far_}) {
      harness_->Activate(*client, {.channel_vc = kLeafVc,
                                   .receive_label = kLabel,
                                   .max_sdu_bytes = 1492,
                                   .transmit = false,
                                   .shares_label = true});
    }
  }
  void Arrive(rte_mbuf* frame) {
    const std::vector<uint8_t> sdu(100, 'x');
    const size_t bytes =
        wire::EmitFrame({.label = kLabel}, sdu, {rte_pktmbuf_mtod(frame, uint8_t*), 4096});
    frame->data_len = static_cast<uint16_t>(bytes);
    frame->pkt_len = frame->data_len;
    port_->frames().push_back(frame);
  }
  void TurnNearCore() {
    while (harness_->core(0).Turn()) {
    }
  }
  uint64_t Drops(Drop drop) const {
    return harness_->port().drops[static_cast<size_t>(drop)].Read();
  }
  LoopPort* port_;
  std::unique_ptr<PollHarness> harness_;
  HarnessClient* near_;
  HarnessClient* far_;
};

TEST_F(FarLeafTest, CopiesThatFindTheWayFullAreCountedWithTheirLeaf) {
  for (size_t i = 0; i < kHandoffFrames + 50; ++i) Arrive(rte_pktmbuf_alloc(harness_->frames()));
  TurnNearCore();
  EXPECT_EQ(Drops(Drop::kRxHandoffFull), 50u);
  EXPECT_EQ(harness_->ReadVcCounters(*far_, kLeafVc).receive_drops, 50u);
  EXPECT_EQ(harness_->ReadVcCounters(*near_, kLeafVc).received_sdus, kHandoffFrames + 50);
  harness_->Settle();
  EXPECT_EQ(harness_->ReadVcCounters(*far_, kLeafVc).received_sdus, kHandoffFrames);
}

// Each copy takes a frame to refer to the payload with, and there are no more than the core has in
// hand.
TEST_F(FarLeafTest, CopiesThatFindNoFrameAreCountedWithTheirLeaf) {
  constexpr size_t kArrive = FrameReserve::kCapacity + 10;
  std::vector<rte_mbuf*> all;
  for (rte_mbuf* taken; (taken = rte_pktmbuf_alloc(harness_->frames())) != nullptr;) {
    all.push_back(taken);
  }
  for (size_t i = 0; i < kArrive; ++i, all.pop_back()) Arrive(all.back());
  TurnNearCore();
  EXPECT_GE(Drops(Drop::kRxNoFrame), 10u);
  EXPECT_EQ(harness_->ReadVcCounters(*far_, kLeafVc).receive_drops, Drops(Drop::kRxNoFrame));
  EXPECT_EQ(harness_->ReadVcCounters(*near_, kLeafVc).received_sdus, kArrive);
  for (rte_mbuf* one : all) rte_pktmbuf_free(one);
  harness_->Settle();
  const VcCounters far = harness_->ReadVcCounters(*far_, kLeafVc);
  EXPECT_EQ(far.received_sdus + far.receive_drops, kArrive);
}

}  // namespace
}  // namespace vcp::dataplane
