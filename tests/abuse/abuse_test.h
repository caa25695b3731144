// The real vcplaned in a folder of its own, a bystander on it, and what must hold after every case
// (quality C.5): I1 the same daemon lives; I2 it has given everything back; I3 the bystander lost
// nothing; I4 it counted every lie under its name, once, and kept its log short; I5 what it shows
// is consistent: everything that was made can be made again.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "bystander.h"
#include "limits.h"
#include "testing/daemon_process.h"
#include "testing/raw_client.h"
#include "wait.h"

namespace vcp::abuse {

// What the daemon holds, seen from outside.
struct Footprint {
  std::string exact;  // what must come back exactly, as text
  size_t mappings = 0;
  size_t resident_kb = 0;
  uint64_t frames_free = 0;
};

class AbuseTest : public ::testing::Test {
 protected:
  // `more` is configuration besides the loopback port and its PVCs.
  explicit AbuseTest(int poll_cores = 1, std::string more = "")
      : poll_cores_(poll_cores), more_(std::move(more)) {}
  // The daemon ends orderly and with nothing to complain of.
  static void TearDownTestSuite();
  void SetUp() override;
  void TearDown() override;

  // --- what a case says about itself: by default no counter of a lie, error or drop moves --------
  void ExpectCount(const std::string& counter, uint64_t times) { expected_[counter] += times; }
  // How often depends on who was faster.
  void AllowCount(const std::string& counter) { allowed_.insert(counter); }

  const std::string& attach_socket() const { return daemon_->attach_socket(); }
  // A PVC that hears itself; the bystander has its own.
  static std::string Pvc(int number) { return "echo/" + std::to_string(number); }
  // A client of the attach server that has agreed on its regions.
  std::unique_ptr<testing::RawClient> AttachOne(const shm::ChannelRequest& request = {});
  nlohmann::json Ask(const std::string& request);
  // The rows of "show NAME".
  nlohmann::json Show(const std::string& name) { return Ask("show " + name)[name]; }
  // Of an attached client.
  uint64_t CountOf(uint32_t client_id, const std::string& counter);
  // Waits until the poll core has looked at everything at least once more.
  void WaitForTurns();
  // Waits until the daemon holds what it held before the case.
  bool WaitForBaseline();
  Bystander& bystander() { return *bystander_; }

 private:
  static constexpr char kBystanderPvc[] = "quiet";

  void StartDaemon();
  Footprint Measure();
  bool WaitFor(const std::string& exact);
  bool IsBack(const Footprint& now) const;
  std::map<std::string, uint64_t> ReadCounts();
  void CheckCounts();
  void CheckBystanderCounts();
  void CheckLog();
  void LiveAnHonestLife();

  static std::unique_ptr<testing::TemporaryFolder> folder_;
  static std::unique_ptr<testing::DaemonProcess> daemon_;
  static std::string nobody_;  // the exact footprint without clients

  const int poll_cores_;
  const std::string more_;
  pid_t pid_ = -1;
  std::unique_ptr<Bystander> bystander_;
  Footprint baseline_;
  Footprint now_;
  std::map<std::string, uint64_t> counts_;
  std::map<std::string, uint64_t> expected_;
  std::set<std::string> allowed_;
  size_t log_bytes_ = 0;
  std::chrono::steady_clock::time_point started_;
};

}  // namespace vcp::abuse
