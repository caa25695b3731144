#include "base/limits.h"
#include "stage.h"

namespace vcp::circuit {
namespace {

CallParameters WithSdu(uint64_t max_sdu_bytes) {
  CallParameters params;
  params.call_manager.emplace().transmit.max_sdu_size_bytes = max_sdu_bytes;
  return params;
}

uint64_t SduOf(const CallParameters& params) {
  return params.call_manager ? params.call_manager->transmit.max_sdu_size_bytes : 0;
}

// A connected call on `vc` whose SDUs have 1000 bytes at most.
class Changes : public VcStage {
 protected:
  Changes() {
    CallParameters params = WithSdu(1000);
    EXPECT_EQ(board.MakeCall(vc, &params), Status::kPending);
    EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
    board.MakeCallComplete(Status::kSuccess, vc, params);
    Forget();
  }
  void Activate(VcHandle handle, uint64_t max_sdu_bytes) {
    CallParameters params = WithSdu(max_sdu_bytes);
    EXPECT_EQ(board.ActivateVc(handle, &params), Status::kSuccess);
  }
};

// --- by the client ------------------------------------------------------------------------------

TEST_F(Changes, C081_ChangedLater) {
  CallParameters params = WithSdu(2000);
  EXPECT_EQ(board.ModifyCallQoS(vc, &params), Status::kPending);
  EXPECT_THAT(manager.log, ElementsAre("ModifyCallQoS 501"));
  EXPECT_EQ(SduOf(manager.params), 2000U);
  EXPECT_EQ(board.ModifyCallQoS(vc, &params), Status::kInvalidState);
  Activate(vc, 2000);
  board.ModifyCallQoSComplete(Status::kPending, vc, params);
  board.ModifyCallQoSComplete(Status::kSuccess, vc, params);
  board.ModifyCallQoSComplete(Status::kSuccess, vc, params);
  EXPECT_THAT(client.log, ElementsAre("ModifyCallQoSComplete SUCCESS 10"));
  EXPECT_EQ(SduOf(client.params), 2000U);
  EXPECT_EQ(SduOf(Row(vc).params), 2000U);
  EXPECT_EQ(board.ModifyCallQoS(vc, &params), Status::kPending);
}

TEST_F(Changes, C084_ChangedAtOnceAndEdited) {
  manager.modify_call_qos = Status::kSuccess;
  manager.edit_params = [](CallParameters* params) {
    params->flags |= kCallParametersChanged;
    params->call_manager->transmit.max_sdu_size_bytes = 1500;
  };
  CallParameters params = WithSdu(2000);
  EXPECT_EQ(board.ModifyCallQoS(vc, &params), Status::kSuccess);
  EXPECT_THAT(client.log, IsEmpty());
  EXPECT_EQ(params.flags, kCallParametersChanged);
  EXPECT_EQ(SduOf(params), 1500U);
  EXPECT_EQ(SduOf(Row(vc).params), 1500U);
}

TEST_F(Changes, C081_NotBeforeTheMiniportAgreed) {
  CallParameters params = WithSdu(2000);
  EXPECT_EQ(board.ModifyCallQoS(vc, &params), Status::kPending);
  miniport.activate_vc = Status::kPending;
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kPending);
  board.ModifyCallQoSComplete(Status::kSuccess, vc, params);
  EXPECT_THAT(client.log, ElementsAre("ModifyCallQoSComplete FAILURE 10"));
  EXPECT_EQ(SduOf(client.params), 1000U);
}

TEST_F(Changes, C082_ARefusalBringsTheOldParametersBack) {
  CallParameters params = WithSdu(2000);
  EXPECT_EQ(board.ModifyCallQoS(vc, &params), Status::kPending);
  Activate(vc, 2000);
  Activate(vc, 1000);  // The network refused.
  board.ModifyCallQoSComplete(Status::kFailure, vc, params, Cause{.value = 37});
  EXPECT_THAT(client.log, ElementsAre("ModifyCallQoSComplete FAILURE 10"));
  EXPECT_EQ(SduOf(client.params), 1000U);
  EXPECT_EQ(client.cause.value, 37);
  EXPECT_EQ(Row(vc).call, CallState::kConnected);
}

TEST_F(Changes, C083_NoQualityToChange) {
  manager.modify_call_qos = Status::kNotSupported;
  CallParameters params = WithSdu(2000);
  EXPECT_EQ(board.ModifyCallQoS(vc, &params), Status::kNotSupported);
  EXPECT_EQ(SduOf(params), 1000U);
}

TEST_F(Changes, ACompletionBeforeModifyReturned) {  // Race 2
  CallParameters params = WithSdu(2000);
  manager.on_modify_call_qos = [&] {
    board.ModifyCallQoSComplete(Status::kFailure, vc, manager.params);
  };
  EXPECT_EQ(board.ModifyCallQoS(vc, &params), Status::kPending);
  EXPECT_THAT(client.log, ElementsAre("ModifyCallQoSComplete FAILURE 10"));
}

TEST_F(Changes, OnlyACallThatIsThereIsChanged) {
  CallParameters params = WithSdu(2000);
  EXPECT_EQ(board.ModifyCallQoS(VcHandle(), &params), Status::kInvalidHandle);
  CallParameters bad = WithSdu(2000);
  bad.call_manager->transmit.service_type = qos::ServiceType::kGuaranteed;
  EXPECT_EQ(board.ModifyCallQoS(vc, &bad), Status::kInvalidData);
  EXPECT_EQ(board.DispatchIncomingCloseCall(Status::kSuccess, vc, {}), Status::kSuccess);
  EXPECT_EQ(board.ModifyCallQoS(vc, &params), Status::kClosing);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(board.ModifyCallQoS(vc, &params), Status::kClosing);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
  board.CloseCallComplete(Status::kSuccess, vc);
  EXPECT_EQ(board.ModifyCallQoS(vc, &params), Status::kInvalidState);
  EXPECT_EQ(board.MakeCall(vc, &params), Status::kPending);
  EXPECT_EQ(board.ModifyCallQoS(vc, &params), Status::kInvalidState);
  EXPECT_THAT(manager.log, ElementsAre("CloseCall 501", "MakeCall 501"));
}

TEST_F(Changes, AClosedCallEndsTheChange) {
  CallParameters params = WithSdu(2000);
  EXPECT_EQ(board.ModifyCallQoS(vc, &params), Status::kPending);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kSuccess);
  board.CloseCallComplete(Status::kSuccess, vc);
  EXPECT_THAT(client.log, ElementsAre("ModifyCallQoSComplete REQUEST_ABORTED 10",
                                      "CloseCallComplete SUCCESS 10"));
  board.ModifyCallQoSComplete(Status::kSuccess, vc, params);
  EXPECT_EQ(client.log.size(), 2U);
}

// --- of an offer --------------------------------------------------------------------------------

class OfferChanges : public VcStage {
 protected:
  OfferChanges() {
    PrepareIncoming();
    client.incoming_call = Status::kPending;
    CallParameters params;
    EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kPending);
    Forget();
  }
};

TEST_F(OfferChanges, C088_WhileTheAnswerIsOwed) {
  CallParameters params = WithSdu(500);
  EXPECT_EQ(board.ModifyCallQoS(incoming, &params), Status::kPending);
  EXPECT_THAT(manager.log, ElementsAre("ModifyCallQoS 600"));
  board.ModifyCallQoSComplete(Status::kSuccess, incoming, params);
  EXPECT_THAT(client.log, ElementsAre("ModifyCallQoSComplete SUCCESS 1000"));
  board.IncomingCallComplete(Status::kSuccess, incoming, params);
  EXPECT_EQ(Row(incoming).call, CallState::kAccepted);
  EXPECT_EQ(board.ModifyCallQoS(incoming, &params), Status::kInvalidState);
}

TEST_F(OfferChanges, C085_NotForEver) {
  manager.modify_call_qos = Status::kFailure;
  CallParameters params = WithSdu(500);
  for (uint32_t i = 0; i < kMaxChangesPerOffer; ++i) {
    params = WithSdu(500);
    EXPECT_EQ(board.ModifyCallQoS(incoming, &params), Status::kFailure);
  }
  Forget();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(board.ModifyCallQoS(incoming, &params), Status::kResources);
  }
  EXPECT_THAT(manager.log, IsEmpty());
  // The next offer on the VC is another one.
  board.IncomingCallComplete(Status::kNotAccepted, incoming, params);
  EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kPending);
  EXPECT_EQ(board.ModifyCallQoS(incoming, &params), Status::kFailure);
}

TEST_F(OfferChanges, ARefusedOfferEndsTheChange) {
  CallParameters params = WithSdu(500);
  EXPECT_EQ(board.ModifyCallQoS(incoming, &params), Status::kPending);
  board.IncomingCallComplete(Status::kNotAccepted, incoming, params, Cause{.value = 21});
  EXPECT_THAT(client.log, ElementsAre("ModifyCallQoSComplete REQUEST_ABORTED 1000"));
  EXPECT_THAT(manager.log,
              ElementsAre("ModifyCallQoS 600", "IncomingCallComplete NOT_ACCEPTED 600"));
  EXPECT_EQ(manager.cause.value, 21);
}

TEST_F(VcStage, AnOfferRefusedAtOnceEndsTheChange) {
  PrepareIncoming();
  client.incoming_call = Status::kNotAccepted;
  CallParameters params = WithSdu(500);
  client.on_incoming_call = [&] {
    EXPECT_EQ(board.ModifyCallQoS(incoming, &params), Status::kPending);
  };
  CallParameters offered;
  EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &offered), Status::kNotAccepted);
  EXPECT_THAT(client.log,
              ElementsAre("IncomingCall 2 1000", "ModifyCallQoSComplete REQUEST_ABORTED 1000"));
}

// --- by the other side --------------------------------------------------------------------------

TEST_F(Changes, C086_TheMiniportAgreesFirst) {
  EXPECT_EQ(board.DispatchIncomingCallQoSChange(vc, WithSdu(2000)), Status::kInvalidState);
  EXPECT_THAT(client.log, IsEmpty());
  Activate(vc, 2000);
  EXPECT_EQ(board.DispatchIncomingCallQoSChange(vc, WithSdu(2000)), Status::kSuccess);
  EXPECT_THAT(client.log, ElementsAre("IncomingCallQoSChange 10"));
  EXPECT_EQ(SduOf(client.params), 2000U);
}

TEST_F(Changes, C086_NotWhileTheMiniportIsAsked) {
  miniport.activate_vc = Status::kPending;
  CallParameters same = WithSdu(1000);
  EXPECT_EQ(board.ActivateVc(vc, &same), Status::kPending);
  EXPECT_EQ(board.DispatchIncomingCallQoSChange(vc, WithSdu(1000)), Status::kInvalidState);
}

TEST_F(Changes, C087_RefusedByClosing) {
  Activate(vc, 2000);
  client.on_incoming_call_qos_change = [&] {
    EXPECT_EQ(board.CloseCall(vc, {}, Cause{.value = 49}), Status::kPending);
  };
  EXPECT_EQ(board.DispatchIncomingCallQoSChange(vc, WithSdu(2000)), Status::kSuccess);
  EXPECT_THAT(manager.log, ElementsAre("CloseCall 501"));
  EXPECT_EQ(manager.cause.value, 49);
  EXPECT_EQ(board.DispatchIncomingCallQoSChange(vc, WithSdu(2000)), Status::kClosing);
}

TEST_F(Changes, C087_RefusedByAnotherChange) {
  Activate(vc, 2000);
  CallParameters wanted = WithSdu(1000);
  client.on_incoming_call_qos_change = [&] {
    EXPECT_EQ(board.ModifyCallQoS(vc, &wanted), Status::kPending);
  };
  EXPECT_EQ(board.DispatchIncomingCallQoSChange(vc, WithSdu(2000)), Status::kSuccess);
  EXPECT_EQ(SduOf(manager.params), 1000U);
  EXPECT_EQ(board.DispatchIncomingCallQoSChange(vc, WithSdu(2000)), Status::kInvalidState);
}

TEST_F(VcStage, OnlyAConnectedCallIsChangedFromOutside) {
  PrepareIncoming();
  EXPECT_EQ(board.DispatchIncomingCallQoSChange(incoming, {}), Status::kInvalidState);
  EXPECT_EQ(board.DispatchIncomingCallQoSChange(VcHandle(), {}), Status::kInvalidHandle);
}

}  // namespace
}  // namespace vcp::circuit
