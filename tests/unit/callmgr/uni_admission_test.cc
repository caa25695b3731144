// What calls that stand have reserved at both ends of a link, however they came to their contract
// (signaling 3.9).
#include "uni_peer_fixture.h"

namespace vcp::callmgr {
namespace {

constexpr uint64_t kMostBytesPerSecond = 500'000'000;  // twice is too much for the link
constexpr uint64_t kLessBytesPerSecond = 100'000;

// Of the VCs that a direction has admitted, what each counts with.
std::vector<qos::AtmTraffic> Committed(const qos::AdmissionControl& admission) {
  std::vector<qos::AtmTraffic> contracts;
  admission.ForEach([&](qos::AdmissionHandle, const qos::AdmissionRow& row) {
    EXPECT_TRUE(row.committed && !row.pending);
    if (row.committed) contracts.push_back(row.committed->traffic);
  });
  return contracts;
}

class UniAdmissionTest : public UniCallManagerTest {
 protected:
  CallParameters Reserving(uint64_t bytes_per_second) {
    CallParameters params = To(kServer);
    params.call_manager->transmit = Guaranteed(bytes_per_second);
    params.call_manager->receive = Guaranteed(bytes_per_second);
    return params;
  }
  // Takes less than it is offered.
  void LetServerLower(uint64_t bytes_per_second) {
    server.edit_params = [bytes_per_second](CallParameters* params) {
      const auto lower = [&](qos::FlowSpec* flow) {
        if (flow->service_type != qos::ServiceType::kGuaranteed) return;
        flow->token_rate_bytes_per_second = bytes_per_second;
        flow->peak_bandwidth_bytes_per_second = bytes_per_second;
      };
      lower(&params->call_manager->transmit);
      lower(&params->call_manager->receive);
      params->flags |= circuit::kCallParametersChanged;
    };
  }
  std::vector<const qos::AdmissionControl*> All() {
    return {&user.manager().transmit_admission(), &user.manager().receive_admission(),
            &network.manager().transmit_admission(), &network.manager().receive_admission()};
  }
};

TEST_F(UniAdmissionTest, C053_ACallThatWasLoweredLeavesTheRestToOthers) {
  LetServerLower(kLessBytesPerSecond);
  Connect(Reserving(kMostBytesPerSecond));
  for (const qos::AdmissionControl* admission : All()) {
    const std::vector<qos::AtmTraffic> contracts = Committed(*admission);
    ASSERT_EQ(contracts.size(), 1u);
    EXPECT_LT(contracts[0].peak(), 3000u);
    EXPECT_LT(admission->reserved().cells_per_second, 3000u);
  }
  server.edit_params = nullptr;
  CallParameters params = Reserving(2 * kMostBytesPerSecond);
  ASSERT_EQ(user.board.MakeCall(MakeVc(), &params), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 12"));
  ExpectCleanEnd();
}

// Small SDUs are more headers on the wire.
TEST_F(UniAdmissionTest, ACallOfSmallerSdusCountsWithThem) {
  server.edit_params = [](CallParameters* params) {
    params->call_manager->transmit.max_sdu_size_bytes = 700;
    params->call_manager->receive.max_sdu_size_bytes = 700;
    params->flags |= circuit::kCallParametersChanged;
  };
  Connect(Reserving(kMostBytesPerSecond));
  for (const qos::AdmissionControl* admission : All()) {
    admission->ForEach([](qos::AdmissionHandle, const qos::AdmissionRow& row) {
      EXPECT_EQ(row.committed->sdu_bytes, 700u);
    });
  }
  ExpectCleanEnd();
}

TEST_F(UniAdmissionTest, SmallerSdusThanThereIsRoomForAreNotAgreedOn) {
  server.edit_params = [](CallParameters* params) {
    params->call_manager->transmit.max_sdu_size_bytes = 600;
    params->call_manager->receive.max_sdu_size_bytes = 600;
    params->flags |= circuit::kCallParametersChanged;
  };
  ASSERT_EQ(Call(Reserving(1'072'000'000)), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete RESOURCES 11"));
  EXPECT_EQ(caller.cause.value, CauseValue::kQosUnavailable);
  EXPECT_THAT(Take(&server.log), ElementsAre("CreateVc 2", "IncomingCall 5 1000",
                                             "IncomingCloseCall NOT_ACCEPTED 1000"));
  ExpectCleanEnd();
}

TEST_F(UniAdmissionTest, ALoweredMultipointCallCountsWithWhatItsFirstLeafTook) {
  LetServerLower(kLessBytesPerSecond);
  CallParameters params = Reserving(kMostBytesPerSecond);
  circuit::PartyHandle party;
  ASSERT_EQ(user.board.MakeCall(vc, &params, 21, &party), Status::kPending);
  Settle();
  ASSERT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 11"));
  for (const qos::AdmissionControl* admission : All()) {
    EXPECT_EQ(Committed(*admission).size(), 1u);
    EXPECT_LT(admission->reserved().cells_per_second, 3000u);
  }
  ExpectCleanEnd();
}

// The root sends once, on one label, however many hear it.
TEST_F(UniAdmissionTest, AnotherPartyReservesNothing) {
  CallParameters params = Reserving(kMostBytesPerSecond);
  circuit::PartyHandle party;
  ASSERT_EQ(user.board.MakeCall(vc, &params, 21, &party), Status::kPending);
  Settle();
  std::vector<qos::AdmissionShare> before;
  for (const qos::AdmissionControl* admission : All()) before.push_back(admission->reserved());
  for (const circuit::Context context : {22, 23}) {
    params = Reserving(kMostBytesPerSecond);
    ASSERT_EQ(user.board.AddParty(vc, context, &params, &party), Status::kPending);
    Settle();
  }
  EXPECT_EQ(user.board.PartiesOf(vc).size(), 3u);
  std::vector<qos::AdmissionShare> after;
  for (const qos::AdmissionControl* admission : All()) {
    EXPECT_EQ(admission->size(), 1u);
    after.push_back(admission->reserved());
  }
  EXPECT_EQ(before, after);
  ExpectCleanEnd();
}

// What its client changed before it took the offer counts too (C88).
TEST_F(UniAdmissionTest, AnOfferThatWasChangedCountsWithTheChange) {
  server.incoming_call = Status::kPending;
  ASSERT_EQ(Call(Reserving(kMostBytesPerSecond)), Status::kPending);
  Settle();
  CallParameters lower = server.params;
  lower.call_manager->transmit = Guaranteed(kLessBytesPerSecond);
  lower.call_manager->receive = Guaranteed(kLessBytesPerSecond);
  ASSERT_EQ(network.board.ModifyCallQoS(server.last_vc, &lower), Status::kPending);
  Settle();
  network.board.IncomingCallComplete(Status::kSuccess, server.last_vc,
                                     network.board.FindVc(server.last_vc)->params);
  Settle();
  ASSERT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 11"));
  for (const qos::AdmissionControl* admission : All()) {
    EXPECT_LT(admission->reserved().cells_per_second, 3000u);
  }
  ExpectCleanEnd();
}

}  // namespace
}  // namespace vcp::callmgr
