// Crankback (signaling 4.3): an application's calls over two links to one peer, of which one
// refuses them. Both hosts' call managers are real; one thread, a virtual clock.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "recording_link.h"
#include "testing/fake_channel_host.h"
#include "testing/fake_clock.h"
#include "testing/lossy_wire.h"
#include "testing/recording_roles.h"
#include "testing/uni_host.h"
#include "wire/cause.h"

namespace vcp::daemon {
namespace {

using shm::MessageType;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Take;
using wire::CauseValue;

const Address kCalled = *ParseAddress("+358401234567");

class TwoRoutes final : public RouteFinder {
 public:
  RoutedAdapters FindRoutes(const Address&) const override { return adapters; }
  RoutedAdapters adapters;
};

uint32_t Number(Status status) { return static_cast<uint32_t>(status); }

class AttachedDetours : public ::testing::Test {
 protected:
  AttachedDetours() {
    for (testing::LossyWire* wire : {&wires[0], &wires[1]}) {
      west.AddLink(testing::UniHost::OptionsOf(signaling::Role::kUser), wire->end(0));
      east.AddLink(testing::UniHost::OptionsOf(signaling::Role::kNetwork), wire->end(1));
    }
    std::vector<AdapterEntry> entries;
    for (size_t i = 0; i < 2; ++i) {
      entries.push_back({west.ports[i].adapter, i == 0 ? "wire" : "wire1", 1492});
      const circuit::AfHandle on = east.OpenAf(&servers[i], i, i);
      circuit::SapHandle sap;
      EXPECT_EQ(east.board.RegisterSap(on, 5, {.address = kCalled}, &sap), Status::kSuccess);
      servers[i].incoming_call = Status::kPending;
    }
    routes.adapters = {west.ports[0].adapter, west.ports[1].adapter};
    client.BindTo(entries);
    Pass(20 * kNsPerSecond);
    link.sent.clear();
  }
  void Settle() { testing::Settle({&west, &east}, &clock, &timers); }
  void Pass(uint64_t ns) { testing::Pass(ns, {&west, &east}, &clock, &timers); }

  template <typename T>
  void Ask(MessageType type, T request) {
    request.header = {.type = static_cast<uint16_t>(type),
                      .size_bytes = sizeof request,
                      .request_id = ++last_request};
    client.OnPacket({reinterpret_cast<const uint8_t*>(&request), sizeof request});
    Settle();
  }
  shm::SimpleReply TakeReply(MessageType type) {
    return link.TakeOne<shm::SimpleReply>(static_cast<uint16_t>(type) | shm::kReplyBit);
  }
  shm::CallReply TakeCallReply() {
    return link.TakeOne<shm::CallReply>(static_cast<uint16_t>(MessageType::kMakeCall) |
                                        shm::kReplyBit);
  }
  void MakeVc(bool by_route = true) {
    shm::OpenAf open{};
    if (by_route) {
      circuit::CallParameters params;
      params.call_manager.emplace().called = kCalled;
      open.toward = ToAbi(params).called;
    }
    Ask(MessageType::kOpenAf, open);
    af = TakeReply(MessageType::kOpenAf).handle;
    Ask(MessageType::kCreateVc, shm::CreateVc{.header = {}, .af = af, .reserved = 0});
    vc = TakeReply(MessageType::kCreateVc).handle;
    for (testing::RecordingClient& server : servers) server.log.clear();
  }
  void Call(bool multipoint = false) {
    circuit::CallParameters params;
    params.call_manager.emplace().called = kCalled;
    params.media.emplace();
    shm::MakeCall call{};
    call.vc = vc;
    call.params = ToAbi(params);
    call.multipoint = multipoint ? 1 : 0;
    Ask(MessageType::kMakeCall, call);
  }
  bool HasCall(size_t on) { return east.board.FindVc(servers[on].last_vc).has_value(); }
  void Refuse(size_t on, uint8_t cause) {
    ASSERT_TRUE(HasCall(on));
    east.board.IncomingCallComplete(Status::kNotAccepted, servers[on].last_vc, {},
                                    {.value = cause});
    Settle();
  }
  void Accept(size_t on) {
    ASSERT_TRUE(HasCall(on));
    east.board.IncomingCallComplete(Status::kSuccess, servers[on].last_vc,
                                    east.board.FindVc(servers[on].last_vc)->params);
    Settle();
  }
  Status CloseCall() {
    shm::CloseCall close{};
    close.vc = vc;
    Ask(MessageType::kCloseCall, close);
    return static_cast<Status>(TakeReply(MessageType::kCloseCall).status);
  }
  Status DeleteVc() {
    Ask(MessageType::kDeleteVc, shm::DeleteVc{.header = {}, .vc = vc, .reserved = 0});
    return static_cast<Status>(TakeReply(MessageType::kDeleteVc).status);
  }
  void ConnectByDetour() {
    MakeVc();
    Call();
    Refuse(0, CauseValue::kCellRateUnavailable);
    Accept(1);
    const shm::CallReply reply = TakeCallReply();
    ASSERT_EQ(reply.status, 0u);
    EXPECT_EQ(reply.vc, vc);
  }

  testing::FakeClock clock;
  TimerQueue timers;
  std::mt19937_64 random{1};
  testing::LossyWire wires[2] = {testing::LossyWire(&clock, &timers, &random),
                                 testing::LossyWire(&clock, &timers, &random)};
  testing::UniHost west{&clock, &timers};
  testing::UniHost east{&clock, &timers};
  testing::RecordingClient servers[2];
  EventLoop loop{clock};
  testing::FakeChannelHost plane;
  TwoRoutes routes;
  RecordingLink link;
  AttachedClient client{&west.board, &plane, &loop, &routes, 3, &link};
  uint32_t af = 0, vc = 0;
  uint32_t last_request = 0;
};

TEST_F(AttachedDetours, ACallThatALinkHasNoRoomForGoesByTheNext) {
  MakeVc();
  Call();
  Refuse(0, CauseValue::kCellRateUnavailable);
  EXPECT_THAT(link.sent, IsEmpty());
  Accept(1);
  const shm::CallReply reply = TakeCallReply();
  EXPECT_EQ(reply.status, 0u);
  EXPECT_EQ(reply.vc, vc);
  EXPECT_EQ(west.ports[1].manager->signaling().uni().call_count(), 1u);
  EXPECT_EQ(DeleteVc(), Status::kNotAccepted);  // C45
  // The VC is what it was to the application: it ends, and is called with again.
  EXPECT_EQ(CloseCall(), Status::kSuccess);
  EXPECT_EQ(west.board.Vcs().size(), 1u);
  Call();
  Accept(0);
  EXPECT_EQ(TakeCallReply().status, 0u);
  EXPECT_EQ(CloseCall(), Status::kSuccess);
  EXPECT_EQ(DeleteVc(), Status::kSuccess);
}

TEST_F(AttachedDetours, ACauseThatOtherLinksDoNotMendEndsTheCall) {
  MakeVc();
  Call();
  Refuse(0, CauseValue::kUserBusy);
  const shm::CallReply reply = TakeCallReply();
  EXPECT_EQ(reply.status, Number(Status::kNotAccepted));
  EXPECT_EQ(reply.cause.value, CauseValue::kUserBusy);
  EXPECT_THAT(servers[1].log, IsEmpty());
}

TEST_F(AttachedDetours, TheLastOutcomeIsTheCalls) {
  MakeVc();
  Call();
  Refuse(0, CauseValue::kCellRateUnavailable);
  Refuse(1, CauseValue::kTemporaryFailure);
  const shm::CallReply reply = TakeCallReply();
  EXPECT_EQ(reply.status, Number(Status::kDisconnected));
  EXPECT_EQ(reply.cause.value, CauseValue::kTemporaryFailure);
  EXPECT_EQ(DeleteVc(), Status::kSuccess);
  Ask(MessageType::kCloseAf, shm::CloseAf{.header = {}, .af = af, .reserved = 0});
  EXPECT_EQ(TakeReply(MessageType::kCloseAf).status, 0u);
}

TEST_F(AttachedDetours, WhoNamedThePortGetsThatPort) {
  MakeVc(/*by_route=*/false);
  Call();
  Refuse(0, CauseValue::kCellRateUnavailable);
  EXPECT_EQ(TakeCallReply().cause.value, CauseValue::kCellRateUnavailable);
  EXPECT_THAT(servers[1].log, IsEmpty());
}

TEST_F(AttachedDetours, ALinkThatWentDownMeanwhileIsNoEnd) {
  MakeVc();
  wires[0].SetCut(0, true);
  wires[0].SetCut(1, true);
  Pass(60 * kNsPerSecond);
  ASSERT_FALSE(west.ports[0].manager->signaling().uni().is_up());
  Call();
  Accept(1);
  EXPECT_EQ(TakeCallReply().status, 0u);
}

TEST_F(AttachedDetours, AMultipointCallHasItsPartiesThere) {
  MakeVc();
  Call(/*multipoint=*/true);
  Refuse(0, CauseValue::kNoConnectionAvailable);
  Accept(1);
  const shm::CallReply reply = TakeCallReply();
  EXPECT_EQ(reply.status, 0u);
  EXPECT_NE(reply.party, 0u);
  EXPECT_EQ(client.party_count(), 1u);
  EXPECT_EQ(CloseCall(), Status::kSuccess);
  EXPECT_EQ(client.party_count(), 0u);
}

TEST_F(AttachedDetours, ACallIsAbandonedOnItsWay) {
  MakeVc();
  Call();
  Refuse(0, CauseValue::kCellRateUnavailable);
  shm::CloseCall close{};
  close.vc = vc;
  Ask(MessageType::kCloseCall, close);
  ASSERT_EQ(link.sent.size(), 2u);
  EXPECT_EQ(ReadMessage<shm::CallReply>(link.sent[0]).status, Number(Status::kRequestAborted));
  EXPECT_EQ(ReadMessage<shm::SimpleReply>(link.sent[1]).status, 0u);
  link.sent.clear();
  EXPECT_EQ(DeleteVc(), Status::kSuccess);
  EXPECT_TRUE(west.board.Vcs().empty());
}

TEST_F(AttachedDetours, ThePeerHangsUp) {
  ConnectByDetour();
  EXPECT_EQ(east.board.CloseCall(servers[1].last_vc, {}), Status::kPending);
  Settle();
  const auto event =
      link.TakeOne<shm::IncomingCloseCall>(static_cast<uint16_t>(MessageType::kIncomingCloseCall));
  EXPECT_EQ(event.vc, vc);
  EXPECT_EQ(CloseCall(), Status::kSuccess);
  EXPECT_EQ(DeleteVc(), Status::kSuccess);
}

TEST_F(AttachedDetours, TheApplicationDoesNotKnowTheOtherAddressFamily) {
  ConnectByDetour();
  ASSERT_EQ(client.af_count(), 2u);
  for (uint32_t other = 1; other < 4; ++other) {
    if (Handle<int>(other, 1).value() == af) continue;
    for (uint32_t index = 0; index < 4; ++index) {
      const uint32_t guess = Handle<int>(index, other).value();
      if (guess == af) continue;
      Ask(MessageType::kCloseAf, shm::CloseAf{.header = {}, .af = guess, .reserved = 0});
      EXPECT_EQ(TakeReply(MessageType::kCloseAf).status, Number(Status::kInvalidHandle));
      Ask(MessageType::kCreateVc, shm::CreateVc{.header = {}, .af = guess, .reserved = 0});
      EXPECT_EQ(TakeReply(MessageType::kCreateVc).status, Number(Status::kInvalidHandle));
    }
  }
}

// What the other port's call manager asks of its clients reaches the application as the end of its
// call there.
TEST_F(AttachedDetours, ThePortOfADetourIsRemoved) {
  ConnectByDetour();
  bool gone = false;
  EXPECT_EQ(west.board.RemoveAdapter(west.ports[1].adapter, [&](Status) { gone = true; }),
            Status::kPending);
  Settle();
  const auto event =
      link.TakeOne<shm::IncomingCloseCall>(static_cast<uint16_t>(MessageType::kIncomingCloseCall));
  EXPECT_EQ(event.vc, vc);
  EXPECT_EQ(CloseCall(), Status::kSuccess);
  Pass(kNsPerSecond);
  EXPECT_EQ(client.af_count(), 1u);
  EXPECT_EQ(link.evicted, Status::kSuccess);
  // By the other link calls go on; and there is no detour any more.
  Call();
  Refuse(0, CauseValue::kCellRateUnavailable);
  EXPECT_EQ(TakeCallReply().cause.value, CauseValue::kCellRateUnavailable);
}

TEST_F(AttachedDetours, ThePortOfADetourIsRemovedUnderACallBeingMade) {
  MakeVc();
  Call();
  Refuse(0, CauseValue::kCellRateUnavailable);
  EXPECT_EQ(west.board.RemoveAdapter(west.ports[1].adapter, [](Status) {}), Status::kPending);
  Settle();
  EXPECT_EQ(TakeCallReply().status, Number(Status::kRequestAborted));
  EXPECT_EQ(client.af_count(), 1u);
  EXPECT_EQ(DeleteVc(), Status::kSuccess);
}

}  // namespace
}  // namespace vcp::daemon
