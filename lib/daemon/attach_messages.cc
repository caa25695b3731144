#include "daemon/attach_messages.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/layer_information.h"
#include "base/limits.h"

namespace vcp::daemon {
namespace {

using shm::MessageType;

bool AllZero(const void* data, size_t size_bytes) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  return std::all_of(bytes, bytes + size_bytes, [](uint8_t byte) { return byte == 0; });
}

// Printable, ended, and zero behind the end.
bool IsText(std::span<const char> array) {
  auto end = std::find(array.begin(), array.end(), '\0');
  if (end == array.end()) return false;
  bool printable = std::all_of(array.begin(), end, [](char c) { return c >= ' ' && c <= '~'; });
  return printable && std::all_of(end, array.end(), [](char c) { return c == '\0'; });
}

constexpr char kReservedNotZero[] = "reserved bytes are not zero";
constexpr char kBadText[] = "a text is not printable, not ended, or followed by other bytes";

// By type, what lies behind the header besides the values that FromAbi looks at.
const char* FindFieldFault(const shm::OpenAf& m) {
  if (!IsText(m.adapter)) return kBadText;
  return m.reserved == 0 ? nullptr : kReservedNotZero;
}
const char* FindFieldFault(const shm::RegisterSap& m) {
  if (!IsText(m.sap.pvc_name)) return kBadText;
  return m.reserved == 0 ? nullptr : kReservedNotZero;
}
const char* FindFieldFault(const shm::NotifyCloseAfComplete&) { return nullptr; }
const char* FindFieldFault(const shm::MakeCall& m) {
  if (!IsText(m.params.pvc_name)) return kBadText;
  return m.multipoint <= 1 ? nullptr : "a call is multipoint or it is not";
}
// ADD PARTY and MODIFY CALL QOS.
template <typename T>
const char* FindCallFault(const T& m) {
  if (!IsText(m.params.pvc_name)) return kBadText;
  return m.reserved == 0 ? nullptr : kReservedNotZero;
}
const char* FindFieldFault(const shm::AddParty& m) { return FindCallFault(m); }
const char* FindFieldFault(const shm::ModifyCallQoS& m) { return FindCallFault(m); }
const char* FindFieldFault(const shm::AnswerCall& m) {
  return IsText(m.params.pvc_name) ? nullptr : kBadText;
}
// CLOSE CALL, DROP PARTY, and what a call manager says of the other side.
template <typename T>
const char* FindEndFault(const T& m) {
  if (m.data_length > sizeof m.data) return "close data is longer than its array";
  size_t unused_bytes = sizeof m.data - m.data_length;
  return AllZero(m.data + m.data_length, unused_bytes) ? nullptr : kReservedNotZero;
}
const char* FindFieldFault(const shm::CloseCall& m) { return FindEndFault(m); }
const char* FindFieldFault(const shm::DropParty& m) { return FindEndFault(m); }
const char* FindFieldFault(const shm::CmRegisterFamily& m) {
  if (!IsText(m.adapter)) return kBadText;
  return (m.options & ~uint32_t{shm::kAnswersOids}) == 0 ? nullptr : kReservedNotZero;
}
const char* FindFieldFault(const shm::CmActivateVc& m) {
  if (!IsText(m.params.pvc_name)) return kBadText;
  const bool mac_unused = AllZero(m.peer_mac, sizeof m.peer_mac);
  return AllZero(m.reserved, sizeof m.reserved) && m.has_peer_mac <= 1 &&
                 (m.has_peer_mac == 1 || mac_unused)
             ? nullptr
             : kReservedNotZero;
}
const char* FindFieldFault(const shm::CmCall& m) {
  return IsText(m.params.pvc_name) ? nullptr : kBadText;
}
const char* FindFieldFault(const shm::CmEnd& m) { return FindEndFault(m); }
const char* FindFieldFault(const shm::CmComplete& m) {
  return IsText(m.params.pvc_name) ? nullptr : kBadText;
}
const char* FindFieldFault(const shm::OidRequest& m) {
  if (!IsText(m.adapter)) return kBadText;
  if (m.is_set > 1) return "an OID is queried or set";
  const uint32_t used = m.is_set == 1 ? m.length : 0;
  if (used > sizeof m.data) return "an OID's data is longer than its array";
  const bool rest_is_zero = AllZero(m.data + used, sizeof m.data - used);
  return m.reserved == 0 && rest_is_zero ? nullptr : kReservedNotZero;
}
const char* FindFieldFault(const shm::NameVc& m) {
  if (!IsText(m.base)) return kBadText;
  return m.reserved == 0 ? nullptr : kReservedNotZero;
}
const char* FindFieldFault(const shm::CmCompleteOid& m) {
  // More is what a query would have needed, without the data.
  const uint32_t used = m.length <= sizeof m.data ? m.length : 0;
  const bool rest_is_zero = AllZero(m.data + used, sizeof m.data - used);
  return m.reserved == 0 && rest_is_zero ? nullptr : kReservedNotZero;
}
const char* FindFieldFault(const shm::CmTellClients&) { return nullptr; }
const char* FindFieldFault(const shm::CmSetOid& m) {
  if (m.length > sizeof m.data) return "an OID's data is longer than its array";
  return AllZero(m.data + m.length, sizeof m.data - m.length) ? nullptr : kReservedNotZero;
}
// Messages that are a header, a handle and a reserved word.
template <typename T>
const char* FindFieldFault(const T& m) {
  static_assert(sizeof(T) == sizeof(shm::MessageHeader) + 8);
  return m.reserved == 0 ? nullptr : kReservedNotZero;
}

template <typename T>
const char* FindFault(Packet packet) {
  if (packet.size() != sizeof(T) && packet.size() != shm::kFirstBytes<T>) {
    return "a message has the wrong size for its type";
  }
  return FindFieldFault(ReadMessage<T>(packet));
}

const char* FindCallManagerFault(uint16_t type, Packet packet) {
  switch (static_cast<MessageType>(type)) {
    case MessageType::kCmRegisterFamily:
      return FindFault<shm::CmRegisterFamily>(packet);
    case MessageType::kCmDeregisterFamily:
    case MessageType::kCmNotifyCloseAf:
    case MessageType::kCmCreateVc:
    case MessageType::kCmCreateOwnVc:
    case MessageType::kCmDeleteVc:
    case MessageType::kCmDeactivateVc:
    case MessageType::kCmCallConnected:
      return FindFault<shm::CmHandle>(packet);
    case MessageType::kCmActivateVc:
      return FindFault<shm::CmActivateVc>(packet);
    case MessageType::kCmIncomingCall:
    case MessageType::kCmCallQoSChange:
      return FindFault<shm::CmCall>(packet);
    case MessageType::kCmIncomingCloseCall:
    case MessageType::kCmIncomingDropParty:
      return FindFault<shm::CmEnd>(packet);
    case MessageType::kCmComplete:
      return FindFault<shm::CmComplete>(packet);
    case MessageType::kCmCompleteOid:
      return FindFault<shm::CmCompleteOid>(packet);
    case MessageType::kCmTellClients:
      return FindFault<shm::CmTellClients>(packet);
    case MessageType::kCmSetOid:
      return FindFault<shm::CmSetOid>(packet);
    case MessageType::kCmNameVc:
      return FindFault<shm::NameVc>(packet);
    default:
      return "a message has a type that is not a request";
  }
}

const char* FindFaultByType(uint16_t type, Packet packet) {
  switch (static_cast<MessageType>(type)) {
    case MessageType::kHello:
      return "HELLO came twice";
    case MessageType::kOpenAf:
      return FindFault<shm::OpenAf>(packet);
    case MessageType::kCloseAf:
      return FindFault<shm::CloseAf>(packet);
    case MessageType::kNotifyCloseAfComplete:
      return FindFault<shm::NotifyCloseAfComplete>(packet);
    case MessageType::kRegisterSap:
      return FindFault<shm::RegisterSap>(packet);
    case MessageType::kDeregisterSap:
      return FindFault<shm::DeregisterSap>(packet);
    case MessageType::kCreateVc:
      return FindFault<shm::CreateVc>(packet);
    case MessageType::kDeleteVc:
      return FindFault<shm::DeleteVc>(packet);
    case MessageType::kMakeCall:
      return FindFault<shm::MakeCall>(packet);
    case MessageType::kAnswerCall:
      return FindFault<shm::AnswerCall>(packet);
    case MessageType::kCloseCall:
      return FindFault<shm::CloseCall>(packet);
    case MessageType::kVcCounters:
      return FindFault<shm::VcCountersRequest>(packet);
    case MessageType::kAddParty:
      return FindFault<shm::AddParty>(packet);
    case MessageType::kDropParty:
      return FindFault<shm::DropParty>(packet);
    case MessageType::kModifyCallQoS:
      return FindFault<shm::ModifyCallQoS>(packet);
    case MessageType::kOid:
      return FindFault<shm::OidRequest>(packet);
    case MessageType::kWatchStatus:
      return FindFault<shm::WatchStatus>(packet);
    case MessageType::kNameVc:
      return FindFault<shm::NameVc>(packet);
    case MessageType::kCancelOid:
      return FindFault<shm::CancelOid>(packet);
    default:
      return FindCallManagerFault(type, packet);
  }
}

const char* FindHeaderFault(Packet packet) {
  if (packet.size() < sizeof(shm::MessageHeader)) return "a message is shorter than its header";
  auto header = ReadMessage<shm::MessageHeader>(packet);
  if (header.size_bytes != packet.size()) return "a message's size field is not its size";
  return header.request_id != 0 ? nullptr : "a request has no request id";
}

Status FromAbi(const shm::HighLayerAbi& abi, std::optional<BroadbandHighLayer>* high) {
  if (abi.present == 0) {
    return AllZero(&abi, sizeof abi) ? Status::kSuccess : Status::kProtocolError;
  }
  if (abi.present != 1 || abi.reserved != 0) return Status::kProtocolError;
  if (abi.length > sizeof abi.bytes) return Status::kInvalidLength;
  if (!AllZero(abi.bytes + abi.length, sizeof abi.bytes - abi.length)) {
    return Status::kProtocolError;
  }
  high->emplace();
  (*high)->type = static_cast<HighLayerType>(abi.type);
  (*high)->size_bytes = abi.length;
  std::copy_n(abi.bytes, abi.length, (*high)->bytes.begin());
  return Status::kSuccess;
}

// The fields of a low layer that stand in a byte each: visit(flag, byte, value).
template <typename Abi, typename Layer, typename Visit>
void ForEachLayer2Field(Abi& abi, Layer& layer, Visit visit) {
  visit(shm::kLayer2Mode, abi.layer2_mode, layer.mode);
  visit(shm::kLayer2Q933Use, abi.layer2_q933_use, layer.q933_use);
  visit(shm::kLayer2Window, abi.layer2_window, layer.window);
  visit(shm::kLayer2UserInformation, abi.layer2_user_information, layer.user_information);
}
template <typename Abi, typename Layer, typename Visit>
void ForEachLayer3Field(Abi& abi, Layer& layer, Visit visit) {
  visit(shm::kLayer3Mode, abi.layer3_mode, layer.mode);
  visit(shm::kLayer3PacketSize, abi.layer3_packet_size_log2, layer.packet_size_log2);
  visit(shm::kLayer3Window, abi.layer3_window, layer.window);
  visit(shm::kLayer3UserInformation, abi.layer3_user_information, layer.user_information);
  visit(shm::kLayer3InitialProtocol, abi.layer3_initial_protocol, layer.initial_protocol);
}

shm::LowLayerAbi ToAbi(const BroadbandLowLayer& low) {
  shm::LowLayerAbi abi{};
  const auto give = [&abi](uint16_t flag, uint8_t& byte, const std::optional<uint8_t>& field) {
    if (!field) return;
    abi.present |= flag;
    byte = *field;
  };
  give(shm::kLayer1, abi.layer1_protocol, low.layer1_protocol);
  if (low.layer2) {
    give(shm::kLayer2, abi.layer2_protocol, low.layer2->protocol);
    ForEachLayer2Field(abi, *low.layer2, give);
  }
  if (low.layer3) {
    give(shm::kLayer3, abi.layer3_protocol, low.layer3->protocol);
    ForEachLayer3Field(abi, *low.layer3, give);
    if (low.layer3->snap) {
      abi.present |= shm::kLayer3Snap;
      abi.snap_oui = low.layer3->snap->oui;
      abi.snap_protocol = low.layer3->snap->protocol;
    }
  }
  return abi;
}

// A field that is there without its layer, or is not and has a value, makes the two differ.
Status FromAbi(const shm::LowLayerAbi& abi, BroadbandLowLayer* low) {
  const auto take = [&abi](uint16_t flag, uint8_t byte, std::optional<uint8_t>& field) {
    if ((abi.present & flag) != 0) field = byte;
  };
  take(shm::kLayer1, abi.layer1_protocol, low->layer1_protocol);
  if ((abi.present & shm::kLayer2) != 0) {
    low->layer2 = {.protocol = abi.layer2_protocol};
    ForEachLayer2Field(abi, *low->layer2, take);
  }
  if ((abi.present & shm::kLayer3) != 0) {
    low->layer3 = {.protocol = abi.layer3_protocol};
    ForEachLayer3Field(abi, *low->layer3, take);
    if ((abi.present & shm::kLayer3Snap) != 0) {
      low->layer3->snap = {.oui = abi.snap_oui, .protocol = abi.snap_protocol};
    }
  }
  const shm::LowLayerAbi understood = ToAbi(*low);
  return std::memcmp(&understood, &abi, sizeof abi) == 0 ? Status::kSuccess
                                                         : Status::kProtocolError;
}

Status FromAbi(const shm::LayersAbi& abi, LayerInformation* layers) {
  Status status = FromAbi(abi.high, &layers->high);
  if (status != Status::kSuccess) return status;
  if (abi.low_count > std::size(abi.low)) return Status::kInvalidLength;
  for (size_t i = 0; i < std::size(abi.low); ++i) {
    if (i >= abi.low_count && !AllZero(&abi.low[i], sizeof abi.low[i])) {
      return Status::kProtocolError;
    }
    if (i >= abi.low_count) continue;
    BroadbandLowLayer low;
    status = FromAbi(abi.low[i], &low);
    if (status != Status::kSuccess || !layers->low.Append(low)) return status;
  }
  return Status::kSuccess;
}

Status FromAbi(const shm::SpecificAbi& abi, circuit::SpecificParameters* specific) {
  if (abi.length > sizeof abi.bytes) return Status::kInvalidLength;
  if (!AllZero(abi.bytes + abi.length, sizeof abi.bytes - abi.length)) {
    return Status::kProtocolError;
  }
  specific->type = abi.type;
  specific->bytes.assign(abi.bytes, abi.bytes + abi.length);
  return Status::kSuccess;
}

Status FromAbi(const shm::FlowSpecAbi& abi, qos::FlowSpec* spec) {
  if (abi.reserved != 0) return Status::kProtocolError;
  if (abi.service_type > static_cast<uint32_t>(qos::ServiceType::kGuaranteed)) {
    return Status::kInvalidData;
  }
  spec->token_rate_bytes_per_second = abi.token_rate_bytes_per_second;
  spec->token_bucket_size_bytes = abi.token_bucket_size_bytes;
  spec->peak_bandwidth_bytes_per_second = abi.peak_bandwidth_bytes_per_second;
  spec->latency_us = abi.latency_us;
  spec->delay_variation_us = abi.delay_variation_us;
  spec->service_type = static_cast<qos::ServiceType>(abi.service_type);
  spec->max_sdu_size_bytes = abi.max_sdu_size_bytes;
  spec->minimum_policed_size_bytes = abi.minimum_policed_size_bytes;
  return Status::kSuccess;
}

Status FromAbi(const shm::CallParametersAbi& abi, circuit::CallManagerParameters* params) {
  Status status = FromAbi(abi.transmit, &params->transmit);
  if (status == Status::kSuccess) status = FromAbi(abi.receive, &params->receive);
  if (status == Status::kSuccess) status = daemon::FromAbi(abi.called, &params->called);
  if (status == Status::kSuccess) status = daemon::FromAbi(abi.calling, &params->calling);
  if (status == Status::kSuccess) status = FromAbi(abi.layers, &params->layers);
  if (status == Status::kSuccess) status = FromAbi(abi.call_manager_specific, &params->specific);
  return status;
}

Status FromAbi(const shm::CallParametersAbi& abi, circuit::MediaParameters* params) {
  params->flags = abi.media_flags;
  params->receive_priority = abi.receive_priority;
  params->receive_size_hint = abi.receive_size_hint;
  params->pvc_name = TextOf(abi.pvc_name);
  return FromAbi(abi.media_specific, &params->specific);
}

bool IsCallManagerPartZero(const shm::CallParametersAbi& abi) {
  return AllZero(&abi.transmit, sizeof abi.transmit) && AllZero(&abi.receive, sizeof abi.receive) &&
         AllZero(&abi.called, sizeof abi.called) && AllZero(&abi.calling, sizeof abi.calling) &&
         AllZero(&abi.layers, sizeof abi.layers) &&
         AllZero(&abi.call_manager_specific, sizeof abi.call_manager_specific);
}

bool IsMediaPartZero(const shm::CallParametersAbi& abi) {
  return abi.media_flags == 0 && abi.receive_priority == 0 && abi.receive_size_hint == 0 &&
         AllZero(abi.pvc_name, sizeof abi.pvc_name) &&
         AllZero(&abi.media_specific, sizeof abi.media_specific);
}

shm::HighLayerAbi ToAbi(const BroadbandHighLayer& high) {
  shm::HighLayerAbi abi{};
  abi.present = 1;
  abi.type = static_cast<uint8_t>(high.type);
  abi.length = high.size_bytes;
  std::ranges::copy(high.octets(), abi.bytes);
  return abi;
}

shm::LayersAbi ToAbi(const LayerInformation& layers) {
  shm::LayersAbi abi{};
  if (layers.high) abi.high = ToAbi(*layers.high);
  for (const BroadbandLowLayer& low : layers.low) abi.low[abi.low_count++] = ToAbi(low);
  return abi;
}

shm::AddressAbi ToAbi(const Address& address) {
  shm::AddressAbi abi{};
  abi.type = static_cast<uint8_t>(address.type);
  abi.length = address.size_bytes;
  std::copy(address.octets().begin(), address.octets().end(), abi.bytes);
  return abi;
}

// The environment bounds specific parameters to the same number of bytes; more cannot be told.
shm::SpecificAbi ToAbi(const circuit::SpecificParameters& specific) {
  static_assert(shm::kMaxSpecificBytesAbi == vcp::kMaxSpecificBytes);
  shm::SpecificAbi abi{};
  abi.type = specific.type;
  abi.length = static_cast<uint32_t>(std::min(specific.bytes.size(), sizeof abi.bytes));
  std::copy_n(specific.bytes.begin(), abi.length, abi.bytes);
  return abi;
}

shm::FlowSpecAbi ToAbi(const qos::FlowSpec& spec) {
  shm::FlowSpecAbi abi{};
  abi.token_rate_bytes_per_second = spec.token_rate_bytes_per_second;
  abi.token_bucket_size_bytes = spec.token_bucket_size_bytes;
  abi.peak_bandwidth_bytes_per_second = spec.peak_bandwidth_bytes_per_second;
  abi.latency_us = spec.latency_us;
  abi.delay_variation_us = spec.delay_variation_us;
  abi.max_sdu_size_bytes = spec.max_sdu_size_bytes;
  abi.minimum_policed_size_bytes = spec.minimum_policed_size_bytes;
  abi.service_type = static_cast<uint32_t>(spec.service_type);
  return abi;
}

}  // namespace

const char* FindRequestFault(Packet packet) {
  if (const char* fault = FindHeaderFault(packet)) return fault;
  return FindFaultByType(ReadMessage<shm::MessageHeader>(packet).type, packet);
}

const char* FindHelloFault(Packet packet) {
  if (const char* fault = FindHeaderFault(packet)) return fault;
  auto header = ReadMessage<shm::MessageHeader>(packet);
  if (header.type != static_cast<uint16_t>(MessageType::kHello)) return "HELLO did not come first";
  if (packet.size() < sizeof(shm::Hello)) return "HELLO is too short";
  auto hello = ReadMessage<shm::Hello>(packet);
  if (hello.magic != shm::kAttachMagic) return "HELLO does not begin as one does";
  if (hello.struct_size != packet.size()) return "HELLO's struct size is not its size";
  if (!AllZero(packet.data() + sizeof hello, packet.size() - sizeof hello)) {
    return "HELLO ends in fields that this daemon does not know";
  }
  return IsText(hello.name) ? nullptr : kBadText;
}

void CopyText(std::string_view text, std::span<char> array) {
  size_t length = std::min(text.size(), array.size() - 1);
  std::copy_n(text.begin(), length, array.begin());
  std::fill(array.begin() + static_cast<ptrdiff_t>(length), array.end(), '\0');
}

std::string_view TextOf(std::span<const char> array) {
  return {array.data(), strnlen(array.data(), array.size())};
}

Status FromAbi(const shm::AddressAbi& abi, Address* address) {
  if (!AllZero(abi.reserved, sizeof abi.reserved)) return Status::kProtocolError;
  if (abi.length > sizeof abi.bytes) return Status::kInvalidLength;
  if (!AllZero(abi.bytes + abi.length, sizeof abi.bytes - abi.length)) {
    return Status::kProtocolError;
  }
  if (abi.type > static_cast<uint8_t>(AddressType::kNsap)) return Status::kInvalidData;
  auto made = MakeAddress(static_cast<AddressType>(abi.type), {abi.bytes, abi.length});
  if (!made) return Status::kInvalidData;
  *address = *made;
  return Status::kSuccess;
}

Status FromAbi(const shm::CauseAbi& abi, circuit::Cause* cause) {
  if (abi.reserved != 0) return Status::kProtocolError;
  cause->value = abi.value;
  cause->location = abi.location;
  cause->diagnostic_bytes = abi.diagnostic_length;
  std::copy_n(abi.diagnostics, sizeof abi.diagnostics, cause->diagnostics.begin());
  return ValidateBounds(*cause);
}

Status FromAbi(const shm::SapAbi& abi, circuit::Sap* sap) {
  sap->pvc_name = TextOf(abi.pvc_name);
  Status status = FromAbi(abi.address, &sap->address);
  if (status == Status::kSuccess) status = FromAbi(abi.layers, &sap->layers);
  if (status == Status::kSuccess) status = FromAbi(abi.specific, &sap->specific);
  return status;
}

Status FromAbi(const shm::CallParametersAbi& abi, circuit::CallParameters* params) {
  if (abi.has_call_manager > 1 || abi.has_media > 1 || abi.reserved2 != 0 || abi.reserved3 != 0 ||
      !AllZero(abi.reserved, sizeof abi.reserved)) {
    return Status::kProtocolError;
  }
  if ((abi.has_call_manager == 0 && !IsCallManagerPartZero(abi)) ||
      (abi.has_media == 0 && !IsMediaPartZero(abi))) {
    return Status::kProtocolError;
  }
  params->flags = abi.flags;
  params->call_manager.reset();
  params->media.reset();
  Status status = Status::kSuccess;
  if (abi.has_call_manager != 0) status = FromAbi(abi, &params->call_manager.emplace());
  if (status == Status::kSuccess && abi.has_media != 0) {
    status = FromAbi(abi, &params->media.emplace());
  }
  return status;
}

Status StatusFromAbi(uint32_t number, Status* status) {
  if (number > static_cast<uint32_t>(Status::kProtocolError)) return Status::kInvalidData;
  *status = static_cast<Status>(number);
  return *status == Status::kPending ? Status::kInvalidData : Status::kSuccess;
}

shm::SapAbi ToAbi(const circuit::Sap& sap) {
  shm::SapAbi abi{};
  abi.address = ToAbi(sap.address);
  CopyText(sap.pvc_name, abi.pvc_name);
  abi.specific = ToAbi(sap.specific);
  abi.layers = ToAbi(sap.layers);
  return abi;
}

shm::CallParametersAbi ToAbi(const circuit::CallParameters& params) {
  shm::CallParametersAbi abi{};
  abi.flags = params.flags;
  if (params.call_manager) {
    abi.has_call_manager = 1;
    abi.transmit = ToAbi(params.call_manager->transmit);
    abi.receive = ToAbi(params.call_manager->receive);
    abi.called = ToAbi(params.call_manager->called);
    abi.calling = ToAbi(params.call_manager->calling);
    abi.call_manager_specific = ToAbi(params.call_manager->specific);
    abi.layers = ToAbi(params.call_manager->layers);
  }
  if (params.media) {
    abi.has_media = 1;
    abi.media_flags = params.media->flags;
    abi.receive_priority = params.media->receive_priority;
    abi.receive_size_hint = params.media->receive_size_hint;
    CopyText(params.media->pvc_name, abi.pvc_name);
    abi.media_specific = ToAbi(params.media->specific);
  }
  return abi;
}

shm::CauseAbi ToAbi(const circuit::Cause& cause) {
  shm::CauseAbi abi{};
  static_assert(sizeof abi.diagnostics == circuit::Cause::kMaxDiagnosticBytes);
  abi.value = cause.value;
  abi.location = cause.location;
  abi.diagnostic_length = cause.diagnostic_bytes;
  std::ranges::copy(cause.diagnostics, abi.diagnostics);
  return abi;
}

}  // namespace vcp::daemon
