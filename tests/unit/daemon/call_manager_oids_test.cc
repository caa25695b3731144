// OIDs between a call manager outside the daemon and its clients (C19, C104 to C107, C111, C112).
#include <cstring>
#include <string>

#include "call_manager_fixture.h"

namespace vcp::daemon {
namespace {

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

TEST_F(OidsOfACallManager, C107_OneIsCancelledByWhoAsked) {
  const uint32_t id = BeginQuery(4);
  const uint32_t operation = carol->TakeOne<shm::CmOidOperation>().operation;
  auto cancel = NewRequest<shm::CancelOid>(MessageType::kCancelOid);
  cancel.request = id;
  const uint32_t cancel_id = alice->Ask(cancel);
  harness.Settle();
  const std::vector<Message> told = alice->Take();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(RequestIdOf(told[0]), id);
  EXPECT_EQ(ReadMessage<shm::OidReply>(told[0]).status,
            static_cast<uint32_t>(Status::kRequestAborted));
  EXPECT_EQ(RequestIdOf(told[1]), cancel_id);
  EXPECT_EQ(ReadMessage<shm::SimpleReply>(told[1]).status, 0u);
  const auto aborted = carol->TakeOne<shm::CmOperation>();
  EXPECT_EQ(aborted.header.type, Number(MessageType::kCmOidAborted));
  EXPECT_EQ(aborted.operation, operation);
  // Nothing has that number any more, and one's other requests never had.
  for (const uint32_t other : {id, cancel_id, 0u}) {
    cancel.request = other;
    EXPECT_EQ(harness.Get(*alice, cancel).status, static_cast<uint32_t>(Status::kNotFound));
  }
  cancel.reserved = 1;
  alice->Ask(cancel);
  harness.Settle();
  alice->Take();
  EXPECT_TRUE(alice->closed);
}

TEST_F(OidsOfACallManager, C107_ARequestOfAnotherClientIsNotCancelled) {
  const uint32_t id = BeginQuery(4);
  carol->Take();
  auto bob = harness.Attach("bob");
  auto cancel = NewRequest<shm::CancelOid>(MessageType::kCancelOid);
  cancel.request = id;
  EXPECT_EQ(harness.Get(*bob, cancel).status, static_cast<uint32_t>(Status::kNotFound));
  EXPECT_TRUE(alice->Take().empty());
}

TEST_F(OidsOfACallManager, C115_AStatusNamesTheRequestItIsAbout) {
  auto watch = NewRequest<shm::WatchStatus>(MessageType::kWatchStatus);
  watch.on = 1;
  EXPECT_EQ(harness.Get(*alice, watch).status, 0u);
  const circuit::AdapterHandle adapter = harness.switchboard.FindAdapter("loop0");
  // To each binding alone; of their clients only Alice watches.
  for (uint32_t index = 0; index < 16; ++index) {
    const auto each = circuit::BindingHandle::FromValue(1u << 20 | index);
    if (!harness.switchboard.FindBindingState(each)) continue;
    EXPECT_EQ(
        harness.switchboard.IndicateStatus(adapter, {}, {.destination = each, .request_id = 7}),
        Status::kSuccess);
  }
  harness.Settle();
  EXPECT_EQ(alice->TakeOne<shm::StatusIndicated>().request, 7u);
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

TEST_F(OidsOfACallManager, C106_WithoutThemClientsAreToldAtOnce) {
  EXPECT_EQ(Register(*carol, kFamily + 1, "loop0", 0).status, 0u);
  alice->Take();
  auto open = NewRequest<shm::OpenAf>(MessageType::kOpenAf);
  open.family = kFamily + 1;
  alice->Ask(open);
  harness.Settle();
  auto opened = NewRequest<shm::CmComplete>(MessageType::kCmComplete);
  opened.operation = carol->TakeOne<shm::CmOperation>().operation;
  EXPECT_EQ(harness.Get(*carol, opened).status, 0u);
  alices_af = alice->TakeOne<shm::SimpleReply>().handle;
  BeginQuery(512);
  EXPECT_EQ(alice->TakeOne<shm::OidReply>().status, static_cast<uint32_t>(Status::kNotSupported));
  EXPECT_TRUE(carol->Take().empty());
}

// --- what it sets at its clients ---

class SetsOfACallManager : public OidsOfACallManager {
 protected:
  static constexpr uint32_t kAfClose = 0xFE00000A, kTheirs = 0xFF000001;

  uint32_t BeginSet(uint32_t oid, const std::string& bytes = "", uint32_t cm_vc = 0) {
    auto request = NewRequest<shm::CmSetOid>(MessageType::kCmSetOid);
    request.af = carols_af;
    request.vc = cm_vc;
    request.oid = oid;
    request.length = static_cast<uint32_t>(bytes.size());
    std::memcpy(request.data, bytes.data(), bytes.size());
    const uint32_t id = carol->Ask(request);
    harness.Settle();
    return id;
  }
  uint32_t Set(uint32_t oid, const std::string& bytes = "", uint32_t cm_vc = 0) {
    const uint32_t id = BeginSet(oid, bytes, cm_vc);
    const auto reply = carol->TakeOne<shm::SimpleReply>();
    EXPECT_EQ(reply.header.request_id, id);
    return reply.status;
  }
  void Watch() {
    auto watch = NewRequest<shm::WatchStatus>(MessageType::kWatchStatus);
    watch.on = 1;
    EXPECT_EQ(harness.Get(*alice, watch).status, 0u);
  }
  void AnswerNotify(Status status) {
    auto answer = NewRequest<shm::NotifyCloseAfComplete>(MessageType::kNotifyCloseAfComplete);
    answer.af = alices_af;
    answer.status = static_cast<uint32_t>(status);
    EXPECT_EQ(harness.Get(*alice, answer).status, 0u);
  }
};

TEST_F(SetsOfACallManager, C019_AskingToCloseByOidLeadsToTheSameSteps) {
  const uint32_t id = BeginSet(kAfClose);
  EXPECT_TRUE(carol->Take().empty());  // the client has not answered
  EXPECT_EQ(alice->TakeOne<shm::NotifyCloseAf>().af, alices_af);
  auto close = NewRequest<shm::CloseAf>(MessageType::kCloseAf);
  close.af = alices_af;
  alice->Ask(close);
  harness.Settle();
  Complete(carol->TakeOne<shm::CmOperation>().operation, Status::kSuccess);
  alice->Take();
  AnswerNotify(Status::kSuccess);
  const auto answer = carol->TakeOne<shm::SimpleReply>();
  EXPECT_EQ(answer.header.request_id, id);
  EXPECT_EQ(answer.handle, carols_af);
  EXPECT_EQ(answer.status, 0u);
  EXPECT_EQ(Set(kAfClose), static_cast<uint32_t>(Status::kInvalidHandle));
}

TEST_F(SetsOfACallManager, C019_AClientMayRefuseToClose) {
  const uint32_t id = BeginSet(kAfClose);
  alice->Take();
  EXPECT_EQ(Set(kAfClose), static_cast<uint32_t>(Status::kInvalidState));  // one at a time
  AnswerNotify(Status::kNotAccepted);
  const auto answer = carol->TakeOne<shm::SimpleReply>();
  EXPECT_EQ(answer.header.request_id, id);
  EXPECT_EQ(answer.status, static_cast<uint32_t>(Status::kNotAccepted));
}

TEST_F(SetsOfACallManager, C019_ItsDeathMeanwhileLeavesNothing) {
  BeginSet(kAfClose);
  ExpectNothingLeftOfThem();
}

TEST_F(SetsOfACallManager, TheirOwnReachWhoWatches) {
  const uint32_t cm_vc = CreateVc();
  EXPECT_EQ(Set(kTheirs, "hello"), static_cast<uint32_t>(Status::kNotSupported));
  Watch();
  EXPECT_EQ(Set(kTheirs, "hello", cm_vc), 0u);
  const auto told = alice->TakeOne<shm::StatusIndicated>();
  EXPECT_EQ(told.af, alices_af);
  EXPECT_EQ(told.vc, vc);
  EXPECT_EQ(told.code, kTheirs);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(told.data), told.length), "hello");
  EXPECT_EQ(Set(kTheirs, std::string(128, 'x')), 0u);
  EXPECT_EQ(alice->TakeOne<shm::StatusIndicated>().length, 128u);
  EXPECT_EQ(Set(kTheirs, std::string(129, 'x')), static_cast<uint32_t>(Status::kInvalidLength));
  EXPECT_EQ(Set(kTheirs, "", 77), static_cast<uint32_t>(Status::kInvalidHandle));
  EXPECT_EQ(Set(0x0001FFFF), static_cast<uint32_t>(Status::kInvalidOid));
}

TEST_F(SetsOfACallManager, C111_OneClientIsToldOfItsAddresses) {
  Watch();
  EXPECT_EQ(Set(0xFE000007), 0u);
  EXPECT_EQ(alice->TakeOne<shm::StatusIndicated>().code, 0xFE000007u);
}

}  // namespace
}  // namespace vcp::daemon
