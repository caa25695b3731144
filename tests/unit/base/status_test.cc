#include "base/status.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace vcp {
namespace {

constexpr Status kAll[] = {
#define VCP_STATUS_VALUE(constant, number, name, meaning) Status::constant,
    VCP_STATUS_TABLE(VCP_STATUS_VALUE)
#undef VCP_STATUS_VALUE
};

TEST(Status, NumbersAreTheAbi) {
  EXPECT_EQ(static_cast<uint32_t>(Status::kSuccess), 0u);
  EXPECT_EQ(static_cast<uint32_t>(Status::kPending), 1u);
  EXPECT_EQ(static_cast<uint32_t>(Status::kClosing), 8u);
  EXPECT_EQ(static_cast<uint32_t>(Status::kInvalidState), 17u);
  EXPECT_EQ(static_cast<uint32_t>(Status::kProtocolError), 28u);
  uint32_t number = 0;
  for (Status status : kAll) EXPECT_EQ(static_cast<uint32_t>(status), number++);
}

TEST(Status, EachHasItsOwnNameAndAMeaning) {
  std::set<std::string> names;
  for (Status status : kAll) {
    EXPECT_TRUE(names.emplace(StatusName(status)).second) << StatusName(status);
    EXPECT_FALSE(StatusMeaning(status).empty());
  }
  EXPECT_EQ(StatusName(Status::kResetInProgress), "RESET_IN_PROGRESS");
}

TEST(Status, AnUnknownNumberHasAName) {
  EXPECT_EQ(StatusName(static_cast<Status>(4711)), "UNKNOWN_STATUS");
  EXPECT_FALSE(StatusMeaning(static_cast<Status>(4711)).empty());
}

}  // namespace
}  // namespace vcp
