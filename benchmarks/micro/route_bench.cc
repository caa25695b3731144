// Finding a call's route among 1 to a hundred thousand: prefixes of any length from 24 bits up
// below a few common ones, called addresses that one of them is for.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "callmgr/route_table.h"

namespace vcp::callmgr {
namespace {

Address AnyAddress(std::mt19937* random) {
  Address address{AddressType::kNsap, Address::kNsapBytes, {}};
  for (uint8_t& octet : address.bytes) octet = static_cast<uint8_t>((*random)());
  address.bytes[0] = 0x47;
  address.bytes[1] = 0;
  address.bytes[2] &= 3;
  return address;
}

void BM_Find(benchmark::State& state) {
  std::mt19937 random(1);
  RouteTable table;
  std::vector<Address> called;
  while (table.size() < static_cast<size_t>(state.range(0))) {
    const Address address = AnyAddress(&random);
    const AddressPrefix prefix = *MakeAddressPrefix(address, 24 + random() % 129);
    if (table.Add(prefix, {static_cast<LinkId>(random() % 16), 0}) == Status::kSuccess)
      called.push_back(address);
  }
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(table.Find(called[next], kNoLink));
    next = next + 1 == called.size() ? 0 : next + 1;
  }
}
BENCHMARK(BM_Find)->ArgName("routes")->Arg(1)->Arg(1000)->Arg(100'000);

}  // namespace
}  // namespace vcp::callmgr

BENCHMARK_MAIN();
