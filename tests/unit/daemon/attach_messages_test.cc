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

circuit::CallParameters FullParameters() {
  circuit::CallParameters params;
  params.flags = circuit::kPermanentVc;
  auto& call_manager = params.call_manager.emplace();
  call_manager.transmit.token_rate_bytes_per_second = 12345;
  call_manager.transmit.latency_us = 7;
  call_manager.receive.service_type = qos::ServiceType::kGuaranteed;
  call_manager.called = *ParseAddress("+3581234567");
  call_manager.calling = *ParseAddress("47000580ffe1000000f2151b570020480d000100");
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
    std::vector<uint8_t> packet(random() % 1400);
    if (random() % 2 == 0) {
      for (uint8_t& byte : packet) byte = static_cast<uint8_t>(random());
    }
    if (packet.size() >= sizeof(shm::MessageHeader)) {
      shm::MessageHeader header{static_cast<uint16_t>(random() % 14),
                                static_cast<uint16_t>(packet.size()), 1};
      std::memcpy(packet.data(), &header, sizeof header);
    }
    (void)FindRequestFault(packet);
    (void)FindHelloFault(packet);
  }
}

}  // namespace
}  // namespace vcp::daemon
