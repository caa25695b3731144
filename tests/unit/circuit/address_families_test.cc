#include "stage.h"

namespace vcp::circuit {
namespace {

using AddressFamilies = Stage;

// --- register -----------------------------------------------------------------------------------

TEST_F(AddressFamilies, C001_OnlyABoundCallManagerRegisters) {
  EXPECT_EQ(board.RegisterAddressFamily(binding, {}), Status::kFailure);
  EXPECT_EQ(board.RegisterAddressFamily({}, {}), Status::kFailure);
  EXPECT_EQ(board.CloseBinding(manager_binding), Status::kSuccess);
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kFailure);
}

TEST_F(AddressFamilies, C002_OneProviderPerTypeAndAdapter) {
  RecordingCallManager second;
  BindingHandle bound;
  ASSERT_EQ(board.OpenBinding(&second, adapter, &bound), Status::kSuccess);
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  EXPECT_EQ(board.RegisterAddressFamily(bound, {}), Status::kFailure);
  EXPECT_EQ(board.RegisterAddressFamily(bound, {.major_version = 3}), Status::kFailure);
  EXPECT_EQ(board.RegisterAddressFamily(bound, kPvcFamily), Status::kSuccess);
}

TEST_F(AddressFamilies, C003_C005_EveryClientIsToldOfEveryFamily) {
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, kPvcFamily), Status::kSuccess);
  EXPECT_THAT(client.log, ElementsAre("AfRegistered 1", "AfRegistered 4096"));
  EXPECT_THAT(manager.log, IsEmpty());
  RecordingClient late;
  BindingHandle bound;
  EXPECT_EQ(board.OpenBinding(&late, adapter, &bound), Status::kSuccess);
  EXPECT_THAT(late.log, ElementsAre("AfRegistered 1", "AfRegistered 4096"));
}

TEST_F(AddressFamilies, ClientsOfOtherAdaptersAreNotTold) {
  AdapterHandle other;
  BindingHandle bound;
  RecordingClient elsewhere;
  EXPECT_EQ(board.RegisterAdapter("cable", &miniport, &other), Status::kSuccess);
  EXPECT_EQ(board.OpenBinding(&elsewhere, other, &bound), Status::kSuccess);
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  EXPECT_THAT(elsewhere.log, IsEmpty());
}

TEST_F(AddressFamilies, C006_IgnoringANotifyOpensNothing) {
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  EXPECT_THAT(board.Afs(), IsEmpty());
}

TEST_F(AddressFamilies, OpeningFromInsideTheNotify) {
  AfHandle af;
  client.on_af_registered = [&] {
    EXPECT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kSuccess);
  };
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  EXPECT_TRUE(af);
}

TEST_F(AddressFamilies, AListenerThatEndsTheProviderStopsTheNews) {
  RecordingClient second;
  BindingHandle bound;
  ASSERT_EQ(board.OpenBinding(&second, adapter, &bound), Status::kSuccess);
  client.on_af_registered = [&] {
    EXPECT_EQ(board.CloseBinding(manager_binding), Status::kSuccess);
  };
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  EXPECT_THAT(second.log, IsEmpty());
}

TEST_F(AddressFamilies, C004_AnMcmDisplacesACallManager) {
  RecordingCallManager mcm;
  AdapterHandle both;
  BindingHandle bound, at_mcm;
  ASSERT_EQ(board.RegisterMcmAdapter("mcm", &miniport, &mcm, &both), Status::kSuccess);
  ASSERT_EQ(board.OpenBinding(&manager, both, &bound), Status::kSuccess);
  ASSERT_EQ(board.OpenBinding(&client, both, &at_mcm), Status::kSuccess);
  EXPECT_EQ(board.RegisterAddressFamily(bound, {}), Status::kSuccess);
  AfHandle before, after;
  EXPECT_EQ(board.OpenAddressFamily(at_mcm, {}, 1, &before), Status::kSuccess);
  EXPECT_EQ(board.McmRegisterAddressFamily(both, {}), Status::kSuccess);
  EXPECT_EQ(board.McmRegisterAddressFamily(both, {}), Status::kFailure);
  EXPECT_EQ(board.RegisterAddressFamily(bound, {}), Status::kFailure);
  Forget();
  EXPECT_EQ(board.OpenAddressFamily(at_mcm, {}, 2, &after), Status::kSuccess);
  EXPECT_THAT(mcm.log, ElementsAre("OpenAf"));
  EXPECT_THAT(manager.log, IsEmpty());
  EXPECT_EQ(board.CloseAddressFamily(before), Status::kSuccess);  // Still the call manager's.
  EXPECT_THAT(manager.log, ElementsAre("CloseAf 500"));
}

TEST_F(AddressFamilies, C129_TheMcmDoorIsForMcms) {
  EXPECT_EQ(board.McmRegisterAddressFamily(adapter, {}), Status::kFailure);
  EXPECT_EQ(board.McmRegisterAddressFamily({}, {}), Status::kFailure);
}

// --- open ---------------------------------------------------------------------------------------

TEST_F(AddressFamilies, C007_AnOpenThatSucceedsAtOnce) {
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  Forget();
  AfHandle af;
  EXPECT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kSuccess);
  EXPECT_TRUE(af);
  EXPECT_THAT(client.log, IsEmpty());
  EXPECT_THAT(manager.log, ElementsAre("OpenAf"));
}

TEST_F(AddressFamilies, C008_AnOpenThatPends) {
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  Forget();
  manager.open_af = Status::kPending;
  AfHandle af;
  EXPECT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kPending);
  EXPECT_FALSE(af);
  board.OpenAfComplete(Status::kPending, manager.last_af, 0);
  EXPECT_THAT(client.log, IsEmpty());
  board.OpenAfComplete(Status::kSuccess, manager.last_af, 500);
  board.OpenAfComplete(Status::kSuccess, manager.last_af, 500);
  EXPECT_THAT(client.log, ElementsAre("OpenAfComplete SUCCESS 1"));
  EXPECT_EQ(client.last_af, manager.last_af);
}

TEST_F(AddressFamilies, C009_AnOpenThatFails) {
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  Forget();
  manager.open_af = Status::kResources;
  AfHandle af;
  EXPECT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kResources);
  EXPECT_FALSE(af);
  EXPECT_THAT(client.log, IsEmpty());
  manager.open_af = Status::kPending;
  EXPECT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kPending);
  board.OpenAfComplete(Status::kResources, manager.last_af, 500);
  EXPECT_THAT(client.log, ElementsAre("OpenAfComplete RESOURCES 1"));
  EXPECT_FALSE(client.last_af);
  EXPECT_THAT(board.Afs(), IsEmpty());
  EXPECT_EQ(board.CloseBinding(binding), Status::kSuccess);
}

TEST_F(AddressFamilies, ACompletionBeforeTheCallReturned) {  // Race 2
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  Forget();
  manager.open_af = Status::kPending;
  manager.on_open_af = [&] { board.OpenAfComplete(Status::kSuccess, manager.last_af, 500); };
  client.on_open_af_complete = [&] {
    EXPECT_EQ(board.CloseAddressFamily(client.last_af), Status::kSuccess);
  };
  AfHandle af;
  EXPECT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kPending);
  EXPECT_THAT(client.log, ElementsAre("OpenAfComplete SUCCESS 1"));
  EXPECT_THAT(board.Afs(), IsEmpty());
}

TEST_F(AddressFamilies, ACallManagerThatCompletesAndAlsoAnswersIsHeardOnce) {  // Race 3
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  Forget();
  manager.open_af = Status::kSuccess;
  manager.on_open_af = [&] { board.OpenAfComplete(Status::kSuccess, manager.last_af, 500); };
  AfHandle af;
  EXPECT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kPending);
  EXPECT_THAT(client.log, ElementsAre("OpenAfComplete SUCCESS 1"));
}

TEST_F(AddressFamilies, C010_OnlyARegisteredFamilyOpens) {
  AfHandle af;
  EXPECT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kFailure);
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  EXPECT_EQ(board.OpenAddressFamily(binding, kPvcFamily, 1, &af), Status::kFailure);
  EXPECT_EQ(board.OpenAddressFamily(binding, {.major_version = 3}, 1, &af), Status::kFailure);
  EXPECT_EQ(board.OpenAddressFamily(manager_binding, {}, 1, &af), Status::kFailure);
  EXPECT_EQ(board.CloseBinding(binding), Status::kSuccess);
  EXPECT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kFailure);
}

// A client with one family open, in which something is there, while it opens that or another one.
class WhileOneOpens : public AddressFamilies {
 protected:
  void SetUp() override {
    ASSERT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
    ASSERT_EQ(board.RegisterAddressFamily(manager_binding, kPvcFamily), Status::kSuccess);
    ASSERT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kSuccess);
    ASSERT_EQ(board.CreateVc(af, 10, {}, &vc), Status::kSuccess);
    ASSERT_EQ(board.RegisterSap(af, 2, {}, &sap), Status::kSuccess);
    manager.open_af = Status::kPending;
  }
  void StartOpening(const AddressFamily& family) {
    AfHandle pending;
    ASSERT_EQ(board.OpenAddressFamily(binding, family, 3, &pending), Status::kPending);
    EXPECT_EQ(board.OpenAddressFamily(binding, family, 4, &pending), Status::kInvalidState);
    EXPECT_EQ(board.CloseBinding(binding), Status::kNotAccepted);
  }
  Status Ask(const OidRoute& route) {
    OidAnswer answer;
    return board.RequestOid(route, 5, {.oid = Oid::kGetAddresses}, &answer);
  }

  AfHandle af;
  VcHandle vc, other;
  SapHandle sap, more;
  CallParameters params;
};

TEST_F(WhileOneOpens, C011_NothingElseInThatFamily) {
  StartOpening({});
  EXPECT_EQ(board.CreateVc(af, 11, {}, &other), Status::kInvalidState);
  EXPECT_EQ(board.RegisterSap(af, 4, {}, &more), Status::kInvalidState);
  EXPECT_EQ(board.DeregisterSap(sap), Status::kInvalidState);
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kInvalidState);
  EXPECT_EQ(board.DeleteVc(vc), Status::kInvalidState);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kInvalidState);
  EXPECT_EQ(Ask({.from = binding, .af = af}), Status::kInvalidState);
  board.OpenAfComplete(Status::kFailure, manager.last_af, 0);
  EXPECT_EQ(board.DeregisterSap(sap), Status::kSuccess);
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
}

// Their call managers have nothing to do with each other, and one may take its time.
TEST_F(WhileOneOpens, C011_OtherFamiliesOfTheBindingGoOn) {
  StartOpening(kPvcFamily);
  const AfHandle pending = manager.last_af;
  ASSERT_EQ(board.CreateVc(af, 11, {}, &other), Status::kSuccess);
  EXPECT_EQ(board.RegisterSap(af, 4, {}, &more), Status::kSuccess);
  EXPECT_EQ(board.DeregisterSap(sap), Status::kSuccess);
  EXPECT_EQ(board.DeregisterSap(more), Status::kSuccess);
  manager.oid_request = miniport.oid_request = Status::kSuccess;
  EXPECT_EQ(Ask({.from = binding, .af = af}), Status::kSuccess);
  EXPECT_EQ(Ask({.from = binding}), Status::kSuccess);
  manager.make_call = Status::kFailure;
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kFailure);
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  EXPECT_EQ(board.DeleteVc(other), Status::kSuccess);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
  // Both at a time, and they end in any order.
  StartOpening({});
  client.log.clear();
  board.OpenAfComplete(Status::kSuccess, manager.last_af, 0);
  board.OpenAfComplete(Status::kSuccess, pending, 0);
  EXPECT_THAT(client.log, ElementsAre("OpenAfComplete SUCCESS 3", "OpenAfComplete SUCCESS 3"));
  VcHandle last;
  EXPECT_EQ(board.CreateVc(pending, 12, {}, &last), Status::kSuccess);
}

TEST_F(AddressFamilies, AnAfThatOpensIsNotThereForAnybodyElse) {
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  manager.open_af = Status::kPending;
  AfHandle af;
  ASSERT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kPending);
  VcHandle vc;
  EXPECT_EQ(board.CmCreateVc(manager.last_af, 600, &vc), Status::kFailure);
  EXPECT_EQ(board.NotifyCloseAddressFamily(manager.last_af), Status::kInvalidState);
  EXPECT_EQ(board.CloseAddressFamily(manager.last_af), Status::kFailure);
}

// --- close --------------------------------------------------------------------------------------

using OpenFamilies = OpenStage;

TEST_F(OpenFamilies, CloseAtOnce) {
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
  EXPECT_THAT(manager.log, ElementsAre("CloseAf 500"));
  EXPECT_THAT(client.log, IsEmpty());
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kFailure);  // C13
}

TEST_F(OpenFamilies, C013_CloseThatPends) {
  manager.close_af = Status::kPending;
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kPending);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kFailure);
  SapHandle sap;
  VcHandle vc;
  EXPECT_EQ(board.RegisterSap(af, 2, {}, &sap), Status::kClosing);
  EXPECT_EQ(board.CreateVc(af, 2, {}, &vc), Status::kFailure);
  EXPECT_EQ(board.CmCreateVc(af, 2, &vc), Status::kFailure);
  board.CloseAfComplete(Status::kSuccess, af);
  board.CloseAfComplete(Status::kSuccess, af);
  EXPECT_THAT(client.log, ElementsAre("CloseAfComplete SUCCESS 1"));
  EXPECT_THAT(board.Afs(), IsEmpty());
}

TEST_F(OpenFamilies, ACloseThatIsRefusedLeavesItOpen) {
  manager.close_af = Status::kNotAccepted;
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kNotAccepted);
  manager.close_af = Status::kPending;
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kPending);
  board.CloseAfComplete(Status::kNotAccepted, af);
  EXPECT_THAT(client.log, ElementsAre("CloseAfComplete NOT_ACCEPTED 1"));
  manager.close_af = Status::kSuccess;
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
}

TEST_F(OpenFamilies, C012_WhatTheClientHoldsKeepsItOpen) {
  VcHandle vc;
  SapHandle sap;
  ASSERT_EQ(board.CreateVc(af, 10, {}, &vc), Status::kSuccess);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kFailure);
  ASSERT_EQ(board.RegisterSap(af, 2, {}, &sap), Status::kSuccess);
  ASSERT_EQ(board.DeleteVc(vc), Status::kSuccess);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kFailure);
  ASSERT_EQ(board.DeregisterSap(sap), Status::kSuccess);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
}

TEST_F(OpenFamilies, C012_ACloseWaitsForTheCallManagersIdleVcs) {
  VcHandle vc;
  ASSERT_EQ(board.CmCreateVc(af, 600, &vc), Status::kSuccess);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kPending);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kFailure);
  client.log.clear();
  EXPECT_EQ(board.CmDeleteVc(vc), Status::kSuccess);
  EXPECT_THAT(client.log, ElementsAre("DeleteVc 1000", "CloseAfComplete SUCCESS 1"));
  EXPECT_EQ(board.CloseBinding(binding), Status::kSuccess);
}

// --- notify close -------------------------------------------------------------------------------

TEST_F(OpenFamilies, C014_NotifyCloseReachesTheOwnerOnly) {
  RecordingClient second;
  BindingHandle bound;
  AfHandle other;
  ASSERT_EQ(board.OpenBinding(&second, adapter, &bound), Status::kSuccess);
  ASSERT_EQ(board.OpenAddressFamily(bound, {}, 1, &other), Status::kSuccess);
  second.log.clear();
  EXPECT_EQ(board.NotifyCloseAddressFamily(af), Status::kSuccess);
  EXPECT_THAT(client.log, ElementsAre("NotifyCloseAf 1"));
  EXPECT_THAT(second.log, IsEmpty());
}

TEST_F(OpenFamilies, C015_TheCallManagerHearsOfAPendedNotifyOnce) {
  EXPECT_EQ(board.NotifyCloseAddressFamily(af), Status::kSuccess);
  EXPECT_THAT(manager.log, IsEmpty());
  client.notify_close_af = Status::kPending;
  EXPECT_EQ(board.NotifyCloseAddressFamily(af), Status::kPending);
  EXPECT_EQ(board.NotifyCloseAddressFamily(af), Status::kInvalidState);
  EXPECT_THAT(manager.log, IsEmpty());
  board.NotifyCloseAfComplete(af, Status::kSuccess);
  board.NotifyCloseAfComplete(af, Status::kSuccess);
  EXPECT_THAT(manager.log, ElementsAre("NotifyCloseAfComplete SUCCESS 500"));
}

TEST_F(OpenFamilies, C016_TheClientClosesEverythingFromInsideTheNotify) {  // Race 4
  SapHandle sap;
  ASSERT_EQ(board.RegisterSap(af, 2, {}, &sap), Status::kSuccess);
  Forget();
  client.on_notify_close_af = [&] {
    EXPECT_EQ(board.DeregisterSap(sap), Status::kSuccess);
    EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
  };
  EXPECT_EQ(board.NotifyCloseAddressFamily(af), Status::kSuccess);
  EXPECT_THAT(manager.log, ElementsAre("DeregisterSap 501", "CloseAf 500"));
  EXPECT_THAT(board.Afs(), IsEmpty());
}

TEST_F(OpenFamilies, C017_TheHandleServesForTheNotifyCompletion) {
  client.notify_close_af = Status::kPending;
  EXPECT_EQ(board.NotifyCloseAddressFamily(af), Status::kPending);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kFailure);
  EXPECT_EQ(board.FindAf(af)->state, AfState::kClosed);
  EXPECT_EQ(board.CloseBinding(binding), Status::kNotAccepted);
  Forget();
  board.NotifyCloseAfComplete(af, Status::kSuccess);
  EXPECT_THAT(manager.log, ElementsAre("NotifyCloseAfComplete SUCCESS 500"));
  EXPECT_FALSE(board.FindAf(af));
  EXPECT_EQ(board.CloseBinding(binding), Status::kSuccess);
}

TEST_F(OpenFamilies, NotifyCompletedFromInside) {
  client.notify_close_af = Status::kPending;
  client.on_notify_close_af = [&] {
    EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
    board.NotifyCloseAfComplete(af, Status::kSuccess);
  };
  EXPECT_EQ(board.NotifyCloseAddressFamily(af), Status::kPending);
  EXPECT_THAT(manager.log, ElementsAre("CloseAf 500", "NotifyCloseAfComplete SUCCESS 500"));
  EXPECT_THAT(board.Afs(), IsEmpty());
}

TEST_F(OpenFamilies, AFamilyThatClosesIsNotNotified) {
  manager.close_af = Status::kPending;
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kPending);
  EXPECT_EQ(board.NotifyCloseAddressFamily(af), Status::kClosing);
  board.CloseAfComplete(Status::kSuccess, af);
  EXPECT_EQ(board.NotifyCloseAddressFamily(af), Status::kInvalidHandle);
  EXPECT_THAT(client.log, ElementsAre("CloseAfComplete SUCCESS 1"));
}

TEST_F(OpenFamilies, RowsSayWhatThereIs) {
  SapHandle sap;
  VcHandle vc;
  ASSERT_EQ(board.RegisterSap(af, 2, {.pvc_name = "x"}, &sap), Status::kSuccess);
  ASSERT_EQ(board.CreateVc(af, 3, {.channel = 4, .channel_vc = 5}, &vc), Status::kSuccess);
  const AfRow row = board.Afs().at(0);
  EXPECT_EQ(row.handle, af);
  EXPECT_EQ(row.adapter, "wire");
  EXPECT_EQ(row.client, &client);
  EXPECT_EQ(row.saps, 1u);
  EXPECT_EQ(row.vcs, 1u);
  EXPECT_EQ(board.Saps().at(0).sap.pvc_name, "x");
  EXPECT_EQ(board.Saps().at(0).state, SapState::kRegistered);
  EXPECT_EQ(board.Vcs().at(0).endpoint.channel_vc, 5u);
  EXPECT_EQ(board.LiveObjectCount(), 6u);
}

}  // namespace
}  // namespace vcp::circuit
