// Between the C ABI's structures and the attach protocol's. Pure.
#pragma once

#include "client/vcplane.h"
#include "shm/attach_protocol.h"

namespace vcp::client {

// VCP_INVALID_DATA: a structure of another version, a string without end, a length out of bounds.
vcp_status ToWire(const vcp_call_params& params, shm::CallParametersAbi* wire);
vcp_status ToWire(const vcp_sap_params& params, shm::SapAbi* wire);
void FromWire(const shm::CallParametersAbi& wire, vcp_call_params* params);

}  // namespace vcp::client
