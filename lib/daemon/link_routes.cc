#include "daemon/link_routes.h"

#include <algorithm>

#include "base/check.h"

namespace vcp::daemon {

using callmgr::LinkId;
using callmgr::RouteCandidates;

RoutedAdapters LinkRoutes::FindRoutes(const Address& address) const {
  RouteCandidates candidates = CandidatesFor(address);
  std::stable_partition(candidates.begin(), candidates.end(), is_up_);
  RoutedAdapters adapters;
  for (const LinkId link : candidates) VCP_CHECK(adapters.Append(adapters_.at(link)));
  return adapters;
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
