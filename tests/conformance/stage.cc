#include "stage.h"

#include <algorithm>
#include <cstdio>
#include <regex>

namespace vcp::conformance {

std::string LineName(int line) { return "line" + std::to_string(line); }
uint32_t LabelOf(int line) { return 1000 + static_cast<uint32_t>(line); }

vcp_call_params WithRate(vcp_call_params params, uint64_t bytes_per_second) {
  for (vcp_flow_spec* flow : {&params.transmit, &params.receive}) {
    flow->token_rate_bytes_per_second = bytes_per_second;
    flow->peak_bandwidth_bytes_per_second = bytes_per_second;
    flow->max_sdu_size_bytes = 1000;
    flow->service_type = VCP_SERVICE_GUARANTEED;
  }
  return params;
}

std::vector<Column> ColumnsOf(std::initializer_list<Where> wheres,
                              std::initializer_list<Medium> media) {
  std::vector<Column> columns;
  for (const Where where : wheres) {
    for (const Medium& medium : media) {
      columns.push_back({where, medium});
    }
  }
  return columns;
}

namespace {

std::string Toml(const std::string& folder, const char* role, const char* side) {
  std::string toml = "[daemon]\nclients_change_pvcs = true\n[memory]\nframes = 8192\n";
  toml += std::string("[[port]]\nname = \"") + kLoopPort + "\"\ndevice = \"loopback\"\n";
  toml += std::string("[[port]]\nname = \"") + kCablePort +
          "\"\ndevice = \"net_memif,role=" + role + ",socket=" + folder + "/cable\"\n";
  toml += std::string("[[link]]\nport = \"") + kCablePort + "\"\nside = \"" + side + "\"\n";
  for (int line = 0; line < kLines; ++line) {
    toml += "[[pvc]]\nname = \"" + LineName(line) + "\"\nport = \"" + kCablePort +
            "\"\nlabel = " + std::to_string(LabelOf(line)) + "\n";
  }
  toml += std::string("[[pvc]]\nname = \"group\"\nport = \"") + kCablePort +
          "\"\nlabel = 2000\ncount = 4\n";
  toml += std::string("[[pvc]]\nname = \"slow\"\nport = \"") + kCablePort +
          "\"\nlabel = 3000\nmax_sdu = 1000\nrate = \"8Mbit\"\n";
  toml += std::string("[[pvc]]\nname = \"far\"\nport = \"") + kCablePort +
          "\"\nlabel = 4000\ncount = 2\ndestination = \"" + kPvcDestination + "\"\n";
  return toml;
}

bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// A daemon that ended badly, or left memory behind, fails the run.
class OrderlyEnd : public ::testing::Environment {
 public:
  void TearDown() override {
    for (testing::DaemonProcess* daemon : {&Stage::Get().east(), &Stage::Get().west()}) {
      if (!daemon->IsRunning()) continue;
      EXPECT_EQ(daemon->Stop(), 0) << daemon->Log();
    }
  }
};

}  // namespace

// --- the stage -----------------------------------------------------------------------------------

Stage& Stage::Get() {
  static Stage stage;
  return stage;
}

Stage::Stage()
    : west_(folder_, "west", Toml(folder_.path(), "server", "user")),
      east_(folder_, "east", Toml(folder_.path(), "client", "network")) {}

bool Stage::Start() {
  if (west_.IsRunning() && east_.IsRunning()) return true;
  // They end with their daemons, but not at once.
  west_manager_.Kill();
  east_manager_.Kill();
  EndOtherManagers();
  // A memif client finds its server when it starts, so both start when the server has to.
  if (!west_.IsRunning()) {
    if (west_.pid() > 0) west_.Kill();
    if (east_.pid() > 0) east_.Kill();
    if (!west_.Start()) return false;
  }
  if (east_.pid() > 0) east_.Kill();
  return east_.Start() && WaitForCable();
}

bool Stage::StartManagers() {
  const auto has_manager = [](testing::DaemonProcess& daemon) {
    return Contains(daemon.Ask("show clients"), "\"name\":\"manager\"");
  };
  const bool both_run = west_manager_.IsRunning() && east_manager_.IsRunning();
  if (both_run && has_manager(west_) && has_manager(east_)) return true;
  // Neither knows of calls that the other has from an earlier life.
  west_manager_.Kill();
  east_manager_.Kill();
  EndOtherManagers();
  for (testing::DaemonProcess* daemon : {&west_, &east_}) {
    const bool is_gone = daemon->WaitFor("show clients", [](const std::string& clients) {
      return !Contains(clients, "\"name\":\"manager\"");
    });
    if (!is_gone) return false;
  }
  constexpr uint32_t kFamily = ExternalManager::kFamily;
  return west_manager_.Start(west_, kCablePort, 0, kFamily) &&
         east_manager_.Start(east_, kCablePort, 1, kFamily);
}

bool Stage::StartOtherManagers() {
  constexpr uint32_t kFamily = ExternalManager::kOthersFamily;
  return others_[0].Start(west_, kCablePort, 0, kFamily) &&
         others_[1].Start(east_, kCablePort, 1, kFamily);
}

void Stage::EndOtherManagers() {
  for (ExternalProcess& other : others_) other.Kill();
}

bool Stage::WaitForCable() {
  const auto up = [](const std::string& ports) { return !Contains(ports, "\"down\""); };
  const auto signals = [](const std::string& links) {
    return Contains(links, "\"signaling\":\"up\"");
  };
  return west_.WaitFor("show ports", up) && east_.WaitFor("show ports", up) &&
         west_.WaitFor("show links", signals) && east_.WaitFor("show links", signals);
}

::testing::AssertionResult HoldsNothing(testing::DaemonProcess& daemon) {
  struct Wanted {
    const char* request;
    const char* pattern;
    bool present;
  };
  // A call manager outside is a client, too. Its own VC, and the link's, has no family; the link's
  // calls include those that wait for the peer's last word.
  constexpr Wanted kWanted[] = {{"show clients", R"("name":"conformance")", false},
                                {"show vcs", R"("af":[1-9])", false},
                                {"show calls", R"("total":0)", true},
                                {"show saps", R"("saps":\[\])", true},
                                {"show afs", R"("afs":\[\])", true},
                                {"show pvcs", R"("in_use":true)", false},
                                {"show links", R"("calls":0,)", true}};
  for (const Wanted& wanted : kWanted) {
    const std::regex pattern(wanted.pattern);
    const bool came = daemon.WaitFor(wanted.request, [&](const std::string& answer) {
      return std::regex_search(answer, pattern) == wanted.present;
    });
    if (!came) {
      return ::testing::AssertionFailure() << wanted.request << ": " << daemon.Ask(wanted.request);
    }
  }
  return ::testing::AssertionSuccess();
}

// --- the fixture ---------------------------------------------------------------------------------

void StageTest::SetUp() {
  if (!is_attached()) {
    world_ = std::make_unique<InProcessWorld>();
    if (medium().family == kExternal.family) world_->StartManagers();
    return;
  }
  ASSERT_TRUE(stage().Start()) << stage().west().Log() << stage().east().Log();
  if (medium().family == kExternal.family) {
    ASSERT_TRUE(stage().StartManagers());
  }
}

void StageTest::TearDown() {
  caller_.reset();
  callee_.reset();
  if (!is_attached()) {
    for (InProcessHost* host : {&world_->west(), &world_->east()}) {
      EXPECT_TRUE(world_->HoldsNothing(host));
    }
    return;
  }
  stage().EndOtherManagers();
  for (testing::DaemonProcess* daemon : {&stage().west(), &stage().east()}) {
    EXPECT_TRUE(daemon->IsRunning()) << daemon->Log();
    if (daemon->IsRunning()) {
      EXPECT_TRUE(HoldsNothing(*daemon));
    }
  }
  RestorePvcs();
}

std::unique_ptr<Player> StageTest::NewPlayer(Side side) {
  if (!is_attached()) return world_->NewPlayer(HostOf(side));
  return std::make_unique<App>(DaemonOf(side));
}

std::string StageTest::WhatTheManagerSays() {
  if (is_attached()) return stage().west_manager().ReadLine();
  world_->Settle();
  return world_->west().external->ReadLine();
}

void StageTest::KillTheManager() {
  is_attached() ? stage().west_manager().Kill() : world_->KillManager(&world_->west());
}

bool StageTest::StartOtherManagers() {
  if (is_attached()) return stage().StartOtherManagers();
  world_->StartOtherManagers();
  return true;
}

::testing::AssertionResult StageTest::HoldsNothingAt(Side side) {
  if (!is_attached()) return world_->HoldsNothing(HostOf(side));
  return HoldsNothing(DaemonOf(side));
}

void StageTest::MakeCaller() {
  caller_ = NewPlayer(Side::kCaller);
  caller_af_ = caller_->OpenAf(medium().port, medium().family);
}

void StageTest::MakeCallee() {
  callee_ = NewPlayer(Side::kCallee);
  callee_af_ = callee_->OpenAf(medium().port, medium().family);
}

std::string StageTest::PortField(testing::DaemonProcess& daemon, const std::string& field) const {
  const std::string ports = daemon.Ask("show ports");
  std::smatch value;
  const std::regex pattern(std::string("\"name\":\"") + medium().port + "\"[^{]*\"" + field +
                           "\":\"?([^\",]*)");
  return std::regex_search(ports, value, pattern) ? value[1] : std::string();
}

uint64_t StageTest::LinkBitsPerSecond() {
  if (!is_attached()) {
    const InProcessPlane& plane = HostOf(Side::kCaller)->plane;
    const auto port = std::find_if(plane.ports.begin(), plane.ports.end(),
                                   [this](const auto& info) { return info.name == medium().port; });
    return port->link_bits_per_second;
  }
  const std::string speed = PortField(CallerDaemon(), "link_bits_per_second");
  EXPECT_NE(speed, "");
  return speed.empty() ? 0 : std::stoull(speed);
}

vcp_call_params StageTest::CallOn(int line) const {
  vcp_call_params params;
  vcp_call_params_init(&params);
  if (medium().by_address) {
    const std::string address = "+35800" + std::to_string(line);
    EXPECT_EQ(vcp_address_parse(address.c_str(), &params.called), VCP_SUCCESS);
  } else {
    params.flags = VCP_CALL_PERMANENT_VC;
    std::snprintf(params.pvc_name, sizeof params.pvc_name, "%s", LineName(line).c_str());
  }
  return params;
}

vcp_sap_params StageTest::SapOn(int line) const {
  vcp_sap_params params;
  vcp_sap_params_init(&params);
  const vcp_call_params call = CallOn(line);
  params.address = call.called;
  std::snprintf(params.pvc_name, sizeof params.pvc_name, "%s", call.pvc_name);
  return params;
}

// --- calls ---------------------------------------------------------------------------------------

vcp_vc StageTest::StartCall(int line, uint64_t cookie) {
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  const vcp_call_params params = CallOn(line);
  EXPECT_EQ(caller_->StartMakeCall(vc, params, cookie), VCP_PENDING);
  return vc;
}

StageTest::Offer StageTest::MakeOffer(int line) { return MakeOffer(line, CallOn(line)); }

StageTest::Offer StageTest::MakeOffer(int line, const vcp_call_params& params) {
  Offer offer{.line = line};
  offer.sap = callee_->RegisterSap(callee_af_, SapOn(line));
  if (medium().by_address) {
    offer.caller = caller_->CreateVc(caller_af_);
    EXPECT_EQ(caller_->StartMakeCall(offer.caller, params, 0), VCP_PENDING);
  }
  offer.event = callee_->Expect(VCP_EVENT_INCOMING_CALL);
  EXPECT_EQ(offer.event.sap, offer.sap);
  offer.callee = offer.event.vc;
  return offer;
}

Call StageTest::Accept(const Offer& offer) {
  Call call{.line = offer.line, .caller = offer.caller, .callee = offer.callee};
  EXPECT_EQ(callee_->AcceptCall(offer.callee), VCP_SUCCESS);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_CALL_CONNECTED).vc, offer.callee);
  if (!medium().by_address) call.caller = StartCall(offer.line, 0);
  const vcp_event made = caller_->Expect(VCP_EVENT_MAKE_CALL_COMPLETE, VCP_SUCCESS);
  EXPECT_EQ(made.vc, call.caller);
  return call;
}

vcp_vc StageTest::CallPaced(const char* rate) {
  const std::string added = CallerDaemon().Ask(
      std::string("pvc add name=paced port=cable0 label=5000 max_sdu=1000 rate=") + rate);
  EXPECT_TRUE(Contains(added, "\"ok\":true")) << added;
  vcp_call_params params;
  vcp_call_params_init(&params);
  params.flags = VCP_CALL_PERMANENT_VC;
  std::snprintf(params.pvc_name, sizeof params.pvc_name, "paced");
  const vcp_vc vc = caller_->CreateVc(caller_af_);
  EXPECT_EQ(caller_->TryCall(vc, params), VCP_SUCCESS);
  return vc;
}

vcp_status StageTest::LoseCall(const Call& call) {
  if (medium().by_address) {
    EXPECT_EQ(callee_->StartCloseCall(call.callee, 0), VCP_PENDING);
  } else {
    DeletePvc(Side::kCaller, call.line);
  }
  const vcp_event event = caller_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL);
  EXPECT_EQ(event.vc, call.caller);
  if (medium().by_address) {
    callee_->Expect(VCP_EVENT_CLOSE_CALL_COMPLETE, VCP_SUCCESS);
    EXPECT_EQ(callee_->Expect(VCP_EVENT_VC_DELETED).vc, call.callee);
  }
  return event.status;
}

void StageTest::End(const Call& call) {
  caller_->CloseCall(call.caller);
  caller_->DeleteVc(call.caller);
  if (medium().by_address) {
    EXPECT_EQ(callee_->Expect(VCP_EVENT_INCOMING_CLOSE_CALL, VCP_SUCCESS).vc, call.callee);
  }
  callee_->CloseCall(call.callee);
  EXPECT_EQ(callee_->Expect(VCP_EVENT_VC_DELETED).vc, call.callee);
}

void StageTest::DeletePvc(Side side, int line) {
  deleted_pvcs_.emplace_back(side, line);
  if (!is_attached()) {
    const Status status = HostOf(side)->pvcs.Delete(LineName(line));
    EXPECT_TRUE(status == Status::kSuccess || status == Status::kPending);
    return;
  }
  testing::DaemonProcess& daemon = DaemonOf(side);
  const std::string answer = daemon.Ask("pvc delete " + LineName(line));
  EXPECT_TRUE(Contains(answer, "\"ok\":true")) << answer;
}

void StageTest::RestorePvcs() {
  for (const auto& [side, line] : std::exchange(deleted_pvcs_, {})) {
    const uint32_t label = LabelOf(line);
    if (!is_attached()) {
      EXPECT_EQ(HostOf(side)->pvcs.Add(
                    {.name = LineName(line), .adapter = kCablePort, .labels = {label, label}}),
                Status::kSuccess);
      continue;
    }
    testing::DaemonProcess& daemon = DaemonOf(side);
    const std::string answer = daemon.Ask("pvc add name=" + LineName(line) + " port=" + kCablePort +
                                          " label=" + std::to_string(label));
    EXPECT_TRUE(Contains(answer, "\"ok\":true")) << answer;
  }
}

// --- the columns ---------------------------------------------------------------------------------

namespace {
std::string ColumnName(const ::testing::TestParamInfo<Column>& info) { return NameOf(info.param); }
}  // namespace

INSTANTIATE_TEST_SUITE_P(, OverEach,
                         ::testing::ValuesIn(ColumnsOf(kEverywhere,
                                                       {kLoopback, kUni, kExternal, kPvc})),
                         ColumnName);
INSTANTIATE_TEST_SUITE_P(, ByAddress,
                         ::testing::ValuesIn(ColumnsOf(kEverywhere, {kLoopback, kUni, kExternal})),
                         ColumnName);
INSTANTIATE_TEST_SUITE_P(, WithParties,
                         ::testing::ValuesIn(ColumnsOf(kEverywhere, {kLoopback, kUni, kExternal})),
                         ColumnName);
INSTANTIATE_TEST_SUITE_P(, InProcessOverEach,
                         ::testing::ValuesIn(ColumnsOf({Where::kInProcess},
                                                       {kLoopback, kUni, kExternal, kPvc})),
                         ColumnName);
INSTANTIATE_TEST_SUITE_P(, Verbatim,
                         ::testing::ValuesIn(ColumnsOf(kEverywhere, {kLoopback, kExternal})),
                         ColumnName);
INSTANTIATE_TEST_SUITE_P(, OverExternal, ::testing::ValuesIn(ColumnsOf(kEverywhere, {kExternal})),
                         ColumnName);
INSTANTIATE_TEST_SUITE_P(, OverMcm, ::testing::ValuesIn(ColumnsOf(kEverywhere, {kLoopback})),
                         ColumnName);
INSTANTIATE_TEST_SUITE_P(, OverUni, ::testing::ValuesIn(ColumnsOf(kEverywhere, {kUni})),
                         ColumnName);
INSTANTIATE_TEST_SUITE_P(, OverPvc, ::testing::ValuesIn(ColumnsOf(kEverywhere, {kPvc})),
                         ColumnName);
INSTANTIATE_TEST_SUITE_P(, AttachedOverEach, ::testing::Values(kLoopback, kUni, kExternal, kPvc),
                         [](const auto& info) { return std::string(info.param.name); });
INSTANTIATE_TEST_SUITE_P(, AttachedByAddress, ::testing::Values(kLoopback, kUni, kExternal),
                         [](const auto& info) { return std::string(info.param.name); });

namespace {
[[maybe_unused]] const auto* const kOrderlyEnd =
    ::testing::AddGlobalTestEnvironment(new OrderlyEnd);
}  // namespace

}  // namespace vcp::conformance
