// A vcplaned of a test's own: the real program ($VCPLANED), run as a child without root or
// hugepages, with its sockets, configuration and log in a folder that the test owns. It dies with
// the test's process, whatever happens. Deadlines are for a machine that is busy; nothing waits
// longer than it must. One thread.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include "base/unique_fd.h"

namespace vcp::testing {

// A new folder, removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class DaemonProcess {
 public:
  // `folder` outlives this object; `name` tells several daemons in it apart.
  DaemonProcess(const TemporaryFolder& folder, const std::string& name, std::string_view toml);
  ~DaemonProcess();  // kills what still runs
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  // Runs it and returns once it says READY=1. False when it ended or said nothing: see Log(). May
  // be called again after Stop or Kill, on the same sockets.
  [[nodiscard]] bool Start();
  // SIGTERM, and waits. What the program returned; -1 when it did not end by itself.
  int Stop();
  // SIGKILL, and waits.
  void Kill();
  bool IsRunning();
  pid_t pid() const { return pid_; }

  const std::string& attach_socket() const { return attach_socket_; }
  const std::string& operator_socket() const { return operator_socket_; }

  // The answer to one request of daemon/operator_protocol.h; "" when nobody answers.
  std::string Ask(std::string_view request);
  // Asks until the answer satisfies `wanted`; false when it never did.
  bool WaitFor(std::string_view request, const std::function<bool(const std::string&)>& wanted);
  // What it has written since it was started last.
  std::string Log() const;

 private:
  bool WaitReady(int notify_fd);
  [[noreturn]] void Execute(const char* program, const std::string& notify_path) const;
  bool ConnectOperator();
  int Reap();

  std::string folder_;
  std::string name_;
  std::string attach_socket_;
  std::string operator_socket_;
  std::string log_path_;
  pid_t pid_ = -1;
  UniqueFd pid_fd_;       // readable once it has ended
  UniqueFd operator_fd_;  // kept from one request to the next
};

}  // namespace vcp::testing
