#include "loopback_stage.h"

namespace vcp::miniport {
namespace {

class LoopbackChanges : public LoopbackMcmTest {
 protected:
  // SDUs of so many bytes from the one who asks.
  Status Modify(circuit::VcHandle on, uint64_t max_sdu_bytes) {
    wanted = params;
    wanted.call_manager->transmit.max_sdu_size_bytes = max_sdu_bytes;
    wanted.call_manager->receive.max_sdu_size_bytes = 1000;
    return board.ModifyCallQoS(on, &wanted);
  }
  static uint64_t SentBy(const circuit::CallParameters& seen) {
    return seen.call_manager->transmit.max_sdu_size_bytes;
  }
  static uint64_t ReceivedBy(const circuit::CallParameters& seen) {
    return seen.call_manager->receive.max_sdu_size_bytes;
  }
  // What the data path lets through at both ends.
  void ExpectPaths(uint32_t max_sdu_bytes) {
    for (const auto& [key, program] : programmer.active) {
      EXPECT_EQ(program.max_sdu_bytes, max_sdu_bytes);
    }
    EXPECT_EQ(programmer.active.size(), 2u);
  }

  circuit::CallParameters wanted;
};

TEST_F(LoopbackChanges, C081_C086_BothPathsChangeBeforeAnybodyHears) {
  Connect();
  EXPECT_EQ(Modify(vc, 1200), Status::kPending);
  EXPECT_EQ(Modify(vc, 1300), Status::kInvalidState);
  programmer.Answer();
  EXPECT_THAT(callee.log, IsEmpty());
  EXPECT_THAT(caller.log, IsEmpty());
  programmer.Answer();
  EXPECT_THAT(Take(&callee.log), ElementsAre("IncomingCallQoSChange 1000"));
  EXPECT_THAT(Take(&caller.log), ElementsAre("ModifyCallQoSComplete SUCCESS 11"));
  EXPECT_EQ(SentBy(caller.params), 1200u);
  EXPECT_EQ(caller.params.flags & circuit::kCallParametersChanged, 0u);
  EXPECT_EQ(ReceivedBy(callee.params), 1200u);
  EXPECT_EQ(SentBy(callee.params), 1000u);
  ExpectPaths(1200);
  // The callee may, too.
  EXPECT_EQ(Modify(callee.last_vc, 800), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(callee.log, ElementsAre("ModifyCallQoSComplete SUCCESS 1000"));
  EXPECT_THAT(caller.log, ElementsAre("IncomingCallQoSChange 11"));
  EXPECT_EQ(ReceivedBy(caller.params), 800u);
  ExpectCleanEnd();
}

// What an end wants for itself the other one does not hear of, nor changes.
TEST_F(LoopbackChanges, C094_EachEndHasItsOwnMediaFlags) {
  constexpr uint32_t kOwn = circuit::kIndicateErroredPackets | circuit::kReceiveTimeIndication;
  params.media.emplace().flags |= kOwn;
  Connect();
  EXPECT_EQ(Modify(vc, 1200), Status::kPending);
  programmer.AnswerAll();
  EXPECT_EQ(callee.params.media->flags & kOwn, 0u);
  EXPECT_EQ(Modify(callee.last_vc, 800), Status::kPending);
  programmer.AnswerAll();
  for (const auto& [key, program] : programmer.active) {
    const bool is_caller = program.channel_vc == 11;
    EXPECT_EQ(program.indicates_errored, is_caller);
    EXPECT_EQ(program.stamps_receives, is_caller);
  }
  caller.log.clear();
  callee.log.clear();
  ExpectCleanEnd();
}

TEST_F(LoopbackChanges, NothingIsReservedHere) {
  params.media.emplace().flags |= circuit::kReserveResources;
  EXPECT_EQ(Call(), Status::kNotSupported);
  params.media->flags = circuit::MediaParameters().flags;
  Connect();
  params.media->flags |= circuit::kReserveResources;
  EXPECT_EQ(Modify(vc, 1200), Status::kNotSupported);
  ExpectCleanEnd();
}

TEST_F(LoopbackChanges, C084_ARoundedChangeIsMarked) {
  params.media.emplace().flags |= circuit::kRoundDownFlow;
  Connect();
  EXPECT_EQ(Modify(vc, 100000), Status::kPending);
  programmer.AnswerAll();
  EXPECT_NE(caller.params.flags & circuit::kCallParametersChanged, 0u);
  EXPECT_EQ(SentBy(caller.params), 1488u);
  EXPECT_EQ(callee.params.flags & circuit::kCallParametersChanged, 0u);
}

TEST_F(LoopbackChanges, C082_WhatThePortCannotCarryChangesNothing) {
  Connect();
  EXPECT_EQ(Modify(vc, 100000), Status::kInvalidData);
  EXPECT_EQ(SentBy(wanted), 1488u);
  EXPECT_TRUE(programmer.commands.empty());
  EXPECT_EQ(Modify(vc, 1200), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(caller.log, ElementsAre("ModifyCallQoSComplete SUCCESS 11"));
}

TEST_F(LoopbackChanges, C082_C086_ARefusalByTheDataPathIsTakenBackAndNeverHeardOf) {
  Connect();
  EXPECT_EQ(Modify(vc, 1200), Status::kPending);
  programmer.Answer();
  programmer.Answer(Status::kResources);
  EXPECT_THAT(caller.log, IsEmpty());
  programmer.AnswerAll();
  EXPECT_THAT(Take(&caller.log), ElementsAre("ModifyCallQoSComplete RESOURCES 11"));
  EXPECT_THAT(callee.log, IsEmpty());
  EXPECT_EQ(SentBy(caller.params), 1488u);
  EXPECT_EQ(SentBy(board.FindVc(callee.last_vc)->params), 1488u);
  ExpectPaths(1488);
  ExpectCleanEnd();
}

TEST_F(LoopbackChanges, WhatCannotBeTakenBackEndsTheCall) {
  Connect();
  EXPECT_EQ(Modify(vc, 1200), Status::kPending);
  programmer.Answer();
  programmer.Answer(Status::kResources);
  programmer.Answer(Status::kFailure);
  programmer.AnswerAll();
  EXPECT_THAT(caller.log, ElementsAre("IncomingCloseCall FAILURE 11"));
  EXPECT_THAT(callee.log, ElementsAre("IncomingCloseCall FAILURE 1000"));
  ExpectCleanEnd();
}

TEST_F(LoopbackChanges, C087_TheOtherSideRefusesByChangingItBack) {
  Connect();
  callee.on_incoming_call_qos_change = [&] {
    callee.on_incoming_call_qos_change = {};
    EXPECT_EQ(Modify(callee.last_vc, 1488), Status::kPending);
  };
  EXPECT_EQ(Modify(vc, 1200), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(caller.log, ElementsAre("ModifyCallQoSComplete NOT_ACCEPTED 11"));
  EXPECT_EQ(SentBy(caller.params), 1488u);
  EXPECT_THAT(callee.log,
              ElementsAre("IncomingCallQoSChange 1000", "ModifyCallQoSComplete NOT_ACCEPTED 1000"));
  EXPECT_EQ(ReceivedBy(callee.params), 1488u);
  ExpectPaths(1488);
  ExpectCleanEnd();
}

TEST_F(LoopbackChanges, C087_TheOtherSideRefusesByClosing) {
  Connect();
  callee.on_incoming_call_qos_change = [&] {
    EXPECT_EQ(board.CloseCall(callee.last_vc, {}), Status::kPending);
  };
  EXPECT_EQ(Modify(vc, 1200), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(Take(&caller.log), ElementsAre("IncomingCloseCall SUCCESS 11"));
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(caller.log, ElementsAre("ModifyCallQoSComplete REQUEST_ABORTED 11",
                                      "CloseCallComplete SUCCESS 11"));
  ExpectCleanEnd();
}

TEST_F(LoopbackChanges, ChangesThatCross) {
  Connect();
  EXPECT_EQ(Modify(vc, 1200), Status::kPending);
  EXPECT_EQ(Modify(callee.last_vc, 700), Status::kNotAccepted);
  programmer.AnswerAll();
  EXPECT_THAT(caller.log, ElementsAre("ModifyCallQoSComplete SUCCESS 11"));
  EXPECT_THAT(callee.log, ElementsAre("IncomingCallQoSChange 1000"));
}

TEST_F(LoopbackChanges, ACloseDuringAChange) {
  for (bool by_caller : {true, false}) {
    Connect();
    EXPECT_EQ(Modify(vc, 1200), Status::kPending);
    programmer.Answer();
    EXPECT_EQ(board.CloseCall(by_caller ? vc : callee.last_vc, {}), Status::kPending);
    programmer.AnswerAll();
    EXPECT_EQ(board.CloseCall(by_caller ? callee.last_vc : vc, {}), Status::kPending);
    programmer.AnswerAll();
    EXPECT_THAT(caller.log, Contains("ModifyCallQoSComplete REQUEST_ABORTED 11"));
    EXPECT_EQ(board.FindVc(vc)->call, CallState::kNone);
    caller.log.clear();
    callee.log.clear();
    callee.next_vc_context = 1000;
  }
  ExpectCleanEnd();
}

TEST_F(LoopbackChanges, C088_AnOfferIsChangedBeforeItIsAnswered) {
  callee.incoming_call = Status::kPending;
  EXPECT_EQ(Call(), Status::kPending);
  programmer.AnswerAll();
  EXPECT_EQ(Modify(callee.last_vc, 700), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(callee.log, ElementsAre("CreateVc 1", "IncomingCall 2 1000",
                                      "ModifyCallQoSComplete SUCCESS 1000"));
  EXPECT_THAT(caller.log, IsEmpty());
  board.IncomingCallComplete(Status::kSuccess, callee.last_vc, callee.params);
  programmer.AnswerAll();
  EXPECT_THAT(caller.log, ElementsAre("MakeCallComplete SUCCESS 11"));
  EXPECT_NE(caller.params.flags & circuit::kCallParametersChanged, 0u);
  EXPECT_EQ(ReceivedBy(caller.params), 700u);
  ExpectPaths(1000);
  ExpectCleanEnd();
}

TEST_F(LoopbackChanges, C088_AcceptedWhileTheChangeIsUnderWay) {
  callee.incoming_call = Status::kPending;
  EXPECT_EQ(Call(), Status::kPending);
  programmer.AnswerAll();
  EXPECT_EQ(Modify(callee.last_vc, 700), Status::kPending);
  board.IncomingCallComplete(Status::kSuccess, callee.last_vc, callee.params);
  EXPECT_THAT(caller.log, IsEmpty());
  callee.log.clear();
  programmer.AnswerAll();
  EXPECT_THAT(callee.log, ElementsAre("ModifyCallQoSComplete SUCCESS 1000", "CallConnected 1000"));
  EXPECT_THAT(caller.log, ElementsAre("MakeCallComplete SUCCESS 11"));
  ExpectCleanEnd();
}

TEST_F(LoopbackChanges, C088_RefusedWhileTheChangeIsUnderWay) {
  callee.incoming_call = Status::kPending;
  EXPECT_EQ(Call(), Status::kPending);
  programmer.AnswerAll();
  EXPECT_EQ(Modify(callee.last_vc, 700), Status::kPending);
  board.IncomingCallComplete(Status::kNotAccepted, callee.last_vc, callee.params);
  programmer.AnswerAll();
  EXPECT_THAT(callee.log, Contains("ModifyCallQoSComplete REQUEST_ABORTED 1000"));
  EXPECT_THAT(caller.log, ElementsAre("MakeCallComplete NOT_ACCEPTED 11"));
  ExpectCleanEnd();
}

}  // namespace
}  // namespace vcp::miniport
