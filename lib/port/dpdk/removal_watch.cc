#include "port/dpdk/removal_watch.h"

#include <net/if.h>
#include <rte_dev.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <utility>
#include <vector>

namespace vcp::port {
namespace {

struct Registry {
  std::mutex mutex;
  std::vector<RemovalWatch*> watches;
  bool listens = false;
};

Registry& All() {
  static Registry registry;
  return registry;
}

template <typename Name>
void Report(Name name) {
  Registry& all = All();
  std::lock_guard lock(all.mutex);
  for (RemovalWatch* watch : all.watches) {
    if (watch->Watches(name)) watch->SetGone();
  }
}

int OnDriverEvent(uint16_t id, rte_eth_event_type, void*, void*) {
  Report(id);
  return 0;
}

void OnBusEvent(const char* device_name, rte_dev_event_type type, void*) {
  if (type == RTE_DEV_EVENT_REMOVE) Report(device_name);
}

// Once for all devices. The monitor hears the kernel of PCI devices that are unplugged or to be
// unbound; where it may not, drivers still speak for themselves.
void Listen() {
  rte_eth_dev_callback_register(RTE_ETH_ALL, RTE_ETH_EVENT_INTR_RMV, OnDriverEvent, nullptr);
  rte_dev_event_callback_register(nullptr, OnBusEvent, nullptr);
  if (rte_dev_event_monitor_start() == 0) rte_dev_hotplug_handle_enable();
}

unsigned KernelIndexOf(uint16_t id) {
  rte_eth_dev_info info{};
  return rte_eth_dev_info_get(id, &info) == 0 ? info.if_index : 0;
}

// Of an interface that there was. It takes a socket to ask, and having none says nothing.
bool IsInterfaceGone(unsigned kernel_index) {
  std::array<char, IF_NAMESIZE> name;
  return if_indextoname(kernel_index, name.data()) == nullptr &&
         (errno == ENXIO || errno == ENODEV);
}

}  // namespace

RemovalWatch::RemovalWatch(std::string device_name, uint16_t id)
    : device_name_(std::move(device_name)), id_(id), kernel_index_(KernelIndexOf(id)) {
  Registry& all = All();
  bool is_first = false;
  {
    std::lock_guard lock(all.mutex);
    all.watches.push_back(this);
    is_first = !std::exchange(all.listens, true);
  }
  if (is_first) Listen();
}

RemovalWatch::~RemovalWatch() {
  Registry& all = All();
  std::lock_guard lock(all.mutex);
  std::erase(all.watches, this);
}

bool RemovalWatch::IsGone() {
  if (gone_) return true;
  if (kernel_index_ != 0 && IsInterfaceGone(kernel_index_)) gone_ = true;
  if (rte_eth_dev_is_removed(id_) == 1) gone_ = true;
  return gone_;
}

}  // namespace vcp::port
