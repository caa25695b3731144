#include "miniport/loopback_mcm.h"

#include "loopback_stage.h"

namespace vcp::miniport {
namespace {

TEST_F(LoopbackMcmTest, ACallIsTwoVcsWithCrossedLabels) {
  Connect();
  const dataplane::VcProgram& one = programmer.active.at({1, 11});
  const dataplane::VcProgram& other = programmer.active.at({7, 1000});
  EXPECT_EQ(one.transmit_label, other.receive_label);
  EXPECT_EQ(one.receive_label, other.transmit_label);
  EXPECT_NE(one.transmit_label, one.receive_label);
  EXPECT_EQ(board.FindVc(vc)->call, CallState::kConnected);
  EXPECT_EQ(board.FindVc(callee.last_vc)->call, CallState::kConnected);
  EXPECT_EQ(caller.params.flags & circuit::kCallParametersChanged, 0u);  // C53
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, C050_TheCallSucceedsAfterBothVcsAreActive) {
  EXPECT_EQ(Call(), Status::kPending);
  programmer.Answer();
  EXPECT_THAT(caller.log, IsEmpty());
  EXPECT_THAT(callee.log, ElementsAre("CreateVc 1"));
  programmer.Answer();
  EXPECT_THAT(caller.log, ElementsAre("MakeCallComplete SUCCESS 11"));
  EXPECT_EQ(board.FindVc(vc)->state, VcState::kActive);
  EXPECT_EQ(board.FindVc(callee.last_vc)->state, VcState::kActive);
}

TEST_F(LoopbackMcmTest, TheCalleeSeesTheFlowsFromItsSide) {
  params.call_manager->transmit.max_sdu_size_bytes = 100;
  params.call_manager->receive.max_sdu_size_bytes = 200;
  params.media.emplace().flags = circuit::kTransmitVc;
  Connect();
  EXPECT_EQ(callee.params.call_manager->receive.max_sdu_size_bytes, 100u);
  EXPECT_EQ(callee.params.call_manager->transmit.max_sdu_size_bytes, 200u);
  EXPECT_EQ(callee.params.media->flags, circuit::kReceiveVc);
  EXPECT_FALSE(programmer.active.at({7, 1000}).transmit);
  EXPECT_TRUE(programmer.active.at({7, 1000}).receive);
}

TEST_F(LoopbackMcmTest, NobodyListeningIsNotFound) {
  params.call_manager->called = Number("+999");
  EXPECT_EQ(Call(), Status::kNotFound);
  EXPECT_THAT(caller.log, IsEmpty());
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);  // C51
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, AnExactSapGoesBeforeTheWildcard) {
  testing::RecordingClient any;
  circuit::BindingHandle bound;
  circuit::AfHandle af;
  circuit::SapHandle wildcard;
  ASSERT_EQ(board.OpenBinding(&any, adapter, &bound), Status::kSuccess);
  ASSERT_EQ(board.OpenAddressFamily(bound, {}, 1, &af), Status::kSuccess);
  ASSERT_EQ(board.RegisterSap(af, 3, {}, &wildcard), Status::kSuccess);
  any.log.clear();
  Connect();
  EXPECT_THAT(any.log, IsEmpty());
  circuit::VcHandle second;
  ASSERT_EQ(board.CreateVc(caller_af, 12, {.channel = 1, .channel_vc = 12}, &second),
            Status::kSuccess);
  params.call_manager->called = Number("+999");
  ASSERT_EQ(board.MakeCall(second, &params), Status::kPending);
  programmer.AnswerAll();
  EXPECT_EQ(any.log.at(1), "IncomingCall 3 1000");
  circuit::ClientTeardown teardown(&board, &any);
  teardown.Start([] {});
  programmer.AnswerAll();
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, C021_AnAddressIsTakenOnce) {
  circuit::SapHandle second;
  EXPECT_EQ(board.RegisterSap(caller_af, 5, {.address = Number("+100")}, &second),
            Status::kInvalidData);
  EXPECT_EQ(board.DeregisterSap(sap), Status::kSuccess);
  EXPECT_EQ(board.RegisterSap(caller_af, 5, {.address = Number("+100")}, &second),
            Status::kSuccess);
}

TEST_F(LoopbackMcmTest, ANumberAndItsAesaAreOneAddress) {  // signaling 4.1
  const Address aesa = Number("45.000000000000100f.00000000.000000000000.00");
  circuit::SapHandle same;
  EXPECT_EQ(board.RegisterSap(callee_af, 3, {.address = aesa}, &same), Status::kInvalidData);
  params.call_manager->called = aesa;
  Connect();
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, C060_ARefusalIsTheCallersStatus) {
  callee.incoming_call = Status::kResources;
  EXPECT_EQ(Call(), Status::kPending);
  programmer.Answer();
  programmer.Answer();
  EXPECT_THAT(Take(&callee.log), ElementsAre("CreateVc 1", "IncomingCall 2 1000"));
  programmer.AnswerAll();
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete RESOURCES 11"));
  EXPECT_THAT(Take(&callee.log), ElementsAre("DeleteVc 1000"));
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, C058_AnAnswerMayComeLater) {
  callee.incoming_call = Status::kPending;
  EXPECT_EQ(Call(), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(caller.log, IsEmpty());
  board.IncomingCallComplete(Status::kSuccess, callee.last_vc, callee.params);
  EXPECT_THAT(caller.log, ElementsAre("MakeCallComplete SUCCESS 11"));
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, C053_WhatTheCalleeChangesTheCallerGets) {
  callee.edit_params = [](circuit::CallParameters* offered) {
    offered->flags |= circuit::kCallParametersChanged;
    offered->call_manager->receive.max_sdu_size_bytes = 500;
  };
  EXPECT_EQ(Call(), Status::kPending);
  programmer.Answer();
  programmer.Answer();
  EXPECT_THAT(caller.log, IsEmpty());  // Both paths change first.
  EXPECT_EQ(board.FindVc(vc)->state, VcState::kActive);
  programmer.AnswerAll();
  EXPECT_THAT(caller.log, ElementsAre("MakeCallComplete SUCCESS 11"));
  EXPECT_NE(caller.params.flags & circuit::kCallParametersChanged, 0u);
  EXPECT_EQ(caller.params.call_manager->transmit.max_sdu_size_bytes, 500u);
  EXPECT_EQ(board.FindVc(callee.last_vc)->params.call_manager->receive.max_sdu_size_bytes, 500u);
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, C061_AnUnacceptableChangeClosesTheCall) {
  callee.edit_params = [](circuit::CallParameters* offered) {
    offered->flags |= circuit::kCallParametersChanged;
    offered->call_manager->receive.max_sdu_size_bytes = 100000;
  };
  EXPECT_EQ(Call(), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(Take(&callee.log), ElementsAre("CreateVc 1", "IncomingCall 2 1000",
                                             "IncomingCloseCall INVALID_DATA 1000"));
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete INVALID_DATA 11"));
  EXPECT_EQ(board.CloseCall(callee.last_vc, {}), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(Take(&callee.log), ElementsAre("CloseCallComplete SUCCESS 1000", "DeleteVc 1000"));
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, AFailedChangeClosesTheCall) {
  callee.edit_params = [](circuit::CallParameters* offered) {
    offered->flags |= circuit::kCallParametersChanged;
    offered->call_manager->receive.max_sdu_size_bytes = 500;
  };
  EXPECT_EQ(Call(), Status::kPending);
  programmer.Answer();
  programmer.Answer();
  programmer.Answer(Status::kResources);
  callee.log.clear();
  EXPECT_EQ(board.FindVc(callee.last_vc)->call, CallState::kAccepted);
  EXPECT_EQ(board.CloseCall(callee.last_vc, {}), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(caller.log, ElementsAre("MakeCallComplete RESOURCES 11"));
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, C066_TheCallersCloseEndsBothSides) {
  Connect();
  const std::vector<uint8_t> bye = {1, 2, 3};
  EXPECT_EQ(board.CloseCall(vc, bye), Status::kPending);
  EXPECT_THAT(Take(&callee.log), ElementsAre("IncomingCloseCall SUCCESS 1000"));
  EXPECT_EQ(callee.close_data, bye);  // C65
  EXPECT_THAT(caller.log, IsEmpty());
  programmer.Answer();
  EXPECT_THAT(Take(&caller.log), ElementsAre("CloseCallComplete SUCCESS 11"));
  EXPECT_EQ(board.FindVc(vc)->state, VcState::kInactive);
  EXPECT_EQ(board.CloseCall(callee.last_vc, {}), Status::kPending);
  programmer.Answer();
  EXPECT_THAT(Take(&callee.log), ElementsAre("CloseCallComplete SUCCESS 1000", "DeleteVc 1000"));
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, TheCalleesCloseEndsBothSides) {
  Connect();
  EXPECT_EQ(board.CloseCall(callee.last_vc, {}), Status::kPending);
  EXPECT_THAT(Take(&caller.log), ElementsAre("IncomingCloseCall SUCCESS 11"));
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(Take(&caller.log), ElementsAre("CloseCallComplete SUCCESS 11"));
  EXPECT_THAT(Take(&callee.log), ElementsAre("CloseCallComplete SUCCESS 1000", "DeleteVc 1000"));
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, C069_CrossingClosesCompleteOnceEach) {
  Connect();
  // Hearing of the caller's close, the callee closes in the same breath.
  callee.on_incoming_close_call = [&] {
    EXPECT_EQ(board.CloseCall(callee.last_vc, {}), Status::kPending);
  };
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kClosing);
  programmer.AnswerAll();
  EXPECT_THAT(caller.log, ElementsAre("CloseCallComplete SUCCESS 11"));
  EXPECT_THAT(callee.log, ElementsAre("IncomingCloseCall SUCCESS 1000",
                                      "CloseCallComplete SUCCESS 1000", "DeleteVc 1000"));
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, C047_TheCallersVcMakesASecondCall) {
  Connect();
  const uint32_t label = programmer.active.at({1, 11}).transmit_label;
  callee.on_incoming_close_call = [&] { (void)board.CloseCall(callee.last_vc, {}); };
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  programmer.AnswerAll();
  EXPECT_EQ(Call(), Status::kPending);
  programmer.AnswerAll();
  EXPECT_EQ(caller.log.back(), "MakeCallComplete SUCCESS 11");
  EXPECT_NE(programmer.active.at({1, 11}).transmit_label, label);
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, ACallToOneself) {
  circuit::SapHandle own;
  ASSERT_EQ(board.RegisterSap(caller_af, 8, {.address = Number("+8")}, &own), Status::kSuccess);
  params.call_manager->called = Number("+8");
  EXPECT_EQ(Call(), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(Take(&caller.log), ElementsAre("CreateVc 1", "IncomingCall 8 1000",
                                             "CallConnected 1000", "MakeCallComplete SUCCESS 11"));
  caller.on_incoming_close_call = [&] { (void)board.CloseCall(caller.last_vc, {}); };
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  programmer.AnswerAll();
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, ACalleeThatTakesNoVcFailsTheCall) {
  callee.create_vc = Status::kResources;
  EXPECT_EQ(Call(), Status::kResources);
  EXPECT_THAT(programmer.commands, IsEmpty());
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, ACallerThatGoesWhileTheCalleeIsAskedForAVc) {
  callee.create_vc = Status::kResources;
  callee.on_create_vc = [&] {
    EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
    EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  };
  EXPECT_EQ(Call(), Status::kPending);
  EXPECT_THAT(caller.log,
              ElementsAre("MakeCallComplete REQUEST_ABORTED 11", "CloseCallComplete SUCCESS 11"));
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, ACauseReachesTheOtherSide) {
  callee.incoming_call = Status::kPending;
  EXPECT_EQ(Call(), Status::kPending);
  programmer.AnswerAll();
  board.IncomingCallComplete(Status::kNotAccepted, callee.last_vc, params,
                             circuit::Cause{.value = 17});
  programmer.AnswerAll();
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete NOT_ACCEPTED 11"));
  EXPECT_EQ(caller.cause.value, 17);
  callee.incoming_call = Status::kSuccess;
  EXPECT_EQ(Call(), Status::kPending);
  programmer.AnswerAll();
  EXPECT_EQ(caller.cause, circuit::Cause());
  circuit::Cause busy{.value = 31, .location = 1, .diagnostic_bytes = 1, .diagnostics = {9}};
  EXPECT_EQ(board.CloseCall(vc, {}, busy), Status::kPending);
  EXPECT_EQ(callee.cause, busy);
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, C053_ARoundedCallIsMarked) {
  params.media.emplace().flags |= circuit::kRoundDownFlow;
  params.call_manager->transmit.max_sdu_size_bytes = 100000;
  Connect();
  EXPECT_NE(caller.params.flags & circuit::kCallParametersChanged, 0u);
  EXPECT_EQ(caller.params.call_manager->transmit.max_sdu_size_bytes, 1488u);
}

TEST_F(LoopbackMcmTest, C038_C053_RatesThatMayBecomeLessAreMarked) {
  qos::FlowSpec& flow = params.call_manager->transmit;
  flow.service_type = qos::ServiceType::kGuaranteed;
  flow.token_rate_bytes_per_second = 100'000'000'000;
  params.media.emplace().flags |= circuit::kRoundDownFlow;
  Connect();
  EXPECT_NE(caller.params.flags & circuit::kCallParametersChanged, 0u);
  const uint64_t rate = caller.params.call_manager->transmit.token_rate_bytes_per_second;
  EXPECT_LT(rate, 10'000'000'000u / 8);
  EXPECT_EQ(callee.params.call_manager->receive.token_rate_bytes_per_second, rate);
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, TooLargeAnSduFailsTheCall) {
  params.call_manager->transmit.max_sdu_size_bytes = 1489;
  EXPECT_EQ(Call(), Status::kInvalidData);
  EXPECT_THAT(Take(&callee.log), ElementsAre("CreateVc 1", "DeleteVc 1000"));
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, ADataPathThatRefusesFailsTheCall) {
  for (int failing : {0, 1}) {
    EXPECT_EQ(Call(), Status::kPending);
    for (int i = 0; i < 2; ++i) {
      programmer.Answer(i == failing ? Status::kInUse : Status::kSuccess);
    }
    programmer.AnswerAll();
    EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete IN_USE 11"));
    EXPECT_EQ(board.FindVc(vc)->call, CallState::kNone);
    EXPECT_EQ(board.Vcs().size(), 1u);
    EXPECT_THAT(programmer.active, IsEmpty());
  }
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, ASapThatWentMeanwhileIsNotFound) {
  EXPECT_EQ(Call(), Status::kPending);
  EXPECT_EQ(board.DeregisterSap(sap), Status::kSuccess);
  EXPECT_EQ(board.CloseAddressFamily(callee_af), Status::kPending);  // Our VC is still there.
  programmer.AnswerAll();
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete NOT_FOUND 11"));
  EXPECT_THAT(Take(&callee.log),
              ElementsAre("CreateVc 1", "DeleteVc 1000", "CloseAfComplete SUCCESS 1"));
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, ACallBeingMadeIsGivenUp) {
  // `answers`: how many of the data path's answers came before the caller hung up.
  for (int answers : {0, 1, 2}) {
    callee.incoming_call = Status::kPending;
    EXPECT_EQ(Call(), Status::kPending);
    for (int i = 0; i < answers; ++i) programmer.Answer();
    EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
    if (answers == 2) {
      EXPECT_EQ(callee.log.back().substr(0, 26), "IncomingCloseCall SUCCESS ");
      board.IncomingCallComplete(Status::kNotAccepted, callee.last_vc, callee.params);
    }
    programmer.AnswerAll();
    EXPECT_THAT(Take(&caller.log),
                ElementsAre("MakeCallComplete REQUEST_ABORTED 11", "CloseCallComplete SUCCESS 11"));
    EXPECT_EQ(board.Vcs().size(), 1u);
  }
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, AnAcceptThatCrossesAHangUpIsNeverConnected) {
  callee.incoming_call = Status::kPending;
  EXPECT_EQ(Call(), Status::kPending);
  programmer.AnswerAll();
  EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
  board.IncomingCallComplete(Status::kSuccess, callee.last_vc, callee.params);  // C62
  EXPECT_THAT(Take(&callee.log),
              ElementsAre("CreateVc 1", "IncomingCall 2 1000", "IncomingCloseCall SUCCESS 1000"));
  EXPECT_EQ(board.CloseCall(callee.last_vc, {}), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(Take(&callee.log), ElementsAre("CloseCallComplete SUCCESS 1000", "DeleteVc 1000"));
  ExpectCleanEnd();
}

TEST_F(LoopbackMcmTest, ACalleeThatClosesWhenItHearsOfTheConnection) {
  callee.on_call_connected = [&] { (void)board.CloseCall(callee.last_vc, {}); };
  EXPECT_EQ(Call(), Status::kPending);
  programmer.AnswerAll();
  EXPECT_THAT(caller.log, ElementsAre("MakeCallComplete NOT_ACCEPTED 11"));
  ExpectCleanEnd();
}

// Either client dies after n answers of the data path; the other one lives on.
class LoopbackDeaths : public LoopbackMcmTest,
                       public ::testing::WithParamInterface<std::tuple<bool, int, Status>> {};

TEST_P(LoopbackDeaths, LeaveNothingBehind) {
  const auto [caller_dies, answers, answer] = GetParam();
  callee.incoming_call = answer;
  EXPECT_EQ(Call(), Status::kPending);
  for (int i = 0; i < answers && !programmer.commands.empty(); ++i) programmer.Answer();
  {
    circuit::ClientTeardown teardown(&board, caller_dies ? &caller : &callee);
    bool done = false;
    teardown.Start([&] { done = true; });
    programmer.AnswerAll();
    EXPECT_TRUE(done);
  }
  if (!caller_dies) {
    // The caller hears of it once, whatever state it was in.
    ASSERT_FALSE(caller.log.empty());
    if (caller.log.back() == "IncomingCloseCall SUCCESS 11") {
      EXPECT_EQ(board.CloseCall(vc, {}), Status::kPending);
      programmer.AnswerAll();
      EXPECT_EQ(caller.log.back(), "CloseCallComplete SUCCESS 11");
    }
    EXPECT_EQ(board.FindVc(vc)->call, CallState::kNone);
    EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  }
  ExpectCleanEnd();
}

INSTANTIATE_TEST_SUITE_P(EveryState, LoopbackDeaths,
                         ::testing::Combine(::testing::Bool(), ::testing::Values(0, 1, 2),
                                            ::testing::Values(Status::kSuccess, Status::kPending,
                                                              Status::kNotAccepted)));

TEST_F(LoopbackMcmTest, C132_AStandAloneCallManagerSharesThePort) {
  testing::RecordingCallManager manager;
  circuit::BindingHandle bound;
  ASSERT_EQ(board.OpenBinding(&manager, adapter, &bound), Status::kSuccess);
  const circuit::AddressFamily pvc{circuit::AddressFamilyType::kPvc};
  ASSERT_EQ(board.RegisterAddressFamily(bound, pvc), Status::kSuccess);
  circuit::AfHandle af;
  ASSERT_EQ(board.OpenAddressFamily(caller_binding, pvc, 9, &af), Status::kSuccess);
  circuit::VcHandle own;
  ASSERT_EQ(board.CreateVc(af, 13, {.channel = 1, .channel_vc = 13}, &own), Status::kSuccess);
  params.media.emplace().labels = circuit::Labels{.transmit = 70, .receive = 70};
  EXPECT_EQ(board.ActivateVc(own, &params), Status::kPending);
  programmer.Answer();
  EXPECT_EQ(manager.log.back(), "ActivateVcComplete SUCCESS 501");
  EXPECT_EQ(board.DeactivateVc(own), Status::kPending);
  programmer.AnswerAll();
  EXPECT_EQ(board.DeleteVc(own), Status::kSuccess);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
  EXPECT_EQ(board.CloseBinding(bound), Status::kSuccess);
  ExpectCleanEnd();
}

}  // namespace
}  // namespace vcp::miniport
