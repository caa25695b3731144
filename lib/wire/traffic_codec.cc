// Elements made of sub-fields: what a connection shall carry, and how well.
#include <array>
#include <optional>

#include "wire/element_codec.h"
#include "wire/element_fields.h"

namespace vcp::wire {
namespace {

constexpr std::array<uint8_t, 3> kWideRatesTag = {'V', 'C', 'P'};

constexpr uint8_t kForwardFrameDiscard = 0x80;
constexpr uint8_t kBackwardFrameDiscard = 0x40;
constexpr uint8_t kBackwardTagging = 0x02;
constexpr uint8_t kForwardTagging = 0x01;

constexpr uint8_t kForwardMdcr = 0x00;
constexpr uint8_t kBackwardMdcr = 0x02;

void Read(OctetReader* /*reader*/, const SubField& /*field*/, bool* flag) { *flag = true; }

void Read(OctetReader* reader, const SubField& /*field*/, MultiplexingRange* range) {
  range->low = reader->Read16();
  range->high = reader->Read16();
}

void Read(OctetReader* reader, const SubField& /*field*/, TrafficOptions* options) {
  uint8_t octet = reader->Read8();
  options->forward_frame_discard = (octet & kForwardFrameDiscard) != 0;
  options->backward_frame_discard = (octet & kBackwardFrameDiscard) != 0;
  options->backward_tagging = (octet & kBackwardTagging) != 0;
  options->forward_tagging = (octet & kForwardTagging) != 0;
}

template <typename T>
requires std::is_unsigned_v<T>
void Read(OctetReader* reader, const SubField& field, T* value) {
  *value = static_cast<T>(reader->ReadBe(field.value_bytes));
}

// Of a value that comes twice the first one counts.
template <typename T>
void Read(OctetReader* reader, const SubField& field, std::optional<T>* member) {
  T value{};
  Read(reader, field, &value);
  if (!*member) *member = value;
}

// False when an identifier is not known: nobody can tell how long its value is.
template <typename T>
bool DecodeFields(OctetReader* reader, T* value) {
  while (!reader->done()) {
    uint8_t id = reader->Read8();
    bool known = false;
    VisitFields(*value, [&](const SubField& field, auto& member) {
      if (field.id != id) return;
      known = true;
      Read(reader, field, &member);
    });
    if (!known) return false;
  }
  return true;
}

void Write(const MultiplexingRange& range, const SubField& /*field*/, OctetWriter* writer) {
  writer->Write16(range.low);
  writer->Write16(range.high);
}

void Write(const TrafficOptions& options, const SubField& /*field*/, OctetWriter* writer) {
  writer->Write8((options.forward_frame_discard ? kForwardFrameDiscard : 0) |
                 (options.backward_frame_discard ? kBackwardFrameDiscard : 0) |
                 (options.backward_tagging ? kBackwardTagging : 0) |
                 (options.forward_tagging ? kForwardTagging : 0));
}

template <typename T>
requires std::is_unsigned_v<T>
void Write(T value, const SubField& field, OctetWriter* writer) {
  writer->WriteBe(value, field.value_bytes);
}

template <typename T>
void EncodeFields(const T& value, OctetWriter* writer) {
  VisitFields(value, [writer](const SubField& field, const auto& member) {
    if (!member) return;
    writer->Write8(field.id);
    if constexpr (!std::is_same_v<decltype(member), const bool&>) Write(*member, field, writer);
  });
}

bool DecodeOrigin(OctetReader* reader, Origin* origin) {
  *origin = static_cast<Origin>(reader->Read8());
  return *origin == Origin::kUser || *origin == Origin::kNetwork;
}

}  // namespace

bool Decode(OctetReader* reader, AalParameters* aal) {
  aal->type = static_cast<AalType>(reader->Read8());
  switch (aal->type) {
    case AalType::kVoice:
    case AalType::k1:
    case AalType::k2:
    case AalType::k34:
    case AalType::k5:
      return DecodeFields(reader, aal);
    case AalType::kUser:
      return aal->user.Assign(reader->ReadRest());
  }
  return false;
}

void Encode(const AalParameters& aal, OctetWriter* writer) {
  writer->Write8(static_cast<uint8_t>(aal.type));
  EncodeFields(aal, writer);
  if (aal.type == AalType::kUser) writer->WriteSpan(aal.user);
}

bool Decode(OctetReader* reader, TrafficDescriptor* traffic) {
  return DecodeFields(reader, traffic);
}

void Encode(const TrafficDescriptor& traffic, OctetWriter* writer) {
  EncodeFields(traffic, writer);
}

bool Decode(OctetReader* reader, WideRates* rates) {
  return std::ranges::equal(reader->ReadSpan(kWideRatesTag.size()), kWideRatesTag) &&
         DecodeFields(reader, rates);
}

void Encode(const WideRates& rates, OctetWriter* writer) {
  writer->WriteSpan(kWideRatesTag);
  EncodeFields(rates, writer);
}

bool Decode(OctetReader* reader, AbrSetup* abr) { return DecodeFields(reader, abr); }
void Encode(const AbrSetup& abr, OctetWriter* writer) { EncodeFields(abr, writer); }

bool Decode(OctetReader* reader, AbrAdditional* abr) { return DecodeFields(reader, abr); }
void Encode(const AbrAdditional& abr, OctetWriter* writer) { EncodeFields(abr, writer); }

bool Decode(OctetReader* reader, TransitDelay* delay) { return DecodeFields(reader, delay); }
void Encode(const TransitDelay& delay, OctetWriter* writer) { EncodeFields(delay, writer); }

bool Decode(OctetReader* reader, ExtendedQos* qos) {
  return DecodeOrigin(reader, &qos->origin) && DecodeFields(reader, qos);
}

void Encode(const ExtendedQos& qos, OctetWriter* writer) {
  writer->Write8(static_cast<uint8_t>(qos.origin));
  EncodeFields(qos, writer);
}

// The same shape, but both rates are always there.
bool Decode(OctetReader* reader, MinimumDesiredRate* rate) {
  if (!DecodeOrigin(reader, &rate->origin)) return false;
  if (reader->Read8() != kForwardMdcr) return false;
  rate->forward = reader->Read24();
  if (reader->Read8() != kBackwardMdcr) return false;
  rate->backward = reader->Read24();
  return true;
}

void Encode(const MinimumDesiredRate& rate, OctetWriter* writer) {
  writer->Write8(static_cast<uint8_t>(rate.origin));
  writer->Write8(kForwardMdcr);
  writer->Write24(rate.forward);
  writer->Write8(kBackwardMdcr);
  writer->Write24(rate.backward);
}

bool Decode(OctetReader* reader, QosParameter* qos) {
  qos->forward = reader->Read8();
  qos->backward = reader->Read8();
  return true;
}

void Encode(const QosParameter& qos, OctetWriter* writer) {
  writer->Write8(qos.forward);
  writer->Write8(qos.backward);
}

}  // namespace vcp::wire
