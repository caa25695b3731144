// The whole data path with its threads and one port whose frames come back in.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sched.h>

#include <array>
#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "dataplane/dataplane.h"
#include "port/dpdk/frame_pool.h"
#include "testing/loop_port.h"
#include "testing/poll_harness.h"

namespace vcp::dataplane {

using testing::HarnessClient;
using testing::LoopPort;

class DataplaneTest : public ::testing::Test {
 protected:
  explicit DataplaneTest(uint32_t frames = 4095) {
    testing::StartEalOnce();
    std::string error;
    EXPECT_EQ(port::MakeFramePool(frames, 9300, &frames_, &error), Status::kSuccess) << error;
  }
  void Start(size_t cores, IdlePolicy idle = IdlePolicy::kAdaptive) {
    dataplane_ = std::make_unique<Dataplane>(
        DataplaneOptions{.cpus = std::vector<int>(cores, -1), .idle = idle}, frames_.get());
    auto port = std::make_unique<LoopPort>();
    loop_ = port.get();
    EXPECT_EQ(dataplane_->AddPort(std::move(port), &port_), Status::kSuccess);
  }
  template <typename Condition>
  void Until(Condition&& condition) {
    while (!condition()) {
      dataplane_->HandleEvents();
      sched_yield();
    }
  }
  ChannelIndex AddClient(HarnessClient* client) {
    std::unique_ptr<shm::DaemonChannel> channel;
    EXPECT_EQ(shm::DaemonChannel::Create(shm::LayOut({}, 1492), &channel), Status::kSuccess);
    UniqueFd fds[shm::kChannelFdCount];
    for (int i = 0; i < shm::kChannelFdCount; ++i) {
      fds[i] = UniqueFd(fcntl(channel->client_fds()[i], F_DUPFD_CLOEXEC, 0));
    }
    channel->CloseClientFds();
    EXPECT_EQ(shm::ClientChannel::Map(channel->layout(), fds, &client->channel), Status::kSuccess);
    ChannelIndex index = 0;
    EXPECT_EQ(dataplane_->AddChannel(std::move(channel), &index), Status::kSuccess);
    EXPECT_EQ(dataplane_->ServeChannel(index), Status::kSuccess);
    return index;
  }
  VcProgram Program(ChannelIndex channel, uint32_t channel_vc, uint32_t transmit_label,
                    uint32_t receive_label) const {
    return {.channel = channel,
            .channel_vc = channel_vc,
            .port = port_,
            .transmit_label = transmit_label,
            .receive_label = receive_label,
            .max_sdu_bytes = 1492};
  }
  void Activate(const VcProgram& program) {
    Status status = Status::kPending;
    dataplane_->ActivateVc(program, [&status](Status result) { status = result; });
    Until([&status] { return status != Status::kPending; });
    EXPECT_EQ(status, Status::kSuccess);
  }
  void Deactivate(ChannelIndex channel, uint32_t channel_vc, uint32_t* ended) {
    dataplane_->DeactivateVc(channel, channel_vc, [ended](Status status) {
      EXPECT_EQ(status, Status::kSuccess);
      ++*ended;
    });
  }
  static void Flush(HarnessClient* client) {
    client->Flush();
    client->channel->WakeDaemon();
  }
  // Activates `count` VCs that hear themselves, and lets each hold one receive.
  void HoldReceives(HarnessClient* client, ChannelIndex channel, uint32_t count) {
    for (uint32_t vc = 1; vc <= count; ++vc) {
      Activate(Program(channel, vc, 1000 + vc, 1000 + vc));
      client->Send(vc, std::string("held"), vc);
    }
    Flush(client);
    size_t received = 0;
    Until([&] { return (received += client->Receptions().size()) == count; });
  }

  port::FramePool frames_;
  std::unique_ptr<Dataplane> dataplane_;
  PortIndex port_ = 0;
  LoopPort* loop_ = nullptr;
};

}  // namespace vcp::dataplane
