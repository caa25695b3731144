// Parties, changes and causes; and a daemon that is older than they.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "client/vcplane.h"
#include "fake_daemon.h"

namespace vcp::client {
namespace {

using shm::MessageType;

constexpr uint32_t kChannelVc = 0x100001;

class PartiesTest : public ClientTest {
 protected:
  // A connected multipoint call whose first party the daemon calls 0x700.
  void ConnectMultipoint() {
    af_ = OpenAf(0x500);
    vc_ = CreateVc(af_, kChannelVc);
    const vcp_call_params params = NewCall();
    ASSERT_EQ(vcp_make_multipoint_call(client_, vc_, &params, 4, &first_), VCP_PENDING);
    const auto request = daemon_.Take<shm::MakeCall>(MessageType::kMakeCall);
    EXPECT_EQ(request.multipoint, 1u);
    Answer(MessageType::kMakeCall, request.header, VCP_SUCCESS, 0x700);
    const vcp_event event = TakeCompletion(VCP_EVENT_MAKE_CALL_COMPLETE, 4, VCP_SUCCESS);
    EXPECT_EQ(event.vc, vc_);
    EXPECT_EQ(event.party, first_);
  }
  void Answer(MessageType type, const shm::MessageHeader& request, vcp_status status,
              uint32_t party, uint8_t cause = 0, uint64_t max_sdu_bytes = kMaxSdu) {
    shm::CallReply reply{};
    reply.status = status;
    reply.vc = kChannelVc;
    reply.party = party;
    reply.cause.value = cause;
    reply.params.has_call_manager = 1;
    reply.params.transmit.max_sdu_size_bytes = max_sdu_bytes;
    daemon_.Send(type, reply, request.request_id);
  }
  vcp_party AddParty(uint32_t daemon_party) {
    const vcp_call_params params = NewCall();
    vcp_party party = 0;
    EXPECT_EQ(vcp_add_party(client_, vc_, &params, 5, &party), VCP_PENDING);
    const auto request = daemon_.Take<shm::AddParty>(MessageType::kAddParty);
    EXPECT_EQ(request.vc, kChannelVc);
    EXPECT_EQ(request.params.called.length, 5);
    Answer(MessageType::kAddParty, request.header, VCP_SUCCESS, daemon_party);
    const vcp_event event = TakeCompletion(VCP_EVENT_ADD_PARTY_COMPLETE, 5, VCP_SUCCESS);
    EXPECT_EQ(event.vc, vc_);
    EXPECT_EQ(event.party, party);
    return party;
  }
  vcp_status Drop(vcp_party party) {
    return vcp_drop_party(client_, party, nullptr, nullptr, 0, 6);
  }

  vcp_af af_ = 0;
  vcp_vc vc_ = 0;
  vcp_party first_ = 0;
};

TEST_F(PartiesTest, C071_C076_PartiesJoinAndAreDropped) {
  ConnectMultipoint();
  const vcp_party second = AddParty(0x701);
  EXPECT_NE(second, first_);
  EXPECT_EQ(vcp_close_call(client_, vc_, nullptr, 0, 9), VCP_INVALID_STATE);  // C64
  vcp_cause cause{};
  cause.value = 16;
  ASSERT_EQ(vcp_drop_party(client_, first_, &cause, "bye", 3, 6), VCP_PENDING);
  EXPECT_EQ(Drop(first_), VCP_CLOSING);
  const auto request = daemon_.Take<shm::DropParty>(MessageType::kDropParty);
  EXPECT_EQ(request.party, 0x700u);
  EXPECT_EQ(request.cause.value, 16);
  EXPECT_EQ(request.data_length, 3u);
  daemon_.Reply(request.header, VCP_SUCCESS, 0x700);
  const vcp_event event = TakeCompletion(VCP_EVENT_DROP_PARTY_COMPLETE, 6, VCP_SUCCESS);
  EXPECT_EQ(event.party, first_);
  EXPECT_EQ(event.vc, vc_);
  EXPECT_EQ(Drop(first_), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_close_call(client_, vc_, nullptr, 0, 9), VCP_PENDING);
  EXPECT_EQ(Drop(second), VCP_CLOSING);
  daemon_.Reply(daemon_.Take<shm::CloseCall>(MessageType::kCloseCall).header, VCP_SUCCESS,
                kChannelVc);
  TakeCompletion(VCP_EVENT_CLOSE_CALL_COMPLETE, 9, VCP_SUCCESS);
  EXPECT_EQ(Drop(second), VCP_INVALID_HANDLE);
}

TEST_F(PartiesTest, C077_TheLastPartyStays) {
  ConnectMultipoint();
  ASSERT_EQ(Drop(first_), VCP_PENDING);
  daemon_.Reply(daemon_.Take<shm::DropParty>(MessageType::kDropParty).header, VCP_FAILURE, 0x700);
  TakeCompletion(VCP_EVENT_DROP_PARTY_COMPLETE, 6, VCP_FAILURE);
  EXPECT_EQ(Drop(first_), VCP_PENDING);
}

TEST_F(PartiesTest, C072_APartyThatDoesNotJoin) {
  ConnectMultipoint();
  const vcp_call_params params = NewCall();
  vcp_party party = 0;
  ASSERT_EQ(vcp_add_party(client_, vc_, &params, 5, &party), VCP_PENDING);
  EXPECT_EQ(Drop(party), VCP_INVALID_STATE);
  Answer(MessageType::kAddParty, daemon_.Take<shm::AddParty>(MessageType::kAddParty).header,
         VCP_NOT_ACCEPTED, 0, 17);
  const vcp_event event = TakeCompletion(VCP_EVENT_ADD_PARTY_COMPLETE, 5, VCP_NOT_ACCEPTED);
  EXPECT_EQ(event.cause.value, 17);
  EXPECT_EQ(Drop(party), VCP_INVALID_HANDLE);
}

TEST_F(PartiesTest, C071_C072_WhereNobodyCanJoin) {
  const vcp_vc vc = Connect(OpenAf(0x500), kChannelVc);
  const vcp_call_params params = NewCall();
  vcp_party party = 0;
  EXPECT_EQ(vcp_add_party(client_, vc, &params, 5, &party), VCP_FAILURE);
  EXPECT_EQ(vcp_add_party(client_, vc + 1, &params, 5, &party), VCP_FAILURE);
  EXPECT_FALSE(daemon_.HasRequest());
}

TEST_F(PartiesTest, C073_ARefusedMultipointCallLeavesNoParty) {
  vc_ = CreateVc(OpenAf(0x500), kChannelVc);
  const vcp_call_params params = NewCall();
  ASSERT_EQ(vcp_make_multipoint_call(client_, vc_, &params, 4, &first_), VCP_PENDING);
  Answer(MessageType::kMakeCall, daemon_.Take<shm::MakeCall>(MessageType::kMakeCall).header,
         VCP_NOT_SUPPORTED, 0);
  TakeCompletion(VCP_EVENT_MAKE_CALL_COMPLETE, 4, VCP_NOT_SUPPORTED);
  EXPECT_EQ(Drop(first_), VCP_INVALID_HANDLE);
}

TEST_F(PartiesTest, AMultipointCallOnAVcThatIsStillBeingMade) {
  const vcp_af af = OpenAf(0x500);
  ASSERT_EQ(vcp_create_vc(client_, af, 1, &vc_), VCP_PENDING);
  const vcp_call_params params = NewCall();
  ASSERT_EQ(vcp_make_multipoint_call(client_, vc_, &params, 2, &first_), VCP_PENDING);
  daemon_.Reply(daemon_.Take<shm::CreateVc>(MessageType::kCreateVc).header, VCP_SUCCESS,
                kChannelVc);
  TakeCompletion(VCP_EVENT_CREATE_VC_COMPLETE, 1, VCP_SUCCESS);
  const auto request = daemon_.Take<shm::MakeCall>(MessageType::kMakeCall);
  EXPECT_EQ(request.multipoint, 1u);
  Answer(MessageType::kMakeCall, request.header, VCP_SUCCESS, 0x700);
  EXPECT_EQ(TakeCompletion(VCP_EVENT_MAKE_CALL_COMPLETE, 2, VCP_SUCCESS).party, first_);
  EXPECT_EQ(Drop(first_), VCP_PENDING);
}

TEST_F(PartiesTest, C078_APartyThatLeaves) {
  ConnectMultipoint();
  const vcp_party second = AddParty(0x701);
  shm::IncomingDropParty message{};
  message.vc = kChannelVc;
  message.party = 0x701;
  message.status = VCP_FAILURE;
  message.data_length = 1;
  message.data[0] = 'x';
  message.cause.value = 27;
  daemon_.Send(MessageType::kIncomingDropParty, message);
  const vcp_event event = TakeEvent(VCP_EVENT_INCOMING_DROP_PARTY);
  EXPECT_EQ(event.vc, vc_);
  EXPECT_EQ(event.party, second);
  EXPECT_EQ(event.status, VCP_FAILURE);
  EXPECT_EQ(event.cause.value, 27);
  EXPECT_EQ(event.data_length, 1u);
  EXPECT_EQ(event.data[0], 'x');
  // It crosses the application's own drop.
  ASSERT_EQ(Drop(second), VCP_PENDING);
  daemon_.Send(MessageType::kIncomingDropParty, message);
  message.party = 0x999;
  daemon_.Send(MessageType::kIncomingDropParty, message);
  EXPECT_TRUE(PollAll().empty());
}

TEST_F(PartiesTest, PartiesGoWithTheDaemon) {
  ConnectMultipoint();
  const vcp_call_params params = NewCall();
  vcp_party second = 0;
  ASSERT_EQ(vcp_add_party(client_, vc_, &params, 5, &second), VCP_PENDING);
  daemon_.HangUp();
  std::vector<uint32_t> types;
  for (const vcp_event& event : PollAll()) types.push_back(event.type);
  EXPECT_THAT(types, testing::ElementsAre(VCP_EVENT_DISCONNECTED, VCP_EVENT_ADD_PARTY_COMPLETE,
                                          VCP_EVENT_VC_DELETED));
  EXPECT_EQ(Drop(first_), VCP_DISCONNECTED);
}

// --- changes -------------------------------------------------------------------------------------

TEST_F(PartiesTest, C081_C082_AChangeSaysWhatTheVcHasNow) {
  const vcp_vc vc = Connect(OpenAf(0x500), kChannelVc);
  const vcp_call_params params = NewCall();
  ASSERT_EQ(vcp_modify_call_qos(client_, vc, &params, 7), VCP_PENDING);
  auto request = daemon_.Take<shm::ModifyCallQoS>(MessageType::kModifyCallQoS);
  EXPECT_EQ(request.vc, kChannelVc);
  Answer(MessageType::kModifyCallQoS, request.header, VCP_SUCCESS, 0, 0, 10);
  EXPECT_EQ(TakeCompletion(VCP_EVENT_MODIFY_CALL_QOS_COMPLETE, 7, VCP_SUCCESS)
                .params.transmit.max_sdu_size_bytes,
            10u);
  EXPECT_EQ(vcp_send(client_, vc, "eleven byte", 11, 0), VCP_INVALID_LENGTH);
  ASSERT_EQ(vcp_modify_call_qos(client_, vc, &params, 8), VCP_PENDING);
  request = daemon_.Take<shm::ModifyCallQoS>(MessageType::kModifyCallQoS);
  Answer(MessageType::kModifyCallQoS, request.header, VCP_FAILURE, 0, 37, 20);
  const vcp_event event = TakeCompletion(VCP_EVENT_MODIFY_CALL_QOS_COMPLETE, 8, VCP_FAILURE);
  EXPECT_EQ(event.vc, vc);
  EXPECT_EQ(event.cause.value, 37);
  EXPECT_EQ(vcp_send(client_, vc, "eleven byte", 11, 0), VCP_SUCCESS);
}

TEST_F(PartiesTest, C086_AChangeFromOutside) {
  const vcp_vc vc = Connect(OpenAf(0x500), kChannelVc);
  shm::IncomingCallQoSChange message{};
  message.vc = kChannelVc;
  message.params.has_call_manager = 1;
  message.params.transmit.max_sdu_size_bytes = 10;
  daemon_.Send(MessageType::kIncomingCallQoSChange, message);
  const vcp_event event = TakeEvent(VCP_EVENT_INCOMING_CALL_QOS_CHANGE);
  EXPECT_EQ(event.vc, vc);
  EXPECT_EQ(event.params.transmit.max_sdu_size_bytes, 10u);
  EXPECT_EQ(vcp_send(client_, vc, "eleven byte", 11, 0), VCP_INVALID_LENGTH);
}

TEST_F(PartiesTest, OnlyACallThatIsThereIsChanged) {
  const vcp_af af = OpenAf(0x500);
  const vcp_vc idle = CreateVc(af, kChannelVc + 1);
  const vcp_vc vc = Connect(af, kChannelVc);
  const vcp_call_params params = NewCall();
  EXPECT_EQ(vcp_modify_call_qos(client_, idle, &params, 7), VCP_INVALID_STATE);
  EXPECT_EQ(vcp_modify_call_qos(client_, idle + vc, &params, 7), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_close_call(client_, vc, nullptr, 0, 9), VCP_PENDING);
  EXPECT_EQ(vcp_modify_call_qos(client_, vc, &params, 7), VCP_CLOSING);
}

// --- causes and layers ---------------------------------------------------------------------------

TEST_F(PartiesTest, CausesGoAlong) {
  const vcp_af af = OpenAf(0x500);
  RegisterSap(af, 0x600);
  const vcp_vc offered = Offer(0x600, kChannelVc + 1);
  vcp_cause cause{};
  cause.value = 21;
  cause.diagnostic_length = 1;
  cause.diagnostics[0] = 5;
  EXPECT_EQ(vcp_reject_call(client_, offered, VCP_SUCCESS, &cause), VCP_INVALID_DATA);
  ASSERT_EQ(vcp_reject_call(client_, offered, VCP_NOT_ACCEPTED, &cause), VCP_SUCCESS);
  const auto answer = daemon_.Take<shm::AnswerCall>(MessageType::kAnswerCall);
  EXPECT_EQ(answer.cause.value, 21);
  EXPECT_EQ(answer.cause.diagnostics[0], 5);

  const vcp_vc vc = Connect(af, kChannelVc);
  shm::IncomingCloseCall closed{};
  closed.vc = kChannelVc;
  closed.cause.value = 38;
  daemon_.Send(MessageType::kIncomingCloseCall, closed);
  EXPECT_EQ(TakeEvent(VCP_EVENT_INCOMING_CLOSE_CALL).cause.value, 38);
  ASSERT_EQ(vcp_close_call_with_cause(client_, vc, &cause, nullptr, 0, 9), VCP_PENDING);
  EXPECT_EQ(daemon_.Take<shm::CloseCall>(MessageType::kCloseCall).cause.value, 21);
}

TEST_F(PartiesTest, LayersGoAlong) {
  const vcp_af af = OpenAf(0x500);
  vcp_layers layers{};
  layers.high.present = 1;
  layers.high.length = 2;
  layers.low_count = 1;
  layers.low[0].present = VCP_LOW_LAYER3 | VCP_LOW_LAYER3_INITIAL_PROTOCOL;
  layers.low[0].layer3_protocol = 0x0b;
  layers.low[0].layer3_initial_protocol = 0xcc;
  vcp_sap_params params;
  vcp_sap_params_init(&params);
  params.layers = layers;
  vcp_sap sap = 0;
  ASSERT_EQ(vcp_register_sap(client_, af, &params, 2, &sap), VCP_PENDING);
  const auto request = daemon_.Take<shm::RegisterSap>(MessageType::kRegisterSap);
  EXPECT_EQ(request.sap.layers.high.length, 2);
  EXPECT_EQ(request.sap.layers.low[0].layer3_initial_protocol, 0xcc);
  daemon_.Reply(request.header, VCP_SUCCESS, 0x600);
  TakeCompletion(VCP_EVENT_REGISTER_SAP_COMPLETE, 2, VCP_SUCCESS);
  shm::IncomingCall call{};
  call.sap = 0x600;
  call.vc = kChannelVc;
  call.params.has_call_manager = 1;
  call.params.layers = request.sap.layers;
  daemon_.Send(MessageType::kIncomingCall, call);
  const vcp_event event = TakeEvent(VCP_EVENT_INCOMING_CALL);
  EXPECT_EQ(std::memcmp(&event.params.layers, &layers, sizeof layers), 0);
}

// --- routes, and an older daemon -----------------------------------------------------------------

TEST_F(PartiesTest, AFamilyTowardAnAddressIsOpenedAgainTowardIt) {
  vcp_address address;
  ASSERT_EQ(vcp_address_parse("+35850", &address), VCP_SUCCESS);
  vcp_af af = 0;
  ASSERT_EQ(vcp_open_af_toward(client_, &address, VCP_AF_Q2931, 3, &af), VCP_PENDING);
  const auto request = daemon_.Take<shm::OpenAf>(MessageType::kOpenAf);
  EXPECT_EQ(request.family, VCP_AF_Q2931);
  EXPECT_STREQ(request.adapter, "");
  EXPECT_EQ(request.toward.length, 5);
  daemon_.Reply(request.header, VCP_SUCCESS, 0x500);
  EXPECT_EQ(TakeCompletion(VCP_EVENT_OPEN_AF_COMPLETE, 3, VCP_SUCCESS).af, af);
  const vcp_address none{};
  EXPECT_EQ(vcp_open_af_toward(client_, &none, VCP_AF_Q2931, 3, &af), VCP_INVALID_DATA);
}

TEST_F(PartiesTest, AnOlderDaemonIsAskedForWhatItKnows) {
  vcp_detach(client_);
  daemon_.abi_minor = 0;
  Attach(0);
  vcp_af af = 0;
  ASSERT_EQ(vcp_open_af(client_, nullptr, VCP_AF_Q2931, 1, &af), VCP_PENDING);
  daemon_.Reply(daemon_.TakeFirst<shm::OpenAf>(MessageType::kOpenAf).header, VCP_SUCCESS, 0x500);
  TakeCompletion(VCP_EVENT_OPEN_AF_COMPLETE, 1, VCP_SUCCESS);
  vcp_address address;
  ASSERT_EQ(vcp_address_parse("+35850", &address), VCP_SUCCESS);
  EXPECT_EQ(vcp_open_af_toward(client_, &address, VCP_AF_Q2931, 3, &af), VCP_NOT_SUPPORTED);

  const vcp_vc vc = CreateVc(af, kChannelVc);
  vcp_call_params params = NewCall();
  vcp_party party = 0;
  EXPECT_EQ(vcp_make_multipoint_call(client_, vc, &params, 4, &party), VCP_NOT_SUPPORTED);
  params.layers.low_count = 1;
  EXPECT_EQ(vcp_make_call(client_, vc, &params, 4), VCP_NOT_SUPPORTED);
  params.layers.low_count = 0;
  ASSERT_EQ(vcp_make_call(client_, vc, &params, 4), VCP_PENDING);
  const auto call = daemon_.TakeFirst<shm::MakeCall>(MessageType::kMakeCall);
  Answer(MessageType::kMakeCall, call.header, VCP_SUCCESS, 0);
  TakeCompletion(VCP_EVENT_MAKE_CALL_COMPLETE, 4, VCP_SUCCESS);
  EXPECT_EQ(vcp_modify_call_qos(client_, vc, &params, 7), VCP_NOT_SUPPORTED);
  vcp_cause cause{};
  cause.value = 16;
  EXPECT_EQ(vcp_close_call_with_cause(client_, vc, &cause, nullptr, 0, 9), VCP_NOT_SUPPORTED);
  ASSERT_EQ(vcp_close_call(client_, vc, nullptr, 0, 9), VCP_PENDING);
  daemon_.TakeFirst<shm::CloseCall>(MessageType::kCloseCall);
}

}  // namespace
}  // namespace vcp::client
