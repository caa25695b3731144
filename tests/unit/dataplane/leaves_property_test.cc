// S11: leaves of one label that join, leave, are dropped and hear in any order, against a set.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dataplane_fixture.h"
#include "testing/loop_port.h"
#include "testing/poll_harness.h"

namespace vcp::dataplane {
namespace {

using testing::PollHarness;

constexpr uint32_t kLabel = 100;
constexpr uint32_t kRootVc = 1;
constexpr uint32_t kFirstLeaf = 10;
constexpr uint32_t kLeavesOfEach = 12;

struct Deed {
  enum class Kind : uint8_t { kJoin, kLeave, kDrop, kSend, kBurst };
  Kind kind;
  uint8_t client;
  uint8_t leaf;
};

// Some clients on each of so many cores, the port on the first. What a leaf has heard is compared
// after each deed.
class LeavesModel {
 public:
  explicit LeavesModel(uint32_t cores) {
    harness_ = std::make_unique<PollHarness>(std::make_unique<LoopPort>(), cores);
    for (uint32_t i = 0; i < kClients; ++i) clients_[i] = &harness_->AddClient({}, i % cores);
    harness_->Activate(*clients_[0], {.channel_vc = kRootVc,
                                      .transmit_label = kLabel,
                                      .receive_label = kLabel,
                                      .max_sdu_bytes = 1492,
                                      .receive = false});
    cores_ = cores;
    frames_at_first_ = harness_->FreeFrames();
  }

  void Do(const Deed& deed) {
    const Leaf leaf{deed.client % kClients, kFirstLeaf + deed.leaf % kLeavesOfEach};
    switch (deed.kind) {
      case Deed::Kind::kJoin:
        return Join(leaf);
      case Deed::Kind::kLeave:
        return Leave(leaf);
      case Deed::Kind::kDrop:
        return Drop(leaf);
      case Deed::Kind::kSend:
        return Send(1);
      case Deed::Kind::kBurst:
        return Send(40);
    }
  }
  // All leave; nothing is kept for any of them.
  void EndAll() {
    for (const Leaf& leaf : std::set<Leaf>(live_)) Leave(leaf);
    Send(1);
    RC_ASSERT(harness_->port().labels[kLabel].next_leaf == nullptr);
    RC_ASSERT(harness_->FreeFrames() + cores_ * FrameReserve::kCapacity >= frames_at_first_);
  }

 private:
  static constexpr uint32_t kClients = 5;
  using Leaf = std::pair<uint32_t, uint32_t>;  // client, VC

  void Join(const Leaf& leaf) {
    if (!live_.insert(leaf).second) return;
    harness_->Activate(*clients_[leaf.first], {.channel_vc = leaf.second,
                                               .transmit_label = kLabel,
                                               .receive_label = kLabel,
                                               .max_sdu_bytes = 1492,
                                               .transmit = false,
                                               .shares_label = true});
  }
  void Leave(const Leaf& leaf) {
    if (live_.erase(leaf) == 0) return;
    End(leaf);
  }
  void End(const Leaf& leaf) {
    bool ended = false;
    harness_->BeginEnd(*clients_[leaf.first], leaf.second, &ended);
    // Receives that were returned are taken some a turn.
    for (int turns = 0; !ended && turns < 1000; ++turns) harness_->Turn();
    RC_ASSERT(ended);
  }
  // It is taken out, and what is sent in the same moment is not for it any more (C80).
  void Drop(const Leaf& leaf) {
    if (live_.erase(leaf) == 0) return;
    bool cleared = false;
    harness_->BeginStopReceiving(*clients_[leaf.first], leaf.second, &cleared);
    Send(1);
    RC_ASSERT(cleared);
    End(leaf);
  }
  void Send(uint32_t count) {
    std::vector<std::string> sent;
    for (uint32_t i = 0; i < count; ++i) {
      sent.push_back(std::to_string(next_++));
      clients_[0]->Send(kRootVc, sent.back(), i);
    }
    clients_[0]->Flush();
    harness_->Settle();
    RC_ASSERT(clients_[0]->Completions().size() == count);
    std::map<Leaf, std::vector<std::string>> heard;
    for (uint32_t i = 0; i < kClients; ++i) {
      for (const auto& reception : clients_[i]->Receptions()) {
        heard[{i, reception.channel_vc}].push_back(clients_[i]->Payload(reception));
        clients_[i]->Return(reception.slot);
      }
    }
    RC_ASSERT(heard.size() == live_.size());
    for (const Leaf& leaf : live_) RC_ASSERT(heard[leaf] == sent);
  }

  std::unique_ptr<PollHarness> harness_;
  std::array<HarnessClient*, kClients> clients_{};
  uint32_t cores_;
  uint32_t frames_at_first_;
  std::set<Leaf> live_;
  uint64_t next_ = 0;
};

RC_GTEST_PROP(LeavesProperty, S011_EveryLiveLeafHearsAllAndNoOtherHearsAnything, ()) {
  const auto cores = *rc::gen::inRange<uint32_t>(1, 4);
  const auto kind = rc::gen::weightedElement<Deed::Kind>({{5, Deed::Kind::kJoin},
                                                          {2, Deed::Kind::kLeave},
                                                          {2, Deed::Kind::kDrop},
                                                          {3, Deed::Kind::kSend},
                                                          {1, Deed::Kind::kBurst}});
  const auto deed = rc::gen::map(
      rc::gen::tuple(kind, rc::gen::arbitrary<uint8_t>(), rc::gen::arbitrary<uint8_t>()),
      [](const std::tuple<Deed::Kind, uint8_t, uint8_t>& drawn) {
        return Deed{std::get<0>(drawn), std::get<1>(drawn), std::get<2>(drawn)};
      });
  const auto count = *rc::gen::inRange<size_t>(0, 200);
  const auto deeds = *rc::gen::container<std::vector<Deed>>(count, deed);
  LeavesModel model(cores);
  for (const Deed& one : deeds) model.Do(one);
  model.EndAll();
}

// As many as a call may have hear what is sent once; that there are no more: dataplane_test.
TEST_F(DataplaneTest, S011_AsManyLeavesAsACallMayHaveHear) {
  Start(1);
  HarnessClient client;
  const ChannelIndex channel = AddClient(&client);
  VcProgram leaf = Program(channel, kFirstLeaf, kLabel, kLabel);
  leaf.transmit = false;
  leaf.shares_label = true;
  for (uint32_t i = 0; i < kMaxPartiesPerCall; ++i, ++leaf.channel_vc) Activate(leaf);
  VcProgram root = Program(channel, kRootVc, kLabel, kLabel);
  root.receive = false;
  Activate(root);
  client.Send(kRootVc, std::string("to all"), 1);
  Flush(&client);
  std::set<uint32_t> heard;
  Until([&] {
    for (const auto& reception : client.Receptions()) {
      EXPECT_EQ(client.Payload(reception), "to all");
      EXPECT_TRUE(heard.insert(reception.channel_vc).second);
      client.Return(reception.slot);
    }
    return heard.size() == kMaxPartiesPerCall;
  });
}

}  // namespace
}  // namespace vcp::dataplane
