// A call manager outside the daemon can be told to do what the others never do: to let a call come
// before its SAP is registered, to forget a call, to ask for a family back, to die.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "stage.h"
#include "vcplane_cm.h"

namespace vcp::conformance {
namespace {

TEST_P(OverExternal, C024_ACallComesBeforeTheRegistrationCompletes) {  // Race 1
  MakeBoth();
  vcp_sap_params params = SapOn(0);
  params.specific_type = kAnswerAfterTheFirstCall;
  vcp_sap sap = 0;
  ASSERT_EQ(callee_->StartRegisterSap(callee_af_, params, 5, &sap), VCP_PENDING);
  callee_->ExpectNothing();
  StartCall(0, 1);
  // An application hears of the call when it knows the handle that it is for, a driver before.
  vcp_event offer{};
  if (!is_attached()) offer = callee_->Expect(VCP_EVENT_INCOMING_CALL);
  const vcp_event registered = callee_->Expect(VCP_EVENT_REGISTER_SAP_COMPLETE, VCP_SUCCESS, 5);
  if (is_attached()) {
    EXPECT_EQ(registered.sap, sap);
    offer = callee_->Expect(VCP_EVENT_INCOMING_CALL);
    EXPECT_EQ(offer.sap, sap);
  }
  ASSERT_EQ(callee_->AcceptCall(offer.vc), VCP_SUCCESS);
  callee_->Expect(VCP_EVENT_CALL_CONNECTED);
  const vcp_event made = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  caller_->SendAndComplete(made.vc, "early");
  EXPECT_EQ(callee_->Receive().bytes, "early");
}

TEST_P(OverExternal, C052_ACallThatIsNeverCompletedHoldsItsVc) {  // Race 5
  MakeCaller();
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  vcp_call_params params = CallOn(0);
  params.specific_type = kNeverComplete;
  ASSERT_EQ(caller_->StartMakeCall(vc, params, 1), VCP_PENDING);
  caller_->ExpectNothing();
  EXPECT_EQ(caller_->StartDeleteVc(vc, 2), VCP_NOT_ACCEPTED);
  EXPECT_EQ(caller_->StartMakeCall(vc, params, 3), VCP_INVALID_STATE);
  const vcp_event refused =
      caller_->Finish(caller_->StartCloseAf(caller_af_, 4), VCP_EVENT_CLOSE_AF_COMPLETE, 4);
  EXPECT_EQ(refused.status, VCP_FAILURE);
  // What its client can do is close it.
  ASSERT_EQ(caller_->StartCloseCall(vc, 5), VCP_PENDING);
  caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_REQUEST_ABORTED, 1);
  caller_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 5);
  caller_->DeleteVc(vc);
}

// Whose family is asked back: the caller's, who has a call, a VC besides and a SAP.
class AskedToClose : public OverExternal {
 protected:
  void MakeThem() {
    MakeBoth();
    call_ = Connect(0);
    sap_ = caller_->RegisterSap(caller_af_, SapOn(1));
    idle_ = caller_->CreateVc(caller_af_);
  }
  void Ask(ExternalOrder order = kAskToClose) {
    vcp_call_params params = CallOn(2);
    params.specific_type = order;
    ASSERT_EQ(caller_->StartMakeCall(idle_, params, 1), VCP_PENDING);
    caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_FAILURE, 1);
    EXPECT_EQ(caller_->Expect(VCP_EVENT_NOTIFY_CLOSE_AF).af, caller_af_);
  }
  void ExpectTheFourSteps(ExternalOrder order);

  Call call_;
  vcp_sap sap_ = 0;
  vcp_vc idle_ = 0;
};

TEST_P(AskedToClose, C014_C015_C016_C017_TheOwnerClosesInOrderAndThenAnswers) {
  ExpectTheFourSteps(kAskToClose);
}

TEST_P(AskedToClose, C019_AQueryToCloseLeadsToTheSameFourSteps) {
  ExpectTheFourSteps(kAskToCloseByOid);
}

void AskedToClose::ExpectTheFourSteps(ExternalOrder order) {
  MakeThem();
  const std::unique_ptr<Player> other = NewPlayer(Side::kCaller);
  const vcp_af others_af = other->OpenAf(medium().port, medium().family);
  Ask(order);
  other->ExpectNothing();  // C014
  callee_->ExpectNothing();
  // Not before everything in it is closed, and in this order.
  const auto expect_refused = [this] {
    const vcp_event event =
        caller_->Finish(caller_->StartCloseAf(caller_af_, 2), VCP_EVENT_CLOSE_AF_COMPLETE, 2);
    EXPECT_EQ(event.status, VCP_FAILURE);
  };
  expect_refused();
  caller_->CloseCall(call_.caller);
  callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_SUCCESS);
  callee_->CloseCall(call_.callee);
  callee_->Expect(VCP_EVENT_VC_DELETED);
  caller_->DeleteVc(call_.caller);
  caller_->DeleteVc(idle_);
  expect_refused();
  caller_->DeregisterSap(sap_);
  caller_->CloseAf(caller_af_);
  // C017: the handle is good for the answer alone.
  vcp_vc vc = 0;
  EXPECT_EQ(caller_->StartCreateVc(caller_af_, 3, &vc), is_attached() ? VCP_CLOSING : VCP_FAILURE);
  EXPECT_EQ(caller_->NotifyCloseAfComplete(caller_af_, VCP_SUCCESS), VCP_SUCCESS);
  EXPECT_EQ(WhatTheManagerSays(), "closed SUCCESS");  // C015, not before
  // Once more: an application learns that it is wrong, and nothing comes of it anywhere.
  EXPECT_EQ(caller_->NotifyCloseAfComplete(caller_af_, VCP_SUCCESS),
            is_attached() ? VCP_INVALID_HANDLE : VCP_SUCCESS);
  caller_->ExpectNothing();
  // The family itself is still there, for others and to be opened again.
  other->DeleteVc(other->CreateVc(others_af));
  caller_->CloseAf(caller_->OpenAf(medium().port, medium().family));
}

TEST_P(AskedToClose, C015_AClientMayRefuse) {
  MakeThem();
  Ask();
  EXPECT_EQ(caller_->NotifyCloseAfComplete(caller_af_, VCP_NOT_ACCEPTED), VCP_SUCCESS);
  EXPECT_EQ(WhatTheManagerSays(), "closed NOT_ACCEPTED");
  caller_->SendAndComplete(call_.caller, "still here");
  EXPECT_EQ(callee_->Receive().bytes, "still here");
  End(call_);
}

TEST_P(AskedToClose, C014_C016_ACallManagersDeathClosesAllOfItsFamilies) {
  MakeThem();
  KillTheManager();
  // Its calls are ended for it, and then nothing else can be done but what the forced order is.
  caller_->Expect(VCP_EVENT_NOTIFY_CLOSE_AF);
  caller_->CloseCall(call_.caller);
  caller_->DeleteVc(call_.caller);
  vcp_vc vc = 0;
  EXPECT_EQ(caller_->OutcomeOf(caller_->StartCreateVc(caller_af_, 2, &vc), 2), VCP_DISCONNECTED);
  EXPECT_EQ(caller_->TryRegisterSap(caller_af_, SapOn(3)), VCP_DISCONNECTED);
  EXPECT_EQ(caller_->TryCall(idle_, CallOn(0)), VCP_DISCONNECTED);
  caller_->DeleteVc(idle_);
  caller_->DeregisterSap(sap_);
  caller_->CloseAf(caller_af_);
  EXPECT_EQ(caller_->NotifyCloseAfComplete(caller_af_, VCP_SUCCESS), VCP_SUCCESS);
  vcp_af af = 0;
  const vcp_event event = caller_->Finish(
      caller_->StartOpenAf(medium().port, medium().family, 3, &af), VCP_EVENT_OPEN_AF_COMPLETE, 3);
  EXPECT_EQ(event.status, VCP_FAILURE);  // C010: nobody has it any more
  callee_->CloseCall(call_.callee);
}

INSTANTIATE_TEST_SUITE_P(, AskedToClose, ::testing::ValuesIn(ColumnsOf(kEverywhere, {kExternal})),
                         [](const auto& info) { return NameOf(info.param); });

// --- beside others -------------------------------------------------------------------------------

// On its port are the link's call manager and the operator's circuits, and the daemon has a port
// with an integrated one besides.
TEST_P(OverExternal, C132_CallManagersOfEachKindCarryCallsSideBySide) {
  MakeBoth();
  const std::unique_ptr<Player> neighbor = NewPlayer(Side::kCallee);
  struct Way {
    Player* from;
    Medium medium;
    vcp_call_params call = {};
    vcp_sap_params sap = {};
    vcp_vc caller = 0, callee = 0;
  };
  std::vector<Way> ways = {{caller_.get(), kExternal},
                           {caller_.get(), kUni},
                           {caller_.get(), kPvc},
                           {neighbor.get(), kLoopback}};
  for (Way& way : ways) {
    way.call = CallOn(3);
    way.sap = SapOn(3);
    if (!way.medium.by_address) {
      vcp_call_params_init(&way.call);
      vcp_sap_params_init(&way.sap);
      std::snprintf(way.call.pvc_name, sizeof way.call.pvc_name, "line3");
      std::snprintf(way.sap.pvc_name, sizeof way.sap.pvc_name, "line3");
    }
    callee_->RegisterSap(callee_->OpenAf(way.medium.port, way.medium.family), way.sap);
    way.caller = way.from->CreateVc(way.from->OpenAf(way.medium.port, way.medium.family));
    ASSERT_EQ(way.from->StartMakeCall(way.caller, way.call, 1), VCP_PENDING);
    way.callee = callee_->Expect(VCP_EVENT_INCOMING_CALL).vc;
    ASSERT_EQ(callee_->AcceptCall(way.callee), VCP_SUCCESS);
    callee_->Expect(VCP_EVENT_CALL_CONNECTED);
    way.from->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  }
  for (const Way& way : ways) {
    way.from->SendAndComplete(way.caller, way.medium.name);
    const Sdu there = callee_->Receive();
    EXPECT_EQ(there.vc, way.callee);
    EXPECT_EQ(there.bytes, way.medium.name);
    callee_->SendAndComplete(way.callee, way.medium.name);
    EXPECT_EQ(way.from->Receive().vc, way.caller);
  }
}

// Two families, be they of one call manager or of two, know nothing of each other: one address is
// one client's in the one, and another's in the other.
class SideBySide : public OverExternal {
 protected:
  void ExpectSideBySide(uint32_t other_family) {
    const std::unique_ptr<Player> neighbor = NewPlayer(Side::kCallee);
    const Offer offer = MakeOffer(0);
    const vcp_af callers_af = caller_->OpenAf(medium().port, other_family);
    const vcp_af neighbors_af = neighbor->OpenAf(medium().port, other_family);
    const vcp_sap sap = neighbor->RegisterSap(neighbors_af, SapOn(0));
    const vcp_vc vc = caller_->CreateVc(callers_af);
    ASSERT_EQ(caller_->StartMakeCall(vc, CallOn(0), 7), VCP_PENDING);
    const vcp_event offered = neighbor->Expect(VCP_EVENT_INCOMING_CALL);
    EXPECT_EQ(offered.sap, sap);
    const Call call = Accept(offer);
    ASSERT_EQ(neighbor->AcceptCall(offered.vc), VCP_SUCCESS);
    neighbor->Expect(VCP_EVENT_CALL_CONNECTED);
    caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 7);
    caller_->SendAndComplete(call.caller, "for the one");
    caller_->SendAndComplete(vc, "for the other");
    EXPECT_EQ(callee_->Receive().bytes, "for the one");
    EXPECT_EQ(neighbor->Receive().bytes, "for the other");
    neighbor->SendAndComplete(offered.vc, "back");
    EXPECT_EQ(caller_->Receive().vc, vc);
    // Nor does the end of the one concern the other.
    caller_->CloseCall(vc);
    caller_->DeleteVc(vc);
    neighbor->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_SUCCESS);
    neighbor->CloseCall(offered.vc);
    neighbor->Expect(VCP_EVENT_VC_DELETED);
    neighbor->DeregisterSap(sap);
    neighbor->CloseAf(neighbors_af);
    caller_->CloseAf(callers_af);
    caller_->SendAndComplete(call.caller, "still there");
    EXPECT_EQ(callee_->Receive().bytes, "still there");
    End(call);
    callee_->DeregisterSap(offer.sap);
  }
};

TEST_P(SideBySide, C132_C003_OneCallManagerHasTwoProtocols) {
  constexpr uint32_t kSecond = kExternal.family + ExternalManager::kSecondProtocol;
  MakeBoth();
  for (Player* app : {caller_.get(), callee_.get()}) {
    const vcp_af af = app == caller_.get() ? caller_af_ : callee_af_;
    ASSERT_EQ(app->Set(AtFamily(af), kOfferSecond, ""), VCP_SUCCESS);
    ASSERT_NE(app->FindFamily(medium().port, kSecond), nullptr);
    EXPECT_EQ(std::ranges::count(app->families(), kSecond, &Family::family), 1);
  }
  ExpectSideBySide(kSecond);
  EXPECT_EQ(caller_->Set(AtFamily(caller_af_), kWithdrawSecond, ""), VCP_SUCCESS);
  EXPECT_EQ(callee_->Set(AtFamily(callee_af_), kWithdrawSecond, ""), VCP_SUCCESS);
  vcp_af none = 0;
  EXPECT_EQ(caller_->OutcomeOf(caller_->StartOpenAf(medium().port, kSecond, 8, &none), 8),
            VCP_FAILURE);
}

TEST_P(SideBySide, C014_C018_AProtocolIsWithdrawnOnceItsClientsHaveClosedIt) {
  constexpr uint32_t kSecond = kExternal.family + ExternalManager::kSecondProtocol;
  MakeBoth();
  const Call call = Connect(0);
  ASSERT_EQ(caller_->Set(AtFamily(caller_af_), kOfferSecond, ""), VCP_SUCCESS);
  const std::unique_ptr<Player> user = NewPlayer(Side::kCaller);
  const vcp_af af = user->OpenAf(medium().port, kSecond);
  const vcp_vc vc = user->CreateVc(af);
  ASSERT_EQ(caller_->StartOidSet(AtFamily(caller_af_), kWithdrawSecond, "", 1), VCP_PENDING);
  EXPECT_EQ(user->Expect(VCP_EVENT_NOTIFY_CLOSE_AF).af, af);
  caller_->ExpectNothing();  // nor is its own family asked back
  user->DeleteVc(vc);
  caller_->ExpectNothing();
  user->CloseAf(af);
  EXPECT_EQ(user->NotifyCloseAfComplete(af, VCP_SUCCESS), VCP_SUCCESS);
  caller_->Expect(VCP_EVENT_OID_COMPLETE, VCP_SUCCESS, 1);
  caller_->SendAndComplete(call.caller, "unharmed");
  EXPECT_EQ(callee_->Receive().bytes, "unharmed");
  End(call);
}

TEST_P(SideBySide, C132_TwoCallManagersShareAPort) {
  MakeBoth();
  ASSERT_TRUE(StartOtherManagers());
  ExpectSideBySide(ExternalManager::kOthersFamily);
}

INSTANTIATE_TEST_SUITE_P(, SideBySide, ::testing::ValuesIn(ColumnsOf(kEverywhere, {kExternal})),
                         [](const auto& info) { return NameOf(info.param); });

// What a call manager does by itself, when a client's call tells it to; its clients hear nothing.
class Orders : public OverExternal {
 protected:
  std::string Outcome(ExternalOrder order) {
    MakeBoth();
    const vcp_vc vc = caller_->CreateVc(caller_af_);
    vcp_call_params params = CallOn(0);
    params.specific_type = order;
    EXPECT_EQ(caller_->TryCall(vc, params), VCP_FAILURE);
    const std::string outcome = WhatTheManagerSays();
    caller_->ExpectNothing();
    callee_->ExpectNothing();
    return outcome;
  }
};

TEST_P(Orders, C001_C002_AFamilyIsRegisteredOnAPortAndOnce) {
  EXPECT_EQ(Outcome(kRegisterInVain), "registered NO_SUCH_PORT FAILURE FAILURE");
}

TEST_P(Orders, C034_C039_AnOwnVcIsNoClientsAndEndsOnce) {
  EXPECT_EQ(Outcome(kUseAnOwnVc), "own VC SUCCESS SUCCESS SUCCESS SUCCESS");
}

INSTANTIATE_TEST_SUITE_P(, Orders, ::testing::ValuesIn(ColumnsOf(kEverywhere, {kExternal})),
                         [](const auto& info) { return NameOf(info.param); });

TEST_P(OverExternal, C002_AnotherCallManagerHasOtherFamilies) {
  if (!is_attached()) {
    circuit::Switchboard& board = HostOf(Side::kCaller)->board;
    callmgr::PvcList pvcs;
    callmgr::PvcCallManager second(&board, &pvcs);
    circuit::BindingHandle binding;
    ASSERT_EQ(board.OpenBinding(&second, board.FindAdapter(medium().port), &binding),
              Status::kSuccess);
    const auto family = static_cast<circuit::AddressFamilyType>(medium().family);
    EXPECT_EQ(board.RegisterAddressFamily(binding, {family}), Status::kFailure);
    EXPECT_EQ(board.CloseBinding(binding), Status::kSuccess);
    return;
  }
  App second(CallerDaemon());
  const auto outcome = [&](uint32_t family, uint64_t cookie) {
    return second.OutcomeOf(
        vcp_cm_register_family(second.client(), medium().port, family, 0, cookie), cookie);
  };
  EXPECT_EQ(outcome(medium().family, 1), VCP_FAILURE);
  EXPECT_EQ(outcome(VCP_AF_Q2931, 2), VCP_FAILURE);
  EXPECT_EQ(outcome(medium().family + 1, 3), VCP_SUCCESS);
  MakeCaller();
  EXPECT_NE(caller_->FindFamily(medium().port, medium().family + 1), nullptr);
}

}  // namespace
}  // namespace vcp::conformance
