// Applications' OIDs and the status that they watch (C97, C102, C103, C105, C107, C111, C114).
#include <gmock/gmock.h>

#include "attach_harness.h"
#include "daemon/resetting_ports.h"
#include "testing/recording_roles.h"

namespace vcp::daemon {
namespace {

using circuit::Oid;
using shm::MessageType;

class OidsTest : public ::testing::Test {
 protected:
  OidsTest() : alice(harness.Attach("alice")), af(harness.OpenAf(*alice)) {}

  static shm::OidRequest Query(const std::string& adapter, Oid oid, uint32_t capacity_bytes = 512) {
    auto request = NewRequest<shm::OidRequest>(MessageType::kOid);
    CopyText(adapter, request.adapter);
    request.oid = static_cast<uint32_t>(oid);
    request.length = capacity_bytes;
    return request;
  }
  shm::OidRequest SetToManager(Oid oid, uint32_t length) const {
    auto request = NewRequest<shm::OidRequest>(MessageType::kOid);
    request.af = af;
    request.oid = static_cast<uint32_t>(oid);
    request.is_set = 1;
    request.length = length;
    return request;
  }
  Status Outcome(const shm::OidRequest& request) {
    last = harness.Get<shm::OidReply>(*alice, request);
    EXPECT_EQ(last.oid, request.oid);
    return static_cast<Status>(last.status);
  }
  void Watch(TestApplication& application, uint32_t on = 1) {
    auto request = NewRequest<shm::WatchStatus>(MessageType::kWatchStatus);
    request.on = on;
    EXPECT_EQ(harness.Get(application, request).status, 0u);
  }
  void ChangeLink(bool up) {
    harness.plane.ports[0].link_up = up;
    harness.mcm->miniport().OnLinkChange();
    harness.Settle();
  }

  AttachHarness harness;
  std::unique_ptr<TestApplication> alice;
  uint32_t af;
  shm::OidReply last{};
};

TEST_F(OidsTest, C103_OfAPortAndOfOnesOwnVc) {
  EXPECT_EQ(Outcome(Query("loop0", Oid::kXmitPdusOk)), Status::kSuccess);
  EXPECT_EQ(last.length, 8u);
  EXPECT_EQ(circuit::ReadOid64(last.data), 0u);
  harness.plane.vc_counters.transmitted_sdus = 7;
  auto of_vc = Query("loop0", Oid::kXmitPdusOk);
  of_vc.vc = harness.CreateVc(*alice, af);
  EXPECT_EQ(Outcome(of_vc), Status::kSuccess);
  EXPECT_EQ(circuit::ReadOid64(last.data), 7u);
}

TEST_F(OidsTest, C105_TooLittleRoom) {
  EXPECT_EQ(Outcome(Query("loop0", Oid::kSupportedList, 8)), Status::kBufferTooShort);
  EXPECT_EQ(last.length, 0u);
  EXPECT_EQ(Outcome(Query("loop0", Oid::kSupportedList, last.bytes_needed)), Status::kSuccess);
}

TEST_F(OidsTest, C102_WhomNobodyHas) {
  EXPECT_EQ(Outcome(Query("loop1", Oid::kXmitPdusOk)), Status::kNoSuchPort);
  auto request = Query("loop0", Oid::kXmitPdusOk);
  request.vc = 4711;
  EXPECT_EQ(Outcome(request), Status::kInvalidHandle);
  request = Query("", Oid::kGetAddresses);
  request.af = 4711;
  EXPECT_EQ(Outcome(request), Status::kInvalidHandle);
  request = Query("loop0", Oid::kGetAddresses);
  request.af = af;
  EXPECT_EQ(Outcome(request), Status::kInvalidData);
  auto endless = Query("loop0", Oid::kXmitPdusOk);
  endless.timeout_ms = kMaxOidTimeoutMs + 1;
  EXPECT_EQ(Outcome(endless), Status::kInvalidData);
  EXPECT_FALSE(alice->closed);
}

TEST_F(OidsTest, C111_AddressesOfOnesOwnAreKeptAndTold) {
  Watch(*alice);
  auto add = SetToManager(Oid::kAddAddress, sizeof(shm::AddressAbi));
  const shm::AddressAbi address = NumberAbi("358");
  std::memcpy(add.data, &address, sizeof address);
  const uint32_t id = alice->Ask(add);
  harness.Settle();
  const std::vector<Message> messages = alice->Take();
  ASSERT_EQ(messages.size(), 2u);
  const auto told = ReadMessage<shm::StatusIndicated>(messages[0]);
  EXPECT_EQ(told.af, af);
  EXPECT_EQ(told.code, static_cast<uint32_t>(Oid::kAddressChange));
  EXPECT_EQ(RequestIdOf(messages[1]), id);
  auto list = Query("", Oid::kGetAddresses);
  list.af = af;
  EXPECT_EQ(Outcome(list), Status::kSuccess);
  EXPECT_EQ(circuit::ReadOid32(last.data), 1u);
  EXPECT_EQ(last.length, 8 + sizeof address);
}

TEST_F(OidsTest, C111_ToldAfterAnOpenByThenKnown) {
  Watch(*alice);
  auto request = NewRequest<shm::OpenAf>(MessageType::kOpenAf);
  request.family = static_cast<uint32_t>(circuit::AddressFamilyType::kQ2931);
  alice->Ask(request);
  harness.Settle();
  const std::vector<Message> messages = alice->Take();
  ASSERT_EQ(messages.size(), 2u);
  const auto opened = ReadMessage<shm::SimpleReply>(messages[0]);
  EXPECT_EQ(ReadMessage<shm::StatusIndicated>(messages[1]).af, opened.handle);
}

TEST_F(OidsTest, C097_PvcsAreChangedOnlyWhereTheDaemonAllowsIt) {
  EXPECT_EQ(Outcome(SetToManager(Oid::kAddPvc, 120)), Status::kAccessDenied);
  AttachHarness open_harness(/*clients_change_pvcs=*/true);
  auto bob = open_harness.Attach("bob");
  auto request = SetToManager(Oid::kAddPvc, 120);
  request.af = open_harness.OpenAf(*bob);
  // This port's call manager has none.
  EXPECT_EQ(open_harness.Get<shm::OidReply>(*bob, request).status,
            static_cast<uint32_t>(Status::kNotSupported));
}

TEST_F(OidsTest, C114_WhoWatchesHearsOfLinks) {
  auto bob = harness.Attach("bob");
  Watch(*alice);
  ChangeLink(false);
  const auto event = alice->TakeOne<shm::StatusIndicated>();
  EXPECT_STREQ(event.adapter, "loop0");
  EXPECT_EQ(event.code, static_cast<uint32_t>(circuit::StatusCode::kLinkState));
  EXPECT_EQ(event.length, 24u);
  EXPECT_EQ(circuit::ReadOid32(event.data), circuit::LinkState::kDisconnected);
  EXPECT_EQ(event.vc, 0u);
  EXPECT_TRUE(bob->Take().empty());
  Watch(*alice, 0);
  ChangeLink(true);
  EXPECT_TRUE(alice->Take().empty());
}

TEST_F(OidsTest, C114_AVcsStatusNamesItAsTheApplicationDoes) {
  Watch(*alice);
  const uint32_t vc = harness.CreateVc(*alice, af);
  const circuit::VcHandle handle = harness.switchboard.Vcs()[0].handle;
  EXPECT_EQ(harness.switchboard.IndicateStatus(
                harness.switchboard.FindAdapter("loop0"), handle,
                {.code = circuit::StatusCode::kWanCoLinkParams, .bytes = {1, 2, 3}}),
            Status::kSuccess);
  const auto event = alice->TakeOne<shm::StatusIndicated>();
  EXPECT_EQ(event.vc, vc);
  EXPECT_EQ(event.length, 3u);
}

TEST_F(OidsTest, AnOidThatIsNoneOfTheProtocolsEndsTheClient) {
  auto request = Query("loop0", Oid::kXmitPdusOk);
  request.is_set = 2;
  alice->Ask(request);
  harness.Settle();
  alice->Take();
  EXPECT_TRUE(alice->closed);
}

// --- restarts as resets -------------------------------------------------------------------------

class CountingPorts final : public dataplane::PortLife {
 public:
  dataplane::PortIndex port_count() const override { return 1; }
  port::PortInfo GetPortInfo(dataplane::PortIndex) const override { return {.name = "wire"}; }
  bool NeedsRestart(dataplane::PortIndex) const override { return true; }
  void RestartPort(dataplane::PortIndex, Done done) override {
    ++restarts;
    last = std::move(done);
  }
  void SetLink(dataplane::PortIndex, bool) override {}
  bool IsGone(dataplane::PortIndex) const override { return false; }
  void RemovePort(dataplane::PortIndex) override {}

  int restarts = 0;
  Done last;
};

TEST(ResettingPorts, C138_TheFirstRestartOfALinkThatIsDownIsNews) {
  circuit::Switchboard board;
  CountingPorts ports;
  testing::FakeVcProgrammer programmer;
  miniport::PortMiniport miniport(&board, &programmer, 0, {.name = "wire"}, {.life = &ports});
  circuit::AdapterHandle adapter;
  ASSERT_EQ(board.RegisterAdapter("wire", &miniport, &adapter), Status::kSuccess);
  testing::RecordingClient client;
  circuit::BindingHandle binding;
  ASSERT_EQ(board.OpenBinding(&client, adapter, &binding), Status::kSuccess);
  client.life.clear();

  ResettingPorts resetting(&ports, &board);
  int done = 0;
  const auto restart = [&](Status status) {
    resetting.RestartPort(0, [&](Status) { ++done; });
    ports.last(status);
  };
  restart(Status::kFailure);
  EXPECT_EQ(client.life.size(), 4u);  // Start and end, and that the handler returned.
  restart(Status::kFailure);
  restart(Status::kSuccess);
  EXPECT_EQ(client.life.size(), 4u);
  EXPECT_EQ(ports.restarts, 3);
  EXPECT_EQ(done, 3);
  resetting.OnLinkChange(0);
  restart(Status::kSuccess);
  EXPECT_EQ(client.life.size(), 8u);
}

}  // namespace
}  // namespace vcp::daemon
