// Running a daemon as a process: signals, limits, privileges, the service manager.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/systemd_notify.h"

namespace vcp::daemon {
namespace {

// Before any thread starts: poll cores inherit the mask, and signals come to the loop only.
UniqueFd BlockSignals() {
  signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  UniqueFd fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  VCP_CHECK(static_cast<bool>(fd));
  return fd;
}

void PrepareLimits() {
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

class Watchdog {
 public:
  Watchdog(EventLoop* loop, SystemdNotify* systemd) : systemd_(systemd), timer_(loop) { Feed(); }

 private:
  void Feed() {
    if (systemd_->alive_interval_ns() == 0) return;
    systemd_->Alive();
    timer_.Start(systemd_->alive_interval_ns(), [this] { Feed(); });
  }

  SystemdNotify* const systemd_;
  Deadline timer_;
};

}  // namespace

int RunDaemon(const DaemonOptions& options) {
  SystemClock clock;
  ConfigureLog({.clock = &clock});
  PrepareLimits();
  UniqueFd signals = BlockSignals();
  EventLoop loop(clock);
  SystemdNotify systemd;
  Daemon daemon(options, &loop);
  std::string error;
  if (daemon.Start(&error) != Status::kSuccess) {
    std::fprintf(stderr, "vcplaned: %s\n", error.c_str());
    return 1;
  }
  // A daemon that runs for others shows its memory to nobody; a developer wants to debug his. Not
  // earlier: DPDK reads files of /proc/self that such a process may not open.
  if (!options.dev) prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  Watchdog watchdog(&loop, &systemd);
  bool stopping = false;
  EventLoop::WatchId watch = loop.Watch(signals.get(), EPOLLIN, [&](uint32_t) {
    signalfd_siginfo info;
    if (read(signals.get(), &info, sizeof info) != sizeof info) return;
    if (std::exchange(stopping, true)) return loop.Stop();  // asked twice: at once
    VCP_LOG(kInfo, "stopping", {"signal", info.ssi_signo});
    systemd.Stopping();
    daemon.ShutDown([&loop] { loop.Stop(); });
  });
  systemd.Ready();
  VCP_LOG(kInfo, "ready", {"attach_socket", options.config.attach_socket},
          {"operator_socket", options.config.operator_socket});
  loop.Run();
  loop.Unwatch(watch);
  return 0;
}

}  // namespace vcp::daemon
