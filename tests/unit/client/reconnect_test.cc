#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/vcplane.h"
#include "fake_daemon.h"

namespace vcp::client {
namespace {

using shm::MessageType;

constexpr uint32_t kChannelVc = 0x100001;

class ReconnectTest : public ClientTest {
 protected:
  using ClientTest::ClientTest;

  // The daemon dies, and another takes its place.
  void Restart() {
    daemon_.StopListening();
    daemon_.HangUp();
    daemon_.Listen();
  }
  // The client finds the new daemon and is greeted.
  void ComeBack() {
    while (!Connects()) WaitReadable();
    daemon_.TakeHello();
    daemon_.Welcome();
  }
  bool Connects() {
    EXPECT_TRUE(PollAll().empty());
    if (!daemon_.HasConnection()) return false;
    daemon_.Accept();
    return true;
  }
};

TEST_F(ReconnectTest, EverythingPendingFailsOnceAndVcsEnd) {
  const vcp_af af = OpenAf(0x500);
  const vcp_sap sap = RegisterSap(af, 0x600);
  const vcp_vc connected = Connect(af, kChannelVc);
  const vcp_vc idle = CreateVc(af, 0x100002);
  const vcp_vc offered = Offer(0x600, 0x100003);
  const vcp_vc calling = CreateVc(af, 0x100004);
  const vcp_call_params params = NewCall();
  ASSERT_EQ(vcp_make_call(client_, calling, &params, 51), VCP_PENDING);
  vcp_vc created = 0;
  ASSERT_EQ(vcp_create_vc(client_, af, 52, &created), VCP_PENDING);
  ASSERT_EQ(vcp_make_call(client_, created, &params, 53), VCP_PENDING);
  vcp_af opening = 0;
  ASSERT_EQ(vcp_open_af(client_, nullptr, VCP_AF_ANY, 54, &opening), VCP_PENDING);
  ASSERT_EQ(vcp_send(client_, connected, "x", 1, 61), VCP_SUCCESS);
  ASSERT_EQ(vcp_send(client_, connected, "x", 1, 62), VCP_SUCCESS);
  ASSERT_EQ(vcp_close_call(client_, connected, nullptr, 0, 55), VCP_PENDING);
  daemon_.Complete(daemon_.TakeSubmissions().at(0).cookie, VCP_SUCCESS);
  daemon_.Publish();

  daemon_.HangUp();
  const std::vector<vcp_event> events = PollAll();
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events[0].type, VCP_EVENT_DISCONNECTED);
  std::vector<uint64_t> completed;
  std::vector<vcp_vc> deleted;
  for (size_t i = 1; i < events.size(); ++i) {
    EXPECT_EQ(events[i].status, VCP_DISCONNECTED);
    if (events[i].type == VCP_EVENT_VC_DELETED) {
      deleted.push_back(events[i].vc);
    } else {
      completed.push_back(events[i].cookie);
    }
  }
  EXPECT_THAT(completed, testing::UnorderedElementsAre(51, 52, 53, 54, 55));
  // The VC whose creation failed is told so by that.
  EXPECT_THAT(deleted, testing::UnorderedElementsAre(connected, idle, offered, calling));

  vcp_completion completions[8];
  ASSERT_EQ(vcp_completions(client_, completions, 8), 2u);
  EXPECT_EQ(completions[0].cookie, 61u);
  EXPECT_EQ(completions[0].status, VCP_SUCCESS);  // it was sent before
  EXPECT_EQ(completions[1].cookie, 62u);
  EXPECT_EQ(completions[1].status, VCP_DISCONNECTED);
  EXPECT_EQ(completions[1].vc, connected);
  EXPECT_EQ(vcp_completions(client_, completions, 8), 0u);

  EXPECT_EQ(vcp_send(client_, connected, "x", 1, 0), VCP_DISCONNECTED);
  EXPECT_EQ(vcp_create_vc(client_, af, 1, &created), VCP_DISCONNECTED);
  EXPECT_EQ(vcp_deregister_sap(client_, sap, 1), VCP_DISCONNECTED);
  vcp_segment segment;
  EXPECT_EQ(vcp_send_alloc(client_, &segment, 1), 0u);
}

TEST_F(ReconnectTest, ComesBackWithFamiliesAndSapsUnderTheirHandles) {
  const vcp_af af = OpenAf(0x500);
  vcp_sap_params params;
  vcp_sap_params_init(&params);
  ASSERT_EQ(vcp_address_parse("+35850", &params.address), VCP_SUCCESS);
  vcp_sap sap = 0;
  ASSERT_EQ(vcp_register_sap(client_, af, &params, 2, &sap), VCP_PENDING);
  daemon_.Reply(daemon_.Take<shm::RegisterSap>(MessageType::kRegisterSap).header, VCP_SUCCESS,
                0x600);
  TakeCompletion(VCP_EVENT_REGISTER_SAP_COMPLETE, 2, VCP_SUCCESS);
  const int fd = vcp_fd(client_);
  Restart();
  TakeEvent(VCP_EVENT_DISCONNECTED);
  ComeBack();

  daemon_.Send(MessageType::kAfRegistered, shm::AfRegistered{});
  EXPECT_TRUE(PollAll().empty());
  const auto open = daemon_.Take<shm::OpenAf>(MessageType::kOpenAf);
  EXPECT_EQ(open.family, VCP_AF_Q2931);
  daemon_.Reply(open.header, VCP_SUCCESS, 0x501);
  EXPECT_TRUE(PollAll().empty());
  vcp_vc vc = 0;
  EXPECT_EQ(vcp_create_vc(client_, af, 1, &vc), VCP_DISCONNECTED);  // not before RECONNECTED
  const auto again = daemon_.Take<shm::RegisterSap>(MessageType::kRegisterSap);
  EXPECT_EQ(again.af, 0x501u);
  EXPECT_EQ(again.sap.address.length, 5);
  daemon_.Reply(again.header, VCP_SUCCESS, 0x601);

  const std::vector<vcp_event> events = PollAll();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].type, VCP_EVENT_RECONNECTED);
  EXPECT_EQ(events[1].type, VCP_EVENT_AF_REGISTERED);
  EXPECT_EQ(vcp_fd(client_), fd);
  const vcp_vc called = Offer(0x601, kChannelVc);
  EXPECT_NE(called, 0u);
  EXPECT_NE(Connect(af, 0x100002), 0u);
}

TEST_F(ReconnectTest, SaysWhatCouldNotBeRestored) {
  const vcp_af good = OpenAf(0x500);
  const vcp_sap bad_sap = RegisterSap(good, 0x600);
  const vcp_af bad = OpenAf(0x501);
  const vcp_sap orphan = RegisterSap(bad, 0x601);
  Restart();
  TakeEvent(VCP_EVENT_DISCONNECTED);
  ComeBack();
  EXPECT_TRUE(PollAll().empty());
  daemon_.Reply(daemon_.Take<shm::OpenAf>(MessageType::kOpenAf).header, VCP_SUCCESS, 0x700);
  daemon_.Reply(daemon_.Take<shm::OpenAf>(MessageType::kOpenAf).header, VCP_FAILURE);
  std::vector<vcp_event> events = PollAll();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].type, VCP_EVENT_AF_LOST);
  EXPECT_EQ(events[0].af, bad);
  EXPECT_EQ(events[0].status, VCP_FAILURE);
  EXPECT_EQ(events[1].type, VCP_EVENT_SAP_LOST);
  EXPECT_EQ(events[1].sap, orphan);
  daemon_.Reply(daemon_.Take<shm::RegisterSap>(MessageType::kRegisterSap).header, VCP_IN_USE);
  events = PollAll();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].type, VCP_EVENT_SAP_LOST);
  EXPECT_EQ(events[0].sap, bad_sap);
  EXPECT_EQ(events[0].status, VCP_IN_USE);
  EXPECT_EQ(events[1].type, VCP_EVENT_RECONNECTED);
  EXPECT_EQ(vcp_close_af(client_, bad, 1), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_deregister_sap(client_, orphan, 1), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_close_af(client_, good, 1), VCP_PENDING);
}

TEST_F(ReconnectTest, HandlesOfTheOldDaemonNameNothingNew) {
  const vcp_af af = OpenAf(0x500);
  const vcp_vc old = Connect(af, kChannelVc);
  Restart();
  EXPECT_EQ(PollAll().size(), 2u);
  ComeBack();
  EXPECT_TRUE(PollAll().empty());
  daemon_.Reply(daemon_.Take<shm::OpenAf>(MessageType::kOpenAf).header, VCP_SUCCESS, 0x500);
  TakeEvent(VCP_EVENT_RECONNECTED);
  EXPECT_EQ(vcp_close_call(client_, old, nullptr, 0, 1), VCP_INVALID_HANDLE);
  const vcp_vc young = Connect(af, kChannelVc);
  EXPECT_NE(young, old);
  EXPECT_EQ(vcp_send(client_, old, "x", 1, 0), VCP_INVALID_HANDLE);
  EXPECT_EQ(vcp_send(client_, young, "x", 1, 0), VCP_SUCCESS);
}

// What the application holds stays memory until it can know that it is not its any more.
TEST_F(ReconnectTest, HeldMemoryOutlivesTheDaemon) {
  const vcp_af af = OpenAf(0x500);
  const vcp_vc vc = Connect(af, kChannelVc);
  daemon_.Deliver(0, kChannelVc, "kept");
  daemon_.Deliver(1, kChannelVc, "never taken");
  daemon_.Publish();
  vcp_received kept;
  ASSERT_EQ(vcp_receive(client_, &kept, 1), 1u);
  vcp_segment segment;
  ASSERT_EQ(vcp_send_alloc(client_, &segment, 1), 1u);
  ASSERT_EQ(vcp_send(client_, vc, "x", 1, 99), VCP_SUCCESS);
  Restart();
  EXPECT_EQ(PollAll().size(), 2u);
  vcp_received none;
  EXPECT_EQ(vcp_receive(client_, &none, 1), 0u);
  ComeBack();
  EXPECT_TRUE(PollAll().empty());
  daemon_.Reply(daemon_.Take<shm::OpenAf>(MessageType::kOpenAf).header, VCP_SUCCESS, 0x500);
  vcp_event event;
  ASSERT_EQ(vcp_poll(client_, &event, 1), 1u);
  ASSERT_EQ(event.type, VCP_EVENT_RECONNECTED);

  EXPECT_EQ(std::string(static_cast<const char*>(kept.data), kept.size_bytes), "kept");
  std::memset(segment.data, 1, segment.size_bytes);
  const vcp_vc young = Connect(af, kChannelVc);
  vcp_return(client_, &kept, 1);  // of no interest to the new daemon
  const vcp_send_list list = {
      .vc = young, .segment_count = 1, .segments = &segment, .cookie = 0, .cancel_id = 0};
  vcp_status why;
  EXPECT_EQ(vcp_submit(client_, &list, 1, &why), 0u);
  EXPECT_EQ(why, VCP_INVALID_DATA);
  vcp_send_free(client_, &segment, 1);
  vcp_flush(client_);
  EXPECT_TRUE(daemon_.TakeReturns().empty());
  // A completion that was not taken before is not lost with the old channel.
  vcp_completion completion;
  ASSERT_EQ(vcp_completions(client_, &completion, 1), 1u);
  EXPECT_EQ(completion.cookie, 99u);
  EXPECT_EQ(completion.status, VCP_DISCONNECTED);
}

TEST_F(ReconnectTest, KeepsTrying) {
  daemon_.StopListening();
  daemon_.HangUp();
  TakeEvent(VCP_EVENT_DISCONNECTED);
  for (int i = 0; i < 3; ++i) {  // 10, 20 and 40 ms
    WaitReadable();
    EXPECT_TRUE(PollAll().empty());
  }
  daemon_.Listen();
  for (int refused = 0; refused < 2; ++refused) {
    while (!Connects()) WaitReadable();
    daemon_.TakeHello();
    daemon_.Answer(daemon_.NewHelloReply(VCP_RESOURCES, "not now"), false);
    daemon_.HangUp();
    EXPECT_TRUE(PollAll().empty());
  }
  ComeBack();
  TakeEvent(VCP_EVENT_RECONNECTED);
}

// A daemon that dies before everything was restored was never there for the application.
TEST_F(ReconnectTest, DisconnectedAndReconnectedTakeTurns) {
  const vcp_af af = OpenAf(0x500);
  RegisterSap(af, 0x600);
  Restart();
  TakeEvent(VCP_EVENT_DISCONNECTED);
  ComeBack();
  EXPECT_TRUE(PollAll().empty());
  daemon_.Reply(daemon_.Take<shm::OpenAf>(MessageType::kOpenAf).header, VCP_SUCCESS, 0x700);
  shm::IncomingCall call{};
  call.sap = 0x600;
  call.vc = kChannelVc;
  daemon_.Send(MessageType::kIncomingCall, call);
  EXPECT_TRUE(PollAll().empty());
  Restart();
  ComeBack();
  EXPECT_TRUE(PollAll().empty());
  daemon_.Reply(daemon_.Take<shm::OpenAf>(MessageType::kOpenAf).header, VCP_SUCCESS, 0x701);
  EXPECT_TRUE(PollAll().empty());
  daemon_.Reply(daemon_.Take<shm::RegisterSap>(MessageType::kRegisterSap).header, VCP_SUCCESS,
                0x601);
  TakeEvent(VCP_EVENT_RECONNECTED);
  EXPECT_NE(Offer(0x601, kChannelVc), 0u);
}

TEST_F(ReconnectTest, GarbageFromTheDaemonIsAHangUp) {
  daemon_.SendBytes("garbage", 7);
  TakeEvent(VCP_EVENT_DISCONNECTED);
  EXPECT_TRUE(daemon_.SeesHangUp());
}

TEST_F(ReconnectTest, WhoIsEvictedStaysAway) {
  shm::Evicted evicted{};
  evicted.status = VCP_PROTOCOL_ERROR;
  std::strcpy(evicted.reason, "returned slots that it did not hold");
  daemon_.Send(MessageType::kEvicted, evicted);
  const std::vector<vcp_event> events = PollAll();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].type, VCP_EVENT_EVICTED);
  EXPECT_EQ(events[0].status, VCP_PROTOCOL_ERROR);
  EXPECT_STREQ(events[0].text, evicted.reason);
  EXPECT_EQ(events[1].type, VCP_EVENT_DISCONNECTED);
  EXPECT_EQ(vcp_wait(client_, -1), VCP_DISCONNECTED);
  EXPECT_FALSE(daemon_.HasConnection());
}

class NoReconnectTest : public ReconnectTest {
 protected:
  NoReconnectTest() : ReconnectTest(VCP_ATTACH_NO_RECONNECT) {}
};

TEST_F(NoReconnectTest, ALostDaemonStaysLost) {
  OpenAf(0x500);
  Restart();
  EXPECT_EQ(vcp_wait(client_, -1), VCP_SUCCESS);
  TakeEvent(VCP_EVENT_DISCONNECTED);
  EXPECT_EQ(vcp_wait(client_, -1), VCP_DISCONNECTED);
  EXPECT_TRUE(PollAll().empty());
  EXPECT_FALSE(daemon_.HasConnection());
}

}  // namespace
}  // namespace vcp::client
