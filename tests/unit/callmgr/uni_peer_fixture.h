// A call manager and, at the other end of its link, a peer that is none of ours.
#pragma once

#include "testing/uni_peer.h"

#include "testing/uni_messages.h"
#include "uni_call_manager_fixture.h"
#include "wire/party_address.h"

namespace vcp::callmgr {

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

  void Settle() { testing::Settle({&host}, &clock, &timers); }
  void Pass(uint64_t ns) { testing::Pass(ns, {&host}, &clock, &timers); }
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
  // The same for a leaf, and for another one of that call.
  static Message SetupOfLeaf() {
    Message setup = testing::SetupElements(/*multipoint=*/true);
    setup.call = {.to_allocator = false, .value = 5};
    setup.connection = testing::Connection(100);
    setup.called = wire::ToPartyNumber(kServer);
    return setup;
  }
  static Message AddPartyOf(uint16_t endpoint) {
    Message add = OfLeaf(MessageType::kAddParty, endpoint);
    add.called = wire::ToPartyNumber(kServer);
    return add;
  }
  static Message OfLeaf(MessageType type, uint16_t endpoint) {
    Message message = FromCaller(type);
    message.endpoint = wire::EndpointReference{.to_allocator = false, .value = endpoint};
    return message;
  }
  // Which leaf the peer is answered about.
  static uint16_t LeafOf(const Message& message) {
    EXPECT_TRUE(message.endpoint && message.endpoint->to_allocator) << ToString(message);
    return message.endpoint ? message.endpoint->value : 0;
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

class UserPeerTest : public UniPeerTest {
 protected:
  UserPeerTest() : UniPeerTest(signaling::Role::kNetwork) {}
};

}  // namespace vcp::callmgr
