#include "daemon/systemd_notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/clock.h"

namespace vcp::daemon {
namespace {

class SystemdNotifyTest : public ::testing::Test {
 protected:
  ~SystemdNotifyTest() override {
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
  }
};

TEST_F(SystemdNotifyTest, TellsTheManagerWhoAsked) {
  std::string name = "@vcplane-test-" + std::to_string(getpid());
  UniqueFd manager(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  address.sun_path[0] = '\0';
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  ASSERT_EQ(bind(manager.get(), reinterpret_cast<sockaddr*>(&address), size), 0);

  setenv("NOTIFY_SOCKET", name.c_str(), 1);
  setenv("WATCHDOG_USEC", "2000000", 1);
  setenv("WATCHDOG_PID", std::to_string(getpid()).c_str(), 1);
  SystemdNotify systemd;
  EXPECT_EQ(systemd.alive_interval_ns(), kNsPerSecond);
  systemd.Ready();
  systemd.Alive();
  systemd.Stopping();
  std::string heard;
  std::array<char, 64> buffer;
  for (ssize_t n; (n = recv(manager.get(), buffer.data(), buffer.size(), 0)) > 0;) {
    heard.append(buffer.data(), static_cast<size_t>(n)).append(" ");
  }
  EXPECT_EQ(heard, "READY=1 WATCHDOG=1 STOPPING=1 ");
}

TEST_F(SystemdNotifyTest, WithoutAManagerItDoesNothing) {
  unsetenv("NOTIFY_SOCKET");
  SystemdNotify systemd;
  systemd.Ready();
  EXPECT_EQ(systemd.alive_interval_ns(), 0u);
}

TEST_F(SystemdNotifyTest, AnotherProcessesWatchdogIsNotOurs) {
  setenv("NOTIFY_SOCKET", "@nobody-listens-here", 1);
  setenv("WATCHDOG_USEC", "2000000", 1);
  setenv("WATCHDOG_PID", "1", 1);
  SystemdNotify systemd;
  systemd.Ready();
  EXPECT_EQ(systemd.alive_interval_ns(), 0u);
}

}  // namespace
}  // namespace vcp::daemon
