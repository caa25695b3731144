// Watches the links of all ports, and restarts the ports that would not come back by themselves,
// with a growing pause between attempts. Control thread; its owner turns it and says what time it
// is.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "dataplane/vc_program.h"
#include "port/port_info.h"

namespace vcp::dataplane {

// What it needs of the data path.
class PortLife {
 public:
  using Done = std::function<void(Status)>;
  virtual ~PortLife() = default;
  virtual PortIndex port_count() const = 0;
  virtual port::PortInfo GetPortInfo(PortIndex port) const = 0;
  // Whether the port stands still, or its link is down, until it is restarted.
  virtual bool NeedsRestart(PortIndex port) const = 0;
  // Takes the port from its poll core, restarts it, and gives it back if it runs then; kFailure if
  // not. Frames that were about to leave by it are dropped and counted; lists wait. `done` never
  // runs inside the call.
  virtual void RestartPort(PortIndex port, Done done) = 0;
  // While a link is down nothing leaves by it. To be told again and again.
  virtual void SetLink(PortIndex port, bool up) = 0;
  // Whether the driver says that its device is there no more.
  virtual bool IsGone(PortIndex port) const = 0;
  // Takes the port from its poll core for good and lets go of the device: lists complete
  // kNotAccepted, those that wait too, and nothing comes in (C141). VCs end as ever; counters stay.
  virtual void RemovePort(PortIndex port) = 0;
};

class LinkMonitor {
 public:
  // C142 asks for 2 s; a look costs a driver call or an ioctl.
  static constexpr uint64_t kLookIntervalNs = 100 * kNsPerMs;
  // Between a failed restart and the next: the first is short because a peer that restarts is soon
  // back, the longest costs nobody anything.
  static constexpr uint64_t kShortestPauseNs = 100 * kNsPerMs;
  static constexpr uint64_t kLongestPauseNs = kNsPerSecond;

  // Told of each change; a port's link counts as down before it was first seen up.
  using OnLinkChange = std::function<void(PortIndex port, bool up)>;
  // Told once of a port whose device is gone, after its link went down.
  using OnGone = std::function<void(PortIndex port)>;
  // `ports` outlives this object and every restart that it asked for.
  LinkMonitor(PortLife* ports, OnLinkChange on_change, OnGone on_gone)
      : ports_(ports), on_change_(std::move(on_change)), on_gone_(std::move(on_gone)) {}

  // To be called every kLookIntervalNs.
  void Look(uint64_t now_ns);

 private:
  struct Link {
    bool up = false;
    bool restarting = false;
    bool gone = false;
    uint64_t restart_at_ns = 0;
    uint64_t pause_ns = kShortestPauseNs;
  };

  void RestartIfNeeded(PortIndex port, uint64_t now_ns);

  PortLife* ports_;
  OnLinkChange on_change_;
  OnGone on_gone_;
  std::vector<Link> links_;
};

}  // namespace vcp::dataplane
