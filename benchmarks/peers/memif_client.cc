// The other side of `dpdk-testpmd io` over net_memif: what vcperf does, without vcplane. A window
// of messages goes out in bursts and comes back; payload is written, read and accounted for by the
// very code of vcperf. Prints one JSON object. See compare.py, which runs both in turn.
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "accounts.h"
#include "base/histogram.h"
#include "cpu_wait.h"
#include "slices.h"

namespace {

using vcp::Histogram;
using vcp::perf::Accounts;
using vcp::perf::MessageId;

constexpr uint16_t kPort = 0;
constexpr uint16_t kDescriptors = 1024;
constexpr uint32_t kMaxBurst = 64;
constexpr uint32_t kMbufs = 16384;

struct Options {
  uint32_t size_bytes = 64;
  uint32_t vcs = 1000;  // testpmd knows none; accounts as for so many, as vcperf does
  uint32_t window = 512;
  uint32_t burst = 32;
  double seconds = 1;
  uint32_t round_trips = 100000;
};

[[noreturn]] void Fail(const char* what) {
  std::fprintf(stderr, "memif_client: %s\n", what);
  std::exit(1);
}

Options ParseOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const double value = std::atof(argv[i + 1]);
    if (std::strcmp(argv[i], "--size") == 0)
      options.size_bytes = value;
    else if (std::strcmp(argv[i], "--vcs") == 0)
      options.vcs = value;
    else if (std::strcmp(argv[i], "--window") == 0)
      options.window = value;
    else if (std::strcmp(argv[i], "--burst") == 0)
      options.burst = value;
    else if (std::strcmp(argv[i], "--seconds") == 0)
      options.seconds = value;
    else if (std::strcmp(argv[i], "--round-trips") == 0)
      options.round_trips = value;
    else
      Fail(
          "usage: memif_client EAL... -- [--size B] [--vcs N] [--window W] [--burst K] "
          "[--seconds S] [--round-trips N]");
  }
  options.burst = std::clamp(options.burst, 1u, kMaxBurst);
  return options;
}

rte_mempool* StartPort() {
  rte_mempool* pool = rte_pktmbuf_pool_create("client", kMbufs, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
                                              static_cast<int>(rte_socket_id()));
  rte_eth_conf conf{};
  if (pool == nullptr || rte_eth_dev_configure(kPort, 1, 1, &conf) != 0 ||
      rte_eth_rx_queue_setup(kPort, 0, kDescriptors, rte_socket_id(), nullptr, pool) != 0 ||
      rte_eth_tx_queue_setup(kPort, 0, kDescriptors, rte_socket_id(), nullptr) != 0 ||
      rte_eth_dev_start(kPort) != 0) {
    Fail("cannot start the memif port");
  }
  rte_eth_link link{};
  const uint64_t deadline = rte_get_tsc_cycles() + 10 * rte_get_tsc_hz();
  while (link.link_status != RTE_ETH_LINK_UP) {
    if (rte_get_tsc_cycles() > deadline) Fail("the memif link did not come up");
    rte_eth_link_get_nowait(kPort, &link);
  }
  return pool;
}

class Client {
 public:
  Client(const Options& options, rte_mempool* pool)
      : options_(options), pool_(pool), accounts_(options.vcs) {}

  // The link is up before testpmd forwards, and what it is given meanwhile is lost: not counted.
  void AwaitEcho() {
    const uint64_t deadline = rte_get_tsc_cycles() + 10 * rte_get_tsc_hz();
    uint32_t returned = 0;
    while (returned == 0) {
      const uint64_t start = rte_get_tsc_cycles();
      if (start > deadline) Fail("testpmd echoes nothing");
      Send(1);
      while (returned == 0 && rte_get_tsc_cycles() - start < rte_get_tsc_hz() / 100) {
        returned = Receive();
      }
    }
    accounts_ = Accounts(options_.vcs);
    outstanding_ = 0;
  }

  // Messages that came back per second: the median of slices, as vcperf takes it.
  double Throughput() {
    const uint64_t start = rte_get_tsc_cycles();
    const auto length = static_cast<uint64_t>(options_.seconds * rte_get_tsc_hz());
    uint64_t received = 0;
    uint64_t now = start;
    vcp::perf::Slices slices(static_cast<double>(rte_get_tsc_hz()) / 1e9, options_.seconds, start);
    while (now - start < length) {
      for (int i = 0; i < 64; ++i) {
        if (outstanding_ + options_.burst <= options_.window) Send(options_.burst);
        received += Receive();
      }
      now = rte_get_tsc_cycles();
      slices.Note(now, received);
    }
    Drain();
    return slices.Median();
  }

  void RoundTrips(Histogram* nanoseconds) {
    const double ns_per_cycle = 1e9 / static_cast<double>(rte_get_tsc_hz());
    for (uint32_t i = 0; i < options_.round_trips; ++i) {
      const uint64_t start = rte_get_tsc_cycles();
      Send(1);
      while (Receive() == 0) {
        if (rte_get_tsc_cycles() - start > 5 * rte_get_tsc_hz()) return;
      }
      nanoseconds->Record((rte_get_tsc_cycles() - start) * ns_per_cycle);
    }
  }

  const Accounts& accounts() const { return accounts_; }

 private:
  void Send(uint32_t count) {
    rte_mbuf* mbufs[kMaxBurst];
    uint32_t vcs[kMaxBurst];
    if (rte_pktmbuf_alloc_bulk(pool_, mbufs, count) != 0) return;
    for (uint32_t i = 0; i < count; ++i) {
      vcs[i] = next_vc_;
      next_vc_ = next_vc_ + 1 == options_.vcs ? 0 : next_vc_ + 1;
      mbufs[i]->data_len = options_.size_bytes;
      mbufs[i]->pkt_len = options_.size_bytes;
      accounts_.WriteNext(vcs[i], rte_pktmbuf_mtod(mbufs[i], uint8_t*), options_.size_bytes);
    }
    const uint16_t sent = rte_eth_tx_burst(kPort, 0, mbufs, count);
    outstanding_ += sent;
    for (uint32_t i = count; i > sent; --i) {
      accounts_.Unsend(vcs[i - 1]);
      next_vc_ = vcs[i - 1];
      rte_pktmbuf_free(mbufs[i - 1]);
    }
  }

  uint32_t Receive() {
    rte_mbuf* mbufs[kMaxBurst];
    const uint16_t count = rte_eth_rx_burst(kPort, 0, mbufs, options_.burst);
    for (uint16_t i = 0; i < count; ++i) {
      const uint8_t* payload = rte_pktmbuf_mtod(mbufs[i], const uint8_t*);
      const uint16_t size = mbufs[i]->data_len;
      // testpmd has no VCs to tell us; the account must come from the message.
      const uint32_t vc = Accounts::ClaimedVc(payload, size);
      MessageId id;
      accounts_.Read(vc < options_.vcs ? vc : 0, payload, size, options_.size_bytes, &id);
    }
    if (count != 0) rte_pktmbuf_free_bulk(mbufs, count);
    outstanding_ -= count;
    return count;
  }

  void Drain() {
    const uint64_t deadline = rte_get_tsc_cycles() + rte_get_tsc_hz();
    while (outstanding_ != 0 && rte_get_tsc_cycles() < deadline) Receive();
  }

  const Options options_;
  rte_mempool* const pool_;
  Accounts accounts_;
  uint32_t next_vc_ = 0;
  uint32_t outstanding_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const int eal_arguments = rte_eal_init(argc, argv);
  if (eal_arguments < 0) Fail("cannot initialize DPDK");
  const Options options = ParseOptions(argc - eal_arguments, argv + eal_arguments);
  Client client(options, StartPort());
  client.AwaitEcho();
  const uint64_t waited_before_ns = vcp::perf::CpuWaitNs();
  const uint64_t start = rte_get_tsc_cycles();
  const double messages = client.Throughput();
  Histogram round_trip;
  client.RoundTrips(&round_trip);
  const double seconds = static_cast<double>(rte_get_tsc_cycles() - start) / rte_get_tsc_hz();
  const uint64_t waited_ns = vcp::perf::CpuWaitNs() - waited_before_ns;
  const auto& faults = client.accounts().faults();
  std::printf(
      "{\"seconds\": %.6f, \"waited_ns\": %lu, "
      "\"median_messages_per_second\": %.0f, \"gbit_per_second\": %.3f, \"lost\": %lu, "
      "\"reordered\": %lu, \"corrupted\": %lu, \"round_trips\": %lu, "
      "\"round_trip_ns\": {\"p50\": %lu, \"p99\": %lu, \"p99.9\": %lu}}\n",
      seconds, waited_ns, messages, messages * options.size_bytes * 8 / 1e9,
      client.accounts().Lost(), faults.reordered, faults.corrupted, round_trip.Count(),
      round_trip.Percentile(50), round_trip.Percentile(99), round_trip.Percentile(99.9));
  rte_eth_dev_stop(kPort);
  rte_eal_cleanup();
  return client.accounts().AllIntact() ? 0 : 1;
}
