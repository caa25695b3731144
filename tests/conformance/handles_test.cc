// Every operation, with handles that were never given, are another client's, or belong to something
// else: refused at once, and nothing happens.
#include "client/vcplane_packet.h"
#include "stage.h"

namespace vcp::conformance {
namespace {

constexpr uint32_t kNeverGiven[] = {0, 1, 0xdeadbeef, 0xffffffff};

vcp_oid_target Of(vcp_af af, vcp_vc vc = 0, vcp_party party = 0) {
  vcp_oid_target target = VCP_OID_TARGET_INIT;
  target.af = af;
  target.vc = vc;
  target.party = party;
  return target;
}

void ExpectNoTarget(App* app, const vcp_oid_target& target) {
  constexpr uint32_t kGetAddresses = 0xfe000006;
  constexpr uint32_t kAddAddress = 0xfe000004;
  const char value[24] = {};
  EXPECT_EQ(vcp_oid_query(app->client(), &target, kGetAddresses, 512, 1), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_oid_set(app->client(), &target, kAddAddress, value, sizeof value, 2),
            VCP_INVALID_HANDLE);
}

void ExpectNoAf(App* app, vcp_af af, const vcp_sap_params& sap_params,
                const vcp_call_params& params) {
  vcp_client* client = app->client();
  uint32_t none = 0;
  EXPECT_EQ(vcp_close_af(client, af, 1), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_notify_close_af_complete(client, af, VCP_SUCCESS), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_create_vc(client, af, 2, &none), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_register_sap(client, af, &sap_params, 3, &none), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_register_sap_wait(client, af, &sap_params, &none), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_make_call_wait(client, af, &params, &none), VCP_INVALID_HANDLE);
  EXPECT_EQ(none, 0u);
  if (af != 0) ExpectNoTarget(app, Of(af));
}

void ExpectNoParty(App* app, vcp_party party) {
  EXPECT_EQ(vcp_drop_party(app->client(), party, nullptr, nullptr, 0, 1), VCP_INVALID_HANDLE);
}

void ExpectNoVc(App* app, vcp_vc vc, const vcp_call_params& params) {
  vcp_client* client = app->client();
  EXPECT_EQ(vcp_delete_vc(client, vc, 1), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_make_call(client, vc, &params, 2), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_answer_call(client, vc, VCP_SUCCESS, nullptr), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_close_call(client, vc, nullptr, 0, 3), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_close_call_wait(client, vc), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_read_vc_counters(client, vc, 4), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_cancel_sends(client, vc, 5), VCP_INVALID_HANDLE);
  EXPECT_EQ(app->Send(vc, "nowhere"), VCP_INVALID_HANDLE);
  vcp_party party = 0;
  const vcp_cause cause{.value = 21};
  EXPECT_EQ(vcp_make_multipoint_call(client, vc, &params, 6, &party), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_add_party(client, vc, &params, 7, &party), VCP_FAILURE);  // C72
  EXPECT_EQ(party, 0u);
  EXPECT_EQ(vcp_modify_call_qos(client, vc, &params, 8), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_reject_call(client, vc, VCP_NOT_ACCEPTED, &cause), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_close_call_with_cause(client, vc, &cause, nullptr, 0, 9), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_name_vc(client, vc, "nobody", 10), VCP_INVALID_HANDLE);
  vcp_packet packet{};
  vcp_packet* const packets[] = {&packet};
  EXPECT_EQ(vcp_send_packets(client, vc, packets, 1), 0u);
  EXPECT_EQ(packet.status, VCP_INVALID_HANDLE);
  vcp_segment segment;
  ASSERT_EQ(vcp_send_alloc(client, &segment, 1), 1u);
  segment.size_bytes = 1;
  const vcp_send_list list{.vc = vc, .segment_count = 1, .segments = &segment};
  vcp_status why = VCP_SUCCESS;
  EXPECT_EQ(vcp_submit(client, &list, 1, &why), 0u);
  EXPECT_EQ(why, VCP_INVALID_HANDLE);
  vcp_send_free(client, &segment, 1);
}

TEST_P(AttachedOverEach, C033_HandlesThatWereNeverGivenAreRefused) {
  MakeCaller();
  for (const uint32_t handle : kNeverGiven) {
    ExpectNoAf(&caller(), handle, SapOn(0), CallOn(0));
    ExpectNoVc(&caller(), handle, CallOn(0));
    ExpectNoParty(&caller(), handle);
    if (handle == 0) continue;
    ExpectNoTarget(&caller(), Of(caller_af_, handle));
    ExpectNoTarget(&caller(), Of(caller_af_, 0, handle));
    EXPECT_EQ(vcp_deregister_sap(caller().client(), handle, 1), VCP_INVALID_HANDLE);
  }
  caller_->ExpectNothing();
}

TEST_P(AttachedOverEach, C033_C120_AnotherClientsHandlesAreRefused) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  const Call call = Accept(offer);
  App stranger(CallerDaemon());
  for (const vcp_af af : {caller_af_, callee_af_}) {
    ExpectNoAf(&stranger, af, SapOn(1), CallOn(1));
  }
  for (const vcp_vc vc : {call.caller, call.callee}) ExpectNoVc(&stranger, vc, CallOn(1));
  EXPECT_EQ(vcp_deregister_sap(stranger.client(), offer.sap, 1), VCP_INVALID_HANDLE);
  stranger.ExpectNothing();
  caller_->SendAndComplete(call.caller, "unharmed");
  EXPECT_EQ(callee_->Receive().bytes, "unharmed");
  callee_->ExpectNothing();
  End(call);
}

TEST_P(AttachedOverEach, C013_C025_C046_ClosedHandlesAreRefused) {
  MakeCallee();
  const Offer offer = [this] {
    MakeCaller();
    return MakeOffer(0);
  }();
  const Call call = Accept(offer);
  End(call);
  callee_->DeregisterSap(offer.sap);
  callee_->CloseAf(callee_af_);
  caller_->CloseAf(caller_af_);
  ExpectNoAf(&caller(), caller_af_, SapOn(1), CallOn(1));
  ExpectNoAf(&callee(), callee_af_, SapOn(1), CallOn(1));
  ExpectNoVc(&caller(), call.caller, CallOn(1));
  ExpectNoVc(&callee(), call.callee, CallOn(1));
  EXPECT_EQ(vcp_deregister_sap(callee().client(), offer.sap, 1), VCP_INVALID_HANDLE);
  // Not given again either, when others take their places.
  for (int i = 0; i < 8; ++i) {
    const vcp_af af = callee_->OpenAf(medium().port, medium().family);
    EXPECT_NE(af, callee_af_);
    EXPECT_NE(callee_->CreateVc(af), call.callee);
  }
  ExpectNoVc(&callee(), call.callee, CallOn(1));
}

TEST_P(AttachedOverEach, C040_EveryOperationOnAnIdleVcSaysSo) {
  MakeCaller();
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  EXPECT_EQ(vcp_answer_call(caller().client(), vc, VCP_SUCCESS, nullptr), VCP_INVALID_STATE);
  EXPECT_EQ(vcp_close_call(caller().client(), vc, nullptr, 0, 1), VCP_INVALID_STATE);
  EXPECT_EQ(vcp_close_call_wait(caller().client(), vc), VCP_INVALID_STATE);
  EXPECT_EQ(caller_->Send(vc, "x"), VCP_INVALID_STATE);
  EXPECT_EQ(caller().Counters(vc).transmitted_sdus, 0u);
  caller_->ExpectNothing();
  caller_->DeleteVc(vc);
}

}  // namespace
}  // namespace vcp::conformance
