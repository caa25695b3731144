#include "base/untrusted.h"

#include <gtest/gtest.h>

#include <atomic>
#include <new>
#include <thread>
#include <type_traits>

namespace vcp {
namespace {

struct Pair {
  uint32_t first;
  uint32_t second;
};
enum class Kind : uint16_t { kOne = 1 };

// It lies in mapped memory as it is, and no reference leads out of it.
static_assert(sizeof(Untrusted<Pair>) == 8 && alignof(Untrusted<Pair>) == 8);
static_assert(sizeof(Untrusted<uint8_t>) == 1);
static_assert(std::is_trivially_default_constructible_v<Untrusted<uint64_t>>);
static_assert(std::is_standard_layout_v<Untrusted<uint64_t>>);
static_assert(!std::is_copy_constructible_v<Untrusted<uint64_t>>);
static_assert(!std::is_convertible_v<Untrusted<uint64_t>, uint64_t>);

TEST(Untrusted, SnapshotIsWhatWasStored) {
  Untrusted<Pair> pair{};
  pair.Store({1, 2});
  Pair snapshot = pair.Snapshot();
  pair.Store({3, 4});
  EXPECT_EQ(snapshot.first, 1u);
  EXPECT_EQ(snapshot.second, 2u);

  Untrusted<Kind> kind{};
  kind.Store(Kind::kOne);
  EXPECT_EQ(kind.Snapshot(), Kind::kOne);
}

TEST(Untrusted, ReadsMemoryThatSomebodyElseFilled) {
  alignas(8) unsigned char memory[8] = {1, 0, 0, 0, 2, 0, 0, 0};
  const auto* pair = std::launder(reinterpret_cast<const Untrusted<Pair>*>(memory));
  EXPECT_EQ(pair->Snapshot().first, 1u);
  EXPECT_EQ(pair->Snapshot().second, 2u);
}

// A writer that never stops changing the word: each snapshot is one of the values written, whole.
TEST(Untrusted, ASnapshotIsNeverTorn) {
  constexpr int kRounds = 100'000;
  Untrusted<Pair> pair{};
  Untrusted<uint8_t> done{};
  std::thread writer([&] {
    for (uint32_t i = 1; i <= kRounds; ++i) pair.Store({i, ~i});
    done.Store(1, std::memory_order_release);
  });
  bool whole = true;
  while (done.Snapshot(std::memory_order_acquire) == 0) {
    Pair snapshot = pair.Snapshot();
    whole = whole && (snapshot.first == ~snapshot.second || snapshot.first == 0);
  }
  writer.join();
  EXPECT_TRUE(whole);
}

}  // namespace
}  // namespace vcp
