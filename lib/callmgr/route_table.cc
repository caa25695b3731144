#include "callmgr/route_table.h"

#include <algorithm>
#include <span>
#include <tuple>

#include "base/aesa.h"
#include "base/check.h"
#include "wire/cause.h"

namespace vcp::callmgr {

namespace {

constexpr uint32_t kBitsPerDigit = 4;

// `octets` are those of an AESA, or digits.
BitString BitsOf(AddressType type, std::span<const uint8_t> octets, uint32_t length) {
  const bool is_e164 = type == AddressType::kE164;
  const uint32_t width = is_e164 ? kBitsPerDigit : 8;
  BitString bits{.bits = is_e164 ? length * kBitsPerDigit : length};
  for (uint32_t at = 0; at * width < bits.bits; ++at) {
    const uint64_t value = is_e164 ? octets[at] - '0' : octets[at];
    const uint32_t begin = at * width;
    bits.words[begin / 64] |= value << (64 - width - begin % 64);
  }
  return bits;
}

BitString BitsOf(const AddressPrefix& prefix) {
  return BitsOf(prefix.type, prefix.bytes, prefix.length);
}

BitString BitsOf(const Address& address) {
  const bool is_e164 = address.type == AddressType::kE164;
  return BitsOf(address.type, address.octets(),
                is_e164 ? address.size_bytes : uint32_t{AddressPrefix::kMaxBits});
}

}  // namespace

bool MayTryNextRoute(uint8_t cause) {
  using wire::CauseValue;
  switch (cause) {
    case CauseValue::kConnectionUnavailable:
    case CauseValue::kCellRateUnavailable:
    case CauseValue::kNetworkOutOfOrder:
    case CauseValue::kTemporaryFailure:
    case CauseValue::kCongestion:  // what a link says that is asked for too many at once
    case CauseValue::kNoConnectionAvailable:
    case CauseValue::kResourceUnavailable:
    case CauseValue::kQosUnavailable:
      return true;
    default:
      return false;
  }
}

AddressPrefix RouteTable::PrefixOf(AddressType type, const BitString& bits) {
  const bool is_e164 = type == AddressType::kE164;
  const uint32_t width = is_e164 ? kBitsPerDigit : 8;
  AddressPrefix prefix{.type = type,
                       .length = static_cast<uint8_t>(is_e164 ? bits.bits / width : bits.bits)};
  for (uint32_t at = 0; at * width < bits.bits; ++at) {
    const uint32_t begin = at * width;
    const uint64_t value =
        bits.words[begin / 64] >> (64 - width - begin % 64) & ((1u << width) - 1);
    prefix.bytes[at] = static_cast<uint8_t>(is_e164 ? '0' + value : value);
  }
  return prefix;
}

Status RouteTable::AddTo(RouteSet* set, Route route) {
  std::vector<Route>& routes = set->routes;
  const auto is_same = [&](const Route& other) { return other.link == route.link; };
  if (std::ranges::any_of(routes, is_same)) return Status::kInUse;
  if (routes.size() == kMaxRoutesPerPrefix) return Status::kResources;
  const auto order = [](const Route& one) { return std::tuple(one.priority, one.link); };
  routes.insert(std::ranges::upper_bound(routes, order(route), {}, order), route);
  return Status::kSuccess;
}

bool RouteTable::RemoveFrom(RouteSet* set, LinkId link) {
  return std::erase_if(set->routes, [&](const Route& route) { return route.link == link; }) != 0;
}

uint32_t RouteTable::MakeSet() {
  if (free_sets_.empty()) {
    sets_.emplace_back();
    return static_cast<uint32_t>(sets_.size() - 1);
  }
  const uint32_t index = free_sets_.back();
  free_sets_.pop_back();
  return index;
}

Status RouteTable::Add(const AddressPrefix& prefix, Route route) {
  VCP_CHECK(route.link != kNoLink && prefix.type != AddressType::kNone);
  if (route_count_ == kMaxRoutes) return Status::kResources;
  PrefixTrie& trie = TrieOf(prefix.type);
  const BitString bits = BitsOf(prefix);
  if (trie.Find(bits) == nullptr) VCP_CHECK(trie.Insert(bits, MakeSet()));
  const Status status = AddTo(&sets_[*trie.Find(bits)], route);
  if (status == Status::kSuccess) ++route_count_;
  return status;
}

bool RouteTable::Remove(const AddressPrefix& prefix, LinkId link) {
  PrefixTrie& trie = TrieOf(prefix.type);
  const BitString bits = BitsOf(prefix);
  const uint32_t* found = trie.Find(bits);
  if (found == nullptr) return false;
  const uint32_t index = *found;
  if (!RemoveFrom(&sets_[index], link)) return false;
  --route_count_;
  if (sets_[index].routes.empty()) {
    trie.Erase(bits);
    free_sets_.push_back(index);
  }
  return true;
}

Status RouteTable::AddDefault(Route route) {
  VCP_CHECK(route.link != kNoLink);
  return AddTo(&default_, route);
}

bool RouteTable::RemoveDefault(LinkId link) { return RemoveFrom(&default_, link); }

RouteCandidates RouteTable::Find(const Address& called, LinkId ingress) const {
  RouteCandidates candidates;
  if (called.type == AddressType::kNone) return candidates;
  std::optional<uint32_t> index = TrieOf(called.type).Match(BitsOf(called));
  if (!index) {
    const std::optional<Address> other = OtherRoutedForm(called);
    if (other) index = TrieOf(other->type).Match(BitsOf(*other));
  }
  for (const Route& route : (index ? sets_[*index] : default_).routes) {
    if (route.link != ingress) VCP_CHECK(candidates.Append(route.link));
  }
  return candidates;
}

}  // namespace vcp::callmgr
