// A switchboard with recording roles on it: a port "wire" with a stand-alone call manager, a
// client, and an MCM "mcm" where a test asks for it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "base/limits.h"
#include "circuit/switchboard.h"
#include "testing/recording_roles.h"

namespace vcp::circuit {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Log;
using ::testing::Not;
using testing::RecordingCallManager;
using testing::RecordingClient;
using testing::RecordingMiniport;
using testing::Take;

inline constexpr AddressFamily kPvcFamily{AddressFamilyType::kPvc};

class Stage : public ::testing::Test {
 protected:
  Stage() {
    EXPECT_EQ(board.RegisterAdapter("wire", &miniport, &adapter), Status::kSuccess);
    EXPECT_EQ(board.OpenBinding(&manager, adapter, &manager_binding), Status::kSuccess);
    EXPECT_EQ(board.OpenBinding(&client, adapter, &binding), Status::kSuccess);
  }

  void Forget() {
    client.log.clear();
    manager.log.clear();
    miniport.log.clear();
  }

  Switchboard board;
  RecordingMiniport miniport;
  RecordingCallManager manager;
  RecordingClient client;
  AdapterHandle adapter;
  BindingHandle manager_binding, binding;
};

// The client (context 1) has the call manager's (context 500) family open.
class OpenStage : public Stage {
 protected:
  OpenStage() {
    EXPECT_EQ(board.RegisterAddressFamily(manager_binding, {}), Status::kSuccess);
    EXPECT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kSuccess);
    Forget();
  }

  AfHandle af;
};

// The client has a VC (its context 10, the call manager's 501, the miniport's 900) and a SAP
// (context 2, 502).
class VcStage : public OpenStage {
 protected:
  VcStage() {
    EXPECT_EQ(board.CreateVc(af, 10, {.channel = 1, .channel_vc = 2}, &vc), Status::kSuccess);
    EXPECT_EQ(board.RegisterSap(af, 2, {}, &sap), Status::kSuccess);
    Forget();
  }

  VcRow Row(VcHandle handle) { return board.FindVc(handle).value(); }

  // A connected call on `vc`.
  void ConnectOutgoing() {
    CallParameters params;
    EXPECT_EQ(board.MakeCall(vc, &params), Status::kPending);
    EXPECT_EQ(board.ActivateVc(vc, &params), Status::kSuccess);
    board.MakeCallComplete(Status::kSuccess, vc, params);
    EXPECT_EQ(Row(vc).call, CallState::kConnected);
    Forget();
  }
  // An active VC of the call manager's (its context 600, the client's 1000), not offered yet.
  void PrepareIncoming() {
    CallParameters params;
    EXPECT_EQ(board.CmCreateVc(af, 600, &incoming), Status::kSuccess);
    EXPECT_EQ(board.ActivateVc(incoming, &params), Status::kSuccess);
    Forget();
  }
  void ConnectIncoming() {
    PrepareIncoming();
    CallParameters params;
    EXPECT_EQ(board.DispatchIncomingCall(sap, incoming, &params), Status::kSuccess);
    EXPECT_EQ(board.DispatchCallConnected(incoming), Status::kSuccess);
    Forget();
  }

  VcHandle vc, incoming;
  SapHandle sap;
};

// The client has an MCM's family open (contexts 1 and 500) and a VC there (10 and 501).
class McmStage : public ::testing::Test {
 protected:
  McmStage() {
    EXPECT_EQ(board.RegisterMcmAdapter("mcm", &miniport, &mcm, &adapter), Status::kSuccess);
    EXPECT_EQ(board.McmRegisterAddressFamily(adapter, {}), Status::kSuccess);
    EXPECT_EQ(board.OpenBinding(&client, adapter, &binding), Status::kSuccess);
    EXPECT_EQ(board.OpenAddressFamily(binding, {}, 1, &af), Status::kSuccess);
    EXPECT_EQ(board.CreateVc(af, 10, {.channel = 1}, &vc), Status::kSuccess);
  }

  Switchboard board;
  RecordingMiniport miniport;
  RecordingCallManager mcm;
  RecordingClient client;
  AdapterHandle adapter;
  BindingHandle binding;
  AfHandle af;
  VcHandle vc;
};

}  // namespace vcp::circuit
