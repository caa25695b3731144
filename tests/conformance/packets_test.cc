// Group 10: the single-packet interface of older clients, against the buffer lists' one (C128).
#include "vcplane_packet.h"

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "stage.h"

namespace vcp::conformance {
namespace {

// A packet of several buffers, anywhere in the application's memory.
struct Packet {
  explicit Packet(std::vector<std::string> parts) : texts(std::move(parts)) {
    for (const std::string& text : texts) {
      buffers.push_back({text.data(), static_cast<uint32_t>(text.size()), 0});
    }
    packet.buffers = buffers.data();
    packet.buffer_count = static_cast<uint32_t>(buffers.size());
    packet.context = this;
  }
  std::vector<std::string> texts;
  std::vector<vcp_packet_buffer> buffers;
  vcp_packet packet{};
};

class PacketsOverEach : public AttachedOverEach {
 protected:
  // Waits until `take` gives something.
  template <typename Take>
  void Await(App* app, Take take) {
    for (int i = 0; i < 100 && !take(); ++i) ASSERT_EQ(vcp_wait(app->client(), 10000), VCP_SUCCESS);
  }
  std::string ReceivePacket(App* app) {
    std::string text;
    Await(app, [&] {
      vcp_packet packet;
      if (vcp_receive_packet(app->client(), &packet) == 0) return false;
      EXPECT_EQ(packet.buffer_count, 1u);
      EXPECT_EQ(packet.status, VCP_SUCCESS);
      text.assign(static_cast<const char*>(packet.buffers[0].data), packet.buffers[0].size_bytes);
      vcp_return_packet(app->client(), &packet);
      return true;
    });
    return text;
  }
};
INSTANTIATE_TEST_SUITE_P(, PacketsOverEach, ::testing::Values(kLoopback, kUni, kExternal, kPvc),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(PacketsOverEach, C128_PacketsArriveAsBuffersOneByOne) {
  MakeBoth();
  const Call call = Connect(0);
  Packet one({"one"});
  Packet two({"t", "", "wo"});
  const std::array<vcp_packet*, 2> packets{&one.packet, &two.packet};
  EXPECT_EQ(vcp_send_packets(caller().client(), call.caller, packets.data(), 2), 2u);
  EXPECT_EQ(one.packet.status, VCP_PENDING);
  for (const char* text : {"one", "two"}) {
    const Sdu sdu = callee_->Receive();
    EXPECT_EQ(sdu.vc, call.callee);
    EXPECT_EQ(sdu.bytes, text);
  }
  std::vector<void*> sent;
  while (sent.size() < 2) {
    Await(&caller(), [&] {
      vcp_packet* packet = vcp_sent_packet(caller().client());
      if (packet == nullptr) return false;
      EXPECT_EQ(packet->status, VCP_SUCCESS);
      EXPECT_EQ(packet->vc, call.caller);
      sent.push_back(packet->context);
      return true;
    });
  }
  EXPECT_EQ(sent, (std::vector<void*>{&one, &two}));
  EXPECT_EQ(vcp_sent_packet(caller().client()), nullptr);
  End(call);
}

TEST_P(PacketsOverEach, C128_EachBufferOfAListArrivesAsAPacket) {
  MakeBoth();
  const Call call = Connect(0);
  std::array<vcp_segment, 3> segments;
  ASSERT_EQ(vcp_send_alloc(caller().client(), segments.data(), 3), 3u);
  const std::array<std::string, 3> texts{"first ", "half", "second"};
  for (size_t i = 0; i < 3; ++i) {
    std::memcpy(segments[i].data, texts[i].data(), texts[i].size());
    segments[i].size_bytes = static_cast<uint32_t>(texts[i].size());
  }
  segments[1].flags = VCP_SEGMENT_END_OF_BUFFER;
  const vcp_send_list list{.vc = call.caller,
                           .segment_count = 3,
                           .segments = segments.data(),
                           .cookie = 5,
                           .cancel_id = 0};
  EXPECT_EQ(vcp_submit(caller().client(), &list, 1, nullptr), 1u);
  vcp_flush(caller().client());
  EXPECT_EQ(ReceivePacket(&callee()), "first half");
  EXPECT_EQ(ReceivePacket(&callee()), "second");
  vcp_packet none;
  EXPECT_EQ(vcp_receive_packet(callee().client(), &none), 0);
  EXPECT_EQ(caller_->Completion().cookie, 5u);
  End(call);
}

TEST_P(PacketsOverEach, C128_APacketThatCannotBeSentIsTheApplicationsAtOnce) {
  MakeBoth();
  const Call call = Connect(0);
  Packet fits({"fits"});
  Packet too_big({std::string(60000, 'x')});
  Packet empty({});
  const std::array<vcp_packet*, 3> packets{&too_big.packet, &fits.packet, &empty.packet};
  EXPECT_EQ(vcp_send_packets(caller().client(), call.caller, packets.data(), 3), 1u);
  EXPECT_EQ(too_big.packet.status, VCP_INVALID_LENGTH);
  EXPECT_EQ(fits.packet.status, VCP_PENDING);
  EXPECT_EQ(empty.packet.status, VCP_INVALID_LENGTH);
  EXPECT_EQ(ReceivePacket(&callee()), "fits");
  Await(&caller(), [&] { return vcp_sent_packet(caller().client()) == &fits.packet; });
  const std::array<vcp_packet*, 1> again{&fits.packet};
  EXPECT_EQ(vcp_send_packets(caller().client(), 12345, again.data(), 1), 0u);
  EXPECT_EQ(fits.packet.status, VCP_INVALID_HANDLE);
  End(call);
}

}  // namespace
}  // namespace vcp::conformance
