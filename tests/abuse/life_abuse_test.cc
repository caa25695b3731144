// Clients that die, hang up or stand still at the worst moment (quality C.5, L). Two poll cores, so
// that what is torn down is spread over both.
#include <signal.h>
#include <sys/socket.h>

#include <cstring>
#include <string>

#include "abuse_test.h"
#include "client_life.h"
#include "hostile_process.h"

namespace vcp::abuse {
namespace {

using shm::MessageType;
using testing::BytesOf;
using testing::CallTo;
using testing::NewRequest;
using testing::RawClient;

constexpr uint32_t kCallFamily = 1;

class LifeAbuse : public AbuseTest {
 protected:
  LifeAbuse() : AbuseTest(/*poll_cores=*/2) {}
  // What was on its way to or from a client when it ended.
  void AllowLeftovers() {
    for (const char* leftover : {"rx_no_client_buffer", "rx_client_gone", "rx_label_not_on_port",
                                 "rx_handoff_full", "tx_aborted", "tx_unsent"}) {
      AllowCount(leftover);
    }
  }
  // Whether somebody takes calls at this address.
  bool WaitForListener(const std::string& address) {
    return Eventually([&] {
      for (const auto& sap : Show("saps")) {
        if (sap["address"] == address) return true;
      }
      return false;
    });
  }
};

TEST_F(LifeAbuse, L1_KilledAfterEveryStepOfALife) {
  ASSERT_GE(ClientLife::StepCount(), 40u);
  for (size_t steps = 1; steps <= ClientLife::StepCount(); ++steps) {
    HostileProcess client({"die", attach_socket(), Pvc(1), "+4720", std::to_string(steps)});
    EXPECT_EQ(client.Wait(), -SIGKILL) << "after step " << steps;
    ASSERT_TRUE(WaitForBaseline()) << "after step " << steps;
  }
  AllowLeftovers();
}

TEST_F(LifeAbuse, L2_ScribblesThenDies) {
  for (int seed = 0; seed < Suicides(); ++seed) {
    HostileProcess client({"scribble", attach_socket(), Pvc(2), std::to_string(seed)});
    EXPECT_EQ(client.Wait(), -SIGKILL) << "seed " << seed;
    ASSERT_TRUE(WaitForBaseline()) << "seed " << seed;
  }
  AllowLeftovers();
  for (const char* lie : {"tx_not_owner", "tx_bad_descriptor", "tx_bad_list", "tx_too_big",
                          "tx_empty", "bad_return", "evicted_by_data_path"}) {
    AllowCount(lie);
  }
}

// --- L3: killed while its frames are under way ---------------------------------------------------

class Callee : public LifeAbuse {
 protected:
  void TearDown() override {
    callee_.reset();
    AbuseTest::TearDown();
  }
  void Listen(const std::string& address) {
    callee_ = AttachOne({.receive_slots = 8192});
    sap_ = callee_->RegisterSap(callee_->OpenAf(kCallFamily), address);
    ASSERT_NE(sap_, 0u);
  }
  // Takes the next call; 0 when none came.
  uint32_t TakeCall() {
    const auto call = callee_->WaitFor<shm::IncomingCall>(MessageType::kIncomingCall);
    if (!call) return 0;
    auto answer = NewRequest<shm::AnswerCall>(MessageType::kAnswerCall);
    answer.vc = call->vc;
    answer.params = CallTo("+4730");
    EXPECT_EQ(callee_->Ask<shm::SimpleReply>(answer).status, 0u);
    return call->vc;
  }
  // Numbered messages in order, whole; what was not received is another's loss.
  void ExpectIntact() {
    for (const RawClient::Received& one : callee_->received) {
      uint64_t number = 0;
      ASSERT_EQ(one.sdu.size(), 64u);
      std::memcpy(&number, one.sdu.data(), sizeof number);
      EXPECT_GE(number, next_);
      EXPECT_EQ(one.sdu.substr(sizeof number), std::string(56, static_cast<char>(number)));
      next_ = number + 1;
    }
    callee_->received.clear();
  }
  std::unique_ptr<RawClient> callee_;
  uint32_t sap_ = 0;
  uint64_t next_ = 0;
};

TEST_F(Callee, L3_KilledWhileItsFramesAreUnderWay) {
  constexpr uint64_t kEnough = 2000;
  Listen("+4730");
  for (int i = 0; i < Murders(); ++i) {
    HostileProcess client({"flood", attach_socket(), "+4730"});
    const uint32_t vc = TakeCall();
    ASSERT_NE(vc, 0u);
    next_ = 0;
    while (next_ < kEnough) {
      ASSERT_TRUE(callee_->TakeUntil([&] { return !callee_->received.empty(); }));
      ExpectIntact();
    }
    client.Signal(SIGKILL);
    EXPECT_EQ(client.Wait(), -SIGKILL);
    // The peer hears of it, and has what was delivered before.
    const auto closed = callee_->WaitFor<shm::IncomingCloseCall>(MessageType::kIncomingCloseCall);
    ASSERT_TRUE(closed && closed->vc == vc);
    auto close = NewRequest<shm::CloseCall>(MessageType::kCloseCall);
    close.vc = vc;
    const uint32_t request = callee_->Start(close);
    EXPECT_TRUE(callee_->TakeUntil([&] { return callee_->HasReply(request); }));
    EXPECT_EQ(callee_->Finish<shm::SimpleReply>(request).status, 0u);
    ExpectIntact();
  }
  AllowLeftovers();
}

// --- L4: hanging up on what was not read ---------------------------------------------------------

TEST_F(LifeAbuse, L4_HangsUpWithAnswersUnread) {
  for (int i = 0; i < Aborts(); ++i) {
    auto client = AttachOne({.send_slots = 64, .receive_slots = 64});
    auto open = NewRequest<shm::OpenAf>(MessageType::kOpenAf);
    for (open.family = 0x1000; client->Start(open) != 0 && i % 4 == 0;) {
    }
    const uint32_t af = i % 2 == 0 ? 0 : client->OpenAf(kCallFamily);
    for (int made = 0; af != 0 && made < 50; ++made) {
      auto create = NewRequest<shm::CreateVc>(MessageType::kCreateVc);
      create.af = af;
      client->Start(create);
    }
    client->HangUp();
  }
  AllowCount("slow_readers");
}

// A call to itself at every stage, its answers and events unread.
TEST_F(LifeAbuse, L4_HangsUpWithEventsUnread) {
  for (int i = 0; i < Aborts(); ++i) {
    RawClient client(attach_socket());
    ASSERT_EQ(client.Attach({.send_slots = 64, .receive_slots = 64}), Status::kSuccess);
    const uint32_t af = client.OpenAf(kCallFamily);
    ASSERT_NE(client.RegisterSap(af, "+4740"), 0u);
    auto call = NewRequest<shm::MakeCall>(MessageType::kMakeCall);
    call.vc = client.CreateVc(af);
    call.params = CallTo("+4740");
    EXPECT_NE(client.Start(call), 0u);
    // Not a message is read; the daemon may or may not have come as far as offering the call.
    if (i % 2 == 0) shutdown(client.socket(), SHUT_WR);
    client.HangUp();
    ASSERT_TRUE(WaitForBaseline());
  }
}

// --- L5: standing still --------------------------------------------------------------------------

class Stopped : public LifeAbuse {
 protected:
  void TearDown() override {
    caller_.reset();
    AbuseTest::TearDown();
  }
  static constexpr uint32_t kSlots = 64;

  void Connect(const std::string& address) {
    ASSERT_TRUE(WaitForListener(address));
    caller_ = AttachOne();
    auto call = NewRequest<shm::MakeCall>(MessageType::kMakeCall);
    call.vc = vc_ = caller_->CreateVc(caller_->OpenAf(kCallFamily));
    call.params = CallTo(address);
    ASSERT_EQ(caller_->Ask<shm::CallReply>(call).status, 0u);
  }
  // One after the other, each completed before the next.
  void SendNumbered(uint32_t first, uint32_t count) {
    for (uint32_t i = first; i < first + count; ++i) {
      caller_->Stage(vc_, std::to_string(i));
      caller_->Publish();
      ASSERT_TRUE(caller_->TakeUntil([&] { return !caller_->completions.empty(); }));
      caller_->completions.clear();
    }
  }
  void ExpectEchoes(uint32_t first, uint32_t count) {
    ASSERT_TRUE(caller_->TakeUntil([&] { return caller_->received.size() >= count; }));
    ASSERT_EQ(caller_->received.size(), count);
    for (uint32_t i = 0; i < count; ++i) {
      EXPECT_EQ(caller_->received[i].sdu, std::to_string(first + i));
    }
    caller_->received.clear();
  }
  uint64_t DropsOfEcho() {
    for (const auto& client : Show("clients")) {
      if (client["name"] == "echo") return client["drops"]["rx_no_client_buffer"];
    }
    return 0;
  }
  std::unique_ptr<RawClient> caller_;
  uint32_t vc_ = 0;
};

TEST_F(Stopped, L5_StandsStillAndGoesOn) {
  constexpr uint32_t kLost = 500;
  HostileProcess echo({"echo", attach_socket(), "+4750"});
  Connect("+4750");
  SendNumbered(0, 10);
  ExpectEchoes(0, 10);
  echo.Signal(SIGSTOP);
  ASSERT_TRUE(echo.WaitUntilStopped());
  // As many as it has slots for wait for it; the rest is dropped, and counted.
  SendNumbered(1000, kSlots);
  EXPECT_EQ(DropsOfEcho(), 0u);
  SendNumbered(5000, kLost);
  EXPECT_TRUE(Eventually([&] { return DropsOfEcho() == kLost; }));
  EXPECT_TRUE(bystander().WaitForMore(10 * kBystanderBurst));
  for (const auto& call : Show("calls")) EXPECT_EQ(call["call"], "connected");
  EXPECT_FALSE(caller_->IsEnded());
  echo.Signal(SIGCONT);
  ExpectEchoes(1000, kSlots);
  SendNumbered(9000, 10);
  ExpectEchoes(9000, 10);
  ExpectCount("rx_no_client_buffer", kLost);
  AllowCount("rx_label_not_on_port");
}

}  // namespace
}  // namespace vcp::abuse
