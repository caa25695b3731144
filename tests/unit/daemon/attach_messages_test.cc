#include "daemon/attach_messages.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace vcp::daemon {
namespace {

using shm::MessageType;

template <typename T>
T Request(MessageType type) {
  auto request = NewEvent<T>(type);
  request.header.request_id = 1;
  return request;
}
template <typename T>
const char* Fault(const T& message) {
  return FindRequestFault({reinterpret_cast<const uint8_t*>(&message), sizeof message});
}

TEST(AttachMessages, AcceptsWellFormedRequests) {
  EXPECT_EQ(Fault(Request<shm::OpenAf>(MessageType::kOpenAf)), nullptr);
  EXPECT_EQ(Fault(Request<shm::MakeCall>(MessageType::kMakeCall)), nullptr);
  EXPECT_EQ(Fault(Request<shm::AnswerCall>(MessageType::kAnswerCall)), nullptr);
  EXPECT_EQ(Fault(Request<shm::CloseCall>(MessageType::kCloseCall)), nullptr);
  EXPECT_EQ(Fault(Request<shm::VcCountersRequest>(MessageType::kVcCounters)), nullptr);
}

TEST(AttachMessages, RefusesWhatIsNotZeroOrNotEnded) {
  auto open = Request<shm::OpenAf>(MessageType::kOpenAf);
  open.reserved = 1;
  EXPECT_NE(Fault(open), nullptr);
  open = Request<shm::OpenAf>(MessageType::kOpenAf);
  std::memset(open.adapter, 'a', sizeof open.adapter);
  EXPECT_NE(Fault(open), nullptr);
  CopyText("lan0", open.adapter);
  EXPECT_EQ(Fault(open), nullptr);
  open.adapter[10] = 'x';
  EXPECT_NE(Fault(open), nullptr);
  CopyText("lan\n0", open.adapter);
  EXPECT_NE(Fault(open), nullptr);

  auto close = Request<shm::CloseCall>(MessageType::kCloseCall);
  close.data_length = shm::kMaxCloseDataBytes + 1;
  EXPECT_NE(Fault(close), nullptr);
  close.data_length = 4;
  close.data[3] = 1;
  EXPECT_EQ(Fault(close), nullptr);
  close.data[4] = 1;
  EXPECT_NE(Fault(close), nullptr);
}

// A client of version 1.0 says less, and so much less exactly.
TEST(AttachMessages, AcceptsWhatRequestsWereInTheFirstVersion) {
  const auto fault_of = [](auto request, size_t size_bytes) {
    request.header.size_bytes = static_cast<uint16_t>(size_bytes);
    return FindRequestFault({reinterpret_cast<const uint8_t*>(&request), size_bytes});
  };
  EXPECT_EQ(fault_of(Request<shm::OpenAf>(MessageType::kOpenAf), 80), nullptr);
  EXPECT_EQ(fault_of(Request<shm::RegisterSap>(MessageType::kRegisterSap), 624), nullptr);
  EXPECT_EQ(fault_of(Request<shm::MakeCall>(MessageType::kMakeCall), 1320), nullptr);
  EXPECT_EQ(fault_of(Request<shm::AnswerCall>(MessageType::kAnswerCall), 1320), nullptr);
  EXPECT_EQ(fault_of(Request<shm::CloseCall>(MessageType::kCloseCall), 144), nullptr);
  EXPECT_NE(fault_of(Request<shm::CloseCall>(MessageType::kCloseCall), 145), nullptr);
  EXPECT_NE(fault_of(Request<shm::DropParty>(MessageType::kDropParty), 144), nullptr);
  EXPECT_NE(fault_of(Request<shm::AddParty>(MessageType::kAddParty), 1320), nullptr);
  auto close = Request<shm::CloseCall>(MessageType::kCloseCall);
  close.cause.value = 16;
  const Packet first_bytes{reinterpret_cast<const uint8_t*>(&close), 144};
  EXPECT_EQ(ReadMessage<shm::CloseCall>(first_bytes).cause.value, 0);
}

TEST(AttachMessages, RefusesPartiesAndChangesThatAreNotWellFormed) {
  EXPECT_EQ(Fault(Request<shm::AddParty>(MessageType::kAddParty)), nullptr);
  EXPECT_EQ(Fault(Request<shm::DropParty>(MessageType::kDropParty)), nullptr);
  EXPECT_EQ(Fault(Request<shm::ModifyCallQoS>(MessageType::kModifyCallQoS)), nullptr);
  auto call = Request<shm::MakeCall>(MessageType::kMakeCall);
  call.multipoint = 1;
  EXPECT_EQ(Fault(call), nullptr);
  call.multipoint = 2;
  EXPECT_NE(Fault(call), nullptr);
  auto add = Request<shm::AddParty>(MessageType::kAddParty);
  add.reserved = 1;
  EXPECT_NE(Fault(add), nullptr);
  auto modify = Request<shm::ModifyCallQoS>(MessageType::kModifyCallQoS);
  modify.params.pvc_name[5] = 'x';
  EXPECT_NE(Fault(modify), nullptr);
  auto drop = Request<shm::DropParty>(MessageType::kDropParty);
  drop.data_length = shm::kMaxCloseDataBytes + 1;
  EXPECT_NE(Fault(drop), nullptr);
  drop.data_length = 0;
  drop.data[0] = 1;
  EXPECT_NE(Fault(drop), nullptr);
}

LayerInformation FullLayers() {
  LayerInformation layers;
  layers.high = {.type = HighLayerType::kVendor, .size_bytes = 7, .bytes = {1, 2, 3, 4, 5, 6, 7}};
  BroadbandLowLayer low;
  low.layer1_protocol = 0;
  low.layer2 = {
      .protocol = kLayer2User, .mode = 1, .q933_use = 2, .window = 3, .user_information = 4};
  EXPECT_TRUE(layers.low.Append(low));
  low = {};
  low.layer3 = {.protocol = kLayer3Tr9577,
                .mode = 2,
                .packet_size_log2 = 7,
                .window = 9,
                .initial_protocol = kProtocolSnap,
                .snap = BroadbandLowLayer::Snap{.oui = 0xa03e, .protocol = 1}};
  EXPECT_TRUE(layers.low.Append(low));
  EXPECT_TRUE(layers.low.Append({}));
  return layers;
}

circuit::CallParameters FullParameters() {
  circuit::CallParameters params;
  params.flags = circuit::kPermanentVc;
  auto& call_manager = params.call_manager.emplace();
  call_manager.transmit.token_rate_bytes_per_second = 12345;
  call_manager.transmit.latency_us = 7;
  call_manager.receive.service_type = qos::ServiceType::kGuaranteed;
  call_manager.called = *ParseAddress("+3581234567");
  call_manager.calling = *ParseAddress("47000580ffe1000000f2151b570020480d000100");
  call_manager.layers = FullLayers();
  call_manager.specific = {.type = 5, .bytes = std::vector<uint8_t>(512, 0xab)};
  auto& media = params.media.emplace();
  media.flags = circuit::kTransmitVc;
  media.receive_priority = 1;
  media.receive_size_hint = 2;
  media.pvc_name = "line/7";
  media.specific = {.type = 6, .bytes = {1, 2, 3}};
  return params;
}

TEST(AttachMessages, CallParametersSurviveTheJourney) {  // C89, C95
  circuit::CallParameters params = FullParameters();
  circuit::CallParameters back;
  EXPECT_EQ(FromAbi(ToAbi(params), &back), Status::kSuccess);
  EXPECT_EQ(back, params);
  circuit::CallParameters nothing;
  EXPECT_EQ(FromAbi(ToAbi(nothing), &back), Status::kSuccess);  // C96
  EXPECT_EQ(back, nothing);
}

TEST(AttachMessages, RefusesParametersThatCannotBe) {
  circuit::CallParameters back;
  auto refused = [&](auto&& edit) {
    shm::CallParametersAbi abi = ToAbi(FullParameters());
    edit(abi);
    return FromAbi(abi, &back);
  };
  EXPECT_EQ(refused([](auto& abi) { abi.has_media = 2; }), Status::kProtocolError);
  EXPECT_EQ(refused([](auto& abi) { abi.reserved2 = 1; }), Status::kProtocolError);
  EXPECT_EQ(refused([](auto& abi) { abi.reserved3 = 1; }), Status::kProtocolError);
  EXPECT_EQ(refused([](auto& abi) { abi.transmit.reserved = 1; }), Status::kProtocolError);
  EXPECT_EQ(refused([](auto& abi) { abi.transmit.service_type = 4; }), Status::kInvalidData);
  EXPECT_EQ(refused([](auto& abi) { abi.called.type = 3; }), Status::kInvalidData);
  EXPECT_EQ(refused([](auto& abi) { abi.called.length = 21; }), Status::kInvalidLength);
  EXPECT_EQ(refused([](auto& abi) { abi.called.bytes[19] = 1; }), Status::kProtocolError);
  EXPECT_EQ(refused([](auto& abi) { abi.called.bytes[0] = 'x'; }), Status::kInvalidData);
  EXPECT_EQ(refused([](auto& abi) { abi.media_specific.length = 513; }), Status::kInvalidLength);
  EXPECT_EQ(refused([](auto& abi) { abi.media_specific.length = ~0u; }), Status::kInvalidLength);
  EXPECT_EQ(refused([](auto& abi) { abi.media_specific.bytes[3] = 1; }), Status::kProtocolError);
  // What is said not to be there, and then is.
  EXPECT_EQ(refused([](auto& abi) { abi.has_media = 0; }), Status::kProtocolError);
  EXPECT_EQ(refused([](auto& abi) { abi.has_call_manager = 0; }), Status::kProtocolError);
}

TEST(AttachMessages, RefusesLayersThatCannotBe) {
  circuit::CallParameters back;
  auto refused = [&](auto&& edit) {
    shm::CallParametersAbi abi = ToAbi(FullParameters());
    edit(abi.layers);
    return FromAbi(abi, &back);
  };
  EXPECT_EQ(refused([](auto& abi) { abi.high.present = 2; }), Status::kProtocolError);
  EXPECT_EQ(refused([](auto& abi) { abi.high.present = 0; }), Status::kProtocolError);
  EXPECT_EQ(refused([](auto& abi) { abi.high.reserved = 1; }), Status::kProtocolError);
  EXPECT_EQ(refused([](auto& abi) { abi.high.length = 9; }), Status::kInvalidLength);
  EXPECT_EQ(refused([](auto& abi) { abi.high.bytes[7] = 1; }), Status::kProtocolError);
  EXPECT_EQ(refused([](auto& abi) { abi.low_count = 4; }), Status::kInvalidLength);
  EXPECT_EQ(refused([](auto& abi) { abi.low_count = 1; }), Status::kProtocolError);
  EXPECT_EQ(refused([](auto& abi) { abi.low[0].present |= 0x8000; }), Status::kProtocolError);
  EXPECT_EQ(refused([](auto& abi) { abi.low[0].layer3_mode = 1; }), Status::kProtocolError);
  // A field of a layer that is not there.
  EXPECT_EQ(refused([](auto& abi) { abi.low[2].present = shm::kLayer2Mode; }),
            Status::kProtocolError);
}

TEST(AttachMessages, CausesSurviveTheJourney) {
  circuit::Cause cause{.value = 82, .location = 3, .diagnostic_bytes = 2, .diagnostics = {7, 8}};
  circuit::Cause back;
  EXPECT_EQ(FromAbi(ToAbi(cause), &back), Status::kSuccess);
  EXPECT_EQ(back, cause);
  EXPECT_EQ(FromAbi(ToAbi(circuit::Cause()), &back), Status::kSuccess);
  EXPECT_EQ(back, circuit::Cause());
  shm::CauseAbi abi = ToAbi(cause);
  abi.value = 128;
  EXPECT_EQ(FromAbi(abi, &back), Status::kInvalidData);
  abi = ToAbi(cause);
  abi.diagnostic_length = 29;
  EXPECT_EQ(FromAbi(abi, &back), Status::kInvalidData);
  abi = ToAbi(cause);
  abi.reserved = 1;
  EXPECT_EQ(FromAbi(abi, &back), Status::kProtocolError);
}

TEST(AttachMessages, KnowsStatusesThatMayBeSent) {
  Status status = Status::kFailure;
  EXPECT_EQ(StatusFromAbi(0, &status), Status::kSuccess);
  EXPECT_EQ(status, Status::kSuccess);
  EXPECT_EQ(StatusFromAbi(static_cast<uint32_t>(Status::kPending), &status), Status::kInvalidData);
  EXPECT_EQ(StatusFromAbi(10000, &status), Status::kInvalidData);
}

// Whatever arrives is judged without touching a byte beyond it (for the sanitizers).
TEST(AttachMessages, NoPacketIsTooStrange) {
  std::mt19937 random(1);
  for (int round = 0; round < 100'000; ++round) {
    std::vector<uint8_t> packet(random() % 1500);
    if (random() % 2 == 0) {
      for (uint8_t& byte : packet) byte = static_cast<uint8_t>(random());
    }
    if (packet.size() >= sizeof(shm::MessageHeader)) {
      shm::MessageHeader header{static_cast<uint16_t>(random() % 17),
                                static_cast<uint16_t>(packet.size()), 1};
      std::memcpy(packet.data(), &header, sizeof header);
    }
    (void)FindRequestFault(packet);
    (void)FindHelloFault(packet);
  }
}

}  // namespace
}  // namespace vcp::daemon
