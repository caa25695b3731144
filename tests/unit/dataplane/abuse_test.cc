// Clients that lie in shared memory (quality C.5, R). Each lie is counted once, the liar goes, and
// a well-behaved client beside it loses nothing.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "testing/loop_port.h"
#include "testing/poll_harness.h"

namespace vcp::dataplane {
namespace {

using testing::HarnessClient;
using testing::LoopPort;
using testing::PollHarness;

constexpr uint16_t kBufferEnd = shm::kSubmitEndOfBuffer;
constexpr uint16_t kWhole = shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList;

class AbuseTest : public ::testing::Test {
 protected:
  AbuseTest() : harness_(std::make_unique<LoopPort>()) {
    liar_ = &harness_.AddClient();
    bystander_ = &harness_.AddClient();
    harness_.Activate(*liar_, 1, 100, 100);
    harness_.Activate(*bystander_, 1, 200, 200);
    const shm::ChannelLayout& layout = liar_->channel->layout();
    payload_bytes_ = static_cast<uint32_t>(layout.up_size_bytes - layout.up_payload_offset);
  }
  ~AbuseTest() override {
    for (uint32_t i = 0; i < 32; ++i) bystander_->Send(1, std::to_string(i), i);
    bystander_->Flush();
    harness_.Settle();
    const auto receptions = bystander_->Receptions();
    EXPECT_EQ(receptions.size(), 32u);
    for (uint32_t i = 0; i < receptions.size(); ++i) {
      EXPECT_EQ(bystander_->Payload(receptions[i]), std::to_string(i));
    }
  }
  // Submits one segment and tells how it completed.
  Status Submit(uint32_t offset, uint16_t length, uint32_t channel_vc = 1) {
    liar_->channel->submit.Stage({.offset = offset,
                                  .channel_vc = channel_vc,
                                  .cookie = 1,
                                  .length = length,
                                  .flags = kWhole});
    liar_->Flush();
    harness_.Settle();
    const auto completions = liar_->Completions();
    EXPECT_EQ(completions.size(), 1u);
    return completions.empty() ? Status::kFailure : static_cast<Status>(completions[0].status);
  }
  uint64_t Drops(Drop drop) const {
    return liar_->service->ReadCounters().drops[static_cast<size_t>(drop)];
  }
  PollHarness harness_;
  HarnessClient* liar_;
  HarnessClient* bystander_;
  uint32_t payload_bytes_;
};

// R3: one byte past the end is refused, an exact fit is not.
TEST_F(AbuseTest, R3_OffsetsBeyondTheRegion) {
  EXPECT_EQ(Submit(payload_bytes_ - 8, 8), Status::kSuccess);
  EXPECT_EQ(Submit(payload_bytes_ - 8, 9), Status::kInvalidData);
  EXPECT_EQ(Submit(payload_bytes_, 1), Status::kInvalidData);
  EXPECT_EQ(Drops(Drop::kTxBadDescriptor), 2u);
}

// R4: no sum of 32-bit numbers wraps round.
TEST_F(AbuseTest, R4_OffsetAndLengthThatOverflow) {
  EXPECT_EQ(Submit(0xfffffff0u, 0x20), Status::kInvalidData);
  EXPECT_EQ(Submit(0xffffffffu, 0xffff), Status::kInvalidData);
  EXPECT_EQ(Drops(Drop::kTxBadDescriptor), 2u);
}

// R5: lengths 0, MTU + 1 and 65535.
TEST_F(AbuseTest, R5_WrongLengths) {
  EXPECT_EQ(Submit(0, 0), Status::kInvalidLength);
  EXPECT_EQ(Drops(Drop::kTxEmpty), 1u);
  EXPECT_EQ(Submit(0, 1493), Status::kInvalidLength);
  EXPECT_EQ(Submit(0, 0xffff), Status::kInvalidLength);
  EXPECT_EQ(Drops(Drop::kTxTooBig), 2u);
}

// R6: a client that submits more than it may have outstanding gets no memory for it.
TEST_F(AbuseTest, R6_MoreOutstandingThanAgreed) {
  static_cast<LoopPort&>(*harness_.port().port).SetRoom(0);
  for (uint32_t lap = 0; lap < 4 && harness_.evict_reason() == nullptr; ++lap) {
    for (uint32_t i = 0; i < liar_->channel->layout().submit_capacity; ++i) {
      liar_->channel->submit.Stage({.channel_vc = 1, .cookie = i, .length = 1, .flags = kWhole});
    }
    liar_->Flush();
    harness_.Settle();
  }
  ASSERT_NE(harness_.evict_reason(), nullptr);
  EXPECT_STREQ(harness_.evict_reason(), "more submissions outstanding than agreed");
  static_cast<LoopPort&>(*harness_.port().port).SetRoom(1024);
}

// R7: a list that never ends is bounded.
TEST_F(AbuseTest, R7_AListWithoutEnd) {
  for (uint32_t i = 0; i < 1000; ++i) {
    liar_->channel->submit.Stage({.channel_vc = 1, .cookie = 1, .length = 1, .flags = 0});
  }
  liar_->Flush();
  harness_.Settle();
  EXPECT_STREQ(harness_.evict_reason(), "a buffer list without end");
  EXPECT_EQ(harness_.port().transmitted_frames.Read(), 0u);
}

TEST_F(AbuseTest, R7_TooManySegmentsOrBuffers) {
  for (uint32_t i = 0; i < 9; ++i) {
    liar_->channel->submit.Stage({.channel_vc = 1,
                                  .cookie = 1,
                                  .length = 1,
                                  .flags = static_cast<uint16_t>(i == 8 ? kWhole : 0)});
  }
  for (uint32_t i = 0; i < 65; ++i) {
    liar_->channel->submit.Stage({.channel_vc = 1,
                                  .cookie = 2,
                                  .length = 1,
                                  .flags = static_cast<uint16_t>(i == 64 ? kWhole : kBufferEnd)});
  }
  liar_->Flush();
  harness_.Settle();
  const auto completions = liar_->Completions();
  ASSERT_EQ(completions.size(), 2u);
  EXPECT_EQ(completions[0].status, static_cast<uint16_t>(Status::kInvalidLength));
  EXPECT_EQ(completions[1].status, static_cast<uint16_t>(Status::kInvalidLength));
  EXPECT_EQ(Drops(Drop::kTxBadList), 2u);
  EXPECT_EQ(liar_->Receptions().size(), 64u);  // what was within the limit went out
}

// The same list when its port is stalled: it is judged later, with no more frames in hand than the
// largest list may take.
TEST_F(AbuseTest, R7_TooManyBuffersWhileThePortIsStalled) {
  auto& port = static_cast<LoopPort&>(*harness_.port().port);
  port.SetRoom(0);
  liar_->Send(1, std::string("stall"), 1);
  liar_->Flush();
  harness_.Turn();
  for (uint32_t i = 0; i < 100; ++i) {
    liar_->channel->submit.Stage({.channel_vc = 1,
                                  .cookie = 2,
                                  .length = 1,
                                  .flags = static_cast<uint16_t>(i == 99 ? kWhole : kBufferEnd)});
  }
  liar_->Flush();
  for (int turn = 0; turn < 10; ++turn) harness_.Turn();
  port.SetRoom(1024);
  harness_.Settle();
  const auto completions = liar_->Completions();
  ASSERT_EQ(completions.size(), 2u);
  EXPECT_EQ(completions[1].status, static_cast<uint16_t>(Status::kInvalidLength));
  EXPECT_EQ(Drops(Drop::kTxBadList), 100u - 64);
  EXPECT_EQ(liar_->Receptions().size(), 65u);
}

// Lists that many clients have begun when the port stalls do not pile up in front of it.
TEST_F(AbuseTest, R7_ManyUnfinishedListsWhenThePortStalls) {
  auto& port = static_cast<LoopPort&>(*harness_.port().port);
  std::vector<HarnessClient*> clients;
  for (uint32_t i = 0; i < 16; ++i) {
    clients.push_back(&harness_.AddClient());
    harness_.Activate(*clients.back(), 1, 300 + i, 300 + i);
  }
  const auto submit = [&](HarnessClient& client, uint32_t first, uint32_t end) {
    for (uint32_t i = first; i < end; ++i) {
      client.channel->send_payload[i] = static_cast<uint8_t>(i);
      client.channel->submit.Stage({.offset = i,
                                    .channel_vc = 1,
                                    .cookie = 1,
                                    .length = 1,
                                    .flags = static_cast<uint16_t>(i == 63 ? kWhole : kBufferEnd)});
    }
    client.Flush();
  };
  for (HarnessClient* client : clients) submit(*client, 0, 1);
  harness_.Settle();
  port.SetRoom(0);
  for (HarnessClient* client : clients) submit(*client, 1, 64);
  for (int turn = 0; turn < 10; ++turn) harness_.Turn();
  port.SetRoom(4096);
  harness_.Settle();
  for (HarnessClient* client : clients) {
    const auto receptions = client->Receptions();
    ASSERT_EQ(receptions.size(), 64u);
    for (size_t i = 0; i < 64; ++i) {
      EXPECT_EQ(client->Payload(receptions[i])[0], static_cast<char>(i));
    }
    const auto completions = client->Completions();
    ASSERT_EQ(completions.size(), 1u);
    EXPECT_EQ(completions[0].status, 0u);
  }
}

// R9: bad ones in a batch leave the good ones whole and in order.
TEST_F(AbuseTest, R9_BadDescriptorsAmongGoodOnes) {
  for (uint32_t i = 0; i < 32; ++i) {
    if (i == 0 || i == 15 || i == 31) {
      liar_->channel->submit.Stage(
          {.offset = ~0u, .channel_vc = 1, .cookie = i, .length = 5, .flags = kWhole});
    } else {
      liar_->Send(1, std::to_string(i), i);
    }
  }
  liar_->Flush();
  harness_.Settle();
  EXPECT_EQ(Drops(Drop::kTxBadDescriptor), 3u);
  const auto receptions = liar_->Receptions();
  ASSERT_EQ(receptions.size(), 29u);
  size_t next = 0;
  for (uint32_t i = 1; i < 31; ++i) {
    if (i == 15) continue;
    EXPECT_EQ(liar_->Payload(receptions[next++]), std::to_string(i));
  }
  EXPECT_EQ(liar_->Completions().size(), 32u);
}

TEST_F(AbuseTest, R9_AllBadEndsInEviction) {
  for (uint32_t i = 0; i < 64; ++i) {
    liar_->channel->submit.Stage(
        {.offset = ~0u, .channel_vc = 1, .cookie = i, .length = 5, .flags = kWhole});
  }
  liar_->Flush();
  harness_.Settle();
  EXPECT_STREQ(harness_.evict_reason(), "submissions that point outside the client's memory");
  EXPECT_EQ(Drops(Drop::kTxBadDescriptor), 64u);
}

// R12: returning what one does not hold.
TEST_F(AbuseTest, R12_WrongReturns) {
  const auto wrong = [this](uint32_t slot) {
    liar_->Return(slot);
    harness_.Settle();
    harness_.core().Turn();
  };
  EXPECT_EQ(Submit(0, 8), Status::kSuccess);
  const auto receptions = liar_->Receptions();
  ASSERT_EQ(receptions.size(), 1u);
  liar_->Return(receptions[0].slot);
  wrong(receptions[0].slot);  // twice
  wrong(2047);                // never given
  wrong(2048);                // no such slot
  wrong(~0u);
  bool ended = false;  // makes the core look at returns now
  harness_.BeginEnd(*liar_, 1, &ended);
  harness_.Settle();
  EXPECT_TRUE(ended);
  EXPECT_EQ(Drops(Drop::kBadReturn), 4u);
  EXPECT_EQ(liar_->service->ReadCounters().receives_outstanding, 0u);
}

// R12: whoever keeps on is ended, and nothing counts after that.
TEST_F(AbuseTest, R12_ReturningAllTheTimeEndsInEviction) {
  EXPECT_EQ(Submit(0, 8), Status::kSuccess);
  ASSERT_EQ(liar_->Receptions().size(), 1u);
  bool ended = false;  // while it waits for that one, the core looks at returns every turn
  harness_.BeginEnd(*liar_, 1, &ended);
  for (uint32_t i = 0; i < 63; ++i) liar_->Return(5);
  harness_.Settle();
  EXPECT_EQ(Drops(Drop::kBadReturn), 63u);
  EXPECT_EQ(harness_.evict_reason(), nullptr);
  for (uint32_t i = 0; i < 63; ++i) liar_->Return(5);
  harness_.Settle();
  EXPECT_STREQ(harness_.evict_reason(), "returned slots that the client did not hold");
  EXPECT_EQ(Drops(Drop::kBadReturn), 64u);
}

// C120, R13: a VC that is another's, released, or made up.
TEST_F(AbuseTest, C120_R13_VcsThatAreNotTheClients) {
  for (const uint32_t channel_vc : {0u, 2u, 0xffffu, 0x10000u, 0xfffffu, 0x100001u, ~0u}) {
    EXPECT_EQ(Submit(0, 8, channel_vc), Status::kInvalidState) << channel_vc;
  }
  EXPECT_EQ(Drops(Drop::kTxNotOwner), 7u);
  EXPECT_EQ(harness_.port().transmitted_frames.Read(), 0u);
}

// R2: what is on the wire under a label is the daemon's header, whatever the payload looks like.
TEST_F(AbuseTest, R2_PayloadCannotForgeHeaders) {
  std::string forged(64, '\0');
  forged[12] = '\x88';
  forged[13] = '\x47';
  liar_->Send(1, forged, 1);
  liar_->Flush();
  harness_.Settle();
  EXPECT_EQ(liar_->Receptions().size(), 1u);
  EXPECT_TRUE(bystander_->Receptions().empty());
}

// R15: random words over the whole up region, again and again.
TEST_F(AbuseTest, R15_ScribblingOverTheUpRegion) {
  std::mt19937_64 random(15);
  const shm::ChannelLayout& layout = liar_->channel->layout();
  uint8_t* up = liar_->channel->send_payload - layout.up_payload_offset;
  for (int round = 0; round < 2000 && harness_.evict_reason() == nullptr; ++round) {
    for (uint64_t at = sizeof(shm::RegionHeader); at + 8 <= layout.up_payload_offset; at += 8) {
      if (random() % 8 == 0) {
        const uint64_t word = random();
        std::memcpy(up + at, &word, sizeof word);
      }
    }
    harness_.Settle();
  }
  EXPECT_NE(harness_.evict_reason(), nullptr);
}

}  // namespace
}  // namespace vcp::dataplane
