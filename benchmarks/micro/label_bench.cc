// Finding a VC by its label, and counting on it, at 1 to a million VCs: labels in random order, a
// burst of 32 prefetched together as the poll core does.
#include <benchmark/benchmark.h>

#include <array>
#include <random>
#include <vector>

#include "dataplane/tables.h"

namespace vcp::dataplane {
namespace {

constexpr size_t kBurst = 32;

void BM_Lookup(benchmark::State& state) {
  const auto vcs = static_cast<uint32_t>(state.range(0));
  const uint32_t first = vcs == kLabelSpace ? 0 : kMinDataLabel;
  ReceiveTable table(kLabelSpace);
  for (uint32_t i = 0; i < vcs; ++i) table[first + i].channel_vc = i + 1;
  std::mt19937 random(1);
  std::vector<uint32_t> labels(size_t{1} << 20);
  for (uint32_t& label : labels) label = first + random() % vcs;
  size_t next = 0;
  for (auto _ : state) {
    const uint32_t* burst = &labels[next];
    next = (next + kBurst) % labels.size();
    for (size_t i = 0; i < kBurst; ++i) __builtin_prefetch(&table[burst[i]]);
    for (size_t i = 0; i < kBurst; ++i) {
      ReceiveVc& vc = table[burst[i]];
      benchmark::DoNotOptimize(vc.channel_vc);
      vc.counters.sdus.Add();
      vc.counters.bytes.Add(64);
    }
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kBurst));
}
BENCHMARK(BM_Lookup)->ArgName("vcs")->Arg(1)->Arg(1000)->Arg(100'000)->Arg(kLabelSpace);

}  // namespace
}  // namespace vcp::dataplane

BENCHMARK_MAIN();
