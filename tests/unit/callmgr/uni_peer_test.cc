// What a peer that is none of ours may say to a call manager, and what it hears.
#include <array>

#include "uni_peer_fixture.h"

namespace vcp::callmgr {
namespace {

TEST_F(UniPeerTest, OffersACall) {
  Say(SetupOf(1000, 500));
  Hear(MessageType::kCallProceeding);
  Hear(MessageType::kConnect);
  Say(FromCaller(MessageType::kConnectAcknowledge));
  EXPECT_THAT(Take(&client.log),
              ElementsAre("CreateVc 1", "IncomingCall 5 1000", "CallConnected 1000"));
}

TEST_F(UniPeerTest, OffersTrafficWithoutSdus) {
  Message setup = SetupOf(1000, 500);
  setup.aal = wire::AalParameters{.type = wire::AalType::k5, .forward_max_sdu_bytes = uint16_t{0}};
  Say(setup);
  Hear(MessageType::kReleaseComplete, CauseValue::kAalNotSupported);
  EXPECT_THAT(client.log, IsEmpty());
}

TEST_F(UniPeerTest, AcceptsACallWithoutSdus) {
  Message connect = Connect(Call());
  connect.aal =
      wire::AalParameters{.type = wire::AalType::k5, .forward_max_sdu_bytes = uint16_t{0}};
  Say(connect);
  Hear(MessageType::kRelease, CauseValue::kAalNotSupported);
  EXPECT_THAT(Take(&client.log), ElementsAre("MakeCallComplete FAILURE 11"));
}

TEST_F(UniPeerTest, AcceptsACallWithSdusThatNobodyCanLiveWith) {
  Message connect = Connect(Call());
  connect.aal =
      wire::AalParameters{.type = wire::AalType::k5, .forward_max_sdu_bytes = uint16_t{575}};
  Say(connect);
  Hear(MessageType::kRelease, CauseValue::kAalNotSupported);
  EXPECT_THAT(Take(&client.log), ElementsAre("MakeCallComplete FAILURE 11"));
}

// What it may not have raised is named (1.9).
TEST_F(UniPeerTest, AcceptsMoreThanItWasOffered) {
  Message connect = Connect(Call());
  connect.aal =
      wire::AalParameters{.type = wire::AalType::k5, .forward_max_sdu_bytes = uint16_t{1493}};
  Say(connect);
  const Message release = Hear(MessageType::kRelease, CauseValue::kInvalidElement);
  EXPECT_THAT(release.cause[0].diagnostics, ElementsAre(0x58));
}

TEST_F(UniPeerTest, AcceptsAHigherRateThanItWasOffered) {
  CallParameters params;
  params.call_manager.emplace().called = kOther;
  params.call_manager->transmit = {.token_rate_bytes_per_second = 100'000,
                                   .peak_bandwidth_bytes_per_second = 100'000,
                                   .service_type = qos::ServiceType::kGuaranteed};
  params.media.emplace().flags = circuit::kTransmitVc;
  ASSERT_EQ(host.board.MakeCall(vc, &params), Status::kPending);
  Settle();
  const Message setup = Hear(MessageType::kSetup);
  Message connect = Connect({.to_allocator = true, .value = setup.call.value});
  connect.traffic = setup.traffic;
  ++*connect.traffic->forward.peak;
  Say(connect);
  const Message release = Hear(MessageType::kRelease, CauseValue::kInvalidElement);
  EXPECT_THAT(release.cause[0].diagnostics, ElementsAre(0x59));
}

TEST_F(UniPeerTest, AsksForADirectionThatTheCallDoesNotHave) {
  Say(SetupOf(1000, 0));
  Say(FromCaller(MessageType::kConnectAcknowledge));
  Hear(MessageType::kCallProceeding);
  Hear(MessageType::kConnect);
  Message modify = FromCaller(MessageType::kModifyRequest);
  modify.traffic = testing::Rates(1000, 1);
  Say(modify);
  Hear(MessageType::kModifyReject, CauseValue::kUnsupportedTraffic);
  modify.traffic = testing::Rates(2000, 0);
  Say(modify);
  Hear(MessageType::kModifyAcknowledge);
}

TEST_F(UniPeerTest, IsNotAskedForADirectionThatTheCallDoesNotHave) {
  Say(Connect(Call()));
  Hear(MessageType::kConnectAcknowledge);
  EXPECT_THAT(Take(&client.log), ElementsAre("MakeCallComplete SUCCESS 11"));
  CallParameters both_ways;
  both_ways.call_manager.emplace().called = kOther;
  both_ways.media.emplace();
  EXPECT_EQ(host.board.ModifyCallQoS(vc, &both_ways), Status::kInvalidData);
  Settle();
  EXPECT_THAT(peer.received, IsEmpty());
}

TEST_F(UniPeerTest, AsksForMoreCellsThanTheLinkHas) {
  Message setup = SetupOf(1000, 500);
  setup.bearer->transfer_capability = uint8_t{7};  // CBR.1
  Say(setup);
  Hear(MessageType::kCallProceeding);
  Hear(MessageType::kConnect);
  Say(FromCaller(MessageType::kConnectAcknowledge));
  Message modify = FromCaller(MessageType::kModifyRequest);
  modify.traffic = testing::Rates(1000, 16'777'215);
  modify.wide_rates.emplace();
  modify.wide_rates->backward.peak = uint64_t{40'000'000} * 384;
  Say(modify);
  const Message refusal = Hear(MessageType::kModifyReject, CauseValue::kCellRateUnavailable);
  EXPECT_THAT(refusal.cause[0].diagnostics, ElementsAre(0x85));
}

// Beside causes 1, 16 and 49: who is behind it, 8 being the user, and for how long (1.9).
TEST_F(UniPeerTest, HearsInWhatConditionACallEnds) {
  Message setup = SetupOf(1000, 500);
  setup.called = wire::ToPartyNumber(kOther);
  Say(setup);
  Message refusal = Hear(MessageType::kReleaseComplete, CauseValue::kUnallocatedNumber);
  EXPECT_THAT(refusal.cause[0].diagnostics, ElementsAre(0x88));
  // Between the shares of the port for real time and for all.
  setup = SetupOf(16'777'215, 500);
  setup.bearer->transfer_capability = uint8_t{7};  // CBR.1
  setup.wide_rates.emplace();
  setup.wide_rates->forward.peak = uint64_t{24'000'000} * 384;
  Say(setup);
  refusal = Hear(MessageType::kReleaseComplete, CauseValue::kQosUnavailable);
  EXPECT_THAT(refusal.cause[0].diagnostics, ElementsAre(0x8a));
  Say(Connect(Call()));
  Hear(MessageType::kConnectAcknowledge);
  EXPECT_EQ(host.board.CloseCall(vc, {}), Status::kPending);
  Settle();
  const Message release = Hear(MessageType::kRelease, CauseValue::kNormalClearing);
  EXPECT_TRUE(release.cause[0].diagnostics.empty());
}

// No network is known here, and so that the caller may do without it he hears which was not.
TEST_F(UniPeerTest, NamesATransitNetwork) {
  Message setup = SetupOf(1000, 500);
  for (const uint8_t last : {'8', '9'}) {
    wire::TransitNetwork network;
    EXPECT_TRUE(network.digits.Assign(std::array<uint8_t, 4>{'0', '2', '8', last}));
    EXPECT_TRUE(setup.transit_network.Append(network));
  }
  Say(setup);
  const Message refusal = Hear(MessageType::kReleaseComplete, CauseValue::kNoRouteToTransitNetwork);
  EXPECT_THAT(refusal.cause[0].diagnostics,
              ElementsAre(0x78, 0x80, 0, 5, 0xa1, '0', '2', '8', '8'));
  EXPECT_THAT(client.log, IsEmpty());
}

TEST_F(UniPeerTest, NamesATransitNetworkForALeaf) {
  Say(SetupOfLeaf());
  Hear(MessageType::kCallProceeding);
  Hear(MessageType::kConnect);
  Say(FromCaller(MessageType::kConnectAcknowledge));
  client.log.clear();
  Message add = AddPartyOf(1);
  wire::TransitNetwork network;
  EXPECT_TRUE(network.digits.Assign(std::array<uint8_t, 3>{'1', '2', '3'}));
  EXPECT_TRUE(add.transit_network.Append(network));
  Say(add);
  const Message refusal = Hear(MessageType::kAddPartyReject, CauseValue::kNoRouteToTransitNetwork);
  EXPECT_THAT(refusal.cause[0].diagnostics, ElementsAre(0x78, 0x80, 0, 4, 0xa1, '1', '2', '3'));
  EXPECT_THAT(client.log, IsEmpty());
  Say(AddPartyOf(1));
  EXPECT_EQ(LeafOf(Hear(MessageType::kAddPartyAcknowledge)), 1);
}

TEST_F(UniPeerTest, AsksForAQualityThatNobodyPromises) {
  Message setup = SetupOf(1000, 500);
  setup.transit_delay = {{.maximum_ms = uint16_t{10}}};
  Say(setup);
  const Message refusal = Hear(MessageType::kReleaseComplete, CauseValue::kQosUnavailable);
  EXPECT_THAT(refusal.cause[0].diagnostics, ElementsAre(0x89));  // of the user, for good
  setup.transit_delay.reset();
  setup.extended_qos.emplace().backward.acceptable_loss_ratio = uint8_t{9};
  Say(setup);
  Hear(MessageType::kReleaseComplete, CauseValue::kQosUnavailable);
  EXPECT_THAT(client.log, IsEmpty());
}

TEST_F(UniPeerTest, AsksForAQualityThatNobodyPromisesForAnotherParty) {
  Message setup = SetupOf(1000, 0);
  setup.bearer->multipoint = true;
  setup.endpoint.emplace();
  Say(setup);
  Hear(MessageType::kCallProceeding);
  Hear(MessageType::kConnect);
  Say(FromCaller(MessageType::kConnectAcknowledge));
  Message add_party = FromCaller(MessageType::kAddParty);
  add_party.called = setup.called;
  add_party.endpoint = {{.to_allocator = false, .value = 1}};
  add_party.transit_delay = {{.maximum_ms = uint16_t{10}}};
  Say(add_party);
  Hear(MessageType::kAddPartyReject, CauseValue::kQosUnavailable);
  add_party.transit_delay.reset();
  Say(add_party);
  Hear(MessageType::kAddPartyAcknowledge);
}

// Offered a call of CBR, connected; then the peer asks for other rates.
class ChangingPeerTest : public UniPeerTest {
 protected:
  ChangingPeerTest() {
    Message setup = SetupOf(1000, 500);
    setup.bearer->transfer_capability = uint8_t{7};  // CBR.1
    Say(setup);
    Hear(MessageType::kCallProceeding);
    Hear(MessageType::kConnect);
    Say(FromCaller(MessageType::kConnectAcknowledge));
    client.log.clear();
  }
  void Ask(uint32_t forward, uint32_t backward) {
    Message modify = FromCaller(MessageType::kModifyRequest);
    modify.traffic = testing::Rates(forward, backward);
    Say(modify);
  }
  const std::optional<qos::DualGcra>& Shaper() { return host.plane.active.begin()->second.shaper; }
  // Of the one VC, in cells per second.
  static uint64_t CommittedPeak(const qos::AdmissionControl& admission) {
    uint64_t peak = 0;
    admission.ForEach([&](qos::AdmissionHandle, const qos::AdmissionRow& row) {
      peak = row.committed->traffic.peak();
    });
    return peak;
  }
  static bool IsChanging(const qos::AdmissionControl& admission) {
    bool changing = false;
    admission.ForEach([&](qos::AdmissionHandle, const qos::AdmissionRow& row) {
      changing = row.pending.has_value();
    });
    return changing;
  }
  const qos::AdmissionControl& Transmit() { return host.manager().transmit_admission(); }
  const qos::AdmissionControl& Receive() { return host.manager().receive_admission(); }
};

TEST_F(ChangingPeerTest, IsNotSentMoreBeforeItCountsWithIt) {  // Q.2963.1 9.2
  const std::optional<qos::DualGcra> before = Shaper();
  ASSERT_TRUE(before);
  Ask(2000, 800);
  EXPECT_TRUE(Hear(MessageType::kModifyAcknowledge).report_type);
  EXPECT_THAT(Take(&client.log), ElementsAre("IncomingCallQoSChange 1000"));
  EXPECT_EQ(Shaper(), before);
  EXPECT_EQ(CommittedPeak(Transmit()), 500u);
  EXPECT_TRUE(IsChanging(Transmit()));
  EXPECT_TRUE(IsChanging(Receive()));
  Say(FromCaller(MessageType::kConnectionAvailable));
  EXPECT_NE(Shaper(), before);
  EXPECT_EQ(CommittedPeak(Transmit()), 800u);
  EXPECT_EQ(CommittedPeak(Receive()), 2000u);
  EXPECT_FALSE(IsChanging(Transmit()));
  EXPECT_THAT(peer.received, IsEmpty());
}

TEST_F(ChangingPeerTest, IsSentMoreWhenT361HasRunOut) {
  const std::optional<qos::DualGcra> before = Shaper();
  Ask(1000, 800);
  Pass(20 * kNsPerSecond - kNsPerMs);
  EXPECT_EQ(Shaper(), before);
  Pass(2 * kNsPerMs);
  EXPECT_NE(Shaper(), before);
  EXPECT_EQ(CommittedPeak(Transmit()), 800u);
}

TEST_F(ChangingPeerTest, AsksForWhatTheCallCannotBe) {
  Message modify = FromCaller(MessageType::kModifyRequest);
  modify.traffic = testing::Rates(900, 400);
  modify.traffic->best_effort = true;
  Say(modify);
  Hear(MessageType::kModifyReject, CauseValue::kUnsupportedTraffic);
  modify.traffic = wire::TrafficDescriptor();
  modify.traffic->forward.peak_clp0 = 900;
  modify.traffic->backward.peak_clp0 = 400;
  Say(modify);
  Hear(MessageType::kModifyReject, CauseValue::kUnsupportedTraffic);
  EXPECT_EQ(CommittedPeak(Receive()), 1000u);
  EXPECT_THAT(client.log, IsEmpty());
}

TEST_F(ChangingPeerTest, IsSentLessAtOnce) {
  const std::optional<qos::DualGcra> before = Shaper();
  Ask(2000, 300);
  EXPECT_FALSE(Hear(MessageType::kModifyAcknowledge).report_type);
  EXPECT_NE(Shaper(), before);
  EXPECT_EQ(CommittedPeak(Transmit()), 300u);
  EXPECT_FALSE(IsChanging(Transmit()));
}

// Its word and its next question may come together: the path is on its way then.
TEST_F(ChangingPeerTest, AsksAgainAtOnce) {
  Ask(1000, 800);
  EXPECT_TRUE(Hear(MessageType::kModifyAcknowledge).report_type);
  peer.Send(FromCaller(MessageType::kConnectionAvailable));
  Ask(1000, 900);
  EXPECT_TRUE(Hear(MessageType::kModifyAcknowledge).report_type);
  Say(FromCaller(MessageType::kConnectionAvailable));
  EXPECT_EQ(CommittedPeak(Transmit()), 900u);
  EXPECT_FALSE(host.board.FindVc(client.last_vc)->params.media->held_to);
}

TEST_F(ChangingPeerTest, EndsTheCallBeforeItCountsWithTheChange) {
  Ask(1000, 800);
  Hear(MessageType::kModifyAcknowledge);
  Message release = testing::WithCause(MessageType::kRelease, {.to_allocator = false, .value = 5},
                                       CauseValue::kNormalClearing);
  Say(release);
  EXPECT_EQ(host.board.CloseCall(client.last_vc, {}), Status::kPending);
  Settle();
  EXPECT_EQ(Transmit().size(), 0u);
  EXPECT_EQ(Transmit().reserved().cells_per_second, 0u);
}

TEST_F(ChangingPeerTest, IsRefusedByTheClient) {  // C82, C87
  const std::optional<qos::DualGcra> before = Shaper();
  Status asked = Status::kSuccess;
  client.on_incoming_call_qos_change = [&] {
    CallParameters other = client.params;
    asked = host.board.ModifyCallQoS(client.last_vc, &other);
  };
  Ask(2000, 800);
  EXPECT_EQ(asked, Status::kPending);
  Hear(MessageType::kModifyReject, CauseValue::kCallRejected);
  EXPECT_THAT(Take(&client.log),
              ElementsAre("IncomingCallQoSChange 1000", "ModifyCallQoSComplete NOT_ACCEPTED 1000"));
  EXPECT_EQ(Shaper(), before);
  EXPECT_EQ(CommittedPeak(Transmit()), 500u);
  EXPECT_EQ(CommittedPeak(Receive()), 1000u);
  EXPECT_FALSE(IsChanging(Receive()));
  client.on_incoming_call_qos_change = nullptr;
  Ask(1000, 400);
  Hear(MessageType::kModifyAcknowledge);
}

// S9: what it has from an earlier life of this daemon it may still have.
TEST_F(UserPeerTest, IsAskedAgainToRestartWhenTheLinkWasLostMeanwhile) {
  peer.Release();
  Settle();
  peer.Establish();
  Settle();
  Message ack = Hear(MessageType::kRestart);
  CallParameters params;
  params.call_manager.emplace().called = kOther;
  EXPECT_EQ(host.board.MakeCall(vc, &params), Status::kDisconnected);
  ack.type = MessageType::kRestartAcknowledge;
  ack.call.to_allocator = true;
  Say(ack);
  EXPECT_EQ(host.board.MakeCall(vc, &params), Status::kPending);
  Settle();
  Hear(MessageType::kSetup);
}

// And waited for anew: the time while there is no link is none that it had (S9).
TEST_F(UserPeerTest, IsNotTakenForMetWhileTheLinkIsDown) {
  Pass(7 * kNsPerSecond);
  peer.Release();
  Settle();
  for (const size_t end : {0, 1}) wire.SetCut(end, true);
  Pass(60 * kNsPerSecond);
  EXPECT_FALSE(host.manager().signaling().uni().is_up());
  EXPECT_FALSE(host.manager().knows_peer());
  peer.received.clear();
  for (const size_t end : {0, 1}) wire.SetCut(end, false);
  peer.Establish();
  Pass(kNsPerSecond);
  EXPECT_TRUE(host.manager().signaling().uni().is_up());
  EXPECT_FALSE(host.manager().knows_peer());
  Hear(MessageType::kRestart);
  Pass(10 * kNsPerSecond);
  EXPECT_TRUE(host.manager().knows_peer());
}

class ForgetfulPeerTest : public UserPeerTest {
 protected:
  // It has not read the first RESTART, and calls are made nevertheless; then it is asked again.
  ForgetfulPeerTest() {
    Pass(11 * kNsPerSecond);
    CallParameters params;
    params.call_manager.emplace().called = kOther;
    EXPECT_EQ(host.board.MakeCall(vc, &params), Status::kPending);
    Settle();
    wire::CallReference call = Hear(MessageType::kSetup).call;
    call.to_allocator = true;
    Say(testing::NewMessage(MessageType::kConnect, call));
    Hear(MessageType::kConnectAcknowledge);
    EXPECT_THAT(Take(&client.log), ElementsAre("MakeCallComplete SUCCESS 11"));
    Pass(110 * kNsPerSecond);  // T316
    ack = Hear(MessageType::kRestart);
    ack.type = MessageType::kRestartAcknowledge;
    ack.call.to_allocator = true;
    EXPECT_THAT(Take(&client.log), ElementsAre("IncomingCloseCall DISCONNECTED 11"));
    EXPECT_EQ(host.board.CloseCall(vc, {}), Status::kPending);
    Settle();
    client.log.clear();
  }
  size_t Connections() { return host.manager().holdings().connections; }

  Message ack;
};

// It may send on a label until it has read the RESTART that ended the call.
TEST_F(ForgetfulPeerTest, GetsNoConnectionAgainThatItMayStillHave) {
  Pass(5 * kNsPerSecond);
  EXPECT_EQ(Connections(), 1u);
  Say(ack);
  Message again = Hear(MessageType::kRestart);
  EXPECT_TRUE(again.connection);
  EXPECT_EQ(Connections(), 1u);
  again.type = MessageType::kRestartAcknowledge;
  again.call.to_allocator = true;
  Say(again);
  EXPECT_EQ(Connections(), 0u);
}

TEST_F(ForgetfulPeerTest, IsNotWaitedForWhenItNeverAnswers) {
  Pass(121 * kNsPerSecond);
  EXPECT_EQ(Connections(), 0u);
  EXPECT_EQ(host.manager().holdings().restarts, 0u);
}

}  // namespace
}  // namespace vcp::callmgr
