// A listening unix socket at a path that this process alone serves: a lock file beside it says so.
// What a daemon that was killed left behind is taken over; what a live one serves is refused. The
// path is gone again when the object is.
#pragma once

#include <sys/types.h>
#include <sys/un.h>

#include <memory>
#include <string>

#include "base/status.h"
#include "base/unique_fd.h"

namespace vcp::daemon {

inline constexpr size_t kMaxSocketPathBytes = sizeof(sockaddr_un::sun_path) - 1;

struct ListenOptions {
  std::string path;
  int type = 0;  // SOCK_SEQPACKET, SOCK_STREAM
  mode_t mode = 0600;
  std::string group;  // empty: the process's own
};

class ListeningSocket {
 public:
  // Makes the path's last folder when it is missing. `error` is one line that names cause and fix.
  static Status Open(const ListenOptions& options, std::unique_ptr<ListeningSocket>* socket,
                     std::string* error);
  ~ListeningSocket();
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;

  int fd() const { return fd_.get(); }
  const std::string& path() const { return path_; }

  enum class Accepted { kConnection, kNothing, kNoDescriptors };
  // Non-blocking and close-on-exec. kNoDescriptors: this process has no more; try later (H6).
  Accepted Accept(UniqueFd* connection);

 private:
  ListeningSocket() = default;
  std::string path_;
  UniqueFd lock_;
  UniqueFd fd_;
};

}  // namespace vcp::daemon
