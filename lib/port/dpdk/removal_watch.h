// Whether a device is there no more, as its driver, its bus or the kernel says. Control thread;
// what drivers and buses report comes on DPDK's interrupt thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace vcp::port {

class RemovalWatch {
 public:
  // `device_name` and `id` as DPDK knows the device.
  RemovalWatch(std::string device_name, uint16_t id);
  ~RemovalWatch();
  RemovalWatch(const RemovalWatch&) = delete;
  RemovalWatch& operator=(const RemovalWatch&) = delete;

  // Once true, always true. Looks at the kernel's interface when there is one.
  bool IsGone();

  // Of reports: that they mean this device, and that it is gone.
  bool Watches(const char* device_name) const { return device_name_ == device_name; }
  bool Watches(uint16_t id) const { return id_ == id; }
  void SetGone() { gone_ = true; }

 private:
  const std::string device_name_;
  const uint16_t id_;
  const unsigned kernel_index_;  // of its network interface; 0: none
  std::atomic<bool> gone_ = false;
};

}  // namespace vcp::port
