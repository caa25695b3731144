#include "base/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <utility>

namespace vcp {
namespace {

bool IsOpen(int fd) { return fcntl(fd, F_GETFD) >= 0; }

UniqueFd Open() { return UniqueFd(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

TEST(UniqueFd, ClosesWhatItOwns) {
  int fd;
  {
    UniqueFd owner = Open();
    fd = owner.get();
    EXPECT_TRUE(owner);
    EXPECT_TRUE(IsOpen(fd));
  }
  EXPECT_FALSE(IsOpen(fd));
}

TEST(UniqueFd, OwnershipMoves) {
  UniqueFd from = Open();
  int fd = from.get();
  UniqueFd to = std::move(from);
  EXPECT_EQ(to.get(), fd);

  UniqueFd other = Open();
  int other_fd = other.get();
  other = std::move(to);
  EXPECT_FALSE(IsOpen(other_fd));
  EXPECT_EQ(other.get(), fd);
  EXPECT_TRUE(IsOpen(fd));
}

TEST(UniqueFd, ReleaseAndReset) {
  UniqueFd owner = Open();
  int fd = owner.Release();
  EXPECT_FALSE(owner);
  EXPECT_TRUE(IsOpen(fd));
  owner.Reset(fd);
  owner.Reset();
  EXPECT_FALSE(owner);
  EXPECT_FALSE(IsOpen(fd));
}

}  // namespace
}  // namespace vcp
