#include "wire/sscop_pdu.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vcp::wire {

void PrintTo(const SscopPdu& pdu, std::ostream* out) { *out << ToString(pdu); }

namespace {

using Bytes = std::vector<uint8_t>;

Bytes Emit(const SscopPdu& pdu) {
  Bytes bytes(SscopPduBytes(pdu));
  EXPECT_EQ(EmitSscopPdu(pdu, bytes), bytes.size());
  return bytes;
}

SscopError Parse(const Bytes& bytes) {
  SscopPdu pdu;
  return ParseSscopPdu(bytes, &pdu);
}

bool Same(const SscopPdu& a, const SscopPdu& b) {
  return a.type == b.type && a.by_sscop == b.by_sscop && a.n_sq == b.n_sq && a.n_s == b.n_s &&
         a.n_ps == b.n_ps && a.n_r == b.n_r && a.n_mr == b.n_mr &&
         std::ranges::equal(a.body, b.body);
}

const Bytes kFive = {'h', 'e', 'l', 'l', 'o'};
const Bytes kList = {0, 0, 0, 2, 0, 0, 0, 4};

// One of each, with its octets (Q.2110 figures 5 to 19).
struct Sample {
  SscopPdu pdu;
  Bytes bytes;
  std::string_view text;
};

std::vector<Sample> Samples() {
  using T = SscopType;
  const uint8_t h = 'h', e = 'e', l = 'l', o = 'o';
  return {
      {{.type = T::kBgn, .n_sq = 1, .n_mr = 30},
       {0, 0, 0, 1, 0x01, 0, 0, 30},
       "BGN N(SQ)=1 N(MR)=30"},
      {{.type = T::kBgak, .n_mr = 0x123456, .body = kFive},
       {h, e, l, l, o, 0, 0, 0, 0, 0, 0, 0, 0xc2, 0x12, 0x34, 0x56},
       "BGAK N(MR)=1193046 5 octets"},
      {{.type = T::kEnd}, {0, 0, 0, 0, 0x03, 0, 0, 0}, "END"},
      {{.type = T::kEnd, .by_sscop = true}, {0, 0, 0, 0, 0x13, 0, 0, 0}, "END by SSCOP"},
      {{.type = T::kEndak}, {0, 0, 0, 0, 0x04, 0, 0, 0}, "ENDAK"},
      {{.type = T::kRs, .n_sq = 255, .n_mr = 1},
       {0, 0, 0, 255, 0x05, 0, 0, 1},
       "RS N(SQ)=255 N(MR)=1"},
      {{.type = T::kRsak, .n_mr = 7}, {0, 0, 0, 0, 0x06, 0, 0, 7}, "RSAK N(MR)=7"},
      {{.type = T::kBgrej}, {0, 0, 0, 0, 0x07, 0, 0, 0}, "BGREJ"},
      {{.type = T::kSd, .n_s = 9, .body = kFive},
       {h, e, l, l, o, 0, 0, 0, 0xc8, 0, 0, 9},
       "SD N(S)=9 5 octets"},
      {{.type = T::kEr, .n_sq = 2, .n_mr = 30},
       {0, 0, 0, 2, 0x09, 0, 0, 30},
       "ER N(SQ)=2 N(MR)=30"},
      {{.type = T::kPoll, .n_s = 4, .n_ps = 3}, {0, 0, 0, 3, 0x0a, 0, 0, 4}, "POLL N(PS)=3 N(S)=4"},
      {{.type = T::kStat, .n_ps = 3, .n_r = 2, .n_mr = 32, .body = kList},
       {0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 32, 0x0b, 0, 0, 2},
       "STAT N(PS)=3 N(MR)=32 N(R)=2 list 2,4"},
      {{.type = T::kStat, .n_ps = 1, .n_mr = 30},
       {0, 0, 0, 1, 0, 0, 0, 30, 0x0b, 0, 0, 0},
       "STAT N(PS)=1 N(MR)=30 N(R)=0"},
      {{.type = T::kUstat, .n_r = 2, .n_mr = 32, .body = kList},
       {0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 32, 0x0c, 0, 0, 2},
       "USTAT N(MR)=32 N(R)=2 list 2,4"},
      {{.type = T::kUd, .body = kFive}, {h, e, l, l, o, 0, 0, 0, 0xcd, 0, 0, 0}, "UD 5 octets"},
      {{.type = T::kMd}, {0x0e, 0, 0, 0}, "MD 0 octets"},
      {{.type = T::kErak, .n_mr = 30}, {0, 0, 0, 0, 0x0f, 0, 0, 30}, "ERAK N(MR)=30"},
  };
}

TEST(SscopPdu, EmitsParsesAndPrintsEachType) {
  std::set<SscopType> types;
  for (const Sample& sample : Samples()) {
    types.insert(sample.pdu.type);
    EXPECT_EQ(Emit(sample.pdu), sample.bytes) << sample.text;
    SscopPdu parsed;
    ASSERT_EQ(ParseSscopPdu(sample.bytes, &parsed), SscopError::kNone) << sample.text;
    EXPECT_TRUE(Same(parsed, sample.pdu)) << ToString(parsed);
    EXPECT_EQ(ToString(sample.pdu), sample.text);
  }
  EXPECT_EQ(types.size(), 15u);
}

TEST(SscopPdu, EveryPaddingComesOff) {
  for (size_t size = 0; size <= 8; ++size) {
    const Bytes sdu(size, 0xee);
    const Bytes bytes = Emit({.type = SscopType::kSd, .n_s = 1, .body = sdu});
    EXPECT_EQ(bytes.size(), (size + 3) / 4 * 4 + 4);
    SscopPdu parsed;
    ASSERT_EQ(ParseSscopPdu(bytes, &parsed), SscopError::kNone);
    EXPECT_TRUE(std::ranges::equal(parsed.body, sdu));
  }
}

TEST(SscopPdu, EmitsNothingThatDoesNotFit) {
  for (const Sample& sample : Samples()) {
    Bytes out(sample.bytes.size() - 1);
    EXPECT_EQ(EmitSscopPdu(sample.pdu, out), 0u) << sample.text;
  }
}

// What was truncated, or grew, by whole words: a trailer is read from the end, so this cuts from
// the front, as a carrier that lost the beginning would.
TEST(SscopPduAbuse, LengthsThatATypeDoesNotHave) {
  for (const Sample& sample : Samples()) {
    for (size_t cut = 1; cut < 4; ++cut) {
      const Bytes odd(sample.bytes.begin() + cut, sample.bytes.end());
      EXPECT_EQ(Parse(odd), odd.size() < 4 ? SscopError::kTooShort : SscopError::kNotAligned);
    }
  }
  EXPECT_EQ(Parse({}), SscopError::kTooShort);
  for (uint8_t code : {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 15}) {
    EXPECT_EQ(Parse({code, 0, 0, 0}), SscopError::kTooShort) << int{code};
  }
  for (uint8_t code : {4, 6, 9, 10, 15}) {
    EXPECT_EQ(Parse({0, 0, 0, 0, 0, 0, 0, 0, code, 0, 0, 0}), SscopError::kTooLong) << int{code};
  }
  Bytes ustat(12);
  ustat.push_back(12);
  ustat.resize(16);
  EXPECT_EQ(Parse(ustat), SscopError::kNone);
  EXPECT_EQ(Parse(Bytes(ustat.begin() + 4, ustat.end())), SscopError::kTooShort);
  ustat.insert(ustat.begin(), 4, 0);
  EXPECT_EQ(Parse(ustat), SscopError::kTooLong);
}

TEST(SscopPduAbuse, AnUnknownTypeIsRefused) {
  EXPECT_EQ(Parse({0, 0, 0, 0, 0x00, 0, 0, 0}), SscopError::kUnknownType);
}

TEST(SscopPduAbuse, PaddingMustBeThere) {
  EXPECT_EQ(Parse({0x48, 0, 0, 0}), SscopError::kBadPadding);
  EXPECT_EQ(Parse({0, 0, 0, 0, 0xc1, 0, 0, 30}), SscopError::kBadPadding);
  EXPECT_EQ(Parse({0, 0, 0, 0, 0xc8, 0, 0, 0}), SscopError::kNone);
}

TEST(SscopPduAbuse, ReservedBitsAreIgnored) {
  SscopPdu pdu;
  ASSERT_EQ(ParseSscopPdu(Bytes{0xff, 0xff, 0xff, 1, 0x31, 0, 0, 30}, &pdu), SscopError::kNone);
  EXPECT_EQ(ToString(pdu), "BGN N(SQ)=1 N(MR)=30");
  ASSERT_EQ(ParseSscopPdu(Bytes{0xff, 0, 0, 3, 0xfa, 0, 0, 4}, &pdu), SscopError::kNone);
  EXPECT_EQ(ToString(pdu), "POLL N(PS)=3 N(S)=4");
}

TEST(SscopError, EachHasItsOwnNameAndAMeaning) {
  std::set<std::string_view> names;
  for (SscopError error :
       {SscopError::kNone, SscopError::kTooShort, SscopError::kNotAligned, SscopError::kUnknownType,
        SscopError::kTooLong, SscopError::kBadPadding}) {
    EXPECT_TRUE(names.insert(SscopErrorName(error)).second);
    EXPECT_FALSE(SscopErrorMeaning(error).empty());
  }
}

// Any bytes, and each type with some changed: what is accepted lies inside and comes back.
RC_GTEST_PROP(SscopPduProperty, WhatIsAcceptedSurvivesEmitAndParse, (Bytes bytes)) {
  if (*rc::gen::arbitrary<bool>()) {
    const std::vector<Sample> samples = Samples();
    bytes = samples[*rc::gen::inRange<size_t>(0, samples.size())].bytes;
    for (int i = 0; i < 3; ++i) {
      bytes[*rc::gen::inRange<size_t>(0, bytes.size())] = *rc::gen::arbitrary<uint8_t>();
    }
  }
  SscopPdu pdu;
  if (ParseSscopPdu(bytes, &pdu) != SscopError::kNone) return;
  RC_ASSERT(pdu.body.size() <= bytes.size());
  const Bytes again = Emit(pdu);
  SscopPdu parsed;
  RC_ASSERT(ParseSscopPdu(again, &parsed) == SscopError::kNone);
  RC_ASSERT(Same(parsed, pdu));
}

}  // namespace
}  // namespace vcp::wire
