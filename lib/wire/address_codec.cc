// Elements that say who: numbers, subaddresses, and what the two ends' software is.
#include <cstdint>

#include "base/layer_information.h"
#include "wire/element_codec.h"

namespace vcp::wire {
namespace {

constexpr uint8_t kLayerMask = 0x60;
constexpr uint8_t kLayer1 = 0x20;
constexpr uint8_t kLayer2 = 0x40;
constexpr uint8_t kLayer3 = 0x60;
constexpr uint8_t kProtocolMask = 0x1f;

constexpr uint8_t kMaxLayer = 0x7f;  // A group's value besides kLast.

constexpr uint8_t TypeAndPlan(NumberType type, NumberPlan plan) {
  return static_cast<uint8_t>(static_cast<uint8_t>(type) << 4 | static_cast<uint8_t>(plan));
}

bool DecodeDigits(OctetReader* reader, uint8_t type_and_plan, PartyNumber* number) {
  number->type = static_cast<NumberType>(type_and_plan >> 4 & 0x07);
  number->plan = static_cast<NumberPlan>(type_and_plan & 0x0f);
  return number->octets.Assign(reader->ReadRest());
}

// Writes one octet of a group, the last one unless another follows.
void WriteGroup(uint8_t value, bool more, OctetWriter* writer) {
  VCP_CHECK(value <= kMaxLayer);
  writer->Write8(value | (more ? 0 : kLast));
}

// The X.25 family of layer 3 and the HDLC family of layer 2 begin their details the same way: mode
// in bits 7 and 6, the rest is of the layer.
constexpr uint8_t ModeOf(uint8_t octet) { return octet >> 5 & 0x03; }
constexpr bool IsMode(uint8_t mode) { return mode == 1 || mode == 2; }

bool DecodeLayer2(OctetReader* reader, uint8_t octet, LowLayerInfo::Layer2* layer) {
  layer->protocol = octet & kProtocolMask;
  if ((octet & kLast) != 0) return true;
  octet = reader->Read8();
  if (layer->protocol == kLayer2User) {
    layer->user = octet & 0x7f;
    return (octet & kLast) != 0;
  }
  layer->mode = ModeOf(octet);
  layer->q933_use = octet & 0x03;
  if (!IsMode(*layer->mode)) return false;
  if ((octet & kLast) != 0) return true;
  octet = reader->Read8();
  layer->window = octet & 0x7f;
  return (octet & kLast) != 0 && *layer->window != 0;
}

void EncodeLayer2(const LowLayerInfo::Layer2& layer, OctetWriter* writer) {
  bool user = layer.protocol == kLayer2User && layer.user.has_value();
  bool mode = layer.protocol != kLayer2User && layer.mode.has_value();
  VCP_CHECK(layer.protocol <= kProtocolMask);
  WriteGroup(kLayer2 | layer.protocol, user || mode, writer);
  if (user) WriteGroup(*layer.user, false, writer);
  if (!mode) return;
  VCP_CHECK(*layer.mode <= 3 && layer.q933_use <= 3);
  WriteGroup(static_cast<uint8_t>(*layer.mode << 5 | layer.q933_use), layer.window.has_value(),
             writer);
  if (layer.window) WriteGroup(*layer.window, false, writer);
}

// The initial protocol identifier is cut in two: seven bits, then one.
bool DecodeTr9577(OctetReader* reader, LowLayerInfo::Layer3* layer) {
  uint8_t first = reader->Read8();
  uint8_t second = reader->Read8();
  if ((first & kLast) != 0 || (second & kLast) == 0) return false;
  layer->ipi = static_cast<uint8_t>(first << 1 | (second >> 6 & 0x01));
  if (*layer->ipi != kSnap || reader->done()) return true;
  if (reader->Read8() != kLast) return false;  // SNAP identifier 0: OUI and protocol.
  LowLayerInfo::Snap snap;
  snap.oui = reader->Read24();
  snap.protocol = reader->Read16();
  layer->snap = snap;
  return true;
}

bool DecodeLayer3(OctetReader* reader, uint8_t octet, LowLayerInfo::Layer3* layer) {
  layer->protocol = octet & kProtocolMask;
  if ((octet & kLast) != 0) return true;
  if (layer->protocol == kLayer3Tr9577) return DecodeTr9577(reader, layer);
  octet = reader->Read8();
  if (layer->protocol == kLayer3User) {
    layer->user = octet & 0x7f;
    return (octet & kLast) != 0;
  }
  layer->mode = ModeOf(octet);
  if (!IsMode(*layer->mode)) return false;
  if ((octet & kLast) != 0) return true;
  octet = reader->Read8();
  layer->packet_size = octet & 0x0f;
  if ((octet & kLast) != 0) return true;
  octet = reader->Read8();
  layer->window = octet & 0x7f;
  return (octet & kLast) != 0 && *layer->window != 0;
}

void EncodeTr9577(const LowLayerInfo::Layer3& layer, OctetWriter* writer) {
  WriteGroup(*layer.ipi >> 1, true, writer);
  WriteGroup(static_cast<uint8_t>((*layer.ipi & 0x01) << 6), false, writer);
  if (*layer.ipi != kSnap || !layer.snap) return;
  writer->Write8(kLast);
  writer->Write24(layer.snap->oui);
  writer->Write16(layer.snap->protocol);
}

void EncodeLayer3(const LowLayerInfo::Layer3& layer, OctetWriter* writer) {
  VCP_CHECK(layer.protocol <= kProtocolMask);
  bool tr9577 = layer.protocol == kLayer3Tr9577;
  bool user = layer.protocol == kLayer3User;
  bool more = tr9577 ? layer.ipi.has_value()
              : user ? layer.user.has_value()
                     : layer.mode.has_value();
  WriteGroup(kLayer3 | layer.protocol, more, writer);
  if (!more) return;
  if (tr9577) return EncodeTr9577(layer, writer);
  if (user) return WriteGroup(*layer.user, false, writer);

  VCP_CHECK(*layer.mode <= 3);
  WriteGroup(static_cast<uint8_t>(*layer.mode << 5), layer.packet_size.has_value(), writer);
  if (!layer.packet_size) return;
  VCP_CHECK(*layer.packet_size <= 0x0f);
  WriteGroup(*layer.packet_size, layer.window.has_value(), writer);
  if (layer.window) WriteGroup(*layer.window, false, writer);
}

}  // namespace

bool Decode(OctetReader* reader, PartyNumber* number) {
  uint8_t octet = reader->Read8();
  return DecodeDigits(reader, octet, number) && (octet & kLast) != 0;
}

void Encode(const PartyNumber& number, OctetWriter* writer) {
  WriteGroup(TypeAndPlan(number.type, number.plan), false, writer);
  writer->WriteSpan(number.octets);
}

bool Decode(OctetReader* reader, ScreenedNumber* number) {
  uint8_t type_and_plan = reader->Read8();
  if ((type_and_plan & kLast) == 0) {
    uint8_t octet = reader->Read8();
    if ((octet & kLast) == 0) return false;
    number->screening = {.presentation = static_cast<uint8_t>(octet >> 5 & 0x03),
                         .screening = static_cast<uint8_t>(octet & 0x03)};
  }
  return DecodeDigits(reader, type_and_plan, &number->number);
}

void Encode(const ScreenedNumber& number, OctetWriter* writer) {
  bool screened = number.screening.has_value();
  WriteGroup(TypeAndPlan(number.number.type, number.number.plan), screened, writer);
  if (screened) {
    VCP_CHECK(number.screening->presentation <= 3 && number.screening->screening <= 3);
    WriteGroup(
        static_cast<uint8_t>(number.screening->presentation << 5 | number.screening->screening),
        false, writer);
  }
  writer->WriteSpan(number.number.octets);
}

bool Decode(OctetReader* reader, Subaddress* subaddress) {
  uint8_t octet = reader->Read8();
  subaddress->type = octet >> 4 & 0x07;
  subaddress->odd = (octet & 0x08) != 0;
  return subaddress->octets.Assign(reader->ReadRest()) && (octet & kLast) != 0;
}

void Encode(const Subaddress& subaddress, OctetWriter* writer) {
  WriteGroup(static_cast<uint8_t>(subaddress.type << 4 | (subaddress.odd ? 0x08 : 0)), false,
             writer);
  writer->WriteSpan(subaddress.octets);
}

bool Decode(OctetReader* reader, TransitNetwork* network) {
  uint8_t octet = reader->Read8();
  network->type = octet >> 4 & 0x07;
  network->plan = octet & 0x0f;
  return network->digits.Assign(reader->ReadRest()) && (octet & kLast) != 0;
}

void Encode(const TransitNetwork& network, OctetWriter* writer) {
  VCP_CHECK(network.plan <= 0x0f);
  WriteGroup(static_cast<uint8_t>(network.type << 4 | network.plan), false, writer);
  writer->WriteSpan(network.digits);
}

bool Decode(OctetReader* reader, HighLayerInfo* info) {
  uint8_t octet = reader->Read8();
  info->type = octet & 0x7f;
  return info->octets.Assign(reader->ReadRest()) && (octet & kLast) != 0 &&
         IsHighLayer(static_cast<HighLayerType>(info->type), info->octets.size());
}

void Encode(const HighLayerInfo& info, OctetWriter* writer) {
  WriteGroup(info.type, false, writer);
  writer->WriteSpan(info.octets);
}

// Each layer at most once, from the lowest up.
bool Decode(OctetReader* reader, LowLayerInfo* info) {
  bool good = true;
  for (uint8_t last_layer = 0; good && !reader->done();) {
    uint8_t octet = reader->Read8();
    uint8_t layer = octet & kLayerMask;
    if (layer <= last_layer) return false;
    last_layer = layer;
    if (layer == kLayer1) {
      info->layer1 = octet & kProtocolMask;
      good = (octet & kLast) != 0;
    } else if (layer == kLayer2) {
      good = DecodeLayer2(reader, octet, &info->layer2.emplace());
    } else {
      good = DecodeLayer3(reader, octet, &info->layer3.emplace());
    }
  }
  return good;
}

void Encode(const LowLayerInfo& info, OctetWriter* writer) {
  if (info.layer1) {
    VCP_CHECK(*info.layer1 <= kProtocolMask);
    WriteGroup(kLayer1 | *info.layer1, false, writer);
  }
  if (info.layer2) EncodeLayer2(*info.layer2, writer);
  if (info.layer3) EncodeLayer3(*info.layer3, writer);
}

}  // namespace vcp::wire
