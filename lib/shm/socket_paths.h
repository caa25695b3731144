// Where a daemon's sockets are when nobody says: daemon, library and tools agree here.
#pragma once

#include <string>

namespace vcp::shm {

inline constexpr char kSystemFolder[] = "/run/vcplane";
inline constexpr char kAttachSocketName[] = "attach.sock";
inline constexpr char kOperatorSocketName[] = "operator.sock";

// Of `vcplaned --dev`: $XDG_RUNTIME_DIR/vcplane, or /tmp/vcplane-UID.
std::string DevFolder();

// What a client or a tool connects to: $VCPLANE_SOCKET or $VCPLANE_OPERATOR_SOCKET; otherwise the
// system daemon's socket; where there is none, that of this user's --dev daemon.
std::string FindAttachSocket();
std::string FindOperatorSocket();

}  // namespace vcp::shm
