// Group 3: virtual connections.
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "stage.h"

namespace vcp::conformance {
namespace {

constexpr uint32_t kXmitPdusOk = 0x00020101;

TEST_P(OverEach, C033_AVcNeedsAnOpenFamily) {
  MakeCaller();
  vcp_vc vc = 0;
  EXPECT_EQ(caller_->StartCreateVc(0, 1, &vc), NoHandle());
  EXPECT_EQ(caller_->StartCreateVc(caller_af_ + 1, 1, &vc), NoHandle());
  EXPECT_EQ(vc, 0u);
  caller_->ExpectNothing();
}

TEST_P(OverEach, C030_AVcIsMadeAndDeleted) {
  MakeCaller();
  vcp_vc vc = 0;
  ASSERT_EQ(caller_->StartCreateVc(caller_af_, 4, &vc), VCP_PENDING);
  EXPECT_EQ(caller_->Expect(VCP_EVENT_CREATE_VC_COMPLETE, VCP_SUCCESS, 4).vc, vc);
  ASSERT_EQ(caller_->StartDeleteVc(vc, 5), VCP_PENDING);
  EXPECT_EQ(caller_->Expect(VCP_EVENT_DELETE_VC_COMPLETE, VCP_SUCCESS, 5).vc, vc);
  caller_->ExpectNothing();
}

TEST_P(OverEach, C048_AVcIsNamedOnceAndItsNameGoesWithIt) {
  MakeCaller();
  const vcp_vc one = caller_->CreateVc(caller_af_);
  const vcp_vc other = caller_->CreateVc(caller_af_);
  const std::string name = caller_->NameVc(one, "voice");
  EXPECT_EQ(name.substr(0, 5), "voice");
  EXPECT_GT(name.size(), 5u);  // and a number
  EXPECT_NE(caller_->NameVc(other, "voice"), name);
  EXPECT_EQ(caller_->NameVc(one, "data"), name);
  caller_->DeleteVc(one);
  EXPECT_EQ(caller_->StartNameVc(one, "voice", 7), VCP_INVALID_HANDLE);
  const vcp_vc next = caller_->CreateVc(caller_af_);
  EXPECT_EQ(caller_->NameVc(next, "data").substr(0, 4), "data");
}

TEST_P(OverEach, C040_NothingIsSentWithoutACall) {
  MakeBoth();
  const vcp_vc idle = caller_->CreateVc(caller_af_);
  ExpectNoSending(caller_.get(), idle, VCP_INVALID_STATE);
  const Call call = Connect(0);
  ExpectNoSending(caller_.get(), idle, VCP_INVALID_STATE);
  caller_->CloseCall(call.caller);
  ExpectNoSending(caller_.get(), call.caller, VCP_INVALID_STATE);
  EXPECT_FALSE(caller_->HasCompletion());
  EXPECT_FALSE(callee_->HasSdu());
}

TEST_P(AttachedOverEach, C041_ACloseWaitsForWhatWasReceivedAndNotReturned) {
  MakeBoth();
  const Call call = Connect(0);
  const Call other = Connect(1);
  caller_->SendAndComplete(call.caller, "held across the end");
  const Sdu held = callee_->ReceiveHeld();
  ASSERT_EQ(callee_->StartCloseCall(call.callee, 9), VCP_PENDING);
  callee_->ExpectNothing();
  // The poll core has had turns enough to end it.
  caller_->SendAndComplete(other.caller, "meanwhile");
  EXPECT_EQ(callee_->Receive().bytes, "meanwhile");
  callee_->ExpectNothing();
  EXPECT_EQ(std::string(static_cast<const char*>(held.raw.data), held.raw.size_bytes),
            "held across the end");
  callee_->Return(held);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 9).vc, call.callee);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_VC_DELETED).vc, call.callee);
}

// The same, where the data path waits for what clients hold until it is told to go on.
TEST_P(InProcessOverEach, C041_C044_ACloseWaitsForTheDataPath) {
  MakeBoth();
  const Call call = Connect(0);
  EXPECT_EQ(caller_->StartDeleteVc(call.caller, 1), VCP_NOT_ACCEPTED);
  CallerHost().programmer.holds_deactivations = true;
  ASSERT_EQ(caller_->StartCloseCall(call.caller, 2), VCP_PENDING);
  caller_->ExpectNothing();
  // An integrated call manager's path is its own until it is down.
  EXPECT_EQ(caller_->StartDeleteVc(call.caller, 3),
            medium().is_local ? VCP_NOT_ACCEPTED : VCP_CLOSING);
  EXPECT_EQ(caller_->StartCloseCall(call.caller, 4), VCP_CLOSING);
  caller_->ExpectNothing();
  CallerHost().programmer.LetGo();
  caller_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 2);
  caller_->DeleteVc(call.caller);
  caller_->ExpectNothing();
}

TEST_P(AttachedOverEach, C041_ACloseDoesNotWaitForWhatTheApplicationNeverTook) {
  MakeBoth();
  const Call call = Connect(0);
  for (int i = 0; i < 10; ++i) caller_->SendAndComplete(call.caller, "unread");
  callee_->CloseCall(call.callee);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_VC_DELETED).vc, call.callee);
}

TEST_P(AttachedOverEach, C044_AVcWithACallIsNotDeleted) {
  MakeBoth();
  const Call call = Connect(0);
  EXPECT_EQ(caller_->StartDeleteVc(call.caller, 1), VCP_NOT_ACCEPTED);
  caller_->SendAndComplete(call.caller, "as before");
  const Sdu back = callee_->Receive();
  EXPECT_EQ(back.bytes, "as before");
  callee_->SendAndComplete(call.callee, "held");
  const Sdu held = caller_->ReceiveHeld();
  ASSERT_EQ(caller_->StartCloseCall(call.caller, 2), VCP_PENDING);
  EXPECT_EQ(caller_->StartDeleteVc(call.caller, 3), VCP_CLOSING);
  EXPECT_EQ(caller_->StartCloseCall(call.caller, 4), VCP_CLOSING);
  caller_->Return(held);
  caller_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS, 2);
  caller_->DeleteVc(call.caller);
  caller_->ExpectNothing();
}

TEST_P(OverEach, C045_OnlyItsMakerDeletesAVc) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  EXPECT_EQ(callee_->StartDeleteVc(offer.callee, 1), VCP_NOT_ACCEPTED);
  const Call call = Accept(offer);
  EXPECT_EQ(callee_->StartDeleteVc(call.callee, 1), VCP_NOT_ACCEPTED);
  caller_->SendAndComplete(call.caller, "as before");
  EXPECT_EQ(callee_->Receive().bytes, "as before");
  callee_->ExpectNothing();
  End(call);
}

TEST_P(OverEach, C045_NobodyCallsOnAVcOfTheCallManagers) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  const vcp_call_params params = CallOn(1);
  const vcp_status refusal = is_attached() ? VCP_INVALID_STATE : VCP_NOT_ACCEPTED;
  EXPECT_EQ(callee_->OutcomeOf(callee_->StartMakeCall(offer.callee, params, 1), 1), refusal);
  const Call call = Accept(offer);
  EXPECT_EQ(callee_->OutcomeOf(callee_->StartMakeCall(call.callee, params, 1), 1), refusal);
  End(call);
}

TEST_P(OverEach, C046_ADeletedVcsHandleIsGone) {
  MakeCaller();
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  ASSERT_EQ(caller_->StartDeleteVc(vc, 1), VCP_PENDING);
  EXPECT_NE(caller_->StartDeleteVc(vc, 2), VCP_PENDING);  // once is enough
  caller_->Expect(VCP_EVENT_DELETE_VC_COMPLETE, VCP_SUCCESS, 1);
  const vcp_call_params params = CallOn(0);
  EXPECT_EQ(caller_->StartDeleteVc(vc, 3), VCP_INVALID_HANDLE);
  EXPECT_EQ(caller_->StartMakeCall(vc, params, 4), VCP_INVALID_HANDLE);
  EXPECT_EQ(caller_->StartCloseCall(vc, 5), VCP_INVALID_HANDLE);
  EXPECT_EQ(caller_->StartNameVc(vc, "gone", 6), VCP_INVALID_HANDLE);
  ExpectNoSending(caller_.get(), vc, VCP_INVALID_HANDLE);
  // Not even when the next one takes its place.
  EXPECT_NE(caller_->CreateVc(caller_af_), vc);
  EXPECT_EQ(caller_->StartDeleteVc(vc, 8), VCP_INVALID_HANDLE);
}

TEST_P(OverEach, C042_C047_AVcHostsOneCallAfterTheOther) {
  MakeBoth();
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  for (int line = 0; line < 4; ++line) {
    callee_->RegisterSap(callee_af_, SapOn(line));
    const vcp_call_params params = CallOn(line);
    ASSERT_EQ(caller_->StartMakeCall(vc, params, 1), VCP_PENDING);
    const vcp_vc callee = callee_->Expect(VCP_EVENT_INCOMING_CALL).vc;
    ASSERT_EQ(callee_->AcceptCall(callee), VCP_SUCCESS);
    callee_->Expect(VCP_EVENT_CALL_CONNECTED);
    caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
    const std::string text = "call " + std::to_string(line);
    caller_->SendAndComplete(vc, text);
    EXPECT_EQ(callee_->Receive().bytes, text);
    callee_->SendAndComplete(callee, "back on " + text);
    EXPECT_EQ(caller_->Receive().bytes, "back on " + text);
    // A call that carries on is in the way of the next.
    EXPECT_EQ(caller_->StartMakeCall(vc, params, 2), VCP_INVALID_STATE);
    caller_->CloseCall(vc);
    if (medium().by_address) {
      callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_SUCCESS);
    }
    callee_->CloseCall(callee);
    callee_->Expect(VCP_EVENT_VC_DELETED);
  }
  caller_->DeleteVc(vc);
}

TEST_P(OverEach, C049_ManyVcsCarryTrafficOfTheirOwn) {
  constexpr int kEach = 25;
  MakeBoth();
  std::vector<Call> calls;
  for (int line = 0; line < kLines; ++line) calls.push_back(Connect(line));
  const auto text = [](const char* way, int line, int i) {
    return std::string(way) + " on " + std::to_string(line) + ": " + std::to_string(i);
  };
  for (int i = 0; i < kEach; ++i) {
    for (int line = 0; line < kLines; ++line) {
      const Call& call = calls[static_cast<size_t>(line)];
      caller_->SendAndComplete(call.caller, text("there", line, i));
      callee_->SendAndComplete(call.callee, text("back", line, i));
    }
  }
  for (Player* app : {callee_.get(), caller_.get()}) {
    const bool is_callee = app == callee_.get();
    std::vector<int> next(kLines, 0);
    for (int i = 0; i < kEach * kLines; ++i) {
      const Sdu sdu = app->Receive();
      int line = 0;
      while (line < kLines - 1 && sdu.vc != (is_callee ? calls[line].callee : calls[line].caller)) {
        ++line;
      }
      ASSERT_EQ(sdu.bytes, text(is_callee ? "there" : "back", line, next[line]++));
    }
  }
  for (const Call& call : calls) End(call);
  EXPECT_FALSE(caller_->HasSdu());
  EXPECT_FALSE(callee_->HasSdu());
}

TEST_P(AttachedOverEach, C103_CountersAreOfOneVc) {
  MakeBoth();
  const Call one = Connect(0);
  const Call other = Connect(1);
  caller_->SendAndComplete(one.caller, "12345");
  caller_->SendAndComplete(one.caller, "678");
  callee_->SendAndComplete(one.callee, "back");
  for (int i = 0; i < 2; ++i) callee_->Receive();
  caller_->Receive();
  const vcp_vc_counters of_caller = caller().Counters(one.caller);
  EXPECT_EQ(of_caller.transmitted_sdus, 2u);
  EXPECT_EQ(of_caller.transmitted_bytes, 8u);
  EXPECT_EQ(of_caller.received_sdus, 1u);
  EXPECT_EQ(of_caller.received_bytes, 4u);
  const vcp_vc_counters of_callee = callee().Counters(one.callee);
  EXPECT_EQ(of_callee.transmitted_sdus, 1u);
  EXPECT_EQ(of_callee.received_bytes, 8u);
  EXPECT_EQ(caller().Counters(other.caller).transmitted_sdus, 0u);
  EXPECT_EQ(callee().Counters(other.callee).received_sdus, 0u);
}

TEST_P(OverMcm, C130_AnIntegratedCallManagersSignalingIsItsOwn) {
  MakeBoth();
  const Call call = Connect(0);
  const auto count = [](const std::string& text, std::string_view part) {
    size_t found = 0;
    for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
      ++found;
    }
    return found;
  };
  // All that there is on its port are the two ends of the call.
  if (is_attached()) {
    const std::string vcs = CallerDaemon().Ask("show vcs");
    EXPECT_EQ(count(vcs, std::string("\"adapter\":\"") + kLoopPort), 2u) << vcs;
  } else {
    size_t found = 0;
    for (const circuit::VcRow& row : world().east().board.Vcs()) {
      if (row.adapter != kLoopPort) continue;
      ++found;
      EXPECT_NE(row.client, nullptr);
    }
    EXPECT_EQ(found, 2u);
  }
  // Nor do the port's counters know of anything else.
  const uint64_t before = caller_->QueryNumber(AtPort(kLoopPort), kXmitPdusOk);
  End(call);
  End(Connect(1));
  EXPECT_EQ(caller_->QueryNumber(AtPort(kLoopPort), kXmitPdusOk), before);
}

// The link's signaling goes by a VC of its call manager's, which is no client's.
TEST_F(AttachedOverUni, C034_ALinksSignalingIsNoClients) {
  MakeBoth();
  const Call call = Connect(0);
  const std::string vcs = CallerDaemon().Ask("show vcs");
  EXPECT_TRUE(std::regex_search(vcs, std::regex(R"("af":0,[^}]*"receive_label":21\b)"))) << vcs;
  caller_->ExpectNothing();
  callee_->ExpectNothing();
  End(call);
}

// --- by address ----------------------------------------------------------------------------------

TEST_P(ByAddress, C036_WhatThePortCannotCarryIsNotActivated) {
  MakeBoth();
  callee_->RegisterSap(callee_af_, SapOn(0));
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  vcp_call_params params = CallOn(0);
  params.transmit.max_sdu_size_bytes = kPortSduBytes + 1;
  EXPECT_EQ(caller_->TryCall(vc, params), VCP_INVALID_DATA);
  params = CallOn(0);
  params.receive.max_sdu_size_bytes = 100'000;
  EXPECT_EQ(caller_->TryCall(vc, params), VCP_INVALID_DATA);
  ExpectNoSending(caller_.get(), vc, VCP_INVALID_STATE);
  callee_->ExpectNothing();
  params = CallOn(0);
  ASSERT_EQ(caller_->StartMakeCall(vc, params, 1), VCP_PENDING);
  callee_->Expect(VCP_EVENT_INCOMING_CALL);
}

}  // namespace
}  // namespace vcp::conformance
