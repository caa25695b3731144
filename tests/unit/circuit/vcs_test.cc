#include "base/limits.h"
#include "stage.h"

namespace vcp::circuit {
namespace {

using VcCreation = OpenStage;
using Vcs = VcStage;
using McmVcs = McmStage;

// --- create -------------------------------------------------------------------------------------

TEST_F(VcCreation, C029_TheHandleIsNullOnEntry) {
  VcHandle vc(1, 1);
  EXPECT_EQ(board.CreateVc(af, 10, {}, &vc), Status::kInvalidData);
  EXPECT_EQ(board.CmCreateVc(af, 600, &vc), Status::kInvalidData);
  EXPECT_THAT(miniport.log, IsEmpty());
}

TEST_F(VcCreation, C030_AClientsVcAsksMiniportAndCallManager) {
  VcHandle vc;
  EXPECT_EQ(board.CreateVc(af, 10, {}, &vc), Status::kSuccess);
  EXPECT_THAT(miniport.log, ElementsAre("CreateVc"));
  EXPECT_THAT(manager.log, ElementsAre("CreateVc 500"));
  EXPECT_EQ(manager.last_vc, vc);
  EXPECT_THAT(client.log, IsEmpty());
}

TEST_F(VcCreation, C030_ACallManagersVcAsksMiniportAndClient) {
  VcHandle vc;
  EXPECT_EQ(board.CmCreateVc(af, 600, &vc), Status::kSuccess);
  EXPECT_THAT(miniport.log, ElementsAre("CreateVc"));
  EXPECT_THAT(client.log, ElementsAre("CreateVc 1"));
  EXPECT_EQ(board.FindVc(vc)->endpoint.channel_vc, 1000u);
  EXPECT_THAT(manager.log, IsEmpty());
}

TEST_F(VcCreation, C032_OneThatFailsUndoesTheOthers) {
  VcHandle vc;
  miniport.create_vc = Status::kResources;
  EXPECT_EQ(board.CreateVc(af, 10, {}, &vc), Status::kResources);
  EXPECT_THAT(Take(&miniport.log), ElementsAre("CreateVc"));
  EXPECT_THAT(manager.log, IsEmpty());
  miniport.create_vc = Status::kSuccess;
  manager.create_vc = Status::kNotAccepted;
  EXPECT_EQ(board.CreateVc(af, 10, {}, &vc), Status::kNotAccepted);
  EXPECT_THAT(Take(&miniport.log), ElementsAre("CreateVc", "DeleteVc 901"));
  client.create_vc = Status::kResources;
  EXPECT_EQ(board.CmCreateVc(af, 600, &vc), Status::kResources);
  EXPECT_THAT(Take(&miniport.log), ElementsAre("CreateVc", "DeleteVc 902"));
  EXPECT_FALSE(vc);
  EXPECT_THAT(board.Vcs(), IsEmpty());
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
}

TEST_F(VcCreation, C033_ABadAfHandle) {
  VcHandle vc;
  EXPECT_EQ(board.CreateVc({}, 10, {}, &vc), Status::kFailure);
  EXPECT_EQ(board.CmCreateVc({}, 10, &vc), Status::kFailure);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
  EXPECT_EQ(board.CreateVc(af, 10, {}, &vc), Status::kFailure);
}

TEST_F(VcCreation, C034_ACallManagersOwnVc) {
  VcHandle vc;
  CallParameters params;
  EXPECT_EQ(board.CmCreateOwnVc(binding, 600, {}, &vc), Status::kFailure);
  EXPECT_EQ(board.CmCreateOwnVc(manager_binding, 600, {.channel = 3}, &vc), Status::kSuccess);
  EXPECT_THAT(client.log, IsEmpty());
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  EXPECT_EQ(miniport.endpoint.channel, 3u);
  EXPECT_EQ(board.FindVc(vc)->client, nullptr);
  EXPECT_EQ(board.DispatchCallConnected(vc), Status::kInvalidState);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kInvalidState);
  EXPECT_EQ(board.DeleteVc(vc), Status::kNotAccepted);
  EXPECT_EQ(board.CmDeleteVc(vc), Status::kNotAccepted);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
  EXPECT_EQ(board.CloseBinding(manager_binding), Status::kNotAccepted);
  EXPECT_EQ(board.CmDeleteVc(vc), Status::kSuccess);
  EXPECT_EQ(board.CloseBinding(manager_binding), Status::kSuccess);
  EXPECT_THAT(client.log, IsEmpty());
}

TEST_F(VcCreation, C035_APendingCreateMakesTheVcUnusable) {
  VcHandle vc;
  manager.create_vc = Status::kPending;
  EXPECT_EQ(board.CreateVc(af, 10, {}, &vc), Status::kFailure);
  EXPECT_THAT(Take(&manager.log), ElementsAre("CreateVc 500", "DeleteVc 501"));
  EXPECT_THAT(Take(&miniport.log), ElementsAre("CreateVc", "DeleteVc 900"));
  client.create_vc = Status::kPending;
  EXPECT_EQ(board.CmCreateVc(af, 600, &vc), Status::kFailure);
  EXPECT_THAT(Take(&client.log), ElementsAre("CreateVc 1", "DeleteVc 1000"));
  miniport.create_vc = Status::kPending;
  EXPECT_EQ(board.CreateVc(af, 10, {}, &vc), Status::kFailure);
  EXPECT_THAT(board.Vcs(), IsEmpty());
}

TEST_F(VcCreation, AVcBeingMadeIsNobodysYet) {
  CallParameters params;
  manager.on_create_vc = [&] {
    EXPECT_EQ(board.ActivateVc(manager.last_vc, &params), Status::kInvalidHandle);
    EXPECT_EQ(board.CmDeleteVc(manager.last_vc), Status::kInvalidHandle);
    EXPECT_TRUE(board.FindVc(manager.last_vc));  // It may look.
    EXPECT_EQ(board.NotifyCloseAddressFamily(af), Status::kSuccess);
  };
  client.on_notify_close_af = [&] { EXPECT_EQ(board.CloseAddressFamily(af), Status::kFailure); };
  VcHandle vc;
  EXPECT_EQ(board.CreateVc(af, 10, {}, &vc), Status::kSuccess);
}

TEST_F(McmVcs, C031_TheMiniportIsNotAsked) {  // Race 12
  EXPECT_THAT(miniport.log, IsEmpty());
  EXPECT_THAT(mcm.log, ElementsAre("OpenAf", "CreateVc 500"));
  VcHandle own;
  client.log.clear();
  EXPECT_EQ(board.CmCreateVc(af, 600, &own), Status::kSuccess);
  EXPECT_THAT(client.log, ElementsAre("CreateVc 1"));
  EXPECT_EQ(board.CmDeleteVc(own), Status::kSuccess);
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  EXPECT_EQ(mcm.log.back(), "DeleteVc 501");
  EXPECT_THAT(miniport.log, IsEmpty());
}

// --- activate -----------------------------------------------------------------------------------

TEST_F(Vcs, ActivateAtOnceAndLater) {
  CallParameters params;
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  EXPECT_THAT(Take(&miniport.log), ElementsAre("ActivateVc 900"));
  EXPECT_EQ(miniport.endpoint.channel_vc, 2u);
  EXPECT_EQ(Row(vc).state, VcState::kActive);
  EXPECT_THAT(manager.log, IsEmpty());
  miniport.activate_vc = Status::kPending;
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kPending);
  EXPECT_EQ(Row(vc).state, VcState::kReactivating);
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kInvalidState);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kInvalidState);
  board.MiniportActivateVcComplete(Status::kSuccess, vc, params);
  board.MiniportActivateVcComplete(Status::kSuccess, vc, params);
  EXPECT_THAT(Take(&manager.log), ElementsAre("ActivateVcComplete SUCCESS 501"));
}

TEST_F(Vcs, C036_AFailedActivationLeavesTheVcUnusable) {
  CallParameters params;
  miniport.activate_vc = Status::kInvalidData;
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kInvalidData);
  EXPECT_EQ(Row(vc).state, VcState::kInactive);
  miniport.activate_vc = Status::kPending;
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kPending);
  EXPECT_EQ(Row(vc).state, VcState::kActivating);
  board.MiniportActivateVcComplete(Status::kResources, vc, params);
  EXPECT_EQ(Row(vc).state, VcState::kInactive);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kNotAccepted);
}

TEST_F(Vcs, C037_AFailedReactivationKeepsTheOldParameters) {  // Race 6
  CallParameters old;
  old.media.emplace().receive_priority = 1;
  EXPECT_EQ(board.ActivateVc(vc, &old), Status::kSuccess);
  CallParameters wanted = old;
  wanted.media->receive_priority = 2;
  miniport.activate_vc = Status::kResources;
  EXPECT_EQ(board.ActivateVc(vc, &wanted), Status::kResources);
  EXPECT_EQ(Row(vc).params, old);
  EXPECT_EQ(Row(vc).state, VcState::kActive);
  miniport.activate_vc = Status::kPending;
  EXPECT_EQ(board.ActivateVc(vc, &wanted), Status::kPending);
  EXPECT_EQ(Row(vc).params, old);
  board.MiniportActivateVcComplete(Status::kResources, vc, wanted);
  EXPECT_EQ(Row(vc).params, old);
  EXPECT_EQ(Row(vc).state, VcState::kActive);
}

TEST_F(Vcs, C038_WhatTheMiniportRoundedComesBack) {
  CallParameters params;
  miniport.edit_params = [](CallParameters* edited) {
    edited->media.emplace().receive_size_hint = 77;
  };
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  EXPECT_EQ(params.media->receive_size_hint, 77u);
  EXPECT_EQ(Row(vc).params, params);
}

TEST_F(Vcs, C039_ManyActivatesOneDeactivate) {
  CallParameters params;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
  EXPECT_EQ(Row(vc).state, VcState::kInactive);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kNotAccepted);
}

TEST_F(Vcs, ACompletionBeforeActivateReturned) {  // Race 2
  CallParameters params;
  miniport.activate_vc = Status::kPending;
  miniport.on_activate_vc = [&] { board.MiniportActivateVcComplete(Status::kSuccess, vc, params); };
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kPending);
  EXPECT_THAT(manager.log, ElementsAre("ActivateVcComplete SUCCESS 501"));
  EXPECT_EQ(Row(vc).state, VcState::kActive);
}

TEST_F(Vcs, C095_ParametersAreBounded) {
  CallParameters params;
  params.media.emplace().specific.bytes.resize(kMaxSpecificBytes + 1);
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kInvalidLength);
  EXPECT_THAT(miniport.log, IsEmpty());
}

// --- deactivate ---------------------------------------------------------------------------------

TEST_F(Vcs, C041_DeactivatePendsUntilSendsAndReceivesAreBack) {  // Race 7
  CallParameters params;
  params.media.emplace();
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  miniport.deactivate_vc = Status::kPending;
  EXPECT_EQ(board.DeactivateVc(vc), Status::kPending);
  EXPECT_EQ(Row(vc).state, VcState::kDeactivating);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kClosing);
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kClosing);
  EXPECT_THAT(manager.log, IsEmpty());
  board.MiniportDeactivateVcComplete(Status::kSuccess, vc);
  board.MiniportDeactivateVcComplete(Status::kSuccess, vc);
  EXPECT_THAT(manager.log, ElementsAre("DeactivateVcComplete SUCCESS 501"));
  EXPECT_EQ(Row(vc).params, CallParameters());  // No longer valid.
}

TEST_F(Vcs, C042_AVcIsActivatedAgain) {
  CallParameters params;
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
  params.media.emplace().receive_priority = 5;
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  EXPECT_EQ(Row(vc).params.media->receive_priority, 5u);
}

TEST_F(Vcs, ADeactivationThatFailsLeavesItActive) {
  CallParameters params;
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  miniport.deactivate_vc = Status::kFailure;
  EXPECT_EQ(board.DeactivateVc(vc), Status::kFailure);
  EXPECT_EQ(Row(vc).state, VcState::kActive);
}

TEST_F(Vcs, ACompletionBeforeDeactivateReturned) {  // Race 2
  CallParameters params;
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  miniport.deactivate_vc = Status::kPending;
  miniport.on_deactivate_vc = [&] { board.MiniportDeactivateVcComplete(Status::kSuccess, vc); };
  EXPECT_EQ(board.DeactivateVc(vc), Status::kPending);
  EXPECT_EQ(Row(vc).state, VcState::kInactive);
  EXPECT_THAT(manager.log, ElementsAre("DeactivateVcComplete SUCCESS 501"));
}

TEST_F(McmVcs, C043_AnMcmDeactivatesOnce) {
  CallParameters params;
  params.media.emplace();
  EXPECT_EQ(board.McmDeactivateVc(vc), Status::kNotAccepted);
  EXPECT_EQ(board.McmActivateVc(vc, params), Status::kSuccess);
  EXPECT_EQ(board.McmActivateVc(vc, params), Status::kSuccess);
  EXPECT_EQ(board.FindVc(vc)->params, params);
  EXPECT_EQ(board.DeleteVc(vc), Status::kNotAccepted);
  EXPECT_EQ(board.McmDeactivateVc(vc), Status::kSuccess);
  EXPECT_EQ(board.McmDeactivateVc(vc), Status::kNotAccepted);
  EXPECT_EQ(board.McmActivateVc({}, params), Status::kInvalidHandle);
  EXPECT_EQ(board.McmDeactivateVc({}), Status::kInvalidHandle);
}

TEST_F(McmVcs, C129_EachUsesItsOwnDoor) {
  CallParameters params;
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kNotSupported);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kNotSupported);
}

TEST_F(Vcs, C129_EachUsesItsOwnDoor) {
  EXPECT_EQ(board.McmActivateVc(vc, {}), Status::kNotSupported);
  EXPECT_EQ(board.McmDeactivateVc(vc), Status::kNotSupported);
}

// --- delete -------------------------------------------------------------------------------------

TEST_F(Vcs, C044_NotWhileActiveOrOnItsWayDown) {
  CallParameters params;
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  EXPECT_EQ(board.DeleteVc(vc), Status::kNotAccepted);
  miniport.deactivate_vc = Status::kPending;
  EXPECT_EQ(board.DeactivateVc(vc), Status::kPending);
  EXPECT_EQ(board.DeleteVc(vc), Status::kClosing);
  board.MiniportDeactivateVcComplete(Status::kSuccess, vc);
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
}

TEST_F(Vcs, C045_OnlyTheCreatorDeletes) {
  EXPECT_EQ(board.CmDeleteVc(vc), Status::kNotAccepted);
  EXPECT_EQ(board.CmCreateVc(af, 600, &incoming), Status::kSuccess);
  EXPECT_EQ(board.DeleteVc(incoming), Status::kNotAccepted);
  EXPECT_EQ(board.CmDeleteVc(incoming), Status::kSuccess);
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
}

TEST_F(Vcs, C046_DeletingTellsPeerAndMiniport) {
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  EXPECT_THAT(Take(&manager.log), ElementsAre("DeleteVc 501"));
  EXPECT_THAT(Take(&miniport.log), ElementsAre("DeleteVc 900"));
  EXPECT_EQ(board.DeleteVc(vc), Status::kInvalidHandle);
  EXPECT_EQ(board.CmCreateVc(af, 600, &incoming), Status::kSuccess);
  Forget();
  EXPECT_EQ(board.CmDeleteVc(incoming), Status::kSuccess);
  EXPECT_THAT(Take(&client.log), ElementsAre("DeleteVc 1000"));
  EXPECT_THAT(Take(&miniport.log), ElementsAre("DeleteVc 901"));
  EXPECT_EQ(board.CmDeleteVc(incoming), Status::kInvalidHandle);
}

TEST_F(Vcs, APeerMayRefuse) {
  manager.delete_vc = Status::kNotAccepted;
  EXPECT_EQ(board.DeleteVc(vc), Status::kNotAccepted);
  manager.delete_vc = Status::kPending;
  EXPECT_EQ(board.DeleteVc(vc), Status::kFailure);
  EXPECT_THAT(miniport.log, IsEmpty());
  manager.delete_vc = Status::kSuccess;
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
}

TEST_F(Vcs, AVcBeingDeletedIsNobodysAnyMore) {
  CallParameters params;
  manager.on_delete_vc = [&] {
    EXPECT_EQ(board.ActivateVc(vc, &params), Status::kInvalidHandle);
    EXPECT_EQ(board.DeleteVc(vc), Status::kInvalidHandle);
    EXPECT_EQ(board.CloseAddressFamily(af), Status::kFailure);
  };
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
}

TEST_F(Vcs, StaleHandlesAreRefused) {
  CallParameters params;
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  VcHandle next;
  EXPECT_EQ(board.CreateVc(af, 11, {}, &next), Status::kSuccess);
  EXPECT_NE(next, vc);
  Forget();
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kInvalidHandle);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kInvalidHandle);
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kInvalidHandle);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kInvalidHandle);
  EXPECT_EQ(board.DispatchIncomingCall(sap, vc, &params), Status::kInvalidHandle);
  EXPECT_EQ(board.DispatchCallConnected(vc), Status::kInvalidHandle);
  EXPECT_EQ(board.DispatchIncomingCloseCall(Status::kSuccess, vc, {}), Status::kInvalidHandle);
  board.MakeCallComplete(Status::kSuccess, vc, params);
  board.IncomingCallComplete(Status::kSuccess, vc, params);
  board.CloseCallComplete(Status::kSuccess, vc);
  board.MiniportActivateVcComplete(Status::kSuccess, vc, params);
  board.MiniportDeactivateVcComplete(Status::kSuccess, vc);
  EXPECT_THAT(client.log, IsEmpty());
  EXPECT_THAT(manager.log, IsEmpty());
  EXPECT_FALSE(board.FindVc(vc));
}

TEST_F(Vcs, C049_ManyAtOnce) {
  std::vector<VcHandle> all(1000);
  CallParameters params;
  for (VcHandle& one : all) {
    ASSERT_EQ(board.CreateVc(af, 7, {}, &one), Status::kSuccess);
    ASSERT_EQ(board.ActivateVc(one, &params), Status::kSuccess);
  }
  EXPECT_EQ(board.Vcs().size(), 1001u);
  size_t total = 0;
  EXPECT_EQ(board.Vcs(10, &total).size(), 10u);
  EXPECT_EQ(total, 1001u);
  for (VcHandle one : all) {
    ASSERT_EQ(board.DeactivateVc(one), Status::kSuccess);
    ASSERT_EQ(board.DeleteVc(one), Status::kSuccess);
  }
}

}  // namespace
}  // namespace vcp::circuit
