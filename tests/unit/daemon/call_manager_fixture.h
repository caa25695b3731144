// Call managers outside the daemon, whose application speaks the attach protocol byte by byte.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "attach_harness.h"
#include "daemon/attached_call_manager.h"

namespace vcp::daemon {

constexpr uint32_t kFamily = 0x2000;

constexpr uint16_t Number(shm::MessageType type) { return static_cast<uint16_t>(type); }

// Carol is a call manager on the loopback port; alice has opened her family, which answers OIDs.
class AttachedCallManagerTest : public ::testing::Test {
 protected:
  using MessageType = shm::MessageType;

  AttachedCallManagerTest() {
    carol = harness.Attach("carol");
    alice = harness.Attach("alice");
    family = Register(*carol, kFamily).handle;
    alice->Take();
    carol->Take();
    alices_af = OpenAf();
  }

  shm::SimpleReply Register(TestApplication& application, uint32_t number,
                            const std::string& port = "loop0",
                            uint32_t options = shm::kAnswersOids) {
    auto request = NewRequest<shm::CmRegisterFamily>(MessageType::kCmRegisterFamily);
    CopyText(port, request.adapter);
    request.family = number;
    request.options = options;
    application.Ask(request);
    harness.Settle();
    for (const Message& message : application.Take()) {
      if (TypeOf(message) == (Number(MessageType::kCmRegisterFamily) | shm::kReplyBit)) {
        return ReadMessage<shm::SimpleReply>(message);
      }
    }
    ADD_FAILURE() << "no reply";
    return {};
  }

  uint32_t BeginOpenAf() {
    auto request = NewRequest<shm::OpenAf>(MessageType::kOpenAf);
    request.family = kFamily;
    const uint32_t id = alice->Ask(request);
    harness.Settle();
    return id;
  }
  // Alice's handle; carol's is `carols_af`.
  uint32_t OpenAf() {
    BeginOpenAf();
    const auto asked = carol->TakeOne<shm::CmOperation>();
    EXPECT_EQ(asked.header.type, Number(MessageType::kCmOpenAf));
    EXPECT_EQ(asked.other, family);
    carols_af = asked.handle;
    Complete(asked.operation, Status::kSuccess);
    return alice->TakeOne<shm::SimpleReply>().handle;
  }

  void Complete(uint32_t operation, Status status, const shm::CallParametersAbi& params = {}) {
    auto request = NewRequest<shm::CmComplete>(MessageType::kCmComplete);
    request.operation = operation;
    request.status = static_cast<uint32_t>(status);
    request.params = params;
    EXPECT_EQ(harness.Get(*carol, request).status, 0u);
  }

  // Carol's handle of alice's VC, which is `vc`.
  uint32_t CreateVc() {
    vc = harness.CreateVc(*alice, alices_af);
    return carol->TakeOne<shm::CmOperation>().handle;
  }
  shm::CallReply Activate(uint32_t cm_vc, uint32_t label) {
    auto request = NewRequest<shm::CmActivateVc>(MessageType::kCmActivateVc);
    request.vc = cm_vc;
    request.transmit_label = request.receive_label = label;
    request.params = CallTo("358");
    return harness.Get<shm::CallReply>(*carol, request);
  }
  shm::CmCallOperation BeginCall() {
    harness.BeginCall(*alice, vc, "358");
    return carol->TakeOne<shm::CmCallOperation>();
  }
  // A call of alice's, connected; carol's handle of its VC.
  uint32_t Connect() {
    const uint32_t cm_vc = CreateVc();
    const auto asked = BeginCall();
    EXPECT_EQ(Activate(cm_vc, 200).status, 0u);
    Complete(asked.operation, Status::kSuccess, asked.params);
    EXPECT_EQ(alice->TakeOne<shm::CallReply>().status, 0u);
    return cm_vc;
  }
  shm::SimpleReply Ask(MessageType type, uint32_t handle) {
    return harness.GetFor<shm::CmHandle>(*carol, type, handle);
  }
  // A VC of carol's own, for signaling.
  shm::CmVcReply CreateOwnVc() {
    auto create = NewRequest<shm::CmHandle>(MessageType::kCmCreateOwnVc);
    create.handle = family;
    return harness.Get<shm::CmVcReply>(*carol, create);
  }
  // Both are gone, carol first, and nothing is left of them.
  void ExpectNothingLeftOfThem() {
    carol->Close();
    harness.Settle();
    alice->Close();
    for (int i = 0; i < 4; ++i) harness.Settle();
    EXPECT_EQ(harness.switchboard.LiveObjectCount(), harness.idle_objects);
  }
  uint32_t BeginCloseCall() {
    auto request = NewRequest<shm::CloseCall>(MessageType::kCloseCall);
    request.vc = vc;
    const uint32_t id = alice->Ask(request);
    harness.Settle();
    return id;
  }

  AttachHarness harness;
  std::unique_ptr<TestApplication> carol;
  std::unique_ptr<TestApplication> alice;
  uint32_t family = 0, carols_af = 0, alices_af = 0, vc = 0;
};

}  // namespace vcp::daemon
