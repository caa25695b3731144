#include "daemon/label_carrier.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <vector>

#include "testing/fake_channel_host.h"
#include "testing/fake_clock.h"
#include "wire/sscop_pdu.h"

namespace vcp::daemon {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr wire::MacAddress kPeer = {2, 0, 0, 0, 0, 1};
constexpr wire::MacAddress kOther = {2, 0, 0, 0, 0, 2};

Bytes PduOf(wire::SscopType type) {
  Bytes pdu(wire::kMaxSscopTrailerBytes);
  pdu.resize(wire::EmitSscopPdu({.type = type}, pdu));
  return pdu;
}

// The test is the data path: it has the daemon's end of the carrier's channel.
class LabelCarrierTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(LabelCarrier::Open(&host, &loop, &carrier), Status::kSuccess);
    carrier->SetReceiver(
        [this](std::span<const uint8_t> pdu) { heard.emplace_back(pdu.begin(), pdu.end()); });
  }

  shm::DaemonChannel& channel() { return *host.channels.at(carrier->endpoint().channel); }

  // As the poll core delivers: the source address first.
  void Deliver(const wire::MacAddress& source, const Bytes& pdu) {
    uint8_t* data =
        channel().receive_payload + uint64_t{next_slot} * channel().layout().receive_slot_bytes;
    std::copy(source.begin(), source.end(), data);
    std::copy(pdu.begin(), pdu.end(), data + source.size());
    channel().receive.Stage({.slot = next_slot,
                             .channel_vc = carrier->endpoint().channel_vc,
                             .length = static_cast<uint16_t>(source.size() + pdu.size())});
    next_slot = (next_slot + 1) % channel().layout().receive_slot_count;
  }
  void Publish() {
    channel().receive.Publish();
    if (channel().ClientNeedsWake()) channel().WakeClient();
  }
  void DeliverNow(const wire::MacAddress& source, const Bytes& pdu) {
    Deliver(source, pdu);
    Publish();
    loop.Turn(0);
  }

  testing::FakeClock clock;
  EventLoop loop{clock};
  testing::FakeChannelHost host;
  std::unique_ptr<LabelCarrier> carrier;
  std::vector<Bytes> heard;
  uint32_t next_slot = 0;
};

TEST_F(LabelCarrierTest, SendsEachPduAsAListOfItsOwn) {
  carrier->Send(Bytes{1, 2, 3});
  carrier->Send(Bytes(LabelCarrier::kMaxPduBytes, 7));
  for (const Bytes& sent : {Bytes{1, 2, 3}, Bytes(LabelCarrier::kMaxPduBytes, 7)}) {
    shm::Submission submission;
    ASSERT_TRUE(channel().submit.Read(&submission));
    EXPECT_EQ(submission.channel_vc, carrier->endpoint().channel_vc);
    EXPECT_EQ(submission.flags, shm::kSubmitEndOfBuffer | shm::kSubmitEndOfList);
    const uint8_t* data = channel().send_payload + submission.offset;
    EXPECT_EQ(Bytes(data, data + submission.length), sent);
  }
}

TEST_F(LabelCarrierTest, WakesADataPathThatSleeps) {
  channel().SetDaemonSleeps(true);
  carrier->Send(Bytes{1});
  char byte;
  EXPECT_GT(recv(channel().wake_fd(), &byte, 1, MSG_DONTWAIT), 0);
}

TEST_F(LabelCarrierTest, DropsAndCountsWhatFindsNoSlot) {
  const uint32_t slots = channel().layout().send_slot_count;
  for (uint32_t i = 0; i < slots + 3; ++i) carrier->Send(Bytes{1});
  EXPECT_EQ(carrier->unsent_pdus(), 3u);
  carrier->Send(Bytes(LabelCarrier::kMaxPduBytes + 1, 7));
  EXPECT_EQ(carrier->unsent_pdus(), 4u);
}

TEST_F(LabelCarrierTest, UsesSlotsAgainThatAreComplete) {
  const uint32_t slots = channel().layout().send_slot_count;
  for (uint32_t i = 0; i < 3 * slots; ++i) {
    carrier->Send(Bytes{1});
    shm::Submission submission;
    ASSERT_TRUE(channel().submit.Read(&submission));
    channel().complete.Stage({.cookie = submission.cookie});
    channel().complete.Publish();
  }
  EXPECT_EQ(carrier->unsent_pdus(), 0u);
}

TEST_F(LabelCarrierTest, HearsPdusInOrderAndReturnsTheirSlots) {
  DeliverNow(kPeer, Bytes{1, 2, 3});
  DeliverNow(kPeer, Bytes{});
  EXPECT_EQ(heard, (std::vector<Bytes>{{1, 2, 3}, {}}));
  for (uint32_t slot : {0u, 1u}) {
    shm::Return returned;
    ASSERT_TRUE(channel().returns.Read(&returned));
    EXPECT_EQ(returned.slot, slot);
  }
}

// A flood leaves the loop to others once in a while, and nothing is left lying.
TEST_F(LabelCarrierTest, TakesAFloodInTurns) {
  const uint32_t slots = channel().layout().receive_slot_count;
  bool fed = false;
  carrier->SetReceiver([&](std::span<const uint8_t> pdu) {
    heard.emplace_back(pdu.begin(), pdu.end());
    if (fed) return;
    fed = true;
    for (uint32_t i = 0; i < slots - 1; ++i) Deliver(kPeer, Bytes{2});
    channel().receive.Publish();
  });
  Deliver(kPeer, Bytes{1});
  Publish();
  while (heard.size() < slots) loop.Turn(0);
  DeliverNow(kPeer, Bytes{3});
  EXPECT_EQ(heard.size(), slots + 1);
}

TEST_F(LabelCarrierTest, LearnsThePeerFromWhatOpensAConnection) {
  EXPECT_EQ(carrier->PeerMac(), std::nullopt);
  DeliverNow(kPeer, PduOf(wire::SscopType::kPoll));
  EXPECT_EQ(carrier->PeerMac(), std::nullopt);
  DeliverNow(kPeer, PduOf(wire::SscopType::kBgak));
  EXPECT_EQ(carrier->PeerMac(), kPeer);
  DeliverNow(kOther, PduOf(wire::SscopType::kBgn));
  EXPECT_EQ(carrier->PeerMac(), kOther);
  EXPECT_EQ(heard.size(), 3u);
}

TEST_F(LabelCarrierTest, HearsOnlyThePeerOnceItIsKnown) {
  DeliverNow(kPeer, PduOf(wire::SscopType::kBgn));
  DeliverNow(kOther, PduOf(wire::SscopType::kEnd));
  EXPECT_EQ(heard.size(), 1u);
  EXPECT_EQ(carrier->foreign_pdus(), 1u);
  EXPECT_EQ(carrier->PeerMac(), kPeer);
}

// Signaling 3.3.
TEST_F(LabelCarrierTest, ThePeerStaysWhoItIsWhileThereIsAConnection) {
  DeliverNow(kPeer, PduOf(wire::SscopType::kBgn));
  carrier->SetConnected(true);
  DeliverNow(kOther, PduOf(wire::SscopType::kBgn));
  EXPECT_EQ(carrier->PeerMac(), kPeer);
  EXPECT_EQ(carrier->foreign_pdus(), 1u);
  EXPECT_EQ(heard.size(), 1u);
  carrier->SetConnected(false);
  DeliverNow(kOther, PduOf(wire::SscopType::kBgn));
  EXPECT_EQ(carrier->PeerMac(), kOther);
}

TEST_F(LabelCarrierTest, WhoIsThereAfterTheLinkWasDownMayBeAnother) {
  DeliverNow(kPeer, PduOf(wire::SscopType::kBgn));
  carrier->SetConnected(true);
  carrier->OnLinkDown();
  DeliverNow(kOther, PduOf(wire::SscopType::kBgn));
  EXPECT_EQ(carrier->PeerMac(), kOther);
}

TEST_F(LabelCarrierTest, ThePeerThatIsHeardAfterTheLinkWasDownStays) {
  DeliverNow(kPeer, PduOf(wire::SscopType::kBgn));
  carrier->SetConnected(true);
  carrier->OnLinkDown();
  DeliverNow(kPeer, PduOf(wire::SscopType::kPoll));
  DeliverNow(kOther, PduOf(wire::SscopType::kBgn));
  EXPECT_EQ(carrier->PeerMac(), kPeer);
}

TEST_F(LabelCarrierTest, AnAnswerThatNobodyAskedForMovesNothing) {
  DeliverNow(kPeer, PduOf(wire::SscopType::kBgn));
  DeliverNow(kOther, PduOf(wire::SscopType::kBgak));
  EXPECT_EQ(carrier->PeerMac(), kPeer);
  carrier->Send(PduOf(wire::SscopType::kBgn));
  DeliverNow(kOther, PduOf(wire::SscopType::kBgak));
  EXPECT_EQ(carrier->PeerMac(), kOther);
  DeliverNow(kPeer, PduOf(wire::SscopType::kBgak));
  EXPECT_EQ(carrier->PeerMac(), kOther);
  EXPECT_EQ(carrier->foreign_pdus(), 2u);
}

TEST_F(LabelCarrierTest, SaysSoWhenThereIsNoChannel) {
  host.add_channel = Status::kResources;
  std::unique_ptr<LabelCarrier> none;
  EXPECT_EQ(LabelCarrier::Open(&host, &loop, &none), Status::kResources);
  EXPECT_EQ(none, nullptr);
}

}  // namespace
}  // namespace vcp::daemon
