#include "miniport/port_miniport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/fake_vc_programmer.h"
#include "testing/recording_roles.h"

namespace vcp::miniport {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Take;

class PortMiniportTest : public ::testing::Test {
 protected:
  PortMiniportTest() {
    circuit::AdapterHandle adapter;
    circuit::BindingHandle bound;
    EXPECT_EQ(board.RegisterAdapter("wire", &miniport, &adapter), Status::kSuccess);
    EXPECT_EQ(board.OpenBinding(&manager, adapter, &bound), Status::kSuccess);
    EXPECT_EQ(board.RegisterAddressFamily(bound, {}), Status::kSuccess);
    EXPECT_EQ(board.OpenBinding(&client, adapter, &bound), Status::kSuccess);
    circuit::AfHandle af;
    EXPECT_EQ(board.OpenAddressFamily(bound, {}, 1, &af), Status::kSuccess);
    EXPECT_EQ(board.CreateVc(af, 2, {.channel = 4, .channel_vc = 77}, &vc), Status::kSuccess);
    params.media.emplace();
    params.media->labels = circuit::Labels{.transmit = 64, .receive = 65};
    client.log.clear();
    manager.log.clear();
  }

  circuit::Switchboard board;
  testing::FakeVcProgrammer programmer;
  PortMiniport miniport{&board, &programmer, 2, {.name = "wire", .max_sdu_bytes = 1488}};
  testing::RecordingCallManager manager;
  testing::RecordingClient client;
  circuit::VcHandle vc;
  circuit::CallParameters params;
};

TEST_F(PortMiniportTest, AVcIsActiveWhenTheDataPathSaysSo) {
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kPending);
  EXPECT_EQ(board.FindVc(vc)->state, circuit::VcState::kActivating);
  EXPECT_THAT(manager.log, IsEmpty());
  programmer.Answer();
  EXPECT_THAT(Take(&manager.log), ElementsAre("ActivateVcComplete SUCCESS 501"));
  EXPECT_EQ(board.FindVc(vc)->state, circuit::VcState::kActive);
  const dataplane::VcProgram& program = programmer.active.at({4, 77});
  EXPECT_EQ(program.port, 2u);
  EXPECT_EQ(program.transmit_label, 64u);
  EXPECT_EQ(program.receive_label, 65u);
}

TEST_F(PortMiniportTest, C041_AVcIsInactiveWhenTheDataPathSaysSo) {
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kPending);
  programmer.Answer();
  manager.log.clear();
  EXPECT_EQ(board.DeactivateVc(vc), Status::kPending);
  EXPECT_EQ(board.DeleteVc(vc), Status::kClosing);
  EXPECT_THAT(manager.log, IsEmpty());
  programmer.Answer();
  EXPECT_THAT(Take(&manager.log), ElementsAre("DeactivateVcComplete SUCCESS 501"));
  EXPECT_THAT(programmer.active, IsEmpty());
  EXPECT_EQ(board.DeleteVc(vc), Status::kSuccess);
}

TEST_F(PortMiniportTest, C036_UnsupportableParametersAreRefusedAtOnce) {
  params.media->labels.reset();
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kInvalidData);
  EXPECT_EQ(board.FindVc(vc)->state, circuit::VcState::kInactive);
  EXPECT_THAT(programmer.commands, IsEmpty());
}

TEST_F(PortMiniportTest, ALabelThatIsTakenFailsTheActivation) {
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kPending);
  programmer.Answer(Status::kInUse);
  EXPECT_THAT(Take(&manager.log), ElementsAre("ActivateVcComplete IN_USE 501"));
  EXPECT_EQ(board.FindVc(vc)->state, circuit::VcState::kInactive);
}

TEST_F(PortMiniportTest, C037_AFailedChangeKeepsTheOldParameters) {
  EXPECT_EQ(board.ActivateVc(vc, &params), Status::kPending);
  programmer.Answer();
  circuit::CallParameters other = params;
  other.media->labels->receive = 99;
  EXPECT_EQ(board.ActivateVc(vc, &other), Status::kPending);
  EXPECT_EQ(board.FindVc(vc)->state, circuit::VcState::kReactivating);
  programmer.Answer(Status::kInUse);
  EXPECT_EQ(board.FindVc(vc)->state, circuit::VcState::kActive);
  EXPECT_EQ(board.FindVc(vc)->params.media->labels->receive, 65u);
  EXPECT_EQ(board.DeactivateVc(vc), Status::kPending);
  programmer.Answer();
  EXPECT_EQ(board.FindVc(vc)->state, circuit::VcState::kInactive);
}

}  // namespace
}  // namespace vcp::miniport
