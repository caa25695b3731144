#include "daemon/link_routes.h"

#include <algorithm>

namespace vcp::daemon {

using callmgr::LinkId;
using callmgr::RouteCandidates;

std::optional<circuit::AdapterHandle> LinkRoutes::FindRoute(const Address& address) const {
  const RouteCandidates candidates = CandidatesFor(address);
  if (candidates.empty()) return std::nullopt;
  return adapters_.at(Choose(candidates));
}

RouteCandidates LinkRoutes::CandidatesFor(const Address& address) const {
  if (HasRoutes()) return routes_->Find(address, callmgr::kNoLink);
  RouteCandidates only;
  if (adapters_.size() == 1) (void)only.Append(LinkId{0});
  return only;
}

LinkId LinkRoutes::Choose(const RouteCandidates& candidates) const {
  const auto up = std::ranges::find_if(candidates, is_up_);
  return up != candidates.end() ? *up : candidates[0];
}

}  // namespace vcp::daemon
