#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/vcplane.h"
#include "fake_daemon.h"

namespace vcp::client {
namespace {

using shm::MessageType;

class OperationsTest : public ClientTest {};

// --- address families ----------------------------------------------------------------------------

TEST_F(OperationsTest, HearsOfAddressFamilies) {
  shm::AfRegistered message{};
  std::strcpy(message.adapter, "lan0");
  message.family = VCP_AF_PVC;
  message.max_sdu_bytes = 1492;
  daemon_.Send(MessageType::kAfRegistered, message);
  const vcp_event event = TakeEvent(VCP_EVENT_AF_REGISTERED);
  EXPECT_STREQ(event.adapter, "lan0");
  EXPECT_EQ(event.family, VCP_AF_PVC);
  EXPECT_EQ(event.max_sdu_bytes, 1492u);
}

TEST_F(OperationsTest, OpensAndClosesAnAddressFamily) {
  vcp_af af = 0;
  ASSERT_EQ(vcp_open_af(client_, "lan0", VCP_AF_PVC, 11, &af), VCP_PENDING);
  EXPECT_EQ(vcp_close_af(client_, af, 12), VCP_INVALID_STATE);  // not yet open
  const auto open = daemon_.Take<shm::OpenAf>(MessageType::kOpenAf);
  EXPECT_STREQ(open.adapter, "lan0");
  EXPECT_EQ(open.family, VCP_AF_PVC);
  daemon_.Reply(open.header, VCP_SUCCESS, 0x500);
  EXPECT_EQ(TakeCompletion(VCP_EVENT_OPEN_AF_COMPLETE, 11, VCP_SUCCESS).af, af);

  ASSERT_EQ(vcp_close_af(client_, af, 12), VCP_PENDING);
  EXPECT_EQ(vcp_close_af(client_, af, 13), VCP_FAILURE);  // C13
  const auto close = daemon_.Take<shm::CloseAf>(MessageType::kCloseAf);
  EXPECT_EQ(close.af, 0x500u);
  daemon_.Reply(close.header, VCP_FAILURE, 0x500);  // C12: something is left
  EXPECT_EQ(TakeCompletion(VCP_EVENT_CLOSE_AF_COMPLETE, 12, VCP_FAILURE).af, af);

  ASSERT_EQ(vcp_close_af(client_, af, 14), VCP_PENDING);
  daemon_.Reply(daemon_.Take<shm::CloseAf>(MessageType::kCloseAf).header, VCP_SUCCESS, 0x500);
  TakeCompletion(VCP_EVENT_CLOSE_AF_COMPLETE, 14, VCP_SUCCESS);
  EXPECT_EQ(vcp_close_af(client_, af, 15), VCP_INVALID_HANDLE);
  EXPECT_FALSE(daemon_.HasRequest());
}

TEST_F(OperationsTest, AFamilyThatDoesNotOpenIsGone) {
  vcp_af af = 0;
  ASSERT_EQ(vcp_open_af(client_, nullptr, VCP_AF_ANY, 1, &af), VCP_PENDING);
  daemon_.Reply(daemon_.Take<shm::OpenAf>(MessageType::kOpenAf).header, VCP_NO_SUCH_PORT);
  TakeCompletion(VCP_EVENT_OPEN_AF_COMPLETE, 1, VCP_NO_SUCH_PORT);
  EXPECT_EQ(vcp_close_af(client_, af, 2), VCP_INVALID_HANDLE);
}

TEST_F(OperationsTest, ANameThatTheDaemonWouldNotTakeIsNotSent) {
  vcp_af af = 0;
  EXPECT_EQ(vcp_open_af(client_, std::string(64, 'x').c_str(), 0, 1, &af), VCP_INVALID_DATA);
  EXPECT_EQ(vcp_open_af(client_, "bell\a", 0, 1, &af), VCP_INVALID_DATA);
  EXPECT_FALSE(daemon_.HasRequest());
}

TEST_F(OperationsTest, AForcedCloseIsAnsweredAfterTheFamilyIsClosed) {  // C14 to C17
  const vcp_af af = OpenAf(0x500);
  EXPECT_EQ(vcp_notify_close_af_complete(client_, af, VCP_SUCCESS), VCP_INVALID_STATE);
  shm::NotifyCloseAf notify{};
  notify.af = 0x500;
  daemon_.Send(MessageType::kNotifyCloseAf, notify);
  EXPECT_EQ(TakeEvent(VCP_EVENT_NOTIFY_CLOSE_AF).af, af);

  ASSERT_EQ(vcp_close_af(client_, af, 5), VCP_PENDING);
  daemon_.Reply(daemon_.Take<shm::CloseAf>(MessageType::kCloseAf).header, VCP_SUCCESS, 0x500);
  TakeCompletion(VCP_EVENT_CLOSE_AF_COMPLETE, 5, VCP_SUCCESS);
  EXPECT_EQ(vcp_notify_close_af_complete(client_, af, static_cast<vcp_status>(99)),
            VCP_INVALID_DATA);
  ASSERT_EQ(vcp_notify_close_af_complete(client_, af, VCP_SUCCESS), VCP_SUCCESS);
  const auto answer = daemon_.Take<shm::NotifyCloseAfComplete>(MessageType::kNotifyCloseAfComplete);
  EXPECT_EQ(answer.af, 0x500u);
  EXPECT_EQ(answer.status, static_cast<uint32_t>(VCP_SUCCESS));
  daemon_.Reply(answer.header, VCP_SUCCESS, 0x500);
  EXPECT_TRUE(PollAll().empty());
  EXPECT_EQ(vcp_notify_close_af_complete(client_, af, VCP_SUCCESS), VCP_INVALID_HANDLE);
}

// --- SAPs ----------------------------------------------------------------------------------------

TEST_F(OperationsTest, RegistersAndDeregistersASap) {
  const vcp_af af = OpenAf(0x500);
  vcp_sap_params params;
  vcp_sap_params_init(&params);
  ASSERT_EQ(vcp_address_parse("+35850", &params.address), VCP_SUCCESS);
  params.specific_type = 3;
  params.specific_length = 2;
  params.specific[1] = 0xab;
  vcp_sap sap = 0;
  ASSERT_EQ(vcp_register_sap(client_, af, &params, 21, &sap), VCP_PENDING);
  const auto request = daemon_.Take<shm::RegisterSap>(MessageType::kRegisterSap);
  EXPECT_EQ(request.af, 0x500u);
  EXPECT_EQ(request.sap.address.type, VCP_ADDRESS_E164);
  EXPECT_EQ(request.sap.address.length, 5);
  EXPECT_EQ(std::memcmp(request.sap.address.bytes, "35850", 5), 0);
  EXPECT_EQ(request.sap.specific.type, 3u);
  EXPECT_EQ(request.sap.specific.length, 2u);
  EXPECT_EQ(request.sap.specific.bytes[1], 0xab);
  daemon_.Reply(request.header, VCP_SUCCESS, 0x600);
  const vcp_event event = TakeCompletion(VCP_EVENT_REGISTER_SAP_COMPLETE, 21, VCP_SUCCESS);
  EXPECT_EQ(event.sap, sap);
  EXPECT_EQ(event.af, af);

  ASSERT_EQ(vcp_deregister_sap(client_, sap, 22), VCP_PENDING);
  EXPECT_EQ(vcp_deregister_sap(client_, sap, 23), VCP_FAILURE);  // C25
  const auto end = daemon_.Take<shm::DeregisterSap>(MessageType::kDeregisterSap);
  EXPECT_EQ(end.sap, 0x600u);
  daemon_.Reply(end.header, VCP_SUCCESS, 0x600);
  EXPECT_EQ(TakeCompletion(VCP_EVENT_DEREGISTER_SAP_COMPLETE, 22, VCP_SUCCESS).sap, sap);
  EXPECT_EQ(vcp_deregister_sap(client_, sap, 24), VCP_INVALID_HANDLE);
}

TEST_F(OperationsTest, BadSapParametersAreNotSent) {
  const vcp_af af = OpenAf(0x500);
  vcp_sap_params params;
  vcp_sap sap = 0;
  vcp_sap_params_init(&params);
  params.specific_length = VCP_MAX_SPECIFIC_BYTES + 1;
  EXPECT_EQ(vcp_register_sap(client_, af, &params, 1, &sap), VCP_INVALID_LENGTH);
  vcp_sap_params_init(&params);
  std::memset(params.pvc_name, 'x', sizeof params.pvc_name);
  EXPECT_EQ(vcp_register_sap(client_, af, &params, 1, &sap), VCP_INVALID_DATA);
  vcp_sap_params_init(&params);
  params.struct_size = 8;
  EXPECT_EQ(vcp_register_sap(client_, af, &params, 1, &sap), VCP_INVALID_LENGTH);
  EXPECT_FALSE(daemon_.HasRequest());
}

TEST_F(OperationsTest, ACallMayBeOfferedBeforeItsSapIsRegistered) {  // C24
  const vcp_af af = OpenAf(0x500);
  const vcp_sap first = RegisterSap(af, 0x600);
  vcp_sap_params params;
  vcp_sap_params_init(&params);
  vcp_sap second = 0;
  ASSERT_EQ(vcp_register_sap(client_, af, &params, 5, &second), VCP_PENDING);
  const auto request = daemon_.Take<shm::RegisterSap>(MessageType::kRegisterSap);

  shm::IncomingCall call{};
  call.sap = 0x601;
  call.vc = 0x100001;
  daemon_.Send(MessageType::kIncomingCall, call);
  shm::IncomingCloseCall close{};
  close.vc = 0x100001;
  daemon_.Send(MessageType::kIncomingCloseCall, close);
  call.sap = 0x600;
  call.vc = 0x100002;
  daemon_.Send(MessageType::kIncomingCall, call);
  EXPECT_TRUE(PollAll().empty());

  daemon_.Reply(request.header, VCP_SUCCESS, 0x601);
  const std::vector<vcp_event> events = PollAll();
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].type, VCP_EVENT_REGISTER_SAP_COMPLETE);
  EXPECT_EQ(events[1].type, VCP_EVENT_INCOMING_CALL);
  EXPECT_EQ(events[1].sap, second);
  EXPECT_EQ(events[2].type, VCP_EVENT_INCOMING_CLOSE_CALL);
  EXPECT_EQ(events[2].vc, events[1].vc);
  EXPECT_EQ(events[3].type, VCP_EVENT_INCOMING_CALL);
  EXPECT_EQ(events[3].sap, first);
}

// --- VCs and outgoing calls ----------------------------------------------------------------------

TEST_F(OperationsTest, MakesACall) {
  const vcp_af af = OpenAf(0x500);
  const vcp_vc vc = CreateVc(af, 0x100001);
  vcp_call_params params = NewCall();
  params.transmit.service_type = VCP_SERVICE_GUARANTEED;
  params.transmit.reserved = 77;  // not sent: the daemon would take offence
  params.receive.latency_us = 900;
  ASSERT_EQ(vcp_make_call(client_, vc, &params, 31), VCP_PENDING);
  EXPECT_EQ(vcp_make_call(client_, vc, &params, 32), VCP_INVALID_STATE);
  EXPECT_EQ(vcp_delete_vc(client_, vc, 33), VCP_NOT_ACCEPTED);     // C44
  EXPECT_EQ(vcp_send(client_, vc, "x", 1, 0), VCP_INVALID_STATE);  // C56
  const auto request = daemon_.Take<shm::MakeCall>(MessageType::kMakeCall);
  EXPECT_EQ(request.vc, 0x100001u);
  EXPECT_EQ(request.params.has_call_manager, 1);
  EXPECT_EQ(request.params.has_media, 0);
  EXPECT_EQ(request.params.called.length, 5);
  EXPECT_EQ(request.params.transmit.service_type, static_cast<uint32_t>(VCP_SERVICE_GUARANTEED));
  EXPECT_EQ(request.params.transmit.reserved, 0u);
  EXPECT_EQ(request.params.receive.latency_us, 900u);

  shm::CallReply reply{};
  reply.vc = 0x100001;
  reply.params = request.params;
  reply.params.flags = VCP_CALL_PARAMETERS_CHANGED;
  reply.params.transmit.max_sdu_size_bytes = 100;
  daemon_.Send(MessageType::kMakeCall, reply, request.header.request_id);
  const vcp_event event = TakeCompletion(VCP_EVENT_MAKE_CALL_COMPLETE, 31, VCP_SUCCESS);
  EXPECT_EQ(event.vc, vc);
  EXPECT_EQ(event.params.flags, VCP_CALL_PARAMETERS_CHANGED);
  EXPECT_EQ(event.params.receive.latency_us, 900u);
  EXPECT_EQ(vcp_send(client_, vc, std::string(101, 'x').data(), 101, 0), VCP_INVALID_LENGTH);
  EXPECT_EQ(vcp_send(client_, vc, std::string(100, 'x').data(), 100, 0), VCP_SUCCESS);
}

TEST_F(OperationsTest, CallsAPvcByName) {
  const vcp_vc vc = CreateVc(OpenAf(0x500), 0x100001);
  vcp_call_params params;
  vcp_call_params_init(&params);
  params.flags = VCP_CALL_PERMANENT_VC;
  std::strcpy(params.pvc_name, "line1");
  ASSERT_EQ(vcp_make_call(client_, vc, &params, 31), VCP_PENDING);
  const auto request = daemon_.Take<shm::MakeCall>(MessageType::kMakeCall);
  EXPECT_EQ(request.params.has_media, 1);
  EXPECT_EQ(request.params.flags, VCP_CALL_PERMANENT_VC);
  EXPECT_STREQ(request.params.pvc_name, "line1");
  EXPECT_EQ(request.params.media_flags, VCP_MEDIA_TRANSMIT_VC | VCP_MEDIA_RECEIVE_VC);
}

TEST_F(OperationsTest, ACallMayFollowItsVcAtOnce) {
  const vcp_af af = OpenAf(0x500);
  const vcp_call_params params = NewCall();
  vcp_vc good = 0, bad = 0;
  ASSERT_EQ(vcp_create_vc(client_, af, 1, &good), VCP_PENDING);
  ASSERT_EQ(vcp_make_call(client_, good, &params, 2), VCP_PENDING);
  EXPECT_EQ(vcp_make_call(client_, good, &params, 9), VCP_INVALID_STATE);
  ASSERT_EQ(vcp_create_vc(client_, af, 3, &bad), VCP_PENDING);
  ASSERT_EQ(vcp_make_call(client_, bad, &params, 4), VCP_PENDING);
  const auto first = daemon_.Take<shm::CreateVc>(MessageType::kCreateVc);
  const auto second = daemon_.Take<shm::CreateVc>(MessageType::kCreateVc);
  EXPECT_FALSE(daemon_.HasRequest());
  daemon_.Reply(first.header, VCP_SUCCESS, 0x100001);
  daemon_.Reply(second.header, VCP_RESOURCES);
  const std::vector<vcp_event> events = PollAll();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].cookie, 1u);
  EXPECT_EQ(events[1].cookie, 3u);
  EXPECT_EQ(events[1].status, VCP_RESOURCES);
  EXPECT_EQ(events[2].type, VCP_EVENT_MAKE_CALL_COMPLETE);
  EXPECT_EQ(events[2].cookie, 4u);
  EXPECT_EQ(events[2].status, VCP_RESOURCES);
  const auto call = daemon_.Take<shm::MakeCall>(MessageType::kMakeCall);
  EXPECT_EQ(call.vc, 0x100001u);
  shm::CallReply reply{};
  reply.vc = 0x100001;
  daemon_.Send(MessageType::kMakeCall, reply, call.header.request_id);
  EXPECT_EQ(TakeCompletion(VCP_EVENT_MAKE_CALL_COMPLETE, 2, VCP_SUCCESS).vc, good);
}

TEST_F(OperationsTest, AFailedCallLeavesTheVcToBeDeletedOrUsedAgain) {  // C51
  const vcp_vc vc = CreateVc(OpenAf(0x500), 0x100001);
  const vcp_call_params params = NewCall();
  for (uint64_t cookie : {7, 8}) {
    ASSERT_EQ(vcp_make_call(client_, vc, &params, cookie), VCP_PENDING);
    shm::CallReply reply{};
    reply.status = VCP_NOT_FOUND;
    daemon_.Send(MessageType::kMakeCall, reply,
                 daemon_.Take<shm::MakeCall>(MessageType::kMakeCall).header.request_id);
    TakeCompletion(VCP_EVENT_MAKE_CALL_COMPLETE, cookie, VCP_NOT_FOUND);
  }
  ASSERT_EQ(vcp_delete_vc(client_, vc, 9), VCP_PENDING);
  const auto request = daemon_.Take<shm::DeleteVc>(MessageType::kDeleteVc);
  EXPECT_EQ(request.vc, 0x100001u);
  daemon_.Reply(request.header, VCP_SUCCESS, 0x100001);
  TakeCompletion(VCP_EVENT_DELETE_VC_COMPLETE, 9, VCP_SUCCESS);
  EXPECT_EQ(vcp_delete_vc(client_, vc, 10), VCP_INVALID_HANDLE);
}

TEST_F(OperationsTest, GivesUpACallThatIsBeingMade) {
  const vcp_vc vc = CreateVc(OpenAf(0x500), 0x100001);
  const vcp_call_params params = NewCall();
  ASSERT_EQ(vcp_make_call(client_, vc, &params, 1), VCP_PENDING);
  const auto make = daemon_.Take<shm::MakeCall>(MessageType::kMakeCall);
  ASSERT_EQ(vcp_close_call(client_, vc, nullptr, 0, 2), VCP_PENDING);
  const auto close = daemon_.Take<shm::CloseCall>(MessageType::kCloseCall);
  shm::CallReply reply{};
  reply.status = VCP_REQUEST_ABORTED;
  daemon_.Send(MessageType::kMakeCall, reply, make.header.request_id);
  TakeCompletion(VCP_EVENT_MAKE_CALL_COMPLETE, 1, VCP_REQUEST_ABORTED);
  EXPECT_EQ(vcp_delete_vc(client_, vc, 3), VCP_CLOSING);
  daemon_.Reply(close.header, VCP_SUCCESS, 0x100001);
  TakeCompletion(VCP_EVENT_CLOSE_CALL_COMPLETE, 2, VCP_SUCCESS);
  EXPECT_EQ(vcp_delete_vc(client_, vc, 3), VCP_PENDING);
}

// The call failed before the daemon heard of its end: there is no call, and the VC is free again.
TEST_F(OperationsTest, ACallFailsWhileItIsGivenUp) {
  const vcp_vc vc = CreateVc(OpenAf(0x500), 0x100001);
  const vcp_call_params params = NewCall();
  ASSERT_EQ(vcp_make_call(client_, vc, &params, 1), VCP_PENDING);
  ASSERT_EQ(vcp_close_call(client_, vc, nullptr, 0, 2), VCP_PENDING);
  shm::CallReply reply{};
  reply.status = VCP_NOT_FOUND;
  daemon_.Send(MessageType::kMakeCall, reply,
               daemon_.Take<shm::MakeCall>(MessageType::kMakeCall).header.request_id);
  TakeCompletion(VCP_EVENT_MAKE_CALL_COMPLETE, 1, VCP_NOT_FOUND);
  daemon_.Reply(daemon_.Take<shm::CloseCall>(MessageType::kCloseCall).header, VCP_INVALID_STATE,
                0x100001);
  TakeCompletion(VCP_EVENT_CLOSE_CALL_COMPLETE, 2, VCP_INVALID_STATE);
  EXPECT_EQ(vcp_make_call(client_, vc, &params, 3), VCP_PENDING);
}

TEST_F(OperationsTest, ReadsCounters) {
  const vcp_vc vc = Connect(OpenAf(0x500), 0x100001);
  ASSERT_EQ(vcp_read_vc_counters(client_, vc, 5), VCP_PENDING);
  const auto request = daemon_.Take<shm::VcCountersRequest>(MessageType::kVcCounters);
  EXPECT_EQ(request.vc, 0x100001u);
  shm::VcCountersReply reply{};
  reply.transmitted_sdus = 1;
  reply.transmitted_bytes = 2;
  reply.received_sdus = 3;
  reply.received_bytes = 4;
  reply.transmit_drops = 5;
  reply.receive_drops = 6;
  daemon_.Send(MessageType::kVcCounters, reply, request.header.request_id);
  const vcp_event event = TakeCompletion(VCP_EVENT_VC_COUNTERS, 5, VCP_SUCCESS);
  EXPECT_EQ(event.vc, vc);
  EXPECT_EQ(event.counters.transmitted_sdus, 1u);
  EXPECT_EQ(event.counters.transmitted_bytes, 2u);
  EXPECT_EQ(event.counters.received_sdus, 3u);
  EXPECT_EQ(event.counters.received_bytes, 4u);
  EXPECT_EQ(event.counters.transmit_drops, 5u);
  EXPECT_EQ(event.counters.receive_drops, 6u);
}

// --- incoming calls ------------------------------------------------------------------------------

TEST_F(OperationsTest, TakesACall) {
  const vcp_af af = OpenAf(0x500);
  const vcp_sap sap = RegisterSap(af, 0x600);
  shm::IncomingCall call{};
  call.sap = 0x600;
  call.vc = 0x100001;
  call.params.has_call_manager = 1;
  call.params.transmit.max_sdu_size_bytes = 64;
  call.params.calling.type = VCP_ADDRESS_E164;
  call.params.calling.length = 3;
  daemon_.Send(MessageType::kIncomingCall, call);
  const vcp_event event = TakeEvent(VCP_EVENT_INCOMING_CALL);
  EXPECT_EQ(event.sap, sap);
  EXPECT_EQ(event.af, af);
  EXPECT_EQ(event.params.calling.length, 3);
  const vcp_vc vc = event.vc;

  for (const vcp_status none : {VCP_PENDING, static_cast<vcp_status>(VCP_PROTOCOL_ERROR + 1)}) {
    EXPECT_EQ(vcp_answer_call(client_, vc, none, nullptr), VCP_INVALID_DATA);
  }
  for (const vcp_cause none :
       {vcp_cause{.value = 128}, vcp_cause{.value = 21, .location = 16},
        vcp_cause{.value = 21, .diagnostic_length = 29}, vcp_cause{.location = 1}}) {
    EXPECT_EQ(vcp_reject_call(client_, vc, VCP_NOT_ACCEPTED, &none), VCP_INVALID_DATA);
    EXPECT_EQ(vcp_close_call_with_cause(client_, vc, &none, nullptr, 0, 1), VCP_INVALID_DATA);
  }
  ASSERT_EQ(vcp_answer_call(client_, vc, VCP_SUCCESS, nullptr), VCP_SUCCESS);
  EXPECT_EQ(vcp_answer_call(client_, vc, VCP_SUCCESS, nullptr), VCP_INVALID_STATE);
  EXPECT_EQ(vcp_send(client_, vc, "x", 1, 0), VCP_INVALID_STATE);  // C59
  const auto answer = daemon_.Take<shm::AnswerCall>(MessageType::kAnswerCall);
  EXPECT_EQ(answer.vc, 0x100001u);
  EXPECT_EQ(answer.status, static_cast<uint32_t>(VCP_SUCCESS));
  EXPECT_EQ(answer.params.flags, 0u);  // as offered
  daemon_.Reply(answer.header, VCP_SUCCESS, 0x100001);
  EXPECT_TRUE(PollAll().empty());

  shm::CallConnected connected{};
  connected.vc = 0x100001;
  daemon_.Send(MessageType::kCallConnected, connected);
  EXPECT_EQ(TakeEvent(VCP_EVENT_CALL_CONNECTED).vc, vc);
  EXPECT_EQ(vcp_send(client_, vc, std::string(65, 'x').data(), 65, 0), VCP_INVALID_LENGTH);
  EXPECT_EQ(vcp_send(client_, vc, "x", 1, 0), VCP_SUCCESS);
  EXPECT_EQ(vcp_delete_vc(client_, vc, 1), VCP_NOT_ACCEPTED);  // C45
}

TEST_F(OperationsTest, RejectsACallWhoseVcIsThenDeletedByItsMaker) {  // C60, C68
  RegisterSap(OpenAf(0x500), 0x600);
  const vcp_vc vc = Offer(0x600, 0x100001);
  ASSERT_EQ(vcp_answer_call(client_, vc, VCP_NOT_ACCEPTED, nullptr), VCP_SUCCESS);
  const auto answer = daemon_.Take<shm::AnswerCall>(MessageType::kAnswerCall);
  EXPECT_EQ(answer.status, static_cast<uint32_t>(VCP_NOT_ACCEPTED));
  EXPECT_EQ(vcp_close_call(client_, vc, nullptr, 0, 1), VCP_INVALID_STATE);
  shm::VcDeleted deleted{};
  deleted.vc = 0x100001;
  daemon_.Send(MessageType::kVcDeleted, deleted);
  const vcp_event event = TakeEvent(VCP_EVENT_VC_DELETED);
  EXPECT_EQ(event.vc, vc);
  EXPECT_EQ(event.status, VCP_SUCCESS);
  EXPECT_EQ(vcp_answer_call(client_, vc, VCP_SUCCESS, nullptr), VCP_INVALID_HANDLE);
}

TEST_F(OperationsTest, AnotherCallMayComeOnTheSameVc) {
  RegisterSap(OpenAf(0x500), 0x600);
  const vcp_vc vc = Offer(0x600, 0x100001);
  ASSERT_EQ(vcp_answer_call(client_, vc, VCP_NOT_ACCEPTED, nullptr), VCP_SUCCESS);
  EXPECT_EQ(Offer(0x600, 0x100001), vc);
  EXPECT_EQ(vcp_answer_call(client_, vc, VCP_SUCCESS, nullptr), VCP_SUCCESS);
}

TEST_F(OperationsTest, ACallToASapThatIsGoneIsRejected) {
  shm::IncomingCall call{};
  call.sap = 0x666;
  call.vc = 0x100001;
  daemon_.Send(MessageType::kIncomingCall, call);
  EXPECT_TRUE(PollAll().empty());
  const auto answer = daemon_.Take<shm::AnswerCall>(MessageType::kAnswerCall);
  EXPECT_EQ(answer.vc, 0x100001u);
  EXPECT_NE(answer.status, static_cast<uint32_t>(VCP_SUCCESS));
}

// --- the end of a call ---------------------------------------------------------------------------

TEST_F(OperationsTest, ClosesACallAndUsesTheVcAgain) {  // C47
  const vcp_vc vc = Connect(OpenAf(0x500), 0x100001);
  ASSERT_EQ(vcp_close_call(client_, vc, "bye", 3, 41), VCP_PENDING);
  EXPECT_EQ(vcp_close_call(client_, vc, "bye", 3, 42), VCP_CLOSING);
  EXPECT_EQ(vcp_send(client_, vc, "x", 1, 0), VCP_CLOSING);  // C63
  const auto request = daemon_.Take<shm::CloseCall>(MessageType::kCloseCall);
  EXPECT_EQ(request.vc, 0x100001u);
  EXPECT_EQ(request.data_length, 3u);
  EXPECT_EQ(std::memcmp(request.data, "bye", 4), 0);
  daemon_.Reply(request.header, VCP_SUCCESS, 0x100001);
  EXPECT_EQ(TakeCompletion(VCP_EVENT_CLOSE_CALL_COMPLETE, 41, VCP_SUCCESS).vc, vc);
  const vcp_call_params params = NewCall();
  EXPECT_EQ(vcp_make_call(client_, vc, &params, 43), VCP_PENDING);
}

TEST_F(OperationsTest, CloseDataHasABound) {
  const vcp_vc vc = Connect(OpenAf(0x500), 0x100001);
  const std::string data(129, 'x');
  EXPECT_EQ(vcp_close_call(client_, vc, data.data(), 129, 1), VCP_INVALID_LENGTH);
  EXPECT_EQ(vcp_close_call(client_, vc, data.data(), 128, 1), VCP_PENDING);
}

TEST_F(OperationsTest, ACloseThatIsRefusedLeavesTheCallAsItWas) {  // C65
  const vcp_vc vc = Connect(OpenAf(0x500), 0x100001);
  ASSERT_EQ(vcp_close_call(client_, vc, "bye", 3, 1), VCP_PENDING);
  daemon_.Reply(daemon_.Take<shm::CloseCall>(MessageType::kCloseCall).header, VCP_INVALID_DATA,
                0x100001);
  TakeCompletion(VCP_EVENT_CLOSE_CALL_COMPLETE, 1, VCP_INVALID_DATA);
  EXPECT_EQ(vcp_send(client_, vc, "x", 1, 0), VCP_SUCCESS);
}

TEST_F(OperationsTest, TheOtherSideCloses) {
  const vcp_vc vc = Connect(OpenAf(0x500), 0x100001);
  shm::IncomingCloseCall close{};
  close.vc = 0x100001;
  close.status = VCP_FAILURE;
  close.data_length = 2;
  close.data[0] = 'o';
  daemon_.Send(MessageType::kIncomingCloseCall, close);
  const vcp_event event = TakeEvent(VCP_EVENT_INCOMING_CLOSE_CALL);
  EXPECT_EQ(event.vc, vc);
  EXPECT_EQ(event.status, VCP_FAILURE);
  EXPECT_EQ(event.data_length, 2u);
  EXPECT_EQ(event.data[0], 'o');
  EXPECT_EQ(vcp_send(client_, vc, "x", 1, 0), VCP_CLOSING);
  EXPECT_EQ(vcp_close_call(client_, vc, nullptr, 0, 1), VCP_PENDING);
}

TEST_F(OperationsTest, ClosesThatCrossEndOnce) {  // C69
  const vcp_vc vc = Connect(OpenAf(0x500), 0x100001);
  ASSERT_EQ(vcp_close_call(client_, vc, nullptr, 0, 1), VCP_PENDING);
  shm::IncomingCloseCall close{};
  close.vc = 0x100001;
  daemon_.Send(MessageType::kIncomingCloseCall, close);
  daemon_.Reply(daemon_.Take<shm::CloseCall>(MessageType::kCloseCall).header, VCP_SUCCESS,
                0x100001);
  TakeCompletion(VCP_EVENT_CLOSE_CALL_COMPLETE, 1, VCP_SUCCESS);
}

TEST_F(OperationsTest, NothingIsDeliveredOutsideTheApplicationsCalls) {
  vcp_af af = 0;
  ASSERT_EQ(vcp_open_af(client_, nullptr, VCP_AF_ANY, 1, &af), VCP_PENDING);
  daemon_.Reply(daemon_.Take<shm::OpenAf>(MessageType::kOpenAf).header, VCP_SUCCESS, 0x500);
  // The answer is there, and other calls do not act on it.
  vcp_vc vc = 0;
  EXPECT_EQ(vcp_create_vc(client_, af, 2, &vc), VCP_INVALID_STATE);
  WaitReadable();
  TakeCompletion(VCP_EVENT_OPEN_AF_COMPLETE, 1, VCP_SUCCESS);
}

TEST_F(OperationsTest, PollGivesAsManyAsThereIsRoomFor) {
  for (int i = 0; i < 5; ++i) daemon_.Send(MessageType::kAfRegistered, shm::AfRegistered{});
  vcp_event events[3];
  EXPECT_EQ(vcp_poll(client_, events, 0), 0u);
  EXPECT_EQ(vcp_poll(client_, events, 3), 3u);
  EXPECT_EQ(vcp_poll(client_, events, 3), 2u);
  EXPECT_EQ(vcp_poll(client_, events, 3), 0u);
}

// More requests than the socket takes: none is lost, and none blocks.
TEST_F(OperationsTest, RequestsThatTheDaemonDoesNotReadWait) {
  const vcp_af af = OpenAf(0x500);
  constexpr int kMany = 3000;
  std::vector<vcp_vc> vcs(kMany);
  for (vcp_vc& vc : vcs) ASSERT_EQ(vcp_create_vc(client_, af, 1, &vc), VCP_PENDING);
  std::vector<vcp_event> events;
  for (uint32_t i = 0; i < kMany; ++i) {
    daemon_.Reply(daemon_.Take<shm::CreateVc>(MessageType::kCreateVc).header, VCP_SUCCESS,
                  0x100000 + i);
    const std::vector<vcp_event> some = PollAll();
    events.insert(events.end(), some.begin(), some.end());
  }
  ASSERT_EQ(events.size(), vcs.size());
  for (size_t i = 0; i < vcs.size(); ++i) EXPECT_EQ(events[i].vc, vcs[i]);
}

}  // namespace
}  // namespace vcp::client
