// DPDK's interrupt thread, on which drivers notice what becomes of their links. What must not run
// beside that, and what may wait (a memif client connects there), runs there too.
#pragma once

#include <functional>

namespace vcp::port {

// Runs `work` on that thread, soon. False when DPDK has no room for it; then it never runs. Any
// thread.
[[nodiscard]] bool RunOnDriverThread(std::function<void()> work);

}  // namespace vcp::port
