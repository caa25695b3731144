// A set of small numbers that finds its next member in a few steps however sparse it is: a bitmap,
// and above it bitmaps that say which words are not empty. A million bits take four levels and
// 130 KiB. Single owner.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/check.h"

namespace vcp {

class SummaryBitmap {
 public:
  explicit SummaryBitmap(uint32_t size) : size_(size) {
    VCP_CHECK(size > 0);
    for (uint32_t bits = size; levels_.empty() || bits > 1; bits = WordsFor(bits)) {
      levels_.emplace_back(WordsFor(bits));
    }
  }

  uint32_t size() const { return size_; }
  uint32_t count() const { return count_; }

  bool Contains(uint32_t index) const {
    VCP_CHECK(index < size_);
    return (levels_[0][index / kWordBits] & BitOf(index)) != 0;
  }

  // False when it was in already.
  bool Insert(uint32_t index) {
    if (Contains(index)) return false;
    for (std::vector<uint64_t>& level : levels_) {
      uint64_t& word = level[index / kWordBits];
      const bool was_empty = word == 0;
      word |= BitOf(index);
      if (!was_empty) break;
      index /= kWordBits;
    }
    ++count_;
    return true;
  }

  void InsertAll() {
    uint32_t bits = size_;
    for (std::vector<uint64_t>& level : levels_) {
      std::fill(level.begin(), level.end(), ~uint64_t{0});
      if (bits % kWordBits != 0) level.back() >>= kWordBits - bits % kWordBits;
      bits = WordsFor(bits);
    }
    count_ = size_;
  }

  // False when it was not in.
  bool Erase(uint32_t index) {
    if (!Contains(index)) return false;
    for (std::vector<uint64_t>& level : levels_) {
      uint64_t& word = level[index / kWordBits];
      word &= ~BitOf(index);
      if (word != 0) break;
      index /= kWordBits;
    }
    --count_;
    return true;
  }

  // The first member at `from` or after it.
  std::optional<uint32_t> Next(uint32_t from) const {
    // Up until a word has one at or behind our place, then down along the first of each.
    for (size_t level = 0; level < levels_.size(); ++level) {
      const size_t at = from / kWordBits;
      if (at >= levels_[level].size()) return std::nullopt;
      const uint64_t word = levels_[level][at] & ~uint64_t{0} << from % kWordBits;
      if (word != 0) return Descend(level, at * kWordBits + FirstOf(word));
      from = static_cast<uint32_t>(at + 1);
    }
    return std::nullopt;
  }

 private:
  static constexpr uint32_t kWordBits = 64;

  static uint32_t WordsFor(uint32_t bits) { return (bits + kWordBits - 1) / kWordBits; }
  static uint64_t BitOf(uint32_t index) { return uint64_t{1} << index % kWordBits; }
  static uint32_t FirstOf(uint64_t word) { return static_cast<uint32_t>(std::countr_zero(word)); }

  uint32_t Descend(size_t level, size_t index) const {
    while (level > 0) {
      --level;
      index = index * kWordBits + FirstOf(levels_[level][index]);
    }
    return static_cast<uint32_t>(index);
  }

  uint32_t size_;
  uint32_t count_ = 0;
  std::vector<std::vector<uint64_t>> levels_;  // one word on top
};

}  // namespace vcp
