#include "port/dpdk/driver_thread.h"

#include <rte_alarm.h>

#include <memory>
#include <utility>

namespace vcp::port {
namespace {

constexpr uint64_t kSoonUs = 1;

void RunWork(void* work) {
  const std::unique_ptr<std::function<void()>> owned(static_cast<std::function<void()>*>(work));
  (*owned)();
}

}  // namespace

bool RunOnDriverThread(std::function<void()> work) {
  auto owned = std::make_unique<std::function<void()>>(std::move(work));
  if (rte_eal_alarm_set(kSoonUs, RunWork, owned.get()) != 0) return false;
  [[maybe_unused]] auto* now_of_that_thread = owned.release();
  return true;
}

}  // namespace vcp::port
