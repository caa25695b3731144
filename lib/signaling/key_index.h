// Finds a 32-bit value by a 32-bit key: open addressing, one line of memory a look-up, 16 bytes an
// entry at worst. Keys may be a peer's choice, so the hash takes a seed. One thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"

namespace vcp::signaling {

class KeyIndex {
 public:
  explicit KeyIndex(uint32_t seed) : seed_(seed) {}

  // Zero, which is no value, when the key is not there.
  uint32_t Find(uint32_t key) const {
    if (size_ == 0) return 0;
    for (size_t at = Home(key);; at = Next(at)) {
      if (entries_[at].value == 0) return 0;
      if (entries_[at].key == key) return entries_[at].value;
    }
  }

  // The key is new.
  void Insert(uint32_t key, uint32_t value) {
    VCP_CHECK(value != 0);
    if (4 * (size_ + 1) > 3 * entries_.size()) Grow();
    ++size_;
    Place({key, value});
  }

  // Nothing happens when the key is not there.
  void Erase(uint32_t key) {
    if (Find(key) == 0) return;
    size_t hole = Home(key);
    while (entries_[hole].key != key || entries_[hole].value == 0) hole = Next(hole);
    // Entries after the hole that had gone past it on their way move back into it.
    for (size_t at = Next(hole); entries_[at].value != 0; at = Next(at)) {
      const size_t from_home = (at - Home(entries_[at].key)) & mask();
      if (from_home < ((at - hole) & mask())) continue;
      entries_[hole] = entries_[at];
      hole = at;
    }
    entries_[hole] = {};
    --size_;
  }

  size_t size() const { return size_; }

 private:
  static constexpr size_t kMinEntries = 16;

  struct Entry {
    uint32_t key = 0;
    uint32_t value = 0;  // Zero: free.
  };

  size_t mask() const { return entries_.size() - 1; }
  size_t Next(size_t at) const { return (at + 1) & mask(); }
  size_t Home(uint32_t key) const {
    uint64_t hash = (uint64_t{key} << 32 | seed_) * 0x9e3779b97f4a7c15;
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93;
    return (hash >> 32) & mask();
  }

  void Place(Entry entry) {
    size_t at = Home(entry.key);
    while (entries_[at].value != 0) at = Next(at);
    entries_[at] = entry;
  }

  void Grow() {
    std::vector<Entry> old(entries_.empty() ? kMinEntries : 2 * entries_.size());
    old.swap(entries_);
    for (const Entry& entry : old) {
      if (entry.value != 0) Place(entry);
    }
  }

  uint32_t seed_;
  size_t size_ = 0;
  std::vector<Entry> entries_;  // A power of two of them, at most three quarters in use.
};

}  // namespace vcp::signaling
