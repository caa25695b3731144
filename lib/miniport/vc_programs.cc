#include "miniport/vc_programs.h"

#include <algorithm>

#include "base/limits.h"
#include "qos/admission.h"
#include "qos/flow_mapping.h"
#include "qos/sdu_size.h"

namespace vcp::miniport {

namespace {

// MPLS-TP's group address (RFC 7213), while the peer's own is not known.
constexpr dataplane::MacAddress kUnknownPeerMac = {0x01, 0x00, 0x5e, 0x90, 0x00, 0x00};

// How much earlier than its contract says an SDU may leave: as late as a poll core that sleeps may
// wake up, which then costs no throughput.
constexpr uint64_t kToleranceNs = 250'000;

bool IsUsable(uint32_t label) { return label >= kMinUsableLabel && label < kLabelSpace; }

uint64_t LineCellsPerSecond(const PortOfVcs& port) {
  return std::min(qos::PolicyOfLink(port::LineBitsPerSecond(port.info)).cells_per_second,
                  kMaxCellsPerSecond);
}

// One direction's largest SDU: the port's when it is left open.
Status FitSdu(uint32_t media_flags, uint64_t largest, uint64_t* max_sdu) {
  if (*max_sdu == qos::kUnspecified) *max_sdu = largest;
  if (*max_sdu == 0) return Status::kInvalidData;
  if (*max_sdu <= largest) return Status::kSuccess;
  if ((media_flags & circuit::kRoundDownFlow) == 0) return Status::kInvalidData;
  *max_sdu = largest;
  return Status::kSuccess;
}

Status FitFlows(const PortOfVcs& port, circuit::CallParameters* params, bool transmit, bool receive,
                dataplane::VcProgram* program) {
  const uint64_t largest = std::min<uint64_t>(port.info.max_sdu_bytes, kMaxSduBytes);
  if (!params->call_manager) {
    program->max_sdu_bytes = static_cast<uint32_t>(largest);
    return Status::kSuccess;
  }
  if ((params->media->flags & circuit::kRoundDownFlow) != 0) {
    qos::LimitRates(LineBytesPerSecond(port), &params->call_manager->transmit);
    qos::LimitRates(LineBytesPerSecond(port), &params->call_manager->receive);
  }
  uint64_t* transmit_sdu = &params->call_manager->transmit.max_sdu_size_bytes;
  uint64_t* receive_sdu = &params->call_manager->receive.max_sdu_size_bytes;
  const uint32_t flags = params->media->flags;
  if (transmit && FitSdu(flags, largest, transmit_sdu) != Status::kSuccess) {
    return Status::kInvalidData;
  }
  if (receive && FitSdu(flags, largest, receive_sdu) != Status::kSuccess) {
    return Status::kInvalidData;
  }
  // What arrives is held to the larger one.
  if (transmit) program->max_transmit_bytes = static_cast<uint32_t>(*transmit_sdu);
  program->max_sdu_bytes = static_cast<uint32_t>(
      std::max(transmit ? *transmit_sdu : uint64_t{0}, receive ? *receive_sdu : uint64_t{0}));
  return Status::kSuccess;
}

// What is sent keeps to its flow's contract (C91). Best effort names no rate but a peak, and one
// that the port does not reach limits nothing.
Status FitContract(const PortOfVcs& port, const qos::FlowSpec& flow,
                   dataplane::VcProgram* program) {
  program->shaper.reset();
  if (flow.service_type == qos::ServiceType::kNoTraffic) return Status::kSuccess;
  if (qos::Validate(flow, false) != Status::kSuccess) return Status::kInvalidData;
  const uint64_t line = LineCellsPerSecond(port);
  const std::optional<qos::AtmTraffic> traffic =
      qos::ToAtmTraffic(flow, {program->max_transmit_bytes, line});
  // Nothing: it names no rate at all, as what another one receives may, or one beyond every port's.
  if (!traffic) return Status::kSuccess;
  if (traffic->category() == qos::ServiceCategory::kUbr && traffic->peak() >= line) {
    return Status::kSuccess;
  }
  if (traffic->is_zero() || !qos::HoldsSdu(*traffic, program->max_transmit_bytes)) {
    return Status::kInvalidData;
  }
  const auto largest_cells = static_cast<uint32_t>(qos::CellsOfSdu(program->max_transmit_bytes));
  program->shaper = qos::ShaperOf(*traffic, largest_cells, kToleranceNs);
  return Status::kSuccess;
}

}  // namespace

uint64_t LineBytesPerSecond(const PortOfVcs& port) {
  return LineCellsPerSecond(port) * qos::kCellPayloadBytes;
}

Status MakeVcProgram(const PortOfVcs& port, const circuit::DataEndpoint& endpoint,
                     circuit::CallParameters* params, dataplane::VcProgram* program) {
  if (!params->media || !params->media->labels) return Status::kInvalidData;
  if (endpoint.channel == circuit::DataEndpoint().channel) return Status::kInvalidData;
  const circuit::MediaParameters& media = *params->media;
  if ((media.flags & ~circuit::kSupportedMediaFlags) != 0) return Status::kInvalidData;  // C36
  const bool transmit = (media.flags & circuit::kTransmitVc) != 0;                       // C93
  const bool receive = (media.flags & circuit::kReceiveVc) != 0;
  if (!transmit && !receive) return Status::kInvalidData;
  if ((media.flags & circuit::kIndicateEndOfTransmission) != 0 && !port.info.tells_when_sent) {
    return Status::kNotSupported;
  }
  const bool is_leaf = (params->flags & circuit::kMultipointVc) != 0 && !transmit;
  if (!IsUsable(media.labels->transmit) || !IsUsable(media.labels->receive)) {
    return Status::kInvalidData;
  }
  *program = {.channel = endpoint.channel,
              .channel_vc = endpoint.channel_vc,
              .port = port.index,
              .transmit_label = media.labels->transmit,
              .receive_label = media.labels->receive,
              .peer_mac = media.peer_mac.value_or(kUnknownPeerMac),
              .transmit = transmit,
              .receive = receive,
              .shares_label = is_leaf,
              .stamps_receives = (media.flags & circuit::kReceiveTimeIndication) != 0,
              .indicates_errored = (media.flags & circuit::kIndicateErroredPackets) != 0,
              .confirms_sends = (media.flags & circuit::kIndicateEndOfTransmission) != 0,
              .is_reserved = (media.flags & circuit::kReserveResources) != 0,
              .is_signaling = endpoint.is_signaling};
  Status fits = FitFlows(port, params, transmit, receive, program);
  if (fits != Status::kSuccess || !transmit || endpoint.is_signaling || !params->call_manager) {
    return fits;
  }
  fits = FitContract(port, params->call_manager->transmit, program);
  if (fits != Status::kSuccess || !media.held_to) return fits;
  return FitContract(port, *media.held_to, program);
}

}  // namespace vcp::miniport
