// Call managers outside the daemon, and their clients, at random.
#include <algorithm>
#include <cstring>
#include <random>

#include "attach_harness.h"
#include "daemon/attached_call_manager.h"

namespace vcp::daemon {
namespace {

using shm::MessageType;

constexpr uint32_t kFamily = 0x2000;

// A call manager and a client that do anything at random, knowing a little of what the other said,
// and end in any order at any time.
class AnyLife {
 public:
  AnyLife(AttachHarness* harness, uint32_t seed) : harness_(harness), random_(seed) {}

  void Live() {
    auto manager = harness_->Connect();
    auto client = harness_->Connect();
    manager->Ask(NewHello("manager"));
    client->Ask(NewHello("client"));
    harness_->Settle();
    auto offer = NewRequest<shm::CmRegisterFamily>(MessageType::kCmRegisterFamily);
    offer.family = kFamily;
    manager->Ask(offer);
    for (int i = 0; i < 60; ++i) {
      harness_->answer_data_path = Pick(4) != 0;
      Act(manager.get(), client.get());
      if (Pick(2) == 0) harness_->Settle();
      Listen(manager.get());
      Listen(client.get());
    }
    harness_->answer_data_path = true;
    (Pick(2) == 0 ? manager : client)->Close();
    if (Pick(2) == 0) harness_->Settle();
    manager->Close();
    client->Close();
    for (int i = 0; i < 8; ++i) harness_->Settle();
    const std::vector<circuit::AfRow> afs = harness_->switchboard.Afs();
    EXPECT_EQ(std::ranges::count(
                  afs, kFamily,
                  [](const circuit::AfRow& af) { return static_cast<uint32_t>(af.family.type); }),
              0);
    EXPECT_TRUE(harness_->switchboard.Vcs().empty());
    EXPECT_TRUE(harness_->programmer.active.empty());
    EXPECT_EQ(harness_->server->departing_count(), 0u);
    EXPECT_EQ(harness_->server->retired_count(), 0u);
  }

 private:
  uint32_t Pick(uint32_t count) { return static_cast<uint32_t>(random_() % count); }
  uint32_t AnyHandle() {
    return handles_.empty()
               ? 0
               : handles_[handles_.size() - 1 -
                          Pick(std::min<uint32_t>(static_cast<uint32_t>(handles_.size()), 6))];
  }

  // Every message has handles in its first words.
  void Listen(TestApplication* application) {
    for (const Message& message : application->Take()) {
      for (size_t at = sizeof(shm::MessageHeader); at + 4 <= message.size() && at < 24; at += 4) {
        uint32_t word;
        std::memcpy(&word, message.data() + at, sizeof word);
        if (word >= (1u << 20)) handles_.push_back(word);
      }
    }
  }

  template <typename T>
  void AskAny(TestApplication* application, MessageType type) {
    T request = NewRequest<T>(type);
    const uint32_t handle = AnyHandle();
    std::memcpy(reinterpret_cast<uint8_t*>(&request) + sizeof(shm::MessageHeader), &handle,
                sizeof handle);
    application->Ask(request);
  }
  template <typename T>
  void AskAboutCall(TestApplication* application, MessageType type) {
    T request = NewRequest<T>(type);
    request.vc = AnyHandle();
    request.params = CallTo("358");
    application->Ask(request);
  }

  void Act(TestApplication* manager, TestApplication* client) {
    Pick(2) == 0 ? ActAsClient(client) : ActAsManager(manager);
  }

  void ActAsClient(TestApplication* client) {
    switch (Pick(10)) {
      case 0: {
        auto open = NewRequest<shm::OpenAf>(MessageType::kOpenAf);
        open.family = kFamily;
        client->Ask(open);
        return;
      }
      case 1: {
        auto sap = NewRequest<shm::RegisterSap>(MessageType::kRegisterSap);
        sap.af = AnyHandle();
        sap.sap.address = NumberAbi("358");
        client->Ask(sap);
        return;
      }
      case 2:
        return AskAny<shm::CreateVc>(client, MessageType::kCreateVc);
      case 3:
        return AskAny<shm::DeleteVc>(client, MessageType::kDeleteVc);
      case 4:
        return AskAny<shm::CloseAf>(client, MessageType::kCloseAf);
      case 5:
        return AskAny<shm::CloseCall>(client, MessageType::kCloseCall);
      case 6:
        return AskAboutCall<shm::AddParty>(client, MessageType::kAddParty);
      case 7:
        return AskAny<shm::DropParty>(client, MessageType::kDropParty);
      case 8:
        return AskAboutCall<shm::AnswerCall>(client, MessageType::kAnswerCall);
      default: {
        auto make = NewRequest<shm::MakeCall>(MessageType::kMakeCall);
        make.vc = AnyHandle();
        make.multipoint = Pick(2);
        make.params = CallTo("358");
        client->Ask(make);
        return;
      }
    }
  }

  void ActAsManager(TestApplication* manager) {
    switch (Pick(10)) {
      case 0:
        return AskAny<shm::CmHandle>(manager, MessageType::kCmCreateVc);
      case 1:
        return AskAny<shm::CmHandle>(manager, MessageType::kCmDeleteVc);
      case 2:
        return AskAny<shm::CmHandle>(manager, MessageType::kCmDeactivateVc);
      case 3:
        return AskAny<shm::CmHandle>(manager, MessageType::kCmCreateOwnVc);
      case 4: {
        auto activate = NewRequest<shm::CmActivateVc>(MessageType::kCmActivateVc);
        activate.vc = AnyHandle();
        activate.transmit_label = activate.receive_label = 100 + Pick(50);
        activate.params = CallTo("358");
        manager->Ask(activate);
        return;
      }
      case 5: {
        auto offer = NewRequest<shm::CmCall>(MessageType::kCmIncomingCall);
        offer.vc = AnyHandle();
        offer.sap = AnyHandle();
        offer.params = CallTo("358");
        manager->Ask(offer);
        return;
      }
      default: {
        auto complete = NewRequest<shm::CmComplete>(MessageType::kCmComplete);
        complete.operation = AnyHandle();
        complete.status = Pick(3) == 0 ? 2 : 0;
        complete.params = CallTo("358");
        manager->Ask(complete);
        return;
      }
    }
  }

  AttachHarness* const harness_;
  std::mt19937 random_;
  std::vector<uint32_t> handles_;
};

// Whatever both do, and whoever ends first: nothing is left.
TEST(CallManagerLife, AnyOrderOfDeathsLeavesNothing) {
  AttachHarness harness;
  for (uint32_t seed = 0; seed < 300; ++seed) {
    AnyLife life(&harness, seed);
    life.Live();
    if (::testing::Test::HasFailure()) FAIL() << "seed " << seed;
  }
}

}  // namespace
}  // namespace vcp::daemon
