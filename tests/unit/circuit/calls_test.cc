#include "base/limits.h"
#include "stage.h"

namespace vcp::circuit {
namespace {

using Calls = VcStage;

// --- outgoing -----------------------------------------------------------------------------------

TEST_F(Calls, C050_ACallIsUpWhenItsVcIsActive) {
  CallParameters params;
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kPending);
  EXPECT_THAT(manager.log, ElementsAre("MakeCall 501"));
  EXPECT_EQ(Row(vc).call, CallState::kMaking);
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  board.MakeCallComplete(Status::kPending, vc, params);
  board.MakeCallComplete(Status::kSuccess, vc, params);
  board.MakeCallComplete(Status::kSuccess, vc, params);
  EXPECT_THAT(client.log, ElementsAre("MakeCallComplete SUCCESS 10"));
  EXPECT_EQ(Row(vc).call, CallState::kConnected);
}

TEST_F(Calls, C050_SuccessOnAnInactiveVcIsAFailure) {
  CallParameters params;
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kPending);
  board.MakeCallComplete(Status::kSuccess, vc, params);
  EXPECT_THAT(client.log, ElementsAre("MakeCallComplete FAILURE 10"));
  manager.make_call = Status::kSuccess;
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kFailure);
  EXPECT_EQ(Row(vc).call, CallState::kNone);
}

TEST_F(Calls, ACallThatSucceedsAtOnce) {
  CallParameters params;
  manager.make_call = Status::kSuccess;
  manager.on_make_call = [&] {
    CallParameters given = manager.params;
    given.media.emplace().labels = Labels{.transmit = 64, .receive = 64};
    EXPECT_EQ(board.ActivateVc(vc, &given), Status::kSuccess);
  };
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kSuccess);
  EXPECT_THAT(client.log, IsEmpty());
  EXPECT_EQ(Row(vc).call, CallState::kConnected);
}

TEST_F(Calls, C051_AFailedCallLeavesTheVcToItsClient) {  // Race 5
  CallParameters params;
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kPending);
  board.MakeCallComplete(Status::kNotFound, vc, params);
  EXPECT_THAT(client.log, ElementsAre("MakeCallComplete NOT_FOUND 10"));
  EXPECT_EQ(client.cause, Cause());
  manager.make_call = Status::kResources;
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kResources);
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
}

TEST_F(Calls, C052_AnUnansweredCallHoldsItsVc) {
  CallParameters params;
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kPending);
  EXPECT_EQ(board.DeleteVc(vc), Status::kNotAccepted);
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kInvalidState);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kFailure);
}

TEST_F(Calls, C053_TheCallManagersEditsComeBack) {
  CallParameters params;
  params.call_manager.emplace();
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kPending);
  EXPECT_EQ(manager.params, params);
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  CallParameters edited = params;
  edited.flags |= kCallParametersChanged;
  edited.call_manager->transmit.max_sdu_size_bytes = 100;
  board.MakeCallComplete(Status::kSuccess, vc, edited);
  EXPECT_EQ(client.params, edited);
  EXPECT_EQ(Row(vc).params, edited);
}

TEST_F(Calls, C055_ParametersNeedNotOutliveTheCall) {
  {
    auto params = std::make_unique<CallParameters>();
    EXPECT_EQ(board.MakeCall(vc, params.get()), Status::kPending);
  }
  CallParameters params;
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  board.MakeCallComplete(Status::kSuccess, vc, params);
  EXPECT_EQ(Row(vc).call, CallState::kConnected);
}

TEST_F(Calls, ACompletionBeforeMakeCallReturned) {  // Race 2
  CallParameters params;
  manager.on_make_call = [&] { board.MakeCallComplete(Status::kNotFound, vc, params); };
  client.on_make_call_complete = [&] { EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess); };
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kPending);
  EXPECT_THAT(client.log, ElementsAre("MakeCallComplete NOT_FOUND 10"));
  EXPECT_FALSE(board.FindVc(vc));
}

TEST_F(Calls, C090_WhatCannotBeACallIsRefused) {
  CallParameters params;
  params.call_manager.emplace().transmit.service_type = qos::ServiceType::kGuaranteed;
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kInvalidData);
  params = {.flags = kMultipointVc, .call_manager = {}, .media = {}};
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kNotSupported);
  EXPECT_THAT(manager.log, IsEmpty());
}

TEST_F(Calls, OnlyTheMakerOfAVcCallsOnIt) {
  PrepareIncoming();
  CallParameters params;
  EXPECT_EQ(board.MakeCall(incoming, &params), Status::kNotAccepted);
  EXPECT_EQ(board.DispatchIncomingCall(sap, vc, &params), Status::kNotAccepted);
}

// --- incoming -----------------------------------------------------------------------------------

TEST_F(Calls, C058_AcceptedAtOnce) {
  PrepareIncoming();
  CallParameters params;
  client.edit_params = [](CallParameters* offered) { offered->flags = kCallParametersChanged; };
  EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kSuccess);
  EXPECT_EQ(params.flags, kCallParametersChanged);
  EXPECT_THAT(client.log, ElementsAre("IncomingCall 2 1000"));
  EXPECT_THAT(manager.log, IsEmpty());
  EXPECT_EQ(Row(incoming).call, CallState::kAccepted);
}

TEST_F(Calls, C058_AcceptedLater) {
  PrepareIncoming();
  CallParameters params;
  client.incoming_call = Status::kPending;
  EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kPending);
  EXPECT_EQ(Row(incoming).call, CallState::kOffered);
  EXPECT_EQ(board.DispatchCallConnected(incoming), Status::kInvalidState);
  board.IncomingCallComplete(Status::kPending, incoming, params);
  board.IncomingCallComplete(Status::kSuccess, incoming, params);
  board.IncomingCallComplete(Status::kSuccess, incoming, params);
  EXPECT_THAT(manager.log, ElementsAre("IncomingCallComplete SUCCESS 600"));
  EXPECT_EQ(Row(incoming).call, CallState::kAccepted);
}

TEST_F(Calls, AnAnswerBeforeTheDispatchReturned) {  // Race 2
  PrepareIncoming();
  CallParameters params;
  client.incoming_call = Status::kPending;
  client.on_incoming_call = [&] { board.IncomingCallComplete(Status::kSuccess, incoming, params); };
  manager.on_incoming_call_complete = [&] {
    EXPECT_EQ(board.DispatchCallConnected(incoming), Status::kSuccess);
  };
  EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kPending);
  EXPECT_THAT(client.log, ElementsAre("IncomingCall 2 1000", "CallConnected 1000"));
}

TEST_F(Calls, C059_ConnectedOnce) {
  PrepareIncoming();
  CallParameters params;
  EXPECT_EQ(board.DispatchCallConnected(incoming), Status::kInvalidState);
  EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kSuccess);
  EXPECT_EQ(board.DispatchCallConnected(incoming), Status::kSuccess);
  EXPECT_EQ(board.DispatchCallConnected(incoming), Status::kInvalidState);
  EXPECT_THAT(client.log, ElementsAre("IncomingCall 2 1000", "CallConnected 1000"));
}

TEST_F(Calls, AVcMayBeActivatedAfterTheAnswerButBeforeTheConnection) {
  CallParameters params;
  EXPECT_EQ(board.CmCreateVc(af, 600, &incoming), Status::kSuccess);
  EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kSuccess);
  EXPECT_EQ(board.DispatchCallConnected(incoming), Status::kInvalidState);
  EXPECT_EQ(board.ActivateVc(incoming, &params), Status::kSuccess);
  EXPECT_EQ(board.DispatchCallConnected(incoming), Status::kSuccess);
}

TEST_F(Calls, C060_ARefusedCallIsOver) {
  PrepareIncoming();
  CallParameters params;
  client.incoming_call = Status::kNotSupported;
  EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kNotSupported);
  EXPECT_EQ(board.DispatchCallConnected(incoming), Status::kInvalidState);
  client.incoming_call = Status::kPending;
  EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kPending);
  board.IncomingCallComplete(Status::kNotAccepted, incoming, params);
  EXPECT_THAT(manager.log, ElementsAre("IncomingCallComplete NOT_ACCEPTED 600"));
  EXPECT_EQ(board.DeactivateVc(incoming), Status::kSuccess);
  EXPECT_EQ(board.CmDeleteVc(incoming), Status::kSuccess);
}

TEST_F(Calls, C062_TheCallerGoesBeforeTheConnection) {
  PrepareIncoming();
  CallParameters params;
  EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kSuccess);
  EXPECT_EQ(board.DispatchIncomingCloseCall(Status::kSuccess, incoming, {}), Status::kSuccess);
  EXPECT_EQ(board.DispatchCallConnected(incoming), Status::kClosing);
  EXPECT_EQ(board.CloseCall(incoming, {}), Status::kPending);
  EXPECT_THAT(client.log, ElementsAre("IncomingCall 2 1000", "IncomingCloseCall SUCCESS 1000"));
}

TEST_F(Calls, ClosingAnOfferIsRefusingIt) {
  PrepareIncoming();
  CallParameters params;
  client.incoming_call = Status::kPending;
  EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kPending);
  EXPECT_EQ(board.DispatchIncomingCloseCall(Status::kSuccess, incoming, {}), Status::kSuccess);
  EXPECT_EQ(board.CloseCall(incoming, {}), Status::kSuccess);
  EXPECT_THAT(manager.log, ElementsAre("IncomingCallComplete REQUEST_ABORTED 600"));
  EXPECT_EQ(Row(incoming).call, CallState::kNone);
}

// A call manager may end the VC before it has looked at what the client answered.
TEST_F(Calls, TheAnswerOutlivesItsVc) {
  CallParameters params;
  params.call_manager.emplace().called = ParseAddress("+358123").value();
  EXPECT_EQ(board.CmCreateVc(af, 600, &incoming), Status::kSuccess);
  EXPECT_EQ(board.ActivateVc(incoming, &params), Status::kSuccess);
  client.incoming_call = Status::kPending;
  EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kPending);
  manager.on_incoming_call_complete = [&] {
    EXPECT_EQ(board.DeactivateVc(incoming), Status::kSuccess);
    EXPECT_EQ(board.CmDeleteVc(incoming), Status::kSuccess);
  };
  EXPECT_EQ(board.CloseCall(incoming, {}, Cause{.value = 21}), Status::kSuccess);
  EXPECT_EQ(manager.params, params);
  EXPECT_EQ(manager.cause.value, 21);
}

TEST_F(Calls, C095_AnAnswerIsBoundedHoweverItComes) {
  PrepareIncoming();
  CallParameters params;
  CallParameters longer;
  longer.media.emplace().specific.bytes.resize(kMaxSpecificBytes + 1);
  client.edit_params = [&](CallParameters* offered) { *offered = longer; };
  EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kInvalidLength);
  EXPECT_EQ(Row(incoming).call, CallState::kNone);
  client.incoming_call = Status::kPending;
  EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kPending);
  board.IncomingCallComplete(Status::kSuccess, incoming, longer);
  EXPECT_THAT(manager.log, ElementsAre("IncomingCallComplete INVALID_LENGTH 600"));
}

TEST_F(Calls, AnOfferGoesToTheClientOfItsVc) {
  RecordingClient second;
  BindingHandle bound;
  AfHandle other;
  SapHandle theirs;
  CallParameters params;
  ASSERT_EQ(board.OpenBinding(&second, adapter, &bound), Status::kSuccess);
  ASSERT_EQ(board.OpenAddressFamily(bound, {}, 1, &other), Status::kSuccess);
  ASSERT_EQ(board.RegisterSap(other, 2, {}, &theirs), Status::kSuccess);
  PrepareIncoming();
  EXPECT_EQ(board.DispatchIncomingCall(theirs, incoming, &params), Status::kNotAccepted);
}

// --- close --------------------------------------------------------------------------------------

TEST_F(Calls, C066_CloseSucceedsOnceTheVcIsInactive) {
  ConnectOutgoing();
  const std::vector<uint8_t> bye = {9};
  EXPECT_EQ(board.CloseCall(vc, bye), Status::kPending);
  EXPECT_EQ(manager.close_data, bye);  // C65
  EXPECT_EQ(Row(vc).call, CallState::kClosing);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kClosing);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
  EXPECT_EQ(board.DeleteVc(vc), Status::kNotAccepted);
  board.CloseCallComplete(Status::kPending, vc);
  board.CloseCallComplete(Status::kSuccess, vc);
  board.CloseCallComplete(Status::kSuccess, vc);
  EXPECT_THAT(client.log, ElementsAre("CloseCallComplete SUCCESS 10"));
  EXPECT_EQ(Row(vc).call, CallState::kNone);
}

TEST_F(Calls, C066_SuccessOnAnActiveVcIsAFailure) {
  ConnectOutgoing();
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  board.CloseCallComplete(Status::kSuccess, vc);
  EXPECT_THAT(client.log, ElementsAre("CloseCallComplete FAILURE 10"));
  EXPECT_EQ(Row(vc).call, CallState::kConnected);
}

TEST_F(Calls, C065_RefusedCloseDataLeavesTheCallUp) {
  ConnectOutgoing();
  manager.close_call = Status::kInvalidData;
  const std::vector<uint8_t> bye = {9};
  EXPECT_EQ(board.CloseCall(vc, bye), Status::kInvalidData);
  EXPECT_EQ(Row(vc).call, CallState::kConnected);
  manager.close_call = Status::kPending;
  EXPECT_EQ(board.CloseCall(vc, bye), Status::kPending);
  board.CloseCallComplete(Status::kInvalidData, vc);
  EXPECT_THAT(client.log, ElementsAre("CloseCallComplete INVALID_DATA 10"));
  EXPECT_EQ(Row(vc).call, CallState::kConnected);
}

TEST_F(Calls, ACloseThatSucceedsAtOnce) {
  ConnectOutgoing();
  manager.close_call = Status::kSuccess;
  manager.on_close_call = [&] { EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess); };
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kSuccess);
  EXPECT_THAT(client.log, IsEmpty());
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
}

TEST_F(Calls, ACompletionBeforeCloseReturned) {  // Race 2
  ConnectOutgoing();
  manager.on_close_call = [&] {
    EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
    board.CloseCallComplete(Status::kSuccess, vc);
  };
  client.on_close_call_complete = [&] { EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess); };
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_THAT(client.log, ElementsAre("CloseCallComplete SUCCESS 10"));
  EXPECT_FALSE(board.FindVc(vc));
}

TEST_F(Calls, C047_AVcIsUsedAgainInsideTheCloseCompletion) {
  ConnectOutgoing();
  CallParameters params;
  client.on_close_call_complete = [&] { EXPECT_EQ(board.MakeCall(vc, &params), Status::kPending); };
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kClosing);  // Conflict 0.3 #3.
  EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
  board.CloseCallComplete(Status::kSuccess, vc);
  EXPECT_EQ(Row(vc).call, CallState::kMaking);
}

TEST_F(Calls, C047_ACallManagerOffersTheNextCallOnItsVc) {  // Race 10
  ConnectIncoming();
  CallParameters params;
  client.on_close_call_complete = [&] {
    client.log.emplace_back("closed");
    EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kSuccess);
  };
  EXPECT_EQ(board.CloseCall(incoming, {}), Status::kPending);
  EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kInvalidState);
  EXPECT_EQ(board.DeactivateVc(incoming), Status::kSuccess);
  board.CloseCallComplete(Status::kSuccess, incoming);
  EXPECT_THAT(client.log,
              ElementsAre("CloseCallComplete SUCCESS 1000", "closed", "IncomingCall 2 1000"));
}

TEST_F(Calls, C067_AfterARemoteCloseWithSuccessTheVcIsReused) {  // Race 11
  ConnectOutgoing();
  CallParameters params;
  const std::vector<uint8_t> bye = {1, 2};
  EXPECT_EQ(board.DispatchIncomingCloseCall(Status::kSuccess, vc, bye), Status::kSuccess);
  EXPECT_EQ(client.close_data, bye);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
  board.CloseCallComplete(Status::kSuccess, vc);
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kPending);
}

TEST_F(Calls, C067_AfterARemoteFailureTheVcIsDeleted) {  // Race 11
  ConnectOutgoing();
  CallParameters params;
  EXPECT_EQ(board.DispatchIncomingCloseCall(Status::kFailure, vc, {}), Status::kSuccess);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
  board.CloseCallComplete(Status::kSuccess, vc);
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kInvalidState);
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
}

TEST_F(Calls, C068_AClientNeverDeletesACallManagersVc) {
  ConnectIncoming();
  EXPECT_EQ(board.CloseCall(incoming, {}), Status::kPending);
  EXPECT_EQ(board.DeactivateVc(incoming), Status::kSuccess);
  board.CloseCallComplete(Status::kSuccess, incoming);
  EXPECT_EQ(board.DeleteVc(incoming), Status::kNotAccepted);
  EXPECT_EQ(board.CmDeleteVc(incoming), Status::kSuccess);
}

TEST_F(Calls, C069_CrossingClosesCompleteOnce) {
  ConnectOutgoing();
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(board.DispatchIncomingCloseCall(Status::kSuccess, vc, {}), Status::kClosing);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
  board.CloseCallComplete(Status::kSuccess, vc);
  EXPECT_EQ(board.DispatchIncomingCloseCall(Status::kSuccess, vc, {}), Status::kInvalidState);
  EXPECT_THAT(client.log, ElementsAre("CloseCallComplete SUCCESS 10"));
}

TEST_F(Calls, C069_ARemoteCloseIsToldOnce) {
  ConnectOutgoing();
  EXPECT_EQ(board.DispatchIncomingCloseCall(Status::kSuccess, vc, {}), Status::kSuccess);
  EXPECT_EQ(board.DispatchIncomingCloseCall(Status::kSuccess, vc, {}), Status::kClosing);
  EXPECT_THAT(client.log, ElementsAre("IncomingCloseCall SUCCESS 10"));
}

TEST_F(Calls, ClosingFromInsideTheRemoteClose) {
  ConnectOutgoing();
  manager.on_close_call = [&] {
    EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
    board.CloseCallComplete(Status::kSuccess, vc);
  };
  client.on_incoming_close_call = [&] {
    EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
    EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  };
  EXPECT_EQ(board.DispatchIncomingCloseCall(Status::kSuccess, vc, {}), Status::kSuccess);
  EXPECT_THAT(client.log,
              ElementsAre("IncomingCloseCall SUCCESS 10", "CloseCallComplete SUCCESS 10"));
}

TEST_F(Calls, ACallBeingMadeIsGivenUp) {
  CallParameters params;
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kPending);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(board.DispatchIncomingCloseCall(Status::kSuccess, vc, {}), Status::kClosing);
  // The call manager need not answer the MakeCall; deleting waits for both.
  client.on_make_call_complete = [&] { EXPECT_EQ(board.DeleteVc(vc), Status::kNotAccepted); };
  board.CloseCallComplete(Status::kSuccess, vc);
  EXPECT_THAT(client.log,
              ElementsAre("MakeCallComplete REQUEST_ABORTED 10", "CloseCallComplete SUCCESS 10"));
  board.MakeCallComplete(Status::kSuccess, vc, params);
  EXPECT_EQ(client.log.size(), 2u);
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
}

TEST_F(Calls, ACallBeingMadeIsGivenUpAndAnswered) {
  CallParameters params;
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kPending);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  board.MakeCallComplete(Status::kNotFound, vc, params);
  EXPECT_EQ(Row(vc).call, CallState::kClosing);
  board.CloseCallComplete(Status::kFailure, vc);  // Nothing to go back to.
  EXPECT_EQ(Row(vc).call, CallState::kNone);
  EXPECT_THAT(client.log,
              ElementsAre("MakeCallComplete NOT_FOUND 10", "CloseCallComplete FAILURE 10"));
}

TEST_F(Calls, WhatIsNotThereIsNotClosed) {
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kInvalidState);
  EXPECT_EQ(board.DispatchIncomingCloseCall(Status::kSuccess, vc, {}), Status::kInvalidState);
  CallParameters params;
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kPending);
  EXPECT_EQ(board.DispatchIncomingCloseCall(Status::kSuccess, vc, {}), Status::kInvalidState);
}

TEST_F(Calls, C070_TheFullTeardownOrder) {
  ConnectOutgoing();
  ConnectIncoming();
  manager.close_call = Status::kPending;
  for (VcHandle one : {vc, incoming}) {
    EXPECT_EQ(board.CloseCall(one, {}), Status::kPending);
    EXPECT_EQ(board.DeactivateVc(one), Status::kSuccess);
    board.CloseCallComplete(Status::kSuccess, one);
  }
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  EXPECT_EQ(board.CmDeleteVc(incoming), Status::kSuccess);
  EXPECT_EQ(board.DeregisterSap(sap), Status::kSuccess);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
  EXPECT_EQ(board.CloseBinding(binding), Status::kSuccess);
  EXPECT_EQ(board.CloseBinding(manager_binding), Status::kSuccess);
  EXPECT_EQ(board.DeregisterAdapter(adapter), Status::kSuccess);
  EXPECT_EQ(board.LiveObjectCount(), 0u);
}

// --- the same client over an MCM (C131) ---------------------------------------------------------

TEST_F(McmStage, C131_ACallOverAnMcm) {
  CallParameters params;
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kPending);
  EXPECT_EQ(board.McmActivateVc(vc, params), Status::kSuccess);
  board.MakeCallComplete(Status::kSuccess, vc, params);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(board.McmDeactivateVc(vc), Status::kSuccess);
  board.CloseCallComplete(Status::kSuccess, vc);
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  EXPECT_THAT(client.log, ElementsAre("AfRegistered 1", "MakeCallComplete SUCCESS 10",
                                      "CloseCallComplete SUCCESS 10"));
}

}  // namespace
}  // namespace vcp::circuit
