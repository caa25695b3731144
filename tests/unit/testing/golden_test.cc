#include "testing/golden.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vcp::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Golden, ALineIsAPdu) {
  const auto pdus = ParseGolden(
      "# a recording\n"
      "\n"
      "1  network 0000000101000080  # BGN N(SQ)=1\n"
      "12 frame   0a  # short, and one octet\n");
  ASSERT_EQ(pdus.size(), 2u);
  EXPECT_EQ(pdus[0].number, 1);
  EXPECT_EQ(pdus[0].side, GoldenSide::kNetwork);
  EXPECT_THAT(pdus[0].octets, ElementsAre(0, 0, 0, 1, 1, 0, 0, 0x80));
  EXPECT_EQ(pdus[0].what, "BGN N(SQ)=1");
  EXPECT_EQ(pdus[1].number, 12);
  EXPECT_EQ(pdus[1].side, GoldenSide::kFrame);
  EXPECT_EQ(pdus[1].what, "short, and one octet");
}

// A test that reads half a recording would pass without looking at the rest.
TEST(Golden, AMalformedLineSpoilsAll) {
  for (const char* line : {"1 user 00ff", "1 user 00ff # ", "1 nobody 00 # a", "x user 00 # a",
                           "1 user 0 # a", "1 user 0G # a", "1 user # a", "1 user AB # a"}) {
    EXPECT_THAT(ParseGolden("1 user 00 # a\n" + std::string(line) + "\n"), IsEmpty()) << line;
  }
}

TEST(Golden, EveryRecordingIsWhole) {
  const struct {
    const char* name;
    size_t pdus;
    bool is_signaling;
  } recordings[] = {{"ngatm_p2mp", 29, true},
                    {"ngatm_stock_atmsigd", 27, true},
                    {"cbr_modify", 33, true},
                    {"pw", 7, false},
                    {"pad", 3, false}};
  for (const auto& recording : recordings) {
    const auto pdus = ReadGolden(recording.name);
    ASSERT_EQ(pdus.size(), recording.pdus) << recording.name;
    for (size_t i = 0; i < pdus.size(); ++i) {
      EXPECT_EQ(pdus[i].number, static_cast<int>(i) + 1) << recording.name;
      EXPECT_EQ(pdus[i].side != GoldenSide::kFrame, recording.is_signaling) << recording.name;
      // SSCOP pads to whole words (Q.2110 clause 7.2).
      if (!recording.is_signaling) continue;
      EXPECT_EQ(pdus[i].octets.size() % 4, 0u) << recording.name;
    }
  }
}

}  // namespace
}  // namespace vcp::testing
