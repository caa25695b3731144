// An attach server with a real switchboard and one loopback port, a data path that only pretends,
// and applications that speak the attach protocol byte by byte. One thread, a virtual clock.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "daemon/attach_server.h"
#include "daemon/operator_clients.h"
#include "miniport/loopback_mcm.h"
#include "testing/fake_channel_host.h"
#include "testing/fake_clock.h"
#include "testing/fake_vc_programmer.h"

namespace vcp::daemon {

// One message that the daemon sent.
using Message = std::vector<uint8_t>;

inline uint16_t TypeOf(const Message& message) {
  return ReadMessage<shm::MessageHeader>(message).type;
}
inline uint32_t RequestIdOf(const Message& message) {
  return ReadMessage<shm::MessageHeader>(message).request_id;
}

class TestApplication {
 public:
  explicit TestApplication(UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  void Close() { fd_.Reset(); }

  bool SendBytes(Packet packet) {
    return send(fd(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
  }
  template <typename T>
  bool Send(const T& message) {
    return SendBytes({reinterpret_cast<const uint8_t*>(&message), sizeof message});
  }
  // The request's id.
  template <typename T>
  uint32_t Ask(T request) {
    request.header.request_id = ++last_request_;
    EXPECT_TRUE(Send(request));
    return last_request_;
  }

  // What came since the last time; `closed` tells whether the daemon ended the connection.
  std::vector<Message> Take() {
    std::vector<Message> messages;
    for (;;) {
      Message message(shm::kMaxMessageBytes);
      alignas(cmsghdr) std::array<char, 256> control;
      iovec vector{.iov_base = message.data(), .iov_len = message.size()};
      msghdr header{};
      header.msg_iov = &vector;
      header.msg_iovlen = 1;
      header.msg_control = control.data();
      header.msg_controllen = control.size();
      ssize_t count = recvmsg(fd(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
      closed = count == 0 || (count < 0 && errno != EAGAIN);
      if (count <= 0) return messages;
      KeepDescriptors(header);
      message.resize(static_cast<size_t>(count));
      messages.push_back(std::move(message));
    }
  }
  // The only message that came, which is a T.
  template <typename T>
  T TakeOne() {
    std::vector<Message> messages = Take();
    EXPECT_EQ(messages.size(), 1u);
    if (messages.size() != 1 || messages[0].size() != sizeof(T)) {
      ADD_FAILURE() << "not one message of the size asked for";
      return T{};
    }
    return ReadMessage<T>(messages[0]);
  }

  bool closed = false;
  std::vector<UniqueFd> descriptors;

 private:
  void KeepDescriptors(const msghdr& header) {
    for (auto* c = CMSG_FIRSTHDR(&header); c != nullptr;
         c = CMSG_NXTHDR(const_cast<msghdr*>(&header), c)) {
      size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (size_t i = 0; i < count; ++i) {
        int fd;
        std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
        descriptors.emplace_back(fd);
      }
    }
  }

  UniqueFd fd_;
  uint32_t last_request_ = 0;
};

inline shm::Hello NewHello(const std::string& name = "test") {
  auto hello = NewEvent<shm::Hello>(shm::MessageType::kHello);
  hello.magic = shm::kAttachMagic;
  hello.abi_major = shm::kAbiMajor;
  hello.abi_minor = shm::kAbiMinor;
  hello.struct_size = sizeof hello;
  hello.max_sdu_bytes = 64;
  hello.send_slots = hello.receive_slots = 1;  // as few as there can be
  CopyText(name, hello.name);
  return hello;
}

template <typename T>
T NewRequest(shm::MessageType type) {
  return NewEvent<T>(type);
}

inline shm::AddressAbi NumberAbi(const std::string& digits) {
  shm::AddressAbi abi{};
  abi.type = static_cast<uint8_t>(AddressType::kE164);
  abi.length = static_cast<uint8_t>(digits.size());
  std::memcpy(abi.bytes, digits.data(), digits.size());
  return abi;
}

inline shm::CallParametersAbi CallTo(const std::string& digits) {
  circuit::CallParameters params;
  params.call_manager.emplace();
  shm::CallParametersAbi abi = ToAbi(params);
  abi.called = NumberAbi(digits);
  return abi;
}

class AttachHarness {
 public:
  explicit AttachHarness(bool clients_change_pvcs = false, uint64_t stall_release_ns = 0) {
    ConfigureLog({.sink = [](LogLevel, std::string_view) {}});
    port::PortInfo info{.name = "loop0",
                        .driver = "loopback",
                        .mtu_bytes = 1500,
                        .max_sdu_bytes = 1492,
                        .link_up = true};
    plane.ports.push_back(info);
    const miniport::PortDoors doors{.plane = &plane, .clock = &clock};
    mcm = std::make_unique<miniport::LoopbackMcm>(&switchboard, &programmer, 0, info, doors);
    EXPECT_EQ(mcm->Start(), Status::kSuccess);
    idle_objects = switchboard.LiveObjectCount();
    AttachParts parts{.loop = &loop,
                      .switchboard = &switchboard,
                      .channels = &plane,
                      .plane = &plane,
                      .counters = &counters,
                      .clients_change_pvcs = clients_change_pvcs,
                      .stall_release_ns = stall_release_ns};
    server = std::make_unique<AttachServer>(
        parts, std::vector<AdapterEntry>{{switchboard.FindAdapter("loop0"), "loop0", 1492}});
  }

  // Turns the loop until nothing happens any more.
  void Settle() {
    for (int i = 0; i < 8; ++i) {
      loop.Turn(0);
      if (answer_data_path) {
        programmer.AnswerAll();
        plane.AnswerAll();
      }
    }
  }

  std::unique_ptr<TestApplication> Connect() {
    std::array<int, 2> ends;
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()),
              0);
    server->OnConnection(UniqueFd(ends[0]));
    return std::make_unique<TestApplication>(UniqueFd(ends[1]));
  }

  // Greeted, and told of the port's families.
  std::unique_ptr<TestApplication> Attach(const std::string& name = "test") {
    auto application = Connect();
    application->Ask(NewHello(name));
    Settle();
    std::vector<Message> messages = application->Take();
    EXPECT_GE(messages.size(), 2u);
    EXPECT_EQ(application->descriptors.size(), 3u);
    return application;
  }

  // Asks, settles, and returns the answer.
  template <typename Reply = shm::SimpleReply, typename Request>
  Reply Get(TestApplication& application, const Request& request) {
    uint32_t id = application.Ask(request);
    Settle();
    auto reply = application.TakeOne<Reply>();
    EXPECT_EQ(reply.header.request_id, id);
    EXPECT_EQ(reply.header.type, request.header.type | shm::kReplyBit);
    return reply;
  }

  uint32_t OpenAf(TestApplication& application) {
    auto request = NewRequest<shm::OpenAf>(shm::MessageType::kOpenAf);
    request.family = static_cast<uint32_t>(circuit::AddressFamilyType::kQ2931);
    shm::SimpleReply reply = Get(application, request);
    EXPECT_EQ(reply.status, 0u);
    return reply.handle;
  }
  uint32_t RegisterSap(TestApplication& application, uint32_t af, const std::string& digits) {
    auto request = NewRequest<shm::RegisterSap>(shm::MessageType::kRegisterSap);
    request.af = af;
    request.sap.address = NumberAbi(digits);
    shm::SimpleReply reply = Get(application, request);
    EXPECT_EQ(reply.status, 0u);
    return reply.handle;
  }
  uint32_t CreateVc(TestApplication& application, uint32_t af) {
    auto request = NewRequest<shm::CreateVc>(shm::MessageType::kCreateVc);
    request.af = af;
    shm::SimpleReply reply = Get(application, request);
    EXPECT_EQ(reply.status, 0u);
    return reply.handle;
  }
  // The request's id.
  uint32_t BeginCall(TestApplication& application, uint32_t vc, const std::string& digits) {
    auto request = NewRequest<shm::MakeCall>(shm::MessageType::kMakeCall);
    request.vc = vc;
    request.params = CallTo(digits);
    uint32_t id = application.Ask(request);
    Settle();
    return id;
  }
  template <typename Request>
  shm::SimpleReply GetFor(TestApplication& application, shm::MessageType type, uint32_t handle) {
    auto request = NewRequest<Request>(type);
    std::memcpy(reinterpret_cast<uint8_t*>(&request) + sizeof(shm::MessageHeader), &handle,
                sizeof handle);
    return Get(application, request);
  }
  shm::SimpleReply Answer(TestApplication& application, const shm::IncomingCall& offer,
                          Status status) {
    auto request = NewRequest<shm::AnswerCall>(shm::MessageType::kAnswerCall);
    request.vc = offer.vc;
    request.status = static_cast<uint32_t>(status);
    request.params = offer.params;
    application.Ask(request);
    Settle();
    std::vector<Message> messages = application.Take();
    EXPECT_FALSE(messages.empty());
    return messages.empty() ? shm::SimpleReply{} : ReadMessage<shm::SimpleReply>(messages[0]);
  }

  testing::FakeClock clock;
  EventLoop loop{clock};
  circuit::Switchboard switchboard;
  OperatorClients operator_clients{&switchboard};
  testing::FakeVcProgrammer programmer;
  testing::FakeChannelHost plane;
  DaemonCounters counters;
  std::unique_ptr<miniport::LoopbackMcm> mcm;
  std::unique_ptr<AttachServer> server;
  size_t idle_objects = 0;
  bool answer_data_path = true;
};

}  // namespace vcp::daemon
