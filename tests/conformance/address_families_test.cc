// Group 1: address families, as an attached application sees them.
#include <map>
#include <string>
#include <utility>

#include "stage.h"

namespace vcp::conformance {
namespace {

TEST_P(OverEach, C005_EveryClientHearsOfTheFamily) {
  for (int client = 0; client < 2; ++client) {  // the second one comes later
    caller_ = NewPlayer(Side::kCaller);
    const Family* family = caller_->FindFamily(medium().port, medium().family);
    ASSERT_NE(family, nullptr);
    EXPECT_EQ(family->max_sdu_bytes, kPortSduBytes);
    caller_.swap(callee_);
  }
}

TEST_P(OverEach, C003_EachFamilyOfAPortIsToldOnce) {
  const std::unique_ptr<Player> app = NewPlayer(Side::kCaller);
  ASSERT_NE(app->FindFamily(medium().port, medium().family), nullptr);
  app->ExpectNothing();
  // Each port has PVCs' family besides, of the same call manager or of another.
  std::map<std::pair<std::string, uint32_t>, int> told;
  for (const Family& family : app->families()) ++told[{family.adapter, family.family}];
  EXPECT_EQ((told[{medium().port, medium().family}]), 1);
  EXPECT_EQ((told[{medium().port, VCP_AF_PVC}]), 1);
  EXPECT_EQ((told[{medium().port, VCP_AF_Q2931}]), 1);
  for (const auto& [family, times] : told) EXPECT_EQ(times, 1) << family.first;
}

TEST_P(OverEach, C006_AClientThatIgnoresFamiliesIsLeftAlone) {
  const std::unique_ptr<Player> app = NewPlayer(Side::kCaller);
  ASSERT_NE(app->FindFamily(medium().port, medium().family), nullptr);
  app->ExpectNothing();
}

TEST_P(OverEach, C008_OpenCompletesOnceWithItsHandle) {
  const std::unique_ptr<Player> app = NewPlayer(Side::kCaller);
  vcp_af af = 0;
  ASSERT_EQ(app->StartOpenAf(medium().port, medium().family, 77, &af), VCP_PENDING);
  const vcp_event event = app->Expect(VCP_EVENT_OPEN_AF_COMPLETE, VCP_SUCCESS, 77);
  EXPECT_NE(event.af, 0u);
  EXPECT_EQ(event.af, af);
  app->ExpectNothing();
}

// A client runs its own completion then, as the player here does; there is no other one.
class OpensAtOnce : public StageTest, public ::testing::WithParamInterface<Column> {
 protected:
  OpensAtOnce() : StageTest(GetParam()) {}
};

TEST_P(OpensAtOnce, C007_AnOpenThatSucceedsAtOnceHasNoCompletion) {
  const std::unique_ptr<Player> app = NewPlayer(Side::kCaller);
  vcp_af af = 0;
  ASSERT_EQ(app->StartOpenAf(medium().port, medium().family, 1, &af), VCP_PENDING);
  EXPECT_TRUE(app->HoldsEvent()) << "it pended";
  app->Expect(VCP_EVENT_OPEN_AF_COMPLETE, VCP_SUCCESS, 1);
  app->ExpectNothing();
}

INSTANTIATE_TEST_SUITE_P(, OpensAtOnce,
                         ::testing::ValuesIn(ColumnsOf({Where::kInProcess},
                                                       {kLoopback, kUni, kPvc})),
                         [](const auto& info) { return NameOf(info.param); });

TEST_P(OverEach, C008_AFamilyCanBeOpenedSeveralTimes) {
  const std::unique_ptr<Player> app = NewPlayer(Side::kCaller);
  const vcp_af first = app->OpenAf(medium().port, medium().family);
  const vcp_af second = app->OpenAf(medium().port, medium().family);
  EXPECT_NE(first, second);
  app->CloseAf(first);
  app->CreateVc(second);
}

TEST_P(OverEach, C009_C010_OpeningWhatIsNotThereFails) {
  const std::unique_ptr<Player> app = NewPlayer(Side::kCaller);
  vcp_af af = 0;
  vcp_event event =
      app->Finish(app->StartOpenAf(medium().port, 4711, 1, &af), VCP_EVENT_OPEN_AF_COMPLETE, 1);
  EXPECT_EQ(event.status, VCP_FAILURE) << vcp_status_name(event.status);
  EXPECT_EQ(app->StartCloseAf(af, 2), NoHandle());

  event = app->Finish(app->StartOpenAf("nowhere0", medium().family, 3, &af),
                      VCP_EVENT_OPEN_AF_COMPLETE, 3);
  EXPECT_EQ(event.status, VCP_NO_SUCH_PORT) << vcp_status_name(event.status);
  EXPECT_EQ(app->StartCloseAf(af, 4), NoHandle());
  app->ExpectNothing();
}

TEST_P(AttachedOverEach, C011_AHandleIsOfNoUseUntilItsOpenCompleted) {
  const std::unique_ptr<Player> app = NewPlayer(Side::kCaller);
  vcp_af af = 0;
  ASSERT_EQ(app->StartOpenAf(medium().port, medium().family, 1, &af), VCP_PENDING);
  vcp_vc vc = 0;
  EXPECT_EQ(app->StartCreateVc(af, 2, &vc), VCP_INVALID_STATE);
  EXPECT_EQ(app->StartCloseAf(af, 2), VCP_INVALID_STATE);
  vcp_sap sap = 0;
  const vcp_sap_params params = SapOn(0);
  EXPECT_EQ(app->StartRegisterSap(af, params, 3, &sap), VCP_INVALID_STATE);
  app->Expect(VCP_EVENT_OPEN_AF_COMPLETE, VCP_SUCCESS, 1);
  app->ExpectNothing();
  app->DeleteVc(app->CreateVc(af));
}

TEST_P(OverEach, C012_CloseWithASapIsRefused) {
  MakeCallee();
  const vcp_sap sap = callee_->RegisterSap(callee_af_, SapOn(0));
  if (!medium().by_address) callee_->Expect(VCP_EVENT_INCOMING_CALL);
  const vcp_event event =
      callee_->Finish(callee_->StartCloseAf(callee_af_, 1), VCP_EVENT_CLOSE_AF_COMPLETE, 1);
  EXPECT_EQ(event.status, VCP_FAILURE) << vcp_status_name(event.status);
  callee_->DeregisterSap(sap);
}

TEST_P(OverEach, C012_CloseWithAVcIsRefusedAndTheFamilyStaysOpen) {
  MakeCaller();
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  const vcp_event event =
      caller_->Finish(caller_->StartCloseAf(caller_af_, 1), VCP_EVENT_CLOSE_AF_COMPLETE, 1);
  EXPECT_EQ(event.status, VCP_FAILURE) << vcp_status_name(event.status);
  caller_->DeleteVc(caller_->CreateVc(caller_af_));
  caller_->DeleteVc(vc);
  caller_->CloseAf(caller_af_);
}

TEST_P(OverEach, C012_CloseWithACallIsRefusedAndTheCallGoesOn) {
  MakeBoth();
  const Call call = Connect(0);
  for (Player* app : {caller_.get(), callee_.get()}) {
    const vcp_af af = app == caller_.get() ? caller_af_ : callee_af_;
    const vcp_event event = app->Finish(app->StartCloseAf(af, 1), VCP_EVENT_CLOSE_AF_COMPLETE, 1);
    EXPECT_EQ(event.status, VCP_FAILURE) << vcp_status_name(event.status);
  }
  caller_->SendAndComplete(call.caller, "still here");
  EXPECT_EQ(callee_->Receive().bytes, "still here");
  End(call);
}

TEST_P(OverEach, C013_ASecondCloseFailsAndTheHandleIsGone) {
  MakeCaller();
  ASSERT_EQ(caller_->StartCloseAf(caller_af_, 1), VCP_PENDING);
  EXPECT_EQ(caller_->StartCloseAf(caller_af_, 2), VCP_FAILURE);
  vcp_vc vc = 0;
  EXPECT_NE(caller_->StartCreateVc(caller_af_, 3, &vc), VCP_PENDING);
  caller_->Expect(VCP_EVENT_CLOSE_AF_COMPLETE, VCP_SUCCESS, 1);
  EXPECT_EQ(caller_->StartCloseAf(caller_af_, 4), NoHandle());
  caller_->ExpectNothing();
}

TEST_P(AttachedOverEach, C017_AnAnswerToNoNotifyIsRefused) {
  MakeCaller();
  EXPECT_EQ(caller_->NotifyCloseAfComplete(caller_af_, VCP_SUCCESS), VCP_INVALID_STATE);
  EXPECT_EQ(caller_->NotifyCloseAfComplete(0, VCP_SUCCESS), VCP_INVALID_HANDLE);
  caller_->ExpectNothing();
  caller_->CloseAf(caller_af_);
}

TEST_P(OverEach, C070_AFamilyOpensAgainAfterItWasClosed) {
  MakeCaller();
  for (int time = 0; time < 3; ++time) {
    caller_->CloseAf(caller_af_);
    caller_af_ = caller_->OpenAf(medium().port, medium().family);
  }
  caller_->DeleteVc(caller_->CreateVc(caller_af_));
}

}  // namespace
}  // namespace vcp::conformance
