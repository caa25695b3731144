#include "external_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "base/check.h"

namespace vcp::conformance {
namespace {
constexpr int kPatienceMs = 20'000;
}  // namespace

// The last one's family goes with what its VC left in the data path, a little after itself.
bool ExternalProcess::Start(const testing::DaemonProcess& daemon, const char* port, int first,
                            uint32_t family) {
  constexpr int kTries = 200;
  bool is_ready = false;
  for (int i = 0; i < kTries && !is_ready; ++i) is_ready = TryStart(daemon, port, first, family);
  return is_ready;
}

bool ExternalProcess::TryStart(const testing::DaemonProcess& daemon, const char* port, int first,
                               uint32_t family) {
  Kill();
  std::array<int, 2> ends;
  VCP_CHECK(pipe2(ends.data(), O_CLOEXEC) == 0);
  const char* program = getenv("VCP_CALL_MANAGER");
  if (program == nullptr) program = "conformance_call_manager";
  const std::string number = std::to_string(family);
  const pid_t parent = getpid();
  pid_ = fork();
  VCP_CHECK(pid_ >= 0);
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || dup2(ends[1], STDOUT_FILENO) < 0) _exit(127);
    execlp(program, program, daemon.attach_socket().c_str(), port, first == 0 ? "0" : "1",
           number.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  output_.Reset(ends[0]);
  unread_.clear();
  pid_fd_.Reset(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  return ReadLine() == "ready";
}

void ExternalProcess::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

bool ExternalProcess::IsRunning() const {
  if (pid_ <= 0) return false;
  pollfd watched{.fd = pid_fd_.get(), .events = POLLIN, .revents = 0};
  return poll(&watched, 1, 0) == 0;
}

std::string ExternalProcess::ReadLine() {
  for (;;) {
    const size_t end = unread_.find('\n');
    if (end != std::string::npos) {
      const std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return line;
    }
    pollfd watched{.fd = output_.get(), .events = POLLIN, .revents = 0};
    std::array<char, 256> bytes;
    if (poll(&watched, 1, kPatienceMs) <= 0) return "";
    const ssize_t count = read(output_.get(), bytes.data(), bytes.size());
    if (count <= 0) return "";
    unread_.append(bytes.data(), static_cast<size_t>(count));
  }
}

}  // namespace vcp::conformance
