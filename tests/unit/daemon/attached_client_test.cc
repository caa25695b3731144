#include "daemon/attached_client.h"

#include <map>
#include <set>

#include "attach_harness.h"

namespace vcp::daemon {
namespace {

using shm::MessageType;

// Two applications on one loopback port; bob takes calls at 358.
class CallTest : public ::testing::Test {
 protected:
  CallTest() {
    alice = harness.Attach("alice");
    bob = harness.Attach("bob");
    alices_af = harness.OpenAf(*alice);
    bobs_af = harness.OpenAf(*bob);
    bobs_sap = harness.RegisterSap(*bob, bobs_af, "358");
    vc = harness.CreateVc(*alice, alices_af);
  }

  // Alice calls; what bob is offered.
  shm::IncomingCall Offer() {
    make_id = harness.BeginCall(*alice, vc, "358");
    EXPECT_TRUE(alice->Take().empty());
    return bob->TakeOne<shm::IncomingCall>();
  }
  shm::IncomingCall Connect() {
    shm::IncomingCall offer = Offer();
    EXPECT_EQ(harness.Answer(*bob, offer, Status::kSuccess).status, 0u);
    auto made = alice->TakeOne<shm::CallReply>();
    EXPECT_EQ(made.header.request_id, make_id);
    EXPECT_EQ(made.status, 0u);
    return offer;
  }

  AttachHarness harness;
  std::unique_ptr<TestApplication> alice;
  std::unique_ptr<TestApplication> bob;
  uint32_t alices_af, bobs_af, bobs_sap, vc;
  uint32_t make_id = 0;
};

TEST_F(CallTest, ACallConnectsAndCloses) {
  shm::IncomingCall offer = Offer();
  EXPECT_EQ(offer.sap, bobs_sap);
  EXPECT_EQ(offer.params.called.length, 3);
  auto answer = NewRequest<shm::AnswerCall>(MessageType::kAnswerCall);
  answer.vc = offer.vc;
  answer.params = offer.params;
  bob->Ask(answer);
  harness.Settle();
  std::vector<Message> told = bob->Take();
  ASSERT_EQ(told.size(), 2u);  // the answer's reply comes before what it leads to
  EXPECT_EQ(TypeOf(told[0]), static_cast<uint16_t>(MessageType::kAnswerCall) | shm::kReplyBit);
  EXPECT_EQ(TypeOf(told[1]), static_cast<uint16_t>(MessageType::kCallConnected));
  EXPECT_EQ(alice->TakeOne<shm::CallReply>().status, 0u);
  EXPECT_EQ(harness.programmer.active.size(), 2u);

  auto closed = harness.GetFor<shm::CloseCall>(*alice, MessageType::kCloseCall, vc);
  EXPECT_EQ(closed.status, 0u);
  auto told_of_close = bob->TakeOne<shm::IncomingCloseCall>();
  EXPECT_EQ(told_of_close.vc, offer.vc);
  EXPECT_EQ(told_of_close.status, 0u);

  auto request = NewRequest<shm::CloseCall>(MessageType::kCloseCall);
  request.vc = offer.vc;
  bob->Ask(request);
  harness.Settle();
  told = bob->Take();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(ReadMessage<shm::SimpleReply>(told[0]).status, 0u);
  EXPECT_EQ(ReadMessage<shm::VcDeleted>(told[1]).vc, offer.vc);
  EXPECT_TRUE(harness.programmer.active.empty());

  // C47: the caller's VC can host another call.
  Connect();
}

TEST_F(CallTest, TheDataPathKnowsVcsByTheNamesThatApplicationsHave) {
  shm::IncomingCall offer = Connect();
  uint32_t alices_channel = harness.server->Clients()[0]->client()->channel();
  uint32_t bobs_channel = harness.server->Clients()[1]->client()->channel();
  EXPECT_TRUE(harness.programmer.active.contains({alices_channel, vc}));
  EXPECT_TRUE(harness.programmer.active.contains({bobs_channel, offer.vc}));
}

TEST_F(CallTest, ARefusedCallFailsWithTheCalleesStatus) {
  shm::IncomingCall offer = Offer();
  EXPECT_EQ(harness.Answer(*bob, offer, Status::kNotAccepted).status, 0u);
  auto made = alice->TakeOne<shm::CallReply>();
  EXPECT_EQ(made.status, static_cast<uint32_t>(Status::kNotAccepted));
  EXPECT_EQ(harness.GetFor<shm::DeleteVc>(*alice, MessageType::kDeleteVc, vc).status, 0u);
}

// The caller does not wait for the offer's deadline.
TEST_F(CallTest, C058_AnAnswerThatCannotBeReadRefuses) {
  using Spoil = void (*)(shm::AnswerCall*);
  constexpr Spoil kSpoils[] = {
      [](shm::AnswerCall* answer) { answer->status = 99; },
      [](shm::AnswerCall* answer) { answer->status = 1; },
      [](shm::AnswerCall* answer) { answer->cause.value = 128; },
      [](shm::AnswerCall* answer) { answer->cause.location = 3; },
      [](shm::AnswerCall* answer) { answer->params.transmit.service_type = 9; },
      [](shm::AnswerCall* answer) { answer->params.called.length = 77; },
  };
  for (const Spoil spoil : kSpoils) {
    const shm::IncomingCall offer = Offer();
    auto answer = NewRequest<shm::AnswerCall>(MessageType::kAnswerCall);
    answer.vc = offer.vc;
    answer.params = offer.params;
    spoil(&answer);
    bob->Ask(answer);
    harness.Settle();
    const std::vector<Message> told = bob->Take();
    ASSERT_EQ(told.size(), 2u);
    EXPECT_NE(ReadMessage<shm::SimpleReply>(told[0]).status, 0u);
    EXPECT_EQ(ReadMessage<shm::VcDeleted>(told[1]).vc, offer.vc);
    EXPECT_EQ(alice->TakeOne<shm::CallReply>().status, static_cast<uint32_t>(Status::kFailure));
  }
}

TEST_F(CallTest, CausesReachTheOtherApplication) {
  shm::IncomingCall offer = Offer();
  auto answer = NewRequest<shm::AnswerCall>(MessageType::kAnswerCall);
  answer.vc = offer.vc;
  answer.status = static_cast<uint32_t>(Status::kNotAccepted);
  answer.cause.value = 17;
  bob->Ask(answer);
  harness.Settle();
  bob->Take();
  EXPECT_EQ(alice->TakeOne<shm::CallReply>().cause.value, 17);
  Connect();
  auto close = NewRequest<shm::CloseCall>(MessageType::kCloseCall);
  close.vc = vc;
  close.cause.value = 31;
  close.cause.diagnostic_length = 1;
  close.cause.diagnostics[0] = 7;
  alice->Ask(close);
  harness.Settle();
  const auto told = bob->TakeOne<shm::IncomingCloseCall>();
  EXPECT_EQ(told.cause.value, 31);
  EXPECT_EQ(told.cause.diagnostics[0], 7);
}

TEST_F(CallTest, C081_ACallChangesForBothApplications) {
  shm::IncomingCall offer = Connect();
  auto change = NewRequest<shm::ModifyCallQoS>(MessageType::kModifyCallQoS);
  change.vc = vc;
  change.params = CallTo("358");
  change.params.transmit.max_sdu_size_bytes = 700;
  const auto reply = harness.Get<shm::CallReply>(*alice, change);
  EXPECT_EQ(reply.status, 0u);
  EXPECT_EQ(reply.params.transmit.max_sdu_size_bytes, 700u);
  const auto told = bob->TakeOne<shm::IncomingCallQoSChange>();
  EXPECT_EQ(told.vc, offer.vc);
  EXPECT_EQ(told.params.receive.max_sdu_size_bytes, 700u);
}

TEST_F(CallTest, C088_AnOfferThatWasChangedIsAcceptedAsItIsNow) {
  shm::IncomingCall offer = Offer();
  auto change = NewRequest<shm::ModifyCallQoS>(MessageType::kModifyCallQoS);
  change.vc = offer.vc;
  change.params = offer.params;
  change.params.receive.max_sdu_size_bytes = 300;
  EXPECT_EQ(harness.Get<shm::CallReply>(*bob, change).status, 0u);
  EXPECT_EQ(harness.Answer(*bob, offer, Status::kSuccess).status, 0u);
  const auto made = alice->TakeOne<shm::CallReply>();
  EXPECT_EQ(made.status, 0u);
  EXPECT_EQ(made.params.transmit.max_sdu_size_bytes, 300u);
  EXPECT_NE(made.params.flags & circuit::kCallParametersChanged, 0u);
}

TEST_F(CallTest, LayersReachTheOtherApplication) {
  auto call = NewRequest<shm::MakeCall>(MessageType::kMakeCall);
  call.vc = vc;
  call.params = CallTo("358");
  call.params.layers.low_count = 1;
  call.params.layers.low[0].present = shm::kLayer2;
  call.params.layers.low[0].layer2_protocol = kLayer2Llc;
  alice->Ask(call);
  harness.Settle();
  const auto offer = bob->TakeOne<shm::IncomingCall>();
  EXPECT_EQ(offer.params.layers.low_count, 1u);
  EXPECT_EQ(offer.params.layers.low[0].layer2_protocol, kLayer2Llc);
}

// As libvcplane of version 1.0 does it.
TEST_F(CallTest, AnOlderClientMakesAndClosesCalls) {
  auto call = NewRequest<shm::MakeCall>(MessageType::kMakeCall);
  call.header.size_bytes = shm::kFirstBytes<shm::MakeCall>;
  call.header.request_id = 99;
  call.vc = vc;
  call.params = CallTo("358");
  EXPECT_TRUE(
      alice->SendBytes({reinterpret_cast<const uint8_t*>(&call), shm::kFirstBytes<shm::MakeCall>}));
  harness.Settle();
  EXPECT_EQ(harness.Answer(*bob, bob->TakeOne<shm::IncomingCall>(), Status::kSuccess).status, 0u);
  EXPECT_EQ(alice->TakeOne<shm::CallReply>().status, 0u);
  auto close = NewRequest<shm::CloseCall>(MessageType::kCloseCall);
  close.header.size_bytes = shm::kFirstBytes<shm::CloseCall>;
  close.header.request_id = 100;
  close.vc = vc;
  EXPECT_TRUE(alice->SendBytes(
      {reinterpret_cast<const uint8_t*>(&close), shm::kFirstBytes<shm::CloseCall>}));
  harness.Settle();
  EXPECT_EQ(alice->TakeOne<shm::SimpleReply>().status, 0u);
}

TEST_F(CallTest, AnOfferIsAnsweredOnce) {
  shm::IncomingCall offer = Connect();
  EXPECT_EQ(harness.Answer(*bob, offer, Status::kSuccess).status,
            static_cast<uint32_t>(Status::kInvalidState));
}

TEST_F(CallTest, AnOfferThatNobodyAnswersTimesOut) {
  shm::IncomingCall offer = Offer();
  harness.clock.Advance(kOfferDeadlineNs);
  harness.Settle();
  EXPECT_EQ(alice->TakeOne<shm::CallReply>().status, static_cast<uint32_t>(Status::kTimedOut));
  EXPECT_EQ(bob->TakeOne<shm::VcDeleted>().vc, offer.vc);
  EXPECT_EQ(harness.Answer(*bob, offer, Status::kSuccess).status,
            static_cast<uint32_t>(Status::kInvalidHandle));
}

TEST_F(CallTest, ClosingACallThatIsBeingMadeAnswersBothRequests) {
  Offer();
  auto request = NewRequest<shm::CloseCall>(MessageType::kCloseCall);
  request.vc = vc;
  uint32_t close_id = alice->Ask(request);
  harness.Settle();
  std::map<uint32_t, uint32_t> statuses;  // by request id
  for (const Message& message : alice->Take()) {
    auto reply = ReadMessage<shm::SimpleReply>(message);  // as a MAKE CALL reply begins, too
    EXPECT_TRUE(statuses.emplace(reply.header.request_id, reply.status).second);
  }
  EXPECT_EQ(statuses,
            (std::map<uint32_t, uint32_t>{{make_id, static_cast<uint32_t>(Status::kRequestAborted)},
                                          {close_id, 0}}));
}

TEST_F(CallTest, ClosingAnOfferedCallRefusesIt) {
  shm::IncomingCall offer = Offer();
  auto request = NewRequest<shm::CloseCall>(MessageType::kCloseCall);
  request.vc = offer.vc;
  bob->Ask(request);
  harness.Settle();
  std::set<uint16_t> types;
  for (const Message& message : bob->Take()) types.insert(TypeOf(message));
  EXPECT_EQ(types,
            (std::set<uint16_t>{static_cast<uint16_t>(MessageType::kVcDeleted),
                                static_cast<uint16_t>(MessageType::kCloseCall) | shm::kReplyBit}));
  EXPECT_NE(alice->TakeOne<shm::CallReply>().status, 0u);
}

TEST_F(CallTest, LabelsOfAnOfferSurviveAnAnswerThatChangesIt) {
  shm::IncomingCall offer = Offer();
  offer.params.flags |= circuit::kCallParametersChanged;
  EXPECT_EQ(harness.Answer(*bob, offer, Status::kSuccess).status, 0u);
  EXPECT_EQ(alice->TakeOne<shm::CallReply>().status, 0u);
  ASSERT_EQ(harness.programmer.active.size(), 2u);
  for (const auto& [key, program] : harness.programmer.active) {
    EXPECT_NE(program.transmit_label, 0u);
    EXPECT_NE(program.receive_label, 0u);
  }
}

TEST_F(CallTest, ACallerThatDiesEndsTheCall) {  // L1
  shm::IncomingCall offer = Connect();
  bob->Take();
  alice->Close();
  harness.Settle();
  EXPECT_EQ(bob->TakeOne<shm::IncomingCloseCall>().vc, offer.vc);
  EXPECT_EQ(harness.plane.channels.size(), 1u);
  auto request = NewRequest<shm::CloseCall>(MessageType::kCloseCall);
  request.vc = offer.vc;
  bob->Ask(request);
  harness.Settle();
  EXPECT_EQ(bob->Take().size(), 2u);
  bob->Close();
  harness.Settle();
  EXPECT_EQ(harness.switchboard.LiveObjectCount(), harness.idle_objects);
}

TEST_F(CallTest, ACalleeThatDiesWithAnOfferFailsTheCall) {  // L1
  Offer();
  bob->Close();
  harness.Settle();
  EXPECT_NE(alice->TakeOne<shm::CallReply>().status, 0u);
}

TEST_F(CallTest, WhoDoesNotReadIsOfferedNoMoreCalls) {
  uint32_t refused = 0;
  for (int i = 0; i < 1000; ++i) {
    harness.BeginCall(*alice, harness.CreateVc(*alice, alices_af), "358");
    for (const Message& message : alice->Take()) {
      EXPECT_EQ(ReadMessage<shm::CallReply>(message).status,
                static_cast<uint32_t>(Status::kBackPressured));
      ++refused;
    }
  }
  EXPECT_GT(refused, 0u);
  uint32_t offered = 0;
  for (size_t last = 1; last != 0;) {
    last = bob->Take().size();
    offered += last;
    harness.Settle();
  }
  EXPECT_EQ(offered + refused, 1000u);
  EXPECT_GT(offered, 512u);  // A burst is not too much.
  EXPECT_FALSE(alice->closed || bob->closed);
}

// Their outcomes come all at once, faster than anybody could read.
TEST_F(CallTest, ManyCallsThatEndAtOnceDoNotEndWhoMadeThem) {
  constexpr uint32_t kCalls = 500;
  for (uint32_t i = 0; i < kCalls; ++i) {
    harness.BeginCall(*alice, harness.CreateVc(*alice, alices_af), "358");
    bob->Take();
  }
  bob->Close();
  harness.Settle();
  uint32_t outcomes = 0;
  for (size_t last = 1; last != 0;) {
    last = alice->Take().size();
    outcomes += last;
    harness.Settle();
  }
  EXPECT_EQ(outcomes, kCalls);
  EXPECT_FALSE(alice->closed);
}

TEST_F(CallTest, HandlesAreTheApplicationsOwn) {  // A7
  uint32_t strangers = bobs_af;
  EXPECT_EQ(strangers, alices_af);  // the same number means something else to each
  for (uint32_t made_up : {0u, 1u, 1u << 16, ~0u, vc + 1, vc + (1u << 20)}) {
    EXPECT_EQ(harness.GetFor<shm::DeleteVc>(*alice, MessageType::kDeleteVc, made_up).status,
              static_cast<uint32_t>(Status::kInvalidHandle));
    EXPECT_EQ(harness.GetFor<shm::CloseCall>(*alice, MessageType::kCloseCall, made_up).status,
              static_cast<uint32_t>(Status::kInvalidHandle));
    auto counters = NewRequest<shm::VcCountersRequest>(MessageType::kVcCounters);
    counters.vc = made_up;
    EXPECT_EQ(harness.Get<shm::VcCountersReply>(*alice, counters).status,
              static_cast<uint32_t>(Status::kInvalidHandle));
  }
}

TEST_F(CallTest, CountersAreTheDataPaths) {
  harness.plane.vc_counters = {.transmitted_sdus = 1,
                               .transmitted_bytes = 2,
                               .transmit_drops = 5,
                               .received_sdus = 3,
                               .received_bytes = 4,
                               .receive_drops = 6};
  auto request = NewRequest<shm::VcCountersRequest>(MessageType::kVcCounters);
  request.vc = vc;
  auto reply = harness.Get<shm::VcCountersReply>(*alice, request);
  EXPECT_EQ(reply.transmitted_sdus, 1u);
  EXPECT_EQ(reply.received_bytes, 4u);
  EXPECT_EQ(reply.transmit_drops, 5u);
  EXPECT_EQ(reply.receive_drops, 6u);
}

TEST(AttachedClient, OpensByNameByAnyNameAndNotOtherwise) {
  AttachHarness harness;
  auto application = harness.Attach();
  auto request = NewRequest<shm::OpenAf>(MessageType::kOpenAf);
  request.family = static_cast<uint32_t>(circuit::AddressFamilyType::kQ2931);
  CopyText("loop0", request.adapter);
  EXPECT_EQ(harness.Get(*application, request).status, 0u);
  CopyText("lan7", request.adapter);
  EXPECT_EQ(harness.Get(*application, request).status, static_cast<uint32_t>(Status::kNoSuchPort));
  CopyText("", request.adapter);
  request.family = 77;
  EXPECT_EQ(harness.Get(*application, request).status,
            static_cast<uint32_t>(Status::kFailure));  // C10
}

TEST(AttachedClient, ClosesWhatItOpened) {
  AttachHarness harness;
  auto application = harness.Attach();
  uint32_t af = harness.OpenAf(*application);
  uint32_t sap = harness.RegisterSap(*application, af, "1");
  EXPECT_NE(harness.GetFor<shm::CloseAf>(*application, MessageType::kCloseAf, af).status, 0u);
  auto gone = harness.GetFor<shm::DeregisterSap>(*application, MessageType::kDeregisterSap, sap);
  EXPECT_EQ(gone.status, 0u);
  EXPECT_EQ(harness.GetFor<shm::CloseAf>(*application, MessageType::kCloseAf, af).status, 0u);
  EXPECT_EQ(harness.GetFor<shm::CloseAf>(*application, MessageType::kCloseAf, af).status,
            static_cast<uint32_t>(Status::kInvalidHandle));
}

TEST(AttachedClient, AnotherSapOnTheSameAddressIsRefused) {  // C21
  AttachHarness harness;
  auto one = harness.Attach();
  auto other = harness.Attach();
  harness.RegisterSap(*one, harness.OpenAf(*one), "1");
  auto request = NewRequest<shm::RegisterSap>(MessageType::kRegisterSap);
  request.af = harness.OpenAf(*other);
  request.sap.address = NumberAbi("1");
  EXPECT_EQ(harness.Get(*other, request).status, static_cast<uint32_t>(Status::kInvalidData));
}

TEST(AttachedClient, TheCallManagerAsksForAnAfAndWaitsForTheAnswerOnlySoLong) {  // C15, C17
  for (bool answers : {true, false}) {
    AttachHarness harness;
    auto application = harness.Attach();
    uint32_t af = harness.OpenAf(*application);
    circuit::AfHandle handle = harness.switchboard.Afs()[0].handle;
    EXPECT_EQ(harness.switchboard.NotifyCloseAddressFamily(handle), Status::kPending);
    harness.Settle();
    EXPECT_EQ(application->TakeOne<shm::NotifyCloseAf>().af, af);
    EXPECT_EQ(harness.GetFor<shm::CloseAf>(*application, MessageType::kCloseAf, af).status, 0u);
    EXPECT_EQ(harness.switchboard.Afs().size(), 1u);
    if (answers) {
      auto told = harness.GetFor<shm::NotifyCloseAfComplete>(
          *application, MessageType::kNotifyCloseAfComplete, af);
      EXPECT_EQ(told.status, 0u);
    } else {
      harness.clock.Advance(kNotifyCloseDeadlineNs);
      harness.Settle();
    }
    EXPECT_TRUE(harness.switchboard.Afs().empty());
    auto again = harness.GetFor<shm::NotifyCloseAfComplete>(
        *application, MessageType::kNotifyCloseAfComplete, af);
    EXPECT_EQ(again.status, static_cast<uint32_t>(Status::kInvalidHandle));
  }
}

TEST(AttachedClient, ParametersWithBytesBehindTheirEndEndTheClient) {
  AttachHarness harness;
  auto application = harness.Attach();
  auto request = NewRequest<shm::RegisterSap>(MessageType::kRegisterSap);
  request.af = harness.OpenAf(*application);
  request.sap.specific.bytes[3] = 1;
  application->Ask(request);
  harness.Settle();
  EXPECT_EQ(application->TakeOne<shm::Evicted>().status,
            static_cast<uint32_t>(Status::kProtocolError));
}

// A port that is gone waits for nobody for ever (C141).
TEST(AttachedClient, C141_WhoDoesNotLetGoOfAPortThatIsGoneIsEvicted) {
  for (const bool answers : {true, false}) {
    AttachHarness harness;
    auto slow = harness.Attach("slow");
    auto prompt = harness.Attach("prompt");
    const uint32_t slows_af = harness.OpenAf(*slow);
    const uint32_t prompts_af = harness.OpenAf(*prompt);
    const circuit::AdapterHandle adapter = harness.switchboard.FindAdapter("loop0");
    int gone = 0;
    EXPECT_EQ(harness.switchboard.RemoveAdapter(adapter, [&](Status) { ++gone; }),
              Status::kPending);
    harness.Settle();
    slow->Take();
    EXPECT_EQ(prompt->TakeOne<shm::NotifyCloseAf>().af, prompts_af);
    EXPECT_EQ(harness.GetFor<shm::CloseAf>(*prompt, MessageType::kCloseAf, prompts_af).status, 0u);
    harness.GetFor<shm::NotifyCloseAfComplete>(*prompt, MessageType::kNotifyCloseAfComplete,
                                               prompts_af);
    if (answers) {
      harness.GetFor<shm::NotifyCloseAfComplete>(*slow, MessageType::kNotifyCloseAfComplete,
                                                 slows_af);
    }
    EXPECT_EQ(gone, 0);
    harness.clock.Advance(kNotifyCloseDeadlineNs);
    harness.Settle();
    EXPECT_EQ(slow->TakeOne<shm::Evicted>().status, static_cast<uint32_t>(Status::kTimedOut));
    EXPECT_EQ(gone, 1);
    harness.Settle();
    // The other one is served, and the port is none that it knows.
    auto open = NewRequest<shm::OpenAf>(MessageType::kOpenAf);
    CopyText("loop0", open.adapter);
    EXPECT_EQ(harness.Get(*prompt, open).status, static_cast<uint32_t>(Status::kNoSuchPort));
    auto oid = NewRequest<shm::OidRequest>(MessageType::kOid);
    CopyText("loop0", oid.adapter);
    EXPECT_EQ(harness.Get<shm::OidReply>(*prompt, oid).status,
              static_cast<uint32_t>(Status::kNoSuchPort));
  }
}

TEST(AttachedClient, C048_NamesItsVcs) {
  AttachHarness harness;
  auto application = harness.Attach();
  const uint32_t vc = harness.CreateVc(*application, harness.OpenAf(*application));
  auto request = NewRequest<shm::NameVc>(MessageType::kNameVc);
  request.vc = vc;
  CopyText("voice", request.base);
  const auto named = harness.Get<shm::NameVcReply>(*application, request);
  EXPECT_EQ(named.status, 0u);
  EXPECT_EQ(named.vc, vc);
  EXPECT_TRUE(TextOf(named.name).starts_with("voice"));
  EXPECT_EQ(harness.switchboard.Vcs()[0].name, TextOf(named.name));
  CopyText("other", request.base);
  EXPECT_EQ(TextOf(harness.Get<shm::NameVcReply>(*application, request).name), TextOf(named.name));
  request.vc = 77;
  EXPECT_EQ(harness.Get<shm::NameVcReply>(*application, request).status,
            static_cast<uint32_t>(Status::kInvalidHandle));
}

}  // namespace
}  // namespace vcp::daemon
