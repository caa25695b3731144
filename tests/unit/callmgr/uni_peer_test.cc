// What a peer that is none of ours may say to a call manager, and what it hears.
#include "testing/uni_peer.h"

#include <memory>

#include "testing/uni_messages.h"
#include "uni_call_manager_fixture.h"
#include "wire/party_address.h"

namespace vcp::callmgr {
namespace {

using wire::Message;
using wire::MessageType;

class UniPeerTest : public ::testing::Test {
 protected:
  explicit UniPeerTest(signaling::Role role = signaling::Role::kUser)
      : host(role, wire.end(0), &clock, &timers) {
    af = host.OpenAf(&client, 1);
    EXPECT_EQ(host.board.RegisterSap(af, 5, {.address = kServer}, &sap), Status::kSuccess);
    EXPECT_EQ(host.board.CreateVc(af, 11, {.channel = 1, .channel_vc = 11}, &vc), Status::kSuccess);
    Settle();
    peer.received.clear();
    client.log.clear();
  }

  void Settle() {
    for (bool moved = true; moved;) {
      moved = timers.RunDue(clock.NowNs()) != 0 || !host.plane.commands.empty();
      host.plane.AnswerAll();
      clock.Advance(1);
    }
  }
  void Pass(uint64_t ns) {
    const uint64_t until_ns = clock.NowNs() + ns;
    Settle();
    while (timers.NextDeadlineNs().value_or(until_ns + 1) <= until_ns) {
      clock.now_ns = std::max(clock.now_ns, *timers.NextDeadlineNs());
      Settle();
    }
    clock.now_ns = std::max(clock.now_ns, until_ns);
  }
  void Say(const Message& message) {
    peer.Send(message);
    Settle();
  }
  // The next that the peer hears is of this type, and with this cause unless it is 0.
  Message Hear(MessageType type, uint8_t cause = 0) {
    const std::optional<Message> heard = peer.TakeReceived();
    EXPECT_TRUE(heard) << "nothing heard";
    if (!heard) return {};
    EXPECT_EQ(heard->type, type) << ToString(*heard);
    EXPECT_EQ(heard->cause.empty() ? 0 : heard->cause[0].value, cause) << ToString(*heard);
    return *heard;
  }

  // Of the client's SAP.
  static Message SetupOf(uint32_t forward, uint32_t backward) {
    Message setup = testing::SetupElements();
    setup.call = {.to_allocator = false, .value = 5};
    setup.connection = testing::Connection(100);
    setup.traffic = testing::Rates(forward, backward);
    setup.called = wire::ToPartyNumber(kServer);
    return setup;
  }
  static Message FromCaller(MessageType type) {
    return testing::NewMessage(type, {.to_allocator = false, .value = 5});
  }
  // By the client, of best effort one way; the reference that the peer answers with.
  wire::CallReference Call() {
    CallParameters params;
    params.call_manager.emplace().called = kOther;
    params.media.emplace().flags = circuit::kTransmitVc;
    EXPECT_EQ(host.board.MakeCall(vc, &params), Status::kPending);
    Settle();
    wire::CallReference call = Hear(MessageType::kSetup).call;
    call.to_allocator = true;
    return call;
  }
  Message Connect(wire::CallReference call) {
    Message connect = testing::NewMessage(MessageType::kConnect, call);
    connect.connection = testing::Connection(100);
    return connect;
  }

  testing::FakeClock clock;
  TimerQueue timers;
  std::mt19937_64 random{1};
  testing::LossyWire wire{&clock, &timers, &random};
  testing::UniPeer peer{wire.end(1), &clock, &timers};
  testing::UniHost host;
  testing::RecordingClient client;
  circuit::AfHandle af;
  circuit::SapHandle sap;
  circuit::VcHandle vc;
};

TEST_F(UniPeerTest, OffersACall) {
  Say(SetupOf(1000, 500));
  Hear(MessageType::kCallProceeding);
  Hear(MessageType::kConnect);
  Say(FromCaller(MessageType::kConnectAcknowledge));
  EXPECT_THAT(Take(&client.log),
              ElementsAre("CreateVc 1", "IncomingCall 5 1000", "CallConnected 1000"));
}

TEST_F(UniPeerTest, OffersTrafficWithoutSdus) {
  Message setup = SetupOf(1000, 500);
  setup.aal = wire::AalParameters{.type = wire::AalType::k5, .forward_max_sdu_bytes = uint16_t{0}};
  Say(setup);
  Hear(MessageType::kReleaseComplete, CauseValue::kAalNotSupported);
  EXPECT_THAT(client.log, IsEmpty());
}

TEST_F(UniPeerTest, AcceptsACallWithoutSdus) {
  Message connect = Connect(Call());
  connect.aal =
      wire::AalParameters{.type = wire::AalType::k5, .forward_max_sdu_bytes = uint16_t{0}};
  Say(connect);
  Hear(MessageType::kRelease, CauseValue::kAalNotSupported);
  EXPECT_THAT(Take(&client.log), ElementsAre("MakeCallComplete FAILURE 11"));
}

TEST_F(UniPeerTest, AsksForADirectionThatTheCallDoesNotHave) {
  Say(SetupOf(1000, 0));
  Say(FromCaller(MessageType::kConnectAcknowledge));
  Hear(MessageType::kCallProceeding);
  Hear(MessageType::kConnect);
  Message modify = FromCaller(MessageType::kModifyRequest);
  modify.traffic = testing::Rates(1000, 1);
  Say(modify);
  Hear(MessageType::kModifyReject, CauseValue::kUnsupportedTraffic);
  modify.traffic = testing::Rates(2000, 0);
  Say(modify);
  Hear(MessageType::kModifyAcknowledge);
}

TEST_F(UniPeerTest, IsNotAskedForADirectionThatTheCallDoesNotHave) {
  Say(Connect(Call()));
  Hear(MessageType::kConnectAcknowledge);
  EXPECT_THAT(Take(&client.log), ElementsAre("MakeCallComplete SUCCESS 11"));
  CallParameters both_ways;
  both_ways.call_manager.emplace().called = kOther;
  both_ways.media.emplace();
  EXPECT_EQ(host.board.ModifyCallQoS(vc, &both_ways), Status::kInvalidData);
  Settle();
  EXPECT_THAT(peer.received, IsEmpty());
}

TEST_F(UniPeerTest, AsksForMoreCellsThanTheLinkHas) {
  Message setup = SetupOf(1000, 500);
  setup.bearer->transfer_capability = uint8_t{7};  // CBR.1
  Say(setup);
  Hear(MessageType::kCallProceeding);
  Hear(MessageType::kConnect);
  Say(FromCaller(MessageType::kConnectAcknowledge));
  Message modify = FromCaller(MessageType::kModifyRequest);
  modify.traffic = testing::Rates(1000, 16'777'215);
  modify.wide_rates.emplace();
  modify.wide_rates->backward.peak = uint64_t{40'000'000} * 384;
  Say(modify);
  const Message refusal = Hear(MessageType::kModifyReject, CauseValue::kCellRateUnavailable);
  EXPECT_THAT(refusal.cause[0].diagnostics, ElementsAre(0x85));
}

class UserPeerTest : public UniPeerTest {
 protected:
  UserPeerTest() : UniPeerTest(signaling::Role::kNetwork) {}
};

// S9: what it has from an earlier life of this daemon it may still have.
TEST_F(UserPeerTest, IsAskedAgainToRestartWhenTheLinkWasLostMeanwhile) {
  peer.Release();
  Settle();
  peer.Establish();
  Settle();
  Message ack = Hear(MessageType::kRestart);
  CallParameters params;
  params.call_manager.emplace().called = kOther;
  EXPECT_EQ(host.board.MakeCall(vc, &params), Status::kDisconnected);
  ack.type = MessageType::kRestartAcknowledge;
  ack.call.to_allocator = true;
  Say(ack);
  EXPECT_EQ(host.board.MakeCall(vc, &params), Status::kPending);
  Settle();
  Hear(MessageType::kSetup);
}

}  // namespace
}  // namespace vcp::callmgr
