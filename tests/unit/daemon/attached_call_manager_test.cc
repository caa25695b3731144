#include "daemon/attached_call_manager.h"

#include "attach_harness.h"

namespace vcp::daemon {
namespace {

using shm::MessageType;

constexpr uint32_t kFamily = 0x2000;

constexpr uint16_t Number(MessageType type) { return static_cast<uint16_t>(type); }

// Carol is a call manager on the loopback port; alice and bob have opened her family.
class AttachedCallManagerTest : public ::testing::Test {
 protected:
  AttachedCallManagerTest() {
    carol = harness.Attach("carol");
    alice = harness.Attach("alice");
    family = Register(*carol, kFamily).handle;
    alice->Take();
    carol->Take();
    alices_af = OpenAf();
  }

  shm::SimpleReply Register(TestApplication& application, uint32_t number,
                            const std::string& port = "loop0") {
    auto request = NewRequest<shm::CmRegisterFamily>(MessageType::kCmRegisterFamily);
    CopyText(port, request.adapter);
    request.family = number;
    application.Ask(request);
    harness.Settle();
    for (const Message& message : application.Take()) {
      if (TypeOf(message) == (Number(MessageType::kCmRegisterFamily) | shm::kReplyBit)) {
        return ReadMessage<shm::SimpleReply>(message);
      }
    }
    ADD_FAILURE() << "no reply";
    return {};
  }

  uint32_t BeginOpenAf() {
    auto request = NewRequest<shm::OpenAf>(MessageType::kOpenAf);
    request.family = kFamily;
    const uint32_t id = alice->Ask(request);
    harness.Settle();
    return id;
  }
  // Alice's handle; carol's is `carols_af`.
  uint32_t OpenAf() {
    BeginOpenAf();
    const auto asked = carol->TakeOne<shm::CmOperation>();
    EXPECT_EQ(asked.header.type, Number(MessageType::kCmOpenAf));
    EXPECT_EQ(asked.other, family);
    carols_af = asked.handle;
    Complete(asked.operation, Status::kSuccess);
    return alice->TakeOne<shm::SimpleReply>().handle;
  }

  void Complete(uint32_t operation, Status status, const shm::CallParametersAbi& params = {}) {
    auto request = NewRequest<shm::CmComplete>(MessageType::kCmComplete);
    request.operation = operation;
    request.status = static_cast<uint32_t>(status);
    request.params = params;
    EXPECT_EQ(harness.Get(*carol, request).status, 0u);
  }

  // Carol's handle of alice's VC, which is `vc`.
  uint32_t CreateVc() {
    vc = harness.CreateVc(*alice, alices_af);
    return carol->TakeOne<shm::CmOperation>().handle;
  }
  shm::CallReply Activate(uint32_t cm_vc, uint32_t label) {
    auto request = NewRequest<shm::CmActivateVc>(MessageType::kCmActivateVc);
    request.vc = cm_vc;
    request.transmit_label = request.receive_label = label;
    request.params = CallTo("358");
    return harness.Get<shm::CallReply>(*carol, request);
  }
  shm::CmCallOperation BeginCall() {
    harness.BeginCall(*alice, vc, "358");
    return carol->TakeOne<shm::CmCallOperation>();
  }
  // A call of alice's, connected; carol's handle of its VC.
  uint32_t Connect() {
    const uint32_t cm_vc = CreateVc();
    const auto asked = BeginCall();
    EXPECT_EQ(Activate(cm_vc, 200).status, 0u);
    Complete(asked.operation, Status::kSuccess, asked.params);
    EXPECT_EQ(alice->TakeOne<shm::CallReply>().status, 0u);
    return cm_vc;
  }
  shm::SimpleReply Ask(MessageType type, uint32_t handle) {
    return harness.GetFor<shm::CmHandle>(*carol, type, handle);
  }
  uint32_t BeginCloseCall() {
    auto request = NewRequest<shm::CloseCall>(MessageType::kCloseCall);
    request.vc = vc;
    const uint32_t id = alice->Ask(request);
    harness.Settle();
    return id;
  }

  AttachHarness harness;
  std::unique_ptr<TestApplication> carol;
  std::unique_ptr<TestApplication> alice;
  uint32_t family = 0, carols_af = 0, alices_af = 0, vc = 0;
};

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

TEST_F(AttachedCallManagerTest, ACallThatFailsLeavesNoPathBehind) {
  const uint32_t cm_vc = CreateVc();
  const auto asked = BeginCall();
  EXPECT_EQ(Activate(cm_vc, 200).status, 0u);
  Complete(asked.operation, Status::kNotFound);
  EXPECT_NE(alice->TakeOne<shm::CallReply>().status, 0u);
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
  auto create = NewRequest<shm::CmHandle>(MessageType::kCmCreateOwnVc);
  create.handle = family;
  const auto made = harness.Get<shm::CmVcReply>(*carol, create);
  EXPECT_EQ(made.status, 0u);
  EXPECT_EQ(Activate(made.vc, 22).status, 0u);
  const auto channel = harness.server->Clients()[0]->client()->channel();
  EXPECT_TRUE(harness.programmer.active.contains({channel, made.channel_vc}));
  EXPECT_EQ(Ask(MessageType::kCmDeregisterFamily, family).status,
            static_cast<uint32_t>(Status::kNotAccepted));
  EXPECT_EQ(Ask(MessageType::kCmDeleteVc, made.vc).status, 0u);
  EXPECT_TRUE(harness.programmer.active.empty());
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

TEST_F(AttachedCallManagerTest, ItsOwnVcsAreNoClientsVcs) {
  auto create = NewRequest<shm::CmHandle>(MessageType::kCmCreateOwnVc);
  create.handle = family;
  const auto made = harness.Get<shm::CmVcReply>(*carol, create);
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
  carol->Close();
  harness.Settle();
  alice->Close();
  for (int i = 0; i < 4; ++i) harness.Settle();
  EXPECT_EQ(harness.switchboard.LiveObjectCount(), harness.idle_objects);
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
  carol->Close();
  harness.Settle();
  alice->Close();
  for (int i = 0; i < 4; ++i) harness.Settle();
  EXPECT_EQ(harness.switchboard.LiveObjectCount(), harness.idle_objects);
}

TEST_F(AttachedCallManagerTest, C141_ItsFamilyGoesWithThePort) {
  auto create = NewRequest<shm::CmHandle>(MessageType::kCmCreateOwnVc);
  create.handle = family;
  const auto own = harness.Get<shm::CmVcReply>(*carol, create);
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

class OidsOfACallManager : public AttachedCallManagerTest {
 protected:
  static constexpr uint32_t kGetAddresses = 0xFE000006;

  uint32_t BeginQuery(uint32_t capacity_bytes) {
    auto request = NewRequest<shm::OidRequest>(MessageType::kOid);
    request.af = alices_af;
    request.oid = kGetAddresses;
    request.length = capacity_bytes;
    request.timeout_ms = 100;
    const uint32_t id = alice->Ask(request);
    harness.Settle();
    return id;
  }
  void CompleteOid(uint32_t operation, Status status, const std::string& bytes) {
    auto request = NewRequest<shm::CmCompleteOid>(MessageType::kCmCompleteOid);
    request.operation = operation;
    request.status = static_cast<uint32_t>(status);
    request.length = static_cast<uint32_t>(bytes.size());
    std::memcpy(request.data, bytes.data(), bytes.size());
    EXPECT_EQ(harness.Get(*carol, request).status, 0u);
  }
};

TEST_F(OidsOfACallManager, C104_AreAskedAndAnsweredInAnyOrder) {
  const uint32_t first = BeginQuery(512);
  const auto asked = carol->TakeOne<shm::CmOidOperation>();
  EXPECT_EQ(asked.header.type, Number(MessageType::kCmOid));
  EXPECT_EQ(asked.af, carols_af);
  EXPECT_EQ(asked.oid, kGetAddresses);
  EXPECT_EQ(asked.is_set, 0u);
  EXPECT_EQ(asked.length, 512u);
  const uint32_t second = BeginQuery(512);
  CompleteOid(carol->TakeOne<shm::CmOidOperation>().operation, Status::kInvalidOid, "");
  auto reply = alice->TakeOne<shm::OidReply>();
  EXPECT_EQ(reply.header.request_id, second);
  EXPECT_EQ(reply.status, static_cast<uint32_t>(Status::kInvalidOid));
  CompleteOid(asked.operation, Status::kSuccess, "five!");
  reply = alice->TakeOne<shm::OidReply>();
  EXPECT_EQ(reply.header.request_id, first);
  EXPECT_EQ(reply.status, 0u);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(reply.data), reply.length), "five!");
}

TEST_F(OidsOfACallManager, C105_AnAnswerThatIsTooLongSaysHowLong) {
  BeginQuery(4);
  CompleteOid(carol->TakeOne<shm::CmOidOperation>().operation, Status::kSuccess, "five!");
  const auto reply = alice->TakeOne<shm::OidReply>();
  EXPECT_EQ(reply.status, static_cast<uint32_t>(Status::kBufferTooShort));
  EXPECT_EQ(reply.bytes_needed, 5u);
  EXPECT_EQ(reply.length, 0u);
}

TEST_F(OidsOfACallManager, C107_OneThatIsOverdueIsOver) {
  BeginQuery(4);
  const uint32_t operation = carol->TakeOne<shm::CmOidOperation>().operation;
  harness.clock.Advance(kNsPerSecond);
  harness.switchboard.AbortOverdueOids(harness.clock.NowNs());
  harness.Settle();
  EXPECT_EQ(alice->TakeOne<shm::OidReply>().status, static_cast<uint32_t>(Status::kRequestAborted));
  const auto told = carol->TakeOne<shm::CmOperation>();
  EXPECT_EQ(told.header.type, Number(MessageType::kCmOidAborted));
  EXPECT_EQ(told.operation, operation);
  auto late = NewRequest<shm::CmCompleteOid>(MessageType::kCmCompleteOid);
  late.operation = operation;
  EXPECT_EQ(harness.Get(*carol, late).status, static_cast<uint32_t>(Status::kInvalidHandle));
}

TEST_F(OidsOfACallManager, AreSetAndFailWithIt) {
  auto set = NewRequest<shm::OidRequest>(MessageType::kOid);
  set.af = alices_af;
  set.oid = 0xFE000004;
  set.is_set = 1;
  set.length = 2;
  set.data[0] = 7;
  alice->Ask(set);
  harness.Settle();
  const auto asked = carol->TakeOne<shm::CmOidOperation>();
  EXPECT_EQ(asked.is_set, 1u);
  EXPECT_EQ(asked.length, 2u);
  EXPECT_EQ(asked.data[0], 7);
  // It completes as an OID, and not as anything else.
  auto complete = NewRequest<shm::CmComplete>(MessageType::kCmComplete);
  complete.operation = asked.operation;
  EXPECT_EQ(harness.Get(*carol, complete).status, static_cast<uint32_t>(Status::kInvalidHandle));
  carol->Close();
  harness.Settle();
  const std::vector<Message> told = alice->Take();
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(ReadMessage<shm::OidReply>(told[0]).status, static_cast<uint32_t>(Status::kFailure));
}

TEST_F(OidsOfACallManager, C111_C112_ItTellsItsClients) {
  auto watch = NewRequest<shm::WatchStatus>(MessageType::kWatchStatus);
  watch.on = 1;
  EXPECT_EQ(harness.Get(*alice, watch).status, 0u);
  auto tell = NewRequest<shm::CmTellClients>(MessageType::kCmTellClients);
  tell.family = family;
  for (const uint32_t oid : {0xFE000007u, 0xFE000008u, 0xFE000009u}) {
    tell.oid = oid;
    EXPECT_EQ(harness.Get(*carol, tell).status, 0u);
    const auto told = alice->TakeOne<shm::StatusIndicated>();
    EXPECT_EQ(told.af, alices_af);
    EXPECT_EQ(told.code, oid);
  }
  tell.oid = 0xFE00000A;
  EXPECT_EQ(harness.Get(*carol, tell).status, static_cast<uint32_t>(Status::kInvalidData));
  tell.family = 77;
  EXPECT_EQ(harness.Get(*carol, tell).status, static_cast<uint32_t>(Status::kInvalidHandle));
}

}  // namespace
}  // namespace vcp::daemon
