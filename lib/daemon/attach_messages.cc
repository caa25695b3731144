#include "daemon/attach_messages.h"

#include <algorithm>

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
  return m.reserved == 0 ? nullptr : kReservedNotZero;
}
const char* FindFieldFault(const shm::AnswerCall& m) {
  return IsText(m.params.pvc_name) ? nullptr : kBadText;
}
const char* FindFieldFault(const shm::CloseCall& m) {
  if (m.data_length > sizeof m.data) return "close data is longer than its array";
  size_t unused_bytes = sizeof m.data - m.data_length;
  return AllZero(m.data + m.data_length, unused_bytes) ? nullptr : kReservedNotZero;
}
// Messages that are a header, a handle and a reserved word.
template <typename T>
const char* FindFieldFault(const T& m) {
  static_assert(sizeof(T) == sizeof(shm::MessageHeader) + 8);
  return m.reserved == 0 ? nullptr : kReservedNotZero;
}

template <typename T>
const char* FindFault(Packet packet) {
  if (packet.size() != sizeof(T)) return "a message has the wrong size for its type";
  return FindFieldFault(ReadMessage<T>(packet));
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
    default:
      return "a message has a type that is not a request";
  }
}

const char* FindHeaderFault(Packet packet) {
  if (packet.size() < sizeof(shm::MessageHeader)) return "a message is shorter than its header";
  auto header = ReadMessage<shm::MessageHeader>(packet);
  if (header.size_bytes != packet.size()) return "a message's size field is not its size";
  return header.request_id != 0 ? nullptr : "a request has no request id";
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
  if (status == Status::kSuccess) status = FromAbi(abi.called, &params->called);
  if (status == Status::kSuccess) status = FromAbi(abi.calling, &params->calling);
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
         AllZero(&abi.call_manager_specific, sizeof abi.call_manager_specific);
}

bool IsMediaPartZero(const shm::CallParametersAbi& abi) {
  return abi.media_flags == 0 && abi.receive_priority == 0 && abi.receive_size_hint == 0 &&
         AllZero(abi.pvc_name, sizeof abi.pvc_name) &&
         AllZero(&abi.media_specific, sizeof abi.media_specific);
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

Status FromAbi(const shm::SapAbi& abi, circuit::Sap* sap) {
  sap->pvc_name = TextOf(abi.pvc_name);
  Status status = FromAbi(abi.address, &sap->address);
  if (status == Status::kSuccess) status = FromAbi(abi.specific, &sap->specific);
  return status;
}

Status FromAbi(const shm::CallParametersAbi& abi, circuit::CallParameters* params) {
  if (abi.has_call_manager > 1 || abi.has_media > 1 || abi.reserved2 != 0 ||
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

}  // namespace vcp::daemon
