#include "client/connection.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace vcp::client {

vcp_status Connection::Open(const std::string& path) {
  backlog_.clear();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return VCP_INVALID_DATA;
  std::memcpy(address.sun_path, path.data(), path.size());
  socket_ = UniqueFd(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_) return VCP_RESOURCES;
  if (connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return VCP_SUCCESS;
  }
  const int error = errno;
  socket_.Reset();
  return error == EACCES || error == EPERM ? VCP_ACCESS_DENIED : VCP_DISCONNECTED;
}

void Connection::Close() {
  socket_.Reset();
  backlog_.clear();
}

vcp_status Connection::Send(std::span<const uint8_t> message) {
  if (!socket_) return VCP_DISCONNECTED;
  if (backlog_.empty() &&
      send(socket_.get(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
    return VCP_SUCCESS;
  }
  // A dead peer is noticed by Receive, which is where its end is dealt with.
  if (backlog_.size() == kMaxBacklog) return VCP_RESOURCES;
  backlog_.emplace_back(message.begin(), message.end());
  return VCP_SUCCESS;
}

bool Connection::Flush() {
  while (!backlog_.empty()) {
    const std::vector<uint8_t>& first = backlog_.front();
    if (send(socket_.get(), first.data(), first.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
      return errno == EAGAIN || errno == EINTR || errno == ENOBUFS;
    }
    backlog_.pop_front();
  }
  return true;
}

Connection::Got Connection::Receive(ReceivedMessage* message) {
  iovec part{.iov_base = message->bytes, .iov_len = sizeof message->bytes};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * shm::kChannelFdCount)];
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  const ssize_t size = recvmsg(socket_.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (size < 0) return errno == EAGAIN || errno == EINTR ? Got::kNothing : Got::kHangUp;
  if (size == 0) return Got::kHangUp;
  message->size_bytes = static_cast<size_t>(size);
  message->fd_count = 0;
  for (cmsghdr* part_header = CMSG_FIRSTHDR(&header); part_header != nullptr;
       part_header = CMSG_NXTHDR(&header, part_header)) {
    if (part_header->cmsg_level != SOL_SOCKET || part_header->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (part_header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(part_header) + i * sizeof(int), sizeof fd);
      UniqueFd owned(fd);  // more than asked for: closed again
      if (message->fd_count < shm::kChannelFdCount) {
        message->fds[message->fd_count++] = std::move(owned);
      }
    }
  }
  return Got::kMessage;
}

}  // namespace vcp::client
