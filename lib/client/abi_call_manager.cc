// The C ABI of vcplane_cm.h: nothing but the way to the library's objects.
#include "client/abi.h"
#include "client/vcplane_cm.h"

using vcp::client::Explain;
using vcp::client::Of;
using vcp::shm::MessageType;

vcp_status vcp_cm_register_family(vcp_client* client, const char* adapter, uint32_t family,
                                  uint32_t options, uint64_t cookie) {
  return Explain(Of(client).CmRegisterFamily(adapter, family, options, cookie));
}
vcp_status vcp_cm_deregister_family(vcp_client* client, vcp_cm_family family, uint64_t cookie) {
  return Explain(Of(client).CmAsk(MessageType::kCmDeregisterFamily,
                                  VCP_EVENT_CM_DEREGISTER_FAMILY_COMPLETE, family, cookie));
}
vcp_status vcp_cm_notify_close_af(vcp_client* client, vcp_cm_af af, uint64_t cookie) {
  return Explain(Of(client).CmAsk(MessageType::kCmNotifyCloseAf, VCP_EVENT_CM_NOTIFY_CLOSE_COMPLETE,
                                  af, cookie));
}

vcp_status vcp_cm_complete(vcp_client* client, uint64_t operation, vcp_status status,
                           const vcp_call_params* params, const vcp_cause* cause) {
  return Explain(Of(client).CmComplete(operation, status, params, cause));
}

vcp_status vcp_cm_complete_oid(vcp_client* client, uint64_t operation, vcp_status status,
                               const void* data, size_t length) {
  return Explain(
      Of(client).CmCompleteOid(operation, status, static_cast<const uint8_t*>(data), length));
}
vcp_status vcp_cm_tell_clients(vcp_client* client, vcp_cm_family family, uint32_t oid,
                               uint64_t cookie) {
  return Explain(Of(client).CmTellClients(family, oid, cookie));
}
vcp_status vcp_cm_set_oid(vcp_client* client, vcp_cm_af af, vcp_cm_vc vc, uint32_t oid,
                          const void* data, size_t length, uint64_t cookie) {
  return Explain(
      Of(client).CmSetOid(af, vc, oid, {static_cast<const uint8_t*>(data), length}, cookie));
}

vcp_status vcp_cm_create_vc(vcp_client* client, vcp_cm_af af, uint64_t cookie) {
  return Explain(
      Of(client).CmAsk(MessageType::kCmCreateVc, VCP_EVENT_CM_CREATE_VC_COMPLETE, af, cookie));
}
vcp_status vcp_cm_delete_vc(vcp_client* client, vcp_cm_vc vc, uint64_t cookie) {
  return Explain(
      Of(client).CmAsk(MessageType::kCmDeleteVc, VCP_EVENT_CM_DELETE_VC_COMPLETE, vc, cookie));
}
vcp_status vcp_cm_activate_vc(vcp_client* client, vcp_cm_vc vc, const vcp_cm_path* path,
                              const vcp_call_params* params, uint64_t cookie) {
  return Explain(Of(client).CmActivateVc(vc, *path, *params, cookie));
}
vcp_status vcp_cm_deactivate_vc(vcp_client* client, vcp_cm_vc vc, uint64_t cookie) {
  return Explain(Of(client).CmAsk(MessageType::kCmDeactivateVc, VCP_EVENT_CM_DEACTIVATE_VC_COMPLETE,
                                  vc, cookie));
}
vcp_status vcp_cm_name_vc(vcp_client* client, vcp_cm_vc vc, const char* base, uint64_t cookie) {
  if (base == nullptr) return Explain(VCP_INVALID_DATA);
  return Explain(Of(client).CmNameVc(vc, base, cookie));
}

vcp_status vcp_cm_incoming_call(vcp_client* client, vcp_cm_sap sap, vcp_cm_vc vc,
                                const vcp_call_params* params, uint64_t cookie) {
  return Explain(Of(client).CmAboutCall(
      MessageType::kCmIncomingCall, VCP_EVENT_CM_INCOMING_CALL_COMPLETE, vc, sap, *params, cookie));
}
vcp_status vcp_cm_call_connected(vcp_client* client, vcp_cm_vc vc, uint64_t cookie) {
  return Explain(
      Of(client).CmAsk(MessageType::kCmCallConnected, VCP_EVENT_CM_INDICATED, vc, cookie));
}
vcp_status vcp_cm_incoming_close_call(vcp_client* client, vcp_cm_vc vc, vcp_status status,
                                      const vcp_cause* cause, const void* data, size_t data_length,
                                      uint64_t cookie) {
  return Explain(Of(client).CmEnd(MessageType::kCmIncomingCloseCall, vc, status, cause,
                                  {static_cast<const uint8_t*>(data), data_length}, cookie));
}
vcp_status vcp_cm_incoming_drop_party(vcp_client* client, vcp_cm_party party, vcp_status status,
                                      const vcp_cause* cause, const void* data, size_t data_length,
                                      uint64_t cookie) {
  return Explain(Of(client).CmEnd(MessageType::kCmIncomingDropParty, party, status, cause,
                                  {static_cast<const uint8_t*>(data), data_length}, cookie));
}
vcp_status vcp_cm_incoming_call_qos_change(vcp_client* client, vcp_cm_vc vc,
                                           const vcp_call_params* params, uint64_t cookie) {
  return Explain(Of(client).CmAboutCall(MessageType::kCmCallQoSChange, VCP_EVENT_CM_INDICATED, vc,
                                        0, *params, cookie));
}

vcp_status vcp_cm_create_own_vc(vcp_client* client, vcp_cm_family family, uint64_t cookie,
                                vcp_vc* vc) {
  return Explain(Of(client).CmCreateOwnVc(family, cookie, vc));
}
vcp_status vcp_cm_activate_own_vc(vcp_client* client, vcp_vc vc, const vcp_cm_path* path,
                                  uint64_t cookie) {
  return Explain(Of(client).CmActivateOwnVc(vc, *path, cookie));
}
vcp_status vcp_cm_delete_own_vc(vcp_client* client, vcp_vc vc, uint64_t cookie) {
  return Explain(Of(client).CmDeleteOwnVc(vc, cookie));
}
