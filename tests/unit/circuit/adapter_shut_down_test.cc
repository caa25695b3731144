// A miniport's last word, in any state and with everything there (environment section 12): what it
// owed is over, and it is called for nothing any more, whatever those above it do.
#include "stage.h"

namespace vcp::circuit {
namespace {

class ShutDown : public VcStage {
 protected:
  void ShutThemDown() {
    EXPECT_EQ(board.ShutDownAdapter(adapter), Status::kSuccess);
    EXPECT_EQ(miniport.life.back(), "ShutDown");
    miniport.life.clear();
    Forget();
  }
  void TearDown() override {
    EXPECT_THAT(miniport.log, IsEmpty());
    EXPECT_THAT(miniport.life, IsEmpty());
    EXPECT_THAT(miniport.asked, IsEmpty());
  }

  CallParameters params;
  VcHandle other;
};

TEST_F(ShutDown, C133_NothingBeginsOnAnAdapterThatIsShutDown) {
  manager.open_af = Status::kFailure;
  ShutThemDown();
  AfHandle more_af;
  SapHandle more_sap;
  BindingHandle late;
  OidAnswer answer;
  EXPECT_EQ(board.OpenBinding(&client, adapter, &late), Status::kNotAccepted);
  EXPECT_EQ(board.OpenAddressFamily(binding, {}, 3, &more_af), Status::kNotAccepted);
  EXPECT_EQ(board.RegisterSap(af, 4, {}, &more_sap), Status::kNotAccepted);
  EXPECT_EQ(board.CreateVc(af, 11, {}, &other), Status::kNotAccepted);
  EXPECT_EQ(board.CmCreateVc(af, 600, &other), Status::kNotAccepted);
  EXPECT_EQ(board.CmCreateOwnVc(manager_binding, 601, {}, &other), Status::kNotAccepted);
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kNotAccepted);
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kNotAccepted);
  EXPECT_EQ(board.RequestOid({.from = binding}, 5, {}, &answer), Status::kNotAccepted);
  EXPECT_EQ(board.AskMiniport(adapter, {}, {}, &answer), Status::kNotAccepted);
  EXPECT_EQ(Row(vc).state, VcState::kInactive);
  EXPECT_THAT(manager.log, IsEmpty());
  EXPECT_THAT(client.log, IsEmpty());
}

TEST_F(ShutDown, EverythingOnItEndsInOrderWithoutIt) {
  ConnectOutgoing();
  ShutThemDown();
  // A change keeps the old parameters.
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kNotAccepted);
  EXPECT_EQ(Row(vc).state, VcState::kActive);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kNotAccepted);
  board.CloseCallComplete(Status::kSuccess, vc);
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  EXPECT_EQ(board.DeregisterSap(sap), Status::kSuccess);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
  EXPECT_EQ(board.CloseBinding(binding), Status::kSuccess);
  EXPECT_EQ(board.CloseBinding(manager_binding), Status::kSuccess);
  EXPECT_EQ(board.DeregisterAdapter(adapter), Status::kSuccess);
  EXPECT_EQ(board.LiveObjectCount(), 0u);
}

TEST_F(ShutDown, WhatItOwedOfAVcIsOver) {
  PrepareIncoming();
  ConnectOutgoing();
  miniport.activate_vc = miniport.deactivate_vc = Status::kPending;
  VcHandle rising;
  ASSERT_EQ(board.CmCreateVc(af, 601, &rising), Status::kSuccess);
  ASSERT_EQ(board.ActivateVc(rising, &params), Status::kPending);
  ASSERT_EQ(board.ActivateVc(incoming, &params), Status::kPending);
  ASSERT_EQ(board.DeactivateVc(vc), Status::kPending);
  manager.log.clear();
  EXPECT_EQ(board.ShutDownAdapter(adapter), Status::kSuccess);
  EXPECT_THAT(manager.log, ::testing::UnorderedElementsAre("ActivateVcComplete REQUEST_ABORTED 601",
                                                           "ActivateVcComplete REQUEST_ABORTED 600",
                                                           "DeactivateVcComplete SUCCESS 501"));
  EXPECT_EQ(Row(rising).state, VcState::kInactive);
  EXPECT_EQ(Row(incoming).state, VcState::kActive);  // as it was (C37)
  EXPECT_EQ(Row(vc).state, VcState::kInactive);
  // Should it say something all the same, nobody hears.
  Forget();
  miniport.life.clear();
  board.MiniportActivateVcComplete(Status::kSuccess, rising, params);
  board.MiniportDeactivateVcComplete(Status::kSuccess, incoming);
  EXPECT_EQ(board.IndicateStatus(adapter, {}, {.code = StatusCode::kNetworkChange}),
            Status::kInvalidState);
  EXPECT_THAT(manager.log, IsEmpty());
  EXPECT_EQ(Row(rising).state, VcState::kInactive);
  EXPECT_EQ(Row(incoming).state, VcState::kActive);
}

// From inside a handler of the one that is being asked for a VC: what was made is not undone there.
TEST_F(ShutDown, AVcThatIsBeingMadeMeanwhileIsNot) {
  miniport.life.clear();
  manager.create_vc = Status::kResources;
  manager.on_create_vc = [this] { ShutThemDown(); };
  EXPECT_EQ(board.CreateVc(af, 11, {}, &other), Status::kResources);
  EXPECT_FALSE(other);
}

}  // namespace
}  // namespace vcp::circuit
