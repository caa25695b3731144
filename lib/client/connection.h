// The attach socket, seen by the application: connects, sends whole messages without blocking, and
// receives them with the descriptors that come along. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "client/vcplane.h"
#include "shm/attach_protocol.h"

namespace vcp::client {

struct ReceivedMessage {
  alignas(8) uint8_t bytes[shm::kMaxMessageBytes];
  size_t size_bytes = 0;
  UniqueFd fds[shm::kChannelFdCount];
  size_t fd_count = 0;
};

class Connection {
 public:
  // VCP_DISCONNECTED: nobody listens there; VCP_ACCESS_DENIED; VCP_INVALID_DATA: no possible path.
  vcp_status Open(const std::string& path);
  void Close();
  bool open() const { return static_cast<bool>(socket_); }
  int fd() const { return socket_.get(); }

  // What the socket does not take at once waits here, in order. VCP_RESOURCES when too much does.
  vcp_status Send(std::span<const uint8_t> message);
  // Sends what waits; false when the other side is gone.
  bool Flush();
  bool has_backlog() const { return !backlog_.empty(); }

  enum class Got { kMessage, kNothing, kHangUp };
  Got Receive(ReceivedMessage* message);

 private:
  // Enough for every VC that an application may have to be created and called in one go.
  static constexpr size_t kMaxBacklog = size_t{1} << 17;
  UniqueFd socket_;
  std::deque<std::vector<uint8_t>> backlog_;
};

}  // namespace vcp::client
