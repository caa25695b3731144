// Group 5: point-to-multipoint calls, and what is sent on them.
#include <memory>
#include <string>
#include <vector>

#include "stage.h"

namespace vcp::conformance {
namespace {

// The caller is the root, each callee a leaf on a line of its own.
class Multipoint : public StageTest, public ::testing::WithParamInterface<Medium> {
 protected:
  struct Leaf {
    std::unique_ptr<App> app;
    vcp_vc vc = 0;
    vcp_party party = 0;
  };
  Multipoint() : StageTest(GetParam()) {}
  void TearDown() override {
    leaves_.clear();
    StageTest::TearDown();
  }
  // The first makes the call; each is offered it, takes it and has joined.
  Leaf& Join() {
    const auto line = static_cast<int>(leaves_.size());
    Leaf& leaf = leaves_.emplace_back();
    leaf.app = std::make_unique<App>(CalleeDaemon());
    leaf.app->RegisterSap(leaf.app->OpenAf(medium().port, medium().family), SapOn(line));
    const vcp_call_params params = CallOn(line);
    vcp_event_type joined = VCP_EVENT_ADD_PARTY_COMPLETE;
    if (line == 0) {
      joined = VCP_EVENT_MAKE_CALL_COMPLETE;
      MakeCaller();
      root_ = caller_->CreateVc(caller_af_);
      EXPECT_EQ(vcp_make_multipoint_call(caller_->client(), root_, &params, 1, &leaf.party),
                VCP_PENDING);
    } else {
      EXPECT_EQ(vcp_add_party(caller_->client(), root_, &params, 1, &leaf.party), VCP_PENDING);
    }
    leaf.vc = leaf.app->Expect(VCP_EVENT_INCOMING_CALL).vc;
    EXPECT_EQ(vcp_answer_call(leaf.app->client(), leaf.vc, VCP_SUCCESS, nullptr), VCP_SUCCESS);
    EXPECT_EQ(leaf.app->Expect(VCP_EVENT_CALL_CONNECTED).vc, leaf.vc);
    EXPECT_EQ(caller_->Expect(joined, VCP_SUCCESS, 1).vc, root_);
    return leaf;
  }
  void Drop(const Leaf& leaf) {
    EXPECT_EQ(vcp_drop_party(caller_->client(), leaf.party, nullptr, nullptr, 0, 2), VCP_PENDING);
    EXPECT_EQ(leaf.app->Expect(VCP_EVENT_INCOMING_CLOSE_CALL).vc, leaf.vc);
    leaf.app->CloseCall(leaf.vc);
    EXPECT_EQ(leaf.app->Expect(VCP_EVENT_VC_DELETED).vc, leaf.vc);
    EXPECT_EQ(caller_->Expect(VCP_EVENT_DROP_PARTY_COMPLETE, VCP_SUCCESS, 2).party, leaf.party);
  }
  void ExpectNext(const Leaf& leaf, const std::string& bytes) {
    const Sdu sdu = leaf.app->Receive();
    EXPECT_EQ(sdu.vc, leaf.vc);
    EXPECT_EQ(sdu.bytes, bytes);
  }
  vcp_vc root_ = 0;
  std::vector<Leaf> leaves_;
};

TEST_P(Multipoint, C080_OneSendReachesEveryLiveLeafAndNoDroppedOne) {
  leaves_.reserve(3);
  Leaf& first = Join();
  caller_->SendAndComplete(root_, "one");
  ExpectNext(first, "one");
  Leaf& second = Join();
  Leaf& third = Join();
  caller_->SendAndComplete(root_, "two");
  for (const Leaf* leaf : {&first, &second, &third}) ExpectNext(*leaf, "two");
  Drop(second);
  caller_->SendAndComplete(root_, "three");
  for (const Leaf* leaf : {&first, &third}) ExpectNext(*leaf, "three");
  Drop(first);  // who made it a call
  caller_->SendAndComplete(root_, "four");
  ExpectNext(third, "four");
  for (const Leaf* leaf : {&first, &second}) {
    leaf->app->ExpectNothing();
    EXPECT_FALSE(leaf->app->HasSdu());
  }
  EXPECT_EQ(caller_->Counters(root_).transmitted_sdus, 4u);
  EXPECT_EQ(third.app->Counters(third.vc).received_sdus, 3u);
  caller_->CloseCall(root_);
  EXPECT_EQ(third.app->Expect(VCP_EVENT_INCOMING_CLOSE_CALL).vc, third.vc);
  third.app->CloseCall(third.vc);
}

INSTANTIATE_TEST_SUITE_P(, Multipoint, ::testing::Values(kLoopback, kUni),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace vcp::conformance
