#include "shm/region.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

namespace vcp::shm {
namespace {

constexpr size_t kSizeBytes = size_t{4} << 20;

struct Made {
  explicit Made(RegionWriter writer) {
    EXPECT_EQ(Region::Create("test", kSizeBytes, writer, &region, &fd), Status::kSuccess);
  }
  Region region;
  UniqueFd fd;
};

TEST(Region, IsZeroedWritableAndSharedWithTheOtherMapping) {
  Made made(RegionWriter::kDaemon);
  Region client;
  ASSERT_EQ(Region::Map(made.fd.get(), kSizeBytes, false, &client), Status::kSuccess);
  EXPECT_EQ(client.data()[kSizeBytes - 1], 0);
  made.region.data()[kSizeBytes - 1] = 42;
  EXPECT_EQ(client.data()[kSizeBytes - 1], 42);
}

// A10: nobody but the daemon can ever write the down region, whatever way the file is reached.
TEST(Region, A10_DownRegionCannotBeWrittenAnyMore) {
  Made made(RegionWriter::kDaemon);
  const int fd = made.fd.get();
  EXPECT_EQ(mmap(nullptr, kSizeBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
  EXPECT_NE(ftruncate(fd, 0), 0);
  EXPECT_NE(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096), 0);
  EXPECT_NE(pwrite(fd, "x", 1, 0), 1);
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  UniqueFd reopened(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (reopened) {  // the owner may open it, and gains nothing
    EXPECT_EQ(mmap(nullptr, kSizeBytes, PROT_READ | PROT_WRITE, MAP_SHARED, reopened.get(), 0),
              MAP_FAILED);
    EXPECT_NE(pwrite(reopened.get(), "x", 1, 0), 1);
  }
  Region readable;
  ASSERT_EQ(Region::Map(fd, kSizeBytes, false, &readable), Status::kSuccess);
  EXPECT_NE(mprotect(readable.data(), kSizeBytes, PROT_READ | PROT_WRITE), 0);
}

// A11: the up region keeps its size.
TEST(Region, A11_UpRegionKeepsItsSize) {
  Made made(RegionWriter::kClient);
  const int fd = made.fd.get();
  EXPECT_NE(ftruncate(fd, 0), 0);
  EXPECT_NE(ftruncate(fd, 2 * kSizeBytes), 0);
  EXPECT_NE(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
}

size_t HeldBytes(int fd) {
  struct stat status;
  EXPECT_EQ(fstat(fd, &status), 0);
  return static_cast<size_t>(status.st_blocks) * 512;
}

// A11: nothing is taken out of an up region that is kept, and what was taken before is there again.
TEST(Region, A11_AKeptRegionHasNoHolesAndGetsNone) {
  Made made(RegionWriter::kClient);
  const int fd = made.fd.get();
  Region client;
  ASSERT_EQ(Region::Map(fd, kSizeBytes, true, &client), Status::kSuccess);
  constexpr int kPunch = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  ASSERT_EQ(fallocate(fd, kPunch, 0, kSizeBytes / 2), 0);
  ASSERT_LT(HeldBytes(fd), kSizeBytes);
  ASSERT_EQ(made.region.Keep(fd), Status::kSuccess);
  EXPECT_EQ(HeldBytes(fd), kSizeBytes);
  EXPECT_NE(fallocate(fd, kPunch, 0, kSizeBytes), 0);
  EXPECT_NE(madvise(client.data(), kSizeBytes, MADV_REMOVE), 0);
  EXPECT_EQ(HeldBytes(fd), kSizeBytes);
  client.data()[kSizeBytes - 1] = 42;  // which goes on to be its client's to write
  EXPECT_EQ(made.region.data()[kSizeBytes - 1], 42);
  Region late;
  EXPECT_EQ(Region::Map(fd, kSizeBytes, true, &late), Status::kResources);
}

TEST(Region, ARegionThatItsClientSealedIsNotKept) {
  Made made(RegionWriter::kClient);
  ASSERT_EQ(fcntl(made.fd.get(), F_ADD_SEALS, F_SEAL_SEAL), 0);
  EXPECT_EQ(made.region.Keep(made.fd.get()), Status::kProtocolError);
}

TEST(Region, ModeKeepsOtherUsersOut) {
  Made made(RegionWriter::kClient);
  struct stat status;
  ASSERT_EQ(fstat(made.fd.get(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(Region, MappingMoreThanThereIsIsRefused) {
  Made made(RegionWriter::kClient);
  Region region;
  EXPECT_EQ(Region::Map(made.fd.get(), kSizeBytes + 1, true, &region), Status::kProtocolError);
}

}  // namespace
}  // namespace vcp::shm
