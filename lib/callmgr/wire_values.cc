#include "callmgr/wire_values.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/check.h"
#include "wire/cause.h"
#include "wire/octets.h"

namespace vcp::callmgr {

namespace {

using wire::CauseValue;

BroadbandLowLayer::Layer2 ToLayer2(const wire::LowLayerInfo::Layer2& element) {
  BroadbandLowLayer::Layer2 layer{.protocol = element.protocol,
                                  .mode = element.mode,
                                  .window = element.window,
                                  .user_information = element.user};
  if (element.mode) layer.q933_use = element.q933_use;
  return layer;
}

BroadbandLowLayer::Layer3 ToLayer3(const wire::LowLayerInfo::Layer3& element) {
  BroadbandLowLayer::Layer3 layer{.protocol = element.protocol,
                                  .mode = element.mode,
                                  .packet_size_log2 = element.packet_size,
                                  .window = element.window,
                                  .user_information = element.user,
                                  .initial_protocol = element.ipi};
  if (element.snap) layer.snap = {{element.snap->oui, element.snap->protocol}};
  return layer;
}

}  // namespace

wire::HighLayerInfo ToElement(const BroadbandHighLayer& layer) {
  wire::HighLayerInfo element{.type = static_cast<uint8_t>(layer.type), .octets = {}};
  VCP_CHECK(element.octets.Assign(layer.octets()));
  return element;
}

wire::LowLayerInfo ToElement(const BroadbandLowLayer& layer) {
  wire::LowLayerInfo element{.layer1 = layer.layer1_protocol, .layer2 = {}, .layer3 = {}};
  if (layer.layer2) {
    element.layer2 = {{.protocol = layer.layer2->protocol,
                       .mode = layer.layer2->mode,
                       .q933_use = layer.layer2->q933_use.value_or(0),
                       .window = layer.layer2->window,
                       .user = layer.layer2->user_information}};
  }
  if (layer.layer3) {
    element.layer3 = {{.protocol = layer.layer3->protocol,
                       .mode = layer.layer3->mode,
                       .packet_size = layer.layer3->packet_size_log2,
                       .window = layer.layer3->window,
                       .user = layer.layer3->user_information,
                       .ipi = layer.layer3->initial_protocol,
                       .snap = {}}};
    if (layer.layer3->snap) {
      element.layer3->snap = {{layer.layer3->snap->oui, layer.layer3->snap->protocol}};
    }
  }
  return element;
}

BroadbandHighLayer ToLayer(const wire::HighLayerInfo& element) {
  BroadbandHighLayer layer{.type = static_cast<HighLayerType>(element.type),
                           .size_bytes = static_cast<uint8_t>(element.octets.size())};
  std::ranges::copy(element.octets, layer.bytes.begin());
  return layer;
}

BroadbandLowLayer ToLayer(const wire::LowLayerInfo& element) {
  BroadbandLowLayer layer{.layer1_protocol = element.layer1};
  if (element.layer2) layer.layer2 = ToLayer2(*element.layer2);
  if (element.layer3) layer.layer3 = ToLayer3(*element.layer3);
  return layer;
}

circuit::Cause ToCause(const wire::Cause& cause) {
  circuit::Cause given{.value = cause.value,
                       .location = static_cast<uint8_t>(cause.location),
                       .diagnostic_bytes = static_cast<uint8_t>(cause.diagnostics.size())};
  static_assert(circuit::Cause::kMaxDiagnosticBytes == wire::Cause::kMaxDiagnosticsBytes);
  std::ranges::copy(cause.diagnostics, given.diagnostics.begin());
  return given;
}

wire::Cause ToWire(const circuit::Cause& cause, const wire::Cause& otherwise) {
  if (cause.value == 0) return otherwise;
  wire::Cause given{.location = static_cast<wire::Location>(cause.location), .value = cause.value};
  VCP_CHECK(given.diagnostics.Assign({cause.diagnostics.data(), cause.diagnostic_bytes}));
  return given;
}

// Not for a call that just ends (16), where it may stand too: atmsigd does not survive it there.
bool HasCondition(uint8_t cause) {
  return cause == CauseValue::kUnallocatedNumber || cause == CauseValue::kNoRoute ||
         cause == CauseValue::kQosUnavailable;
}

void Diagnose(Duration duration, wire::Cause* cause) {
  constexpr uint8_t kUser = 0x08;
  const uint8_t whose = cause->location == wire::Location::kUser ? kUser : 0;
  const uint8_t octet = 0x80 | whose | static_cast<uint8_t>(duration);
  VCP_CHECK(cause->diagnostics.Assign(std::span(&octet, 1)));
}

void Diagnose(const wire::TransitNetwork& network, wire::Cause* cause) {
  std::array<uint8_t, wire::Cause::kMaxDiagnosticsBytes> octets;
  wire::OctetWriter writer(octets);
  writer.Write8(wire::ElementId(wire::Element::kTransitNetwork));
  writer.Write8(0x80 | static_cast<uint8_t>(network.coding) << 5);
  writer.Write16(1 + network.digits.size());
  writer.Write8(0x80 | network.type << 4 | network.plan);
  writer.WriteSpan(network.digits);
  VCP_CHECK(writer.ok() && cause->diagnostics.Assign(std::span(octets).first(writer.size())));
}

Status StatusOf(uint8_t cause) {
  switch (cause) {
    case CauseValue::kNormalClearing:
    case CauseValue::kNormal:
      return Status::kSuccess;
    case CauseValue::kUnallocatedNumber:
    case CauseValue::kNoRouteToTransitNetwork:
    case CauseValue::kNoRoute:
    case CauseValue::kInvalidNumber:
      return Status::kNotFound;
    case CauseValue::kUserBusy:
    case CauseValue::kCallRejected:
    case CauseValue::kRestrictedCallerRejected:
    case CauseValue::kIncompatibleDestination:
      return Status::kNotAccepted;
    case CauseValue::kNoUserResponding:
    case CauseValue::kNoAnswer:
    case CauseValue::kTimerExpired:
      return Status::kTimedOut;
    case CauseValue::kDestinationOutOfOrder:
    case CauseValue::kNetworkOutOfOrder:
    case CauseValue::kTemporaryFailure:
      return Status::kDisconnected;
    case CauseValue::kTooManyAddParties:
    case CauseValue::kConnectionUnavailable:
    case CauseValue::kCellRateUnavailable:
    case CauseValue::kCongestion:
    case CauseValue::kNoConnectionAvailable:
    case CauseValue::kResourceUnavailable:
    case CauseValue::kQosUnavailable:
      return Status::kResources;
    case CauseValue::kUnsupportedTraffic:
    case CauseValue::kAalNotSupported:
      return Status::kNotSupported;
    default:
      return Status::kFailure;
  }
}

Status FailureOf(uint8_t cause) {
  const Status status = StatusOf(cause);
  return status == Status::kSuccess ? Status::kNotAccepted : status;
}

uint8_t CauseOf(qos::Admission refusal) {
  switch (refusal) {
    case qos::Admission::kCellRateUnavailable:
      return CauseValue::kCellRateUnavailable;
    case qos::Admission::kQosUnavailable:
      return CauseValue::kQosUnavailable;
    default:
      return CauseValue::kResourceUnavailable;
  }
}

uint8_t CauseOf(Status status) {
  switch (status) {
    case Status::kSuccess:
      return CauseValue::kNormalClearing;
    case Status::kNotFound:
      return CauseValue::kUnallocatedNumber;
    case Status::kResources:
      return CauseValue::kResourceUnavailable;
    case Status::kBackPressured:
      return CauseValue::kUserBusy;
    case Status::kDisconnected:
    case Status::kClosing:
    case Status::kClosed:
      return CauseValue::kDestinationOutOfOrder;
    case Status::kTimedOut:
      return CauseValue::kNoAnswer;
    default:
      return CauseValue::kCallRejected;
  }
}

}  // namespace vcp::callmgr
