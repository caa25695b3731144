// Multipoint calls inside one daemon: a root's VC, and a VC for each leaf on the same label.
#include "loopback_stage.h"

namespace vcp::miniport {
namespace {

using circuit::PartyState;

// The caller is the root (party contexts 21, 22, ...), the callee and two more are leaves.
class LoopbackPartiesTest : public LoopbackMcmTest {
 protected:
  struct Leaf {
    testing::RecordingClient client;
    circuit::BindingHandle binding;
    circuit::AfHandle af;
    circuit::SapHandle sap;
  };
  LoopbackPartiesTest() {
    Listen(&second, "+200");
    Listen(&third, "+300");
  }
  void Listen(Leaf* leaf, const char* digits) {
    EXPECT_EQ(board.OpenBinding(&leaf->client, adapter, &leaf->binding), Status::kSuccess);
    EXPECT_EQ(board.OpenAddressFamily(leaf->binding, {}, 1, &leaf->af), Status::kSuccess);
    EXPECT_EQ(board.RegisterSap(leaf->af, 2, {.address = Number(digits)}, &leaf->sap),
              Status::kSuccess);
    leaf->client.endpoint.channel = next_channel++;
    leaf->client.log.clear();
  }
  circuit::CallParameters To(const char* digits) const {
    circuit::CallParameters asked = params;
    asked.call_manager->called = Number(digits);
    return asked;
  }
  Status MakeMultipoint() {
    circuit::CallParameters asked = params;
    return board.MakeCall(vc, &asked, 21, &first);
  }
  void ConnectFirst() {
    ASSERT_EQ(MakeMultipoint(), Status::kPending);
    programmer.AnswerAll();
    ASSERT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 11"));
    first = caller.last_party;
    ASSERT_THAT(Take(&callee.log),
                ElementsAre("CreateVc 1", "IncomingCall 2 1000", "CallConnected 1000"));
  }
  Status Add(const char* digits, circuit::Context context) {
    circuit::CallParameters asked = To(digits);
    circuit::PartyHandle party;
    return board.AddParty(vc, context, &asked, &party);
  }
  void AddSecond() {
    ASSERT_EQ(Add("+200", 22), Status::kPending);
    programmer.AnswerAll();
    ASSERT_THAT(Take(&caller.log), ElementsAre("AddPartyComplete SUCCESS 22"));
    second_party = caller.last_party;
    second.client.log.clear();
  }
  void ExpectCleanMultipointEnd() {
    for (Leaf* leaf : {&second, &third}) {
      circuit::ClientTeardown teardown(&board, &leaf->client);
      bool done = false;
      teardown.Start([&] { done = true; });
      programmer.AnswerAll();
      EXPECT_TRUE(done);
    }
    ExpectCleanEnd();
  }
  // Labels that the VCs of a channel receive on.
  std::vector<uint32_t> ReceiveLabels() const {
    std::vector<uint32_t> labels;
    for (const auto& [key, program] : programmer.active) {
      if (program.receive) labels.push_back(program.receive_label);
    }
    return labels;
  }
  uint32_t RootLabel() const { return programmer.active.at({1, 11}).transmit_label; }

  uint32_t next_channel = 8;
  Leaf second;
  Leaf third;
  circuit::PartyHandle first;
  circuit::PartyHandle second_party;
};

TEST_F(LoopbackPartiesTest, LeavesShareTheLabelThatTheRootTransmitsOn) {
  ConnectFirst();
  AddSecond();
  const dataplane::VcProgram& root = programmer.active.at({1, 11});
  EXPECT_TRUE(root.transmit);
  EXPECT_FALSE(root.receive);
  EXPECT_FALSE(root.shares_label);
  EXPECT_EQ(programmer.active.size(), 3u);
  for (const auto& [key, program] : programmer.active) {
    if (key.first == 1) continue;
    EXPECT_FALSE(program.transmit);
    EXPECT_TRUE(program.shares_label);
    EXPECT_EQ(program.receive_label, root.transmit_label);
  }
  EXPECT_EQ(callee.params.media->flags, circuit::kReceiveVc);
  EXPECT_EQ(second.client.params.call_manager->called, Number("+200"));
  ExpectCleanMultipointEnd();
}

// C50: a party that joined is one that receives.
TEST_F(LoopbackPartiesTest, APartyHasJoinedWhenItsVcIsActiveAndItsClientAgreed) {
  ConnectFirst();
  second.client.incoming_call = Status::kPending;
  ASSERT_EQ(Add("+200", 22), Status::kPending);
  EXPECT_THAT(second.client.log, ElementsAre("CreateVc 1"));
  programmer.AnswerAll();
  EXPECT_THAT(second.client.log, ElementsAre("CreateVc 1", "IncomingCall 2 1000"));
  EXPECT_THAT(caller.log, IsEmpty());
  board.IncomingCallComplete(Status::kSuccess, second.client.last_vc, second.client.params);
  EXPECT_THAT(Take(&caller.log), ElementsAre("AddPartyComplete SUCCESS 22"));
  ExpectCleanMultipointEnd();
}

TEST_F(LoopbackPartiesTest, C075_APartyThatCannotJoinLeavesTheOthersAlone) {
  ConnectFirst();
  EXPECT_EQ(Add("+999", 22), Status::kNotFound);
  second.client.incoming_call = Status::kNotAccepted;
  ASSERT_EQ(Add("+200", 23), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(Take(&caller.log), ElementsAre("AddPartyComplete NOT_ACCEPTED 23"));
  ASSERT_EQ(Add("+300", 24), Status::kPending);  // and one whose path does not come up
  programmer.Answer(Status::kFailure);
  programmer.AnswerAll();
  EXPECT_THAT(Take(&caller.log), ElementsAre("AddPartyComplete FAILURE 24"));
  EXPECT_THAT(callee.log, IsEmpty());
  EXPECT_THAT(ReceiveLabels(), ElementsAre(RootLabel()));
  EXPECT_EQ(board.PartiesOf(vc).size(), 1u);
  ExpectCleanMultipointEnd();
}

TEST_F(LoopbackPartiesTest, ACallWhoseFirstPartyRefusesIsNoCall) {
  callee.incoming_call = Status::kNotAccepted;
  ASSERT_EQ(MakeMultipoint(), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete NOT_ACCEPTED 11"));
  EXPECT_THAT(programmer.active, IsEmpty());
  EXPECT_EQ(board.PartiesOf(vc).size(), 0u);
  callee.incoming_call = Status::kSuccess;  // The VC makes the next one.
  callee.log.clear();
  ASSERT_EQ(MakeMultipoint(), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 11"));
  ExpectCleanMultipointEnd();
}

// C80: it receives nothing any more when its root hears so, whatever its client does then.
TEST_F(LoopbackPartiesTest, C080_ADroppedLeafReceivesNothingAnyMore) {
  ConnectFirst();
  AddSecond();
  EXPECT_EQ(board.DropParty(second_party, {}), Status::kPending);
  EXPECT_THAT(caller.log, IsEmpty());
  EXPECT_THAT(second.client.log, ElementsAre("IncomingCloseCall SUCCESS 1000"));
  programmer.AnswerAll();
  EXPECT_THAT(Take(&caller.log), ElementsAre("DropPartyComplete SUCCESS 22"));
  EXPECT_THAT(ReceiveLabels(), ElementsAre(RootLabel()));  // the first one's
  EXPECT_EQ(programmer.active.size(), 3u);
  EXPECT_THAT(callee.log, IsEmpty());
  EXPECT_EQ(board.CloseCall(second.client.last_vc, {}), Status::kPending);
  programmer.AnswerAll();
  EXPECT_EQ(programmer.active.size(), 2u);
  ExpectCleanMultipointEnd();
}

TEST_F(LoopbackPartiesTest, TheFirstPartyMayGoAndTheOthersStay) {
  ConnectFirst();
  AddSecond();
  EXPECT_EQ(board.DropParty(first, {}), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(Take(&caller.log), ElementsAre("DropPartyComplete SUCCESS 21"));
  EXPECT_EQ(board.FindVc(vc)->call, CallState::kConnected);
  EXPECT_THAT(second.client.log, IsEmpty());
  EXPECT_EQ(board.DropParty(second_party, {}), Status::kFailure);  // C77
  ExpectCleanMultipointEnd();
}

// C78, C79: the root drops it, or closes when it was the last.
TEST_F(LoopbackPartiesTest, C078_ALeafThatLeavesIsDropped) {
  ConnectFirst();
  AddSecond();
  EXPECT_EQ(board.CloseCall(second.client.last_vc, {}), Status::kPending);
  EXPECT_THAT(Take(&caller.log), ElementsAre("IncomingDropParty SUCCESS 22"));
  programmer.AnswerAll();
  EXPECT_EQ(board.DropParty(second_party, {}), Status::kSuccess);
  EXPECT_EQ(board.CloseCall(callee.last_vc, {}), Status::kPending);
  EXPECT_THAT(Take(&caller.log), ElementsAre("IncomingCloseCall SUCCESS 11"));
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(Take(&caller.log), ElementsAre("CloseCallComplete SUCCESS 11 21"));
  EXPECT_THAT(programmer.active, IsEmpty());
  ExpectCleanMultipointEnd();
}

TEST_F(LoopbackPartiesTest, TheEndOfTheCallIsEveryLeafs) {
  ConnectFirst();
  AddSecond();
  ASSERT_EQ(Add("+300", 23), Status::kPending);  // never to be answered
  third.client.incoming_call = Status::kPending;
  programmer.AnswerAll();
  EXPECT_EQ(board.DropParty(second_party, {}), Status::kPending);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(Take(&caller.log),
              ElementsAre("DropPartyComplete SUCCESS 22", "AddPartyComplete REQUEST_ABORTED 23",
                          "CloseCallComplete SUCCESS 11 21"));
  EXPECT_THAT(callee.log, Contains("IncomingCloseCall SUCCESS 1000"));
  EXPECT_THAT(third.client.log, Contains("IncomingCloseCall SUCCESS 1000"));
  ExpectCleanMultipointEnd();
}

TEST_F(LoopbackPartiesTest, ARootWhoseClientDiesEndsTheCall) {
  ConnectFirst();
  AddSecond();
  circuit::ClientTeardown teardown(&board, &caller);
  bool done = false;
  teardown.Start([&] { done = true; });
  programmer.AnswerAll();
  EXPECT_TRUE(done);
  EXPECT_THAT(callee.log, Contains("IncomingCloseCall SUCCESS 1000"));
  EXPECT_THAT(second.client.log, Contains("IncomingCloseCall SUCCESS 1000"));
  ExpectCleanMultipointEnd();
}

TEST_F(LoopbackPartiesTest, ALeafWhoseClientDiesLeaves) {
  ConnectFirst();
  AddSecond();
  circuit::ClientTeardown teardown(&board, &second.client);
  bool done = false;
  teardown.Start([&] { done = true; });
  programmer.AnswerAll();
  EXPECT_TRUE(done);
  EXPECT_THAT(Take(&caller.log), ElementsAre("IncomingDropParty SUCCESS 22"));
  ExpectCleanMultipointEnd();
}

// The root's client closes the call while a leaf's client is asked for its VC.
TEST_F(LoopbackPartiesTest, ACallMayEndWhileALeafIsMade) {
  ConnectFirst();
  second.client.on_create_vc = [this] { EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending); };
  EXPECT_EQ(Add("+200", 22), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(Take(&caller.log), ElementsAre("AddPartyComplete REQUEST_ABORTED 22",
                                             "CloseCallComplete SUCCESS 11 21"));
  ExpectCleanMultipointEnd();
}

TEST_F(LoopbackPartiesTest, C083_AMultipointCallDoesNotChange) {
  ConnectFirst();
  circuit::CallParameters asked = params;
  EXPECT_EQ(board.ModifyCallQoS(vc, &asked), Status::kNotSupported);
  ExpectCleanMultipointEnd();
}

// A root that does not transmit is none.
TEST_F(LoopbackPartiesTest, ARootTransmits) {
  params.media.emplace().flags = circuit::kReceiveVc;
  EXPECT_EQ(MakeMultipoint(), Status::kInvalidData);
  EXPECT_THAT(callee.log, IsEmpty());
  ExpectCleanMultipointEnd();
}

}  // namespace
}  // namespace vcp::miniport
