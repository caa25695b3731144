// What each client may take of a link's set-ups, so that none takes them from others or from the
// peer (S1, S2): calls made and not answered, offers that it has not answered, calls in a second. A
// client is whoever opened address families of the link, as often as it likes. O(1) a call. Pure;
// time is passed in.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "base/counter.h"
#include "base/handle.h"
#include "base/limits.h"
#include "circuit/types.h"
#include "signaling/setup_admission.h"

namespace vcp::circuit {
class Client;
}

namespace vcp::callmgr {

class SetupShares {
 public:
  struct Share;
  using ShareHandle = Handle<Share>;

  explicit SetupShares(const signaling::SetupLimits& limits)
      : limits_(limits), link_(limits.setups_per_second, limits.setup_burst) {}

  // False: more clients than there can be.
  bool Open(circuit::AfHandle af, const circuit::Client* client);
  void Close(circuit::AfHandle af);
  // Null for an AF that is not open.
  ShareHandle Of(circuit::AfHandle af) const;

  // A call that a client makes; false: it is refused, and counted. Afterwards it is in set-up.
  bool TakeCall(ShareHandle share, uint64_t now_ns);
  void EndCall(ShareHandle share);
  // The same of an offer to a client.
  bool TakeOffer(ShareHandle share);
  void EndOffer(ShareHandle share);

  size_t size() const { return shares_.size(); }
  uint64_t refused_calls() const { return refused_calls_.Read(); }
  uint64_t refused_offers() const { return refused_offers_.Read(); }

  struct Share {
    const circuit::Client* client;
    signaling::RateLimit rate;
    uint32_t afs = 0;
    uint32_t calls = 0;
    uint32_t offers = 0;
  };

 private:
  const signaling::SetupLimits limits_;
  signaling::RateLimit link_;  // all clients' calls
  HandleTable<Share> shares_{kMaxBindings};
  std::unordered_map<const circuit::Client*, ShareHandle> by_client_;
  std::unordered_map<circuit::AfHandle, ShareHandle> by_af_;
  Counter refused_calls_;
  Counter refused_offers_;
};

}  // namespace vcp::callmgr
