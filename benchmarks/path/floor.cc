// What the machine itself allows: one descriptor there and back between two CPUs over the rings
// that a channel is made of, nothing else touched. Prints one JSON object. Speed between CPUs
// changes with the weather of a virtual machine; measured before and after something else, this
// tells whether the two may be compared.
#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

#include "base/histogram.h"
#include "shm/ring.h"
#include "ticks.h"

namespace {

using vcp::perf::Ticks;
using vcp::shm::Submission;

constexpr uint32_t kCapacity = 1024;
// Timed by the hundred: virtual machines show a time stamp counter with coarse steps.
constexpr int kRuns = 1000;
constexpr int kRoundTripsPerRun = 100;

struct alignas(4096) Slots {
  uint64_t words[kCapacity * 2] = {};
};

void PinTo(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

}  // namespace

int main() {
  static Slots there_slots;
  static Slots back_slots;
  std::atomic<bool> stop = false;
  std::thread echo([&] {
    PinTo(1);
    vcp::shm::RingReader<Submission> there(there_slots.words, kCapacity);
    vcp::shm::RingWriter<Submission> back(back_slots.words, kCapacity);
    Submission descriptor;
    while (!stop.load(std::memory_order_relaxed)) {
      if (!there.Read(&descriptor)) continue;
      back.Stage(descriptor);
      back.Publish();
    }
  });

  PinTo(0);
  const double ticks_per_ns = Ticks::PerNanosecond();
  vcp::shm::RingWriter<Submission> there(there_slots.words, kCapacity);
  vcp::shm::RingReader<Submission> back(back_slots.words, kCapacity);
  static vcp::Histogram ticks;
  Submission descriptor;
  for (int run = 0; run < kRuns; ++run) {
    const uint64_t start = Ticks::Now();
    for (int i = 0; i < kRoundTripsPerRun; ++i) {
      there.Stage({});
      there.Publish();
      while (!back.Read(&descriptor)) {
      }
    }
    ticks.Record(Ticks::Now() - start);
  }
  stop = true;
  echo.join();
  std::printf("{\"p50\": %.1f}\n",
              static_cast<double>(ticks.Percentile(50)) / ticks_per_ns / kRoundTripsPerRun);
}
