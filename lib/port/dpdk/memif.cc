#include "port/dpdk/memif.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/unique_fd.h"

namespace vcp::port {
namespace {

constexpr std::string_view kDefaultSocket = "/run/memif.sock";

// The value of `key` in "name,key=value,...", or `otherwise`.
std::string_view ValueOf(std::string_view device, std::string_view key,
                         std::string_view otherwise) {
  while (!device.empty()) {
    const std::string_view part = device.substr(0, device.find(','));
    device.remove_prefix(std::min(device.size(), part.size() + 1));
    if (part.starts_with(key) && part.substr(key.size()).starts_with('=')) {
      return part.substr(key.size() + 1);
    }
  }
  return otherwise;
}

}  // namespace

MemifDevice ParseMemif(std::string_view device) {
  const std::string_view role = ValueOf(device, "role", "client");
  MemifDevice parsed{.is_client = role != "server" && role != "master"};
  if (parsed.is_client || ValueOf(device, "socket-abstract", "yes") != "no") return parsed;
  parsed.listen_path = ValueOf(device, "socket", kDefaultSocket);
  return parsed;
}

void RemoveStaleSocket(const std::string& path) {
  struct stat found {};
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) return;
  if (lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return;
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  // Of another type than the driver's, so that a living server is never connected to: the kernel
  // compares types only when somebody is there.
  const UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return;
  const int code = connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (code != 0 && errno == ECONNREFUSED) unlink(path.c_str());
}

}  // namespace vcp::port
