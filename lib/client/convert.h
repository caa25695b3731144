// Between the C ABI's structures and the attach protocol's. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "client/vcplane.h"
#include "shm/attach_protocol.h"

namespace vcp::client {

// A parameter structure as an application of any version passes it. VCP_INVALID_LENGTH: it is
// shorter than any version's. VCP_NOT_SUPPORTED: it asks for something that came after this
// library.
vcp_status CheckStructSize(const void* params, size_t given_bytes, size_t known_bytes);

// Printable, and no longer than the daemon takes.
bool IsName(std::string_view text);

// As CheckStructSize; VCP_INVALID_DATA: not a name; VCP_INVALID_LENGTH.
vcp_status ToWire(const vcp_call_params& params, shm::CallParametersAbi* wire);
vcp_status ToWire(const vcp_sap_params& params, shm::SapAbi* wire);
// VCP_INVALID_LENGTH: longer than an address can be.
vcp_status ToWire(const vcp_address& address, shm::AddressAbi* wire);
// Null: none.
void ToWire(const vcp_cause* cause, shm::CauseAbi* wire);
void FromWire(const shm::CallParametersAbi& wire, vcp_call_params* params);
void FromWire(const shm::CauseAbi& wire, vcp_cause* cause);

}  // namespace vcp::client
