#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <utility>

#include "base/check.h"

namespace vcp {

// Names an object without pointing at it: 20 bits of index, 12 bits of generation, so that a handle
// kept after its object went away finds nothing instead of a stranger. Zero is the null handle.
// `Tag` only keeps handles of different kinds apart.
template <typename Tag>
class Handle {
 public:
  static constexpr int kIndexBits = 20;
  static constexpr uint32_t kMaxIndex = (1u << kIndexBits) - 1;
  static constexpr uint32_t kMaxGeneration = (1u << (32 - kIndexBits)) - 1;

  constexpr Handle() = default;
  constexpr Handle(uint32_t index, uint32_t generation)
      : value_(generation << kIndexBits | index) {}

  // For handles that travel as numbers; any number is a possible handle.
  static constexpr Handle FromValue(uint32_t value) {
    Handle handle;
    handle.value_ = value;
    return handle;
  }
  constexpr uint32_t value() const { return value_; }

  constexpr uint32_t index() const { return value_ & kMaxIndex; }
  constexpr uint32_t generation() const { return value_ >> kIndexBits; }
  constexpr explicit operator bool() const { return value_ != 0; }

  friend constexpr auto operator<=>(Handle, Handle) = default;

 private:
  uint32_t value_ = 0;
};

// Owns objects and hands out handles for them, at most `limit` at a time. An object does not move
// while it lives. Freed indices are reused oldest first, which makes a generation last longest.
template <typename T, typename Tag = T>
class HandleTable {
 public:
  explicit HandleTable(uint32_t limit) : limit_(limit) {
    VCP_CHECK(limit <= Handle<Tag>::kMaxIndex + 1);
  }

  // Constructs an object in place; the null handle when `limit` objects exist.
  template <typename... Args>
  [[nodiscard]] Handle<Tag> Insert(Args&&... args) {
    if (size_ == limit_) return {};
    uint32_t index = TakeIndex();
    Slot& slot = slots_[index];
    slot.object.emplace(std::forward<Args>(args)...);
    ++size_;
    return Handle<Tag>(index, slot.generation);
  }

  // Null when the handle is null, stale or made up.
  T* Find(Handle<Tag> handle) { return const_cast<T*>(std::as_const(*this).Find(handle)); }
  const T* Find(Handle<Tag> handle) const {
    if (handle.index() >= slots_.size()) return nullptr;
    const Slot& slot = slots_[handle.index()];
    if (!slot.object || slot.generation != handle.generation()) return nullptr;
    return &*slot.object;
  }

  // False when there was no such object.
  bool Erase(Handle<Tag> handle) {
    if (Find(handle) == nullptr) return false;
    Slot& slot = slots_[handle.index()];
    slot.object.reset();
    slot.generation = slot.generation == Handle<Tag>::kMaxGeneration ? 1 : slot.generation + 1;
    free_.push_back(handle.index());
    --size_;
    return true;
  }

  // Calls visit(handle, object) in index order. The visitor may erase any object.
  template <typename Visitor>
  void ForEach(Visitor&& visit) {
    for (uint32_t index = 0; index < slots_.size(); ++index) {
      Slot& slot = slots_[index];
      if (slot.object) std::invoke(visit, Handle<Tag>(index, slot.generation), *slot.object);
    }
  }

  // The same for those who only look.
  template <typename Visitor>
  void ForEach(Visitor&& visit) const {
    for (uint32_t index = 0; index < slots_.size(); ++index) {
      const Slot& slot = slots_[index];
      if (slot.object) std::invoke(visit, Handle<Tag>(index, slot.generation), *slot.object);
    }
  }

  // For who goes through the table a piece at a time: the first object at this index or after it,
  // null when there is none.
  T* FindFrom(uint32_t index) {
    for (; index < slots_.size(); ++index) {
      if (slots_[index].object) return &*slots_[index].object;
    }
    return nullptr;
  }

  size_t size() const { return size_; }
  size_t limit() const { return limit_; }

 private:
  struct Slot {
    std::optional<T> object;
    uint32_t generation = 1;
  };

  uint32_t TakeIndex() {
    if (free_.empty()) {
      slots_.emplace_back();
      return static_cast<uint32_t>(slots_.size() - 1);
    }
    uint32_t index = free_.front();
    free_.pop_front();
    return index;
  }

  std::deque<Slot> slots_;
  std::deque<uint32_t> free_;
  uint32_t limit_;
  uint32_t size_ = 0;
};

}  // namespace vcp

template <typename Tag>
struct std::hash<vcp::Handle<Tag>> {
  size_t operator()(vcp::Handle<Tag> handle) const noexcept { return handle.value(); }
};
