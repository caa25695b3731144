#include "daemon/attached_call_manager.h"

#include "call_manager_fixture.h"
#include "testing/recording_roles.h"

namespace vcp::daemon {
namespace {

using shm::MessageType;

TEST_F(AttachedCallManagerTest, C002_OneProviderOfAFamilyOnAPort) {
  EXPECT_EQ(Register(*alice, kFamily).status, static_cast<uint32_t>(Status::kFailure));
  EXPECT_EQ(Register(*alice, kFamily + 1).status, 0u);
  EXPECT_EQ(Register(*alice, 0).status, static_cast<uint32_t>(Status::kInvalidData));
  EXPECT_EQ(Register(*alice, kFamily + 2, "lan9").status,
            static_cast<uint32_t>(Status::kNoSuchPort));
}

TEST_F(AttachedCallManagerTest, C009_AnOpenThatItRefusesGivesNoHandle) {
  const size_t before = harness.switchboard.Afs().size();
  BeginOpenAf();
  Complete(carol->TakeOne<shm::CmOperation>().operation, Status::kResources);
  const auto reply = alice->TakeOne<shm::SimpleReply>();
  EXPECT_EQ(reply.status, static_cast<uint32_t>(Status::kResources));
  EXPECT_EQ(reply.handle, 0u);
  EXPECT_EQ(harness.switchboard.Afs().size(), before);
}

TEST_F(AttachedCallManagerTest, C011_AnOpenThatItKeepsWaitingHoldsUpItsOwnFamilyOnly) {
  BeginOpenAf();
  const uint32_t operation = carol->TakeOne<shm::CmOperation>().operation;
  harness.CreateVc(*alice, harness.OpenAf(*alice));  // the port's other call manager's
  auto create = NewRequest<shm::CreateVc>(MessageType::kCreateVc);
  create.af = alices_af;
  EXPECT_EQ(harness.Get(*alice, create).status, static_cast<uint32_t>(Status::kInvalidState));
  Complete(operation, Status::kSuccess);
  EXPECT_EQ(alice->TakeOne<shm::SimpleReply>().status, 0u);
  EXPECT_EQ(harness.Get(*alice, create).status, 0u);
}

TEST_F(AttachedCallManagerTest, ACallIsMadeAndClosed) {
  const uint32_t cm_vc = Connect();
  EXPECT_EQ(harness.programmer.active.size(), 1u);
  BeginCloseCall();
  const auto asked = carol->TakeOne<shm::CmEndOperation>();
  EXPECT_EQ(asked.vc, cm_vc);
  Complete(asked.operation, Status::kSuccess);
  EXPECT_EQ(alice->TakeOne<shm::SimpleReply>().status, 0u);
  EXPECT_TRUE(harness.programmer.active.empty());  // C66, though carol did not ask for it
}

TEST_F(AttachedCallManagerTest, C050_NoCallSucceedsOnAVcThatIsNotActive) {
  CreateVc();
  const auto asked = BeginCall();
  Complete(asked.operation, Status::kSuccess, asked.params);
  EXPECT_EQ(alice->TakeOne<shm::CallReply>().status, static_cast<uint32_t>(Status::kFailure));
}

// Its path goes before its client hears, and what it hears is what the call manager said.
TEST_F(AttachedCallManagerTest, ACallThatFailsLeavesNoPathBehind) {
  const uint32_t cm_vc = CreateVc();
  const auto asked = BeginCall();
  EXPECT_EQ(Activate(cm_vc, 200).status, 0u);
  auto complete = NewRequest<shm::CmComplete>(MessageType::kCmComplete);
  complete.operation = asked.operation;
  complete.status = static_cast<uint32_t>(Status::kNotFound);
  complete.params = CallTo("4711");
  complete.cause = {.value = 3, .location = 5};
  EXPECT_EQ(harness.Get(*carol, complete).status, 0u);
  const auto failed = alice->TakeOne<shm::CallReply>();
  EXPECT_EQ(failed.status, static_cast<uint32_t>(Status::kNotFound));
  EXPECT_EQ(failed.cause.value, 3);
  EXPECT_EQ(failed.params.called.length, 4);
  EXPECT_TRUE(harness.programmer.active.empty());
}

TEST_F(AttachedCallManagerTest, ACallIsOfferedAcceptedAndEndedFromTheOtherSide) {
  auto sap = NewRequest<shm::RegisterSap>(MessageType::kRegisterSap);
  sap.af = alices_af;
  sap.sap.address = NumberAbi("358");
  alice->Ask(sap);
  harness.Settle();
  const auto registering = carol->TakeOne<shm::CmSapOperation>();
  EXPECT_EQ(registering.af, carols_af);
  EXPECT_EQ(registering.sap_content.address.length, 3);
  Complete(registering.operation, Status::kSuccess);
  const uint32_t alices_sap = alice->TakeOne<shm::SimpleReply>().handle;

  auto create = NewRequest<shm::CmHandle>(MessageType::kCmCreateVc);
  create.handle = carols_af;
  const uint32_t cm_vc = harness.Get<shm::CmVcReply>(*carol, create).vc;
  EXPECT_EQ(Activate(cm_vc, 300).status, 0u);
  auto offer = NewRequest<shm::CmCall>(MessageType::kCmIncomingCall);
  offer.vc = cm_vc;
  offer.sap = registering.sap;
  offer.params = CallTo("358");
  const uint32_t offer_id = carol->Ask(offer);
  harness.Settle();
  const auto offered = alice->TakeOne<shm::IncomingCall>();
  EXPECT_EQ(offered.sap, alices_sap);
  EXPECT_EQ(harness.Answer(*alice, offered, Status::kSuccess).status, 0u);
  const auto answered = carol->TakeOne<shm::CallReply>();
  EXPECT_EQ(answered.header.request_id, offer_id);
  EXPECT_EQ(answered.status, 0u);

  EXPECT_EQ(Ask(MessageType::kCmCallConnected, cm_vc).status, 0u);
  EXPECT_EQ(alice->TakeOne<shm::CallConnected>().vc, offered.vc);
  auto end = NewRequest<shm::CmEnd>(MessageType::kCmIncomingCloseCall);
  end.handle = cm_vc;
  EXPECT_EQ(harness.Get(*carol, end).status, 0u);
  EXPECT_EQ(alice->TakeOne<shm::IncomingCloseCall>().vc, offered.vc);
  vc = offered.vc;
  BeginCloseCall();
  Complete(carol->TakeOne<shm::CmEndOperation>().operation, Status::kSuccess);
  alice->Take();
  EXPECT_EQ(Ask(MessageType::kCmDeleteVc, cm_vc).status, 0u);
  EXPECT_EQ(alice->TakeOne<shm::VcDeleted>().vc, offered.vc);
}

TEST_F(AttachedCallManagerTest, OwnVcsCarrySignalingAndEndBeforeTheirFamily) {
  const auto made = CreateOwnVc();
  EXPECT_EQ(made.status, 0u);
  EXPECT_EQ(Activate(made.vc, 22).status, 0u);
  const auto channel = harness.server->Clients()[0]->client()->channel();
  EXPECT_TRUE(harness.programmer.active.contains({channel, made.channel_vc}));
  EXPECT_EQ(Ask(MessageType::kCmDeregisterFamily, family).status,
            static_cast<uint32_t>(Status::kNotAccepted));
  EXPECT_EQ(Ask(MessageType::kCmDeleteVc, made.vc).status, 0u);
  EXPECT_TRUE(harness.programmer.active.empty());
}

TEST_F(AttachedCallManagerTest, C048_ItNamesItsClientsVcsAndItsOwn) {
  const auto name = [this](uint32_t cm_vc, const char* base) {
    auto request = NewRequest<shm::NameVc>(MessageType::kCmNameVc);
    request.vc = cm_vc;
    CopyText(base, request.base);
    return harness.Get<shm::NameVcReply>(*carol, request);
  };
  const uint32_t clients = CreateVc();
  const auto named = name(clients, "trunk");
  EXPECT_EQ(named.status, 0u);
  EXPECT_EQ(named.vc, clients);
  const std::string given(TextOf(named.name));
  EXPECT_TRUE(given.starts_with("trunk"));
  EXPECT_EQ(TextOf(name(clients, "other").name), given);
  // It is the VC's, whoever asks.
  auto asks = NewRequest<shm::NameVc>(MessageType::kNameVc);
  asks.vc = vc;
  CopyText("mine", asks.base);
  EXPECT_EQ(TextOf(harness.Get<shm::NameVcReply>(*alice, asks).name), given);
  auto create = NewRequest<shm::CmHandle>(MessageType::kCmCreateOwnVc);
  create.handle = family;
  const auto own = name(harness.Get<shm::CmVcReply>(*carol, create).vc, "signaling");
  EXPECT_EQ(own.status, 0u);
  EXPECT_TRUE(TextOf(own.name).starts_with("signaling"));
  EXPECT_EQ(name(77, "x").status, static_cast<uint32_t>(Status::kInvalidHandle));
  EXPECT_EQ(name(own.vc, "").status, 0u);  // it has one
}

TEST_F(AttachedCallManagerTest, C014_DeregisteringHasItsClientsCloseFirst) {
  auto request = NewRequest<shm::CmHandle>(MessageType::kCmDeregisterFamily);
  request.handle = family;
  const uint32_t id = carol->Ask(request);
  harness.Settle();
  EXPECT_EQ(alice->TakeOne<shm::NotifyCloseAf>().af, alices_af);
  auto close = NewRequest<shm::CloseAf>(MessageType::kCloseAf);
  close.af = alices_af;
  alice->Ask(close);
  harness.Settle();
  const auto asked = carol->TakeOne<shm::CmOperation>();
  EXPECT_EQ(asked.header.type, Number(MessageType::kCmCloseAf));
  auto complete = NewRequest<shm::CmComplete>(MessageType::kCmComplete);
  complete.operation = asked.operation;
  carol->Ask(complete);
  harness.Settle();
  EXPECT_EQ(alice->TakeOne<shm::SimpleReply>().status, 0u);
  auto closed = NewRequest<shm::NotifyCloseAfComplete>(MessageType::kNotifyCloseAfComplete);
  closed.af = alices_af;
  EXPECT_EQ(harness.Get(*alice, closed).status, 0u);
  harness.Settle();
  const std::vector<Message> told = carol->Take();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(RequestIdOf(told.back()), id);
}

TEST_F(AttachedCallManagerTest, WhatItNeverHadIsRefused) {
  for (const auto type :
       {MessageType::kCmDeregisterFamily, MessageType::kCmNotifyCloseAf, MessageType::kCmDeleteVc,
        MessageType::kCmDeactivateVc, MessageType::kCmCallConnected}) {
    EXPECT_EQ(Ask(type, 0xdeadbeef).status, static_cast<uint32_t>(Status::kInvalidHandle));
  }
  auto complete = NewRequest<shm::CmComplete>(MessageType::kCmComplete);
  complete.operation = 77;
  EXPECT_EQ(harness.Get(*carol, complete).status, static_cast<uint32_t>(Status::kInvalidHandle));
  auto end = NewRequest<shm::CmEnd>(MessageType::kCmIncomingDropParty);
  EXPECT_EQ(harness.Get(*carol, end).status, static_cast<uint32_t>(Status::kInvalidHandle));
  EXPECT_EQ(Activate(77, 200).status, static_cast<uint32_t>(Status::kInvalidHandle));
}

// An offer where there can be none leaves alone what is asked about the VC.
TEST_F(AttachedCallManagerTest, C045_NothingIsOfferedOnAVcWithACall) {
  auto sap = NewRequest<shm::RegisterSap>(MessageType::kRegisterSap);
  sap.af = alices_af;
  sap.sap.address = NumberAbi("358");
  alice->Ask(sap);
  harness.Settle();
  auto offer = NewRequest<shm::CmCall>(MessageType::kCmIncomingCall);
  {
    const auto registering = carol->TakeOne<shm::CmSapOperation>();
    Complete(registering.operation, Status::kSuccess);
    alice->Take();
    offer.sap = registering.sap;
  }
  offer.vc = CreateVc();
  offer.params = CallTo("358");
  const auto asked = BeginCall();
  EXPECT_EQ(harness.Get<shm::CallReply>(*carol, offer).status,
            static_cast<uint32_t>(Status::kNotAccepted));
  EXPECT_EQ(Activate(offer.vc, 200).status, 0u);
  Complete(asked.operation, Status::kSuccess, asked.params);
  EXPECT_EQ(alice->TakeOne<shm::CallReply>().status, 0u);
}

TEST_F(AttachedCallManagerTest, C043_DeactivatingTwiceSaysWhy) {
  const uint32_t cm_vc = CreateVc();
  const auto deactivate = [&] { return Ask(MessageType::kCmDeactivateVc, cm_vc).status; };
  EXPECT_EQ(deactivate(), static_cast<uint32_t>(Status::kNotAccepted));
  const auto asked = BeginCall();
  EXPECT_EQ(Activate(cm_vc, 200).status, 0u);
  Complete(asked.operation, Status::kSuccess, asked.params);
  alice->Take();
  harness.answer_data_path = false;
  auto request = NewRequest<shm::CmHandle>(MessageType::kCmDeactivateVc);
  request.handle = cm_vc;
  const uint32_t first = carol->Ask(request);
  harness.Settle();
  EXPECT_EQ(deactivate(), static_cast<uint32_t>(Status::kClosing));
  harness.answer_data_path = true;
  harness.Settle();
  const auto reply = carol->TakeOne<shm::SimpleReply>();
  EXPECT_EQ(reply.header.request_id, first);
  EXPECT_EQ(reply.status, 0u);
  EXPECT_EQ(deactivate(), static_cast<uint32_t>(Status::kNotAccepted));
}

TEST_F(AttachedCallManagerTest, ItsOwnVcsAreNoClientsVcs) {
  const auto made = CreateOwnVc();
  auto modify = NewRequest<shm::ModifyCallQoS>(MessageType::kModifyCallQoS);
  modify.vc = made.channel_vc;
  modify.params = CallTo("358");
  EXPECT_EQ(harness.Get<shm::CallReply>(*carol, modify).status,
            static_cast<uint32_t>(Status::kInvalidHandle));
  auto make = NewRequest<shm::MakeCall>(MessageType::kMakeCall);
  make.vc = made.channel_vc;
  EXPECT_EQ(harness.Get<shm::CallReply>(*carol, make).status,
            static_cast<uint32_t>(Status::kInvalidHandle));
  EXPECT_EQ(harness.GetFor<shm::CloseCall>(*carol, MessageType::kCloseCall, made.channel_vc).status,
            static_cast<uint32_t>(Status::kInvalidHandle));
  EXPECT_EQ(harness.GetFor<shm::DeleteVc>(*carol, MessageType::kDeleteVc, made.channel_vc).status,
            static_cast<uint32_t>(Status::kInvalidHandle));
}

TEST_F(AttachedCallManagerTest, AClientsVcIsActiveForACallOnly) {
  const uint32_t cm_vc = CreateVc();
  EXPECT_EQ(Activate(cm_vc, 200).status, static_cast<uint32_t>(Status::kInvalidState));
  const auto asked = BeginCall();
  EXPECT_EQ(Activate(cm_vc, 21).status, static_cast<uint32_t>(Status::kInvalidData));
  // Success before the path is up is none.
  harness.answer_data_path = false;
  auto activate = NewRequest<shm::CmActivateVc>(MessageType::kCmActivateVc);
  activate.vc = cm_vc;
  activate.transmit_label = activate.receive_label = 200;
  carol->Ask(activate);
  harness.Settle();
  Complete(asked.operation, Status::kSuccess, asked.params);
  harness.answer_data_path = true;
  harness.Settle();
  EXPECT_EQ(alice->TakeOne<shm::CallReply>().status, static_cast<uint32_t>(Status::kFailure));
  EXPECT_TRUE(harness.programmer.active.empty());
}

TEST_F(AttachedCallManagerTest, NobodyRefusesToLetGo) {
  Connect();
  BeginCloseCall();
  Complete(carol->TakeOne<shm::CmEndOperation>().operation, Status::kFailure);
  EXPECT_EQ(alice->TakeOne<shm::SimpleReply>().status, 0u);
  EXPECT_EQ(harness.GetFor<shm::DeleteVc>(*alice, MessageType::kDeleteVc, vc).status, 0u);
  carol->Take();
  auto close = NewRequest<shm::CloseAf>(MessageType::kCloseAf);
  close.af = alices_af;
  alice->Ask(close);
  harness.Settle();
  Complete(carol->TakeOne<shm::CmOperation>().operation, Status::kFailure);
  EXPECT_EQ(alice->TakeOne<shm::SimpleReply>().status, 0u);
}

TEST_F(AttachedCallManagerTest, AClosedFamilyTakesIdleVcsAlong) {
  auto create = NewRequest<shm::CmHandle>(MessageType::kCmCreateVc);
  create.handle = carols_af;
  const uint32_t cm_vc = harness.Get<shm::CmVcReply>(*carol, create).vc;
  EXPECT_EQ(Activate(cm_vc, 300).status, 0u);
  auto close = NewRequest<shm::CloseAf>(MessageType::kCloseAf);
  close.af = alices_af;
  const uint32_t id = alice->Ask(close);
  harness.Settle();
  Complete(carol->TakeOne<shm::CmOperation>().operation, Status::kSuccess);
  const std::vector<Message> told = alice->Take();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(RequestIdOf(told.back()), id);
  EXPECT_TRUE(harness.switchboard.Vcs().empty());
  EXPECT_TRUE(harness.programmer.active.empty());
}

TEST_F(AttachedCallManagerTest, C015_AskingOneClientToCloseIsAnswered) {
  auto notify = NewRequest<shm::CmHandle>(MessageType::kCmNotifyCloseAf);
  notify.handle = carols_af;
  const uint32_t id = carol->Ask(notify);
  harness.Settle();
  EXPECT_EQ(alice->TakeOne<shm::NotifyCloseAf>().af, alices_af);
  auto close = NewRequest<shm::CloseAf>(MessageType::kCloseAf);
  close.af = alices_af;
  alice->Ask(close);
  harness.Settle();
  Complete(carol->TakeOne<shm::CmOperation>().operation, Status::kSuccess);
  alice->Take();
  auto closed = NewRequest<shm::NotifyCloseAfComplete>(MessageType::kNotifyCloseAfComplete);
  closed.af = alices_af;
  EXPECT_EQ(harness.Get(*alice, closed).status, 0u);
  const auto answer = carol->TakeOne<shm::SimpleReply>();
  EXPECT_EQ(answer.header.request_id, id);
  EXPECT_EQ(answer.status, 0u);
}

TEST_F(AttachedCallManagerTest, AnAnswerThatMakesNoSenseFailsWhatWasAsked) {
  CreateVc();
  const auto asked = BeginCall();
  auto complete = NewRequest<shm::CmComplete>(MessageType::kCmComplete);
  complete.operation = asked.operation;
  complete.status = 4711;
  EXPECT_EQ(harness.Get(*carol, complete).status, static_cast<uint32_t>(Status::kInvalidData));
  EXPECT_EQ(alice->TakeOne<shm::CallReply>().status, static_cast<uint32_t>(Status::kFailure));
}

TEST_F(AttachedCallManagerTest, OneThatKeepsClientsWaitingIsEvicted) {
  BeginOpenAf();
  carol->Take();
  harness.clock.Advance(kCallManagerDeadlineNs);
  harness.Settle();
  const std::vector<Message> alices = alice->Take();
  ASSERT_EQ(alices.size(), 2u);
  EXPECT_EQ(ReadMessage<shm::SimpleReply>(alices[0]).status,
            static_cast<uint32_t>(Status::kFailure));
  EXPECT_EQ(TypeOf(alices[1]), Number(MessageType::kNotifyCloseAf));
  const std::vector<Message> told = carol->Take();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(TypeOf(told.back()), Number(MessageType::kEvicted));
}

TEST_F(AttachedCallManagerTest, EachOperationHasItsOwnTenSeconds) {
  const auto ask = [this](const char* digits) {
    auto request = NewRequest<shm::RegisterSap>(MessageType::kRegisterSap);
    request.af = alices_af;
    request.sap.address = NumberAbi(digits);
    alice->Ask(request);
    harness.Settle();
    return carol->TakeOne<shm::CmSapOperation>().operation;
  };
  const uint32_t oldest = ask("1");
  harness.clock.Advance(kCallManagerDeadlineNs - kNsPerSecond);
  EXPECT_NE(ask("2"), 0u);  // and it is lost
  Complete(oldest, Status::kSuccess);
  harness.clock.Advance(kCallManagerDeadlineNs - kNsPerSecond);
  Complete(ask("3"), Status::kSuccess);  // which helps nothing
  harness.clock.Advance(kNsPerSecond - 1);
  harness.Settle();
  EXPECT_TRUE(carol->Take().empty());
  harness.clock.Advance(1);
  harness.Settle();
  EXPECT_EQ(carol->TakeOne<shm::Evicted>().status, static_cast<uint32_t>(Status::kTimedOut));
}

TEST_F(AttachedCallManagerTest, C016_ItsDeathClosesEverythingInOrder) {
  Connect();
  BeginOpenAf();
  auto create = NewRequest<shm::CmHandle>(MessageType::kCmCreateOwnVc);
  create.handle = family;
  carol->Take();
  EXPECT_EQ(harness.Get<shm::CmVcReply>(*carol, create).status, 0u);
  carol->Close();
  harness.Settle();
  // What was under way failed; what is open is to be closed.
  const std::vector<Message> told = alice->Take();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(ReadMessage<shm::SimpleReply>(told[0]).status, static_cast<uint32_t>(Status::kFailure));
  EXPECT_EQ(ReadMessage<shm::NotifyCloseAf>(told[1]).af, alices_af);
  // Its channel is gone already; its clients' calls are not.
  EXPECT_EQ(harness.plane.channels.size(), 1u);
  EXPECT_EQ(harness.programmer.active.size(), 1u);

  EXPECT_EQ(harness.GetFor<shm::CloseCall>(*alice, MessageType::kCloseCall, vc).status, 0u);
  EXPECT_TRUE(harness.programmer.active.empty());
  EXPECT_EQ(harness.GetFor<shm::DeleteVc>(*alice, MessageType::kDeleteVc, vc).status, 0u);
  EXPECT_EQ(harness.GetFor<shm::CloseAf>(*alice, MessageType::kCloseAf, alices_af).status, 0u);
  auto closed = NewRequest<shm::NotifyCloseAfComplete>(MessageType::kNotifyCloseAfComplete);
  closed.af = alices_af;
  EXPECT_EQ(harness.Get(*alice, closed).status, 0u);
  harness.Settle();
  // Somebody else may offer the family now.
  EXPECT_EQ(Register(*alice, kFamily).status, 0u);
}

TEST_F(AttachedCallManagerTest, NothingIsLeftOfItAndItsClients) {
  Connect();
  ExpectNothingLeftOfThem();
  EXPECT_TRUE(harness.plane.channels.empty());
  EXPECT_TRUE(harness.programmer.active.empty());
}

TEST_F(AttachedCallManagerTest, TheDaemonEndsWithIt) {
  Connect();
  bool done = false;
  harness.server->ShutDown([&done] { done = true; });
  for (int i = 0; i < 4; ++i) harness.Settle();
  EXPECT_TRUE(done);
  EXPECT_EQ(harness.switchboard.LiveObjectCount(), harness.idle_objects);
}

TEST_F(AttachedCallManagerTest, ItMayBeItsOwnClient) {
  auto request = NewRequest<shm::OpenAf>(MessageType::kOpenAf);
  request.family = kFamily;
  carol->Ask(request);
  harness.Settle();
  auto complete = NewRequest<shm::CmComplete>(MessageType::kCmComplete);
  complete.operation = carol->TakeOne<shm::CmOperation>().operation;
  carol->Ask(complete);
  harness.Settle();
  EXPECT_EQ(carol->Take().size(), 2u);
  ExpectNothingLeftOfThem();
}

TEST_F(AttachedCallManagerTest, C141_ItsFamilyGoesWithThePort) {
  const auto own = CreateOwnVc();
  EXPECT_EQ(Activate(own.vc, 22).status, 0u);
  int gone = 0;
  EXPECT_EQ(harness.switchboard.RemoveAdapter(harness.switchboard.FindAdapter("loop0"),
                                              [&](Status) { ++gone; }),
            Status::kPending);
  harness.Settle();
  EXPECT_TRUE(carol->Take().empty());  // Its clients come first.
  alice->Close();
  harness.Settle();
  auto closed = NewRequest<shm::CmComplete>(MessageType::kCmComplete);
  closed.operation = carol->TakeOne<shm::CmOperation>().operation;  // the AF's end
  carol->Ask(closed);
  harness.Settle();
  std::vector<uint16_t> told;
  for (const Message& message : carol->Take()) told.push_back(TypeOf(message));
  ASSERT_EQ(told.size(), 3u);
  EXPECT_EQ(told[1], Number(MessageType::kCmFamilyClosed));
  EXPECT_EQ(told[2], Number(MessageType::kCmVcDeleted));
  EXPECT_EQ(gone, 1);
  EXPECT_TRUE(harness.programmer.active.empty());
  EXPECT_EQ(Ask(MessageType::kCmDeregisterFamily, family).status,
            static_cast<uint32_t>(Status::kInvalidHandle));
  EXPECT_EQ(Ask(MessageType::kCmDeleteVc, own.vc).status,
            static_cast<uint32_t>(Status::kInvalidHandle));
}

// A port of carol's that is gone while somebody keeps it from pausing, and her own VC is up.
class OnARemovedPort : public AttachedCallManagerTest {
 protected:
  OnARemovedPort() {
    own_vc = CreateOwnVc().vc;
    EXPECT_EQ(Activate(own_vc, 22).status, 0u);
    alice->Close();
    harness.Settle();
    Complete(carol->TakeOne<shm::CmOperation>().operation, Status::kSuccess);  // the AF's end
    busy.pause = Status::kPending;
    EXPECT_EQ(harness.switchboard.OpenBinding(&busy, adapter, &busys), Status::kSuccess);
  }
  void Remove() {
    EXPECT_EQ(harness.switchboard.RemoveAdapter(adapter, [this](Status) { ++gone; }),
              Status::kPending);
    harness.Settle();
  }
  void Pass(uint64_t ns) {
    harness.clock.Advance(ns);
    harness.Settle();
  }
  // Her own VC's path falls only when she returns what she holds of it, or is gone herself.
  void ExpectTheHolderEvicted() {
    harness.answer_data_path = false;
    Pass(kNotifyCloseDeadlineNs);
    EXPECT_TRUE(carol->Take().empty());
    Pass(kNotifyCloseDeadlineNs);
    EXPECT_EQ(carol->TakeOne<shm::Evicted>().status, static_cast<uint32_t>(Status::kTimedOut));
    harness.answer_data_path = true;
    harness.Settle();
    EXPECT_TRUE(harness.programmer.active.empty());
    EXPECT_EQ(gone, 0);
    harness.switchboard.PauseBindingComplete(busys);
    harness.Settle();
    EXPECT_EQ(gone, 1);
  }

  const circuit::AdapterHandle adapter = harness.switchboard.FindAdapter("loop0");
  testing::RecordingClient busy;
  circuit::BindingHandle busys;
  uint32_t own_vc = 0;
  int gone = 0;
};

TEST_F(OnARemovedPort, C141_WhoHoldsWhatCameByItIsEvicted) {
  Remove();
  ExpectTheHolderEvicted();
}

TEST_F(OnARemovedPort, C141_AlsoWhenItPausedBefore) {
  EXPECT_EQ(harness.switchboard.PauseAdapter(adapter), Status::kPending);
  Pass(100 * kNotifyCloseDeadlineNs);
  EXPECT_TRUE(carol->Take().empty());  // A pause may last.
  EXPECT_EQ(harness.programmer.active.size(), 1u);
  Remove();
  ExpectTheHolderEvicted();
}

TEST_F(OnARemovedPort, C141_WhoHoldsNothingLosesItsVcAndStays) {
  Remove();
  Pass(kNotifyCloseDeadlineNs);
  EXPECT_EQ(carol->TakeOne<shm::CmOperation>().header.type, Number(MessageType::kCmVcDeleted));
  Pass(100 * kNotifyCloseDeadlineNs);
  EXPECT_TRUE(carol->Take().empty());
  harness.switchboard.PauseBindingComplete(busys);
  harness.Settle();
  EXPECT_EQ(carol->TakeOne<shm::CmOperation>().header.type, Number(MessageType::kCmFamilyClosed));
  EXPECT_EQ(gone, 1);
}

}  // namespace
}  // namespace vcp::daemon
