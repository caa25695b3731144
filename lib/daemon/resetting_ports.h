// Ports whose restarts are resets of their adapters: bindings hear of the start and the end.
// Control thread.
#pragma once

#include <utility>
#include <vector>

#include "circuit/switchboard.h"
#include "dataplane/link_monitor.h"

namespace vcp::daemon {

class ResettingPorts final : public dataplane::PortLife {
 public:
  // `ports` and `switchboard` outlive this object; adapters have their ports' names.
  ResettingPorts(dataplane::PortLife* ports, circuit::Switchboard* switchboard)
      : ports_(ports), switchboard_(switchboard) {}

  dataplane::PortIndex port_count() const override { return ports_->port_count(); }
  port::PortInfo GetPortInfo(dataplane::PortIndex port) const override {
    return ports_->GetPortInfo(port);
  }
  bool NeedsRestart(dataplane::PortIndex port) const override { return ports_->NeedsRestart(port); }
  void SetLink(dataplane::PortIndex port, bool up) override { ports_->SetLink(port, up); }
  bool IsGone(dataplane::PortIndex port) const override { return ports_->IsGone(port); }
  void RemovePort(dataplane::PortIndex port) override { ports_->RemovePort(port); }
  // A port whose peer stays away is restarted every second; only the first time since its link
  // changed is news to those above it.
  void RestartPort(dataplane::PortIndex port, Done done) override;

  void OnLinkChange(dataplane::PortIndex port);

 private:
  dataplane::PortLife* const ports_;
  circuit::Switchboard* const switchboard_;
  std::vector<bool> told_;  // by port: of a restart since its link changed
};

}  // namespace vcp::daemon
