// Single values of the environment as signaling's and back: layers, causes. Addresses are wire's.
#pragma once

#include <cstdint>

#include "base/layer_information.h"
#include "base/status.h"
#include "circuit/types.h"
#include "qos/admission.h"
#include "wire/message.h"

namespace vcp::callmgr {

wire::HighLayerInfo ToElement(const BroadbandHighLayer& layer);
wire::LowLayerInfo ToElement(const BroadbandLowLayer& layer);
BroadbandHighLayer ToLayer(const wire::HighLayerInfo& element);
BroadbandLowLayer ToLayer(const wire::LowLayerInfo& element);

circuit::Cause ToCause(const wire::Cause& cause);
// `value` 0, none, becomes `otherwise`.
wire::Cause ToWire(const circuit::Cause& cause, const wire::Cause& otherwise);
// Causes 1, 3, 16 and 49 have a condition beside them (Q.850): whether the user or the provider of
// the network service is behind it, that it is normal, and for how long it will be so.
bool HasCondition(uint8_t cause);
enum class Duration : uint8_t { kUnknown = 0, kPermanent = 1, kTransient = 2 };
void Diagnose(Duration duration, wire::Cause* cause);
// Cause 2 tells by the element as a whole which network is not known (Q.850).
void Diagnose(const wire::TransitNetwork& network, wire::Cause* cause);
// What a client is told when a call ends for this cause: kSuccess when the other side just hung up.
Status StatusOf(uint8_t cause);
// The same for what has not come about, which is never a success.
Status FailureOf(uint8_t cause);
// The cause of a refusal for which there is only a status.
uint8_t CauseOf(Status status);
uint8_t CauseOf(qos::Admission refusal);

}  // namespace vcp::callmgr
