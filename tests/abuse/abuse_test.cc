#include "abuse_test.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "client_life.h"

namespace vcp::abuse {
namespace {

using nlohmann::json;
using testing::DaemonProcess;
using testing::RawClient;

// Daemon counters that tell of nothing wrong.
const std::set<std::string> kLife = {"attached", "detached", "operator_requests"};

std::string Config(int poll_cores) {
  return "[poll]\ncores = " + std::to_string(poll_cores) +
         "\n"
         "[memory]\nframes = 16383\n"
         "[[port]]\nname = \"loop0\"\ndevice = \"loopback\"\n"
         "[[pvc]]\nname = \"echo\"\nport = \"loop0\"\nlabel = 100\ncount = 64\n"
         "[[pvc]]\nname = \"quiet\"\nport = \"loop0\"\nlabel = 99\n";
}

std::string ProcPath(pid_t pid, const char* what) {
  return "/proc/" + std::to_string(pid) + "/" + what;
}

size_t CountFds(pid_t pid) {
  size_t count = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator fd(ProcPath(pid, "fd"), error), end; fd != end;
       fd.increment(error)) {
    ++count;
  }
  return count;
}

size_t ResidentKb(pid_t pid) {
  std::ifstream status(ProcPath(pid, "status"));
  for (std::string word; status >> word;) {
    size_t kb = 0;
    if (word == "VmRSS:" && status >> kb) return kb;
  }
  return 0;
}

// Of a log line, the part that every line of one place in the program begins with.
std::string SiteOf(const std::string& line) { return line.substr(0, line.find('=')); }

}  // namespace

std::unique_ptr<testing::TemporaryFolder> AbuseTest::folder_;
std::unique_ptr<DaemonProcess> AbuseTest::daemon_;
std::string AbuseTest::nobody_;

void AbuseTest::StartDaemon() {
  folder_ = std::make_unique<testing::TemporaryFolder>();
  daemon_ = std::make_unique<DaemonProcess>(*folder_, "d", Config(poll_cores_) + more_);
  ASSERT_TRUE(daemon_->Start()) << daemon_->Log();
  pid_ = daemon_->pid();
  nobody_ = Measure().exact;
}

void AbuseTest::TearDownTestSuite() {
  if (daemon_ == nullptr) return;
  if (daemon_->IsRunning()) {
    EXPECT_EQ(daemon_->Stop(), 0) << daemon_->Log();
  }
  for (const char* complaint : {"Sanitizer", "runtime error"}) {
    EXPECT_EQ(daemon_->Log().find(complaint), std::string::npos) << daemon_->Log();
  }
  daemon_.reset();
  folder_.reset();
}

void AbuseTest::SetUp() {
  if (daemon_ == nullptr || !daemon_->IsRunning()) StartDaemon();
  ASSERT_TRUE(daemon_ != nullptr && daemon_->IsRunning());
  pid_ = daemon_->pid();
  bystander_ = std::make_unique<Bystander>(attach_socket(), kBystanderPvc);
  ASSERT_TRUE(bystander_->WaitForMore(1)) << bystander_->Stop();
  const std::string before = Measure().exact;
  LiveAnHonestLife();  // what the daemon allocates once is no leak
  ASSERT_TRUE(WaitFor(before));
  baseline_ = now_;
  counts_ = ReadCounts();
  log_bytes_ = daemon_->Log().size();
  started_ = std::chrono::steady_clock::now();
}

void AbuseTest::TearDown() {
  ASSERT_TRUE(daemon_ != nullptr && daemon_->IsRunning() && daemon_->pid() == pid_)
      << "I1: the daemon is gone\n"
      << daemon_->Log();
  ASSERT_TRUE(bystander_ != nullptr);
  EXPECT_TRUE(bystander_->WaitForMore(2 * kBystanderBurst)) << "I3";
  EXPECT_TRUE(WaitForBaseline());
  CheckCounts();
  CheckBystanderCounts();
  CheckLog();
  LiveAnHonestLife();
  EXPECT_TRUE(WaitForBaseline());
  EXPECT_EQ(bystander_->Stop(), "") << "I3";
  EXPECT_TRUE(WaitFor(nobody_)) << "I2: was " << nobody_ << ", is " << now_.exact;
  EXPECT_TRUE(daemon_->IsRunning()) << "I1\n" << daemon_->Log();
}

// --- asking --------------------------------------------------------------------------------------

json AbuseTest::Ask(const std::string& request) {
  const json answer = json::parse(daemon_->Ask(request), nullptr, /*allow_exceptions=*/false);
  EXPECT_TRUE(!daemon_->IsRunning() || (answer.is_object() && answer.value("ok", false)))
      << request;
  return answer.is_object() ? answer : json::object();
}

std::unique_ptr<RawClient> AbuseTest::AttachOne(const shm::ChannelRequest& request) {
  auto client = std::make_unique<RawClient>(attach_socket());
  // gtest fails the test and goes on with the next one.
  if (client->Attach(request) != Status::kSuccess) throw std::runtime_error("cannot attach");
  return client;
}

uint64_t AbuseTest::CountOf(uint32_t client_id, const std::string& counter) {
  for (const json& row : Show("counters")) {
    if (row["scope"] == "client " + std::to_string(client_id) && row["name"] == counter) {
      return row["value"];
    }
  }
  return 0;
}

void AbuseTest::WaitForTurns() {
  const auto turns = [this] {
    uint64_t least = ~uint64_t{0};
    for (const json& core : Show("cores")) {
      least = std::min<uint64_t>(least, core["turns"]);
    }
    return least;
  };
  const uint64_t before = turns();
  EXPECT_TRUE(Eventually([&] { return turns() >= before + 3; }));
}

// --- I2 ------------------------------------------------------------------------------------------

Footprint AbuseTest::Measure() {
  Footprint now;
  size_t regions = 0;
  std::ifstream maps(ProcPath(pid_, "maps"));
  for (std::string line; std::getline(maps, line); ++now.mappings) {
    regions += line.find("memfd:vcplane") != std::string::npos ? 1 : 0;
  }
  now.resident_kb = ResidentKb(pid_);
  now.frames_free = Ask("show cores")["pools"][0]["free"];
  size_t busy_pvcs = 0;
  for (const json& pvc : Show("pvcs")) busy_pvcs += pvc["in_use"] ? 1 : 0;
  std::ostringstream exact;
  exact << "fds " << CountFds(pid_) << ", regions " << regions << ", clients "
        << Show("clients").size() << ", afs " << Show("afs").size() << ", saps "
        << Show("saps").size() << ", vcs " << Ask("show vcs")["total"] << ", calls "
        << Ask("show calls")["total"] << ", busy pvcs " << busy_pvcs;
  now.exact = exact.str();
  return now;
}

bool AbuseTest::WaitFor(const std::string& exact) {
  return Eventually([&] {
           now_ = Measure();
           return now_.exact == exact || !daemon_->IsRunning();
         }) &&
         now_.exact == exact;
}

bool AbuseTest::IsBack(const Footprint& now) const {
  return now.exact == baseline_.exact && now.mappings <= baseline_.mappings + kMappingSlack &&
         now.resident_kb <= baseline_.resident_kb + kResidentSlackKb &&
         now.frames_free + kFramesSlack >= baseline_.frames_free;
}

bool AbuseTest::WaitForBaseline() {
  const bool is_back = Eventually([this] {
                         now_ = Measure();
                         return IsBack(now_) || !daemon_->IsRunning();
                       }) &&
                       IsBack(now_);
  EXPECT_TRUE(is_back) << "I2: was " << baseline_.exact << ", mappings " << baseline_.mappings
                       << ", kB " << baseline_.resident_kb << ", frames free "
                       << baseline_.frames_free << "\n    is  " << now_.exact << ", mappings "
                       << now_.mappings << ", kB " << now_.resident_kb << ", frames free "
                       << now_.frames_free;
  return is_back;
}

// --- I4 ------------------------------------------------------------------------------------------

// Everything that tells of a lie, an error or a drop, by name: of ports, of clients that are gone
// and of the daemon itself.
std::map<std::string, uint64_t> AbuseTest::ReadCounts() {
  std::map<std::string, uint64_t> counts;
  for (const json& row : Show("counters")) {
    const std::string scope = row["scope"];
    const std::string name = row["name"];
    const bool wrong = row["drop"] || (scope == "daemon" && !kLife.contains(name));
    if (wrong && !scope.starts_with("client ")) counts[name] += row["value"].get<uint64_t>();
  }
  return counts;
}

void AbuseTest::CheckCounts() {
  for (const auto& [name, value] : ReadCounts()) {
    if (allowed_.contains(name)) continue;
    const auto expected = expected_.find(name);
    EXPECT_EQ(value - counts_[name], expected == expected_.end() ? 0 : expected->second)
        << "I4: " << name;
  }
}

void AbuseTest::CheckBystanderCounts() {
  for (const json& client : Show("clients")) {
    for (const auto& [name, value] : client["drops"].items()) {
      EXPECT_EQ(value, 0) << "I3: " << client["name"] << " " << name;
    }
  }
}

void AbuseTest::CheckLog() {
  const auto seconds =
      std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - started_);
  std::map<std::string, size_t> lines;
  std::istringstream log(daemon_->Log().substr(log_bytes_));
  for (std::string line; std::getline(log, line);) ++lines[SiteOf(line)];
  const size_t most = kLogLinesPerSecond * (static_cast<size_t>(seconds.count()) + 1);
  for (const auto& [site, count] : lines) EXPECT_LE(count, most) << "I4: " << site;
}

// --- I5 ------------------------------------------------------------------------------------------

// Every kind of object is made, used and given back, on a PVC that cases use, too.
void AbuseTest::LiveAnHonestLife() {
  ClientLife life(attach_socket(), Pvc(1), "+4711");
  EXPECT_EQ(life.Live(ClientLife::StepCount()), "") << "I5";
  if (life.client->IsEnded()) ADD_FAILURE() << "I5: " << *life.client->WaitForEviction();
}

}  // namespace vcp::abuse
