// Operators that ask call managers by OID: whoever is asked, nothing stays of who asked (C102).
#include "daemon/operator_clients.h"

#include <gtest/gtest.h>

#include "testing/recording_roles.h"

namespace vcp::daemon {
namespace {

using circuit::Oid;

class OperatorClientsTest : public ::testing::Test {
 protected:
  OperatorClientsTest() {
    EXPECT_EQ(board.RegisterAdapter("port0", &miniport, &adapter), Status::kSuccess);
    EXPECT_EQ(board.OpenBinding(&manager, adapter, &binding), Status::kSuccess);
    EXPECT_EQ(board.RegisterAddressFamily(binding, family), Status::kSuccess);
    manager.log.clear();
    manager.life.clear();
    idle_objects = board.LiveObjectCount();
  }
  Status Ask() { return clients.Ask(adapter, family, {.oid = Oid::kGetAddresses}, &answer); }
  void ExpectNothingLeft() {
    EXPECT_EQ(clients.departing(), 0u);
    EXPECT_EQ(board.LiveObjectCount(), idle_objects);
  }

  const circuit::AddressFamily family;
  testing::RecordingMiniport miniport;
  testing::RecordingCallManager manager;
  circuit::Switchboard board;
  OperatorClients clients{&board};
  circuit::AdapterHandle adapter;
  circuit::BindingHandle binding;
  circuit::OidAnswer answer;
  size_t idle_objects = 0;
};

TEST_F(OperatorClientsTest, AsksAndGoes) {
  manager.oid_request = Status::kSuccess;
  manager.oid_answer = {.bytes = {1, 2, 3}};
  EXPECT_EQ(Ask(), Status::kSuccess);
  EXPECT_EQ(answer.bytes, (std::vector<uint8_t>{1, 2, 3}));
  ASSERT_EQ(manager.asked.size(), 1u);
  EXPECT_EQ(manager.asked[0].request.oid, Oid::kGetAddresses);
  ExpectNothingLeft();
}

TEST_F(OperatorClientsTest, ARefusalIsItsAnswer) {
  manager.oid_request = Status::kInvalidData;
  EXPECT_EQ(Ask(), Status::kInvalidData);
  manager.open_af = Status::kResources;
  EXPECT_EQ(Ask(), Status::kResources);
  ExpectNothingLeft();
}

TEST_F(OperatorClientsTest, WhoeverThinksItOverIsNotWaitedFor) {
  manager.oid_request = Status::kPending;
  EXPECT_EQ(Ask(), Status::kRequestAborted);
  EXPECT_EQ(manager.life, testing::Log{"OidAborted"});
  ExpectNothingLeft();
}

TEST_F(OperatorClientsTest, AFamilyThatOpensLateIsClosedThen) {
  manager.open_af = Status::kPending;
  EXPECT_EQ(Ask(), Status::kRequestAborted);
  EXPECT_EQ(clients.departing(), 1u);
  board.OpenAfComplete(Status::kSuccess, manager.last_af, 1);
  EXPECT_EQ(manager.log.back(), "CloseAf 1");
  ExpectNothingLeft();
}

TEST_F(OperatorClientsTest, AFamilyThatClosesLateIsWaitedFor) {
  manager.close_af = Status::kPending;
  manager.oid_request = Status::kSuccess;
  EXPECT_EQ(Ask(), Status::kSuccess);
  EXPECT_EQ(clients.departing(), 1u);
  board.CloseAfComplete(Status::kSuccess, manager.last_af);
  ExpectNothingLeft();
}

}  // namespace
}  // namespace vcp::daemon
