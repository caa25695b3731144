#include "callmgr/pvc_call_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "circuit/client_teardown.h"
#include "testing/recording_roles.h"

namespace vcp::callmgr {
namespace {

using circuit::CallState;
using circuit::VcState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Take;

// A port with the PVCs "a" and "g/0".."g/2", and two clients with the family open. The miniport is
// asynchronous; Settle lets it finish what it was asked.
class PvcCallManagerTest : public ::testing::Test {
 protected:
  PvcCallManagerTest() {
    for (const auto& [name, label] :
         {std::pair("a", 64u), {"g/0", 70u}, {"g/1", 71u}, {"g/2", 72u}}) {
      EXPECT_EQ(pvcs.Add({.name = name,
                          .adapter = "wire",
                          .labels = {.transmit = label, .receive = label + 100}}),
                Status::kSuccess);
    }
    circuit::AdapterHandle adapter;
    EXPECT_EQ(board.RegisterAdapter("wire", &miniport, &adapter), Status::kSuccess);
    EXPECT_EQ(manager.Start(adapter), Status::kSuccess);
    EXPECT_EQ(board.OpenBinding(&user, adapter, &bound), Status::kSuccess);
    EXPECT_EQ(board.OpenAddressFamily(bound, PvcCallManager::kFamily, 1, &af), Status::kSuccess);
    EXPECT_EQ(board.OpenBinding(&server, adapter, &server_bound), Status::kSuccess);
    EXPECT_EQ(board.OpenAddressFamily(server_bound, PvcCallManager::kFamily, 1, &server_af),
              Status::kSuccess);
    EXPECT_EQ(board.CreateVc(af, 11, {.channel = 1, .channel_vc = 1}, &vc), Status::kSuccess);
    miniport.activate_vc = Status::kPending;
    miniport.deactivate_vc = Status::kPending;
    user.log.clear();
    server.log.clear();
  }

  static circuit::CallParameters ByName(const std::string& name) {
    circuit::CallParameters params;
    params.flags = circuit::kPermanentVc;
    params.media.emplace().pvc_name = name;
    return params;
  }
  Status Call(circuit::VcHandle on, circuit::CallParameters params) {
    return board.MakeCall(on, &params);
  }
  // Ends whatever the miniport has in hand.
  void Settle(Status activated = Status::kSuccess) {
    for (bool moved = true; moved;) {
      moved = false;
      for (const circuit::VcRow& row : board.Vcs()) {
        if (row.state == VcState::kActivating) {
          board.MiniportActivateVcComplete(activated, row.handle, active_params);
          moved = true;
        } else if (row.state == VcState::kDeactivating) {
          board.MiniportDeactivateVcComplete(Status::kSuccess, row.handle);
          moved = true;
        }
      }
    }
  }

  Status Listen(const std::string& name) {
    return board.RegisterSap(server_af, 5, {.pvc_name = name}, &sap);
  }
  void ExpectCleanEnd() {
    for (testing::RecordingClient* client : {&user, &server}) {
      circuit::ClientTeardown teardown(&board, client);
      bool done = false;
      teardown.Start([&] { done = true; });
      Settle();
      EXPECT_TRUE(done);
    }
    EXPECT_EQ(manager.Stop(), Status::kSuccess);
    EXPECT_EQ(board.DeregisterAdapter(board.FindAdapter("wire")), Status::kSuccess);
    EXPECT_EQ(board.LiveObjectCount(), 0u);
    for (const PvcList::Row& row : pvcs.Rows()) EXPECT_FALSE(row.in_use) << row.pvc.name;
  }

  circuit::Switchboard board;
  PvcList pvcs;
  testing::RecordingMiniport miniport;
  PvcCallManager manager{&board, &pvcs};
  testing::RecordingClient user;
  testing::RecordingClient server;
  circuit::BindingHandle bound, server_bound;
  circuit::AfHandle af, server_af;
  circuit::SapHandle sap;
  circuit::VcHandle vc;
  circuit::CallParameters active_params;
};

// What an offer's client wants of its own end is a further activation, which may be refused.
TEST_F(PvcCallManagerTest, AnAnswersOwnMediaFlagsAreActivated) {
  for (const Status activated : {Status::kSuccess, Status::kNotSupported}) {
    miniport.edit_params = [&](circuit::CallParameters* params) { active_params = *params; };
    ASSERT_EQ(Listen("a"), Status::kPending);
    server.incoming_call = Status::kPending;
    Settle();
    const circuit::VcHandle offered = server.last_vc;
    circuit::CallParameters answer = active_params;
    answer.flags |= circuit::kCallParametersChanged;
    answer.media->flags |= circuit::kReceiveTimeIndication;
    board.IncomingCallComplete(Status::kSuccess, offered, answer);
    EXPECT_EQ(board.FindVc(offered)->state, VcState::kReactivating);
    EXPECT_NE(active_params.media->flags & circuit::kReceiveTimeIndication, 0u);
    server.log.clear();
    board.MiniportActivateVcComplete(activated, offered, active_params);
    const bool connects = activated == Status::kSuccess;
    ASSERT_FALSE(server.log.empty());
    EXPECT_EQ(server.log[0].starts_with(connects ? "CallConnected" : "IncomingCloseCall"), true)
        << server.log[0];
    EXPECT_EQ(board.CloseCall(offered, {}), Status::kPending);
    Settle();
    EXPECT_EQ(board.DeregisterSap(server.last_sap), Status::kSuccess);
  }
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, C099_ACallOnANamedPvc) {
  std::optional<circuit::CallParameters> seen;
  miniport.edit_params = [&](circuit::CallParameters* params) { seen = *params; };
  EXPECT_EQ(Call(vc, ByName("g/1")), Status::kPending);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->media->labels, (circuit::Labels{.transmit = 71, .receive = 171}));
  EXPECT_THAT(user.log, IsEmpty());
  active_params = *seen;
  Settle();
  EXPECT_THAT(user.log, ElementsAre("MakeCallComplete SUCCESS 11"));
  EXPECT_NE(user.params.flags & circuit::kPermanentVc, 0u);  // C101
  EXPECT_EQ(user.params.media->pvc_name, "g/1");
  EXPECT_EQ(board.FindVc(vc)->call, CallState::kConnected);
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, AMiniportThatAnswersAtOnce) {
  miniport.activate_vc = Status::kSuccess;
  miniport.deactivate_vc = Status::kSuccess;
  EXPECT_EQ(Call(vc, ByName("a")), Status::kPending);
  EXPECT_THAT(Take(&user.log), ElementsAre("MakeCallComplete SUCCESS 11"));
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_THAT(Take(&user.log), ElementsAre("CloseCallComplete SUCCESS 11"));
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, C098_AMissFailsTheCall) {
  EXPECT_EQ(Call(vc, ByName("b")), Status::kFailure);
  circuit::CallParameters by_address;
  by_address.flags = circuit::kPermanentVc;
  by_address.call_manager.emplace().called = *ParseAddress("+1");
  EXPECT_EQ(Call(vc, by_address), Status::kFailure);
  EXPECT_EQ(Call(vc, {}), Status::kFailure);
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, C100_ThePvcListIsSearchedWithoutTheFlagToo) {
  ASSERT_EQ(pvcs.Add({.name = "d",
                      .adapter = "wire",
                      .labels = {.transmit = 80, .receive = 80},
                      .destination = *ParseAddress("+1")}),
            Status::kSuccess);
  circuit::CallParameters params;
  params.call_manager.emplace().called = *ParseAddress("+1");
  EXPECT_EQ(Call(vc, params), Status::kPending);
  EXPECT_TRUE(pvcs.Rows().at(1).in_use);
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, C101_TheOperatorsQosIsNotNegotiated) {
  Pvc pvc{.name = "q", .adapter = "wire", .labels = {.transmit = 90, .receive = 90}};
  pvc.transmit.max_sdu_size_bytes = 500;
  ASSERT_EQ(pvcs.Add(pvc), Status::kSuccess);
  std::vector<circuit::CallParameters> seen;
  miniport.edit_params = [&](circuit::CallParameters* params) { seen.push_back(*params); };
  circuit::CallParameters params = ByName("q");
  params.call_manager.emplace();
  EXPECT_EQ(Call(vc, params), Status::kPending);
  EXPECT_EQ(seen.at(0).call_manager->transmit.max_sdu_size_bytes, 500u);
  EXPECT_EQ(seen.at(0).flags & circuit::kCallParametersChanged, 0u);  // It was left open.
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  Settle();
  params.call_manager->transmit.max_sdu_size_bytes = 1000;
  EXPECT_EQ(Call(vc, params), Status::kPending);
  EXPECT_EQ(seen.at(1).call_manager->transmit.max_sdu_size_bytes, 500u);
  EXPECT_NE(seen.at(1).flags & circuit::kCallParametersChanged, 0u);
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, C073_C083_APvcHasOneOtherEndAndKeepsItsQos) {
  circuit::CallParameters params = ByName("a");
  circuit::PartyHandle party;
  EXPECT_EQ(board.MakeCall(vc, &params, 40, &party), Status::kNotSupported);
  EXPECT_EQ(Call(vc, ByName("a")), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&user.log), ElementsAre("MakeCallComplete SUCCESS 11"));
  params.call_manager.emplace();
  EXPECT_EQ(board.ModifyCallQoS(vc, &params), Status::kNotSupported);
  EXPECT_EQ(board.FindVc(vc)->call, CallState::kConnected);
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, OneUserAtATime) {
  EXPECT_EQ(Call(vc, ByName("a")), Status::kPending);
  circuit::VcHandle second;
  ASSERT_EQ(board.CreateVc(af, 12, {.channel = 1, .channel_vc = 2}, &second), Status::kSuccess);
  EXPECT_EQ(Call(second, ByName("a")), Status::kInUse);
  Settle();
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(Call(second, ByName("a")), Status::kInUse);
  Settle();
  EXPECT_EQ(Call(second, ByName("a")), Status::kPending);
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, ADataPathThatRefusesFailsTheCall) {
  EXPECT_EQ(Call(vc, ByName("a")), Status::kPending);
  Settle(Status::kInUse);
  EXPECT_THAT(Take(&user.log), ElementsAre("MakeCallComplete IN_USE 11"));
  miniport.activate_vc = Status::kInvalidData;
  EXPECT_EQ(Call(vc, ByName("a")), Status::kPending);
  EXPECT_THAT(Take(&user.log), ElementsAre("MakeCallComplete INVALID_DATA 11"));
  EXPECT_FALSE(pvcs.Rows().at(0).in_use);
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, C066_CloseDeactivatesFirst) {
  EXPECT_EQ(Call(vc, ByName("a")), Status::kPending);
  Settle();
  user.log.clear();
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(board.FindVc(vc)->state, VcState::kDeactivating);
  EXPECT_THAT(user.log, IsEmpty());
  Settle();
  EXPECT_THAT(user.log, ElementsAre("CloseCallComplete SUCCESS 11"));
  EXPECT_EQ(board.FindVc(vc)->state, VcState::kInactive);
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, C065_CloseDataReachesNobody) {
  EXPECT_EQ(Call(vc, ByName("a")), Status::kPending);
  Settle();
  const std::vector<uint8_t> bye = {1};
  EXPECT_EQ(board.CloseCall(vc, bye), Status::kInvalidData);
  EXPECT_EQ(board.FindVc(vc)->call, CallState::kConnected);
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, ACallBeingMadeIsGivenUp) {
  EXPECT_EQ(Call(vc, ByName("a")), Status::kPending);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_THAT(user.log, IsEmpty());
  Settle();
  EXPECT_THAT(user.log,
              ElementsAre("MakeCallComplete REQUEST_ABORTED 11", "CloseCallComplete SUCCESS 11"));
  EXPECT_FALSE(pvcs.Rows().at(0).in_use);
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, C047_ThePvcIsFreeInsideTheCloseCompletion) {
  EXPECT_EQ(Call(vc, ByName("a")), Status::kPending);
  Settle();
  user.on_close_call_complete = [&] {
    user.on_close_call_complete = nullptr;
    EXPECT_EQ(Call(vc, ByName("a")), Status::kPending);
  };
  user.log.clear();
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  Settle();
  EXPECT_THAT(user.log, ElementsAre("CloseCallComplete SUCCESS 11", "MakeCallComplete SUCCESS 11"));
  ExpectCleanEnd();
}

// --- SAPs ---------------------------------------------------------------------------------------

TEST_F(PvcCallManagerTest, ASapThatNamesAPvcIsOfferedACallOnIt) {
  EXPECT_EQ(Listen("a"), Status::kPending);
  EXPECT_THAT(Take(&server.log), ElementsAre("RegisterSapComplete SUCCESS 5", "CreateVc 1"));
  Settle();
  EXPECT_THAT(Take(&server.log), ElementsAre("IncomingCall 5 1000", "CallConnected 1000"));
  EXPECT_TRUE(pvcs.Rows().at(0).in_use);
  EXPECT_EQ(Call(vc, ByName("a")), Status::kInUse);
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, AGroupIsOfferedAsAWhole) {
  miniport.activate_vc = Status::kSuccess;
  EXPECT_EQ(Listen("g"), Status::kPending);
  EXPECT_THAT(server.log, ElementsAre("RegisterSapComplete SUCCESS 5", "CreateVc 1",
                                      "IncomingCall 5 1000", "CallConnected 1000", "CreateVc 1",
                                      "IncomingCall 5 1001", "CallConnected 1001", "CreateVc 1",
                                      "IncomingCall 5 1002", "CallConnected 1002"));
  EXPECT_EQ(server.params.media->pvc_name, "g/2");
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, C021_C022_SapsThatCannotBeAreRefused) {
  EXPECT_EQ(Listen("b"), Status::kInvalidData);
  EXPECT_EQ(Listen(""), Status::kInvalidData);
  EXPECT_EQ(
      board.RegisterSap(server_af, 5, {.address = *ParseAddress("+1"), .pvc_name = "a"}, &sap),
      Status::kInvalidData);
  EXPECT_EQ(Listen("g/1"), Status::kPending);
  circuit::SapHandle second;
  EXPECT_EQ(board.RegisterSap(af, 6, {.pvc_name = "g"}, &second), Status::kInvalidData);
  EXPECT_EQ(board.RegisterSap(af, 6, {.pvc_name = "g/1"}, &second), Status::kInvalidData);
  EXPECT_EQ(board.RegisterSap(af, 6, {.pvc_name = "g/2"}, &second), Status::kPending);
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, C060_ARefusedOfferIsNotRepeated) {
  server.incoming_call = Status::kNotAccepted;
  EXPECT_EQ(Listen("a"), Status::kPending);
  Settle();
  EXPECT_EQ(server.log.back(), "DeleteVc 1000");
  EXPECT_FALSE(pvcs.Rows().at(0).in_use);
  EXPECT_EQ(board.Vcs().size(), 1u);
  server.log.clear();
  EXPECT_EQ(board.DeregisterSap(server.last_sap), Status::kSuccess);
  EXPECT_EQ(Listen("a"), Status::kPending);  // Another registration, another offer.
  Settle();
  EXPECT_THAT(server.log, ::testing::Contains("IncomingCall 5 1001"));
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, C058_AnOfferMayBeAnsweredLater) {
  server.incoming_call = Status::kPending;
  EXPECT_EQ(Listen("a"), Status::kPending);
  Settle();
  server.log.clear();
  board.IncomingCallComplete(Status::kSuccess, server.last_vc, server.params);
  EXPECT_THAT(Take(&server.log), ElementsAre("CallConnected 1000"));
  EXPECT_EQ(board.CloseCall(server.last_vc, {}), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&server.log), ElementsAre("CloseCallComplete SUCCESS 1000", "DeleteVc 1000"));
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, C061_ChangingAPvcClosesTheCall) {
  server.edit_params = [](circuit::CallParameters* params) {
    params->flags |= circuit::kCallParametersChanged;
    params->call_manager.emplace().transmit.max_sdu_size_bytes = 10;
  };
  EXPECT_EQ(Listen("a"), Status::kPending);
  Settle();
  EXPECT_EQ(server.log.back(), "IncomingCloseCall NOT_ACCEPTED 1000");
  EXPECT_EQ(board.CloseCall(server.last_vc, {}), Status::kPending);
  Settle();
  EXPECT_EQ(server.log.back(), "DeleteVc 1000");
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, AWaitingSapGetsThePvcWhenItsUserIsDone) {
  EXPECT_EQ(Call(vc, ByName("a")), Status::kPending);
  Settle();
  EXPECT_EQ(Listen("a"), Status::kPending);
  EXPECT_THAT(Take(&server.log), ElementsAre("RegisterSapComplete SUCCESS 5"));
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&server.log),
              ElementsAre("CreateVc 1", "IncomingCall 5 1000", "CallConnected 1000"));
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, C027_NothingIsOfferedAfterDeregistration) {
  EXPECT_EQ(Listen("a"), Status::kPending);
  EXPECT_EQ(board.DeregisterSap(server.last_sap), Status::kSuccess);
  Settle();
  EXPECT_THAT(server.log,
              ElementsAre("RegisterSapComplete SUCCESS 5", "CreateVc 1", "DeleteVc 1000"));
  EXPECT_FALSE(pvcs.Rows().at(0).in_use);
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, DeregisteringInsideTheCompletion) {
  server.on_register_sap_complete = [&] {
    EXPECT_EQ(board.DeregisterSap(server.last_sap), Status::kSuccess);
  };
  EXPECT_EQ(Listen("a"), Status::kPending);
  EXPECT_THAT(server.log, ElementsAre("RegisterSapComplete SUCCESS 5"));
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, AClientThatTakesNoVcIsNotAskedAgain) {
  server.create_vc = Status::kResources;
  EXPECT_EQ(Listen("a"), Status::kPending);
  EXPECT_THAT(server.log, ElementsAre("RegisterSapComplete SUCCESS 5", "CreateVc 1"));
  EXPECT_FALSE(pvcs.Rows().at(0).in_use);
  ExpectCleanEnd();
}

// --- the operator -------------------------------------------------------------------------------

TEST_F(PvcCallManagerTest, C097_APvcAddedToAGroupIsOffered) {
  EXPECT_EQ(Listen("g"), Status::kPending);
  Settle();
  server.log.clear();
  EXPECT_EQ(pvcs.Add({.name = "g/7", .adapter = "wire", .labels = {.transmit = 99, .receive = 99}}),
            Status::kSuccess);
  EXPECT_EQ(
      pvcs.Add({.name = "g/8", .adapter = "other", .labels = {.transmit = 99, .receive = 99}}),
      Status::kSuccess);
  Settle();
  EXPECT_THAT(server.log, ElementsAre("CreateVc 1", "IncomingCall 5 1003", "CallConnected 1003"));
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, APvcOfTheSameNameIsOfferedAnew) {
  server.incoming_call = Status::kNotAccepted;
  EXPECT_EQ(Listen("g"), Status::kPending);
  Settle();
  server.log.clear();
  EXPECT_EQ(pvcs.Delete("g/1"), Status::kSuccess);
  EXPECT_EQ(pvcs.Add({.name = "g/1", .adapter = "wire", .labels = {.transmit = 71, .receive = 71}}),
            Status::kSuccess);
  Settle();
  EXPECT_THAT(server.log, ElementsAre("CreateVc 1", "IncomingCall 5 1003", "DeleteVc 1003"));
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, DeletingAPvcInUseClosesItsCall) {
  EXPECT_EQ(Call(vc, ByName("a")), Status::kPending);
  Settle();
  user.log.clear();
  EXPECT_EQ(pvcs.Delete("a"), Status::kPending);
  EXPECT_THAT(Take(&user.log), ElementsAre("IncomingCloseCall CLOSED 11"));
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(pvcs.Rows().size(), 4u);
  Settle();
  EXPECT_EQ(pvcs.Rows().size(), 3u);
  EXPECT_EQ(Call(vc, ByName("g/0")), Status::kInvalidState);  // C67: that VC is to be deleted.
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, DeletingAPvcWhileACallIsBeingMade) {
  EXPECT_EQ(Call(vc, ByName("a")), Status::kPending);
  EXPECT_EQ(pvcs.Delete("a"), Status::kPending);
  EXPECT_THAT(user.log, IsEmpty());
  Settle();
  EXPECT_THAT(user.log, ElementsAre("MakeCallComplete CLOSED 11"));
  EXPECT_EQ(pvcs.Rows().size(), 3u);
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, DeletingAPvcWhileItIsOffered) {
  server.incoming_call = Status::kPending;
  EXPECT_EQ(Listen("a"), Status::kPending);
  EXPECT_EQ(Listen("g/0"), Status::kPending);
  EXPECT_EQ(pvcs.Delete("g/0"), Status::kPending);  // Its path is still rising.
  Settle();
  EXPECT_EQ(pvcs.Delete("a"), Status::kPending);
  EXPECT_EQ(server.log.back(), "IncomingCloseCall CLOSED 1000");
  for (const circuit::VcRow& row : board.Vcs()) {
    if (row.call == CallState::kOffered) {
      EXPECT_EQ(board.CloseCall(row.handle, {}), Status::kSuccess);
    }
  }
  Settle();
  EXPECT_EQ(pvcs.Rows().size(), 2u);
  EXPECT_EQ(board.Vcs().size(), 1u);
  ExpectCleanEnd();
}

TEST_F(PvcCallManagerTest, AClientThatDiesWithAPendingOffer) {
  server.incoming_call = Status::kPending;
  EXPECT_EQ(Listen("g"), Status::kPending);
  ExpectCleanEnd();
}

}  // namespace
}  // namespace vcp::callmgr
