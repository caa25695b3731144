// Tells the service manager how we are: sd_notify's documented datagram protocol, nothing else.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace vcp::daemon {

class SystemdNotify {
 public:
  // Reads NOTIFY_SOCKET and WATCHDOG_USEC; without them every call does nothing.
  SystemdNotify();

  void Ready() { Send("READY=1"); }
  void Stopping() { Send("STOPPING=1"); }
  void Alive() { Send("WATCHDOG=1"); }
  // 0: nobody watches. Otherwise Alive is due at least this often, with half of it to spare.
  uint64_t alive_interval_ns() const { return alive_interval_ns_; }

 private:
  void Send(std::string_view state);

  std::string path_;
  UniqueFd fd_;
  uint64_t alive_interval_ns_ = 0;
};

}  // namespace vcp::daemon
