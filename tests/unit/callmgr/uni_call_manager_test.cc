#include "base/aesa.h"
#include "uni_call_manager_fixture.h"

namespace vcp::callmgr {
namespace {

TEST_F(UniCallManagerTest, ACallIsMadeAndConnected) {
  Connect(To(kServer));
  const auto here = user.board.FindVc(vc)->params.media->labels;
  const auto there = network.board.FindVc(server.last_vc)->params.media->labels;
  ASSERT_TRUE(here && there);
  EXPECT_EQ(here->transmit, there->receive);
  EXPECT_EQ(here->receive, there->transmit);
  EXPECT_EQ(user.plane.active.size(), 1u);
  EXPECT_EQ(network.plane.active.size(), 1u);
  ExpectCleanEnd();
}

// Signaling 4.1, whichever of the two the listener is known by.
TEST_F(UniCallManagerTest, ANumberAndItsAesaAreOneAddress) {
  const Address aesa = *ToE164Aesa(kServer);
  Connect(To(aesa));
  EXPECT_EQ(server.params.call_manager->called, aesa);  // as it was called
  const Address number = *ParseAddress("+4712345");
  circuit::SapHandle by_aesa;
  EXPECT_EQ(network.board.RegisterSap(server_af, 6, {.address = *ToE164Aesa(number)}, &by_aesa),
            Status::kSuccess);
  vc = MakeVc();
  ASSERT_EQ(Call(To(number)), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 12"));
  EXPECT_THAT(server.log, ::testing::Contains("IncomingCall 6 1001"));
  // Another application of that host.
  vc = MakeVc();
  ASSERT_EQ(Call(To(WithSelector(aesa, 5))), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete NOT_ACCEPTED 13"));
  EXPECT_EQ(caller.cause.value, CauseValue::kIncompatibleDestination);
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, NobodyAtTheAddressIsSaidWithItsCause) {
  ASSERT_EQ(Call(To(kOther)), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete NOT_FOUND 11"));
  EXPECT_EQ(caller.cause.value, CauseValue::kUnallocatedNumber);
  EXPECT_THAT(server.log, IsEmpty());
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, ARefusalTravelsWithItsCause) {
  server.incoming_call = Status::kNotAccepted;
  ASSERT_EQ(Call(To(kServer)), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete NOT_ACCEPTED 11"));
  EXPECT_EQ(caller.cause.value, CauseValue::kCallRejected);
  EXPECT_THAT(Take(&server.log), ElementsAre("CreateVc 2", "IncomingCall 5 1000", "DeleteVc 1000"));
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, AClientThatIsTooBusyToBeOfferedCallsIsBusy) {
  server.create_vc = Status::kBackPressured;
  ASSERT_EQ(Call(To(kServer)), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete NOT_ACCEPTED 11"));
  EXPECT_EQ(caller.cause.value, CauseValue::kUserBusy);
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, TheCallerHangsUp) {
  Connect(To(kServer));
  EXPECT_EQ(user.board.CloseCall(vc, {}), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("CloseCallComplete SUCCESS 11"));
  EXPECT_THAT(Take(&server.log), ElementsAre("IncomingCloseCall SUCCESS 1000"));
  EXPECT_EQ(server.cause.value, CauseValue::kNormalClearing);
  EXPECT_EQ(network.board.CloseCall(server.last_vc, {}), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&server.log), ElementsAre("CloseCallComplete SUCCESS 1000", "DeleteVc 1000"));
  Connect(To(kServer));  // C47
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, CloseDataAndCauseArriveAtTheOtherSide) {
  Connect(To(kServer));
  const std::vector<uint8_t> words = {'b', 'y', 'e'};
  EXPECT_EQ(user.board.CloseCall(vc, words, {.value = CauseValue::kUserBusy}), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&server.log), ElementsAre("IncomingCloseCall NOT_ACCEPTED 1000"));
  EXPECT_EQ(server.close_data, words);
  EXPECT_EQ(server.cause.value, CauseValue::kUserBusy);
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, BothHangUpAtOnce) {
  Connect(To(kServer));
  EXPECT_EQ(user.board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(network.board.CloseCall(server.last_vc, {}), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("CloseCallComplete SUCCESS 11"));
  EXPECT_THAT(Take(&server.log), ElementsAre("CloseCallComplete SUCCESS 1000", "DeleteVc 1000"));
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, ACallIsAbandonedBeforeItIsAnswered) {
  server.incoming_call = Status::kPending;
  ASSERT_EQ(Call(To(kServer)), Status::kPending);
  Settle();
  EXPECT_EQ(user.board.CloseCall(vc, {}), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log),
              ElementsAre("MakeCallComplete REQUEST_ABORTED 11", "CloseCallComplete SUCCESS 11"));
  EXPECT_THAT(Take(&server.log),
              ElementsAre("CreateVc 2", "IncomingCall 5 1000", "IncomingCloseCall SUCCESS 1000"));
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, RatesAreReservedAndGivenBack) {
  CallParameters params = To(kServer);
  params.call_manager->transmit = Guaranteed(600'000'000);
  params.call_manager->receive = Guaranteed(1'000'000);
  Connect(params);
  EXPECT_EQ(server.params.call_manager->receive.service_type, qos::ServiceType::kGuaranteed);
  EXPECT_GE(server.params.call_manager->receive.token_rate_bytes_per_second, 600'000'000u);
  EXPECT_EQ(user.manager().transmit_admission().size(), 1u);

  const circuit::VcHandle second = MakeVc();
  EXPECT_EQ(user.board.MakeCall(second, &params), Status::kResources);
  EXPECT_EQ(user.board.CloseCall(vc, {}), Status::kPending);
  Settle();
  EXPECT_EQ(user.board.MakeCall(second, &params), Status::kPending);
  Settle();
  ExpectCleanEnd();
}

// 24 bits of cells per second end at 6.44 Gbit/s; the port has ten.
TEST_F(UniCallManagerTest, ACallThatNamesNoPeakIsNotPacedAtEitherEnd) {
  Connect(To(kServer));
  const qos::FlowSpec& here = caller.params.call_manager->transmit;
  const qos::FlowSpec& there = server.params.call_manager->transmit;
  EXPECT_EQ(here.peak_bandwidth_bytes_per_second, there.peak_bandwidth_bytes_per_second);
  for (const testing::UniHost* host : {&user, &network}) {
    ASSERT_EQ(host->plane.active.size(), 1u);
    EXPECT_FALSE(host->plane.active.begin()->second.shaper);
  }
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, TheCalleeLowersTheSduSize) {
  server.edit_params = [](CallParameters* params) {
    params->call_manager->receive.max_sdu_size_bytes = 1000;
    params->flags |= circuit::kCallParametersChanged;
  };
  Connect(To(kServer));
  EXPECT_EQ(caller.params.call_manager->transmit.max_sdu_size_bytes, 1000u);
  EXPECT_NE(caller.params.flags & circuit::kCallParametersChanged, 0u);  // C53
  ExpectCleanEnd();
}

// Smaller SDUs take more cells for as many bytes; that is not more than was offered.
TEST_F(UniCallManagerTest, TheCalleeLowersTheSduSizeToTheLeastThereIs) {
  server.edit_params = [](CallParameters* params) {
    params->call_manager->receive.max_sdu_size_bytes = 576;
    params->flags |= circuit::kCallParametersChanged;
  };
  CallParameters reserving = To(kServer);
  reserving.call_manager->transmit = Guaranteed(1'000'000);
  reserving.call_manager->receive = Guaranteed(1'000'000);
  for (const CallParameters& params : {To(kServer), reserving}) {
    vc = MakeVc();
    CallParameters asked = params;
    ASSERT_EQ(user.board.MakeCall(vc, &asked), Status::kPending);
    Settle();
    EXPECT_THAT(Take(&caller.log), ElementsAre(::testing::StartsWith("MakeCallComplete SUCCESS")));
    const CallParameters here = user.board.FindVc(vc)->params;
    const CallParameters there = network.board.FindVc(server.last_vc)->params;
    EXPECT_EQ(here.call_manager->transmit.max_sdu_size_bytes, 576u);
    EXPECT_EQ(there.call_manager->receive.max_sdu_size_bytes, 576u);
    EXPECT_EQ(here.call_manager->transmit.token_rate_bytes_per_second,
              there.call_manager->receive.token_rate_bytes_per_second);
  }
  EXPECT_LT(caller.params.call_manager->transmit.token_rate_bytes_per_second, 1'000'000u);
  const auto expect_refused = [&](uint64_t sdu_bytes, uint64_t more) {
    server.edit_params = [=](CallParameters* params) {
      params->call_manager->receive.max_sdu_size_bytes = sdu_bytes;
      params->call_manager->receive.peak_bandwidth_bytes_per_second += more;
      params->flags |= circuit::kCallParametersChanged;
    };
    vc = MakeVc();
    CallParameters asked = reserving;
    ASSERT_EQ(user.board.MakeCall(vc, &asked), Status::kPending);
    Settle();
    EXPECT_THAT(Take(&caller.log),
                ElementsAre(::testing::StartsWith("MakeCallComplete NOT_ACCEPTED")));
  };
  expect_refused(576, 1'000'000);
  expect_refused(575, 0);  // Nobody has to live with that (3.6).
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, C053_TheCalleeLowersTheRate) {
  server.edit_params = [](CallParameters* params) {
    params->call_manager->receive.token_rate_bytes_per_second /= 2;
    params->call_manager->receive.peak_bandwidth_bytes_per_second /= 2;
    params->flags |= circuit::kCallParametersChanged;
  };
  CallParameters params = To(kServer);
  params.call_manager->transmit = Guaranteed(1'000'000);
  params.call_manager->receive = Guaranteed(1'000'000);
  Connect(params);
  EXPECT_NEAR(caller.params.call_manager->transmit.token_rate_bytes_per_second, 500'000, 25'000);
  EXPECT_GE(caller.params.call_manager->receive.token_rate_bytes_per_second, 1'000'000u);
  EXPECT_NE(caller.params.flags & circuit::kCallParametersChanged, 0u);
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, C096_WhatIsAskedMayLeavePartsOut) {
  CallParameters none = To(kServer);
  none.call_manager.reset();
  EXPECT_EQ(Call(none), Status::kInvalidData);
  none.media.reset();
  EXPECT_EQ(Call(none), Status::kInvalidData);
  CallParameters without_media = To(kServer);
  without_media.media.reset();
  Connect(without_media);
  none = {};
  EXPECT_EQ(user.board.ModifyCallQoS(vc, &none), Status::kInvalidData);
  ExpectCleanEnd();
}

// What runs cannot be made to wait again.
TEST_F(UniCallManagerTest, ARunningCallIsNotReserved) {
  Connect(To(kServer));
  CallParameters params = To(kServer);
  params.media->flags |= circuit::kReserveResources;
  EXPECT_EQ(user.board.ModifyCallQoS(vc, &params), Status::kNotSupported);
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, C096_AnAnswerMayLeavePartsOut) {
  server.edit_params = [](CallParameters* params) {
    params->call_manager->receive.max_sdu_size_bytes = 1000;
    params->media.reset();
    params->flags |= circuit::kCallParametersChanged;
  };
  Connect(To(kServer));
  EXPECT_EQ(caller.params.call_manager->transmit.max_sdu_size_bytes, 1000u);
  EXPECT_EQ(user.board.CloseCall(vc, {}), Status::kPending);
  EXPECT_EQ(network.board.CloseCall(server.last_vc, {}), Status::kPending);
  Settle();
  caller.log.clear();
  server.log.clear();
  server.edit_params = [](CallParameters* params) {
    params->call_manager.reset();
    params->flags |= circuit::kCallParametersChanged;
  };
  Connect(To(kServer));
  EXPECT_EQ(caller.params.call_manager->transmit.max_sdu_size_bytes, 1492u);
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, ACalleeThatWantsMoreThanIsOfferedIsHungUpOn) {  // C61
  CallParameters params = To(kServer);
  params.call_manager->transmit.max_sdu_size_bytes = 1000;
  server.edit_params = [](CallParameters* changed) {
    changed->call_manager->receive.max_sdu_size_bytes = 1400;
    changed->flags |= circuit::kCallParametersChanged;
  };
  ASSERT_EQ(Call(params), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&server.log), ElementsAre("CreateVc 2", "IncomingCall 5 1000",
                                             "IncomingCloseCall NOT_ACCEPTED 1000"));
  // The caller need not wait for it.
  EXPECT_THAT(caller.log, ElementsAre(::testing::StartsWith("MakeCallComplete NOT_ACCEPTED")));
  EXPECT_TRUE(network.plane.active.empty());
  EXPECT_EQ(network.board.CloseCall(server.last_vc, {}), Status::kPending);
  Settle();
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, RatesChangeOnAStandingCall) {  // C81
  CallParameters params = To(kServer);
  params.call_manager->transmit = Guaranteed(1'000'000);
  params.call_manager->receive = Guaranteed(1'000'000);
  Connect(params);
  params.call_manager->transmit = Guaranteed(2'000'000);
  EXPECT_EQ(user.board.ModifyCallQoS(vc, &params), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("ModifyCallQoSComplete SUCCESS 11"));
  EXPECT_GE(caller.params.call_manager->transmit.token_rate_bytes_per_second, 2'000'000u);
  EXPECT_THAT(Take(&server.log), ElementsAre("IncomingCallQoSChange 1000"));
  EXPECT_GE(server.params.call_manager->receive.token_rate_bytes_per_second, 2'000'000u);
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, AChangeThatTheOtherSideHasNoRoomForChangesNothing) {  // C82, C86
  CallParameters params = To(kServer);
  params.call_manager->transmit = Guaranteed(1'000'000);
  params.call_manager->receive = Guaranteed(1'000'000);
  Connect(params);
  network.plane.commands.clear();
  params.call_manager->transmit = Guaranteed(2'000'000);
  EXPECT_EQ(user.board.ModifyCallQoS(vc, &params), Status::kPending);
  timers.RunDue(clock.NowNs());
  for (int i = 0; i < 20 && network.plane.commands.empty(); ++i) {
    clock.Advance(1);
    timers.RunDue(clock.NowNs());
  }
  ASSERT_EQ(network.plane.commands.size(), 1u);
  network.plane.Answer(Status::kResources);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("ModifyCallQoSComplete RESOURCES 11"));
  EXPECT_LT(caller.params.call_manager->transmit.token_rate_bytes_per_second, 2'000'000u);
  EXPECT_THAT(server.log, IsEmpty());
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, OnlyTheCallerMayChangeRates) {
  Connect(To(kServer));
  CallParameters params = To(kServer);
  EXPECT_EQ(network.board.ModifyCallQoS(server.last_vc, &params), Status::kNotSupported);
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, APvcIsCalledWithoutSignaling) {  // C98 to C101
  ASSERT_EQ(user.pvcs.Add({.name = "line", .adapter = "wire", .labels = {100, 200}}),
            Status::kSuccess);
  CallParameters params;
  params.flags = circuit::kPermanentVc;
  params.media.emplace().pvc_name = "line";
  ASSERT_EQ(Call(params), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 11"));
  EXPECT_NE(caller.params.flags & circuit::kPermanentVc, 0u);
  EXPECT_EQ(user.plane.active.begin()->second.transmit_label, 100u);
  EXPECT_EQ(user.manager().signaling().uni().call_count(), 0u);
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, C100_APvcToTheAddressIsLookedForFirst) {
  ASSERT_EQ(user.pvcs.Add(
                {.name = "line", .adapter = "wire", .labels = {100, 200}, .destination = kServer}),
            Status::kSuccess);
  CallParameters params = To(kServer);
  params.media.reset();
  ASSERT_EQ(Call(params), Status::kPending);
  Settle();
  EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 11"));
  EXPECT_EQ(caller.params.media->pvc_name, "line");
  EXPECT_EQ(user.manager().signaling().uni().call_count(), 0u);
  // While it is in use a call that need not have it is signaled.
  const circuit::VcHandle second = MakeVc();
  CallParameters again = To(kServer);
  again.media.reset();
  EXPECT_EQ(user.board.MakeCall(second, &again), Status::kPending);
  EXPECT_EQ(user.manager().signaling().uni().call_count(), 1u);
  Settle();
  const circuit::VcHandle third = MakeVc();
  CallParameters permanent = To(kServer);
  permanent.flags = circuit::kPermanentVc;
  permanent.media.reset();
  EXPECT_EQ(user.board.MakeCall(third, &permanent), Status::kInUse);
  ExpectCleanEnd();
}

// --- looking ------------------------------------------------------------------------------------

uint64_t Count(const testing::UniHost& host, signaling::UniCounter counter) {
  return host.manager().signaling().uni().counters()[static_cast<size_t>(counter)].Read();
}

TEST_F(UniCallManagerTest, ShowsACallFromBothEnds) {
  Connect(To(kServer));
  const std::vector<UniCallRow> here = user.manager().Calls(10);
  const std::vector<UniCallRow> there = network.manager().Calls(10);
  ASSERT_EQ(here.size(), 1u);
  ASSERT_EQ(there.size(), 1u);
  EXPECT_EQ(here[0].vc, vc);
  EXPECT_TRUE(here[0].made_here);
  EXPECT_FALSE(there[0].made_here);
  EXPECT_EQ(here[0].state, signaling::UniState::kActive);
  EXPECT_EQ(here[0].label, there[0].label);
  EXPECT_TRUE(here[0].label.has_value());
  EXPECT_EQ(here[0].reference->value, there[0].reference->value);
  EXPECT_NE(user.manager().transmit_admission().Find(here[0].transmit_admission), nullptr);
  EXPECT_NE(user.manager().receive_admission().Find(here[0].receive_admission), nullptr);
  const circuit::Context context = user.board.FindVc(vc)->call_manager_vc;
  EXPECT_EQ(user.manager().FindCall(context)->vc, vc);
  EXPECT_EQ(user.manager().FindCall(context + 1), std::nullopt);
  EXPECT_THAT(user.manager().Calls(0), IsEmpty());
  ExpectCleanEnd();
  EXPECT_THAT(user.manager().Calls(10), IsEmpty());
}

TEST_F(UniCallManagerTest, ShowsWhyACallEndedUntilItsClientClosesIt) {
  Connect(To(kServer));
  EXPECT_EQ(user.board.CloseCall(vc, {}, {.value = CauseValue::kUserBusy}), Status::kPending);
  Settle();
  ASSERT_EQ(network.manager().Calls(10).size(), 1u);
  EXPECT_EQ(network.manager().Calls(10)[0].end_cause.value, CauseValue::kUserBusy);
  EXPECT_EQ(network.manager().Calls(10)[0].state, signaling::UniState::kReleaseIndication);
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, CountsCallsThatCameAboutAndThoseThatDidNot) {
  using signaling::UniCounter;
  Connect(To(kServer));
  const circuit::VcHandle second = MakeVc();
  CallParameters params = To(kOther);
  ASSERT_EQ(user.board.MakeCall(second, &params), Status::kPending);
  Settle();
  for (testing::UniHost* host : {&user, &network}) {
    EXPECT_EQ(Count(*host, UniCounter::kCallsMade), host == &user ? 2u : 0u);
    EXPECT_EQ(Count(*host, UniCounter::kCallsOffered), host == &user ? 0u : 2u);
    EXPECT_EQ(Count(*host, UniCounter::kCallsConnected), 1u);
    EXPECT_EQ(Count(*host, UniCounter::kCallsFailed), 1u);
  }
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, SaysSinceWhenSignalingIsUp) {
  const uint64_t since_ns = user.manager().signaling_changed_ns();
  EXPECT_GT(since_ns, 0u);
  Pass(5 * kNsPerSecond);
  EXPECT_EQ(user.manager().signaling_changed_ns(), since_ns);
  EXPECT_TRUE(user.manager().signaling().uni().is_up());
}

// --- point-to-multipoint ------------------------------------------------------------------------

TEST_F(UniCallManagerTest, C089_C095_WhatSignalingDoesNotCarryIsRefused) {
  CallParameters params = To(kServer);
  params.call_manager->transmit.latency_us = 1000;
  EXPECT_EQ(Call(params), Status::kNotSupported);
  params = To(kServer);
  params.call_manager->receive.delay_variation_us = 1000;
  EXPECT_EQ(Call(params), Status::kNotSupported);
  params = To(kServer);
  params.call_manager->specific = {.type = 7, .bytes = {1, 2, 3}};
  EXPECT_EQ(Call(params), Status::kNotSupported);
  params = To(kServer);
  params.media->specific = {.type = 7, .bytes = {1, 2, 3}};
  EXPECT_EQ(Call(params), Status::kNotSupported);

  params = To(kServer);
  params.call_manager->transmit = Guaranteed(1'000'000);
  params.call_manager->receive = Guaranteed(1'000'000);
  params.call_manager->transmit.minimum_policed_size_bytes = 10;
  Connect(params);
  EXPECT_EQ(caller.params.call_manager->transmit.minimum_policed_size_bytes, 10u);
  params.call_manager->transmit.latency_us = 1000;
  EXPECT_EQ(user.board.ModifyCallQoS(vc, &params), Status::kNotSupported);
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, PvcsMayShareTheirLabelsBetweenDirectionsAndWithACall) {
  const auto add = [this](const char* name, circuit::Labels labels) {
    EXPECT_EQ(network.pvcs.Add({.name = name, .adapter = "wire", .labels = labels}),
              Status::kSuccess);
  };
  add("same", {100, 100});
  add("there", {200, 201});
  add("back", {201, 200});
  EXPECT_EQ(network.manager().connections().excluded_count(), 3u);
  Connect(To(kServer));
  add("late", *network.board.FindVc(server.last_vc)->params.media->labels);
  for (const char* name : {"there", "late", "same", "back"}) {
    EXPECT_EQ(network.pvcs.Delete(name), Status::kSuccess);
  }
  EXPECT_EQ(network.manager().connections().excluded_count(), 0u);
  ExpectCleanEnd();
}

// --- the link -----------------------------------------------------------------------------------

TEST_F(UniCallManagerTest, WithoutALinkCallsFailAtOnce) {
  wire.SetCut(0, true);
  wire.SetCut(1, true);
  Pass(30 * kNsPerSecond);
  EXPECT_EQ(Call(To(kServer)), Status::kDisconnected);
  wire.SetCut(0, false);
  wire.SetCut(1, false);
  Pass(5 * kNsPerSecond);
  Connect(To(kServer));
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, AStandingCallOutlivesAShortOutage) {
  Connect(To(kServer));
  wire.SetCut(0, true);
  Pass(9 * kNsPerSecond);
  wire.SetCut(0, false);
  Pass(20 * kNsPerSecond);
  EXPECT_THAT(caller.log, IsEmpty());
  EXPECT_EQ(user.board.FindVc(vc)->call, CallState::kConnected);
  ExpectCleanEnd();
}

TEST_F(UniCallManagerTest, AStandingCallEndsWithTheLink) {  // T309
  Connect(To(kServer));
  wire.SetCut(0, true);
  wire.SetCut(1, true);
  Pass(30 * kNsPerSecond);
  EXPECT_THAT(Take(&caller.log), ElementsAre("IncomingCloseCall DISCONNECTED 11"));
  EXPECT_EQ(caller.cause.value, CauseValue::kDestinationOutOfOrder);
  EXPECT_THAT(Take(&server.log), ElementsAre("IncomingCloseCall DISCONNECTED 1000"));
  wire.SetCut(0, false);
  wire.SetCut(1, false);
  ExpectCleanEnd();
}

}  // namespace
}  // namespace vcp::callmgr
