#include "wire/frame.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <numeric>
#include <set>
#include <string_view>
#include <vector>

namespace vcp::wire {
namespace {

using Bytes = std::vector<uint8_t>;

constexpr MacAddress kWest = {0x02, 0, 0, 0, 0, 0x01};
constexpr MacAddress kEast = {0x02, 0, 0, 0, 0, 0x02};

FrameHeader Untagged() { return {.destination = kEast, .source = kWest, .label = 0x12345}; }

FrameHeader Tagged() {
  FrameHeader header = Untagged();
  header.vlan_id = 7;
  return header;
}

Bytes Payload(size_t size) {
  Bytes payload(size);
  std::iota(payload.begin(), payload.end(), uint8_t{1});
  return payload;
}

Bytes Emit(const FrameHeader& header, const Bytes& sdu) {
  Bytes frame(header.size_bytes() + sdu.size() + kMinFrameBytes);
  frame.resize(EmitFrame(header, sdu, frame));
  return frame;
}

FrameError Parse(const Bytes& frame) {
  FrameView view;
  return FrameView::Parse(frame, &view);
}

// Offsets in an untagged frame.
constexpr size_t kLabelEntry = kEthernetBytes;
constexpr size_t kControlWord = kLabelEntry + kLabelEntryBytes;

// The frame of RFC 4717 by hand: 46 bytes would be the SDU with padding, 5 are.
TEST(Frame, EmitsTheBytesOfTheStandards) {
  FrameHeader header = Untagged();
  header.traffic_class = 5;
  header.ttl = 2;
  header.flags = kFlagCongestion | kFlagUserToUser;
  header.sequence = 0x0102;
  Bytes frame = Emit(header, {0xaa, 0xbb, 0xcc, 0xdd, 0xee});

  Bytes expected = {0x02, 0,    0,    0,    0,   0x02,  // destination
                    0x02, 0,    0,    0,    0,   0x01,  // source
                    0x88, 0x47,                         // MPLS
                    0x12, 0x34, 0x5b, 0x02,             // label, class 5, bottom, TTL 2
                    0x05, 0x09, 0x01, 0x02,             // E and U, 9 bytes, sequence
                    0xaa, 0xbb, 0xcc, 0xdd, 0xee};
  expected.resize(kMinFrameBytes);
  EXPECT_EQ(frame, expected);
}

TEST(Frame, EmitsTheTagOf8021Q) {
  FrameHeader header = Tagged();
  header.vlan_priority = 3;
  Bytes frame = Emit(header, Payload(100));
  EXPECT_EQ(Bytes(frame.begin() + 12, frame.begin() + 18),
            (Bytes{0x81, 0x00, 0x60, 0x07, 0x88, 0x47}));
  EXPECT_EQ(frame.size(), kMaxHeaderBytes + 100);
}

TEST(Frame, EmitsNothingThatDoesNotFit) {
  Bytes out(kMinFrameBytes - 1);
  EXPECT_EQ(EmitFrame(Untagged(), Payload(1), out), 0u);
  out.resize(Untagged().size_bytes() + 99);
  EXPECT_EQ(EmitFrame(Untagged(), Payload(100), out), 0u);
}

TEST(Frame, LengthFieldCountsTheControlWordAndOnlyBelow64) {
  EXPECT_EQ(LengthField(1), 5);
  EXPECT_EQ(LengthField(59), 63);
  EXPECT_EQ(LengthField(60), 0);
  EXPECT_EQ(LengthField(9216), 0);
}

TEST(Frame, EveryShortSduComesBackWithoutItsPadding) {
  for (const FrameHeader& header : {Untagged(), Tagged()}) {
    for (size_t size = 1; size <= 128; ++size) {
      FrameView view;
      Bytes frame = Emit(header, Payload(size));
      ASSERT_EQ(FrameView::Parse(frame, &view), FrameError::kNone) << size;
      EXPECT_EQ(Bytes(view.sdu().begin(), view.sdu().end()), Payload(size));
      EXPECT_EQ(view.header(), header);
    }
  }
}

// W1: every truncation of a good frame is refused. A frame without padding, because what is cut off
// the padding nobody misses.
TEST(FrameAbuse, EveryTruncationIsRefused) {
  for (const FrameHeader& header : {Untagged(), Tagged()}) {
    Bytes whole = Emit(header, Payload(50));
    for (size_t size = 0; size < whole.size(); ++size) {
      Bytes frame(whole.begin(), whole.begin() + size);
      FrameError expected =
          size < header.size_bytes() ? FrameError::kTruncated : FrameError::kLengthTooBig;
      EXPECT_EQ(Parse(frame), expected) << size;
    }
    EXPECT_EQ(Parse(whole), FrameError::kNone);
  }
}

// W1: an SDU of 60 bytes or more has no length field; cut to where padding could be, it is refused.
TEST(FrameAbuse, AShortFrameMustTellDataFromPadding) {
  Bytes frame = Emit(Untagged(), Payload(60));
  EXPECT_EQ(Parse(frame), FrameError::kNone);
  frame.pop_back();
  EXPECT_EQ(Parse(frame), FrameError::kLengthMissing);
}

// W2: the length field against what the frame holds.
TEST(FrameAbuse, LengthFieldMustFitTheFrame) {
  Bytes frame = Emit(Untagged(), Payload(30));  // 34 with the control word, 42 with padding.
  uint8_t& length = frame[kControlWord + 1];
  ASSERT_EQ(length, 34);
  for (unsigned claim = 1; claim < 64; ++claim) {
    length = static_cast<uint8_t>(claim);
    FrameError expected = claim > 42                   ? FrameError::kLengthTooBig
                          : claim <= kControlWordBytes ? FrameError::kEmpty
                                                       : FrameError::kNone;
    EXPECT_EQ(Parse(frame), expected) << claim;
  }
}

// W2: padding ends at the smallest frame, so a long one with a small length field is a lie.
TEST(FrameAbuse, LengthFieldMustNotLeaveDataBehind) {
  Bytes frame = Emit(Untagged(), Payload(30));
  frame.resize(kMaxPaddedBytes);
  EXPECT_EQ(Parse(frame), FrameError::kNone);
  frame.resize(kMaxPaddedBytes + 1);
  EXPECT_EQ(Parse(frame), FrameError::kLengthTooSmall);
}

TEST(FrameAbuse, ReservedBitsOfTheControlWordAreIgnored) {
  Bytes frame = Emit(Untagged(), Payload(30));
  frame[kControlWord + 1] |= 0xc0;
  EXPECT_EQ(Parse(frame), FrameError::kNone);
}

// W3: bottom bit missing, and the same with another entry below.
TEST(FrameAbuse, TheLabelMustBeTheBottomOfItsStack) {
  Bytes frame = Emit(Untagged(), Payload(100));
  frame[kLabelEntry + 2] &= 0xfe;
  EXPECT_EQ(Parse(frame), FrameError::kStackTooDeep);

  const Bytes below = {0x00, 0x06, 0x41, 0xff};
  frame.insert(frame.begin() + kControlWord, below.begin(), below.end());
  EXPECT_EQ(Parse(frame), FrameError::kStackTooDeep);
}

// W3: the labels that MPLS keeps for itself.
TEST(FrameAbuse, ReservedLabelsAreRefused) {
  FrameHeader header = Untagged();
  for (header.label = 0; header.label < 16; ++header.label) {
    EXPECT_EQ(Parse(Emit(header, Payload(100))), FrameError::kReservedLabel);
  }
  EXPECT_EQ(Parse(Emit(header, Payload(100))), FrameError::kNone);
}

TEST(FrameAbuse, AUsedUpTimeToLiveIsRefused) {
  FrameHeader header = Untagged();
  header.ttl = 0;
  EXPECT_EQ(Parse(Emit(header, Payload(100))), FrameError::kHopLimit);
}

TEST(FrameAbuse, OnlyDataControlWordsAreTaken) {
  Bytes frame = Emit(Untagged(), Payload(100));
  for (uint8_t nibble = 1; nibble < 16; ++nibble) {
    frame[kControlWord] = static_cast<uint8_t>(nibble << 4);
    EXPECT_EQ(Parse(frame), FrameError::kBadControlWord);
  }
  frame[kControlWord] = kFlagOam;
  EXPECT_EQ(Parse(frame), FrameError::kOamCell);
}

TEST(FrameAbuse, OtherProtocolsAreNotOurs) {
  Bytes frame = Emit(Untagged(), Payload(100));
  for (uint16_t ether_type : {0x0800, 0x0806, 0x86dd, 0x8848, 0x88a8, 0x0040}) {
    StoreBe16(ether_type, frame.data() + 12);
    EXPECT_EQ(Parse(frame), FrameError::kNotMpls) << ether_type;
  }
  Bytes twice_tagged = Emit(Tagged(), Payload(100));
  StoreBe16(kEtherTypeVlan, twice_tagged.data() + 16);
  EXPECT_EQ(Parse(twice_tagged), FrameError::kNotMpls);
}

TEST(FrameError, EachHasItsOwnNameAndAMeaning) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < kFrameErrorCount; ++i) {
    auto error = static_cast<FrameError>(i);
    EXPECT_TRUE(names.insert(FrameErrorName(error)).second);
    EXPECT_FALSE(FrameErrorMeaning(error).empty());
  }
  EXPECT_EQ(FrameErrorName(FrameError::kTruncated), "rx_truncated");
}

TEST(FrameHeader, Prints) {
  EXPECT_EQ(ToString(Untagged()), "02:00:00:00:00:01 > 02:00:00:00:00:02 label 74565 ttl 255");
  FrameHeader header = Tagged();
  header.vlan_priority = 5;
  header.traffic_class = 6;
  header.flags = kFlagCongestion | kFlagLowPriority | kFlagUserToUser;
  header.sequence = 9;
  EXPECT_EQ(ToString(header),
            "02:00:00:00:00:01 > 02:00:00:00:00:02 vlan 7 priority 5 label 74565 ttl 255 class 6 "
            "efci clp uu sequence 9");
}

TEST(HeaderTemplate, WritesWhatEmitHeaderWrites) {
  for (const FrameHeader& header : {Untagged(), Tagged()}) {
    HeaderTemplate headers(header);
    for (size_t sdu_bytes : {1, 59, 60, 1500}) {
      Bytes expected(header.size_bytes());
      EmitHeader(header, sdu_bytes, expected.data());
      Bytes out(HeaderTemplate::kBytes + sdu_bytes);
      headers.WriteBefore(out.data() + HeaderTemplate::kBytes, sdu_bytes);
      auto end = out.begin() + HeaderTemplate::kBytes;
      EXPECT_EQ(Bytes(end - headers.size_bytes, end), expected);
    }
  }
}

rc::Gen<FrameHeader> AnyHeader() {
  return rc::gen::build<FrameHeader>(
      rc::gen::set(&FrameHeader::destination), rc::gen::set(&FrameHeader::source),
      rc::gen::set(&FrameHeader::vlan_id,
                   rc::gen::oneOf(rc::gen::just(kNoVlan), rc::gen::inRange<uint16_t>(0, 0x1000))),
      rc::gen::set(&FrameHeader::label, rc::gen::inRange<uint32_t>(16, 1 << 20)),
      rc::gen::set(&FrameHeader::traffic_class, rc::gen::inRange<uint8_t>(0, 8)),
      rc::gen::set(&FrameHeader::ttl, rc::gen::inRange<uint8_t>(1, 255)),
      rc::gen::set(&FrameHeader::flags, rc::gen::inRange<uint8_t>(0, 8)),
      rc::gen::set(&FrameHeader::sequence));
}

RC_GTEST_PROP(FrameProperty, WhatWasEmittedIsParsed, ()) {
  FrameHeader header = *AnyHeader();
  Bytes sdu = *rc::gen::nonEmpty<Bytes>();
  FrameView view;
  Bytes frame = Emit(header, sdu);
  RC_ASSERT(FrameView::Parse(frame, &view) == FrameError::kNone);
  RC_ASSERT(view.header() == header);
  RC_ASSERT(Bytes(view.sdu().begin(), view.sdu().end()) == sdu);
}

// Any bytes, and good frames with a few bytes changed: what is accepted lies inside the frame.
RC_GTEST_PROP(FrameProperty, WhatIsAcceptedLiesInsideTheFrame, (Bytes frame)) {
  if (*rc::gen::arbitrary<bool>()) {
    frame = Emit(*AnyHeader(), frame);
    for (int i = 0; i < 3; ++i) {
      size_t at = *rc::gen::inRange<size_t>(12, kMaxHeaderBytes);
      frame[at] = *rc::gen::arbitrary<uint8_t>();
    }
  }
  ParsedFrame parsed;
  if (ParseDataFrame(frame.data(), frame.size(), &parsed) != FrameError::kNone) return;
  RC_ASSERT(parsed.sdu_bytes > 0u);
  RC_ASSERT(size_t{parsed.sdu_offset} + parsed.sdu_bytes <= frame.size());
  RC_ASSERT(parsed.label >= 16u && parsed.label < kLabelSpace);
}

// A good frame of any size, with at most one byte of its headers changed: the short way says what
// the long way says.
RC_GTEST_PROP(FrameProperty, PlainFramesAreParsedLikeAnyOther, ()) {
  FrameHeader header = *AnyHeader();
  header.vlan_id = kNoVlan;
  Bytes frame = Emit(header, Bytes(*rc::gen::inRange<size_t>(1, 100), 0x55));
  const size_t at = *rc::gen::inRange<size_t>(12, header.size_bytes());
  frame[at] = *rc::gen::element(frame[at], *rc::gen::arbitrary<uint8_t>());
  frame.resize(frame.size() - *rc::gen::inRange<size_t>(0, 3));
  ParsedFrame plain{};
  ParsedFrame any{};
  const FrameError error = ParseDataFrame(frame.data(), frame.size(), &plain);
  RC_ASSERT(error == ParseAnyDataFrame(frame.data(), frame.size(), &any));
  if (error != FrameError::kNone) return;
  RC_ASSERT(plain.label == any.label);
  RC_ASSERT(plain.sdu_offset == any.sdu_offset);
  RC_ASSERT(plain.sdu_bytes == any.sdu_bytes);
  RC_ASSERT(plain.vlan_id == any.vlan_id);
  RC_ASSERT(plain.flags == any.flags);
}

}  // namespace
}  // namespace vcp::wire
