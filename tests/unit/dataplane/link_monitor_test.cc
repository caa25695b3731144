#include "dataplane/link_monitor.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace vcp::dataplane {
namespace {

class FakePorts final : public PortLife {
 public:
  struct Port {
    bool up = false;
    bool needs_restart = false;
    bool told_up = false;
    bool gone = false;
    std::vector<Done> restarts;
  };
  explicit FakePorts(size_t count) : ports(count) {}
  PortIndex port_count() const override { return static_cast<PortIndex>(ports.size()); }
  port::PortInfo GetPortInfo(PortIndex port) const override { return {.link_up = ports[port].up}; }
  bool NeedsRestart(PortIndex port) const override { return ports[port].needs_restart; }
  void RestartPort(PortIndex port, Done done) override {
    ports[port].restarts.push_back(std::move(done));
  }
  void SetLink(PortIndex port, bool up) override { ports[port].told_up = up; }
  bool IsGone(PortIndex port) const override { return ports[port].gone; }
  void RemovePort(PortIndex) override {}
  std::vector<Port> ports;
};

class LinkMonitorTest : public ::testing::Test {
 protected:
  LinkMonitorTest()
      : monitor_(
            &ports_,
            [this](PortIndex port, bool up) {
              changes_.push_back(std::to_string(port) + (up ? " up" : " down"));
            },
            [this](PortIndex port) { changes_.push_back(std::to_string(port) + " gone"); }) {}
  // Looks as its owner does, for this long.
  void Pass(uint64_t ns) {
    for (const uint64_t end = now_ns_ + ns; now_ns_ < end;) {
      now_ns_ += LinkMonitor::kLookIntervalNs;
      monitor_.Look(now_ns_);
    }
  }
  std::vector<std::string> TakeChanges() { return std::exchange(changes_, {}); }

  FakePorts ports_{2};
  std::vector<std::string> changes_;
  LinkMonitor monitor_;
  uint64_t now_ns_ = 0;
};

using Changes = std::vector<std::string>;

TEST_F(LinkMonitorTest, C142_EachChangeIsToldOnce) {
  ports_.ports[1].up = true;
  Pass(kNsPerSecond);
  EXPECT_EQ(TakeChanges(), Changes({"1 up"}));
  EXPECT_FALSE(ports_.ports[0].told_up);
  EXPECT_TRUE(ports_.ports[1].told_up);
  ports_.ports[0].up = true;
  ports_.ports[1].up = false;
  Pass(LinkMonitor::kLookIntervalNs);
  EXPECT_EQ(TakeChanges(), Changes({"0 up", "1 down"}));
  EXPECT_FALSE(ports_.ports[1].told_up);
  Pass(kNsPerSecond);
  EXPECT_EQ(TakeChanges(), Changes());
  static_assert(LinkMonitor::kLookIntervalNs < 2 * kNsPerSecond);
}

TEST_F(LinkMonitorTest, ALinkThatIsDownFromTheStartIsSaidToBe) {
  ports_.ports[0].told_up = true;
  monitor_.Look(0);
  EXPECT_FALSE(ports_.ports[0].told_up);
}

TEST_F(LinkMonitorTest, RestartsAtOnceWhatNeverRan) {
  ports_.ports[0].needs_restart = true;
  monitor_.Look(0);
  EXPECT_EQ(ports_.ports[0].restarts.size(), 1u);
  EXPECT_TRUE(ports_.ports[1].restarts.empty());
}

TEST_F(LinkMonitorTest, RestartsOneAtATimeHoweverLongItTakes) {
  ports_.ports[0].needs_restart = true;
  Pass(60 * kNsPerSecond);
  ASSERT_EQ(ports_.ports[0].restarts.size(), 1u);
  ports_.ports[0].restarts[0](Status::kFailure);
  Pass(LinkMonitor::kLookIntervalNs);
  EXPECT_EQ(ports_.ports[0].restarts.size(), 2u);
}

TEST_F(LinkMonitorTest, PausesGrowToTheirBound) {
  ports_.ports[0].needs_restart = true;
  std::vector<uint64_t> pauses_ms;
  for (uint64_t last_ns = 0; pauses_ms.size() < 7;) {
    Pass(LinkMonitor::kLookIntervalNs);
    if (ports_.ports[0].restarts.empty()) continue;
    ports_.ports[0].restarts[0](Status::kFailure);
    ports_.ports[0].restarts.clear();
    pauses_ms.push_back((now_ns_ - last_ns) / kNsPerMs);
    last_ns = now_ns_;
  }
  EXPECT_EQ(pauses_ms, std::vector<uint64_t>({100, 100, 200, 400, 800, 1000, 1000}));
}

TEST_F(LinkMonitorTest, ALostLinkStartsOverWithTheShortestPause) {
  FakePorts::Port& port = ports_.ports[0];
  port.needs_restart = true;
  for (int i = 0; i < 100; ++i) {
    Pass(LinkMonitor::kLookIntervalNs);
    for (auto& done : std::exchange(port.restarts, {})) done(Status::kFailure);
  }
  port.up = true;
  port.needs_restart = false;
  Pass(kNsPerSecond);
  port.up = false;
  port.needs_restart = true;
  Pass(LinkMonitor::kLookIntervalNs);
  EXPECT_TRUE(port.restarts.empty());  // the peer is not back yet
  Pass(LinkMonitor::kShortestPauseNs);
  EXPECT_EQ(port.restarts.size(), 1u);
}

// Its link is down first, and it is neither looked at nor restarted any more.
TEST_F(LinkMonitorTest, C141_ADeviceThatIsGoneIsToldOnce) {
  ports_.ports[0].up = true;
  Pass(kNsPerSecond);
  TakeChanges();
  ports_.ports[0].gone = true;
  Pass(kNsPerSecond);
  EXPECT_EQ(TakeChanges(), Changes({"0 down", "0 gone"}));
  EXPECT_FALSE(ports_.ports[0].told_up);
  ports_.ports[0].gone = false;
  ports_.ports[0].needs_restart = true;
  Pass(kNsPerSecond);
  EXPECT_TRUE(ports_.ports[0].restarts.empty());
  EXPECT_EQ(TakeChanges(), Changes());
}

}  // namespace
}  // namespace vcp::dataplane
