#include "wire/frame.h"

#include <algorithm>

#include "base/check.h"

namespace vcp::wire {

std::string_view FrameErrorName(FrameError error) {
  switch (error) {
#define VCP_FRAME_ERROR(constant, name, meaning) \
  case FrameError::constant:                     \
    return name;
    VCP_FRAME_ERROR_TABLE(VCP_FRAME_ERROR)
#undef VCP_FRAME_ERROR
    case FrameError::kNone:
      break;
  }
  return "none";
}

std::string_view FrameErrorMeaning(FrameError error) {
  switch (error) {
#define VCP_FRAME_ERROR(constant, name, meaning) \
  case FrameError::constant:                     \
    return meaning;
    VCP_FRAME_ERROR_TABLE(VCP_FRAME_ERROR)
#undef VCP_FRAME_ERROR
    case FrameError::kNone:
      break;
  }
  return "a good frame";
}

void EmitHeader(const FrameHeader& header, size_t sdu_bytes, uint8_t* out) {
  VCP_CHECK(header.label < kLabelSpace && header.traffic_class < 8);
  VCP_CHECK(header.vlan_id == kNoVlan || header.vlan_id < 0x1000);
  out = std::ranges::copy(header.destination, out).out;
  out = std::ranges::copy(header.source, out).out;
  if (header.vlan_id != kNoVlan) {
    StoreBe16(kEtherTypeVlan, out);
    StoreBe16(static_cast<uint16_t>(header.vlan_priority << 13 | header.vlan_id), out + 2);
    out += kVlanTagBytes;
  }
  StoreBe16(kEtherTypeMpls, out);
  out += sizeof kEtherTypeMpls;

  constexpr uint32_t kBottomOfStack = 0x100;
  StoreBe32(header.label << 12 | header.traffic_class << 9 | kBottomOfStack | header.ttl, out);
  out += kLabelEntryBytes;
  out[0] = header.flags & 0x0f;
  out[1] = LengthField(sdu_bytes);
  StoreBe16(header.sequence, out + 2);
}

size_t EmitFrame(const FrameHeader& header, std::span<const uint8_t> sdu, std::span<uint8_t> out) {
  size_t header_bytes = header.size_bytes();
  size_t frame_bytes = std::max(header_bytes + sdu.size(), kMinFrameBytes);
  if (out.size() < frame_bytes) return 0;
  EmitHeader(header, sdu.size(), out.data());
  auto padding = std::ranges::copy(sdu, out.begin() + header_bytes).out;
  std::fill(padding, out.begin() + frame_bytes, uint8_t{0});
  return frame_bytes;
}

std::string ToString(const FrameHeader& header) {
  std::string text = ToString(header.source) + " > " + ToString(header.destination);
  if (header.vlan_id != kNoVlan) text += " vlan " + std::to_string(header.vlan_id);
  if (header.vlan_priority != 0) text += " priority " + std::to_string(header.vlan_priority);
  text += " label " + std::to_string(header.label) + " ttl " + std::to_string(header.ttl);
  if (header.traffic_class != 0) text += " class " + std::to_string(header.traffic_class);
  if ((header.flags & kFlagOam) != 0) text += " oam";
  if ((header.flags & kFlagCongestion) != 0) text += " efci";
  if ((header.flags & kFlagLowPriority) != 0) text += " clp";
  if ((header.flags & kFlagUserToUser) != 0) text += " uu";
  if (header.sequence != 0) text += " sequence " + std::to_string(header.sequence);
  return text;
}

FrameError FrameView::Parse(std::span<const uint8_t> frame, FrameView* view) {
  FrameView candidate;
  candidate.frame_ = frame;
  FrameError error = ParseDataFrame(frame.data(), frame.size(), &candidate.parsed_);
  if (error == FrameError::kNone) *view = candidate;
  return error;
}

FrameHeader FrameView::header() const {
  const uint8_t* bytes = frame_.data();
  const uint8_t* entry = bytes + parsed_.sdu_offset - kControlWordBytes - kLabelEntryBytes;
  const uint8_t* control_word = entry + kLabelEntryBytes;

  FrameHeader header;
  std::copy_n(bytes, header.destination.size(), header.destination.begin());
  std::copy_n(bytes + header.destination.size(), header.source.size(), header.source.begin());
  header.vlan_id = parsed_.vlan_id;
  if (header.vlan_id != kNoVlan) header.vlan_priority = bytes[kEthernetBytes] >> 5;
  header.label = parsed_.label;
  header.traffic_class = entry[2] >> 1 & 0x07;
  header.ttl = entry[3];
  header.flags = parsed_.flags;
  header.sequence = LoadBe16(control_word + 2);
  return header;
}

HeaderTemplate::HeaderTemplate(const FrameHeader& header)
    : size_bytes(static_cast<uint8_t>(header.size_bytes())) {
  EmitHeader(header, kFirstUncounted, bytes.data() + kBytes - size_bytes);
}

}  // namespace vcp::wire
