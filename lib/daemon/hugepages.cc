#include "daemon/hugepages.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace vcp::daemon {
namespace {

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

}  // namespace

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

}  // namespace vcp::daemon
