// The whole data path with its threads: commands and reports, and frames from core to core.
#include "dataplane_fixture.h"

namespace vcp::dataplane {
namespace {

// However many VCs a client ends and keeps from ending, others are served, and its own end ends
// them.
TEST_F(DataplaneTest, AClientThatReturnsNothingHoldsUpNobodyElse) {
  constexpr uint32_t kVcs = 2 * 256 + 1;  // more than the commands that may be unanswered
  Start(1);
  HarnessClient liar;
  const ChannelIndex liar_index = AddClient(&liar);
  HoldReceives(&liar, liar_index, kVcs);
  uint32_t ended = 0;
  for (uint32_t vc = 1; vc <= kVcs; ++vc) Deactivate(liar_index, vc, &ended);

  HarnessClient other;
  const ChannelIndex other_index = AddClient(&other);
  Activate(Program(other_index, 1, 100, 100));
  other.Send(1, std::string("hello"), 1);
  Flush(&other);
  Until([&other] { return other.Receptions().size() == 1; });
  EXPECT_EQ(ended, 0u);

  dataplane_->AbandonChannel(liar_index);
  Until([&ended] { return ended == kVcs; });
  bool removed = false;
  dataplane_->RemoveChannel(liar_index, [&removed](Status) { removed = true; });
  Until([&removed] { return removed; });
}

// A port knows what its VCs lost, also when they and their clients are gone (C103).
TEST_F(DataplaneTest, C103_LossesOutliveTheirClient) {
  Start(1);
  HarnessClient client;
  const ChannelIndex channel = AddClient(&client);
  VcProgram program = Program(channel, 1, 100, 100);
  program.max_sdu_bytes = 4;
  Activate(program);
  client.Send(1, std::string("too long"), 1);
  Flush(&client);
  Until([&client] { return client.Completions().size() == 1; });
  EXPECT_EQ(dataplane_->ReadPortCounters(port_).losses.unsent_sdus, 1u);
  uint32_t ended = 0;
  Deactivate(channel, 1, &ended);
  Until([&ended] { return ended == 1; });
  bool removed = false;
  dataplane_->RemoveChannel(channel, [&removed](Status) { removed = true; });
  Until([&removed] { return removed; });
  EXPECT_EQ(dataplane_->ReadPortCounters(port_).losses.unsent_sdus, 1u);
}

// Its client hung up before it asked for anything: no poll core has heard of it.
TEST_F(DataplaneTest, AChannelThatWasNeverServedGoesAway) {
  Start(1);
  for (uint32_t i = 0; i < 2 * kMaxClients; ++i) {
    std::unique_ptr<shm::DaemonChannel> channel;
    const shm::ChannelLayout layout = shm::LayOut({.send_slots = 64, .receive_slots = 64}, 64);
    ASSERT_EQ(shm::DaemonChannel::Create(layout, &channel), Status::kSuccess);
    ChannelIndex index = 1;
    ASSERT_EQ(dataplane_->AddChannel(std::move(channel), &index), Status::kSuccess);
    EXPECT_EQ(index, 0u);
    dataplane_->AbandonChannel(index);
    bool removed = false;
    dataplane_->RemoveChannel(index, [&removed](Status) { removed = true; });
    EXPECT_FALSE(removed);
    Until([&removed] { return removed; });
  }
}

TEST_F(DataplaneTest, StopsWhileVcsWaitForTheirEnd) {
  Start(1);
  HarnessClient client;
  const ChannelIndex channel = AddClient(&client);
  HoldReceives(&client, channel, 300);
  uint32_t ended = 0;
  for (uint32_t vc = 1; vc <= 300; ++vc) Deactivate(channel, vc, &ended);
  dataplane_.reset();
  EXPECT_EQ(ended, 0u);
}

// The second client belongs to the core that does not own the port.
// C127: receives of both VCs, one of them by way of another core, go on while the client takes and
// returns them on a thread of its own.
TEST_F(DataplaneTest, C127_FramesCrossBetweenCoresWhileClientsReceive) {
  constexpr uint32_t kMessages = 1000;
  Start(2);
  HarnessClient near;
  HarnessClient far;
  const ChannelIndex near_index = AddClient(&near);
  const ChannelIndex far_index = AddClient(&far);
  Activate(Program(near_index, 1, 100, 101));
  Activate(Program(far_index, 1, 101, 100));
  for (uint32_t i = 0; i < kMessages; ++i) {
    near.Send(1, "to far " + std::to_string(i), i);
    far.Send(1, "to near " + std::to_string(i), i);
  }
  Flush(&near);
  Flush(&far);
  const auto expect_all = [this](HarnessClient& client, const std::string& text) {
    uint32_t next = 0;
    size_t completed = 0;
    Until([&] {
      completed += client.Completions().size();
      for (const auto& reception : client.Receptions()) {
        EXPECT_EQ(client.Payload(reception), text + std::to_string(next++));
        client.Return(reception.slot);
      }
      return next == kMessages && completed == kMessages;
    });
  };
  expect_all(far, "to far ");
  expect_all(near, "to near ");

  uint32_t ended = 0;
  Deactivate(near_index, 1, &ended);
  Deactivate(far_index, 1, &ended);
  Until([&ended] { return ended == 2; });
  uint32_t removed = 0;
  for (const ChannelIndex index : {near_index, far_index}) {
    dataplane_->RemoveChannel(index, [&removed](Status) { ++removed; });
  }
  Until([&removed] { return removed == 2; });
}

// Both sides sleep whenever they find nothing, for ever: a wake-up that is lost ends the test's
// turn.
TEST_F(DataplaneTest, NobodySleepsThroughAMessage) {
  Start(1);
  HarnessClient client;
  const ChannelIndex channel = AddClient(&client);
  Activate(Program(channel, 1, 100, 100));
  for (uint32_t i = 0; i < 3000; ++i) {
    client.Send(1, std::to_string(i), i);
    client.Flush();
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (client.channel->DaemonNeedsWake()) client.channel->WakeDaemon();
    std::vector<shm::Reception> receptions;
    while (receptions.empty()) {
      client.channel->SetClientSleeps(true);
      std::atomic_thread_fence(std::memory_order_seq_cst);
      if (!client.channel->receive.Ready()) {
        pollfd bell{.fd = client.channel->wake_fd(), .events = POLLIN, .revents = 0};
        poll(&bell, 1, -1);
      }
      client.channel->SetClientSleeps(false);
      client.channel->DrainWakes();
      receptions = client.Receptions();
    }
    ASSERT_EQ(receptions.size(), 1u);
    EXPECT_EQ(client.Payload(receptions[0]), std::to_string(i));
    client.Return(receptions[0].slot);
    client.Completions();
    // Now and then long enough for the poll core to fall asleep.
    for (uint32_t turn = 0; turn < i % 64; ++turn) sched_yield();
  }
  EXPECT_EQ(dataplane_->ReadChannelCounters(channel).received_sdus, 3000u);
}

// Whatever a core hands to another wakes it: here nothing else ever does.
TEST_F(DataplaneTest, CoresWakeEachOther) {
  Start(2);
  HarnessClient near;
  HarnessClient far;
  AddClient(&near);
  const ChannelIndex far_index = AddClient(&far);
  Activate(Program(far_index, 1, 100, 100));
  for (uint32_t i = 0; i < 1000; ++i) {
    far.Send(1, std::to_string(i), i);
    Flush(&far);
    std::vector<shm::Reception> receptions;
    Until([&] { return !(receptions = far.Receptions()).empty(); });
    EXPECT_EQ(far.Payload(receptions[0]), std::to_string(i));
    far.Return(receptions[0].slot);
    far.Completions();
    for (uint32_t turn = 0; turn < i % 64; ++turn) sched_yield();
  }
  EXPECT_GT(dataplane_->ReadPollCoreCounters(0).sleeps, 0u);
  EXPECT_GT(dataplane_->ReadPollCoreCounters(1).sleeps, 0u);
}

// A core that sleeps over frames for which the port's core had no room is woken when it has some.
TEST_F(DataplaneTest, ACoreThatWaitsForRoomIsWoken) {
  constexpr uint32_t kMessages = 2000;
  Start(2);
  HarnessClient near;
  HarnessClient far;
  const ChannelIndex near_index = AddClient(&near);
  const ChannelIndex far_index = AddClient(&far);
  Activate(Program(near_index, 1, 101, 100));
  Activate(Program(far_index, 1, 100, 101));
  loop_->SetRoom(0);
  for (uint32_t i = 0; i < kMessages; ++i) far.Send(1, std::to_string(i), i);
  Flush(&far);
  const auto sleeps = [this] { return dataplane_->ReadPollCoreCounters(1).sleeps; };
  Until([&] { return dataplane_->ReadChannelCounters(far_index).submitted_lists == kMessages; });
  const uint64_t before = sleeps();
  Flush(&far);  // wakes it if it sleeps already, for good
  Until([&] { return sleeps() != before; });
  loop_->SetRoom(kMessages);
  uint32_t next = 0;
  Until([&] {
    for (const auto& reception : near.Receptions()) {
      EXPECT_EQ(near.Payload(reception), std::to_string(next++));
    }
    return next == kMessages;
  });
}

// So few frames that the one core's cache could keep them all from the other.
class FewFrames : public DataplaneTest, public ::testing::WithParamInterface<IdlePolicy> {
 protected:
  FewFrames() : DataplaneTest(/*frames=*/384) {}
};

TEST_P(FewFrames, ACoreThatNeedsNoneGivesThemBack) {
  constexpr uint32_t kMessages = 3000;
  Start(2, GetParam());
  HarnessClient near;
  HarnessClient far;
  const ChannelIndex near_index = AddClient(&near);
  const ChannelIndex far_index = AddClient(&far);
  Activate(Program(near_index, 1, 101, 100));
  Activate(Program(far_index, 1, 100, 101));
  uint32_t sent = 0;
  uint32_t outstanding = 0;
  uint32_t next = 0;
  Until([&] {
    for (; sent < kMessages && outstanding < 1000; ++sent, ++outstanding) {
      far.Send(1, std::to_string(sent), sent);
    }
    Flush(&far);
    outstanding -= static_cast<uint32_t>(far.Completions().size());
    for (const auto& reception : near.Receptions()) {
      EXPECT_EQ(near.Payload(reception), std::to_string(next++));
      near.Return(reception.slot);
    }
    near.channel->WakeDaemon();
    return next == kMessages;
  });
}

INSTANTIATE_TEST_SUITE_P(Idle, FewFrames,
                         ::testing::Values(IdlePolicy::kSpin, IdlePolicy::kAdaptive));

// C93: a VC of one direction carries nothing the other way.
TEST_F(DataplaneTest, C093_VcsOfOneDirection) {
  Start(2);
  HarnessClient listener;
  HarnessClient talker;
  const ChannelIndex listener_index = AddClient(&listener);
  const ChannelIndex talker_index = AddClient(&talker);
  VcProgram receive_only = Program(listener_index, 1, 101, 100);
  receive_only.transmit = false;
  VcProgram transmit_only = Program(talker_index, 1, 100, 101);
  transmit_only.receive = false;
  Activate(receive_only);
  Activate(transmit_only);
  listener.Send(1, std::string("refused"), 7);
  talker.Send(1, std::string("heard"), 8);
  Flush(&listener);
  Flush(&talker);
  std::vector<shm::Reception> heard;
  Until([&] { return !(heard = listener.Receptions()).empty(); });
  EXPECT_EQ(listener.Payload(heard[0]), "heard");
  std::vector<shm::Completion> refused;
  Until([&] { return !(refused = listener.Completions()).empty(); });
  EXPECT_EQ(refused[0].status, static_cast<uint16_t>(Status::kInvalidState));
  listener.Return(heard[0].slot);
  listener.channel->WakeDaemon();
  uint32_t ended = 0;
  Deactivate(listener_index, 1, &ended);
  Deactivate(talker_index, 1, &ended);
  Until([&ended] { return ended == 2; });
}

TEST_F(DataplaneTest, NobodySendsOnTheLabelOfSignaling) {
  Start(1);
  HarnessClient client;
  const ChannelIndex channel = AddClient(&client);
  VcProgram signaling = Program(channel, 1, 21, 21);
  signaling.is_signaling = true;
  Activate(signaling);
  Status status = Status::kPending;
  const auto note = [&status](Status result) { status = result; };
  dataplane_->ActivateVc(Program(channel, 2, 21, 100), note);
  Until([&status] { return status != Status::kPending; });
  EXPECT_EQ(status, Status::kInUse);
  uint32_t ended = 0;
  Deactivate(channel, 1, &ended);
  Until([&ended] { return ended == 1; });
  Activate(Program(channel, 2, 21, 100));
}

// Leaves of one call share a label: no other VC may have it, and it is free when the last has gone.
TEST_F(DataplaneTest, ALabelBelongsToOneVcOrToLeaves) {
  Start(1);
  HarnessClient client;
  const ChannelIndex channel = AddClient(&client);
  const auto leaf = [&](uint32_t channel_vc) {
    VcProgram program = Program(channel, channel_vc, 100, 100);
    program.transmit = false;
    program.shares_label = true;
    return program;
  };
  const auto status_of = [&](const VcProgram& program) {
    Status status = Status::kPending;
    dataplane_->ActivateVc(program, [&status](Status result) { status = result; });
    Until([&status] { return status != Status::kPending; });
    return status;
  };
  for (uint32_t vc = 1; vc <= kMaxPartiesPerCall; ++vc) Activate(leaf(vc));
  EXPECT_EQ(status_of(leaf(kMaxPartiesPerCall + 1)), Status::kResources);
  EXPECT_EQ(status_of(leaf(1)), Status::kSuccess);  // new parameters, the same leaf
  EXPECT_EQ(status_of(Program(channel, 1000, 101, 100)), Status::kInUse);
  uint32_t ended = 0;
  for (uint32_t vc = 1; vc <= kMaxPartiesPerCall; ++vc) Deactivate(channel, vc, &ended);
  Until([&ended] { return ended == kMaxPartiesPerCall; });
  Activate(Program(channel, 1000, 101, 100));
  EXPECT_EQ(status_of(leaf(1)), Status::kInUse);
}

// C80: what is sent after it stopped does not arrive, whichever core its client is on.
TEST_F(DataplaneTest, C080_ALeafThatStopsReceivingLeavesTheOthersAlone) {
  Start(2);
  std::array<HarnessClient, 3> clients;
  for (uint32_t i = 0; i < clients.size(); ++i) {
    VcProgram program = Program(AddClient(&clients[i]), 1, 100, 100);
    program.transmit = i == 0;
    program.receive = program.shares_label = i != 0;
    Activate(program);
  }
  const auto take = [&](HarnessClient* client) {
    std::vector<shm::Reception> got;
    Until([&] { return !(got = client->Receptions()).empty(); });
    EXPECT_EQ(got.size(), 1u);
    std::string sdu = client->Payload(got[0]);
    client->Return(got[0].slot);
    return sdu;
  };
  clients[0].Send(1, std::string("both"), 1);
  Flush(&clients[0]);
  for (HarnessClient* leaf : {&clients[1], &clients[2]}) EXPECT_EQ(take(leaf), "both");
  for (const ChannelIndex stops : {1u, 2u}) {
    bool stopped = false;
    dataplane_->StopReceiving(stops, 1, [&stopped](Status status) {
      EXPECT_EQ(status, Status::kSuccess);
      stopped = true;
    });
    Until([&stopped] { return stopped; });
    clients[0].Send(1, std::string("after"), 2);
    Flush(&clients[0]);
    if (stops == 1) {
      EXPECT_EQ(take(&clients[2]), "after");
    }
  }
  const auto frames = [this] { return dataplane_->ReadPortCounters(port_).received_frames; };
  Until([&] { return frames() == 3; });
  uint32_t ended = 0;
  for (const ChannelIndex leaf : {1u, 2u}) Deactivate(leaf, 1, &ended);
  Until([&ended] { return ended == 2; });
  for (HarnessClient* leaf : {&clients[1], &clients[2]}) EXPECT_TRUE(leaf->Receptions().empty());
}

TEST_F(DataplaneTest, C135_APauseWaitsForWhatClientsHold) {
  Start(2);
  HarnessClient client;
  const ChannelIndex channel = AddClient(&client);
  Activate(Program(channel, 1, 100, 100));
  client.Send(1, std::string("held"), 1);
  Flush(&client);
  std::vector<shm::Reception> held;
  Until([&] { return !(held = client.Receptions()).empty(); });
  Status paused = Status::kPending;
  dataplane_->PausePort(port_, [&paused](Status status) { paused = status; });
  // Whatever else is asked of the cores is answered, and this is not.
  dataplane_->SetLink(port_, true);
  Activate(Program(channel, 2, 200, 200));
  EXPECT_EQ(paused, Status::kPending);
  client.Return(held[0].slot);
  Until([&] {
    dataplane_->SetLink(port_, true);
    return paused != Status::kPending;
  });
  EXPECT_EQ(paused, Status::kSuccess);
  client.Send(1, std::string("refused"), 2);
  Flush(&client);
  std::vector<shm::Completion> completions;
  Until([&] {
    for (const auto& each : client.Completions()) completions.push_back(each);
    return !completions.empty() && completions.back().cookie == 2;
  });
  EXPECT_EQ(completions.back().status, static_cast<uint16_t>(Status::kPaused));
  // When it says that it has resumed, lists are taken.
  Status resumed = Status::kPending;
  EXPECT_EQ(dataplane_->ResumePort(port_, [&resumed](Status status) { resumed = status; }),
            Status::kPending);
  Until([&] { return resumed != Status::kPending; });
  client.Send(1, std::string("taken"), 3);
  Flush(&client);
  Until([&] {
    for (const auto& each : client.Completions()) completions.push_back(each);
    return completions.back().cookie == 3;
  });
  EXPECT_EQ(completions.back().status, static_cast<uint16_t>(Status::kSuccess));
  EXPECT_EQ(dataplane_->ResumePort(port_, nullptr), Status::kSuccess);
}

}  // namespace
}  // namespace vcp::dataplane
