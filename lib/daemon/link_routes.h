// The daemon's routes as applications use them: which port's family leads to an address. Control
// thread; what it is given outlives it.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "callmgr/route_table.h"
#include "daemon/route_finder.h"

namespace vcp::daemon {

class LinkRoutes final : public RouteFinder {
 public:
  using IsUp = std::function<bool(callmgr::LinkId link)>;

  // `adapters`: those of the links, in the configuration's order, which is how routes name them.
  LinkRoutes(const callmgr::RouteTable* routes, std::vector<circuit::AdapterHandle> adapters,
             IsUp is_up)
      : routes_(routes), adapters_(std::move(adapters)), is_up_(std::move(is_up)) {}

  // Those of CandidatesFor, first the ones that are up: a link may come up before the call is made.
  RoutedAdapters FindRoutes(const Address& address) const override;
  // The links that calls to `address` may leave by, in the order in which to try them. A daemon
  // without routes has one if it has one link; of several no address says which.
  callmgr::RouteCandidates CandidatesFor(const Address& address) const;
  // Of these the first that is up, or else the first.
  callmgr::LinkId Choose(const callmgr::RouteCandidates& candidates) const;

 private:
  bool HasRoutes() const { return routes_->size() != 0 || !routes_->default_routes().empty(); }

  const callmgr::RouteTable* const routes_;
  const std::vector<circuit::AdapterHandle> adapters_;
  const IsUp is_up_;
};

}  // namespace vcp::daemon
