// Longest-prefix match over bit strings of up to 192 bits: a binary trie without nodes that decide
// nothing, so a lookup visits one node per bit in which the prefixes around the key differ. Nodes
// lie in one array; none of them is older than another. Single owner.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace vcp::callmgr {

// The first bit is the most significant of the first word; zero beyond `bits`.
struct BitString {
  static constexpr uint32_t kMaxBits = 192;

  std::array<uint64_t, 3> words = {};
  uint32_t bits = 0;

  bool BitAt(uint32_t index) const { return (words[index / 64] >> (63 - index % 64) & 1) != 0; }
  friend bool operator==(const BitString&, const BitString&) = default;
};

class PrefixTrie {
 public:
  using Value = uint32_t;

  PrefixTrie();

  // Null when this very prefix is not there. The pointer lasts until the next insertion.
  Value* Find(const BitString& prefix);
  // False when the prefix is there already.
  bool Insert(const BitString& prefix, Value value);
  // False when it is not.
  bool Erase(const BitString& prefix);

  // Of the longest prefix that `key` begins with.
  std::optional<Value> Match(const BitString& key) const;

  size_t size() const { return size_; }
  size_t node_count() const { return nodes_.size() - free_count_; }

  // visit(const BitString& prefix, Value), in the order of their bits, shorter ones first.
  template <typename Visitor>
  void ForEach(Visitor&& visit) const {
    std::vector<uint32_t> waiting = {kRoot};
    while (!waiting.empty()) {
      const Node& node = nodes_[waiting.back()];
      waiting.pop_back();
      if (node.has_value) visit(node.prefix, node.value);
      if (node.children[1] != kNone) waiting.push_back(node.children[1]);
      if (node.children[0] != kNone) waiting.push_back(node.children[0]);
    }
  }

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};
  static constexpr uint32_t kRoot = 0;

  // A node has a value or two children, but for the root, which is always there.
  struct Node {
    BitString prefix = {};
    std::array<uint32_t, 2> children = {kNone, kNone};
    Value value = 0;
    bool has_value = false;
  };

  // The node that has `prefix` or would be above it, and the one below that is in the way.
  struct Place {
    uint32_t above;
    uint32_t below;
  };
  Place FindPlace(const BitString& prefix) const;
  uint32_t FindNode(const BitString& prefix) const;
  uint32_t MakeNode(const BitString& prefix);
  void FreeNode(uint32_t index);
  void Link(uint32_t above, uint32_t below);
  // Takes a node out that no longer decides anything.
  void Splice(uint32_t index, uint32_t above);

  std::vector<Node> nodes_;
  uint32_t first_free_ = kNone;  // linked by children[0]
  size_t free_count_ = 0;
  size_t size_ = 0;
};

}  // namespace vcp::callmgr
