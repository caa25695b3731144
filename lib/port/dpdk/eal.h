// Starts DPDK's environment, once per process, on the control thread. Its log stays out of the
// user's terminal unless asked for; its last words go into the error of whatever failed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/unique_fd.h"

namespace vcp::port {

struct EalOptions {
  bool hugepages = true;          // false: ordinary memory, needs no privilege
  bool pci = true;                // false: virtual devices only
  uint32_t memory_megabytes = 0;  // 0: as much as DPDK likes; must be given without hugepages
  bool log_to_stderr = false;
  std::vector<std::string> extra;  // further EAL arguments, as they are
};

// `error` is one line that names cause and fix.
Status InitEal(const EalOptions& options, std::string* error);

// What DPDK logged last; for error messages. Empty when it said nothing.
std::string LastEalLogLine();

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
