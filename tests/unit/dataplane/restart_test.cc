// Ports that are taken from their poll cores: restarted, reset, removed.
#include <deque>
#include <string>
#include <vector>

#include "dataplane_fixture.h"

namespace vcp::dataplane {
namespace {

// --- ports that come and go: LoopPort aborts when anybody touches it while it does not run
// --------

class RestartTest : public DataplaneTest {
 protected:
  void StartWithClient(size_t cores) {
    Start(cores);
    // The last client is served by the last core, the port by the first one.
    for (size_t i = 0; i < cores; ++i) client_index_ = AddClient(&clients_.emplace_back());
    Activate(Program(client_index_, 1, 100, 100));
  }
  HarnessClient& client() { return clients_.back(); }
  void Send(uint32_t count) {
    for (uint32_t i = 0; i < count; ++i, ++sent_) client().Send(1, std::to_string(sent_), sent_);
    Flush(&client());
  }
  // Until the last message sent is here; all between `first` and it are, too, in order.
  void ExpectFrom(uint32_t first) {
    uint32_t next = first;
    Until([&] {
      client().Completions();
      for (const auto& reception : client().Receptions()) {
        const auto number = static_cast<uint32_t>(std::stoul(client().Payload(reception)));
        client().Return(reception.slot);
        if (number >= first) {
          EXPECT_EQ(number, next++);
        }
      }
      client().channel->WakeDaemon();
      return next == sent_;
    });
  }
  // Until the only core has done what it was told, and looked at what was sent before.
  void WaitForTheCore() {
    bool removed = false;
    HarnessClient other;
    const ChannelIndex index = AddClient(&other);
    dataplane_->RemoveChannel(index, [&removed](Status) { removed = true; });
    Until([&removed] { return removed; });
  }
  void BeginRestart() {
    result_ = Status::kPending;
    dataplane_->RestartPort(port_, [this](Status status) { result_ = status; });
    EXPECT_EQ(result_, Status::kPending);
    Until([this] { return loop_->state() == port::PortState::kRestarting; });
  }
  void EndRestart(port::PortState state) {
    loop_->EndRestart(state);
    Until([this] { return result_ != Status::kPending; });
  }
  uint64_t LinkDrops() const {
    return dataplane_->ReadPortCounters(port_).drops[static_cast<size_t>(Drop::kTxLinkDown)];
  }
  std::deque<HarnessClient> clients_;
  ChannelIndex client_index_ = 0;
  uint32_t sent_ = 0;
  Status result_ = Status::kSuccess;
};

class RestartOnCores : public RestartTest, public ::testing::WithParamInterface<size_t> {};

TEST_P(RestartOnCores, WhatIsSentMeanwhileWaitsAndArrives) {
  StartWithClient(GetParam());
  Send(10);
  ExpectFrom(0);
  for (int round = 0; round < 3; ++round) {
    Send(500);  // some of it may be on its way when the port is taken
    BeginRestart();
    const uint32_t first = sent_;
    Send(500);
    EndRestart(port::PortState::kRunning);
    EXPECT_EQ(result_, Status::kSuccess);
    ExpectFrom(first);
  }
}

TEST_P(RestartOnCores, AFailedRestartLeavesThePortToTheNext) {
  StartWithClient(GetParam());
  BeginRestart();
  EXPECT_FALSE(dataplane_->NeedsRestart(port_));
  EndRestart(port::PortState::kStopped);
  EXPECT_EQ(result_, Status::kFailure);
  EXPECT_TRUE(dataplane_->NeedsRestart(port_));
  EXPECT_FALSE(dataplane_->GetPortInfo(port_).link_up);
  Send(100);
  BeginRestart();
  EndRestart(port::PortState::kRunning);
  ExpectFrom(0);
}

INSTANTIATE_TEST_SUITE_P(Cores, RestartOnCores, ::testing::Values(1, 2));

TEST_F(RestartTest, OnlyOneRestartAtATime) {
  StartWithClient(1);
  BeginRestart();
  Status second = Status::kPending;
  dataplane_->RestartPort(port_, [&second](Status status) { second = status; });
  Until([&second] { return second != Status::kPending; });
  EXPECT_EQ(second, Status::kInUse);
  EXPECT_EQ(result_, Status::kPending);
  EndRestart(port::PortState::kRunning);
}

TEST_F(RestartTest, APortMayBeAddedBeforeItRuns) {
  auto port = std::make_unique<LoopPort>();
  loop_ = port.get();
  loop_->SetState(port::PortState::kStopped);
  dataplane_ = std::make_unique<Dataplane>(DataplaneOptions{.cpus = {-1}}, frames_.get());
  ASSERT_EQ(dataplane_->AddPort(std::move(port), &port_), Status::kSuccess);
  client_index_ = AddClient(&clients_.emplace_back());
  Activate(Program(client_index_, 1, 100, 100));
  Send(100);
  WaitForTheCore();
  BeginRestart();
  EndRestart(port::PortState::kRunning);
  dataplane_->SetLink(port_, true);
  ExpectFrom(0);
}

TEST_F(RestartTest, NothingLeavesWhileTheLinkIsDown) {
  StartWithClient(1);
  dataplane_->SetLink(port_, false);
  WaitForTheCore();
  Send(100);
  WaitForTheCore();
  EXPECT_EQ(dataplane_->ReadPortCounters(port_).transmitted_frames, 0u);
  EXPECT_EQ(LinkDrops(), 0u);
  dataplane_->SetLink(port_, true);
  ExpectFrom(0);
}

// What lists complete with while a port is paused, reset and removed, one over the other (C139 to
// C141).
TEST_P(RestartOnCores, C140_TheStrongestWordIsTheOneThatIsSaid) {
  StartWithClient(GetParam());
  const auto outcome = [this] {
    client().Send(1, std::string("?"), 7);
    Flush(&client());
    std::vector<shm::Completion> completions;
    Until([&] { return !(completions = client().Completions()).empty(); });
    return static_cast<Status>(completions.back().status);
  };
  const auto await = [&](Status status) { Until([&] { return outcome() == status; }); };
  dataplane_->BeginReset(port_);
  await(Status::kResetInProgress);
  dataplane_->PausePort(port_, [](Status) {});
  await(Status::kPaused);
  (void)dataplane_->EndReset(port_, nullptr);
  dataplane_->BeginReset(port_);
  EXPECT_EQ(outcome(), Status::kPaused);
  (void)dataplane_->ResumePort(port_, nullptr);
  await(Status::kResetInProgress);
  (void)dataplane_->EndReset(port_, nullptr);
  await(Status::kSuccess);
  dataplane_->RemovePort(port_);
  await(Status::kNotAccepted);
  (void)dataplane_->ResumePort(port_, nullptr);
  EXPECT_EQ(outcome(), Status::kNotAccepted);
}

TEST_P(RestartOnCores, C141_ARemovedPortIsLetGoOfAndItsVcsEnd) {
  StartWithClient(GetParam());
  Send(10);
  ExpectFrom(0);
  const uint64_t received = dataplane_->ReadPortCounters(port_).received_frames;
  dataplane_->RemovePort(port_);
  EXPECT_TRUE(dataplane_->IsGone(port_));
  Until([this] { return loop_->is_released(); });
  EXPECT_FALSE(dataplane_->NeedsRestart(port_));
  dataplane_->RestartPort(port_, [this](Status status) { result_ = status; });
  Until([this] { return result_ == Status::kNotAccepted; });
  uint32_t ended = 0;
  Deactivate(client_index_, 1, &ended);
  Until([&] { return ended == 1; });
  EXPECT_EQ(dataplane_->ReadPortCounters(port_).received_frames, received);
}

TEST_P(RestartOnCores, C141_ADeviceMayGoWhileItIsRestarted) {
  StartWithClient(GetParam());
  BeginRestart();
  dataplane_->RemovePort(port_);
  EndRestart(port::PortState::kRunning);
  EXPECT_EQ(result_, Status::kFailure);
  EXPECT_TRUE(loop_->is_released());
}

TEST_P(RestartOnCores, C141_OrJustBefore) {
  StartWithClient(GetParam());
  result_ = Status::kPending;
  dataplane_->RestartPort(port_, [this](Status status) { result_ = status; });
  dataplane_->RemovePort(port_);
  Until([this] { return result_ != Status::kPending; });
  EXPECT_EQ(result_, Status::kFailure);
  EXPECT_TRUE(loop_->is_released());
}

}  // namespace
}  // namespace vcp::dataplane
