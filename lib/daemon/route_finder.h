// Which ports lead to an address, as the daemon's routes have it. Control thread.
#pragma once

#include "base/address.h"
#include "base/bounded_list.h"
#include "base/limits.h"
#include "circuit/types.h"

namespace vcp::daemon {

using RoutedAdapters = BoundedList<circuit::AdapterHandle, kMaxRoutesPerPrefix>;

class RouteFinder {
 public:
  virtual ~RouteFinder() = default;
  // In the order in which to try them; empty when no route leads there.
  virtual RoutedAdapters FindRoutes(const Address& address) const = 0;
};

}  // namespace vcp::daemon
