// Waking the other process: one end of a socket pair. Not an eventfd: its two holders share one
// open file description, so a client could clear O_NONBLOCK on it and stop the poll core inside
// write(2). Here each call says itself that it does not wait, and a dead peer raises no signal.
#pragma once

#include <utility>

#include "base/status.h"
#include "base/unique_fd.h"

namespace vcp::shm {

class Doorbell {
 public:
  Doorbell() = default;
  explicit Doorbell(UniqueFd fd) : fd_(std::move(fd)) {}

  // One system call, never blocks; a full socket means that the other side is already told.
  void Ring();
  // Takes what has been rung, bounded.
  void Drain();
  // Readable when the other side rang.
  int fd() const { return fd_.get(); }

  // Makes a connected pair, close-on-exec.
  static Status MakePair(UniqueFd* one, UniqueFd* other);

 private:
  UniqueFd fd_;
};

}  // namespace vcp::shm
