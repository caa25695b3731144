// Where what is sent goes: the peer's address is learned anew with each SSCOP connection (signaling
// 3.3), and calls that outlive a connection follow it.
#include "uni_call_manager_fixture.h"

namespace vcp::callmgr {
namespace {

constexpr wire::MacAddress kFirst = {2, 0, 0, 0, 0, 1};
constexpr wire::MacAddress kSecond = {2, 0, 0, 0, 0, 2};

class UniAddressingTest : public UniCallManagerTest {
 protected:
  UniAddressingTest() { Move(kFirst); }

  // The network's end of the link is another device from now on, or so it looks. Calls stay: T309
  // has not run out.
  void Move(const wire::MacAddress& address) {
    Break();
    wire.SetAddress(1, address);
    Mend();
    Settle();
    ASSERT_TRUE(user.manager().signaling().uni().is_up());
  }
  void Break() {
    for (size_t end : {0, 1}) wire.SetCut(end, true);
    Pass(8 * kNsPerSecond);
    ASSERT_FALSE(user.manager().signaling().uni().is_up());
  }
  // Signaling alone: data paths answer when they are told to.
  void Mend() {
    for (size_t end : {0, 1}) wire.SetCut(end, false);
    for (int i = 0; i < 200 && !user.manager().signaling().uni().is_up(); ++i) {
      RunSignaling();
      clock.Advance(10'000'000);
    }
    RunSignaling();
  }
  void RunSignaling() {
    while (timers.RunDue(clock.NowNs()) != 0) clock.Advance(1);
  }
  const dataplane::VcProgram& ProgramOf(uint32_t channel_vc) {
    return user.plane.active.at({1, channel_vc});
  }
};

TEST_F(UniAddressingTest, ACallLeadsWhereThePeerIsWhenItIsMade) {
  Connect(To(kServer));
  EXPECT_EQ(ProgramOf(11).peer_mac, kFirst);
  ExpectCleanEnd();
}

TEST_F(UniAddressingTest, ACallFollowsThePeer) {
  Connect(To(kServer));
  const uint32_t label = ProgramOf(11).transmit_label;
  Move(kSecond);
  EXPECT_EQ(ProgramOf(11).peer_mac, kSecond);
  EXPECT_EQ(ProgramOf(11).transmit_label, label);
  EXPECT_THAT(caller.log, IsEmpty());
  Move(kFirst);
  EXPECT_EQ(ProgramOf(11).peer_mac, kFirst);
  ExpectCleanEnd();
}

TEST_F(UniAddressingTest, NobodyIsToldOfAnAddressThatIsAsBefore) {
  Connect(To(kServer));
  Break();
  Mend();
  EXPECT_TRUE(user.plane.commands.empty());
  ExpectCleanEnd();
}

// What the root sends goes to the new address; leaves, who send nothing, are left alone.
TEST_F(UniAddressingTest, ARootFollowsThePeerOfItsLeaves) {
  circuit::PartyHandle party;
  CallParameters params = To(kServer);
  ASSERT_EQ(user.board.MakeCall(vc, &params, 21, &party), Status::kPending);
  Settle();
  ASSERT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 11"));
  Break();
  wire.SetAddress(0, kSecond);
  wire.SetAddress(1, kSecond);
  Mend();
  EXPECT_TRUE(network.plane.commands.empty());
  Settle();
  EXPECT_EQ(ProgramOf(11).peer_mac, kSecond);
  params = To(kServer);
  ASSERT_EQ(user.board.AddParty(vc, 22, &params, &party), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("AddPartyComplete SUCCESS 22"));
  ExpectCleanEnd();
}

// A change of rates that comes meanwhile waits until the data path has answered.
TEST_F(UniAddressingTest, AChangeOfRatesWaitsForTheNewAddress) {
  CallParameters params = To(kServer);
  params.call_manager->transmit = Guaranteed(1'000'000);
  params.call_manager->receive = Guaranteed(1'000'000);
  Connect(params);
  Break();
  wire.SetAddress(1, kSecond);
  Mend();
  ASSERT_EQ(user.plane.commands.size(), 1u);
  params.call_manager->transmit = Guaranteed(2'000'000);
  ASSERT_EQ(user.board.ModifyCallQoS(vc, &params), Status::kPending);
  RunSignaling();
  network.plane.AnswerAll();
  RunSignaling();
  EXPECT_EQ(user.plane.commands.size(), 1u);
  EXPECT_THAT(caller.log, IsEmpty());
  const auto slower = ProgramOf(11).shaper;
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("ModifyCallQoSComplete SUCCESS 11"));
  EXPECT_EQ(ProgramOf(11).peer_mac, kSecond);
  EXPECT_NE(ProgramOf(11).shaper, slower);
  ExpectCleanEnd();
}

// The peer moves once more while the data path is on its way to where it was.
TEST_F(UniAddressingTest, APathThatRisesLateLeadsToWhereThePeerIsNow) {
  CallParameters params = To(kServer);
  ASSERT_EQ(Call(params), Status::kPending);
  RunSignaling();
  network.plane.AnswerAll();
  RunSignaling();
  ASSERT_EQ(user.plane.commands.size(), 1u);
  std::deque<testing::FakeVcProgrammer::Command> late;
  late.swap(user.plane.commands);
  Break();
  wire.SetAddress(1, kSecond);
  Mend();
  late.swap(user.plane.commands);
  user.plane.Answer();
  EXPECT_EQ(ProgramOf(11).peer_mac, kFirst);
  Settle();
  EXPECT_EQ(ProgramOf(11).peer_mac, kSecond);
  ExpectCleanEnd();
}

TEST_F(UniAddressingTest, ACallThatEndsMeanwhileEnds) {
  Connect(To(kServer));
  Break();
  wire.SetAddress(1, kSecond);
  Mend();
  ASSERT_EQ(user.plane.commands.size(), 1u);
  EXPECT_EQ(user.board.CloseCall(vc, {}), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("CloseCallComplete SUCCESS 11"));
  ExpectCleanEnd();
}

}  // namespace
}  // namespace vcp::callmgr
