#include "element_generators.h"

#include "wire/element_fields.h"

namespace vcp::wire {
namespace {

// Values are drawn one after the other inside rc::gen::exec.
uint64_t Below(uint64_t limit) { return *rc::gen::inRange<uint64_t>(0, limit); }
uint64_t Bits(int bits) {
  // Both ends often: the middle says little about masks and shifts.
  uint64_t most = bits == 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1;
  switch (Below(4)) {
    case 0:
      return 0;
    case 1:
      return most;
    default:
      return *rc::gen::arbitrary<uint64_t>() & most;
  }
}
uint8_t Bits8(int bits) { return static_cast<uint8_t>(Bits(bits)); }
uint16_t Bits16(int bits) { return static_cast<uint16_t>(Bits(bits)); }
uint32_t Bits32(int bits) { return static_cast<uint32_t>(Bits(bits)); }
bool Coin() { return Below(2) == 1; }
template <typename T>
T OneOf(std::initializer_list<T> values) {
  return *(values.begin() + Below(values.size()));
}

template <size_t N>
void Fill(BoundedBytes<N>* octets, size_t least) {
  octets->clear();
  for (size_t left = least + Below(N - least + 1); left > 0; --left) {
    RC_ASSERT(octets->Append(Bits8(8)));
  }
}

template <typename T>
requires std::is_unsigned_v<T>
void Fill(const SubField& field, T* value) { *value = static_cast<T>(Bits(8 * field.value_bytes)); }
void Fill(const SubField& /*field*/, MultiplexingRange* range) {
  *range = {.low = Bits16(16), .high = Bits16(16)};
}
void Fill(const SubField& /*field*/, TrafficOptions* options) {
  *options = {Coin(), Coin(), Coin(), Coin()};
}

// Sub-fields as long as there is room for them.
template <typename T>
void FillFields(size_t room_bytes, T* value) {
  VisitFields(*value, [&room_bytes](const SubField& field, auto& member) {
    size_t bytes = 1 + field.value_bytes;
    if (bytes > room_bytes || Coin()) return;
    room_bytes -= bytes;
    if constexpr (std::is_same_v<decltype(member), bool&>) {
      member = true;
    } else {
      Fill(field, &member.emplace());
    }
  });
}

void Fill(Cause* cause) {
  cause->coding = OneOf({Coding::kItu, Coding::kNetwork});
  cause->location = static_cast<Location>(Bits8(4));
  cause->value = Bits8(7);
  Fill(&cause->diagnostics, 0);
}
void Fill(CallState* state) { state->state = Bits8(6); }
void Fill(EndpointState* state) { state->state = Bits8(6); }
void Fill(EndpointReference* endpoint) { *endpoint = {Coin(), Bits16(15)}; }
void Fill(Facility* facility) { Fill(&facility->octets, 1); }
void Fill(Notification* notification) { Fill(&notification->octets, 1); }
void Fill(UserUser* user) { Fill(&user->octets, 1); }
void Fill(ReportType* report) {
  using Type = ReportType::Type;
  report->type = OneOf({Type::kModificationConfirmation, Type::kClockRecovery, Type::kAvailability,
                        Type::kAvailabilityRequest, Type::kAvailabilityComplete});
}
void Fill(AalParameters* aal) {
  aal->type =
      OneOf({AalType::kVoice, AalType::k1, AalType::k2, AalType::k34, AalType::k5, AalType::kUser});
  FillFields(16, aal);
  if (aal->type == AalType::kUser) Fill(&aal->user, 0);
}
void Fill(TrafficDescriptor* traffic) { FillFields(16, traffic); }  // Fits the smallest, too.
void Fill(WideRates* rates) { FillFields(90, rates); }
void Fill(AbrSetup* abr) { FillFields(32, abr); }
void Fill(AbrAdditional* abr) { FillFields(10, abr); }
void Fill(TransitDelay* delay) {
  delay->coding = OneOf({Coding::kItu, Coding::kNetwork});
  FillFields(9, delay);
}
void Fill(ExtendedQos* qos) {
  qos->origin = OneOf({Origin::kUser, Origin::kNetwork});
  FillFields(20, qos);
}
void Fill(MinimumDesiredRate* rate) {
  *rate = {OneOf({Origin::kUser, Origin::kNetwork}), Bits32(24), Bits32(24)};
}
void Fill(BearerCapability* bearer) {
  bearer->bearer_class = static_cast<BearerClass>(Bits8(5));
  if (Coin()) bearer->transfer_capability = Bits8(7);
  bearer->clipping = Bits8(2);
  bearer->multipoint = Coin();
}
void Fill(HighLayerInfo* info) {
  info->type = Bits8(2);
  Fill(&info->octets, 0);
  const size_t size = info->type == 2 ? 4 : 7;
  if (info->type < 2) return;
  const std::array<uint8_t, 7> octets{Bits8(8), Bits8(8), Bits8(8), Bits8(8)};
  VCP_CHECK(info->octets.Assign(std::span(octets).first(size)));
}
void Fill(RepeatIndicator* /*repeat*/) {}
void Fill(SendingComplete* /*complete*/) {}
void Fill(LowLayerInfo::Layer2* layer) {
  layer->protocol = OneOf({kLayer2Llc, kLayer2User, Bits8(5)});
  if (layer->protocol == kLayer2User) {
    if (Coin()) layer->user = Bits8(7);
  } else if (Coin()) {
    layer->mode = OneOf({uint8_t{1}, uint8_t{2}});
    layer->q933_use = Bits8(2);
    if (Coin()) layer->window = std::max<uint8_t>(Bits8(7), 1);
  }
}
void Fill(LowLayerInfo::Layer3* layer) {
  layer->protocol = OneOf({kLayer3Tr9577, kLayer3User, Bits8(5)});
  if (layer->protocol == kLayer3Tr9577) {
    if (!Coin()) return;
    layer->ipi = OneOf({kSnap, Bits8(8)});
    if (*layer->ipi == kSnap && Coin()) layer->snap = {.oui = Bits32(24), .protocol = Bits16(16)};
  } else if (layer->protocol == kLayer3User) {
    if (Coin()) layer->user = Bits8(7);
  } else if (Coin()) {
    layer->mode = OneOf({uint8_t{1}, uint8_t{2}});
    if (Coin()) layer->packet_size = Bits8(4);
    if (layer->packet_size && Coin()) layer->window = std::max<uint8_t>(Bits8(7), 1);
  }
}
void Fill(LowLayerInfo* info) {
  if (Coin()) info->layer1 = Bits8(5);
  if (Coin()) Fill(&info->layer2.emplace());
  if (Coin()) Fill(&info->layer3.emplace());
}
void Fill(PartyNumber* number) {
  number->type = static_cast<NumberType>(Bits8(3));
  number->plan = static_cast<NumberPlan>(Bits8(4));
  Fill(&number->octets, 0);
}
void Fill(ScreenedNumber* number) {
  Fill(&number->number);
  if (Coin()) number->screening = {.presentation = Bits8(2), .screening = Bits8(2)};
}
void Fill(Subaddress* subaddress) {
  subaddress->type = Bits8(3);
  subaddress->odd = Coin();
  Fill(&subaddress->octets, 0);
}
void Fill(TransitNetwork* network) {
  network->coding = OneOf({Coding::kItu, Coding::kNetwork});
  network->type = Bits8(3);
  network->plan = Bits8(4);
  Fill(&network->digits, 0);
}
void Fill(OamTraffic* oam) { *oam = {Bits8(2), Coin(), Bits8(3), Bits8(3), Bits8(3)}; }
void Fill(ConnectionScope* scope) { *scope = {.type = Bits8(7), .scope = Bits8(8)}; }
void Fill(LeafCallId* call) { *call = {.type = Bits8(4), .id = Bits32(32)}; }
void Fill(LeafParameters* parameters) { parameters->screening = Bits8(2); }
void Fill(LeafSequence* sequence) { sequence->number = Bits32(32); }
void Fill(GenericIdentifier* identifier) {
  identifier->coding = OneOf({Coding::kItu, Coding::kNetwork});
  identifier->standard = Bits8(7);
  for (size_t left = Below(3); left > 0; --left) {
    uint8_t length = static_cast<uint8_t>(Below(9));
    RC_ASSERT(identifier->fields.Append(Bits8(8)) && identifier->fields.Append(length));
    for (; length > 0; --length) RC_ASSERT(identifier->fields.Append(Bits8(8)));
  }
}
void Fill(ConnectionIdentifier* connection) {
  using Association = ConnectionIdentifier::Association;
  using Preference = ConnectionIdentifier::Preference;
  connection->association = OneOf({Association::kVpAssociated, Association::kExplicit});
  connection->preference = OneOf({Preference::kExclusive, Preference::kAnyVci, Preference::kNoVci});
  connection->vpci = Bits16(16);
  connection->vci = Bits16(16);
}
void Fill(RestartIndicator* restart) {
  using Class = RestartIndicator::Class;
  restart->restart_class = OneOf({Class::kVc, Class::kVpci, Class::kAll});
}
void Fill(QosParameter* qos) {
  *qos = {OneOf({Coding::kItu, Coding::kNetwork}), Bits8(8), Bits8(8)};
}

template <typename T>
void FillSlot(std::optional<T>* slot) {
  Fill(&slot->emplace());
}
template <typename T, size_t N>
void FillSlot(BoundedList<T, N>* slot) {
  for (size_t left = 1 + Below(N); left > 0; --left) {
    T value{};
    Fill(&value);
    RC_ASSERT(slot->Append(value));
  }
}

}  // namespace

rc::Gen<Message> AnyMessage(MessageType type) {
  return rc::gen::exec([type] {
    Message message;
    message.type = type;
    message.call = {.to_allocator = Coin(), .value = Bits32(23)};
    message.action = OneOf({MessageAction::kDefault, MessageAction::kClearCall,
                            MessageAction::kDiscard, MessageAction::kDiscardAndReport});
#define VCP_ELEMENT(constant, Type, member, id, codings, max_bytes, repeats, treatment, name) \
  if ((!IsKnown(type) || PresenceOf(type, Element::constant)) && Coin()) {                    \
    FillSlot(&message.member);                                                                \
  }
#include "wire/elements.def"
    return message;
  });
}

}  // namespace vcp::wire
