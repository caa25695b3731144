// What moves frames: a NIC, a kernel interface, a memif cable, a loop back to oneself. The control
// thread makes and destroys a port; in between, Receive and Transmit belong to one poll core.
// Frames are mbufs; whoever holds one frees it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/status.h"
#include "port/port_info.h"

struct rte_mbuf;
struct rte_mempool;

namespace vcp::port {

// One port of the configuration. `device` is a PCI address or a virtual device with its arguments
// ("net_memif,role=client,socket=/run/x.sock"); "loopback" is a port whose frames come back in.
struct PortConfig {
  std::string name;
  std::string device;
  uint32_t mtu_bytes = 1500;
  uint32_t descriptors = 1024;  // per queue and direction
};

// What the driver counted; all zero where it counts nothing.
struct DriverCounters {
  uint64_t received_frames = 0;
  uint64_t transmitted_frames = 0;
  uint64_t missed_frames = 0;  // arrived, and nobody took them in time
  uint64_t receive_errors = 0;
  uint64_t transmit_errors = 0;
  std::optional<uint64_t> crc_errors =
      {};  // of receive_errors; nothing: it does not tell them apart
};

// Only a running port moves frames; poll cores keep away from any other.
enum class PortState : uint8_t { kRunning, kRestarting, kStopped };

class Port {
 public:
  virtual ~Port() = default;
  // Poll core. Takes up to `count` received frames; the caller then owns them.
  virtual uint16_t Receive(rte_mbuf** frames, uint16_t count) = 0;
  // Poll core. Gives up to `count` frames, in order; returns how many the port took. The rest stay
  // with the caller, who may try again.
  virtual uint16_t Transmit(rte_mbuf** frames, uint16_t count) = 0;
  // Poll core. Gives back the frames that have left, where that is done only now and then unless
  // one asks: a frame that has left is held by nobody but those who refer to it.
  virtual void ReleaseSent() {}
  // Poll core. False where frames appear only after a Transmit of ours: an idle core may then sleep
  // without a look at this port.
  virtual bool NeedsPolling() const = 0;
  // Control thread.
  virtual PortInfo Info() const = 0;
  virtual DriverCounters ReadCounters() const = 0;

  // --- life: control thread ----------------------------------------------------------------------
  virtual PortState state() const { return PortState::kRunning; }
  // Whether the port stands still, or its link is down, until somebody restarts it: some drivers
  // look for the other end only when they start.
  virtual bool NeedsRestart() const { return false; }
  // Stops the port and starts it again on a thread that may wait. No poll core has it meanwhile.
  // `notify_fd`, an eventfd that outlives the port, is written once state() is no longer
  // kRestarting.
  virtual void Restart(int notify_fd) = 0;
  // Whether the device is there no more: unplugged, unbound, its kernel interface deleted.
  virtual bool IsGone() const { return false; }
  // Lets go of the device, on a thread that may wait; no poll core has the port, and none gets it
  // again. What was counted stays.
  virtual void Release() {}
};

}  // namespace vcp::port
