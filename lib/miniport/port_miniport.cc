#include "miniport/port_miniport.h"

namespace vcp::miniport {

Status PortMiniport::OnCreateVc(circuit::VcHandle vc, circuit::Context* miniport_vc) {
  const Handle<Vc> handle = vcs_.Insert(Vc{vc});
  if (!handle) return Status::kResources;
  *miniport_vc = handle.value();
  return Status::kSuccess;
}

Status PortMiniport::OnDeleteVc(circuit::Context miniport_vc) {
  vcs_.Erase(Handle<Vc>::FromValue(static_cast<uint32_t>(miniport_vc)));
  return Status::kSuccess;
}

Status PortMiniport::OnActivateVc(circuit::Context miniport_vc,
                                  const circuit::DataEndpoint& endpoint,
                                  circuit::CallParameters* params) {
  Vc* vc = Find(miniport_vc);
  if (vc == nullptr) return Status::kInvalidHandle;
  dataplane::VcProgram program;
  const Status status = MakeVcProgram(port_, endpoint, params, &program);
  if (status != Status::kSuccess) return status;
  vc->endpoint = endpoint;
  programmer_->ActivateVc(program, [this, handle = vc->handle, active = *params](Status activated) {
    switchboard_->MiniportActivateVcComplete(activated, handle, active);
  });
  return Status::kPending;
}

Status PortMiniport::OnDeactivateVc(circuit::Context miniport_vc) {
  const Vc* vc = Find(miniport_vc);
  if (vc == nullptr) return Status::kInvalidHandle;
  programmer_->DeactivateVc(vc->endpoint.channel, vc->endpoint.channel_vc,
                            [this, handle = vc->handle](Status deactivated) {
                              switchboard_->MiniportDeactivateVcComplete(deactivated, handle);
                            });
  return Status::kPending;
}

}  // namespace vcp::miniport
