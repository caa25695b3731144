// How much memory lies in hugepages that nobody has yet.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"

namespace vcp::daemon {

// kResources, and one line that names the fix, when fewer than `wanted_megabytes` are free. DPDK
// would notice later, and say so less clearly. `root` is where sysfs begins, for tests.
Status CheckHugepages(uint32_t wanted_megabytes, std::string* error,
                      const std::string& root = "/sys");

}  // namespace vcp::daemon
