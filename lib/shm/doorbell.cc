#include "shm/doorbell.h"

#include <sys/socket.h>

#include <array>

namespace vcp::shm {
namespace {
// Room for a few hundred rings before the kernel says that the other side has been told enough.
constexpr size_t kDrainBytes = 1024;
}  // namespace

void Doorbell::Ring() {
  const char bell = 1;
  [[maybe_unused]] const ssize_t sent = send(fd_.get(), &bell, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void Doorbell::Drain() {
  std::array<char, kDrainBytes> bells;
  [[maybe_unused]] const ssize_t taken = recv(fd_.get(), bells.data(), bells.size(), MSG_DONTWAIT);
}

Status Doorbell::MakePair(UniqueFd* one, UniqueFd* other) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    return Status::kResources;
  }
  *one = UniqueFd(ends[0]);
  *other = UniqueFd(ends[1]);
  return Status::kSuccess;
}

}  // namespace vcp::shm
