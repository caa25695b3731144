// A VC's data on the wire: Ethernet, perhaps one 802.1Q tag, one MPLS label that is the bottom of
// its stack, the AAL5-SDU control word of RFC 4717, and the SDU.
//
//   control word: 0000 | T E C U | reserved (2) | length (6) | sequence (16)
//
// Its length field counts control word and SDU when they are below 64 bytes and is 0 otherwise, so
// that a receiver can take off what Ethernet padded. Sequence 0 means that none is kept.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "wire/big_endian.h"
#include "wire/frame_error_table.h"
#include "wire/mac_address.h"

namespace vcp::wire {

inline constexpr size_t kEthernetBytes = 14;
inline constexpr size_t kVlanTagBytes = 4;
inline constexpr size_t kLabelEntryBytes = 4;
inline constexpr size_t kControlWordBytes = 4;
// What an Ethernet payload carries besides the SDU.
inline constexpr uint32_t kEncapsulationBytes = kLabelEntryBytes + kControlWordBytes;
inline constexpr size_t kMaxHeaderBytes =
    kEthernetBytes + kVlanTagBytes + kLabelEntryBytes + kControlWordBytes;  // 26
inline constexpr size_t kMinFrameBytes = 60;  // Without the frame check sequence.
// A switch that pads and then takes a tag off leaves up to this many.
inline constexpr size_t kMaxPaddedBytes = kMinFrameBytes + kVlanTagBytes;
// Control word and SDU of this size or more are not counted by the length field.
inline constexpr size_t kFirstUncounted = 64;

inline constexpr uint16_t kEtherTypeVlan = 0x8100;
inline constexpr uint16_t kEtherTypeMpls = 0x8847;
inline constexpr uint16_t kNoVlan = 0xffff;

// Bits of the control word's first byte.
inline constexpr uint8_t kFlagOam = 0x08;
inline constexpr uint8_t kFlagCongestion = 0x04;   // EFCI: congestion was met on the way.
inline constexpr uint8_t kFlagLowPriority = 0x02;  // CLP: drop this one first.
inline constexpr uint8_t kFlagUserToUser = 0x01;   // The last bit of AAL5's CPCS-UU.

enum class FrameError : uint8_t {
  kNone,
#define VCP_FRAME_ERROR(constant, name, meaning) constant,
  VCP_FRAME_ERROR_TABLE(VCP_FRAME_ERROR)
#undef VCP_FRAME_ERROR
};
// As many as there are values, kNone included: counters are indexed by the value.
inline constexpr size_t kFrameErrorCount = 1
#define VCP_FRAME_ERROR(constant, name, meaning) +1
    VCP_FRAME_ERROR_TABLE(VCP_FRAME_ERROR)
#undef VCP_FRAME_ERROR
    ;
std::string_view FrameErrorName(FrameError error);
std::string_view FrameErrorMeaning(FrameError error);

// What the data path wants to know about a frame.
struct ParsedFrame {
  uint32_t label;
  uint32_t sdu_offset;
  uint32_t sdu_bytes;
  uint16_t vlan_id;  // kNoVlan when there is no tag.
  uint8_t flags;     // kFlagCongestion, kFlagLowPriority, kFlagUserToUser.
};

// Checks every header of a frame of `size` bytes. Its first kMaxHeaderBytes, or all of it, must lie
// together; the rest is not looked at. `*frame` is whole only when the answer is kNone.
[[nodiscard]] inline FrameError ParseDataFrame(const uint8_t* data, size_t size,
                                               ParsedFrame* frame);

// The control word's length field for an SDU of this size.
constexpr uint8_t LengthField(size_t sdu_bytes) {
  size_t counted = sdu_bytes + kControlWordBytes;
  return counted < kFirstUncounted ? static_cast<uint8_t>(counted) : 0;
}

// The headers of a data frame as values.
struct FrameHeader {
  MacAddress destination{};
  MacAddress source{};
  uint16_t vlan_id = kNoVlan;
  uint8_t vlan_priority = 0;  // 0 to 7.
  uint32_t label = 0;
  uint8_t traffic_class = 0;  // 0 to 7.
  uint8_t ttl = 255;
  uint8_t flags = 0;
  uint16_t sequence = 0;

  size_t size_bytes() const { return kMaxHeaderBytes - (vlan_id == kNoVlan ? kVlanTagBytes : 0); }

  friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

// Writes the headers of a frame whose SDU has this size to the first header.size_bytes() of `out`.
void EmitHeader(const FrameHeader& header, size_t sdu_bytes, uint8_t* out);

// Writes a whole frame, padded to kMinFrameBytes; its size, or 0 when `out` is too small.
size_t EmitFrame(const FrameHeader& header, std::span<const uint8_t> sdu, std::span<uint8_t> out);

// "02:.. > 02:.. vlan 7 label 100 ttl 255", and what differs from its default.
std::string ToString(const FrameHeader& header);

// A frame that has passed ParseDataFrame. Does not own the bytes.
class FrameView {
 public:
  static FrameError Parse(std::span<const uint8_t> frame, FrameView* view);

  FrameHeader header() const;
  std::span<const uint8_t> sdu() const {
    return frame_.subspan(parsed_.sdu_offset, parsed_.sdu_bytes);
  }

 private:
  std::span<const uint8_t> frame_;
  ParsedFrame parsed_{};
};

// A VC's headers, ready to be copied in front of each SDU in one move of constant size: the headers
// end where the 32 bytes end, so the bytes before them are the sender's headroom to waste. Only the
// length field changes from SDU to SDU.
struct HeaderTemplate {
  static constexpr size_t kBytes = 32;

  explicit HeaderTemplate(const FrameHeader& header);

  // Writes kBytes before `sdu`; the frame starts size_bytes before it.
  void WriteBefore(uint8_t* sdu, size_t sdu_bytes) const { WriteBefore(bytes, sdu, sdu_bytes); }
  // The same from where the bytes were copied to.
  static void WriteBefore(const std::array<uint8_t, kBytes>& bytes, uint8_t* sdu,
                          size_t sdu_bytes) {
    std::memcpy(sdu - kBytes, bytes.data(), kBytes);
    sdu[kLengthFieldOffset] = LengthField(sdu_bytes);
  }

  // From the SDU's first byte.
  static constexpr ptrdiff_t kLengthFieldOffset = 1 - static_cast<ptrdiff_t>(kControlWordBytes);

  std::array<uint8_t, kBytes> bytes{};
  uint8_t size_bytes;
};

// The whole of it: every way in which a frame can be good or not.
inline FrameError ParseAnyDataFrame(const uint8_t* data, size_t size, ParsedFrame* frame) {
  if (size < kEthernetBytes) return FrameError::kTruncated;
  size_t at = kEthernetBytes;
  uint16_t ether_type = LoadBe16(data + at - 2);
  frame->vlan_id = kNoVlan;
  if (ether_type == kEtherTypeVlan) {
    if (size < at + kVlanTagBytes) return FrameError::kTruncated;
    frame->vlan_id = LoadBe16(data + at) & 0xfff;
    at += kVlanTagBytes;
    ether_type = LoadBe16(data + at - 2);
  }
  if (ether_type != kEtherTypeMpls) return FrameError::kNotMpls;
  if (size < at + kLabelEntryBytes + kControlWordBytes) return FrameError::kTruncated;

  uint32_t entry = LoadBe32(data + at);
  at += kLabelEntryBytes;
  frame->label = entry >> 12;
  if (frame->label < kMinUsableLabel) return FrameError::kReservedLabel;
  if ((entry & 0x100) == 0) return FrameError::kStackTooDeep;
  if ((entry & 0xff) == 0) return FrameError::kHopLimit;

  uint32_t control = LoadBe32(data + at);
  frame->flags = control >> 24 & 0x07;
  if (control >> 28 != 0) return FrameError::kBadControlWord;
  if ((control >> 24 & kFlagOam) != 0) return FrameError::kOamCell;

  size_t present = size - at;  // Control word, SDU and padding.
  size_t length = control >> 16 & 0x3f;
  if (length == 0) {
    if (present < kFirstUncounted) return FrameError::kLengthMissing;
    length = present;
  } else if (length != present) {
    if (length > present) return FrameError::kLengthTooBig;
    if (size > kMaxPaddedBytes) return FrameError::kLengthTooSmall;
  }
  if (length <= kControlWordBytes) return FrameError::kEmpty;
  frame->sdu_offset = static_cast<uint32_t>(at + kControlWordBytes);
  frame->sdu_bytes = static_cast<uint32_t>(length - kControlWordBytes);
  return FrameError::kNone;
}

inline FrameError ParseDataFrame(const uint8_t* data, size_t size, ParsedFrame* frame) {
  // What most frames are, in few comparisons: untagged and not padded.
  constexpr size_t kPlainHeaderBytes = kEthernetBytes + kLabelEntryBytes + kControlWordBytes;
  if (size >= kPlainHeaderBytes && LoadBe16(data + kEthernetBytes - 2) == kEtherTypeMpls) {
    const uint64_t headers = LoadBe64(data + kEthernetBytes);  // label entry, control word
    constexpr uint64_t kBottomOfStack = uint64_t{1} << 40;
    constexpr uint64_t kHopLimitByte = uint64_t{0xff} << 32;
    constexpr uint64_t kNotData = uint64_t{0xf0 | kFlagOam} << 24;
    const size_t present = size - kEthernetBytes - kLabelEntryBytes;
    if ((headers >> 16 & 0x3f) == LengthField(present - kControlWordBytes) &&
        present > kControlWordBytes && (headers & (kBottomOfStack | kNotData)) == kBottomOfStack &&
        (headers & kHopLimitByte) != 0 && headers >> 44 >= kMinUsableLabel) {
      frame->label = static_cast<uint32_t>(headers >> 44);
      frame->sdu_offset = kPlainHeaderBytes;
      frame->sdu_bytes = static_cast<uint32_t>(present - kControlWordBytes);
      frame->vlan_id = kNoVlan;
      frame->flags = headers >> 24 & 0x07;
      return FrameError::kNone;
    }
  }
  return ParseAnyDataFrame(data, size, frame);
}

}  // namespace vcp::wire
