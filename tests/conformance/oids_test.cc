// Group 9: what ports and call managers are asked, and what they tell.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "circuit/oids.h"
#include "circuit/status_indications.h"
#include "stage.h"

namespace vcp::conformance {
namespace {

using circuit::Oid;

constexpr uint32_t Number(Oid oid) { return static_cast<uint32_t>(oid); }
constexpr uint64_t kGigabit = 1'000'000'000;

std::string BytesOf(const vcp_oid_result& result) {
  return {reinterpret_cast<const char*>(result.data), result.length};
}
std::string BytesOf(const vcp_address& address) {
  std::string bytes(24, '\0');
  bytes[0] = static_cast<char>(address.type);
  bytes[1] = static_cast<char>(address.length);
  std::copy_n(address.bytes, address.length, bytes.begin() + 4);
  return bytes;
}

// --- whom they go to -----------------------------------------------------------------------------

TEST_P(OverEach, C102_APortAnswersForItselfAndAFamilysOtherEndForIt) {
  MakeCaller();
  const vcp_oid_target port = AtPort(medium().port);
  EXPECT_EQ(caller_->QueryNumber(port, Number(Oid::kHardwareStatus)), 0u);  // ready
  // Neither knows what is the other's.
  EXPECT_NE(caller_->Query(port, Number(Oid::kGetAddresses)).status, VCP_SUCCESS);
  EXPECT_NE(caller_->Query(AtFamily(caller_af_), Number(Oid::kHardwareStatus)).status, VCP_SUCCESS);
  EXPECT_EQ(caller_->Query(AtFamily(caller_af_), Number(Oid::kGetAddresses)).status,
            HasAddresses() ? VCP_SUCCESS : VCP_NOT_SUPPORTED);
}

TEST_P(WithParties, C102_APartyGoesWithAFamily) {
  MakeBoth();
  callee_->RegisterSap(callee_af_, SapOn(0));
  const vcp_vc root = caller_->CreateVc(caller_af_);
  vcp_party party = 0;
  ASSERT_EQ(caller_->StartMultipointCall(root, CallOn(0), 1, &party), VCP_PENDING);
  ASSERT_EQ(callee_->AcceptCall(callee_->Expect(VCP_EVENT_INCOMING_CALL).vc), VCP_SUCCESS);
  caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS, 1);
  vcp_oid_target target = AtPort(medium().port, root);
  target.party = party;
  EXPECT_EQ(caller_->OutcomeOf(caller_->StartOidQuery(target, Number(Oid::kXmitPdusOk), 8, 2), 2),
            VCP_INVALID_DATA);
  target = AtFamily(caller_af_);
  target.vc = root;
  target.party = party;
  EXPECT_EQ(caller_->Query(target, Number(Oid::kGetAddresses)).status, VCP_SUCCESS);
}

TEST_P(OverEach, C103_CountersAreOfAVcOrOfThemAll) {
  MakeBoth();
  const Call one = Connect(0);
  const Call other = Connect(1);
  const auto sent = [this](vcp_vc vc) {
    return caller_->QueryNumber(AtPort(medium().port, vc), Number(Oid::kXmitPdusOk));
  };
  const uint64_t of_all = sent(0);
  for (int i = 0; i < 3; ++i) caller_->SendAndComplete(one.caller, "one");
  caller_->SendAndComplete(other.caller, "other");
  for (int i = 0; i < 4; ++i) callee_->Receive();
  EXPECT_EQ(sent(one.caller), 3u);
  EXPECT_EQ(sent(other.caller), 1u);
  EXPECT_GE(sent(0) - of_all, 4u);  // signaling counts, too
  EXPECT_EQ(caller_->QueryNumber(AtPort(medium().port, one.caller), Number(Oid::kBytesXmit)), 9u);
  EXPECT_EQ(callee_->QueryNumber(AtPort(medium().port, one.callee), Number(Oid::kRcvPdusOk)), 3u);
}

// --- how they are answered -----------------------------------------------------------------------

// An application has asked them all before it hears of the first.
TEST_P(AttachedOverEach, C104_OfSeveralThatAreAskedEachEndsOnce) {  // Race 13
  constexpr uint64_t kQueries = 8;
  MakeCaller();
  std::set<uint64_t> under_way;
  for (uint64_t cookie = 1; cookie <= kQueries; ++cookie) {
    const bool of_port = cookie % 2 == 0;
    const vcp_status started = caller_->StartOidQuery(
        of_port ? AtPort(medium().port) : AtFamily(caller_af_),
        Number(of_port ? Oid::kXmitPdusOk : Oid::kGetAddresses), VCP_MAX_OID_BYTES, cookie);
    ASSERT_EQ(started, VCP_PENDING);
    under_way.insert(cookie);
  }
  while (!under_way.empty() && !HasFailure()) {
    EXPECT_EQ(under_way.erase(caller_->Expect(VCP_EVENT_OID_COMPLETE).cookie), 1u);
  }
  caller_->ExpectNothing();
}

TEST_P(OverEach, C105_TooShortABufferIsToldWhatIsNeeded) {
  const std::unique_ptr<Player> app = NewPlayer(Side::kCaller);
  const vcp_oid_target port = AtPort(medium().port);
  const vcp_event refused = app->Query(port, Number(Oid::kSupportedList), 4);
  EXPECT_EQ(refused.status, VCP_BUFFER_TOO_SHORT) << Describe(refused);
  const uint32_t needed = refused.oid.bytes_needed;
  EXPECT_GT(needed, 4u);
  EXPECT_EQ(app->Query(port, Number(Oid::kSupportedList), needed - 1).status, VCP_BUFFER_TOO_SHORT);
  const vcp_event answered = app->Query(port, Number(Oid::kSupportedList), needed);
  EXPECT_EQ(answered.status, VCP_SUCCESS);
  EXPECT_EQ(answered.oid.length, needed);
}

TEST_P(OverEach, C106_UnknownBadDataAndBadLengthAreThreeAnswers) {
  MakeCaller();
  const vcp_oid_target port = AtPort(medium().port);
  constexpr uint32_t kNone = 0x0001ffff;
  for (const vcp_oid_target& target : {port, AtFamily(caller_af_)}) {
    EXPECT_EQ(caller_->Query(target, kNone).status, VCP_INVALID_OID);
  }
  const uint32_t options = Number(Oid::kProtocolOptions);
  EXPECT_EQ(caller_->Set(port, options, "abc"), VCP_INVALID_LENGTH);
  EXPECT_EQ(caller_->Set(port, options, std::string(4, '\xff')), VCP_INVALID_DATA);
  EXPECT_EQ(caller_->Set(port, options, std::string("\1\0\0\0", 4)), VCP_SUCCESS);
  EXPECT_EQ(caller_->Set(port, Number(Oid::kHardwareStatus), std::string(4, '\0')),
            VCP_NOT_SUPPORTED);
}

// Those that section 9 marks mandatory, by the numbers that NDIS gives them, and the one to set.
constexpr uint32_t kMandatoryQueries[] = {
    0x00010101, 0x00010102, 0x00010103, 0x00010104, 0x00010107, 0x0001010C,
    0x0001010D, 0x00010110, 0x00010113, 0x00010114, 0x00010116, 0x00020101,
    0x00020102, 0x00020103, 0x00020104, 0x00020105, 0x00020120};
constexpr uint32_t kMandatorySet = 0x00010112;

TEST_P(OverEach, C108_EveryMandatoryOneAnswersAndTheListAscends) {
  const std::unique_ptr<Player> app = NewPlayer(Side::kCaller);
  const vcp_oid_target port = AtPort(medium().port);
  const std::string list = BytesOf(app->Query(port, Number(Oid::kSupportedList)).oid);
  ASSERT_EQ(list.size() % 4, 0u);
  std::vector<uint32_t> supported;
  for (size_t at = 0; at < list.size(); at += 4) {
    supported.push_back(
        circuit::ReadOid32({reinterpret_cast<const uint8_t*>(list.data()) + at, 4}));
  }
  EXPECT_TRUE(std::is_sorted(supported.begin(), supported.end()));
  for (const uint32_t oid : kMandatoryQueries) {
    EXPECT_TRUE(std::binary_search(supported.begin(), supported.end(), oid)) << oid;
    EXPECT_EQ(app->Query(port, oid).status, VCP_SUCCESS) << oid;
  }
  EXPECT_TRUE(std::binary_search(supported.begin(), supported.end(), kMandatorySet));
  EXPECT_EQ(app->Set(port, kMandatorySet, std::string(4, '\0')), VCP_SUCCESS);
}

TEST_P(OverEach, C109_C110_CountersAreLongAndSpeedsInHundredsOfBits) {
  const std::unique_ptr<Player> app = NewPlayer(Side::kCaller);
  const vcp_oid_target port = AtPort(medium().port);
  const std::string speeds = BytesOf(app->Query(port, Number(Oid::kLinkSpeed)).oid);
  ASSERT_EQ(speeds.size(), 8u);
  const std::span bytes(reinterpret_cast<const uint8_t*>(speeds.data()), 8);
  const uint64_t outbound = circuit::ReadOid32(bytes.first(4));
  EXPECT_EQ(outbound * 100, LinkBitsPerSecond());
  EXPECT_EQ(outbound, circuit::ReadOid32(bytes.last(4)));
  for (const Oid oid : {Oid::kXmitPdusOk, Oid::kRcvPdusOk, Oid::kBytesXmit, Oid::kBytesRcv}) {
    EXPECT_EQ(app->Query(port, Number(oid), 8).oid.length, 8u);
    const vcp_event halved = app->Query(port, Number(oid), 4);
    EXPECT_EQ(halved.status, outbound * 100 >= kGigabit ? VCP_BUFFER_TOO_SHORT : VCP_SUCCESS);
  }
}

TEST_P(OverEach, C113_TheTimeIsAnsweredAtOnceAndGoesOn) {
  const std::unique_ptr<Player> app = NewPlayer(Side::kCaller);
  const vcp_oid_target port = AtPort(medium().port);
  EXPECT_EQ(app->Query(port, Number(Oid::kGetTimeCaps)).oid.length, 8u);
  const uint64_t before = app->QueryNumber(port, Number(Oid::kGetNetcardTime));
  uint64_t now = before;
  for (int looks = 0; looks < 100'000 && now == before && !HasFailure(); ++looks) {
    if (!is_attached()) world().Pass(kNsPerMs);
    now = app->QueryNumber(port, Number(Oid::kGetNetcardTime));
  }
  EXPECT_GT(now, before);
  if (is_attached()) return;
  // An application's completion is a message; a driver's is there when the question returns.
  ASSERT_EQ(app->StartOidQuery(port, Number(Oid::kGetNetcardTime), 8, 7), VCP_PENDING);
  EXPECT_TRUE(app->HoldsEvent());
  app->Expect(VCP_EVENT_OID_COMPLETE, VCP_SUCCESS, 7);
}

// --- what is told --------------------------------------------------------------------------------

// Over those that keep addresses.
class Addresses : public StageTest, public ::testing::WithParamInterface<Column> {
 protected:
  Addresses() : StageTest(GetParam()) {}
  static void ExpectChange(Player* app, vcp_af af) {
    const vcp_event told = app->Expect(VCP_EVENT_STATUS);
    EXPECT_EQ(told.af, af);
    EXPECT_EQ(told.indication.code, Number(Oid::kAddressChange));
  }
};

TEST_P(Addresses, C111_AddressesAreToldAfterEachOpenAndOnChange) {  // Race 13
  caller_ = NewPlayer(Side::kCaller);
  caller_->WatchStatus();
  for (int time = 0; time < 2; ++time) {
    caller_af_ = caller_->OpenAf(medium().port, medium().family);
    ExpectChange(caller_.get(), caller_af_);
  }
  const std::unique_ptr<Player> other = NewPlayer(Side::kCaller);
  const vcp_af others_af = other->OpenAf(medium().port, medium().family);
  const std::string mine = BytesOf(CallOn(7).called);
  const std::string others = BytesOf(CallOn(8).called);
  EXPECT_EQ(other->Set(AtFamily(others_af), Number(Oid::kAddAddress), others), VCP_SUCCESS);
  const auto listed = [this] {
    return BytesOf(caller_->Query(AtFamily(caller_af_), Number(Oid::kGetAddresses)).oid);
  };
  EXPECT_EQ(listed().find(mine), std::string::npos);
  ASSERT_EQ(caller_->StartOidSet(AtFamily(caller_af_), Number(Oid::kAddAddress), mine, 5),
            VCP_PENDING);
  ExpectChange(caller_.get(), caller_af_);
  caller_->Expect(VCP_EVENT_OID_COMPLETE, VCP_SUCCESS, 5);
  EXPECT_NE(listed().find(mine), std::string::npos);
  EXPECT_EQ(listed().find(others), std::string::npos) << "another client's";
  ASSERT_EQ(caller_->StartOidSet(AtFamily(caller_af_), Number(Oid::kDeleteAddress), mine, 6),
            VCP_PENDING);
  ExpectChange(caller_.get(), caller_af_);
  caller_->Expect(VCP_EVENT_OID_COMPLETE, VCP_SUCCESS, 6);
  EXPECT_EQ(listed().find(mine), std::string::npos);
  caller_->ExpectNothing();
}

INSTANTIATE_TEST_SUITE_P(, Addresses,
                         ::testing::ValuesIn(ColumnsOf(kEverywhere, {kLoopback, kUni, kExternal})),
                         [](const auto& info) { return NameOf(info.param); });

// Over those that signal to another host: its end, or the way to it, is lost and comes back.
class Signaling : public StageTest, public ::testing::WithParamInterface<Column> {
 protected:
  Signaling() : StageTest(GetParam()) {}
  void Lose() {
    if (is_attached()) {
      stage().east().Kill();
    } else if (IsExternal()) {
      world().SetLink(&world().west(), medium().port, false);
    } else {
      world().CutSignaling(&world().east(), true);
    }
  }
  // The new peer's signaling ends the old one's; its silence alone would take many seconds.
  void GiveBack() {
    if (is_attached()) {
      ASSERT_TRUE(stage().east().Start() && stage().WaitForCable());
    } else if (IsExternal()) {
      world().SetLink(&world().west(), medium().port, true);
    } else {
      world().CutSignaling(&world().east(), false);
    }
  }
  // What ports tell is not looked at.
  static void ExpectTold(Player* app, vcp_af af, Oid oid) {
    vcp_event told = app->Expect(VCP_EVENT_STATUS);
    while (told.af == 0 && !HasFailure()) told = app->Expect(VCP_EVENT_STATUS);
    EXPECT_EQ(told.indication.code, Number(oid));
    EXPECT_EQ(told.af, af);
  }
  static void ExpectNoNewsOfFamilies(Player* app) {
    app->Fence();
    while (app->HasEvent()) {
      EXPECT_EQ(app->Expect(VCP_EVENT_STATUS).af, 0u);
    }
  }
};

TEST_P(Signaling, C112_DownAndUpReachEveryClientOfTheFamily) {
  MakeCaller();
  const std::unique_ptr<Player> other = NewPlayer(Side::kCaller);
  const vcp_af others_af = other->OpenAf(medium().port, medium().family);
  const std::unique_ptr<Player> stranger = NewPlayer(Side::kCaller);
  for (Player* app : {caller_.get(), other.get(), stranger.get()}) app->WatchStatus();
  Lose();
  const bool is_told_by_the_next = is_attached() && IsUni();
  if (is_told_by_the_next) GiveBack();
  ExpectTold(caller_.get(), caller_af_, Oid::kSignalingDisabled);
  ExpectTold(other.get(), others_af, Oid::kSignalingDisabled);
  if (!is_told_by_the_next) GiveBack();
  ExpectTold(caller_.get(), caller_af_, Oid::kSignalingEnabled);
  ExpectTold(other.get(), others_af, Oid::kSignalingEnabled);
  for (Player* app : {caller_.get(), other.get(), stranger.get()}) ExpectNoNewsOfFamilies(app);
}

INSTANTIATE_TEST_SUITE_P(, Signaling,
                         ::testing::ValuesIn(ColumnsOf(kEverywhere, {kUni, kExternal})),
                         [](const auto& info) { return NameOf(info.param); });

TEST_P(OverExternal, C104_QueriesEndInTheOrderOfTheirAnswers) {  // Race 13
  MakeCaller();
  const vcp_oid_target target = AtFamily(caller_af_);
  const auto ask = [&](uint64_t cookie) {
    return caller_->StartOidQuery(target, kAnsweredInReverse, 8, cookie);
  };
  ASSERT_EQ(ask(1), VCP_PENDING);
  ASSERT_EQ(ask(2), VCP_PENDING);
  // They hold up no other, of the port or of the family.
  EXPECT_EQ(caller_->Query(AtPort(medium().port), Number(Oid::kXmitPdusOk)).status, VCP_SUCCESS);
  EXPECT_EQ(caller_->Query(target, Number(Oid::kGetAddresses)).status, VCP_SUCCESS);
  caller_->ExpectNothing();
  ASSERT_EQ(ask(3), VCP_PENDING);
  for (const uint64_t cookie : {3, 2, 1}) {
    caller_->Expect(VCP_EVENT_OID_COMPLETE, VCP_SUCCESS, cookie);
  }
  caller_->ExpectNothing();
}

TEST_P(OverExternal, C107_AQueryThatIsCancelledIsAbortedOnce) {
  MakeCaller();
  const vcp_oid_target target = AtFamily(caller_af_);
  for (const uint64_t cookie : {1, 2}) {
    ASSERT_EQ(caller_->StartOidQuery(target, kNeverAnswered, 8, cookie), VCP_PENDING);
  }
  EXPECT_EQ(caller_->CancelOid(3), VCP_NOT_FOUND);
  EXPECT_EQ(caller_->CancelOid(2), VCP_SUCCESS);
  caller_->Expect(VCP_EVENT_OID_COMPLETE, VCP_REQUEST_ABORTED, 2);
  EXPECT_EQ(caller_->CancelOid(2), VCP_NOT_FOUND);
  caller_->ExpectNothing();
  EXPECT_EQ(caller_->CancelOid(1), VCP_SUCCESS);
  caller_->Expect(VCP_EVENT_OID_COMPLETE, VCP_REQUEST_ABORTED, 1);
  caller_->ExpectNothing();
}

TEST_P(OverExternal, C107_AQueryThatIsNotAnsweredIsAbortedOnce) {
  MakeCaller();
  vcp_oid_target target = AtFamily(caller_af_);
  ASSERT_EQ(caller_->StartOidQuery(target, kNeverAnswered, 8, 1), VCP_PENDING);
  target.timeout_ms = 50;
  ASSERT_EQ(caller_->StartOidQuery(target, kNeverAnswered, 8, 2), VCP_PENDING);
  // Others overtake it.
  EXPECT_EQ(
      caller_->OutcomeOf(
          caller_->StartOidQuery(target, Number(Oid::kGetAddresses), VCP_MAX_OID_BYTES, 3), 3),
      VCP_SUCCESS);
  caller_->Expect(VCP_EVENT_OID_COMPLETE, VCP_REQUEST_ABORTED, 2);
  caller_->ExpectNothing();
  // At the latest its family takes it along.
  ASSERT_EQ(caller_->StartCloseAf(caller_af_, 4), VCP_PENDING);
  caller_->Expect(VCP_EVENT_OID_COMPLETE, VCP_REQUEST_ABORTED, 1);
  caller_->Expect(VCP_EVENT_CLOSE_AF_COMPLETE, VCP_SUCCESS, 4);
  caller_->ExpectNothing();
}

// What a miniport indicates, by way of the switchboard.
class Indications : public InProcessOverEach {
 protected:
  void MakeThem() {
    MakeBoth();
    stranger_ = NewPlayer(Side::kCaller);
    call_ = Connect(0);
    for (Player* app : {caller_.get(), stranger_.get()}) app->WatchStatus();
  }
  void TearDown() override {
    stranger_.reset();
    InProcessOverEach::TearDown();
  }
  circuit::Switchboard& board() { return CallerHost().board; }
  circuit::AdapterHandle adapter() { return board().FindAdapter(medium().port); }
  static InProcessPlayer& InProcess(const std::unique_ptr<Player>& app) {
    return static_cast<InProcessPlayer&>(*app);
  }

  std::unique_ptr<Player> stranger_;
  Call call_;
};

TEST_P(Indications, C114_AVcsStatusReachesWhoSharesItAndTheAdaptersAll) {
  MakeThem();
  const circuit::StatusIndication news{.code = circuit::StatusCode::kWanCoLinkParams};
  ASSERT_EQ(board().IndicateStatus(adapter(), circuit::VcHandle::FromValue(call_.caller), news),
            Status::kSuccess);
  EXPECT_EQ(caller_->Expect(VCP_EVENT_STATUS).vc, call_.caller);
  stranger_->ExpectNothing();
  ASSERT_EQ(board().IndicateStatus(adapter(), {}, news), Status::kSuccess);
  for (Player* app : {caller_.get(), stranger_.get()}) {
    const vcp_event told = app->Expect(VCP_EVENT_STATUS);
    EXPECT_EQ(told.vc, 0u);
    EXPECT_STREQ(told.indication.adapter, medium().port);
    EXPECT_EQ(told.indication.code, static_cast<uint32_t>(news.code));
  }
}

TEST_P(Indications, C115_AStatusForOneRequesterReachesThatOne) {
  MakeThem();
  const circuit::StatusIndication news{.code = circuit::StatusCode::kNetworkChange,
                                       .destination = InProcess(stranger_).BindingTo(medium().port),
                                       .request_id = 77};
  ASSERT_EQ(board().IndicateStatus(adapter(), {}, news), Status::kSuccess);
  EXPECT_EQ(stranger_->Expect(VCP_EVENT_STATUS).indication.request, 77u);
  stranger_->ExpectNothing();
  caller_->ExpectNothing();
}

INSTANTIATE_TEST_SUITE_P(, Indications,
                         ::testing::ValuesIn(ColumnsOf({Where::kInProcess},
                                                       {kLoopback, kUni, kExternal, kPvc})),
                         [](const auto& info) { return NameOf(info.param); });

}  // namespace
}  // namespace vcp::conformance
