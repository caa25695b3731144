// OID requests between drivers (C19, C102 to C108, C111, C112).
#include "stage.h"

namespace vcp::circuit {
namespace {

OidRequest Query(Oid oid, uint32_t capacity_bytes = 8) {
  return {.oid = oid, .capacity_bytes = capacity_bytes};
}
OidRequest Set(Oid oid, std::vector<uint8_t> bytes = {}) {
  return {.oid = oid, .access = OidAccess::kSet, .bytes = std::move(bytes)};
}

class Oids : public VcStage {
 protected:
  Oids() {
    client.life.clear();
    manager.life.clear();
    client.asked.clear();
    miniport.oid_request = manager.oid_request = client.oid_request = Status::kSuccess;
  }

  OidAnswer answer;
  OidHandle first, second;
};

TEST_F(Oids, C102_WithoutAFamilyTheMiniportIsAsked) {
  miniport.oid_answer.bytes = {1, 2, 3};
  EXPECT_EQ(board.RequestOid({.from = binding}, 5, Query(Oid::kRcvPdusOk), &answer),
            Status::kSuccess);
  EXPECT_EQ(answer.bytes, (std::vector<uint8_t>{1, 2, 3}));
  ASSERT_EQ(miniport.asked.size(), 1u);
  EXPECT_FALSE(miniport.asked[0].vc);  // C103: of all VCs
  EXPECT_THAT(client.life, IsEmpty());
  EXPECT_EQ(
      board.RequestOid({.from = manager_binding, .vc = vc}, 5, Query(Oid::kRcvPdusOk), &answer),
      Status::kSuccess);
  EXPECT_EQ(miniport.asked[1].vc, vc);  // C103: of one
}

TEST_F(Oids, C102_WithAFamilyTheOtherEndIsAsked) {
  EXPECT_EQ(board.RequestOid({.from = binding, .af = af, .vc = vc}, 5, Query(Oid::kGetAddresses),
                             &answer),
            Status::kSuccess);
  ASSERT_EQ(manager.asked.size(), 1u);
  EXPECT_EQ(manager.asked[0].target.af, 500u);
  EXPECT_EQ(manager.asked[0].target.vc, 501u);
  EXPECT_FALSE(manager.asked[0].target.party);
  EXPECT_EQ(
      board.RequestOid({.from = manager_binding, .af = af}, 5, Set(Oid::kAddressChange), &answer),
      Status::kSuccess);
  ASSERT_EQ(client.asked.size(), 1u);
  EXPECT_EQ(client.asked[0].target.af, 1u);
  EXPECT_FALSE(client.asked[0].target.vc);
  EXPECT_THAT(miniport.asked, IsEmpty());
}

TEST_F(Oids, C102_PartiesGoWithTheirFamily) {
  CallParameters params;
  PartyHandle party;
  EXPECT_EQ(board.MakeCall(vc, &params, 30, &party), Status::kPending);
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
  board.MakeCallComplete(Status::kSuccess, vc, 555, params);
  party = client.last_party;
  EXPECT_EQ(board.RequestOid({.from = binding, .party = party}, 5, {}, &answer),
            Status::kInvalidData);
  EXPECT_EQ(board.RequestOid({.from = binding, .af = af, .vc = vc, .party = party}, 5, {}, &answer),
            Status::kSuccess);
  EXPECT_EQ(manager.asked.back().target.party, 555u);
  EXPECT_EQ(board.RequestOid({.from = manager_binding, .af = af, .party = party}, 5, {}, &answer),
            Status::kSuccess);
  EXPECT_EQ(client.asked.back().target.party, 30u);
  VcHandle other;
  EXPECT_EQ(board.CreateVc(af, 11, {}, &other), Status::kSuccess);
  EXPECT_EQ(
      board.RequestOid({.from = binding, .af = af, .vc = other, .party = party}, 5, {}, &answer),
      Status::kInvalidData);
}

TEST_F(Oids, C102_NobodyAsksThroughWhatIsAnothers) {
  RecordingClient stranger;
  BindingHandle strangers;
  EXPECT_EQ(board.OpenBinding(&stranger, adapter, &strangers), Status::kSuccess);
  EXPECT_EQ(board.RequestOid({.from = strangers, .af = af}, 5, {}, &answer),
            Status::kInvalidHandle);
  EXPECT_EQ(board.RequestOid({.from = strangers, .vc = vc}, 5, {}, &answer),
            Status::kInvalidHandle);
  EXPECT_EQ(board.RequestOid({.from = {}}, 5, {}, &answer), Status::kInvalidHandle);
  EXPECT_EQ(board.RequestOid({.from = binding, .af = AfHandle::FromValue(99)}, 5, {}, &answer),
            Status::kInvalidHandle);
  EXPECT_EQ(
      board.RequestOid({.from = binding}, 5,
                       Set(Oid::kProtocolOptions, std::vector<uint8_t>(kMaxOidBytes + 1)), &answer),
      Status::kInvalidLength);
  EXPECT_THAT(miniport.asked, IsEmpty());
  EXPECT_THAT(manager.asked, IsEmpty());
}

TEST_F(Oids, C104_SeveralPendAndEndInAnyOrder) {
  miniport.oid_request = Status::kPending;
  EXPECT_EQ(board.RequestOid({.from = binding}, 1, {}, &answer, &first), Status::kPending);
  EXPECT_EQ(board.RequestOid({.from = binding}, 2, {}, &answer, &second), Status::kPending);
  EXPECT_EQ(miniport.asked[0].handle, first);
  board.CompleteOid(second, Status::kSuccess, {.bytes = {2}});
  EXPECT_EQ(client.answer.bytes, std::vector<uint8_t>{2});
  board.CompleteOid(first, Status::kBufferTooShort, {.bytes_needed = 24});
  EXPECT_EQ(client.answer.bytes_needed, 24u);  // C105
  board.CompleteOid(first, Status::kSuccess, {});
  EXPECT_THAT(client.life,
              ElementsAre("OidRequestComplete SUCCESS 2", "OidRequestComplete BUFFER_TOO_SHORT 1"));
}

TEST_F(Oids, ACompletionMayComeInsideTheHandler) {
  manager.oid_request = Status::kPending;
  manager.on_oid_request = [&] {
    board.CompleteOid(manager.asked.back().handle, Status::kSuccess, {});
  };
  EXPECT_EQ(board.RequestOid({.from = binding, .af = af}, 6, {}, &answer), Status::kPending);
  EXPECT_THAT(client.life, ElementsAre("OidRequestComplete SUCCESS 6"));
}

TEST_F(Oids, C107_AbortedOnce) {
  miniport.oid_request = manager.oid_request = Status::kPending;
  EXPECT_EQ(board.RequestOid({.from = binding}, 1, {}, &answer, &first), Status::kPending);
  EXPECT_EQ(board.RequestOid({.from = binding, .af = af}, 2, {}, &answer, &second),
            Status::kPending);
  EXPECT_EQ(board.AbortOid(first), Status::kSuccess);
  EXPECT_EQ(board.AbortOid(first), Status::kInvalidHandle);
  EXPECT_EQ(board.AbortOid(second), Status::kSuccess);
  board.CompleteOid(first, Status::kSuccess, {});
  EXPECT_THAT(miniport.life, Contains("OidAborted"));
  EXPECT_THAT(manager.life, ElementsAre("OidAborted"));
  EXPECT_THAT(client.life, ElementsAre("OidRequestComplete REQUEST_ABORTED 1",
                                       "OidRequestComplete REQUEST_ABORTED 2"));
}

TEST_F(Oids, C107_OverdueOnesAreAborted) {
  miniport.oid_request = Status::kPending;
  OidRequest hasty;
  hasty.deadline_ns = 1000;
  EXPECT_EQ(board.RequestOid({.from = binding}, 1, hasty, &answer, &first), Status::kPending);
  EXPECT_EQ(board.RequestOid({.from = binding}, 2, {}, &answer, &second), Status::kPending);
  board.AbortOverdueOids(999);
  EXPECT_THAT(client.life, IsEmpty());
  board.AbortOverdueOids(1000);
  board.AbortOverdueOids(~uint64_t{0});
  EXPECT_THAT(client.life, ElementsAre("OidRequestComplete REQUEST_ABORTED 1"));
}

TEST_F(Oids, ABindingHasSoManyAtATime) {
  miniport.oid_request = Status::kPending;
  for (uint32_t i = 0; i < kMaxOidsPerBinding; ++i) {
    EXPECT_EQ(board.RequestOid({.from = binding}, i, {}, &answer, &first), Status::kPending);
  }
  EXPECT_EQ(board.RequestOid({.from = binding}, 99, {}, &answer), Status::kResources);
  EXPECT_EQ(board.RequestOid({.from = manager_binding}, 1, {}, &answer), Status::kPending);
  board.CompleteOid(first, Status::kSuccess, {});
  EXPECT_EQ(board.RequestOid({.from = binding}, 99, {}, &answer), Status::kPending);
}

TEST_F(Oids, AFamilyTakesItsRequestsAlong) {
  manager.oid_request = Status::kPending;
  EXPECT_EQ(board.RequestOid({.from = binding, .af = af}, 3, {}, &answer), Status::kPending);
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  EXPECT_EQ(board.DeregisterSap(sap), Status::kSuccess);
  EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
  EXPECT_THAT(client.life, ElementsAre("OidRequestComplete REQUEST_ABORTED 3"));
  EXPECT_THAT(manager.life, Contains("OidAborted"));  // Nobody waits for its answer.
}

// --- what call managers tell --------------------------------------------------------------------

using Telling = Stage;

TEST_F(Telling, C111_TheClientHearsOfAddressesAfterEachOpen) {
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  AfHandle af;
  client.on_oid_request = [&] { EXPECT_TRUE(af) << "before the AF is open"; };
  EXPECT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kSuccess);
  ASSERT_EQ(client.asked.size(), 1u);
  EXPECT_EQ(client.asked[0].request.oid, Oid::kAddressChange);
  EXPECT_EQ(client.asked[0].target.af, 1u);

  manager.open_af = Status::kPending;
  AfHandle unused;
  EXPECT_EQ(board.OpenAddressFamily(binding, {}, 2, &unused), Status::kPending);
  EXPECT_EQ(client.asked.size(), 1u);
  board.OpenAfComplete(Status::kSuccess, manager.last_af, 9);
  ASSERT_EQ(client.asked.size(), 2u);
  EXPECT_EQ(client.asked[1].target.af, 2u);
  EXPECT_EQ(board.OpenAddressFamily(binding, {}, 3, &unused), Status::kPending);
  board.OpenAfComplete(Status::kResources, manager.last_af, 0);
  EXPECT_EQ(client.asked.size(), 2u);
}

TEST_F(Telling, C112_AllClientsOfACallManager) {
  EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
  RecordingCallManager other_manager;
  BindingHandle others;
  EXPECT_EQ(board.OpenBinding(&other_manager, adapter, &others), Status::kSuccess);
  EXPECT_EQ(board.RegisterAddressFamily(others, kPvcFamily), Status::kSuccess);
  RecordingClient second;
  BindingHandle seconds;
  EXPECT_EQ(board.OpenBinding(&second, adapter, &seconds), Status::kSuccess);
  AfHandle one, two, elsewhere;
  EXPECT_EQ(board.OpenAddressFamily(binding, {}, 1, &one), Status::kSuccess);
  EXPECT_EQ(board.OpenAddressFamily(seconds, {}, 2, &two), Status::kSuccess);
  EXPECT_EQ(board.OpenAddressFamily(seconds, kPvcFamily, 3, &elsewhere), Status::kSuccess);
  client.asked.clear();
  second.asked.clear();
  board.TellClients(manager_binding, Set(Oid::kSignalingDisabled));
  ASSERT_EQ(client.asked.size(), 1u);
  EXPECT_EQ(client.asked[0].request.oid, Oid::kSignalingDisabled);
  ASSERT_EQ(second.asked.size(), 1u);
  EXPECT_EQ(second.asked[0].target.af, 2u);
}

using McmTelling = McmStage;

TEST_F(McmTelling, C102_AnMcmAsksThroughItsFamilies) {
  OidAnswer answer;
  client.asked.clear();
  board.McmTellClients(adapter, Set(Oid::kSignalingEnabled));
  ASSERT_EQ(client.asked.size(), 1u);
  client.oid_request = Status::kPending;
  EXPECT_EQ(
      board.RequestOid({.from = {}, .af = af, .vc = vc}, 8, Set(Oid::kAddressChange), &answer),
      Status::kPending);
  EXPECT_EQ(client.asked[1].target.vc, 10u);
  board.CompleteOid(client.asked[1].handle, Status::kSuccess, {});
  EXPECT_THAT(mcm.life, ElementsAre("OidRequestComplete SUCCESS 8"));
  // The client asks its two halves by different doors.
  mcm.oid_request = Status::kSuccess;
  miniport.oid_request = Status::kSuccess;
  EXPECT_EQ(board.RequestOid({.from = binding, .af = af}, 1, {}, &answer), Status::kSuccess);
  EXPECT_EQ(board.RequestOid({.from = binding, .vc = vc}, 1, {}, &answer), Status::kSuccess);
  EXPECT_EQ(mcm.asked.size(), 1u);
  EXPECT_EQ(miniport.asked.size(), 1u);
}

// --- OID_CO_AF_CLOSE ----------------------------------------------------------------------------

class AfClose : public Oids {
 protected:
  void LetGo() {
    EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
    EXPECT_EQ(board.DeregisterSap(sap), Status::kSuccess);
    EXPECT_EQ(board.CloseAddressFamily(af), Status::kSuccess);
  }
};

TEST_F(AfClose, C019_LeadsToTheSameSteps) {
  client.notify_close_af = Status::kPending;
  EXPECT_EQ(board.RequestOid({.from = manager_binding, .af = af}, 4, Set(Oid::kAfClose), &answer),
            Status::kPending);
  EXPECT_THAT(client.log, ElementsAre("NotifyCloseAf 1"));
  EXPECT_THAT(client.asked, IsEmpty());
  LetGo();
  EXPECT_THAT(manager.life, IsEmpty());
  manager.log.clear();
  board.NotifyCloseAfComplete(af, Status::kSuccess);
  EXPECT_THAT(manager.life, ElementsAre("OidRequestComplete SUCCESS 4"));
  EXPECT_THAT(manager.log, IsEmpty());  // It asked by OID and is answered by OID.
  EXPECT_FALSE(board.FindAf(af));
}

TEST_F(AfClose, C019_AtOnce) {
  client.notify_close_af = Status::kSuccess;
  client.on_notify_close_af = [&] { LetGo(); };
  EXPECT_EQ(board.RequestOid({.from = manager_binding, .af = af}, 4, Set(Oid::kAfClose), &answer),
            Status::kSuccess);
  EXPECT_THAT(manager.life, IsEmpty());
  EXPECT_FALSE(board.FindAf(af));
}

TEST_F(AfClose, C019_OneThatWasNotifiedAlreadyIsRefused) {
  client.notify_close_af = Status::kPending;
  EXPECT_EQ(board.NotifyCloseAddressFamily(af), Status::kPending);
  EXPECT_EQ(board.RequestOid({.from = manager_binding, .af = af}, 4, Set(Oid::kAfClose), &answer),
            Status::kInvalidState);
  manager.log.clear();
  board.NotifyCloseAfComplete(af, Status::kSuccess);
  EXPECT_THAT(manager.log, ElementsAre("NotifyCloseAfComplete SUCCESS 500"));
  EXPECT_THAT(manager.life, IsEmpty());
}

TEST_F(AfClose, AClientsIsForTheCallManagerToRefuse) {
  manager.oid_request = Status::kNotSupported;
  EXPECT_EQ(board.RequestOid({.from = binding, .af = af}, 4, Set(Oid::kAfClose), &answer),
            Status::kNotSupported);
}

// --- values -------------------------------------------------------------------------------------

TEST(OidTable, C108_AscendsAndHasNdisNumbers) {
  const std::span<const OidTraits> all = AllOids();
  for (size_t i = 1; i < all.size(); ++i) EXPECT_LT(all[i - 1].oid, all[i].oid);
  EXPECT_EQ(static_cast<uint32_t>(FindOid("OID_GEN_CO_SUPPORTED_LIST")->oid), 0x00010101u);
  EXPECT_EQ(static_cast<uint32_t>(FindOid("OID_CO_AF_CLOSE")->oid), 0xFE00000Au);
  EXPECT_EQ(FindOid(Oid::kBytesXmit)->name, "OID_GEN_CO_BYTES_XMIT");
  EXPECT_EQ(FindOid("OID_NONE"), nullptr);
  EXPECT_EQ(FindOid(static_cast<Oid>(0xFFFFFFFF)), nullptr);
}

TEST(OidTable, C106_EachFaultHasItsOwnStatus) {
  EXPECT_EQ(CheckOid(Query(static_cast<Oid>(0x00010199))), Status::kInvalidOid);
  EXPECT_EQ(CheckOid(Set(Oid::kXmitPdusOk)), Status::kNotSupported);
  EXPECT_EQ(CheckOid(Query(Oid::kProtocolOptions)), Status::kNotSupported);
  EXPECT_EQ(CheckOid(Set(Oid::kProtocolOptions, {1, 2})), Status::kInvalidLength);
  EXPECT_EQ(CheckOid(Set(Oid::kProtocolOptions, {1, 0, 0, 0})), Status::kSuccess);
}

TEST(OidAnswers, C105_TooShortSaysWhatIsNeeded) {
  OidAnswer answer;
  EXPECT_EQ(AnswerOid32(Query(Oid::kHardwareStatus, 3), 1, &answer), Status::kBufferTooShort);
  EXPECT_THAT(answer.bytes, IsEmpty());
  EXPECT_EQ(answer.bytes_needed, 4u);
  EXPECT_EQ(AnswerOid32(Query(Oid::kHardwareStatus, answer.bytes_needed), 1, &answer),
            Status::kSuccess);
  EXPECT_EQ(ReadOid32(answer.bytes), 1u);
}

TEST(OidAnswers, C109_CountersAreLongWhereTheLinkIsFast) {
  constexpr uint64_t kValue = 0x1'0000'0005;
  OidAnswer answer;
  EXPECT_EQ(AnswerOidCounter(Query(Oid::kXmitPdusOk, 8), kValue, 1'000'000'000, &answer),
            Status::kSuccess);
  EXPECT_EQ(ReadOid64(answer.bytes), kValue);
  answer = {};
  EXPECT_EQ(AnswerOidCounter(Query(Oid::kXmitPdusOk, 4), kValue, 1'000'000'000, &answer),
            Status::kBufferTooShort);
  EXPECT_EQ(answer.bytes_needed, 8u);
  EXPECT_EQ(AnswerOidCounter(Query(Oid::kXmitPdusOk, 4), kValue, 100'000'000, &answer),
            Status::kSuccess);
  EXPECT_EQ(ReadOid32(answer.bytes), 5u);
  EXPECT_EQ(answer.bytes_needed, 8u);
}

}  // namespace
}  // namespace vcp::circuit
