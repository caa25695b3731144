// Elements about the call itself: its states, why it ends, its connection and its parties.
#include <cstdint>

#include "wire/element_codec.h"

namespace vcp::wire {
namespace {

constexpr uint8_t kMaxState = 0x3f;
constexpr uint8_t kSendingCompleteOctet = 0xa1;
constexpr uint8_t kPrioritisedList = 0x82;
constexpr uint8_t kNoTransferCapability = kLast;  // In the bearer class's octet.

uint8_t DecodeState(OctetReader* reader) { return reader->Read8() & kMaxState; }

void EncodeState(uint8_t state, OctetWriter* writer) {
  VCP_CHECK(state <= kMaxState);
  writer->Write8(state);
}

bool DecodeOpaque(OctetReader* reader, Opaque* opaque) {
  return opaque->octets.Assign(reader->ReadRest()) && !opaque->octets.empty();
}

}  // namespace

bool Decode(OctetReader* reader, Cause* cause) {
  uint8_t location = reader->Read8();
  uint8_t value = reader->Read8();
  cause->location = static_cast<Location>(location & 0x0f);
  cause->value = value & 0x7f;
  return cause->diagnostics.Assign(reader->ReadRest()) && (location & value & kLast) != 0;
}

void Encode(const Cause& cause, OctetWriter* writer) {
  VCP_CHECK(cause.value < kLast);
  writer->Write8(kLast | static_cast<uint8_t>(cause.location));
  writer->Write8(kLast | cause.value);
  writer->WriteSpan(cause.diagnostics);
}

bool Decode(OctetReader* reader, CallState* state) {
  state->state = DecodeState(reader);
  return true;
}
void Encode(const CallState& state, OctetWriter* writer) { EncodeState(state.state, writer); }

bool Decode(OctetReader* reader, EndpointState* state) {
  state->state = DecodeState(reader);
  return true;
}
void Encode(const EndpointState& state, OctetWriter* writer) { EncodeState(state.state, writer); }

bool Decode(OctetReader* reader, EndpointReference* endpoint) {
  uint8_t type = reader->Read8();
  uint16_t reference = reader->Read16();
  endpoint->to_allocator = (reference & 0x8000) != 0;
  endpoint->value = reference & 0x7fff;
  return type == 0;  // Locally defined integer, the only one.
}

void Encode(const EndpointReference& endpoint, OctetWriter* writer) {
  VCP_CHECK(endpoint.value <= 0x7fff);
  writer->Write8(0);
  writer->Write16(endpoint.value | (endpoint.to_allocator ? 0x8000 : 0));
}

bool Decode(OctetReader* reader, ConnectionIdentifier* connection) {
  using Association = ConnectionIdentifier::Association;
  using Preference = ConnectionIdentifier::Preference;
  uint8_t octet = reader->Read8();
  connection->association = static_cast<Association>(octet >> 3 & 0x03);
  connection->preference = static_cast<Preference>(octet & 0x07);
  connection->vpci = reader->Read16();
  connection->vci = reader->Read16();
  bool associated = connection->association == Association::kExplicit ||
                    connection->association == Association::kVpAssociated;
  bool preferred = connection->preference == Preference::kExclusive ||
                   connection->preference == Preference::kAnyVci ||
                   connection->preference == Preference::kNoVci;
  return associated && preferred && (octet & kLast) != 0;
}

void Encode(const ConnectionIdentifier& connection, OctetWriter* writer) {
  writer->Write8(kLast | static_cast<uint8_t>(connection.association) << 3 |
                 static_cast<uint8_t>(connection.preference));
  writer->Write16(connection.vpci);
  writer->Write16(connection.vci);
}

bool Decode(OctetReader* reader, RestartIndicator* restart) {
  uint8_t octet = reader->Read8();
  restart->restart_class = static_cast<RestartIndicator::Class>(octet & 0x07);
  return restart->restart_class <= RestartIndicator::Class::kAll && (octet & kLast) != 0;
}

void Encode(const RestartIndicator& restart, OctetWriter* writer) {
  writer->Write8(kLast | static_cast<uint8_t>(restart.restart_class));
}

bool Decode(OctetReader* reader, BearerCapability* bearer) {
  uint8_t octet = reader->Read8();
  bearer->bearer_class = static_cast<BearerClass>(octet & 0x1f);
  if ((octet & kNoTransferCapability) == 0) {
    octet = reader->Read8();
    bearer->transfer_capability = octet & 0x7f;
    if ((octet & kLast) == 0) return false;
  }
  octet = reader->Read8();
  bearer->clipping = octet >> 5 & 0x03;
  uint8_t configuration = octet & 0x03;
  bearer->multipoint = configuration == 1;
  return configuration <= 1 && (octet & kLast) != 0;
}

void Encode(const BearerCapability& bearer, OctetWriter* writer) {
  auto bearer_class = static_cast<uint8_t>(bearer.bearer_class);
  VCP_CHECK(bearer_class <= 0x1f && bearer.clipping <= 3);
  VCP_CHECK(bearer.transfer_capability.value_or(0) < kLast);
  if (bearer.transfer_capability) {
    writer->Write8(bearer_class);
    writer->Write8(kLast | *bearer.transfer_capability);
  } else {
    writer->Write8(kNoTransferCapability | bearer_class);
  }
  writer->Write8(kLast | bearer.clipping << 5 | (bearer.multipoint ? 1 : 0));
}

bool Decode(OctetReader* reader, RepeatIndicator* /*repeat*/) {
  return reader->Read8() == kPrioritisedList;
}
void Encode(const RepeatIndicator& /*repeat*/, OctetWriter* writer) {
  writer->Write8(kPrioritisedList);
}

bool Decode(OctetReader* reader, SendingComplete* /*complete*/) {
  return reader->Read8() == kSendingCompleteOctet;
}
void Encode(const SendingComplete& /*complete*/, OctetWriter* writer) {
  writer->Write8(kSendingCompleteOctet);
}

bool Decode(OctetReader* reader, OamTraffic* oam) {
  uint8_t shaping = reader->Read8();
  uint8_t flows = reader->Read8();
  oam->shaping = shaping >> 5 & 0x03;
  oam->compliance = (shaping & 0x10) != 0;
  oam->fault_management = shaping & 0x07;
  oam->forward_f5 = flows >> 4 & 0x07;
  oam->backward_f5 = flows & 0x07;
  return (shaping & flows & kLast) != 0;
}

void Encode(const OamTraffic& oam, OctetWriter* writer) {
  VCP_CHECK(oam.shaping <= 3 && oam.fault_management <= 7);
  VCP_CHECK(oam.forward_f5 <= 7 && oam.backward_f5 <= 7);
  writer->Write8(kLast | oam.shaping << 5 | (oam.compliance ? 0x10 : 0) | oam.fault_management);
  writer->Write8(kLast | oam.forward_f5 << 4 | oam.backward_f5);
}

bool Decode(OctetReader* reader, ConnectionScope* scope) {
  uint8_t type = reader->Read8();
  scope->type = type & 0x7f;
  scope->scope = reader->Read8();
  return (type & kLast) != 0;
}

void Encode(const ConnectionScope& scope, OctetWriter* writer) {
  VCP_CHECK(scope.type < kLast);
  writer->Write8(kLast | scope.type);
  writer->Write8(scope.scope);
}

bool Decode(OctetReader* reader, LeafCallId* call) {
  uint8_t type = reader->Read8();
  call->type = type & 0x0f;
  call->id = reader->Read32();
  return (type & kLast) != 0;
}

void Encode(const LeafCallId& call, OctetWriter* writer) {
  VCP_CHECK(call.type <= 0x0f);
  writer->Write8(kLast | call.type);
  writer->Write32(call.id);
}

bool Decode(OctetReader* reader, LeafParameters* parameters) {
  uint8_t octet = reader->Read8();
  parameters->screening = octet & 0x03;
  return (octet & kLast) != 0;
}

void Encode(const LeafParameters& parameters, OctetWriter* writer) {
  VCP_CHECK(parameters.screening <= 3);
  writer->Write8(kLast | parameters.screening);
}

bool Decode(OctetReader* reader, LeafSequence* sequence) {
  sequence->number = reader->Read32();
  return true;
}
void Encode(const LeafSequence& sequence, OctetWriter* writer) { writer->Write32(sequence.number); }

bool Decode(OctetReader* reader, Facility* facility) { return DecodeOpaque(reader, facility); }
void Encode(const Facility& facility, OctetWriter* writer) { writer->WriteSpan(facility.octets); }

bool Decode(OctetReader* reader, Notification* notification) {
  return DecodeOpaque(reader, notification);
}
void Encode(const Notification& notification, OctetWriter* writer) {
  writer->WriteSpan(notification.octets);
}

bool Decode(OctetReader* reader, UserUser* user) { return DecodeOpaque(reader, user); }
void Encode(const UserUser& user, OctetWriter* writer) { writer->WriteSpan(user.octets); }

bool Decode(OctetReader* reader, GenericIdentifier* identifier) {
  identifier->standard = reader->Read8() & 0x7f;
  std::span<const uint8_t> rest = reader->ReadRest();
  OctetReader fields(rest);
  while (!fields.done()) {
    fields.Read8();  // The type.
    fields.ReadSpan(fields.Read8());
  }
  return identifier->fields.Assign(rest) && fields.ok();
}

void Encode(const GenericIdentifier& identifier, OctetWriter* writer) {
  VCP_CHECK(identifier.standard < kLast);
  writer->Write8(identifier.standard);
  writer->WriteSpan(identifier.fields);
}

bool Decode(OctetReader* reader, ReportType* report) {
  report->type = static_cast<ReportType::Type>(reader->Read8());
  switch (report->type) {
    case ReportType::Type::kModificationConfirmation:
    case ReportType::Type::kClockRecovery:
    case ReportType::Type::kAvailability:
    case ReportType::Type::kAvailabilityRequest:
    case ReportType::Type::kAvailabilityComplete:
      return true;
  }
  return false;
}

void Encode(const ReportType& report, OctetWriter* writer) {
  writer->Write8(static_cast<uint8_t>(report.type));
}

}  // namespace vcp::wire
