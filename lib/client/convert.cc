#include "client/convert.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace vcp::client {
namespace {

// Of media flags, an application says the directions; neither means both.
constexpr uint32_t kDirections = VCP_MEDIA_TRANSMIT_VC | VCP_MEDIA_RECEIVE_VC;

// Null when the array is not ended, or is no name.
const char* NameIn(const char (&text)[shm::kMaxNameBytes]) {
  const size_t size = strnlen(text, sizeof text);
  return size < sizeof text && IsName({text, size}) ? text : nullptr;
}

// What lies in memory as it travels, and is told apart by the daemon alone.
static_assert(sizeof(vcp_layers) == sizeof(shm::LayersAbi));
static_assert(offsetof(vcp_layers, low) == offsetof(shm::LayersAbi, low));
static_assert(sizeof(vcp_cause) == sizeof(shm::CauseAbi));
static_assert(VCP_LOW_LAYER3_SNAP == uint32_t{shm::kLayer3Snap});
static_assert(offsetof(vcp_low_layer, snap_oui) == offsetof(shm::LowLayerAbi, snap_oui));

// Its length is the daemon's to judge.
void CopyAddress(const vcp_address& address, shm::AddressAbi* wire) {
  wire->type = address.type;
  wire->length = address.length;
  const size_t length = std::min<size_t>(address.length, sizeof wire->bytes);
  std::memcpy(wire->bytes, address.bytes, length);
}

void FromWire(const shm::AddressAbi& wire, vcp_address* address) {
  address->type = wire.type;
  address->length = wire.length;
  std::memcpy(address->bytes, wire.bytes, sizeof address->bytes);
}

static_assert(sizeof(vcp_flow_spec) == sizeof(shm::FlowSpecAbi));
void ToWire(const vcp_flow_spec& spec, shm::FlowSpecAbi* wire) {
  std::memcpy(wire, &spec, sizeof *wire);
  wire->reserved = 0;
}
void FromWire(const shm::FlowSpecAbi& wire, vcp_flow_spec* spec) {
  std::memcpy(spec, &wire, sizeof *spec);
}

vcp_status ToWire(uint32_t type, uint32_t length, const uint8_t* bytes, shm::SpecificAbi* wire) {
  if (length > sizeof wire->bytes) return VCP_INVALID_LENGTH;
  wire->type = type;
  wire->length = length;
  std::memcpy(wire->bytes, bytes, length);
  return VCP_SUCCESS;
}

}  // namespace

vcp_status CheckStructSize(const void* params, size_t given_bytes, size_t known_bytes) {
  if (given_bytes < known_bytes) return VCP_INVALID_LENGTH;
  const auto* bytes = static_cast<const uint8_t*>(params);
  const bool known =
      std::all_of(bytes + known_bytes, bytes + given_bytes, [](uint8_t byte) { return byte == 0; });
  return known ? VCP_SUCCESS : VCP_NOT_SUPPORTED;
}

bool IsName(std::string_view text) {
  return text.size() < shm::kMaxNameBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

vcp_status ToWire(const vcp_call_params& params, shm::CallParametersAbi* wire) {
  const vcp_status status = CheckStructSize(&params, params.struct_size, sizeof params);
  if (status != VCP_SUCCESS) return status;
  if (NameIn(params.pvc_name) == nullptr) return VCP_INVALID_DATA;
  std::memset(wire, 0, sizeof *wire);
  wire->flags = params.flags;
  wire->has_call_manager = 1;
  ToWire(params.transmit, &wire->transmit);
  ToWire(params.receive, &wire->receive);
  CopyAddress(params.called, &wire->called);
  CopyAddress(params.calling, &wire->calling);
  std::memcpy(&wire->layers, &params.layers, sizeof wire->layers);
  // Naming a PVC or asking for less than both directions is a matter of the medium (C99, C93).
  const bool both =
      (params.media_flags & kDirections) == 0 || (params.media_flags & kDirections) == kDirections;
  if (params.pvc_name[0] != '\0' || !both || (params.media_flags & ~kDirections) != 0) {
    wire->has_media = 1;
    wire->media_flags = params.media_flags | (both ? kDirections : 0);
    std::memcpy(wire->pvc_name, params.pvc_name, std::strlen(params.pvc_name));
  }
  return ToWire(params.specific_type, params.specific_length, params.specific,
                &wire->call_manager_specific);
}

vcp_status ToWire(const vcp_sap_params& params, shm::SapAbi* wire) {
  const vcp_status status = CheckStructSize(&params, params.struct_size, sizeof params);
  if (status != VCP_SUCCESS) return status;
  if (NameIn(params.pvc_name) == nullptr) return VCP_INVALID_DATA;
  std::memset(wire, 0, sizeof *wire);
  CopyAddress(params.address, &wire->address);
  std::memcpy(&wire->layers, &params.layers, sizeof wire->layers);
  std::memcpy(wire->pvc_name, params.pvc_name, std::strlen(params.pvc_name));
  return ToWire(params.specific_type, params.specific_length, params.specific, &wire->specific);
}

vcp_status ToWire(const vcp_address& address, shm::AddressAbi* wire) {
  if (address.length > sizeof wire->bytes) return VCP_INVALID_LENGTH;
  CopyAddress(address, wire);
  return VCP_SUCCESS;
}

vcp_status ToWire(const vcp_cause* cause, shm::CauseAbi* wire) {
  if (cause == nullptr) return VCP_SUCCESS;
  if (cause->value > 127 || cause->location > 15 || cause->reserved != 0) return VCP_INVALID_DATA;
  if (cause->diagnostic_length > sizeof cause->diagnostics) return VCP_INVALID_DATA;
  if (cause->value == 0 && cause->location + cause->diagnostic_length != 0) return VCP_INVALID_DATA;
  std::memcpy(wire, cause, sizeof *wire);
  std::memset(wire->diagnostics + cause->diagnostic_length, 0,
              sizeof wire->diagnostics - cause->diagnostic_length);
  return VCP_SUCCESS;
}

vcp_status CheckOutcome(vcp_status outcome) {
  const bool is_one =
      outcome != VCP_PENDING && static_cast<uint32_t>(outcome) <= VCP_PROTOCOL_ERROR;
  return is_one ? VCP_SUCCESS : VCP_INVALID_DATA;
}

void FromWire(const shm::CauseAbi& wire, vcp_cause* cause) {
  std::memcpy(cause, &wire, sizeof *cause);
}

void FromWire(const shm::SapAbi& wire, vcp_sap_params* params) {
  vcp_sap_params_init(params);
  FromWire(wire.address, &params->address);
  std::memcpy(params->pvc_name, wire.pvc_name, sizeof params->pvc_name);
  params->pvc_name[sizeof params->pvc_name - 1] = '\0';
  params->specific_type = wire.specific.type;
  params->specific_length = std::min<uint32_t>(wire.specific.length, sizeof params->specific);
  std::memcpy(params->specific, wire.specific.bytes, params->specific_length);
  std::memcpy(&params->layers, &wire.layers, sizeof params->layers);
}

void FillName(std::span<const uint8_t> reply, vcp_event* event) {
  const auto message = Read<shm::NameVcReply>(reply);
  event->vc = message.vc;
  std::memcpy(event->text, message.name, sizeof message.name);
  event->text[sizeof message.name - 1] = '\0';
}

void FromWire(const shm::CallParametersAbi& wire, vcp_call_params* params) {
  vcp_call_params_init(params);
  params->flags = wire.flags;
  if (wire.has_call_manager != 0) {
    FromWire(wire.transmit, &params->transmit);
    FromWire(wire.receive, &params->receive);
    FromWire(wire.called, &params->called);
    FromWire(wire.calling, &params->calling);
    std::memcpy(&params->layers, &wire.layers, sizeof params->layers);
    params->specific_type = wire.call_manager_specific.type;
    params->specific_length =
        std::min<uint32_t>(wire.call_manager_specific.length, sizeof params->specific);
    std::memcpy(params->specific, wire.call_manager_specific.bytes, params->specific_length);
  }
  if (wire.has_media != 0) {
    params->media_flags = wire.media_flags;
    std::memcpy(params->pvc_name, wire.pvc_name, sizeof params->pvc_name);
    params->pvc_name[sizeof params->pvc_name - 1] = '\0';
  }
}

}  // namespace vcp::client
