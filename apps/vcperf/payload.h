// What a test message looks like: the first eight bytes name its VC and its number on that VC, the
// rest is a pattern derived from them. Every byte is written before sending and read on return, so
// that a message which lost, gained or changed a single byte is noticed, and so that speed is never
// measured on payload that nobody touched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace vcp::perf {

struct MessageId {
  uint32_t vc = 0;
  uint32_t sequence = 0;
};

inline constexpr size_t kMinMessageBytes = sizeof(uint64_t);

namespace internal {

inline constexpr uint64_t kSeedFactor = 0x9e3779b97f4a7c15;
inline constexpr uint64_t kStep = 0xd1342543de82ef95;

inline uint64_t Load(const uint8_t* from) {
  uint64_t word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

// Every bit of the head changes the low bits, too: a short message has only those.
inline uint64_t SeedOf(uint64_t head) {
  const uint64_t product = head * kSeedFactor;
  return product ^ product >> 32;
}

// The compiler unrolls this for the sizes that WriteMessage and ReadMessage name.
inline void WriteWords(uint8_t* to, size_t words, uint64_t head) {
  const uint64_t seed = SeedOf(head);
  std::memcpy(to, &head, sizeof(head));
  for (size_t i = 1; i < words; ++i) {
    const uint64_t word = seed + i * kStep;
    std::memcpy(to + i * sizeof(word), &word, sizeof(word));
  }
}

// Zero when the words hold what WriteWords wrote.
inline uint64_t CompareWords(const uint8_t* from, size_t words, uint64_t head) {
  const uint64_t seed = SeedOf(head);
  uint64_t difference = 0;
  for (size_t i = 1; i < words; ++i) {
    difference |= Load(from + i * sizeof(uint64_t)) ^ (seed + i * kStep);
  }
  return difference;
}

inline uint64_t TailWord(size_t size, uint64_t head) {
  return SeedOf(head) + (size / sizeof(uint64_t)) * kStep;
}

}  // namespace internal

// `size` is at least kMinMessageBytes.
inline void WriteMessage(uint8_t* to, size_t size, MessageId id) {
  const uint64_t head = uint64_t{id.vc} | uint64_t{id.sequence} << 32;
  if (size == 64) return internal::WriteWords(to, 8, head);
  internal::WriteWords(to, size / sizeof(uint64_t), head);
  const uint64_t tail = internal::TailWord(size, head);
  std::memcpy(to + (size & ~size_t{7}), &tail, size & 7);
}

// Whether all of the message is as it was written; tells which one it was.
inline bool ReadMessage(const uint8_t* from, size_t size, MessageId* id) {
  if (size < kMinMessageBytes) return false;
  const uint64_t head = internal::Load(from);
  *id = {static_cast<uint32_t>(head), static_cast<uint32_t>(head >> 32)};
  if (size == 64) return internal::CompareWords(from, 8, head) == 0;
  const uint64_t tail = internal::TailWord(size, head);
  return internal::CompareWords(from, size / sizeof(uint64_t), head) == 0 &&
         std::memcmp(from + (size & ~size_t{7}), &tail, size & 7) == 0;
}

}  // namespace vcp::perf
