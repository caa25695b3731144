#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/time.h>

#include <csignal>
#include <string>
#include <vector>

#include "client/vcplane.h"
#include "client/vcplane.hpp"
#include "fake_daemon.h"

namespace vcp::client {
namespace {

using shm::MessageType;

constexpr uint32_t kChannelVc = 0x100001;

class WaitTest : public ClientTest {
 protected:
  static bool IsReadable(int fd) {
    pollfd watched{.fd = fd, .events = POLLIN, .revents = 0};
    return poll(&watched, 1, 0) == 1;
  }
};

// --- waking each other ---------------------------------------------------------------------------

TEST_F(WaitTest, WakesADaemonThatSleepsAndNoOther) {
  const vcp_vc vc = Connect(OpenAf(0x500), kChannelVc);
  shm::DaemonChannel& channel = daemon_.channel();
  ASSERT_EQ(vcp_send(client_, vc, "x", 1, 0), VCP_SUCCESS);
  vcp_flush(client_);
  EXPECT_FALSE(IsReadable(channel.wake_fd()));
  channel.SetDaemonSleeps(true);
  vcp_flush(client_);  // nothing new to tell
  EXPECT_FALSE(IsReadable(channel.wake_fd()));
  ASSERT_EQ(vcp_send(client_, vc, "x", 1, 0), VCP_SUCCESS);
  vcp_flush(client_);
  EXPECT_TRUE(IsReadable(channel.wake_fd()));
  channel.DrainWakes();
  ASSERT_EQ(vcp_send(client_, vc, "x", 1, 0), VCP_SUCCESS);
  vcp_flush(client_);  // told once for each sleep
  EXPECT_FALSE(IsReadable(channel.wake_fd()));
}

TEST_F(WaitTest, ADaemonWakesAClientThatIsArmed) {
  Connect(OpenAf(0x500), kChannelVc);
  daemon_.Deliver(0, kChannelVc, "x");
  EXPECT_FALSE(daemon_.Publish());  // a busy client is not rung for
  EXPECT_EQ(vcp_arm(client_), 1);   // something is there already
  vcp_received received;
  ASSERT_EQ(vcp_receive(client_, &received, 1), 1u);
  ASSERT_EQ(vcp_arm(client_), 0);
  EXPECT_FALSE(IsReadable(vcp_fd(client_)));
  daemon_.Deliver(1, kChannelVc, "y");
  EXPECT_TRUE(daemon_.Publish());
  EXPECT_TRUE(IsReadable(vcp_fd(client_)));
  vcp_event event;
  EXPECT_EQ(vcp_poll(client_, &event, 1), 0u);
  EXPECT_FALSE(IsReadable(vcp_fd(client_)));
  EXPECT_EQ(vcp_receive(client_, &received, 1), 1u);
  daemon_.Deliver(2, kChannelVc, "z");
  EXPECT_FALSE(daemon_.Publish());  // awake again
}

TEST_F(WaitTest, ArmingAndWaitingFlush) {
  const vcp_vc vc = Connect(OpenAf(0x500), kChannelVc);
  ASSERT_EQ(vcp_send(client_, vc, "x", 1, 0), VCP_SUCCESS);
  EXPECT_EQ(vcp_arm(client_), 0);
  EXPECT_EQ(daemon_.TakeSubmissions().size(), 1u);
  ASSERT_EQ(vcp_send(client_, vc, "x", 1, 0), VCP_SUCCESS);
  EXPECT_EQ(vcp_wait(client_, 0), VCP_TIMED_OUT);
  EXPECT_EQ(daemon_.TakeSubmissions().size(), 1u);
}

TEST_F(WaitTest, WaitsForEventsDataAndCompletions) {
  const vcp_vc vc = Connect(OpenAf(0x500), kChannelVc);
  EXPECT_EQ(vcp_wait(client_, 1), VCP_TIMED_OUT);
  daemon_.Send(MessageType::kAfRegistered, shm::AfRegistered{});
  EXPECT_EQ(vcp_wait(client_, -1), VCP_SUCCESS);
  EXPECT_EQ(vcp_wait(client_, -1), VCP_SUCCESS);  // until it is taken
  TakeEvent(VCP_EVENT_AF_REGISTERED);

  daemon_.Deliver(0, kChannelVc, "x");
  daemon_.Publish();
  EXPECT_EQ(vcp_wait(client_, -1), VCP_SUCCESS);
  vcp_received received;
  ASSERT_EQ(vcp_receive(client_, &received, 1), 1u);

  ASSERT_EQ(vcp_send(client_, vc, "x", 1, 0), VCP_SUCCESS);
  vcp_flush(client_);
  daemon_.Complete(daemon_.TakeSubmissions().at(0).cookie, VCP_SUCCESS);
  daemon_.Publish();
  EXPECT_EQ(vcp_wait(client_, -1), VCP_SUCCESS);
  vcp_completion completion;
  ASSERT_EQ(vcp_completions(client_, &completion, 1), 1u);
  EXPECT_EQ(vcp_wait(client_, 0), VCP_TIMED_OUT);
}

// Rings that came too late for an earlier sleep do not count as something to take.
TEST_F(WaitTest, AStaleRingIsNotAnEvent) {
  daemon_.channel().WakeClient();
  EXPECT_EQ(vcp_wait(client_, 1), VCP_TIMED_OUT);
  EXPECT_FALSE(IsReadable(vcp_fd(client_)));
}

TEST_F(WaitTest, IsWokenFromItsSleep) {
  Connect(OpenAf(0x500), kChannelVc);
  const vcp_status status = Meanwhile(
      [this] {
        while (!daemon_.channel().ClientNeedsWake()) std::this_thread::yield();
        daemon_.Deliver(0, kChannelVc, "x");
        EXPECT_TRUE(daemon_.Publish());
      },
      [this] { return vcp_wait(client_, -1); });
  EXPECT_EQ(status, VCP_SUCCESS);
}

TEST_F(WaitTest, ASignalEndsTheSleep) {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  sigaction(SIGALRM, &action, nullptr);
  const itimerval soon{.it_interval = {0, 1000}, .it_value = {0, 1000}};
  setitimer(ITIMER_REAL, &soon, nullptr);
  EXPECT_EQ(vcp_wait(client_, -1), VCP_REQUEST_ABORTED);
  const itimerval never{};
  setitimer(ITIMER_REAL, &never, nullptr);
}

// --- blocking forms ------------------------------------------------------------------------------

TEST_F(WaitTest, BlockingFormsLeaveOtherEventsAlone) {
  vcp_af af = 0;
  EXPECT_EQ(Meanwhile(
                [this] {
                  const auto request = daemon_.Take<shm::OpenAf>(MessageType::kOpenAf);
                  daemon_.Send(MessageType::kAfRegistered, shm::AfRegistered{});
                  daemon_.Reply(request.header, VCP_SUCCESS, 0x500);
                },
                [&] { return vcp_open_af_wait(client_, nullptr, VCP_AF_ANY, &af); }),
            VCP_SUCCESS);
  TakeEvent(VCP_EVENT_AF_REGISTERED);

  vcp_sap_params params;
  vcp_sap_params_init(&params);
  vcp_sap sap = 0;
  EXPECT_EQ(Meanwhile(
                [this] {
                  daemon_.Reply(daemon_.Take<shm::RegisterSap>(MessageType::kRegisterSap).header,
                                VCP_INVALID_DATA);
                },
                [&] { return vcp_register_sap_wait(client_, af, &params, &sap); }),
            VCP_INVALID_DATA);
  EXPECT_STREQ(vcp_last_error(), vcp_status_meaning(VCP_INVALID_DATA));
  EXPECT_TRUE(PollAll().empty());
}

TEST_F(WaitTest, MakesACallAndClosesIt) {
  const vcp_af af = OpenAf(0x500);
  const vcp_call_params params = NewCall();
  vcp_vc vc = 0;
  EXPECT_EQ(Meanwhile(
                [this] {
                  daemon_.Reply(daemon_.Take<shm::CreateVc>(MessageType::kCreateVc).header,
                                VCP_SUCCESS, kChannelVc);
                  const auto request = daemon_.Take<shm::MakeCall>(MessageType::kMakeCall);
                  daemon_.Send(MessageType::kMakeCall, shm::CallReply{}, request.header.request_id);
                },
                [&] { return vcp_make_call_wait(client_, af, &params, &vc); }),
            VCP_SUCCESS);
  ASSERT_EQ(vcp_send(client_, vc, "x", 1, 8), VCP_SUCCESS);
  // Messages that nobody took, old and new, and a send under way do not stand in the way.
  daemon_.Deliver(0, kChannelVc, "unread");
  daemon_.Publish();
  std::vector<uint32_t> returned;
  EXPECT_EQ(Meanwhile(
                [&] {
                  while (!daemon_.channel().ClientNeedsWake()) std::this_thread::yield();
                  daemon_.Complete(daemon_.TakeSubmissions().at(0).cookie, VCP_SUCCESS);
                  daemon_.Publish();
                  const auto close = daemon_.Take<shm::CloseCall>(MessageType::kCloseCall);
                  daemon_.Deliver(1, kChannelVc, "late");
                  daemon_.Publish();
                  while (returned.size() < 2) {
                    for (const uint32_t slot : daemon_.TakeReturns()) returned.push_back(slot);
                  }
                  daemon_.Reply(close.header, VCP_SUCCESS, kChannelVc);
                  daemon_.Reply(daemon_.Take<shm::DeleteVc>(MessageType::kDeleteVc).header,
                                VCP_SUCCESS);
                },
                [&] { return vcp_close_call_wait(client_, vc); }),
            VCP_SUCCESS);
  EXPECT_TRUE(PollAll().empty());
  vcp_completion completion;
  ASSERT_EQ(vcp_completions(client_, &completion, 1), 1u);
  EXPECT_EQ(completion.cookie, 8u);
  EXPECT_EQ(vcp_close_call_wait(client_, vc), VCP_INVALID_HANDLE);
}

// Cancels that had no room at first are shown to the daemon before the library sleeps.
TEST_F(WaitTest, ClosesACallWhoseSendsAreCancelled) {
  const vcp_vc vc = Connect(OpenAf(0x500), kChannelVc);
  std::vector<vcp_segment> segments(kSegments);
  ASSERT_EQ(vcp_send_alloc(client_, segments.data(), kSegments), kSegments);
  for (vcp_segment& segment : segments) {
    segment.size_bytes = 1;
    const vcp_send_list list = {
        .vc = vc, .segment_count = 1, .segments = &segment, .cookie = 1, .cancel_id = 5};
    ASSERT_EQ(vcp_submit(client_, &list, 1, nullptr), 1u);
  }
  ASSERT_EQ(vcp_cancel_sends(client_, vc, 5), VCP_SUCCESS);
  const auto daemon = [this] {
    uint32_t cancelled = 0;
    while (cancelled < kSegments) {
      for (const shm::Submission& submission : daemon_.TakeSubmissions()) {
        if (submission.flags != shm::kSubmitCancel) continue;
        daemon_.Complete(submission.offset, VCP_SEND_ABORTED);
        daemon_.Complete(submission.cookie, VCP_SUCCESS);
        ++cancelled;
      }
      daemon_.Publish();
      std::this_thread::yield();
    }
    daemon_.Reply(daemon_.Take<shm::CloseCall>(MessageType::kCloseCall).header, VCP_SUCCESS,
                  kChannelVc);
    daemon_.Reply(daemon_.Take<shm::DeleteVc>(MessageType::kDeleteVc).header, VCP_SUCCESS);
  };
  EXPECT_EQ(Meanwhile(daemon, [&] { return vcp_close_call_wait(client_, vc); }), VCP_SUCCESS);
}

TEST_F(WaitTest, ACallThatFailsLeavesNoVc) {
  const vcp_af af = OpenAf(0x500);
  const vcp_call_params params = NewCall();
  vcp_vc vc = 0;
  EXPECT_EQ(
      Meanwhile(
          [this] {
            daemon_.Reply(daemon_.Take<shm::CreateVc>(MessageType::kCreateVc).header, VCP_SUCCESS,
                          kChannelVc);
            shm::CallReply reply{};
            reply.status = VCP_NOT_FOUND;
            daemon_.Send(MessageType::kMakeCall, reply,
                         daemon_.Take<shm::MakeCall>(MessageType::kMakeCall).header.request_id);
            daemon_.Reply(daemon_.Take<shm::DeleteVc>(MessageType::kDeleteVc).header, VCP_SUCCESS);
          },
          [&] { return vcp_make_call_wait(client_, af, &params, &vc); }),
      VCP_NOT_FOUND);
  EXPECT_EQ(vcp_delete_vc(client_, vc, 1), VCP_INVALID_HANDLE);
}

TEST_F(WaitTest, ADaemonThatDiesEndsABlockingCall) {
  vcp_af af = 0;
  EXPECT_EQ(Meanwhile(
                [this] {
                  daemon_.Take<shm::OpenAf>(MessageType::kOpenAf);
                  daemon_.HangUp();
                },
                [&] { return vcp_open_af_wait(client_, nullptr, VCP_AF_ANY, &af); }),
            VCP_DISCONNECTED);
  TakeEvent(VCP_EVENT_DISCONNECTED);
}

// --- the C++ face --------------------------------------------------------------------------------

TEST(CppTest, OwnsAndReturns) {
  FakeDaemon daemon;
  vcplane::Client client;
  EXPECT_FALSE(client);
  std::thread thread([&] {
    daemon.Accept();
    daemon.TakeHello();
    daemon.Welcome();
    daemon.Reply(daemon.Take<shm::OpenAf>(MessageType::kOpenAf).header, VCP_SUCCESS, 0x500);
    daemon.Reply(daemon.Take<shm::CreateVc>(MessageType::kCreateVc).header, VCP_SUCCESS,
                 kChannelVc);
    const auto request = daemon.Take<shm::MakeCall>(MessageType::kMakeCall);
    EXPECT_STREQ(request.params.pvc_name, "line1");
    daemon.Send(MessageType::kMakeCall, shm::CallReply{}, request.header.request_id);
  });
  ASSERT_EQ(client.Attach({.socket_path = daemon.path(), .send_slots = 64}), VCP_SUCCESS);
  EXPECT_EQ(client.send_slots(), 63u);
  vcplane::Af af;
  ASSERT_EQ(client.OpenAfWait(nullptr, VCP_AF_PVC, &af), VCP_SUCCESS);
  vcplane::CallParams call = vcplane::NewCall();
  ASSERT_EQ(vcplane::SetPvc("line1", &call), VCP_SUCCESS);
  EXPECT_EQ(vcplane::SetPvc(std::string(64, 'x'), &call), VCP_INVALID_LENGTH);
  vcplane::Vc vc;
  ASSERT_EQ(client.MakeCallWait(af, call, &vc), VCP_SUCCESS);
  thread.join();

  ASSERT_EQ(client.Send(vc, "hello", 3), VCP_SUCCESS);
  client.Flush();
  daemon.Complete(daemon.TakeSubmissions().at(0).cookie, VCP_SUCCESS);
  daemon.Deliver(5, kChannelVc, "answer");
  daemon.Publish();
  std::array<vcplane::Completion, 4> room;
  const auto completions = client.Completions(room);
  ASSERT_EQ(completions.size(), 1u);
  EXPECT_EQ(completions[0].cookie, 3u);
  {
    vcplane::ReceivedBurst burst(client);
    ASSERT_EQ(burst.size(), 1u);
    EXPECT_EQ(vcplane::TextOf(*burst.begin()), "answer");
  }
  const vcp_packet_buffer halves[] = {{.data = "pack", .size_bytes = 4},
                                      {.data = "et", .size_bytes = 2}};
  vcplane::Packet sent{.buffers = halves, .buffer_count = 2};
  vcplane::Packet* const packets[] = {&sent};
  ASSERT_EQ(client.SendPackets(vc, packets), 1u);
  client.Flush();
  daemon.Complete(daemon.TakeSubmissions().at(0).cookie, VCP_SUCCESS);
  daemon.Deliver(6, kChannelVc, "back");
  daemon.Publish();
  EXPECT_EQ(client.SentPacket(), &sent);
  EXPECT_EQ(client.SentPacket(), nullptr);
  vcplane::Packet came;
  ASSERT_TRUE(client.ReceivePacket(&came));
  EXPECT_EQ(vcplane::TextOf(came.received), "back");
  client.ReturnPacket(came);
  vcplane::Client moved = std::move(client);
  moved.Flush();
  EXPECT_THAT(daemon.TakeReturns(), testing::ElementsAre(5, 6));
  moved.Detach();
  EXPECT_TRUE(daemon.SeesHangUp());
}

}  // namespace
}  // namespace vcp::client
