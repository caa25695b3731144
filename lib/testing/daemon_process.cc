#include "testing/daemon_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/check.h"

namespace vcp::testing {
namespace {

constexpr int kStartTimeoutMs = 60'000;
constexpr int kStopTimeoutMs = 20'000;
constexpr int kAnswerTimeoutSeconds = 20;
constexpr std::chrono::seconds kWaitTimeout{60};

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  VCP_CHECK(path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  return address;
}

UniqueFd ListenForNotify(const std::string& path) {
  unlink(path.c_str());
  UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = AddressOf(path);
  VCP_CHECK(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return fd;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  // Short: a socket's path has 107 characters.
  path_ = std::filesystem::temp_directory_path() / "vcplane-XXXXXX";
  VCP_CHECK(mkdtemp(path_.data()) != nullptr);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

DaemonProcess::DaemonProcess(const TemporaryFolder& folder, const std::string& name,
                             std::string_view toml)
    : folder_(folder.path()),
      name_(name),
      attach_socket_(folder_ + "/" + name + ".sock"),
      operator_socket_(folder_ + "/" + name + ".op"),
      log_path_(folder_ + "/" + name + ".log") {
  std::ofstream(folder_ + "/" + name + ".toml") << toml;
}

DaemonProcess::~DaemonProcess() {
  if (pid_ > 0) Kill();
}

bool DaemonProcess::Start() {
  VCP_CHECK(pid_ < 0);
  const char* program = getenv("VCPLANED");
  if (program == nullptr) program = "vcplaned";
  const std::string notify_path = folder_ + "/" + name_ + ".notify";
  const UniqueFd notify = ListenForNotify(notify_path);
  const pid_t parent = getpid();
  pid_ = fork();
  VCP_CHECK(pid_ >= 0);
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    Execute(program, notify_path);
  }
  pid_fd_.Reset(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  VCP_CHECK(static_cast<bool>(pid_fd_));
  if (WaitReady(notify.get())) return true;
  Kill();
  return false;
}

void DaemonProcess::Execute(const char* program, const std::string& notify_path) const {
  const int log = open(log_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
  if (log < 0 || dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0) _exit(127);
  setenv("NOTIFY_SOCKET", notify_path.c_str(), 1);
  unsetenv("WATCHDOG_USEC");
  const std::string config = folder_ + "/" + name_ + ".toml";
  execlp(program, program, "--dev", "--config", config.c_str(), "--attach-socket",
         attach_socket_.c_str(), "--operator-socket", operator_socket_.c_str(), nullptr);
  dprintf(STDERR_FILENO, "cannot run %s: %s\n", program, strerror(errno));
  _exit(127);
}

bool DaemonProcess::WaitReady(int notify_fd) {
  pollfd watched[2] = {{.fd = notify_fd, .events = POLLIN, .revents = 0},
                       {.fd = pid_fd_.get(), .events = POLLIN, .revents = 0}};
  while (poll(watched, 2, kStartTimeoutMs) > 0 && watched[1].revents == 0) {
    char text[256];
    const ssize_t size = recv(notify_fd, text, sizeof text, 0);
    if (size > 0 && std::string_view(text, static_cast<size_t>(size)).starts_with("READY=1")) {
      return true;
    }
  }
  return false;
}

bool DaemonProcess::IsRunning() {
  if (pid_ < 0) return false;
  pollfd watched{.fd = pid_fd_.get(), .events = POLLIN, .revents = 0};
  return poll(&watched, 1, 0) == 0;
}

int DaemonProcess::Stop() {
  VCP_CHECK(pid_ > 0);
  kill(pid_, SIGTERM);
  pollfd watched{.fd = pid_fd_.get(), .events = POLLIN, .revents = 0};
  if (poll(&watched, 1, kStopTimeoutMs) == 0) kill(pid_, SIGKILL);
  return Reap();
}

void DaemonProcess::Kill() {
  kill(pid_, SIGKILL);
  Reap();
}

int DaemonProcess::Reap() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  pid_fd_.Reset();
  operator_fd_.Reset();
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// --- the operator's socket -----------------------------------------------------------------------

bool DaemonProcess::ConnectOperator() {
  operator_fd_.Reset(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval timeout{.tv_sec = kAnswerTimeoutSeconds, .tv_usec = 0};
  setsockopt(operator_fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  const sockaddr_un address = AddressOf(operator_socket_);
  return connect(operator_fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
         0;
}

std::string DaemonProcess::Ask(std::string_view request) {
  if (!operator_fd_ && !ConnectOperator()) {
    operator_fd_.Reset();
    return "";
  }
  const std::string line = std::string(request) + "\n";
  std::string answer;
  if (send(operator_fd_.get(), line.data(), line.size(), MSG_NOSIGNAL) ==
      static_cast<ssize_t>(line.size())) {
    char buffer[65536];
    ssize_t size;
    while ((size = recv(operator_fd_.get(), buffer, sizeof buffer, 0)) > 0) {
      answer.append(buffer, static_cast<size_t>(size));
      if (answer.back() == '\n') return answer.substr(0, answer.size() - 1);
    }
  }
  operator_fd_.Reset();
  return "";
}

bool DaemonProcess::WaitFor(std::string_view request,
                            const std::function<bool(const std::string&)>& wanted) {
  const auto deadline = std::chrono::steady_clock::now() + kWaitTimeout;
  while (std::chrono::steady_clock::now() < deadline) {
    const std::string answer = Ask(request);
    if (answer.empty()) return false;
    if (wanted(answer)) return true;
    sched_yield();
  }
  return false;
}

std::string DaemonProcess::Log() const {
  std::ostringstream text;
  text << std::ifstream(log_path_).rdbuf();
  return text.str();
}

}  // namespace vcp::testing
