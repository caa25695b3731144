// Finds a 32-bit value by a 32-bit key: open addressing, 32 bytes an entry at worst. Eight keys in
// a row lie together, so that who takes keys one after the other, as labels and call references are
// taken, finds the place of the next one in the cache however many there are. Keys may be a peer's
// choice, so the hash takes a seed. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/check.h"

namespace vcp {

class KeyIndex {
 public:
  explicit KeyIndex(uint32_t seed) : seed_(seed) {}

  // Zero, which is no value, when the key is not there.
  uint32_t Find(uint32_t key) const {
    const Entry* entry = FindEntry(key);
    return entry == nullptr ? 0 : entry->value;
  }

  // The key is new.
  void Insert(uint32_t key, uint32_t value) {
    VCP_CHECK(value != 0);
    if (2 * (size_ + 1) > entries_.size()) Grow();
    ++size_;
    Place({key, value});
  }

  // Nothing happens when the key is not there.
  void Erase(uint32_t key) {
    const Entry* entry = FindEntry(key);
    if (entry == nullptr) return;
    size_t hole = static_cast<size_t>(entry - entries_.data());
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

  // A key that is new, or has another value; 0 erases it.
  void Set(uint32_t key, uint32_t value) {
    if (value == 0) return Erase(key);
    if (Entry* entry = FindEntry(key)) {
      entry->value = value;
    } else {
      Insert(key, value);
    }
  }

  size_t size() const { return size_; }

  // Calls visit(key, value) for each, in no order. The visitor changes nothing here.
  template <typename Visitor>
  void ForEach(Visitor&& visit) const {
    for (const Entry& entry : entries_) {
      if (entry.value != 0) visit(entry.key, entry.value);
    }
  }

 private:
  static constexpr size_t kMinEntries = 16;
  static constexpr size_t kKeysInARow = 8;

  struct Entry {
    uint32_t key = 0;
    uint32_t value = 0;  // Zero: free.
  };

  size_t mask() const { return entries_.size() - 1; }
  size_t Next(size_t at) const { return (at + 1) & mask(); }
  size_t Home(uint32_t key) const {
    uint64_t hash = (uint64_t{key / kKeysInARow} << 32 | seed_) * 0x9e3779b97f4a7c15;
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93;
    return ((hash >> 32) * kKeysInARow + key % kKeysInARow) & mask();
  }
  const Entry* FindEntry(uint32_t key) const {
    if (size_ == 0) return nullptr;
    for (size_t at = Home(key);; at = Next(at)) {
      if (entries_[at].value == 0) return nullptr;
      if (entries_[at].key == key) return &entries_[at];
    }
  }
  Entry* FindEntry(uint32_t key) { return const_cast<Entry*>(std::as_const(*this).FindEntry(key)); }

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
  std::vector<Entry> entries_;  // A power of two of them, at most half in use.
};

}  // namespace vcp
