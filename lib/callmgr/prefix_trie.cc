#include "callmgr/prefix_trie.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace vcp::callmgr {

namespace {

// How many bits both begin with, at most `most`.
uint32_t CommonBits(const BitString& one, const BitString& other, uint32_t most) {
  for (uint32_t word = 0; word < one.words.size(); ++word) {
    const uint64_t difference = one.words[word] ^ other.words[word];
    if (difference == 0) continue;
    const uint32_t common = 64 * word + static_cast<uint32_t>(std::countl_zero(difference));
    return std::min(common, most);
  }
  return most;
}

bool BeginsWith(const BitString& key, const BitString& prefix) {
  return key.bits >= prefix.bits && CommonBits(key, prefix, prefix.bits) == prefix.bits;
}

BitString FirstBits(const BitString& from, uint32_t bits) {
  BitString first{.words = from.words, .bits = bits};
  for (uint32_t word = 0; word < first.words.size(); ++word) {
    if (bits <= 64 * word) {
      first.words[word] = 0;
    } else if (bits < 64 * (word + 1)) {
      first.words[word] &= ~uint64_t{0} << (64 * (word + 1) - bits);
    }
  }
  return first;
}

}  // namespace

PrefixTrie::PrefixTrie() : nodes_(1) {}

PrefixTrie::Place PrefixTrie::FindPlace(const BitString& prefix) const {
  Place place{kRoot, kNone};
  while (nodes_[place.above].prefix.bits < prefix.bits) {
    const Node& node = nodes_[place.above];
    place.below = node.children[prefix.BitAt(node.prefix.bits)];
    if (place.below == kNone || !BeginsWith(prefix, nodes_[place.below].prefix)) return place;
    place.above = place.below;
  }
  place.below = kNone;
  return place;
}

uint32_t PrefixTrie::FindNode(const BitString& prefix) const {
  const uint32_t index = FindPlace(prefix).above;
  const Node& node = nodes_[index];
  return node.has_value && node.prefix == prefix ? index : kNone;
}

uint32_t PrefixTrie::MakeNode(const BitString& prefix) {
  uint32_t index = first_free_;
  if (index == kNone) {
    index = static_cast<uint32_t>(nodes_.size());
    nodes_.emplace_back();
  } else {
    first_free_ = nodes_[index].children[0];
    --free_count_;
  }
  nodes_[index] = {.prefix = prefix};
  return index;
}

void PrefixTrie::FreeNode(uint32_t index) {
  nodes_[index] = {.children = {first_free_, kNone}};
  first_free_ = index;
  ++free_count_;
}

void PrefixTrie::Link(uint32_t above, uint32_t below) {
  Node& node = nodes_[above];
  node.children[nodes_[below].prefix.BitAt(node.prefix.bits)] = below;
}

PrefixTrie::Value* PrefixTrie::Find(const BitString& prefix) {
  const uint32_t index = FindNode(prefix);
  return index == kNone ? nullptr : &nodes_[index].value;
}

bool PrefixTrie::Insert(const BitString& prefix, Value value) {
  VCP_CHECK(prefix.bits <= BitString::kMaxBits && FirstBits(prefix, prefix.bits) == prefix);
  const Place place = FindPlace(prefix);
  uint32_t index = place.above;
  if (!(nodes_[index].prefix == prefix)) {
    index = MakeNode(prefix);
    uint32_t top = index;
    if (place.below != kNone) {
      const BitString& other = nodes_[place.below].prefix;
      const uint32_t common = CommonBits(prefix, other, std::min(prefix.bits, other.bits));
      if (common < prefix.bits) {
        top = MakeNode(FirstBits(prefix, common));
        Link(top, index);
      }
      Link(top, place.below);
    }
    Link(place.above, top);
  }
  Node& node = nodes_[index];
  if (node.has_value) return false;
  node.has_value = true;
  node.value = value;
  ++size_;
  return true;
}

bool PrefixTrie::Erase(const BitString& prefix) {
  uint32_t above_above = kNone;
  uint32_t above = kNone;
  uint32_t index = kRoot;
  while (nodes_[index].prefix.bits < prefix.bits) {
    above_above = above;
    above = index;
    index = nodes_[index].children[prefix.BitAt(nodes_[index].prefix.bits)];
    if (index == kNone) return false;
  }
  Node& node = nodes_[index];
  if (!node.has_value || !(node.prefix == prefix)) return false;
  node.has_value = false;
  --size_;
  Splice(index, above);
  if (above != kNone) Splice(above, above_above);
  return true;
}

void PrefixTrie::Splice(uint32_t index, uint32_t above) {
  const Node& node = nodes_[index];
  if (index == kRoot || node.has_value) return;
  const auto [left, right] = node.children;
  if (left != kNone && right != kNone) return;
  const uint32_t below = left != kNone ? left : right;
  Node& parent = nodes_[above];
  parent.children[node.prefix.BitAt(parent.prefix.bits)] = below;
  FreeNode(index);
}

std::optional<PrefixTrie::Value> PrefixTrie::Match(const BitString& key) const {
  std::optional<Value> best;
  uint32_t index = kRoot;
  while (true) {
    const Node& node = nodes_[index];
    if (!BeginsWith(key, node.prefix)) return best;
    if (node.has_value) best = node.value;
    if (node.prefix.bits == key.bits) return best;
    index = node.children[key.BitAt(node.prefix.bits)];
    if (index == kNone) return best;
  }
}

}  // namespace vcp::callmgr
