// A device that is gone without a word (C141), and what it does to those above it (C14 to C18).
#include "stage.h"

namespace vcp::circuit {
namespace {

class Removal : public VcStage {
 protected:
  Removal() {
    miniport.life.clear();
    client.life.clear();
    manager.life.clear();
    client.notify_close_af = Status::kPending;
    manager.close_call = Status::kSuccess;
  }

  // The four steps of a client that was asked to let go (C16).
  void LetGo() {
    if (Row(vc).call != CallState::kNone) {
      EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
      EXPECT_EQ(board.CloseCall(vc, {}), Status::kSuccess);
    }
    EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
    EXPECT_EQ(board.DeregisterSap(sap), Status::kSuccess);
    EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
  }

  int gone = 0;
};

TEST_F(Removal, C141_FamiliesCloseBindingsEndAndItHalts) {
  ConnectOutgoing();
  EXPECT_EQ(board.RemoveAdapter(adapter, [&](Status) { ++gone; }), Status::kPending);
  EXPECT_EQ(board.RemoveAdapter(adapter), Status::kNotAccepted);
  EXPECT_THAT(client.log, ElementsAre("NotifyCloseAf 1"));
  EXPECT_THAT(miniport.life, ElementsAre("SurpriseRemoval", "Pause"));
  EXPECT_THAT(client.life, ElementsAre("Pause", "Unbind"));
  EXPECT_THAT(manager.life, ElementsAre("Pause"));  // Its turn comes when no client is left.

  LetGo();
  EXPECT_EQ(gone, 0);  // C17: the answer to the notify is still owed.
  EXPECT_THAT(miniport.life, Not(Contains("Halt 3")));
  manager.log.clear();
  board.NotifyCloseAfComplete(af, Status::kSuccess);
  EXPECT_THAT(manager.log, ElementsAre("NotifyCloseAfComplete SUCCESS 500"));
  EXPECT_THAT(manager.life, ElementsAre("Pause", "Unbind"));
  EXPECT_THAT(miniport.life, ElementsAre("SurpriseRemoval", "Pause", "Halt 3"));
  static_assert(static_cast<int>(HaltReason::kSurpriseRemoved) == 3);
  EXPECT_EQ(gone, 1);
  EXPECT_EQ(board.LiveObjectCount(), 0u);
}

TEST_F(Removal, C141_NothingNewMeanwhile) {
  EXPECT_EQ(board.RemoveAdapter(adapter), Status::kPending);
  OidAnswer answer;
  EXPECT_EQ(board.RequestOid({.from = binding}, 1, {}, &answer), Status::kNotAccepted);
  EXPECT_EQ(board.RequestOid({.from = binding, .af = af}, 1, {}, &answer), Status::kNotAccepted);
  VcHandle other_vc;
  EXPECT_EQ(board.CreateVc(af, 11, {}, &other_vc), Status::kNotAccepted);
  EXPECT_EQ(board.CmCreateVc(af, 11, &other_vc), Status::kNotAccepted);
  EXPECT_EQ(board.CmCreateOwnVc(manager_binding, 11, {}, &other_vc), Status::kNotAccepted);
  CallParameters params;
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kNotAccepted);
  SapHandle other_sap;
  EXPECT_EQ(board.RegisterSap(af, 12, {}, &other_sap), Status::kNotAccepted);
  RecordingClient late;
  BindingHandle lates;
  EXPECT_EQ(board.OpenBinding(&late, adapter, &lates), Status::kNotAccepted);
  EXPECT_EQ(board.PauseAdapter(adapter), Status::kNotAccepted);
  EXPECT_EQ(board.RestartAdapter(adapter), Status::kNotAccepted);
  EXPECT_EQ(board.ResetAdapter(adapter), Status::kNotAccepted);
  EXPECT_EQ(board.DeregisterAdapter(adapter), Status::kNotAccepted);
}

// The call manager's word to its clients still passes.
TEST_F(Removal, C139_C141_CallManagersAskOn) {
  miniport.reset = Status::kPending;
  client.oid_request = manager.oid_request = Status::kSuccess;
  OidAnswer answer;
  EXPECT_EQ(board.ResetAdapter(adapter), Status::kPending);
  EXPECT_EQ(board.RequestOid({.from = binding, .af = af}, 1, {}, &answer),
            Status::kResetInProgress);
  EXPECT_EQ(board.RequestOid({.from = manager_binding, .af = af}, 1, {}, &answer),
            Status::kSuccess);
  board.MiniportResetComplete(Status::kSuccess, adapter);
  EXPECT_EQ(board.RequestOid({.from = binding, .af = af}, 1, {}, &answer), Status::kSuccess);
  EXPECT_EQ(board.RemoveAdapter(adapter), Status::kPending);
  EXPECT_EQ(board.RequestOid({.from = manager_binding, .af = af}, 1, {}, &answer),
            Status::kSuccess);
}

TEST_F(Removal, C141_WaitsForOidsAndForAReset) {
  miniport.oid_request = miniport.reset = Status::kPending;
  OidAnswer answer;
  OidHandle oid;
  EXPECT_EQ(board.RequestOid({.from = manager_binding}, 1, {}, &answer, &oid), Status::kPending);
  EXPECT_EQ(board.ResetAdapter(adapter), Status::kPending);
  client.on_unbind = [&] { LetGo(); };
  client.notify_close_af = Status::kSuccess;
  EXPECT_EQ(board.RemoveAdapter(adapter, [&](Status) { ++gone; }), Status::kPending);
  EXPECT_FALSE(board.FindBindingState(binding));
  EXPECT_EQ(gone, 0);
  // The call manager's binding took its request along when it was closed.
  EXPECT_THAT(manager.life, Contains("OidRequestComplete REQUEST_ABORTED 1"));
  board.MiniportResetComplete(Status::kSuccess, adapter);
  EXPECT_EQ(gone, 1);
  EXPECT_THAT(miniport.life, Contains("Halt 3"));
}

TEST_F(Removal, C141_WhileItPausesOrRestarts) {
  client.on_unbind = [&] { LetGo(); };
  client.notify_close_af = Status::kSuccess;
  miniport.pause = miniport.restart = Status::kPending;
  EXPECT_EQ(board.PauseAdapter(adapter), Status::kPending);
  EXPECT_EQ(board.RemoveAdapter(adapter, [&](Status) { ++gone; }), Status::kPending);
  EXPECT_EQ(gone, 0);
  board.MiniportPauseComplete(adapter);
  EXPECT_EQ(gone, 1);
  EXPECT_EQ(board.LiveObjectCount(), 0u);
}

TEST_F(Removal, C141_AFamilyThatOpensMeanwhileIsClosedToo) {
  manager.open_af = Status::kPending;
  RecordingClient second;
  BindingHandle seconds;
  EXPECT_EQ(board.OpenBinding(&second, adapter, &seconds), Status::kSuccess);
  AfHandle opening;
  EXPECT_EQ(board.OpenAddressFamily(seconds, {}, 5, &opening), Status::kPending);
  EXPECT_EQ(board.RemoveAdapter(adapter), Status::kPending);
  EXPECT_THAT(second.log, Not(Contains("NotifyCloseAf 5")));
  board.OpenAfComplete(Status::kSuccess, manager.last_af, 900);
  EXPECT_THAT(second.log, Contains("NotifyCloseAf 5"));
}

TEST_F(Removal, ACallManagersOwnVcKeepsItsBinding) {
  VcHandle own;
  EXPECT_EQ(board.CmCreateOwnVc(manager_binding, 77, {}, &own), Status::kSuccess);
  client.on_unbind = [&] { LetGo(); };
  client.notify_close_af = Status::kSuccess;
  EXPECT_EQ(board.RemoveAdapter(adapter, [&](Status) { ++gone; }), Status::kPending);
  EXPECT_EQ(gone, 0);
  EXPECT_EQ(board.CmDeleteVc(own), Status::kSuccess);
  EXPECT_EQ(gone, 1);
}

}  // namespace
}  // namespace vcp::circuit
