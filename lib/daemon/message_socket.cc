#include "daemon/message_socket.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/check.h"
#include "shm/attach_protocol.h"

namespace vcp::daemon {

PeerIdentity MessageSocket::Peer() const {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (getsockopt(fd(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return {.pid = -1, .uid = static_cast<uid_t>(-1)};
  }
  return {.pid = credentials.pid, .uid = credentials.uid};
}

// Without a control buffer the kernel discards descriptors itself and says so with MSG_CTRUNC. A
// packet without a byte looks like the end of the connection, and nobody sends one.
MessageSocket::Received MessageSocket::Receive(std::span<uint8_t> buffer,
                                               std::span<const uint8_t>* packet) {
  iovec vector{.iov_base = buffer.data(), .iov_len = buffer.size()};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  ssize_t count = recvmsg(fd(), &message, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return Received::kNothing;
  if (count <= 0) return Received::kClosed;
  if ((message.msg_flags & MSG_CTRUNC) != 0) return Received::kDescriptors;
  if ((message.msg_flags & MSG_TRUNC) != 0) return Received::kTooLong;
  *packet = buffer.first(static_cast<size_t>(count));
  return Received::kPacket;
}

MessageSocket::Sent MessageSocket::Send(std::span<const uint8_t> packet, size_t most_queued_bytes) {
  if (queue_.empty()) {
    ssize_t count = send(fd(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) return Sent::kNowOrLater;
    if (errno != EAGAIN && errno != ENOBUFS) return Sent::kBroken;
  }
  if (queued_bytes_ + packet.size() > most_queued_bytes) return Sent::kTooMuch;
  queue_.emplace_back(packet.begin(), packet.end());
  queued_bytes_ += packet.size();
  return Sent::kNowOrLater;
}

bool MessageSocket::SendWithDescriptors(std::span<const uint8_t> packet,
                                        std::span<const int> descriptors) {
  constexpr size_t kMaxDescriptors = shm::kChannelFdCount;
  VCP_CHECK(descriptors.size() <= kMaxDescriptors && queue_.empty());
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxDescriptors * sizeof(int))> control{};
  iovec vector{.iov_base = const_cast<uint8_t*>(packet.data()), .iov_len = packet.size()};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
  std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
  return sendmsg(fd(), &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

bool MessageSocket::Flush() {
  while (!queue_.empty()) {
    const std::vector<uint8_t>& packet = queue_.front();
    ssize_t count = send(fd(), packet.data(), packet.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count < 0) return errno == EAGAIN || errno == ENOBUFS;
    queued_bytes_ -= packet.size();
    queue_.pop_front();
  }
  return true;
}

void MessageSocket::DiscardReceived() {
  std::array<uint8_t, shm::kMaxMessageBytes> scratch;
  std::span<const uint8_t> packet;
  for (int i = 0; i < 64; ++i) {
    Received received = Receive(scratch, &packet);
    if (received == Received::kNothing || received == Received::kClosed) return;
  }
}

}  // namespace vcp::daemon
