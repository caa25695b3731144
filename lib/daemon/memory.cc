#include "daemon/memory.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string_view>

namespace vcp::daemon {
namespace {

constexpr uint32_t kMegabyte = 1024 * 1024;
constexpr uint32_t kPageBytes = 4096;
// DPDK's own tables, drivers' rings, and what rounding costs.
constexpr uint32_t kOverheadMegabytes = 64;
// The smallest mbuf has room for as much, and there is its head besides.
constexpr uint32_t kLeastFrameBytes = 2048;
constexpr uint32_t kBytesPerFrameBesidesData = 512;

constexpr std::string_view kPrefix = "hugepages-";  // and "2048kB"

uint64_t FreeKilobytes(const std::filesystem::path& folder) {
  std::string name = folder.filename();
  if (!name.starts_with(kPrefix)) return 0;
  uint64_t page_kilobytes = 0;
  std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), page_kilobytes);
  uint64_t pages = 0;
  std::ifstream(folder / "free_hugepages") >> pages;
  return pages * page_kilobytes;
}

// What `meminfo` says can be had without swapping; more than there is of anything where it is
// silent: then DPDK finds out.
uint64_t AvailableKilobytes(const std::string& meminfo) {
  std::ifstream lines(meminfo);
  for (std::string name; lines >> name;) {
    uint64_t kilobytes = 0;
    if (name == "MemAvailable:" && lines >> kilobytes) return kilobytes;
    lines.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::numeric_limits<uint64_t>::max();
}

}  // namespace

uint32_t DpdkMegabytes(const MemoryConfig& config, uint32_t frame_bytes) {
  uint64_t bytes = std::max(frame_bytes, kLeastFrameBytes) + kBytesPerFrameBesidesData;
  if (!config.hugepages) bytes = (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
  return static_cast<uint32_t>(bytes * config.frames / kMegabyte) + kOverheadMegabytes;
}

Status CheckHugepages(uint32_t wanted_megabytes, std::string* error, const std::string& root) {
  uint64_t free_kilobytes = 0;
  std::error_code failed;
  std::filesystem::directory_iterator folders(root + "/kernel/mm/hugepages", failed);
  if (!failed) {
    for (const auto& folder : folders) free_kilobytes += FreeKilobytes(folder.path());
  }
  if (free_kilobytes >= uint64_t{wanted_megabytes} * 1024) return Status::kSuccess;
  *error = std::to_string(free_kilobytes / 1024) + " MiB of hugepages are free, " +
           std::to_string(wanted_megabytes) +
           " MiB are needed; reserve them with: sysctl vm.nr_hugepages=" +
           std::to_string((wanted_megabytes + 1) / 2) +
           ", or do without: --dev, or hugepages = false in [memory]";
  return Status::kResources;
}

Status CheckMemory(uint32_t wanted_megabytes, std::string* error, const std::string& root) {
  const uint64_t available_kilobytes = AvailableKilobytes(root + "/meminfo");
  if (available_kilobytes >= uint64_t{wanted_megabytes} * 1024) return Status::kSuccess;
  *error = std::to_string(available_kilobytes / 1024) + " MiB of memory are free, " +
           std::to_string(wanted_megabytes) + " MiB are needed; lower frames in [memory]";
  return Status::kResources;
}

}  // namespace vcp::daemon
