// OIDs and status as an application has them (C102, C105, C111, C114).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "client/vcplane_cm.h"
#include "fake_daemon.h"

namespace vcp::client {
namespace {

using shm::MessageType;

constexpr uint32_t kXmitPdusOk = 0x00020101;

class OidsTest : public ClientTest {
 protected:
  static vcp_oid_target Port() {
    vcp_oid_target target = VCP_OID_TARGET_INIT;
    target.adapter = "wire";
    return target;
  }
  vcp_event Answer(const shm::MessageHeader& request, vcp_status status,
                   const std::vector<uint8_t>& bytes) {
    shm::OidReply reply{};
    reply.status = status;
    reply.oid = kXmitPdusOk;
    reply.bytes_needed = 8;
    reply.length = static_cast<uint32_t>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), reply.data);
    daemon_.Send(MessageType::kOid, reply, request.request_id);
    return TakeCompletion(VCP_EVENT_OID_COMPLETE, 9, status);
  }
  vcp_event TakeStatus() {
    const std::vector<vcp_event> events = PollAll();
    EXPECT_EQ(events.size(), 1u);
    return events.empty() ? vcp_event{} : events[0];
  }
};

TEST_F(OidsTest, C102_AQueryNamesPortOrFamily) {
  const vcp_af af = OpenAf(0x500);
  const vcp_vc vc = CreateVc(af, 0x100001);
  vcp_oid_target target = Port();
  target.vc = vc;
  target.timeout_ms = 50;
  ASSERT_EQ(vcp_oid_query(client_, &target, kXmitPdusOk, 8, 9), VCP_PENDING);
  auto request = daemon_.Take<shm::OidRequest>(MessageType::kOid);
  EXPECT_STREQ(request.adapter, "wire");
  EXPECT_EQ(request.vc, 0x100001u);
  EXPECT_EQ(request.af, 0u);
  EXPECT_EQ(request.is_set, 0u);
  EXPECT_EQ(request.length, 8u);
  EXPECT_EQ(request.timeout_ms, 50u);
  const vcp_event event = Answer(request.header, VCP_SUCCESS, {5, 0, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(event.vc, vc);
  EXPECT_EQ(event.oid.oid, kXmitPdusOk);
  EXPECT_EQ(event.oid.length, 8u);
  EXPECT_EQ(event.oid.data[0], 5);

  vcp_oid_target manager = VCP_OID_TARGET_INIT;
  manager.af = af;
  const uint8_t data[] = {1, 2};
  ASSERT_EQ(vcp_oid_set(client_, &manager, 0xFE000004, data, sizeof data, 9), VCP_PENDING);
  request = daemon_.Take<shm::OidRequest>(MessageType::kOid);
  EXPECT_EQ(request.af, 0x500u);
  EXPECT_EQ(request.is_set, 1u);
  EXPECT_EQ(request.length, 2u);
  EXPECT_EQ(request.data[1], 2);
  EXPECT_EQ(Answer(request.header, VCP_ACCESS_DENIED, {}).af, af);
}

TEST_F(OidsTest, C105_WhatIsNeededIsSaid) {
  const vcp_oid_target target = Port();
  ASSERT_EQ(vcp_oid_query(client_, &target, kXmitPdusOk, 4, 9), VCP_PENDING);
  const auto request = daemon_.Take<shm::OidRequest>(MessageType::kOid);
  EXPECT_EQ(Answer(request.header, VCP_BUFFER_TOO_SHORT, {}).oid.bytes_needed, 8u);
}

TEST_F(OidsTest, WrongTargetsAreRefusedAtOnce) {
  vcp_oid_target target = VCP_OID_TARGET_INIT;
  EXPECT_EQ(vcp_oid_query(client_, &target, kXmitPdusOk, 8, 9), VCP_INVALID_DATA);
  EXPECT_EQ(vcp_oid_query(client_, nullptr, kXmitPdusOk, 8, 9), VCP_INVALID_DATA);
  target.af = 77;
  EXPECT_EQ(vcp_oid_query(client_, &target, kXmitPdusOk, 8, 9), VCP_INVALID_HANDLE);
  target = Port();
  target.vc = 77;
  EXPECT_EQ(vcp_oid_query(client_, &target, kXmitPdusOk, 8, 9), VCP_INVALID_HANDLE);
  target.vc = 0;
  const std::vector<uint8_t> longer(VCP_MAX_OID_BYTES + 1);
  EXPECT_EQ(vcp_oid_set(client_, &target, 1, longer.data(), longer.size(), 9), VCP_INVALID_LENGTH);
}

TEST_F(OidsTest, C114_StatusComesWhenItIsWatched) {
  ASSERT_EQ(vcp_watch_status(client_, 1), VCP_SUCCESS);
  const auto watch = daemon_.Take<shm::WatchStatus>(MessageType::kWatchStatus);
  EXPECT_EQ(watch.on, 1u);
  daemon_.Reply(watch.header, VCP_SUCCESS);
  shm::StatusIndicated indicated{};
  std::strcpy(indicated.adapter, "wire");
  indicated.code = VCP_STATUS_LINK_STATE;
  indicated.length = 4;
  indicated.data[0] = 2;
  daemon_.Send(MessageType::kStatusIndicated, indicated);
  const vcp_event event = TakeStatus();
  EXPECT_EQ(event.type, static_cast<uint32_t>(VCP_EVENT_STATUS));
  EXPECT_STREQ(event.indication.adapter, "wire");
  EXPECT_EQ(event.indication.code, VCP_STATUS_LINK_STATE);
  EXPECT_EQ(event.indication.data[0], 2);
}

TEST_F(OidsTest, C115_AStatusAboutARequestHasItsCookie) {
  const vcp_oid_target target = Port();
  ASSERT_EQ(vcp_oid_query(client_, &target, kXmitPdusOk, 8, 9), VCP_PENDING);
  const auto request = daemon_.Take<shm::OidRequest>(MessageType::kOid);
  shm::StatusIndicated indicated{};
  std::strcpy(indicated.adapter, "wire");
  indicated.request = request.header.request_id;
  daemon_.Send(MessageType::kStatusIndicated, indicated);
  vcp_event event = TakeStatus();
  EXPECT_EQ(event.indication.request, 1u);
  EXPECT_EQ(event.cookie, 9u);
  Answer(request.header, VCP_SUCCESS, {});
  // It is over, and its number means nothing any more.
  daemon_.Send(MessageType::kStatusIndicated, indicated);
  event = TakeStatus();
  EXPECT_EQ(event.indication.request, 0u);
  EXPECT_EQ(event.cookie, 0u);
}

TEST_F(OidsTest, C107_OneThatIsNotWantedAnyMoreIsCancelled) {
  const vcp_oid_target target = Port();
  EXPECT_EQ(vcp_cancel_oid(client_, 9), VCP_NOT_FOUND);
  ASSERT_EQ(vcp_oid_query(client_, &target, kXmitPdusOk, 8, 9), VCP_PENDING);
  ASSERT_EQ(vcp_oid_query(client_, &target, kXmitPdusOk, 8, 10), VCP_PENDING);
  const auto request = daemon_.Take<shm::OidRequest>(MessageType::kOid);
  const auto other = daemon_.Take<shm::OidRequest>(MessageType::kOid);
  EXPECT_EQ(vcp_cancel_oid(client_, 9), VCP_SUCCESS);
  const auto cancel = daemon_.Take<shm::CancelOid>(MessageType::kCancelOid);
  EXPECT_EQ(cancel.request, request.header.request_id);
  Answer(request.header, VCP_REQUEST_ABORTED, {});
  daemon_.Reply(cancel.header, VCP_SUCCESS);
  EXPECT_THAT(PollAll(), ::testing::IsEmpty());
  EXPECT_EQ(vcp_cancel_oid(client_, 9), VCP_NOT_FOUND);
  // With whatever outcome, if it was over before.
  EXPECT_EQ(vcp_cancel_oid(client_, 10), VCP_SUCCESS);
  shm::OidReply answer{};
  daemon_.Send(MessageType::kOid, answer, other.header.request_id);
  TakeCompletion(VCP_EVENT_OID_COMPLETE, 10, VCP_SUCCESS);
}

TEST_F(OidsTest, C111_WhatACallManagerSaysNamesTheFamily) {
  const vcp_af af = OpenAf(0x500);
  shm::StatusIndicated indicated{};
  indicated.af = 0x500;
  indicated.code = 0xFE000007;
  daemon_.Send(MessageType::kStatusIndicated, indicated);
  EXPECT_EQ(TakeStatus().af, af);
}

TEST_F(OidsTest, C048_AVcGetsAName) {
  const vcp_vc vc = CreateVc(OpenAf(0x500), 0x100001);
  ASSERT_EQ(vcp_name_vc(client_, vc, "voice", 9), VCP_PENDING);
  const auto request = daemon_.Take<shm::NameVc>(MessageType::kNameVc);
  EXPECT_EQ(request.vc, 0x100001u);
  EXPECT_STREQ(request.base, "voice");
  shm::NameVcReply reply{};
  std::strcpy(reply.name, "voice7");
  daemon_.Send(MessageType::kNameVc, reply, request.header.request_id);
  const vcp_event event = TakeCompletion(VCP_EVENT_NAME_VC_COMPLETE, 9, VCP_SUCCESS);
  EXPECT_EQ(event.vc, vc);
  EXPECT_STREQ(event.text, "voice7");
  EXPECT_EQ(vcp_name_vc(client_, vc, "", 9), VCP_INVALID_LENGTH);
  EXPECT_EQ(vcp_name_vc(client_, vc, nullptr, 9), VCP_INVALID_DATA);
  EXPECT_EQ(vcp_name_vc(client_, 77, "voice", 9), VCP_INVALID_HANDLE);
}

TEST_F(OidsTest, C104_ACallManagerIsAskedAndAnswers) {
  shm::CmOidOperation query{};
  query.operation = 11;
  query.af = 5;
  query.oid = 0xFE000006;
  query.length = 64;
  daemon_.Send(MessageType::kCmOid, query);
  vcp_event event = TakeStatus();
  EXPECT_EQ(event.type, VCP_EVENT_CM_OID_QUERY);
  EXPECT_EQ(event.cookie, 11u);
  EXPECT_EQ(event.af, 5u);
  EXPECT_EQ(event.oid.oid, 0xFE000006u);
  EXPECT_EQ(event.oid.bytes_needed, 64u);
  EXPECT_EQ(vcp_cm_complete_oid(client_, 11, VCP_SUCCESS, "abc", 3), VCP_SUCCESS);
  const auto answer = daemon_.Take<shm::CmCompleteOid>(MessageType::kCmCompleteOid);
  EXPECT_EQ(answer.operation, 11u);
  EXPECT_EQ(answer.length, 3u);
  EXPECT_EQ(answer.data[2], 'c');

  query.is_set = 1;
  query.length = 2;
  query.data[1] = 9;
  daemon_.Send(MessageType::kCmOid, query);
  event = TakeStatus();
  EXPECT_EQ(event.type, VCP_EVENT_CM_OID_SET);
  EXPECT_EQ(event.oid.length, 2u);
  EXPECT_EQ(event.oid.data[1], 9);
  EXPECT_EQ(vcp_cm_complete_oid(client_, 11, VCP_PENDING, nullptr, 0), VCP_INVALID_DATA);
  EXPECT_EQ(vcp_cm_complete_oid(client_, 11, VCP_SUCCESS, nullptr, 3), VCP_INVALID_DATA);
  EXPECT_EQ(vcp_cm_complete_oid(client_, 11, VCP_SUCCESS, "abc", 1000), VCP_INVALID_LENGTH);
  ASSERT_EQ(vcp_cm_complete_oid(client_, 11, VCP_BUFFER_TOO_SHORT, nullptr, 100), VCP_SUCCESS);
  EXPECT_EQ(daemon_.Take<shm::CmCompleteOid>(MessageType::kCmCompleteOid).length, 100u);

  shm::CmOperation aborted{};
  aborted.operation = 11;
  daemon_.Send(MessageType::kCmOidAborted, aborted);
  event = TakeStatus();
  EXPECT_EQ(event.type, VCP_EVENT_CM_OID_ABORTED);
  EXPECT_EQ(event.cookie, 11u);
}

TEST_F(OidsTest, C112_ACallManagerTellsItsClients) {
  ASSERT_EQ(vcp_cm_tell_clients(client_, 0x700, VCP_OID_CO_SIGNALING_DISABLED, 9), VCP_PENDING);
  const auto request = daemon_.Take<shm::CmTellClients>(MessageType::kCmTellClients);
  EXPECT_EQ(request.family, 0x700u);
  EXPECT_EQ(request.oid, VCP_OID_CO_SIGNALING_DISABLED);
  daemon_.Reply(request.header, VCP_SUCCESS, 0x700);
  TakeCompletion(VCP_EVENT_CM_INDICATED, 9, VCP_SUCCESS);
}

TEST_F(OidsTest, AFamilyAnswersOidsIfItSaysSo) {
  EXPECT_EQ(vcp_cm_register_family(client_, "wire", 0x2000, 2, 9), VCP_INVALID_DATA);
  for (const uint32_t options : {0u, VCP_CM_ANSWERS_OIDS}) {
    ASSERT_EQ(vcp_cm_register_family(client_, "wire", 0x2000, options, 9), VCP_PENDING);
    const auto request = daemon_.Take<shm::CmRegisterFamily>(MessageType::kCmRegisterFamily);
    EXPECT_EQ(request.options, options);
    daemon_.Reply(request.header, VCP_SUCCESS, 0x700);
    TakeCompletion(VCP_EVENT_CM_REGISTER_FAMILY_COMPLETE, 9, VCP_SUCCESS);
  }
}

TEST_F(OidsTest, C019_ACallManagerSetsAtOneClient) {
  ASSERT_EQ(vcp_cm_set_oid(client_, 5, 6, VCP_OID_CO_AF_CLOSE, "ab", 2, 9), VCP_PENDING);
  const auto request = daemon_.Take<shm::CmSetOid>(MessageType::kCmSetOid);
  EXPECT_EQ(request.af, 5u);
  EXPECT_EQ(request.vc, 6u);
  EXPECT_EQ(request.oid, VCP_OID_CO_AF_CLOSE);
  EXPECT_EQ(request.length, 2u);
  EXPECT_EQ(request.data[1], 'b');
  daemon_.Reply(request.header, VCP_NOT_ACCEPTED, 5);
  EXPECT_EQ(TakeCompletion(VCP_EVENT_CM_SET_OID_COMPLETE, 9, VCP_NOT_ACCEPTED).af, 5u);
  EXPECT_EQ(vcp_cm_set_oid(client_, 5, 0, 7, nullptr, 2, 9), VCP_INVALID_DATA);
  const std::string long_data(VCP_MAX_OID_BYTES + 1, 'x');
  EXPECT_EQ(vcp_cm_set_oid(client_, 5, 0, 7, long_data.data(), long_data.size(), 9),
            VCP_INVALID_LENGTH);
}

TEST_F(OidsTest, C048_ACallManagerNamesItsClientsVcs) {
  ASSERT_EQ(vcp_cm_name_vc(client_, 0x600, "trunk", 9), VCP_PENDING);
  const auto request = daemon_.Take<shm::NameVc>(MessageType::kCmNameVc);
  EXPECT_EQ(request.vc, 0x600u);
  EXPECT_STREQ(request.base, "trunk");
  shm::NameVcReply reply{};
  reply.vc = 0x600;
  std::strcpy(reply.name, "trunk1");
  daemon_.Send(MessageType::kCmNameVc, reply, request.header.request_id);
  const vcp_event event = TakeCompletion(VCP_EVENT_CM_NAME_VC_COMPLETE, 9, VCP_SUCCESS);
  EXPECT_EQ(event.vc, 0x600u);
  EXPECT_STREQ(event.text, "trunk1");
  EXPECT_EQ(vcp_cm_name_vc(client_, 0x600, "", 9), VCP_INVALID_LENGTH);
  EXPECT_EQ(vcp_cm_name_vc(client_, 0x600, nullptr, 9), VCP_INVALID_DATA);
}

// A port that is gone takes a call manager's family and its own VCs along.
TEST_F(OidsTest, C141_ACallManagersFamilyIsClosed) {
  shm::CmOperation closed{};
  closed.handle = 0x700;
  daemon_.Send(MessageType::kCmFamilyClosed, closed);
  const vcp_event event = TakeStatus();
  EXPECT_EQ(event.type, VCP_EVENT_CM_FAMILY_CLOSED);
  EXPECT_EQ(event.af, 0x700u);
}

TEST_F(OidsTest, C141_AndSoIsItsOwnVc) {
  vcp_vc own = 0;
  ASSERT_EQ(vcp_cm_create_own_vc(client_, 0x700, 9, &own), VCP_PENDING);
  const auto request = daemon_.Take<shm::CmHandle>(MessageType::kCmCreateOwnVc);
  shm::CmVcReply reply{};
  reply.vc = 0x800;
  reply.channel_vc = 0x100001;
  daemon_.Send(MessageType::kCmCreateOwnVc, reply, request.header.request_id);
  TakeCompletion(VCP_EVENT_CM_CREATE_OWN_VC_COMPLETE, 9, VCP_SUCCESS);
  // C048: it is named as any other VC, and the daemon asked in a call manager's words.
  ASSERT_EQ(vcp_name_vc(client_, own, "signaling", 8), VCP_PENDING);
  const auto naming = daemon_.Take<shm::NameVc>(MessageType::kCmNameVc);
  EXPECT_EQ(naming.vc, 0x800u);
  daemon_.Send(MessageType::kCmNameVc, shm::NameVcReply{}, naming.header.request_id);
  EXPECT_EQ(TakeCompletion(VCP_EVENT_NAME_VC_COMPLETE, 8, VCP_SUCCESS).vc, own);
  shm::CmOperation deleted{};
  deleted.handle = 0x800;
  daemon_.Send(MessageType::kCmVcDeleted, deleted);
  const vcp_event event = TakeStatus();
  EXPECT_EQ(event.type, VCP_EVENT_VC_DELETED);
  EXPECT_EQ(event.vc, own);
  EXPECT_EQ(vcp_cm_delete_own_vc(client_, own, 1), VCP_INVALID_HANDLE);
}

}  // namespace
}  // namespace vcp::client
