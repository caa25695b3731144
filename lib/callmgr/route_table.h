// Where calls leave: address prefixes and the links behind them, static as in IISP (signaling 4.3).
// The longest prefix counts; among its links those of the smallest priority number come first.
// AESAs and E.164 numbers have a table each; an address that is both (signaling 4.1) is looked for
// as it was given first, and in the other one if no prefix there matches. Control thread.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/address_prefix.h"
#include "base/bounded_list.h"
#include "base/limits.h"
#include "base/status.h"
#include "callmgr/prefix_trie.h"

namespace vcp::callmgr {

using LinkId = uint32_t;
inline constexpr LinkId kNoLink = ~LinkId{0};

struct Route {
  LinkId link = kNoLink;
  uint32_t priority = 0;
  friend bool operator==(const Route&, const Route&) = default;
};

// In the order in which to try them.
using RouteCandidates = BoundedList<LinkId, kMaxRoutesPerPrefix>;

// Whether a call that was cleared with this cause on one link may be tried on the next (crankback),
// or would fare no better there.
bool MayTryNextRoute(uint8_t cause);

class RouteTable {
 public:
  // kInUse: the link is there already. kResources: as many routes, or links for this prefix, as
  // limits.h allows.
  Status Add(const AddressPrefix& prefix, Route route);
  // False when there was no such route.
  bool Remove(const AddressPrefix& prefix, LinkId link);

  // Where calls go whose address no prefix matches. As above.
  Status AddDefault(Route route);
  bool RemoveDefault(LinkId link);

  // Links for a call that came in on `ingress`, or from here (kNoLink). Never back out of that one,
  // nor by a shorter prefix instead: that is how loops are made. Empty, for cause 3: no route.
  RouteCandidates Find(const Address& called, LinkId ingress) const;

  // Prefixes and their links; the default counts as none.
  size_t size() const { return route_count_; }
  // visit(const AddressPrefix&, const Route&), in order; not the default.
  template <typename Visitor>
  void ForEach(Visitor&& visit) const {
    for (const AddressType type : {AddressType::kNsap, AddressType::kE164}) {
      TrieOf(type).ForEach([&](const BitString& bits, uint32_t index) {
        const AddressPrefix prefix = PrefixOf(type, bits);
        for (const Route& route : sets_[index].routes) visit(prefix, route);
      });
    }
  }
  const std::vector<Route>& default_routes() const { return default_.routes; }

 private:
  // The links of one prefix, in order.
  struct RouteSet {
    std::vector<Route> routes;
  };

  static AddressPrefix PrefixOf(AddressType type, const BitString& bits);
  static Status AddTo(RouteSet* set, Route route);
  static bool RemoveFrom(RouteSet* set, LinkId link);

  const PrefixTrie& TrieOf(AddressType type) const {
    return type == AddressType::kE164 ? numbers_ : aesas_;
  }
  PrefixTrie& TrieOf(AddressType type) { return type == AddressType::kE164 ? numbers_ : aesas_; }
  uint32_t MakeSet();

  PrefixTrie aesas_;
  PrefixTrie numbers_;  // a digit is four bits
  std::vector<RouteSet> sets_;
  std::vector<uint32_t> free_sets_;
  RouteSet default_;
  uint32_t route_count_ = 0;
};

}  // namespace vcp::callmgr
