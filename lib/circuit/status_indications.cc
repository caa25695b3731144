#include "circuit/status_indications.h"

#include "circuit/oids.h"

namespace vcp::circuit {

StatusIndication MakeLinkStatus(const LinkState& link) {
  StatusIndication indication{.code = StatusCode::kLinkState};
  AppendOid32(link.connect_state, &indication.bytes);
  AppendOid32(link.duplex_state, &indication.bytes);
  AppendOid64(link.transmit_bits_per_second, &indication.bytes);
  AppendOid64(link.receive_bits_per_second, &indication.bytes);
  return indication;
}

bool ParseLinkStatus(const StatusIndication& indication, LinkState* link) {
  if (indication.code != StatusCode::kLinkState || indication.bytes.size() != 24) return false;
  const std::span<const uint8_t> bytes = indication.bytes;
  link->connect_state = ReadOid32(bytes);
  link->duplex_state = ReadOid32(bytes.subspan(4));
  link->transmit_bits_per_second = ReadOid64(bytes.subspan(8));
  link->receive_bits_per_second = ReadOid64(bytes.subspan(16));
  return true;
}

}  // namespace vcp::circuit
