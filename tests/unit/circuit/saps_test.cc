#include "base/limits.h"
#include "stage.h"

namespace vcp::circuit {
namespace {

using Saps = OpenStage;

TEST_F(Saps, C020_RegisteredAtOnce) {
  SapHandle sap;
  EXPECT_EQ(board.RegisterSap(af, 2, {}, &sap), Status::kSuccess);
  EXPECT_TRUE(sap);
  EXPECT_THAT(manager.log, ElementsAre("RegisterSap 500"));
  EXPECT_THAT(client.log, IsEmpty());
}

TEST_F(Saps, C020_RegisteredLater) {
  manager.register_sap = Status::kPending;
  SapHandle sap;
  EXPECT_EQ(board.RegisterSap(af, 2, {}, &sap), Status::kPending);
  EXPECT_FALSE(sap);
  board.RegisterSapComplete(Status::kSuccess, manager.last_sap, 501);
  board.RegisterSapComplete(Status::kSuccess, manager.last_sap, 501);
  EXPECT_THAT(client.log, ElementsAre("RegisterSapComplete SUCCESS 2"));
  EXPECT_EQ(client.last_sap, manager.last_sap);
}

TEST_F(Saps, C021_C022_TheCallManagersRefusalIsPassedOn) {
  SapHandle sap;
  manager.register_sap = Status::kInvalidData;
  EXPECT_EQ(board.RegisterSap(af, 2, {}, &sap), Status::kInvalidData);
  EXPECT_FALSE(sap);
  manager.register_sap = Status::kPending;
  EXPECT_EQ(board.RegisterSap(af, 2, {}, &sap), Status::kPending);
  board.RegisterSapComplete(Status::kResources, manager.last_sap, 501);
  EXPECT_THAT(client.log, ElementsAre("RegisterSapComplete RESOURCES 2"));
  EXPECT_FALSE(client.last_sap);
  EXPECT_THAT(board.Saps(), IsEmpty());
}

TEST_F(Saps, C095_BytesAreBounded) {
  Sap sap;
  SapHandle handle;
  sap.specific.bytes.resize(kMaxSapBytes + 1);
  EXPECT_EQ(board.RegisterSap(af, 2, sap, &handle), Status::kInvalidLength);
  EXPECT_THAT(manager.log, IsEmpty());
  sap.specific.bytes.resize(kMaxSapBytes);
  EXPECT_EQ(board.RegisterSap(af, 2, sap, &handle), Status::kSuccess);
}

TEST_F(Saps, AsManyAsAClientMayHave) {
  SapHandle sap;
  for (uint32_t i = 0; i < kMaxSapsPerClient; ++i) {
    ASSERT_EQ(board.RegisterSap(af, i, {}, &sap), Status::kSuccess);
  }
  EXPECT_EQ(board.RegisterSap(af, 0, {}, &sap), Status::kResources);
  EXPECT_FALSE(sap);
}

TEST_F(Saps, ARegistrationNeedsAnOpenFamily) {
  SapHandle sap;
  EXPECT_EQ(board.RegisterSap({}, 2, {}, &sap), Status::kInvalidHandle);
}

TEST_F(Saps, ACompletionBeforeTheCallReturned) {  // Race 2
  manager.register_sap = Status::kPending;
  manager.on_register_sap = [&] {
    board.RegisterSapComplete(Status::kSuccess, manager.last_sap, 501);
  };
  client.on_register_sap_complete = [&] {
    EXPECT_EQ(board.DeregisterSap(client.last_sap), Status::kSuccess);
  };
  SapHandle sap;
  EXPECT_EQ(board.RegisterSap(af, 2, {}, &sap), Status::kPending);
  EXPECT_THAT(client.log, ElementsAre("RegisterSapComplete SUCCESS 2"));
  EXPECT_THAT(board.Saps(), IsEmpty());
}

TEST_F(Saps, C024_ACallMayComeBeforeTheRegistrationCompletes) {  // Race 1
  manager.register_sap = Status::kPending;
  SapHandle sap;
  ASSERT_EQ(board.RegisterSap(af, 2, {}, &sap), Status::kPending);
  VcHandle vc;
  CallParameters params;
  ASSERT_EQ(board.CmCreateVc(af, 600, &vc), Status::kSuccess);
  EXPECT_EQ(board.DispatchIncomingCall(manager.last_sap, vc, &params), Status::kSuccess);
  EXPECT_THAT(client.log, ElementsAre("CreateVc 1", "IncomingCall 2 1000"));
  // The SAP goes; the call does not.
  board.RegisterSapComplete(Status::kFailure, manager.last_sap, 0);
  EXPECT_EQ(board.FindVc(vc)->call, CallState::kAccepted);
}

TEST_F(Saps, C023_CallsGoToTheSapTheyAreFor) {
  SapHandle one, two;
  ASSERT_EQ(board.RegisterSap(af, 2, {}, &one), Status::kSuccess);
  ASSERT_EQ(board.RegisterSap(af, 3, {}, &two), Status::kSuccess);
  VcHandle vc;
  CallParameters params;
  ASSERT_EQ(board.CmCreateVc(af, 600, &vc), Status::kSuccess);
  EXPECT_EQ(board.DispatchIncomingCall(two, vc, &params), Status::kSuccess);
  EXPECT_THAT(client.log, Contains("IncomingCall 3 1000"));
}

TEST_F(Saps, C025_DeregisterPendsOnce) {
  SapHandle sap;
  ASSERT_EQ(board.RegisterSap(af, 2, {}, &sap), Status::kSuccess);
  manager.deregister_sap = Status::kPending;
  EXPECT_EQ(board.DeregisterSap(sap), Status::kPending);
  EXPECT_EQ(board.DeregisterSap(sap), Status::kFailure);
  board.DeregisterSapComplete(Status::kSuccess, sap);
  board.DeregisterSapComplete(Status::kSuccess, sap);
  EXPECT_THAT(client.log, ElementsAre("DeregisterSapComplete SUCCESS 2"));
  EXPECT_EQ(board.DeregisterSap(sap), Status::kFailure);
}

TEST_F(Saps, ADeregistrationThatIsRefusedLeavesItRegistered) {
  SapHandle sap;
  ASSERT_EQ(board.RegisterSap(af, 2, {}, &sap), Status::kSuccess);
  manager.deregister_sap = Status::kFailure;
  EXPECT_EQ(board.DeregisterSap(sap), Status::kFailure);
  manager.deregister_sap = Status::kPending;
  EXPECT_EQ(board.DeregisterSap(sap), Status::kPending);
  board.DeregisterSapComplete(Status::kFailure, sap);
  EXPECT_THAT(client.log, ElementsAre("DeregisterSapComplete FAILURE 2"));
  EXPECT_EQ(board.Saps().size(), 1u);
}

TEST_F(Saps, OneThatRegistersCannotBeDeregisteredYet) {
  manager.register_sap = Status::kPending;
  SapHandle sap;
  ASSERT_EQ(board.RegisterSap(af, 2, {}, &sap), Status::kPending);
  EXPECT_EQ(board.DeregisterSap(manager.last_sap), Status::kInvalidState);
}

TEST_F(Saps, C026_CallsOutliveTheirSap) {
  SapHandle sap;
  VcHandle vc;
  CallParameters params;
  ASSERT_EQ(board.RegisterSap(af, 2, {}, &sap), Status::kSuccess);
  ASSERT_EQ(board.CmCreateVc(af, 600, &vc), Status::kSuccess);
  ASSERT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  ASSERT_EQ(board.DispatchIncomingCall(sap, vc, &params), Status::kSuccess);
  EXPECT_EQ(board.DeregisterSap(sap), Status::kSuccess);
  EXPECT_EQ(board.DispatchCallConnected(vc), Status::kSuccess);
  EXPECT_EQ(board.FindVc(vc)->call, CallState::kConnected);
}

TEST_F(Saps, C027_C057_NoOfferAfterDeregistration) {
  SapHandle sap;
  VcHandle vc;
  CallParameters params;
  ASSERT_EQ(board.RegisterSap(af, 2, {}, &sap), Status::kSuccess);
  ASSERT_EQ(board.CmCreateVc(af, 600, &vc), Status::kSuccess);
  manager.deregister_sap = Status::kPending;
  ASSERT_EQ(board.DeregisterSap(sap), Status::kPending);
  client.log.clear();
  EXPECT_EQ(board.DispatchIncomingCall(sap, vc, &params), Status::kClosing);
  board.DeregisterSapComplete(Status::kSuccess, sap);
  EXPECT_EQ(board.DispatchIncomingCall(sap, vc, &params), Status::kInvalidHandle);
  EXPECT_THAT(client.log, ElementsAre("DeregisterSapComplete SUCCESS 2"));
}

}  // namespace
}  // namespace vcp::circuit
