#include "daemon/attach_server.h"

#include <fcntl.h>

#include <filesystem>

#include "attach_harness.h"
#include "base/limits.h"
#include "shm/channel.h"

namespace vcp::daemon {
namespace {

using shm::MessageType;

size_t OpenDescriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

TEST(AttachServer, GreetsWithAChannelAndTellsOfFamilies) {
  AttachHarness harness;
  auto application = harness.Connect();
  auto hello = NewHello("alice");
  hello.max_sdu_bytes = 0;
  hello.receive_slots = 128;
  uint32_t id = application->Ask(hello);
  harness.Settle();
  std::vector<Message> messages = application->Take();
  ASSERT_EQ(messages.size(), 2u);
  auto reply = ReadMessage<shm::HelloReply>(messages[0]);
  EXPECT_EQ(reply.header.request_id, id);
  EXPECT_EQ(reply.status, 0u);
  EXPECT_EQ(reply.layout.receive_slot_count, 128u);
  EXPECT_EQ(reply.layout.max_sdu_bytes, 1492u);
  auto event = ReadMessage<shm::AfRegistered>(messages[1]);
  EXPECT_EQ(TextOf(event.adapter), "loop0");
  EXPECT_EQ(event.family, static_cast<uint32_t>(circuit::AddressFamilyType::kQ2931));
  EXPECT_EQ(event.max_sdu_bytes, 1492u);

  ASSERT_EQ(application->descriptors.size(), 3u);
  std::array<UniqueFd, shm::kChannelFdCount> fds;
  for (size_t i = 0; i < fds.size(); ++i) fds[i] = std::move(application->descriptors[i]);
  std::unique_ptr<shm::ClientChannel> channel;
  EXPECT_EQ(shm::ClientChannel::Map(reply.layout, fds, &channel), Status::kSuccess);

  ASSERT_EQ(harness.server->Clients().size(), 1u);
  EXPECT_EQ(harness.server->Clients()[0]->name(), "alice");
}

TEST(AttachServer, RefusesAnotherAbiNamingBoth) {  // A3
  AttachHarness harness;
  auto application = harness.Connect();
  auto hello = NewHello();
  hello.abi_major = 7;
  hello.abi_minor = 3;
  application->Ask(hello);
  harness.Settle();
  auto reply = application->TakeOne<shm::HelloReply>();
  EXPECT_EQ(reply.status, static_cast<uint32_t>(Status::kVersionMismatch));
  EXPECT_EQ(reply.abi_major, shm::kAbiMajor);
  std::string reason(TextOf(reply.reason));
  EXPECT_NE(reason.find("7.3"), std::string::npos) << reason;
  EXPECT_NE(reason.find("1.3"), std::string::npos) << reason;
  EXPECT_TRUE(application->closed);
  EXPECT_EQ(harness.counters.Read(DaemonCounter::kVersionsRefused), 1u);
  EXPECT_EQ(harness.server->session_count(), 0u);
}

TEST(AttachServer, AcceptsAnotherMinorVersion) {
  AttachHarness harness;
  auto application = harness.Connect();
  auto hello = NewHello();
  hello.abi_minor = shm::kAbiMinor + 1;
  application->Ask(hello);
  harness.Settle();
  EXPECT_EQ(harness.server->Clients().size(), 1u);
}

// A longer HELLO is one from a newer library: fine while it says nothing that we do not know.
TEST(AttachServer, ALongerHelloMustEndInZeros) {  // A3
  for (uint8_t tail : {uint8_t{0}, uint8_t{1}}) {
    AttachHarness harness;
    auto application = harness.Connect();
    auto hello = NewHello();
    Message bytes(sizeof hello + 8);
    hello.header.size_bytes = static_cast<uint16_t>(bytes.size());
    hello.header.request_id = 1;
    hello.struct_size = static_cast<uint32_t>(bytes.size());
    std::memcpy(bytes.data(), &hello, sizeof hello);
    bytes.back() = tail;
    application->SendBytes(bytes);
    harness.Settle();
    EXPECT_EQ(harness.server->Clients().size(), tail == 0 ? 1u : 0u);
  }
}

TEST(AttachServer, NoHelloInTimeEndsTheConnection) {  // A1, A2
  AttachHarness harness;
  auto application = harness.Connect();
  harness.clock.Advance(kHelloDeadlineNs - 1);
  harness.Settle();
  EXPECT_TRUE(application->Take().empty());
  EXPECT_FALSE(application->closed);
  harness.clock.Advance(1);
  harness.Settle();
  auto last = application->TakeOne<shm::Evicted>();
  EXPECT_EQ(last.header.type, static_cast<uint16_t>(MessageType::kEvicted));
  EXPECT_EQ(last.status, static_cast<uint32_t>(Status::kTimedOut));
  EXPECT_TRUE(application->closed);
  EXPECT_EQ(harness.counters.Read(DaemonCounter::kHelloTimeouts), 1u);
  EXPECT_EQ(harness.server->session_count(), 0u);
}

TEST(AttachServer, OneUserHasABoundedNumberOfClients) {  // A1
  AttachHarness harness;
  std::vector<std::unique_ptr<TestApplication>> applications;
  for (uint32_t i = 0; i < kMaxClientsPerUid; ++i) applications.push_back(harness.Connect());
  auto one_too_many = harness.Connect();
  // Its HELLO does not fail before it has read why there is no use in it.
  one_too_many->Ask(NewHello());
  auto last = one_too_many->TakeOne<shm::Evicted>();
  EXPECT_EQ(last.status, static_cast<uint32_t>(Status::kResources));
  EXPECT_EQ(harness.counters.Read(DaemonCounter::kTooManyOfUser), 1u);

  applications.front()->Close();
  harness.Settle();
  EXPECT_NE(harness.Attach(), nullptr);
}

TEST(AttachServer, RefusedConnectionsDoNotPileUp) {  // A1
  AttachHarness harness;
  std::vector<std::unique_ptr<TestApplication>> applications;
  size_t before = OpenDescriptors();
  for (int i = 0; i < 200; ++i) applications.push_back(harness.Connect());
  EXPECT_LE(OpenDescriptors() - before, 200 + 2 * kMaxClientsPerUid);
  harness.clock.Advance(kHelloDeadlineNs);
  harness.Settle();
  EXPECT_EQ(OpenDescriptors() - before, 200u);
}

// What a client that left had is not back yet, so the next one waits instead of being refused.
TEST(AttachServer, AHelloWaitsForThoseWhoAreLeaving) {
  AttachHarness harness;
  std::vector<std::unique_ptr<TestApplication>> applications;
  for (uint32_t i = 0; i < kMaxClientsPerUid; ++i) applications.push_back(harness.Attach());
  harness.answer_data_path = false;
  applications.pop_back();
  harness.Settle();
  EXPECT_EQ(harness.server->departing_count(), 1u);
  auto waiting = harness.Connect();
  waiting->Ask(NewHello());
  waiting->Ask(NewRequest<shm::CreateVc>(MessageType::kCreateVc));  // answered after the HELLO
  harness.Settle();
  EXPECT_TRUE(waiting->Take().empty());
  harness.answer_data_path = true;
  harness.Settle();
  std::vector<Message> messages = waiting->Take();
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(ReadMessage<shm::HelloReply>(messages[0]).status, 0u);
  EXPECT_FALSE(waiting->closed);
}

TEST(AttachServer, AHelloWaitsOnlySoLong) {
  AttachHarness harness;
  std::vector<std::unique_ptr<TestApplication>> applications;
  for (uint32_t i = 0; i < kMaxClientsPerUid; ++i) applications.push_back(harness.Attach());
  harness.answer_data_path = false;
  applications.pop_back();
  harness.Settle();
  auto waiting = harness.Connect();
  waiting->Ask(NewHello());
  harness.Settle();
  harness.clock.Advance(kHelloDeadlineNs);
  harness.Settle();
  auto reply = waiting->TakeOne<shm::HelloReply>();
  EXPECT_EQ(reply.status, static_cast<uint32_t>(Status::kResources));
  EXPECT_TRUE(waiting->closed);
}

struct Abuse {
  const char* name;
  uint16_t type;
  uint16_t size_bytes;
  uint32_t request_id;
};

TEST(AttachServer, EndsWhoBreaksTheProtocol) {  // A4
  auto number = [](MessageType type) { return static_cast<uint16_t>(type); };
  const Abuse abuses[] = {
      {"hello twice", number(MessageType::kHello), sizeof(shm::Hello), 5},
      {"event as a request", number(MessageType::kCallConnected), 16, 5},
      {"reply as a request", static_cast<uint16_t>(number(MessageType::kOpenAf) | shm::kReplyBit),
       16, 5},
      {"unknown type", 999, 16, 5},
      {"no request id", number(MessageType::kCloseAf), sizeof(shm::CloseAf), 0},
      {"too short", number(MessageType::kOpenAf), sizeof(shm::OpenAf) - 4, 5},
      {"too long", number(MessageType::kCloseAf), sizeof(shm::CloseAf) + 4, 5},
      {"header only", number(MessageType::kCreateVc), 8, 5},
  };
  for (const Abuse& abuse : abuses) {
    AttachHarness harness;
    auto application = harness.Attach();
    Message bytes(abuse.size_bytes);
    shm::MessageHeader header{abuse.type, abuse.size_bytes, abuse.request_id};
    std::memcpy(bytes.data(), &header, sizeof header);
    application->SendBytes(bytes);
    harness.Settle();
    auto last = application->TakeOne<shm::Evicted>();
    EXPECT_EQ(last.status, static_cast<uint32_t>(Status::kProtocolError)) << abuse.name;
    EXPECT_FALSE(TextOf(last.reason).empty()) << abuse.name;
    EXPECT_TRUE(application->closed) << abuse.name;
    EXPECT_EQ(harness.counters.Read(DaemonCounter::kProtocolErrors), 1u) << abuse.name;
    EXPECT_EQ(harness.plane.channels.size(), 0u) << abuse.name;
  }
}

TEST(AttachServer, ARequestBeforeHelloEndsTheConnection) {  // A4
  AttachHarness harness;
  auto application = harness.Connect();
  application->Ask(NewRequest<shm::CreateVc>(MessageType::kCreateVc));
  harness.Settle();
  EXPECT_EQ(application->TakeOne<shm::Evicted>().status,
            static_cast<uint32_t>(Status::kProtocolError));
  EXPECT_TRUE(application->closed);
}

TEST(AttachServer, DescriptorsAreThrownAwayAndTheirSenderEnded) {  // A5
  AttachHarness harness;
  auto application = harness.Attach();
  std::array<int, 100> passed;
  passed.fill(0);
  auto request = NewRequest<shm::CloseAf>(MessageType::kCloseAf);
  request.header.request_id = 1;
  iovec vector{.iov_base = &request, .iov_len = sizeof request};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof passed)> control{};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof passed);
  std::memcpy(CMSG_DATA(header), passed.data(), sizeof passed);
  size_t before = OpenDescriptors();
  ASSERT_GT(sendmsg(application->fd(), &message, MSG_DONTWAIT), 0);
  harness.answer_data_path = false;  // the channel stays, and with it its descriptors
  harness.Settle();
  EXPECT_EQ(OpenDescriptors(), before - 1);  // the connection's
  EXPECT_EQ(harness.counters.Read(DaemonCounter::kDescriptorsRefused), 1u);
  application->Take();
  EXPECT_TRUE(application->closed);
}

TEST(AttachServer, AttachingAndLeavingCostsNothing) {  // A9
  AttachHarness harness;
  harness.Attach()->Close();
  harness.Settle();
  size_t before = OpenDescriptors();
  for (int i = 0; i < 100; ++i) {
    auto application = harness.Attach();
    uint32_t af = harness.OpenAf(*application);
    harness.RegisterSap(*application, af, "358");
    harness.CreateVc(*application, af);
    application.reset();
    harness.Settle();
  }
  EXPECT_EQ(OpenDescriptors(), before);
  EXPECT_EQ(harness.switchboard.LiveObjectCount(), harness.idle_objects);
  EXPECT_TRUE(harness.plane.channels.empty());
  EXPECT_EQ(harness.counters.Read(DaemonCounter::kDetached), 101u);
}

// It may be noticed while something is being sent to it.
TEST(AttachServer, WhoLeavesInTheMiddleJustLeaves) {
  AttachHarness harness;
  for (int i = 0; i < 3; ++i) {
    auto application = harness.Connect();
    application->Ask(NewHello());
    application->Ask(NewRequest<shm::CreateVc>(MessageType::kCreateVc));
    application->Close();
    harness.Settle();
  }
  EXPECT_EQ(harness.server->session_count(), 0u);
  EXPECT_EQ(harness.counters.Read(DaemonCounter::kSlowReaders), 0u);
  EXPECT_EQ(harness.counters.Read(DaemonCounter::kProtocolErrors), 0u);
}

TEST(AttachServer, ALeavingClientsMemoryIsAbandonedBeforeItsThingsEnd) {
  AttachHarness harness;
  auto application = harness.Attach();
  harness.CreateVc(*application, harness.OpenAf(*application));
  application->Close();
  harness.Settle();
  EXPECT_EQ(harness.plane.log, (std::vector<std::string>{"abandon 0", "remove 0"}));
}

TEST(AttachServer, NoMemoryForAChannelIsSaidAndEndsIt) {  // A13
  AttachHarness harness;
  harness.plane.add_channel = Status::kResources;
  auto application = harness.Connect();
  application->Ask(NewHello());
  harness.Settle();
  auto reply = application->TakeOne<shm::HelloReply>();
  EXPECT_EQ(reply.status, static_cast<uint32_t>(Status::kResources));
  EXPECT_FALSE(TextOf(reply.reason).empty());
  EXPECT_TRUE(application->closed);
  EXPECT_TRUE(application->descriptors.empty());
}

TEST(AttachServer, MemoryThatCannotBeKeptIsSaidAndEndsIt) {
  AttachHarness harness;
  harness.plane.serve_channel = Status::kResources;
  auto application = harness.Attach();
  application->Ask(NewRequest<shm::OpenAf>(shm::MessageType::kOpenAf));
  harness.Settle();
  const auto evicted = application->TakeOne<shm::Evicted>();
  EXPECT_EQ(evicted.status, static_cast<uint32_t>(Status::kResources));
  EXPECT_TRUE(application->closed);
  EXPECT_EQ(harness.plane.log, (std::vector<std::string>{"abandon 0", "remove 0"}));
}

TEST(AttachServer, AskedSizesAreClamped) {  // A6
  for (uint32_t asked : {0u, 1u, 3u, 1u << 31, ~0u}) {
    AttachHarness harness;
    auto application = harness.Connect();
    auto hello = NewHello();
    hello.max_sdu_bytes = std::min(asked, 1500u);  // what a test may use
    hello.send_slots = hello.receive_slots = asked;
    application->Ask(hello);
    harness.Settle();
    std::vector<Message> messages = application->Take();
    ASSERT_FALSE(messages.empty());
    auto reply = ReadMessage<shm::HelloReply>(messages[0]);
    EXPECT_EQ(reply.status, 0u);
    EXPECT_GE(reply.layout.receive_slot_count, kMinSlots);
    EXPECT_LE(reply.layout.receive_slot_count, kMaxSlots);
    EXPECT_LE(reply.layout.max_sdu_bytes, kMaxSduBytes);
  }
}

TEST(AttachServer, ThePollCoresVerdictReachesTheClient) {
  AttachHarness harness;
  auto liar = harness.Attach("liar");
  auto bystander = harness.Attach("bystander");
  harness.server->OnEvict(0, "submissions beyond the ring");
  harness.Settle();
  EXPECT_EQ(TextOf(liar->TakeOne<shm::Evicted>().reason), "submissions beyond the ring");
  EXPECT_TRUE(liar->closed);
  EXPECT_TRUE(bystander->Take().empty());
  EXPECT_FALSE(bystander->closed);
  EXPECT_EQ(harness.counters.Read(DaemonCounter::kEvictedByDataPath), 1u);
  harness.server->OnEvict(0, "late word about who is gone");
}

// Its requests wait for as long as it does not read the answers; then it goes on where it was.
TEST(AttachServer, WhoDoesNotReadIsNotServed) {
  AttachHarness harness;
  auto application = harness.Attach();
  uint32_t asked = 0;
  auto request = NewRequest<shm::VcCountersRequest>(MessageType::kVcCounters);
  for (int rounds = 0; rounds < 200; ++rounds) {
    request.header.request_id = asked + 1;
    while (application->Send(request)) request.header.request_id = ++asked + 1;
    harness.Settle();
  }
  EXPECT_EQ(harness.server->Clients().size(), 1u);
  std::vector<Message> answers;
  for (size_t last = 1; answers.size() != last;) {
    last = answers.size();
    for (Message& message : application->Take()) answers.push_back(std::move(message));
    harness.Settle();
  }
  ASSERT_EQ(answers.size(), asked);
  for (uint32_t i = 0; i < asked; ++i) ASSERT_EQ(RequestIdOf(answers[i]), i + 1);
}

TEST(AttachServer, ShuttingDownEndsEverybody) {
  AttachHarness harness;
  auto attached = harness.Attach();
  auto greeting = harness.Connect();
  harness.CreateVc(*attached, harness.OpenAf(*attached));
  bool done = false;
  harness.server->ShutDown([&] { done = true; });
  EXPECT_FALSE(done);
  harness.Settle();
  EXPECT_TRUE(done);
  attached->Take();
  greeting->Take();
  EXPECT_TRUE(attached->closed && greeting->closed);
  EXPECT_EQ(harness.switchboard.LiveObjectCount(), harness.idle_objects);
}

}  // namespace
}  // namespace vcp::daemon
