#include "base/readable.h"

#include <gtest/gtest.h>

namespace vcp {
namespace {

TEST(Readable, NumbersInGroups) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(~uint64_t{0}), "18,446,744,073,709,551,615");
}

TEST(Readable, BitRates) {
  EXPECT_EQ(ReadableBitRate(0), "0 bit/s");
  EXPECT_EQ(ReadableBitRate(999), "999 bit/s");
  EXPECT_EQ(ReadableBitRate(1000), "1 kbit/s");
  EXPECT_EQ(ReadableBitRate(999'960), "1 Mbit/s");
  EXPECT_EQ(ReadableBitRate(938'223'423), "938.2 Mbit/s");
  EXPECT_EQ(ReadableBitRate(10'000'000'000), "10 Gbit/s");
  EXPECT_EQ(ReadableBitRate(12'345'000'000'000'000), "1.234e+04 Tbit/s");
}

TEST(Readable, Durations) {
  EXPECT_EQ(ReadableDuration(0), "0 s");
  EXPECT_EQ(ReadableDuration(59), "59 s");
  EXPECT_EQ(ReadableDuration(60), "1 min");
  EXPECT_EQ(ReadableDuration(725), "12 min 5 s");
  EXPECT_EQ(ReadableDuration(3599), "59 min 59 s");
  EXPECT_EQ(ReadableDuration(3 * 3600 + 12 * 60 + 1), "3 h 12 min");
  EXPECT_EQ(ReadableDuration(51 * 3600 + 5), "2 d 3 h");
}

}  // namespace
}  // namespace vcp
