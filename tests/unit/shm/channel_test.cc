#include "shm/channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <cstring>

#include "base/limits.h"

namespace vcp::shm {
namespace {

struct Channel {
  explicit Channel(const ChannelRequest& request = {}) {
    EXPECT_EQ(DaemonChannel::Create(LayOut(request, 1492), &daemon), Status::kSuccess);
    UniqueFd fds[kChannelFdCount];
    for (int i = 0; i < kChannelFdCount; ++i) {
      fds[i] = UniqueFd(fcntl(daemon->client_fds()[i], F_DUPFD_CLOEXEC, 0));
    }
    daemon->CloseClientFds();
    EXPECT_EQ(ClientChannel::Map(daemon->layout(), fds, &client), Status::kSuccess);
  }
  std::unique_ptr<DaemonChannel> daemon;
  std::unique_ptr<ClientChannel> client;
};

bool Readable(int fd) {
  pollfd poll_fd{.fd = fd, .events = POLLIN, .revents = 0};
  return poll(&poll_fd, 1, 0) == 1;
}

// A6: whatever is asked for, the layout stays inside the limits and its parts do not overlap.
TEST(ChannelLayout, A6_WildRequestsAreClamped) {
  for (uint32_t slots : {0u, 1u, 3u, 2048u, 2049u, 0x80000000u, ~0u}) {
    for (uint32_t sdu : {0u, 1u, 64u, 65u, 1492u, 9216u, ~0u}) {
      const ChannelLayout layout =
          LayOut({.max_sdu_bytes = sdu, .send_slots = slots, .receive_slots = slots}, 1492);
      EXPECT_GE(layout.send_slot_count, kMinSlots);
      EXPECT_LE(layout.send_slot_count, kMaxSlots);
      EXPECT_GE(layout.submit_capacity, layout.send_slot_count);
      EXPECT_GE(layout.complete_capacity, layout.submit_capacity);
      EXPECT_GE(layout.receive_capacity, layout.receive_slot_count);
      EXPECT_GE(layout.return_capacity, layout.receive_slot_count);
      EXPECT_GE(layout.send_slot_bytes, layout.max_sdu_bytes);
      EXPECT_GE(layout.up_return_offset, layout.up_submit_offset + layout.submit_capacity * 16ull);
      EXPECT_GE(layout.up_payload_offset, layout.up_return_offset + layout.return_capacity * 8ull);
      EXPECT_GE(layout.up_size_bytes, layout.up_payload_offset + uint64_t{layout.send_slot_count} *
                                                                     layout.send_slot_bytes);
      EXPECT_GE(layout.down_receive_offset,
                layout.down_complete_offset + layout.complete_capacity * 8ull);
      EXPECT_GE(layout.down_payload_offset,
                layout.down_receive_offset + layout.receive_capacity * 16ull);
      EXPECT_GE(layout.down_size_bytes,
                layout.down_payload_offset +
                    uint64_t{layout.receive_slot_count} * layout.receive_slot_bytes);
      EXPECT_LE(layout.up_size_bytes, uint64_t{128} << 20);
    }
  }
}

TEST(ChannelLayout, SlotsTakeAnOddNumberOfCacheLines) {
  EXPECT_EQ(LayOut({.max_sdu_bytes = 64}, 0).send_slot_bytes, 64u);
  EXPECT_EQ(LayOut({.max_sdu_bytes = 1492}, 0).send_slot_bytes, 25u * 64);
  EXPECT_EQ(LayOut({.max_sdu_bytes = 2048}, 0).send_slot_bytes, 33u * 64);
}

TEST(Channel, CarriesPayloadAndDescriptorsBothWays) {
  Channel channel;
  std::memcpy(channel.client->send_payload + 1600, "ping", 4);
  channel.client->submit.Stage({.offset = 1600, .channel_vc = 3, .cookie = 9, .length = 4});
  channel.client->submit.Publish();
  Submission submission;
  ASSERT_TRUE(channel.daemon->submit.Read(&submission));
  EXPECT_EQ(std::memcmp(channel.daemon->send_payload + submission.offset, "ping", 4), 0);

  std::memcpy(channel.daemon->receive_payload, "pong", 4);
  channel.daemon->receive.Stage({.slot = 0, .channel_vc = 3, .length = 4});
  channel.daemon->receive.Publish();
  channel.daemon->complete.Stage({.cookie = 9, .status = 0});
  channel.daemon->complete.Publish();
  Reception reception;
  Completion completion;
  ASSERT_TRUE(channel.client->receive.Read(&reception));
  ASSERT_TRUE(channel.client->complete.Read(&completion));
  EXPECT_EQ(std::memcmp(channel.client->receive_payload, "pong", 4), 0);
  EXPECT_EQ(completion.cookie, 9u);

  channel.client->returns.Stage({.slot = reception.slot});
  channel.client->returns.Publish();
  Return returned;
  ASSERT_TRUE(channel.daemon->returns.Read(&returned));
  EXPECT_EQ(returned.slot, 0u);
}

TEST(Channel, DoorbellsWakeAndDrain) {
  Channel channel;
  EXPECT_FALSE(channel.daemon->ClientNeedsWake());
  channel.client->SetClientSleeps(true);
  EXPECT_TRUE(channel.daemon->ClientNeedsWake());
  EXPECT_FALSE(Readable(channel.client->wake_fd()));
  channel.daemon->WakeClient();
  EXPECT_TRUE(Readable(channel.client->wake_fd()));
  EXPECT_FALSE(channel.daemon->ClientNeedsWake());  // once is enough for one sleep
  channel.client->SetClientSleeps(false);
  EXPECT_FALSE(channel.daemon->ClientNeedsWake());
  channel.client->SetClientSleeps(true);
  EXPECT_TRUE(channel.daemon->ClientNeedsWake());
  channel.client->DrainWakes();
  EXPECT_FALSE(Readable(channel.client->wake_fd()));

  channel.daemon->SetDaemonSleeps(true);
  EXPECT_TRUE(channel.client->DaemonNeedsWake());
  channel.client->WakeDaemon();
  EXPECT_TRUE(Readable(channel.daemon->wake_fd()));
}

// R14: a flood of bells never blocks the one who rings, nor does a client that plays with its
// flags.
TEST(Channel, R14_RingingNeverBlocks) {
  Channel channel;
  ASSERT_EQ(fcntl(channel.client->wake_fd(), F_SETFL, 0), 0);
  for (int i = 0; i < 100'000; ++i) channel.daemon->WakeClient();
  EXPECT_TRUE(Readable(channel.client->wake_fd()));
}

TEST(Channel, RingingTheDeadRaisesNothing) {
  Channel channel;
  channel.client.reset();
  channel.daemon->WakeClient();
  Channel other;
  other.daemon.reset();
  other.client->WakeDaemon();
}

}  // namespace
}  // namespace vcp::shm
