#include "shm/socket_paths.h"

#include <unistd.h>

#include <cstdlib>

namespace vcp::shm {
namespace {

std::string FindSocket(const char* variable, const std::string& name) {
  const char* chosen = std::getenv(variable);
  if (chosen != nullptr && chosen[0] != '\0') return chosen;
  std::string system = std::string(kSystemFolder) + "/" + name;
  if (access(system.c_str(), F_OK) == 0) return system;
  std::string dev = DevFolder() + "/" + name;
  return access(dev.c_str(), F_OK) == 0 ? dev : system;
}

}  // namespace

std::string DevFolder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && runtime[0] == '/') return std::string(runtime) + "/vcplane";
  return "/tmp/vcplane-" + std::to_string(getuid());
}

std::string FindAttachSocket() { return FindSocket("VCPLANE_SOCKET", kAttachSocketName); }
std::string FindOperatorSocket() {
  return FindSocket("VCPLANE_OPERATOR_SOCKET", kOperatorSocketName);
}

}  // namespace vcp::shm
