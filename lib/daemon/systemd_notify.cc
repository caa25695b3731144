#include "daemon/systemd_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/clock.h"

namespace vcp::daemon {

// WATCHDOG_PID, when set, says whom the watchdog means.
SystemdNotify::SystemdNotify() {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
  if (std::strlen(path) >= sizeof(sockaddr_un::sun_path)) return;
  path_ = path;
  fd_.Reset(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const char* watchdog = std::getenv("WATCHDOG_USEC");
  const char* pid = std::getenv("WATCHDOG_PID");
  if (watchdog == nullptr || (pid != nullptr && std::atoi(pid) != getpid())) return;
  alive_interval_ns_ = std::strtoull(watchdog, nullptr, 10) * kNsPerUs / 2;
}

void SystemdNotify::Send(std::string_view state) {
  if (!fd_) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path_.data(), path_.size());
  if (path_[0] == '@') address.sun_path[0] = '\0';  // the abstract namespace
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
  (void)!sendto(fd_.get(), state.data(), state.size(), MSG_NOSIGNAL,
                reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace vcp::daemon
