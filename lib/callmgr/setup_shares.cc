#include "callmgr/setup_shares.h"

namespace vcp::callmgr {

bool SetupShares::Open(circuit::AfHandle af, const circuit::Client* client) {
  ShareHandle& share = by_client_[client];
  if (!share) {
    share = shares_.Insert(Share{
        .client = client, .rate = {limits_.client_setups_per_second, limits_.client_setup_burst}});
  }
  if (!share) {
    by_client_.erase(client);
    return false;
  }
  ++shares_.Find(share)->afs;
  by_af_[af] = share;
  return true;
}

void SetupShares::Close(circuit::AfHandle af) {
  const auto found = by_af_.find(af);
  if (found == by_af_.end()) return;
  Share* share = shares_.Find(found->second);
  if (--share->afs == 0) {
    by_client_.erase(share->client);
    shares_.Erase(found->second);
  }
  by_af_.erase(found);
}

SetupShares::ShareHandle SetupShares::Of(circuit::AfHandle af) const {
  const auto found = by_af_.find(af);
  return found == by_af_.end() ? ShareHandle() : found->second;
}

bool SetupShares::TakeCall(ShareHandle handle, uint64_t now_ns) {
  Share* share = shares_.Find(handle);
  const bool fits = share != nullptr && share->calls < kMaxCallsInSetupPerClient &&
                    share->rate.Take(now_ns) && link_.Take(now_ns);
  if (!fits) {
    refused_calls_.Add();
    return false;
  }
  ++share->calls;
  return true;
}

void SetupShares::EndCall(ShareHandle handle) {
  if (Share* share = shares_.Find(handle)) --share->calls;
}

bool SetupShares::TakeOffer(ShareHandle handle) {
  Share* share = shares_.Find(handle);
  if (share == nullptr || share->offers == kMaxOffersPerClient) {
    refused_offers_.Add();
    return false;
  }
  ++share->offers;
  return true;
}

void SetupShares::EndOffer(ShareHandle handle) {
  if (Share* share = shares_.Find(handle)) --share->offers;
}

}  // namespace vcp::callmgr
