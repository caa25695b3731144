// A port as an adapter of the switchboard: activates and deactivates VCs on the data path for
// whatever call manager asks. Control thread. Outlives its adapter and every answer it still waits
// for from the programmer.
#pragma once

#include "base/handle.h"
#include "base/limits.h"
#include "circuit/switchboard.h"
#include "dataplane/vc_programmer.h"
#include "miniport/vc_programs.h"

namespace vcp::miniport {

class PortMiniport final : public circuit::Miniport {
 public:
  PortMiniport(circuit::Switchboard* switchboard, dataplane::VcProgrammer* programmer,
               dataplane::PortIndex port, const port::PortInfo& info)
      : switchboard_(switchboard), programmer_(programmer), port_{port, info} {}

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
  HandleTable<Vc> vcs_{kMaxVcs};
};

}  // namespace vcp::miniport
