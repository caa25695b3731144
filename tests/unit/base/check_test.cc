#include "base/check.h"

#include <gtest/gtest.h>

namespace vcp {
namespace {

TEST(CheckDeathTest, AbortsAndSaysWhere) {
  int two = 2;
  EXPECT_DEATH(VCP_CHECK(two == 3), "check_test.cc:[0-9]+: check failed: two == 3");
  EXPECT_DEATH(VCP_CHECK_MSG(two == 3, "arithmetic"), "two == 3 arithmetic");
}

TEST(Check, LooksOnce) {
  int calls = 0;
  VCP_CHECK(++calls == 1);
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace vcp
