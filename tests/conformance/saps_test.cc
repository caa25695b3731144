// Group 2: SAPs.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "base/limits.h"
#include "stage.h"

namespace vcp::conformance {
namespace {

// A PVC is offered as soon as somebody listens; these tests are not about that.
class Listening : public OverEach {
 protected:
  vcp_sap Listen(Player* app, vcp_af af, int line) {
    const vcp_sap sap = app->RegisterSap(af, SapOn(line));
    if (!medium().by_address) {
      EXPECT_EQ(app->Expect(VCP_EVENT_INCOMING_CALL).sap, sap);
    }
    return sap;
  }
  void MakeOther() {
    other_ = NewPlayer(Side::kCallee);
    other_af_ = other_->OpenAf(medium().port, medium().family);
  }
  void TearDown() override {
    other_.reset();
    OverEach::TearDown();
  }

  std::unique_ptr<Player> other_;
  vcp_af other_af_ = 0;
};

TEST_P(Listening, C020_AValidSapRegisters) {
  MakeCallee();
  vcp_sap sap = 0;
  const vcp_sap_params params = SapOn(0);
  ASSERT_EQ(callee_->StartRegisterSap(callee_af_, params, 5, &sap), VCP_PENDING);
  const vcp_event event = callee_->Expect(VCP_EVENT_REGISTER_SAP_COMPLETE, VCP_SUCCESS, 5);
  EXPECT_NE(sap, 0u);
  EXPECT_EQ(event.sap, sap);
  EXPECT_EQ(event.af, callee_af_);
}

TEST_P(Listening, C021_ASapOfAnotherClientIsRefusedUntilItIsFree) {
  MakeCallee();
  MakeOther();
  const vcp_sap sap = Listen(callee_.get(), callee_af_, 0);
  EXPECT_EQ(other_->TryRegisterSap(other_af_, SapOn(0)), VCP_INVALID_DATA);
  Listen(other_.get(), other_af_, 1);
  callee_->DeregisterSap(sap);
  EXPECT_EQ(other_->TryRegisterSap(other_af_, SapOn(0)), VCP_SUCCESS);
}

TEST_P(Listening, C021_ASapOfAClientThatLeftIsFree) {
  MakeCallee();
  Listen(callee_.get(), callee_af_, 0);
  callee_.reset();
  ASSERT_TRUE(HoldsNothingAt(Side::kCallee));
  MakeOther();
  Listen(other_.get(), other_af_, 0);
}

TEST_P(Listening, C022_MalformedSapsAreRefused) {
  MakeCallee();
  const auto refused = [this](const vcp_sap_params& params) {
    return callee_->TryRegisterSap(callee_af_, params);
  };
  vcp_sap_params sap = SapOn(0);
  sap.address.type = 9;
  EXPECT_EQ(refused(sap), VCP_INVALID_DATA);
  sap = SapOn(0);
  sap.address = {.type = VCP_ADDRESS_E164, .length = 3, .bytes = {'1', 'x', '2'}};
  EXPECT_EQ(refused(sap), VCP_INVALID_DATA);
  sap = SapOn(0);
  sap.address = {.type = VCP_ADDRESS_NSAP, .length = 19, .bytes = {}};
  EXPECT_EQ(refused(sap), VCP_INVALID_DATA);
  sap = SapOn(0);
  sap.specific_length = VCP_MAX_SPECIFIC_BYTES + 1;
  EXPECT_EQ(refused(sap), VCP_INVALID_LENGTH);
  // An address where PVCs are, and a PVC where addresses are.
  sap = SapOn(0);
  sap.address = {.type = VCP_ADDRESS_E164, .length = 3, .bytes = {'1', '2', '3'}};
  std::snprintf(sap.pvc_name, sizeof sap.pvc_name, "line0");
  EXPECT_EQ(refused(sap), VCP_INVALID_DATA);
  sap = SapOn(0);
  sap.struct_size = 8;
  EXPECT_EQ(refused(sap), VCP_INVALID_LENGTH);
  callee_->ExpectNothing();
  Listen(callee_.get(), callee_af_, 0);  // none of those left anything behind
}

TEST_P(Listening, C022_ABadSapOfASharedNameDoesNotEndTheClient) {
  MakeCallee();
  vcp_sap_params sap = SapOn(0);
  std::snprintf(sap.pvc_name, sizeof sap.pvc_name, "l\x01ne");
  EXPECT_EQ(callee_->TryRegisterSap(callee_af_, sap), VCP_INVALID_DATA);
  std::fill(std::begin(sap.pvc_name), std::end(sap.pvc_name), 'a');  // not ended
  EXPECT_EQ(callee_->TryRegisterSap(callee_af_, sap), VCP_INVALID_DATA);
  callee_->ExpectNothing();
}

TEST_P(Listening, C023_EachCallComesToTheSapItWasFor) {
  MakeBoth();
  MakeOther();
  for (int line = 0; line < 6; ++line) {
    // Some with the same client, some with another.
    Player* app = line % 3 == 2 ? other_.get() : callee_.get();
    const vcp_sap sap =
        app->RegisterSap(app == callee_.get() ? callee_af_ : other_af_, SapOn(line));
    if (medium().by_address) StartCall(line, 0);
    const vcp_event event = app->Expect(VCP_EVENT_INCOMING_CALL);
    EXPECT_EQ(event.sap, sap);
    EXPECT_EQ(event.af, app == callee_.get() ? callee_af_ : other_af_);
    const vcp_call_params wanted = CallOn(line);
    EXPECT_STREQ(event.params.pvc_name, wanted.pvc_name);
    EXPECT_EQ(memcmp(&event.params.called, &wanted.called, sizeof wanted.called), 0);
  }
}

TEST_P(Listening, C024_ACallThatComesWithTheRegistrationIsOffered) {
  MakeBoth();
  vcp_sap sap = 0;
  const vcp_sap_params params = SapOn(0);
  ASSERT_EQ(callee_->StartRegisterSap(callee_af_, params, 5, &sap), VCP_PENDING);
  EXPECT_NE(sap, 0u);
  vcp_vc vc = 0;
  if (medium().by_address) {
    // Not one look at the callee's events before the call is on its way.
    vc = caller_->CreateVc(caller_af_);
    const vcp_call_params call = CallOn(0);
    ASSERT_EQ(caller_->StartMakeCall(vc, call, 6), VCP_PENDING);
    caller_->ExpectNothing();
  }
  callee_->Expect(VCP_EVENT_REGISTER_SAP_COMPLETE, VCP_SUCCESS, 5);
  const vcp_event event = callee_->Expect(VCP_EVENT_INCOMING_CALL);
  EXPECT_EQ(event.sap, sap);
  EXPECT_EQ(callee_->AcceptCall(event.vc), VCP_SUCCESS);
  callee_->Expect(VCP_EVENT_CALL_CONNECTED);
}

TEST_P(Listening, C025_ASecondDeregistrationFails) {
  MakeCallee();
  const vcp_sap sap = Listen(callee_.get(), callee_af_, 0);
  ASSERT_EQ(callee_->StartDeregisterSap(sap, 1), VCP_PENDING);
  EXPECT_EQ(callee_->StartDeregisterSap(sap, 2), VCP_FAILURE);
  callee_->Expect(VCP_EVENT_DEREGISTER_SAP_COMPLETE, VCP_SUCCESS, 1);
  EXPECT_EQ(callee_->StartDeregisterSap(sap, 3), NoHandle());
  callee_->ExpectNothing();
}

TEST_P(AttachedOverEach, C025_ASapIsNotDeregisteredBeforeItIsRegistered) {
  MakeCallee();
  vcp_sap sap = 0;
  const vcp_sap_params params = SapOn(0);
  ASSERT_EQ(callee_->StartRegisterSap(callee_af_, params, 5, &sap), VCP_PENDING);
  EXPECT_EQ(callee_->StartDeregisterSap(sap, 6), VCP_INVALID_STATE);
  callee_->Expect(VCP_EVENT_REGISTER_SAP_COMPLETE, VCP_SUCCESS, 5);
}

TEST_P(Listening, C026_CallsGoOnWithoutTheSapTheyCameTo) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  const Call call = Accept(offer);
  callee_->DeregisterSap(offer.sap);
  caller_->SendAndComplete(call.caller, "after the SAP");
  EXPECT_EQ(callee_->Receive().bytes, "after the SAP");
  callee_->SendAndComplete(call.callee, "and back");
  EXPECT_EQ(caller_->Receive().bytes, "and back");
  callee_->ExpectNothing();
  caller_->ExpectNothing();
  End(call);
}

TEST_P(Listening, C026_AnOfferOutlivesItsSap) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  callee_->DeregisterSap(offer.sap);
  const Call call = Accept(offer);
  caller_->SendAndComplete(call.caller, "late");
  EXPECT_EQ(callee_->Receive().bytes, "late");
}

TEST_P(Listening, C027_NothingIsOfferedAfterDeregistration) {
  MakeBoth();
  const Offer offer = MakeOffer(0);
  callee_->DeregisterSap(offer.sap);
  if (medium().by_address) {
    const vcp_vc vc = caller_->CreateVc(caller_af_);
    EXPECT_EQ(caller_->TryCall(vc, CallOn(0)), VCP_NOT_FOUND);
  } else {
    // The PVC is free again, which would be the moment to offer it.
    EXPECT_EQ(callee_->AnswerCall(offer.callee, VCP_FAILURE, nullptr), VCP_SUCCESS);
    EXPECT_EQ(callee_->Expect(VCP_EVENT_VC_DELETED).vc, offer.callee);
  }
  callee_->ExpectNothing();
}

TEST_P(Listening, C028_TheParametersAreTheApplicationsAgainAtOnce) {
  MakeBoth();
  vcp_sap sap = 0;
  vcp_sap_params params = SapOn(0);
  ASSERT_EQ(callee_->StartRegisterSap(callee_af_, params, 5, &sap), VCP_PENDING);
  memset(static_cast<void*>(&params), 0xee, sizeof params);
  callee_->Expect(VCP_EVENT_REGISTER_SAP_COMPLETE, VCP_SUCCESS, 5);
  if (medium().by_address) StartCall(0, 0);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_INCOMING_CALL).sap, sap);
}

INSTANTIATE_TEST_SUITE_P(, Listening,
                         ::testing::ValuesIn(ColumnsOf(kEverywhere,
                                                       {kLoopback, kUni, kExternal, kPvc})),
                         [](const auto& info) { return NameOf(info.param); });

// --- by address ----------------------------------------------------------------------------------

TEST_P(ByAddress, C023_AnExactAddressGoesBeforeTheWildcard) {
  MakeBoth();
  vcp_sap_params any;
  vcp_sap_params_init(&any);
  const vcp_sap wildcard = callee_->RegisterSap(callee_af_, any);
  const vcp_sap exact = callee_->RegisterSap(callee_af_, SapOn(3));
  StartCall(3, 0);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_INCOMING_CALL).sap, exact);
  StartCall(4, 0);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_INCOMING_CALL).sap, wildcard);
}

// As many as the daemon keeps for one client; it then has the ones it has, and room for others'.
TEST_P(ByAddress, C022_TooManySapsAreRefused) {
  MakeCallee();
  vcp_sap last = 0;
  for (uint32_t i = 0; i < kMaxSapsPerClient; ++i) {
    last = callee_->RegisterSap(callee_af_, SapOn(static_cast<int>(i)));
    if (HasFailure()) return;
  }
  const auto one_more = [this] {
    return callee_->TryRegisterSap(callee_af_, SapOn(kMaxSapsPerClient));
  };
  EXPECT_EQ(one_more(), VCP_RESOURCES);
  const std::unique_ptr<Player> other = NewPlayer(Side::kCallee);
  const vcp_af others_af = other->OpenAf(medium().port, medium().family);
  other->RegisterSap(others_af, SapOn(kMaxSapsPerClient + 1));
  callee_->DeregisterSap(last);
  EXPECT_EQ(one_more(), VCP_SUCCESS);
}

TEST_P(ByAddress, C057_WithoutASapNothingIsOffered) {
  MakeBoth();
  callee_->RegisterSap(callee_af_, SapOn(1));
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  EXPECT_EQ(caller_->TryCall(vc, CallOn(0)), VCP_NOT_FOUND);
  callee_->ExpectNothing();
}

}  // namespace
}  // namespace vcp::conformance
