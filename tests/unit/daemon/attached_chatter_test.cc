// An application that asks for anything, in any order.
#include <map>
#include <random>
#include <set>

#include "attach_harness.h"

namespace vcp::daemon {
namespace {

using shm::MessageType;

// Applications that ask anything at any time, with handles good and bad: each request is answered
// once, or its application died first; and when all are gone, nothing is left.
class Chatterbox {
 public:
  Chatterbox(AttachHarness* harness, std::mt19937* random)
      : harness_(harness), random_(random), application_(harness->Attach()) {}

  void AskSomething() {
    switch ((*random_)() % 10) {
      case 0:
        return Ask<shm::OpenAf>(MessageType::kOpenAf, [](auto& m) { m.family = 1; });
      case 1:
        return Ask<shm::CloseAf>(MessageType::kCloseAf, [this](auto& m) { m.af = Pick(); });
      case 2:
        return Ask<shm::RegisterSap>(MessageType::kRegisterSap, [this](auto& m) {
          m.af = Pick();
          m.sap.address = NumberAbi(std::to_string((*random_)() % 4));
        });
      case 3:
        return Ask<shm::DeregisterSap>(MessageType::kDeregisterSap,
                                       [this](auto& m) { m.sap = Pick(); });
      case 4:
        return Ask<shm::CreateVc>(MessageType::kCreateVc, [this](auto& m) { m.af = Pick(); });
      case 5:
        return Ask<shm::DeleteVc>(MessageType::kDeleteVc, [this](auto& m) { m.vc = Pick(); });
      case 6:
      case 7:
        return Ask<shm::MakeCall>(MessageType::kMakeCall, [this](auto& m) {
          m.vc = Pick();
          m.params = CallTo(std::to_string((*random_)() % 4));
        });
      case 8:
        return Ask<shm::AnswerCall>(MessageType::kAnswerCall, [this](auto& m) {
          m.vc = Pick();
          m.status = (*random_)() % 4 == 0 ? static_cast<uint32_t>(Status::kNotAccepted) : 0;
        });
      default:
        return Ask<shm::CloseCall>(MessageType::kCloseCall, [this](auto& m) { m.vc = Pick(); });
    }
  }

  void Listen() {
    for (const Message& message : application_->Take()) {
      ASSERT_NE(TypeOf(message), static_cast<uint16_t>(MessageType::kEvicted));
      uint32_t id = RequestIdOf(message);
      if (id != 0) {
        ASSERT_EQ(waiting_.erase(id), 1u) << "a request was answered twice";
        handles_.push_back(ReadMessage<shm::SimpleReply>(message).handle);
      } else {
        handles_.push_back(ReadMessage<shm::VcDeleted>(message).vc);
        if (TypeOf(message) == static_cast<uint16_t>(MessageType::kIncomingCall)) {
          handles_.push_back(ReadMessage<shm::IncomingCall>(message).vc);
        }
      }
    }
    ASSERT_FALSE(application_->closed);
  }
  // What may wait: calls that somebody has yet to answer, and what depends on them.
  size_t waiting_count() const { return waiting_.size(); }

 private:
  template <typename T, typename Fill>
  void Ask(MessageType type, Fill&& fill) {
    auto request = NewRequest<T>(type);
    fill(request);
    waiting_.insert(application_->Ask(request));
  }
  // Mostly one of the youngest handles.
  uint32_t Pick() {
    if (handles_.empty()) return (*random_)();
    size_t back = std::min<size_t>((*random_)() % 8, handles_.size() - 1);
    return handles_[handles_.size() - 1 - back];
  }

  AttachHarness* harness_;
  std::mt19937* random_;
  std::unique_ptr<TestApplication> application_;
  std::set<uint32_t> waiting_;
  std::vector<uint32_t> handles_;
};

TEST(AttachedClient, AnyRequestsInAnyOrderAreEachAnsweredOnce) {
  for (uint32_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    AttachHarness harness;
    {
      std::vector<std::unique_ptr<Chatterbox>> boxes;
      for (int i = 0; i < 3; ++i) boxes.push_back(std::make_unique<Chatterbox>(&harness, &random));
      for (int step = 0; step < 400; ++step) {
        auto& box = boxes[random() % boxes.size()];
        box->AskSomething();
        harness.answer_data_path = random() % 4 != 0;
        harness.loop.Turn(0);
        if (random() % 3 == 0) harness.Settle();
        if (random() % 100 == 0) box = std::make_unique<Chatterbox>(&harness, &random);
        for (auto& each : boxes) each->Listen();
        if (::testing::Test::HasFatalFailure()) return;
      }
      harness.answer_data_path = true;
      harness.clock.Advance(kOfferDeadlineNs);
      harness.Settle();
      for (auto& box : boxes) {
        box->Listen();
        EXPECT_EQ(box->waiting_count(), 0u);
      }
    }
    harness.Settle();
    EXPECT_EQ(harness.switchboard.LiveObjectCount(), harness.idle_objects);
    EXPECT_EQ(harness.server->departing_count(), 0u);
    EXPECT_TRUE(harness.programmer.active.empty());
  }
}

}  // namespace
}  // namespace vcp::daemon
