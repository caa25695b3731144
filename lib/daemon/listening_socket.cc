#include "daemon/listening_socket.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

namespace vcp::daemon {
namespace {

constexpr int kBacklog = 128;

Status Fail(std::string* error, const std::string& what, int error_number) {
  *error = what + ": " + std::strerror(error_number);
  if (error_number == EACCES || error_number == EPERM || error_number == EROFS) {
    *error += "; run as a user who may write there, or name another path";
    return Status::kAccessDenied;
  }
  return Status::kFailure;
}

Status MakeParentFolder(const std::string& path, std::string* error) {
  std::string folder = std::filesystem::path(path).parent_path();
  if (folder.empty() || mkdir(folder.c_str(), 0755) == 0 || errno == EEXIST) {
    return Status::kSuccess;
  }
  return Fail(error, "cannot make the folder " + folder, errno);
}

std::string LockPathOf(const std::string& path) { return path + ".lock"; }

// Whoever ends a daemon removes the lock file while holding the lock, so what was opened may be a
// file that nobody finds any more: then open again.
Status TakeLock(const std::string& path, UniqueFd* lock, std::string* error) {
  std::string lock_path = LockPathOf(path);
  for (;;) {
    lock->Reset(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!*lock) return Fail(error, "cannot open " + lock_path, errno);
    if (flock(lock->get(), LOCK_EX | LOCK_NB) != 0) {
      *error = "another vcplaned serves " + path + "; stop it, or name another socket";
      return Status::kInUse;
    }
    struct stat held {};
    struct stat found {};
    if (fstat(lock->get(), &held) == 0 && stat(lock_path.c_str(), &found) == 0 &&
        held.st_ino == found.st_ino && held.st_dev == found.st_dev) {
      return Status::kSuccess;
    }
  }
}

// Under the lock nobody serves what lies there.
Status RemoveStale(const std::string& path, std::string* error) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) return Status::kSuccess;
  if (!S_ISSOCK(found.st_mode)) {
    *error = path + " exists and is not a socket; remove it, or name another path";
    return Status::kInUse;
  }
  if (unlink(path.c_str()) == 0) return Status::kSuccess;
  return Fail(error, "cannot remove the stale socket " + path, errno);
}

Status SetGroup(const ListenOptions& options, std::string* error) {
  if (options.group.empty()) return Status::kSuccess;
  const group* entry = getgrnam(options.group.c_str());
  if (entry == nullptr) {
    *error = "there is no group " + options.group + "; create it with: groupadd " + options.group;
    return Status::kNotFound;
  }
  if (chown(options.path.c_str(), static_cast<uid_t>(-1), entry->gr_gid) == 0) {
    return Status::kSuccess;
  }
  return Fail(error, "cannot give " + options.path + " to the group " + options.group, errno);
}

// Nobody can connect between bind and listen, so the mode is in place before anybody does.
Status BindAndListen(const ListenOptions& options, int fd, std::string* error) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, options.path.c_str(), options.path.size() + 1);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return Fail(error, "cannot make the socket " + options.path, errno);
  }
  Status status = SetGroup(options, error);
  if (status != Status::kSuccess) return status;
  if (chmod(options.path.c_str(), options.mode) != 0 || listen(fd, kBacklog) != 0) {
    return Fail(error, "cannot open the socket " + options.path, errno);
  }
  return Status::kSuccess;
}

}  // namespace

Status ListeningSocket::Open(const ListenOptions& options, std::unique_ptr<ListeningSocket>* socket,
                             std::string* error) {
  if (options.path.empty() || options.path.size() > kMaxSocketPathBytes) {
    *error = "the socket path " + options.path + " has " + std::to_string(options.path.size()) +
             " characters; a socket's path has 1 to " + std::to_string(kMaxSocketPathBytes);
    return Status::kInvalidLength;
  }
  Status status = MakeParentFolder(options.path, error);
  UniqueFd lock;
  if (status == Status::kSuccess) status = TakeLock(options.path, &lock, error);
  if (status != Status::kSuccess) return status;
  status = RemoveStale(options.path, error);
  if (status != Status::kSuccess) {
    unlink(LockPathOf(options.path).c_str());  // under the lock, as whoever ends a daemon does
    return status;
  }
  std::unique_ptr<ListeningSocket> made(new ListeningSocket());
  made->path_ = options.path;
  made->lock_ = std::move(lock);
  made->fd_.Reset(::socket(AF_UNIX, options.type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!made->fd_) return Fail(error, "cannot make a socket", errno);
  status = BindAndListen(options, made->fd_.get(), error);
  if (status == Status::kSuccess) *socket = std::move(made);
  return status;
}

ListeningSocket::~ListeningSocket() {
  unlink(path_.c_str());
  unlink(LockPathOf(path_).c_str());
}

ListeningSocket::Accepted ListeningSocket::Accept(UniqueFd* connection) {
  connection->Reset(accept4(fd_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (*connection) return Accepted::kConnection;
  bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS;
  return exhausted ? Accepted::kNoDescriptors : Accepted::kNothing;
}

}  // namespace vcp::daemon
