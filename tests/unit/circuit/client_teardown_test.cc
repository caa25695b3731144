#include "circuit/client_teardown.h"

#include "stage.h"

namespace vcp::circuit {
namespace {

class Teardown : public VcStage {
 protected:
  // The client is gone. Its role must hear nothing from here on.
  void Die() {
    Forget();
    teardown = std::make_unique<ClientTeardown>(&board, &client);
    teardown->Start([this] {
      ++finished;
      teardown.reset();
    });
  }
  void ExpectGone() {
    EXPECT_EQ(finished, 1);
    EXPECT_THAT(client.log, IsEmpty());
    EXPECT_EQ(board.CloseBinding(binding), Status::kInvalidHandle);
    EXPECT_EQ(board.LiveObjectCount(), 2u);  // The adapter and the call manager.
  }

  std::unique_ptr<ClientTeardown> teardown;
  int finished = 0;
};

TEST_F(Teardown, AtOnceWhenNobodyPends) {
  Die();
  EXPECT_THAT(manager.log, ElementsAre("DeleteVc 501", "DeregisterSap 502", "CloseAf 500"));
  ExpectGone();
}

TEST_F(Teardown, C016_C070_InTheEnvironmentsOrder) {
  ConnectOutgoing();
  ConnectIncoming();
  manager.deregister_sap = Status::kPending;
  manager.close_af = Status::kPending;
  miniport.deactivate_vc = Status::kPending;
  Die();
  EXPECT_THAT(Take(&manager.log), ElementsAre("CloseCall 501", "CloseCall 600"));
  for (VcHandle one : {vc, incoming}) {
    EXPECT_EQ(board.DeactivateVc(one), Status::kPending);
    board.MiniportDeactivateVcComplete(Status::kSuccess, one);
  }
  manager.log.clear();
  board.CloseCallComplete(Status::kSuccess, incoming);
  EXPECT_THAT(Take(&manager.log), IsEmpty());
  board.CloseCallComplete(Status::kSuccess, vc);
  EXPECT_THAT(Take(&manager.log), ElementsAre("DeleteVc 501", "DeregisterSap 502"));
  board.DeregisterSapComplete(Status::kSuccess, sap);
  EXPECT_THAT(Take(&manager.log), ElementsAre("CloseAf 500"));
  board.CloseAfComplete(Status::kSuccess, af);
  EXPECT_EQ(finished, 0);  // The call manager's idle VC is still there.
  EXPECT_EQ(board.CmDeleteVc(incoming), Status::kSuccess);
  ExpectGone();
}

TEST_F(Teardown, C070_PartiesAreDroppedBeforeTheirCallIsClosed) {
  CallParameters params;
  PartyHandle party;
  ASSERT_EQ(board.MakeCall(vc, &params, 40, &party), Status::kPending);
  ASSERT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  board.MakeCallComplete(Status::kSuccess, vc, 700, params);
  const PartyHandle first = client.last_party;
  for (Context added : {701, 702}) {
    ASSERT_EQ(board.AddParty(vc, 41, &params, &party), Status::kPending);
    board.AddPartyComplete(Status::kSuccess, manager.last_party, added, params);
  }
  ASSERT_EQ(board.AddParty(vc, 43, &params, &party), Status::kPending);
  // The first one has left, and the client did not get around to drop it.
  ASSERT_EQ(board.DispatchIncomingDropParty(Status::kSuccess, first, {}), Status::kSuccess);
  ASSERT_EQ(board.ModifyCallQoS(vc, &params), Status::kPending);
  Die();
  EXPECT_THAT(Take(&manager.log),
              ElementsAre("DropParty 700", "DropParty 701", "CloseCall 501 702"));
  board.DropPartyComplete(Status::kSuccess, first);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
  board.CloseCallComplete(Status::kSuccess, vc);
  ExpectGone();
}

TEST_F(Teardown, ACallBeingMade) {
  CallParameters params;
  ASSERT_EQ(board.MakeCall(vc, &params), Status::kPending);
  Die();
  EXPECT_THAT(Take(&manager.log), ElementsAre("CloseCall 501"));
  board.CloseCallComplete(Status::kSuccess, vc);
  ExpectGone();
}

TEST_F(Teardown, ACallBeingMadeThatSucceedsMeanwhile) {
  CallParameters params;
  ASSERT_EQ(board.MakeCall(vc, &params), Status::kPending);
  ASSERT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  Die();
  board.MakeCallComplete(Status::kSuccess, vc, params);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
  board.CloseCallComplete(Status::kSuccess, vc);
  ExpectGone();
}

TEST_F(Teardown, AnOfferIsRefused) {
  PrepareIncoming();
  CallParameters params;
  client.incoming_call = Status::kPending;
  ASSERT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kPending);
  manager.on_incoming_call_complete = [&] {
    EXPECT_EQ(board.DeactivateVc(incoming), Status::kSuccess);
    EXPECT_EQ(board.CmDeleteVc(incoming), Status::kSuccess);
  };
  Die();
  EXPECT_EQ(manager.log.front(), "DeleteVc 501");
  EXPECT_THAT(manager.log, Contains("IncomingCallComplete REQUEST_ABORTED 600"));
  ExpectGone();
}

TEST_F(Teardown, ACallThatTheClientWasClosing) {
  ConnectOutgoing();
  ASSERT_EQ(board.CloseCall(vc, {}), Status::kPending);
  Die();
  EXPECT_THAT(manager.log, IsEmpty());
  EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
  board.CloseCallComplete(Status::kSuccess, vc);
  ExpectGone();
}

TEST_F(Teardown, ARemoteCloseMeanwhileChangesNothing) {
  ConnectOutgoing();
  Die();
  EXPECT_EQ(board.DispatchIncomingCloseCall(Status::kSuccess, vc, {}), Status::kClosing);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
  board.CloseCallComplete(Status::kSuccess, vc);
  ExpectGone();
}

TEST_F(Teardown, SapsOnTheirWayInAndOut) {
  SapHandle going = sap, coming, failing;
  manager.deregister_sap = Status::kPending;
  ASSERT_EQ(board.DeregisterSap(going), Status::kPending);
  manager.register_sap = Status::kPending;
  SapHandle none;
  ASSERT_EQ(board.RegisterSap(af, 3, {}, &none), Status::kPending);
  coming = manager.last_sap;
  ASSERT_EQ(board.RegisterSap(af, 4, {}, &none), Status::kPending);
  failing = manager.last_sap;
  Die();
  EXPECT_THAT(Take(&manager.log), ElementsAre("DeleteVc 501"));
  board.RegisterSapComplete(Status::kSuccess, coming, 503);
  EXPECT_THAT(Take(&manager.log), ElementsAre("DeregisterSap 503"));
  board.RegisterSapComplete(Status::kFailure, failing, 0);
  board.DeregisterSapComplete(Status::kSuccess, coming);
  EXPECT_EQ(finished, 0);
  board.DeregisterSapComplete(Status::kSuccess, going);
  ExpectGone();
}

TEST_F(Teardown, AFamilyThatOpens) {
  ASSERT_EQ(board.RegisterAddressFamily(manager_binding, kPvcFamily), Status::kSuccess);
  manager.open_af = Status::kPending;
  AfHandle opening;
  ASSERT_EQ(board.OpenAddressFamily(binding, kPvcFamily, 5, &opening), Status::kPending);
  Die();
  EXPECT_THAT(manager.log, IsEmpty());
  board.OpenAfComplete(Status::kSuccess, manager.last_af, 510);
  EXPECT_THAT(manager.log,
              ElementsAre("DeleteVc 501", "DeregisterSap 502", "CloseAf 500", "CloseAf 510"));
  ExpectGone();
}

TEST_F(Teardown, AFamilyThatFailsToOpen) {
  ASSERT_EQ(board.RegisterAddressFamily(manager_binding, kPvcFamily), Status::kSuccess);
  manager.open_af = Status::kPending;
  AfHandle opening;
  ASSERT_EQ(board.OpenAddressFamily(binding, kPvcFamily, 5, &opening), Status::kPending);
  Die();
  board.OpenAfComplete(Status::kFailure, manager.last_af, 0);
  ExpectGone();
}

TEST_F(Teardown, ANotifyThatTheClientStillOwed) {
  client.notify_close_af = Status::kPending;
  ASSERT_EQ(board.NotifyCloseAddressFamily(af), Status::kPending);
  Die();
  EXPECT_THAT(manager.log, ElementsAre("DeleteVc 501", "DeregisterSap 502", "CloseAf 500",
                                       "NotifyCloseAfComplete SUCCESS 500"));
  ExpectGone();
}

TEST_F(Teardown, AFamilyThatTheClientWasClosing) {
  ASSERT_EQ(board.DeleteVc(vc), Status::kSuccess);
  ASSERT_EQ(board.DeregisterSap(sap), Status::kSuccess);
  client.notify_close_af = Status::kPending;
  ASSERT_EQ(board.NotifyCloseAddressFamily(af), Status::kPending);
  manager.close_af = Status::kPending;
  ASSERT_EQ(board.CloseAddressFamily(af), Status::kPending);
  Die();
  board.CloseAfComplete(Status::kSuccess, af);
  EXPECT_THAT(manager.log, ElementsAre("NotifyCloseAfComplete SUCCESS 500"));
  ExpectGone();
}

TEST_F(Teardown, AFamilyThatTheClientClosedButForTheNotify) {
  ASSERT_EQ(board.DeleteVc(vc), Status::kSuccess);
  ASSERT_EQ(board.DeregisterSap(sap), Status::kSuccess);
  client.notify_close_af = Status::kPending;
  ASSERT_EQ(board.NotifyCloseAddressFamily(af), Status::kPending);
  ASSERT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
  Die();
  ExpectGone();
}

TEST_F(Teardown, WhatComesInMeanwhileIsRefused) {
  ConnectOutgoing();
  PrepareIncoming();
  Die();
  VcHandle fresh;
  CallParameters params;
  EXPECT_EQ(board.CmCreateVc(af, 700, &fresh), Status::kClosing);
  EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kNotAccepted);
  EXPECT_EQ(board.NotifyCloseAddressFamily(af), Status::kSuccess);
  EXPECT_EQ(board.DeactivateVc(incoming), Status::kSuccess);
  EXPECT_EQ(board.CmDeleteVc(incoming), Status::kSuccess);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
  board.CloseCallComplete(Status::kSuccess, vc);
  ExpectGone();
}

TEST_F(Teardown, AllOfAClientsBindings) {
  AdapterHandle other;
  BindingHandle bound;
  RecordingCallManager mcm;
  AfHandle at_mcm;
  ASSERT_EQ(board.RegisterMcmAdapter("mcm", &miniport, &mcm, &other), Status::kSuccess);
  ASSERT_EQ(board.McmRegisterAddressFamily(other, {}), Status::kSuccess);
  ASSERT_EQ(board.OpenBinding(&client, other, &bound), Status::kSuccess);
  ASSERT_EQ(board.OpenAddressFamily(bound, {}, 1, &at_mcm), Status::kSuccess);
  Die();
  EXPECT_EQ(board.DeregisterAdapter(other), Status::kSuccess);
  ExpectGone();
}

TEST_F(Teardown, OthersAreLeftAlone) {
  RecordingClient second;
  BindingHandle bound;
  AfHandle other;
  VcHandle theirs;
  ASSERT_EQ(board.OpenBinding(&second, adapter, &bound), Status::kSuccess);
  ASSERT_EQ(board.OpenAddressFamily(bound, {}, 1, &other), Status::kSuccess);
  ASSERT_EQ(board.CreateVc(other, 20, {}, &theirs), Status::kSuccess);
  second.log.clear();
  Die();
  EXPECT_EQ(finished, 1);
  EXPECT_THAT(second.log, IsEmpty());
  EXPECT_EQ(board.Vcs().size(), 1u);
  EXPECT_EQ(board.FindVc(theirs)->client, &second);
}

TEST_F(Teardown, OfNothingAtAll) {
  RecordingClient nobody;
  ClientTeardown none(&board, &nobody);
  bool done = false;
  none.Start([&] { done = true; });
  EXPECT_TRUE(done);
}

}  // namespace
}  // namespace vcp::circuit
