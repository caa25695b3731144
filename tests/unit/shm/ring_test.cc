#include "shm/ring.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <vector>

namespace vcp::shm {
namespace {

template <typename Descriptor>
struct Pair {
  explicit Pair(uint32_t capacity)
      : memory(capacity * kWordsOf<Descriptor>),
        writer(memory.data(), capacity),
        reader(memory.data(), capacity) {}
  std::vector<uint64_t> memory;
  RingWriter<Descriptor> writer;
  RingReader<Descriptor> reader;
};

TEST(Ring, ZeroedMemoryHoldsNothing) {
  Pair<Submission> ring(64);
  Submission taken;
  EXPECT_FALSE(ring.reader.Ready());
  EXPECT_FALSE(ring.reader.Read(&taken));
}

TEST(Ring, StagedDescriptorsAppearOnlyWhenPublishedAndThenAllAtOnce) {
  Pair<Completion> ring(64);
  for (uint32_t i = 0; i < 5; ++i) ring.writer.Stage({.cookie = i, .status = 7});
  EXPECT_FALSE(ring.reader.Ready());
  EXPECT_TRUE(ring.writer.Publish());
  EXPECT_FALSE(ring.writer.Publish());
  std::vector<Completion> taken(64);
  ASSERT_EQ(ring.reader.ReadBatch(taken), 5u);
  for (uint32_t i = 0; i < 5; ++i) EXPECT_EQ(taken[i].cookie, i);
}

TEST(Ring, EveryFieldSurvives) {
  Pair<Submission> submit(64);
  submit.writer.Stage({.offset = 0xfffffff0,
                       .channel_vc = 0x80000001,
                       .cookie = 0xffffffff,
                       .length = 0xffff,
                       .flags = 0x7fff});
  submit.writer.Publish();
  Submission s;
  ASSERT_TRUE(submit.reader.Read(&s));
  EXPECT_EQ(s.offset, 0xfffffff0u);
  EXPECT_EQ(s.channel_vc, 0x80000001u);
  EXPECT_EQ(s.cookie, 0xffffffffu);
  EXPECT_EQ(s.length, 0xffff);
  EXPECT_EQ(s.flags, 0x7fff);

  Pair<Reception> receive(64);
  receive.writer.Stage({.slot = 8191, .channel_vc = 0xfff00001, .length = 9216, .flags = 1});
  receive.writer.Publish();
  Reception r;
  ASSERT_TRUE(receive.reader.Read(&r));
  EXPECT_EQ(r.slot, 8191u);
  EXPECT_EQ(r.channel_vc, 0xfff00001u);
  EXPECT_EQ(r.length, 9216);
  EXPECT_EQ(r.flags, 1);
}

TEST(Ring, ABatchEndsWhereItsVisitorSays) {
  Pair<Completion> ring(64);
  for (uint32_t i = 0; i < 5; ++i) ring.writer.Stage({.cookie = i, .status = 0});
  ring.writer.Publish();
  std::vector<Completion> taken(64);
  std::vector<uint32_t> visited;
  const auto visit = [&visited](const Completion& one) {
    visited.push_back(one.cookie);
    return one.cookie != 2;
  };
  EXPECT_EQ(ring.reader.ReadBatch(taken, visit), 3u);
  EXPECT_EQ(visited, (std::vector<uint32_t>{0, 1, 2}));
  EXPECT_EQ(ring.reader.ReadBatch(taken, visit), 2u);
  EXPECT_EQ(taken[0].cookie, 3u);
}

// R10: any sequence of burst sizes behaves like a queue, across many laps.
RC_GTEST_PROP(RingProperty, BehavesLikeAQueue, ()) {
  constexpr uint32_t kCapacity = 16;
  Pair<Submission> ring(kCapacity);
  std::deque<uint32_t> model;
  uint32_t next = 0;
  const auto bursts = *rc::gen::container<std::vector<std::pair<uint8_t, uint8_t>>>(
      rc::gen::pair(rc::gen::inRange<uint8_t>(0, 18), rc::gen::inRange<uint8_t>(0, 18)));
  for (const auto& [write_count, read_count] : bursts) {
    for (uint8_t i = 0; i < write_count && model.size() < kCapacity; ++i) {
      ring.writer.Stage({.offset = next, .cookie = ~next});
      model.push_back(next++);
    }
    ring.writer.Publish();
    std::vector<Submission> taken(read_count);
    const size_t count = ring.reader.ReadBatch(taken);
    RC_ASSERT(count == std::min<size_t>(read_count, model.size()));
    for (size_t i = 0; i < count; ++i) {
      RC_ASSERT(taken[i].offset == model.front());
      RC_ASSERT(taken[i].cookie == ~model.front());
      model.pop_front();
    }
  }
}

}  // namespace
}  // namespace vcp::shm
