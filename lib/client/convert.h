// Between the C ABI's structures and the attach protocol's. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
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
// Null: none. VCP_INVALID_DATA: a value, location or length of diagnostics that there is not, or
// any of them with value 0, which is none.
vcp_status ToWire(const vcp_cause* cause, shm::CauseAbi* wire);
// VCP_INVALID_DATA: nothing that something can end with.
vcp_status CheckOutcome(vcp_status outcome);
void FromWire(const shm::CallParametersAbi& wire, vcp_call_params* params);
void FromWire(const shm::CauseAbi& wire, vcp_cause* cause);
void FromWire(const shm::SapAbi& wire, vcp_sap_params* params);

// A NAME VC's reply, with the daemon's word for the VC.
void FillName(std::span<const uint8_t> reply, vcp_event* event);

template <typename Message>
Message Blank() {
  Message message;
  std::memset(&message, 0, sizeof message);
  return message;
}

// A message by value; what a shorter one lacks is zero.
template <typename Message>
Message Read(std::span<const uint8_t> packet) {
  Message message;
  std::memset(&message, 0, sizeof message);
  std::copy_n(packet.begin(), std::min(sizeof message, packet.size()),
              reinterpret_cast<uint8_t*>(&message));
  return message;
}

}  // namespace vcp::client
