#include "port/dpdk/eal.h"

#include <fcntl.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>
#include <rte_memory.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <mutex>
#include <regex>
#include <string_view>

namespace vcp::port {
namespace {

// DPDK logs from several threads.
struct LogSink {
  std::mutex mutex;
  std::string first_error;
  std::string last_line;
  bool to_stderr = false;
};

LogSink& Sink() {
  static LogSink sink;
  return sink;
}

ssize_t WriteLog(void* /*cookie*/, const char* text, size_t size) {
  LogSink& sink = Sink();
  std::lock_guard lock(sink.mutex);
  std::string_view line(text, size);
  while (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  line.remove_prefix(line.rfind('\n') + 1);
  if (!line.empty()) sink.last_line = line;
  const bool is_error = rte_log_cur_msg_loglevel() <= static_cast<int>(RTE_LOG_ERR);
  if (!line.empty() && is_error && sink.first_error.empty()) sink.first_error = line;
  if (sink.to_stderr) fwrite(text, 1, size, stderr);
  return static_cast<ssize_t>(size);
}

void OpenLog(bool to_stderr) {
  Sink().to_stderr = to_stderr;
  FILE* stream = fopencookie(
      nullptr, "w", {.read = nullptr, .write = WriteLog, .seek = nullptr, .close = nullptr});
  if (stream == nullptr) return;
  setvbuf(stream, nullptr, _IOLBF, 0);
  rte_openlog_stream(stream);
}

std::vector<std::string> Arguments(const EalOptions& options) {
  // One file-less process of its own; the control thread is the only thread that EAL may count on.
  std::vector<std::string> arguments = {"vcplaned", "--no-telemetry", "--no-shconf"};
  arguments.push_back("--lcores=0@(0-" + std::to_string(sysconf(_SC_NPROCESSORS_ONLN) - 1) + ")");
  if (!options.hugepages) arguments.push_back("--no-huge");
  if (options.hugepages) arguments.push_back("--in-memory");
  if (options.pci_addresses.empty()) arguments.push_back("--no-pci");
  for (const std::string& address : options.pci_addresses) {
    arguments.insert(arguments.end(), {"-a", address});
  }
  if (options.memory_megabytes != 0) {
    arguments.push_back("-m");
    arguments.push_back(std::to_string(options.memory_megabytes));
  }
  arguments.insert(arguments.end(), options.extra.begin(), options.extra.end());
  return arguments;
}

// Without hugetlbfs, transparent huge pages still halve what large tables cost. Advice only.
void AdviseHugePages() {
  rte_memseg_list_walk(
      [](const rte_memseg_list* list, void*) {
        madvise(list->base_va, list->len, MADV_HUGEPAGE);
        return 0;
      },
      nullptr);
}

}  // namespace

QuietDrivers::QuietDrivers() {
  UniqueFd nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (Sink().to_stderr || !nowhere) return;
  fflush(stderr);
  stderr_ = UniqueFd(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
  if (stderr_) dup2(nowhere.get(), STDERR_FILENO);
}

QuietDrivers::~QuietDrivers() {
  if (!stderr_) return;
  fflush(stderr);
  dup2(stderr_.get(), STDERR_FILENO);
}

bool IsPciAddress(std::string_view device) {
  static const std::regex kAddress("([0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\\.[0-7]");
  return std::regex_match(device.begin(), device.end(), kAddress);
}

void ForgetEalLog() {
  LogSink& sink = Sink();
  std::lock_guard lock(sink.mutex);
  sink.first_error.clear();
  sink.last_line.clear();
}

std::string EalLogCause() {
  LogSink& sink = Sink();
  std::lock_guard lock(sink.mutex);
  return sink.first_error.empty() ? sink.last_line : sink.first_error;
}

Status InitEal(const EalOptions& options, std::string* error) {
  OpenLog(options.log_to_stderr);
  ForgetEalLog();
  std::vector<std::string> arguments = Arguments(options);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  if (rte_eal_init(static_cast<int>(argv.size()), argv.data()) >= 0) {
    if (!options.hugepages) AdviseHugePages();
    return Status::kSuccess;
  }
  *error = std::string("DPDK did not start (") + rte_strerror(rte_errno) + "): " + EalLogCause();
  if (options.hugepages) {
    *error +=
        "; reserve hugepages (sysctl vm.nr_hugepages=512), or run with --dev "
        "or hugepages = false";
  }
  return Status::kFailure;
}

}  // namespace vcp::port
