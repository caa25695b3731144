#include "daemon/hugepages.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace vcp::daemon {
namespace {

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

}  // namespace
}  // namespace vcp::daemon
