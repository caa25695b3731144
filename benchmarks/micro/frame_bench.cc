// What a frame costs the poll core: checking its headers, and writing them in front of an SDU.
#include "wire/frame.h"

#include <benchmark/benchmark.h>

#include <vector>

namespace vcp::wire {
namespace {

constexpr size_t kFrames = 256;  // A window that stays in the first-level cache.
constexpr size_t kSlotBytes = 128;

void BM_Parse(benchmark::State& state) {
  FrameHeader header{.label = 100};
  if (state.range(0) != 0) header.vlan_id = 7;
  const std::vector<uint8_t> sdu(64);
  std::vector<uint8_t> slots(kFrames * kSlotBytes);
  size_t frame_bytes = 0;
  for (size_t i = 0; i < kFrames; ++i) {
    frame_bytes = EmitFrame(header, sdu, {&slots[i * kSlotBytes], kSlotBytes});
  }
  size_t i = 0;
  for (auto _ : state) {
    ParsedFrame parsed;
    FrameError error = ParseDataFrame(&slots[i++ % kFrames * kSlotBytes], frame_bytes, &parsed);
    benchmark::DoNotOptimize(error);
    benchmark::DoNotOptimize(parsed);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Parse)->ArgName("vlan")->Arg(0)->Arg(1);

void BM_WriteHeaders(benchmark::State& state) {
  const HeaderTemplate headers(FrameHeader{.label = 100});
  std::vector<uint8_t> slots(kFrames * kSlotBytes);
  size_t i = 0;
  for (auto _ : state) {
    headers.WriteBefore(&slots[i++ % kFrames * kSlotBytes + HeaderTemplate::kBytes], 64);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_WriteHeaders);

}  // namespace
}  // namespace vcp::wire

BENCHMARK_MAIN();
