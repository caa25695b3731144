#include <gmock/gmock.h>
#include <sys/resource.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "attach_harness.h"
#include "callmgr/pvc_call_manager.h"
#include "daemon/operator_commands.h"
#include "daemon/operator_protocol.h"
#include "daemon/operator_server.h"
#include "testing/recording_roles.h"

namespace vcp::daemon {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class OperatorTest : public ::testing::Test {
 protected:
  OperatorTest() {
    config.ports.push_back({.name = "loop0"});
    config.attach_socket = "/run/a";
    EXPECT_EQ(call_manager.Start(harness.switchboard.FindAdapter("loop0")), Status::kSuccess);
    commands = std::make_unique<OperatorCommands>(
        OperatorCommands::Parts{.loop = &harness.loop,
                                .switchboard = &harness.switchboard,
                                .call_managers = &harness.operator_clients,
                                .plane = &harness.plane,
                                .clients = harness.server.get(),
                                .pvcs = &pvcs,
                                .links = nullptr,
                                .routes = nullptr,
                                .link_routes = nullptr,
                                .counters = &harness.counters,
                                .config = &config});
  }
  json Ask(const std::string& line) { return json::parse(commands->Answer(line)); }

  AttachHarness harness;
  Config config;
  callmgr::PvcList pvcs;
  callmgr::PvcCallManager call_manager{&harness.switchboard, &pvcs};
  std::unique_ptr<OperatorCommands> commands;
};

TEST_F(OperatorTest, SaysWhatItIs) {
  harness.clock.Advance(3 * kNsPerSecond);
  json answer = Ask("version");
  EXPECT_EQ(answer["ok"], true);
  EXPECT_EQ(answer["abi"], std::to_string(shm::kAbiMajor) + "." + std::to_string(shm::kAbiMinor));
  EXPECT_EQ(answer["uptime_seconds"], 3);
  EXPECT_EQ(answer["attach_socket"], "/run/a");
}

// Of calls that no link signals, too: what each leaf got, and what the root sent once for all.
TEST_F(OperatorTest, ShowsPartiesOfCallsInThisDaemonWithTheirCounters) {
  circuit::Switchboard& board = harness.switchboard;
  testing::RecordingClient root;
  testing::RecordingClient leaf;
  circuit::AfHandle root_af;
  circuit::AfHandle leaf_af;
  for (const auto& [client, af] : {std::pair(&root, &root_af), std::pair(&leaf, &leaf_af)}) {
    circuit::BindingHandle binding;
    EXPECT_EQ(board.OpenBinding(client, board.FindAdapter("loop0"), &binding), Status::kSuccess);
    EXPECT_EQ(board.OpenAddressFamily(binding, {}, 1, af), Status::kSuccess);
  }
  circuit::SapHandle sap;
  EXPECT_EQ(board.RegisterSap(leaf_af, 5, {.address = *ParseAddress("+100")}, &sap),
            Status::kSuccess);
  circuit::VcHandle vc;
  EXPECT_EQ(board.CreateVc(root_af, 11, {.channel = 1, .channel_vc = 11}, &vc), Status::kSuccess);
  circuit::PartyHandle party;
  circuit::CallParameters params;
  params.call_manager.emplace().called = *ParseAddress("+100");
  params.media.emplace();
  EXPECT_EQ(board.MakeCall(vc, &params, 21, &party), Status::kPending);
  harness.Settle();
  harness.plane.vc_counters = {.transmitted_sdus = 5, .received_sdus = 4, .receive_drops = 1};
  const json answer = Ask("show parties");
  ASSERT_EQ(answer["total"], 2);
  EXPECT_EQ(answer["parties"][0]["role"], "root");
  EXPECT_EQ(answer["parties"][0]["state"], "active");
  EXPECT_EQ(answer["parties"][1]["role"], "leaf");
  EXPECT_EQ(answer["parties"][1]["state"], "connected");
  for (const json& row : answer["parties"]) {
    EXPECT_EQ(row["adapter"], "loop0");
    EXPECT_EQ(row["address"], "+100");
    EXPECT_EQ(row["endpoint"], nullptr);
    EXPECT_EQ(row["counters"]["transmitted_sdus"], 5);
    EXPECT_EQ(row["counters"]["received_sdus"], 4);
    EXPECT_EQ(row["counters"]["receive_drops"], 1);
  }
}

TEST_F(OperatorTest, ShowsPortsWithEveryCounterNamed) {
  json port = Ask("show ports")["ports"][0];
  EXPECT_EQ(port["name"], "loop0");
  EXPECT_EQ(port["state"], "up");
  EXPECT_EQ(port["max_sdu_bytes"], 1492);
  EXPECT_EQ(port["families"], (json{"q2931", "pvc"}));
  EXPECT_EQ(port["counters"]["received_frames"], 0);
  EXPECT_EQ(port["drops"]["rx_label_not_on_port"], 0);
  EXPECT_EQ(port["drops"]["rx_not_mpls"], 0);
}

TEST_F(OperatorTest, ShowsACallFromBothEnds) {
  auto alice = harness.Connect();
  alice->Ask(NewHello("alice"));
  auto bob = harness.Connect();
  bob->Ask(NewHello("bob"));
  harness.Settle();
  alice->Take();
  bob->Take();
  uint32_t af = harness.OpenAf(*alice);
  harness.RegisterSap(*bob, harness.OpenAf(*bob), "358");
  harness.BeginCall(*alice, harness.CreateVc(*alice, af), "358");
  harness.Answer(*bob, bob->TakeOne<shm::IncomingCall>(), Status::kSuccess);
  harness.plane.vc_counters.received_sdus = 7;

  json clients = Ask("show clients")["clients"];
  ASSERT_EQ(clients.size(), 2u);
  EXPECT_EQ(clients[0]["name"], "alice");
  EXPECT_EQ(clients[1]["saps"], 1);
  EXPECT_EQ(clients[0]["vcs"], 1);
  EXPECT_EQ(clients[0]["pid"], getpid());
  json afs = Ask("show afs");
  EXPECT_EQ(afs["total"], 2);
  EXPECT_EQ(afs["afs"][0]["family"], "q2931");
  EXPECT_EQ(afs["afs"][0]["version"], "4.0");
  json sap = Ask("show saps")["saps"][0];
  EXPECT_EQ(sap["address"], "+358");
  EXPECT_EQ(sap["adapter"], "loop0");
  EXPECT_EQ(sap["client_name"], "bob");
  json vcs = Ask("show vcs");
  ASSERT_EQ(vcs["total"], 2);
  EXPECT_EQ(vcs["vcs"][0]["state"], "active");
  EXPECT_EQ(vcs["vcs"][0]["call"], "connected");
  EXPECT_EQ(vcs["vcs"][0]["transmit_label"], vcs["vcs"][1]["receive_label"]);
  EXPECT_EQ(vcs["vcs"][0]["counters"]["received_sdus"], 7);
  json calls = Ask("show calls")["calls"];
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0]["called"], "+358");
}

TEST_F(OperatorTest, WithoutLinksTheirListsAreEmpty) {
  for (const std::string topic : {"links", "sscop", "routes", "cac", "parties"}) {
    const json answer = Ask("show " + topic);
    EXPECT_EQ(answer["ok"], true) << topic;
    EXPECT_EQ(answer[topic], json::array()) << topic;
  }
}

TEST_F(OperatorTest, AddsShowsAndDeletesPvcs) {
  EXPECT_EQ(Ask("pvc add name=line port=loop0 label=100 count=3 max_sdu=1000")["ok"], true);
  EXPECT_EQ(Ask("pvc  add name=other port=loop0  transmit_label=200 receive_label=201"
                " peer_mac=02:00:5e:00:53:01 destination=+358401234567"
                " rate=10Mbit peak=20Mbit burst=5000 ")["ok"],
            true);
  json answer = Ask("show pvcs");
  ASSERT_EQ(answer["total"], 4);
  EXPECT_EQ(answer["pvcs"][0]["name"], "line/0");
  EXPECT_EQ(answer["pvcs"][2]["receive_label"], 102);
  EXPECT_EQ(answer["pvcs"][0]["max_sdu_bytes"], 1000);
  EXPECT_EQ(answer["pvcs"][3]["max_sdu_bytes"], nullptr);
  EXPECT_EQ(answer["pvcs"][3]["peer_mac"], "02:00:5e:00:53:01");
  EXPECT_EQ(answer["pvcs"][0]["destination"], "none");
  EXPECT_EQ(answer["pvcs"][3]["destination"], "+358401234567");
  EXPECT_EQ(answer["pvcs"][3]["in_use"], false);
  EXPECT_EQ(answer["pvcs"][3]["client_id"], nullptr);
  EXPECT_EQ(pvcs.Find("other")->transmit.token_rate_bytes_per_second, 1'250'000u);
  EXPECT_EQ(Ask("pvc delete line/1")["ok"], true);
  EXPECT_EQ(Ask("show pvcs")["total"], 3);
  EXPECT_EQ(Ask("pvc delete line")["ok"], true);
  EXPECT_EQ(Ask("show pvcs")["total"], 1);
}

TEST_F(OperatorTest, ShowsWhoHasAPvc) {
  EXPECT_EQ(Ask("pvc add name=line port=loop0 label=100")["ok"], true);
  auto alice = harness.Attach("alice");
  auto open = NewRequest<shm::OpenAf>(shm::MessageType::kOpenAf);
  open.family = static_cast<uint32_t>(circuit::AddressFamilyType::kPvc);
  auto sap = NewRequest<shm::RegisterSap>(shm::MessageType::kRegisterSap);
  sap.af = harness.Get(*alice, open).handle;
  CopyText("line", sap.sap.pvc_name);
  alice->Ask(sap);
  harness.Settle();
  EXPECT_EQ(alice->Take().size(), 2u);  // the reply, and a call on the PVC
  json pvc = Ask("show pvcs")["pvcs"][0];
  EXPECT_EQ(pvc["in_use"], true);
  EXPECT_EQ(pvc["client_name"], "alice");
  EXPECT_EQ(Ask("show saps")["saps"][0]["pvc"], "line");
  EXPECT_EQ(Ask("pvc delete line")["ok"], true);
  EXPECT_EQ(Ask("show pvcs")["pvcs"][0]["deleting"], true);
  alice->Close();
  harness.Settle();
  EXPECT_EQ(Ask("show pvcs")["total"], 0);
}

TEST_F(OperatorTest, AGroupIsAddedWholeOrNotAtAll) {
  EXPECT_EQ(Ask("pvc add name=a port=loop0 label=105")["ok"], true);
  json refused = Ask("pvc add name=b port=loop0 label=100 count=10");
  EXPECT_EQ(refused["ok"], false);
  EXPECT_EQ(refused["status"], "IN_USE");
  EXPECT_THAT(refused["error"].get<std::string>(), HasSubstr("105"));
  EXPECT_EQ(Ask("show pvcs")["total"], 1);
}

TEST_F(OperatorTest, RefusesInOneLine) {
  const std::pair<const char*, const char*> kRefusals[] = {
      {"", "NOT_RECOGNIZED"},
      {"show", "NOT_RECOGNIZED"},
      {"show nothing", "NOT_RECOGNIZED"},
      {"show ports please", "NOT_RECOGNIZED"},
      {"pvc", "NOT_RECOGNIZED"},
      {"pvc add", "NOT_RECOGNIZED"},
      {"pvc delete", "NOT_RECOGNIZED"},
      {"pvc delete nothing", "NOT_FOUND"},
      {"pvc add name=a port=lan9 label=100", "NO_SUCH_PORT"},
      {"pvc add name=a port=loop0", "INVALID_DATA"},
      {"pvc add name=a/b port=loop0 label=100", "INVALID_DATA"},
      {"pvc add name=a port=loop0 label=63", "INVALID_DATA"},
      {"pvc add name=a port=loop0 label=1048576", "INVALID_DATA"},
      {"pvc add name=a port=loop0 label=1048575 count=2", "INVALID_DATA"},
      {"pvc add name=a port=loop0 label=100 transmit_label=1", "INVALID_DATA"},
      {"pvc add name=a port=loop0 transmit_label=100", "INVALID_DATA"},
      {"pvc add name=a port=loop0 label=-1", "INVALID_DATA"},
      {"pvc add name=a port=loop0 label=99999999999999999999", "INVALID_DATA"},
      {"pvc add name=a port=loop0 label=100 label=101", "INVALID_DATA"},
      {"pvc add name=a port=loop0 label=100 colour=red", "INVALID_DATA"},
      {"pvc add name=a port=loop0 label=100 rate=1", "INVALID_DATA"},
      {"pvc add name=a port=loop0 label=100 rate=2Mbit peak=1Mbit", "INVALID_DATA"},
      {"pvc add name=a port=loop0 label=100 peer_mac=1", "INVALID_DATA"},
      {"pvc add name=a port=loop0 label=100 destination=358", "INVALID_DATA"},
      {"pvc add name=a port=loop0 label=100 max_sdu=1493", "TOO_BIG"},
      {"pvc add name", "INVALID_DATA"},
  };
  for (const auto& [line, status] : kRefusals) {
    json answer = Ask(line);
    EXPECT_EQ(answer["ok"], false) << line;
    EXPECT_EQ(answer["status"], status) << line;
    EXPECT_FALSE(answer["error"].get<std::string>().empty()) << line;
  }
  EXPECT_EQ(pvcs.size(), 0u);
}

TEST_F(OperatorTest, EveryCounterHasAMeaning) {
  harness.Attach();
  harness.plane.departed_counters.drops[static_cast<size_t>(dataplane::Drop::kBadReturn)] = 7;
  json counters = Ask("show counters")["counters"];
  std::set<std::string> scopes;
  for (const json& counter : counters) {
    scopes.insert(counter["scope"]);
    EXPECT_FALSE(counter["meaning"].get<std::string>().empty()) << counter["name"];
    EXPECT_TRUE(counter["drop"].is_boolean());
    if (counter["scope"] == "clients gone" && counter["name"] == "bad_return") {
      EXPECT_EQ(counter["value"], 7);
    }
  }
  EXPECT_EQ(scopes,
            (std::set<std::string>{"port loop0", "client 1", "clients gone", "core 0", "daemon"}));
}

TEST_F(OperatorTest, TheDoctorNamesAFixForEverythingThatIsNotGood) {
  harness.plane.ports[0].link_up = false;
  bool saw_the_port = false;
  json answer = Ask("doctor");
  for (const json& check : answer["checks"]) {
    EXPECT_EQ(check["result"] == "ok", check["fix"] == "") << check["name"];
    saw_the_port = saw_the_port || (check["name"] == "port loop0" && check["result"] == "warning");
  }
  EXPECT_TRUE(saw_the_port);
}

// As many clients and links as there may be: both have a doorbell.
TEST_F(OperatorTest, TheDoctorCountsDescriptorsOfClientsAndLinks) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const auto result_with = [&](rlim_t descriptors) -> std::string {
    const rlimit limit{.rlim_cur = descriptors, .rlim_max = before.rlim_max};
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    const json answer = Ask("doctor");
    for (const json& check : answer["checks"]) {
      if (check["name"] == "file descriptors") return check["result"];
    }
    return "";
  };
  constexpr rlim_t kClients = kMaxClients * 5 + 64;
  EXPECT_EQ(result_with(kClients), "warning");
  EXPECT_EQ(result_with(kClients + kMaxPorts * 2), "ok");
  EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

// An operator's end of a connection to a server that answers with what it was asked, in brackets.
class OperatorServerTest : public ::testing::Test {
 protected:
  OperatorServerTest() {
    std::array<int, 2> ends;
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    server.OnConnection(UniqueFd(ends[0]));
    fd.Reset(ends[1]);
  }
  void Send(const std::string& text) {
    EXPECT_EQ(send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
    Turn();
  }
  void Turn() {
    for (int i = 0; i < 4; ++i) loop.Turn(0);
  }
  std::string Read() {
    std::string text(1 << 16, '\0');
    ssize_t count = recv(fd.get(), text.data(), text.size(), MSG_DONTWAIT);
    text.resize(count > 0 ? static_cast<size_t>(count) : 0);
    return text;
  }

  ::vcp::testing::FakeClock clock;
  EventLoop loop{clock};
  DaemonCounters counters;
  size_t answer_bytes = 0;
  OperatorServer server{&loop, &counters, [this](std::string_view line) {
                          if (answer_bytes != 0) return std::string(answer_bytes, 'a');
                          return "[" + std::string(line) + "]";
                        }};
  UniqueFd fd;
};

TEST_F(OperatorServerTest, AnswersLinesHoweverTheyCome) {
  Send("one\ntwo\nth");
  EXPECT_EQ(Read(), "[one]\n[two]\n");
  Send("ree\n");
  EXPECT_EQ(Read(), "[three]\n");
  fd.Reset();
  Turn();
  EXPECT_EQ(server.connection_count(), 0u);
}

TEST_F(OperatorServerTest, AnswersWhoAskedAndThenClosedItsSide) {
  Send("one\n");
  shutdown(fd.get(), SHUT_WR);
  Turn();
  EXPECT_EQ(Read(), "[one]\n");
  EXPECT_EQ(server.connection_count(), 0u);
}

TEST_F(OperatorServerTest, AnAnswerLargerThanASocketArrivesWhole) {
  answer_bytes = 8 << 20;
  Send("big\n");
  size_t received = 0;
  for (size_t last = 1; last != 0;) {
    last = Read().size();
    received += last;
    Turn();
  }
  EXPECT_EQ(received, answer_bytes + 1);
  EXPECT_EQ(server.connection_count(), 1u);
}

TEST_F(OperatorServerTest, DropsWhoDoesNotReadItsAnswer) {
  answer_bytes = 8 << 20;
  Send("big\nand more\n");
  clock.Advance(kOperatorDeadlineNs);
  Turn();
  EXPECT_EQ(server.connection_count(), 0u);
  EXPECT_EQ(counters.Read(DaemonCounter::kOperatorsDropped), 1u);
}

TEST_F(OperatorServerTest, DropsWhoDoesNotFinishItsLine) {
  for (int i = 0; i < 10; ++i) {
    Send("x");  // never fast, never idle
    clock.Advance(kOperatorDeadlineNs / 10);
    Turn();
  }
  EXPECT_EQ(server.connection_count(), 0u);
}

TEST_F(OperatorServerTest, AnIdleOperatorMayStay) {
  Send("one\n");
  clock.Advance(100 * kOperatorDeadlineNs);
  Turn();
  EXPECT_EQ(server.connection_count(), 1u);
}

TEST_F(OperatorServerTest, ALineMayBeOnlySoLong) {
  Send(std::string(kMaxRequestBytes - 1, 'x') + "\n");
  EXPECT_EQ(Read().size(), kMaxRequestBytes + 2);
  Send(std::string(kMaxRequestBytes, 'x'));
  Turn();
  EXPECT_EQ(server.connection_count(), 0u);
}

TEST_F(OperatorServerTest, ThereAreOnlySoManyOperators) {
  std::vector<UniqueFd> others;
  for (size_t i = 0; i < 2 * kMaxOperators; ++i) {
    std::array<int, 2> ends;
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    server.OnConnection(UniqueFd(ends[0]));
    others.emplace_back(ends[1]);
  }
  EXPECT_EQ(server.connection_count(), kMaxOperators);
}

TEST_F(OperatorTest, AsksAPortByOid) {
  harness.plane.ports[0].link_bits_per_second = 1'000'000'000;
  EXPECT_EQ(Ask("oid get loop0 MEDIA_CONNECT_STATUS")["value"], 0);
  EXPECT_EQ(Ask("oid get loop0 OID_GEN_CO_XMIT_PDUS_OK")["value"], 0);
  EXPECT_EQ(Ask("oid get loop0 0x00010107")["value"]["outbound"], 10'000'000);
  EXPECT_EQ(Ask("oid get loop0 VENDOR_DESCRIPTION")["value"], "loopback");
  EXPECT_EQ(Ask("oid get loop0 SUPPORTED_LIST")["value"][0], "OID_GEN_CO_SUPPORTED_LIST");
  EXPECT_EQ(Ask("oid get loop0 DRIVER_VERSION")["value"], 0x0600);
  EXPECT_EQ(Ask("oid list")["oids"][0]["number"], 0x00010101);
  EXPECT_EQ(Ask("oid set loop0 PROTOCOL_OPTIONS 1")["ok"], true);
}

TEST_F(OperatorTest, AsksOneVcByOid) {
  auto alice = harness.Attach("alice");
  const uint32_t af = harness.OpenAf(*alice);
  harness.CreateVc(*alice, af);
  harness.plane.vc_counters.transmitted_sdus = 5;
  const uint32_t vc = Ask("show vcs")["vcs"][0]["handle"];
  EXPECT_EQ(Ask("oid get loop0 XMIT_PDUS_OK vc=" + std::to_string(vc))["value"], 5);
  EXPECT_EQ(Ask("oid get loop0 XMIT_PDUS_OK vc=99")["status"], "INVALID_HANDLE");
}

TEST_F(OperatorTest, AsksACallManagerByOid) {
  const size_t objects = harness.switchboard.LiveObjectCount();
  EXPECT_EQ(Ask("oid get loop0 OID_CO_GET_ADDRESSES")["value"], json::array());
  EXPECT_EQ(Ask("oid get loop0 OID_CO_GET_ADDRESSES family=77")["status"], "NOT_SUPPORTED");
  EXPECT_EQ(Ask("oid get loop0 OID_CO_GET_ADDRESSES vc=1")["status"], "INVALID_DATA");
  EXPECT_EQ(Ask("oid set loop0 OID_CO_DELETE_PVC 5")["status"], "INVALID_DATA");
  EXPECT_EQ(Ask("oid set loop0 OID_CO_DELETE_PVC 0z")["status"], "INVALID_DATA");
  EXPECT_EQ(Ask("oid set loop0 OID_CO_DELETE_PVC 00")["status"], "INVALID_LENGTH");
  EXPECT_EQ(harness.switchboard.LiveObjectCount(), objects);
}

TEST_F(OperatorTest, SaysWhatIsWrongWithAnOid) {
  EXPECT_EQ(Ask("oid get nowhere XMIT_PDUS_OK")["status"], "NO_SUCH_PORT");
  EXPECT_EQ(Ask("oid get loop0 NONE")["status"], "INVALID_OID");
  EXPECT_EQ(Ask("oid get loop0 PROTOCOL_OPTIONS")["status"], "NOT_SUPPORTED");
  EXPECT_EQ(Ask("oid set loop0 PROTOCOL_OPTIONS 64")["status"], "INVALID_DATA");
  EXPECT_EQ(Ask("oid set loop0 PROTOCOL_OPTIONS x")["status"], "INVALID_DATA");
  for (const auto& [line, why] : std::map<std::string, std::string>{
           {"oid set loop0 OID_CO_ADD_ADDRESS 5", "a client's own addresses"},
           {"oid get loop0 OID_CO_AF_CLOSE", "what a call manager tells its clients"}}) {
    const json refused = Ask(line);
    EXPECT_EQ(refused["status"], "NOT_SUPPORTED");
    EXPECT_THAT(refused["error"].get<std::string>(), HasSubstr(why));
  }
  EXPECT_EQ(Ask("oid set loop0 PROTOCOL_OPTIONS")["status"], "NOT_RECOGNIZED");
  EXPECT_EQ(Ask("oid drop loop0 XMIT_PDUS_OK")["status"], "NOT_RECOGNIZED");
}

TEST_F(OperatorTest, PausesAPortAndLetsItGoOn) {
  EXPECT_EQ(Ask("show ports")["ports"][0]["life"], "running");
  EXPECT_EQ(Ask("port restart loop0")["status"], "INVALID_STATE");
  EXPECT_EQ(Ask("port pause loop0")["life"], "paused");
  EXPECT_EQ(Ask("show ports")["ports"][0]["life"], "paused");
  EXPECT_EQ(Ask("oid get loop0 HARDWARE_STATUS")["value"], 4);
  EXPECT_EQ(Ask("port restart loop0")["life"], "running");
  EXPECT_EQ(Ask("port reset loop0")["ok"], true);
  EXPECT_EQ(Ask("port pause nowhere")["status"], "NO_SUCH_PORT");
  EXPECT_EQ(Ask("port jump loop0")["status"], "NOT_RECOGNIZED");
}

}  // namespace
}  // namespace vcp::daemon
