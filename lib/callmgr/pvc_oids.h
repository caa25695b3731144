// PVCs that clients add and delete by OID (C97), where the daemon lets them. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "callmgr/pvc_list.h"
#include "circuit/oids.h"

namespace vcp::callmgr {

inline bool IsAboutPvcs(circuit::Oid oid) {
  return oid == circuit::Oid::kAddPvc || oid == circuit::Oid::kDeletePvc;
}

// What OID_CO_ADD_PVC says is vcp_pvc of vcplane_types.h: the name in 64 bytes, zeros behind it;
// transmit and receive label, 32 bits each; 1 and a MAC address, or 0, in 8 bytes; bytes a second
// and the largest SDU, 64 bits each, ~0: not specified; the destination, an address of 24 bytes, or
// zeros. OID_CO_DELETE_PVC has the name only.
inline constexpr size_t kPvcOidBytes = 120;
std::vector<uint8_t> MakePvcOid(const Pvc& pvc);

// On a call manager's adapter. kInvalidLength, kInvalidData; kNotAccepted: that one is the
// operator's; and as PvcList.
Status HandlePvcOid(std::string_view adapter, const circuit::OidRequest& request, PvcList* pvcs);

}  // namespace vcp::callmgr
