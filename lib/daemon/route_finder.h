// Which port leads to an address, as the daemon's routes have it. Control thread.
#pragma once

#include <optional>

#include "base/address.h"
#include "circuit/types.h"

namespace vcp::daemon {

class RouteFinder {
 public:
  virtual ~RouteFinder() = default;
  // Nothing when no route leads there.
  virtual std::optional<circuit::AdapterHandle> FindRoute(const Address& address) const = 0;
};

}  // namespace vcp::daemon
