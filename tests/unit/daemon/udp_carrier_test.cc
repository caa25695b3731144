#include "daemon/udp_carrier.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "testing/fake_clock.h"
#include "testing/free_udp_port.h"

namespace vcp::daemon {
namespace {

using Bytes = std::vector<uint8_t>;

class UdpCarrierTest : public ::testing::Test {
 protected:
  std::unique_ptr<UdpCarrier> Open(uint16_t local, uint16_t remote, std::vector<Bytes>* heard) {
    std::unique_ptr<UdpCarrier> carrier;
    std::string error;
    EXPECT_EQ(UdpCarrier::Open({local, remote}, &loop, &carrier, &error), Status::kSuccess)
        << error;
    carrier->SetReceiver(
        [heard](std::span<const uint8_t> pdu) { heard->emplace_back(pdu.begin(), pdu.end()); });
    return carrier;
  }

  testing::FakeClock clock;
  EventLoop loop{clock};
  uint16_t one_port = testing::FreeUdpPort();
  uint16_t other_port = testing::FreeUdpPort();
  std::vector<Bytes> one_heard;
  std::vector<Bytes> other_heard;
};

TEST_F(UdpCarrierTest, CarriesPdusBothWaysInOrder) {
  auto one = Open(one_port, other_port, &one_heard);
  auto other = Open(other_port, one_port, &other_heard);
  one->Send(Bytes{1, 2, 3});
  one->Send(Bytes(4096, 7));
  other->Send(Bytes{});
  while (other_heard.size() < 2 || one_heard.empty()) loop.Turn(-1);
  EXPECT_EQ(other_heard, (std::vector<Bytes>{{1, 2, 3}, Bytes(4096, 7)}));
  EXPECT_EQ(one_heard, std::vector<Bytes>{Bytes{}});
}

// Nobody there is a loss like any other: the kernel says so once per datagram, and what is sent
// after the peer came arrives.
TEST_F(UdpCarrierTest, OutlivesAnAbsentPeer) {
  auto one = Open(one_port, other_port, &one_heard);
  for (int i = 0; i < 10; ++i) one->Send(Bytes{1});
  loop.Turn(0);
  auto other = Open(other_port, one_port, &other_heard);
  one->Send(Bytes{2});
  while (other_heard.empty()) loop.Turn(-1);
  EXPECT_EQ(other_heard, std::vector<Bytes>{Bytes{2}});
}

TEST_F(UdpCarrierTest, HearsOnlyItsPeer) {
  auto one = Open(one_port, other_port, &one_heard);
  std::vector<Bytes> nothing;
  auto stranger = Open(testing::FreeUdpPort(), one_port, &nothing);
  auto other = Open(other_port, one_port, &other_heard);
  stranger->Send(Bytes{6, 6, 6});
  other->Send(Bytes{1});
  while (one_heard.empty()) loop.Turn(-1);
  EXPECT_EQ(one_heard, std::vector<Bytes>{Bytes{1}});
}

TEST_F(UdpCarrierTest, APortInUseIsSaidSo) {
  auto one = Open(one_port, other_port, &one_heard);
  std::unique_ptr<UdpCarrier> second;
  std::string error;
  EXPECT_EQ(UdpCarrier::Open({one_port, other_port}, &loop, &second, &error), Status::kInUse);
  EXPECT_EQ(error, "UDP port 127.0.0.1:" + std::to_string(one_port) +
                       " is another process's; choose another udp_local_port");
  EXPECT_EQ(second, nullptr);
}

}  // namespace
}  // namespace vcp::daemon
