// A port as an adapter of the switchboard: activates and deactivates VCs on the data path for
// whatever call manager asks, answers OIDs, and resets by a restart of the port. Control thread.
// Outlives its adapter and every answer it still waits for from the data path.
#pragma once

#include "base/handle.h"
#include "base/limits.h"
#include "circuit/switchboard.h"
#include "dataplane/link_monitor.h"
#include "dataplane/port_pauser.h"
#include "dataplane/vc_programmer.h"
#include "miniport/port_oids.h"
#include "miniport/vc_programs.h"

namespace vcp::miniport {

// What else there is of a port, each of which may be missing: what it counts, how it is restarted
// and paused, and what time it is.
struct PortDoors {
  const dataplane::PlaneView* plane = nullptr;
  dataplane::PortLife* life = nullptr;
  dataplane::PortPauser* pauser = nullptr;
  const Clock* clock = nullptr;
};

class PortMiniport final : public circuit::Miniport {
 public:
  PortMiniport(circuit::Switchboard* switchboard, dataplane::VcProgrammer* programmer,
               dataplane::PortIndex port, const port::PortInfo& info, const PortDoors& doors = {})
      : switchboard_(switchboard),
        programmer_(programmer),
        port_{port, info},
        doors_(doors),
        oids_(port_, doors.plane, doors.clock) {}

  // The link came up or went down: every binding is told (C142).
  void OnLinkChange();
  // To be called at even intervals, for what OIDs tell of the load.
  void SampleLoad() { oids_.SampleLoad(); }

  Status OnInitialize(circuit::AdapterHandle adapter) override;
  // The data path refuses what is sent and drops what comes; VCs stay.
  Status OnPause() override;
  Status OnRestart() override;
  // A restart of the port. Lists are refused meanwhile, VCs stay.
  Status OnReset() override;
  void OnSurpriseRemoval() override;
  // Nothing leaves or comes in any more.
  void OnShutDown() override;
  Status OnOidRequest(circuit::OidHandle oid, circuit::VcHandle vc,
                      const circuit::OidRequest& request, circuit::OidAnswer* answer) override;

  Status OnCreateVc(circuit::VcHandle vc, circuit::Context* miniport_vc) override;
  Status OnDeleteVc(circuit::Context miniport_vc) override;
  Status OnActivateVc(circuit::Context miniport_vc, const circuit::DataEndpoint& endpoint,
                      circuit::CallParameters* params) override;
  Status OnDeactivateVc(circuit::Context miniport_vc) override;

 private:
  struct Vc {
    circuit::VcHandle handle;
    circuit::DataEndpoint endpoint = {};  // since it was activated
  };

  Vc* Find(circuit::Context context) {
    return vcs_.Find(Handle<Vc>::FromValue(static_cast<uint32_t>(context)));
  }

  circuit::Switchboard* switchboard_;
  dataplane::VcProgrammer* programmer_;
  PortOfVcs port_;
  const PortDoors doors_;
  PortOids oids_;
  circuit::AdapterHandle adapter_;
  HandleTable<Vc> vcs_{kMaxVcs};
};

}  // namespace vcp::miniport
