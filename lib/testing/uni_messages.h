// Messages as a peer would send them, and the smallest elements that make them whole.
#pragma once

#include <cstdint>

#include "signaling/uni_types.h"
#include "wire/cause.h"
#include "wire/message.h"

namespace vcp::testing {

inline wire::Message NewMessage(wire::MessageType type, wire::CallReference call) {
  wire::Message message;
  message.type = type;
  message.call = call;
  return message;
}

inline wire::PartyNumber Aesa(uint8_t last) {
  wire::PartyNumber number;
  for (uint8_t i = 0; i < 19; ++i) VCP_CHECK(number.octets.Append(i == 0 ? 0x49 : i));
  VCP_CHECK(number.octets.Append(last));
  return number;
}

inline wire::TrafficDescriptor Rates(uint32_t forward, uint32_t backward) {
  wire::TrafficDescriptor traffic;
  traffic.forward.peak = forward;
  traffic.backward.peak = backward;
  return traffic;
}

// The elements of a SETUP; with an endpoint reference when it is point-to-multipoint.
inline wire::Message SetupElements(bool multipoint = false) {
  wire::Message setup;
  setup.type = wire::MessageType::kSetup;
  setup.traffic = Rates(10000, multipoint ? 0 : 5000);
  setup.bearer.emplace();
  setup.bearer->multipoint = multipoint;
  setup.called = Aesa(2);
  setup.qos.emplace();
  if (multipoint) setup.endpoint.emplace();
  return setup;
}

inline wire::ConnectionIdentifier Connection(uint16_t vci, uint16_t vpci = 0) {
  wire::ConnectionIdentifier connection;
  connection.vpci = vpci;
  connection.vci = vci;
  return connection;
}

inline wire::Message WithCause(wire::MessageType type, wire::CallReference call, uint8_t cause) {
  wire::Message message = NewMessage(type, call);
  message.cause = {wire::Cause{.value = cause}};
  return message;
}

inline wire::Message StatusMessage(wire::CallReference call, uint8_t state, uint8_t cause) {
  wire::Message status = WithCause(wire::MessageType::kStatus, call, cause);
  status.call_state = wire::CallState{state};
  return status;
}

}  // namespace vcp::testing
