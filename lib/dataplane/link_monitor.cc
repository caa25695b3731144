#include "dataplane/link_monitor.h"

#include <algorithm>

namespace vcp::dataplane {

void LinkMonitor::Look(uint64_t now_ns) {
  links_.resize(ports_->port_count());
  for (PortIndex port = 0; port < links_.size(); ++port) {
    const bool up = ports_->GetPortInfo(port).link_up;
    ports_->SetLink(port, up);
    if (up != links_[port].up) {
      // A peer that went away is not back at once.
      links_[port] = {.up = up,
                      .restarting = links_[port].restarting,
                      .restart_at_ns = now_ns + kShortestPauseNs};
      on_change_(port, up);
    }
    RestartIfNeeded(port, now_ns);
  }
}

void LinkMonitor::RestartIfNeeded(PortIndex port, uint64_t now_ns) {
  Link& link = links_[port];
  if (link.restarting || now_ns < link.restart_at_ns || !ports_->NeedsRestart(port)) return;
  link.restarting = true;
  link.restart_at_ns = now_ns + link.pause_ns;
  link.pause_ns = std::min(2 * link.pause_ns, kLongestPauseNs);
  ports_->RestartPort(port, [this, port](Status) { links_[port].restarting = false; });
}

}  // namespace vcp::dataplane
