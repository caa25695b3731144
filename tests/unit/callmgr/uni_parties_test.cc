// Calls with several leaves, from the root that adds them to those who are.
#include "uni_call_manager_fixture.h"

namespace vcp::callmgr {
namespace {

TEST_F(UniCallManagerTest, ARootAddsAndDropsALeaf) {
  circuit::PartyHandle first;
  CallParameters params = To(kServer);
  ASSERT_EQ(user.board.MakeCall(vc, &params, 21, &first), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 11"));
  EXPECT_THAT(Take(&server.log),
              ElementsAre("CreateVc 2", "IncomingCall 5 1000", "CallConnected 1000"));
  EXPECT_EQ(server.params.media->flags & circuit::kTransmitVc, 0u);  // leaves only listen

  const std::vector<circuit::PartyRow> parties = user.board.PartiesOf(vc);
  ASSERT_EQ(parties.size(), 1u);
  EXPECT_EQ(parties[0].called, kServer);
  const circuit::Context root = user.board.FindVc(vc)->call_manager_vc;
  const std::optional<UniPartyRow> called = user.manager().FindParty(root, parties[0].handle);
  ASSERT_TRUE(called);
  EXPECT_EQ(called->vc, vc);
  EXPECT_EQ(called->state, signaling::PartyState::kActive);
  EXPECT_EQ(user.manager().FindParty(root, {}), std::nullopt);
  const circuit::Context leaf = network.board.FindVc(server.last_vc)->call_manager_vc;
  const std::optional<UniPartyRow> listens = network.manager().FindParty(leaf, {});
  ASSERT_TRUE(listens);
  EXPECT_EQ(listens->vc, server.last_vc);
  EXPECT_EQ(listens->state, signaling::PartyState::kActive);
  EXPECT_EQ(network.manager().FindParty(leaf, parties[0].handle), std::nullopt);

  circuit::PartyHandle second;
  params = To(kOther);
  ASSERT_EQ(user.board.AddParty(vc, 22, &params, &second), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("AddPartyComplete NOT_FOUND 22"));
  EXPECT_EQ(caller.cause.value, CauseValue::kUnallocatedNumber);
  ExpectCleanEnd();
}

// A VC is on one link, and so are all parties of its call; the others stay.
TEST_F(UniCallManagerTest, C072_C075_APartyBehindAnotherLinkIsNotAdded) {
  ASSERT_EQ(user.routes.Add(*ParseAddressPrefix("47"), {.link = 1}), Status::kSuccess);
  circuit::PartyHandle first;
  CallParameters params = To(kServer);
  ASSERT_EQ(user.board.MakeCall(vc, &params, 21, &first), Status::kPending);
  Settle();
  ASSERT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 11"));
  circuit::PartyHandle second;
  params = To(kOther);
  EXPECT_EQ(user.board.AddParty(vc, 22, &params, &second), Status::kNotFound);
  EXPECT_FALSE(second);
  Settle();
  EXPECT_THAT(caller.log, IsEmpty());
  EXPECT_EQ(user.board.PartiesOf(vc).size(), 1u);
  EXPECT_EQ(user.plane.active.size(), 1u);
  EXPECT_EQ(network.plane.active.size(), 1u);
  // Nor does a call to there leave by this link.
  params = To(kOther);
  EXPECT_EQ(user.board.MakeCall(MakeVc(), &params, 23, &second), Status::kNotFound);
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, C053_C074_APartyHasTheCallsParameters) {
  circuit::SapHandle other;
  EXPECT_EQ(network.board.RegisterSap(server_af, 6, {.address = kOther}, &other), Status::kSuccess);
  circuit::PartyHandle party;
  CallParameters params = To(kServer);
  params.call_manager->transmit = Guaranteed(1'000'000);
  ASSERT_EQ(user.board.MakeCall(vc, &params, 21, &party), Status::kPending);
  Settle();
  ASSERT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 11"));
  const qos::FlowSpec flow = caller.params.call_manager->transmit;
  const auto add = [&](circuit::Context context, uint64_t rate) {
    CallParameters asked = To(kOther);
    asked.call_manager->transmit = Guaranteed(rate);
    EXPECT_EQ(user.board.AddParty(vc, context, &asked, &party), Status::kPending);
    Settle();
    EXPECT_THAT(Take(&caller.log),
                ElementsAre("AddPartyComplete SUCCESS " + std::to_string(context)));
    EXPECT_EQ(caller.params.call_manager->transmit, flow);
    return (caller.params.flags & circuit::kCallParametersChanged) != 0;
  };
  EXPECT_FALSE(add(22, 1'000'000));
  EXPECT_TRUE(add(23, 2'000'000));
  EXPECT_FALSE(add(24, flow.token_rate_bytes_per_second));
  ExpectCleanEnd();
}

// Other leaves go on hearing the root on the same label.
TEST_F(UniCallManagerTest, C080_ALeafThatWasDroppedReceivesNothing) {
  circuit::PartyHandle first;
  circuit::PartyHandle second;
  CallParameters params = To(kServer);
  ASSERT_EQ(user.board.MakeCall(vc, &params, 21, &first), Status::kPending);
  Settle();
  params = To(kServer);
  ASSERT_EQ(user.board.AddParty(vc, 22, &params, &second), Status::kPending);
  Settle();
  EXPECT_EQ(network.plane.active.size(), 2u);
  EXPECT_EQ(user.board.DropParty(caller.last_party, {}), Status::kPending);
  Settle();
  EXPECT_THAT(server.log, ::testing::Contains("IncomingCloseCall SUCCESS 1001"));
  // The root does not wait for the leaf's client, which has not closed yet (Q.2971 9.3.3).
  EXPECT_THAT(caller.log, ::testing::Contains(::testing::StartsWith("DropPartyComplete SUCCESS")));
  EXPECT_EQ(network.plane.active.size(), 1u);
  ExpectCleanEnd();
}

}  // namespace
}  // namespace vcp::callmgr
