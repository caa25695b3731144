// The C++20 face of vcplane_cm.h: a call manager on an attached Client, which outlives it and gets
// its events. Each function is the vcp_cm_ function that its body names, and is described there.
#ifndef VCPLANE_CM_HPP_
#define VCPLANE_CM_HPP_

#include <cstddef>
#include <cstdint>
#include <span>

#include "vcplane.hpp"
#include "vcplane_cm.h"

namespace vcplane {

using Path = vcp_cm_path;

class CallManager {
 public:
  explicit CallManager(Client& client) : client_(client.get()) {}

  // `options`: VCP_CM_...
  [[nodiscard]] Status RegisterFamily(const char* adapter, uint32_t family, uint32_t options,
                                      uint64_t cookie) {
    return vcp_cm_register_family(client_, adapter, family, options, cookie);
  }
  [[nodiscard]] Status DeregisterFamily(vcp_cm_family family, uint64_t cookie) {
    return vcp_cm_deregister_family(client_, family, cookie);
  }
  [[nodiscard]] Status NotifyCloseAf(vcp_cm_af af, uint64_t cookie) {
    return vcp_cm_notify_close_af(client_, af, cookie);
  }

  // `operation`: the cookie of the event that asked for it.
  [[nodiscard]] Status Complete(uint64_t operation, Status outcome) {
    return vcp_cm_complete(client_, operation, outcome, nullptr, nullptr);
  }
  [[nodiscard]] Status Complete(uint64_t operation, Status outcome, const CallParams& agreed,
                                const Cause& cause = {}) {
    return vcp_cm_complete(client_, operation, outcome, &agreed, &cause);
  }

  [[nodiscard]] Status CompleteOid(uint64_t operation, Status outcome,
                                   std::span<const std::byte> answer = {}) {
    return vcp_cm_complete_oid(client_, operation, outcome, answer.data(), answer.size());
  }
  [[nodiscard]] Status TellClients(vcp_cm_family family, uint32_t oid, uint64_t cookie) {
    return vcp_cm_tell_clients(client_, family, oid, cookie);
  }
  [[nodiscard]] Status SetOid(vcp_cm_af af, vcp_cm_vc vc, uint32_t oid,
                              std::span<const std::byte> data, uint64_t cookie) {
    return vcp_cm_set_oid(client_, af, vc, oid, data.data(), data.size(), cookie);
  }

  [[nodiscard]] Status CreateVc(vcp_cm_af af, uint64_t cookie) {
    return vcp_cm_create_vc(client_, af, cookie);
  }
  [[nodiscard]] Status DeleteVc(vcp_cm_vc vc, uint64_t cookie) {
    return vcp_cm_delete_vc(client_, vc, cookie);
  }
  [[nodiscard]] Status ActivateVc(vcp_cm_vc vc, const Path& path, const CallParams& params,
                                  uint64_t cookie) {
    return vcp_cm_activate_vc(client_, vc, &path, &params, cookie);
  }
  [[nodiscard]] Status DeactivateVc(vcp_cm_vc vc, uint64_t cookie) {
    return vcp_cm_deactivate_vc(client_, vc, cookie);
  }
  [[nodiscard]] Status NameVc(vcp_cm_vc vc, const char* base, uint64_t cookie) {
    return vcp_cm_name_vc(client_, vc, base, cookie);
  }

  [[nodiscard]] Status IncomingCall(vcp_cm_sap sap, vcp_cm_vc vc, const CallParams& params,
                                    uint64_t cookie) {
    return vcp_cm_incoming_call(client_, sap, vc, &params, cookie);
  }
  [[nodiscard]] Status CallConnected(vcp_cm_vc vc, uint64_t cookie) {
    return vcp_cm_call_connected(client_, vc, cookie);
  }
  [[nodiscard]] Status IncomingCloseCall(vcp_cm_vc vc, Status why, uint64_t cookie,
                                         std::span<const std::byte> data = {},
                                         const Cause& cause = {}) {
    return vcp_cm_incoming_close_call(client_, vc, why, &cause, data.data(), data.size(), cookie);
  }
  [[nodiscard]] Status IncomingDropParty(vcp_cm_party party, Status why, uint64_t cookie,
                                         std::span<const std::byte> data = {},
                                         const Cause& cause = {}) {
    return vcp_cm_incoming_drop_party(client_, party, why, &cause, data.data(), data.size(),
                                      cookie);
  }
  [[nodiscard]] Status IncomingCallQoSChange(vcp_cm_vc vc, const CallParams& params,
                                             uint64_t cookie) {
    return vcp_cm_incoming_call_qos_change(client_, vc, &params, cookie);
  }

  [[nodiscard]] Status CreateOwnVc(vcp_cm_family family, uint64_t cookie, Vc* vc) {
    return vcp_cm_create_own_vc(client_, family, cookie, vc);
  }
  [[nodiscard]] Status ActivateOwnVc(Vc vc, const Path& path, uint64_t cookie) {
    return vcp_cm_activate_own_vc(client_, vc, &path, cookie);
  }
  [[nodiscard]] Status DeleteOwnVc(Vc vc, uint64_t cookie) {
    return vcp_cm_delete_own_vc(client_, vc, cookie);
  }

 private:
  vcp_client* client_;
};

}  // namespace vcplane

#endif  // VCPLANE_CM_HPP_
