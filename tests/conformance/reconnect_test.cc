// What becomes of an application when its daemon is killed and comes back on the same sockets.
#include <map>
#include <string>
#include <vector>

#include "stage.h"

namespace vcp::conformance {
namespace {

// The daemon of both applications where they have but one, of the callee alone otherwise.
class Reconnect : public AttachedOverEach {
 protected:
  testing::DaemonProcess& daemon() { return CalleeDaemon(); }
  bool CallerIsThere() const { return medium().is_local; }
  // What is left of the call at the caller's, whose daemon goes on.
  void EndAtCaller(vcp_vc vc) {
    if (!medium().by_address) return;  // a PVC's other end is where it was
    EXPECT_EQ(caller_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_DISCONNECTED).vc, vc);
    caller_->CloseCall(vc);
    caller_->DeleteVc(vc);
  }

  void Restart() {
    daemon().Kill();
    ASSERT_TRUE(daemon().Start()) << daemon().Log();
    ASSERT_TRUE(stage().WaitForCable());
  }
  // The application hears that its daemon is gone, that this VC is, and that the daemon is back.
  void ExpectReconnect(App* app, vcp_vc vc) {
    app->Expect(VCP_EVENT_DISCONNECTED);
    if (vc != 0) {
      EXPECT_EQ(app->Expect(VCP_EVENT_VC_DELETED, VCP_DISCONNECTED).vc, vc);
    }
    app->Expect(VCP_EVENT_RECONNECTED);
  }
  void Exchange(const Call& call, const std::string& text) {
    caller_->SendAndComplete(call.caller, text);
    EXPECT_EQ(callee_->Receive().bytes, text);
    callee_->SendAndComplete(call.callee, text);
    EXPECT_EQ(caller_->Receive().bytes, text);
  }
};

TEST_P(Reconnect, WhatIsOpenIsOpenAgain) {
  MakeCallee();
  Restart();
  ExpectReconnect(&callee(), 0);
  callee_->DeleteVc(callee_->CreateVc(callee_af_));
  const vcp_sap sap = callee_->RegisterSap(callee_af_, SapOn(0));
  if (!medium().by_address) {
    EXPECT_EQ(callee_->Expect(VCP_EVENT_INCOMING_CALL).sap, sap);
  }
  callee_->DeregisterSap(sap);
  callee_->ExpectNothing();
}

TEST_P(Reconnect, SapsTakeCallsUnderTheirOldHandlesTimeAfterTime) {
  MakeBoth();
  const Offer first = MakeOffer(0);
  Call call = Accept(first);
  for (int time = 0; time < 3; ++time) {
    Exchange(call, "before restart " + std::to_string(time));
    Restart();
    ExpectReconnect(&callee(), call.callee);
    if (CallerIsThere()) {
      ExpectReconnect(&caller(), call.caller);
    } else {
      EndAtCaller(call.caller);
    }
    if (medium().by_address) call.caller = StartCall(0, 0);
    const vcp_event offer = callee_->Expect(VCP_EVENT_INCOMING_CALL);
    EXPECT_EQ(offer.sap, first.sap);
    EXPECT_EQ(offer.af, callee_af_);
    call.callee = offer.vc;
    ASSERT_EQ(vcp_answer_call(callee().client(), call.callee, VCP_SUCCESS, nullptr), VCP_SUCCESS);
    EXPECT_EQ(callee_->Expect(VCP_EVENT_CALL_CONNECTED).vc, call.callee);
    if (medium().by_address) {
      caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS);
    } else {
      caller_->ExpectNothing();
    }
  }
  Exchange(call, "after all of them");
}

TEST_P(Reconnect, TheNextRestartMayComeBeforeTheFirstIsNoticed) {
  MakeCallee();
  const vcp_sap sap = callee_->RegisterSap(callee_af_, SapOn(0));
  if (!medium().by_address) callee_->Expect(VCP_EVENT_INCOMING_CALL);
  Restart();
  Restart();
  callee_->Expect(VCP_EVENT_DISCONNECTED);
  if (!medium().by_address) callee_->Expect(VCP_EVENT_VC_DELETED, VCP_DISCONNECTED);
  callee_->Expect(VCP_EVENT_RECONNECTED);
  if (!medium().by_address) {
    EXPECT_EQ(callee_->Expect(VCP_EVENT_INCOMING_CALL).sap, sap);
  }
  callee_->DeregisterSap(sap);
}

TEST_P(Reconnect, WhatIsUnderWayFailsOnceAndNothingStarts) {
  constexpr int kSends = 50;
  MakeBoth();
  const Call call = Connect(0);
  const Call sending = Connect(1);
  const Offer offer = MakeOffer(2);
  vcp_client* client = callee().client();
  daemon().Kill();
  // Nobody has noticed yet.
  vcp_af af = 0;
  vcp_vc vc = 0;
  vcp_sap sap = 0;
  const vcp_sap_params params = SapOn(3);
  EXPECT_EQ(vcp_open_af(client, medium().port, medium().family, 101, &af), VCP_PENDING);
  EXPECT_EQ(vcp_register_sap(client, callee_af_, &params, 102, &sap), VCP_PENDING);
  EXPECT_EQ(vcp_create_vc(client, callee_af_, 103, &vc), VCP_PENDING);
  EXPECT_EQ(vcp_close_call(client, call.callee, nullptr, 0, 104), VCP_PENDING);
  EXPECT_EQ(vcp_read_vc_counters(client, sending.callee, 105), VCP_PENDING);
  EXPECT_EQ(vcp_deregister_sap(client, offer.sap, 106), VCP_PENDING);
  for (int i = 0; i < kSends; ++i) {
    EXPECT_EQ(vcp_send(client, sending.callee, "lost", 4, i), VCP_SUCCESS);
  }
  // Held back by those sends.
  EXPECT_EQ(vcp_close_call(client, sending.callee, nullptr, 0, 107), VCP_PENDING);

  callee_->Expect(VCP_EVENT_DISCONNECTED);
  std::map<uint64_t, int> completed;
  std::map<vcp_vc, int> deleted;
  while (callee_->HasEvent()) {
    const vcp_event event = callee_->Take(VCP_DISCONNECTED);
    ++(event.type == VCP_EVENT_VC_DELETED ? deleted[event.vc] : completed[event.cookie]);
  }
  EXPECT_EQ(completed, (std::map<uint64_t, int>{
                           {101, 1}, {102, 1}, {103, 1}, {104, 1}, {105, 1}, {106, 1}, {107, 1}}));
  EXPECT_EQ(deleted,
            (std::map<vcp_vc, int>{{call.callee, 1}, {sending.callee, 1}, {offer.callee, 1}}));
  for (int i = 0; i < kSends; ++i) EXPECT_EQ(callee_->Completion().status, VCP_DISCONNECTED);
  EXPECT_FALSE(callee_->HasCompletion());

  EXPECT_EQ(vcp_open_af(client, medium().port, medium().family, 1, &af), VCP_DISCONNECTED);
  EXPECT_EQ(vcp_close_af(client, callee_af_, 1), VCP_DISCONNECTED);
  EXPECT_EQ(vcp_create_vc(client, callee_af_, 1, &vc), VCP_DISCONNECTED);
  EXPECT_EQ(vcp_register_sap(client, callee_af_, &params, 1, &sap), VCP_DISCONNECTED);
  EXPECT_EQ(vcp_close_call(client, call.callee, nullptr, 0, 1), VCP_DISCONNECTED);
  EXPECT_EQ(vcp_answer_call(client, offer.callee, VCP_SUCCESS, nullptr), VCP_DISCONNECTED);
  EXPECT_EQ(callee_->Send(call.callee, "nowhere"), VCP_DISCONNECTED);
  vcp_segment segment;
  EXPECT_EQ(vcp_send_alloc(client, &segment, 1), 0u);

  ASSERT_TRUE(daemon().Start()) << daemon().Log();
  ASSERT_TRUE(stage().WaitForCable());
  callee_->Expect(VCP_EVENT_RECONNECTED);
  for (int saps = 0; saps < 2 && !medium().by_address; ++saps) {
    callee_->Expect(VCP_EVENT_INCOMING_CALL);
  }
  // What was being given up, or asked for, is not there; what was there before is.
  EXPECT_EQ(vcp_close_af(client, af, 1), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_deregister_sap(client, sap, 1), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_deregister_sap(client, offer.sap, 1), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_delete_vc(client, vc, 1), VCP_INVALID_HANDLE);
  callee_->DeleteVc(callee_->CreateVc(callee_af_));
}

TEST_P(Reconnect, ASapThatAnotherTookMeanwhileIsLost) {
  MakeCallee();
  const vcp_sap sap = callee_->RegisterSap(callee_af_, SapOn(0));
  if (!medium().by_address) callee_->Expect(VCP_EVENT_INCOMING_CALL);
  Restart();
  App quicker(daemon());
  const vcp_af af = quicker.OpenAf(medium().port, medium().family);
  quicker.RegisterSap(af, SapOn(0));
  callee_->Expect(VCP_EVENT_DISCONNECTED);
  if (!medium().by_address) callee_->Expect(VCP_EVENT_VC_DELETED, VCP_DISCONNECTED);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_SAP_LOST, VCP_INVALID_DATA).sap, sap);
  callee_->Expect(VCP_EVENT_RECONNECTED);
  EXPECT_EQ(vcp_deregister_sap(callee().client(), sap, 1), VCP_INVALID_HANDLE);
  callee_->CloseAf(callee_af_);
}

TEST_P(Reconnect, WhatIsHeldStaysGoodMemory) {
  MakeBoth();
  const Call call = Connect(0);
  caller_->SendAndComplete(call.caller, "held over the daemon's end");
  const Sdu held = callee_->ReceiveHeld();
  vcp_segment segment;
  ASSERT_EQ(vcp_send_alloc(callee().client(), &segment, 1), 1u);
  Restart();
  vcp_event event{};
  while (event.type != VCP_EVENT_RECONNECTED) {
    ASSERT_EQ(vcp_wait(callee().client(), 20'000), VCP_SUCCESS);
    (void)vcp_poll(callee().client(), &event, 1);
  }
  // Until the application polls again.
  EXPECT_EQ(std::string(static_cast<const char*>(held.raw.data), held.raw.size_bytes),
            "held over the daemon's end");
  static_cast<char*>(segment.data)[0] = 'x';
  callee_->Return(held);  // no longer anybody's
  vcp_send_free(callee().client(), &segment, 1);
  if (!medium().by_address) callee_->Expect(VCP_EVENT_INCOMING_CALL);
  callee_->ExpectNothing();
}

TEST_P(Reconnect, ALostDaemonStaysLostWhereThatWasAskedFor) {
  App app(daemon(), VCP_ATTACH_NO_RECONNECT);
  const vcp_af af = app.OpenAf(medium().port, medium().family);
  Restart();
  app.Expect(VCP_EVENT_DISCONNECTED);
  EXPECT_EQ(vcp_close_af(app.client(), af, 1), VCP_DISCONNECTED);
  EXPECT_EQ(vcp_wait(app.client(), -1), VCP_DISCONNECTED);  // nothing will ever come
  EXPECT_FALSE(app.HasEvent());
}

TEST_P(Reconnect, ABlockingCallEndsWithTheDaemon) {
  MakeCallee();
  daemon().Kill();
  vcp_af af = 0;
  EXPECT_EQ(vcp_open_af_wait(callee().client(), medium().port, medium().family, &af),
            VCP_DISCONNECTED);
  callee_->Expect(VCP_EVENT_DISCONNECTED);
  ASSERT_TRUE(daemon().Start()) << daemon().Log();
  ASSERT_TRUE(stage().WaitForCable());
  callee_->Expect(VCP_EVENT_RECONNECTED);
}

TEST_P(Reconnect, AnOrderlyEndIsAnEndToo) {
  MakeCallee();
  EXPECT_EQ(daemon().Stop(), 0) << daemon().Log();
  callee_->Expect(VCP_EVENT_DISCONNECTED);
  ASSERT_TRUE(daemon().Start()) << daemon().Log();
  ASSERT_TRUE(stage().WaitForCable());
  callee_->Expect(VCP_EVENT_RECONNECTED);
  callee_->CloseAf(callee_af_);
}

INSTANTIATE_TEST_SUITE_P(, Reconnect, ::testing::Values(kLoopback, kUni, kPvc),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace vcp::conformance
