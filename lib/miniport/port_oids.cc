#include "miniport/port_oids.h"

#include <algorithm>
#include <initializer_list>
#include <numeric>
#include <vector>

#include "dataplane/counters.h"
#include "miniport/nearest_flow.h"

namespace vcp::miniport {
namespace {

using circuit::AnswerOid;
using circuit::AnswerOid32;
using circuit::Oid;
using circuit::OidAnswer;
using circuit::OidRequest;

// NDIS_MEDIUM: calls and VCs are ATM's, whatever frames they travel in.
constexpr uint32_t kMediumAtm = 8;
// NDIS_HARDWARE_STATUS.
constexpr uint32_t kReady = 0, kInitializing = 1, kReset = 2, kNotReady = 4;
constexpr uint32_t kConnected = 0, kDisconnected = 1;
// Of MAC options: what is sent does not come back by itself; a send may wait until it has left.
constexpr uint32_t kNoLoopback = 0x8, kTellsEndOfTransmission = 0x10;
constexpr uint32_t kKnownProtocolOptions = 0x7;  // estimated length, no loopback, no reserved
// Major version high: the environment's, as NDIS numbers it, and the driver's.
constexpr uint16_t kEnvironmentVersion = 0x0600;
constexpr uint32_t kDriverVersion = 0x00010000;
// A monotonic clock that can be read; how far NTP may slew it, in ppm.
constexpr uint32_t kReadableClock = 0x1, kHasPrecision = 0x4, kPrecisionPpm = 500;
constexpr uint32_t kStampsReceives = 0x8;  // for VCs that ask for it
constexpr uint64_t kBitsPerUnit = 100;     // of link speeds (C110)
constexpr uint64_t kNsPerUnit = 100;       // of the time

uint32_t HardwareStatus(const circuit::AdapterRow& adapter) {
  if (adapter.resetting) return kReset;
  if (adapter.state == circuit::AdapterState::kInitializing) return kInitializing;
  return adapter.state == circuit::AdapterState::kRunning ? kReady : kNotReady;
}

// As vcp_flow_spec.
void AppendFlow(const qos::FlowSpec& flow, std::vector<uint8_t>* bytes) {
  for (const uint64_t field :
       {flow.token_rate_bytes_per_second, flow.token_bucket_size_bytes,
        flow.peak_bandwidth_bytes_per_second, flow.latency_us, flow.delay_variation_us,
        flow.max_sdu_size_bytes, flow.minimum_policed_size_bytes}) {
    circuit::AppendOid64(field, bytes);
  }
  circuit::AppendOid32(static_cast<uint32_t>(flow.service_type), bytes);
  circuit::AppendOid32(0, bytes);
}

}  // namespace

port::PortInfo PortOids::Info() const {
  return plane_ == nullptr ? port_.info : plane_->GetPortInfo(port_.index);
}

circuit::LinkState PortOids::Link() const {
  const port::PortInfo info = Info();
  return {.connect_state =
              info.link_up ? circuit::LinkState::kConnected : circuit::LinkState::kDisconnected,
          .transmit_bits_per_second = info.link_bits_per_second,
          .receive_bits_per_second = info.link_bits_per_second};
}

bool PortOids::Supports(Oid oid) const {
  switch (oid) {
    case Oid::kSupportedGuids:
    case Oid::kBytesXmit:
    case Oid::kBytesRcv:
    case Oid::kTransmitQueueLength:
    case Oid::kNetcardLoad:
    case Oid::kBytesXmitOutstanding:
    case Oid::kAtmNearestFlow:
      return true;
    case Oid::kRcvCrcError:  // where the driver tells it apart
      return plane_ != nullptr &&
             plane_->ReadPortCounters(port_.index).driver.crc_errors.has_value();
    case Oid::kGetTimeCaps:
    case Oid::kGetNetcardTime:
      return clock_ != nullptr;
    default: {
      const circuit::OidTraits* traits = circuit::FindOid(oid);
      return traits != nullptr && traits->presence == circuit::OidPresence::kMandatory;
    }
  }
}

Status PortOids::Handle(const OidScope& scope, const OidRequest& request, OidAnswer* answer) {
  const Status checked = circuit::CheckOid(request);
  if (checked != Status::kSuccess) return checked;
  if (!Supports(request.oid)) return Status::kNotSupported;
  if (request.access == circuit::OidAccess::kSet) return Set(request);
  const circuit::OidTraits* traits = circuit::FindOid(request.oid);
  if (traits->size_bytes == circuit::kCounterSize) return AnswerCounter(scope, request, answer);
  switch (request.oid) {
    case Oid::kGetTimeCaps:
    case Oid::kGetNetcardTime:
      return AnswerTime(request, answer);
    case Oid::kAtmNearestFlow:
      return AnswerNearestFlow(scope, request, answer);
    case Oid::kHardwareStatus:
    case Oid::kLinkSpeed:
    case Oid::kMinimumLinkSpeed:
    case Oid::kMediaConnectStatus:
      return AnswerLink(scope, request, answer);
    default:
      return AnswerIdentity(request, answer);
  }
}

Status PortOids::Set(const OidRequest& request) {
  const uint32_t options = circuit::ReadOid32(request.bytes);
  if ((options & ~kKnownProtocolOptions) != 0) return Status::kInvalidData;
  protocol_options_ = options;
  return Status::kSuccess;
}

Status PortOids::AnswerIdentity(const OidRequest& request, OidAnswer* answer) const {
  std::vector<uint8_t> bytes;
  switch (request.oid) {
    case Oid::kSupportedList:
      for (const circuit::OidTraits& traits : circuit::AllOids()) {  // Ascending (C108).
        if (!Supports(traits.oid)) continue;
        circuit::AppendOid32(static_cast<uint32_t>(traits.oid), &bytes);
      }
      return AnswerOid(request, bytes, answer);
    case Oid::kSupportedGuids:  // There are none but NDIS's own.
      return AnswerOid(request, bytes, answer);
    case Oid::kMediaSupported:
    case Oid::kMediaInUse:
      return AnswerOid32(request, kMediumAtm, answer);
    case Oid::kVendorId: {  // The MAC's first three octets, and a byte for models.
      const auto& mac = port_.info.mac;
      return AnswerOid(request, std::vector<uint8_t>{mac[0], mac[1], mac[2], 0}, answer);
    }
    case Oid::kVendorDescription:
      bytes.assign(port_.info.driver.begin(), port_.info.driver.end());
      bytes.push_back(0);
      return AnswerOid(request, bytes, answer);
    case Oid::kDriverVersion:
      return AnswerOid(request,
                       std::vector<uint8_t>{kEnvironmentVersion & 0xff, kEnvironmentVersion >> 8},
                       answer);
    case Oid::kVendorDriverVersion:
      return AnswerOid32(request, kDriverVersion, answer);
    case Oid::kMacOptions:
      return AnswerOid32(request,
                         kNoLoopback | (port_.info.tells_when_sent ? kTellsEndOfTransmission : 0),
                         answer);
    default:
      return Status::kNotSupported;
  }
}

Status PortOids::AnswerLink(const OidScope& scope, const OidRequest& request,
                            OidAnswer* answer) const {
  if (request.oid == Oid::kHardwareStatus) {
    return AnswerOid32(request, HardwareStatus(scope.adapter), answer);
  }
  const port::PortInfo info = Info();
  if (request.oid == Oid::kMediaConnectStatus) {
    return AnswerOid32(request, info.link_up ? kConnected : kDisconnected, answer);
  }
  const auto units = static_cast<uint32_t>(info.link_bits_per_second / kBitsPerUnit);
  std::vector<uint8_t> both;
  circuit::AppendOid32(units, &both);
  circuit::AppendOid32(units, &both);
  return AnswerOid(request, both, answer);
}

// What is counted once for the port, in place of looking at each of its VCs, of which there may be
// a million.
PortOids::Counts PortOids::CountOfPort() const {
  using dataplane::Drop;
  const dataplane::PortCounters port = plane_->ReadPortCounters(port_.index);
  const auto dropped = [&](std::initializer_list<Drop> drops) {
    uint64_t sum = 0;
    for (const Drop drop : drops) sum += port.drops[static_cast<size_t>(drop)];
    return sum;
  };
  const uint64_t of_no_vc =
      std::accumulate(port.rejected.begin(), port.rejected.end(), uint64_t{0}) +
      dropped({Drop::kRxLabelNotOnPort, Drop::kRxVlan});
  const uint64_t of_vcs =
      port.losses.undelivered_sdus +
      dropped({Drop::kRxTooBig, Drop::kRxPaused, Drop::kRxHandoffFull, Drop::kRxNoFrame});
  const uint64_t arrived = port.received_frames + port.received_copies;
  Counts counts{
      .sent = port.transmitted_frames,
      .received = arrived - std::min(arrived, of_no_vc + of_vcs + port.losses.errored_sdus),
      .sent_bytes = port.transmitted_bytes,
      .received_bytes = port.received_bytes};
  counts.received = told_received_ = std::max(told_received_, counts.received);
  counts.not_sent = port.losses.unsent_sdus + dropped({Drop::kTxLinkDown, Drop::kTxUnsent}) +
                    port.driver.transmit_errors;
  counts.not_received = of_no_vc + port.losses.errored_sdus + port.driver.receive_errors;
  counts.no_buffer = of_vcs + port.driver.missed_frames;
  counts.crc_errors = port.driver.crc_errors;
  counts.load_bytes = scaled_load_bytes_ / kLoadScale;
  counts.waiting = port.waiting;
  return counts;
}

void PortOids::SampleLoad() {
  if (plane_ == nullptr) return;
  const uint64_t outstanding_bytes = plane_->ReadPortCounters(port_.index).waiting.bytes;
  scaled_load_bytes_ = scaled_load_bytes_ * kLoadMemory / kLoadScale +
                       outstanding_bytes * (kLoadScale - kLoadMemory);
}

PortOids::Counts PortOids::CountOf(const OidScope& scope) const {
  if (plane_ == nullptr) return {.load_bytes = 0};
  if (!scope.vc) return CountOfPort();
  const circuit::DataEndpoint& endpoint = scope.vc->endpoint;
  const dataplane::VcCounters vc = plane_->ReadVcCounters(
      static_cast<dataplane::ChannelIndex>(endpoint.channel), endpoint.channel_vc);
  return {.sent = vc.transmitted_sdus,
          .received = vc.received_sdus - std::min(vc.received_sdus, vc.errored_sdus),
          .sent_bytes = vc.transmitted_bytes,
          .received_bytes = vc.received_bytes,
          .not_sent = vc.transmit_drops,
          .not_received = vc.errored_sdus,
          .no_buffer = vc.receive_drops,
          .waiting = vc.waiting};
}

Status PortOids::AnswerCounter(const OidScope& scope, const OidRequest& request,
                               OidAnswer* answer) const {
  const Counts counts = CountOf(scope);
  uint64_t value = 0;
  switch (request.oid) {
    case Oid::kXmitPdusOk:
      value = counts.sent;
      break;
    case Oid::kRcvPdusOk:
      value = counts.received;
      break;
    case Oid::kXmitPdusError:
      value = counts.not_sent;
      break;
    case Oid::kRcvPdusError:
      value = counts.not_received;
      break;
    case Oid::kRcvPdusNoBuffer:
      value = counts.no_buffer;
      break;
    case Oid::kBytesXmit:
      value = counts.sent_bytes;
      break;
    case Oid::kBytesRcv:
      value = counts.received_bytes;
      break;
    case Oid::kTransmitQueueLength:
      value = counts.waiting.buffers;
      break;
    case Oid::kBytesXmitOutstanding:
      value = counts.waiting.bytes;
      break;
    case Oid::kRcvCrcError:
    case Oid::kNetcardLoad: {
      const auto& of_port =
          request.oid == Oid::kNetcardLoad ? counts.load_bytes : counts.crc_errors;
      if (!of_port) return Status::kNotSupported;  // no VC has any of its own
      value = *of_port;
      break;
    }
    default:
      return Status::kNotSupported;
  }
  return circuit::AnswerOidCounter(request, value, Info().link_bits_per_second, answer);
}

Status PortOids::AnswerNearestFlow(const OidScope& scope, const OidRequest& request,
                                   OidAnswer* answer) const {
  if (!scope.vc) return Status::kInvalidData;
  circuit::CallParameters params = scope.vc->params;
  const Status found = FindNearestFlow({port_.index, Info()}, &params);
  if (found != Status::kSuccess) return found;
  std::vector<uint8_t> bytes;
  circuit::AppendOid32(params.media->flags, &bytes);
  circuit::AppendOid32(0, &bytes);
  AppendFlow(params.call_manager->transmit, &bytes);
  AppendFlow(params.call_manager->receive, &bytes);
  return AnswerOid(request, bytes, answer);
}

Status PortOids::AnswerTime(const OidRequest& request, OidAnswer* answer) const {
  std::vector<uint8_t> bytes;
  if (request.oid == Oid::kGetTimeCaps) {
    circuit::AppendOid32(kReadableClock | kHasPrecision | kStampsReceives, &bytes);
    circuit::AppendOid32(kPrecisionPpm, &bytes);
  } else {
    circuit::AppendOid64(clock_->NowNs() / kNsPerUnit, &bytes);
  }
  return AnswerOid(request, bytes, answer);
}

}  // namespace vcp::miniport
