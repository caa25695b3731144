// How long a call may still block. The kernel keeps the account: ppoll(2) writes back what is left,
// so that no clock is read here.
#pragma once

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace vcp::client {

class Patience {
 public:
  enum class Ended { kReady, kTimeout, kSignal };

  // Negative: for ever.
  explicit Patience(int timeout_ms)
      : endless_(timeout_ms < 0),
        left_{.tv_sec = timeout_ms / 1000, .tv_nsec = timeout_ms % 1000 * 1'000'000L} {}

  // Blocks until the descriptor is readable, or writable if that is asked for.
  Ended WaitFor(int fd, short events = POLLIN) {
    pollfd watched{.fd = fd, .events = events, .revents = 0};
    // Not ppoll(3), which hides what is left.
    const long count =
        syscall(SYS_ppoll, &watched, 1, endless_ ? nullptr : &left_, nullptr, size_t{0});
    if (count < 0) return Ended::kSignal;
    return count == 0 ? Ended::kTimeout : Ended::kReady;
  }

 private:
  const bool endless_;
  timespec left_;
};

}  // namespace vcp::client
