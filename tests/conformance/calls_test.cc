// Group 4: calls, until they are connected or refused.
#include <cstring>
#include <string>

#include "stage.h"

namespace vcp::conformance {
namespace {

TEST_P(OverEach, C050_WhenACallIsMadeDataFlowsAtOnce) {
  MakeBoth();
  for (int line = 0; line < 20; ++line) {
    Call call = Connect(line);
    // Nothing between the events and the first SDU.
    ASSERT_EQ(caller_->Send(call.caller, "there"), VCP_SUCCESS);
    ASSERT_EQ(callee_->Send(call.callee, "and back"), VCP_SUCCESS);
    EXPECT_EQ(callee_->Receive().bytes, "there");
    EXPECT_EQ(caller_->Receive().bytes, "and back");
    EXPECT_EQ(caller_->Completion().status, VCP_SUCCESS);
    EXPECT_EQ(callee_->Completion().status, VCP_SUCCESS);
  }
}

TEST_P(OverEach, C050_ACallIsMadeOnAVcThatIsStillBeingMade) {
  MakeBoth();
  callee_->RegisterSap(callee_af_, SapOn(0));
  vcp_vc vc = 0;
  const vcp_call_params params = CallOn(0);
  ASSERT_EQ(caller_->StartCreateVc(caller_af_, 1, &vc), VCP_PENDING);
  ASSERT_EQ(caller_->StartMakeCall(vc, params, 2), VCP_PENDING);
  EXPECT_EQ(caller_->StartMakeCall(vc, params, 3), VCP_INVALID_STATE);
  caller_->Expect(VCP_EVENT_CREATE_VC_COMPLETE, VCP_SUCCESS, 1);
  const vcp_vc callee = callee_->Expect(VCP_EVENT_INCOMING_CALL).vc;
  ASSERT_EQ(callee_->AcceptCall(callee), VCP_SUCCESS);
  callee_->Expect(VCP_EVENT_CALL_CONNECTED);
  caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 2);
  caller_->SendAndComplete(vc, "made in one go");
  EXPECT_EQ(callee_->Receive().bytes, "made in one go");
}

TEST_P(OverEach, C051_AFailedCallLeavesTheVcToItsMaker) {
  MakeCaller();
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  vcp_call_params params = CallOn(0);
  if (!medium().by_address) params = CallOn(kLines + 7);  // no such PVC
  ASSERT_EQ(caller_->StartMakeCall(vc, params, 3), VCP_PENDING);
  const vcp_event event = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, NobodyThere(), 3);
  EXPECT_EQ(event.vc, vc);
  ExpectNoSending(caller_.get(), vc, VCP_INVALID_STATE);
  EXPECT_EQ(caller_->StartCloseCall(vc, 4), VCP_INVALID_STATE);
  EXPECT_EQ(caller_->TryCall(vc, params), NobodyThere());
  caller_->DeleteVc(vc);
  caller_->ExpectNothing();
}

TEST_P(AttachedOverEach, C051_TheBlockingFormDeletesItsVc) {
  MakeCaller();
  vcp_vc vc = 0;
  vcp_call_params params = CallOn(kLines + 7);
  EXPECT_EQ(vcp_make_call_wait(caller().client(), caller_af_, &params, &vc), NobodyThere());
  caller_->CloseAf(caller_af_);  // which a VC would prevent
}

TEST_P(OverEach, C052_ACallThatIsBeingMadeIsNotDeletedButCanBeClosed) {
  MakeBoth();
  callee_->RegisterSap(callee_af_, SapOn(0));
  const vcp_vc vc = StartCall(0, 1);
  EXPECT_EQ(caller_->StartDeleteVc(vc, 2), VCP_NOT_ACCEPTED);
  callee_->Expect(VCP_EVENT_INCOMING_CALL);
  ASSERT_EQ(caller_->StartCloseCall(vc, 3), VCP_PENDING);
  // A PVC may have come up before anybody looked.
  const vcp_event made = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, 1);
  if (medium().by_address) {
    EXPECT_EQ(made.status, VCP_REQUEST_ABORTED) << Describe(made);
  }
  caller_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 3);
  caller_->ExpectNothing();
  caller_->DeleteVc(vc);
}

TEST_P(OverEach, C055_TheParametersAreTheApplicationsAgainAtOnce) {
  MakeBoth();
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  callee_->RegisterSap(callee_af_, SapOn(0));
  vcp_call_params params = CallOn(0);
  ASSERT_EQ(caller_->StartMakeCall(vc, params, 1), VCP_PENDING);
  std::memset(static_cast<void*>(&params), 0xee, sizeof params);
  const vcp_vc callee = callee_->Expect(VCP_EVENT_INCOMING_CALL).vc;
  ASSERT_EQ(callee_->AcceptCall(callee), VCP_SUCCESS);
  caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
}

TEST_P(OverEach, C056_NothingIsSentBeforeTheCallIsMade) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  const vcp_vc vc = medium().by_address ? offer.caller : StartCall(0, 1);
  ExpectNoSending(caller_.get(), vc, VCP_INVALID_STATE);
  const vcp_call_params params = CallOn(1);
  EXPECT_EQ(caller_->StartMakeCall(vc, params, 2), VCP_INVALID_STATE);
  ExpectNoSending(callee_.get(), offer.callee, VCP_INVALID_STATE);
  if (medium().by_address) {
    Accept(offer);
  } else {
    caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  }
  EXPECT_FALSE(caller_->HasCompletion());
  EXPECT_FALSE(callee_->HasSdu());
}

TEST_P(OverEach, C058_AnOfferIsAnsweredAtOnceOrLater) {
  MakeBoth();
  // Later: after other business.
  const Offer first = MakeOffer(0);
  const Call second = Connect(1);
  callee_->SendAndComplete(second.callee, "busy");
  EXPECT_EQ(caller_->Receive().bytes, "busy");
  const Call call = Accept(first);
  caller_->SendAndComplete(call.caller, "at last");
  EXPECT_EQ(callee_->Receive().bytes, "at last");
}

TEST_P(OverEach, C058_AnOfferIsAnsweredOnce) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  EXPECT_EQ(callee_->AnswerCall(offer.callee, VCP_PENDING, nullptr), VCP_INVALID_DATA);
  const Call call = Accept(offer);
  EXPECT_EQ(callee_->AcceptCall(call.callee), VCP_INVALID_STATE);
  EXPECT_EQ(callee_->AnswerCall(call.callee, VCP_FAILURE, nullptr), VCP_INVALID_STATE);
  EXPECT_EQ(caller_->AcceptCall(call.caller), VCP_INVALID_STATE);
  caller_->SendAndComplete(call.caller, "unharmed");
  EXPECT_EQ(callee_->Receive().bytes, "unharmed");
  End(call);
}

TEST_P(OverEach, C059_ACalleeIsConnectedOnceAndThenMaySend) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  ASSERT_EQ(callee_->AcceptCall(offer.callee), VCP_SUCCESS);
  // A driver may have heard of it before its answer returned (race 2).
  if (!callee_->HoldsEvent()) ExpectNoSending(callee_.get(), offer.callee, VCP_INVALID_STATE);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_CALL_CONNECTED).vc, offer.callee);
  callee_->ExpectNothing();
  if (medium().by_address) {
    caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS);
  } else {
    StartCall(0, 0);
    caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS);
  }
  callee_->SendAndComplete(offer.callee, "connected");
  EXPECT_EQ(caller_->Receive().bytes, "connected");
}

// What race 15 is where there are no handlers to set: data overtakes the news of its call, and
// waits for who asks.
TEST_P(AttachedOverEach, C059_AnSduMayBeReceivedBeforeTheNewsOfTheConnection) {  // Race 15
  MakeBoth();
  const Offer offer = MakeOffer(0);
  ASSERT_EQ(callee_->AcceptCall(offer.callee), VCP_SUCCESS);
  const vcp_vc vc = medium().by_address ? offer.caller : StartCall(0, 0);
  EXPECT_EQ(caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS).vc, vc);
  caller_->SendAndComplete(vc, "early");
  // Not one look at its events, until it has the SDU.
  vcp_received received{};
  while (vcp_receive(callee().client(), &received, 1) == 0) {
    ASSERT_EQ(vcp_wait(callee().client(), 20'000), VCP_SUCCESS);
  }
  EXPECT_EQ(received.vc, offer.callee);
  EXPECT_EQ(std::string(static_cast<const char*>(received.data), received.size_bytes), "early");
  vcp_return(callee().client(), &received, 1);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_CALL_CONNECTED).vc, offer.callee);
  callee_->ExpectNothing();
}

TEST_P(OverEach, C060_ARefusedOfferIsNeverConnected) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  ASSERT_EQ(callee_->AnswerCall(offer.callee, VCP_RESOURCES, nullptr), VCP_SUCCESS);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_VC_DELETED).vc, offer.callee);
  callee_->ExpectNothing();
  EXPECT_EQ(callee_->AcceptCall(offer.callee), VCP_INVALID_HANDLE);
  if (!medium().by_address) return;
  EXPECT_EQ(caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_RESOURCES).vc, offer.caller);
  caller_->DeleteVc(offer.caller);
}

TEST_P(OverEach, C060_ClosingAnOfferRefusesIt) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  ASSERT_EQ(callee_->StartCloseCall(offer.callee, 1), VCP_PENDING);
  callee_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 1);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_VC_DELETED).vc, offer.callee);
  callee_->ExpectNothing();
  if (!medium().by_address) return;
  EXPECT_NE(caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE).status, VCP_SUCCESS);
  caller_->DeleteVc(offer.caller);
}

TEST_P(OverEach, C060_ARefusedLineIsFreeForTheNextCall) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  ASSERT_EQ(callee_->AnswerCall(offer.callee, VCP_FAILURE, nullptr), VCP_SUCCESS);
  callee_->Expect(VCP_EVENT_VC_DELETED);
  if (medium().by_address) {
    EXPECT_NE(caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE).status, VCP_SUCCESS);
  }
  callee_->DeregisterSap(offer.sap);
  const Call call = Connect(0);
  caller_->SendAndComplete(call.caller, "the second attempt");
  EXPECT_EQ(callee_->Receive().bytes, "the second attempt");
}

// --- by address ----------------------------------------------------------------------------------

TEST_P(ByAddress, C062_ACallerThatClosesBeforeTheAnswerEndsTheOffer) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  ASSERT_EQ(caller_->StartCloseCall(offer.caller, 1), VCP_PENDING);
  caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_REQUEST_ABORTED);
  caller_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 1);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL).vc, offer.callee);
  ExpectAnswerComesTooLate(offer.callee);
  callee_->CloseCall(offer.callee);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_VC_DELETED).vc, offer.callee);
  callee_->ExpectNothing();
}

TEST_P(ByAddress, C062_ACallerThatLeavesBeforeTheAnswerEndsTheOffer) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  caller_->Leave();
  EXPECT_EQ(callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL).vc, offer.callee);
  callee_->CloseCall(offer.callee);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_VC_DELETED).vc, offer.callee);
}

TEST_P(ByAddress, C062_AnAnswerThatCrossesTheCallersCloseConnectsNothing) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  ASSERT_EQ(caller_->StartCloseCall(offer.caller, 1), VCP_PENDING);
  ASSERT_EQ(callee_->AcceptCall(offer.callee), VCP_SUCCESS);
  caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE);
  caller_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 1);
  // Where the close comes first there is no connection; it must not come afterwards either.
  EXPECT_EQ(callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL).vc, offer.callee);
  callee_->CloseCall(offer.callee);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_VC_DELETED).vc, offer.callee);
  callee_->ExpectNothing();
}

TEST_P(ByAddress, C051_ACalleeThatLeavesFailsTheCall) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  callee_->Leave();
  const vcp_event event = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE);
  EXPECT_NE(event.status, VCP_SUCCESS);
  caller_->DeleteVc(offer.caller);
  caller_->ExpectNothing();
}

TEST_P(OverMcm, C050_AClientCallsItself) {
  MakeCaller();
  const vcp_sap sap = caller_->RegisterSap(caller_af_, SapOn(0));
  const vcp_vc vc = StartCall(0, 1);
  const vcp_event offer = caller_->Expect(VCP_EVENT_INCOMING_CALL);
  EXPECT_EQ(offer.sap, sap);
  ASSERT_EQ(caller_->AcceptCall(offer.vc), VCP_SUCCESS);
  caller_->Expect(VCP_EVENT_CALL_CONNECTED);
  caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  caller_->SendAndComplete(vc, "to myself");
  const Sdu sdu = caller_->Receive();
  EXPECT_EQ(sdu.bytes, "to myself");
  EXPECT_EQ(sdu.vc, offer.vc);
}

}  // namespace
}  // namespace vcp::conformance
