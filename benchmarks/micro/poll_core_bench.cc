// The whole way of a message in one thread: a client submits, a poll core's turns carry it over a
// loop port back into the client's slots. No cache line travels here, so what counts is
// instructions: callgrind on this gives the cost per message that CI can hold.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "base/check.h"
#include "port/dpdk/dpdk_port.h"
#include "qos/gcra.h"
#include "qos/sdu_size.h"
#include "testing/poll_harness.h"

namespace vcp::testing {
namespace {

constexpr uint32_t kFirstLabel = 100;

// Far more than leaves here, so that each SDU has its verdict and none waits.
qos::DualGcra NeverInTheWay(uint32_t size) {
  return qos::ShaperOf({.conformance = qos::ConformanceClass::kRtVbr1,
                        .rates = {.peak = kMaxCellsPerSecond,
                                  .sustained = kMaxCellsPerSecond - 1,
                                  .burst = 0xffffff}},
                       static_cast<uint32_t>(qos::CellsOfSdu(size)), 1'000'000);
}

std::unique_ptr<port::Port> OpenLoop(rte_mempool* frames) {
  std::unique_ptr<port::Port> port;
  std::string error;
  const Status status =
      port::OpenDpdkPort({.name = "bench", .device = "loopback"}, frames, &port, &error);
  VCP_CHECK_MSG(status == Status::kSuccess, error.c_str());
  return port;
}

// Takes what a turn has left for the client; returns how many SDUs came.
uint64_t TakeAll(HarnessClient& client) {
  uint64_t received = 0;
  shm::Completion completion;
  while (client.channel->complete.Read(&completion)) {
  }
  shm::Reception reception;
  while (client.channel->receive.Read(&reception)) {
    client.channel->returns.Stage({.slot = reception.slot});
    ++received;
  }
  client.channel->returns.Publish();
  return received;
}

void Echo(benchmark::State& state, bool paced) {
  const auto size = static_cast<uint32_t>(state.range(0));
  const auto vcs = static_cast<uint32_t>(state.range(1));
  const auto burst = static_cast<uint32_t>(state.range(2));
  PollHarness harness(OpenLoop);
  HarnessClient& client = harness.AddClient({.max_sdu_bytes = size});
  for (uint32_t i = 0; i < vcs; ++i) {
    dataplane::VcProgram program{.channel_vc = i | 1u << 20,
                                 .transmit_label = kFirstLabel + i,
                                 .receive_label = kFirstLabel + i,
                                 .max_sdu_bytes = 1492};
    if (paced) program.shaper = NeverInTheWay(size);
    harness.Activate(client, program);
  }
  const std::string sdu(size, 'x');
  uint32_t vc = 0;
  uint64_t received = 0;
  for (auto _ : state) {
    for (uint32_t i = 0; i < burst; ++i) {
      client.Send(vc | 1u << 20, sdu, i);
      vc = vc + 1 == vcs ? 0 : vc + 1;
    }
    client.Flush();
    harness.core().Turn();
    received += TakeAll(client);
  }
  VCP_CHECK(received == static_cast<uint64_t>(state.iterations()) * burst);
  state.SetItemsProcessed(static_cast<int64_t>(received));
}

void BM_Echo(benchmark::State& state) { Echo(state, false); }
BENCHMARK(BM_Echo)
    ->ArgNames({"bytes", "vcs", "burst"})
    ->Args({64, 1, 32})
    ->Args({64, 1000, 32})
    ->Args({64, 50'000, 32})
    ->Args({1492, 1000, 32})
    ->Args({64, 1, 1});

void BM_PacedEcho(benchmark::State& state) { Echo(state, true); }
BENCHMARK(BM_PacedEcho)
    ->ArgNames({"bytes", "vcs", "burst"})
    ->Args({64, 1, 32})
    ->Args({64, 1000, 32})
    ->Args({1492, 1000, 32});

// One root, whose SDUs come to so many leaves of one client: each replica is an item.
void BM_Leaves(benchmark::State& state) {
  const auto size = static_cast<uint32_t>(state.range(0));
  const auto leaves = static_cast<uint32_t>(state.range(1));
  PollHarness harness(OpenLoop);
  HarnessClient& client = harness.AddClient({.max_sdu_bytes = size, .receive_slots = kMaxSlots});
  dataplane::VcProgram program{.channel_vc = 1u << 20,
                               .transmit_label = kFirstLabel,
                               .receive_label = kFirstLabel,
                               .max_sdu_bytes = 1492,
                               .receive = false};
  harness.Activate(client, program);
  program.transmit = false;
  program.receive = true;
  program.shares_label = true;
  for (uint32_t i = 1; i <= leaves; ++i) {
    program.channel_vc = i | 1u << 20;
    harness.Activate(client, program);
  }
  const std::string sdu(size, 'x');
  uint64_t received = 0;
  for (auto _ : state) {
    client.Send(1u << 20, sdu, 1);
    client.Flush();
    harness.core().Turn();
    received += TakeAll(client);
  }
  VCP_CHECK(received == static_cast<uint64_t>(state.iterations()) * leaves);
  state.SetItemsProcessed(static_cast<int64_t>(received));
}
BENCHMARK(BM_Leaves)
    ->ArgNames({"bytes", "leaves"})
    ->Args({64, 1})
    ->Args({64, 16})
    ->Args({64, kMaxPartiesPerCall})
    ->Args({1492, kMaxPartiesPerCall});

}  // namespace
}  // namespace vcp::testing

BENCHMARK_MAIN();
