#include "daemon/memory.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace vcp::daemon {
namespace {

TEST(DpdkMemory, AFrameTakesAPageOfItsOwnWherePagesAreSmall) {
  EXPECT_EQ(DpdkMegabytes({.hugepages = true, .frames = 32768}, 1518), 80u + 64);
  EXPECT_EQ(DpdkMegabytes({.hugepages = false, .frames = 32768}, 1518), 128u + 64);
  EXPECT_EQ(DpdkMegabytes({.hugepages = false, .frames = 32768}, 9018), 384u + 64);
}

TEST(Hugepages, CountsThoseOfEverySize) {
  char name[] = "/tmp/vcplane-test-XXXXXX";
  std::filesystem::path root = mkdtemp(name);
  std::filesystem::path folder = root / "kernel/mm/hugepages";
  std::filesystem::create_directories(folder / "hugepages-2048kB");
  std::filesystem::create_directories(folder / "hugepages-1048576kB");
  std::ofstream(folder / "hugepages-2048kB/free_hugepages") << "10\n";
  std::ofstream(folder / "hugepages-1048576kB/free_hugepages") << "1\n";
  std::string error;
  EXPECT_EQ(CheckHugepages(1044, &error, root), Status::kSuccess);
  EXPECT_EQ(CheckHugepages(1045, &error, root), Status::kResources);
  EXPECT_NE(error.find("vm.nr_hugepages=523"), std::string::npos) << error;
  std::filesystem::remove_all(root);
}

TEST(Hugepages, ThereMayBeNoneAtAll) {
  std::string error;
  EXPECT_EQ(CheckHugepages(1, &error, "/no/such/folder"), Status::kResources);
  EXPECT_EQ(error.substr(0, 6), "0 MiB ");
}

TEST(PlainMemory, WhatIsAvailableCounts) {
  char name[] = "/tmp/vcplane-test-XXXXXX";
  const std::filesystem::path root = mkdtemp(name);
  std::ofstream(root / "meminfo") << "MemTotal: 9000000 kB\nMemFree: 10 kB\n"
                                     "MemAvailable:  2048 kB\n";
  std::string error;
  EXPECT_EQ(CheckMemory(2, &error, root), Status::kSuccess);
  EXPECT_EQ(CheckMemory(3, &error, root), Status::kResources);
  EXPECT_EQ(error, "2 MiB of memory are free, 3 MiB are needed; lower frames in [memory]");
  std::filesystem::remove_all(root);
}

TEST(PlainMemory, ASilentSystemIsNoReasonToRefuse) {
  std::string error;
  EXPECT_EQ(CheckMemory(1, &error, "/no/such/folder"), Status::kSuccess);
}

}  // namespace
}  // namespace vcp::daemon
