// One end of a SOCK_SEQPACKET connection to somebody who is not trusted: never waits, keeps no more
// than it is told to for a reader that does not read, and takes no descriptors (A5).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <utility>
#include <vector>

#include "base/unique_fd.h"

namespace vcp::daemon {

// Who is at the other end, by the kernel's word.
struct PeerIdentity {
  pid_t pid = 0;
  uid_t uid = 0;
};

class MessageSocket {
 public:
  enum class Received {
    kPacket,
    kNothing,      // for now
    kClosed,       // or broken: there is nothing more to come
    kDescriptors,  // the peer passed some; the kernel threw them away
    kTooLong,
  };

  explicit MessageSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  int fd() const { return fd_.get(); }
  UniqueFd Take() { return std::move(fd_); }
  PeerIdentity Peer() const;

  // Into `buffer`; `packet` is its used part.
  Received Receive(std::span<uint8_t> buffer, std::span<const uint8_t>* packet);

  enum class Sent { kNowOrLater, kTooMuch, kBroken };

  // Sends it, or keeps it for Flush unless more than `most_queued_bytes` would be kept.
  Sent Send(std::span<const uint8_t> packet, size_t most_queued_bytes);
  // At once or not at all: for a first message, which always finds room.
  bool SendWithDescriptors(std::span<const uint8_t> packet, std::span<const int> descriptors);
  // Sends what is kept as far as it goes. False: the connection is broken.
  bool Flush();
  size_t queued_bytes() const { return queued_bytes_; }

  // Drops what the peer sent and nobody will read, so that closing does not make the kernel throw
  // away what the peer has yet to read.
  void DiscardReceived();

 private:
  UniqueFd fd_;
  std::deque<std::vector<uint8_t>> queue_;
  size_t queued_bytes_ = 0;
};

}  // namespace vcp::daemon
