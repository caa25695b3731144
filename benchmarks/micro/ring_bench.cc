// What a descriptor costs to hand over: written, published and read, in one thread (the floor of
// instructions) and between two (with the way of the cache lines).
#include "shm/ring.h"

#include <benchmark/benchmark.h>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

namespace vcp::shm {
namespace {

constexpr uint32_t kCapacity = 2048;

template <typename Descriptor>
void BM_OneThread(benchmark::State& state) {
  const auto burst = static_cast<uint32_t>(state.range(0));
  std::vector<uint64_t> memory(kCapacity * kWordsOf<Descriptor>);
  RingWriter<Descriptor> writer(memory.data(), kCapacity);
  RingReader<Descriptor> reader(memory.data(), kCapacity);
  std::array<Descriptor, 64> taken;
  for (auto _ : state) {
    for (uint32_t i = 0; i < burst; ++i) writer.Stage(Descriptor{});
    writer.Publish();
    benchmark::DoNotOptimize(reader.ReadBatch({taken.data(), burst}));
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * burst);
}
BENCHMARK(BM_OneThread<Submission>)->ArgName("burst")->Arg(1)->Arg(32);
BENCHMARK(BM_OneThread<Return>)->ArgName("burst")->Arg(1)->Arg(32);

// A descriptor to the other thread and one back, as submissions and completions do: the second ring
// is the first one's credit.
void BM_TwoThreads(benchmark::State& state) {
  const auto burst = static_cast<uint32_t>(state.range(0));
  std::vector<uint64_t> there_memory(kCapacity * kWordsOf<Submission>);
  std::vector<uint64_t> back_memory(kCapacity * kWordsOf<Completion>);
  std::atomic<bool> stop = false;
  std::thread echo([&] {
    RingReader<Submission> reader(there_memory.data(), kCapacity);
    RingWriter<Completion> writer(back_memory.data(), kCapacity);
    std::array<Submission, 32> taken;
    while (!stop.load(std::memory_order_relaxed)) {
      const size_t count = reader.ReadBatch(taken);
      for (size_t i = 0; i < count; ++i) writer.Stage({.cookie = taken[i].cookie});
      writer.Publish();
    }
  });
  RingWriter<Submission> writer(there_memory.data(), kCapacity);
  RingReader<Completion> reader(back_memory.data(), kCapacity);
  const uint32_t window = burst == 1 ? 1 : 512;
  uint32_t outstanding = 0;
  uint64_t done = 0;
  std::array<Completion, 64> taken;
  for (auto _ : state) {
    while (outstanding + burst > window) {
      const auto count = static_cast<uint32_t>(reader.ReadBatch(taken));
      outstanding -= count;
      done += count;
    }
    for (uint32_t i = 0; i < burst; ++i) writer.Stage({.cookie = i});
    writer.Publish();
    outstanding += burst;
  }
  stop = true;
  echo.join();
  state.SetItemsProcessed(static_cast<int64_t>(done));
}
BENCHMARK(BM_TwoThreads)->ArgName("burst")->Arg(1)->Arg(32)->UseRealTime();

}  // namespace
}  // namespace vcp::shm

BENCHMARK_MAIN();
