// What pacing one SDU costs: a verdict with both buckets, and how long a blocked one has to wait.
#include <benchmark/benchmark.h>

#include "qos/gcra.h"

namespace vcp::qos {
namespace {

constexpr uint32_t kCells = 32;

AtmTraffic Vbr() {
  return {.conformance = ConformanceClass::kRtVbr1,
          .rates = {.peak = 26'041'666, .sustained = 2'604'166, .burst = 10 * kCells}};
}

void BM_Conforming(benchmark::State& state) {
  DualGcra gcra = ShaperOf(Vbr(), kCells, 10'000);
  uint64_t now_ns = 0;
  for (auto _ : state) {
    now_ns += 20'000;
    benchmark::DoNotOptimize(gcra.Police(now_ns, kCells, false));
  }
}
BENCHMARK(BM_Conforming);

void BM_Waiting(benchmark::State& state) {
  DualGcra gcra = ShaperOf(Vbr(), kCells, 10'000);
  uint64_t now_ns = 0;
  for (auto _ : state) {
    now_ns += gcra.WaitNs(now_ns);
    benchmark::DoNotOptimize(gcra.Police(now_ns, kCells, false));
  }
}
BENCHMARK(BM_Waiting);

}  // namespace
}  // namespace vcp::qos

BENCHMARK_MAIN();
