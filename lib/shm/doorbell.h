// Waking the other process. A pipe rather than an eventfd: both ends of an eventfd share one open file
// description, so a client could clear O_NONBLOCK on it and stop the poll core inside write(2). The
// ends of a pipe have descriptions of their own.
#pragma once

#include "base/status.h"
#include "base/unique_fd.h"

namespace vcp::shm {

class DoorbellSender {
 public:
  DoorbellSender() = default;
  explicit DoorbellSender(UniqueFd fd) : fd_(std::move(fd)) {}
  // One system call, never blocks; a full pipe means that the other side is already told.
  void Ring();
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

class DoorbellReceiver {
 public:
  DoorbellReceiver() = default;
  explicit DoorbellReceiver(UniqueFd fd) : fd_(std::move(fd)) {}
  // Empties the pipe, at most one pipe buffer's worth.
  void Drain();
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

// Makes a connected pair, non-blocking, close-on-exec, one page of buffer.
Status MakeDoorbell(UniqueFd* receiver, UniqueFd* sender);

}  // namespace vcp::shm
