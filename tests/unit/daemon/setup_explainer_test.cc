// What `explain setup` says, against what a call that is made really meets.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "daemon/operator_commands.h"
#include "daemon/setup_question.h"
#include "link_pair.h"

namespace vcp::daemon {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const Address kServer = *ParseAddress("+358401234567");

class SetupExplainerTest : public ::testing::Test {
 protected:
  json Ask(const std::string& words) {
    return json::parse(commands.Answer("explain setup address=+358401234567" + words));
  }
  // The step about that.
  static json Step(const json& answer, const std::string& about) {
    for (const json& step : answer["steps"]) {
      if (step["about"] == about) return step;
    }
    return {};
  }
  static std::string TextOf(const json& answer, const std::string& about) {
    return Step(answer, about).value("text", "");
  }
  // Makes the call that `words` ask about; the status at once.
  Status Make(const std::string& words) {
    const std::string line = "address=+358401234567" + words;
    std::vector<std::string_view> split;
    for (size_t at = 0; at < line.size();) {
      const size_t end = std::min(line.find(' ', at), line.size());
      split.push_back(std::string_view(line).substr(at, end - at));
      at = end + 1;
    }
    SetupQuestion question;
    std::string error;
    EXPECT_EQ(ParseSetupWords(split, pair.config.ports, &question, &error), Status::kSuccess);
    const Status status = harness.switchboard.MakeCall(pair.MakeVc(next_vc++), &question.params);
    pair.Settle();
    return status;
  }

  AttachHarness harness;
  LinkPair pair{&harness};
  callmgr::RouteTable routes;
  LinkRoutes link_routes{
      &routes,
      {harness.switchboard.FindAdapter("west0"), harness.switchboard.FindAdapter("east0")},
      [this](callmgr::LinkId link) {
        return pair.links.all()[link].manager->signaling().uni().is_up();
      }};
  callmgr::PvcList& pvcs = pair.pvcs;
  OperatorCommands commands{{.loop = &harness.loop,
                             .switchboard = &harness.switchboard,
                             .call_managers = &harness.operator_clients,
                             .plane = &harness.plane,
                             .clients = harness.server.get(),
                             .pvcs = &pvcs,
                             .links = &pair.links,
                             .routes = &routes,
                             .link_routes = &link_routes,
                             .counters = &harness.counters,
                             .config = &pair.config}};
  circuit::Context next_vc = 100;
};

TEST_F(SetupExplainerTest, SaysWhatThenHappens) {
  pair.Serve(kServer);
  for (const std::string words :
       {"", " rate=1Mbit", " rate=1Mbit one_way=yes", " rate=4Gbit sdu=1000",
        " rate=4Gbit sdu=1000", " rate=4Gbit sdu=1000", " rate=100Mbit peak=4Gbit burst=50000",
        " rate=100Mbit peak=200Mbit burst=50000 service=controlled-load", " sdu=9000",
        " rate=2Mbit peak=1Mbit", " rate=999Gbit", " rate=9Gbit", " peak=3Mbit"}) {
    const json answer = Ask(words + " port=west0");
    ASSERT_EQ(answer["ok"], true) << words << answer;
    const qos::AdmissionShare reserved =
        pair.links.all()[0].manager->transmit_admission().reserved();
    const Status status = Make(words);
    EXPECT_EQ(answer["would_be_sent"], status == Status::kPending) << words << answer;
    if (status != Status::kPending) {
      EXPECT_EQ(answer["status"], StatusName(status)) << words;
      EXPECT_EQ(pair.links.all()[0].manager->transmit_admission().reserved(), reserved);
    }
  }
}

TEST_F(SetupExplainerTest, OnAPortThatBecameSlowerNothingIsFree) {
  pair.Serve(kServer);
  ASSERT_EQ(Make(" rate=4Gbit"), Status::kPending);
  pair.links.all()[0].manager->SetLineRate(1'000'000'000);
  const json answer = Ask(" rate=1Mbit port=west0");
  EXPECT_EQ(answer["would_be_sent"], false);
  EXPECT_EQ(Step(answer, "admission")["transmit"]["free_cells_per_second"], 0);
  EXPECT_EQ(Step(answer, "admission")["transmit"]["free_bits_per_second"], 0);
}

TEST_F(SetupExplainerTest, C100_APvcThatLeadsThereIsTakenFirst) {
  ASSERT_EQ(
      pvcs.Add({.name = "line", .adapter = "west0", .labels = {100, 100}, .destination = kServer}),
      Status::kSuccess);
  const json free = Ask(" port=west0");
  EXPECT_EQ(free["would_be_sent"], true);
  EXPECT_THAT(free["verdict"].get<std::string>(), HasSubstr("on PVC line of port west0"));
  EXPECT_EQ(Step(free, "link"), json());
  EXPECT_EQ(Step(Ask(" port=west0 one_way=yes"), "pvc"), json());
  ASSERT_EQ(pvcs.Acquire("line"), Status::kSuccess);
  const json busy = Ask(" port=west0");
  EXPECT_THAT(TextOf(busy, "pvc"), HasSubstr("in use"));
  EXPECT_THAT(busy["verdict"].get<std::string>(), HasSubstr("sent to the peer"));
  pvcs.Release("line");
}

TEST_F(SetupExplainerTest, NothingIsChanged) {
  const size_t objects = harness.switchboard.LiveObjectCount();
  Ask(" rate=1Gbit port=west0");
  EXPECT_EQ(harness.switchboard.LiveObjectCount(), objects);
  const callmgr::UniCallManager& manager = *pair.links.all()[0].manager;
  EXPECT_EQ(manager.transmit_admission().size(), 0u);
  EXPECT_EQ(manager.signaling().uni().call_count(), 0u);
}

TEST_F(SetupExplainerTest, TellsTheContractAndItsRoom) {
  const json answer = Ask(" rate=1Mbit port=west0 sdu=1000");
  EXPECT_EQ(answer["address"], "+358401234567");
  EXPECT_EQ(answer["status"], "SUCCESS");
  EXPECT_EQ(answer["cause"], nullptr);
  EXPECT_EQ(answer["port"], "west0");
  // 125000 bytes/s in SDUs of 1000, which take 21 cells each.
  EXPECT_THAT(TextOf(answer, "contract"), HasSubstr("to the peer CBR.1, 2,625 cells/s"));
  EXPECT_THAT(TextOf(answer, "contract"), HasSubstr("from it CBR.1, 2,625 cells/s"));
  EXPECT_THAT(TextOf(answer, "admission"), HasSubstr("it takes to the peer 2,625 of 23,203,124"));
  EXPECT_EQ(Step(answer, "contract")["backward"]["peak_cells_per_second"], 2625);
  EXPECT_EQ(Step(answer, "admission")["receive"]["counted_cells_per_second"], 2625);
  EXPECT_EQ(Step(answer, "admission")["receive"]["free_cells_per_second"], 23'203'124);
  EXPECT_EQ(Step(answer, "labels")["free"], 1'048'032);
  EXPECT_THAT(TextOf(answer, "link"), HasSubstr("up"));
  EXPECT_THAT(TextOf(answer, "labels"), HasSubstr("the peer chooses"));
}

TEST_F(SetupExplainerTest, BestEffortReservesNothing) {
  const json answer = Ask(" port=west0");
  EXPECT_EQ(TextOf(answer, "admission"), "it reserves nothing, so there is room for it");
  EXPECT_THAT(TextOf(answer, "contract"), HasSubstr("UBR.1, nothing reserved, at most 26,041,666"));
}

TEST_F(SetupExplainerTest, ARefusalNamesItsCauseAndTheWayOut) {
  pair.Serve(kServer);
  EXPECT_EQ(Make(" rate=6Gbit"), Status::kPending);
  const json answer = Ask(" rate=4Gbit port=west0");
  EXPECT_EQ(answer["would_be_sent"], false);
  EXPECT_EQ(answer["status"], "RESOURCES");
  EXPECT_EQ(answer["cause"], 37);
  EXPECT_EQ(Step(answer, "admission")["good"], false);
  EXPECT_THAT(TextOf(answer, "admission"), HasSubstr("vcctl show cac"));
  EXPECT_THAT(answer["verdict"].get<std::string>(), HasSubstr("user cell rate not available"));
}

TEST_F(SetupExplainerTest, TheLongestPrefixIsNamedFirst) {
  EXPECT_EQ(routes.Add(*ParseAddressPrefix("+358"), {1, 0}), Status::kSuccess);
  EXPECT_EQ(routes.Add(*ParseAddressPrefix("+35840"), {0, 2}), Status::kSuccess);
  EXPECT_EQ(routes.Add(*ParseAddressPrefix("+49"), {1, 0}), Status::kSuccess);
  const json answer = Ask("");
  EXPECT_EQ(answer["port"], "west0");
  EXPECT_THAT(
      TextOf(answer, "routes"),
      HasSubstr("these match, longest first: +35840 by port west0 (priority 2), +358 by port "
                "east0 (priority 0); the call leaves by port west0"));
  const json elsewhere = Ask(" port=east0");
  EXPECT_EQ(elsewhere["status"], "NOT_FOUND");
  EXPECT_EQ(elsewhere["cause"], 3);
  EXPECT_THAT(TextOf(elsewhere, "routes"), HasSubstr("+35840 by port west0"));
}

TEST_F(SetupExplainerTest, ARouteToTheNumbersOtherFormLeadsThere) {  // signaling 4.1
  EXPECT_EQ(routes.Add(*ParseAddressPrefix("45/8"), {0, 0}), Status::kSuccess);
  EXPECT_EQ(routes.Add(*ParseAddressPrefix("+49"), {1, 0}), Status::kSuccess);
  EXPECT_THAT(TextOf(Ask(""), "routes"), HasSubstr("the only match is 45/8 by port west0"));
}

TEST_F(SetupExplainerTest, NoRouteLeadsThere) {
  json answer = Ask("");  // two links, and nothing that tells them apart
  EXPECT_EQ(answer["status"], "NOT_FOUND");
  EXPECT_THAT(TextOf(answer, "routes"), HasSubstr("--port"));
  EXPECT_EQ(routes.Add(*ParseAddressPrefix("+49"), {1, 0}), Status::kSuccess);
  answer = Ask("");
  EXPECT_EQ(answer["status"], "NOT_FOUND");
  EXPECT_EQ(answer["cause"], 3);
}

TEST_F(SetupExplainerTest, ACallOnALoopbackPortStays) {
  json answer = Ask(" port=loop0");
  EXPECT_EQ(answer["status"], "NOT_FOUND");
  EXPECT_EQ(answer["cause"], 1);
  auto bob = harness.Attach("bob");
  harness.RegisterSap(*bob, harness.OpenAf(*bob), "358401234567");
  answer = Ask(" port=loop0");
  EXPECT_EQ(answer["would_be_sent"], true);
  EXPECT_EQ(answer["port"], "loop0");
  EXPECT_THAT(TextOf(answer, "here"), HasSubstr("bob (1) takes calls made on port loop0"));
  EXPECT_EQ(Step(answer, "admission"), json());
}

TEST_F(SetupExplainerTest, WhoTakesCallsFromAPeerIsTold) {
  EXPECT_THAT(TextOf(Ask(" port=west0"), "here"), HasSubstr("nobody"));
  pair.Serve(kServer);
  EXPECT_THAT(TextOf(Ask(" port=west0"), "here"),
              HasSubstr("takes calls from the peer of port east0"));
}

TEST_F(SetupExplainerTest, RefusesInOneLine) {
  const std::pair<const char*, const char*> kRefusals[] = {
      {"explain", "NOT_RECOGNIZED"},
      {"explain setup", "INVALID_DATA"},
      {"explain setup address=", "INVALID_DATA"},
      {"explain setup address=alice", "INVALID_DATA"},
      {"explain setup address=none", "INVALID_DATA"},
      {"explain setup address=+358 rate=1", "INVALID_DATA"},
      {"explain setup address=+358 sdu=0", "INVALID_DATA"},
      {"explain setup address=+358 service=best", "INVALID_DATA"},
      {"explain setup address=+358 one_way=maybe", "INVALID_DATA"},
      {"explain setup address=+358 colour=red", "INVALID_DATA"},
      {"explain setup address=+358 address=+358", "INVALID_DATA"},
      {"explain setup address=+358 port=lan9", "NO_SUCH_PORT"},
  };
  for (const auto& [line, status] : kRefusals) {
    const json answer = json::parse(commands.Answer(line));
    EXPECT_EQ(answer["ok"], false) << line;
    EXPECT_EQ(answer["status"], status) << line;
    EXPECT_FALSE(answer["error"].get<std::string>().empty()) << line;
  }
}

}  // namespace
}  // namespace vcp::daemon
