// Routes that come and go: a call finds what looking at every route would find, and a table that
// has lost all of them holds nothing.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "base/aesa.h"
#include "callmgr/prefix_trie.h"
#include "callmgr/route_table.h"

namespace vcp::callmgr {
namespace {

// Octets of few values, so that prefixes share a beginning and chance makes them meet; some AESAs
// are numbers, too.
Address AnyAddress() {
  const int kind = *rc::gen::inRange(0, 4);
  if (kind <= 1) {
    const auto digits = *rc::gen::nonEmpty(
        rc::gen::container<std::vector<uint8_t>>(rc::gen::element<uint8_t>('1', '2', '8')));
    const Address number = *MakeAddress(
        AddressType::kE164, {digits.data(), std::min(digits.size(), Address::kMaxE164Digits)});
    return kind == 0 ? number : *ToE164Aesa(number);
  }
  const auto octets = *rc::gen::container<std::array<uint8_t, Address::kNsapBytes>>(
      rc::gen::element<uint8_t>(0x47, 0x47, 0x47, 0x46, 0xff));
  return *MakeAddress(AddressType::kNsap, octets);
}

AddressPrefix AnyPrefix() {
  const Address address = AnyAddress();
  const size_t most = address.type == AddressType::kE164 ? address.size_bytes : 152;
  const size_t length =
      *rc::gen::oneOf(rc::gen::inRange<size_t>(0, most + 1),
                      rc::gen::inRange<size_t>(0, std::min<size_t>(most, 12) + 1));
  return *MakeAddressPrefix(address, length);
}

using Row = std::pair<AddressPrefix, Route>;

// By the longest prefix of the address in this form.
std::vector<Route> MatchesOf(const std::vector<Row>& rows, const Address& called) {
  int longest = -1;
  for (const auto& [prefix, route] : rows) {
    if (prefix.Matches(called)) longest = std::max<int>(longest, prefix.length);
  }
  std::vector<Route> routes;
  for (const auto& [prefix, route] : rows) {
    if (prefix.length == longest && prefix.Matches(called)) routes.push_back(route);
  }
  return routes;
}

std::vector<LinkId> Model(const std::vector<Row>& rows, const Address& called, LinkId ingress) {
  std::vector<Route> routes = MatchesOf(rows, called);
  if (routes.empty()) {
    const std::optional<Address> other =
        called.type == AddressType::kE164 ? ToE164Aesa(called) : ToE164(WithSelector(called, 0));
    if (other) routes = MatchesOf(rows, *other);
  }
  std::ranges::sort(routes, {},
                    [](const Route& route) { return std::tuple(route.priority, route.link); });
  std::vector<LinkId> links;
  for (const Route& route : routes) {
    if (route.link != ingress) links.push_back(route.link);
  }
  return links;
}

RC_GTEST_PROP(RouteTableProperty, FindsWhatLookingAtEveryRouteWouldFind, ()) {
  RouteTable table;
  std::vector<Row> rows;
  const int steps = *rc::gen::inRange(1, 60);
  for (int step = 0; step < steps; ++step) {
    if (!rows.empty() && *rc::gen::inRange(0, 3) == 0) {
      const auto at = *rc::gen::inRange<size_t>(0, rows.size());
      RC_ASSERT(table.Remove(rows[at].first, rows[at].second.link));
      RC_ASSERT(!table.Remove(rows[at].first, rows[at].second.link));
      rows.erase(rows.begin() + static_cast<ptrdiff_t>(at));
    } else {
      const Row row{AnyPrefix(), Route{*rc::gen::inRange<LinkId>(0, 4), *rc::gen::inRange(0u, 3u)}};
      const auto is_same = [&](const Row& other) {
        return other.first == row.first && other.second.link == row.second.link;
      };
      const bool is_new = std::ranges::none_of(rows, is_same);
      RC_ASSERT(table.Add(row.first, row.second) == (is_new ? Status::kSuccess : Status::kInUse));
      if (is_new) rows.push_back(row);
    }
    RC_ASSERT(table.size() == rows.size());
    Address called = AnyAddress();
    if (!rows.empty() && *rc::gen::arbitrary<bool>()) {
      // Near a route rather than anywhere.
      const Row& near = rows[*rc::gen::inRange<size_t>(0, rows.size())];
      if (near.first.type == called.type) {
        const size_t octets = called.type == AddressType::kE164
                                  ? std::min(near.first.length, called.size_bytes)
                                  : near.first.length / 8;
        std::copy_n(near.first.bytes.begin(), octets, called.bytes.begin());
      }
    }
    const LinkId ingress = *rc::gen::inRange<LinkId>(0, 5);
    const RouteCandidates found = table.Find(called, ingress);
    RC_ASSERT(std::vector<LinkId>(found.begin(), found.end()) == Model(rows, called, ingress));
  }
  std::vector<Row> shown;
  table.ForEach(
      [&](const AddressPrefix& prefix, const Route& route) { shown.emplace_back(prefix, route); });
  RC_ASSERT(std::ranges::is_permutation(shown, rows));
}

RC_GTEST_PROP(PrefixTrieProperty, HoldsNoMoreNodesThanItNeeds, ()) {
  PrefixTrie trie;
  std::vector<BitString> inserted;
  for (const uint64_t word :
       *rc::gen::container<std::vector<uint64_t>>(rc::gen::inRange<uint64_t>(0, 64))) {
    const uint32_t bits = 1 + *rc::gen::inRange(0u, 8u);
    const BitString prefix{.words = {word << 56 & ~uint64_t{0} << (64 - bits)}, .bits = bits};
    if (trie.Insert(prefix, static_cast<uint32_t>(inserted.size()))) inserted.push_back(prefix);
    RC_ASSERT(trie.size() == inserted.size());
    // Every node but the root has a value or two children.
    RC_ASSERT(trie.node_count() <= 2 * trie.size() + 1);
  }
  while (!inserted.empty()) {
    const auto at = *rc::gen::inRange<size_t>(0, inserted.size());
    RC_ASSERT(trie.Erase(inserted[at]));
    RC_ASSERT(!trie.Erase(inserted[at]));
    RC_ASSERT(trie.Find(inserted[at]) == nullptr);
    inserted.erase(inserted.begin() + static_cast<ptrdiff_t>(at));
    for (const BitString& other : inserted) RC_ASSERT(trie.Find(other) != nullptr);
    RC_ASSERT(trie.node_count() <= 2 * trie.size() + 1);
  }
  RC_ASSERT(trie.node_count() == 1u);
}

}  // namespace
}  // namespace vcp::callmgr
