#include "miniport/port_miniport.h"

namespace vcp::miniport {

Status PortMiniport::OnInitialize(circuit::AdapterHandle adapter) {
  adapter_ = adapter;
  return Status::kSuccess;
}

void PortMiniport::OnLinkChange() {
  (void)switchboard_->IndicateStatus(adapter_, {}, circuit::MakeLinkStatus(oids_.Link()));
}

Status PortMiniport::OnPause() {
  if (doors_.pauser == nullptr) return Status::kSuccess;
  doors_.pauser->PausePort(port_.index, [this, adapter = adapter_](Status) {
    switchboard_->MiniportPauseComplete(adapter);
  });
  return Status::kPending;
}

Status PortMiniport::OnRestart() {
  if (doors_.pauser == nullptr) return Status::kSuccess;
  return doors_.pauser->ResumePort(port_.index, [this, adapter = adapter_](Status status) {
    switchboard_->MiniportRestartComplete(status, adapter);
  });
}

Status PortMiniport::OnReset() {
  if (doors_.life == nullptr) return Status::kSuccess;
  if (doors_.pauser != nullptr) doors_.pauser->BeginReset(port_.index);
  doors_.life->RestartPort(port_.index, [this, adapter = adapter_](Status status) {
    const auto end = [this, adapter, status](Status) {
      switchboard_->MiniportResetComplete(status, adapter);
    };
    const bool pends =
        doors_.pauser != nullptr && doors_.pauser->EndReset(port_.index, end) == Status::kPending;
    if (!pends) end(Status::kSuccess);
  });
  return Status::kPending;
}

void PortMiniport::OnSurpriseRemoval() {
  if (doors_.life != nullptr) doors_.life->RemovePort(port_.index);
}

void PortMiniport::OnShutDown() {
  if (doors_.life != nullptr) doors_.life->RemovePort(port_.index);
}

Status PortMiniport::OnOidRequest(circuit::OidHandle, circuit::VcHandle vc,
                                  const circuit::OidRequest& request, circuit::OidAnswer* answer) {
  OidScope scope{.adapter = switchboard_->FindAdapterRow(adapter_).value()};
  if (vc) scope.vc = switchboard_->FindVc(vc);
  return oids_.Handle(scope, request, answer);
}

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
