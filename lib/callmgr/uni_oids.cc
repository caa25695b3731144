// What clients ask of the call manager by OID, and what it tells them so.
#include "callmgr/pvc_oids.h"
#include "callmgr/uni_call_manager.h"

namespace vcp::callmgr {

namespace {

circuit::OidRequest News(circuit::Oid oid) {
  return {.oid = oid, .access = circuit::OidAccess::kSet};
}

}  // namespace

Status UniCallManager::OnOidRequest(circuit::OidHandle, const circuit::OidTarget& target,
                                    const circuit::OidRequest& request,
                                    circuit::OidAnswer* answer) {
  if (IsAboutPvcs(request.oid)) return HandlePvcOid(adapter_, request, pvcs_);
  if (!circuit::AddressBook::IsAbout(request.oid)) {
    return circuit::FindOid(request.oid) == nullptr ? Status::kInvalidOid : Status::kNotSupported;
  }
  const auto af = circuit::AfHandle::FromValue(static_cast<uint32_t>(target.af));
  const Status status = addresses_.Handle(af, request, answer);
  if (status != Status::kSuccess || request.access == circuit::OidAccess::kQuery) return status;
  circuit::OidAnswer unused;
  (void)switchboard_->RequestOid({.from = binding_, .af = af}, 0,
                                 News(circuit::Oid::kAddressChange), &unused);
  return status;
}

void UniCallManager::TellOfSignaling(bool is_up) {
  switchboard_->TellClients(
      binding_, News(is_up ? circuit::Oid::kSignalingEnabled : circuit::Oid::kSignalingDisabled));
}

Status UniCallManager::OnCloseAf(circuit::Context cm_af) {
  const auto af = circuit::AfHandle::FromValue(static_cast<uint32_t>(cm_af));
  addresses_.Forget(af);
  shares_.Close(af);
  return Status::kSuccess;
}

}  // namespace vcp::callmgr
