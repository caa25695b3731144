// Two clients on one loopback port, over a data path that answers when told to.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "circuit/client_teardown.h"
#include "miniport/loopback_mcm.h"
#include "testing/fake_vc_programmer.h"
#include "testing/recording_roles.h"

namespace vcp::miniport {

using circuit::CallState;
using circuit::VcState;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Take;

inline Address Number(const char* digits) { return *ParseAddress(digits); }

// A caller (VC context 11) and a callee (SAP context 2) on one loopback port.
class LoopbackMcmTest : public ::testing::Test {
 protected:
  LoopbackMcmTest() {
    EXPECT_EQ(mcm.Start(), Status::kSuccess);
    adapter = board.FindAdapter("lo");
    EXPECT_EQ(board.OpenBinding(&caller, adapter, &caller_binding), Status::kSuccess);
    EXPECT_EQ(board.OpenBinding(&callee, adapter, &callee_binding), Status::kSuccess);
    EXPECT_EQ(board.OpenAddressFamily(caller_binding, {}, 1, &caller_af), Status::kSuccess);
    EXPECT_EQ(board.OpenAddressFamily(callee_binding, {}, 1, &callee_af), Status::kSuccess);
    EXPECT_EQ(board.RegisterSap(callee_af, 2, {.address = Number("+100")}, &sap), Status::kSuccess);
    EXPECT_EQ(board.CreateVc(caller_af, 11, {.channel = 1, .channel_vc = 11}, &vc),
              Status::kSuccess);
    caller.log.clear();
    callee.log.clear();
    params.call_manager.emplace();
    params.call_manager->called = Number("+100");
  }

  Status Call() {
    circuit::CallParameters asked = params;
    return board.MakeCall(vc, &asked);
  }
  void Connect() {
    EXPECT_EQ(Call(), Status::kPending);
    programmer.AnswerAll();
    EXPECT_THAT(Take(&caller.log), ElementsAre("MakeCallComplete SUCCESS 11"));
    EXPECT_THAT(Take(&callee.log),
                ElementsAre("CreateVc 1", "IncomingCall 2 1000", "CallConnected 1000"));
  }
  // Everything goes and nothing stays behind.
  void ExpectCleanEnd() {
    for (testing::RecordingClient* client : {&caller, &callee}) {
      circuit::ClientTeardown teardown(&board, client);
      bool done = false;
      teardown.Start([&] { done = true; });
      programmer.AnswerAll();
      EXPECT_TRUE(done);
    }
    EXPECT_EQ(mcm.Stop(), Status::kSuccess);
    EXPECT_EQ(board.LiveObjectCount(), 0u);
    EXPECT_THAT(programmer.active, IsEmpty());
  }

  circuit::Switchboard board;
  testing::FakeVcProgrammer programmer;
  LoopbackMcm mcm{&board, &programmer, 0, {.name = "lo", .max_sdu_bytes = 1488}};
  testing::RecordingClient caller;
  testing::RecordingClient callee;
  circuit::AdapterHandle adapter;
  circuit::BindingHandle caller_binding, callee_binding;
  circuit::AfHandle caller_af, callee_af;
  circuit::SapHandle sap;
  circuit::VcHandle vc;
  circuit::CallParameters params;
};

}  // namespace vcp::miniport
