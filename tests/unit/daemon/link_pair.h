// Two ports of one daemon, joined by signaling over UDP, with a client on each: whoever is called
// at the one calls from the other. One thread; time passes only when told to.
#pragma once

#include "attach_harness.h"
#include "daemon/signaling_links.h"
#include "testing/free_udp_port.h"
#include "testing/recording_roles.h"

namespace vcp::daemon {

class LinkPair {
 public:
  static constexpr uint32_t kMaxSduBytes = 1492;

  explicit LinkPair(AttachHarness* harness) : harness_(*harness) {
    config.ports = {{.name = "loop0"},
                    {.name = "west0", .device = "net_null0"},
                    {.name = "east0", .device = "net_null1"}};
    const uint16_t west_udp = testing::FreeUdpPort();
    const uint16_t east_udp = testing::FreeUdpPort();
    config.links = {{.port = "west0", .udp = {{west_udp, east_udp}}},
                    {.port = "east0", .is_network = true, .udp = {{east_udp, west_udp}}}};
    for (LinkConfig& link : config.links) {
      link.admission.buffer_cells = 100'000;
      link.admission.overbooking_permille[2] = 2000;  // nrt-VBR
    }
    west_af = Open(0, &west_miniport_, &caller);
    east_af = Open(1, &east_miniport_, &server);
    Settle();
  }

  // Lets everything happen that needs no time to pass.
  void Settle() {
    for (int i = 0; i < 20; ++i) {
      harness_.Settle();
      harness_.clock.Advance(1);
    }
  }

  static circuit::CallParameters To(const Address& address) {
    circuit::CallParameters params;
    params.call_manager.emplace().called = address;
    params.media.emplace();
    return params;
  }
  circuit::VcHandle MakeVc(circuit::Context context) {
    circuit::VcHandle vc;
    const circuit::DataEndpoint endpoint{.channel = 1,
                                         .channel_vc = static_cast<uint32_t>(context)};
    EXPECT_EQ(harness_.switchboard.CreateVc(west_af, context, endpoint, &vc), Status::kSuccess);
    return vc;
  }
  circuit::SapHandle Serve(const Address& address) {
    circuit::SapHandle sap;
    EXPECT_EQ(harness_.switchboard.RegisterSap(east_af, 5, {.address = address}, &sap),
              Status::kSuccess);
    return sap;
  }
  void Call(circuit::VcHandle vc, circuit::CallParameters params) {
    EXPECT_EQ(harness_.switchboard.MakeCall(vc, &params), Status::kPending);
    Settle();
  }

  Config config;
  testing::RecordingClient caller;
  testing::RecordingClient server;
  circuit::AfHandle west_af;
  circuit::AfHandle east_af;

 private:
  // The link that is next in the configuration, and a client of it.
  circuit::AfHandle Open(uint32_t index, std::unique_ptr<miniport::PortMiniport>* miniport,
                         circuit::Client* client) {
    const LinkConfig& link = config.links[index];
    const port::PortInfo info{.name = link.port, .max_sdu_bytes = kMaxSduBytes, .link_up = true};
    *miniport = std::make_unique<miniport::PortMiniport>(&harness_.switchboard,
                                                         &harness_.programmer, index + 1, info);
    harness_.plane.ports.push_back(info);
    circuit::AdapterHandle adapter;
    circuit::BindingHandle binding;
    circuit::AfHandle af;
    std::string error;
    EXPECT_EQ(harness_.switchboard.RegisterAdapter(link.port, miniport->get(), &adapter),
              Status::kSuccess);
    EXPECT_EQ(links.Start(link, info, adapter, &error), Status::kSuccess) << error;
    EXPECT_EQ(harness_.switchboard.OpenBinding(client, adapter, &binding), Status::kSuccess);
    EXPECT_EQ(
        harness_.switchboard.OpenAddressFamily(binding, callmgr::UniCallManager::kFamily, 1, &af),
        Status::kSuccess);
    return af;
  }

  AttachHarness& harness_;
  std::unique_ptr<miniport::PortMiniport> west_miniport_;
  std::unique_ptr<miniport::PortMiniport> east_miniport_;

 public:
  callmgr::PvcList pvcs;
  SignalingLinks links{{.loop = &harness_.loop,
                        .switchboard = &harness_.switchboard,
                        .pvcs = &pvcs,
                        .routes = nullptr,
                        .channels = &harness_.plane}};
};

}  // namespace vcp::daemon
