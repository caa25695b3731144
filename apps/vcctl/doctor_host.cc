// The host half of doctor: files of the kernel, and the limits of this process.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>

#include "base/readable.h"
#include "doctor.h"

namespace vcp::ctl {

namespace {

namespace fs = std::filesystem;
using Result = Check::Result;

std::optional<std::string> FirstLine(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return line;
}

uint64_t NumberIn(const fs::path& path) {
  return std::strtoull(FirstLine(path).value_or("0").c_str(), nullptr, 10);
}

// Names in a directory that start with `prefix`, sorted; none when there is no such directory.
std::set<std::string> Names(const fs::path& directory, const std::string& prefix) {
  std::set<std::string> names;
  std::error_code error;
  for (fs::directory_iterator i(directory, error), end; !error && i != end; i.increment(error)) {
    const std::string name = i->path().filename();
    if (name.starts_with(prefix)) names.insert(name);
  }
  return names;
}

// "[always] madvise never" -> "always".
std::string Chosen(const std::string& line) {
  const size_t open = line.find('[');
  const size_t close = line.find(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return line;
  return line.substr(open + 1, close - open - 1);
}

void CheckHugepages(const std::string& root, std::vector<Check>* checks) {
  const fs::path nodes = root + "/sys/devices/system/node";
  for (const std::string& node : Names(nodes, "node")) {
    const fs::path pages = nodes / node / "hugepages";
    uint64_t bytes = 0;
    uint64_t free_bytes = 0;
    for (const std::string& size : Names(pages, "hugepages-")) {
      const uint64_t kib = std::strtoull(size.c_str() + sizeof("hugepages-") - 1, nullptr, 10);
      bytes += NumberIn(pages / size / "nr_hugepages") * kib * 1024;
      free_bytes += NumberIn(pages / size / "free_hugepages") * kib * 1024;
    }
    const std::string name = "hugepages " + node;
    if (bytes != 0) {
      checks->push_back(
          {name, Result::kOk,
           std::to_string(bytes >> 20) + " MiB, " + std::to_string(free_bytes >> 20) + " MiB free",
           ""});
      continue;
    }
    checks->push_back({name, Result::kWarning, "none; only vcplaned --dev runs without",
                       "echo 512 > /sys/devices/system/node/" + node +
                           "/hugepages/hugepages-2048kB/nr_hugepages"});
  }
}

void CheckSharedHugepages(const std::string& root, std::vector<Check>* checks) {
  const auto line = FirstLine(root + "/sys/kernel/mm/transparent_hugepage/shmem_enabled");
  if (!line) return;
  const std::string mode = Chosen(*line);
  const bool good = mode == "advise" || mode == "always" || mode == "within_size";
  checks->push_back(
      {"huge pages for clients", good ? Result::kOk : Result::kWarning, "shmem_enabled is " + mode,
       good ? "" : "echo advise > /sys/kernel/mm/transparent_hugepage/shmem_enabled"});
}

void CheckVfio(const std::string& root, std::vector<Check>* checks) {
  const bool iommu = !Names(root + "/sys/class/iommu", "").empty();
  checks->push_back(
      {"IOMMU", iommu ? Result::kOk : Result::kWarning,
       iommu ? "present" : "none; needed only for PCI NICs through vfio",
       iommu ? "" : "enable VT-d or AMD-Vi in the firmware and boot with intel_iommu=on iommu=pt"});
  const fs::path device = root + "/dev/vfio/vfio";
  std::error_code error;
  if (!fs::exists(device, error)) {
    checks->push_back({"vfio", Result::kWarning, "vfio-pci is not loaded; only PCI NICs need it",
                       "modprobe vfio-pci"});
    return;
  }
  const bool usable = access(device.c_str(), R_OK | W_OK) == 0;
  checks->push_back({"vfio", usable ? Result::kOk : Result::kWarning,
                     usable ? "loaded, and this user may use it"
                            : "loaded, but this user may not open /dev/vfio/vfio",
                     usable ? "" : "run vcplaned as root, or: chmod 666 /dev/vfio/vfio"});
}

void CheckGovernor(const std::string& root, std::vector<Check>* checks) {
  const fs::path cpus = root + "/sys/devices/system/cpu";
  std::set<std::string> governors;
  for (const std::string& cpu : Names(cpus, "cpu")) {
    if (const auto line = FirstLine(cpus / cpu / "cpufreq/scaling_governor")) {
      governors.insert(*line);
    }
  }
  std::string found;
  for (const std::string& governor : governors) found += (found.empty() ? "" : ", ") + governor;
  const bool good = governors.empty() || found == "performance";
  checks->push_back({"CPU frequency governor", good ? Result::kOk : Result::kWarning,
                     governors.empty() ? "no frequency scaling here" : found,
                     good ? ""
                          : "for f in /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor; "
                            "do echo performance > $f; done"});
}

void CheckClockSource(const std::string& root, std::vector<Check>* checks) {
  const std::string source =
      FirstLine(root + "/sys/devices/system/clocksource/clocksource0/current_clocksource")
          .value_or("unknown");
  const bool good = source == "tsc";
  // Virtual machines keep time by their own clock source over a perfectly good counter.
  checks->push_back({"clock source", good ? Result::kOk : Result::kWarning, source,
                     good ? ""
                          : "boot with clocksource=tsc tsc=reliable, or: echo tsc > "
                            "/sys/devices/system/clocksource/clocksource0/current_clocksource"});
}

void CheckIsolatedCpus(const std::string& root, std::vector<Check>* checks) {
  const std::string cpus = FirstLine(root + "/sys/devices/system/cpu/isolated").value_or("");
  if (!cpus.empty()) {
    checks->push_back({"isolated CPUs", Result::kOk, cpus, ""});
    return;
  }
  checks->push_back({"isolated CPUs", Result::kWarning,
                     "none; poll cores share theirs with everybody",
                     "boot with isolcpus=LIST nohz_full=LIST, and name that LIST in [poll] cpus"});
}

void CheckLimit(const char* name, int resource, rlim_t wanted, const char* fix,
                std::vector<Check>* checks) {
  rlimit limit{};
  getrlimit(static_cast<__rlimit_resource>(resource), &limit);
  const bool good = limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= wanted;
  const std::string found = limit.rlim_cur == RLIM_INFINITY ? "unlimited" : Grouped(limit.rlim_cur);
  checks->push_back({name, good ? Result::kOk : Result::kWarning,
                     good ? found : found + ", " + Grouped(wanted) + " wanted", good ? "" : fix});
}

}  // namespace

std::vector<Check> CheckHost(const std::string& root) {
  std::vector<Check> checks;
  CheckHugepages(root, &checks);
  CheckSharedHugepages(root, &checks);
  CheckVfio(root, &checks);
  CheckGovernor(root, &checks);
  CheckClockSource(root, &checks);
  CheckIsolatedCpus(root, &checks);
  CheckLimit("RLIMIT_MEMLOCK", RLIMIT_MEMLOCK, 64u << 20,
             "ulimit -l unlimited, or LimitMEMLOCK=infinity in the unit (AF_XDP and vfio need it)",
             &checks);
  // 64 clients with a socket and six descriptors each, ports and their own.
  CheckLimit("RLIMIT_NOFILE", RLIMIT_NOFILE, 1024,
             "ulimit -n 4096, or LimitNOFILE=4096 in the unit", &checks);
  return checks;
}

}  // namespace vcp::ctl
