// A port over any DPDK driver, one receive and one transmit queue, found or made by its device
// string.
#pragma once

#include <memory>
#include <string>

#include "port/port.h"

namespace vcp::port {

// Makes the port and starts it. A net_memif client is left stopped, to be restarted by whoever
// watches links: it starts only once its server is there. `error` is one line that names cause and
// fix.
Status OpenDpdkPort(const PortConfig& config, rte_mempool* frames, std::unique_ptr<Port>* port,
                    std::string* error);

}  // namespace vcp::port
