#include "base/log.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace vcp {
namespace {

class ManualClock : public Clock {
 public:
  uint64_t NowNs() const override { return now_ns; }
  uint64_t now_ns = kNsPerSecond;
};

class Log : public testing::Test {
 protected:
  Log() {
    ConfigureLog({.clock = &clock_, .sink = [this](LogLevel level, std::string_view line) {
                    lines_.emplace_back(level, line);
                  }});
  }
  ~Log() override { ConfigureLog({}); }

  void LogFromOnePlace() { VCP_LOG(kInfo, "again"); }

  ManualClock clock_;
  std::vector<std::pair<LogLevel, std::string>> lines_;
};

TEST_F(Log, WritesFields) {
  VCP_LOG(kWarning, "client evicted", {"client", 3}, {"why", "index out of range"},
          {"bytes", uint64_t{1} << 40}, {"clean", false});
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0].first, LogLevel::kWarning);
  EXPECT_EQ(lines_[0].second,
            "client evicted client=3 why=\"index out of range\" bytes=1099511627776 clean=false");
}

TEST_F(Log, AStrangersTextCannotBreakTheLine) {
  VCP_LOG(kInfo, "hello", {"name", std::string_view("a\n<0>evil \"x\\\0", 14)}, {"none", ""});
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0].second, "hello name=\"a\\x0a<0>evil \\\"x\\\\\\x00\" none=\"\"");
}

TEST_F(Log, LeavesOutWhatIsBelowItsLevel) {
  VCP_LOG(kDebug, "detail");
  EXPECT_TRUE(lines_.empty());
}

TEST_F(Log, EachCallSiteHasItsOwnRateLimit) {
  for (uint32_t i = 0; i < kLogBurst + 5; ++i) LogFromOnePlace();
  EXPECT_EQ(lines_.size(), kLogBurst);
  VCP_LOG(kInfo, "elsewhere");
  EXPECT_EQ(lines_.back().second, "elsewhere");

  clock_.now_ns += kNsPerSecond;
  LogFromOnePlace();
  EXPECT_EQ(lines_.back().second, "again suppressed=5");
  LogFromOnePlace();
  EXPECT_EQ(lines_.back().second, "again");
}

}  // namespace
}  // namespace vcp
