// Group 8: permanent VCs.
#include <algorithm>
#include <cstdio>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "stage.h"

namespace vcp::conformance {
namespace {

vcp_call_params CallTo(const char* pvc_name) {
  vcp_call_params params;
  vcp_call_params_init(&params);
  params.flags = VCP_CALL_PERMANENT_VC;
  std::snprintf(params.pvc_name, sizeof params.pvc_name, "%s", pvc_name);
  return params;
}

vcp_sap_params SapNamed(const char* pvc_name) {
  vcp_sap_params params;
  vcp_sap_params_init(&params);
  std::snprintf(params.pvc_name, sizeof params.pvc_name, "%s", pvc_name);
  return params;
}

vcp_call_params CallFar(uint32_t flags) {
  vcp_call_params params;
  vcp_call_params_init(&params);
  params.flags = flags;
  EXPECT_EQ(vcp_address_parse(kPvcDestination, &params.called), VCP_SUCCESS);
  return params;
}

// As applications give it.
vcp_pvc PvcNamed(const char* name, uint32_t label) {
  vcp_pvc pvc{};
  std::snprintf(pvc.name, sizeof pvc.name, "%s", name);
  pvc.transmit_label = pvc.receive_label = label;
  pvc.rate_bytes_per_second = pvc.max_sdu_bytes = VCP_UNSPECIFIED;
  return pvc;
}
std::string_view BytesOf(const vcp_pvc& pvc) {
  return {reinterpret_cast<const char*>(&pvc), sizeof pvc};
}
std::string_view NameIn(const vcp_pvc& pvc) { return {pvc.name, sizeof pvc.name}; }

// Over the families that lead to an operator's PVCs: their own, and that of the port's link.
class PvcLists : public StageTest, public ::testing::WithParamInterface<Column> {
 protected:
  PvcLists() : StageTest(GetParam()) {}
};
INSTANTIATE_TEST_SUITE_P(, PvcLists, ::testing::ValuesIn(ColumnsOf(kEverywhere, {kPvc, kUni})),
                         [](const auto& info) { return NameOf(info.param); });

bool Succeeded(const std::string& answer) {
  return answer.find("\"ok\":true") != std::string::npos;
}

TEST_F(AttachedOverPvc, C097_AnAddedPvcIsUsableAndADeletedOneIsNot) {
  MakeCaller();
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  testing::DaemonProcess& daemon = CallerDaemon();
  EXPECT_EQ(caller_->TryCall(vc, CallTo("extra")), VCP_FAILURE);
  ASSERT_TRUE(Succeeded(daemon.Ask("pvc add name=extra port=cable0 label=5000")));
  EXPECT_FALSE(Succeeded(daemon.Ask("pvc add name=extra port=cable0 label=5001")));
  EXPECT_FALSE(Succeeded(daemon.Ask("pvc add name=other port=cable0 label=5000")));
  EXPECT_EQ(caller_->TryCall(vc, CallTo("extra")), VCP_SUCCESS);
  caller_->CloseCall(vc);
  ASSERT_TRUE(Succeeded(daemon.Ask("pvc delete extra")));
  EXPECT_FALSE(Succeeded(daemon.Ask("pvc delete extra")));
  EXPECT_EQ(caller_->TryCall(vc, CallTo("extra")), VCP_FAILURE);
}

TEST_F(AttachedOverPvc, C097_APvcDeletedUnderACallGoesWhenTheCallDoes) {
  MakeCaller();
  testing::DaemonProcess& daemon = CallerDaemon();
  ASSERT_TRUE(Succeeded(daemon.Ask("pvc add name=extra port=cable0 label=5000")));
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  ASSERT_EQ(caller_->TryCall(vc, CallTo("extra")), VCP_SUCCESS);
  EXPECT_TRUE(Succeeded(daemon.Ask("pvc delete extra")));
  EXPECT_EQ(caller_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_CLOSED).vc, vc);
  EXPECT_FALSE(Succeeded(daemon.Ask("pvc add name=extra port=cable0 label=5000")));
  caller_->CloseCall(vc);
  EXPECT_TRUE(Succeeded(daemon.Ask("pvc add name=extra port=cable0 label=5000")));
  EXPECT_TRUE(Succeeded(daemon.Ask("pvc delete extra")));
}

TEST_P(PvcLists, C097_APvcThatAClientAddsIsForOthersToo) {
  MakeCaller();
  const std::unique_ptr<Player> second = NewPlayer(Side::kCaller);
  const vcp_af second_af = second->OpenAf(medium().port, medium().family);
  const vcp_vc vc = second->CreateVc(second_af);
  vcp_pvc pvc = PvcNamed("ours", 6000);
  pvc.max_sdu_bytes = 500;
  ASSERT_EQ(caller_->Set(AtFamily(caller_af_), VCP_OID_CO_ADD_PVC, BytesOf(pvc)), VCP_SUCCESS);
  EXPECT_EQ(caller_->Set(AtFamily(caller_af_), VCP_OID_CO_ADD_PVC, BytesOf(pvc)), VCP_IN_USE);
  EXPECT_EQ(second->TryCall(vc, CallTo("ours")), VCP_SUCCESS);
  EXPECT_EQ(second->Send(vc, std::string(501, 'x')), VCP_INVALID_LENGTH);
  EXPECT_EQ(caller_->Set(AtFamily(caller_af_), VCP_OID_CO_DELETE_PVC, NameIn(pvc)), VCP_SUCCESS);
  EXPECT_EQ(second->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_CLOSED).vc, vc);
  second->CloseCall(vc);
  EXPECT_EQ(second->TryCall(second->CreateVc(second_af), CallTo("ours")), VCP_FAILURE);
  const vcp_pvc operators = PvcNamed("line0", 0);
  EXPECT_EQ(caller_->Set(AtFamily(caller_af_), VCP_OID_CO_DELETE_PVC, NameIn(operators)),
            VCP_NOT_ACCEPTED);
}

TEST_P(OverPvc, C097_APvcAddedLaterIsOfferedToWhoWaitsForItsGroup) {
  MakeCallee();
  const vcp_sap sap = callee_->RegisterSap(callee_af_, SapNamed("line0"));
  const vcp_event offer = callee_->Expect(VCP_EVENT_INCOMING_CALL);
  EXPECT_EQ(offer.sap, sap);
  DeletePvc(Side::kCallee, 0);
  callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_CLOSED);
  callee_->CloseCall(offer.vc);
  callee_->Expect(VCP_EVENT_VC_DELETED);
  RestorePvcs();
  EXPECT_EQ(callee_->Expect(VCP_EVENT_INCOMING_CALL).sap, sap);
}

TEST_P(PvcLists, C098_ACallThatMatchesNoPvcFails) {
  MakeCaller();
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  vcp_call_params params = CallTo("");
  EXPECT_EQ(caller_->TryCall(vc, params), VCP_FAILURE);
  ASSERT_EQ(vcp_address_parse("+358001", &params.called), VCP_SUCCESS);
  EXPECT_EQ(caller_->TryCall(vc, params), VCP_FAILURE);
  caller_->DeleteVc(vc);
}

TEST_P(PvcLists, C098_ACallTakesAPvcThatLeadsToItsDestination) {
  MakeCaller();
  for (const char* name : {"far/0", "far/1"}) {
    const vcp_vc vc = caller_->CreateVc(caller_af_);
    ASSERT_EQ(caller_->StartMakeCall(vc, CallFar(VCP_CALL_PERMANENT_VC), 1), VCP_PENDING);
    const vcp_event made = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
    EXPECT_STREQ(made.params.pvc_name, name);
    EXPECT_NE(made.params.flags & VCP_CALL_PERMANENT_VC, 0u);
  }
  const vcp_vc third = caller_->CreateVc(caller_af_);
  EXPECT_EQ(caller_->TryCall(third, CallFar(VCP_CALL_PERMANENT_VC)), VCP_IN_USE);
}

// One client is not to say where the calls of others lead.
TEST_P(PvcLists, C098_APvcThatAClientAddedIsFoundByItsNameOnly) {
  MakeCaller();
  vcp_pvc pvc = PvcNamed("ours", 6000);
  vcp_call_params params = CallTo("");
  ASSERT_EQ(vcp_address_parse("+358778", &params.called), VCP_SUCCESS);
  pvc.destination.type = params.called.type;
  pvc.destination.length = params.called.length;
  std::copy_n(params.called.bytes, sizeof params.called.bytes, pvc.destination.bytes);
  ASSERT_EQ(caller_->Set(AtFamily(caller_af_), VCP_OID_CO_ADD_PVC, BytesOf(pvc)), VCP_SUCCESS);
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  EXPECT_EQ(caller_->TryCall(vc, params), VCP_FAILURE);
  EXPECT_EQ(caller_->TryCall(vc, CallTo("ours")), VCP_SUCCESS);
  caller_->CloseCall(vc);
  EXPECT_EQ(caller_->Set(AtFamily(caller_af_), VCP_OID_CO_DELETE_PVC, NameIn(pvc)), VCP_SUCCESS);
  EXPECT_EQ(caller_->TryCall(vc, params), VCP_FAILURE);
}

TEST_P(OverPvc, C099_ANamedPvcIsExactlyThatOne) {
  MakeBoth();
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  EXPECT_EQ(caller_->TryCall(vc, CallTo("line999")), VCP_FAILURE);
  EXPECT_EQ(caller_->TryCall(vc, CallTo("line")), VCP_FAILURE);
  EXPECT_EQ(caller_->TryCall(vc, CallTo("group")), VCP_FAILURE) << "a group is no PVC";
  const Call wanted = Connect(5);
  const Call other = Connect(6);
  caller_->SendAndComplete(wanted.caller, "for five");
  const Sdu sdu = callee_->Receive();
  EXPECT_EQ(sdu.vc, wanted.callee);
  EXPECT_EQ(sdu.bytes, "for five");
  EXPECT_NE(sdu.vc, other.callee);
  EXPECT_FALSE(callee_->HasSdu());
}

TEST_P(OverPvc, C099_APvcOfAnotherPortIsNotFound) {
  const std::unique_ptr<Player> app = NewPlayer(Side::kCaller);
  const vcp_af af = app->OpenAf(kLoopPort, VCP_AF_PVC);
  const vcp_vc vc = app->CreateVc(af);
  EXPECT_EQ(app->TryCall(vc, CallTo("line0")), VCP_FAILURE);
}

// Nothing is said of media: an address only.
TEST_P(PvcLists, C100_WithoutTheFlagThePvcListIsSearchedFirst) {
  MakeCaller();
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  ASSERT_EQ(caller_->StartMakeCall(vc, CallFar(0), 1), VCP_PENDING);
  const vcp_event made = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  EXPECT_STREQ(made.params.pvc_name, "far/0");
  EXPECT_NE(made.params.flags & VCP_CALL_PERMANENT_VC, 0u);
}

// With every PVC there in use, a link's call is signaled; one who wants a PVC gets none.
TEST_P(OverUni, C100_WhereThePvcsAreInUseACallIsSignaled) {
  MakeBoth();
  vcp_sap_params far;
  vcp_sap_params_init(&far);
  far.address = CallFar(0).called;
  callee_->RegisterSap(callee_af_, far);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(caller_->TryCall(caller_->CreateVc(caller_af_), CallFar(0)), VCP_SUCCESS);
  }
  callee_->ExpectNothing();
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  EXPECT_EQ(caller_->TryCall(vc, CallFar(VCP_CALL_PERMANENT_VC)), VCP_IN_USE);
  ASSERT_EQ(caller_->StartMakeCall(vc, CallFar(0), 1), VCP_PENDING);
  ASSERT_EQ(callee_->AcceptCall(callee_->Expect(VCP_EVENT_INCOMING_CALL).vc), VCP_SUCCESS);
  const vcp_event made = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  EXPECT_EQ(made.params.flags & VCP_CALL_PERMANENT_VC, 0u);
  caller_->SendAndComplete(vc, "signaled");
  EXPECT_EQ(callee_->Receive().bytes, "signaled");
}

TEST_P(PvcLists, C101_APvcsQosIsTheOperators) {
  MakeCaller();
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  vcp_call_params params = CallTo("slow");
  params.transmit.token_rate_bytes_per_second = 5;
  params.transmit.max_sdu_size_bytes = 77;
  ASSERT_EQ(caller_->StartMakeCall(vc, params, 1), VCP_PENDING);
  const vcp_event made = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  EXPECT_NE(made.params.flags & VCP_CALL_PERMANENT_VC, 0u);
  EXPECT_NE(made.params.flags & VCP_CALL_PARAMETERS_CHANGED, 0u);  // C53
  EXPECT_STREQ(made.params.pvc_name, "slow");
  EXPECT_EQ(made.params.transmit.token_rate_bytes_per_second, 1'000'000u);
  EXPECT_EQ(made.params.transmit.max_sdu_size_bytes, 1000u);
  EXPECT_EQ(caller_->Send(vc, std::string(1001, 'x')), VCP_INVALID_LENGTH);
  caller_->SendAndComplete(vc, std::string(1000, 'x'));
}

TEST_P(OverPvc, C099_ABusyPvcIsRefusedUntilItIsFree) {
  MakeCaller();
  const std::unique_ptr<Player> second = NewPlayer(Side::kCaller);
  const vcp_af second_af = second->OpenAf(kCablePort, VCP_AF_PVC);
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  const vcp_vc own_other = caller_->CreateVc(caller_af_);
  const vcp_vc others = second->CreateVc(second_af);
  ASSERT_EQ(caller_->TryCall(vc, CallOn(0)), VCP_SUCCESS);
  EXPECT_EQ(caller_->TryCall(own_other, CallOn(0)), VCP_IN_USE);
  EXPECT_EQ(second->TryCall(others, CallOn(0)), VCP_IN_USE);
  // A SAP on it registers, and is offered the PVC once it is free.
  const vcp_sap sap = second->RegisterSap(second_af, SapOn(0));
  second->ExpectNothing();
  caller_->CloseCall(vc);
  EXPECT_EQ(second->Expect(VCP_EVENT_INCOMING_CALL).sap, sap);
  EXPECT_EQ(caller_->TryCall(vc, CallOn(0)), VCP_IN_USE);
}

TEST_F(AttachedOverPvc, C066_TheBlockingFormsDoTheSame) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  ASSERT_EQ(callee_->AcceptCall(offer.callee), VCP_SUCCESS);
  callee_->Expect(VCP_EVENT_CALL_CONNECTED);
  const vcp_call_params params = CallOn(0);
  vcp_vc vc = 0;
  ASSERT_EQ(vcp_make_call_wait(caller().client(), caller_af_, &params, &vc), VCP_SUCCESS);
  ASSERT_EQ(vcp_send(caller().client(), vc, "and gone", 8, 1), VCP_SUCCESS);
  EXPECT_EQ(vcp_close_call_wait(caller().client(), vc), VCP_SUCCESS);
  EXPECT_EQ(callee_->Receive().bytes, "and gone");
  EXPECT_EQ(caller_->Completion().status, VCP_SUCCESS);
  EXPECT_EQ(caller_->StartDeleteVc(vc, 1), VCP_INVALID_HANDLE);
  caller_->ExpectNothing();
}

TEST_P(OverPvc, C020_ASapOnAGroupIsOfferedEachMember) {
  MakeBoth();
  const vcp_sap sap = callee_->RegisterSap(callee_af_, SapNamed("group"));
  std::set<std::string> names;
  std::vector<vcp_vc> offered;
  for (int i = 0; i < 4; ++i) {
    const vcp_event offer = callee_->Expect(VCP_EVENT_INCOMING_CALL);
    EXPECT_EQ(offer.sap, sap);
    EXPECT_NE(offer.params.flags & VCP_CALL_PERMANENT_VC, 0u);
    names.insert(offer.params.pvc_name);
    offered.push_back(offer.vc);
  }
  EXPECT_EQ(names, (std::set<std::string>{"group/0", "group/1", "group/2", "group/3"}));
  for (vcp_vc vc : offered) {
    ASSERT_EQ(callee_->AcceptCall(vc), VCP_SUCCESS);
    EXPECT_EQ(callee_->Expect(VCP_EVENT_CALL_CONNECTED).vc, vc);
  }
}

TEST_P(OverPvc, C021_AGroupAndItsMemberAreOneSap) {
  MakeBoth();
  callee_->RegisterSap(callee_af_, SapNamed("group/1"));
  callee_->Expect(VCP_EVENT_INCOMING_CALL);
  EXPECT_EQ(callee_->TryRegisterSap(callee_af_, SapNamed("group")), VCP_INVALID_DATA);
  callee_->RegisterSap(callee_af_, SapNamed("group/2"));
}

TEST_P(OverPvc, C060_ARefusedPvcIsNotOfferedAgainToTheSameSap) {
  MakeCallee();
  const Offer offer = MakeOffer(0);
  ASSERT_EQ(callee_->AnswerCall(offer.callee, VCP_FAILURE, nullptr), VCP_SUCCESS);
  callee_->Expect(VCP_EVENT_VC_DELETED);
  callee_->ExpectNothing();
  callee_->DeregisterSap(offer.sap);
  MakeOffer(0);  // once per registration
}

TEST_P(ByAddress, C098_WhoWantsAPvcIsNotSignaledInstead) {
  MakeBoth();
  callee_->RegisterSap(callee_af_, SapOn(0));
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  vcp_call_params params = CallOn(0);
  params.flags = VCP_CALL_PERMANENT_VC;
  EXPECT_EQ(caller_->TryCall(vc, params), VCP_FAILURE);
  callee_->ExpectNothing();
}

// The family of a link's call manager leads to the port's PVCs, too.
TEST_P(OverUni, C099_C101_APvcIsCalledThroughTheLinksFamily) {
  MakeCaller();
  callee_ = NewPlayer(Side::kCallee);
  callee_af_ = callee_->OpenAf(kCablePort, VCP_AF_PVC);
  callee_->RegisterSap(callee_af_, SapNamed("line5"));
  const vcp_vc callee = callee_->Expect(VCP_EVENT_INCOMING_CALL).vc;
  ASSERT_EQ(callee_->AcceptCall(callee), VCP_SUCCESS);
  callee_->Expect(VCP_EVENT_CALL_CONNECTED);
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  EXPECT_EQ(caller_->TryCall(vc, CallTo("line999")), VCP_FAILURE);
  vcp_call_params params = CallTo("line5");
  params.transmit.max_sdu_size_bytes = 77;  // which is the operator's to say
  ASSERT_EQ(caller_->StartMakeCall(vc, params, 1), VCP_PENDING);
  const vcp_event made = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  EXPECT_NE(made.params.flags & VCP_CALL_PERMANENT_VC, 0u);
  EXPECT_STREQ(made.params.pvc_name, "line5");
  EXPECT_NE(made.params.transmit.max_sdu_size_bytes, 77u);
  caller_->SendAndComplete(vc, "by name");
  EXPECT_EQ(callee_->Receive().bytes, "by name");
  // One user at a time, whichever family it comes from.
  EXPECT_EQ(caller_->TryCall(caller_->CreateVc(caller_af_), CallTo("line5")), VCP_IN_USE);
  EXPECT_EQ(caller_->OutcomeOf(caller_->StartModify(vc, params, 2), 2), VCP_NOT_SUPPORTED);
  caller_->CloseCall(vc);
}

}  // namespace
}  // namespace vcp::conformance
