// Clients that think before they accept: the caller hears so, and waits as long as T301 or T397.
#include "uni_peer_fixture.h"

namespace vcp::callmgr {
namespace {

class SlowCallee : public UniCallManagerTest {
 protected:
  SlowCallee() { server.incoming_call = Status::kPending; }
  void Accept(circuit::VcHandle offered) {
    network.board.IncomingCallComplete(Status::kSuccess, offered, server.params);
    Settle();
  }
};

TEST_F(SlowCallee, OfAUsersCall) {
  ASSERT_EQ(Call(To(kServer)), Status::kPending);
  Pass(60 * kNsPerSecond);
  EXPECT_THAT(caller.log, IsEmpty());
  EXPECT_EQ(user.manager().Calls(1).at(0).state, signaling::UniState::kCallDelivered);
  Accept(server.last_vc);
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 11"));
  ExpectCleanEnd();
}

TEST_F(SlowCallee, OfANetworksCall) {
  circuit::SapHandle of_user;
  ASSERT_EQ(user.board.RegisterSap(caller_af, 6, {.address = kOther}, &of_user), Status::kSuccess);
  circuit::VcHandle made;
  ASSERT_EQ(network.board.CreateVc(server_af, 31, {.channel = 7, .channel_vc = 31}, &made),
            Status::kSuccess);
  caller.incoming_call = Status::kPending;
  CallParameters params = To(kOther);
  ASSERT_EQ(network.board.MakeCall(made, &params), Status::kPending);
  Pass(60 * kNsPerSecond);
  EXPECT_THAT(server.log, IsEmpty());
  EXPECT_EQ(network.manager().Calls(1).at(0).state, signaling::UniState::kCallReceived);
  user.board.IncomingCallComplete(Status::kSuccess, caller.last_vc, caller.params);
  Settle();
  EXPECT_THAT(Take(&server.log), ElementsAre("MakeCallComplete SUCCESS 31"));
  ExpectCleanEnd();
}

TEST_F(SlowCallee, EachLeafOfACall) {
  circuit::PartyHandle party;
  CallParameters params = To(kServer);
  ASSERT_EQ(user.board.MakeCall(vc, &params, 21, &party), Status::kPending);
  Pass(60 * kNsPerSecond);
  Accept(server.last_vc);
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 11"));
  params = To(kServer);
  ASSERT_EQ(user.board.AddParty(vc, 22, &params, &party), Status::kPending);
  Pass(60 * kNsPerSecond);
  EXPECT_THAT(caller.log, IsEmpty());
  Accept(server.last_vc);
  EXPECT_THAT(Take(&caller.log), ElementsAre("AddPartyComplete SUCCESS 22"));
  ExpectCleanEnd();
}

TEST_F(SlowCallee, ThatNeverAnswersCostsTheCallerT301) {
  ASSERT_EQ(Call(To(kServer)), Status::kPending);
  Pass(180 * kNsPerSecond);
  EXPECT_THAT(caller.log, IsEmpty());
  Pass(3 * kNsPerSecond);
  EXPECT_EQ(caller.cause.value, CauseValue::kNoAnswer);
  EXPECT_EQ(caller.log.size(), 1u);
  ExpectCleanEnd();
}

// However fast they come and go: nothing is kept of an offer that was answered.
TEST_F(SlowCallee, ThatAnsweredIsNotKeptInMind) {
  for (int i = 0; i < 10; ++i) {
    vc = MakeVc();
    ASSERT_EQ(Call(To(kServer)), Status::kPending);
    Settle();
    EXPECT_EQ(network.manager().holdings().thinking, 1u);
    if (i % 2 == 0) {
      Accept(server.last_vc);
    } else {
      EXPECT_EQ(network.board.CloseCall(server.last_vc, {}), Status::kSuccess);
    }
    EXPECT_EQ(network.manager().holdings().thinking, 0u);
  }
  vc = MakeVc();
  ASSERT_EQ(Call(To(kServer)), Status::kPending);
  Pass(3 * kNsPerSecond);
  EXPECT_EQ(network.manager().holdings().thinking, 0u);
  ExpectCleanEnd();
}

class SlowCalleeOfPeer : public UniPeerTest {
 protected:
  SlowCalleeOfPeer() { client.incoming_call = Status::kPending; }
  void Accept(circuit::VcHandle offered) {
    host.board.IncomingCallComplete(Status::kSuccess, offered, client.params);
    Settle();
  }
};

TEST_F(SlowCalleeOfPeer, AlertsAfterTwoSecondsAndOnce) {
  Say(SetupOf(1000, 500));
  Hear(MessageType::kCallProceeding);
  Pass(19 * kNsPerSecond / 10);
  EXPECT_THAT(peer.received, IsEmpty());
  Pass(60 * kNsPerSecond);
  Hear(MessageType::kAlerting);
  EXPECT_THAT(peer.received, IsEmpty());
  Accept(client.last_vc);
  Hear(MessageType::kConnect);
}

TEST_F(SlowCalleeOfPeer, WhoIsQuickDoesNotAlert) {
  Say(SetupOf(1000, 500));
  Hear(MessageType::kCallProceeding);
  Pass(kNsPerSecond);
  Accept(client.last_vc);
  Hear(MessageType::kConnect);
  Say(FromCaller(MessageType::kConnectAcknowledge));
  Pass(10 * kNsPerSecond);
  EXPECT_THAT(peer.received, IsEmpty());
}

// Q.2971: leaves are added while the first alerts, and the first that accepts answers for the call.
TEST_F(SlowCalleeOfPeer, AnAddedLeafMayAcceptFirst) {
  Say(SetupOfLeaf());
  Hear(MessageType::kCallProceeding);
  const circuit::VcHandle first = client.last_vc;
  Pass(3 * kNsPerSecond);
  EXPECT_EQ(LeafOf(Hear(MessageType::kAlerting)), 0);
  Say(AddPartyOf(1));
  const circuit::VcHandle second = client.last_vc;
  Pass(3 * kNsPerSecond);
  EXPECT_EQ(LeafOf(Hear(MessageType::kPartyAlerting)), 1);
  Accept(second);
  EXPECT_EQ(LeafOf(Hear(MessageType::kConnect)), 1);
  Accept(first);
  EXPECT_THAT(peer.received, IsEmpty());
  client.log.clear();
  Say(FromCaller(MessageType::kConnectAcknowledge));
  EXPECT_EQ(LeafOf(Hear(MessageType::kAddPartyAcknowledge)), 0);
  EXPECT_THAT(Take(&client.log),
              ::testing::UnorderedElementsAre("CallConnected 1000", "CallConnected 1001"));
}

}  // namespace
}  // namespace vcp::callmgr
