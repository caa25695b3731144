// One client that asks for more than its share of a link, and the others (S1, S2).
#include "uni_call_manager_fixture.h"

namespace vcp::callmgr {
namespace {

class UniSharesTest : public UniCallManagerTest {
 protected:
  UniSharesTest() {
    modest_af = user.OpenAf(&modest, 3);
    EXPECT_EQ(user.board.CreateVc(modest_af, 1, {.channel = 2, .channel_vc = 1}, &modest_vc),
              Status::kSuccess);
    EXPECT_EQ(user.board.RegisterSap(modest_af, 6, {.address = kOther}, &modest_sap),
              Status::kSuccess);
    modest.log.clear();
    server.incoming_call = Status::kPending;
  }
  Status MakeCall(circuit::VcHandle on) {
    CallParameters params = To(kServer);
    return user.board.MakeCall(on, &params);
  }
  // As many as the caller may have without an answer.
  void FillShare() {
    for (uint32_t i = 0; i < kMaxCallsInSetupPerClient; ++i) {
      vcs.push_back(MakeVc());
      ASSERT_EQ(MakeCall(vcs.back()), Status::kPending) << i;
      Settle();
    }
    ASSERT_EQ(MakeCall(vc), Status::kResources);
    ASSERT_EQ(user.manager().setup_shares().refused_calls(), 1u);
  }
  uint64_t InSetup() { return user.manager().signaling().uni().calls_in_setup(); }

  testing::RecordingClient modest;
  circuit::AfHandle modest_af;
  circuit::VcHandle modest_vc;
  circuit::SapHandle modest_sap;
  std::vector<circuit::VcHandle> vcs;
};

TEST_F(UniSharesTest, S2_AnotherClientCallsWhileOneHasItsShareInSetup) {
  FillShare();
  server.incoming_call = Status::kSuccess;
  ASSERT_EQ(MakeCall(modest_vc), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&modest.log), ElementsAre("MakeCallComplete SUCCESS 1"));
  EXPECT_EQ(MakeCall(vc), Status::kResources);
  EXPECT_EQ(user.board.CloseCall(modest_vc, {}), Status::kPending);
  ExpectCleanEnd();
}

TEST_F(UniSharesTest, S2_ThePeersCallsComeThroughWhileAClientHasItsShareInSetup) {
  FillShare();
  circuit::VcHandle made;
  ASSERT_EQ(network.board.CreateVc(server_af, 20, {.channel = 2, .channel_vc = 20}, &made),
            Status::kSuccess);
  CallParameters params = To(kOther);
  server.log.clear();
  ASSERT_EQ(network.board.MakeCall(made, &params), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&server.log), ElementsAre("MakeCallComplete SUCCESS 20"));
}

TEST_F(UniSharesTest, S2_WhatEndsMakesRoom) {
  FillShare();
  // Answered,
  network.board.IncomingCallComplete(Status::kSuccess, server.last_vc, To(kServer));
  Settle();
  ASSERT_EQ(MakeCall(vc), Status::kPending);
  ASSERT_EQ(MakeCall(MakeVc()), Status::kResources);
  // refused,
  network.board.IncomingCallComplete(Status::kNotAccepted, server.last_vc, To(kServer));
  Settle();
  // or abandoned.
  EXPECT_EQ(user.board.CloseCall(vcs.front(), {}), Status::kPending);
  ASSERT_EQ(MakeCall(MakeVc()), Status::kPending);
  Settle();
  ExpectCleanEnd();
}

TEST_F(UniSharesTest, S2_CallsThatNobodyAnswersExpire) {
  FillShare();
  Pass(183 * kNsPerSecond);  // T301: the callee still thinks.
  EXPECT_EQ(InSetup(), 0u);
  EXPECT_EQ(MakeCall(vc), Status::kPending);
}

TEST_F(UniSharesTest, S2_PartiesAreInSetupAsCallsAre) {
  circuit::PartyHandle party;
  server.incoming_call = Status::kSuccess;
  CallParameters params = To(kServer);
  const circuit::VcHandle root = MakeVc();
  ASSERT_EQ(user.board.MakeCall(root, &params, 900, &party), Status::kPending);
  Settle();
  server.incoming_call = Status::kPending;
  FillShare();
  params = To(kServer);
  EXPECT_EQ(user.board.AddParty(root, 901, &params, &party), Status::kResources);
  EXPECT_EQ(user.manager().setup_shares().refused_calls(), 2u);
  network.board.IncomingCallComplete(Status::kSuccess, server.last_vc, To(kServer));
  Settle();
  params = To(kServer);
  EXPECT_EQ(user.board.AddParty(root, 902, &params, &party), Status::kPending);
  EXPECT_EQ(MakeCall(vc), Status::kResources);
  Settle();
  // Answered, it makes room.
  network.board.IncomingCallComplete(Status::kSuccess, server.last_vc, To(kServer));
  Settle();
  EXPECT_THAT(caller.log, ::testing::Contains("AddPartyComplete SUCCESS 902"));
  EXPECT_EQ(MakeCall(vc), Status::kPending);
  ExpectCleanEnd();
}

TEST_F(UniSharesTest, S1_CallsThatAreRefusedAtOnceAreTooManyASecond) {
  constexpr signaling::SetupLimits kLimits;
  server.incoming_call = Status::kNotAccepted;
  uint32_t taken = 0;
  while (MakeCall(vc) == Status::kPending && taken <= kLimits.client_setup_burst) {
    ++taken;
    Settle();
  }
  EXPECT_EQ(taken, kLimits.client_setup_burst);
  EXPECT_EQ(InSetup(), 0u);
  EXPECT_EQ(MakeCall(modest_vc), Status::kPending);
}

TEST_F(UniSharesTest, S2_AClientThatAnswersNoOfferIsBusyAndOthersAreNot) {
  circuit::SapHandle deaf_sap;
  const Address deaf = *ParseAddress("+4799");
  EXPECT_EQ(user.board.RegisterSap(caller_af, 7, {.address = deaf}, &deaf_sap), Status::kSuccess);
  caller.incoming_call = Status::kPending;
  testing::RecordingClient callers[6];
  const auto call = [&](size_t who, circuit::AfHandle af, const Address& address) {
    const circuit::Context context = ++next_vc;
    circuit::VcHandle made;
    EXPECT_EQ(network.board.CreateVc(
                  af, context, {.channel = 2, .channel_vc = static_cast<uint32_t>(context)}, &made),
              Status::kSuccess);
    CallParameters params = To(address);
    EXPECT_EQ(network.board.MakeCall(made, &params), Status::kPending) << who;
    Settle();
  };
  circuit::AfHandle afs[6];
  for (size_t i = 0; i < 6; ++i) afs[i] = network.OpenAf(&callers[i], 50 + i);
  for (uint32_t i = 0; i < kMaxOffersPerClient; ++i) {
    call(i / kMaxCallsInSetupPerClient, afs[i / kMaxCallsInSetupPerClient], deaf);
  }
  callers[5].log.clear();
  call(5, afs[5], deaf);
  EXPECT_THAT(Take(&callers[5].log),
              ElementsAre("MakeCallComplete NOT_ACCEPTED " + std::to_string(next_vc)));
  EXPECT_EQ(callers[5].cause.value, CauseValue::kUserBusy);
  EXPECT_EQ(user.manager().setup_shares().refused_offers(), 1u);
  call(5, afs[5], kOther);
  EXPECT_THAT(Take(&callers[5].log),
              ElementsAre("MakeCallComplete SUCCESS " + std::to_string(next_vc)));
}

}  // namespace
}  // namespace vcp::callmgr
