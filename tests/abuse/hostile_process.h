// A hostile application as a process of its own (hostile_client.cc), for what a thread cannot do:
// dying, being stopped, being somebody else.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/unique_fd.h"

namespace vcp::abuse {

class HostileProcess {
 public:
  // Runs $HOSTILE_CLIENT with these arguments.
  explicit HostileProcess(const std::vector<std::string>& arguments);
  ~HostileProcess();  // kills what still runs
  HostileProcess(const HostileProcess&) = delete;
  HostileProcess& operator=(const HostileProcess&) = delete;

  void Signal(int signal);
  // Waits until it is stopped, as seen from outside.
  bool WaitUntilStopped();
  // Waits for its end: the signal that killed it, negative, or its exit code.
  int Wait();
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

}  // namespace vcp::abuse
