#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>

#include "base/check.h"
#include "base/unique_fd.h"

namespace vcp::testing {

// A UDP port of 127.0.0.1 that is free: the kernel's choice, given back at once.
inline uint16_t FreeUdpPort() {
  UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  VCP_CHECK(bind(socket.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  VCP_CHECK(getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  return ntohs(address.sin_port);
}

}  // namespace vcp::testing
