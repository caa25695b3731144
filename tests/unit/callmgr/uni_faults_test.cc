// What goes wrong beside calls: clients that answer late, twice or never, peers that forget, links
// that lose a message. Most of it a simulation has found (tests/sim).
#include "qos/flow_mapping.h"
#include "uni_call_manager_fixture.h"

namespace vcp::callmgr {
namespace {

class UniFaultsTest : public UniCallManagerTest {
 protected:
  CallParameters Reserving(const Address& address) {
    CallParameters params = To(address);
    params.call_manager->transmit = Guaranteed(1'000'000);
    params.call_manager->receive = Guaranteed(1'000'000);
    return params;
  }
  // Without a word, as by a crash, and with the same server.
  void RestartNetwork() {
    std::destroy_at(&network);
    std::construct_at(&network, signaling::Role::kNetwork, wire.end(1), &clock, &timers);
    server_af = network.OpenAf(&server, 2);
    EXPECT_EQ(network.board.RegisterSap(server_af, 5, {.address = kServer}, &sap),
              Status::kSuccess);
    server.log.clear();
  }
};

TEST_F(UniFaultsTest, AChangeIsOneOfRatesAlone) {
  Connect(Reserving(kServer));
  CallParameters best_effort = To(kServer);
  EXPECT_EQ(user.board.ModifyCallQoS(vc, &best_effort), Status::kInvalidData);
  ExpectCleanEnd();
}

TEST_F(UniFaultsTest, AnOfferIsAcceptedWhileItsChangeIsUnderWay) {
  server.incoming_call = Status::kPending;
  ASSERT_EQ(Call(Reserving(kServer)), Status::kPending);
  Settle();
  const CallParameters offered = server.params;
  CallParameters lower = offered;
  lower.call_manager->receive.max_sdu_size_bytes = 1000;
  EXPECT_EQ(network.board.ModifyCallQoS(server.last_vc, &lower), Status::kPending);
  network.board.IncomingCallComplete(Status::kSuccess, server.last_vc, offered);
  Settle();
  EXPECT_THAT(Take(&server.log),
              ElementsAre("CreateVc 2", "IncomingCall 5 1000", "ModifyCallQoSComplete SUCCESS 1000",
                          "CallConnected 1000"));
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 11"));
  EXPECT_EQ(caller.params.call_manager->transmit.max_sdu_size_bytes, 1000u);
  ExpectCleanEnd();
}

TEST_F(UniFaultsTest, BothEndsOfALoweredCallHaveTheSameContract) {
  server.edit_params = [](CallParameters* params) {
    params->call_manager->receive.max_sdu_size_bytes = 700;
    params->flags |= circuit::kCallParametersChanged;
  };
  Connect(Reserving(kServer));
  const CallParameters here = user.board.FindVc(vc)->params;
  const CallParameters there = network.board.FindVc(server.last_vc)->params;
  // The caller reads what it asked for (C38), and both send the same cells.
  const auto expect_same = [](const qos::FlowSpec& one, const qos::FlowSpec& other) {
    EXPECT_EQ(one.max_sdu_size_bytes, other.max_sdu_size_bytes);
    const auto sdu_bytes = static_cast<uint32_t>(one.max_sdu_size_bytes);
    const auto traffic = qos::ToAtmTraffic(one, {.max_sdu_bytes = sdu_bytes});
    ASSERT_TRUE(traffic);
    EXPECT_EQ(traffic, qos::ToAtmTraffic(other, {.max_sdu_bytes = sdu_bytes}));
  };
  expect_same(here.call_manager->transmit, there.call_manager->receive);
  expect_same(here.call_manager->receive, there.call_manager->transmit);
  EXPECT_EQ(here.call_manager->transmit.max_sdu_size_bytes, 700u);
  ExpectCleanEnd();
}

// The SETUP is lost and sent again only when the RELEASE shows that it is missing: call control has
// both before the call manager hears of either.
TEST_F(UniFaultsTest, ACallIsOverBeforeItIsOffered) {
  wire.SetCut(0, true);
  ASSERT_EQ(Call(To(kServer)), Status::kPending);
  timers.RunDue(clock.NowNs());
  wire.SetCut(0, false);
  EXPECT_EQ(user.board.CloseCall(vc, {}), Status::kPending);
  Settle();
  Pass(2 * kNsPerSecond);
  EXPECT_THAT(Take(&caller.log),
              ElementsAre("MakeCallComplete REQUEST_ABORTED 11", "CloseCallComplete SUCCESS 11"));
  EXPECT_THAT(server.log, IsEmpty());
  EXPECT_EQ(network.manager().holdings().connections, 0u);
  ExpectCleanEnd();
}

// T308 runs out twice over it; a RESTART then says that the connection is free.
TEST_F(UniFaultsTest, AClientThatNeverClosesKeepsNoConnection) {
  Connect(To(kServer));
  EXPECT_EQ(user.board.CloseCall(vc, {}), Status::kPending);
  Pass(59 * kNsPerSecond);
  EXPECT_EQ(network.plane.active.size(), 1u);
  Pass(2 * kNsPerSecond);
  for (testing::UniHost* host : {&user, &network}) {
    EXPECT_EQ(host->manager().holdings().connections, 0u);
    EXPECT_EQ(host->manager().holdings().restarts, 0u);
    EXPECT_TRUE(host->plane.active.empty());
  }
  EXPECT_THAT(Take(&server.log), ElementsAre("IncomingCloseCall SUCCESS 1000"));
  EXPECT_EQ(network.board.CloseCall(server.last_vc, {}), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&server.log), ElementsAre("CloseCallComplete SUCCESS 1000", "DeleteVc 1000"));
  ExpectCleanEnd();
}

// Nor the bandwidth: nothing of the call is on the link any more.
TEST_F(UniFaultsTest, AClientThatNeverClosesKeepsNothingReserved) {
  Connect(Reserving(kServer));
  EXPECT_EQ(user.board.CloseCall(vc, {}), Status::kPending);
  Pass(61 * kNsPerSecond);
  EXPECT_EQ(network.manager().transmit_admission().size(), 0u);
  EXPECT_EQ(network.manager().receive_admission().size(), 0u);
  EXPECT_EQ(network.board.CloseCall(server.last_vc, {}), Status::kPending);
  ExpectCleanEnd();
}

// The root does not wait for a leaf that it dropped, which has no path any more.
TEST_F(UniFaultsTest, ALeafThatWasDroppedAndNeverClosesIsNotWaitedFor) {
  circuit::PartyHandle party;
  CallParameters params = Reserving(kServer);
  ASSERT_EQ(user.board.MakeCall(vc, &params, 21, &party), Status::kPending);
  Settle();
  const circuit::VcHandle first = server.last_vc;
  params = Reserving(kServer);
  ASSERT_EQ(user.board.AddParty(vc, 22, &params, &party), Status::kPending);
  Settle();
  EXPECT_EQ(user.board.DropParty(caller.last_party, {}), Status::kPending);
  Settle();
  EXPECT_EQ(user.board.CloseCall(vc, {}), Status::kPending);
  Settle();
  EXPECT_EQ(network.manager().transmit_admission().size(), 1u);
  EXPECT_EQ(network.board.CloseCall(first, {}), Status::kPending);
  Settle();
  EXPECT_EQ(network.manager().transmit_admission().size(), 0u);
  EXPECT_EQ(network.manager().holdings().connections, 0u);
  EXPECT_EQ(user.manager().signaling().uni().call_count(), 0u);
  EXPECT_EQ(network.manager().holdings().leaf_calls, 1u);  // Until the other one closes.
  ExpectCleanEnd();
  EXPECT_EQ(network.manager().holdings(), UniCallManager::Holdings{});
}

// Its client has not closed it yet, and keeps SDUs of it besides.
class HeldCallTest : public UniFaultsTest {
 protected:
  HeldCallTest() {
    Connect(To(kServer));
    user.plane.holds_deactivations = true;
    RestartNetwork();
    Pass(kNsPerSecond);
    EXPECT_THAT(Take(&caller.log), ElementsAre("IncomingCloseCall DISCONNECTED 11"));
    EXPECT_EQ(network.manager().holdings().restarts, 1u);
    Pass(4 * kNsPerSecond);
  }
  ~HeldCallTest() override {
    EXPECT_EQ(user.plane.active.size(), 3u);
    user.plane.LetGo();
    ExpectCleanEnd();
    EXPECT_EQ(user.manager().holdings(), UniCallManager::Holdings{});
    EXPECT_EQ(network.manager().holdings(), UniCallManager::Holdings{});
  }
};

TEST_F(HeldCallTest, DoesNotKeepTheRestartWaiting) {
  EXPECT_EQ(network.manager().holdings().restarts, 0u);
  for (const char* connected : {"MakeCallComplete SUCCESS 12", "MakeCallComplete SUCCESS 13"}) {
    CallParameters params = To(kServer);
    ASSERT_EQ(user.board.MakeCall(MakeVc(), &params), Status::kPending);
    Pass(kNsPerSecond);
    EXPECT_THAT(Take(&caller.log), ElementsAre(connected));
  }
}

TEST_F(HeldCallTest, IsNotInTheWayOfCallsFromTheNetwork) {
  circuit::SapHandle here;
  EXPECT_EQ(user.board.RegisterSap(caller_af, 6, {.address = kOther}, &here), Status::kSuccess);
  for (int i = 0; i < 2; ++i) {
    circuit::VcHandle made;
    EXPECT_EQ(
        network.board.CreateVc(server_af, 20 + i, {.channel = 2, .channel_vc = 20u + i}, &made),
        Status::kSuccess);
    CallParameters params = To(kOther);
    ASSERT_EQ(network.board.MakeCall(made, &params), Status::kPending);
    Pass(kNsPerSecond);
    EXPECT_THAT(Take(&server.log),
                ElementsAre("MakeCallComplete SUCCESS " + std::to_string(20 + i)));
  }
}

}  // namespace
}  // namespace vcp::callmgr
