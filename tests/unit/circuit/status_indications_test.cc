// Status indications (C114 to C116), and names of VCs (C48).
#include "stage.h"

namespace vcp::circuit {
namespace {

constexpr StatusIndication kOf(StatusCode code) { return {.code = code}; }

class Indications : public VcStage {
 protected:
  Indications() {
    EXPECT_EQ(board.OpenBinding(&stranger, adapter, &strangers), Status::kSuccess);
    stranger.life.clear();
    client.life.clear();
    manager.life.clear();
  }

  const StatusIndication link = kOf(StatusCode::kLinkState);
  const std::string line = "Status " + std::to_string(static_cast<uint32_t>(link.code));
  RecordingClient stranger;
  BindingHandle strangers;
};

TEST_F(Indications, C114_WithoutAVcAllBindingsHear) {
  EXPECT_EQ(board.IndicateStatus(adapter, {}, link), Status::kSuccess);
  EXPECT_THAT(client.life, ElementsAre(line, "StatusEnd"));
  EXPECT_THAT(manager.life, ElementsAre(line, "StatusEnd"));
  EXPECT_THAT(stranger.life, ElementsAre(line, "StatusEnd"));
}

TEST_F(Indications, C114_WithAVcThoseWhoShareIt) {
  EXPECT_EQ(board.IndicateStatus(adapter, vc, link), Status::kSuccess);
  EXPECT_THAT(client.life, ElementsAre(line + " 10", "StatusEnd"));
  EXPECT_THAT(manager.life, ElementsAre(line + " 501", "StatusEnd"));
  EXPECT_THAT(stranger.life, IsEmpty());

  VcHandle own;
  EXPECT_EQ(board.CmCreateOwnVc(manager_binding, 77, {}, &own), Status::kSuccess);
  EXPECT_EQ(board.IndicateStatus(adapter, own, link), Status::kSuccess);
  EXPECT_EQ(client.life.size(), 2u);
  EXPECT_THAT(manager.life, Contains(line + " 77"));
}

TEST_F(Indications, C115_ADestinationHearsAlone) {
  StatusIndication targeted = link;
  targeted.destination = strangers;
  targeted.request_id = 9;
  EXPECT_EQ(board.IndicateStatus(adapter, {}, targeted), Status::kSuccess);
  EXPECT_THAT(stranger.life, ElementsAre(line, "StatusEnd"));
  EXPECT_THAT(client.life, IsEmpty());
  // It does not share the VC.
  EXPECT_EQ(board.IndicateStatus(adapter, vc, targeted), Status::kInvalidHandle);
  EXPECT_EQ(stranger.life.size(), 2u);
}

TEST_F(Indications, C116_NoneAfterTheHalt) {
  Switchboard other;
  AdapterHandle halted;
  RecordingMiniport device;
  EXPECT_EQ(other.RegisterAdapter("port", &device, &halted), Status::kSuccess);
  device.on_halt = [&] {
    EXPECT_EQ(other.IndicateStatus(halted, {}, link), Status::kSuccess);  // Not before it returns.
  };
  EXPECT_EQ(other.DeregisterAdapter(halted), Status::kSuccess);
  EXPECT_EQ(other.IndicateStatus(halted, {}, link), Status::kInvalidHandle);
  EXPECT_EQ(board.ShutDownAdapter(adapter), Status::kSuccess);
  EXPECT_EQ(board.IndicateStatus(adapter, {}, link), Status::kInvalidState);
}

TEST_F(Indications, C116_ABindingHearsOneAtATime) {
  int nested = 0;
  client.on_status = [&] {
    if (nested++ != 0) return;
    EXPECT_EQ(board.IndicateStatus(adapter, vc, kOf(StatusCode::kNetworkChange)), Status::kSuccess);
    EXPECT_THAT(manager.life, Contains("Status 1073807384 501"));  // Others need not wait.
  };
  EXPECT_EQ(board.IndicateStatus(adapter, {}, link), Status::kSuccess);
  EXPECT_THAT(client.life, ElementsAre(line, "StatusEnd", "Status 1073807384 10", "StatusEnd"));
}

TEST_F(Indications, C116_AVcThatEndsMeanwhileIsNotHeardOf) {
  int nested = 0;
  client.on_status = [&] {
    if (nested++ != 0) return;
    EXPECT_EQ(board.IndicateStatus(adapter, vc, link), Status::kSuccess);
    EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  };
  EXPECT_EQ(board.IndicateStatus(adapter, {}, link), Status::kSuccess);
  EXPECT_THAT(client.life, ElementsAre(line, "StatusEnd"));
}

TEST_F(Indications, AHandlerThatAlwaysMakesOneIsBounded) {
  Status last = Status::kSuccess;
  stranger.on_status = [&] {
    for (uint32_t i = 0; i <= kMaxQueuedStatuses; ++i) {
      last = board.IndicateStatus(adapter, {}, link);
    }
    stranger.on_status = nullptr;
  };
  EXPECT_EQ(board.IndicateStatus(adapter, {}, link), Status::kSuccess);
  EXPECT_EQ(last, Status::kResources);
}

TEST_F(Indications, WhatIsTooLongOrOfAnotherAdapterIsRefused) {
  StatusIndication longer = link;
  longer.bytes.resize(kMaxStatusBytes + 1);
  EXPECT_EQ(board.IndicateStatus(adapter, {}, longer), Status::kInvalidLength);
  RecordingMiniport device;
  AdapterHandle other;
  EXPECT_EQ(board.RegisterAdapter("other", &device, &other), Status::kSuccess);
  EXPECT_EQ(board.IndicateStatus(other, vc, link), Status::kInvalidHandle);
}

TEST(LinkStates, AreReadAsTheyWereWritten) {
  const LinkState up{.connect_state = LinkState::kConnected,
                     .transmit_bits_per_second = 100'000'000'000,
                     .receive_bits_per_second = 1};
  const StatusIndication indication = MakeLinkStatus(up);
  LinkState read;
  ASSERT_TRUE(ParseLinkStatus(indication, &read));
  EXPECT_EQ(read, up);
  EXPECT_FALSE(ParseLinkStatus(kOf(StatusCode::kLinkState), &read));
}

using Names = VcStage;

TEST_F(Names, C048_AssignedOnceAndGoneWithTheVc) {
  std::string name, again;
  EXPECT_EQ(board.AssignVcName(binding, vc, "voice", &name), Status::kSuccess);
  EXPECT_TRUE(name.starts_with("voice"));
  EXPECT_EQ(board.AssignVcName(manager_binding, vc, "other", &again), Status::kSuccess);
  EXPECT_EQ(again, name);
  EXPECT_EQ(Row(vc).name, name);
  VcHandle second;
  EXPECT_EQ(board.CreateVc(af, 11, {}, &second), Status::kSuccess);
  EXPECT_EQ(board.AssignVcName(binding, second, "voice", &again), Status::kSuccess);
  EXPECT_NE(again, name);
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
  EXPECT_EQ(board.AssignVcName(binding, vc, "voice", &again), Status::kInvalidHandle);
}

TEST_F(Names, C048_OnlyByThoseWhoShareIt) {
  RecordingClient stranger;
  BindingHandle strangers;
  EXPECT_EQ(board.OpenBinding(&stranger, adapter, &strangers), Status::kSuccess);
  std::string name;
  EXPECT_EQ(board.AssignVcName(strangers, vc, "mine", &name), Status::kNotAccepted);
  EXPECT_EQ(board.AssignVcName(binding, vc, "", &name), Status::kInvalidLength);
  EXPECT_EQ(board.AssignVcName(binding, vc, std::string(kMaxNameBytes, 'x'), &name),
            Status::kInvalidLength);
}

using McmNames = McmStage;

TEST_F(McmNames, C048_AnMcmCannot) {
  std::string name;
  EXPECT_EQ(board.AssignVcName({}, vc, "mcm", &name), Status::kInvalidHandle);
  EXPECT_EQ(board.AssignVcName(binding, vc, "mine", &name), Status::kSuccess);
}

}  // namespace
}  // namespace vcp::circuit
