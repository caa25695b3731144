// Group 4: the end of a call, from either side and from both.
#include <string>
#include <vector>

#include "stage.h"

namespace vcp::conformance {
namespace {

TEST_P(AttachedOverEach, C063_ACloseWaitsForTheSendsBeforeIt) {  // Race 8
  constexpr int kSends = 200;
  MakeBoth();
  const Call call = Connect(0);
  // Not flushed: nobody can have completed them yet.
  for (int i = 0; i < kSends; ++i) {
    const std::string text = std::to_string(i);
    ASSERT_EQ(vcp_send(caller().client(), call.caller, text.data(), text.size(), i), VCP_SUCCESS);
  }
  ASSERT_EQ(caller_->StartCloseCall(call.caller, 1), VCP_PENDING);
  ExpectNoSending(caller_.get(), call.caller, VCP_CLOSING);
  caller_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 1);
  for (int i = 0; i < kSends; ++i) {
    const vcp_completion completion = caller_->Completion();
    EXPECT_EQ(completion.status, VCP_SUCCESS) << vcp_status_name(completion.status);
    EXPECT_EQ(callee_->Receive().bytes, std::to_string(i));
  }
  EXPECT_FALSE(caller_->HasCompletion());
}

TEST_P(AttachedOverEach, C063_NothingIsSentAfterAClose) {  // Race 8
  MakeBoth();
  const Call call = Connect(0);
  callee_->SendAndComplete(call.callee, "held");
  const Sdu held = caller_->ReceiveHeld();  // so that the close takes its time
  ASSERT_EQ(caller_->StartCloseCall(call.caller, 1), VCP_PENDING);
  ExpectNoSending(caller_.get(), call.caller, VCP_CLOSING);
  caller_->Return(held);
  caller_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 1);
  ExpectNoSending(caller_.get(), call.caller, VCP_INVALID_STATE);
  EXPECT_FALSE(caller_->HasCompletion());
  EXPECT_FALSE(callee_->HasSdu());
}

TEST_P(OverEach, C065_CloseDataHasABound) {
  MakeBoth();
  const Call call = Connect(0);
  const std::string data(VCP_MAX_CLOSE_DATA_BYTES + 1, 'x');
  EXPECT_EQ(caller_->StartCloseCall(call.caller, 1, data), VCP_INVALID_LENGTH);
  caller_->SendAndComplete(call.caller, "still connected");
  EXPECT_EQ(callee_->Receive().bytes, "still connected");
  End(call);
}

TEST_P(OverEach, C066_C070_ATeardownInOrderLeavesNothing) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  const Call call = Accept(offer);
  caller_->SendAndComplete(call.caller, "last");
  EXPECT_EQ(callee_->Receive().bytes, "last");
  caller_->CloseCall(call.caller);
  // SUCCESS: the VC is inactive, and at its maker's disposal without another word.
  caller_->DeleteVc(call.caller);
  if (medium().by_address) {
    callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_SUCCESS);
  }
  callee_->CloseCall(call.callee);
  callee_->Expect(VCP_EVENT_VC_DELETED);
  callee_->DeregisterSap(offer.sap);
  callee_->CloseAf(callee_af_);
  caller_->CloseAf(caller_af_);
  caller_->ExpectNothing();
  callee_->ExpectNothing();
}

TEST_P(OverEach, C067_AfterTheOtherSideClosedTheVcIsItsMakers) {
  MakeBoth();
  const Call call = Connect(0);
  const vcp_status why = LoseCall(call);
  EXPECT_EQ(why, medium().by_address ? VCP_SUCCESS : VCP_CLOSED) << vcp_status_name(why);
  ExpectNoSending(caller_.get(), call.caller, VCP_CLOSING);
  caller_->CloseCall(call.caller);
  callee_->RegisterSap(callee_af_, SapOn(1));
  const vcp_call_params params = CallOn(1);
  const vcp_status started = caller_->StartMakeCall(call.caller, params, 5);
  if (medium().by_address) {
    const vcp_vc callee = callee_->Expect(VCP_EVENT_INCOMING_CALL).vc;
    ASSERT_EQ(callee_->AcceptCall(callee), VCP_SUCCESS);
    EXPECT_EQ(caller_->OutcomeOf(started, 5), VCP_SUCCESS);
  } else {
    // It did not end well: that VC is for deleting only.
    EXPECT_EQ(caller_->OutcomeOf(started, 5), VCP_INVALID_STATE);
    caller_->DeleteVc(call.caller);
  }
}

TEST_P(OverEach, C067_WhatCameBeforeTheCloseIsReceived) {
  MakeBoth();
  const Call call = Connect(0);
  for (int i = 0; i < 50; ++i) callee_->SendAndComplete(call.callee, std::to_string(i));
  LoseCall(call);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(caller_->Receive().bytes, std::to_string(i));
  caller_->CloseCall(call.caller);
}

TEST_P(OverEach, C068_ACalleesVcGoesWithItsCall) {
  MakeBoth();
  const Call call = Connect(0);
  callee_->CloseCall(call.callee);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_VC_DELETED).vc, call.callee);
  EXPECT_EQ(callee_->StartCloseCall(call.callee, 2), VCP_INVALID_HANDLE);
  ExpectNoSending(callee_.get(), call.callee, VCP_INVALID_HANDLE);
  callee_->ExpectNothing();
}

TEST_P(OverEach, C069_ClosesThatCrossEndOnceEach) {
  MakeBoth();
  for (int line = 0; line < 20; ++line) {
    const Call call = Connect(line);
    caller_->SendAndComplete(call.caller, "something");
    callee_->Receive();
    ASSERT_EQ(caller_->StartCloseCall(call.caller, 1), VCP_PENDING);
    ASSERT_EQ(callee_->StartCloseCall(call.callee, 2), VCP_PENDING);
    EXPECT_EQ(caller_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 1).vc, call.caller);
    // Where both are told by one driver the second close comes after the first one's news.
    if (!is_attached() && medium().is_local) callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL);
    EXPECT_EQ(callee_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 2).vc, call.callee);
    EXPECT_EQ(callee_->Expect(VCP_EVENT_VC_DELETED).vc, call.callee);
    caller_->DeleteVc(call.caller);
    caller_->ExpectNothing();
    callee_->ExpectNothing();
  }
}

TEST_P(OverEach, C069_ASecondCloseIsRefused) {
  MakeBoth();
  const Call call = Connect(0);
  caller_->CloseCall(call.caller);
  EXPECT_EQ(caller_->StartCloseCall(call.caller, 2), VCP_INVALID_STATE);
  caller_->ExpectNothing();
}

TEST_P(AttachedOverEach, C063_ARemoteCloseMeetsSendsUnderWay) {  // Race 8
  constexpr int kSends = 300;
  MakeBoth();
  const Call call = Connect(0);
  for (int i = 0; i < kSends; ++i) {
    ASSERT_EQ(vcp_send(caller().client(), call.caller, "under way", 9, i), VCP_SUCCESS);
  }
  LoseCall(call);  // flushes them on its way, or while it waits
  ASSERT_EQ(caller_->StartCloseCall(call.caller, 1), VCP_PENDING);
  std::vector<int> completed(kSends, 0);
  for (int i = 0; i < kSends; ++i) {
    const vcp_completion completion = caller_->Completion();
    EXPECT_TRUE(completion.status == VCP_SUCCESS || completion.status == VCP_SEND_ABORTED)
        << vcp_status_name(completion.status);
    ++completed.at(completion.cookie);
  }
  EXPECT_EQ(completed, std::vector<int>(kSends, 1));
  caller_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 1);
  EXPECT_FALSE(caller_->HasCompletion());
}

// --- by address ----------------------------------------------------------------------------------

TEST_P(ByAddress, C065_CloseDataArrives) {
  MakeBoth();
  const Call call = Connect(0);
  // Signaling's element has an octet of its own.
  const std::string data(VCP_MAX_CLOSE_DATA_BYTES - (medium().is_local ? 0 : 1), 'b');
  ASSERT_EQ(caller_->StartCloseCall(call.caller, 1, data), VCP_PENDING);
  const vcp_event event = callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_SUCCESS);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(event.data), event.data_length), data);
  caller_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 1);
  callee_->CloseCall(call.callee);
}

TEST_P(ByAddress, C062_AConnectedCalleesEndIsHeard) {
  MakeBoth();
  const Call call = Connect(0);
  callee_->Leave();
  EXPECT_EQ(caller_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL).vc, call.caller);
  caller_->CloseCall(call.caller);
}

TEST_P(ByAddress, C065_WhatWasSentComesBeforeTheClose) {
  MakeBoth();
  const Call call = Connect(0);
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(caller_->Send(call.caller, "before"), VCP_SUCCESS);
  }
  ASSERT_EQ(caller_->StartCloseCall(call.caller, 1, "bye"), VCP_PENDING);
  caller_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 1);
  callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(callee_->Receive().bytes, "before");
}

// --- on a PVC ------------------------------------------------------------------------------------

TEST_P(OverPvc, C065_APvcTakesNoCloseData) {
  MakeBoth();
  const Call call = Connect(0);
  ASSERT_EQ(caller_->StartCloseCall(call.caller, 1, "bye"), VCP_PENDING);
  caller_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_INVALID_DATA, 1);
  caller_->SendAndComplete(call.caller, "so it goes on");
  EXPECT_EQ(callee_->Receive().bytes, "so it goes on");
  caller_->CloseCall(call.caller);
}

TEST_P(OverPvc, C069_AnOperatorsDeleteAndACloseCross) {
  MakeBoth();
  const Call call = Connect(0);
  ASSERT_EQ(caller_->StartCloseCall(call.caller, 1), VCP_PENDING);
  DeletePvc(Side::kCaller, 0);
  caller_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 1);
  caller_->ExpectNothing();
  caller_->DeleteVc(call.caller);
}

TEST_P(OverPvc, C062_APvcDeletedBeforeTheAnswerEndsTheOffer) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  DeletePvc(Side::kCallee, 0);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_CLOSED).vc, offer.callee);
  ExpectAnswerComesTooLate(offer.callee);
  callee_->CloseCall(offer.callee);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_VC_DELETED).vc, offer.callee);
}

}  // namespace
}  // namespace vcp::conformance
