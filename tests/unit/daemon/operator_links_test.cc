// What operators see of signaled links and the calls over them.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "daemon/operator_commands.h"
#include "link_pair.h"

namespace vcp::daemon {
namespace {

using nlohmann::json;

const Address kServer = *ParseAddress("+358401234567");
const Address kNobody = *ParseAddress("+358400000000");

class OperatorLinksTest : public ::testing::Test {
 protected:
  json Ask(const std::string& line) { return json::parse(commands.Answer(line)); }
  static qos::FlowSpec Guaranteed(uint64_t bytes_per_second) {
    return {.token_rate_bytes_per_second = bytes_per_second,
            .peak_bandwidth_bytes_per_second = bytes_per_second,
            .service_type = qos::ServiceType::kGuaranteed};
  }

  AttachHarness harness;
  LinkPair pair{&harness};
  callmgr::RouteTable routes;
  callmgr::PvcList pvcs;
  OperatorCommands commands{{.loop = &harness.loop,
                             .switchboard = &harness.switchboard,
                             .call_managers = &harness.operator_clients,
                             .plane = &harness.plane,
                             .clients = harness.server.get(),
                             .pvcs = &pvcs,
                             .links = &pair.links,
                             .routes = &routes,
                             .link_routes = nullptr,
                             .counters = &harness.counters,
                             .config = &pair.config}};
};

TEST_F(OperatorLinksTest, ShowsLinksWithTheirCalls) {
  pair.Serve(kServer);
  pair.Call(pair.MakeVc(11), LinkPair::To(kServer));
  pair.Call(pair.MakeVc(12), LinkPair::To(kNobody));
  harness.clock.Advance(3 * kNsPerSecond);
  const json links = Ask("show links")["links"];
  ASSERT_EQ(links.size(), 2u);
  EXPECT_EQ(links[0]["port"], "west0");
  EXPECT_EQ(links[0]["side"], "user");
  EXPECT_EQ(links[1]["side"], "network");
  for (const json& link : links) {
    EXPECT_EQ(link["signaling"], "up");
    EXPECT_EQ(link["since_seconds"], 3);
    EXPECT_EQ(link["capacity_bits_per_second"], 10'000'000'000);
    EXPECT_EQ(link["calls"], 1);
    EXPECT_EQ(link["calls_in_setup"], 0);
    EXPECT_EQ(link["calls_connected"], 1);
    EXPECT_EQ(link["calls_failed"], 1);
    EXPECT_EQ(link["labels_in_use"], 1);
  }
  EXPECT_EQ(links[0]["calls_made"], 2);
  EXPECT_EQ(links[0]["calls_offered"], 0);
  EXPECT_EQ(links[1]["calls_offered"], 2);
  EXPECT_EQ(links[0]["carrier"], "udp " + std::to_string(pair.config.links[0].udp->local_port) +
                                     ">" + std::to_string(pair.config.links[0].udp->remote_port));
}

TEST_F(OperatorLinksTest, PortsWithALinkTakeCalls) {
  const json ports = Ask("show ports")["ports"];
  EXPECT_EQ(ports[1]["name"], "west0");
  EXPECT_EQ(ports[1]["families"], json::array({"q2931"}));
}

TEST_F(OperatorLinksTest, ShowsACallWithItsLabelPeerAndReference) {
  pair.Serve(kServer);
  circuit::CallParameters params = LinkPair::To(kServer);
  params.call_manager->calling = kNobody;
  pair.Call(pair.MakeVc(11), params);
  const json calls = Ask("show calls");
  ASSERT_EQ(calls["total"], 2);
  const json& out = calls["calls"][0];
  const json& in = calls["calls"][1];
  EXPECT_EQ(out["direction"], "outgoing");
  EXPECT_EQ(out["peer"], "+358401234567");
  EXPECT_EQ(in["direction"], "incoming");
  EXPECT_EQ(in["peer"], "+358400000000");
  EXPECT_EQ(out["label"], in["label"]);
  EXPECT_TRUE(out["label"].is_number());
  EXPECT_EQ(out["signaling"], "active");
  EXPECT_EQ(out["call_reference"], in["call_reference"]);
  EXPECT_EQ(out["cause"], nullptr);
  EXPECT_EQ(out["cause_meaning"], "");
}

TEST_F(OperatorLinksTest, ShowsWhyACallEnded) {
  pair.Serve(kServer);
  const circuit::VcHandle vc = pair.MakeVc(11);
  pair.Call(vc, LinkPair::To(kServer));
  EXPECT_EQ(harness.switchboard.CloseCall(vc, {}, {.value = 17}), Status::kPending);
  pair.Settle();
  const json calls = Ask("show calls");
  ASSERT_EQ(calls["total"], 1);  // the server's client has not closed it
  EXPECT_EQ(calls["calls"][0]["closed_by_peer"], true);
  EXPECT_EQ(calls["calls"][0]["cause"], 17);
  EXPECT_EQ(calls["calls"][0]["cause_meaning"], "user busy");
}

TEST_F(OperatorLinksTest, ShowsPartiesAtTheRootAndAtTheLeaf) {
  EXPECT_EQ(Ask("show parties")["total"], 0);
  pair.Serve(kServer);
  circuit::PartyHandle party;
  circuit::CallParameters params = LinkPair::To(kServer);
  EXPECT_EQ(harness.switchboard.MakeCall(pair.MakeVc(11), &params, 21, &party), Status::kPending);
  pair.Settle();
  const json parties = Ask("show parties");
  ASSERT_EQ(parties["total"], 2);
  const json& root = parties["parties"][0];
  const json& leaf = parties["parties"][1];
  EXPECT_EQ(root["role"], "root");
  EXPECT_EQ(root["adapter"], "west0");
  EXPECT_EQ(leaf["role"], "leaf");
  EXPECT_EQ(leaf["adapter"], "east0");
  for (const json& row : parties["parties"]) {
    EXPECT_EQ(row["address"], "+358401234567");
    EXPECT_EQ(row["endpoint"], 0);
    EXPECT_EQ(row["state"], "active");
    EXPECT_TRUE(row["counters"]["received_sdus"].is_number());
  }
  EXPECT_EQ(root["call_reference"], leaf["call_reference"]);
}

TEST_F(OperatorLinksTest, ShowsHowFarSscopHasCome) {
  const json idle = Ask("show sscop")["sscop"][0];
  EXPECT_EQ(idle["state"], "data transfer ready");
  EXPECT_EQ(idle["state_number"], 10);
  EXPECT_EQ(idle["resets"], 0);
  EXPECT_EQ(idle["errors"], 0);
  EXPECT_EQ(idle["establishments"], 2);  // both began
  pair.Call(pair.MakeVc(11), LinkPair::To(kNobody));
  const json west = Ask("show sscop")["sscop"][0];
  const json east = Ask("show sscop")["sscop"][1];
  EXPECT_EQ(west["vt_s"], east["vr_r"]);
  EXPECT_EQ(east["vt_s"], west["vr_r"]);
  EXPECT_EQ(west["vt_s"], west["sent"]);
  EXPECT_GT(west["vt_s"], 0);
  EXPECT_EQ(west["vr_mr"], west["vr_r"].get<int>() + west["window"].get<int>());
}

TEST_F(OperatorLinksTest, ShowsRoutes) {
  EXPECT_EQ(Ask("show routes")["total"], 0);
  EXPECT_EQ(routes.Add(*ParseAddressPrefix("+358"), {1, 2}), Status::kSuccess);
  EXPECT_EQ(routes.AddDefault({0, 0}), Status::kSuccess);
  const json answer = Ask("show routes");
  EXPECT_EQ(answer["total"], 2);
  EXPECT_EQ(answer["routes"][0],
            (json{{"prefix", "+358"}, {"port", "east0"}, {"priority", 2}, {"link", "up"}}));
  EXPECT_EQ(answer["routes"][1],
            (json{{"prefix", "default"}, {"port", "west0"}, {"priority", 0}, {"link", "up"}}));
}

TEST_F(OperatorLinksTest, ShowsHowEachVcWasCounted) {
  pair.Serve(kServer);
  circuit::CallParameters params = LinkPair::To(kServer);
  params.call_manager->transmit = Guaranteed(1'000'000);
  params.call_manager->receive = Guaranteed(500'000);
  const circuit::VcHandle vc = pair.MakeVc(11);
  pair.Call(vc, params);
  const json answer = Ask("show cac");
  ASSERT_EQ(answer["cac"].size(), 4u);
  const json& transmit = answer["cac"][0];
  EXPECT_EQ(transmit["port"], "west0");
  EXPECT_EQ(transmit["direction"], "transmit");
  EXPECT_EQ(transmit["vcs"], 1);
  ASSERT_EQ(answer["admitted_total"], 4);
  const json& counted = answer["admitted"][0];
  EXPECT_EQ(counted["vc"], vc.value());
  EXPECT_EQ(counted["category"], "CBR");
  EXPECT_EQ(counted["state"], "standing");
  EXPECT_EQ(counted["real_time"], true);
  EXPECT_EQ(counted["counted_cells_per_second"], transmit["reserved_cells_per_second"]);
  EXPECT_EQ(counted["counted_bits_per_second"], transmit["reserved_bits_per_second"]);
  EXPECT_GT(counted["counted_cells_per_second"], 1'000'000 / 48);
  EXPECT_GT(counted["counted_bits_per_second"], 8'000'000);
  // What one end sends the other one receives.
  EXPECT_EQ(answer["cac"][3]["reserved_cells_per_second"], transmit["reserved_cells_per_second"]);
}

TEST_F(OperatorLinksTest, ShowsHowAVcWasCounted) {
  pair.Serve(kServer);
  circuit::CallParameters params = LinkPair::To(kServer);
  params.call_manager->transmit = {.token_rate_bytes_per_second = 100'000,
                                   .token_bucket_size_bytes = 20'000,
                                   .peak_bandwidth_bytes_per_second = 1'000'000,
                                   .service_type = qos::ServiceType::kControlledLoad};
  params.call_manager->receive = params.call_manager->transmit;
  pair.Call(pair.MakeVc(11), params);
  const json answer = Ask("show cac");
  const json& counted = answer["admitted"][0];
  EXPECT_EQ(counted["category"], "nrt-VBR");
  EXPECT_EQ(counted["k_permille"], 200);
  EXPECT_EQ(counted["overbooking_permille"], 2000);
  EXPECT_EQ(counted["buffered_cells"], counted["burst_cells"]);
  const uint64_t sustained = counted["sustained_cells_per_second"];
  const uint64_t above = counted["peak_cells_per_second"].get<uint64_t>() - sustained;
  EXPECT_EQ(counted["effective_cells_per_second"], sustained + (above + 4) / 5);
  EXPECT_EQ(counted["counted_cells_per_second"],
            (counted["effective_cells_per_second"].get<uint64_t>() + 1) / 2);
  const json& transmit = answer["cac"][0];
  EXPECT_EQ(transmit["total_permille"], 950);
  EXPECT_EQ(transmit["buffer_cells"], 100'000);
  EXPECT_EQ(transmit["buffered_cells"], counted["buffered_cells"]);
}

TEST_F(OperatorLinksTest, ALinkHasRoomForWhatItsPortCarriesSinceItIsUp) {
  const port::PortInfo slow{
      .name = "west0", .link_up = true, .link_bits_per_second = 1'000'000'000};
  pair.links.OnLinkChange(slow, false);
  EXPECT_EQ(Ask("show links")["links"][0]["capacity_bits_per_second"], 10'000'000'000);
  pair.links.OnLinkChange(slow, true);
  const json links = Ask("show links")["links"];
  EXPECT_EQ(links[0]["capacity_bits_per_second"], 1'000'000'000);
  EXPECT_EQ(links[1]["capacity_bits_per_second"], 10'000'000'000);
  const json cac = Ask("show cac")["cac"];
  EXPECT_EQ(cac[0]["capacity_cells_per_second"], 1'000'000'000 / 384);
  EXPECT_EQ(cac[1]["capacity_bits_per_second"], 1'000'000'000);
}

TEST_F(OperatorLinksTest, TheDoctorLooksAtLinks) {
  std::set<std::string> links;
  const json answer = Ask("doctor");
  for (const json& check : answer["checks"]) {
    if (!check["name"].get<std::string>().starts_with("link ")) continue;
    links.insert(check["name"]);
    EXPECT_EQ(check["result"], "ok");
  }
  EXPECT_EQ(links, (std::set<std::string>{"link west0", "link east0"}));
}

TEST_F(OperatorLinksTest, EveryCounterOfALinkHasAMeaning) {
  pair.Call(pair.MakeVc(11), LinkPair::To(kNobody));
  std::set<std::string> names;
  uint64_t setups = 0;
  const json answer = Ask("show counters");
  for (const json& counter : answer["counters"]) {
    if (counter["scope"] != "link west0") continue;
    EXPECT_TRUE(names.insert(counter["name"]).second) << counter["name"];
    EXPECT_FALSE(counter["meaning"].get<std::string>().empty()) << counter["name"];
    if (counter["name"] == "uni_calls_made") setups = counter["value"];
  }
  EXPECT_EQ(setups, 1u);
  for (const char* name : {"uni_rx", "uni_timeouts", "sscop_tx_poll", "sscop_bad_sequence",
                           "sscop_retransmitted", "uni_tx_lost"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
}

}  // namespace
}  // namespace vcp::daemon
