// How much memory DPDK needs, and whether anybody else has it yet.
#pragma once

#include <cstdint>
#include <string>

#include "base/status.h"
#include "daemon/config.h"

namespace vcp::daemon {

// For frames of up to `frame_bytes`, and DPDK's own tables and rings. In plain pages an mbuf ends
// where its page does, so most pages hold just one.
uint32_t DpdkMegabytes(const MemoryConfig& config, uint32_t frame_bytes);

// kResources, and one line that names the fix, when fewer than `wanted_megabytes` are free. DPDK
// would notice later, and say so less clearly. `root` is where sysfs begins, for tests.
Status CheckHugepages(uint32_t wanted_megabytes, std::string* error,
                      const std::string& root = "/sys");

// The same for plain pages, of which DPDK touches every one before it says that there are too few;
// by then others may have been killed for them. `root` is where proc begins, for tests.
Status CheckMemory(uint32_t wanted_megabytes, std::string* error,
                   const std::string& root = "/proc");

}  // namespace vcp::daemon
