#include "daemon/resetting_ports.h"

namespace vcp::daemon {

void ResettingPorts::RestartPort(dataplane::PortIndex port, Done done) {
  told_.resize(ports_->port_count());
  if (!told_[port]) {
    told_[port] = true;
    const circuit::AdapterHandle adapter =
        switchboard_->FindAdapter(ports_->GetPortInfo(port).name);
    // The adapter's miniport restarts the port.
    if (switchboard_->ResetAdapter(adapter, done) == Status::kPending) return;
  }
  ports_->RestartPort(port, std::move(done));
}

void ResettingPorts::OnLinkChange(dataplane::PortIndex port) {
  told_.resize(ports_->port_count());
  told_[port] = false;
}

}  // namespace vcp::daemon
