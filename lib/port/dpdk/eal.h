// Starts DPDK's environment, once per process, on the control thread. Its log stays out of the
// user's terminal unless asked for; its last words go into the error of whatever failed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/unique_fd.h"

namespace vcp::port {

struct EalOptions {
  bool hugepages = true;                   // false: ordinary memory, needs no privilege
  std::vector<std::string> pci_addresses;  // of our ports: no other device is touched
  uint32_t memory_megabytes = 0;  // 0: as much as DPDK likes; must be given without hugepages
  bool log_to_stderr = false;
  std::vector<std::string> extra;  // further EAL arguments, as they are
};

// `error` is one line that names cause and fix.
Status InitEal(const EalOptions& options, std::string* error);

// Whether a device's name is a PCI address, with or without its domain: "0000:03:00.0".
bool IsPciAddress(std::string_view device);

// What DPDK and its drivers logged since it was last forgotten, for error messages: the first
// error, which names the cause of those that follow; without errors the last line, or nothing.
std::string EalLogCause();
void ForgetEalLog();

// While one exists, what drivers' libraries write to the standard error stream themselves (libbpf
// and libxdp do) goes nowhere, unless DPDK's log was asked for. Control thread.
class QuietDrivers {
 public:
  QuietDrivers();
  ~QuietDrivers();
  QuietDrivers(const QuietDrivers&) = delete;
  QuietDrivers& operator=(const QuietDrivers&) = delete;

 private:
  UniqueFd stderr_;  // the real one, meanwhile
};

}  // namespace vcp::port
