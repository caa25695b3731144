#include "base/fault_guard.h"

#include <gtest/gtest.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <thread>

#include "base/unique_fd.h"

namespace vcp {
namespace {

constexpr size_t kPageBytes = 4096;

void ReadByte(void* byte) { static_cast<void>(*static_cast<volatile char*>(byte)); }

// A mapping of a file that has been cut off since: touching it is SIGBUS.
void* MapOfNothing(const UniqueFd& fd) {
  EXPECT_EQ(ftruncate(fd.get(), kPageBytes), 0);
  void* page = mmap(nullptr, kPageBytes, PROT_READ, MAP_SHARED, fd.get(), 0);
  EXPECT_EQ(ftruncate(fd.get(), 0), 0);
  return page;
}

class FaultGuardTest : public ::testing::Test {
 protected:
  FaultGuardTest()
      : unmapped_(mmap(nullptr, kPageBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) {}
  ~FaultGuardTest() override { munmap(unmapped_, kPageBytes); }
  void* unmapped_;
};

TEST_F(FaultGuardTest, SaysThatNothingHappened) {
  char byte = 0;
  EXPECT_TRUE(CallGuarded(ReadByte, &byte));
}

TEST_F(FaultGuardTest, LeavesWhatTouchesUnmappedMemoryAgainAndAgain) {
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(CallGuarded(ReadByte, unmapped_));
}

TEST_F(FaultGuardTest, LeavesWhatTouchesATruncatedFile) {
  const UniqueFd fd(memfd_create("cut", MFD_CLOEXEC));
  void* page = MapOfNothing(fd);
  EXPECT_FALSE(CallGuarded(ReadByte, page));
  munmap(page, kPageBytes);
}

TEST_F(FaultGuardTest, GuardsEachThreadByItself) {
  EXPECT_FALSE(CallGuarded(ReadByte, unmapped_));
  std::thread([this] { EXPECT_FALSE(CallGuarded(ReadByte, unmapped_)); }).join();
}

TEST_F(FaultGuardTest, OtherFaultsAreStillDeadly) {
  EXPECT_FALSE(CallGuarded(ReadByte, unmapped_));
  EXPECT_DEATH(ReadByte(unmapped_), "");
}

sigjmp_buf back;
int met = 0;

void MeetFault(int, siginfo_t*, void*) {
  ++met;
  siglongjmp(back, 1);
}

// In a process of its own, where this handler is there before the guard's.
TEST_F(FaultGuardTest, OthersFaultsAreForWhoWasThereBefore) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto live = [this] {
    struct sigaction theirs {};
    theirs.sa_sigaction = MeetFault;
    theirs.sa_flags = SA_SIGINFO | SA_NODEFER;
    sigaction(SIGSEGV, &theirs, nullptr);
    const bool guards = !CallGuarded(ReadByte, unmapped_);
    if (sigsetjmp(back, 0) == 0) ReadByte(unmapped_);
    if (sigsetjmp(back, 0) == 0) ReadByte(unmapped_);
    const bool still_guards = !CallGuarded(ReadByte, unmapped_);
    _exit(guards && still_guards ? met : 100);
  };
  EXPECT_EXIT(live(), ::testing::ExitedWithCode(2), "");
}

}  // namespace
}  // namespace vcp
