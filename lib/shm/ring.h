// Single-producer, single-consumer rings of descriptors that carry their own ready flag
// (channel_abi.h). A writer stages descriptors and publishes them together by making the *first*
// one ready last, so the reader never takes a cache line away from a writer that is still filling
// it. A reader takes each descriptor once, by value. Positions are private to each side. Each
// object belongs to one thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/untrusted.h"
#include "shm/channel_abi.h"

namespace vcp::shm {

template <size_t kWords>
struct Words {
  uint64_t word[kWords];
};

// How each descriptor type is laid out in words; the ready bit is added and removed by the ring.
inline Words<2> Encode(const Submission& s) {
  return {{uint64_t{s.offset} | uint64_t{s.channel_vc} << 32,
           uint64_t{s.cookie} | uint64_t{s.length} << 32 | uint64_t{s.flags} << 48}};
}
inline void Decode(const Words<2>& w, Submission* s) {
  s->offset = static_cast<uint32_t>(w.word[0]);
  s->channel_vc = static_cast<uint32_t>(w.word[0] >> 32);
  s->cookie = static_cast<uint32_t>(w.word[1]);
  s->length = static_cast<uint16_t>(w.word[1] >> 32);
  s->flags = static_cast<uint16_t>(w.word[1] >> 48 & 0x7fff);
}
inline Words<1> Encode(const Completion& c) {
  return {{uint64_t{c.cookie} | uint64_t{c.status} << 32}};
}
inline void Decode(const Words<1>& w, Completion* c) {
  c->cookie = static_cast<uint32_t>(w.word[0]);
  c->status = static_cast<uint16_t>(w.word[0] >> 32);
}
inline Words<2> Encode(const Reception& r) {
  return {{uint64_t{r.slot} | uint64_t{r.channel_vc} << 32,
           uint64_t{r.time_us} | uint64_t{r.length} << 32 | uint64_t{r.flags} << 48}};
}
inline void Decode(const Words<2>& w, Reception* r) {
  r->time_us = static_cast<uint32_t>(w.word[1]);
  r->slot = static_cast<uint32_t>(w.word[0]);
  r->channel_vc = static_cast<uint32_t>(w.word[0] >> 32);
  r->length = static_cast<uint16_t>(w.word[1] >> 32);
  r->flags = static_cast<uint16_t>(w.word[1] >> 48 & 0x7fff);
}
inline Words<1> Encode(const Return& r) { return {{uint64_t{r.slot}}}; }
inline void Decode(const Words<1>& w, Return* r) { r->slot = static_cast<uint32_t>(w.word[0]); }

template <typename Descriptor>
inline constexpr size_t kWordsOf = sizeof(Encode(Descriptor{})) / sizeof(uint64_t);

template <typename Descriptor>
inline constexpr size_t kDescriptorBytes = kWordsOf<Descriptor> * sizeof(uint64_t);

template <typename Descriptor>
class RingWriter {
 public:
  RingWriter() = default;
  // `slots` holds `capacity` (a power of two) zeroed descriptors.
  RingWriter(void* slots, uint32_t capacity)
      : slots_(static_cast<Cell*>(slots)), mask_(capacity - 1) {}

  // Writes a descriptor that stays invisible until Publish. The caller keeps the credit.
  void Stage(const Descriptor& descriptor) {
    constexpr size_t kLast = kWordsOf<Descriptor> - 1;
    Words<kLast + 1> words = Encode(descriptor);
    const uint32_t lap = position_ & (mask_ + 1);
    words.word[kLast] |= lap == 0 ? kReadyBit : 0;
    Cell* slot = slots_ + size_t{position_ & mask_} * kWordsOf<Descriptor>;
    ++position_;
    for (size_t i = 0; i < kLast; ++i) slot[i].Store(words.word[i]);
    if (first_ == nullptr) {
      first_ = slot + kLast;
      first_word_ = words.word[kLast];
    } else {
      slot[kLast].Store(words.word[kLast], std::memory_order_release);
    }
  }

  // Makes everything staged visible, all at once. Returns whether there was anything.
  bool Publish() {
    if (first_ == nullptr) return false;
    first_->Store(first_word_, std::memory_order_release);
    first_ = nullptr;
    return true;
  }

 private:
  using Cell = Untrusted<uint64_t>;
  Cell* slots_ = nullptr;
  uint32_t mask_ = 0;
  uint32_t position_ = 0;
  Cell* first_ = nullptr;  // the staged batch's first ready word, written last
  uint64_t first_word_ = 0;
};

template <typename Descriptor>
class RingReader {
 public:
  RingReader() = default;
  RingReader(const void* slots, uint32_t capacity)
      : slots_(static_cast<const Cell*>(slots)), mask_(capacity - 1) {}

  // Whether a descriptor is waiting. Takes nothing.
  bool Ready() const { return IsReady(Slot()[kWordsOf<Descriptor> - 1].Snapshot()); }

  // Takes the next descriptor, by value, reading each shared word exactly once.
  bool Read(Descriptor* descriptor) {
    constexpr size_t kLast = kWordsOf<Descriptor> - 1;
    const Cell* slot = Slot();
    Words<kLast + 1> words;
    words.word[kLast] = slot[kLast].Snapshot(std::memory_order_acquire);
    if (!IsReady(words.word[kLast])) return false;
    for (size_t i = 0; i < kLast; ++i) words.word[i] = slot[i].Snapshot();
    Decode(words, descriptor);
    ++position_;
    return true;
  }

  // As many as are waiting and `out` holds; visit(descriptor) is called for each as it is taken,
  // and ends the batch when it returns false. Returns how many were taken.
  template <typename Visit>
  size_t ReadBatch(std::span<Descriptor> out, Visit&& visit) {
    RingReader reader = *this;  // in registers, whatever visit() does
    size_t count = 0;
    while (count < out.size() && reader.Read(&out[count])) {
      if (!visit(out[count++])) break;
    }
    position_ = reader.position_;
    return count;
  }
  size_t ReadBatch(std::span<Descriptor> out) {
    return ReadBatch(out, [](const Descriptor&) { return true; });
  }

 private:
  using Cell = Untrusted<uint64_t>;
  const Cell* Slot() const { return slots_ + size_t{position_ & mask_} * kWordsOf<Descriptor>; }
  bool IsReady(uint64_t word) const {
    return ((word & kReadyBit) != 0) == ((position_ & (mask_ + 1)) == 0);
  }

  const Cell* slots_ = nullptr;
  uint32_t mask_ = 0;
  uint32_t position_ = 0;
};

}  // namespace vcp::shm
