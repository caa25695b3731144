// A VC that is reserved: it has what it needs, and carries nothing until it is started. And what
// the data path does for VCs that wait for the end of a transmission, by its threads.
#include <rte_mbuf.h>
#include <sys/eventfd.h>

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "dataplane_fixture.h"

namespace vcp::dataplane {
namespace {

class ReserveTest : public DataplaneTest, public ::testing::WithParamInterface<size_t> {
 protected:
  ReserveTest() {
    Start(GetParam());
    for (size_t i = 0; i < GetParam(); ++i) channel_ = AddClient(&clients_.emplace_back());
    sender_ = Program(channel_, 1, 200, 201);
    Activate(sender_);
    reserved_ = Program(channel_, 2, 201, 200);
    reserved_.is_reserved = true;
    Activate(reserved_);
  }
  Status TryActivate(const VcProgram& program) {
    Status status = Status::kPending;
    dataplane_->ActivateVc(program, [&status](Status result) { status = result; });
    Until([&status] { return status != Status::kPending; });
    return status;
  }
  Status Send(uint32_t vc) {
    client().Send(vc, std::string("sdu"), 1);
    Flush(&client());
    std::vector<shm::Completion> completions;
    Until([&] { return !(completions = client().Completions()).empty(); });
    return static_cast<Status>(completions[0].status);
  }
  uint64_t Unclaimed() const {
    return dataplane_->ReadPortCounters(port_).drops[static_cast<size_t>(Drop::kRxLabelNotOnPort)];
  }
  void End(uint32_t vc) {
    uint32_t ended = 0;
    Deactivate(channel_, vc, &ended);
    Until([&ended] { return ended == 1; });
  }
  HarnessClient& client() { return clients_.back(); }  // of the last core
  std::deque<HarnessClient> clients_;
  ChannelIndex channel_ = 0;
  VcProgram sender_;
  VcProgram reserved_;
};

TEST_P(ReserveTest, ItCarriesNothing) {
  EXPECT_EQ(Send(2), Status::kInvalidState);
  EXPECT_EQ(Send(1), Status::kSuccess);
  Until([this] { return Unclaimed() == 1; });
  EXPECT_TRUE(client().Receptions().empty());
}

TEST_P(ReserveTest, ItsLabelIsTakenUntilItEnds) {
  EXPECT_EQ(TryActivate(Program(channel_, 3, 300, 200)), Status::kInUse);
  End(2);
  EXPECT_EQ(TryActivate(Program(channel_, 3, 300, 200)), Status::kSuccess);
}

TEST_P(ReserveTest, ItStartsWithoutTheFlag) {
  reserved_.is_reserved = false;
  Activate(reserved_);
  EXPECT_EQ(Send(1), Status::kSuccess);
  std::vector<shm::Reception> receptions;
  Until([&] { return !(receptions = client().Receptions()).empty(); });
  EXPECT_EQ(receptions[0].channel_vc, 2u);
  client().Return(receptions[0].slot);
  EXPECT_EQ(Send(2), Status::kSuccess);
  Until([&] { return !(receptions = client().Receptions()).empty(); });
  EXPECT_EQ(receptions[0].channel_vc, 1u);
  client().Return(receptions[0].slot);
  Flush(&client());
  End(2);
}

TEST_P(ReserveTest, WhatRunsIsNotStoppedByIt) {
  VcProgram stop = sender_;
  stop.is_reserved = true;
  EXPECT_EQ(TryActivate(stop), Status::kNotSupported);
  EXPECT_EQ(Send(1), Status::kSuccess);
}

TEST_P(ReserveTest, ItMayBeReservedOtherwise) {
  reserved_.max_sdu_bytes = 100;
  Activate(reserved_);
  EXPECT_EQ(Send(2), Status::kInvalidState);
  End(2);
}

INSTANTIATE_TEST_SUITE_P(Cores, ReserveTest, ::testing::Values(1u, 2u));

// --- the end of a transmission -------------------------------------------------------------------

// Keeps what it sent until it is asked for it.
class LazyPort final : public port::Port {
 public:
  ~LazyPort() override { ReleaseSent(); }
  uint16_t Receive(rte_mbuf**, uint16_t) override { return 0; }
  uint16_t Transmit(rte_mbuf** frames, uint16_t count) override {
    sent_.insert(sent_.end(), frames, frames + count);
    return count;
  }
  void ReleaseSent() override {
    for (rte_mbuf* frame : sent_) rte_pktmbuf_free(frame);
    sent_.clear();
    ++asked_;
  }
  bool NeedsPolling() const override { return true; }
  port::PortInfo Info() const override {
    return {.name = "lazy", .max_sdu_bytes = 1492, .link_up = true, .tells_when_sent = true};
  }
  port::DriverCounters ReadCounters() const override { return {}; }
  void Restart(int notify_fd) override { eventfd_write(notify_fd, 1); }
  uint32_t asked() const { return asked_; }

 private:
  std::vector<rte_mbuf*> sent_;
  std::atomic<uint32_t> asked_ = 0;
};

class LazyPortTest : public DataplaneTest, public ::testing::WithParamInterface<size_t> {};

TEST_P(LazyPortTest, APortIsAskedForWhatItSentWhileSomebodyWaitsForThat) {
  Start(GetParam());
  auto port = std::make_unique<LazyPort>();
  const LazyPort* lazy = port.get();
  EXPECT_EQ(dataplane_->AddPort(std::move(port), &port_), Status::kSuccess);
  HarnessClient client;
  const ChannelIndex channel = AddClient(&client);
  VcProgram program = Program(channel, 1, 100, 100);
  Activate(program);
  client.Send(1, std::string("sdu"), 1);
  Flush(&client);
  Until([&] { return client.Completions().size() == 1; });
  EXPECT_EQ(lazy->asked(), 0u);
  program.confirms_sends = true;
  Activate(program);
  client.Send(1, std::string("sdu"), 2);
  Flush(&client);
  Until([&] { return client.Completions().size() == 1; });
  // It is asked by its core, not by the client's; also after that core had it taken away.
  bool restarted = false;
  dataplane_->RestartPort(port_, [&](Status status) {
    EXPECT_EQ(status, Status::kSuccess);
    restarted = true;
  });
  Until([&restarted] { return restarted; });
  client.Send(1, std::string("sdu"), 3);
  Flush(&client);
  Until([&] { return client.Completions().size() == 1; });
  uint32_t ended = 0;
  Deactivate(channel, 1, &ended);
  Until([&ended] { return ended == 1; });
}

INSTANTIATE_TEST_SUITE_P(Cores, LazyPortTest, ::testing::Values(1u, 2u));

TEST_F(DataplaneTest, APortThatCannotTellRefuses) {
  Start(1);
  loop_->SetTellsWhenSent(false);
  HarnessClient client;
  VcProgram program = Program(AddClient(&client), 1, 100, 100);
  program.confirms_sends = true;
  Status status = Status::kPending;
  dataplane_->ActivateVc(program, [&status](Status result) { status = result; });
  Until([&status] { return status != Status::kPending; });
  EXPECT_EQ(status, Status::kNotSupported);
}

}  // namespace
}  // namespace vcp::dataplane
