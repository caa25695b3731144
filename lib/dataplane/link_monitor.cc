#include "dataplane/link_monitor.h"

#include <algorithm>
#include <utility>

namespace vcp::dataplane {

void LinkMonitor::Look(uint64_t now_ns) {
  links_.resize(ports_->port_count());
  for (PortIndex port = 0; port < links_.size(); ++port) {
    const bool is_gone = links_[port].gone || ports_->IsGone(port);
    const bool up = !is_gone && ports_->GetPortInfo(port).link_up;
    ports_->SetLink(port, up);
    if (up != links_[port].up) {
      // A peer that went away is not back at once.
      links_[port] = {.up = up,
                      .restarting = links_[port].restarting,
                      .gone = links_[port].gone,
                      .restart_at_ns = now_ns + kShortestPauseNs};
      on_change_(port, up);
    }
    if (!is_gone) {
      RestartIfNeeded(port, now_ns);
    } else if (!std::exchange(links_[port].gone, true)) {
      on_gone_(port);
    }
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
