// The conformance tests' call manager ($VCP_CALL_MANAGER) as a child of the test's. It dies with
// the test's process. One thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/unique_fd.h"
#include "testing/daemon_process.h"

namespace vcp::conformance {

class ExternalProcess {
 public:
  ExternalProcess() = default;
  ~ExternalProcess() { Kill(); }
  ExternalProcess(const ExternalProcess&) = delete;
  ExternalProcess& operator=(const ExternalProcess&) = delete;

  // For a port of the daemon's; of two on a cable the one is `first` 0, the other 1. Returns once
  // clients of its family can make calls; false when they never can.
  [[nodiscard]] bool Start(const testing::DaemonProcess& daemon, const char* port, int first,
                           uint32_t family);
  // SIGKILL, and waits.
  void Kill();
  bool IsRunning() const;
  // The next line that it says; "" when it ended or said nothing.
  std::string ReadLine();

 private:
  bool TryStart(const testing::DaemonProcess& daemon, const char* port, int first, uint32_t family);

  pid_t pid_ = -1;
  UniqueFd pid_fd_;
  UniqueFd output_;
  std::string unread_;
};

}  // namespace vcp::conformance
