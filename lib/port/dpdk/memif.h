// What is peculiar to DPDK's net_memif. A client connects only when it is started, and never again.
// A server listens for ever, on a path that outlives it if it is killed. Both unmap the shared
// memory on another thread as soon as the other end is gone, whoever is using it, and believe every
// offset that the other end writes.
#pragma once

#include <string>
#include <string_view>

namespace vcp::port {

struct MemifDevice {
  bool is_client = true;
  std::string listen_path;  // of a server, when it is a file
};

// From "net_memif,role=server,socket=/run/x,...", by the driver's rules and defaults.
MemifDevice ParseMemif(std::string_view device);

// Removes the socket of a server that was killed: nobody accepts there any more.
void RemoveStaleSocket(const std::string& path);

}  // namespace vcp::port
